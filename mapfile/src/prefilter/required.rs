//! What every match of a pattern must contain.
//!
//! A small reader of the plain part of PCRE2's syntax. Wherever it meets something else it gives up,
//! and the pattern is then tried on every name: it may say too little, never too much.

/// Literals of which a match contains at least one. None is empty.
pub(crate) type OneOf = Vec<Vec<u8>>;

/// The most alternatives that are kept apart.
const MAX_ALTERNATIVES: usize = 16;

/// How deep groups may nest.
const MAX_DEPTH: usize = 32;

/// Sets of literals, each of which has one in every match; empty if nothing is known. Letters are
/// lower case, and must be looked for in either case.
pub(crate) fn required(pattern: &[u8]) -> Vec<OneOf> {
    let mut reader = Reader {
        rest: pattern,
        depth: 0,
    };
    match reader.alternatives() {
        Some(sets) if reader.rest.is_empty() => sets,
        _ => Vec::new(),
    }
}

/// What every name begins with that the pattern is found in, in the case in which it stands there; `None` where that is not
/// known. It may be less than could be known.
pub(crate) fn head(pattern: &[u8]) -> Option<Vec<u8>> {
    let body = pattern.strip_prefix(b"^")?;
    let reader = |rest| Reader { rest, depth: 0 };
    let mut whole = reader(body);
    whole.sequence()?;
    if !whole.rest.is_empty() {
        // An alternative, which need not begin like this one.
        return None;
    }
    let (mut reader, mut head) = (reader(body), Vec::new());
    while !reader.rest.is_empty() {
        let (atom, count) = (reader.atom()?, reader.count()?);
        let (Atom::Byte(byte), Count::Once | Count::Repeated) = (atom, count) else {
            break;
        };
        head.push(byte);
        if count != Count::Once {
            break;
        }
    }
    Some(head)
}

struct Reader<'p> {
    rest: &'p [u8],
    depth: usize,
}

/// One element of a sequence.
enum Atom {
    /// This byte.
    Byte(u8),
    /// Something that may be anything, or takes up no room.
    Other,
    /// A group, with what each of its matches contains.
    Group(Vec<OneOf>),
}

/// How often an element stands there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Count {
    Once,
    /// At least once, or more.
    Repeated,
    /// Perhaps not at all.
    Optional,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        if there {
            self.next();
        }
        there
    }

    /// Sequences up to a closing parenthesis or the end; `None` for what is not understood.
    fn alternatives(&mut self) -> Option<Vec<OneOf>> {
        let mut all = vec![self.sequence()?];
        while self.eat(b'|') {
            all.push(self.sequence()?);
        }
        if all.len() == 1 {
            return all.pop();
        }
        if all.len() > MAX_ALTERNATIVES {
            return Some(Vec::new());
        }
        // A match is one of the alternatives: one literal of each, the longest.
        let best: Option<OneOf> = all
            .into_iter()
            .map(|sets| sets.into_iter().max_by_key(shortest))
            .try_fold(Vec::new(), |mut union, set| {
                union.extend(set?);
                (union.len() <= MAX_ALTERNATIVES).then_some(union)
            });
        Some(best.into_iter().collect())
    }

    fn sequence(&mut self) -> Option<Vec<OneOf>> {
        let mut sets: Vec<OneOf> = Vec::new();
        let mut run = Vec::new();
        while let Some(byte) = self.peek() {
            if byte == b'|' || byte == b')' {
                break;
            }
            let atom = self.atom()?;
            let count = self.count()?;
            match (atom, count) {
                (Atom::Byte(byte), Count::Once) => run.push(byte.to_ascii_lowercase()),
                (Atom::Byte(byte), Count::Repeated) => {
                    run.push(byte.to_ascii_lowercase());
                    end_run(&mut run, &mut sets);
                }
                (Atom::Group(inner), Count::Once | Count::Repeated) => {
                    end_run(&mut run, &mut sets);
                    sets.extend(inner);
                }
                (_, _) => end_run(&mut run, &mut sets),
            }
        }
        end_run(&mut run, &mut sets);
        Some(sets)
    }

    fn atom(&mut self) -> Option<Atom> {
        match self.next()? {
            b'\\' => match self.next()? {
                b'd' | b'D' | b's' | b'S' | b'w' | b'W' | b'h' | b'H' | b'v' | b'V' | b'R'
                | b'N' | b'b' | b'B' | b'A' | b'Z' | b'z' | b'G' => Some(Atom::Other),
                byte if byte.is_ascii() && !byte.is_ascii_alphanumeric() => Some(Atom::Byte(byte)),
                _ => None,
            },
            b'.' | b'^' | b'$' => Some(Atom::Other),
            b'[' => self.class(),
            b'(' => self.group(),
            b'*' | b'+' | b'?' | b'{' => None,
            byte => Some(Atom::Byte(byte)),
        }
    }

    fn group(&mut self) -> Option<Atom> {
        if self.peek() == Some(b'*') {
            return None;
        }
        if self.eat(b'?') && !self.eat(b':') {
            return None;
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let sets = self.alternatives()?;
        self.depth -= 1;
        self.eat(b')').then_some(Atom::Group(sets))
    }

    /// A class; one that holds a single byte is that byte.
    fn class(&mut self) -> Option<Atom> {
        let negated = self.eat(b'^');
        let mut only = None;
        let mut count = 0;
        loop {
            let byte = self.next()?;
            match byte {
                b']' if count > 0 => break,
                b'[' if matches!(self.peek(), Some(b':' | b'.' | b'=')) => {
                    let kind = self.next()?;
                    // Up to `:]`; a class without that end is not understood here.
                    loop {
                        let byte = self.next()?;
                        if byte == b']' || byte == b'[' || byte == b'\\' {
                            return None;
                        }
                        if byte == kind && self.eat(b']') {
                            break;
                        }
                    }
                    count += 2;
                }
                b'\\' => {
                    let escaped = self.next()?;
                    if matches!(
                        escaped,
                        b'Q' | b'E' | b'c' | b'x' | b'o' | b'p' | b'P' | b'N'
                    ) {
                        return None;
                    }
                    if escaped.is_ascii_alphanumeric() || !escaped.is_ascii() {
                        count += 2;
                    } else {
                        only = Some(escaped);
                        count += 1;
                    }
                }
                byte => {
                    only = Some(byte);
                    count += 1;
                }
            }
        }
        Some(match only {
            Some(byte) if count == 1 && !negated => Atom::Byte(byte),
            _ => Atom::Other,
        })
    }

    fn count(&mut self) -> Option<Count> {
        let mut count = Count::Once;
        // More than one quantifier is one of a group that PCRE2 makes around the first.
        loop {
            let next = match self.peek() {
                Some(b'*' | b'?') => {
                    self.next();
                    Count::Optional
                }
                Some(b'+') => {
                    self.next();
                    Count::Repeated
                }
                Some(b'{') => self.braces()?,
                _ => return Some(count),
            };
            if count == Count::Optional || next == Count::Optional {
                count = Count::Optional;
            } else {
                count = next;
            }
        }
    }

    /// `{n}`, `{n,}` and `{n,m}` with plain numbers. Anything else is left to PCRE2.
    fn braces(&mut self) -> Option<Count> {
        let (inside, rest) = self
            .rest
            .split_at(self.rest.iter().position(|byte| *byte == b'}')?);
        let inside = std::str::from_utf8(inside.get(1..)?).ok()?;
        let (least, most) = match inside.split_once(',') {
            Some((least, "")) => (least, least),
            Some(both) => both,
            None => (inside, inside),
        };
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(least) || !digits(most) {
            return None;
        }
        self.rest = rest.get(1..)?;
        Some(if least.bytes().all(|byte| byte == b'0') {
            Count::Optional
        } else {
            Count::Repeated
        })
    }
}

fn end_run(run: &mut Vec<u8>, sets: &mut Vec<OneOf>) {
    if !run.is_empty() {
        sets.push(vec![std::mem::take(run)]);
    }
}

fn shortest(set: &OneOf) -> usize {
    set.iter().map(Vec::len).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(pattern: &str) -> Vec<Vec<String>> {
        required(pattern.as_bytes())
            .into_iter()
            .map(|set| {
                set.into_iter()
                    .map(|one| String::from_utf8(one).unwrap())
                    .collect()
            })
            .collect()
    }

    #[test]
    fn what_is_required() {
        for (pattern, expected) in [
            (
                r"^https:\/\/Issuer\.org,sub$",
                vec![vec!["https://issuer.org,sub"]],
            ),
            (r"^(.*)@site[.]org$", vec![vec!["@site.org"]]),
            ("^(root|condor)$", vec![vec!["root", "condor"]]),
            (
                "ab?c+d{0,1}e{2}f",
                vec![vec!["a"], vec!["c"], vec!["e"], vec!["f"]],
            ),
            ("a|", vec![]),
            ("x(a|b*)y", vec![vec!["x"], vec!["y"]]),
            ("(?:abc)+d", vec![vec!["abc"], vec!["d"]]),
            ("(abc)?d", vec![vec!["d"]]),
            ("(abc)+?d", vec![vec!["d"]]),
            (r"[[:alpha:]][]a]x\d", vec![vec!["x"]]),
            (".*", vec![]),
            ("", vec![]),
            // Not understood: nothing is said.
            ("(?i)abc", vec![]),
            ("(*UTF)abc", vec![]),
            (r"\Qabc\E", vec![]),
            (r"abc\1", vec![]),
            ("abc{,3}", vec![]),
            ("ab{x", vec![]),
            (r"abc\x41", vec![]),
            ("abc)", vec![]),
        ] {
            assert_eq!(sets(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000));
        assert!(sets(&deep).is_empty());
    }
}
