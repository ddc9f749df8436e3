//! What several targets share: the recorded handshakes, ways to alter bytes, and a server and a client that
//! say whatever they are told to.

#[path = "../../methods/tests/recording/mod.rs"]
pub mod recording;

pub mod alter;
pub mod client;
pub mod drive;
pub mod record;
pub mod script;

/// The two halves of an input around the first `mark`; without one, the second is empty.
#[must_use]
pub fn halves<'a>(input: &'a [u8], mark: &[u8]) -> (&'a [u8], &'a [u8]) {
    match input.windows(mark.len()).position(|window| window == mark) {
        Some(at) => (&input[..at], &input[at + mark.len()..]),
        None => (input, &[]),
    }
}

/// Whether a configuration could name other files to read. It may include what it names by a macro only.
#[must_use]
pub fn reads_others(text: &[u8]) -> bool {
    let names = ["local_config", "user_config_file", "persistent"];
    mentions(text, &names) || mentions(text, &["include"]) && text.contains(&b'/')
}

/// Whether what a configuration means may be another thing each time it is read, by chance or because a second passed.
#[must_use]
pub fn by_chance(text: &[u8]) -> bool {
    mentions(text, &["random", "time", "now"])
}

/// Whether one of the words is there, comments between continued lines and whatever parts its letters looked through.
fn mentions(text: &[u8], words: &[&str]) -> bool {
    let lines = text.split(|&b| b == b'\n');
    let letters: Vec<u8> = lines
        .filter(|line| !line.trim_ascii_start().starts_with(b"#"))
        .flatten()
        .filter(|b| b.is_ascii_alphanumeric() || **b == b'_')
        .map(u8::to_ascii_lowercase)
        .collect();
    let all = text.to_ascii_lowercase();
    let has = |text: &[u8], word: &str| text.windows(word.len()).any(|w| w == word.as_bytes());
    words
        .iter()
        .any(|word| has(&letters, word) || has(&all, word))
}

/// Takes bytes off the front, as numbers; zeros where there are none left.
#[derive(Debug)]
pub struct Dice<'a>(pub &'a [u8]);

impl<'a> Dice<'a> {
    pub fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (usize::from(self.byte()) << 8 | usize::from(self.byte())) % end
    }

    pub fn bit(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    pub fn take(&mut self, len: usize) -> &'a [u8] {
        let (head, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        head
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
