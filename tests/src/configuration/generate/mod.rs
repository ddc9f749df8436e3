//! Configurations made by dice that use every part of the language.
//!
//! A knob refers to knobs before it in `NAMES` only, or to itself: HTCondor reads a circle without end.

mod conditions;
mod functions;
mod includes;
mod mistakes;
mod statements;
mod tables;
mod whole;

use std::collections::BTreeMap;

use super::Case;
use crate::dice::Dice;

pub use tables::FEATURES;

/// Knobs that are set: each refers to those before it only.
pub(crate) const NAMES: [&str; 30] = [
    "C_Num",
    "c_real",
    "C_Path",
    "C_List",
    "C_Text",
    "C_EMPTY",
    "C.dotted",
    "c_word_2",
    "C_Lines",
    "LOCAL_DIR",
    "LOG",
    "UID_DOMAIN",
    "TRUST_DOMAIN",
    "CONDOR_HOST",
    "COLLECTOR_HOST",
    "ALLOW_READ",
    "ALLOW_WRITE",
    "DENY_READ",
    "ALLOW_DAEMON",
    "SEC_DEFAULT_AUTHENTICATION",
    "SEC_DEFAULT_AUTHENTICATION_METHODS",
    "SEC_CLIENT_ENCRYPTION",
    "SEC_PASSWORD_FILE",
    "CERTIFICATE_MAPFILE",
    "DAEMON_LIST",
    "NUM_CPUS",
    "SCHEDD_DEBUG",
    "C_Last_1",
    "C_Last_2",
    "C_Last_3",
];

/// Makes one configuration.
pub(crate) struct Maker<'a> {
    pub(crate) dice: &'a mut Dice,
    pub(crate) features: BTreeMap<&'static str, usize>,
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) chances: BTreeMap<String, Vec<String>>,
    pub(crate) subsystem: String,
    pub(crate) local_name: String,
    /// Whether macro functions may be asked for what they cannot do, which ends HTCondor's `-dump` in its middle.
    pub(crate) may_break: bool,
    /// How many files include each other where this is written.
    pub(crate) depth: usize,
}

impl<'a> Maker<'a> {
    fn new(dice: &'a mut Dice) -> Self {
        Maker {
            dice,
            features: BTreeMap::new(),
            files: Vec::new(),
            chances: BTreeMap::new(),
            subsystem: "TOOL".to_owned(),
            local_name: String::new(),
            may_break: false,
            depth: 0,
        }
    }

    /// Counts a feature.
    pub(crate) fn note(&mut self, feature: &'static str) {
        assert!(FEATURES.contains(&feature), "{feature} is not in the table");
        *self.features.entry(feature).or_default() += 1;
    }
}

/// The configuration of this seed and number; `wrong` makes a mistake in it that HTCondor refuses.
#[must_use]
pub fn case(seed: u64, number: u64, wrong: bool) -> Case {
    let mut dice = Dice::new(seed.wrapping_mul(1 << 32).wrapping_add(number));
    let mut case = whole::case(&mut dice, number, wrong);
    case.name = format!("seed {seed}, configuration {number}");
    case
}
