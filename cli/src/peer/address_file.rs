//! The file that says where the peer is.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use countersign::core::PROTOCOL_VERSION;

/// An address file as daemons write it: the address, the version, the platform. Removed when
/// dropped.
#[derive(Debug)]
pub(crate) struct AddressFile(PathBuf);

impl AddressFile {
    /// Writes it, whole or not at all.
    pub(crate) fn write(path: &Path, address: &str) -> Result<Self, String> {
        let problem = |error| format!("the address file {}: {error}", path.display());
        let mut new = path.as_os_str().to_owned();
        new.push(format!(".{}.new", std::process::id()));
        let new = PathBuf::from(new);
        let written = std::fs::File::options()
            .write(true)
            .create_new(true)
            .mode(0o644)
            .open(&new)
            .and_then(|mut file| {
                file.write_all(
                    format!("{address}\n{PROTOCOL_VERSION}\n{}\n", platform()).as_bytes(),
                )
            })
            .and_then(|()| std::fs::rename(&new, path));
        if let Err(error) = written {
            let _ = std::fs::remove_file(&new);
            return Err(problem(error));
        }
        Ok(Self(path.to_owned()))
    }
}

impl Drop for AddressFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn platform() -> String {
    format!(
        "$CondorPlatform: {}_{} $",
        std::env::consts::ARCH,
        std::env::consts::OS
    )
}
