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
//! # What is read
//!
//! All of the language that daemons and tools read: assignments (`=`, `+=`, the obsolete `:`), heredocs (`@=tag`),
//! continuation lines, `$(NAME)`, `$(NAME:default)`, `$ENV(NAME)`, `$(DOLLAR)`, references of a setting to its own former
//! value, the macro functions, `if`, `include`, `use` with the templates of a [`Release`], `warning :` and `error :`. Every
//! value knows [where it came from](Origin), through includes and templates, and [which it took the place
//! of](Setting::former).
//!
//! The output of `condor_config_val -dump` is recognised and read as what it is, see [`Config::load`].
//!
//! # Where this crate is deliberately stricter than HTCondor
//!
//! * Commands as sources are not run unless [asked for](Sources::run_commands), and `include command into FILE` never
//!   writes FILE.
//! * A macro function that cannot be evaluated is an error. HTCondor's daemons end there too; its tools complain and go on,
//!   which [`Config::expand_anyway`] does.
//! * Lines that are not UTF-8 or hold a NUL are errors, and so is what would not end: circles of macros, values beyond
//!   [`MAX_VALUE`], files beyond [`MAX_FILE_SIZE`].
#![forbid(unsafe_code)]

mod arguments;
mod budget;
mod command;
mod conditions;
mod config;
mod dump;
mod error;
mod expand;
mod files;
mod functions;
mod include;
mod lines;
mod load;
mod macros;
mod origin;
mod read;
mod release;
mod sources;
mod statement;
mod table;
mod template;
mod uses;
mod values;

pub use config::{Config, Entry, Setting};
pub use error::{
    ConditionError, ConfigError, ExpandError, FunctionProblem, SyntaxError, TemplateError,
};
pub use files::{MAX_FILE_SIZE, MAX_FILES, MAX_TEXT};
pub use origin::{OddLine, Origin, PassedOver, Source, Warning};
pub use release::{Release, Template, UnknownRelease};
pub use sources::Sources;
pub use table::{Former, MAX_NAME, MAX_TABLE_SIZE, MAX_VALUE};
pub use values::{ValueError, parse_bool, parse_int, split_list};
