//! Token files: the right token is taken or none, its signature goes nowhere, and no server proves what it cannot know.
//!
//! The input is a file of tokens, then behind a line `%%` the server's trust domain, its keys, and what it says.

#![no_main]

use std::path::PathBuf;
use std::sync::Arc;

use countersign_core::client::UNAUTHENTICATED;
use countersign_core::effect::{EffectAnswer, Entropy};
use countersign_core::method::{
    Availability, ExchangeContext, ExchangeInput, ExchangeNext, Mechanism, PeerView, Probe,
};
use countersign_core::names::IDTOKENS;
use countersign_core::trace::Trace;
use countersign_core::wire::{Message, StringForm};
use countersign_core::{CondorVersion, Secret};
use countersign_fuzz::recording::Fixed;
use countersign_fuzz::{Dice, halves};
use countersign_methods::SkipReason;
use countersign_methods::idtokens::{
    Credentials, FindCredentials, FolderOrigin, IdTokens, IdTokensSettings, KeyFile, KeyNames,
    ReadSigningKey, TokenFile, TokenFolder,
};
use libfuzzer_sys::{Corpus, fuzz_target};

/// `{"alg":"HS256","kid":"POOL"}`, `{"iss":"pool.example","sub":"alice@pool.example","exp":9}`.
const PLANTED: &str = "eyJhbGciOiJIUzI1NiIsImtpZCI6IlBPT0wifQ.eyJpc3MiOiJwb29sLmV4YW1wbGUiLCJzdWIiOiJhbGljZUBwb29sLmV4YW1wbGUiLCJleHAiOjl9";
/// Its signature, which nobody but this side knows.
const SIGNATURE: &str = "Tm9ib2R5IG11c3QgZXZlciBzZWUgdGhpcyBzaWduYXQ";
const SIGNING_KEY: &[u8] = b"Nobody must ever see this signing key";

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

struct Files<'a> {
    content: &'a [u8],
    planted: bool,
    knobs: u8,
}

impl Files<'_> {
    fn credentials(&self) -> Credentials {
        let name = |name: &str| PathBuf::from("/tokens.d").join(name);
        let mut files = vec![TokenFile {
            path: name("m"),
            content: Ok(Secret::from(self.content)),
        }];
        if self.planted {
            files.push(TokenFile {
                path: name(if self.knobs & 1 == 0 { "a" } else { "z" }),
                content: Ok(Secret::from(
                    format!("# mine\n{PLANTED}.{SIGNATURE}\n").as_bytes(),
                )),
            });
        }
        if self.knobs & 2 != 0 {
            files.push(TokenFile {
                path: name("0"),
                content: Err(SkipReason::Exposed { mode: 0o644 }),
            });
        }
        Credentials {
            folder: TokenFolder {
                path: "/tokens.d".into(),
                origin: FolderOrigin::TokenDirectory,
                problem: None,
                files,
                truncated: self.knobs & 4 != 0,
                first_file_name: if self.knobs & 8 != 0 {
                    "M"
                } else {
                    "TOOL_auto_generated_token"
                }
                .into(),
            },
            keys: KeyNames {
                names: if self.knobs & 16 != 0 {
                    vec!["POOL".into()]
                } else {
                    Vec::new()
                },
                problem: (self.knobs & 32 != 0).then(|| "Permission denied".into()),
            },
        }
    }
}

fuzz_target!(|input: &[u8]| -> Corpus {
    if contains(input, SIGNATURE.as_bytes()) || contains(input, SIGNING_KEY) {
        return Corpus::Reject;
    }
    let mut dice = Dice(input);
    let (knobs, more) = (dice.byte(), dice.byte());
    let (content, server) = halves(dice.0, b"\n%%\n");
    let (domain, server) = halves(server, b"\n");
    let (keys, said) = halves(server, b"\n");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let files = Files {
        content,
        planted: knobs & 64 != 0,
        knobs,
    };
    let settings = IdTokensSettings {
        trust_domain: Some("pool.example".into()),
        pool_key_is_password: knobs & 128 != 0,
        self_made: more & 1 == 0,
    };
    let mechanism = IdTokens::new(settings);

    let Probe::Needs(request, read) = mechanism.probe() else {
        panic!("the probe asks nothing");
    };
    assert!(request.into_request::<FindCredentials>().is_some());
    let shown = match read(EffectAnswer::new::<FindCredentials>(files.credentials())) {
        Availability::Offered { event, attributes } => format!("{attributes:?} {event:?} {event}"),
        Availability::Struck { event } | Availability::Unable { event } => {
            assert!(!files.planted, "there is a token to offer");
            format!("{event:?} {event}")
        }
    };
    assert!(!shown.contains(SIGNATURE));

    let peer = Arc::new(PeerView {
        address: ([192, 0, 2, 1], 9618).into(),
        given_address: "<192.0.2.1:9618>".into(),
        named_by: countersign_core::trace::AddressSource::Typed,
        shared_port_id: None,
        trust_domain: (!domain.is_empty()).then(|| text(domain)),
        issuer_keys: text(keys)
            .split([',', ' '])
            .filter(|k| !k.is_empty())
            .map(str::to_owned)
            .collect(),
        version: CondorVersion::parse(if more & 2 == 0 {
            "$CondorVersion: 25.14.1 2026-10-16 $"
        } else {
            "$CondorVersion: 23.0.1 2023-10-16 $"
        }),
    });
    let form = if more & 4 == 0 {
        StringForm::Terminated
    } else {
        StringForm::Prefixed
    };
    let mut entropy = Fixed::default();
    let mut trace = Trace::default();
    let mut exchange = mechanism.begin(&peer);
    let mut input = ExchangeInput::Start;
    let mut sent: Vec<Message> = Vec::new();
    let mut says = said.split(|&b| b == 0xff);
    let mut broken = false;
    for step in 0.. {
        assert!(step < 16, "the exchange never ends");
        let done = exchange.advance(
            input,
            &mut ExchangeContext {
                now: 1_795_376_088,
                entropy: &mut entropy as &mut dyn Entropy,
                trace: &mut trace,
                method: &IDTOKENS,
                form,
            },
        );
        sent.extend(done.send);
        match done.next {
            ExchangeNext::Await(next) => {
                let Some(said) = says.next() else { break };
                exchange = next;
                input = ExchangeInput::Message(Message::new(said.to_vec().into(), form));
            }
            ExchangeNext::Perform(request, next) => {
                exchange = next;
                let finds = request.kind() == std::any::TypeId::of::<FindCredentials>();
                input = ExchangeInput::Effect(if more & 8 != 0 {
                    EffectAnswer::unperformed()
                } else if finds {
                    EffectAnswer::new::<FindCredentials>(files.credentials())
                } else {
                    let names = request
                        .into_request::<ReadSigningKey>()
                        .expect("the other")
                        .names;
                    assert!(names.iter().all(|name| peer.issuer_keys.contains(name)));
                    EffectAnswer::new::<ReadSigningKey>(names.first().map(|name| KeyFile {
                        name: name.clone(),
                        path: PathBuf::from("/passwords.d").join(name),
                        content: if more & 16 == 0 {
                            Ok(Secret::from(SIGNING_KEY))
                        } else {
                            Err(SkipReason::WrongOwner {
                                uid: 1,
                                expected: 0,
                            })
                        },
                    }))
                });
            }
            ExchangeNext::Succeeded(proof) => {
                panic!(
                    "{:?} proved what it cannot know",
                    proof.server_name.as_deref().unwrap_or(UNAUTHENTICATED)
                );
            }
            ExchangeNext::Failed(failure) => {
                trace.method(&IDTOKENS, failure.event);
                break;
            }
            ExchangeNext::Broken(error) => {
                assert!(!error.to_string().is_empty());
                broken = true;
                break;
            }
            ExchangeNext::NoEntropy(_) => panic!("there is entropy"),
        }
    }
    assert!(!sent.is_empty() || broken, "the server is told something");
    for message in &sent {
        for secret in [SIGNATURE.as_bytes(), SIGNING_KEY] {
            assert!(!contains(message.payload(), secret), "a secret was sent");
        }
    }
    let shown = format!("{trace} {trace:?}");
    for secret in [SIGNATURE, "Nobody must ever see"] {
        assert!(!shown.contains(secret), "a secret is shown");
    }
    Corpus::Keep
});
