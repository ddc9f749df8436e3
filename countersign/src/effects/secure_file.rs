//! Reading a file that holds a secret.
//!
//! Rule: HTCondor's `read_secure_file`: the file must belong to the real user and give nothing to
//! group and others. The name may be a link. Unlike there, what is not a regular file is never
//! opened for long, and the size is bounded.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use countersign_core::Secret;
use countersign_methods::idtokens::SkipReason;

/// The largest file read, in bytes.
const MAX_LEN: u64 = 1 << 20;

/// Reads the file at `path`.
pub(super) fn read(path: &Path) -> Result<Secret, SkipReason> {
    let unreadable = |error: std::io::Error| SkipReason::Unreadable(error.to_string());
    let file = File::options()
        .read(true)
        .custom_flags(nonblocking())
        .open(path)
        .map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(SkipReason::Unreadable("it is not a regular file".into()));
    }
    let expected = rustix::process::getuid().as_raw();
    if metadata.uid() != expected {
        return Err(SkipReason::WrongOwner {
            uid: metadata.uid(),
            expected,
        });
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(SkipReason::Exposed { mode });
    }
    if metadata.len() > MAX_LEN {
        return Err(SkipReason::TooLarge {
            len: metadata.len(),
        });
    }
    // One byte more than allowed shows a file that grew meanwhile. No reallocation that would
    // leave copies behind.
    let mut content = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
    let read = file
        .take(metadata.len() + 1)
        .read_to_end(&mut content)
        .map_err(unreadable)?;
    let content = Secret::new(content);
    if read as u64 != metadata.len() {
        return Err(SkipReason::Unreadable(
            "it changed while it was read".into(),
        ));
    }
    Ok(content)
}

/// A FIFO must not hang the reader.
fn nonblocking() -> i32 {
    rustix::fs::OFlags::NONBLOCK.bits().cast_signed()
}
