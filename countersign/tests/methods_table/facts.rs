//! What no code says of a method: what it makes of a client, and who has tried it with whom.

/// What is said of a method.
pub(crate) struct Facts {
    pub(crate) method: &'static str,
    /// Whom it makes of the client, where no mapfile speaks of it.
    pub(crate) identity: &'static str,
    pub(crate) tested: &'static [Tested],
    /// Files, from the top of the repository.
    pub(crate) suites: &'static [&'static str],
}

/// One of ours against one of theirs.
#[derive(Clone, Copy)]
pub(crate) struct Tested {
    pub(crate) role: &'static str,
    pub(crate) release: &'static str,
}

impl Tested {
    pub(crate) const CLIENT: &'static str = "our client, their daemon";
    pub(crate) const SERVER: &'static str = "our peer, their condor_ping";

    const fn new(role: &'static str, release: &'static str) -> Self {
        Self { role, release }
    }
}

/// Either role with either release.
const EVERYWHERE: &[Tested] = &[
    Tested::new(Tested::CLIENT, "23.9.6"),
    Tested::new(Tested::CLIENT, "25.14.1"),
    Tested::new(Tested::SERVER, "23.9.6"),
    Tested::new(Tested::SERVER, "25.14.1"),
];

pub(crate) static FACTS: &[Facts] = &[
    Facts {
        method: "CLAIMTOBE",
        identity: "whoever the client says it is, with the domain it names or UID_DOMAIN",
        tested: EVERYWHERE,
        suites: &[
            "methods/tests/recorded.rs",
            "methods/tests/hostile_server/honest.rs",
            "tests/src/scenarios/methods.rs",
            "tests/src/tls/orders.rs",
        ],
    },
    Facts {
        method: "FS",
        identity: "the owner of the directory, at UID_DOMAIN; root is `condor`",
        tested: EVERYWHERE,
        suites: &[
            "methods/tests/both_sides/fs.rs",
            "methods/tests/hostile_server/fs.rs",
            "tests/src/scenarios/methods.rs",
            "tests/src/tls/orders.rs",
        ],
    },
    Facts {
        method: "FS_REMOTE",
        identity: "the owner of the directory in FS_REMOTE_DIR, at UID_DOMAIN; root is `condor`",
        tested: EVERYWHERE,
        suites: &[
            "methods/tests/both_sides/fs.rs",
            "tests/src/scenarios/methods.rs",
        ],
    },
    Facts {
        method: "KERBEROS",
        identity: "the principal's first part, its realm or what KERBEROS_MAP_FILE makes of it as the domain",
        tested: EVERYWHERE,
        suites: &[
            "methods/tests/both_sides/kerberos.rs",
            "tests/src/kerberos.rs",
        ],
    },
    Facts {
        method: "MUNGE",
        identity: "the user of the client's process, at UID_DOMAIN; root is `condor`",
        tested: EVERYWHERE,
        suites: &["methods/tests/both_sides/munge.rs", "tests/src/munge.rs"],
    },
    Facts {
        method: "PASSWORD",
        identity: "`condor@password`; of a client before 23.9 `condor_pool` at UID_DOMAIN; no mapfile is asked",
        tested: EVERYWHERE,
        suites: &[
            "methods/tests/both_sides/password.rs",
            "tests/src/scenarios/methods.rs",
            "tests/src/password.rs",
        ],
    },
    Facts {
        method: "GSI",
        identity: "`gsi@unmapped`; the subject that both ends in memory agree on is what a mapfile maps",
        tested: &[],
        suites: &["countersign/tests/orders.rs", "tests/src/tls/orders.rs"],
    },
    Facts {
        method: "ANONYMOUS",
        identity: "`CONDOR_ANONYMOUS_USER`",
        tested: EVERYWHERE,
        suites: &[
            "methods/tests/recorded.rs",
            "tests/src/scenarios/methods.rs",
            "tests/src/tls/orders.rs",
        ],
    },
    Facts {
        method: "SSL",
        identity: "`ssl@unmapped`; the certificate's subject is what a mapfile maps",
        tested: EVERYWHERE,
        suites: &[
            "methods/tests/both_sides/tls/ssl.rs",
            "countersign/tests/tls/hostile.rs",
            "tests/src/tls/ssl.rs",
        ],
    },
    Facts {
        method: "IDTOKENS",
        identity: "the token's subject; no mapfile is asked",
        tested: EVERYWHERE,
        suites: &[
            "methods/tests/both_sides/idtokens.rs",
            "methods/tests/hostile_server/idtokens.rs",
            "tests/src/scenarios/methods.rs",
            "tests/src/hostile/tamper.rs",
        ],
    },
    Facts {
        method: "SCITOKENS",
        identity: "nobody; the issuer and the subject, a comma between, are what a mapfile line must map",
        tested: EVERYWHERE,
        suites: &[
            "methods/tests/both_sides/tls/scitokens.rs",
            "tests/src/tls/scitokens.rs",
            "tests/src/tls/orders.rs",
        ],
    },
];
