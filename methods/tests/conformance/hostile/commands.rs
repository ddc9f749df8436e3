//! Unknown commands, and commands without negotiation.

use countersign_core::policy::Requirement;
use countersign_core::server::{ServerCause, ServerStage};

use super::{encoder, frames, hello, number, say, strict};
use crate::world::ServerSide;

#[test]
fn unknown_commands() {
    let server = ServerSide::default();
    for command in [
        "99999",
        "-1",
        "479",
        "9223372036854775807",
        "-9223372036854775808",
        "4294967301",
    ] {
        for changes in [
            vec![("Command", command)],
            vec![("Command", "60040"), ("AuthCommand", command)],
            vec![("Command", "60010"), ("AuthCommand", command)],
        ] {
            let attack = say(&server, &[hello(&changes)]);
            assert!(
                matches!(attack.cause(), ServerCause::UnknownCommand { number }
                    if number.to_string() == command),
                "{changes:?}: {}",
                attack.cause()
            );
            assert_eq!(attack.stage(), ServerStage::Hello);
            assert!(attack.said.is_empty(), "HTCondor hangs up without a word");
        }
        let attack = say(&server, &[number(command.parse().unwrap())]);
        assert!(matches!(attack.cause(), ServerCause::UnknownCommand { .. }));
        assert!(attack.said.is_empty());
    }
}

#[test]
fn bare_commands_where_something_is_required() {
    for (negotiation, authentication) in [
        (Requirement::Required, Requirement::Optional),
        (Requirement::Preferred, Requirement::Required),
        (Requirement::Never, Requirement::Required),
    ] {
        let mut server = ServerSide::default();
        server.default.negotiation = negotiation;
        server.default.authentication = authentication;
        for command in [60_020, 60_021, 5] {
            let attack = say(&server, &[frames(encoder().int(command).string("payload"))]);
            assert!(
                matches!(
                    attack.cause(),
                    ServerCause::NotNegotiated { .. } | ServerCause::Policy(_)
                ),
                "{}",
                attack.cause()
            );
            assert!(attack.said.is_empty());
        }
    }
    // Commands that demand a user are not run bare at all, though ALLOW would do for them.
    for command in [60_049, 60_050, 60_052, 81] {
        let attack = say(&ServerSide::default(), &[number(command)]);
        assert!(matches!(attack.cause(), ServerCause::NotNegotiated { .. }));
        assert!(attack.said.is_empty());
    }
}

/// A bare command is nobody's: lists that name somebody do not let it in, and a session's id behind it
/// is payload.
#[test]
fn a_bare_command_is_nobodys() {
    let server = ServerSide::default().with_lists(&[("ALLOW_READ", "alice@pool.example")]);
    for payload in ["", "host:42:1:abc", "alice@pool.example"] {
        let attack = say(&server, &[frames(encoder().int(60_020).string(payload))]);
        assert!(
            matches!(attack.cause(), ServerCause::Denied { user, .. }
                if user == "unauthenticated@unmapped"),
            "{}",
            attack.cause()
        );
        assert!(attack.said.is_empty());
    }
}

/// ALLOW would do for it, but it needs somebody, mapped.
#[test]
fn a_forced_command_needs_a_user() {
    let server = strict("CLAIMTOBE");
    let command = ("Command", "60052");
    for wish in ["\"NEVER\"", "\"OPTIONAL\""] {
        let changes = [command, ("AuthenticationNew", wish)];
        let attack = say(&server, &[hello(&changes), number(0)]);
        assert!(
            matches!(
                attack.cause(),
                ServerCause::Reconcile(_) | ServerCause::Unauthenticated
            ),
            "{}",
            attack.cause()
        );
    }
    let claim = frames(encoder().int(1).string("eve@unmapped"));
    let attack = say(&server, &[hello(&[command]), number(2), claim]);
    assert!(
        matches!(attack.cause(), ServerCause::Unmapped { command: 60_052, user }
            if user == "eve@unmapped"),
        "{}",
        attack.cause()
    );
    assert!(server.sessions.is_empty());
}
