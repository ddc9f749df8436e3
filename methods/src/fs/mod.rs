//! FS: who can make a directory at a path that the server names, and which the server then sees
//! as owned by that user, is that user. FS_REMOTE is the same on a file system that two machines mount.

mod binding;
mod challenge;
mod client;
mod directory;
mod events;
mod place;
mod server;
mod server_events;

pub use binding::BindingDefect;
pub use challenge::{InspectDirectory, Seen, SeenKind, TryName};
pub use client::{Fs, FsSettings};
pub use directory::{DirectoryFailure, MakeDirectory, PathDefect, check_path};
pub use events::FsEvent;
pub use place::Place;
pub use server::{FsServer, FsServerSettings};
pub use server_events::FsServerEvent;
