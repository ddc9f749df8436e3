//! Without encryption, and with ciphers from before AES: which fields of which messages nobody protects.
//! `docs/unprotected.md` says it in a table for each, which is what comes out here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::fields::field;
use super::{Pair, names};
use crate::meet::{End, Met};

const DOCUMENT: &str = include_str!("../../../../docs/unprotected.md");

/// What an alteration that went unnoticed did.
fn effects(honest: &Met, met: &Met, what: &str) -> BTreeSet<&'static str> {
    let mut effects = BTreeSet::new();
    let (unaltered, expected) = honest.both().unwrap();
    let (established, caller) = met.both().unwrap();
    // The server never serves anybody else, by another method or within other limits.
    assert_eq!(caller.identity.user, expected.identity.user, "{what}");
    assert_eq!(caller.method, expected.method, "{what}");
    assert_eq!(caller.limits, expected.limits, "{what}");
    let (mine, theirs) = (established.session(), unaltered.session());
    assert!(established.is_protected() || !mine.is_resumable(), "{what}");
    assert_eq!(
        established.method().map(|method| method.bit),
        caller.method.map(|method| method.bit),
        "{what}"
    );
    let End::Command(command) = &met.server else {
        panic!("a command was wanted: {what}");
    };
    if command.command().number != 60_020 {
        effects.insert("the server serves another command, if the client may run it");
    }
    if mine.policy.get_str("MyRemoteUserName") != Some(caller.identity.user.as_str()) {
        effects.insert("the client is told another name of its own");
    }
    if Some(mine.id.as_str()) != command.session_id() {
        effects.insert("the client holds an id that the server did not give");
    }
    if mine.valid_commands != theirs.valid_commands {
        effects.insert("the client is told other commands");
    }
    if (mine.duration, mine.lease) != (theirs.duration, theirs.lease) {
        effects.insert("another lifetime of the session");
    }
    effects
}

/// By message, its number first, and field: what can be done.
type Found = BTreeMap<(String, String), BTreeSet<&'static str>>;

fn sweep(pair: &Pair, method: &str, is_protected: bool, found: &mut Found) {
    let mut honest = pair.honest();
    honest.talk().unwrap();
    let (client, _) = honest.both().unwrap();
    assert_eq!(client.is_protected(), is_protected);
    let names = names(&honest, method);
    let mut unnoticed = 0;
    let runs = pair.sweep(&honest, |altered, met| {
        let what = format!("{altered}\n{}", met.story());
        assert!(pair.server.sessions.is_empty(), "nothing is kept: {what}");
        if met.client.is_ok() {
            assert!(met.caller().is_some(), "the client goes on alone: {what}");
        }
        if met.both().is_none() {
            return;
        }
        unnoticed += 1;
        let effects = effects(&honest, &met, &what);
        let message = &names[altered.message];
        let sent = &honest.messages[altered.message].bytes;
        found
            .entry((message.clone(), field(message, sent, altered.place)))
            .or_default()
            .extend(effects);
    });
    println!(
        "{method}, protected: {is_protected}: {runs} alterations, {unnoticed} of them unnoticed"
    );
    assert!(runs > 3_000 && unnoticed > 0 && unnoticed < runs / 2);
}

/// The table, as the document has it: a line for each message and effect.
fn table(found: &Found) -> String {
    let mut lines: BTreeMap<(usize, &str, String), Vec<&str>> = BTreeMap::new();
    let order = [
        "hello", "reply", "mask", "picked", "FS", "IDTOKENS", "no key", "decision",
    ];
    for ((message, field), effects) in found {
        let effects: Vec<_> = effects.iter().copied().collect();
        let effects = if effects.is_empty() {
            "nothing".to_owned()
        } else {
            effects.join("; ")
        };
        let place = order.iter().position(|name| message.starts_with(name));
        lines
            .entry((place.unwrap(), message, effects))
            .or_default()
            .push(field);
    }
    let mut table = String::from("| message | fields | what comes of it |\n|---|---|---|\n");
    for ((_, message, effects), fields) in lines {
        let _ = writeln!(table, "| {message} | {} | {effects} |", fields.join(", "));
    }
    table
}

#[test]
fn the_document_names_what_nobody_protects() {
    let mut found = Found::new();
    for method in ["FS", "IDTOKENS"] {
        sweep(&Pair::clear(method), method, false, &mut found);
    }
    proofs_stand(&found);
    documented(&found);
}

#[test]
fn the_document_names_what_old_ciphers_leave_open() {
    let mut found = Found::new();
    for method in ["FS", "IDTOKENS"] {
        sweep(&Pair::old(method), method, true, &mut found);
    }
    proofs_stand(&found);
    // Another key, and what is encrypted and verified, is noticed.
    for (message, field) in found.keys() {
        assert_ne!(field, "ECDHPublicKey", "{message}");
        assert_ne!(message, "decision", "{field}");
    }
    documented(&found);
}

/// What proves who somebody is cannot be altered.
fn proofs_stand(found: &Found) {
    for field in [
        "the name",
        "the token",
        "the nonce",
        "nonces and MAC",
        "the server's name",
    ] {
        for message in [
            "IDTOKENS, client's 1",
            "IDTOKENS, server's 1",
            "IDTOKENS, client's 2",
        ] {
            assert!(!found.contains_key(&(message.to_owned(), field.to_owned())));
        }
    }
    assert!(
        !found
            .keys()
            .any(|(message, _)| message.starts_with("FS, server's"))
    );
}

fn documented(found: &Found) {
    let table = table(found);
    assert!(
        DOCUMENT.contains(&table),
        "docs/unprotected.md must have this table:\n{table}"
    );
}
