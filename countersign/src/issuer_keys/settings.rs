//! What issuers' keys are fetched and kept by.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time, in seconds since 1970.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What is known of an issuer before it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its tokens could be of no use here, so that it is not asked.
    Useless,
    /// It is like any other.
    Any,
    /// This site names it. It is asked before the others.
    Named,
}

/// What is known of an issuer before it is asked.
pub type Standings = Arc<dyn Fn(&str) -> Standing + Send + Sync>;

/// What issuers' keys are fetched and kept by.
#[derive(Clone)]
pub struct IssuerKeySettings {
    /// The folder of SEC_SCITOKENS_CACHE. It is made if it is not there.
    pub folder: Option<PathBuf>,
    /// SEC_SCITOKENS_CACHE_MAX_STALE: how long the last keys serve while the issuer cannot be asked, counted from when
    /// asking was due.
    pub max_stale: Duration,
    /// Issuers whose keys stand in a file. They are never asked.
    pub pinned: BTreeMap<String, PathBuf>,
    /// Files of certificates (PEM) that are trusted besides the system's.
    pub extra_ca_files: Vec<PathBuf>,
    /// A file of certificates (PEM) that are trusted instead of the system's: SCITOKEN_CONFIG_TLS_CA_FILE.
    pub ca_file: Option<PathBuf>,
    /// The limits.
    pub limits: FetchLimits,
    /// The time.
    pub clock: Clock,
}

impl Default for IssuerKeySettings {
    fn default() -> Self {
        Self {
            folder: None,
            max_stale: Duration::from_secs(4 * 3600),
            pinned: BTreeMap::new(),
            extra_ca_files: Vec::new(),
            ca_file: None,
            limits: FetchLimits::default(),
            clock: Arc::new(|| {
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                now.map_or(0, |now| now.as_secs())
            }),
        }
    }
}

impl fmt::Debug for IssuerKeySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerKeySettings")
            .field("folder", &self.folder)
            .field("max_stale", &self.max_stale)
            .field("pinned", &self.pinned)
            .field("extra_ca_files", &self.extra_ca_files)
            .field("ca_file", &self.ca_file)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// How much is fetched and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchLimits {
    /// The longest fetch, with names, connections, redirects and all.
    pub time: Duration,
    /// The most fetches under way.
    pub fetches: usize,
    /// How many of these only issuers get that are [`Named`](Standing::Named), or that somebody was let in by
    /// ([`confirm`](super::IssuerKeyCache::confirm)): a flood of made-up ones must not keep the real ones from being
    /// asked.
    pub reserved: usize,
    /// The most fetches that wait for one of these to end. Those of issuers with places of their own go first, then those
    /// that have answered before; then a client's that has the fewest under way.
    pub waiting: usize,
    /// How long one waits before it is refused. This and `time` together should be less than clients wait.
    pub longest_wait: Duration,
    /// The most fetches of one client, under way or waiting: of an IPv4 address, or of the 64 first bits of an IPv6 one.
    pub fetches_per_client: usize,
    /// The most issuers whose keys are kept; of as many more it is kept that they could not be had.
    pub issuers: usize,
    /// The most keys that are kept, of all issuers together.
    pub keys: usize,
    /// When keys are to be fetched anew, after they were fetched.
    pub refresh: Duration,
    /// When keys are thrown away, after they were fetched.
    pub expire: Duration,
    /// How long a failure keeps an issuer from being asked again; doubled with each one that follows.
    pub first_pause: Duration,
    /// Up to this.
    pub longest_pause: Duration,
}

impl Default for FetchLimits {
    /// `refresh` and `expire` are scitokens-cpp's; `longest_wait` and `time` are less than the 20 seconds of
    /// SEC_DEFAULT_AUTHENTICATION_TIMEOUT.
    fn default() -> Self {
        Self {
            time: Duration::from_secs(10),
            fetches: 16,
            reserved: 4,
            waiting: 256,
            longest_wait: Duration::from_secs(8),
            fetches_per_client: 4,
            issuers: 1_000,
            keys: 32_768,
            refresh: Duration::from_secs(600),
            expire: Duration::from_secs(4 * 24 * 3600),
            first_pause: Duration::from_secs(10),
            longest_pause: Duration::from_secs(600),
        }
    }
}
