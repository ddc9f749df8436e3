//! A mapfile with what it includes, and the names to ask it for.

use std::collections::BTreeMap;

use super::dice::Dice;
use super::fields;
use super::lines::{self, Made};
use super::patterns;

/// What kind of mapfile.
#[derive(Debug, Clone, Copy)]
pub struct Mode {
    /// CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS.
    pub assume_hash_keys: bool,
    /// What stands in the first column.
    pub methods: &'static [&'static str],
    /// What is asked for.
    pub asked: &'static [&'static str],
    /// Whether files may be included.
    pub includes: bool,
    /// Whether patterns go beyond what administrators write.
    pub all_of_pcre2: bool,
}

impl Mode {
    pub(crate) fn slashes(&self) -> bool {
        self.assume_hash_keys
    }
}

/// A file.
#[derive(Debug, Clone, Default)]
pub struct File {
    /// Relative to the tree's folder.
    pub path: String,
    pub text: Vec<u8>,
    /// What is noteworthy, by the number of the line.
    pub features: BTreeMap<usize, Vec<&'static str>>,
    pub(super) newlines: usize,
}

/// A name to ask for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    pub method: &'static str,
    pub name: Vec<u8>,
    pub features: Vec<&'static str>,
}

/// A mapfile, `map`, and what stands beside it.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    pub files: Vec<File>,
    /// Links: where, and to what.
    pub links: Vec<(String, String)>,
    pub folders: Vec<String>,
    pub questions: Vec<Question>,
}

pub(super) struct Maker<'d, 'b> {
    pub(super) dice: &'d mut Dice<'b>,
    mode: Mode,
    pub(super) folder: &'d str,
    pub(super) tree: Tree,
    /// Names that lines were made for.
    samples: Vec<(Vec<u8>, Vec<u8>)>,
    literals: Vec<Vec<u8>>,
    was_pattern: Option<bool>,
}

impl File {
    pub(super) fn add(&mut self, mut text: Vec<u8>, features: Vec<&'static str>, end: &[u8]) {
        text.extend_from_slice(end);
        self.features
            .entry(self.newlines + 1)
            .or_default()
            .extend(features);
        self.newlines += text.iter().filter(|byte| **byte == b'\n').count();
        self.text.extend(text);
    }
}

impl File {
    /// Puts a line before all others.
    pub fn prepend(&mut self, line: String) {
        self.text.splice(..0, line.bytes().chain([b'\n']));
        let features = std::mem::take(&mut self.features);
        let moved = features.into_iter();
        self.features = moved.map(|(line, all)| (line + 1, all)).collect();
    }
}

impl Tree {
    /// Makes one whose files will stand in `folder`.
    pub fn make(dice: &mut Dice<'_>, mode: Mode, folder: &str, questions: usize) -> Self {
        let mut maker = Maker {
            dice,
            mode,
            folder,
            tree: Self::default(),
            samples: Vec::new(),
            literals: Vec::new(),
            was_pattern: None,
        };
        let root = maker.file("map".to_owned(), true);
        maker.tree.files.insert(0, root);
        for _ in 0..questions {
            let question = maker.question();
            maker.tree.questions.push(question);
        }
        maker.tree
    }

    /// How often each feature was written.
    pub fn features(&self) -> impl Iterator<Item = &'static str> + '_ {
        let written = self
            .files
            .iter()
            .flat_map(|file| file.features.values().flatten());
        let asked = self
            .questions
            .iter()
            .flat_map(|question| &question.features);
        written.chain(asked).copied()
    }
}

impl Maker<'_, '_> {
    pub(super) fn file(&mut self, path: String, is_root: bool) -> File {
        let mut file = File {
            path,
            ..File::default()
        };
        let count = if is_root {
            3 + self.dice.below(12)
        } else {
            1 + self.dice.below(4)
        };
        for _ in 0..count {
            match self.dice.below(30) {
                0..=6 => self.literal(&mut file),
                7..=11 => {
                    let plain = patterns::plain(self.dice);
                    let made = lines::pattern(self.dice, &self.mode, &plain);
                    self.line(&mut file, made);
                }
                12..=15 if self.mode.all_of_pcre2 => {
                    let rich = patterns::rich(self.dice);
                    let made = lines::pattern(self.dice, &self.mode, &rich);
                    self.line(&mut file, made);
                }
                16..=19 | 28 => {
                    let made = lines::odd(self.dice, &self.mode);
                    self.line(&mut file, made);
                }
                20 => {
                    let bad = patterns::bad(self.dice);
                    let made = lines::pattern(self.dice, &self.mode, &bad);
                    self.line(&mut file, made);
                }
                21 if self.dice.percent(70) => {
                    let made = lines::long(self.dice, &self.mode);
                    self.line(&mut file, made);
                }
                22 if self.dice.percent(50) => {
                    for made in lines::many(self.dice, &self.mode) {
                        self.line(&mut file, made);
                    }
                }
                23..=27 if self.mode.includes => self.include(&mut file, is_root),
                _ => self.literal(&mut file),
            }
        }
        if self.dice.percent(12) && file.text.last() == Some(&b'\n') {
            file.text.pop();
            if let Some(mut last) = file.features.last_entry() {
                last.get_mut().push("no newline at the end");
            }
        }
        file
    }

    pub(super) fn literal(&mut self, file: &mut File) {
        let again = !self.literals.is_empty() && self.dice.percent(25);
        let value = if again {
            let at = self.dice.below(self.literals.len());
            self.literals[at].clone()
        } else {
            fields::name(self.dice)
        };
        let mut made = lines::literal(self.dice, &self.mode, &value);
        if again {
            made.features.push("the same literal again");
        }
        self.literals.push(value);
        self.line(file, made);
    }

    fn line(&mut self, file: &mut File, mut made: Made) {
        if !made.method.is_empty() {
            match (self.was_pattern, made.is_pattern) {
                (Some(true), false) => made.features.push("literal behind a pattern"),
                (Some(false), true) => made.features.push("pattern behind a literal"),
                _ => {}
            }
            self.was_pattern = Some(made.is_pattern);
        }
        if let Some(sample) = made.sample {
            let sample: Vec<u8> = sample.into_iter().filter(|byte| *byte != 0).collect();
            self.samples.push((made.method, sample));
        }
        let end: &[u8] = if self.dice.percent(4) {
            made.features.push("carriage return");
            self.dice.pick(&[&b"\r\n"[..], b" \r\n"])
        } else {
            b"\n"
        };
        file.add(made.text, made.features, end);
    }

    /// A line's method and name, of a method that is asked for, mostly.
    fn sample(&mut self, count: usize) -> (Vec<u8>, Vec<u8>) {
        let asked = self.mode.asked;
        let mut sample = self.samples[self.dice.below(count)].clone();
        for _ in 0..3 {
            if asked
                .iter()
                .any(|asked| asked.as_bytes().eq_ignore_ascii_case(&sample.0))
            {
                break;
            }
            sample = self.samples[self.dice.below(count)].clone();
        }
        sample
    }

    fn question(&mut self) -> Question {
        let mut features = Vec::new();
        let (of, mut name) = match self.samples.len() {
            count if count > 0 && !self.dice.percent(6) => self.sample(count),
            _ => (Vec::new(), fields::name(self.dice)),
        };
        match self.dice.below(24) {
            0 => name.insert(0, self.dice.pick(b"xA/ ")),
            1 => name.push(self.dice.pick(b"xA/ ")),
            2 => {
                name.pop();
            }
            3 => {
                features.push("name in another case");
                name = name
                    .iter()
                    .map(|byte| {
                        if byte.is_ascii_lowercase() {
                            byte.to_ascii_uppercase()
                        } else {
                            byte.to_ascii_lowercase()
                        }
                    })
                    .collect();
            }
            4 | 5 => {
                features.push("name with a newline at its end");
                name.push(b'\n');
            }
            6 if !name.is_empty() => {
                let at = self.dice.below(name.len());
                name[at] = 1 + self.dice.below(255) as u8;
            }
            7 if self.dice.percent(30) => name.clear(),
            8 => name = [name.as_slice(), b"\n", &name].concat(),
            _ => {}
        }
        if name.is_empty() {
            features.push("empty name");
        }
        if !name.is_ascii() {
            features.push(if std::str::from_utf8(&name).is_ok() {
                "name outside of ASCII"
            } else {
                "name that is not UTF-8"
            });
        }
        let mut method = self.dice.pick(self.mode.asked);
        let own = |asked: &&&str| asked.as_bytes().eq_ignore_ascii_case(&of);
        if let Some(own) = self.mode.asked.iter().find(own)
            && !self.dice.percent(12)
        {
            method = own;
        }
        Question {
            method,
            name,
            features,
        }
    }
}
