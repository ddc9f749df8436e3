//! What can go wrong with a configuration, in words for whoever must mend it.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::origin::Origin;
use crate::values::ValueError;

/// What to do about a part of the language that is not read yet.
pub const FLATTEN: &str = "let HTCondor flatten its configuration with `condor_config_val -dump -expanded > FILE` and \
                           set CONDOR_CONFIG=FILE";

/// How much of a line a message repeats, in characters.
const EXCERPT: usize = 40;

/// A short, printable beginning of `text`.
pub(crate) fn excerpt(text: &str) -> String {
    let mut out: String = text
        .chars()
        .take(EXCERPT)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(EXCERPT).is_some() {
        out.push('…');
    }
    out
}

/// Why a configuration could not be loaded, or a setting not be looked up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No configuration file was found in any of the places HTCondor looks in.
    #[error(
        "looking for HTCondor's configuration: there is no readable file at {}; set CONDOR_CONFIG to its path, or to \
         ONLY_ENV to do without one", list(.searched)
    )]
    NoRoot {
        /// Where it was looked for, in order.
        searched: Vec<PathBuf>,
    },
    /// A file or directory could not be read.
    #[error("reading the configuration file {} ({why}): {cause}; make it readable, or remove the reference to it", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Who asked for it: `CONDOR_CONFIG`, `LOCAL_CONFIG_FILE` and so on.
        why: String,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
    /// A file is larger than [`MAX_FILE_SIZE`](crate::MAX_FILE_SIZE).
    #[error("reading the configuration file {}: it is larger than {max} bytes; is it the right file?", path.display())]
    FileTooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        max: u64,
    },
    /// More files than [`MAX_FILES`](crate::MAX_FILES).
    #[error(
        "reading the configuration: more than {max} files; {name} probably grows each time it is read"
    )]
    TooManyFiles {
        /// The limit.
        max: usize,
        /// The setting that lists them.
        name: &'static str,
    },
    /// A line that HTCondor would refuse too.
    #[error("reading the configuration, {origin}: {cause}")]
    Syntax {
        /// Where.
        origin: Origin,
        /// What is wrong with it.
        #[source]
        cause: SyntaxError,
    },
    /// A variable that would set something, and is not text.
    #[error(
        "reading the environment: the variable {variable} is not valid UTF-8; set it to text in UTF-8, or unset it"
    )]
    NotText {
        /// The variable, where its own name is not text with replacement characters.
        variable: String,
    },
    /// A part of the language that is not read yet.
    #[error(
        "reading the configuration, {origin}: {what} is not supported yet; {}",
        FLATTEN
    )]
    Unsupported {
        /// Where.
        origin: Origin,
        /// Which part.
        what: String,
    },
    /// The configuration itself says `error : message`.
    #[error("reading the configuration, {origin}: the file ends it with an error: {message}")]
    Stated {
        /// Where.
        origin: Origin,
        /// Its message, macros expanded.
        message: String,
    },
    /// The macros in a value could not be expanded.
    #[error("expanding the setting {name} ({origin}): {cause}")]
    Expand {
        /// The setting (or, while loading, the name being assigned).
        name: String,
        /// Where its value stands.
        origin: Origin,
        /// What went wrong.
        #[source]
        cause: ExpandError,
    },
    /// A setting that this crate itself needs has a value of the wrong kind.
    #[error("reading the setting {name} ({origin}): {cause}")]
    Value {
        /// The setting.
        name: String,
        /// Where its value stands.
        origin: Origin,
        /// What is wrong with it.
        #[source]
        cause: ValueError,
    },
    /// `LOCAL_CONFIG_DIR_EXCLUDE_REGEXP` is no regular expression, or could not be matched.
    #[error(
        "reading the setting {name} ({origin}): its value `{pattern}` as a PCRE2 pattern: {message}"
    )]
    Pattern {
        /// The setting.
        name: &'static str,
        /// Where its value stands.
        origin: Origin,
        /// The beginning of the pattern.
        pattern: String,
        /// What PCRE2 said.
        message: String,
    },
}

fn list(paths: &[PathBuf]) -> String {
    let shown: Vec<_> = paths.iter().map(|p| p.display().to_string()).collect();
    shown.join(", ")
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SyntaxError {
    /// There is no `=`.
    #[error("`{text}` is not an assignment; write `NAME = value`, or start the line with `#`")]
    NoOperator {
        /// The beginning of the line.
        text: String,
    },
    /// What stands before the `=` is no name.
    #[error(
        "`{name}` is not a name for a setting; names have letters, digits, `_`, `.` and `/`, at most {} of them",
        crate::MAX_NAME
    )]
    BadName {
        /// The beginning of the name, macros expanded.
        name: String,
    },
    /// A heredoc that does not end.
    #[error("the value of {name} starts with `@={tag}`, but no later line is `@{tag}`; add one")]
    UnclosedHeredoc {
        /// The setting.
        name: String,
        /// The tag that was awaited.
        tag: String,
    },
    /// `NAME : value` in a file that asked for `#opt:strict`.
    #[error("the file asks for `#opt:strict`, so {name} must be set with `=`, not with `:`")]
    ColonAssignment {
        /// The setting.
        name: String,
    },
    /// The line is not UTF-8.
    #[error("the line is not valid UTF-8; save the file in UTF-8")]
    NotUtf8,
    /// The line holds a NUL, at which HTCondor would stop reading it.
    #[error("the line holds a NUL byte; is this a text file?")]
    Nul,
    /// The value is longer than [`MAX_VALUE`](crate::MAX_VALUE).
    #[error("the value of {name} is longer than {} bytes", crate::MAX_VALUE)]
    ValueTooLong {
        /// The setting.
        name: String,
    },
    /// All settings together are larger than [`MAX_TABLE_SIZE`](crate::MAX_TABLE_SIZE).
    #[error(
        "all settings together are larger than {} bytes; is this HTCondor's configuration?",
        crate::MAX_TABLE_SIZE
    )]
    TableTooLarge,
}

/// Why the macros in a value could not be expanded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ExpandError {
    /// The work bound was reached. HTCondor itself would not return.
    #[error("it takes too long; probably macros refer to each other in a circle")]
    Endless,
    /// The value grew past [`MAX_VALUE`](crate::MAX_VALUE).
    #[error(
        "it grew past {} bytes while expanding `{last}`; probably macros refer to each other in a circle or repeat each \
         other many times",
        crate::MAX_VALUE
    )]
    TooLong {
        /// The macro that was expanded last.
        last: String,
    },
    /// A macro function that is not read yet.
    #[error("the macro function in `{text}` is not supported yet; {}", FLATTEN)]
    Function {
        /// The beginning of the call.
        text: String,
    },
}
