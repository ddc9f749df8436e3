//! What was compared.

use std::collections::BTreeMap;
use std::fmt;

/// Counts.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Configurations.
    pub cases: usize,
    /// Those that HTCondor refuses.
    pub refused: usize,
    /// Those at whose printing HTCondor ends in the middle.
    pub broke_off: usize,
    /// Those that HTCondor reads without end.
    pub endless: usize,
    /// Knobs.
    pub knobs: usize,
    /// Knobs that a file, a template or the environment set.
    pub set: usize,
    /// In how many configurations that were read each feature occurs, and how often.
    pub features: BTreeMap<&'static str, [usize; 2]>,
}

impl Tally {
    /// Adds what was compared elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.cases += other.cases;
        self.refused += other.refused;
        self.broke_off += other.broke_off;
        self.endless += other.endless;
        self.knobs += other.knobs;
        self.set += other.set;
        for (feature, [cases, times]) in &other.features {
            let own = self.features.entry(feature).or_default();
            *own = [own[0] + cases, own[1] + times];
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} configurations, {} of them refused, {} broken off, {} without end; {} knobs, {} of them set",
            self.cases, self.refused, self.broke_off, self.endless, self.knobs, self.set
        )?;
        for (feature, [cases, times]) in &self.features {
            write!(f, "\n  {feature:<44} {cases:>6} {times:>7}")?;
        }
        Ok(())
    }
}
