//! Sets of bytes.

/// A set of bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Set([u128; 2]);

impl Set {
    pub(crate) fn of(member: impl Fn(u8) -> bool) -> Self {
        let mut set = Self::default();
        for byte in 0..=u8::MAX {
            if member(byte) {
                set.insert(byte);
            }
        }
        set
    }

    /// What `\d`, `\w` and their like stand for.
    pub(crate) fn of_escape(letter: u8) -> Option<Self> {
        let set = match letter.to_ascii_lowercase() {
            b'd' => Self::of(|byte| byte.is_ascii_digit()),
            b'w' => Self::of(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
            b's' => Self::of(|byte| matches!(byte, b' ' | 9..=13)),
            b'h' => Self::of(|byte| matches!(byte, b' ' | b'\t' | 0xa0)),
            _ => return None,
        };
        Some(if letter.is_ascii_uppercase() {
            set.negated()
        } else {
            set
        })
    }

    /// What `[:alpha:]` and its like stand for.
    pub(crate) fn of_name(name: &[u8]) -> Option<Self> {
        let member: fn(&u8) -> bool = match name {
            b"alpha" => u8::is_ascii_alphabetic,
            b"digit" => u8::is_ascii_digit,
            b"alnum" => u8::is_ascii_alphanumeric,
            b"lower" => u8::is_ascii_lowercase,
            b"upper" => u8::is_ascii_uppercase,
            b"punct" => u8::is_ascii_punctuation,
            b"xdigit" => u8::is_ascii_hexdigit,
            b"graph" => u8::is_ascii_graphic,
            _ => return None,
        };
        Some(Self::of(|byte| member(&byte)))
    }

    pub(crate) fn insert(&mut self, byte: u8) {
        if let Some(half) = self.0.get_mut(usize::from(byte >> 7)) {
            *half |= 1 << (byte & 127);
        }
    }

    pub(crate) fn union(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.0, other.0);
        Self([a | c, b | d])
    }

    pub(crate) fn negated(self) -> Self {
        let [a, b] = self.0;
        Self([!a, !b])
    }

    pub(crate) fn contains(&self, byte: u8) -> bool {
        self.0
            .get(usize::from(byte >> 7))
            .is_some_and(|half| half >> (byte & 127) & 1 == 1)
    }

    /// How many members it has.
    pub(crate) fn len(&self) -> u32 {
        let [a, b] = self.0;
        a.count_ones() + b.count_ones()
    }

    /// A member that looks well in a name.
    pub(crate) fn pick(&self) -> Option<u8> {
        b"ax0A1-_./ @,"
            .iter()
            .copied()
            .chain(b'!'..=b'~')
            .chain(0..=u8::MAX)
            .find(|byte| self.contains(*byte))
    }

    /// A printable byte that is no member.
    pub(crate) fn pick_other(&self) -> Option<u8> {
        b"xX0-_.!"
            .iter()
            .copied()
            .chain(b'!'..=b'~')
            .find(|byte| !self.contains(*byte))
    }
}
