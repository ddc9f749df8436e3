//! Which settings bear on security.

/// What the names of such settings begin with, in upper case.
const PREFIXES: [&str; 21] = [
    "ALLOW_",
    "AUTH_SSL_",
    "AUTHENTICATION_",
    "BOOTSTRAP_SSL_",
    "CERTIFICATE_MAPFILE",
    "CLAIMTOBE_",
    "DENY_",
    "FS_REMOTE_",
    "GSI_",
    "HOSTALLOW",
    "HOSTDENY",
    "KERBEROS_",
    "MUNGE_",
    "PASSWD_CACHE_",
    "SCITOKENS_",
    "SEC_",
    "SETTABLE_ATTRS",
    "SSL_",
    "TRUST_DOMAIN",
    "UNAUTHENTICATED_",
    "USE_POOL_USERNAME_",
];
/// Others.
const NAMES: [&str; 17] = [
    "CONDOR_IDS",
    "ENABLE_PERSISTENT_CONFIG",
    "ENABLE_RUNTIME_CONFIG",
    "ENCRYPT_SECRETS",
    "FIPS",
    "LEGACY_ALLOW_SEMANTICS",
    "LOCAL_CONFIG_DIR_EXCLUDE_REGEXP",
    "NO_DNS",
    "DEFAULT_DOMAIN_NAME",
    "DISABLE_AUTHENTICATION_IP_CHECK",
    "ETC",
    "FLOCK_FROM",
    "GRIDMAP",
    "TRUST_UID_DOMAIN",
    "UID_DOMAIN",
    "USER_MAPFILE",
    "X509_USER_PROXY",
];

/// Whether a setting decides who may do what, as whom, by which method, or how a connection is protected. A subsystem's or
/// local name in front (`SCHEDD.ALLOW_WRITE`) does not matter.
#[must_use]
pub fn is_security_knob(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let is = |name: &str| {
        PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || NAMES.contains(&name)
    };
    is(&upper) || upper.split_once('.').is_some_and(|(_, rest)| is(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for yes in [
            "SEC_DEFAULT_ENCRYPTION",
            "schedd.allow_write",
            "Uid_Domain",
            "AUTH_SSL_SERVER_CAFILE",
        ] {
            assert!(is_security_knob(yes), "{yes}");
        }
        for no in ["LOG", "SECURE_JOB_ATTRS", "DAEMON_LIST"] {
            assert!(!is_security_knob(no), "{no}");
        }
    }
}
