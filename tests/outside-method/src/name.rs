//! The method's names and bit.

use countersign::core::names::{MethodName, Standing};

/// WATCHWORD's names and bit.
pub static WATCHWORD: MethodName = MethodName {
    canonical: "WATCHWORD",
    // Policy ads have the configuration's own spelling.
    wire: None,
    // HTCondor's bits end at 4096. Whoever adds methods to one pool must agree on the bits.
    bit: 1 << 24,
    spellings: &["WATCHWORD"],
    standing: Standing::Offered,
    // It proves something, so that a session may serve more than one command's level.
    bare_word: false,
};
