//! Cases of what does not belong into a value, and of lines that say something else than they look like.

use super::cases::{Case, FS, NONE, REQUIRED, Seen, daemon};

/// The levels that imply WRITE.
const OTHERS: &str = "ALLOW_DAEMON = x@y\nALLOW_ADMINISTRATOR = x@y";

pub(super) const MANGLED: &[Case] = &[
    // What does not belong there.
    daemon(
        "allow-comment",
        OTHERS,
        ("ALLOW_WRITE = 10.0.0.1 # not 127.0.0.1", NONE),
        ("ALLOW_WRITE = 10.0.0.1", Seen::Refused),
        &["comment"],
    ),
    daemon(
        "methods-invisible",
        REQUIRED,
        (
            "SEC_DEFAULT_AUTHENTICATION_METHODS = FS\u{a0}",
            Seen::Refused,
        ),
        ("SEC_DEFAULT_AUTHENTICATION_METHODS = FS", FS),
        &["invisible-character"],
    ),
    daemon(
        "allow-empty-macro",
        OTHERS,
        ("ALLOW_WRITE = $(MISSPELT)", Seen::Refused),
        ("ALLOW_WRITE = 127.0.0.1", NONE),
        &["empty-macro"],
    ),
    daemon(
        "deny-empty-macro",
        OTHERS,
        ("DENY_WRITE = $(MISSPELT)", NONE),
        ("DENY_WRITE = 127.0.0.1", Seen::Refused),
        &["empty-macro"],
    ),
    daemon(
        "deny-word",
        "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = FS\nALLOW_DAEMON = x@y\nALLOW_ADMINISTRATOR = x@y",
        ("DENY_WRITE = condor", FS),
        ("DENY_WRITE = condor@pool.example", Seen::Refused),
        &["not-a-user"],
    ),
    // Lines that say something else.
    daemon(
        "two-words",
        OTHERS,
        ("DENY WRITE = 127.0.0.1", NONE),
        ("DENY_WRITE = 127.0.0.1", Seen::Refused),
        &["misread-line"],
    ),
    daemon(
        "colon",
        "",
        ("security:recommended", NONE),
        ("use security:recommended", FS),
        &["misread-line"],
    ),
    daemon(
        "no-template",
        "",
        ("use security:", NONE),
        ("use security:recommended", FS),
        &["misread-line"],
    ),
];
