//! Resuming a session: its key protects the channel whatever the server answers, and nothing altered is ever read.
//!
//! One byte of knobs, one for the pieces. Then either a script of what the server says, or what to alter in a good answer.

#![no_main]

use countersign_classad::ClassAd;
use countersign_core::client::Handshake;
use countersign_core::crypto::{ChannelKey, Protection};
use countersign_core::session::Session;
use countersign_core::{CondorVersion, PROTOCOL_VERSION};
use countersign_fuzz::drive::{self, End};
use countersign_fuzz::recording::{Fixed, Setup};
use countersign_fuzz::script::{Line, Script, Server};
use countersign_fuzz::{Dice, alter};
use libfuzzer_sys::fuzz_target;

fn key() -> ChannelKey {
    ChannelKey::from_bytes([0x17; 32])
}

fn session() -> Session {
    let mut policy = ClassAd::new();
    policy.insert("CryptoMethods", "AES");
    policy.insert("MyRemoteUserName", "alice@pool.example");
    Session {
        handed: None,
        id: "host:1:2:3".into(),
        key: Some((key(), Protection::AES)),
        policy,
        duration: 60,
        lease: 3600,
        valid_commands: vec![60021, 60040],
        server_version: CondorVersion::parse(PROTOCOL_VERSION),
        server_name: "condor@password".into(),
    }
}

fuzz_target!(|input: &[u8]| {
    let mut dice = Dice(input);
    let knobs = dice.byte();
    let piece = match dice.byte() {
        0 => usize::MAX,
        some => some.into(),
    };
    let setup = Setup {
        methods: "FS".into(),
        authentication: "REQUIRED".into(),
        now: 1_795_376_088,
        given_address: "<192.0.2.1:9618>".into(),
        peer: ([192, 0, 2, 1], 9618).into(),
        local: ([192, 0, 2, 2], 40000).into(),
        token: None,
    };
    let mut request = setup.request();
    if knobs & 2 != 0 {
        request.command = 60021;
        request.auth_command = None;
    }

    // What the server hears does not depend on what it says.
    let mut entropy = Fixed::default();
    let mut first = Handshake::resume(
        setup.config(),
        request.clone(),
        session(),
        setup.now,
        &mut entropy,
    );
    let mut server = Server::default();
    while let Some(bytes) = first.transmit() {
        server.hear(&bytes);
    }
    let scripted = knobs & 1 != 0;
    let lines = match std::str::from_utf8(dice.0) {
        Ok(text) if scripted => Script::parse(text).lines,
        _ => vec![
            Line::Ad(vec!["ReturnCode = \"AUTHORIZED\"".into()]),
            Line::Ad(vec!["AuthorizationSucceeded = true".into()]),
            Line::Text("more".into()),
        ],
    };
    let mut sent = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        sent.extend(server.say(line));
        if index == 0 {
            server.codec.protect(&key(), [5; 16]);
        }
    }
    let heard = if scripted {
        sent.clone()
    } else {
        alter::altered(&sent, &mut dice)
    };
    let untouched = alter::in_common(&sent, &heard);

    let mut entropy = Fixed::default();
    let mut handshake =
        Handshake::resume(setup.config(), request, session(), setup.now, &mut entropy);
    let (end, given) = drive::drive(&mut handshake, &heard, piece, knobs & 4 == 0, |request| {
        setup.answer(request, |_| true)
    });
    if let End::Established(mut established) = end {
        assert!(established.is_protected(), "a resumed session has a key");
        assert_eq!(established.session().server_name, "condor@password");
        assert!(established.method().is_none(), "nobody authenticated here");
        let messages = drive::rest(&mut established, &heard[given..]);
        if !scripted {
            // The answer itself goes in clear, so that it was altered shows in the first frame behind it.
            let intact = if untouched == sent.len() { 2 } else { 1 };
            assert!(messages.len() <= intact, "something altered was read");
            if untouched == sent.len() {
                assert_eq!(messages.len(), 2);
            }
            let answer_end = 5 + u32::from_be_bytes([sent[1], sent[2], sent[3], sent[4]]) as usize;
            assert!(
                untouched >= answer_end || messages.is_empty(),
                "an altered answer was believed"
            );
        }
    } else if !scripted {
        assert!(untouched < sent.len(), "a good answer resumes");
    }
});
