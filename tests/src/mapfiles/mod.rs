//! Mapfiles made by dice: what ours makes of names must be what HTCondor's own code makes of them.
//!
//! [`wheel`] asks the library of HTCondor's wheel, which reads bare principals as literals; [`collector`] asks real
//! daemons, which do either.

#[path = "../../../mapfile/tests/cases/mod.rs"]
pub mod cases;
pub mod collector;
pub mod differences;
pub mod oracle;
mod tally;
pub mod wheel;

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use cases::Tree;
pub use tally::Tally;

/// A folder that goes away with this value; in memory, if there is such a place.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A new one.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn new(name: &str) -> Result<Self, String> {
        let place = Path::new("/dev/shm");
        let place = if place.is_dir() {
            place.to_owned()
        } else {
            std::env::temp_dir()
        };
        let path = place.join(format!("countersign-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(path))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Writes the files of a tree below `folder`.
///
/// # Errors
/// What the operating system says.
pub fn write(tree: &Tree, folder: &Path) -> Result<(), String> {
    let wrong = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    for name in &tree.folders {
        let path = folder.join(name);
        fs::create_dir_all(&path).map_err(|error| wrong(&path, error))?;
    }
    for file in &tree.files {
        let path = folder.join(&file.path);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| wrong(parent, error))?;
        fs::write(&path, &file.text).map_err(|error| wrong(&path, error))?;
    }
    for (name, target) in &tree.links {
        let path = folder.join(name);
        symlink(target, &path).map_err(|error| wrong(&path, error))?;
    }
    Ok(())
}

/// The files of a tree, to be shown where a test failed.
#[must_use]
pub fn shown(tree: &Tree) -> String {
    let mut text = String::new();
    for file in &tree.files {
        writeln!(text, "--- {}\n{}", file.path, readable(&file.text)).unwrap();
    }
    for (name, target) in &tree.links {
        writeln!(text, "--- {name} -> {target}").unwrap();
    }
    text
}

/// Text with a newline behind each `\n`; backslashes are as they are.
#[must_use]
pub fn readable(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte {
            b'\n' => text.push_str("\\n\n"),
            b' '..=b'~' => text.push(char::from(*byte)),
            byte => write!(text, "<{byte:02x}>").unwrap(),
        }
    }
    text
}
