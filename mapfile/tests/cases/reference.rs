//! A reading of mapfiles that goes the plainest way: byte after byte as HTCondor reads them, and line after line at every
//! lookup. One of its rules can be broken.

use std::path::Path;

use countersign_mapfile::{BareKeys, Files};

pub use super::reading::Deadly;
use super::reading::{Key, Line, Reader};
pub use super::rules::Rule;

/// What becomes of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Nothing,
    Mapped(Vec<u8>),
    /// A pattern went on for too long.
    GaveUp,
}

/// A mapfile.
pub struct Reference {
    lines: Vec<Line>,
    broken: Option<Rule>,
}

impl Reference {
    pub fn read(
        files: &dyn Files,
        path: &Path,
        keys: BareKeys,
        broken: Option<Rule>,
    ) -> Result<Self, Deadly> {
        let mut reader = Reader {
            files,
            keys,
            broken,
            lines: Vec::new(),
        };
        reader.file(path, 0)?;
        let mut lines = reader.lines;
        if broken == Some(Rule::PatternsAndLiteralsInOrder) {
            lines.sort_by_key(|line| matches!(line.key, Key::Pattern(_)));
        }
        if broken == Some(Rule::FirstOfTheSameLiterals) {
            let mut kept: Vec<Line> = Vec::new();
            for line in lines {
                if let Key::Literal(key) = &line.key {
                    let other = kept.iter_mut().find(|other| {
                        other.method == line.method
                            && matches!(&other.key, Key::Literal(same) if same == key)
                    });
                    if let Some(other) = other {
                        other.canonical = line.canonical;
                        continue;
                    }
                }
                kept.push(line);
            }
            lines = kept;
        }
        Ok(Self { lines, broken })
    }

    pub fn lookup(&self, method: &[u8], name: &[u8]) -> Answer {
        for line in &self.lines {
            let same = if self.broken == Some(Rule::MethodsWithoutCase) {
                line.method == method
            } else {
                line.method.eq_ignore_ascii_case(method)
            };
            if !same {
                continue;
            }
            let groups: Vec<Option<&[u8]>> = match &line.key {
                Key::Literal(key) if key == name => vec![Some(name)],
                Key::Literal(_) => continue,
                Key::Pattern(pattern) => match pattern.captures(name) {
                    Ok(None) => continue,
                    Ok(Some(found)) => (0..found.len())
                        .map(|group| found.get(group).map(|at| at.as_bytes()))
                        .collect(),
                    // A name that is not UTF-8 where the pattern asks for that does not match.
                    Err(error) if (-23..=-3).contains(&error.code()) => continue,
                    Err(_) => return Answer::GaveUp,
                },
            };
            let last = groups.iter().rposition(Option::is_some).unwrap_or(0);
            return Answer::Mapped(self.substitute(&line.canonical, &groups[..=last]));
        }
        Answer::Nothing
    }

    fn substitute(&self, canonical: &[u8], groups: &[Option<&[u8]>]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut at = 0;
        while let Some(byte) = canonical.get(at) {
            at += 1;
            if *byte != b'\\' {
                out.push(*byte);
                continue;
            }
            let Some(next) = canonical.get(at) else { break };
            at += 1;
            let group = usize::from(next.wrapping_sub(b'0'));
            match groups.get(group).filter(|_| group < 10) {
                Some(None) if self.broken == Some(Rule::UnsetGroupIsEmpty) => {
                    out.extend([b'\\', *next])
                }
                Some(text) => out.extend_from_slice(text.unwrap_or_default()),
                None if group < 10 && self.broken == Some(Rule::GroupThatIsNotThereStays) => {}
                None if *next == b'\\' && self.broken == Some(Rule::BackslashesStayInCanonical) => {
                    out.push(b'\\')
                }
                None => out.extend([b'\\', *next]),
            }
        }
        out
    }

    /// User and domain.
    pub fn split(&self, canonical: &[u8], uid_domain: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let mut places = (0..canonical.len()).filter(|at| canonical[*at] == b'@');
        let at = if self.broken == Some(Rule::SplitAtTheLastAt) {
            places.next()
        } else {
            places.next_back()
        };
        match at {
            Some(at) => (canonical[..at].to_vec(), canonical[at + 1..].to_vec()),
            None => (canonical.to_vec(), uid_domain.to_vec()),
        }
    }
}
