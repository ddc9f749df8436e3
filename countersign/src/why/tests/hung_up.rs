//! A server that closes the connection.

use super::*;

#[test]
fn without_authentication_the_rest_follows() {
    let event = Event::PolicySent {
        command: 60021,
        methods: Vec::new(),
        ciphers: Vec::new(),
        authentication: Requirement::Never,
        encryption: Requirement::Never,
        integrity: Requirement::Never,
        negotiation_forced: false,
    };
    let text = after_hang_up(&trace([connected(None), event.clone()]), WRITE);
    has(
        &text,
        &["where SEC_CLIENT_AUTHENTICATION is NEVER (set so itself"],
    );
    lacks(&text, "SEC_CLIENT_ENCRYPTION");
    // A collector knows this command, so it is not the first suspect.
    let query = after_hang_up(&trace([connected(None), event]), ("QUERY_SCHEDD_ADS", 6));
    has(
        &query,
        &[
            "Its policy may contradict",
            "Less likely",
            "QUERY_SCHEDD_ADS (6)",
        ],
    );
}

#[test]
fn what_was_given_up_comes_first() {
    let given_up = Event::GaveUp {
        feature: "authentication",
        knob: "SEC_CLIENT_AUTHENTICATION_METHODS",
        configured: "KERBEROS".to_owned(),
    };
    let policy = Event::PolicySent {
        command: 60021,
        methods: Vec::new(),
        ciphers: Vec::new(),
        authentication: Requirement::Never,
        encryption: Requirement::Never,
        integrity: Requirement::Never,
        negotiation_forced: false,
    };
    let text = after_hang_up(&trace([connected(None), given_up, policy]), WRITE);
    has(
        &text,
        &[
            "also: nothing in SEC_CLIENT_AUTHENTICATION_METHODS (KERBEROS) can be used, so \
           authentication became NEVER",
        ],
    );
    lacks(&text, "SEC_CLIENT_AUTHENTICATION is NEVER");
}

#[test]
fn hung_up_behind_a_shared_port() {
    let events = [connected(Some("schedd_1_2")), sent(OPTIONAL, &["AES"])];
    has(
        &after_hang_up(&trace(events), WRITE),
        &[
            "why: ",
            "passed on to schedd_1_2",
            "its name changes each time",
            "do: ",
            "SharedPortLog on 10.0.0.2",
            "condor_status -schedd -af MyAddress",
            "also: if a daemon does listen there",
        ],
    );
}

#[test]
fn hung_up_behind_a_fixed_name() {
    let text = after_hang_up(&trace([connected(Some("collector"))]), WRITE);
    has(&text, &["it does not run, or goes by another name"]);
    lacks(&text, "changes each time");
}

#[test]
fn hung_up_with_a_strict_policy() {
    let text = after_hang_up(
        &trace([connected(None), sent(Requirement::Required, &["AES"])]),
        WRITE,
    );
    has(
        &text,
        &[
            "where SEC_CLIENT_ENCRYPTION is REQUIRED (",
            "Less likely, it has no command WRITE (60021)",
            "`DC_AUTHENTICATE: Unable to reconcile!`",
            "(60021) (UNREGISTERED COMMAND!) from`",
            "SEC_WRITE_ENCRYPTION (or SEC_DEFAULT_ENCRYPTION where that is not set) there must not \
             be NEVER",
        ],
    );
    lacks(&text, "AUTHENTICATION is");
    let never = after_hang_up(
        &trace([connected(None), sent(Requirement::Never, &["AES"])]),
        WRITE,
    );
    has(&never, &["raise SEC_CLIENT_ENCRYPTION here to OPTIONAL"]);
}

#[test]
fn hung_up_with_an_open_policy() {
    let events = [connected(None), sent(Requirement::Preferred, &["AES"])];
    let text = after_hang_up(&trace(events), WRITE);
    has(
        &text,
        &[
            "fits any that is consistent",
            "may contradict itself",
            "restarting",
            "Less likely",
        ],
    );
    lacks(&text, "SEC_CLIENT_");
}

#[test]
fn hung_up_on_a_number() {
    let text = after_hang_up(
        &trace([connected(None), sent(OPTIONAL, &["AES"])]),
        ("99998", 99998),
    );
    has(
        &text,
        &["Most likely it has no command 99998. If it has: this client's"],
    );
    lacks(&text, "99998 (99998)");
    let known = after_hang_up(&trace([connected(None)]), ("60011", 60011));
    has(&known, &["it has no command DC_NOP (60011)"]);
}
