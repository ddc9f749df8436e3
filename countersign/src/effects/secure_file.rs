//! Reading a file that holds a secret.
//!
//! Rule: HTCondor's `read_secure_file`: the file must belong to the real user and give nothing to
//! group and others. The name may be a link. Unlike there, what is not a regular file is never
//! opened for long, and the size is bounded.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use countersign_core::Secret;
use countersign_methods::SkipReason;
use zeroize::Zeroizing;

/// The largest file read, in bytes.
const MAX_LEN: u64 = 1 << 20;

/// Reads the file at `path`.
pub(super) fn read(path: &Path) -> Result<Secret, SkipReason> {
    read_opened(open(path).map_err(unreadable)?)
}

/// Opens the file at `path`, which a FIFO does not delay.
pub(super) fn open(path: &Path) -> std::io::Result<File> {
    File::options()
        .read(true)
        .custom_flags(nonblocking())
        .open(path)
}

pub(super) fn unreadable(error: std::io::Error) -> SkipReason {
    SkipReason::Unreadable(error.to_string())
}

/// Reads what [`open`] opened.
pub(super) fn read_opened(mut file: File) -> Result<Secret, SkipReason> {
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
    let len = usize::try_from(metadata.len()).unwrap_or(0);
    let mut content = Zeroizing::new(vec![0; len + 1]);
    let mut read = 0;
    loop {
        match file.read(content.get_mut(read..).unwrap_or_default()) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(unreadable(error)),
        }
        // Asked for more, the system gave this: that there is no more need not be asked again.
        if read == len {
            break;
        }
    }
    if read != len {
        return Err(SkipReason::Unreadable(
            "it changed while it was read".into(),
        ));
    }
    content.truncate(len);
    Ok(Secret::new(std::mem::take(&mut content)))
}

/// A FIFO must not hang the reader.
fn nonblocking() -> i32 {
    rustix::fs::OFlags::NONBLOCK.bits().cast_signed()
}
