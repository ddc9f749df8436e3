//! The files themselves: finding the root, reading with a bound, listing a directory.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::error::ConfigError;
use crate::origin::Origin;
use crate::sources::Sources;

/// The largest configuration file that is read, in bytes. HTCondor has no such limit.
pub const MAX_FILE_SIZE: u64 = 8 << 20;
/// The most files that are read. HTCondor has no such limit.
pub const MAX_FILES: usize = 1000;

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
    match searched.iter().find(|path| File::open(path).is_ok()) {
        Some(path) => Ok(Some(path.clone())),
        None => Err(ConfigError::NoRoot { searched }),
    }
}

/// Reads a file; `why` says which setting asked for it. `None` if it may be missing and is.
pub(crate) fn read(
    path: &Path,
    why: &str,
    asked_by: &Origin,
    required: bool,
) -> Result<Option<Vec<u8>>, ConfigError> {
    if path.as_os_str().as_bytes().contains(&b'|') {
        return Err(ConfigError::Unsupported {
            origin: asked_by.clone(),
            what: format!("a command as a source (`{}` in {why})", path.display()),
        });
    }
    let failed = |cause| ConfigError::Read {
        path: path.to_owned(),
        why: format!("{why}, {asked_by}"),
        cause,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(_) if !required => return Ok(None),
        Err(cause) => return Err(failed(cause)),
    };
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
    Ok(Some(content))
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
        // Follows links; a dangling one is passed over.
        if fs::metadata(&path).is_ok_and(|meta| !meta.is_dir()) {
            names.push(path);
        }
    }
    names.sort_by(|a, b| a.as_os_str().as_bytes().cmp(b.as_os_str().as_bytes()));
    Ok(names)
}
