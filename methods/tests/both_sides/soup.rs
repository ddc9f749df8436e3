//! Clients that say anything: nobody is authenticated by a method that proves something, and nothing
//! panics.

use bytes::Bytes;
use countersign_core::effect::{EffectAnswer, EffectRequest};
use countersign_core::method::{ExchangeContext, ExchangeInput, ExchangeNext, ServerMechanism};
use countersign_core::trace::Trace;
use countersign_core::wire::{Message, StringForm};
use countersign_methods::anonymous::AnonymousServer;
use countersign_methods::claimtobe::{ClaimToBeServer, ClaimToBeServerSettings};
use countersign_methods::fs::{DirectoryFailure, FsServer, InspectDirectory, TryName};
use countersign_methods::idtokens::{
    IdTokensServer, IdTokensServerSettings, KeyFile, ReadSigningKey,
};
use countersign_methods::kerberos::KerberosServer;
use countersign_methods::munge::MungeServer;
use countersign_methods::password::{PasswordFile, PasswordServer, ReadPoolPassword};
use proptest::prelude::*;

use crate::pair::{Counting, NOW, client_view};
use crate::token::key_file;

/// A key whatever it is called, a folder that can be written, and nothing in it.
fn answer(request: EffectRequest) -> EffectAnswer {
    if request.kind() == std::any::TypeId::of::<ReadSigningKey>() {
        return EffectAnswer::new::<ReadSigningKey>(Some(KeyFile {
            name: "POOL".into(),
            path: "/keys/POOL".into(),
            content: Ok(key_file(1)),
        }));
    }
    if request.kind() == std::any::TypeId::of::<ReadPoolPassword>() {
        return EffectAnswer::new::<ReadPoolPassword>(Some(PasswordFile {
            path: "/keys/POOL".into(),
            content: Ok(key_file(1)),
        }));
    }
    if request.kind() == std::any::TypeId::of::<TryName>() {
        return EffectAnswer::new::<TryName>(Ok(()));
    }
    EffectAnswer::new::<InspectDirectory>(Err(DirectoryFailure::Unperformed))
}

/// Feeds messages until the server's side ends; true if it believed them.
fn believes(server: &dyn ServerMechanism, messages: &[Vec<u8>], form: StringForm) -> bool {
    let mut entropy = Counting(9);
    let mut trace = Trace::default();
    let mut exchange = server.accept(&client_view());
    let mut input = ExchangeInput::Start;
    let mut messages = messages.iter();
    loop {
        let mut cx = ExchangeContext {
            now: NOW,
            entropy: &mut entropy,
            trace: &mut trace,
            method: server.name(),
            form,
        };
        match exchange.advance(input, &mut cx).next {
            ExchangeNext::Await(next) => {
                let Some(message) = messages.next() else {
                    return false;
                };
                input = ExchangeInput::Message(Message::new(Bytes::from(message.clone()), form));
                exchange = next;
            }
            ExchangeNext::Perform(request, next) => {
                input = ExchangeInput::Effect(answer(request));
                exchange = next;
            }
            ExchangeNext::Succeeded(_) => return true,
            _ => return false,
        }
    }
}

/// Something like a message: numbers, texts, tokens and rubbish.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![Just(0), Just(1), Just(4), Just(-1), Just(256), any::<i64>()];
    let piece = prop_oneof![
        number.prop_map(|number: i64| number.to_be_bytes().to_vec()),
        "[a-z@./]{0,12}".prop_map(|text| [text.as_bytes(), b"\0"].concat()),
        Just(b"eyJhbGciOiJIUzI1NiIsImtpZCI6IlBPT0wifQ.e30\0".to_vec()),
        Just(vec![7; 256]),
        proptest::collection::vec(any::<u8>(), 0..40),
    ];
    proptest::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nobody_is_believed(
        messages in proptest::collection::vec(message(), 0..4),
        prefixed in any::<bool>(),
    ) {
        let form = if prefixed { StringForm::Prefixed } else { StringForm::Terminated };
        let tokens = IdTokensServer::new(IdTokensServerSettings::default());
        prop_assert!(!believes(&tokens, &messages, form));
        prop_assert!(!believes(&FsServer::default(), &messages, form));
        prop_assert!(!believes(&PasswordServer::default(), &messages, form));
        prop_assert!(!believes(&MungeServer::default(), &messages, form));
        prop_assert!(!believes(&KerberosServer::default(), &messages, form));
        // These two prove nothing; they only must not panic.
        let claims = ClaimToBeServer::new(ClaimToBeServerSettings::default());
        let _ = believes(&claims, &messages, form);
        prop_assert!(believes(&AnonymousServer, &messages, form));
    }
}
