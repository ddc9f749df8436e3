//! The files themselves: finding the root, reading with a bound, listing a directory.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::ConfigError;
use crate::origin::Origin;
use crate::sources::Sources;

/// The largest configuration file that is read, in bytes. HTCondor has no such limit.
pub const MAX_FILE_SIZE: u64 = 8 << 20;
/// The most text that is read altogether, templates included, in bytes. HTCondor has no such limit.
pub const MAX_TEXT: usize = 64 << 20;
/// The most files that are read. HTCondor has no such limit.
pub const MAX_FILES: usize = 1000;

/// The most files in one folder.
const MAX_LISTED: usize = 10_000;

const CONDOR_CONFIG: &str = "CONDOR_CONFIG";
const ROOT_NAME: &str = "condor_config";

/// Finds the root file; `None` if there shall be none.
pub(crate) fn find_root(sources: &Sources) -> Result<Option<PathBuf>, ConfigError> {
    if let Some(named) = sources.variable(CONDOR_CONFIG) {
        return if named.eq_ignore_ascii_case("ONLY_ENV") {
            Ok(None)
        } else {
            Ok(Some(named.into()))
        };
    }
    let tilde = sources.builtin("TILDE").map(PathBuf::from);
    let searched: Vec<_> = sources
        .directories
        .iter()
        .chain(tilde.as_ref())
        .map(|directory| directory.join(ROOT_NAME))
        .collect();
    match searched.iter().find(|path| open(path, true).is_ok()) {
        Some(path) => Ok(Some(path.clone())),
        None => Err(ConfigError::NoRoot { searched }),
    }
}

/// Opens a file that can be read to its end without waiting for anybody: a regular one, or the null device. A pipe is
/// taken where its path says that the program was handed it open, as a shell's `<(command)` does; then its writer is
/// waited for.
fn open(path: &Path, by_program: bool) -> io::Result<File> {
    let handed = by_program
        && (path == Path::new("/dev/stdin")
            || ["/dev/fd", "/proc/self/fd"]
                .into_iter()
                .any(|folder| path.parent() == Some(Path::new(folder))));
    // To open a device may do something.
    usable(&fs::metadata(path)?, handed)?;
    let mut options = File::options();
    options.read(true);
    if !handed {
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    usable(&file.metadata()?, handed)?;
    Ok(file)
}

fn usable(found: &Metadata, handed: bool) -> io::Result<()> {
    let kind = found.file_type();
    if kind.is_file() || kind.is_fifo() && handed || is_null_device(found) {
        Ok(())
    } else if kind.is_fifo() {
        Err(io::Error::other(
            "it is a pipe; one is read only as /dev/stdin, /dev/fd/N or /proc/self/fd/N that the program was given",
        ))
    } else {
        Err(io::Error::other("it is not a regular file"))
    }
}

/// The null device stands for an empty file, also behind a link: so files are masked.
fn is_null_device(found: &Metadata) -> bool {
    found.file_type().is_char_device()
        && fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == found.rdev())
}

/// What became of a file.
pub(crate) enum Content {
    /// It was read.
    Read(Vec<u8>),
    /// It may be missing, and is.
    Missing,
    /// It may be missing, is there and cannot be read; HTCondor passes over it without a word.
    Unreadable(io::Error),
}

/// Reads a file; `why` says which setting asked for it.
pub(crate) fn read(
    path: &Path,
    why: &str,
    asked_by: &Origin,
    required: bool,
) -> Result<Content, ConfigError> {
    let failed = |cause| ConfigError::Read {
        path: path.to_owned(),
        why: format!("{why}, {asked_by}"),
        cause,
    };
    let by_program = matches!(asked_by, Origin::Program { .. });
    let file = match open(path, by_program) {
        Ok(file) => file,
        Err(cause) if !required => {
            return Ok(match cause.kind() {
                io::ErrorKind::NotFound => Content::Missing,
                _ => Content::Unreadable(cause),
            });
        }
        Err(cause) => return Err(failed(cause)),
    };
    whole(file, path, failed).map(Content::Read)
}

/// All of an open file.
fn whole(
    file: File,
    path: &Path,
    failed: impl FnOnce(io::Error) -> ConfigError,
) -> Result<Vec<u8>, ConfigError> {
    let mut content = Vec::new();
    file.take(MAX_FILE_SIZE + 1)
        .read_to_end(&mut content)
        .map_err(failed)?;
    if content.len() as u64 > MAX_FILE_SIZE {
        return Err(ConfigError::FileTooLarge {
            path: path.to_owned(),
            max: MAX_FILE_SIZE,
        });
    }
    Ok(content)
}

/// Reads a file that must be there and this user's own. What is looked at is the file that was opened, whatever takes its
/// place under that name.
pub(crate) fn read_own(path: &Path, why: &str, asked_by: &Origin) -> Result<Vec<u8>, ConfigError> {
    let failed = |cause| ConfigError::Read {
        path: path.to_owned(),
        why: format!("{why}, {asked_by}"),
        cause,
    };
    let file = open(path, false).map_err(failed)?;
    let owner = file.metadata().map_err(failed)?.uid();
    let own = rustix::process::geteuid();
    if owner != own.as_raw() {
        return Err(failed(io::Error::other(format!(
            "its owner has the uid {owner}, and HTCondor believes it only if that is {}",
            own.as_raw()
        ))));
    }
    whole(file, path, failed)
}

/// The names of a directory's files, in the order of their bytes. A directory that is not there is empty, as in HTCondor.
pub(crate) fn list(
    directory: &Path,
    why: &str,
    asked_by: &Origin,
) -> Result<Vec<PathBuf>, ConfigError> {
    let failed = |cause| ConfigError::Read {
        path: directory.to_owned(),
        why: format!("{why}, {asked_by}"),
        cause,
    };
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(failed(cause)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        // Follows links; a dangling one is passed over. What cannot be looked at is left to whoever reads it.
        match fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            _ => names.push(path),
        }
        if names.len() > MAX_LISTED {
            return Err(failed(io::Error::other(format!(
                "it has more than {MAX_LISTED} files; is it the right folder?"
            ))));
        }
    }
    names.sort_by(|a, b| a.as_os_str().as_bytes().cmp(b.as_os_str().as_bytes()));
    Ok(names)
}
