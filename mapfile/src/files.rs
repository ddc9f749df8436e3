//! Where mapfiles come from.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::pattern::Pattern;

/// The most bytes of one file.
pub const MAX_SIZE: u64 = 64 << 20;

/// Gives the bytes of files and the names in folders.
pub trait Files {
    /// The bytes of a file.
    ///
    /// # Errors
    /// What the operating system says, or that it is larger than [`MAX_SIZE`] or no regular file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The names of what is in a folder and is no folder itself; `None` if `path` is no folder.
    ///
    /// # Errors
    /// What the operating system says of a folder that cannot be read.
    fn names(&self, path: &Path) -> io::Result<Option<Vec<PathBuf>>>;
}

/// The files of this host. This blocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct HostFiles;

impl Files for HostFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        open(path)?.take(MAX_SIZE + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_SIZE {
            let problem = format!("it is larger than {MAX_SIZE} bytes");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
        }
        Ok(bytes)
    }

    fn names(&self, path: &Path) -> io::Result<Option<Vec<PathBuf>>> {
        if !std::fs::metadata(path)?.is_dir() {
            return Ok(None);
        }
        let mut names = Vec::new();
        for entry in std::fs::read_dir(path)? {
            let name = PathBuf::from(entry?.file_name());
            // A link to a folder is a folder; one to nothing is read, and that fails.
            if !path.join(&name).is_dir() {
                names.push(name);
            }
        }
        Ok(Some(names))
    }
}

/// Opens a file that can be read to its end without waiting for anybody: a regular one, or the null
/// device. A pipe is taken where its path says that this process was handed it open, as a shell's
/// `<(command)` does.
fn open(path: &Path) -> io::Result<File> {
    let handed = path == Path::new("/dev/stdin")
        || ["/dev/fd", "/proc/self/fd"]
            .iter()
            .any(|folder| path.parent() == Some(Path::new(folder)));
    let mut options = File::options();
    options.read(true);
    if !handed {
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    let file = options.open(path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_dir() {
        Err(io::ErrorKind::IsADirectory.into())
    } else if kind.is_file() || kind.is_fifo() && handed || path == Path::new("/dev/null") {
        Ok(file)
    } else {
        Err(io::Error::other("it is not a regular file"))
    }
}

/// Files that are only in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryFiles(BTreeMap<PathBuf, Vec<u8>>);

impl MemoryFiles {
    /// Adds a file, whose folders come with it.
    #[must_use]
    pub fn with(mut self, path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> Self {
        self.0.insert(path.into(), bytes.into());
        self
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let bytes = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(bytes.clone())
    }

    fn names(&self, path: &Path) -> io::Result<Option<Vec<PathBuf>>> {
        let names: Vec<PathBuf> = self
            .0
            .keys()
            .filter(|file| file.parent() == Some(path))
            .filter_map(|file| file.file_name().map(PathBuf::from))
            .collect();
        if names.is_empty() && !self.0.contains_key(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok((!names.is_empty()).then_some(names))
    }
}

/// Which names of an included folder are passed over: LOCAL_CONFIG_DIR_EXCLUDE_REGEXP.
#[derive(Debug)]
pub struct Exclude(Option<Pattern>);

impl Exclude {
    /// HTCondor's own value of LOCAL_CONFIG_DIR_EXCLUDE_REGEXP.
    pub const DEFAULT: &str = r"^((\..*)|(.*\.pl)|(.*\.py)|(.*\.sh)|(.*~)|(#.*)|(.*\.rpmsave)|(.*\.rpmnew)|(.*\.dpkg-old)|(.*\.dpkg-dist)|(.*\.cfsaved))$";

    /// Names in which `pattern` is found; none, if it is empty.
    ///
    /// # Errors
    /// What is wrong with the pattern.
    pub fn matching(pattern: &str) -> Result<Self, crate::PatternError> {
        if pattern.is_empty() {
            return Ok(Self(None));
        }
        Pattern::compile(pattern.as_bytes(), crate::Flags::default()).map(|found| Self(Some(found)))
    }

    /// Whether this name is passed over. So is one that the pattern gives up on.
    pub(crate) fn excludes(&self, name: &Path) -> bool {
        let name = name.as_os_str().as_encoded_bytes();
        self.0
            .as_ref()
            .is_some_and(|pattern| pattern.matches(name).unwrap_or(true))
    }
}

impl Default for Exclude {
    fn default() -> Self {
        Self::matching(Self::DEFAULT).unwrap_or(Self(None))
    }
}
