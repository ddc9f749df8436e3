//! The whole server's handshake against a hostile client: nobody becomes somebody without a proof.
//!
//! One byte of switches, one for what the server sees where FS looks; then bytes from nobody in particular, or a script
//! (`src/script.rs` has the language; `want` and `methods` are the server's, at every level).

#![no_main]

use std::any::TypeId;
use std::collections::VecDeque;
use std::sync::{Arc, LazyLock};

use countersign_core::Secret;
use countersign_core::authz::{FoundKnob, Grounds, Limits, Peer, PeerNames, Policy, PolicyRules};
use countersign_core::crypto::{ChannelKey, KeyPair, Protection};
use countersign_core::effect::{EffectAnswer, EffectRequest, LookUpPeer, PeerFacts};
use countersign_core::identity::{MappingReason, NoMapper, UNAUTHENTICATED};
use countersign_core::method::Registry;
use countersign_core::names::{ANONYMOUS, CLAIMTOBE, Command, CommandTable, FS, IDTOKENS, Level};
use countersign_core::policy::{LevelSettings, Requirement, ServerSettings};
use countersign_core::server::{Caller, Connection, Handshake, Outcome, Progress, ServerConfig};
use countersign_core::session::{ServerSession, ServerSessions};
use countersign_fuzz::Dice;
use countersign_fuzz::client::Speaker;
use countersign_fuzz::recording::Fixed;
use countersign_fuzz::script::{Line, Script};
use countersign_methods::anonymous::{ANONYMOUS_USER, AnonymousServer};
use countersign_methods::claimtobe::{ClaimToBeServer, ClaimToBeServerSettings};
use countersign_methods::fs::{
    DirectoryFailure, FsServer, FsServerSettings, InspectDirectory, Seen, SeenKind, TryName,
};
use countersign_methods::idtokens::{
    IdTokensServer, IdTokensServerSettings, KeyFile, KeyNames, ListSigningKeys, ReadSigningKey,
};
use countersign_methods::kerberos::KerberosServer;
use countersign_methods::munge::MungeServer;
use countersign_methods::password::{
    PasswordFile, PasswordServer, PasswordServerSettings, ReadPoolPassword,
};
use libfuzzer_sys::fuzz_target;

const NOW: u64 = 1_800_000_000;
const MOST_STEPS: usize = 100_000;
/// A session that somebody else has, whose id the client knows.
const SID: &str = "host:1:2:3";
const SIGNING_KEY: &[u8] = b"Nobody must ever see this signing key";
/// The part of it that is looked for.
const MARK: &[u8] = b"Nobody must ever see";
/// Levels that the lists below let nobody use.
const CLOSED: [Level; 3] = [Level::Negotiator, Level::Config, Level::Administrator];

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let knobs = [
        ("ALLOW_READ", "*"),
        ("ALLOW_WRITE", "*@pool.example"),
        ("ALLOW_DAEMON", "alice@pool.example"),
        ("ALLOW_NEGOTIATOR", "*"),
        ("DENY_NEGOTIATOR", "*"),
        ("ALLOW_CONFIG", "192.0.2.0/24"),
        ("ALLOW_ADMINISTRATOR", "cm.example"),
    ];
    let read = Policy::read(&PolicyRules::new("COLLECTOR"), |knob| {
        let found = knobs.iter().find(|(name, _)| *name == knob);
        Ok::<_, ()>(found.map(|(name, text)| FoundKnob {
            name: (*name).to_owned(),
            text: (*text).to_owned(),
            place: "the target".to_owned(),
        }))
    });
    read.expect("the lists")
});

/// Somebody else's key.
static SESSION_KEY: LazyLock<ChannelKey> = LazyLock::new(|| {
    let keys = [0x31; 32].map(|byte: u8| byte);
    let one = KeyPair::from_scalar(&keys).expect("a key");
    let other = KeyPair::from_scalar(&[0x32; 32]).expect("a key");
    one.agree(other.public_base64()).expect("a key")
});

fn sessions() -> ServerSessions {
    let sessions = ServerSessions::new(8);
    let session = ServerSession {
        handed: None,
        id: SID.into(),
        key: SESSION_KEY.clone(),
        protection: Protection::AES,
        user: "alice@pool.example".into(),
        method: Some(&IDTOKENS),
        authenticated_name: Some("alice@pool.example".into()),
        limits: Limits::Unlimited,
        voucher: None,
        attributes: Vec::new(),
        duration: 3600,
        lease: 0,
    };
    sessions.insert(session, NOW);
    sessions
}

fn config(script: &Script) -> ServerConfig {
    let uid_domain = Some("pool.example".to_owned());
    ServerConfig {
        settings: ServerSettings::new(LevelSettings {
            authentication: script.authentication,
            encryption: script.encryption,
            integrity: script.integrity,
            negotiation: script.negotiation,
            methods: script.methods.clone(),
            crypto_methods: vec!["AES".into(), "3DES".into()],
            ..LevelSettings::default()
        }),
        registry: Registry::default()
            .accepting(IdTokensServer::new(IdTokensServerSettings {
                trust_domain: uid_domain.clone(),
                uid_domain: uid_domain.clone(),
                ..IdTokensServerSettings::default()
            }))
            .accepting(FsServer::new(FsServerSettings {
                uid_domain: uid_domain.clone(),
                ..FsServerSettings::default()
            }))
            .accepting(KerberosServer::default())
            .accepting(MungeServer::default())
            .accepting(PasswordServer::new(PasswordServerSettings {
                uid_domain: uid_domain.clone(),
            }))
            .accepting(ClaimToBeServer::new(ClaimToBeServerSettings {
                include_domain: true,
                uid_domain: uid_domain.clone(),
            }))
            .accepting(AnonymousServer),
        commands: CommandTable::collector(),
        policy: POLICY.clone(),
        mapper: Arc::new(NoMapper),
        trust_domain: uid_domain.clone(),
        uid_domain,
        version: countersign_core::PROTOCOL_VERSION.into(),
        subsystem: "COLLECTOR".into(),
        host_name: "host".into(),
        process_id: 42,
    }
}

/// What the server's side of the machine shows it.
struct World {
    knobs: u8,
    seen: Seen,
    looked: bool,
}

impl World {
    fn new(knobs: u8, seen: u8) -> Self {
        let kind = match seen >> 3 & 3 {
            0 => SeenKind::Directory,
            1 => SeenKind::Link,
            _ => SeenKind::Other,
        };
        let owner = match seen >> 5 & 3 {
            0 => Ok("carol".to_owned()),
            1 => Ok("root".to_owned()),
            2 => Ok("carol@pool.example\n".to_owned()),
            _ => Err("there is none".to_owned()),
        };
        Self {
            knobs,
            seen: Seen {
                kind,
                mode: [0o700, 0o755, 0o1700, 0o777][usize::from(seen & 3)],
                links: if seen & 4 == 0 { 2 } else { 1 },
                uid: 1000,
                owner,
            },
            looked: false,
        }
    }

    fn answer(&mut self, request: EffectRequest) -> EffectAnswer {
        let kind = request.kind();
        let has_key = self.knobs & 2 != 0;
        if self.knobs & 64 != 0 {
            EffectAnswer::unperformed()
        } else if kind == TypeId::of::<ListSigningKeys>() {
            EffectAnswer::new::<ListSigningKeys>(KeyNames {
                names: if has_key {
                    vec!["POOL".into()]
                } else {
                    Vec::new()
                },
                problem: None,
            })
        } else if kind == TypeId::of::<ReadSigningKey>() {
            EffectAnswer::new::<ReadSigningKey>(has_key.then(|| KeyFile {
                name: "POOL".into(),
                path: "/keys/POOL".into(),
                content: Ok(Secret::from(SIGNING_KEY)),
            }))
        } else if kind == TypeId::of::<ReadPoolPassword>() {
            EffectAnswer::new::<ReadPoolPassword>(has_key.then(|| PasswordFile {
                path: "/keys/POOL".into(),
                content: Ok(Secret::from(SIGNING_KEY)),
            }))
        } else if kind == TypeId::of::<TryName>() {
            EffectAnswer::new::<TryName>(Ok(()))
        } else if kind == TypeId::of::<InspectDirectory>() {
            self.looked = true;
            EffectAnswer::new::<InspectDirectory>(if self.knobs & 4 == 0 {
                Ok(self.seen.clone())
            } else {
                Err(DirectoryFailure::Unperformed)
            })
        } else if kind == TypeId::of::<LookUpPeer>() {
            EffectAnswer::new::<LookUpPeer>(PeerFacts {
                names: if self.knobs & 8 == 0 {
                    PeerNames::Confirmed(vec!["client.example".into()])
                } else {
                    PeerNames::Failed("no answer".into())
                },
                local: Some(false),
            })
        } else {
            EffectAnswer::unperformed()
        }
    }

    /// Whoever the server takes the client for, it must have been shown.
    fn check(&self, caller: &Caller, script: &Script) {
        let identity = &caller.identity;
        match &identity.reason {
            MappingReason::Unauthenticated => {
                assert_eq!(identity.user, UNAUTHENTICATED);
                assert!(caller.method.is_none() && caller.authenticated_name.is_none());
                return;
            }
            MappingReason::Mapped { .. } => panic!("there is no mapfile"),
            MappingReason::Session { sid } => {
                assert_eq!(sid, SID);
                assert_eq!(identity.user, "alice@pool.example");
                return;
            }
            MappingReason::MethodDefault { .. } => {}
        }
        let method = caller.method.expect("a method");
        assert!(script.methods.iter().any(|name| method.is(name)));
        if method.bit == FS.bit {
            assert!(self.looked && self.knobs & (4 | 64) == 0);
            assert_eq!(
                (self.seen.kind, self.seen.mode),
                (SeenKind::Directory, 0o700)
            );
            let owner = match self.seen.owner.as_deref() {
                Ok("root") => "condor@pool.example",
                Ok("carol") => "carol@pool.example",
                other => panic!("{other:?} is nobody"),
            };
            assert_eq!(identity.user, owner);
        } else if method.bit == CLAIMTOBE.bit {
            assert_ne!(caller.limits, Limits::Unlimited);
            assert!(caller.authenticated_name.is_some());
        } else if method.bit == ANONYMOUS.bit {
            assert_eq!(identity.user, ANONYMOUS_USER);
        } else {
            panic!("{} was proven, and nobody has the key", method.canonical);
        }
    }
}

/// Whether the lists of today say so too.
fn may(command: &Command, caller: &Caller) {
    let mut peer = Peer::new([203, 0, 113, 7].into());
    peer.names = PeerNames::Confirmed(vec!["client.example".into()]);
    peer.local = Some(false);
    let user = &caller.identity.user;
    let again = POLICY.authorize_any(
        command.level,
        &command.alternates,
        user,
        &peer,
        &caller.limits,
    );
    assert!(again.is_allowed(), "{again}");
    if let Some(by) = again.decided_by() {
        assert!(!CLOSED.contains(&by.decision.level), "{again}");
    } else {
        assert!(matches!(again.grounds, Grounds::Open));
    }
}

fn has_secret(bytes: &[u8]) -> bool {
    bytes.windows(MARK.len()).any(|part| part == MARK)
}

fuzz_target!(|input: &[u8]| {
    let mut dice = Dice(input);
    let (knobs, seen) = (dice.byte(), dice.byte());
    let raw = knobs & 1 != 0;
    let mut script = if raw {
        Script::parse("want R R R P\nmethods IDTOKENS,PASSWORD,FS,CLAIMTOBE,ANONYMOUS")
    } else {
        Script::parse(&String::from_utf8_lossy(dice.0))
    };
    if knobs & 16 != 0 {
        script.authentication = Requirement::Required;
    }
    let config = Arc::new(config(&script));
    let sessions = Arc::new(sessions());
    let mut world = World::new(knobs, seen);
    let mut entropy = Fixed::default();
    let connection = Connection {
        peer: "203.0.113.7:40000".parse().expect("an address"),
        local: "203.0.113.1:9618".parse().expect("an address"),
    };
    let mut server = Handshake::new(config.clone(), connection, sessions, NOW, &mut entropy);

    let mut client = Speaker::default();
    let mut lines: VecDeque<Line> = script.lines.clone().into();
    let mut bytes = dice.0;
    let mut over = false;
    let mut command = None;
    let mut ended = false;
    // A client that says it itself learns nothing.
    let mut guessed = has_secret(input);
    for _ in 0..MOST_STEPS {
        let progress = server.poll();
        let mut sent = Vec::new();
        while let Some(bytes) = server.transmit() {
            assert!(!bytes.is_empty(), "nothing to send was sent");
            sent.extend_from_slice(&bytes);
        }
        assert!(guessed || !has_secret(&sent), "a secret was sent");
        client.hear(&sent);
        if knobs & 32 != 0 {
            server.work_ahead();
        }
        match progress {
            Progress::Perform(request) => server.answer(world.answer(request)),
            Progress::NeedsBytes => {
                assert!(!over, "waits for a client that is gone");
                let said = if raw {
                    let (piece, rest) = bytes.split_at(bytes.len().min(4096));
                    bytes = rest;
                    piece.to_vec()
                } else {
                    loop {
                        match lines.pop_front() {
                            None | Some(Line::Close) => break Vec::new(),
                            Some(line) => {
                                let said = client.say(&line);
                                if !said.is_empty() {
                                    break said;
                                }
                            }
                        }
                    }
                };
                guessed |= has_secret(&said);
                if !said.is_empty() {
                    server.receive(&said);
                } else if knobs & 128 != 0 {
                    over = true;
                    server.deadline(20);
                } else {
                    over = true;
                    server.peer_closed();
                }
            }
            Progress::Command(established) => {
                world.check(established.caller(), &script);
                may(established.command(), established.caller());
                assert!(established.authorization().is_allowed());
                if established.command().level != Level::Allow {
                    if script.authentication == Requirement::Required {
                        assert!(established.caller().method.is_some());
                    }
                    let wanted = [script.encryption, script.integrity];
                    if wanted.contains(&Requirement::Required) {
                        assert!(established.is_protected());
                    }
                }
                command = Some(established);
                ended = true;
                break;
            }
            Progress::Finished(outcome) => {
                match outcome {
                    Outcome::Answered { about, caller } => {
                        world.check(&caller, &script);
                        may(config.commands.get(about).expect("a command"), &caller);
                    }
                    Outcome::SessionMade { caller } => world.check(&caller, &script),
                    Outcome::Failed(failure) => {
                        assert!(!failure.to_string().is_empty());
                        assert!(!failure.stage.to_string().is_empty());
                    }
                }
                ended = true;
                break;
            }
        }
    }
    assert!(ended, "the handshake never ends");

    // After an outcome nothing more happens.
    server.receive(b"\x01\0\0\0\x08\0\0\0\0\0\0\0\0");
    server.peer_closed();
    server.answer(EffectAnswer::unperformed());
    assert!(matches!(server.poll(), Progress::NeedsBytes));
    assert!(server.transmit().is_none());
    let shown = server.take_trace();
    let shown = format!("{shown} {shown:?}");
    assert!(
        guessed || !has_secret(shown.as_bytes()),
        "a secret is shown"
    );

    if let Some(mut established) = command {
        let stolen = matches!(
            established.caller().identity.reason,
            MappingReason::Session { .. }
        );
        assert!(!stolen || established.is_protected());
        let rest: Vec<u8> = lines.iter().flat_map(|line| client.say(line)).collect();
        established.receive(if raw { bytes } else { &rest });
        while let Ok(Some(_)) = established.next_message() {
            assert!(!stolen, "who has no key was heard");
        }
    }
});
