//! Sessions that were handed over, in the hands of somebody who has the id alone or wants more than it is for.

use countersign_core::authz::Grounds;
use countersign_core::names::Role;
use countersign_core::server::{ResumeRefusal, ServerCause};
use countersign_core::session::{ClaimId, HandedSession};

use super::sessions::{refusal, resumption};
use super::{Attack, say, strict};
use crate::meet::End;
use crate::world::{NOW, ServerSide};

const SID: &str = "<127.0.0.1:1>#1#1";

/// A server that has the session of a claim id with these terms, and lets nobody in otherwise.
fn having(role: Role, info: &str) -> ServerSide {
    let server = strict("IDTOKENS");
    let claim = ClaimId::parse(&format!("{SID}#{info}{}", "0f".repeat(32))).unwrap();
    let session = HandedSession::new(&claim, role).unwrap();
    let known = server.sessions.hand_over(session.for_server(), NOW);
    assert!(known.is_ok());
    server
}

fn is_served(attack: &Attack) -> bool {
    matches!(attack.end, Some(End::Command(_)))
}

#[test]
fn the_role_says_what_is_open() {
    // DC_NOP_READ, _WRITE, _NEGOTIATOR, _ADMINISTRATOR, _DAEMON, _CONFIG.
    let commands = [60_020, 60_021, 60_022, 60_023, 60_026, 60_025];
    for (role, open) in [
        (Role::Parent, &[60_020, 60_021, 60_023, 60_026][..]),
        (Role::Child, &[60_020, 60_021, 60_023, 60_026]),
        (Role::Family, &[60_020, 60_021, 60_022, 60_023, 60_026]),
        (Role::SubmitSide, &[60_020, 60_021, 60_026]),
        (Role::ExecuteSide, &[]),
        (Role::NegotiatorSide, &[60_020, 60_022]),
        (Role::CollectorSide, &[60_020, 60_021, 60_023]),
    ] {
        let server = having(role, "[]");
        for command in commands {
            let attack = say(&server, &[resumption(SID, command, &[])]);
            let is_open = open.contains(&command);
            match &attack.end {
                Some(End::Command(served)) => {
                    // Beside that, the lists may let everybody in.
                    let grounds = &served.authorization().grounds;
                    let by_role = matches!(grounds, Grounds::HandedOver { .. });
                    assert_eq!(by_role, is_open, "{role:?} {command}");
                }
                _ => {
                    assert!(matches!(attack.cause(), ServerCause::Denied { .. }));
                    assert!(!is_open, "{role:?} {command}");
                }
            }
        }
    }
}

#[test]
fn an_answer_is_due_but_for_a_parents_signal() {
    let unanswered = [("ResumeResponse", "false")];
    for role in Role::ALL {
        let server = having(role, "[]");
        for command in [60_000, 60_008, 60_026] {
            let attack = say(&server, &[resumption(SID, command, &unanswered)]);
            if role == Role::Parent && command == 60_000 {
                assert!(is_served(&attack));
                let Some(End::Command(command)) = attack.end else {
                    panic!("{}", attack.trace);
                };
                assert!(command.is_protected());
            } else {
                assert_eq!(
                    refusal(&attack),
                    ResumeRefusal::Unanswered,
                    "{role:?} {command}"
                );
            }
            assert!(attack.said.is_empty());
        }
    }
}

#[test]
fn terms_are_kept() {
    let server = having(Role::Family, "[ValidCommands=\"60020\";]");
    assert!(is_served(&say(&server, &[resumption(SID, 60_020, &[])])));
    let attack = say(&server, &[resumption(SID, 60_021, &[])]);
    assert_eq!(refusal(&attack), ResumeRefusal::Command { command: 60_021 });
    // A question about a command is as good as the command.
    let about = [("AuthCommand", "60021")];
    let attack = say(&server, &[resumption(SID, 60_040, &about)]);
    assert_eq!(refusal(&attack), ResumeRefusal::Command { command: 60_021 });
    let ended = format!("[SessionExpires={NOW};]");
    let attack = say(
        &having(Role::Family, &ended),
        &[resumption(SID, 60_020, &[])],
    );
    assert_eq!(refusal(&attack), ResumeRefusal::Unknown);
}

#[test]
fn the_id_alone_says_nothing() {
    let server = having(Role::Family, "[]");
    let mut attack = say(&server, &[resumption(SID, 60_026, &[])]);
    let Some(End::Command(command)) = &mut attack.end else {
        panic!("{}", attack.trace);
    };
    command.receive(&super::frames(super::encoder().string("a command")));
    assert!(command.next_message().is_err());
}
