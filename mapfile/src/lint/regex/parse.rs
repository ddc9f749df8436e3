//! From a pattern's text to its tree.

use super::{Item, Node, Sequence, Set, Tree};

/// How deep groups may nest.
const MAX_DEPTH: usize = 32;

/// The longest pattern that is looked at.
const MAX_LENGTH: usize = 16 << 10;

pub(super) fn parse(pattern: &[u8]) -> Option<Tree> {
    if pattern.len() > MAX_LENGTH {
        return None;
    }
    let start = if pattern.starts_with(b"(?i)") { 4 } else { 0 };
    let mut reader = Reader {
        pattern,
        at: start,
        depth: 0,
        groups: 0,
    };
    let alternatives = reader.alternatives()?;
    (reader.at == pattern.len()).then_some(Tree {
        alternatives,
        start,
    })
}

struct Reader<'p> {
    pattern: &'p [u8],
    at: usize,
    depth: usize,
    groups: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.pattern.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn eat(&mut self, word: &[u8]) -> bool {
        let there = self
            .pattern
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(word));
        if there {
            self.at += word.len();
        }
        there
    }

    fn alternatives(&mut self) -> Option<Vec<Sequence>> {
        let mut all = vec![self.sequence()?];
        while self.eat(b"|") {
            all.push(self.sequence()?);
        }
        Some(all)
    }

    fn sequence(&mut self) -> Option<Sequence> {
        let mut items = Vec::new();
        while let Some(byte) = self.peek() {
            if byte == b'|' || byte == b')' {
                break;
            }
            let start = self.at;
            let node = self.atom()?;
            let item = Item {
                at: start..self.at,
                node,
            };
            items.push(self.repeated(item)?);
        }
        Some(items)
    }

    fn atom(&mut self) -> Option<Node> {
        match self.next()? {
            b'\\' => self.escape(),
            b'.' => Some(Node::Any),
            b'^' => Some(Node::Start),
            b'$' => Some(Node::End),
            b'[' => self.class(),
            b'(' => self.group(),
            b'*' | b'+' | b'?' | b'{' => None,
            byte => Some(Node::Byte(byte)),
        }
    }

    fn escape(&mut self) -> Option<Node> {
        let byte = self.next()?;
        Some(match byte {
            b'A' => Node::Start,
            b'z' | b'Z' => Node::End,
            b'N' if self.peek() != Some(b'{') => Node::Any,
            b'x' => Node::Byte(self.hex()?),
            b't' => Node::Byte(b'\t'),
            b'n' => Node::Byte(b'\n'),
            b'r' => Node::Byte(b'\r'),
            byte if !byte.is_ascii_alphanumeric() => Node::Byte(byte),
            byte => Node::Class(Box::new(Set::of_escape(byte)?)),
        })
    }

    /// The two digits behind `\x`.
    fn hex(&mut self) -> Option<u8> {
        let digits = self.pattern.get(self.at..self.at + 2)?;
        let digits = std::str::from_utf8(digits).ok()?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 2;
        u8::from_str_radix(digits, 16).ok()
    }

    fn group(&mut self) -> Option<Node> {
        let index = if self.eat(b"?:") {
            None
        } else {
            let named = self.eat(b"?P<") || self.eat(b"?<");
            if named {
                self.name()?;
            } else if matches!(self.peek(), Some(b'?' | b'*')) {
                return None;
            }
            self.groups += 1;
            Some(self.groups)
        };
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let alternatives = self.alternatives()?;
        self.depth -= 1;
        self.eat(b")").then_some(Node::Group {
            index,
            alternatives,
        })
    }

    fn name(&mut self) -> Option<()> {
        let first = self.next()?;
        if !first.is_ascii_alphabetic() && first != b'_' {
            return None;
        }
        loop {
            match self.next()? {
                b'>' => return Some(()),
                byte if byte.is_ascii_alphanumeric() || byte == b'_' => {}
                _ => return None,
            }
        }
    }

    fn class(&mut self) -> Option<Node> {
        let negated = self.eat(b"^");
        let mut set = Set::default();
        let mut first = true;
        loop {
            let byte = self.next()?;
            if byte == b']' && !first {
                break;
            }
            first = false;
            let low = match byte {
                b'[' if matches!(self.peek(), Some(b':' | b'.' | b'=')) => {
                    set = set.union(self.posix()?);
                    continue;
                }
                b'\\' => match self.escape_in_class()? {
                    Ok(byte) => byte,
                    Err(several) => {
                        set = set.union(several);
                        continue;
                    }
                },
                byte => byte,
            };
            let rest = self.pattern.get(self.at..)?;
            if rest.starts_with(b"-") && rest.get(1).is_some_and(|byte| *byte != b']') {
                self.at += 1;
                let high = match self.next()? {
                    b'\\' => self.escape_in_class()?.ok()?,
                    b'[' => return None,
                    byte => byte,
                };
                set = set.union(Set::of(|byte| (low..=high).contains(&byte)));
            } else {
                set.insert(low);
            }
        }
        Some(Node::Class(Box::new(if negated {
            set.negated()
        } else {
            set
        })))
    }

    fn posix(&mut self) -> Option<Set> {
        let rest = self.pattern.get(self.at..)?.strip_prefix(b":")?;
        let length = rest.windows(2).position(|end| end == b":]")?;
        let set = Set::of_name(rest.get(..length)?)?;
        self.at += length + 3;
        Some(set)
    }

    /// A byte, or the set that an escape stands for.
    fn escape_in_class(&mut self) -> Option<Result<u8, Set>> {
        let byte = self.next()?;
        Some(match byte {
            b'x' => Ok(self.hex()?),
            b't' => Ok(b'\t'),
            b'n' => Ok(b'\n'),
            b'r' => Ok(b'\r'),
            byte if !byte.is_ascii_alphanumeric() => Ok(byte),
            byte => Err(Set::of_escape(byte)?),
        })
    }

    /// The element with the quantifier behind it, if there is one.
    fn repeated(&mut self, item: Item) -> Option<Item> {
        let (min, max) = match self.peek() {
            Some(b'*') => (0, None),
            Some(b'+') => (1, None),
            Some(b'?') => (0, Some(1)),
            Some(b'{') => {
                self.at += 1;
                let bounds = self.bounds()?;
                self.at -= 1;
                bounds
            }
            _ => return Some(item),
        };
        self.at += 1;
        if matches!(item.node, Node::Start | Node::End) {
            return None;
        }
        let _ = self.eat(b"?");
        // A possessive quantifier (`*+`) may match less of a longer name: that is left to PCRE2.
        if matches!(self.peek(), Some(b'*' | b'+' | b'?' | b'{')) {
            return None;
        }
        Some(Item {
            at: item.at.start..self.at,
            node: Node::Repeat {
                item: Box::new(item),
                min,
                max,
            },
        })
    }

    /// What stands in `{2,5}`, the opening brace gone.
    fn bounds(&mut self) -> Option<(u32, Option<u32>)> {
        let min = self.number()?;
        let max = if self.eat(b",") {
            if self.peek() == Some(b'}') {
                None
            } else {
                Some(self.number()?)
            }
        } else {
            Some(min)
        };
        self.eat(b"}").then_some((min, max))
    }

    fn number(&mut self) -> Option<u32> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        let digits = std::str::from_utf8(self.pattern.get(start..self.at)?).ok()?;
        digits.parse().ok()
    }
}
