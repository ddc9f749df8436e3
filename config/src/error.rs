//! What can go wrong with a configuration, in words for whoever must mend it.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::origin::Origin;
use crate::values::ValueError;

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
    #[error("reading the configuration: {}", unread(.path, .why, .cause))]
    Read {
        /// The file.
        path: PathBuf,
        /// Who asked for it: `CONDOR_CONFIG`, `LOCAL_CONFIG_FILE` and so on.
        why: String,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
    /// What was asked for is not installed.
    #[error(
        "reading the configuration of {what}: {what} is not installed here, or keeps its configuration elsewhere: there is no {}",
        path.display()
    )]
    NotInstalled {
        /// What.
        what: &'static str,
        /// The folder that it would have.
        path: PathBuf,
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
        "reading the configuration, {origin}: more than {max} files; what names them probably grows each time it is read"
    )]
    TooManyFiles {
        /// The limit.
        max: usize,
        /// What names them.
        origin: Origin,
    },
    /// More text than [`MAX_TEXT`](crate::MAX_TEXT).
    #[error(
        "reading the configuration, {origin}: with this, all files and templates together have more than {max} bytes; \
         something is probably read again and again"
    )]
    TooMuchText {
        /// The limit.
        max: usize,
        /// What names the file or the template at which it was reached.
        origin: Origin,
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
    /// What a command prints would be configuration, and it was not run.
    #[error(
        "reading the configuration, {origin}: what the command `{command}` prints is part of the configuration, and \
         commands are not run unless that is asked for (--run-config-commands)"
    )]
    CommandRefused {
        /// What names the command.
        origin: Origin,
        /// The beginning of the command line.
        command: String,
    },
    /// A command failed whose output is configuration.
    #[error("reading the configuration, {origin}: the command `{command}` {problem}")]
    Command {
        /// What names the command.
        origin: Origin,
        /// The beginning of the command line.
        command: String,
        /// What went wrong.
        problem: String,
    },
    /// `include` with words that HTCondor does not know.
    #[error(
        "reading the configuration, {origin}: `{words}` behind include is not understood; it may be `ifexist`, then \
         `command`, then `into FILE`"
    )]
    IncludeWords {
        /// Where.
        origin: Origin,
        /// The words.
        words: String,
    },
    /// Includes or templates within each other, deeper than HTCondor allows.
    #[error(
        "reading the configuration, {origin}: files and templates nest more than {max} deep; probably they include each \
         other in a circle"
    )]
    TooDeep {
        /// Where.
        origin: Origin,
        /// HTCondor's limit.
        max: usize,
    },
    /// A template that the release does not have.
    #[error("reading the configuration, {origin}: {cause}")]
    Template {
        /// The `use` statement.
        origin: Origin,
        /// What is wrong with it.
        #[source]
        cause: Box<TemplateError>,
    },
    /// A condition that HTCondor refuses.
    #[error("reading the configuration, {origin}: {cause}")]
    Condition {
        /// Where.
        origin: Origin,
        /// What is wrong with it.
        #[source]
        cause: ConditionError,
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
        cause: Box<ExpandError>,
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

/// What is to be said of a file that could not be read.
fn unread(path: &Path, why: &str, cause: &io::Error) -> String {
    let shown = path.display();
    if cause.kind() != io::ErrorKind::NotFound {
        return format!(
            "the file {shown} ({why}): {cause}; make it readable, or remove the reference to it"
        );
    }
    let place = match std::path::absolute(path) {
        Ok(whole) if whole != *path => format!(", that is {},", whole.display()),
        _ => String::new(),
    };
    format!(
        "there is no file {shown}{place} which is asked for ({why}); correct the name, or remove the reference to it"
    )
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
    /// `use` or `include` without a colon.
    #[error("`{text}` lacks a colon: write `use CATEGORY : TEMPLATE` or `include : FILE`")]
    NoColon {
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
    /// A last line that begins with blanks and has no newline.
    #[error(
        "the last line begins with blanks and ends without a newline, which HTCondor refuses; end it with a newline"
    )]
    BlanksWithoutNewline,
    /// `NAME : value` in a file that asked for `#opt:strict`.
    #[error("the file asks for `#opt:strict`, so {name} must be set with `=`, not with `:`")]
    ColonAssignment {
        /// The setting.
        name: String,
    },
    /// A byte order mark in front of a file.
    #[error(
        "the file begins with a byte order mark, which HTCondor refuses, as it takes it for part of the first name; save it as \
         {}", if *.is_utf8 { "UTF-8 without one (\"UTF-8\", not \"UTF-8 with BOM\")" } else { "UTF-8: this one is UTF-16" }
    )]
    ByteOrderMark {
        /// Whether it is that of UTF-8, not of UTF-16.
        is_utf8: bool,
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
    /// An environment variable that is no text. HTCondor would put in its bytes.
    #[error("the environment variable {variable}, which it refers to, is not valid UTF-8")]
    NotText {
        /// The variable.
        variable: String,
    },
    /// A macro function cannot be evaluated. HTCondor's daemons end there; its tools say so and go on.
    #[error("in `{text}`, {problem}")]
    Function {
        /// The beginning of the call.
        text: String,
        /// What is wrong with it.
        problem: FunctionProblem,
    },
}

/// What is wrong with the call of a macro function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FunctionProblem {
    /// Nothing to choose from.
    #[error("there is no list to choose from")]
    NoList,
    /// The name of a list that nobody set.
    #[error("no setting has the name of the list")]
    NoSuchList,
    /// The first argument is no number from 0.
    #[error("the index is no integer from 0")]
    NotAnIndex,
    /// The index is past the end.
    #[error("the list has fewer items")]
    OutOfRange,
    /// One of the arguments is no integer.
    #[error("{what} is no integer")]
    NotAnInteger {
        /// Which.
        what: &'static str,
    },
    /// The step of `$RANDOM_INTEGER`.
    #[error("the step is less than 1")]
    StepTooSmall,
    /// The bounds of `$RANDOM_INTEGER`.
    #[error("the least is greater than the greatest")]
    MinAboveMax,
    /// `$SUBSTR` with nothing but a name.
    #[error("the start is missing")]
    NoStart,
    /// `$SUBSTR` would give half a character.
    #[error("the cut goes through a character")]
    CutsCharacter,
    /// `$INT` of something else.
    #[error("the value is no integer, and no expression that gives one")]
    NoInteger,
    /// `$REAL` of something else.
    #[error("the value is no number, and no expression that gives one")]
    NoReal,
    /// Behind the comma there is no format for one such value.
    #[error("the format is none of C's for one value of that kind, or wider than 4096")]
    BadFormat,
}

/// What is wrong with a condition.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConditionError {
    /// Its macros cannot be expanded.
    #[error("expanding the condition: {0}")]
    Expand(#[from] ExpandError),
    /// Too many `if`s within each other.
    #[error("conditions nest more than {max} deep, which HTCondor refuses")]
    TooDeep {
        /// HTCondor's limit.
        max: usize,
    },
    /// `else`, `elif` or `endif` alone.
    #[error("there is no `if` for this `{word}`")]
    WithoutIf {
        /// The word.
        word: &'static str,
    },
    /// `else` or `elif` behind an `else`.
    #[error("`{word}` stands behind the `else` of the same `if`")]
    AfterElse {
        /// The word.
        word: &'static str,
    },
    /// The end of the file came first.
    #[error("this `if` is not closed by the end of the file; add `endif`")]
    Unclosed,
    /// A word or text that is no condition.
    #[error(
        "this is no condition; a number, true or false, `defined NAME`, `version >= X.Y.Z` and `$(NAME)` with such a value \
         are, each with a `!` in front or without"
    )]
    NoCondition,
    /// An expression.
    #[error(
        "HTCondor does not evaluate expressions in conditions; put the expression into a setting and write `if $INT(NAME)`"
    )]
    Complex,
    /// Behind `version` stands no version.
    #[error("behind `version` and the comparison goes a version such as 24.0.1, from 6.0 on")]
    VersionLiteral,
    /// Behind `defined` stands more than a name.
    #[error("behind `defined` goes one name, or `use CATEGORY:TEMPLATE`")]
    Defined,
    /// Blanks in `defined use`.
    #[error("behind `defined use` goes CATEGORY:TEMPLATE without blanks")]
    DefinedUseBlanks,
}

/// What is wrong with `use`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// No such category.
    #[error(
        "`use {category}` names no category of templates; there are ROLE, FEATURE, POLICY and SECURITY"
    )]
    Category {
        /// What was written.
        category: String,
    },
    /// No such template.
    #[error("HTCondor {release} has no template {category}:{name}{}", hint(.similar))]
    Name {
        /// The category, as HTCondor spells it.
        category: String,
        /// What was written.
        name: String,
        /// The release that was looked at.
        release: String,
        /// A template of the category that has a similar name, or the release that has it.
        similar: Option<String>,
    },
    /// A line of the template is no statement once its arguments are put in.
    #[error("with these arguments line {line} of the template {category}:{name} is no statement")]
    Line {
        /// The category.
        category: &'static str,
        /// The template.
        name: &'static str,
        /// The line, from 0.
        line: usize,
    },
}

fn hint(similar: &Option<String>) -> String {
    similar
        .as_ref()
        .map_or_else(String::new, |similar| format!("; {similar}"))
}
