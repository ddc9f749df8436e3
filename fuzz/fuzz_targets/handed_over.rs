//! What parents and claims hand over: what is read is written again, secrets stay hidden, and terms are kept.

#![no_main]

use countersign_core::names::Role;
use countersign_core::session::{
    ClaimId, HandedSession, Inherit, MAX_INFO, PrivateInherit, SessionInfo,
};
use countersign_fuzz::Dice;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut dice = Dice(input);
    let which = dice.byte();
    let Ok(text) = std::str::from_utf8(dice.0) else {
        return;
    };
    match which % 4 {
        0 => match Inherit::parse(text) {
            Ok(inherit) => {
                assert_eq!(Inherit::parse(&inherit.to_string()), Ok(inherit));
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        },
        1 => match PrivateInherit::parse(text) {
            Ok(private) => {
                let written = private.expose();
                let written = std::str::from_utf8(written.expose()).expect("text");
                assert_eq!(PrivateInherit::parse(written), Ok(private));
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        },
        2 => match SessionInfo::parse(text) {
            // A version may be written longer than it was.
            Ok(_) if text.len() > MAX_INFO - 64 => {}
            Ok(info) => {
                // What was left out, and what is unknown, is not written: reading it again changes nothing.
                assert_eq!(SessionInfo::parse(&info.to_string()), Ok(info));
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        },
        _ => match ClaimId::parse(text) {
            Ok(claim) => used(text, &claim, u64::from(which)),
            Err(error) => assert!(!error.to_string().is_empty()),
        },
    }
});

fn used(text: &str, claim: &ClaimId, now: u64) {
    assert_eq!(claim.expose().expose(), text.as_bytes());
    // A longer secret could stand in the public part by chance alone.
    if claim.key().len() >= 16 && !claim.session_id().contains(&text[text.len() - 16..]) {
        let secret = &text[text.len() - claim.key().len()..];
        assert!(!claim.to_string().contains(secret));
    }
    let Ok(session) = HandedSession::new(claim, Role::ExecuteSide) else {
        return;
    };
    let info = claim.info().expect("there is no session without");
    for command in [0, 416, 60008] {
        let listed = info
            .valid_commands
            .as_ref()
            .is_none_or(|valid| valid.contains(&command));
        let lives = info.expires.is_none_or(|at| at > now);
        assert_eq!(session.check(command, now).is_ok(), listed && lives);
    }
    assert!(session.for_client().is_resumable() || info.version.is_none());
    assert_eq!(session.for_server().id, claim.session_id());
}
