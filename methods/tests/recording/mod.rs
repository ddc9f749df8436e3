//! A handshake with a real daemon, recorded so that it can be repeated byte for byte: the key
//! pair, the random bytes and the clock are fixed, and effects are answered from the record.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)] // Each user uses a part.

use std::net::SocketAddr;
use std::sync::Arc;

use countersign_core::Secret;
use countersign_core::client::{ClientConfig, DC_SEC_QUERY, Request};
use countersign_core::crypto::{ExchangeError, KeyPair};
use countersign_core::effect::{EffectAnswer, EffectRequest, Entropy, NoEntropy};
use countersign_core::identity::NoMapper;
use countersign_core::method::Registry;
use countersign_core::policy::{ClientSettings, Requirement};
use countersign_methods::anonymous::Anonymous;
use countersign_methods::claimtobe::{ClaimToBe, ClaimToBeSettings, OwnUserName};
use countersign_methods::fs::{Fs, FsSettings, MakeDirectory};
use countersign_methods::idtokens::{
    Credentials, FindCredentials, FolderOrigin, IdTokens, IdTokensSettings, KeyNames, TokenFile,
    TokenFolder,
};

/// What a recording starts from.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The methods offered, comma separated.
    pub methods: String,
    /// How much the client wants authentication.
    pub authentication: String,
    /// Seconds since 1970.
    pub now: u64,
    pub given_address: String,
    pub peer: SocketAddr,
    pub local: SocketAddr,
    /// The one token there is. Its signing key was made for the recording and is gone.
    pub token: Option<String>,
}

impl Setup {
    /// The client that was recorded.
    pub fn config(&self) -> Arc<ClientConfig> {
        Arc::new(ClientConfig {
            settings: ClientSettings {
                authentication: Requirement::parse(&self.authentication).unwrap(),
                encryption: Requirement::Optional,
                integrity: Requirement::Optional,
                negotiation: Requirement::Preferred,
                methods: self.methods.split(',').map(str::to_owned).collect(),
                crypto_methods: vec!["AES".into()],
                session_duration: 60,
                session_lease: 3600,
                trust_domain: Some("pool.example".into()),
                subsystem: "TOOL".into(),
                version: "$CondorVersion: 25.14.1 2026-10-16 PackageID: recorded $".into(),
            },
            registry: Registry::default()
                .with(IdTokens::new(IdTokensSettings {
                    trust_domain: Some("pool.example".into()),
                    pool_key_is_password: false,
                    self_made: false,
                }))
                .with(Fs::new(FsSettings {
                    enforce_channel_binding: false,
                }))
                .with(ClaimToBe::new(ClaimToBeSettings {
                    user: None,
                    include_domain: true,
                    uid_domain: Some("pool.example".into()),
                }))
                .with(Anonymous),
            allow: Some(countersign_core::authz::List::parse("*")),
            deny: None,
            mapper: Arc::new(NoMapper),
            uid_domain: None,
        })
    }

    /// The connection that was recorded: DC_SEC_QUERY about WRITE.
    pub fn request(&self) -> Request {
        Request {
            command: DC_SEC_QUERY,
            auth_command: Some(60021),
            given_address: self.given_address.clone(),
            named_by: countersign_core::trace::AddressSource::Typed,
            shared_port_id: None,
            peer: self.peer,
            local: self.local,
            servers_checked: Default::default(),
        }
    }

    /// Answers an effect from the record. `make` makes a directory, or only says it did.
    pub fn answer(
        &self,
        request: EffectRequest,
        make: impl FnOnce(MakeDirectory) -> bool,
    ) -> EffectAnswer {
        use std::any::TypeId;
        if request.kind() == TypeId::of::<FindCredentials>() {
            EffectAnswer::new::<FindCredentials>(self.credentials())
        } else if request.kind() == TypeId::of::<OwnUserName>() {
            EffectAnswer::new::<OwnUserName>(Ok("alice".into()))
        } else if let Some(directory) = request.into_request::<MakeDirectory>() {
            assert!(make(directory), "the directory must be made");
            EffectAnswer::new::<MakeDirectory>(Ok(()))
        } else {
            EffectAnswer::unperformed()
        }
    }

    fn credentials(&self) -> Credentials {
        Credentials {
            folder: TokenFolder {
                path: "/tokens.d".into(),
                origin: FolderOrigin::TokenDirectory,
                problem: None,
                files: self
                    .token
                    .iter()
                    .map(|token| TokenFile {
                        path: "/tokens.d/token".into(),
                        content: Ok(Secret::from(token.as_bytes())),
                    })
                    .collect(),
                truncated: false,
                first_file_name: "TOOL_auto_generated_token".into(),
            },
            keys: KeyNames {
                names: Vec::new(),
                problem: None,
            },
        }
    }
}

/// The same bytes and the same key each time.
#[derive(Debug, Default)]
pub struct Fixed(u8);

impl Entropy for Fixed {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoEntropy> {
        for byte in out {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
        Ok(())
    }

    fn key_pair(&mut self) -> Result<KeyPair, ExchangeError> {
        KeyPair::from_scalar(&[0x42; 32])
    }
}
