//! Signing keys and tokens as files: making, listing and finding them.
//!
//! What is written is what HTCondor reads: a key's file is scrambled (which hides nothing) and gives
//! nothing to group and others. Everything is written under a name of its own first, and then renamed:
//! nobody ever reads half a key, and no link is written through.

mod create;
mod folder;
mod token;
mod write;

pub use create::{KeyError, KeyMade, NewKey, create_key};
pub use token::{
    LooseFile, TokenFileError, TokenPlace, WrittenToken, find_token_files, read_loosely,
    write_token, write_token_file,
};
pub use write::WriteFailure;

pub(crate) use folder::open_or_make;
pub(crate) use write::{IfThere, failed, write, write_as};
