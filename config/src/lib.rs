//! HTCondor's configuration language, with the place every value came from.
//!
//! The crate reads the files HTCondor reads, in its order, lets `_CONDOR_NAME` variables override them, and answers
//! [`Config::get`] as HTCondor's `param()` would, together with the file and line (or variable) that decided. It knows
//! no knob's meaning; defaults and what only the operating system can tell (host name, user) come from the caller.
//!
//! ```
//! use countersign_config::{Config, Origin, Sources};
//!
//! let sources = Sources::text("condor_config", "DOMAIN = example.org\nALLOW_READ = *.$(DOMAIN)\nTOOL.ALLOW_READ = *\n")
//!     .subsystem("TOOL")
//!     .environment([("_CONDOR_domain", "example.net")]);
//! let config = Config::load(&sources)?;
//!
//! let domain = config.get("Domain")?.expect("set");
//! assert_eq!(domain.value, "example.net");
//! assert_eq!(*domain.origin, Origin::Environment { variable: "_CONDOR_domain".into() });
//! let allow = config.get("ALLOW_READ")?.expect("set");
//! assert_eq!((allow.value.as_str(), allow.name), ("*", "TOOL.ALLOW_READ"));
//! # Ok::<(), countersign_config::ConfigError>(())
//! ```
//!
//! # What is read, and what is not yet
//!
//! Assignments (`=`, `+=`, the obsolete `:`), heredocs (`@=tag`), continuation lines, `$(NAME)`, `$(NAME:default)`,
//! `$ENV(NAME)`, `$(DOLLAR)`, references of a setting to its own former value, `warning :` and `error :`.
//!
//! `if`, `use`, `include`, and commands as sources are refused when the file is loaded; macro functions such as `$INT()`
//! only when a setting that needs one is looked up. The remedy the error gives always works: let
//! HTCondor flatten its configuration with `condor_config_val -dump -expanded > FILE` and set `CONDOR_CONFIG=FILE`. Such a
//! dump is recognised and read as what it is, see [`Config::load`].
#![forbid(unsafe_code)]

mod budget;
mod config;
mod dump;
mod error;
mod expand;
mod files;
mod lines;
mod load;
mod macros;
mod origin;
mod read;
mod sources;
mod statement;
mod table;
mod values;

pub use config::{Config, Setting};
pub use error::{ConfigError, ExpandError, FLATTEN, SyntaxError};
pub use files::{MAX_FILE_SIZE, MAX_FILES};
pub use origin::{Origin, Warning};
pub use sources::Sources;
pub use table::{MAX_NAME, MAX_TABLE_SIZE, MAX_VALUE};
pub use values::{ValueError, parse_bool, parse_int, split_list};
