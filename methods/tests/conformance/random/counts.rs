//! What happened, counted: every kind of thing must have happened often.

use std::collections::BTreeMap;

use countersign_core::names::Level;
use countersign_core::policy::Requirement;

use super::worlds::ALL;
use crate::model::Token;

#[derive(Default)]
pub(super) struct Counts {
    pub(super) meetings: usize,
    pub(super) succeeded: usize,
    pub(super) resumed: usize,
    pub(super) resumptions: usize,
    /// By feature, client and server.
    pub(super) cells: BTreeMap<(&'static str, Requirement, Requirement), usize>,
    /// Successes by method.
    pub(super) methods: BTreeMap<&'static str, usize>,
    pub(super) tokens: BTreeMap<Token, usize>,
    pub(super) causes: BTreeMap<String, usize>,
    pub(super) levels: BTreeMap<Level, usize>,
}

pub(super) fn report(counts: &Counts) {
    println!(
        "{} meetings, {} succeeded ({} of {} resumptions)",
        counts.meetings, counts.succeeded, counts.resumed, counts.resumptions
    );
    println!("methods: {:?}", counts.methods);
    println!("levels: {:?}", counts.levels);
    println!("tokens: {:?}", counts.tokens);
    println!("causes: {:?}", counts.causes);
    for feature in ["authentication", "encryption", "integrity"] {
        println!("{feature}, by client (rows) and server:");
        for client in ALL {
            let row = ALL.map(|server| {
                let cell = counts.cells.get(&(feature, client, server));
                let count = cell.copied().unwrap_or(0);
                assert!(count >= 20, "{feature} {client} {server}: {count}");
                format!("{count:6}")
            });
            println!("{:>10} {}", client.to_string(), row.concat());
        }
    }
    assert!(counts.succeeded * 10 >= counts.meetings * 4);
    assert!(counts.resumed >= 300 && counts.resumptions - counts.resumed >= 300);
    for method in ["none", "FS", "IDTOKENS", "CLAIMTOBE", "ANONYMOUS"] {
        assert!(
            counts.methods.get(method).is_some_and(|count| *count >= 50),
            "{method}"
        );
    }
    for token in Token::ALL {
        assert!(
            counts.tokens.get(&token).is_some_and(|count| *count >= 50),
            "{token:?}"
        );
    }
}
