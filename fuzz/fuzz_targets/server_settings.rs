//! A server's settings from any configuration: they come out whole, or an error says which knob.
//!
//! Configurations that name further files are refused, and so are those whose lists name hosts, which would be looked up.

#![no_main]

use std::time::Duration;

use countersign::settings::{Host, PeerSettings, authorization_policy};
use countersign_config::{Config, Sources};
use countersign_core::authz::{Limits, Peer};
use countersign_core::names::Level;
use countersign_fuzz::{by_chance, reads_others};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|input: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(input) else {
        return Corpus::Reject;
    };
    if reads_others(input) || by_chance(input) {
        return Corpus::Reject;
    }
    let host = Host {
        is_root: true,
        hostname: "host".into(),
        full_hostname: "host.example".into(),
        username: "condor".into(),
        ..Host::bare("COLLECTOR")
    };
    let sources = Sources::text("condor_config", text)
        .superuser(true)
        .subsystem(&host.subsystem)
        .builtins([("HOSTNAME", "host"), ("FULL_HOSTNAME", "host.example")]);
    let Ok(config) = Config::load(&sources) else {
        return Corpus::Keep;
    };
    match authorization_policy(&config, &host.subsystem) {
        Ok(policy) if policy.hosts_to_resolve().is_empty() => {}
        Ok(_) => return Corpus::Reject,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return Corpus::Keep;
        }
    }
    let read = || PeerSettings::from_config(&config, &host);
    let (settings, again) = match (read(), read()) {
        (Ok(settings), Ok(again)) => (settings, again),
        (Err(one), Err(other)) => {
            assert_eq!(one.to_string(), other.to_string());
            assert!(!one.to_string().is_empty());
            return Corpus::Keep;
        }
        (one, other) => panic!("reading twice differs: {one:?} {other:?}"),
    };
    assert_eq!(format!("{settings:?}"), format!("{again:?}"));
    // No deadline is none at all, and none is endless by mistake.
    assert!(settings.session_deadline > Duration::ZERO);
    assert!(settings.authentication_timeout != Some(Duration::ZERO));
    let revocation = settings.methods.idtokens.revocation.as_ref();
    assert!(revocation.is_none_or(|rule| rule.defect().is_none()));
    // Where there is no list, there is nobody.
    let peer = Peer::new([192, 0, 2, 1].into());
    for level in Level::ALL
        .into_iter()
        .filter(|level| *level != Level::Allow)
    {
        let ask = |level: Level| {
            let policy = &settings.policy;
            policy.authorize(level, "alice@pool.example", &peer, &Limits::Unlimited)
        };
        let lists = std::iter::once(level).chain(Level::ALL.into_iter().filter(|higher| {
            std::iter::successors(Some(*higher), |next| next.implies()).any(|l| l == level)
        }));
        if lists
            .into_iter()
            .all(|level| settings.policy.allow(level).is_none())
        {
            assert!(!ask(level).is_allowed(), "{}", ask(level));
        }
    }
    Corpus::Keep
});
