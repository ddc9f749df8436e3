//! A client that goes by the rhythm of messages, and says inside TLS what it likes.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::sync::Arc;

use countersign_core::method::{
    Exchange, ExchangeContext, ExchangeInput, ExchangeNext, ExchangeStep, MethodFailure, Proof,
};
use countersign_core::wire::{Encoder, Message};
use countersign_methods::scitokens::ScitokensEvent;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme};

/// Takes any server for good.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![
            SignatureScheme::ECDSA_NISTP256_SHA256,
            SignatureScheme::ECDSA_NISTP384_SHA384,
            SignatureScheme::RSA_PSS_SHA256,
        ]
    }
}

/// The client.
pub(super) struct Raw {
    tls: ClientConnection,
    /// What it says once it has the key, one message each.
    says: VecDeque<Vec<u8>>,
    /// What it says with the last message of its TLS handshake.
    early: Vec<u8>,
    began: bool,
    shaken: bool,
    has_key: bool,
}

impl Raw {
    /// Says these, each in records of at most this many bytes.
    pub(super) fn new(says: &[Vec<u8>], record: Option<usize>) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody))
            .with_no_client_auth();
        config.max_fragment_size = record;
        let name = ServerName::try_from("unnamed.invalid").unwrap();
        let mut tls = ClientConnection::new(Arc::new(config), name).unwrap();
        tls.set_buffer_limit(None);
        Self {
            tls,
            says: says.iter().cloned().collect(),
            early: Vec::new(),
            began: false,
            shaken: false,
            has_key: false,
        }
    }

    /// Says this as soon as TLS stands, whosever turn it is.
    pub(super) fn early(mut self, text: &[u8]) -> Self {
        self.early = text.to_vec();
        self
    }

    fn status(&mut self, status: i64, encoder: Encoder) -> Message {
        let mut payload = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut payload).unwrap();
        }
        encoder.int(status).counted(&payload).finish()
    }

    fn next(&mut self, encoder: Encoder) -> Message {
        let text = self.says.pop_front().unwrap_or_default();
        self.tls.writer().write_all(&text).unwrap();
        self.status(4, encoder)
    }
}

fn over() -> ExchangeStep<Proof> {
    ExchangeStep::quiet(ExchangeNext::Failed(MethodFailure {
        stack: Vec::new(),
        event: Arc::new(ScitokensEvent::NotSent("refused".into())),
        ends_connection: false,
    }))
}

impl Exchange<Proof> for Raw {
    fn advance(
        mut self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        if !self.began {
            self.began = true;
            let ready = cx.encoder().int(0).finish();
            let mut step = ExchangeStep::say(ready, ExchangeNext::Await(Box::new(Done)));
            step.send.push(self.status(2, cx.encoder()));
            step.next = ExchangeNext::Await(self);
            return step;
        }
        let mut decoder = message.decoder();
        let status = decoder.int("status").unwrap();
        let mut payload = decoder.counted("bytes", 1 << 20).unwrap();
        while !payload.is_empty() {
            self.tls.read_tls(&mut payload).unwrap();
            if self.tls.process_new_packets().is_err() {
                return over();
            }
        }
        if status == 3 || status == -1 {
            return over();
        }
        if !self.shaken {
            let stands = !self.tls.is_handshaking();
            self.shaken = stands && status == 4;
            if stands && !self.early.is_empty() {
                let early = std::mem::take(&mut self.early);
                self.tls.writer().write_all(&early).unwrap();
            }
            // With TLS 1.3 the server is the last to speak.
            if self.shaken && !self.tls.wants_write() {
                return ExchangeStep::quiet(ExchangeNext::Await(self));
            }
            let said = self.status(if stands { 4 } else { 2 }, cx.encoder());
            return ExchangeStep::say(said, ExchangeNext::Await(self));
        }
        if !self.has_key {
            let mut key = [0; 256];
            self.tls.reader().read_exact(&mut key).unwrap();
            self.has_key = true;
            let taken = self.status(4, cx.encoder());
            let mut step = ExchangeStep::say(taken, ExchangeNext::Await(Box::new(Done)));
            step.send.push(self.next(cx.encoder()));
            step.next = ExchangeNext::Await(self);
            return step;
        }
        if status == 4 {
            return ExchangeStep::quiet(ExchangeNext::Succeeded(Proof {
                server_name: Some("whoever".into()),
                authenticated_name: None,
                wrap: None,
            }));
        }
        let said = self.next(cx.encoder());
        ExchangeStep::say(said, ExchangeNext::Await(self))
    }
}

/// Nothing more is said.
struct Done;

impl Exchange<Proof> for Done {
    fn advance(
        self: Box<Self>,
        _: ExchangeInput,
        _: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        ExchangeStep::quiet(ExchangeNext::Await(self))
    }
}
