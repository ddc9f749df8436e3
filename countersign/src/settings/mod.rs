//! Typed security settings, read from configuration.

mod authorization;
pub mod check;
mod client;
mod error;
mod host;
mod installed;
mod kerberos;
pub mod knobs;
mod lists;
mod lookup;
mod mapfile;
mod network;
mod scitokens;
mod server;
mod server_level;
mod server_methods;
mod sources;
mod tls;
mod tokens;

pub use authorization::{authorization_policy, resolve_hosts};
pub use client::client_settings;
pub use error::{SettingsError, WrongValue};
pub use host::{Host, InterfaceAddress};
pub use installed::installed_release;
pub use knobs::is_security_knob;
pub use lookup::Lookup;
pub use mapfile::MapfileSource;
pub use scitokens::IssuerSources;
pub use server::PeerSettings;
pub use server_level::level_settings;
pub use server_methods::{ServerMethods, SslChecks};
pub use sources::{Environment, load_config};

use std::path::PathBuf;

use countersign_config::Config;
use countersign_core::authz::List;
use countersign_core::policy::ClientSettings;
use countersign_core::sinful::LocalNetwork;
use countersign_methods::claimtobe::ClaimToBeSettings;
use countersign_methods::fs::FsSettings;
use countersign_methods::idtokens::IdTokensSettings;
use countersign_methods::kerberos::NameRules;
use countersign_methods::password::PasswordSettings;
use countersign_methods::ssl::SslSettings;

use crate::effects::tls::ClientTlsSources;
use crate::effects::{BearerSources, KerberosSources, TokenSources};

/// Everything that a client takes from configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The policy.
    pub client: ClientSettings,
    /// IDTOKENS.
    pub idtokens: IdTokensSettings,
    /// Where tokens and keys are.
    pub tokens: TokenSources,
    /// FS and FS_REMOTE.
    pub fs: FsSettings,
    /// KERBEROS: who a principal is.
    pub kerberos: NameRules,
    /// KERBEROS: where tickets and keys are.
    pub kerberos_sources: KerberosSources,
    /// CLAIMTOBE.
    pub claimtobe: ClaimToBeSettings,
    /// PASSWORD.
    pub password: PasswordSettings,
    /// SEC_PASSWORD_FILE.
    pub password_file: Option<PathBuf>,
    /// SSL.
    pub ssl: SslSettings,
    /// SCITOKENS: where the token is.
    pub bearer: BearerSources,
    /// BOOTSTRAP_SSL_SERVER_TRUST_PROMPT_USER, for a tool: it may ask its user about a server that nobody vouches for.
    pub may_ask_about_servers: bool,
    /// Where the certificates of SSL and SCITOKENS are.
    pub tls: ClientTlsSources,
    /// ALLOW_CLIENT and what stands in for it; `None` where nothing is set at all.
    pub allow: Option<List>,
    /// DENY_CLIENT and what stands in for it.
    pub deny: Option<List>,
    /// Which addresses can be dialled.
    pub network: LocalNetwork,
    /// CONDOR_IDS.
    pub condor_ids: Option<String>,
    /// CERTIFICATE_MAPFILE, which maps the names of servers.
    pub mapfile: Option<MapfileSource>,
    /// UID_DOMAIN.
    pub uid_domain: Option<String>,
    /// SEC_ENABLE_MATCH_PASSWORD_AUTHENTICATION: whether the session that goes with a claim id is used.
    pub match_sessions: bool,
    /// Wrong values over which HTCondor's tools go on too, and so does this; to be shown.
    pub warnings: Vec<WrongValue>,
}

impl Settings {
    /// Reads the settings of a tool on `host`.
    ///
    /// This blocks: each host name in ALLOW_CLIENT and DENY_CLIENT is looked up, and a silent name
    /// server is waited for as long as the system's resolver does. From asynchronous code call it
    /// where blocking harms nobody, as in `tokio::task::spawn_blocking`.
    ///
    /// # Errors
    /// [`SettingsError`] names the knob, its value and where it stands.
    pub fn from_config(config: &Config, host: &Host) -> Result<Self, SettingsError> {
        let lookup = Lookup::new(config, &host.subsystem);
        let settings = Self {
            client: client_settings(&lookup, host)?,
            idtokens: IdTokensSettings {
                trust_domain: lookup.text("TRUST_DOMAIN")?,
                pool_key_is_password: lookup.boolean("SEC_TOKEN_POOL_SIGNING_KEY_IS_PASSWORD")?,
                self_made: true,
            },
            tokens: tokens::sources(&lookup, host)?,
            fs: FsSettings {
                enforce_channel_binding: lookup.boolean("SEC_FS_ENFORCE_CHANNEL_BINDING")?,
            },
            kerberos: kerberos::rules(&lookup)?,
            kerberos_sources: kerberos::sources(
                &lookup,
                host.is_root || !is_tool(&host.subsystem),
            )?,
            claimtobe: ClaimToBeSettings {
                user: lookup.text("SEC_CLAIMTOBE_USER")?,
                include_domain: lookup.boolean("SEC_CLAIMTOBE_INCLUDE_DOMAIN")?,
                uid_domain: lookup.text("UID_DOMAIN")?,
            },
            password: PasswordSettings {
                uid_domain: lookup.text("UID_DOMAIN")?,
            },
            password_file: tokens::password_file(&lookup)?,
            ssl: tls::checks(&lookup)?,
            bearer: scitokens::bearer(&lookup)?,
            may_ask_about_servers: tls::may_ask(&lookup, host)?,
            tls: tls::client(&lookup, host)?,
            allow: lists::allow(&lookup, &host.subsystem)?,
            deny: lists::deny(&lookup, &host.subsystem)?,
            network: network::local(&lookup)?,
            condor_ids: lookup.text("CONDOR_IDS")?,
            mapfile: mapfile::source(&lookup)?,
            uid_domain: lookup.text("UID_DOMAIN")?,
            match_sessions: lookup.boolean("SEC_ENABLE_MATCH_PASSWORD_AUTHENTICATION")?,
            warnings: Vec::new(),
        };
        Ok(Self {
            warnings: lookup.warnings(),
            ..settings
        })
    }
}

/// Whether a subsystem is a tool's: it ends soon, and takes wrong values more lightly.
fn is_tool(subsystem: &str) -> bool {
    ["TOOL", "SUBMIT"]
        .iter()
        .any(|tool| tool.eq_ignore_ascii_case(subsystem))
}
