//! Lists of methods that no honest server sends: each is refused for a reason, or tried once.

use countersign_core::policy::{ReplyError, Requirement};
use countersign_core::wire::Encoder;
use countersign_core::{Cause, Stage};

use crate::support::{By, Ended, Kind, Server, World, ad_of, message_of, run};

/// A handshake with a server whose list of methods is this one; the method itself fails if `fails`.
fn listing(world: &World, by: By, list: &str, fails: bool) -> Ended {
    let mut server = Server::new(by, true).edit(|kind, message| match kind {
        Kind::Reply => {
            let mut ad = ad_of(&message);
            ad.insert("AuthMethodsList", list);
            ad.insert("AuthMethods", list);
            vec![message_of(&ad, &message)]
        }
        // Said no, it is as if the next mask were answered with "none".
        Kind::Verdict if fails => vec![Encoder::new(message.form()).int(-1).finish()],
        Kind::KeyFlag if fails => vec![Encoder::new(message.form()).int(0).finish()],
        _ => vec![message],
    });
    run(world, &mut server)
}

#[test]
fn an_unknown_method_is_refused_by_name() {
    let world = World::all(Requirement::Required, Requirement::Required);
    for (list, named) in [
        ("FROB", "FROB"),
        ("TOKEN,FROB", "FROB"),
        ("GSI", "GSI"),
        ("TOKEN,NTSSPI", "NTSSPI"),
        ("FS,MUNGE", "MUNGE"),
    ] {
        let ended = listing(&world, By::ClaimToBe, list, false);
        assert_eq!(ended.result.as_ref().unwrap_err().stage, Stage::Reply);
        assert_eq!(ended.sent.len(), 1, "nothing was said after such a reply");
        match ended.cause() {
            Cause::Reply(ReplyError::MethodNotOffered { method }) => assert_eq!(method, named),
            other => panic!("{list}: {other:?}"),
        }
    }
}

#[test]
fn an_empty_list_is_refused_with_what_was_offered() {
    let world = World::strict(&["TOKEN", "FS"]);
    for list in [",", " ", ", ,"] {
        let ended = listing(&world, By::ClaimToBe, list, false);
        match ended.cause() {
            Cause::Reply(ReplyError::NoCommonMethod { offered }) => {
                assert_eq!(offered, "TOKEN,FS", "{list:?}");
            }
            other => panic!("{list:?}: {other:?}"),
        }
    }
}

/// Listed twice, by the server or by this side, a method is offered once and tried once.
#[test]
fn a_method_listed_twice_is_tried_once() {
    for (own, list) in [
        (vec!["FS"], "FS,FS"),
        (vec!["FS", "FS"], "FS"),
        (vec!["FS", "fs"], "fs FS,FS"),
    ] {
        let world = World::strict(&own);
        let good = listing(&world, By::Fs, list, false);
        assert!(good.result.is_ok(), "{own:?} {list}");
        assert_eq!(world.asked.borrow().len(), 1, "{own:?} {list}");

        let world = World::strict(&own);
        let ended = listing(&world, By::Fs, list, true);
        assert!(
            matches!(ended.cause(), Cause::Unauthenticated),
            "{own:?} {list}: {:?}",
            ended.cause()
        );
        assert_eq!(world.asked.borrow().len(), 1, "{own:?} {list}");
    }
}

/// A server that picks what was not offered hears nothing more, and the trace has the mask.
#[test]
fn a_pick_of_an_unknown_bit_or_of_one_not_offered() {
    let world = World::strict(&["FS"]);
    for bit in [1, 32, 2048, 8192, 1 << 20, 1 << 31, 1 << 40, 4 | 8192, -4] {
        let mut server = Server::new(By::Fs, true).edit(|kind, message| match kind {
            Kind::Choice => vec![Encoder::new(message.form()).int(bit).finish()],
            _ => vec![message],
        });
        let ended = run(&world, &mut server);
        assert!(
            matches!(ended.cause(), Cause::PickedUnoffered { bit: b, mask: 4 } if *b == bit),
            "{bit}: {:?}",
            ended.cause()
        );
        let text = ended.cause().to_string();
        assert!(text.contains(&bit.to_string()), "{text}");
        assert!(world.asked.borrow().is_empty(), "nothing was made");
    }
}
