//! Reading one source into the table (`Parse_macros` and `Parse_config_string` in `config.cpp`).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::budget::{Budget, LOAD};
use crate::conditions::{Conditions, Facts};
use crate::config::{Config, Setting};
use crate::dump;
use crate::error::{ConditionError, ConfigError, ExpandError, SyntaxError, excerpt};
use crate::expand::{expand, expand_own};
use crate::files::MAX_TEXT;
use crate::lines::{Line, Lines};
use crate::origin::{OddLine, Origin, PassedOver, Source, Warning};
use crate::release::Release;
use crate::sources::Commands;
use crate::statement::{self, Conditional, Statement};
use crate::table::{Table, is_setting_name};

/// How deep files and templates may nest (`CONFIG_MAX_NESTING_DEPTH`).
pub(crate) const MAX_DEPTH: usize = 20;

/// The longest warning, in characters.
const MAX_WARNING: usize = 1000;
/// The most warnings that are kept.
const MAX_WARNINGS: usize = 10_000;

/// A configuration that is being read.
pub(crate) struct Reader {
    pub(crate) table: Table,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) files: Vec<PathBuf>,
    pub(crate) passed_over: Vec<PassedOver>,
    pub(crate) commands: Commands,
    /// What commands printed that is to be kept in files.
    pub(crate) kept: BTreeMap<PathBuf, Vec<u8>>,
    pub(crate) budget: Budget,
    /// Bytes of text read.
    read: usize,
}

/// A setting whose value goes over several lines.
pub(crate) struct Heredoc {
    pub(crate) name: String,
    pub(crate) tag: String,
    pub(crate) body: String,
    pub(crate) start: Origin,
}

impl Heredoc {
    pub(crate) fn push(&mut self, line: &str) {
        if !self.body.is_empty() {
            self.body.push('\n');
        }
        self.body.push_str(line);
    }
}

impl Reader {
    pub(crate) fn new(table: Table, commands: Commands) -> Self {
        Reader {
            table,
            warnings: Vec::new(),
            files: Vec::new(),
            passed_over: Vec::new(),
            commands,
            kept: BTreeMap::new(),
            budget: Budget::new(LOAD),
            read: 0,
        }
    }

    pub(crate) fn finish(self) -> Config {
        Config::new(self.table, self.warnings, self.files, self.passed_over)
    }

    /// Looks a setting up while reading, as the reading of further files needs it.
    pub(crate) fn get(&mut self, name: &str) -> Result<Option<Setting<'_>>, ConfigError> {
        Setting::lookup(&self.table, name, &mut self.budget)
    }

    /// Counts text that is about to be read.
    pub(crate) fn count(&mut self, text: usize, by: &Origin) -> Result<(), ConfigError> {
        self.read = self.read.saturating_add(text);
        if self.read > MAX_TEXT {
            return Err(ConfigError::TooMuchText {
                max: MAX_TEXT,
                origin: by.clone(),
            });
        }
        Ok(())
    }

    /// Reads the content of a file, or what a command printed.
    pub(crate) fn read(
        &mut self,
        source: &Arc<Source>,
        content: &[u8],
        depth: usize,
    ) -> Result<(), ConfigError> {
        // Of what is included, a dump is a text like any other.
        if source.by.is_none() && dump::is_dump(content) {
            return dump::read(self, source, content);
        }
        let place = |number: usize, last: usize| Origin::File {
            source: Arc::clone(source),
            line: number,
            last_line: last,
        };
        if let Some(is_utf8) = byte_order_mark(content) {
            return Err(syntax(&place(1, 1), SyntaxError::ByteOrderMark { is_utf8 }));
        }
        let mut lines = Lines::new(content);
        let mut conditions = Conditions::default();
        let mut heredoc: Option<Heredoc> = None;
        let mut strict = false;
        let appends = self.table.release().has_append();
        let mut open_ifs: Vec<Origin> = Vec::new();
        while let Some(Line { text, number, last }) = lines.next() {
            let origin = place(number, last);
            let line = match statement_text(&text, &origin) {
                Ok(Some(line)) => line,
                Ok(None) => {
                    option(&text, &mut lines.old_comments, &mut strict);
                    continue;
                }
                // What does not count may be in any encoding.
                Err(_) if !conditions.active() => continue,
                Err(error) => return Err(error),
            };
            if let Some(open) = &mut heredoc {
                if line.strip_prefix('@') != Some(open.tag.as_str()) {
                    open.push(line);
                } else if let Some(open) = heredoc.take() {
                    self.assign(&open.name, &open.body, whole(open.start, last))?;
                }
                continue;
            }
            let line = unhidden(line, conditions.inside());
            if let Some(conditional) = statement::conditional(line) {
                self.step(&mut conditions, conditional, &origin)?;
                match conditional {
                    Conditional::If(_) => open_ifs.push(origin),
                    Conditional::Endif => drop(open_ifs.pop()),
                    _ => {}
                }
                continue;
            }
            if !conditions.active() {
                continue;
            }
            let statement =
                statement::parse(line, appends).map_err(|cause| syntax(&origin, cause))?;
            let (statement, ignored) = match statement {
                Statement::ExtraWords { words, then } => (*then, Some(words)),
                statement => (statement, None),
            };
            if let Some(words) = ignored {
                let words = excerpt(words);
                let message = format!("HTCondor ignores `{words}` in front of the operator");
                let name = name_of(&statement).map(excerpt).unwrap_or_default();
                self.warn_of(&origin, message, Some(OddLine::ExtraWords { name, words }));
            }
            if let Statement::Heredoc { name, tag } = statement {
                heredoc = Some(Heredoc {
                    name: self.name(name, &origin)?,
                    tag: tag.to_owned(),
                    body: String::new(),
                    start: origin,
                });
            } else {
                self.obey(statement, &origin, strict, depth)?;
            }
        }
        if let Some(open) = heredoc {
            return Err(unclosed(&open));
        }
        if let Some(open) = open_ifs.last() {
            return Err(condition(open, ConditionError::Unclosed));
        }
        Ok(())
    }

    pub(crate) fn warn(&mut self, origin: &Origin, message: String) {
        self.warn_of(origin, message, None);
    }

    pub(crate) fn warn_of(&mut self, origin: &Origin, mut message: String, odd: Option<OddLine>) {
        if let Some((end, _)) = message.char_indices().nth(MAX_WARNING) {
            message.truncate(end);
        }
        let message = match self.warnings.len() {
            ..MAX_WARNINGS => message,
            MAX_WARNINGS => "there are more warnings, which are left out".to_owned(),
            _ => return,
        };
        self.warnings.push(Warning {
            origin: origin.clone(),
            message,
            odd,
        });
    }

    /// Does what a statement of a file says.
    pub(crate) fn obey(
        &mut self,
        statement: Statement<'_>,
        origin: &Origin,
        strict: bool,
        depth: usize,
    ) -> Result<(), ConfigError> {
        match statement {
            Statement::Assign { name, value } => {
                let name = self.name(name, origin)?;
                self.assign(&name, value, origin.clone())?;
            }
            Statement::Colon { name, value } => {
                // HTCondor itself shipped RunBenchmarks with a colon, and lets that one pass.
                if !name.eq_ignore_ascii_case("RunBenchmarks") {
                    let name = excerpt(name);
                    if strict {
                        return Err(syntax(origin, SyntaxError::ColonAssignment { name }));
                    }
                    let message = format!("{name} is set with `:`, which is obsolete; write `=`");
                    self.warn_of(origin, message, Some(OddLine::Colon { name }));
                }
                let name = self.name(name, origin)?;
                self.assign(&name, value, origin.clone())?;
            }
            Statement::Append {
                name,
                separator,
                value,
            } => {
                let name = self.name(name, origin)?;
                self.append(&name, &separator, value, origin)?;
            }
            Statement::Use {
                category,
                templates,
            } => {
                let category = self.expand(category, category, origin)?;
                self.use_templates(&category, templates, origin, depth + 1)?;
            }
            Statement::Include { options, what } => {
                let what = self.expand("include", what, origin)?;
                self.include(options, &what, origin, depth + 1)?;
            }
            Statement::Warning { message } => {
                let message = self.expand("warning", message, origin)?;
                self.warn(origin, message);
            }
            Statement::Error { message } => {
                let message = self.expand("error", message, origin)?;
                let origin = origin.clone();
                return Err(ConfigError::Stated { origin, message });
            }
            // The others are dealt with where the lines are.
            Statement::Section | Statement::Heredoc { .. } | Statement::ExtraWords { .. } => {}
        }
        Ok(())
    }

    pub(crate) fn expand(
        &mut self,
        name: &str,
        raw: &str,
        origin: &Origin,
    ) -> Result<String, ConfigError> {
        expand(&self.table, raw, &mut self.budget).map_err(|cause| expansion(name, origin, cause))
    }

    /// The name of a setting, in which macros may stand.
    fn name(&mut self, name: &str, origin: &Origin) -> Result<String, ConfigError> {
        let expanded = self.expand(name, name, origin)?;
        if is_setting_name(&expanded) {
            Ok(expanded)
        } else if expanded.is_empty() && name.is_empty() {
            Err(syntax(origin, SyntaxError::BlanksWithoutNewline))
        } else {
            let name = excerpt(&expanded);
            Err(syntax(origin, SyntaxError::BadName { name }))
        }
    }

    pub(crate) fn append(
        &mut self,
        name: &str,
        separator: &str,
        value: &str,
        origin: &Origin,
    ) -> Result<(), ConfigError> {
        let value = match self.table.lookup(name).map(|old| old.raw) {
            Some(old) if !old.is_empty() => {
                self.budget
                    .spend(old.len())
                    .map_err(|cause| expansion(name, origin, cause))?;
                format!("{old}{separator}{value}")
            }
            _ => value.to_owned(),
        };
        self.assign(name, &value, origin.clone())
    }

    /// Sets a setting; references to its own former value are resolved now.
    pub(crate) fn assign(
        &mut self,
        name: &str,
        value: &str,
        origin: Origin,
    ) -> Result<(), ConfigError> {
        let value = expand_own(&self.table, value, name, &mut self.budget)
            .map_err(|cause| expansion(name, &origin, cause))?;
        self.store(name, value, origin)
    }

    /// Sets a setting from outside of a file: a reference to itself is only resolved if it was set before
    /// (`insert_macro`).
    pub(crate) fn insert(
        &mut self,
        name: &str,
        value: &str,
        origin: Origin,
    ) -> Result<(), ConfigError> {
        let value = if self.table.is_listed(name) {
            expand_own(&self.table, value, name, &mut self.budget)
                .map_err(|cause| expansion(name, &origin, cause))?
        } else {
            value.to_owned()
        };
        self.store(name, value, origin)
    }

    fn store(&mut self, name: &str, value: String, origin: Origin) -> Result<(), ConfigError> {
        self.table
            .insert(name, value, origin.clone())
            .map_err(|cause| syntax(&origin, cause))
    }

    /// Goes over an `if`, `elif`, `else` or `endif`.
    pub(crate) fn step(
        &mut self,
        conditions: &mut Conditions,
        line: Conditional<'_>,
        origin: &Origin,
    ) -> Result<(), ConfigError> {
        let mut facts = ReaderFacts(&self.table, &mut self.budget);
        let step = conditions.step(line, &mut facts);
        step.map_err(|cause| condition(origin, cause))
    }

    /// Whether a condition of a setting such as `AUTO_USE_…` holds.
    pub(crate) fn test(&mut self, text: &str, origin: &Origin) -> Result<bool, ConfigError> {
        let mut facts = ReaderFacts(&self.table, &mut self.budget);
        crate::conditions::test(text, &mut facts).map_err(|cause| condition(origin, cause))
    }
}

/// What conditions ask a reader.
struct ReaderFacts<'a>(&'a Table, &'a mut Budget);

impl Facts for ReaderFacts<'_> {
    fn expand(&mut self, text: &str) -> Result<String, ExpandError> {
        expand(self.0, text, self.1)
    }

    fn is_defined(&self, name: &str) -> bool {
        self.0
            .lookup(name)
            .is_some_and(|found| !found.raw.is_empty())
    }

    fn release(&self) -> Release {
        self.0.release()
    }
}

/// The name that a statement sets.
fn name_of<'a>(statement: &Statement<'a>) -> Option<&'a str> {
    match statement {
        Statement::Assign { name, .. }
        | Statement::Colon { name, .. }
        | Statement::Append { name, .. }
        | Statement::Heredoc { name, .. } => Some(name),
        _ => None,
    }
}

/// A line of an `if` may begin with a colon, which hid it from versions before 8.1.5.
fn unhidden(line: &str, inside: bool) -> &str {
    let Some(rest) = line.strip_prefix(':') else {
        return line;
    };
    let is_if = rest
        .strip_prefix("if")
        .is_some_and(|behind| behind.bytes().next().is_none_or(crate::lines::is_space));
    if inside || is_if { rest } else { line }
}

/// The place of a statement that goes on to a later line.
fn whole(start: Origin, end: usize) -> Origin {
    match start {
        Origin::File { source, line, .. } => Origin::File {
            source,
            line,
            last_line: end,
        },
        other => other,
    }
}

pub(crate) fn syntax(origin: &Origin, cause: SyntaxError) -> ConfigError {
    ConfigError::Syntax {
        origin: origin.clone(),
        cause,
    }
}

fn condition(origin: &Origin, cause: ConditionError) -> ConfigError {
    ConfigError::Condition {
        origin: origin.clone(),
        cause,
    }
}

pub(crate) fn too_deep(origin: &Origin) -> ConfigError {
    ConfigError::TooDeep {
        origin: origin.clone(),
        max: MAX_DEPTH,
    }
}

pub(crate) fn expansion(name: &str, origin: &Origin, cause: ExpandError) -> ConfigError {
    ConfigError::Expand {
        name: excerpt(name),
        origin: origin.clone(),
        cause: Box::new(cause),
    }
}

pub(crate) fn unclosed(open: &Heredoc) -> ConfigError {
    syntax(
        &open.start,
        SyntaxError::UnclosedHeredoc {
            name: excerpt(&open.name),
            tag: excerpt(&open.tag),
        },
    )
}

/// Whether a text begins with a byte order mark: that of UTF-8 (`true`) or UTF-16.
fn byte_order_mark(content: &[u8]) -> Option<bool> {
    if content.starts_with(b"\xef\xbb\xbf") {
        Some(true)
    } else if content.starts_with(b"\xff\xfe") || content.starts_with(b"\xfe\xff") {
        Some(false)
    } else {
        None
    }
}

/// The line as text, or `None` if it is blank or a comment (which may be in any encoding).
fn statement_text<'l>(line: &'l [u8], origin: &Origin) -> Result<Option<&'l str>, ConfigError> {
    if line.first() == Some(&b'#') || line.iter().all(|&b| crate::lines::is_space(b)) {
        return Ok(None);
    }
    if line.contains(&0) {
        return Err(syntax(origin, SyntaxError::Nul));
    }
    std::str::from_utf8(line)
        .map(Some)
        .map_err(|_| syntax(origin, SyntaxError::NotUtf8))
}

/// Comments that change how the rest of the file is read.
fn option(comment: &[u8], old_comments: &mut bool, strict: &mut bool) {
    if comment.eq_ignore_ascii_case(b"#opt:oldcomment") {
        *old_comments = true;
    } else if comment.eq_ignore_ascii_case(b"#opt:newcomment") {
        *old_comments = false;
    } else if comment.eq_ignore_ascii_case(b"#opt:strict") {
        *strict = true;
    }
}
