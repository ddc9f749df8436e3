//! A method from outside the crate: the client says a word, which is its name.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use countersign_core::Secret;
use countersign_core::method::{
    Availability, ClientProof, ClientView, Exchange, ExchangeContext, ExchangeInput, ExchangeNext,
    ExchangeStep, Mechanism, MethodFailure, Named, PeerView, Probe, Proof, ServerMechanism,
    Voucher,
};
use countersign_core::names::{MethodName, Standing};
use countersign_core::trace::{MethodEvent, Verdict};

pub static WORD: MethodName = MethodName {
    canonical: "WORD",
    wire: None,
    bit: 1 << 20,
    spellings: &["WORD"],
    standing: Standing::Offered,
    bare_word: false,
};

#[derive(Debug, Clone)]
pub struct Said(&'static str);

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl MethodEvent for Said {
    fn verdict(&self) -> Verdict {
        Verdict::Noted
    }
}

fn offered() -> Probe {
    Probe::Known(Availability::Offered {
        attributes: Vec::new(),
        event: Arc::new(Said("offered")),
    })
}

/// The client's side.
#[derive(Debug)]
pub struct Word(pub String);

/// The server's side: `bad` words fail; every credential is vouched for by `key`.
#[derive(Debug, Clone, Default)]
pub struct WordServer {
    pub limits: Option<Vec<String>>,
    pub revoked: Arc<Mutex<BTreeSet<String>>>,
}

impl Named for Word {
    fn name(&self) -> &'static MethodName {
        &WORD
    }
}

impl Named for WordServer {
    fn name(&self) -> &'static MethodName {
        &WORD
    }
}

impl Mechanism for Word {
    fn probe(&self) -> Probe {
        offered()
    }

    fn begin(&self, _: &Arc<PeerView>) -> Box<dyn Exchange<Proof>> {
        Box::new(Saying(self.0.clone()))
    }
}

impl ServerMechanism for WordServer {
    fn probe(&self) -> Probe {
        offered()
    }

    fn accept(&self, _: &Arc<ClientView>) -> Box<dyn Exchange<ClientProof>> {
        Box::new(Hearing(self.clone()))
    }

    fn vouches(&self, voucher: &Voucher) -> bool {
        !self.revoked.lock().unwrap().contains(voucher.name())
    }
}

struct Saying(String);
struct Hearing(WordServer);

fn failed<P>() -> ExchangeNext<P> {
    ExchangeNext::Failed(MethodFailure {
        ends_connection: false,
        stack: Vec::new(),
        event: Arc::new(Said("not that word")),
    })
}

impl Exchange<Proof> for Saying {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        match input {
            ExchangeInput::Start => ExchangeStep::say(
                cx.encoder().string(&self.0).finish(),
                ExchangeNext::Await(self),
            ),
            ExchangeInput::Message(message) => match message.decoder().int("the answer") {
                Ok(1) => ExchangeStep::quiet(ExchangeNext::Succeeded(Proof {
                    server_name: None,
                    authenticated_name: Some("the hearer".into()),
                    wrap: None,
                })),
                Ok(_) => ExchangeStep::quiet(failed()),
                Err(error) => error.into(),
            },
            ExchangeInput::Effect(_) => ExchangeStep::quiet(ExchangeNext::Await(self)),
        }
    }
}

impl Exchange<ClientProof> for Hearing {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let message = match input {
            ExchangeInput::Message(message) => message,
            _ => return ExchangeStep::quiet(ExchangeNext::Await(self)),
        };
        let mut decoder = message.decoder();
        let word = match decoder.string("the word", 400) {
            Ok(word) => word.to_owned(),
            Err(error) => return error.into(),
        };
        if let Err(error) = decoder.finish() {
            return error.into();
        }
        let said = |number| cx.encoder().int(number).finish();
        if word == "bad" {
            return ExchangeStep::say(said(0), failed());
        }
        let proof = ClientProof {
            authenticated_name: Some(word.clone()),
            user: word,
            domain: Some("Pool.Example".to_owned()),
            limits: self.0.limits.clone(),
            attributes: vec![("AuthTokenSubject", "word".to_owned())],
            voucher: Some(Voucher::new("key", Secret::new(Vec::new()))),
            wrap: None,
        };
        ExchangeStep::say(said(1), ExchangeNext::Succeeded(proof))
    }
}
