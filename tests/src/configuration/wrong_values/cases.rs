//! The cases: a wrong line, the right one, and what HTCondor makes of each.

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// The daemon could not be started.
    NoStart,
    /// It ended, with status 4, when the command came.
    Ended,
    /// It refused the command and lives.
    Refused,
    /// It let the command through, authenticated by a method or by `none`, encrypted by a cipher or by `none`.
    Allowed(&'static str, &'static str),
    /// The tool ended with status 4 before it asked anything.
    ToolEnded,
    /// The tool printed an error, and the command went through as `none`.
    ToolComplained,
}

/// Whose settings are wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Daemon,
    Tool,
}

pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) whose: Whose,
    /// What is in order, and stays.
    pub(super) beside: &'static str,
    /// The wrong line, and what HTCondor makes of it.
    pub(super) wrong: (&'static str, Seen),
    /// The line as it should be, and what HTCondor makes of that.
    pub(super) right: (&'static str, Seen),
    /// The findings on the wrong line, which the right one does not have.
    pub(super) codes: &'static [&'static str],
}

pub(super) const NONE: Seen = Seen::Allowed("none", "none");
pub(super) const FS: Seen = Seen::Allowed("FS", "AES");
const ENCRYPTED: Seen = Seen::Allowed("none", "AES");

pub(super) const fn daemon(
    name: &'static str,
    beside: &'static str,
    wrong: (&'static str, Seen),
    right: (&'static str, Seen),
    codes: &'static [&'static str],
) -> Case {
    Case {
        name,
        whose: Whose::Daemon,
        beside,
        wrong,
        right,
        codes,
    }
}

const fn tool(
    name: &'static str,
    beside: &'static str,
    wrong: (&'static str, Seen),
    right: (&'static str, Seen),
    codes: &'static [&'static str],
) -> Case {
    Case {
        name,
        whose: Whose::Tool,
        beside,
        wrong,
        right,
        codes,
    }
}

pub(super) const REQUIRED: &str = "SEC_DEFAULT_AUTHENTICATION = REQUIRED";
const SECRET: &str = "SEC_DEFAULT_ENCRYPTION = REQUIRED";
const WRONG: &[&str] = &["wrong-value"];

pub(super) const CASES: &[Case] = &[
    // A word.
    daemon(
        "word-at-start",
        "",
        ("SEC_DEFAULT_AUTHENTICATION = MAYBE", Seen::NoStart),
        ("SEC_DEFAULT_AUTHENTICATION = REQUIRED", FS),
        WRONG,
    ),
    daemon(
        "word-when-used",
        "",
        ("SEC_WRITE_AUTHENTICATION = MAYBE", Seen::Ended),
        ("SEC_WRITE_AUTHENTICATION = REQUIRED", FS),
        WRONG,
    ),
    tool(
        "word",
        "",
        ("SEC_CLIENT_AUTHENTICATION = MAYBE", Seen::ToolEnded),
        ("SEC_CLIENT_AUTHENTICATION = REQUIRED", FS),
        WRONG,
    ),
    daemon(
        "first-letter-weaker",
        "",
        ("SEC_WRITE_AUTHENTICATION = NEEDED", NONE),
        ("SEC_WRITE_AUTHENTICATION = REQUIRED", FS),
        &["misread-word"],
    ),
    daemon(
        "first-letter-same",
        "",
        ("SEC_WRITE_AUTHENTICATION = REQURED", FS),
        ("SEC_WRITE_AUTHENTICATION = REQUIRED", FS),
        &["misread-word"],
    ),
    // A truth value.
    daemon(
        "truth-at-start",
        "",
        ("SEC_ENABLE_REMOTE_ADMINISTRATION = yes", Seen::NoStart),
        ("SEC_ENABLE_REMOTE_ADMINISTRATION = True", NONE),
        WRONG,
    ),
    daemon(
        "truth-when-used",
        REQUIRED,
        ("FS_ROOT_TO_CONDOR = si", Seen::Ended),
        ("FS_ROOT_TO_CONDOR = True", FS),
        WRONG,
    ),
    tool(
        "truth",
        "SEC_CLIENT_AUTHENTICATION = OPTIONAL",
        ("LEGACY_ALLOW_SEMANTICS = perhaps", Seen::ToolComplained),
        ("LEGACY_ALLOW_SEMANTICS = False", NONE),
        WRONG,
    ),
    daemon(
        "auto",
        "",
        ("ENABLE_IPV6 = perhaps", Seen::NoStart),
        ("ENABLE_IPV6 = Auto", NONE),
        WRONG,
    ),
    // A number.
    daemon(
        "number-at-start",
        "",
        ("SEC_DEFAULT_SESSION_DURATION = 1d", Seen::NoStart),
        ("SEC_DEFAULT_SESSION_DURATION = 24 * 3600", NONE),
        WRONG,
    ),
    daemon(
        "number-when-used",
        "",
        ("SEC_SESSION_DURATION_SLOP = soon", Seen::Ended),
        ("SEC_SESSION_DURATION_SLOP = 60", NONE),
        WRONG,
    ),
    daemon(
        "number-of-a-level",
        "",
        ("SEC_WRITE_SESSION_DURATION = 1d", NONE),
        ("SEC_WRITE_SESSION_DURATION = 86400", NONE),
        WRONG,
    ),
    daemon(
        "number-without-sense",
        "",
        ("SEC_WRITE_SESSION_LEASE = -5", NONE),
        ("SEC_WRITE_SESSION_LEASE = 5", NONE),
        WRONG,
    ),
    daemon(
        "ids",
        "",
        ("CONDOR_IDS = 101", Seen::NoStart),
        ("CONDOR_IDS = 101.101", NONE),
        WRONG,
    ),
    // Names.
    daemon(
        "misspelt",
        "",
        ("SEC_DEFAULT_AUTENTICATION = REQUIRED", NONE),
        ("SEC_DEFAULT_AUTHENTICATION = REQUIRED", FS),
        &["misspelt"],
    ),
    daemon(
        "hostallow",
        "ALLOW_WRITE =\nALLOW_DAEMON = x@y\nALLOW_ADMINISTRATOR = x@y",
        ("HOSTALLOW_WRITE = *", Seen::Refused),
        ("ALLOW_WRITE = *", NONE),
        &["obsolete"],
    ),
    daemon(
        "no-level",
        "",
        ("SEC_SUBMIT_AUTHENTICATION = REQUIRED", NONE),
        ("SEC_WRITE_AUTHENTICATION = REQUIRED", FS),
        &["no-such-level"],
    ),
    daemon(
        "no-program",
        "",
        ("COLECTOR.SEC_DEFAULT_AUTHENTICATION = REQUIRED", NONE),
        ("COLLECTOR.SEC_DEFAULT_AUTHENTICATION = REQUIRED", FS),
        &["no-such-program"],
    ),
    // Lists.
    daemon(
        "methods-separator",
        REQUIRED,
        (
            "SEC_DEFAULT_AUTHENTICATION_METHODS = CLAIMTOBE;FS",
            Seen::Refused,
        ),
        ("SEC_DEFAULT_AUTHENTICATION_METHODS = FS", FS),
        &["separator", "no-method"],
    ),
    daemon(
        "methods-unknown",
        REQUIRED,
        (
            "SEC_DEFAULT_AUTHENTICATION_METHODS = FILE_SYSTEM",
            Seen::Refused,
        ),
        ("SEC_DEFAULT_AUTHENTICATION_METHODS = FS", FS),
        &["unknown-method", "no-method"],
    ),
    daemon(
        "methods-passed-over",
        REQUIRED,
        ("SEC_DEFAULT_AUTHENTICATION_METHODS = FILE_SYSTEM FS", FS),
        ("SEC_DEFAULT_AUTHENTICATION_METHODS = FS", FS),
        &["unknown-method"],
    ),
    daemon(
        "methods-gone",
        REQUIRED,
        ("SEC_DEFAULT_AUTHENTICATION_METHODS = GSI", Seen::Refused),
        ("SEC_DEFAULT_AUTHENTICATION_METHODS = FS", FS),
        &["dropped-method", "no-method"],
    ),
    daemon(
        "ciphers-case",
        SECRET,
        ("SEC_DEFAULT_CRYPTO_METHODS = aes", Seen::Refused),
        ("SEC_DEFAULT_CRYPTO_METHODS = AES", ENCRYPTED),
        &["unknown-cipher", "no-cipher"],
    ),
    daemon(
        "ciphers-separator",
        SECRET,
        ("SEC_DEFAULT_CRYPTO_METHODS = AES|3DES", Seen::Refused),
        ("SEC_DEFAULT_CRYPTO_METHODS = AES 3DES", ENCRYPTED),
        &["separator", "no-cipher"],
    ),
    daemon(
        "ciphers-weak-first",
        SECRET,
        (
            "SEC_DEFAULT_CRYPTO_METHODS = 3DES AES",
            Seen::Allowed("none", "3DES"),
        ),
        ("SEC_DEFAULT_CRYPTO_METHODS = AES 3DES", ENCRYPTED),
        &["weak-cipher"],
    ),
    daemon(
        "allow-separator",
        "ALLOW_DAEMON = x@y\nALLOW_ADMINISTRATOR = x@y",
        ("ALLOW_WRITE = 127.0.0.1;10.0.0.1", Seen::Refused),
        ("ALLOW_WRITE = 127.0.0.1, 10.0.0.1", NONE),
        &["separator"],
    ),
    daemon(
        "deny-separator",
        "ALLOW_DAEMON = x@y\nALLOW_ADMINISTRATOR = x@y\nALLOW_WRITE = 127.0.0.1",
        ("DENY_WRITE = 127.0.0.1;10.0.0.1", NONE),
        ("DENY_WRITE = 127.0.0.1, 10.0.0.1", Seen::Refused),
        &["separator"],
    ),
    daemon(
        "allow-address",
        "ALLOW_DAEMON = x@y\nALLOW_ADMINISTRATOR = x@y",
        ("ALLOW_WRITE = <127.0.0.1:9618>", Seen::Refused),
        ("ALLOW_WRITE = 127.0.0.1", NONE),
        &["matches-nobody"],
    ),
    daemon(
        "allow-network",
        "ALLOW_DAEMON = x@y\nALLOW_ADMINISTRATOR = x@y",
        ("ALLOW_WRITE = 127.0.0.0/33", Seen::Refused),
        ("ALLOW_WRITE = 127.0.0.0/8", NONE),
        &["misread-network"],
    ),
    daemon(
        "allow-every-network",
        "ALLOW_DAEMON = x@y\nALLOW_ADMINISTRATOR = x@y",
        ("ALLOW_WRITE = 10.0.0.0/", NONE),
        ("ALLOW_WRITE = 10.0.0.0/8", Seen::Refused),
        &["misread-network"],
    ),
    // What cannot go together.
    daemon(
        "encryption-without-authentication",
        SECRET,
        ("SEC_WRITE_AUTHENTICATION = NEVER", Seen::Refused),
        ("SEC_WRITE_AUTHENTICATION = OPTIONAL", ENCRYPTED),
        &["contradiction"],
    ),
    daemon(
        "integrity-without-negotiation",
        "SEC_WRITE_INTEGRITY = REQUIRED",
        ("SEC_WRITE_NEGOTIATION = NEVER", Seen::Refused),
        (
            "SEC_WRITE_NEGOTIATION = OPTIONAL",
            Seen::Allowed("none", "none"),
        ),
        &["contradiction"],
    ),
    tool(
        "encryption-without-authentication",
        "SEC_CLIENT_ENCRYPTION = REQUIRED",
        ("SEC_CLIENT_AUTHENTICATION = NEVER", Seen::Refused),
        ("SEC_CLIENT_AUTHENTICATION = OPTIONAL", ENCRYPTED),
        &["contradiction"],
    ),
    tool(
        "no-method",
        "SEC_CLIENT_AUTHENTICATION = REQUIRED",
        (
            "SEC_CLIENT_AUTHENTICATION_METHODS = KERBEROS5",
            Seen::Refused,
        ),
        ("SEC_CLIENT_AUTHENTICATION_METHODS = FS", FS),
        &["unknown-method", "no-method"],
    ),
    // Who gets in who should not.
    daemon(
        "open-to-all",
        "",
        ("ALLOW_WRITE = *", NONE),
        (
            "ALLOW_WRITE = condor@pool.example\nALLOW_DAEMON = x@y\nALLOW_ADMINISTRATOR = x@y",
            Seen::Refused,
        ),
        &["open-to-all"],
    ),
    daemon(
        "bare-word",
        "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nALLOW_WRITE = condor@pool.example",
        (
            "SEC_DEFAULT_AUTHENTICATION_METHODS = CLAIMTOBE",
            Seen::Allowed("CLAIMTOBE", "AES"),
        ),
        ("SEC_DEFAULT_AUTHENTICATION_METHODS = FS", FS),
        &["proves-nothing"],
    ),
    daemon(
        "anonymous",
        "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nALLOW_WRITE = *",
        (
            "SEC_DEFAULT_AUTHENTICATION_METHODS = ANONYMOUS",
            Seen::Allowed("ANONYMOUS", "AES"),
        ),
        ("SEC_DEFAULT_AUTHENTICATION_METHODS = FS", FS),
        &["proves-nothing"],
    ),
    // Files.
    daemon(
        "no-folder-for-fs",
        "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = FS",
        ("FS_LOCAL_DIR = /nonexistent", Seen::Refused),
        ("FS_LOCAL_DIR = /tmp", FS),
        &["missing-file"],
    ),
    daemon(
        "no-mapfile",
        REQUIRED,
        ("CERTIFICATE_MAPFILE = /nonexistent", FS),
        ("CERTIFICATE_MAPFILE = /dev/null", FS),
        &["missing-file"],
    ),
];
