//! Configurations, other people's and ones made by dice: what ours reads must be what HTCondor's own tools read.
//!
//! Both sides run in the same root, as the same user, with the same environment: `condor_config_val -dump -verbose` and
//! `countersign config dump -verbose`. That names every knob with its value, expanded and not, and the place that decided.

pub mod bench;
pub mod breakage;
pub mod compare;
pub mod corpus;
pub mod generate;
pub mod reading;
pub mod releases;
pub mod shrink;
pub mod sides;
pub mod tally;
pub mod wrong_values;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::roots::Roots;
use crate::run::User;

/// Stands in a text for the folder in which the case's files are.
pub const HERE: &str = "@HERE@";

/// A configuration, and who reads it as what.
#[derive(Clone, Debug)]
pub struct Case {
    /// From where it is.
    pub name: String,
    /// Its files, by their names below the case's folder. [`HERE`] in a text is replaced.
    pub files: Vec<(String, Vec<u8>)>,
    /// The file to begin with: one of these, or one of the root's own by its full name.
    pub first: String,
    /// More of the environment. [`HERE`] is replaced.
    pub variables: Vec<(String, String)>,
    /// `-subsystem`.
    pub subsystem: Option<String>,
    /// `-local-name`.
    pub local_name: Option<String>,
    /// Who reads it.
    pub user: User,
    /// What of the language it uses.
    pub features: BTreeMap<&'static str, usize>,
    /// Knobs whose value is one of several.
    pub chances: BTreeMap<String, Vec<String>>,
}

impl Case {
    /// One file that root reads.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            files: vec![("condor_config".to_owned(), text.into())],
            first: "condor_config".to_owned(),
            variables: Vec::new(),
            subsystem: None,
            local_name: None,
            user: User::Root,
            features: BTreeMap::new(),
            chances: BTreeMap::new(),
        }
    }

    /// Writes the files, and returns the folder's name inside the roots.
    #[must_use]
    pub fn write(&self, roots: &Roots, folder: &str) -> String {
        let here = roots.folder(folder, 0, 0o755);
        for (name, text) in &self.files {
            if let Some((parent, _)) = name.rsplit_once('/') {
                let _ = roots.folder(&format!("{folder}/{parent}"), 0, 0o755);
            }
            let mode = if text.starts_with(b"#!") {
                0o755
            } else {
                0o644
            };
            roots.write(&format!("{here}/{name}"), replaced(text, &here), 0, mode);
        }
        here
    }

    /// The file to begin with, by its full name.
    #[must_use]
    pub fn first_in(&self, here: &str) -> String {
        if self.first.starts_with('/') {
            return self.first.clone();
        }
        format!("{here}/{}", self.first)
    }

    /// Whether a command may stand in it.
    #[must_use]
    pub fn has_commands(&self) -> bool {
        self.files.iter().any(|(_, text)| {
            let text = String::from_utf8_lossy(text);
            text.contains('|') || text.to_ascii_lowercase().contains("command")
        })
    }

    /// The whole case, to be shown where it failed.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.variables {
            writeln!(text, "    {name}={value}").unwrap();
        }
        if self.subsystem.is_some() || self.local_name.is_some() || self.user != User::Root {
            let (subsystem, local) = (&self.subsystem, &self.local_name);
            writeln!(text, "    {subsystem:?} {local:?} as {}", self.user.name()).unwrap();
        }
        for (name, bytes) in &self.files {
            let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
            writeln!(text, "    --- {name} ({lines} lines)").unwrap();
            if lines > 60 {
                continue;
            }
            for line in String::from_utf8_lossy(bytes).split('\n') {
                writeln!(text, "    {}", line.replace('\r', "<CR>")).unwrap();
            }
        }
        text
    }
}

fn replaced(text: &[u8], here: &str) -> Vec<u8> {
    let mut rest = text;
    let mut made = Vec::with_capacity(text.len());
    while let Some(at) = rest
        .windows(HERE.len())
        .position(|part| part == HERE.as_bytes())
    {
        made.extend_from_slice(&rest[..at]);
        made.extend_from_slice(here.as_bytes());
        rest = &rest[at + HERE.len()..];
    }
    made.extend_from_slice(rest);
    made
}
