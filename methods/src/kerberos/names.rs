//! From a principal to a user and a domain.
//!
//! Rule: `map_kerberos_name`, `map_domain_name` and `init_realm_mapping` in HTCondor 25.14.

use std::collections::HashMap;
use std::fmt;

use crate::identity::lowered;

/// The account that stands for daemons, where KERBEROS_SERVER_USER is not set.
const CONDOR: &str = "condor";
/// The service, where KERBEROS_SERVER_SERVICE is not set.
const HOST: &str = "host";
/// The most realms that are read of a KERBEROS_MAP_FILE.
const MAX_REALMS: usize = 100_000;

/// KERBEROS_MAP_FILE, read: each realm's domain. A realm that is not in it is nobody's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RealmMap(HashMap<String, String>);

impl RealmMap {
    /// Reads lines `REALM = domain`. Empty lines, and those that start with `#`, are comments; what else is no such line is
    /// passed over, as HTCondor passes over it.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.replace("\\\r\n", "").replace("\\\n", "");
        let lines = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with('#'));
        let realms = lines.filter_map(|line| {
            let mut words = line.split(['=', ' ']).filter(|word| !word.is_empty());
            Some((words.next()?.to_owned(), words.next()?.to_owned()))
        });
        Self(realms.take(MAX_REALMS).collect())
    }
}

/// Which principals are daemons, and what their user is called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameRules {
    /// KERBEROS_SERVER_PRINCIPAL.
    pub server_principal: Option<String>,
    /// KERBEROS_SERVER_SERVICE; `host` where it is `None`.
    pub service: Option<String>,
    /// KERBEROS_SERVER_USER; `condor` where it is `None`.
    pub server_user: Option<String>,
}

/// Why a principal is nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameDefect {
    /// There is a KERBEROS_MAP_FILE, and its realm is not in it.
    UnknownRealm(String),
    /// It has no user or no realm.
    Incomplete,
}

impl fmt::Display for NameDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownRealm(realm) => write!(f, "the realm {realm} is not in KERBEROS_MAP_FILE"),
            Self::Incomplete => f.write_str("it has no name or no realm"),
        }
    }
}

impl NameRules {
    /// The service's name.
    #[must_use]
    pub fn service(&self) -> &str {
        self.service.as_deref().unwrap_or(HOST)
    }

    /// Who a principal is: user and domain.
    pub(super) fn user_of(
        &self,
        principal: &str,
        realms: Option<&RealmMap>,
    ) -> Result<(String, String), NameDefect> {
        let (name, realm) = principal.rsplit_once('@').ok_or(NameDefect::Incomplete)?;
        let first = name.split('/').next().unwrap_or_default();
        let is_own = self.server_principal.as_deref() == Some(principal);
        let mut user = match &self.server_user {
            Some(user) if is_own => user,
            _ => first,
        };
        if user == self.service() {
            user = self.server_user.as_deref().unwrap_or(CONDOR);
        }
        let domain = match realms {
            None => realm,
            Some(RealmMap(realms)) => realms
                .get(realm)
                .ok_or_else(|| NameDefect::UnknownRealm(realm.to_owned()))?,
        };
        if user.is_empty() || realm.is_empty() {
            return Err(NameDefect::Incomplete);
        }
        Ok((user.to_owned(), lowered(domain)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is(rules: &NameRules, principal: &str, realms: Option<&RealmMap>) -> String {
        match rules.user_of(principal, realms) {
            Ok((user, domain)) => format!("{user}@{domain}"),
            Err(defect) => defect.to_string(),
        }
    }

    #[test]
    fn users() {
        let plain = NameRules::default();
        let other = NameRules {
            server_principal: Some("pool/cm@POOL.EXAMPLE".into()),
            service: Some("htcondor".into()),
            server_user: Some("daemon".into()),
        };
        for (principal, by_plain, by_other) in [
            (
                "alice@POOL.EXAMPLE",
                "alice@pool.example",
                "alice@pool.example",
            ),
            ("alice/admin@A", "alice@a", "alice@a"),
            (
                "host/cm@POOL.EXAMPLE",
                "condor@pool.example",
                "host@pool.example",
            ),
            ("htcondor/cm@A", "htcondor@a", "daemon@a"),
            (
                "pool/cm@POOL.EXAMPLE",
                "pool@pool.example",
                "daemon@pool.example",
            ),
            ("pool/cm@OTHER", "pool@other", "pool@other"),
            (
                "@A",
                "it has no name or no realm",
                "it has no name or no realm",
            ),
            (
                "alice",
                "it has no name or no realm",
                "it has no name or no realm",
            ),
            (
                "alice@",
                "it has no name or no realm",
                "it has no name or no realm",
            ),
        ] {
            assert_eq!(is(&plain, principal, None), by_plain);
            assert_eq!(is(&other, principal, None), by_other);
        }
    }

    #[test]
    fn realms() {
        let map = RealmMap::parse(
            "# A = no\n POOL.EXAMPLE = Pool.Example\nB=b.org more\n\nC\nD =\\\n d\n",
        );
        let plain = NameRules::default();
        for (realm, expected) in [
            ("POOL.EXAMPLE", "a@pool.example"),
            ("B", "a@b.org"),
            ("D", "a@d"),
            ("A", "the realm A is not in KERBEROS_MAP_FILE"),
            ("C", "the realm C is not in KERBEROS_MAP_FILE"),
            (
                "pool.example",
                "the realm pool.example is not in KERBEROS_MAP_FILE",
            ),
        ] {
            assert_eq!(is(&plain, &format!("a@{realm}"), Some(&map)), expected);
        }
        let nobody = RealmMap::parse("");
        assert!(
            plain.user_of("a@B", Some(&nobody)).is_err(),
            "an empty map lets nobody in"
        );
    }

    proptest! {
        #[test]
        fn any_text(principal: String, map: String) {
            let _ = NameRules::default().user_of(&principal, Some(&RealmMap::parse(&map)));
        }
    }
}
