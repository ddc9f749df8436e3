//! A mapfile with what it includes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::document::Document;
use crate::files::{Exclude, Files, HostFiles};
use crate::keys::BareKeys;
use crate::problem::{Problem, ProblemKind};
use crate::statement::Statement;

/// The most files that one mapfile may include.
pub const MAX_FILES: usize = 10_000;

/// The most bytes of a mapfile and all that it includes.
pub const MAX_TOTAL: u64 = 256 << 20;

/// How a mapfile is read.
#[derive(Debug)]
pub struct Options {
    /// What a principal without slashes is.
    pub keys: BareKeys,
    /// Which files of an included folder are passed over.
    pub exclude: Exclude,
}

impl Options {
    /// These keys, and HTCondor's own LOCAL_CONFIG_DIR_EXCLUDE_REGEXP.
    #[must_use]
    pub fn new(keys: BareKeys) -> Self {
        Self {
            keys,
            exclude: Exclude::default(),
        }
    }
}

/// A mapfile and what it includes, read but not compiled.
#[derive(Debug)]
pub struct Sources {
    pub(crate) keys: BareKeys,
    /// The mapfile itself first. A file that is included twice stands here once.
    pub(crate) documents: Vec<Document>,
    /// Lines of documents, in the order in which HTCondor reads them.
    parts: Vec<Part>,
    pub(crate) problems: Vec<Problem>,
}

#[derive(Debug)]
struct Part {
    document: usize,
    lines: Range<usize>,
}

/// Why a mapfile is not used at all.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It cannot be read.
    #[error("the mapfile {} cannot be read: {problem}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        problem: io::Error,
    },
    /// It includes too much.
    #[error(
        "{}, line {line}: with this @include the mapfile is more than {MAX_FILES} files or {MAX_TOTAL} bytes",
        path.display()
    )]
    TooMuch {
        /// The file.
        path: PathBuf,
        /// The line of the @include, from 1.
        line: usize,
    },
    /// The file ends in a lone backslash within a quoted field or a pattern.
    #[error(
        "{}, line {line}: the file ends in a backslash within a field that is not closed, and HTCondor's \
         daemons end themselves over that; close the field, or take the backslash away",
        path.display()
    )]
    Deadly {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

impl Sources {
    /// Reads a mapfile of this host and all that it includes. This blocks.
    ///
    /// # Errors
    /// [`LoadError`]. An include that cannot be read is only a [`Problem`], as HTCondor goes on.
    pub fn read(path: &Path, options: &Options) -> Result<Self, LoadError> {
        Self::read_from(&HostFiles, path, options)
    }

    /// Reads a mapfile and all that it includes from `files`.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn read_from(files: &dyn Files, path: &Path, options: &Options) -> Result<Self, LoadError> {
        let bytes = files.read(path).map_err(|problem| LoadError::Unreadable {
            path: path.to_owned(),
            problem,
        })?;
        Self::of_bytes(files, path, &bytes, options)
    }

    /// Takes `bytes` for what stands in the file `path`, and reads what that includes from `files`.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn of_bytes(
        files: &dyn Files,
        path: &Path,
        bytes: &[u8],
        options: &Options,
    ) -> Result<Self, LoadError> {
        let mut reader = Reader {
            files,
            options,
            known: HashMap::new(),
            total: bytes.len() as u64,
            sources: Self {
                keys: options.keys,
                documents: vec![Document::parse(path, bytes, options.keys)],
                parts: Vec::new(),
                problems: Vec::new(),
            },
        };
        reader.root()?;
        Ok(reader.sources)
    }

    /// Every line in HTCondor's order, with the document that it stands in. The lines of an included
    /// file stand behind the `@include`.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &crate::document::Line)> {
        self.parts.iter().flat_map(|part| {
            let document = self.documents.get(part.document);
            document
                .and_then(|document| document.lines().get(part.lines.clone()))
                .unwrap_or_default()
                .iter()
                .map(move |line| (part.document, line))
        })
    }

    /// The files: the mapfile itself first.
    #[must_use]
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// What a principal without slashes is.
    #[must_use]
    pub fn keys(&self) -> BareKeys {
        self.keys
    }

    /// What HTCondor passes over, in the order of reading. That a pattern is none shows only when the
    /// whole is compiled.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

struct Reader<'a> {
    files: &'a dyn Files,
    options: &'a Options,
    known: HashMap<PathBuf, usize>,
    total: u64,
    sources: Sources,
}

/// What an included file is, if it cannot be read.
type Unreadable = io::Error;

impl Reader<'_> {
    fn root(&mut self) -> Result<(), LoadError> {
        self.examine(0, true)?;
        let includes: Vec<(usize, usize, Option<Vec<u8>>)> = self
            .sources
            .documents
            .first()
            .map(|root| {
                let lines = root.lines().iter().enumerate();
                lines
                    .filter_map(|(index, line)| match &line.statement {
                        Statement::Include { path } => {
                            // HTCondor takes one that is but a lone backslash for the mapfile's folder.
                            let written = (!path.is_empty()).then(|| path.value(root.text()));
                            Some((index, line.number, written.map(Cow::into_owned)))
                        }
                        _ => None,
                    })
                    .collect()
            })
            .unwrap_or_default();
        let count = self
            .sources
            .documents
            .first()
            .map_or(0, |root| root.lines().len());
        let mut next = 0;
        for (index, number, path) in includes {
            self.sources.parts.push(Part {
                document: 0,
                lines: next..index + 1,
            });
            next = index + 1;
            match path {
                None => self.problem(0, number, ProblemKind::EmptyInclude),
                Some(path) => self.include(number, &path)?,
            }
        }
        self.sources.parts.push(Part {
            document: 0,
            lines: next..count,
        });
        Ok(())
    }

    fn include(&mut self, number: usize, written: &[u8]) -> Result<(), LoadError> {
        let root = self.sources.documents.first();
        let folder = root
            .and_then(|root| root.path().parent())
            .unwrap_or(Path::new(""));
        let path = folder.join(to_path(written));
        let files = match self.files.names(&path) {
            Ok(None) => vec![path],
            Ok(Some(names)) => self.folder(&path, names),
            Err(problem) => {
                self.unreadable(0, number, path, &problem);
                return Ok(());
            }
        };
        for path in files {
            match self.document(&path, number)? {
                Ok(document) => {
                    let lines = self.sources.documents.get(document);
                    let count = lines.map_or(0, |document| document.lines().len());
                    self.sources.parts.push(Part {
                        document,
                        lines: 0..count,
                    });
                }
                Err(problem) => self.unreadable(0, number, path, &problem),
            }
        }
        Ok(())
    }

    /// The files of a folder in HTCondor's order: that of the bytes of their whole paths.
    fn folder(&self, path: &Path, names: Vec<PathBuf>) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = names
            .into_iter()
            .filter(|name| !self.options.exclude.excludes(name))
            .map(|name| path.join(name))
            .collect();
        files.sort_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
        files
    }

    fn document(
        &mut self,
        path: &Path,
        number: usize,
    ) -> Result<Result<usize, Unreadable>, LoadError> {
        if let Some(index) = self.known.get(path) {
            return Ok(Ok(*index));
        }
        let bytes = match self.files.read(path) {
            Ok(bytes) => bytes,
            Err(problem) => return Ok(Err(problem)),
        };
        self.total += bytes.len() as u64;
        let index = self.sources.documents.len();
        if index > MAX_FILES || self.total > MAX_TOTAL {
            let root = self.sources.documents.first();
            return Err(LoadError::TooMuch {
                path: root.map(|root| root.path().to_owned()).unwrap_or_default(),
                line: number,
            });
        }
        let document = Document::parse(path, &bytes, self.options.keys);
        self.sources.documents.push(document);
        self.known.insert(path.to_owned(), index);
        self.examine(index, false)?;
        Ok(Ok(index))
    }

    /// Notes what is wrong with a document's lines.
    fn examine(&mut self, index: usize, may_include: bool) -> Result<(), LoadError> {
        let Some(document) = self.sources.documents.get(index) else {
            return Ok(());
        };
        let mut found = Vec::new();
        for line in document.lines() {
            if line.has_nul {
                found.push((line.number, ProblemKind::Nul));
            }
            match &line.statement {
                Statement::Incomplete { principal, .. } => {
                    let kind = if principal.is_some() {
                        ProblemKind::NoCanonical
                    } else {
                        ProblemKind::NoPrincipal
                    };
                    found.push((line.number, kind));
                }
                Statement::Include { .. } if !may_include => {
                    found.push((line.number, ProblemKind::NestedInclude));
                }
                Statement::Deadly => {
                    return Err(LoadError::Deadly {
                        path: document.path().to_owned(),
                        line: line.number,
                    });
                }
                _ => {}
            }
        }
        for (number, kind) in found {
            self.problem(index, number, kind);
        }
        Ok(())
    }

    fn unreadable(&mut self, document: usize, line: usize, path: PathBuf, problem: &io::Error) {
        let problem = problem.to_string();
        self.problem(
            document,
            line,
            ProblemKind::UnreadableInclude { path, problem },
        );
    }

    fn problem(&mut self, document: usize, line: usize, kind: ProblemKind) {
        let path = self.sources.documents.get(document);
        self.sources.problems.push(Problem {
            path: path
                .map(|document| document.path().to_owned())
                .unwrap_or_default(),
            line,
            kind,
        });
    }
}

fn to_path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::MemoryFiles;

    fn order(files: &MemoryFiles) -> (Vec<String>, Vec<String>) {
        let options = Options::new(BareKeys::Literals);
        let sources = Sources::read_from(files, Path::new("/m/map"), &options).unwrap();
        let lines = sources
            .lines()
            .filter(|(_, line)| matches!(line.statement, Statement::Entry(_)))
            .map(|(document, line)| {
                let text = sources.documents()[document].text();
                String::from_utf8_lossy(&text[line.at.clone()])
                    .trim()
                    .to_owned()
            })
            .collect();
        let problems = sources.problems().iter().map(ToString::to_string).collect();
        (lines, problems)
    }

    #[test]
    fn includes_stand_in_their_place() {
        let files = MemoryFiles::default()
            .with(
                "/m/map",
                "FS a 1\n@include d\nFS b 2\n@include \"one two\"\n@include /x\nFS c 3",
            )
            .with("/m/d/20", "FS d20 x\n@include /m/one two\n")
            .with("/m/d/10", "FS d10 x\nFS\n")
            .with("/m/d/15~", "FS excluded x\n")
            .with("/m/d/.hidden", "FS excluded x\n")
            .with("/m/one two", "FS onetwo x\n");
        let (lines, problems) = order(&files);
        assert_eq!(
            lines,
            [
                "FS a 1",
                "FS d10 x",
                "FS d20 x",
                "FS b 2",
                "FS onetwo x",
                "FS c 3"
            ]
        );
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems[0].starts_with("/m/d/10, line 2: "), "{problems:?}");
        assert!(problems[1].starts_with("/m/d/20, line 2: "), "{problems:?}");
        assert!(problems[2].starts_with("/m/map, line 5: "), "{problems:?}");
    }

    #[test]
    fn what_kills_a_daemon_is_an_error() {
        for (text, deadly) in [
            ("FS \"a\\", true),
            ("\"FS\\", true),
            ("FS a \"b\\", false),
            ("FS \"a\\\n", false),
            ("@include \"x\\", false),
            ("FS a\\", false),
            ("\"#a\\", false),
        ] {
            let files = MemoryFiles::default().with("/m", text);
            let read =
                Sources::read_from(&files, Path::new("/m"), &Options::new(BareKeys::Literals));
            assert_eq!(
                matches!(read, Err(LoadError::Deadly { line: 1, .. })),
                deadly,
                "{text}"
            );
        }
    }
}
