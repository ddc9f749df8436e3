//! How a value is written as a field, and values that are worth writing.

use super::dice::Dice;

/// What is written, and what is noteworthy about it.
#[derive(Debug, Clone, Default)]
pub struct Written {
    pub text: Vec<u8>,
    pub features: Vec<&'static str>,
}

pub fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n')
}

/// As a word, which can hold neither blanks nor begin with a delimiter.
pub fn word(value: &[u8], slashes: bool) -> Option<Written> {
    let first = *value.first()?;
    let refused = first == b'"' || first == b'/' && slashes;
    (!refused && !value.iter().copied().any(is_blank)).then(|| Written {
        text: value.to_vec(),
        features: vec!["bare word"],
    })
}

/// Between delimiters, each backslash written in one of the ways that read back as one.
pub fn delimited(dice: &mut Dice<'_>, value: &[u8], delimiter: u8) -> Written {
    let mut text = vec![delimiter];
    let mut features = vec![if delimiter == b'"' { "quoted" } else { "regex" }];
    let mut escaped = Vec::new();
    for (at, byte) in value.iter().enumerate() {
        match byte {
            byte if *byte == delimiter => {
                text.extend([b'\\', delimiter]);
                escaped.push(if delimiter == b'"' {
                    "escaped quote"
                } else {
                    "escaped slash"
                });
            }
            b'\\' => {
                let next = value.get(at + 1).copied();
                let alone = next.is_some_and(|next| next != delimiter && next != b'\\');
                if alone && !dice.percent(20) {
                    text.push(b'\\');
                    escaped.push("backslash before another byte");
                } else {
                    text.extend(br"\\");
                    escaped.push("escaped backslash");
                }
            }
            byte => text.push(*byte),
        }
    }
    text.push(delimiter);
    escaped.sort_unstable();
    escaped.dedup();
    features.extend(escaped);
    Written { text, features }
}

/// A word where that is possible, mostly; else between quotes.
pub fn any(dice: &mut Dice<'_>, value: &[u8], slashes: bool) -> Written {
    match word(value, slashes) {
        Some(word) if !dice.percent(25) => word,
        _ => delimited(dice, value, b'"'),
    }
}

/// Names as methods give them, and odd ones.
pub const NAMES: [&[u8]; 28] = [
    b"alice",
    b"bob",
    b"alice@pool.example",
    b"bob@pool.example",
    b"https://issuer.example,sub",
    b"https://issuer.example/,sub",
    b"https://tokens.site1.example/vo,1f2e-3d",
    b"/DC=org/DC=example/O=Open Science/OU=People/CN=Alice Able 123",
    b"/DC=org/DC=example/OU=Services/CN=host/gw.example.edu",
    b"/C=DE/O=Grid/CN=Robot: \xc3\xa9l\xc3\xa8ve,/vo/Role=pilot/Capability=NULL",
    b"CN=Alice,OU=People,O=Example",
    b"Alice",
    b"ALICE@POOL.EXAMPLE",
    b"alice@site7.example",
    b"x",
    b"xy",
    b"a b",
    b"a,b",
    b"a\"b",
    b"a\\b",
    b"a/b",
    b"/a/",
    b"\xe9",
    b"\xff\xfe",
    b"\xc3\xa9t\xc3\xa9",
    b"carriage\r",
    b"#hash",
    b"aaaaaaaaaaaaaaab",
];

pub fn name(dice: &mut Dice<'_>) -> Vec<u8> {
    let mut name = dice.pick(&NAMES).to_vec();
    if dice.percent(25) {
        name.extend(dice.below(30).to_string().bytes());
    }
    name
}

/// A canonical name, and what is noteworthy about it.
pub fn canonical(dice: &mut Dice<'_>) -> Written {
    let mut features = Vec::new();
    let mut value = Vec::new();
    for part in 0..1 + dice.below(3) {
        match dice.below(12) {
            0 => value.extend(format!("user{}", dice.below(20)).bytes()),
            1 if part > 0 => value.extend(b"@pool.example"),
            1 => value.extend(b"u@v@w.example"),
            2..=4 => {
                let digit = dice.pick(b"0112345");
                value.extend([b'\\', digit]);
                features.push("group in the canonical name");
            }
            5 => {
                value.extend([b'\\', dice.pick(b"6789")]);
                features.push("group of a high number");
            }
            6 => {
                value.extend(dice.pick(&[&br"\\1"[..], br"\\\1", br"\\", br"\\\\2"]));
                features.push("backslashes in the canonical name");
            }
            7 => {
                value.extend(dice.pick(&[&br"\x"[..], br"\n", br"\/", b"\\@", b"\\\xe9"]));
                features.push("backslash before no digit");
            }
            8 => value.extend(dice.pick(&[
                &b"GSS_ASSIST_GRIDMAP"[..],
                b"PLUGIN:a,b",
                b"#x",
                b"/x/",
                b"a\"b",
            ])),
            9 => {
                value.extend(dice.pick(&[&b"one two"[..], b" ", b"a,b, c", b"\t"]));
                features.push("blank in the canonical name");
            }
            10 => {
                value.extend(dice.pick(&[&b"\xe9"[..], b"\xff\xfe", "é".as_bytes()]));
                features.push("canonical name outside of ASCII");
            }
            _ => value.push(b'n'),
        }
    }
    // A backslash at the end is a difference that stands by itself.
    if trailing_backslash(&value) {
        value.push(b'.');
    }
    let mut written = any(dice, &value, false);
    written.features.extend(features);
    written
}

/// Whether a canonical name ends in a backslash that nothing follows.
pub fn trailing_backslash(value: &[u8]) -> bool {
    value
        .iter()
        .rev()
        .take_while(|byte| **byte == b'\\')
        .count()
        % 2
        == 1
}
