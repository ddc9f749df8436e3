//! A token issuer: signing keys, what is published of them, and SciTokens that HTCondor takes.

mod algorithm;
mod encoding;
mod export;
mod files;
mod folder;
mod judge;
mod jwks;
mod key_id;
mod new_key;
mod public_key;
mod renew;
mod request;
mod schedule;
mod server;
mod signing_key;
mod token;
mod url;

pub use algorithm::{Algorithm, RsaBits};
pub use export::{ExportError, export};
pub use files::FileProblem;
pub use folder::{KeyFolder, KeyFolderError};
pub use jwks::{Jwks, NoKey, NotJwks};
pub use key_id::BadKeyId;
pub use new_key::{NewIssuerKey, Rotated};
pub use public_key::{JwkError, PublicKey};
pub use request::{MAX_TOKEN_LEN, Profile, TokenError, TokenRequest};
pub use schedule::{ASKED_AGAIN_AFTER, CACHED_FOR, KeyEntry, Rotation};
pub use server::{Issuer, IssuerBuilder, IssuerError, IssuerHandle};
pub use signing_key::{IssuerKey, IssuerKeyError};
pub use token::{NotAToken, SciToken, Unverified};
pub use url::{BadIssuerUrl, IssuerUrl};
