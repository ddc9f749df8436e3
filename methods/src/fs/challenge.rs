//! What a server asks the system for: that a name is free, and what a client made at it.

use std::path::PathBuf;

use countersign_core::effect::Effect;

use super::DirectoryFailure;

/// Asks whether something could be made at this path just now, by making a file there and removing it
/// again. A server finds out so that its folder cannot be written before it sends a client there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TryName(
    /// The path: absolute.
    pub PathBuf,
);

impl Effect for TryName {
    type Output = Result<(), DirectoryFailure>;
    const NAME: &'static str = "try a name for a client's directory";
}

/// Asks what is at this path, following no link at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InspectDirectory(
    /// The path: absolute.
    pub PathBuf,
);

impl Effect for InspectDirectory {
    type Output = Result<Seen, DirectoryFailure>;
    const NAME: &'static str = "look at what a client made";
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What kind of thing.
    pub kind: SeenKind,
    /// Its permission bits, `07777` at most.
    pub mode: u32,
    /// How many names it has.
    pub links: u64,
    /// Who owns it.
    pub uid: u32,
    /// The owner's name, or in words why there is none.
    pub owner: Result<String, String>,
}

/// A kind of thing in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenKind {
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A file, a device, a socket …
    Other,
}
