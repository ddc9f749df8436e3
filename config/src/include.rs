//! Sources within sources: `include`, and files or commands that a setting lists (`Open_macro_source` in `config.cpp`).

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::command;
use crate::error::{ConfigError, excerpt};
use crate::files::{self, Content, MAX_FILES};
use crate::origin::{Origin, PassedOver, Source};
use crate::read::{MAX_DEPTH, Reader, too_deep};
use crate::sources::Commands;

/// The most outputs of commands that are remembered.
const MAX_KEPT: usize = 16;

/// The words between `include` and its colon.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options<'a> {
    if_exists: bool,
    is_command: bool,
    into: Option<&'a str>,
}

/// `[ifexist] [command [into FILE]]`, each in this spelling only; HTCondor passes over what follows.
fn options(words: &str) -> Option<Options<'_>> {
    let mut options = Options::default();
    let mut words = words
        .split([' ', '\t'])
        .filter(|word| !word.is_empty())
        .peekable();
    if words
        .next_if(|word| matches!(*word, "ifexist" | "ifexists"))
        .is_some()
    {
        options.if_exists = true;
    }
    match words.next() {
        None => return Some(options),
        Some("output" | "command") => options.is_command = true,
        Some(_) => return None,
    }
    if words.next() == Some("into") {
        options.into = Some(words.next()?);
    }
    Some(options)
}

/// Whether HTCondor takes the name of a source for a command.
pub(crate) fn is_command(name: &str) -> bool {
    name.contains('|')
}

impl Reader {
    /// `include OPTIONS : what`, which stands `depth - 1` deep.
    pub(crate) fn include(
        &mut self,
        words: &str,
        what: &str,
        origin: &Origin,
        depth: usize,
    ) -> Result<(), ConfigError> {
        let Some(options) = options(words) else {
            return Err(ConfigError::IncludeWords {
                origin: origin.clone(),
                words: excerpt(words),
            });
        };
        if depth >= MAX_DEPTH {
            return Err(too_deep(origin));
        }
        let required = !options.if_exists;
        let mut keep = None;
        if let Some(into) = options.into {
            let kept = PathBuf::from(self.expand("include", into, origin)?);
            // What was kept of an earlier run stands for the command. Reading a configuration writes no file, so that an
            // earlier run of HTCondor's it must be.
            match files::read(&kept, "include", origin, false)? {
                Content::Read(content) => return self.file(kept, &content, origin, depth),
                Content::Unreadable(cause) => self.pass_over(&kept, origin, &cause),
                Content::Missing => {}
            }
            // HTCondor wrote it when the same statement came first.
            if let Some(content) = self.kept.get(&kept).cloned() {
                return self.file(kept, &content, origin, depth);
            }
            keep = Some(kept);
        }
        if options.is_command || is_command(what) {
            let exit = match options.into {
                Some(_) => Exit::Counts,
                None => Exit::Ignored,
            };
            self.command(what, origin, required, exit, depth, keep)
        } else {
            self.named(Path::new(what), "include", origin, required, depth)
        }
    }

    /// Reads a file that something names.
    pub(crate) fn named(
        &mut self,
        path: &Path,
        why: &str,
        by: &Origin,
        required: bool,
        depth: usize,
    ) -> Result<(), ConfigError> {
        if path.is_dir() {
            self.warn(
                by,
                format!(
                    "{} is a folder, which HTCondor reads as an empty file; LOCAL_CONFIG_DIR names folders",
                    path.display()
                ),
            );
            return self.opened(path, 0, by);
        }
        match files::read(path, why, by, required)? {
            Content::Read(content) => self.file(path.to_owned(), &content, by, depth),
            Content::Unreadable(cause) => {
                self.pass_over(path, by, &cause);
                Ok(())
            }
            Content::Missing => Ok(()),
        }
    }

    /// Reads a file that a daemon wrote for itself; HTCondor believes it only if it is root's, for root, or this user's.
    pub(crate) fn owned(&mut self, path: &Path, why: &str, by: &Origin) -> Result<(), ConfigError> {
        let content = files::read_own(path, why, by)?;
        self.file(path.to_owned(), &content, by, 0)
    }

    /// Remembers a file that is there, may be missing, and cannot be read.
    fn pass_over(&mut self, path: &Path, by: &Origin, cause: &io::Error) {
        self.passed_over.push(PassedOver {
            path: path.to_owned(),
            by: by.clone(),
            reason: cause.to_string(),
        });
    }

    fn file(
        &mut self,
        path: PathBuf,
        content: &[u8],
        by: &Origin,
        depth: usize,
    ) -> Result<(), ConfigError> {
        self.source(path, content, by, false, depth)
    }

    fn source(
        &mut self,
        path: PathBuf,
        content: &[u8],
        by: &Origin,
        is_command: bool,
        depth: usize,
    ) -> Result<(), ConfigError> {
        self.opened(&path, content.len(), by)?;
        let by = Some(by.clone());
        let source = Arc::new(Source {
            path,
            is_command,
            by,
        });
        self.read(&source, content, depth)
    }

    /// Remembers a file, of which there must not be too many.
    fn opened(&mut self, path: &Path, size: usize, by: &Origin) -> Result<(), ConfigError> {
        if self.files.len() >= MAX_FILES {
            return Err(ConfigError::TooManyFiles {
                max: MAX_FILES,
                origin: by.clone(),
            });
        }
        self.count(size, by)?;
        self.files.push(path.to_owned());
        Ok(())
    }

    /// Reads what a command prints.
    pub(crate) fn command(
        &mut self,
        text: &str,
        by: &Origin,
        required: bool,
        exit: Exit,
        depth: usize,
        keep: Option<PathBuf>,
    ) -> Result<(), ConfigError> {
        let (line, shown) = match text {
            piped if is_command(piped) && !piped.ends_with('|') => {
                if !required {
                    return Ok(());
                }
                return Err(ConfigError::Command {
                    origin: by.clone(),
                    command: excerpt(piped),
                    problem: "has a `|` that is not at its end".to_owned(),
                });
            }
            piped if is_command(piped) => (piped.trim_end_matches(['|', ' ']), piped.to_owned()),
            line => (line, format!("{line} |")),
        };
        let Commands::Run {
            deadline,
            variables,
        } = &self.commands
        else {
            return Err(ConfigError::CommandRefused {
                origin: by.clone(),
                command: excerpt(line),
            });
        };
        let failed = |problem| ConfigError::Command {
            origin: by.clone(),
            command: excerpt(line),
            problem,
        };
        let output = match command::run(line, variables, *deadline) {
            Ok(output) => output,
            Err(command::Failure::NotStarted(_)) if !required => return Ok(()),
            Err(failure) => return Err(failed(failure.to_string())),
        };
        if !output.success {
            match exit {
                Exit::Counts if !required => return Ok(()),
                Exit::Counts => return Err(failed("did not end with the status 0".to_owned())),
                Exit::Ignored => self.warn(
                    by,
                    format!(
                        "the command `{}` did not end with the status 0, which HTCondor ignores here",
                        excerpt(line)
                    ),
                ),
            }
        }
        if let Some(keep) = keep.filter(|_| self.kept.len() < MAX_KEPT) {
            self.kept.insert(keep, output.content.clone());
        }
        self.source(PathBuf::from(shown), &output.content, by, true, depth)
    }
}

/// What a command's exit status means: nothing in `include`, unless its output is to be kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Counts,
    Ignored,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_behind_include() {
        let plain = Options::default();
        assert_eq!(options(""), Some(Options { ..plain }));
        assert_eq!(
            options("ifexist"),
            Some(Options {
                if_exists: true,
                ..Options::default()
            })
        );
        assert_eq!(
            options("ifexists command into /f"),
            Some(Options {
                if_exists: true,
                is_command: true,
                into: Some("/f")
            })
        );
        assert!(options("output").is_some_and(|options| options.is_command));
        for wrong in ["IfExist", "from", "command into", "ifexist x"] {
            assert_eq!(options(wrong), None, "{wrong}");
        }
    }
}
