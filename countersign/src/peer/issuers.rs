//! The cache of issuers' keys, which outlasts a reconfiguration.

use std::sync::{Arc, Mutex, PoisonError};

use crate::issuer_keys::IssuerKeyCache;
use crate::settings::IssuerSources;

/// The cache, and the settings that it was made by.
#[derive(Debug, Clone, Default)]
pub(super) struct Issuers(Arc<Mutex<Option<(IssuerSources, IssuerKeyCache)>>>);

impl Issuers {
    /// The cache for these settings: the one that there is, if they have not changed. This may read files.
    pub(super) fn of(&self, sources: &IssuerSources) -> IssuerKeyCache {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, cache)) = &*kept
            && known == sources
        {
            return cache.clone();
        }
        let cache = IssuerKeyCache::new(sources.settings());
        *kept = Some((sources.clone(), cache.clone()));
        cache
    }
}
