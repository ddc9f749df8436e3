//! What is published, as files for a web server that is there.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use countersign_core::Secret;
use countersign_core::effect::Entropy;
use rustix::fs::{Mode, OFlags, fchmod, mkdirat, open, openat};
use rustix::io::Errno;
use serde_json::Value as Json;

use super::jwks::Jwks;
use super::url::{CERTS, IssuerUrl, METADATA};
use crate::keys::{IfThere, WriteFailure, failed, write_as};

/// Folders that anybody may look into.
const FOLDER_MODE: Mode = Mode::RWXU
    .union(Mode::RGRP)
    .union(Mode::XGRP)
    .union(Mode::ROTH)
    .union(Mode::XOTH);

/// Files that anybody may read.
const FILE_MODE: Mode = Mode::RUSR
    .union(Mode::WUSR)
    .union(Mode::RGRP)
    .union(Mode::ROTH);

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

/// Why a document was not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {failure}", path.display())]
pub struct ExportError {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    pub failure: WriteFailure,
}

/// Writes `oauth2/certs` and `.well-known/openid-configuration` into the folder that a web server shows as the
/// issuer's URL. The folder must be there; links below it are not followed. Each file is replaced as a whole,
/// and the keys come first. Returns the files.
///
/// # Errors
/// [`ExportError`].
pub fn export(
    folder: &Path,
    issuer: &IssuerUrl,
    keys: &Jwks,
    entropy: &mut dyn Entropy,
) -> Result<Vec<PathBuf>, ExportError> {
    let top = open(folder, FOLDER, Mode::empty()).map_err(|errno| ExportError {
        path: folder.to_owned(),
        failure: failed("open the folder")(errno),
    })?;
    let mut files = Vec::new();
    for (name, document) in [(CERTS, keys.to_json()), (METADATA, issuer.metadata(keys))] {
        let name = name.trim_start_matches('/');
        let path = folder.join(name);
        put(&top, name, &document, entropy).map_err(|failure| ExportError {
            path: path.clone(),
            failure,
        })?;
        files.push(path);
    }
    Ok(files)
}

fn put(
    top: &OwnedFd,
    name: &str,
    document: &Json,
    entropy: &mut dyn Entropy,
) -> Result<(), WriteFailure> {
    let (folder, file) = name.split_once('/').unwrap_or((".", name));
    let folder = step(top, folder)?;
    // Nothing secret: it is the form that files are written in.
    let text = Secret::new(format!("{document:#}\n").into_bytes());
    let (file, replace) = (OsStr::new(file), IfThere::Replace);
    write_as(&folder, file, &[&text], replace, None, FILE_MODE, entropy)
}

fn step(top: &OwnedFd, name: &str) -> Result<OwnedFd, WriteFailure> {
    let made = match mkdirat(top, name, FOLDER_MODE) {
        Ok(()) => true,
        Err(Errno::EXIST) => false,
        Err(errno) => return Err(failed("make the folder")(errno)),
    };
    let folder = openat(top, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())
        .map_err(failed("open its folder without following a link"))?;
    if made {
        // Whatever the umask says.
        fchmod(&folder, FOLDER_MODE).map_err(failed("chmod its folder"))?;
    }
    Ok(folder)
}
