//! The performers of effects: what touches files, users and names on behalf of a handshake.

mod directory;
mod parent;
mod peer_names;
mod performers;
mod secure_file;
mod tokens;
mod undo;
mod user;

pub use directory::make_directory;
pub use peer_names::look_up_peer;
pub(crate) use performers::Kept;
pub use performers::{Performed, Performers};
pub use tokens::{TokenSources, find_credentials, read_signing_key};
pub use undo::Undo;
pub use user::{CondorUser, own_user_name};
