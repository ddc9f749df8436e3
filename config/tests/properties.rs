//! What holds for every input.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::collections::BTreeMap;

use countersign_config::{Config, MAX_VALUE, Origin, Release, Sources};
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
        // Words of the language, even in front of `=`.
        prop_assume!(["if", "elif", "else", "endif"].iter().all(|word| !settings.contains_key(*word)));
        let printed = |(name, value): (&String, &String)| format!("{name} = {value}\n");
        let text: String = settings.iter().map(printed).collect();
        let config: Config = text.parse().unwrap();
        for (name, value) in &settings {
            let read = config.get(name).unwrap().map(|s| s.value);
            prop_assert_eq!(&read.unwrap_or_default(), value);
        }
    }
}

/// A piece of a configuration whose meaning is plain.
#[derive(Debug, Clone)]
enum Piece {
    Set(usize, String),
    Append(usize, String),
    If(Vec<(bool, usize, Vec<Piece>)>, Option<Vec<Piece>>),
}

const NAMES: [&str; 4] = ["ALPHA", "Beta", "gamma", "delta.x/1"];
/// Ways to write a condition, what holds and what does not.
const CONDITIONS: [[&str; 2]; 9] = [
    ["true", "false"],
    ["YES", "no"],
    ["1", "0.0"],
    ["! false", "!1"],
    ["defined SET", "defined UNSET"],
    ["! defined UNSET", "! defined SET"],
    ["version >= 9.0.1", "version < v9.0"],
    ["$(SET)", "$(UNSET)"],
    ["defined use ROLE:personal", "defined use ROLE:Nobody"],
];

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let value = "[a-z]{1,4}";
    let leaf = prop_oneof![
        (0..NAMES.len(), value).prop_map(|(name, value)| Piece::Set(name, value)),
        (0..NAMES.len(), value).prop_map(|(name, value)| Piece::Append(name, value)),
    ];
    let piece = leaf.prop_recursive(4, 40, 4, |inner| {
        let body = prop::collection::vec(inner, 0..4);
        let branch = (any::<bool>(), 0..CONDITIONS.len(), body.clone());
        let branches = prop::collection::vec(branch, 1..4);
        (branches, prop::option::of(body)).prop_map(|(branches, last)| Piece::If(branches, last))
    });
    prop::collection::vec(piece, 0..6)
}

/// The pieces as a configuration has them.
fn written(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Set(name, value) => text += &format!("{} = {value}\n", NAMES[*name]),
            Piece::Append(name, value) => text += &format!("{0} = $({0}) {value}\n", NAMES[*name]),
            Piece::If(branches, last) => {
                for (index, (holds, spelling, body)) in branches.iter().enumerate() {
                    let word = ["elif", "if"][usize::from(index == 0)];
                    let condition = CONDITIONS[*spelling][usize::from(!holds)];
                    text += &format!("{word} {condition}\n{}", written(body));
                }
                if let Some(last) = last {
                    text += &format!("else\n{}", written(last));
                }
                text += "endif\n";
            }
        }
    }
    text
}

/// What the pieces mean.
fn model(pieces: &[Piece], values: &mut BTreeMap<usize, String>) {
    for piece in pieces {
        match piece {
            Piece::Set(name, value) => drop(values.insert(*name, value.clone())),
            Piece::Append(name, value) => {
                let old = values.get(name).cloned().unwrap_or_default();
                values.insert(*name, format!("{old} {value}"));
            }
            Piece::If(branches, last) => {
                let taken = branches.iter().find(|(holds, _, _)| *holds);
                let body = taken.map(|(_, _, body)| body).or(last.as_ref());
                model(body.map_or(&[], Vec::as_slice), values);
            }
        }
    }
}

fn values(config: &Config) -> BTreeMap<usize, String> {
    let get = |name| config.get(name).unwrap().map(|setting| setting.value);
    (0..NAMES.len())
        .filter_map(|index| Some((index, get(NAMES[index])?)))
        .collect()
}

proptest! {
    #[test]
    fn conditions_choose_what_a_plain_model_chooses(pieces in pieces()) {
        let mut expected = BTreeMap::new();
        model(&pieces, &mut expected);
        let text = format!("SET = 1\n{}", written(&pieces));
        let plain: Config = text.parse().unwrap();
        prop_assert_eq!(&values(&plain), &expected, "{}", text);
        // Every place is the line on which the statement stands.
        for entry in plain.iter() {
            let line = entry.origin.line().and_then(|line| text.lines().nth(line - 1));
            if matches!(entry.origin, Origin::File { .. }) {
                prop_assert!(line.is_some_and(|line| line.starts_with(entry.name)), "{line:?}");
            }
        }
        // Included, it means the same.
        let file = std::env::temp_dir().join(format!("countersign-pieces-{}", std::process::id()));
        std::fs::write(&file, &text).unwrap();
        let included: Config = format!("include : {}\n", file.display()).parse().unwrap();
        std::fs::remove_file(&file).unwrap();
        prop_assert_eq!(&values(&included), &expected);
        let behind = |condition: &str| -> Config {
            format!("if {condition}\n{text}endif\n").parse().unwrap()
        };
        prop_assert_eq!(&values(&behind("true")), &expected);
        prop_assert_eq!(&values(&behind("false")), &BTreeMap::new());
    }

    #[test]
    fn templates_are_read_with_any_arguments(
        index in any::<prop::sample::Index>(),
        arguments in prop::option::of("[a-zA-Z0-9 ,.:\\[\\]$()=+%\"-]{0,30}"),
        older in any::<bool>(),
    ) {
        let release = Release::ALL[usize::from(older)];
        let all: Vec<_> = ["ROLE", "FEATURE", "POLICY", "SECURITY"]
            .into_iter()
            .flat_map(|category| release.templates(category))
            .collect();
        let template = index.get(&all);
        let arguments = arguments.map_or_else(String::new, |arguments| format!("({arguments})"));
        let text = format!("use {} : {}{arguments}\n", template.category, template.name);
        let sources = Sources::text("root", text).release(release).defaults();
        let Ok(config) = Config::load(&sources) else {
            return Ok(());
        };
        for entry in config.iter() {
            for place in entry.origin.chain() {
                if let Origin::Template { category, name, line, .. } = place {
                    let body = release.template(category, name).unwrap().body;
                    prop_assert!(*line < body.lines().count(), "{place}");
                }
            }
        }
        let mut before = String::new();
        for entry in config.dump() {
            let name = entry.name.to_ascii_lowercase();
            prop_assert!(before < name, "{before} {name}");
            before = name;
        }
    }

    #[test]
    fn functions_give_what_a_plain_model_gives(
        number in any::<i64>(),
        text in "[a-z/.]{1,12}",
        from in -14..14_i64,
        length in -14..14_i64,
        items in prop::collection::vec("[a-z]{1,3}", 2..6),
        (least, span, step) in (-1000..1000_i64, 0..1000_i64, 1..50_i64),
    ) {
        let list = items.join(", ");
        let config: Config = format!(
            "N = {number}\nX = {text}\nL = {list}\nINT = $INT(N)\nPATH = $Fp(X)$Fn(X)$Fx(X)\nNAME = $BASENAME(X)\n\
             SUB = <$SUBSTR(X,{from},{length})>\nEVAL = $EVAL(N =?= {number})\nPICK = $CHOICE({},L)\n\
             ANY = $RANDOM_CHOICE(L)\nDICE = $RANDOM_INTEGER({least}, {}, {step})\n",
            items.len() - 1,
            least + span,
        )
        .parse()
        .unwrap();
        let get = |name: &str| config.get(name).unwrap().map(|s| s.value).unwrap_or_default();
        prop_assert_eq!(get("INT"), number.to_string());
        prop_assert_eq!(get("PATH"), text.clone());
        prop_assert_eq!(get("NAME"), text.rsplit('/').next().unwrap());
        prop_assert_eq!(get("PICK"), items.last().unwrap().clone());
        prop_assert!(items.contains(&get("ANY")));
        let dice: i64 = get("DICE").parse().unwrap();
        prop_assert!((least..=least + span).contains(&dice) && (dice - least) % step == 0, "{dice}");
        // From the front or, if negative, from the end.
        let place = |offset: i64, size: usize| match usize::try_from(offset) {
            Ok(offset) => offset.min(size),
            Err(_) => size.saturating_sub(offset.unsigned_abs() as usize),
        };
        let rest = &text[place(from, text.len())..];
        prop_assert_eq!(get("SUB"), format!("<{}>", &rest[..place(length, rest.len())]));
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
