//! Handshakes recorded with real daemons of both releases, repeated byte for byte: every byte
//! that this side sends must be the recorded one, and every byte of the server must be
//! understood, the encrypted ones included. `examples/record.rs` makes the records.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test.

mod recording;

use countersign_core::client::established::read_sec_query_answer;
use countersign_core::client::{Handshake, Progress};
use countersign_core::names::attrs;
use recording::{Fixed, Setup};

#[derive(Debug, PartialEq, Eq, Clone)]
enum Line {
    Sent(Vec<u8>),
    Received(Vec<u8>),
}

struct Record {
    setup: Setup,
    lines: Vec<Line>,
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

impl Record {
    fn parse(text: &str) -> Self {
        let field = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
                .map(str::to_owned)
        };
        let must = |name: &str| field(name).unwrap_or_else(|| panic!("{name} is missing"));
        Self {
            setup: Setup {
                methods: must("methods"),
                authentication: must("authentication"),
                now: must("now").parse().unwrap(),
                given_address: must("given"),
                peer: must("peer").parse().unwrap(),
                local: must("local").parse().unwrap(),
                token: field("token"),
            },
            lines: text
                .lines()
                .filter_map(|line| match line.split_at_checked(2)? {
                    ("> ", hex) => Some(Line::Sent(bytes(hex))),
                    ("< ", hex) => Some(Line::Received(bytes(hex))),
                    _ => None,
                })
                .collect(),
        }
    }

    /// Repeats the handshake, giving the server's bytes in pieces of `piece`.
    fn repeat(&self, piece: usize) -> Outcome {
        let mut sent = Vec::new();
        let mut received: Vec<u8> = Vec::new();
        for line in &self.lines {
            match line {
                Line::Sent(bytes) => sent.extend_from_slice(bytes),
                Line::Received(bytes) => received.extend_from_slice(bytes),
            }
        }
        let mut pieces = received.chunks(piece);
        let mut entropy = Fixed::default();
        let setup = &self.setup;
        let mut handshake =
            Handshake::new(setup.config(), setup.request(), setup.now, &mut entropy);
        let mut said = Vec::new();
        let mut established = loop {
            let progress = handshake.poll();
            while let Some(bytes) = handshake.transmit() {
                said.extend_from_slice(&bytes);
            }
            match progress {
                Progress::Established(established) => break established,
                Progress::Failed(failure) => panic!("{failure}\n{}", handshake.take_trace()),
                Progress::Perform(request) => handshake.answer(setup.answer(request, |_| true)),
                Progress::NeedsBytes => {
                    handshake.receive(pieces.next().expect("the record ends too early"));
                }
            }
        };
        assert_eq!(said, sent, "what this side sends");
        let answer = loop {
            match established.next_message().unwrap() {
                Some(message) => break read_sec_query_answer(&message).unwrap(),
                None => established.receive(pieces.next().expect("no answer in the record")),
            }
        };
        assert!(pieces.next().is_none(), "bytes left over");
        let policy = &established.session().policy;
        Outcome {
            method: established.method().map(|method| method.canonical),
            protected: established.is_protected(),
            user: policy
                .get_str(attrs::MY_REMOTE_USER_NAME)
                .unwrap()
                .to_owned(),
            server: established.session().server_name.clone(),
            authorized: answer.get_bool(attrs::AUTHORIZATION_SUCCEEDED).unwrap(),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    method: Option<&'static str>,
    protected: bool,
    user: String,
    server: String,
    authorized: bool,
}

fn check(text: &str, method: Option<&'static str>, protected: bool, user: &str, server: &str) {
    let record = Record::parse(text);
    for piece in [usize::MAX, 1, 7] {
        assert_eq!(
            record.repeat(piece),
            Outcome {
                method,
                protected,
                user: user.into(),
                server: server.into(),
                authorized: true,
            }
        );
    }
}

const NOBODY: &str = "unauthenticated@unmapped";

macro_rules! records {
    ($($test:ident: $file:literal, $method:expr, $protected:expr, $user:expr, $server:expr;)*) => {
        $(
            #[test]
            fn $test() {
                check(
                    include_str!(concat!("recorded/", $file, ".txt")),
                    $method,
                    $protected,
                    $user,
                    $server,
                );
            }
        )*
    };
}

records! {
    nobody_25: "none-25.14.1", None, true, NOBODY, NOBODY;
    nobody_23: "none-23.9.6", None, false, NOBODY, NOBODY;
    token_25: "idtokens-25.14.1", Some("IDTOKENS"), true, "alice@pool.example", "condor@password";
    token_23: "idtokens-23.9.6", Some("IDTOKENS"), true, "alice@pool.example", "condor@password";
    directory_25: "fs-25.14.1", Some("FS"), true, "alice@pool.example", NOBODY;
    directory_23: "fs-23.9.6", Some("FS"), true, "alice@pool.example", NOBODY;
    claim_25: "claimtobe-25.14.1", Some("CLAIMTOBE"), true, "alice@pool.example", NOBODY;
    claim_23: "claimtobe-23.9.6", Some("CLAIMTOBE"), true, "alice@pool.example", NOBODY;
    anonymous_25: "anonymous-25.14.1", Some("ANONYMOUS"), true, "CONDOR_ANONYMOUS_USER", NOBODY;
    fallback_25: "idtokens-then-fs-25.14.1", Some("FS"), true, "alice@pool.example", NOBODY;
}
