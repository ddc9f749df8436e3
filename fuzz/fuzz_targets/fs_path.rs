//! FS: only a plain absolute path is ever made, and with channel binding only one that is bound to the connection.

#![no_main]

use std::path::{Component, Path};
use std::sync::Arc;

use countersign_core::effect::{EffectAnswer, Entropy};
use countersign_core::method::{ExchangeContext, ExchangeInput, ExchangeNext, Mechanism, PeerView};
use countersign_core::names::FS;
use countersign_core::trace::Trace;
use countersign_core::wire::{Encoder, Message, StringForm};
use countersign_fuzz::Dice;
use countersign_fuzz::recording::Fixed;
use countersign_methods::fs::{DirectoryFailure, Fs, FsSettings, MakeDirectory, check_path};
use libfuzzer_sys::fuzz_target;

fn is_plain(path: &Path) -> bool {
    let text = path.to_str().unwrap_or_default();
    text.starts_with('/')
        && !text.ends_with('/')
        && !text.chars().any(char::is_control)
        && !text.split('/').any(|part| part == "." || part == "..")
        && path.file_name().is_some()
        && path
            .components()
            .all(|c| matches!(c, Component::RootDir | Component::Normal(_)))
}

fuzz_target!(|input: &[u8]| {
    let mut dice = Dice(input);
    let knobs = dice.byte();
    let verdict = i64::from(dice.byte()) - 1;
    if let Ok(text) = std::str::from_utf8(dice.0) {
        match check_path(text) {
            Ok(path) => assert!(is_plain(path), "{text:?}"),
            Err(defect) => assert!(!defect.to_string().is_empty()),
        }
    }

    let bound = knobs & 1 == 0;
    let v6 = knobs & 2 != 0;
    let address = if v6 {
        "[2001:db8::1]:9618"
    } else {
        "192.0.2.1:9618"
    };
    let peer = Arc::new(PeerView {
        address: address.parse().expect("an address"),
        given_address: format!("<{address}>"),
        named_by: countersign_core::trace::AddressSource::Typed,
        shared_port_id: (knobs & 4 != 0).then(|| "schedd".into()),
        trust_domain: None,
        issuer_keys: Vec::new(),
        version: None,
    });
    let form = if knobs & 8 == 0 {
        StringForm::Terminated
    } else {
        StringForm::Prefixed
    };
    let said = match std::str::from_utf8(dice.0) {
        Ok(text) if knobs & 16 == 0 => Encoder::new(form).string(text).finish(),
        _ => Message::new(dice.0.to_vec().into(), form),
    };
    let mut says = [said, Encoder::new(form).int(verdict).finish()].into_iter();
    let mut exchange = Fs::new(FsSettings {
        enforce_channel_binding: bound,
    })
    .begin(&peer);
    let (mut entropy, mut trace) = (Fixed::default(), Trace::default());
    let mut input = ExchangeInput::Start;
    let mut made = None;
    for step in 0.. {
        assert!(step < 8, "the exchange never ends");
        let done = exchange.advance(
            input,
            &mut ExchangeContext {
                now: 0,
                entropy: &mut entropy as &mut dyn Entropy,
                trace: &mut trace,
                method: &FS,
                form,
            },
        );
        match done.next {
            ExchangeNext::Await(next) => {
                let Some(message) = says.next() else { break };
                exchange = next;
                input = ExchangeInput::Message(message);
            }
            ExchangeNext::Perform(request, next) => {
                let MakeDirectory(path) = request.into_request().expect("the only effect");
                assert!(is_plain(&path), "{path:?}");
                let name = path
                    .file_name()
                    .and_then(|name| name.to_str())
                    .unwrap_or_default();
                let ip = peer.address.ip();
                let suffix = match &peer.shared_port_id {
                    Some(id) => format!("_{address}?sock={id}"),
                    None => format!("_{address}"),
                };
                assert!(
                    !bound
                        || name.starts_with(&format!("FS_{ip}_9618_"))
                        || name.ends_with(&suffix),
                    "{path:?} is not bound to {address}"
                );
                assert!(
                    made.replace(knobs & 32 == 0).is_none(),
                    "one directory is enough"
                );
                exchange = next;
                input =
                    ExchangeInput::Effect(EffectAnswer::new::<MakeDirectory>(if knobs & 32 == 0 {
                        Ok(())
                    } else {
                        Err(DirectoryFailure::System {
                            call: "mkdir",
                            errno: 17,
                            text: "File exists".into(),
                        })
                    }));
            }
            ExchangeNext::Succeeded(proof) => {
                assert_eq!(
                    proof.server_name, None,
                    "FS proves nothing about the server"
                );
                assert!(made == Some(true) && verdict == 0);
                break;
            }
            ExchangeNext::Failed(failure) => {
                assert!(!failure.event.to_string().is_empty());
                break;
            }
            ExchangeNext::Broken(_) => break,
            ExchangeNext::NoEntropy(_) => panic!("there is entropy"),
        }
    }
    let _ = trace.to_string();
});
