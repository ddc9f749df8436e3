//! What a server's methods take from configuration.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use countersign_config::Config;
use countersign_core::identity::Mapper;
use countersign_core::method::{Registry, ServerMechanism};
use countersign_core::sinful::Sinful;
use countersign_methods::anonymous::AnonymousServer;
use countersign_methods::claimtobe::{ClaimToBeServer, ClaimToBeServerSettings};
use countersign_methods::fs::{FsServer, FsServerSettings, InspectDirectory, Place, TryName};
use countersign_methods::idtokens::{
    IdTokensServer, IdTokensServerSettings, ListSigningKeys, ReadSigningKey, RevocationRule,
};
use countersign_methods::kerberos::{AcceptTicket, FindKerberos, KerberosServer, NameRules};
use countersign_methods::munge::{DecodeCredential, FindMunge, MungeServer, MungeServerSettings};
use countersign_methods::password::{PasswordServer, PasswordServerSettings, ReadPoolPassword};
use countersign_methods::scitokens::{
    Plugins, RunPlugin, ScitokensServer, ScitokensServerSettings,
};
use countersign_methods::ssl::{LoadServerTls, SslServer, SslServerSettings};

use super::kerberos;
use super::scitokens::{self, IssuerSources};
use super::{Host, Lookup, SettingsError, tls, tokens};
use crate::effects::tls::{ServerTlsMemory, ServerTlsSources, load_server_tls};
use crate::effects::{
    CondorUser, FolderMemory, KerberosLibrary, KerberosSources, MungeLibrary, Performers,
    TokenSources, inspect_directory, list_signing_keys_again, read_pool_password,
    read_signing_key_again, run_plugin, try_name,
};

/// How long a plugin may take. The deadline of authentication, which is the same unless it is set, ends it too.
const PLUGIN_TIME: Duration = Duration::from_secs(20);

/// The settings of every method that a server of this build can perform.
#[derive(Debug, Clone)]
pub struct ServerMethods {
    /// IDTOKENS.
    pub idtokens: IdTokensServerSettings,
    /// Where its keys are.
    pub keys: TokenSources,
    /// FS.
    pub fs: FsServerSettings,
    /// KERBEROS: who a principal is.
    pub kerberos: NameRules,
    /// KERBEROS: where the keys are.
    pub kerberos_sources: KerberosSources,
    /// MUNGE.
    pub munge: MungeServerSettings,
    /// PASSWORD.
    pub password: PasswordServerSettings,
    /// SEC_PASSWORD_FILE.
    pub password_file: Option<PathBuf>,
    /// FS_REMOTE.
    pub fs_remote: FsServerSettings,
    /// CLAIMTOBE.
    pub claimtobe: ClaimToBeServerSettings,
    /// SSL.
    pub ssl: SslChecks,
    /// Where the certificates of SSL and SCITOKENS are.
    pub tls: ServerTlsSources,
    /// SCITOKENS: which tokens are taken.
    pub scitokens: ScitokensServerSettings,
    /// SEC_SCITOKENS_PLUGIN_*.
    pub plugins: Plugins,
    /// Where the keys of tokens' issuers are.
    pub issuers: IssuerSources,
}

/// What a server's SSL asks of clients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SslChecks {
    /// AUTH_SSL_REQUIRE_CLIENT_CERTIFICATE.
    pub require_certificate: bool,
    /// AUTH_SSL_REQUIRE_CLIENT_MAPPING.
    pub require_mapping: bool,
}

impl ServerMethods {
    /// Reads them. `own_address` is what the server publishes. Blocks where the user database is a
    /// network's.
    ///
    /// # Errors
    /// [`SettingsError`] names the knob, its value and where it stands. A revocation expression that
    /// cannot be read is no error here: with it no token is taken.
    pub fn from_config(
        config: &Config,
        host: &Host,
        own_address: Option<Sinful>,
    ) -> Result<Self, SettingsError> {
        Self::from_lookup(&Lookup::new(config, &host.subsystem), host, own_address)
    }

    /// The same by a look-up, which has the [warnings](Lookup::warnings) afterwards.
    ///
    /// # Errors
    /// As [`Self::from_config`].
    pub fn from_lookup(
        lookup: &Lookup<'_>,
        host: &Host,
        own_address: Option<Sinful>,
    ) -> Result<Self, SettingsError> {
        let uid_domain = lookup.text("UID_DOMAIN")?;
        let root_is = if lookup.boolean("FS_ROOT_TO_CONDOR")? {
            let ids = lookup.text("CONDOR_IDS")?;
            CondorUser::find(ids.as_deref()).ok().map(|user| user.name)
        } else {
            None
        };
        let fs = |place: Place| -> Result<FsServerSettings, SettingsError> {
            Ok(FsServerSettings {
                folder: lookup
                    .path(place.knob())?
                    .filter(|path| !path.as_os_str().is_empty())
                    .unwrap_or_else(|| PathBuf::from("/tmp")),
                uid_domain: uid_domain.clone(),
                root_is: root_is.clone(),
                own_address: own_address.clone(),
            })
        };
        Ok(Self {
            idtokens: IdTokensServerSettings {
                trust_domain: lookup.text("TRUST_DOMAIN")?,
                uid_domain: uid_domain.clone(),
                pool_key_is_password: lookup.boolean("SEC_TOKEN_POOL_SIGNING_KEY_IS_PASSWORD")?,
                max_age: max_age(lookup)?,
                revocation: revocation(lookup)?,
            },
            keys: tokens::sources(lookup, host)?,
            fs: fs(Place::Local)?,
            fs_remote: fs(Place::Remote)?,
            kerberos: kerberos::rules(lookup)?,
            kerberos_sources: kerberos::sources(lookup, true)?,
            munge: MungeServerSettings {
                uid_domain: uid_domain.clone(),
            },
            password: PasswordServerSettings {
                uid_domain: uid_domain.clone(),
            },
            password_file: tokens::password_file(lookup)?,
            claimtobe: ClaimToBeServerSettings {
                include_domain: lookup.boolean("SEC_CLAIMTOBE_INCLUDE_DOMAIN")?,
                uid_domain,
            },
            ssl: SslChecks {
                require_certificate: lookup.boolean("AUTH_SSL_REQUIRE_CLIENT_CERTIFICATE")?,
                require_mapping: lookup.boolean("AUTH_SSL_REQUIRE_CLIENT_MAPPING")?,
            },
            tls: tls::server(lookup)?,
            scitokens: scitokens::server(lookup)?,
            plugins: scitokens::plugins(lookup)?,
            issuers: scitokens::issuers(lookup)?,
        })
    }

    /// The methods themselves. `mapper` maps names; some methods must know beforehand whether it does.
    #[must_use]
    pub fn registry(&self, mapper: &Arc<dyn Mapper>) -> Registry<dyn ServerMechanism> {
        let ssl = SslServerSettings {
            require_certificate: self.ssl.require_certificate,
            require_mapping: self.ssl.require_mapping,
            mapper: mapper.clone(),
        };
        Registry::default()
            .accepting(IdTokensServer::new(self.idtokens.clone()))
            .accepting(FsServer::new(self.fs.clone()))
            .accepting(FsServer::remote(self.fs_remote.clone()))
            .accepting(ScitokensServer::new(
                self.scitokens.clone(),
                self.plugins.clone(),
                ssl.clone(),
            ))
            .accepting(SslServer::new(ssl))
            .accepting(KerberosServer::new(self.kerberos.clone()))
            .accepting(MungeServer::new(self.munge.clone()))
            .accepting(PasswordServer::new(self.password.clone()))
            .accepting(ClaimToBeServer::new(self.claimtobe.clone()))
            .accepting(AnonymousServer)
    }

    /// The performers of their effects. Keys are looked at whenever they are asked for, so that a new one
    /// counts, and an old one does not, from the next handshake on.
    #[must_use]
    pub fn performers(&self) -> Performers {
        let (listed, read) = (self.keys.clone(), self.keys.clone());
        let remote = !self.keys.are_local();
        let memory = Arc::new(FolderMemory::default());
        let known = memory.clone();
        let (tls, tls_memory) = (self.tls.clone(), ServerTlsMemory::default());
        let munge = MungeLibrary::default();
        let found_munge = munge.clone();
        let password = self.password_file.clone();
        let kerberos = KerberosLibrary::new(self.kerberos_sources.clone());
        let found_kerberos = kerberos.clone();
        Performers::default()
            .register(false, move |_: FindMunge| found_munge.find().into())
            .register(false, move |_: FindKerberos| found_kerberos.find().into())
            .with(move |_: ReadPoolPassword| read_pool_password(password.as_deref()).into())
            .with(move |request: AcceptTicket| kerberos.accept(&request).into())
            .with(move |request: DecodeCredential| munge.decode(&request).into())
            .register(remote, move |_: LoadServerTls| {
                load_server_tls(&tls, &tls_memory).into()
            })
            .register(remote, move |_: ListSigningKeys| {
                list_signing_keys_again(&listed, &memory).into()
            })
            .register(remote, move |request: ReadSigningKey| {
                read_signing_key_again(&read, &request, &known).into()
            })
            .awaiting(
                |request: RunPlugin| async move { run_plugin(request, PLUGIN_TIME).await.into() },
            )
            .with(|request: TryName| try_name(&request).into())
            .with(|request: InspectDirectory| inspect_directory(&request).into())
    }
}

/// SEC_TOKEN_MAX_AGE: 0 and -1 are no limit.
fn max_age(lookup: &Lookup<'_>) -> Result<Option<u64>, SettingsError> {
    let knob = "SEC_TOKEN_MAX_AGE";
    match (
        lookup.number(&[knob.to_owned()], -1)?,
        lookup.setting(knob)?,
    ) {
        (0 | -1, _) => Ok(None),
        (seconds, _) if seconds > 0 => Ok(u64::try_from(seconds).ok()),
        (_, Some(setting)) => Err(SettingsError::value(
            &setting,
            "a number of seconds, or -1 for no limit",
        )),
        (_, None) => Ok(None),
    }
}

/// The knob that counts is the first that is set, as in HTCondor.
fn revocation(lookup: &Lookup<'_>) -> Result<Option<RevocationRule>, SettingsError> {
    for knob in ["SEC_TOKEN_REVOCATION_EXPR", "SEC_TOKEN_BLACKLIST_EXPR"] {
        if let Some(text) = lookup.text(knob)?.filter(|text| !text.trim().is_empty()) {
            return Ok(Some(RevocationRule::read(knob, &text)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ServerMethods, SettingsError> {
        let config: Config = text.parse().unwrap();
        let host = Host {
            subsystem: "COLLECTOR".to_owned(),
            ..Host::for_tests()
        };
        ServerMethods::from_config(&config, &host, None)
    }

    #[test]
    fn what_is_set_and_what_is_not() {
        let mapper: Arc<dyn Mapper> = Arc::new(countersign_core::identity::NoMapper);
        let plain = read("UID_DOMAIN = pool.example\n").unwrap();
        assert_eq!(plain.fs.folder, PathBuf::from("/tmp"));
        assert_eq!(plain.fs_remote.folder, PathBuf::from("/tmp"));
        assert!(plain.claimtobe.include_domain);
        assert!(plain.idtokens.max_age.is_none() && plain.idtokens.revocation.is_none());
        assert_eq!(plain.registry(&mapper).iter().count(), 10);
        let set = read(
            "FS_LOCAL_DIR = /scratch\nFS_REMOTE_DIR = /nfs\nFS_ROOT_TO_CONDOR = False\nSEC_TOKEN_MAX_AGE = 3600\n\
             SEC_TOKEN_BLACKLIST_EXPR = jti ==\nSEC_CLAIMTOBE_INCLUDE_DOMAIN = False\n",
        )
        .unwrap();
        assert_eq!(set.fs.folder, PathBuf::from("/scratch"));
        assert_eq!(set.fs_remote.folder, PathBuf::from("/nfs"));
        assert_eq!(set.fs.root_is, None);
        assert_eq!(set.idtokens.max_age, Some(3600));
        let rule = set.idtokens.revocation.unwrap();
        assert_eq!(rule.knob(), "SEC_TOKEN_BLACKLIST_EXPR");
        assert!(rule.defect().is_some(), "it is kept, to let nobody in");
        assert!(!set.claimtobe.include_domain);
        for off in ["0", "-1"] {
            let text = format!("SEC_TOKEN_MAX_AGE = {off}\n");
            assert_eq!(read(&text).unwrap().idtokens.max_age, None);
        }
        for wrong in ["-2", "x", "1h"] {
            assert!(read(&format!("SEC_TOKEN_MAX_AGE = {wrong}\n")).is_err());
        }
    }

    #[test]
    fn the_first_knob_counts() {
        let both = "SEC_TOKEN_BLACKLIST_EXPR = true\nSEC_TOKEN_REVOCATION_EXPR = false\n";
        let rule = read(both).unwrap().idtokens.revocation.unwrap();
        assert_eq!(rule.text(), "false");
    }
}
