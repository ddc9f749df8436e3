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
    newlines: usize,
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

struct Maker<'d, 'b> {
    dice: &'d mut Dice<'b>,
    mode: Mode,
    folder: &'d str,
    tree: Tree,
    /// Names that lines were made for.
    samples: Vec<(Vec<u8>, Vec<u8>)>,
    literals: Vec<Vec<u8>>,
    was_pattern: Option<bool>,
}

impl File {
    fn add(&mut self, mut text: Vec<u8>, features: Vec<&'static str>, end: &[u8]) {
        text.extend_from_slice(end);
        self.features
            .entry(self.newlines + 1)
            .or_default()
            .extend(features);
        self.newlines += text.iter().filter(|byte| **byte == b'\n').count();
        self.text.extend(text);
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
    fn file(&mut self, path: String, is_root: bool) -> File {
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

    fn literal(&mut self, file: &mut File) {
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

    fn include(&mut self, file: &mut File, is_root: bool) {
        let number = self.tree.files.len() + self.tree.links.len();
        let mut name = format!("i{number}");
        let mut feature = "include of a file";
        let folder = self.folder;
        let written = match self.dice.below(if is_root { 24 } else { 2 }) {
            0 => name.clone(),
            1 => format!("{folder}/{name}"),
            2 => {
                name = format!("sub {number}/{name}");
                format!("\"{name}\"")
            }
            3..=5 => {
                feature = "include of a folder";
                self.folder_of(number);
                let end = self.dice.pick(&["", "/", "//"]);
                self.dice.pick(&["", "./"]).to_owned() + &format!("d{number}{end}")
            }
            6 | 15 => {
                feature = "include of nothing that can be read";
                match self.dice.below(4) {
                    0 => "missing".to_owned(),
                    1 => {
                        self.tree.links.push((name.clone(), "missing".to_owned()));
                        name.clone()
                    }
                    2 => {
                        self.tree.links.push((name.clone(), name.clone()));
                        name.clone()
                    }
                    _ => "map/x".to_owned(),
                }
            }
            7 | 16 => {
                feature = "include of nothing";
                self.dice.pick(&["", "\"\""]).to_owned()
            }
            8 | 17 => {
                feature = "include of a link";
                self.tree.links.push((format!("l{number}"), name.clone()));
                format!("l{number}")
            }
            9 | 18 => {
                feature = "include of itself";
                "map".to_owned()
            }
            10 | 14 | 20..=23 if !self.tree.files.is_empty() => {
                feature = "include of the same again";
                let at = self.dice.below(self.tree.files.len());
                self.tree
                    .files
                    .get(at)
                    .map_or("map".to_owned(), |file| format!("\"{}\"", file.path))
            }
            11 | 19 => {
                feature = "include of an empty folder";
                self.tree.folders.push(format!("e{number}"));
                format!("e{number}")
            }
            12 => format!("\"{name}"),
            _ => format!(
                "../{}/{name}",
                folder.rsplit('/').next().unwrap_or_default()
            ),
        };
        let directive = self.dice.pick(&[
            "@include ",
            "@include ",
            "@include\t",
            " @include ",
            "\"@include\" ",
            "@include  ",
        ]);
        let junk = self.dice.pick(&["", "", "", " junk"]);
        let (directive, feature) = if self.dice.percent(7) {
            (
                self.dice.pick(&["@INCLUDE ", "@includes ", "#@include "]),
                "no include, but nearly",
            )
        } else if is_root {
            (directive, feature)
        } else {
            (directive, "include in an included file")
        };
        let unclosed = written.starts_with('"') && !written.ends_with('"');
        let junk = if unclosed { "" } else { junk };
        // An open quote takes the newline with it, so that nothing has that name.
        file.add(
            format!("{directive}{written}{junk}").into_bytes(),
            vec![feature],
            b"\n",
        );
        let names_it = written.contains(&name) || feature == "include of a link";
        if names_it && !self.tree.links.iter().any(|(link, _)| *link == name) {
            let included = self.file(name, false);
            self.tree.files.push(included);
        }
    }

    /// A folder with names in and out of order, and such as are passed over.
    fn folder_of(&mut self, number: usize) {
        let all = [
            "10-a",
            "9-b",
            "a",
            "B",
            "b.conf",
            "é",
            ".hidden",
            "c~",
            "d.sh",
            "e.rpmsave",
            "#f#",
            "g.pl",
            "h.py",
            "i.dpkg-old",
            "j.sh.x",
            "Z.cfsaved",
            "k.rpmnew",
            "l.dpkg-dist",
            " m",
            "~n",
        ];
        self.tree.folders.push(format!("d{number}/subfolder"));
        for _ in 0..2 + self.dice.below(4) {
            let path = format!("d{number}/{}", self.dice.pick(&all));
            if self.tree.files.iter().any(|file| file.path == path) {
                continue;
            }
            let mut file = File {
                path,
                ..File::default()
            };
            for _ in 0..1 + self.dice.below(2) {
                self.literal(&mut file);
            }
            self.tree.files.push(file);
        }
        if self.dice.percent(20) {
            self.tree
                .links
                .push((format!("d{number}/link"), "../map".to_owned()));
        }
    }

    fn question(&mut self) -> Question {
        let mut features = Vec::new();
        let (of, mut name) = match self.samples.len() {
            count if count > 0 && !self.dice.percent(6) => {
                let at = self.dice.below(count);
                self.samples[at].clone()
            }
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
