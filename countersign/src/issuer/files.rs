//! Files of a key folder: read, and believed only if nobody else could have written them.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd, OwnedFd};

use countersign_core::Secret;
use rustix::fs::{FileType, FlockOperation, Mode, OFlags, Stat, flock, fstat, openat};
use rustix::io::Errno;

use crate::keys::{WriteFailure, failed};

/// The largest file that is read, in bytes.
const MAX_LEN: u64 = 1 << 20;

/// Bits that let others than the owner in.
const OTHERS: u32 = 0o077;

/// Why a file or folder was not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileProblem {
    /// A call failed.
    #[error(transparent)]
    Call(#[from] WriteFailure),
    /// Others than its owner have a permission.
    #[error(
        "others than its owner can use it (its mode is {0:o}); say chmod go= of it, once you know that nobody did"
    )]
    Loose(u32),
    /// It is another user's.
    #[error("it belongs to the user {0}, who is neither you nor root")]
    Foreign(u32),
    /// It is no regular file, or too large.
    #[error("it is no regular file, or has more than a megabyte")]
    NotAFile,
}

/// Refuses what others could read or have written.
pub(super) fn check_owner(stat: &Stat) -> Result<(), FileProblem> {
    let own = rustix::process::geteuid();
    if stat.st_uid != own.as_raw() && stat.st_uid != 0 && !own.is_root() {
        return Err(FileProblem::Foreign(stat.st_uid));
    }
    if stat.st_mode & OTHERS != 0 {
        return Err(FileProblem::Loose(stat.st_mode & 0o7777));
    }
    Ok(())
}

/// Reads a private file; no link is followed.
pub(super) fn read_private(folder: &OwnedFd, name: &OsStr) -> Result<Secret, FileProblem> {
    // A FIFO must not hang the reader.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = openat(folder, name, flags, Mode::empty()).map_err(failed("open"))?;
    let stat = fstat(&file).map_err(failed("stat"))?;
    let len = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
    if !FileType::from_raw_mode(stat.st_mode).is_file() || len > MAX_LEN {
        return Err(FileProblem::NotAFile);
    }
    check_owner(&stat)?;
    // Room for all of it: growing would leave copies behind.
    let mut content = Vec::with_capacity(usize::try_from(len).unwrap_or(0) + 1);
    File::from(file)
        .take(len)
        .read_to_end(&mut content)
        .map_err(|error| failed("read")(Errno::from_io_error(&error).unwrap_or(Errno::IO)))?;
    Ok(Secret::new(content))
}

/// Holds others off until it is dropped.
pub(super) fn lock(folder: &OwnedFd) -> Result<OwnedFd, WriteFailure> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::RUSR | Mode::WUSR;
    let file = openat(folder, "lock", flags, mode).map_err(failed("open the lock"))?;
    flock(file.as_fd(), FlockOperation::LockExclusive).map_err(failed("lock"))?;
    Ok(file)
}
