//! What was compared: cases, hits, features, and the rules whose breaking showed.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use countersign_mapfile::Match;

use super::cases::{Rule, Tree};

/// What was compared.
#[derive(Debug, Default)]
pub struct Tally {
    /// Names that were asked for.
    pub cases: usize,
    /// Those that a line mapped.
    pub hits: usize,
    /// Files.
    pub files: usize,
    /// How often each feature was written, and how often a line with it decided.
    pub features: BTreeMap<&'static str, [usize; 2]>,
    /// Deliberate differences, by name.
    pub differences: BTreeMap<&'static str, usize>,
    /// For each broken rule, how many answers it makes different.
    pub caught: BTreeMap<String, usize>,
}

impl Tally {
    /// Counts a tree's features.
    pub fn tree(&mut self, tree: &Tree) {
        self.files += tree.files.len();
        for feature in tree.features() {
            self.features.entry(feature).or_default()[0] += 1;
        }
    }

    /// Counts the features of the line that decided, of a tree in `folder`.
    pub fn decided(&mut self, tree: &Tree, folder: &Path, found: &Match<'_>) {
        let mut files = tree.files.iter();
        let file = files.find(|file| folder.join(&file.path) == found.at.path);
        let features = file.and_then(|file| file.features.get(&found.at.line));
        for feature in features.into_iter().flatten() {
            self.features.entry(feature).or_default()[1] += 1;
        }
    }

    /// Adds what was compared elsewhere.
    pub fn add(&mut self, other: Self) {
        self.cases += other.cases;
        self.hits += other.hits;
        self.files += other.files;
        for (feature, counts) in other.features {
            let own = self.features.entry(feature).or_default();
            *own = [own[0] + counts[0], own[1] + counts[1]];
        }
        for (name, count) in other.differences {
            *self.differences.entry(name).or_default() += count;
        }
        for (rule, count) in other.caught {
            *self.caught.entry(rule).or_default() += count;
        }
    }

    /// Notes that breaking the rule showed.
    pub fn caught(&mut self, rule: Rule) {
        *self.caught.entry(format!("{rule:?}")).or_default() += 1;
    }

    /// Whether breaking the rule has shown so often that it need not be tried again.
    #[must_use]
    pub fn is_settled(&self, rule: Rule) -> bool {
        self.caught
            .get(&format!("{rule:?}"))
            .is_some_and(|count| *count >= 3)
    }

    /// What is too little to prove anything.
    ///
    /// # Errors
    /// What there is too little of.
    pub fn check(&self, least: usize, rules: &[Rule]) -> Result<(), String> {
        let mut wrong = Vec::new();
        if self.hits * 10 < self.cases * 3 {
            wrong.push("less than 30 % of the names are mapped".to_owned());
        }
        for (feature, [written, _]) in &self.features {
            if *written < least {
                wrong.push(format!("{feature} stands there only {written} times"));
            }
        }
        let different: usize = self.differences.values().sum();
        if different * 100 > self.cases {
            wrong.push("more than 1 % of the cases are deliberately different".to_owned());
        }
        for rule in rules {
            if !self.caught.contains_key(&format!("{rule:?}")) {
                wrong.push(format!("nobody notices that {rule:?} is broken"));
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(wrong.join("\n"))
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = 100.0 * self.hits as f64 / self.cases.max(1) as f64;
        writeln!(
            f,
            "{} cases in {} files, {} of them mapped ({share:.1} %)",
            self.cases, self.files, self.hits
        )?;
        writeln!(f, "deliberately different: {:?}", self.differences)?;
        writeln!(f, "rules whose breaking showed: {}", self.caught.len())?;
        writeln!(
            f,
            "features, how often written, how often in the line that decided:"
        )?;
        for (feature, [written, decided]) in &self.features {
            writeln!(f, "  {feature:<44} {written:>7} {decided:>7}")?;
        }
        Ok(())
    }
}
