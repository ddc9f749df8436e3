//! The performers of effects: what touches files, users and names on behalf of a handshake.

mod bearer;
mod challenge;
mod directory;
mod kerberos;
mod munge;
mod netgroups;
mod parent;
mod password;
mod peer_names;
mod performers;
mod plugin;
mod remembered;
mod secure_file;
pub mod tls;
mod tokens;
mod undo;
mod user;

pub use bearer::{BearerSources, find_bearer_token};
pub use challenge::{inspect_directory, try_name};
pub use directory::make_directory;
pub use kerberos::{KerberosLibrary, KerberosSources};
pub use munge::MungeLibrary;
pub use netgroups::ask_netgroups;
pub use password::read_pool_password;
pub use peer_names::look_up_peer;
pub(crate) use performers::Kept;
pub use performers::{Performed, Performers};
pub use plugin::run_plugin;
pub use tokens::{
    FolderMemory, TokenSources, find_credentials, find_credentials_again, list_signing_keys,
    list_signing_keys_again, read_secret_file, read_signing_key, read_signing_key_again,
    signing_key_path,
};
pub(crate) use tokens::{excludes, list};
pub use undo::Undo;
pub use user::{CondorUser, own_user_name};
