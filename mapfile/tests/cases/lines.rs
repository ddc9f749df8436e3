//! Lines of a mapfile.

use super::dice::Dice;
use super::fields::{self, Written};
use super::patterns::Pattern;
use super::tree::Mode;

/// A line, and the name that it probably maps.
#[derive(Debug, Clone, Default)]
pub struct Made {
    pub text: Vec<u8>,
    pub features: Vec<&'static str>,
    pub method: Vec<u8>,
    pub sample: Option<Vec<u8>>,
    pub is_pattern: bool,
}

/// What stands between two fields.
fn gap(dice: &mut Dice<'_>, features: &mut Vec<&'static str>) -> &'static [u8] {
    let gap = dice.pick(&[&b" "[..], b" ", b" ", b"\t", b"  ", b" \t "]);
    if gap.contains(&b'\t') {
        features.push("tab");
    }
    gap
}

fn line(dice: &mut Dice<'_>, method: &[u8], principal: &Written, canonical: &Written) -> Made {
    let mut features = Vec::new();
    let mut text = Vec::new();
    if dice.percent(8) {
        features.push("blanks at the start");
        text.extend_from_slice(dice.pick(&[&b" "[..], b"\t", b"   "]));
    }
    if dice.percent(8) {
        features.push("quoted method");
        text.extend(fields::delimited(dice, method, b'"').text);
    } else {
        text.extend_from_slice(method);
    }
    text.extend_from_slice(gap(dice, &mut features));
    text.extend_from_slice(&principal.text);
    let delimited = principal.text.len() > 1 && matches!(principal.text.last(), Some(b'"' | b'/'));
    if delimited && dice.percent(6) {
        features.push("no blank behind a delimiter");
    } else {
        text.extend_from_slice(gap(dice, &mut features));
    }
    text.extend_from_slice(&canonical.text);
    if dice.percent(10) {
        features.push("more fields");
        text.extend_from_slice(dice.pick(&[
            &b" junk"[..],
            b" # no comment",
            b"\t\"x",
            b"  ",
            b" /i",
        ]));
    }
    features.extend(&principal.features);
    features.extend(&canonical.features);
    Made {
        text,
        features,
        method: method.to_vec(),
        sample: None,
        is_pattern: false,
    }
}

/// A line with a literal; in the other mode, one whose literal is read as a pattern.
pub fn literal(dice: &mut Dice<'_>, mode: &Mode, value: &[u8]) -> Made {
    let column = dice.pick(mode.methods);
    let method = column.as_bytes();
    let principal = fields::any(dice, value, mode.slashes());
    let canonical = fields::canonical(dice);
    let mut made = line(dice, method, &principal, &canonical);
    made.features.extend(["literal", column]);
    made.sample = Some(value.to_vec());
    made
}

/// A pattern as this mode writes it.
fn written(dice: &mut Dice<'_>, mode: &Mode, pattern: &Pattern) -> Written {
    let value = &pattern.text;
    if !mode.slashes() {
        return fields::any(dice, value, false);
    }
    let mut written = fields::delimited(dice, value, b'/');
    let (flags, feature) = dice.pick(&[
        (&b""[..], ""),
        (b"", ""),
        (b"", ""),
        (b"", ""),
        (b"i", "flag i"),
        (b"i", "flag i"),
        (b"U", "flag U"),
        (b"iU", "flags i and U"),
        (b"UiU", "flags i and U"),
    ]);
    if !feature.is_empty() {
        written.features.push(feature);
        written.text.extend_from_slice(flags);
    }
    if dice.percent(5) {
        written
            .text
            .extend_from_slice(dice.pick(&[&b"z"[..], b"x,y", b"/", b"\"q", b"I"]));
        written
            .features
            .push("letters behind a pattern that are no flags");
    }
    written
}

pub fn pattern(dice: &mut Dice<'_>, mode: &Mode, pattern: &Pattern) -> Made {
    let column = dice.pick(mode.methods);
    let method = column.as_bytes();
    let principal = written(dice, mode, pattern);
    let canonical = fields::canonical(dice);
    let mut made = line(dice, method, &principal, &canonical);
    made.features.extend(&pattern.features);
    made.features.push(column);
    made.sample = Some(pattern.sample.clone());
    made.is_pattern = true;
    made
}

/// Many patterns that share much: the prefilter is at work.
pub fn many(dice: &mut Dice<'_>, mode: &Mode) -> Vec<Made> {
    let (head, tail): (&[u8], &[u8]) = dice.pick(&[
        (&b"^https:\\/\\/issuer\\.example,"[..], &b"$"[..]),
        (b"^/DC=org/DC=example/CN=Person ", b"$"),
        (b".*@site", br"\.example"),
        (b"^(host|gw)/node", b"(.*)$"),
        (b"(?i)^user", b""),
        (b"", b""),
    ]);
    let first = dice.below(50);
    (first..first + 9 + dice.below(6))
        .map(|number| {
            let digits = number.to_string();
            let text = [head, digits.as_bytes(), tail].concat();
            let sample = match head.first() {
                Some(b'^') if head.starts_with(b"^(host") => format!("gw/node{digits}.x"),
                Some(b'^') if head.starts_with(b"^https") => {
                    format!("https://issuer.example,{digits}")
                }
                Some(b'^') => format!("/DC=org/DC=example/CN=Person {digits}"),
                Some(b'.') => format!("u@site{digits}.example"),
                _ => format!("USER{digits}"),
            };
            let one = Pattern {
                text,
                sample: sample.into_bytes(),
                features: vec!["one of many patterns"],
            };
            pattern(dice, mode, &one)
        })
        .collect()
}

/// A line that is no ordinary one.
pub fn odd(dice: &mut Dice<'_>, mode: &Mode) -> Made {
    let column = dice.pick(mode.methods);
    let method = column.as_bytes();
    let name = fields::name(dice);
    let quoted = fields::delimited(dice, &name, b'"').text;
    let mut made = Made {
        method: method.to_vec(),
        sample: Some(name.clone()),
        ..Made::default()
    };
    let (feature, text): (_, Vec<u8>) = match dice.below(15) {
        0 | 1 => {
            let head = dice.pick(&[&b"#"[..], b"# ", b"  #", b"\t# ", b"\"#\" ", b"#\"", b"##/"]);
            (
                "comment",
                [head, method, b" ", &quoted, b" commented"].concat(),
            )
        }
        2 => (
            "blank line",
            dice.pick(&[&b""[..], b" ", b"\t", b" \t "]).to_vec(),
        ),
        3 => (
            "only a method",
            [method, dice.pick(&[&b""[..], b" "])].concat(),
        ),
        4 => (
            "no canonical name",
            [method, b" ", &quoted, dice.pick(&[&b""[..], b" \t"])].concat(),
        ),
        5 | 6 => (
            "empty quotes",
            match dice.below(4) {
                0 => [method, b" \"\" x"].concat(),
                1 => [method, b" ", &quoted, b" \"\""].concat(),
                2 => [&b"\"\" "[..], &quoted, b" x"].concat(),
                _ => [method, b" \"\"", &quoted, b" x"].concat(),
            },
        ),
        7 => (
            "empty pattern",
            [
                method,
                dice.pick(&[&b" // x"[..], b" //i x", b" //U", b" //z x"]),
            ]
            .concat(),
        ),
        8 => {
            let open = &quoted[..quoted.len() - 1];
            (
                "unterminated quote",
                match dice.below(3) {
                    0 => [method, b" ", open, b" never closed"].concat(),
                    1 => [&b"\""[..], method, b" ", &name, b" x"].concat(),
                    _ => [method, b" ", &quoted, b" ", open].concat(),
                },
            )
        }
        9 | 13 => (
            "unterminated slash",
            [
                method,
                b" /",
                &name,
                dice.pick(&[&b" x"[..], br"\/i x", b""]),
            ]
            .concat(),
        ),
        10 => {
            // A quote in the middle of a word has no meaning.
            let word = [b"w\"", method].concat();
            made.sample = Some(word.clone());
            (
                "quote within a word",
                [method, b" ", &word, b" ", &word].concat(),
            )
        }
        11 => {
            let nul = dice.pick(&[&b"\0"[..], b"\0\0", b"\0hidden"]);
            let at = dice.below(3);
            let canonical = b"behind-nul";
            let parts: [&[u8]; 3] = [nul, b"", b""];
            let [a, b, c] = [parts[at % 3], parts[(at + 2) % 3], parts[(at + 1) % 3]];
            (
                "NUL byte",
                [method, a, b" ", &quoted, b, b" ", canonical, c].concat(),
            )
        }
        12 => (
            "only blanks and a quote",
            dice.pick(&[&b" \""[..], b"\t\"", b"\" \" x y"]).to_vec(),
        ),
        _ => {
            // The same twice in a line.
            (
                "a line in a line",
                [
                    method, b" ", &quoted, b" one ", method, b" ", &quoted, b" two",
                ]
                .concat(),
            )
        }
    };
    made.features.push(feature);
    made.text = text;
    made
}

/// A line longer than what HTCondor reads at once.
pub fn long(dice: &mut Dice<'_>, mode: &Mode) -> Made {
    let column = dice.pick(mode.methods);
    let method = column.as_bytes();
    let length = dice.pick(&[
        1000usize, 1015, 1021, 1022, 1023, 1024, 1030, 2040, 2046, 2047, 3000,
    ]);
    let mut made = Made {
        method: method.to_vec(),
        features: vec!["long line"],
        ..Made::default()
    };
    let name = fields::name(dice);
    let quoted = fields::delimited(dice, &name, b'"').text;
    let fill = |used: usize| length.saturating_sub(used);
    made.sample = Some(name.clone());
    made.text = match dice.below(5) {
        0 => {
            let long = b"n".repeat(fill(method.len() + 3));
            made.sample = Some(long.clone());
            [method, b" ", &long, b" x"].concat()
        }
        1 => [method, &b" ".repeat(fill(method.len())), &quoted, b" \\0"].concat(),
        2 => [
            method,
            b" ",
            &quoted,
            b" ",
            &b"c".repeat(fill(method.len() + quoted.len() + 2)),
        ]
        .concat(),
        3 => [
            method,
            b" ",
            &quoted,
            b" x ",
            &b"j".repeat(fill(method.len() + quoted.len() + 4)),
        ]
        .concat(),
        _ => [
            &b"#"[..],
            &b"c".repeat(fill(1)),
            method,
            b" ",
            &quoted,
            b" x",
        ]
        .concat(),
    };
    if dice.percent(60) {
        // Where one piece ends and the next begins, or wherever.
        let at = dice
            .pick(&[1020usize, 1021, 1022, 1023, 1024, 900, 10])
            .min(made.text.len());
        made.text.insert(at, 0);
        made.features.push("NUL byte in a long line");
    }
    made
}
