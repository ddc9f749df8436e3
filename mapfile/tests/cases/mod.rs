//! Mapfiles and names made by dice, and a reading of them that does without all that makes ours fast. The properties
//! here, the fuzz targets and the comparison with HTCondor share them.

#![allow(
    dead_code,
    missing_docs,
    unused_imports,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic
)] // Each user uses a part.

pub mod check;
pub mod dice;
pub mod fields;
mod includes;
pub mod lines;
pub mod patterns;
mod reading;
pub mod reference;
mod rules;
pub mod tree;

pub use dice::Dice;
pub use reference::{Answer, Reference, Rule};
pub use tree::{Mode, Tree};
