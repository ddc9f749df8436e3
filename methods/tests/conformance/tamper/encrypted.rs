//! With AES and encryption required on both sides no alteration goes unnoticed.

use countersign_core::crypto::{ChannelKey, Protection};
use countersign_core::session::Session;

use super::{Altered, Pair, names};
use crate::meet::{End, Meeting, Met};
use crate::world::NOW;

/// What came of the alterations.
#[derive(Default)]
struct Counts {
    /// Neither side goes on.
    neither: usize,
    /// DC_AUTHENTICATE became a bare command that is open to everybody, as anybody could send it.
    bare: usize,
    /// The server waits for a command that nobody can send it.
    waits: usize,
    /// It keeps a session that nobody can use.
    kept: usize,
}

fn judge(pair: &Pair, honest: &Met, altered: Altered, met: Met, counts: &mut Counts) {
    let what = format!("{altered}\n{}", met.story());
    // The client goes on in no case: so no command is sent.
    let Err(failure) = &met.client else {
        panic!("the client noticed nothing: {what}");
    };
    assert!(!failure.to_string().is_empty(), "it says why: {what}");
    let Some(caller) = met.caller() else {
        counts.neither += 1;
        assert!(
            pair.server.sessions.is_empty(),
            "no session is left: {what}"
        );
        return;
    };
    if met.is_nobodys_bare_command() {
        counts.bare += 1;
        assert!(
            pair.server.sessions.is_empty(),
            "no session is left: {what}"
        );
        return;
    }
    // Whoever is served in vain is who proved it, within the same limits.
    let (_, expected) = honest.both().unwrap();
    assert_eq!(caller.identity.user, expected.identity.user, "{what}");
    assert_eq!(caller.method, expected.method, "{what}");
    assert_eq!(caller.limits, expected.limits, "{what}");
    counts.waits += 1;
    let End::Command(mut command) = met.server else {
        panic!("a command was wanted: {what}");
    };
    // What the client never sends nobody else can: rubbish does not pass for a command.
    command.receive(b"\x01\0\0\0\x08\0\0\0\0\0\0\0\x01");
    assert!(command.next_message().is_err(), "{what}");
    let Some(kept) = command
        .session_id()
        .and_then(|sid| pair.server.sessions.find(sid, NOW))
    else {
        return;
    };
    counts.kept += 1;
    assert_eq!(kept.user, expected.identity.user, "{what}");
    unusable(pair, honest, &kept.id, &kept.key, &what);
}

/// A session that only the server kept: whoever read all that was said, its id included, has no key.
fn unusable(pair: &Pair, honest: &Met, sid: &str, key: &ChannelKey, what: &str) {
    let said = honest.messages.iter().map(|sent| &sent.bytes);
    for bytes in said {
        let mut windows = bytes.windows(key.expose().len());
        assert!(windows.all(|window| window != key.expose()), "{what}");
    }
    let (client, _) = honest.both().unwrap();
    let guess = |key| Session {
        id: sid.to_owned(),
        key,
        ..client.session().clone()
    };
    // Without any key it is not even a session to the client's side.
    let keyless = Meeting {
        resumes: Some(guess(None)),
        seed: 6,
        ..pair.meeting()
    }
    .run();
    assert!(keyless.client.is_err(), "{what}");
    let mut met = Meeting {
        resumes: Some(guess(Some((
            ChannelKey::from_bytes([0x55; 32]),
            Protection::AES,
        )))),
        seed: 7,
        ..pair.meeting()
    }
    .run();
    assert!(met.talk().is_err(), "resumed without its key: {what}");
}

fn every_byte(method: &str) {
    let pair = Pair::strict(method);
    let mut honest = pair.honest();
    honest.talk().unwrap();
    let names = names(&honest, method);
    let mut counts = Counts::default();
    let runs = pair.sweep(&honest, |altered, met| {
        judge(&pair, &honest, altered, met, &mut counts);
    });
    println!(
        "{method}: {} messages ({}), {runs} alterations; neither side went on: {}; an open command without session: \
         {}; the server waited in vain: {}, keeping an unusable session: {}",
        names.len(),
        names.join(", "),
        counts.neither,
        counts.bare,
        counts.waits,
        counts.kept
    );
    assert!(runs > 3_000);
    assert_eq!(counts.neither + counts.bare + counts.waits, runs);
    assert!(counts.bare <= 1);
    // The server's word can be spoilt when it has been given: the client alone knows.
    assert!(counts.kept > 0 && counts.kept <= counts.waits);
}

#[test]
fn every_byte_of_idtokens() {
    every_byte("IDTOKENS");
}

#[test]
fn every_byte_of_fs() {
    every_byte("FS");
}
