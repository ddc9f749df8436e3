//! What goes wrong with key folders.

use std::path::PathBuf;

use crate::issuer::files::FileProblem;
use crate::issuer::key_id::BadKeyId;
use crate::issuer::request::TokenError;
use crate::issuer::signing_key::IssuerKeyError;

/// Why a key folder was not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFolderError {
    /// There are no keys.
    #[error("{} has no keys of an issuer; countersign issuer create --keys {} makes the first", .0.display(), .0.display())]
    Missing(PathBuf),
    /// There are keys already.
    #[error("{} has keys of an issuer already, which were left as they were; countersign issuer rotate adds one", .0.display())]
    Exists(PathBuf),
    /// A key of that name is there.
    #[error("{} is there already and was left as it is; give the new key another name", .0.display())]
    KeyExists(PathBuf),
    /// A file or folder cannot be used.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        problem: FileProblem,
    },
    /// The state is not what was written.
    #[error("{}: {problem}", path.display())]
    State {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A key cannot be made, or read.
    #[error("{}: {problem}", path.display())]
    Key {
        /// Its file, or the folder.
        path: PathBuf,
        /// Why.
        problem: IssuerKeyError,
    },
    /// No published key has that name.
    #[error("{} publishes no key called {kid:?}", path.display())]
    NoSuchKey {
        /// The folder.
        path: PathBuf,
        /// The name.
        kid: String,
    },
    /// A key's name cannot be used.
    #[error(transparent)]
    KeyId(#[from] BadKeyId),
    /// The token cannot be made.
    #[error(transparent)]
    Token(#[from] TokenError),
}
