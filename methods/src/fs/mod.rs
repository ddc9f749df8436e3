//! FS: who can make a directory at a path that the server names, and which the server then sees
//! as owned by that user, is that user.

mod client;
mod directory;
mod events;

pub use client::{Fs, FsSettings};
pub use directory::{DirectoryFailure, MakeDirectory, PathDefect, check_path};
pub use events::FsEvent;
