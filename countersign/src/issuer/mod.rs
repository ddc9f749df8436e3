//! A token issuer: signing keys, what is published of them, and SciTokens that HTCondor takes.
//!
//! [`Issuer::builder`] starts a server that a test can point HTCondor at; [`KeyFolder`] keeps a site's keys,
//! and [`export`](export()) writes for a web server what the issuer publishes. A [`TokenRequest`] becomes a token by
//! [`IssuerHandle::sign`] or [`KeyFolder::sign`]. [`SciToken`] reads one without believing it, verifies it with a
//! [`Jwks`], and says why HTCondor would refuse it. Nothing here fetches anything.
//!
//! ```
//! use countersign::issuer::{Issuer, Rotation, SciToken, TokenRequest};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let issuer = Issuer::builder().start().await?;
//! // What the server that is tested must trust, such as by SCITOKEN_CONFIG_TLS_CA_FILE.
//! let ca = issuer.ca_pem().unwrap_or_default();
//! assert!(ca.starts_with("-----BEGIN CERTIFICATE-----"));
//!
//! let token = issuer.sign(&TokenRequest::new("alice", &["condor:/READ"], 600))?;
//! let token = SciToken::read(std::str::from_utf8(token.expose())?)?;
//! assert_eq!(token.text("iss"), Some(issuer.url()));
//!
//! issuer.rotate(Rotation::default())?;
//! assert!(token.signed_by(&issuer.jwks()?).is_ok(), "the old key is published on");
//! issuer.shutdown().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
pub use server::{Issuer, IssuerBuilder, IssuerError, IssuerHandle, OwnCertificate};
pub use signing_key::{IssuerKey, IssuerKeyError};
pub use token::{NotAToken, SciToken, Unverified};
pub use url::{BadIssuerUrl, IssuerUrl};
