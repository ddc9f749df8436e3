//! Configurations: what HTCondor and we make of them.

pub mod wrong_values;
