//! Values with something in them that does not belong there, names that are nobody's, lines that say something else.

use super::super::{Code, Severity};
use super::broken::Expected;

use Severity::{Dangerous, Error, Note, Suspicious};

/// A configuration and its findings.
pub(super) const MANGLED: &[(&str, &[Expected])] = &[
    (
        "ALLOW_READ = *.pool.example, $(UID_DOMAIN) # our hosts\n",
        &[(
            1,
            Code::Comment,
            Error,
            "write ALLOW_READ = *.pool.example, $(UID_DOMAIN), and the comment on a line of its own",
        )],
    ),
    (
        "SEC_READ_AUTHENTICATION_METHODS = FS;SSL # local, or not\nSEC_READ_ENCRYPTION = REQUIRED # always\n",
        &[
            (
                1,
                Code::Comment,
                Error,
                "write SEC_READ_AUTHENTICATION_METHODS = FS;SSL, and the comment on a line of its own",
            ),
            (
                1,
                Code::Separator,
                Error,
                "write SEC_READ_AUTHENTICATION_METHODS = FS, SSL",
            ),
            (
                2,
                Code::Comment,
                Error,
                "write SEC_READ_ENCRYPTION = REQUIRED, and the comment on a line of its own",
            ),
        ],
    ),
    (
        "DENY_READ = # nobody\n",
        &[(
            1,
            Code::Comment,
            Error,
            "put the comment on a line of its own, and nothing behind DENY_READ =",
        )],
    ),
    (
        "OURS = *.pool.example # us\nALLOW_READ = $(OURS)\n",
        &[(
            2,
            Code::Comment,
            Error,
            "take the comment out of what ALLOW_READ refers to: $(OURS)",
        )],
    ),
    // A user's name may have one.
    ("ALLOW_READ = nr#1@pool.example\n", &[]),
    (
        "SEC_READ_AUTHENTICATION_METHODS = FS,\u{a0}SSL\nSEC_READ_INTEGRITY = REQUIRED\u{200b}\n",
        &[
            (
                1,
                Code::InvisibleCharacter,
                Error,
                "write SEC_READ_AUTHENTICATION_METHODS = FS, SSL",
            ),
            (
                2,
                Code::InvisibleCharacter,
                Error,
                "write SEC_READ_INTEGRITY = REQUIRED",
            ),
        ],
    ),
    (
        "OUR_HOSTS = *.pool.example\nALLOW_READ = $(OUR_HOTS)\nDENY_READ = $(NOBODY_SETS_THIS) a@b\n",
        &[
            (
                2,
                Code::EmptyMacro,
                Error,
                "write ALLOW_READ = $(OUR_HOSTS)",
            ),
            (
                3,
                Code::EmptyMacro,
                Dangerous,
                "set NOBODY_SETS_THIS, or take $(NOBODY_SETS_THIS) out; $(NOBODY_SETS_THIS:) says that it may be unset",
            ),
        ],
    ),
    // A macro that is set to nothing, or may be unset.
    (
        "NOBODY =\nALLOW_READ = $(NOBODY) $(NO_SUCH:a@b) $(ALLOW_READ)\n",
        &[],
    ),
    (
        "UID_DOMAIN = pool.example\nDENY_READ = mallory\nDENY_WRITE = condor 10.0.0.1\n\
         ALLOW_ADMINISTRATOR = root, condor\nALLOW_READ = gate node17 cm.pool.example localhost host\n",
        &[
            (
                2,
                Code::NotAUser,
                Suspicious,
                "write DENY_READ = mallory@pool.example for users; for a host, its full name",
            ),
            (
                3,
                Code::NotAUser,
                Dangerous,
                "write DENY_WRITE = condor@pool.example, 10.0.0.1 for users; for a host, its full name",
            ),
            (
                4,
                Code::NotAUser,
                Error,
                "write ALLOW_ADMINISTRATOR = root@pool.example, condor@pool.example for users; for a host, its full name",
            ),
            (
                5,
                Code::NotAUser,
                Note,
                "write ALLOW_READ = gate@pool.example, node17, cm.pool.example, localhost, host for users; for a host, its \
                 full name",
            ),
        ],
    ),
    // What a macro stands for may be a host.
    ("GATE = gate\nALLOW_READ = $(GATE)\n", &[]),
    (
        "ALLOW_READ = alice_smith\n",
        &[(
            1,
            Code::MatchesNobody,
            Error,
            "write user@domain, a host name, an IP address or a network",
        )],
    ),
    (
        "OURS = FS;SSL\nSEC_READ_AUTHENTICATION_METHODS = \"$(OURS),IDTOKENS\"\n",
        &[(
            2,
            Code::Separator,
            Error,
            "write SEC_READ_AUTHENTICATION_METHODS = FS, SSL, IDTOKENS",
        )],
    ),
    (
        "MORE = MUNGE\nSEC_READ_AUTHENTICATION_METHODS = 'FS', $(MORE)|\n",
        &[(
            2,
            Code::Separator,
            Error,
            "write SEC_READ_AUTHENTICATION_METHODS = FS, MUNGE",
        )],
    ),
    (
        "MORE = MUNGE\nSEC_READ_AUTHENTICATION_METHODS = \"FS\", $(MORE)\n",
        &[(
            2,
            Code::Separator,
            Error,
            "write SEC_READ_AUTHENTICATION_METHODS = FS, $(MORE)",
        )],
    ),
    (
        "SEC_READ_CRYPTO_METHODS = ;\n",
        &[(
            1,
            Code::Separator,
            Error,
            "write items behind SEC_READ_CRYPTO_METHODS =, with commas between, or remove it",
        )],
    ),
    (
        "ALLOW WRITE = a@b\nsecurity:recommended\nuse security:\nset SEC_READ_INTEGRITY = OPTIONAL\n\
         SEC_READ_ENCRYPTION : OPTIONAL\nALLOW WRTE = a@b\nOUR OWN = 1\nuse role:\n",
        &[
            (1, Code::MisreadLine, Error, "write ALLOW_WRITE"),
            (
                2,
                Code::MisreadLine,
                Error,
                "write use security:recommended",
            ),
            (
                3,
                Code::MisreadLine,
                Error,
                "write use security:recommended, or remove the line",
            ),
            (
                4,
                Code::MisreadLine,
                Error,
                "write SEC_READ_INTEGRITY = OPTIONAL",
            ),
            (
                5,
                Code::MisreadLine,
                Note,
                "write SEC_READ_ENCRYPTION = OPTIONAL",
            ),
            (
                6,
                Code::MisreadLine,
                Error,
                "write the one name that is meant in front of the =, without blanks",
            ),
        ],
    ),
    (
        "ALLOW WRITE = a@b, c@d\n",
        &[(1, Code::MisreadLine, Error, "write ALLOW_WRITE = a@b, c@d")],
    ),
    // Where what is meant is set already, nothing shall take its place.
    (
        "SCHEDD.ALLOW_READ = a@b\nSCHED.ALLOW_READ = c@d\nALLOW_READ = a@b\nALOW_READ = c@d\n",
        &[
            (
                2,
                Code::NoSuchProgram,
                Error,
                "remove it if SCHEDD.ALLOW_READ (condor_config, line 1) says what is meant; else write there what both say",
            ),
            (
                4,
                Code::Misspelt,
                Error,
                "remove it if ALLOW_READ (condor_config, line 3) says what is meant; else write there what both say",
            ),
        ],
    ),
    // As near to STARTD as to STARTER, in which one is set.
    (
        "ALLOW_WRITE_STARTD = a@b\nALLOW_WRITE_STARTE = c@d\n",
        &[(2, Code::Misspelt, Error, "write ALLOW_WRITE_STARTER = c@d")],
    ),
];
