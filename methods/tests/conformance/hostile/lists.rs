//! Clients with lists and masks of methods that no honest client has.

use countersign_core::server::{ServerCause, ServerStage};
use countersign_core::trace::{Event, ServerEvent};

use super::{Attack, frames, hello, number, read, say, strict};
use crate::hostile::encoder;

/// What the server picked, round after round.
fn picks(attack: &Attack) -> Vec<Option<&'static str>> {
    let pick = |event: &Event| match event {
        Event::Server(ServerEvent::MethodPicked { method, .. }) => {
            Some(method.map(|method| method.canonical))
        }
        _ => None,
    };
    attack.trace.iter().filter_map(pick).collect()
}

fn list_in_reply(attack: &Attack) -> String {
    let ad = attack.said_ad(0);
    let found = ad.iter().find(|(name, _)| name == "AuthMethodsList");
    found.map(|(_, value)| value.clone()).unwrap_or_default()
}

#[test]
fn unknown_methods_alone_are_no_methods_in_common() {
    let server = strict("CLAIMTOBE,ANONYMOUS");
    for list in ["", ",", " , ", "FROB", "FROB,GSI", "CLAIMTOBE;ANONYMOUS"] {
        let list = format!("\"{list}\"");
        let attack = say(
            &server,
            &[hello(&[("AuthMethods", &list)]), number(2 | 128)],
        );
        assert!(attack.caller().is_none(), "{list}");
        assert!(
            matches!(attack.cause(), ServerCause::NoCommonMethod { .. }),
            "{list}: {}",
            attack.cause()
        );
        assert!(picks(&attack).is_empty(), "{list}");
    }
}

/// Beside one that is known, unknown ones are passed over, in the list as in the mask.
#[test]
fn unknown_methods_beside_a_known_one_count_for_nothing() {
    let server = strict("CLAIMTOBE,ANONYMOUS");
    let hello = hello(&[("AuthMethods", "\"FROB,CLAIMTOBE,GSI\"")]);
    for (mask, picked) in [
        (8192, None),
        (32, None),
        (1 << 31, None),
        (128, None),
        (2 | 8192 | 32 | 128, Some("CLAIMTOBE")),
    ] {
        let attack = say(&server, &[hello.clone(), number(mask)]);
        assert_eq!(list_in_reply(&attack), "\"CLAIMTOBE\"");
        assert_eq!(picks(&attack), [picked], "{mask}");
        if picked.is_none() {
            assert!(matches!(attack.cause(), ServerCause::Unauthenticated));
            assert_eq!(attack.stage(), ServerStage::MethodChoice);
        }
    }
}

/// Listed twice, by the client or by this side, a method is in common once, and after it failed it is
/// not picked again.
#[test]
fn a_method_listed_twice_is_tried_once() {
    for (own, theirs) in [
        ("CLAIMTOBE", "CLAIMTOBE,CLAIMTOBE"),
        ("CLAIMTOBE,CLAIMTOBE", "CLAIMTOBE"),
        ("CLAIMTOBE,CLAIMTOBE", "CLAIMTOBE,claimtobe,CLAIMTOBE"),
    ] {
        let server = strict(own);
        let theirs = format!("\"{theirs}\"");
        let no_claim = frames(encoder().int(0));
        let attack = say(
            &server,
            &[
                hello(&[("AuthMethods", &theirs)]),
                number(2),
                no_claim.clone(),
                number(2),
                no_claim,
                number(2),
            ],
        );
        assert_eq!(picks(&attack), [Some("CLAIMTOBE"), None], "{own} {theirs}");
        assert!(matches!(attack.cause(), ServerCause::Unauthenticated));
        let last = attack.said.last().unwrap();
        assert_eq!(read(last).decoder().int("the method"), Ok(0));
    }
}
