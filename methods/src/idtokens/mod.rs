//! IDTOKENS: tokens signed with a pool's key, proven by AKEP2 without sending the signature.
//!
//! The token's signature is the shared secret: the client has it in the token, the server makes
//! it anew from its signing key. Both prove that they know it (`akep2`, which PASSWORD shares). A tool that can read the
//! signing key itself makes a token for the occasion and is then `condor@password`.

mod claims;
mod client;
mod credentials;
mod events;
mod issue;
mod judge;
mod jwt;
mod refusal;
mod revocation;
mod select;
mod server;
mod server_events;
mod signing_key;

pub use client::{IdTokens, IdTokensSettings};
pub use credentials::{
    Credentials, FindCredentials, FolderOrigin, KeyFile, KeyNames, ListSigningKeys, ReadSigningKey,
    TokenFile, TokenFolder,
};
pub use events::IdTokensEvent;
pub use issue::{NewToken, SigningKey, TokenFacts, WholeToken, decoded_parts, scrambled};
pub use refusal::TokenRefusal;
pub use revocation::{RevocationRule, Revoked};
pub use select::{FileReport, Search, TokenReport, TokenVerdict, span};
pub use server::{IdTokensServer, IdTokensServerSettings};
pub use server_events::{IdTokensServerEvent, KeyUsed};
