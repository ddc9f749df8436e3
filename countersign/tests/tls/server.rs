//! A server that is after a token, in the place of SCITOKENS.

use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex};

use countersign::core::identity::UNMAPPED_DOMAIN;
use countersign::core::method::{
    Availability, ClientProof, ClientView, Exchange, ExchangeContext, ExchangeInput, ExchangeNext,
    ExchangeStep, Named, Probe, ServerMechanism,
};
use countersign::core::names::{MethodName, SCITOKENS};
use countersign::core::wire::{Encoder, Message, WireError};
use countersign::methods::scitokens::ScitokensServerEvent;
use rustls::{ServerConfig, ServerConnection};

use crate::world::Own;

/// How it goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trick {
    /// It goes by the rhythm, whatever the client thinks of it.
    None,
    /// Another status in its message of this number.
    Status(usize, i64),
    /// The same from this message on.
    StatusFrom(usize, i64),
    /// The connection ends instead of its message of this number.
    Close(usize),
    /// It says everything at once, long before TLS stands, and says nothing after.
    AllAtOnce,
    /// It speaks no TLS at all.
    NoTls,
    /// It asks again and again.
    Nags,
}

/// The server's method.
#[derive(Debug)]
pub(crate) struct Hostile {
    pub(crate) own: Own,
    pub(crate) trick: Trick,
    /// What came out of its TLS.
    pub(crate) heard: Arc<Mutex<Vec<u8>>>,
}

impl Named for Hostile {
    fn name(&self) -> &'static MethodName {
        &SCITOKENS
    }
}

impl ServerMechanism for Hostile {
    fn probe(&self) -> Probe {
        Probe::Known(Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(ScitokensServerEvent::Offered),
        })
    }

    fn accept(&self, _: &Arc<ClientView>) -> Box<dyn Exchange<ClientProof>> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(self.own.chain.clone(), self.own.private().into())
            .unwrap();
        Box::new(Playing {
            tls: ServerConnection::new(Arc::new(config)).unwrap(),
            trick: self.trick,
            heard: self.heard.clone(),
            said: 0,
            began: false,
            key_sent: false,
        })
    }
}

struct Playing {
    tls: ServerConnection,
    trick: Trick,
    heard: Arc<Mutex<Vec<u8>>>,
    said: usize,
    began: bool,
    key_sent: bool,
}

impl Playing {
    /// The status that is really said; `None` where the connection ends.
    fn status(&mut self, honest: i64) -> Option<i64> {
        let number = self.said;
        self.said += 1;
        match self.trick {
            Trick::Status(at, status) if at == number => Some(status),
            Trick::StatusFrom(at, status) if at <= number => Some(status),
            Trick::Close(at) if at <= number => None,
            _ => Some(honest),
        }
    }

    fn say(&mut self, honest: i64, encoder: Encoder) -> Option<Message> {
        let mut payload = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut payload).unwrap();
        }
        let status = self.status(honest)?;
        Some(encoder.int(status).counted(&payload).finish())
    }

    fn hear(&mut self, mut payload: &[u8]) {
        while !payload.is_empty() {
            if self.tls.read_tls(&mut payload).is_err() || self.tls.process_new_packets().is_err() {
                return;
            }
            let mut text = [0; 4096];
            while let Ok(read @ 1..) = self.tls.reader().read(&mut text) {
                self.heard.lock().unwrap().extend(&text[..read]);
            }
        }
    }
}

fn close() -> ExchangeStep<ClientProof> {
    WireError::Truncated { what: "patience" }.into()
}

impl Exchange<ClientProof> for Playing {
    fn advance(
        mut self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Message(message) = input else {
            let Some(status) = self.status(0) else {
                return close();
            };
            let ready = cx.encoder().int(status).finish();
            return ExchangeStep::say(ready, ExchangeNext::Await(self));
        };
        if !self.began {
            self.began = true;
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        }
        let mut decoder = message.decoder();
        let status = decoder.int("status").unwrap_or(4);
        let payload = decoder.counted("bytes", 1 << 20).unwrap_or_default();
        self.hear(payload);
        let mut send = Vec::new();
        let trick = self.trick;
        if trick == Trick::NoTls {
            send.push(cx.encoder().int(4).counted(&[7; 256]).finish());
        } else if trick == Trick::AllAtOnce {
            let first = !self.key_sent;
            self.key_sent = true;
            send.extend(self.say(4, cx.encoder()));
            for _ in 0..4 * usize::from(first) {
                send.push(cx.encoder().int(4).counted(&[]).finish());
                send.push(cx.encoder().int(4).counted(&[7; 256]).finish());
            }
        } else if self.key_sent {
            // The token should have come; if it has not, it is asked for on.
            let token = !self.heard.lock().unwrap().is_empty();
            if token {
                let done = self.say(4, cx.encoder());
                let mut step = ExchangeStep::quiet(ExchangeNext::Succeeded(ClientProof {
                    authenticated_name: None,
                    user: "victim".into(),
                    domain: Some(UNMAPPED_DOMAIN.into()),
                    limits: None,
                    attributes: Vec::new(),
                    voucher: None,
                    wrap: None,
                }));
                step.send.extend(done);
                return step;
            }
            if trick == Trick::Nags {
                send.extend(self.say(4, cx.encoder()));
            }
        } else {
            let stands = !self.tls.is_handshaking();
            let mut ready = stands && status == 4;
            if !ready || self.tls.wants_write() {
                match self.say(if stands { 4 } else { 2 }, cx.encoder()) {
                    Some(said) => send.push(said),
                    None => return close(),
                }
            } else if self.tls.protocol_version() == Some(rustls::ProtocolVersion::TLSv1_3) {
                match self.say(4, cx.encoder()) {
                    Some(said) => send.push(said),
                    None => return close(),
                }
            }
            // Whatever the client thinks of the certificate, it is asked for its token.
            ready |= status == 3;
            if ready {
                self.key_sent = true;
                let _ = self.tls.writer().write_all(&[7; 256]);
                match self.say(4, cx.encoder()) {
                    Some(said) => send.push(said),
                    None => return close(),
                }
            }
        }
        let mut step = ExchangeStep::quiet(ExchangeNext::Await(self as Box<_>));
        step.send = send;
        step
    }
}
