//! A client of its own code, which shows any token under any name and proves it correctly.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_core::method::{
    Exchange, ExchangeContext, ExchangeInput, ExchangeNext, ExchangeStep, Proof,
};
use countersign_core::wire::WireError;
use countersign_methods::idtokens::{
    IdTokensServer, IdTokensServerEvent, IdTokensServerSettings, TokenRefusal,
};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

use super::{Direct, Keys, pool, read_key};
use crate::pair::{Outcome, nobody, nothing, run_exchange};

const NONCE: usize = 256;

impl Direct {
    pub(super) fn meet(&self, keys: &Keys, settings: IdTokensServerSettings) -> Outcome {
        let server = IdTokensServer::new(settings);
        let client = Box::new(Opening {
            token: self.token.clone(),
            name: self.name.clone(),
        });
        let mut read = |request| read_key(keys, request);
        run_exchange(client, &server, &mut nothing, &mut read, &mut nobody)
    }

    pub(super) fn refused(&self, settings: IdTokensServerSettings) -> TokenRefusal {
        let outcome = self.meet(&pool(), settings);
        match outcome.server.event::<IdTokensServerEvent>() {
            Some(IdTokensServerEvent::Refused { refusal, .. }) => refusal,
            other => panic!("{other:?}"),
        }
    }
}

struct Opening {
    token: String,
    name: String,
}

impl Opening {
    fn split(&self) -> (&str, Vec<u8>) {
        let (text, signature) = self.token.rsplit_once('.').unwrap();
        (text, URL_SAFE_NO_PAD.decode(signature).unwrap())
    }
}

fn length(name: &str) -> i64 {
    name.len().try_into().unwrap()
}

impl Exchange<Proof> for Opening {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let message = match input {
            ExchangeInput::Start => {
                let opening = cx
                    .encoder()
                    .int(0)
                    .int(length(&self.name))
                    .string(&self.name)
                    .string(self.split().0)
                    .counted(&[7; NONCE])
                    .finish();
                return ExchangeStep::say(opening, ExchangeNext::Await(self));
            }
            ExchangeInput::Message(message) => message,
            ExchangeInput::Effect(_) => panic!("it asked for nothing"),
        };
        let read = || -> Result<(i64, Vec<u8>), WireError> {
            let mut decoder = message.decoder();
            let status = decoder.int("status")?;
            for what in ["client", "server"] {
                decoder.int(what)?;
                decoder.string(what, 1024)?;
            }
            decoder.counted("nonce", NONCE)?;
            Ok((status, decoder.counted("nonce", NONCE)?.to_vec()))
        };
        let (status, nonce) = read().unwrap();
        if status != 0 {
            let refusal = cx
                .encoder()
                .int(-1)
                .int(0)
                .string("")
                .int(0)
                .int(0)
                .finish();
            return ExchangeStep::say(
                refusal,
                ExchangeNext::Broken(WireError::Absent { what: "consent" }),
            );
        }
        let (text, signature) = self.split();
        // The seed stands in the tests of the hostile server, too.
        let salt = [&crate::idtokens::seed::SEED_KA[..], text.as_bytes()].concat();
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(Some(&salt), &signature)
            .expand(b"master ka", &mut key)
            .unwrap();
        let mut mac = Hmac::<Sha1>::new_from_slice(&key).unwrap();
        mac.update(self.name.as_bytes());
        mac.update(b"\0");
        mac.update(&nonce);
        let third = cx
            .encoder()
            .int(0)
            .int(length(&self.name))
            .string(&self.name)
            .counted(&nonce)
            .counted(&mac.finalize().into_bytes())
            .finish();
        ExchangeStep::say(third, ExchangeNext::Succeeded(Proof::default()))
    }
}
