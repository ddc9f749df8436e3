//! Writing a file that holds a secret, wholly or not at all.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;

use countersign_core::Secret;
use countersign_core::effect::Entropy;
use rustix::fs::{
    AtFlags, Gid, Mode, OFlags, RenameFlags, Uid, fchmod, fchown, fsync, linkat, openat, renameat,
    renameat_with, unlinkat,
};
use rustix::io::Errno;

use crate::effects::Undo;

/// What a secret file's mode is, whatever the umask says.
const MODE: Mode = Mode::RUSR.union(Mode::WUSR);

/// Whom a file is given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// What becomes of a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IfThere {
    /// It is replaced; a link is replaced itself, and what it leads to stays.
    Replace,
    /// It stays, and nothing is written.
    Keep,
}

/// Why a file was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{call}: {}", std::io::Error::from(*errno))]
pub struct WriteFailure {
    /// The call that failed.
    pub call: &'static str,
    /// The system's error.
    pub errno: Errno,
}

impl WriteFailure {
    /// True if something of that name is there already.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.errno == Errno::EXIST
    }
}

pub(crate) fn failed(call: &'static str) -> impl Fn(Errno) -> WriteFailure {
    move |errno| WriteFailure { call, errno }
}

/// Writes the file `name` in `folder`, for nobody but its owner.
pub(crate) fn write(
    folder: &OwnedFd,
    name: &OsStr,
    content: &[&Secret],
    if_there: IfThere,
    owner: Option<Owner>,
    entropy: &mut dyn Entropy,
) -> Result<(), WriteFailure> {
    write_as(folder, name, content, if_there, owner, MODE, entropy)
}

/// Writes the file `name` in `folder`, with that mode.
pub(crate) fn write_as(
    folder: &OwnedFd,
    name: &OsStr,
    content: &[&Secret],
    if_there: IfThere,
    owner: Option<Owner>,
    mode: Mode,
    entropy: &mut dyn Entropy,
) -> Result<(), WriteFailure> {
    let fresh = fresh_name(name, entropy)?;
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let made = openat(folder, &fresh, flags, MODE).map_err(failed("create"))?;
    // Removed again unless all goes well. The folder's descriptor is doubled for that.
    let beside = folder
        .try_clone()
        .map_err(|error| failed("dup")(Errno::from_io_error(&error).unwrap_or(Errno::MFILE)))?;
    let leftover = fresh.clone();
    let _undo = Undo::new(move || {
        let _ = unlinkat(&beside, &leftover, AtFlags::empty());
    });
    if let Some(Owner { uid, gid }) = owner {
        let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
        fchown(&made, Some(uid), Some(gid)).map_err(failed("chown"))?;
    }
    fchmod(&made, mode).map_err(failed("chmod"))?;
    let mut file = File::from(made);
    for part in content {
        file.write_all(part.expose())
            .map_err(|error| failed("write")(Errno::from_io_error(&error).unwrap_or(Errno::IO)))?;
    }
    fsync(&file).map_err(failed("fsync"))?;
    match if_there {
        IfThere::Replace => renameat(folder, &fresh, folder, name).map_err(failed("rename"))?,
        IfThere::Keep => rename_if_free(folder, &fresh, name)?,
    }
    fsync(folder).map_err(failed("fsync of the folder"))
}

/// Some file systems cannot rename in this way; a second name does as well there.
fn rename_if_free(folder: &OwnedFd, from: &OsStr, to: &OsStr) -> Result<(), WriteFailure> {
    match renameat_with(folder, from, folder, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            linkat(folder, from, folder, to, AtFlags::empty()).map_err(failed("link"))
        }
        other => other.map_err(failed("rename")),
    }
}

/// A name beside `name` that is nobody's, and that HTCondor takes neither for a key nor for a token.
fn fresh_name(name: &OsStr, entropy: &mut dyn Entropy) -> Result<OsString, WriteFailure> {
    let mut random = [0; 8];
    entropy
        .fill(&mut random)
        .map_err(|_| failed("random bytes")(Errno::IO))?;
    let random: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut fresh = OsString::from(".");
    // Names have a limit, and this one is longer.
    fresh.push(OsStr::from_bytes(
        name.as_bytes().get(..64).unwrap_or(name.as_bytes()),
    ));
    fresh.push(".");
    fresh.push(random);
    Ok(fresh)
}
