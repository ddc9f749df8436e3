//! Files that say where a server is, and whom to trust for it.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use countersign::core::PROTOCOL_VERSION;

/// A file that anybody may read. Removed when dropped, unless somebody has written something else there
/// meanwhile.
#[derive(Debug)]
pub(crate) struct PublishedFile {
    path: PathBuf,
    content: String,
}

impl PublishedFile {
    /// An address file as daemons write it: the address, the version, the platform.
    pub(crate) fn of_daemon(path: &Path, address: &str) -> Result<Self, String> {
        let content = format!("{address}\n{PROTOCOL_VERSION}\n{}\n", platform());
        Self::write(path, "the address file", content)
    }

    /// Writes it, whole or not at all; `what` tells what it is in a problem's words.
    pub(crate) fn write(path: &Path, what: &str, content: String) -> Result<Self, String> {
        let problem = |error| format!("{what} {}: {error}", path.display());
        let mut new = path.as_os_str().to_owned();
        new.push(format!(".{}.new", std::process::id()));
        let new = PathBuf::from(new);
        let written = std::fs::File::options()
            .write(true)
            .create_new(true)
            .mode(0o644)
            .open(&new)
            .and_then(|mut file| file.write_all(content.as_bytes()))
            .and_then(|()| std::fs::rename(&new, path));
        if let Err(error) = written {
            let _ = std::fs::remove_file(&new);
            return Err(problem(error));
        }
        let path = path.to_owned();
        Ok(Self { path, content })
    }
}

impl Drop for PublishedFile {
    fn drop(&mut self) {
        if std::fs::read(&self.path).is_ok_and(|found| found == self.content.as_bytes()) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn platform() -> String {
    format!(
        "$CondorPlatform: {}_{} $",
        std::env::consts::ARCH,
        std::env::consts::OS
    )
}
