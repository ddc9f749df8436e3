//! A server that says no.

use super::*;

#[test]
fn denied_by_a_list() {
    let events = || {
        [
            connected(None),
            authenticated(),
            answered("alice@pool.example"),
        ]
    };
    let text = after_denial(events(), ("ADVERTISE_STARTD", 60027));
    has(
        &text,
        &[
            "as alice@pool.example, authenticated by IDTOKENS, and answered DENIED",
            "only the server knows",
            "PERMISSION DENIED and alice@pool.example",
            "the ADDRESS that it saw (from here that is 10.0.0.1)",
            "condor_config_val -dump ALLOW_",
            "alice@pool.example/ADDRESS is the entry that is missing",
            "ALLOW_DAEMON, or if that is not set ALLOW_DEFAULT, counts",
            "ALLOW_ADVERTISE_STARTD = $(ALLOW_DAEMON), alice@pool.example/ADDRESS",
            "A bare alice is read as the name of a host",
        ],
    );
    has(
        &after_denial(events(), WRITE),
        &[
            "If not, ALLOW_DEFAULT counts",
            "ALLOW_WRITE = $(ALLOW_DEFAULT), ",
        ],
    );
    has(
        &after_denial(events(), ("OWNER", 60024)),
        &[
            "for OWNER, whose level is ADMINISTRATOR",
            "add it to ALLOW_ADMINISTRATOR",
        ],
    );
}

#[test]
fn denied_by_the_limit_of_a_token() {
    let events = |scope| {
        [
            connected(None),
            using(Some(scope)),
            authenticated(),
            answered("alice@pool.example"),
        ]
    };
    let text = after_denial(events("condor:/READ"), WRITE);
    has(
        &text,
        &[
            "line 2 of /t/a) is limited to `condor:/READ`, which does not cover WRITE",
            "do: use a token that has condor:/WRITE",
            "no entry of the server's lists helps",
        ],
    );
    lacks(&text, "ALLOW_WRITE");
    has(
        &after_denial(events("condor:/WRITE"), WRITE),
        &["ALLOW_WRITE"],
    );
}

#[test]
fn what_a_limit_covers() {
    use countersign_core::names::Level::*;
    for (scope, level, outside) in [
        ("condor:/READ", Read, false),
        ("condor:/READ", Write, true),
        ("condor:/WRITE", Read, false),
        ("condor:/DAEMON", Write, false),
        ("condor:/DAEMON condor:/READ", AdvertiseStartd, true),
        ("condor:/ADVERTISE_STARTD", AdvertiseStartd, false),
        ("condor:/ADVERTISE_STARTD", Read, true),
        ("condor:/READ", Allow, false),
        ("openid", Write, false),
        ("condor:/SOMETHING_NEW", Write, false),
    ] {
        assert_eq!(
            super::super::denied::is_outside(scope, level),
            outside,
            "{scope} {level:?}"
        );
    }
}

#[test]
fn denied_without_authentication() {
    let nobody = "unauthenticated@unmapped";
    let text = after_denial([connected(None), answered(nobody)], WRITE);
    has(
        &text,
        &[
            "this is anybody",
            "do: authenticate: set SEC_CLIENT_AUTHENTICATION = REQUIRED",
        ],
    );
    has(
        &text,
        &["authentication not needed, identity mapping not needed, authorization failed"],
    );
    let tried = after_denial(
        [
            connected(None),
            agreed(&["FS"]),
            not_accepted(),
            Event::WentOnUnauthenticated,
            answered(nobody),
        ],
        WRITE,
    );
    has(
        &tried,
        &[
            "why: the server answered DENIED for WRITE to unauthenticated@unmapped, which is \
             anybody: authentication was tried, but no method came through: FS: ",
            "do: run this on the server's own host",
            "authentication failed",
        ],
    );
}

#[test]
fn unmapped() {
    let text = after_denial(
        [connected(None), authenticated(), answered("ssl@unmapped")],
        WRITE,
    );
    has(
        &text,
        &[
            "no line of its mapfile",
            "CERTIFICATE_MAPFILE",
            "identity mapping failed",
        ],
    );
    lacks(&text, "ALLOW_WRITE");
}
