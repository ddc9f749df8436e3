//! Kerberos tickets, through libkrb5.

use std::fs::File;
use std::io::Read as _;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use countersign_core::Secret;
use countersign_core::crypto::{KeyWrap, KeyWrapError};
use countersign_kerberos::{Kerberos, KerberosError, LoadError, Pending, SessionKey, Source};
use countersign_methods::kerberos::{
    AcceptTicket, GetTicket, JudgeReply, KerberosFailure, RealmMap, Taken, Ticket,
};

/// The largest KERBEROS_MAP_FILE that is read, in bytes.
const MAX_MAP: u64 = 4 << 20;

/// Where credentials and keys are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KerberosSources {
    /// KERBEROS_SERVER_KEYTAB; the system's where it is `None`.
    pub keytab: Option<String>,
    /// KERBEROS_SERVER_PRINCIPAL, as which a client with a keytab asks.
    pub principal: Option<String>,
    /// KERBEROS_SERVER_SERVICE, or `host`.
    pub service: String,
    /// KERBEROS_MAP_FILE.
    pub map_file: Option<PathBuf>,
    /// Whether a client uses the keytab, as root and daemons do, and not the user's tickets.
    pub client_has_keytab: bool,
}

/// The library, and what is asked of it. It is loaded when it is first needed, and kept, also that it is not there.
#[derive(Debug, Clone)]
pub struct KerberosLibrary {
    loaded: Arc<OnceLock<Result<Kerberos, LoadError>>>,
    sources: Arc<KerberosSources>,
}

impl KerberosLibrary {
    /// Not loaded yet.
    #[must_use]
    pub fn new(sources: KerberosSources) -> Self {
        Self {
            loaded: Arc::default(),
            sources: Arc::new(sources),
        }
    }

    fn get(&self) -> Result<&Kerberos, KerberosFailure> {
        let loaded = self.loaded.get_or_init(Kerberos::load);
        loaded
            .as_ref()
            .map_err(|error| KerberosFailure::NoLibrary(error.to_string()))
    }

    /// Whether it is there.
    ///
    /// # Errors
    /// [`KerberosFailure::NoLibrary`].
    pub fn find(&self) -> Result<(), KerberosFailure> {
        self.get().map(drop)
    }

    /// Gets a ticket for the service on the host of an address, which is looked up as HTCondor does it: what the name
    /// service says is not checked, and whoever can change that says whose ticket is shown. Blocks for as long as the name
    /// service and the KDC take.
    ///
    /// # Errors
    /// [`KerberosFailure`].
    pub fn ticket(&self, request: GetTicket) -> Result<Ticket, KerberosFailure> {
        let kerberos = self.get()?;
        let sources = &self.sources;
        let host = host_name(request.0)?;
        let source = match sources.client_has_keytab {
            true => Source::Keytab {
                keytab: sources.keytab.as_deref(),
                principal: sources.principal.as_deref(),
            },
            false => Source::Cache,
        };
        let about = match sources.client_has_keytab {
            true => format!(
                "for {}/{host}, by {}",
                sources.service,
                keytab_name(sources.keytab.as_deref())
            ),
            false => format!("for {}/{host}", sources.service),
        };
        let made = kerberos
            .request(&host, &sources.service, source)
            .map_err(|error| failure(error, Some(about)))?;
        Ok(Ticket {
            request: made.message,
            client: made.client,
            server: made.server,
            realms: self.realms(),
            judge: Box::new(Judge(made.pending)),
            wrap: Arc::new(Wrap(made.key)),
        })
    }

    /// Judges a ticket by the keytab. Blocks for as long as files take.
    ///
    /// # Errors
    /// [`KerberosFailure`].
    pub fn accept(&self, request: &AcceptTicket) -> Result<Taken, KerberosFailure> {
        let keytab = self.sources.keytab.as_deref();
        let accepted = self
            .get()?
            .accept(&request.request, keytab, request.from)
            .map_err(|error| failure(error, Some(keytab_name(keytab))))?;
        Ok(Taken {
            client: accepted.client,
            reply: accepted.reply,
            wrap: Arc::new(Wrap(accepted.key)),
            realms: self.realms(),
        })
    }

    /// KERBEROS_MAP_FILE. One that cannot be read is none, as in HTCondor; of one that is too large no realm is taken.
    fn realms(&self) -> Option<RealmMap> {
        let file = File::open(self.sources.map_file.as_ref()?).ok()?;
        if !file.metadata().ok()?.is_file() {
            return None;
        }
        let mut text = Vec::new();
        let read = file.take(MAX_MAP + 1).read_to_end(&mut text);
        let is_whole = read.is_ok_and(|read| u64::try_from(read).is_ok_and(|read| read <= MAX_MAP));
        let text = String::from_utf8_lossy(if is_whole { &text } else { b"" });
        Some(RealmMap::parse(&text))
    }
}

#[derive(Debug)]
struct Judge(Pending);

impl JudgeReply for Judge {
    fn judge(self: Box<Self>, reply: &[u8]) -> Result<(), KerberosFailure> {
        self.0.verify(reply).map_err(|error| failure(error, None))
    }
}

/// Protects a session's key with a ticket's: what kind of key that is, a version that nobody reads, and the length stand
/// before what is encrypted, 32 bits each.
#[derive(Debug)]
struct Wrap(SessionKey);

impl KeyWrap for Wrap {
    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, KeyWrapError> {
        let encrypted = self.0.encrypt(key).map_err(|error| wrap_error(&error))?;
        let length = u32::try_from(encrypted.len())
            .map_err(|_| KeyWrapError("it became too long".into()))?;
        let mut wrapped = self.0.enctype().to_be_bytes().to_vec();
        wrapped.extend(0_u32.to_be_bytes());
        wrapped.extend(length.to_be_bytes());
        wrapped.extend(encrypted);
        Ok(wrapped)
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret, KeyWrapError> {
        let odd = || KeyWrapError("it is no key that Kerberos encrypted".into());
        let (kind, rest) = wrapped.split_first_chunk().ok_or_else(odd)?;
        let (_version, rest) = rest.split_first_chunk::<4>().ok_or_else(odd)?;
        let (length, encrypted) = rest.split_first_chunk().ok_or_else(odd)?;
        let whole = u32::try_from(encrypted.len()) == Ok(u32::from_be_bytes(*length));
        if i32::from_be_bytes(*kind) != self.0.enctype() || !whole {
            return Err(odd());
        }
        let key = self.0.decrypt(encrypted);
        key.map(|key| Secret::from(key.as_slice()))
            .map_err(|error| wrap_error(&error))
    }

    fn hides(&self) -> bool {
        true
    }
}

fn wrap_error(error: &KerberosError) -> KeyWrapError {
    KeyWrapError(error.to_string())
}

fn keytab_name(keytab: Option<&str>) -> String {
    match keytab {
        Some(keytab) => format!("the keytab {keytab}"),
        None => "the system's keytab".into(),
    }
}

fn failure(error: KerberosError, about: Option<String>) -> KerberosFailure {
    match error {
        KerberosError::Reported { call, code, text } => KerberosFailure::Reported {
            call,
            code,
            text,
            about,
        },
        other => KerberosFailure::Unusable(other.to_string()),
    }
}

/// The host name that a ticket is asked for.
fn host_name(address: IpAddr) -> Result<String, KerberosFailure> {
    // NI_NAMEREQD; the crate has no name for it.
    dns_lookup::getnameinfo(&(address.to_canonical(), 0).into(), 8)
        .map(|(name, _)| name)
        .map_err(|error| KerberosFailure::NoHostName {
            address,
            problem: std::io::Error::from(error).to_string(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_map(map: &std::path::Path) -> KerberosLibrary {
        KerberosLibrary::new(KerberosSources {
            map_file: Some(map.to_owned()),
            ..KerberosSources::default()
        })
    }

    #[test]
    fn a_map_that_is_there_counts_and_one_that_is_not_does_not() {
        let path = std::env::temp_dir().join(format!("countersign-realms-{}", std::process::id()));
        assert_eq!(with_map(&path).realms(), None);
        std::fs::write(&path, "A = b\n").unwrap();
        assert_eq!(with_map(&path).realms(), Some(RealmMap::parse("A = b")));
        let large = File::create(&path).unwrap();
        large.set_len(MAX_MAP + 1).unwrap();
        assert_eq!(with_map(&path).realms(), Some(RealmMap::default()));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(with_map(&std::env::temp_dir()).realms(), None);
    }

    #[test]
    fn an_address_without_a_name() {
        let nowhere = "192.0.2.1".parse().unwrap();
        let error = host_name(nowhere).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the server's address 192.0.2.1 has no host name")
        );
    }
}
