//! What holds for every input.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use countersign_config::{Config, MAX_VALUE, Sources};
use proptest::prelude::*;

proptest! {
    #[test]
    fn no_content_panics(text in any::<String>(), name in any::<String>()) {
        if let Ok(config) = text.parse::<Config>() {
            let _ = config.get(&name);
        }
    }

    #[test]
    fn no_likely_content_panics(
        lines in prop::collection::vec(
            "[ #]{0,2}(A|B|TOOL.A|if|use|error|\\$\\(A\\)|@)?[ =:@+&]{0,4}(\\$|\\$\\(|\\$ENV\\(|A|B|:|\\)|x|é|\\\\|@|\n| ){0,9}",
            0..8,
        ),
        dump in any::<bool>(),
    ) {
        let mut text = lines.join("\n");
        if dump {
            text = format!("# Configuration from machine: x\n{text}\n# Contributing configuration file(s):\n");
        }
        if let Ok(config) = Config::load(&Sources::text("root", text).environment([("A", "$(B)é")])) {
            for name in ["A", "B"] {
                if let Ok(Some(setting)) = config.get(name) {
                    prop_assert!(setting.value.len() <= MAX_VALUE);
                }
            }
        }
    }

    #[test]
    fn printed_assignments_read_back(
        settings in prop::collection::btree_map("[a-z_][a-z0-9_./]{0,10}", "([!-#%-\\[\\]-~é]([ -#%-~é]{0,20}[!-#%-\\[\\]-~])?)?", 0..8),
    ) {
        let printed = |(name, value): (&String, &String)| format!("{name} = {value}\n");
        let text: String = settings.iter().map(printed).collect();
        let config: Config = text.parse().unwrap();
        for (name, value) in &settings {
            let read = config.get(name).unwrap().map(|s| s.value);
            prop_assert_eq!(&read.unwrap_or_default(), value);
        }
    }
}

#[test]
fn bombs_end_in_errors() {
    // Doubling at insertion.
    let doubling = "X = 0123456789abcdef\n".to_owned() + &"X = $(X)$(X)\n".repeat(64);
    assert!(doubling.parse::<Config>().is_err());
    let appending = "X = 1\n".to_owned() + &"X += $(X)\n".repeat(64);
    assert!(appending.parse::<Config>().is_err());
    // Doubling at lookup.
    let chain: String = (0..64)
        .map(|i| format!("A{} = $(A{i})$(A{i})\n", i + 1))
        .collect();
    let config: Config = format!("A0 = x\n{chain}").parse().unwrap();
    assert!(config.get("A64").is_err());
    assert!(config.get("A8").is_ok());
    // Circles.
    let config: Config = "A = $(B)\nB = x$(A)\nC = $(D)\nD = $(C)\n".parse().unwrap();
    assert!(config.get("A").is_err());
    assert!(config.get("C").is_err());
    // Functions that look at a long value again and again.
    let list = format!("L = {}a\n", "a,/".repeat(MAX_VALUE / 4));
    for call in ["$RANDOM_CHOICE(L)", "$Fn(L)"] {
        let text = list.clone() + &format!("if defined {call}\nendif\n").repeat(2000);
        let error = text.parse::<Config>().unwrap_err().to_string();
        assert!(error.contains("too long"), "{call}: {error}");
    }
    // Warnings.
    let config: Config = "A : 1\n".repeat(20_001).parse().unwrap();
    assert!(config.warnings().len() < 20_000);
    // One long line.
    let long = format!("A = {}\n", "x".repeat(MAX_VALUE + 1));
    assert!(long.parse::<Config>().is_err());
}
