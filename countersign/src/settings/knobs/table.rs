//! The table itself.

use super::kind::{Kind, Unit};
use super::wrong::{Reaction, Wrong};
use super::{Knob, Releases};

use Kind::{
    Authorization, Boolean, BooleanOrAuto, Ciphers, Expression, File, Files, Folder, Ids, Levels,
    List, Methods, Pattern, Requirement, SecretFile, SecretFiles, SecretFolder, Text,
};

const fn knob(name: &'static str, kind: Kind, wrong: Wrong) -> Knob {
    Knob {
        name,
        kind,
        wrong,
        releases: Releases::All,
        otherwise: None,
    }
}

impl Knob {
    const fn since_25(self) -> Self {
        Self {
            releases: Releases::Since25,
            ..self
        }
    }

    const fn until_23(self) -> Self {
        Self {
            releases: Releases::Until23,
            ..self
        }
    }

    const fn ours(self) -> Self {
        Self {
            releases: Releases::Countersign,
            ..self
        }
    }

    const fn or(self, otherwise: &'static str) -> Self {
        Self {
            otherwise: Some(otherwise),
            ..self
        }
    }
}

/// What a daemon reads with its configuration.
const AT_START: Wrong = Wrong {
    daemon: Reaction::EndsAtStart,
    tool: Reaction::Complains,
};
/// What it reads when it needs it.
const WHEN_USED: Wrong = Wrong {
    daemon: Reaction::EndsWhenUsed,
    tool: Reaction::Complains,
};
/// SEC_<LEVEL>_* with numbers are read in another way than all other numbers.
const IGNORED: Wrong = Wrong::both(Reaction::Ignores);
const WORD: Wrong = Wrong::both(Reaction::EndsWhenUsed);
const PASSED_OVER: Wrong = Wrong::both(Reaction::PassesOver);
const WITHOUT: Wrong = Wrong::both(Reaction::GoesWithout);
const ANY: Wrong = Wrong::both(Reaction::TakesIt);
const AT_START_QUIET: Wrong = Wrong {
    daemon: Reaction::EndsAtStart,
    tool: Reaction::Ignores,
};
const ALL_END: Wrong = Wrong::both(Reaction::EndsAtStart);

const fn seconds(name: &'static str, min: i64, wrong: Wrong) -> Knob {
    knob(
        name,
        Kind::Integer {
            min,
            max: i32::MAX as i64,
            unit: Unit::Seconds,
        },
        wrong,
    )
}

const fn used(name: &'static str) -> Knob {
    knob(name, Boolean, WHEN_USED)
}

const fn at_start(name: &'static str) -> Knob {
    knob(name, Boolean, AT_START)
}

const fn text(name: &'static str) -> Knob {
    knob(name, Text, ANY)
}

/// Every setting that bears on security, and those about addresses that clients need.
pub static ALL: &[Knob] = &[
    // What a level asks for.
    knob("SEC_<LEVEL>_AUTHENTICATION", Requirement, WORD).or("OPTIONAL"),
    knob("SEC_<LEVEL>_ENCRYPTION", Requirement, WORD).or("OPTIONAL"),
    knob("SEC_<LEVEL>_INTEGRITY", Requirement, WORD).or("OPTIONAL"),
    knob("SEC_<LEVEL>_NEGOTIATION", Requirement, WORD).or("PREFERRED"),
    knob("SEC_<LEVEL>_AUTHENTICATION_METHODS", Methods, PASSED_OVER),
    knob("SEC_<LEVEL>_CRYPTO_METHODS", Ciphers, PASSED_OVER).or("AES,BLOWFISH,3DES"),
    seconds("SEC_<LEVEL>_AUTHENTICATION_TIMEOUT", 0, IGNORED).or("20"),
    // Sessions.
    seconds("SEC_<LEVEL>_SESSION_DURATION", 1, IGNORED),
    seconds("SEC_<SUBSYS>_<LEVEL>_SESSION_DURATION", 1, IGNORED),
    // Daemons also read it for their cookies, as they read all other numbers.
    seconds("SEC_DEFAULT_SESSION_DURATION", 1, AT_START_QUIET),
    seconds("SEC_<LEVEL>_SESSION_LEASE", 0, IGNORED).or("3600"),
    seconds("SEC_SESSION_DURATION_SLOP", 0, WHEN_USED).or("20"),
    seconds("SEC_TCP_SESSION_TIMEOUT", 1, WHEN_USED).or("20"),
    seconds("SEC_TCP_SESSION_DEADLINE", 1, WHEN_USED).or("120"),
    used("SEC_ENABLE_RESUME_SERVER_RESPONSE").or("True"),
    used("SEC_INVALIDATE_SESSIONS_VIA_TCP").until_23(),
    at_start("SEC_USE_FAMILY_SESSION"),
    used("SEC_USE_LOW_DATA_MODE").since_25(),
    used("SEC_ENABLE_MATCH_PASSWORD_AUTHENTICATION"),
    used("SEC_DEBUG_PRINT_KEYS"),
    // Who may do what.
    knob("ALLOW_<LEVEL>", Authorization, PASSED_OVER),
    knob("ALLOW_<LEVEL>_<SUBSYS>", Authorization, PASSED_OVER),
    knob("DENY_<LEVEL>", Authorization, PASSED_OVER),
    knob("DENY_<LEVEL>_<SUBSYS>", Authorization, PASSED_OVER),
    at_start("LEGACY_ALLOW_SEMANTICS").or("False"),
    at_start("USE_POOL_USERNAME_EQUIVALENT").or("True"),
    at_start("SEC_ENABLE_REMOTE_ADMINISTRATION"),
    at_start("ENABLE_RUNTIME_CONFIG"),
    at_start("ENABLE_PERSISTENT_CONFIG"),
    knob("SETTABLE_ATTRS_<LEVEL>", List, ANY),
    knob("SETTABLE_ATTRS_<LEVEL>_<SUBSYS>", List, ANY),
    used("ALLOW_SUBMIT_FROM_KNOWN_USERS_ONLY"),
    used("ALLOW_OAUTH_WITHOUT_ENCRYPTION").or("False"),
    text("ALLOW_FORCE_RM"),
    used("ALLOW_LVS_TO_BIND_MOUNT_COMMON_FILES").since_25(),
    text("ALLOW_PROXY"),
    knob("FLOCK_FROM", Authorization, PASSED_OVER),
    // Names.
    text("TRUST_DOMAIN"),
    text("UID_DOMAIN"),
    text("DEFAULT_DOMAIN_NAME"),
    at_start("NO_DNS").or("False"),
    used("TRUST_UID_DOMAIN"),
    used("TRUST_LOCAL_UID_DOMAIN"),
    knob("CERTIFICATE_MAPFILE", File, WITHOUT),
    used("CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS").or("False"),
    knob("USER_MAPFILE", File, WITHOUT),
    knob("CONDOR_IDS", Ids, AT_START_QUIET),
    seconds("PASSWD_CACHE_REFRESH", 0, AT_START),
    used("DISABLE_AUTHENTICATION_IP_CHECK").or("False"),
    // Tokens and keys.
    knob("SEC_PASSWORD_DIRECTORY", SecretFolder, WITHOUT),
    knob("SEC_PASSWORD_FILE", SecretFile, WITHOUT),
    text("SEC_PASSWORD_DOMAIN"),
    knob("SEC_TOKEN_POOL_SIGNING_KEY_FILE", SecretFile, WITHOUT),
    used("SEC_TOKEN_POOL_SIGNING_KEY_IS_PASSWORD").or("False"),
    seconds("SEC_TOKEN_POOL_SIGNING_DIR_REFRESH_TIME", 0, AT_START).or("0"),
    text("SEC_TOKEN_AP_SIGNING_KEY_NAME"),
    text("SEC_TOKEN_ISSUER_KEY"),
    knob("SEC_TOKEN_DIRECTORY", SecretFolder, WITHOUT),
    knob("SEC_TOKEN_SYSTEM_DIRECTORY", SecretFolder, WITHOUT),
    seconds("SEC_TOKEN_MAX_AGE", -1, WHEN_USED).or("-1"),
    knob("SEC_TOKEN_REVOCATION_EXPR", Expression, IGNORED),
    knob("SEC_TOKEN_BLACKLIST_EXPR", Expression, IGNORED),
    knob("SEC_TOKEN_FETCH_ALLOWED_SIGNING_KEYS", List, ANY),
    seconds("SEC_TOKEN_REQUEST_LIFETIME", 0, AT_START_QUIET).or("3600"),
    knob("SEC_TOKEN_REQUEST_LIMITS", Levels, ANY),
    seconds("SEC_ISSUED_TOKEN_EXPIRATION", -1, WHEN_USED).or("-1"),
    used("SEC_ENABLE_TOKEN_FETCH"),
    used("SEC_ENABLE_TOKEN_REQUEST"),
    used("SEC_ENABLE_IMPERSONATION_TOKENS"),
    knob("SEC_IMPERSONATION_TOKEN_LIMITS", Levels, ANY),
    used("SEC_ACCEPT_CAPABILITY_TOKENS").since_25(),
    used("SEC_USE_TOKENS_DATABASE").since_25(),
    used("SEC_PROCESS_SUBMIT_TOKENS").until_23(),
    // SciTokens.
    used("SEC_ENABLE_SCITOKEN_EXCHANGE"),
    used("SEC_SCITOKENS_ALLOW_FOREIGN_TOKEN_TYPES"),
    used("SEC_SCITOKENS_ALLOW_EXTRA_SLASH").until_23(),
    knob("SEC_SCITOKENS_FOREIGN_TOKEN_ISSUERS", List, ANY),
    knob("SEC_SCITOKENS_CACHE", Folder, WITHOUT),
    seconds("SEC_SCITOKENS_CACHE_MAX_STALE", 0, AT_START)
        .or("14400")
        .ours(),
    knob("SEC_SCITOKENS_ISSUER_KEY_FILES", List, AT_START).ours(),
    knob("SEC_SCITOKENS_PLUGIN_NAMES", List, ANY),
    text("SEC_SCITOKENS_PLUGIN_<NAME>_COMMAND"),
    text("SEC_SCITOKENS_PLUGIN_<NAME>_MAPPING"),
    knob("SCITOKENS_SERVER_AUDIENCE", List, ANY),
    knob("SCITOKENS_FILE", SecretFile, WITHOUT),
    // TLS.
    knob("AUTH_SSL_SERVER_CERTFILE", Files, WITHOUT),
    knob("AUTH_SSL_SERVER_KEYFILE", SecretFiles, WITHOUT),
    knob("AUTH_SSL_SERVER_CAFILE", Files, WITHOUT),
    knob("AUTH_SSL_SERVER_CADIR", Folder, WITHOUT),
    used("AUTH_SSL_SERVER_USE_DEFAULT_CAS"),
    knob("AUTH_SSL_CLIENT_CERTFILE", Files, WITHOUT),
    knob("AUTH_SSL_CLIENT_KEYFILE", SecretFiles, WITHOUT),
    knob("AUTH_SSL_CLIENT_CAFILE", Files, WITHOUT),
    knob("AUTH_SSL_CLIENT_CADIR", Folder, WITHOUT),
    used("AUTH_SSL_CLIENT_USE_DEFAULT_CAS"),
    knob("AUTH_SSL_AUTOGENERATE_CERTFILE", File, WITHOUT),
    knob("AUTH_SSL_AUTOGENERATE_KEYFILE", SecretFile, WITHOUT),
    text("AUTH_SSL_CIPHERLIST"),
    used("AUTH_SSL_ALLOW_CLIENT_PROXY"),
    used("AUTH_SSL_USE_CLIENT_PROXY_ENV_VAR"),
    used("AUTH_SSL_REQUIRE_CLIENT_CERTIFICATE"),
    used("AUTH_SSL_REQUIRE_CLIENT_MAPPING"),
    used("AUTH_SSL_USE_VOMS_IDENTITY"),
    used("USE_VOMS_ATTRIBUTES").or("False"),
    used("SSL_SKIP_HOST_CHECK").or("False"),
    used("BOOTSTRAP_SSL_SERVER_TRUST"),
    used("BOOTSTRAP_SSL_SERVER_TRUST_PROMPT_USER"),
    knob("TRUST_DOMAIN_CAFILE", File, WITHOUT),
    knob("TRUST_DOMAIN_CAKEY", SecretFile, WITHOUT),
    knob("SEC_KNOWN_HOSTS", File, WITHOUT),
    knob("SEC_SYSTEM_KNOWN_HOSTS", File, WITHOUT),
    at_start("FIPS").or("False"),
    // The file system, bare words, Kerberos.
    knob("FS_LOCAL_DIR", Folder, WITHOUT),
    knob("FS_REMOTE_DIR", Folder, WITHOUT),
    used("FS_ALLOW_UNSAFE"),
    used("FS_ROOT_TO_CONDOR").or("True").since_25(),
    used("SEC_FS_ENFORCE_CHANNEL_BINDING").or("True").since_25(),
    text("SEC_CLAIMTOBE_USER"),
    used("SEC_CLAIMTOBE_INCLUDE_DOMAIN"),
    knob("KERBEROS_MAP_FILE", File, WITHOUT),
    knob("KERBEROS_SERVER_KEYTAB", SecretFile, WITHOUT),
    text("KERBEROS_SERVER_PRINCIPAL"),
    text("KERBEROS_SERVER_SERVICE"),
    text("KERBEROS_SERVER_USER"),
    // Credentials that are kept for jobs.
    knob("SEC_CREDENTIAL_DIRECTORY", SecretFolder, WITHOUT),
    knob("SEC_CREDENTIAL_DIRECTORY_KRB", SecretFolder, WITHOUT),
    knob("SEC_CREDENTIAL_DIRECTORY_OAUTH", SecretFolder, WITHOUT),
    text("SEC_CREDENTIAL_PRODUCER"),
    text("SEC_CREDENTIAL_STORER"),
    text("SEC_CREDENTIAL_MONITOR"),
    text("SEC_CREDENTIAL_MONITOR_KRB_LOG"),
    text("SEC_CREDENTIAL_MONITOR_OAUTH_LOG"),
    text("SEC_CREDENTIAL_GETTOKEN_OPTS"),
    text("SEC_CREDENTIAL_STORECRED_OPTS"),
    text("SEC_CREDENTIAL_VAULT_STORER_OPTS"),
    seconds("SEC_CREDENTIAL_REFRESH", 0, WHEN_USED).or("300"),
    seconds("SEC_CREDENTIAL_REFRESH_INTERVAL", -1, WHEN_USED),
    seconds("SEC_CREDENTIAL_SWEEP_DELAY", 0, WHEN_USED),
    seconds("SEC_CREDENTIAL_SWEEP_INTERVAL", 0, WHEN_USED),
    text("TRUST_CREDENTIAL_DIRECTORY"),
    knob("TRUSTED_VAULT_HOSTS", List, ANY).since_25(),
    used("ENCRYPT_SECRETS"),
    // The reading of the configuration itself.
    text("LOCAL_CONFIG_DIR"),
    knob("LOCAL_CONFIG_DIR_EXCLUDE_REGEXP", Pattern, ALL_END),
    text("LOCAL_CONFIG_FILE"),
    at_start("REQUIRE_LOCAL_CONFIG_FILE"),
    knob("ETC", Folder, WITHOUT),
    // Addresses.
    knob("ENABLE_IPV4", BooleanOrAuto, AT_START_QUIET).or("True"),
    knob("ENABLE_IPV6", BooleanOrAuto, AT_START_QUIET).or("True"),
    used("PREFER_OUTBOUND_IPV4").or("True"),
    used("IGNORE_TARGET_PROTOCOL_PREFERENCE").or("True"),
    used("IGNORE_DNS_PROTOCOL_PREFERENCE").or("True"),
    used("USE_COLLECTOR_HOST_CNAME").or("True"),
    used("USE_SUPER_PORT").or("False"),
    text("PRIVATE_NETWORK_NAME"),
    knob(
        "COLLECTOR_PORT",
        Kind::Integer {
            min: 0,
            max: 65_535,
            unit: Unit::Port,
        },
        AT_START_QUIET,
    )
    .or("9618"),
];
