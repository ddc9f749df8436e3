//! HTCondor's mapfile: from the name that a method authenticated to a canonical name.
//!
//! CERTIFICATE_MAPFILE names a file of lines such as
//!
//! ```text
//! SCITOKENS /^https:\/\/issuer\.example,sub$/ osg
//! FS        (.*)                              \1@pool.example
//! @include  mapfiles.d
//! ```
//!
//! [`Mapfile::load`] reads one with all that it includes, exactly as HTCondor 25.14.1 does, and
//! [`Mapfile::lookup`] says which line speaks of a name and what it makes of it.
//!
//! ```
//! use countersign_mapfile::{BareKeys, Lookup, Mapfile, MemoryFiles, Options, Sources};
//!
//! let text = b"FS /^(a.*)$/ \\1@pool.example\nFS bob robert\n";
//! let options = Options::new(BareKeys::Literals);
//! let sources = Sources::of_bytes(&MemoryFiles::default(), "map".as_ref(), text, &options)?;
//! let map = Mapfile::compile(&sources);
//! let Lookup::Mapped(found) = map.lookup(b"FS", b"alice") else { panic!() };
//! assert_eq!(found.canonical, b"alice@pool.example");
//! assert_eq!(found.at.to_string(), "map, line 1");
//! # Ok::<(), countersign_mapfile::LoadError>(())
//! ```
//!
//! Names and texts are bytes: HTCondor knows no encoding here. Rule: `MapFile` in HTCondor's
//! `condor_utils`, and `Authentication::map_authentication_name_to_canonical_name`.

#![forbid(unsafe_code)]

mod diff;
mod document;
mod escape;
mod explain;
mod field;
mod files;
mod heads;
mod keys;
pub mod lint;
mod load;
mod lookup;
mod map;
mod pattern;
mod prefilter;
mod print;
mod problem;
mod statement;
mod substitute;
mod text;

pub use diff::{Change, Name, OneSided, changes, names, one_sided};
pub use document::{Document, Line};
pub use escape::escape;
pub use explain::{
    Alternative, Explanation, MAX_EXPLAINED, NearMiss, NearMissKind, Remark, explain, methods,
};
pub use field::{Delimiter, Field, Flags};
pub use files::{Exclude, Files, HostFiles, MAX_SIZE, MemoryFiles};
pub use heads::Beginning;
pub use keys::BareKeys;
pub use load::{LoadError, MAX_FILES, MAX_TOTAL, Options, Sources};
pub use lookup::{Lookup, Match, Outcome, Place, outcome};
pub use map::{LONGEST_LOOKUP, Mapfile};
pub use pattern::{GaveUp, MATCH_LIMIT, PatternError};
pub use problem::{Problem, ProblemKind};
pub use statement::{Entry, Statement};
