//! What the method asks the system for: the token folder and the signing keys.
//!
//! The performer reads; which token is taken is decided in [`select`](super::select).

use std::fmt;
use std::path::PathBuf;

use countersign_core::Secret;
use countersign_core::effect::Effect;

use crate::secret_file::SkipReason;

/// Asks for everything that could prove who this is: one folder of tokens, and the names of the
/// signing keys that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FindCredentials;

impl Effect for FindCredentials {
    type Output = Credentials;
    const NAME: &'static str = "look for tokens and signing keys";
}

/// The answer to [`FindCredentials`].
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The token folder.
    pub folder: TokenFolder,
    /// The signing keys.
    pub keys: KeyNames,
}

/// The one folder that HTCondor looks for tokens in.
#[derive(Debug, Clone)]
pub struct TokenFolder {
    /// Its path; empty if no setting names one.
    pub path: PathBuf,
    /// Which setting named it.
    pub origin: FolderOrigin,
    /// Why nothing could be read, if so.
    pub problem: Option<String>,
    /// Its files, in any order.
    pub files: Vec<TokenFile>,
    /// True if there were more files than are looked at.
    pub truncated: bool,
    /// The file name that is taken first: `<SUBSYS>_auto_generated_token`, compared without case.
    pub first_file_name: String,
}

/// Which setting names the token folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderOrigin {
    /// SEC_TOKEN_DIRECTORY.
    TokenDirectory,
    /// `~/.condor/tokens.d`, for any user but root.
    Home,
    /// SEC_TOKEN_SYSTEM_DIRECTORY, for root.
    SystemDirectory,
}

impl fmt::Display for FolderOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TokenDirectory => "SEC_TOKEN_DIRECTORY",
            Self::Home => "the user's tokens.d, since SEC_TOKEN_DIRECTORY is not set",
            Self::SystemDirectory => {
                "SEC_TOKEN_SYSTEM_DIRECTORY, since this is root and SEC_TOKEN_DIRECTORY is not set"
            }
        })
    }
}

/// One file of the folder.
#[derive(Debug, Clone)]
pub struct TokenFile {
    /// Its path.
    pub path: PathBuf,
    /// Its content, or why it was not read.
    pub content: Result<Secret, SkipReason>,
}

/// The names of the signing keys that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyNames {
    /// Their names, sorted.
    pub names: Vec<String>,
    /// Why the folder of keys could not be listed. HTCondor then takes it that a token may still
    /// be found, since an ordinary user cannot list that folder.
    pub problem: Option<String>,
}

/// Asks which signing keys can be read. A server asks it for each client: keys come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListSigningKeys;

impl Effect for ListSigningKeys {
    type Output = KeyNames;
    const NAME: &'static str = "list the signing keys";
}

/// Asks for the first of these signing keys that exists and can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadSigningKey {
    /// The names that the server advertised, sorted; to a server, the one that a token names. They
    /// come from a stranger.
    pub names: Vec<String>,
}

impl Effect for ReadSigningKey {
    type Output = Option<KeyFile>;
    const NAME: &'static str = "read a signing key";
}

/// A signing key's file.
#[derive(Debug, Clone)]
pub struct KeyFile {
    /// The key's name.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Its scrambled bytes, or why it was not read.
    pub content: Result<Secret, SkipReason>,
}
