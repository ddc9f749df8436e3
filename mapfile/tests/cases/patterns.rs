//! Patterns, each with a name in which it is probably found.

use super::dice::Dice;

/// A pattern.
#[derive(Debug, Clone, Default)]
pub struct Pattern {
    pub text: Vec<u8>,
    /// A name that it probably matches.
    pub sample: Vec<u8>,
    /// What is noteworthy about it.
    pub features: Vec<&'static str>,
}

/// What PCRE2 refuses, in every release.
const BAD: [&[u8]; 14] = [
    b"(",
    b"a)",
    b"[",
    b"*a",
    b"a{2,1}",
    b"(?<n",
    b"[z-a]",
    b"(?<n>a)(?<n>b)",
    b"\\2(a)",
    b"(*FOO)",
    b"(?z)",
    b"[[:nosuch:]]",
    b"(?P>n)",
    b"a\\",
];

impl Pattern {
    fn add(&mut self, text: &[u8], sample: &[u8]) {
        self.text.extend_from_slice(text);
        self.sample.extend_from_slice(sample);
    }

    fn note(&mut self, feature: &'static str) {
        if !self.features.contains(&feature) {
            self.features.push(feature);
        }
    }

    /// A byte that stands for itself.
    fn literal(&mut self, byte: u8) {
        if b"\\^$.[]|()?*+{}#".contains(&byte) {
            self.text.push(b'\\');
        }
        self.add(&[byte], &[byte]);
        if !byte.is_ascii() {
            self.note("pattern outside of ASCII");
        }
    }
}

/// What administrators write: a name or a part of it, anchored or not, with a group.
pub fn plain(dice: &mut Dice<'_>) -> Pattern {
    let mut pattern = Pattern::default();
    let name = super::fields::name(dice);
    let (start, end) = (!dice.percent(35), !dice.percent(35));
    if start {
        pattern.text.push(b'^');
    }
    let hole = dice.below(name.len() + 6);
    for (at, byte) in name.iter().enumerate() {
        if at == hole {
            let hole = dice.pick(&[
                &b"(.*)"[..],
                b"([^,]*)",
                b"(.+)",
                b".*",
                b"(x)?",
                b"(x)?()",
                b"[a-z]*?",
                b"(|a|b)",
            ]);
            pattern.text.extend(hole);
            if hole.starts_with(b"(x)?") {
                pattern.note("group that is not set");
            }
            if dice.percent(40) && hole.ends_with(b"*)") {
                pattern.sample.extend(b"in");
            }
        }
        // An unescaped dot is what most people write.
        if *byte == b'.' && dice.percent(40) {
            pattern.add(b".", b".");
        } else {
            pattern.literal(*byte);
        }
    }
    if !end && dice.percent(35) {
        pattern.add(b"(.*)", b"in");
    }
    if dice.percent(20) {
        pattern
            .text
            .extend(dice.pick(&[&b"(z)?(y)?"[..], b"(z)?()"]));
        pattern.note("group that is not set");
    }
    if end {
        pattern.text.push(b'$');
    }
    if !start || !end {
        pattern.note("unanchored");
    }
    pattern
}

/// All that PCRE2 has, nested.
pub fn rich(dice: &mut Dice<'_>) -> Pattern {
    let mut pattern = Pattern::default();
    if dice.percent(12) {
        pattern.note("verb at the start");
        let verb = dice.pick(&[
            &b"(*UTF)"[..],
            b"(*UCP)",
            b"(*ANYCRLF)",
            b"(*LF)",
            b"(*CR)",
            b"(*LIMIT_MATCH=100000)",
            b"(*UTF)(*UCP)",
            b"(*NO_START_OPT)",
            b"(*BSR_ANYCRLF)",
            b"(*NOTEMPTY)",
            b"(*NO_AUTO_POSSESS)",
        ]);
        pattern.text.extend(verb);
    }
    if dice.percent(12) {
        pattern.note("inline option");
        pattern.text.extend(dice.pick(&[
            &b"(?i)"[..],
            b"(?s)",
            b"(?m)",
            b"(?x)",
            b"(?U)",
            b"(?-i)",
            b"(?is)",
            b"(?J)",
            b"(?xx)",
        ]));
    }
    sequence(dice, &mut pattern, 3);
    // Not within a lookaround, where PCRE2 once took it and HTCondor ends itself over it.
    if dice.percent(9) && !pattern.text.windows(3).any(|three| three == b"(?R") {
        pattern.text.extend(br"\K");
        pattern.note("\\K");
        sequence(dice, &mut pattern, 0);
    }
    // Not within a group, of which releases of PCRE2 differ.
    if dice.percent(2) {
        pattern.text.extend(b"(*ACCEPT)");
        sequence(dice, &mut pattern, 0);
    }
    pattern
}

pub fn bad(dice: &mut Dice<'_>) -> Pattern {
    let mut pattern = if dice.percent(50) {
        plain(dice)
    } else {
        Pattern::default()
    };
    pattern.text.extend(dice.pick(&BAD));
    pattern.sample = pattern.text.clone();
    pattern.note("bad pattern");
    pattern
}

fn sequence(dice: &mut Dice<'_>, pattern: &mut Pattern, depth: usize) {
    for _ in 0..1 + dice.below(4) {
        let before = pattern.sample.len();
        let can_repeat = atom(dice, pattern, depth);
        if can_repeat && dice.percent(30) {
            quantify(dice, pattern, before);
        }
    }
    if depth > 0 && dice.percent(15) {
        pattern.note("alternatives");
        pattern.text.push(b'|');
        let sample = pattern.sample.clone();
        sequence(dice, pattern, depth - 1);
        // The name follows one of the two.
        if dice.percent(50) {
            pattern.sample = sample;
        }
    }
}

fn quantify(dice: &mut Dice<'_>, pattern: &mut Pattern, before: usize) {
    let once = pattern.sample.get(before..).unwrap_or_default().to_vec();
    let (text, count): (&[u8], usize) = dice.pick(&[
        (&b"*"[..], 0),
        (b"+", 1),
        (b"?", 1),
        (b"{2}", 2),
        (b"{1,3}", 3),
        (b"{0}", 0),
        (b"{2,}", 3),
        (b"*", 2),
        (b"{0,2}", 0),
        (b"{", 1),
    ]);
    pattern.text.extend(text);
    if text == b"{" {
        pattern.sample.push(b'{');
        return;
    }
    pattern.note("quantifier");
    pattern.sample.truncate(before);
    for _ in 0..count {
        pattern.sample.extend_from_slice(&once);
    }
    match dice.below(8) {
        0 => {
            pattern.note("lazy quantifier");
            pattern.text.push(b'?');
        }
        1 => {
            pattern.note("possessive quantifier");
            pattern.text.push(b'+');
        }
        _ => {}
    }
}

/// Says whether a quantifier may follow.
fn atom(dice: &mut Dice<'_>, pattern: &mut Pattern, depth: usize) -> bool {
    match dice.below(if depth == 0 { 15 } else { 24 }) {
        0..=5 => {
            let word = dice.pick(&[
                &b"a"[..],
                b"ab",
                b"alice",
                b"@pool.example",
                b"x",
                b"\xc3\xa9",
                b"\xff",
                b"/",
                b"A b",
                b"CN=",
            ]);
            word.iter().for_each(|byte| pattern.literal(*byte));
            !word.is_empty()
        }
        6 => {
            pattern.add(b".", dice.pick(&[&b"a"[..], b"x", b"\xe9"]));
            true
        }
        7 | 8 => {
            let (class, sample): (&[u8], &[u8]) = dice.pick(&[
                (&b"[a-z]"[..], &b"m"[..]),
                (b"[^,]", b"a"),
                (b"[[:alpha:]]", b"b"),
                (b"[0-9.]", b"."),
                (br"[\w.-]", b"-"),
                (b"[]a]", b"]"),
                (br"[a\]b]", b"]"),
                (b"[x]", b"x"),
                (br"[\/]", b"/"),
                (b"[^]x]", b"a"),
                (br"[\d\s]", b"4"),
                (b"[\xe0-\xff]", b"\xe9"),
                (b"[[:^digit:][:punct:]]", b"!"),
                (br"[a\Q]\Eb]", b"]"),
                (br"[\x61-\x63]", b"b"),
                (b"[.]", b"."),
            ]);
            pattern.note("class");
            pattern.add(class, sample);
            true
        }
        9 | 10 => {
            let (escape, sample): (&[u8], &[u8]) = dice.pick(&[
                (&br"\d"[..], &b"7"[..]),
                (br"\w", b"w"),
                (br"\s", b" "),
                (br"\D", b"d"),
                (br"\W", b"-"),
                (br"\S", b"s"),
                (br"\h", b" "),
                (br"\x41", b"A"),
                (br"\x{e9}", b"\xe9"),
                (br"\101", b"A"),
                (br"\t", b"\t"),
                (br"\N", b"n"),
                (br"\R", b"\n"),
                (br"\cA", b"\x01"),
                (br"\o{101}", b"A"),
                (br"\e", b"\x1b"),
                (br"\-", b"-"),
                (b"\\\xe9", b"\xe9"),
                (br"\v", b"\x0b"),
                (br"\H", b"h"),
                (br"\,", b","),
            ]);
            pattern.note("escape in a pattern");
            pattern.add(escape, sample);
            true
        }
        11 => {
            pattern.note("anchor or boundary");
            pattern.text.extend(dice.pick(&[
                &b"^"[..],
                b"$",
                br"\A",
                br"\z",
                br"\Z",
                br"\b",
                br"\B",
                br"\G",
            ]));
            false
        }
        12 => {
            pattern.note(r"\Q..\E");
            let quoted = dice.pick(&[&b"a.b"[..], b"(*)", b"\xff\xe9", b"\\a", b""]);
            pattern.add(&[br"\Q", quoted, br"\E"].concat(), quoted);
            false
        }
        13 => {
            pattern.note("back reference");
            // To a group of its own, so that it is there.
            let (text, sample): (&[u8], &[u8]) = dice.pick(&[
                (&br"(?<r>a|b)\k<r>"[..], &b"bb"[..]),
                (br"(?P<q>x+)y(?P=q)", b"xxyxx"),
                (br"(c)\g{-1}", b"cc"),
                (br"(?'s'd)\k{s}", b"dd"),
            ]);
            pattern.note("named group");
            pattern.add(text, sample);
            false
        }
        14 => {
            let (text, sample): (&[u8], &[u8]) = dice.pick(&[
                (&b"(?#note)"[..], &b""[..]),
                (b"(?#\\Q)\xe9+", b"\xe9"),
                (b"a(*COMMIT)b", b"ab"),
                (b"a(*PRUNE)b?", b"a"),
                (b"(*F)", b""),
                (b"a(*SKIP)c", b"ac"),
                (b"a#b", b"a#b"),
                (b"(?(?=a)ab|b)", b"ab"),
            ]);
            pattern.note("control verb or comment");
            pattern.add(text, sample);
            false
        }
        15 | 16 => {
            let (open, feature): (&[u8], _) = dice.pick(&[
                (&b"(?="[..], "lookaround"),
                (b"(?!", "lookaround"),
                (b"(?<=", "lookaround"),
                (b"(?<!", "lookaround"),
                (b"(?=", "lookaround"),
            ]);
            pattern.note(feature);
            pattern.text.extend(open);
            let sample = pattern.sample.clone();
            if open.starts_with(b"(?<") {
                pattern
                    .text
                    .extend(dice.pick(&[&b"a"[..], b"e", b".", b"a|xy", br"\w"]));
            } else {
                sequence(dice, pattern, depth - 1);
            }
            if open != b"(?=" || dice.percent(50) {
                pattern.sample = sample;
            }
            pattern.text.push(b')');
            false
        }
        17 => {
            pattern.note("subroutine or conditional");
            let (text, sample): (&[u8], &[u8]) = dice.pick(&[
                (&br"(?<u>a[bc])(?&u)"[..], &b"abac"[..]),
                (b"(k|l)(?1)", b"kl"),
                (b"(m)?(?(1)n|o)", b"mn"),
                (b"(m)?(?(1)n|o)", b"o"),
                (br"\((?:[^()]|(?R))*\)", b"(a)"),
            ]);
            // Numbers are absolute, so these hold only where no group stands before.
            pattern.add(text, sample);
            false
        }
        _ => {
            let open = dice.pick(&[
                &b"("[..],
                b"(",
                b"(",
                b"(?:",
                b"(?>",
                b"(?i:",
                b"(?|",
                b"(?<g>",
                b"(?s-i:",
                b"(?'h'",
            ]);
            match open {
                b"(" => pattern.note("group"),
                b"(?<g>" | b"(?'h'" => pattern.note("named group"),
                _ => pattern.note("group with an option"),
            }
            pattern.text.extend(open);
            sequence(dice, pattern, depth - 1);
            pattern.text.push(b')');
            true
        }
    }
}
