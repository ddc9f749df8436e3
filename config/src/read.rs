//! Reading one source into the table.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::budget::{Budget, LOAD};
use crate::config::{Config, Setting};
use crate::dump;
use crate::error::{ConfigError, ExpandError, SyntaxError, excerpt};
use crate::expand::{expand, expand_own};
use crate::lines::Lines;
use crate::origin::{Origin, Warning};
use crate::statement::{self, Statement};
use crate::table::{Table, is_setting_name};

/// A configuration that is being read.
pub(crate) struct Reader {
    pub(crate) table: Table,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) files: Vec<PathBuf>,
    budget: Budget,
}

impl Reader {
    pub(crate) fn new(table: Table) -> Self {
        Reader {
            table,
            warnings: Vec::new(),
            files: Vec::new(),
            budget: Budget::new(LOAD),
        }
    }

    pub(crate) fn finish(self) -> Config {
        Config::new(self.table, self.warnings, self.files)
    }

    /// Looks a setting up while reading, as the reading of further files needs it.
    pub(crate) fn get(&mut self, name: &str) -> Result<Option<Setting<'_>>, ConfigError> {
        Setting::lookup(&self.table, name, &mut self.budget)
    }

    /// Reads the content of a file.
    pub(crate) fn read(&mut self, path: &Path, content: &[u8]) -> Result<(), ConfigError> {
        let path: Arc<Path> = Arc::from(path);
        if dump::is_dump(content) {
            return dump::read(self, &path, content);
        }
        let mut lines = Lines::new(content);
        let mut strict = false;
        while let Some(line) = lines.next() {
            let origin = Origin::File {
                path: Arc::clone(&path),
                line: line.number,
            };
            let Some(text) = statement_text(&line.text, &origin)? else {
                option(&line.text, &mut lines.old_comments, &mut strict);
                continue;
            };
            let statement = statement::parse(text).map_err(|cause| syntax(&origin, cause))?;
            if let Statement::Heredoc { name, tag } = unwrap_extra(&statement) {
                let body = heredoc(&mut lines, &path, name, tag, &origin)?;
                self.note_extra(&statement, &origin);
                self.assign(name, &body, origin)?;
            } else {
                self.obey(statement, origin, strict)?;
            }
        }
        Ok(())
    }

    fn note_extra(&mut self, statement: &Statement<'_>, origin: &Origin) {
        if let Statement::ExtraWords { words, .. } = statement {
            let words = excerpt(words);
            self.warn(
                origin,
                format!("HTCondor ignores `{words}` in front of the operator"),
            );
        }
    }

    pub(crate) fn warn(&mut self, origin: &Origin, message: String) {
        self.warnings.push(Warning {
            origin: origin.clone(),
            message,
        });
    }

    fn obey(
        &mut self,
        statement: Statement<'_>,
        origin: Origin,
        strict: bool,
    ) -> Result<(), ConfigError> {
        match statement {
            Statement::Assign { name, value } => self.assign(name, value, origin),
            Statement::Colon { name, value } => {
                // HTCondor itself shipped RunBenchmarks with a colon, and lets that one pass.
                if !name.eq_ignore_ascii_case("RunBenchmarks") {
                    let name = excerpt(name);
                    if strict {
                        return Err(syntax(&origin, SyntaxError::ColonAssignment { name }));
                    }
                    self.warn(
                        &origin,
                        format!("{name} is set with `:`, which is obsolete; write `=`"),
                    );
                }
                self.assign(name, value, origin)
            }
            Statement::Append {
                name,
                separator,
                value,
            } => {
                let expanded = self.name(name, &origin)?;
                let value = match self.table.lookup(&expanded).map(|old| old.raw.as_str()) {
                    Some(old) if !old.is_empty() => {
                        self.budget
                            .spend(old.len())
                            .map_err(|cause| expansion(name, &origin, cause))?;
                        format!("{old}{separator}{value}")
                    }
                    _ => value.to_owned(),
                };
                self.assign(name, &value, origin)
            }
            Statement::ExtraWords { .. } => {
                self.note_extra(&statement, &origin);
                match statement {
                    Statement::ExtraWords { then, .. } => self.obey(*then, origin, strict),
                    _ => Ok(()),
                }
            }
            Statement::Warning { message } => {
                let message = self.expand("warning", message, &origin)?;
                self.warn(&origin, message);
                Ok(())
            }
            Statement::Error { message } => {
                let message = self.expand("error", message, &origin)?;
                Err(ConfigError::Stated { origin, message })
            }
            Statement::Unsupported { keyword } => Err(ConfigError::Unsupported {
                origin,
                what: format!("`{keyword}`"),
            }),
            // Heredocs are dealt with where the lines are.
            Statement::Section | Statement::Heredoc { .. } => Ok(()),
        }
    }

    fn expand(&mut self, name: &str, raw: &str, origin: &Origin) -> Result<String, ConfigError> {
        expand(&self.table, raw, &mut self.budget).map_err(|cause| expansion(name, origin, cause))
    }

    /// The name of a setting, in which macros may stand.
    fn name(&mut self, name: &str, origin: &Origin) -> Result<String, ConfigError> {
        let expanded = self.expand(name, name, origin)?;
        if is_setting_name(&expanded) {
            Ok(expanded)
        } else {
            let name = excerpt(&expanded);
            Err(syntax(origin, SyntaxError::BadName { name }))
        }
    }

    /// Sets a setting; references to its own former value are resolved now.
    pub(crate) fn assign(
        &mut self,
        name: &str,
        value: &str,
        origin: Origin,
    ) -> Result<(), ConfigError> {
        let name = self.name(name, &origin)?;
        let value = expand_own(&self.table, value, &name, &mut self.budget)
            .map_err(|cause| expansion(&name, &origin, cause))?;
        self.store(&name, value, origin)
    }

    /// Sets a setting from outside of a file: its name is taken as it is, and a reference to itself is only resolved if it
    /// was set before (`insert_macro`).
    pub(crate) fn insert(
        &mut self,
        name: &str,
        value: &str,
        origin: Origin,
    ) -> Result<(), ConfigError> {
        let value = if self.table.is_set(name) {
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
}

fn unwrap_extra<'s, 'a>(statement: &'s Statement<'a>) -> &'s Statement<'a> {
    match statement {
        Statement::ExtraWords { then, .. } => then,
        statement => statement,
    }
}

pub(crate) fn syntax(origin: &Origin, cause: SyntaxError) -> ConfigError {
    ConfigError::Syntax {
        origin: origin.clone(),
        cause,
    }
}

fn expansion(name: &str, origin: &Origin, cause: ExpandError) -> ConfigError {
    ConfigError::Expand {
        name: excerpt(name),
        origin: origin.clone(),
        cause,
    }
}

/// The line as text, or `None` if it is blank or a comment (which may be in any encoding).
pub(crate) fn statement_text<'l>(
    line: &'l [u8],
    origin: &Origin,
) -> Result<Option<&'l str>, ConfigError> {
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

/// The lines up to `@tag`. As everywhere, they are trimmed and continued, and blank lines and comments are left out.
fn heredoc(
    lines: &mut Lines<'_>,
    path: &Arc<Path>,
    name: &str,
    tag: &str,
    start: &Origin,
) -> Result<String, ConfigError> {
    let mut body = String::new();
    for line in lines.by_ref() {
        let origin = Origin::File {
            path: Arc::clone(path),
            line: line.number,
        };
        let Some(text) = statement_text(&line.text, &origin)? else {
            continue;
        };
        if text.strip_prefix('@') == Some(tag) {
            return Ok(body);
        }
        if !body.is_empty() {
            body.push('\n');
        }
        body.push_str(text);
    }
    Err(syntax(
        start,
        SyntaxError::UnclosedHeredoc {
            name: excerpt(name),
            tag: excerpt(tag),
        },
    ))
}
