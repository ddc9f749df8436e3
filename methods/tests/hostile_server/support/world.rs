//! The client's side: its settings, its methods, and what its effects are answered with.

use std::any::TypeId;
use std::cell::RefCell;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use countersign_core::authz::List;
use countersign_core::client::{ClientConfig, DC_SEC_QUERY, Request};
use countersign_core::effect::{EffectAnswer, EffectRequest};
use countersign_core::identity::NoMapper;
use countersign_core::method::Registry;
use countersign_core::policy::{ClientSettings, Requirement};
use countersign_core::{PROTOCOL_VERSION, Secret};
use countersign_methods::anonymous::Anonymous;
use countersign_methods::claimtobe::{ClaimToBe, ClaimToBeSettings, OwnUserName};
use countersign_methods::fs::{DirectoryFailure, Fs, FsSettings, MakeDirectory};
use countersign_methods::idtokens::{
    Credentials, FindCredentials, FolderOrigin, IdTokens, IdTokensSettings, KeyNames,
    ReadSigningKey, TokenFile, TokenFolder,
};

use super::Token;

/// The time of every test.
pub(crate) const NOW: u64 = 1_800_000_000;
/// The server's end.
const PEER: &str = "127.0.0.1:39618";

/// A client and its surroundings.
pub(crate) struct World {
    pub(crate) settings: ClientSettings,
    pub(crate) fs: FsSettings,
    /// What making a directory gives.
    pub(crate) directory: Result<(), DirectoryFailure>,
    /// The directories asked for.
    pub(crate) asked: RefCell<Vec<PathBuf>>,
}

impl World {
    /// A client of these methods that requires everything.
    pub(crate) fn strict(methods: &[&str]) -> Self {
        Self::of(methods, Requirement::Required, Requirement::Required)
    }

    /// A client of every method that is built here.
    pub(crate) fn all(authentication: Requirement, protection: Requirement) -> Self {
        Self::of(
            &["TOKEN", "FS", "CLAIMTOBE", "ANONYMOUS"],
            authentication,
            protection,
        )
    }

    pub(crate) fn of(
        methods: &[&str],
        authentication: Requirement,
        protection: Requirement,
    ) -> Self {
        let split = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Self {
            settings: ClientSettings {
                authentication,
                encryption: protection,
                integrity: protection,
                negotiation: Requirement::Preferred,
                methods: split(methods),
                crypto_methods: split(&["AES", "BLOWFISH"]),
                session_duration: 60,
                session_lease: 3600,
                trust_domain: Some("pool.example".into()),
                subsystem: "TOOL".into(),
                version: PROTOCOL_VERSION.into(),
            },
            fs: FsSettings::default(),
            directory: Ok(()),
            asked: RefCell::default(),
        }
    }

    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        let registry = Registry::default()
            .with(IdTokens::new(IdTokensSettings {
                trust_domain: Some("pool.example".into()),
                pool_key_is_password: false,
                self_made: false,
            }))
            .with(Fs::new(self.fs))
            .with(ClaimToBe::new(ClaimToBeSettings {
                user: None,
                include_domain: true,
                uid_domain: Some("pool.example".into()),
            }))
            .with(Anonymous);
        Arc::new(ClientConfig {
            settings: self.settings.clone(),
            registry,
            allow: Some(List::parse("*")),
            deny: None,
            mapper: Arc::new(NoMapper),
            uid_domain: None,
        })
    }

    /// Asks about DC_NOP_READ.
    pub(crate) fn request() -> Request {
        let peer: SocketAddr = PEER.parse().unwrap();
        Request {
            command: DC_SEC_QUERY,
            auth_command: Some(60020),
            given_address: format!("<{PEER}>"),
            named_by: countersign_core::trace::AddressSource::Typed,
            shared_port_id: None,
            peer,
            local: "127.0.0.1:40000".parse().unwrap(),
            servers_checked: Default::default(),
        }
    }

    pub(crate) fn answer(&self, request: EffectRequest) -> EffectAnswer {
        let kind = request.kind();
        if kind == TypeId::of::<FindCredentials>() {
            EffectAnswer::new::<FindCredentials>(credentials())
        } else if kind == TypeId::of::<ReadSigningKey>() {
            EffectAnswer::new::<ReadSigningKey>(None)
        } else if kind == TypeId::of::<OwnUserName>() {
            EffectAnswer::new::<OwnUserName>(Ok("alice".into()))
        } else if let Some(MakeDirectory(path)) = request.into_request() {
            self.asked.borrow_mut().push(path);
            EffectAnswer::new::<MakeDirectory>(self.directory.clone())
        } else {
            EffectAnswer::unperformed()
        }
    }
}

/// One folder with alice's token.
fn credentials() -> Credentials {
    let line = Token::alices().line().into_bytes();
    Credentials {
        folder: TokenFolder {
            path: "/tokens.d".into(),
            origin: FolderOrigin::TokenDirectory,
            problem: None,
            files: vec![TokenFile {
                path: "/tokens.d/a".into(),
                content: Ok(Secret::new(line)),
            }],
            truncated: false,
            first_file_name: "TOOL_auto_generated_token".into(),
        },
        keys: KeyNames {
            names: Vec::new(),
            problem: None,
        },
    }
}
