//! HTCondor 25.14's built-in values of the knobs that are read here (`param_info.in`).

/// Names and unexpanded values.
pub(super) static DEFAULTS: &[(&str, &str)] = &[
    ("ALLOW_CLIENT", "*"),
    ("COLLECTOR_ADDRESS_FILE", "$(LOG)/.collector_address"),
    ("COLLECTOR_HOST", "$(CONDOR_HOST)"),
    ("COLLECTOR_PORT", "9618"),
    (
        "COLLECTOR_SUPER_ADDRESS_FILE",
        "$(LOG)/.collector_address.super",
    ),
    ("CREDD_ADDRESS_FILE", "$(LOG)/.credd_address"),
    ("ENABLE_IPV4", "auto"),
    ("ENABLE_IPV6", "auto"),
    ("ETC", "/etc/condor"),
    ("IGNORE_TARGET_PROTOCOL_PREFERENCE", "$(PREFER_IPV4)"),
    ("KBDD_ADDRESS_FILE", "$(LOG)/.kbdd_address"),
    (
        "LOCAL_CONFIG_DIR_EXCLUDE_REGEXP",
        r"^((\..*)|(.*\.pl)|(.*\.py)|(.*\.sh)|(.*~)|(#.*)|(.*\.rpmsave)|(.*\.rpmnew)|(.*\.dpkg-old)|(.*\.dpkg-dist)|(.*\.cfsaved))$",
    ),
    ("LOG", "$(LOCAL_DIR)/log"),
    ("MASTER_ADDRESS_FILE", "$(LOG)/.master_address"),
    ("NEGOTIATOR_ADDRESS_FILE", "$(LOG)/.negotiator_address"),
    ("PREFER_IPV4", "true"),
    ("PREFER_OUTBOUND_IPV4", "$(PREFER_IPV4)"),
    ("PRIVATE_NETWORK_NAME", "$(FULL_HOSTNAME)"),
    ("SCHEDD_ADDRESS_FILE", "$(SPOOL)/.schedd_address"),
    ("SCHEDD_DAEMON_AD_FILE", "$(SPOOL)/.schedd_classad"),
    (
        "SCHEDD_SUPER_ADDRESS_FILE",
        "$(SPOOL)/.schedd_address.super",
    ),
    ("SEC_PASSWORD_DIRECTORY", "$(ETC)/passwords.d"),
    ("SEC_PASSWORD_FILE", "$(SEC_PASSWORD_DIRECTORY)/POOL"),
    ("SEC_TOKEN_POOL_SIGNING_KEY_FILE", "$(SEC_PASSWORD_FILE)"),
    ("SEC_TOKEN_SYSTEM_DIRECTORY", "$(ETC)/tokens.d"),
    ("SPOOL", "$(LOCAL_DIR)/spool"),
    ("STARTD_ADDRESS_FILE", "$(LOG)/.startd_address"),
    ("TRUST_DOMAIN", "$(UID_DOMAIN)"),
    ("UID_DOMAIN", "$(FULL_HOSTNAME)"),
];
