//! The recorded handshakes that the tests of the methods repeat.

use crate::recording::Setup;

/// A handshake with a real daemon.
#[derive(Debug)]
pub struct Record {
    pub setup: Setup,
    /// What the server said, the answer to the command included.
    pub received: Vec<u8>,
}

/// Every record in which encryption was agreed on.
pub const PROTECTED: [&str; 9] = [
    include_str!("../../methods/tests/recorded/none-25.14.1.txt"),
    include_str!("../../methods/tests/recorded/idtokens-25.14.1.txt"),
    include_str!("../../methods/tests/recorded/idtokens-23.9.6.txt"),
    include_str!("../../methods/tests/recorded/fs-25.14.1.txt"),
    include_str!("../../methods/tests/recorded/fs-23.9.6.txt"),
    include_str!("../../methods/tests/recorded/claimtobe-25.14.1.txt"),
    include_str!("../../methods/tests/recorded/claimtobe-23.9.6.txt"),
    include_str!("../../methods/tests/recorded/anonymous-25.14.1.txt"),
    include_str!("../../methods/tests/recorded/idtokens-then-fs-25.14.1.txt"),
];

impl Record {
    /// Reads a record.
    ///
    /// # Panics
    /// If it is none: records are ours.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let field = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
                .map(str::to_owned)
        };
        let must = |name: &str| field(name).expect("a field is missing");
        let received = text
            .lines()
            .filter_map(|line| line.strip_prefix("< "))
            .flat_map(|hex| {
                let pairs = hex.as_bytes().chunks(2);
                pairs.map(|pair| {
                    let pair = std::str::from_utf8(pair).expect("hex digits");
                    u8::from_str_radix(pair, 16).expect("hex digits")
                })
            })
            .collect();
        Self {
            setup: Setup {
                methods: must("methods"),
                authentication: must("authentication"),
                now: must("now").parse().expect("a number"),
                given_address: must("given"),
                peer: must("peer").parse().expect("an address"),
                local: must("local").parse().expect("an address"),
                token: field("token"),
            },
            received,
        }
    }
}
