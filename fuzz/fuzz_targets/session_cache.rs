//! The cache of sessions against a plain model of what it may give out.

#![no_main]

use arbitrary::Arbitrary;
use countersign_classad::ClassAd;
use countersign_core::crypto::{ChannelKey, Protection};
use countersign_core::policy::{ClientSettings, Requirement};
use countersign_core::session::{Session, SessionCache, SessionScope};
use countersign_core::{CondorVersion, PROTOCOL_VERSION};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Op {
    Insert {
        scope: u8,
        id: u8,
        duration: u16,
        lease: u16,
        commands: [u8; 2],
        key: bool,
        old: bool,
    },
    Find {
        scope: u8,
        command: u8,
    },
    Forget {
        scope: u8,
        id: u8,
    },
    Wait(u16),
    Clear,
}

fn scope(which: u8) -> SessionScope {
    let pick = |bit: u8, a: &str, b: &str| if which & bit == 0 { a } else { b }.to_owned();
    SessionScope {
        credentials: pick(1, "alice", "bob"),
        settings: ClientSettings {
            authentication: Requirement::Optional,
            encryption: if which & 4 == 0 {
                Requirement::Optional
            } else {
                Requirement::Required
            },
            integrity: Requirement::Optional,
            negotiation: Requirement::Preferred,
            methods: Vec::new(),
            crypto_methods: Vec::new(),
            session_duration: 60,
            session_lease: 3600,
            trust_domain: None,
            subsystem: "TOOL".into(),
            version: String::new(),
        },
        address: pick(2, "<192.0.2.1:9618>", "<192.0.2.1:9618?sock=x>"),
    }
}

/// What was inserted: scope, id, commands, when it ends, its lease, and until when it may be idle.
type Known = (u8, u8, [u8; 2], u64, u64, u64);

fuzz_target!(|input: (u8, Vec<Op>)| {
    let (limit, ops) = input;
    let limit = usize::from(limit % 16).max(1);
    let mut cache = SessionCache::new(limit);
    let mut known: Vec<Known> = Vec::new();
    let mut now = 1_000_000;
    let until = |now: u64, lease: u64| if lease == 0 { u64::MAX } else { now + lease };
    for op in ops.into_iter().take(256) {
        match op {
            Op::Wait(seconds) => now += u64::from(seconds),
            Op::Clear => {
                cache.clear();
                known.clear();
                assert!(cache.is_empty());
            }
            Op::Forget { scope: s, id } => {
                cache.forget(&scope(s % 8), &id.to_string());
                known.retain(|entry| (entry.0, entry.1) != (s % 8, id));
            }
            Op::Insert {
                scope: s,
                id,
                duration,
                lease,
                commands,
                key,
                old,
            } => {
                let version = if old {
                    CondorVersion::parse("$CondorVersion: 9.8.9 2021-01-01 $")
                } else {
                    CondorVersion::parse(PROTOCOL_VERSION)
                };
                let session = Session {
                    handed: None,
                    id: id.to_string(),
                    key: key.then(|| (ChannelKey::from_bytes([id; 32]), Protection::AES)),
                    policy: ClassAd::new(),
                    duration: duration.into(),
                    lease: lease.into(),
                    valid_commands: commands.iter().map(|&c| i32::from(c % 8)).collect(),
                    server_version: version,
                    server_name: "condor@password".into(),
                };
                cache.insert(scope(s % 8), session, now);
                if key && !old && duration != 0 {
                    known.retain(|entry| (entry.0, entry.1) != (s % 8, id));
                    let (duration, lease) = (u64::from(duration), u64::from(lease));
                    known.push((
                        s % 8,
                        id,
                        commands,
                        now + duration,
                        lease,
                        until(now, lease),
                    ));
                }
            }
            Op::Find { scope: s, command } => {
                let command = command % 8;
                let found = cache.find(&scope(s % 8), i32::from(command), now);
                if let Some(session) = found {
                    // It may have dropped any, but only gives out what is good for this.
                    let entry = known
                        .iter_mut()
                        .find(|entry| entry.0 == s % 8 && entry.1.to_string() == session.id)
                        .expect("a session of this scope");
                    assert!(entry.2.iter().any(|c| c % 8 == command));
                    assert!(now < entry.3 && now < entry.5, "it has expired");
                    entry.5 = until(now, entry.4);
                    assert!(session.is_resumable());
                    assert_eq!(
                        session.key,
                        Some((ChannelKey::from_bytes([entry.1; 32]), Protection::AES))
                    );
                }
            }
        }
        assert!(cache.len() <= limit);
    }
});
