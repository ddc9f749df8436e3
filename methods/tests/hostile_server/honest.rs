//! The honest server succeeds, by every method, with and without encryption.

use countersign_core::policy::Requirement;

use crate::support::{By, Kind, Server, World, run};

#[test]
fn every_method_with_aes() {
    for by in By::ALL {
        let authentication = if by == By::Nothing {
            Requirement::Optional
        } else {
            Requirement::Required
        };
        let world = World::all(authentication, Requirement::Required);
        let mut server = Server::new(by, true);
        let mut ended = run(&world, &mut server);
        let established = ended.result.as_ref().expect("it succeeds");
        assert!(established.is_protected(), "{by:?}");
        assert!(established.session().key.is_some());
        assert_eq!(
            established
                .method()
                .map_or("", |m| m.wire.unwrap_or(m.canonical)),
            by.wire()
        );
        assert_eq!(server.convinced, by != By::Nothing);
        let kinds: Vec<_> = ended.sent.iter().map(|(kind, _)| *kind).collect();
        let method: &[Kind] = match by {
            By::Nothing => &[],
            By::ClaimToBe | By::Anonymous => &[Kind::Choice, Kind::Answer, Kind::KeyFlag],
            By::Fs => &[Kind::Choice, Kind::Path, Kind::Verdict, Kind::KeyFlag],
            By::IdTokens => &[Kind::Choice, Kind::Proof, Kind::KeyFlag],
        };
        assert_eq!(
            kinds,
            [&[Kind::Reply], method, &[Kind::Decision, Kind::Command]].concat()
        );
        assert_eq!(ended.answered(), Ok(true));
    }
}

#[test]
fn every_method_in_clear() {
    for by in By::ALL {
        let world = World::all(Requirement::Optional, Requirement::Optional);
        let mut ended = run(&world, &mut Server::new(by, false));
        let established = ended.result.as_ref().expect("it succeeds");
        assert!(!established.is_protected());
        assert!(
            established.session().key.is_none(),
            "no key for a clear session"
        );
        assert_eq!(ended.answered(), Ok(true));
    }
}
