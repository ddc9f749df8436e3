//! Broken configurations: the line, the kind, how bad, and the fix of all that is to be found in each.

use super::super::{Code, Severity};

use Severity::{Dangerous, Error, Note, Suspicious};

pub(super) type Expected = (usize, Code, Severity, &'static str);

/// A configuration and its findings.
pub(super) const BROKEN: &[(&str, &[Expected])] = &[
    (
        "SEC_DEFUALT_ENCRYPTION = REQUIRED\n",
        &[(
            1,
            Code::Misspelt,
            Error,
            "write SEC_DEFAULT_ENCRYPTION = REQUIRED",
        )],
    ),
    (
        "SEC_DEFAULT_AUTHENTICATION_METHOD = FS\n",
        &[(
            1,
            Code::Misspelt,
            Error,
            "write SEC_DEFAULT_AUTHENTICATION_METHODS = FS",
        )],
    ),
    (
        "\nSEC_PASSWORD_FILES = /k\n",
        &[(2, Code::Misspelt, Error, "write SEC_PASSWORD_FILE = /k")],
    ),
    (
        "SCHEDD.ALOW_WRITE = a@b\n",
        &[(1, Code::Misspelt, Error, "write SCHEDD.ALLOW_WRITE = a@b")],
    ),
    (
        "ALLOW_WRITE_SHCEDD = a@b\n",
        &[(1, Code::Misspelt, Error, "write ALLOW_WRITE_SCHEDD = a@b")],
    ),
    (
        "SECDEFAULT_ENCRYPTION = NEVER\n",
        &[(
            1,
            Code::Misspelt,
            Error,
            "write SEC_DEFAULT_ENCRYPTION = NEVER",
        )],
    ),
    // Macros of the site's own.
    (
        "SEC_OUR_METHODS = FS\nSEC_READ_AUTHENTICATION_METHODS = $(SEC_OUR_METHODS)\n",
        &[],
    ),
    (
        "SEC_OUR_METHODS = FS\n",
        &[(
            1,
            Code::UnknownSetting,
            Suspicious,
            "remove it, or write the name of the setting that is meant",
        )],
    ),
    (
        "HOSTALLOW_WRITE = *.example.org\n",
        &[(1, Code::Obsolete, Error, "write ALLOW_WRITE instead")],
    ),
    (
        "SEC_OWNER_ENCRYPTION = REQUIRED\nALLOW_OWNER = a@b\n",
        &[
            (
                1,
                Code::Obsolete,
                Suspicious,
                "write SEC_ADMINISTRATOR_ENCRYPTION instead: the level OWNER became ADMINISTRATOR",
            ),
            (
                2,
                Code::Obsolete,
                Suspicious,
                "add those whom it names to ALLOW_ADMINISTRATOR: the level OWNER became ADMINISTRATOR",
            ),
        ],
    ),
    (
        "GSI_DAEMON_NAME = /CN=x\n",
        &[(
            1,
            Code::Obsolete,
            Suspicious,
            "remove it, and use SSL, SCITOKENS or IDTOKENS: HTCondor has no GSI since version 10",
        )],
    ),
    (
        "SEC_INVALIDATE_SESSIONS_VIA_TCP = True\n",
        &[(1, Code::Obsolete, Note, "remove it")],
    ),
    (
        "SEC_SUBMIT_ENCRYPTION = REQUIRED\n",
        &[(
            1,
            Code::NoSuchLevel,
            Suspicious,
            "write one of READ, WRITE, NEGOTIATOR, ADMINISTRATOR, CONFIG, DAEMON, CLIENT, ADVERTISE_STARTD, ADVERTISE_SCHEDD, \
             ADVERTISE_MASTER or DEFAULT, or remove it",
        )],
    ),
    (
        "SCHED.ALLOW_READ = a@b\nEAST.ALLOW_READ = a@b\nWEST.ALLOW_READ = a@b\nWEST_ARGS = -f -local-name west\n\
         DAEMON_LIST = MASTER, NORTH\nNORTH.ALLOW_READ = a@b\n",
        &[
            (
                1,
                Code::NoSuchProgram,
                Error,
                "write SCHEDD.ALLOW_READ = a@b",
            ),
            (
                2,
                Code::NoSuchProgram,
                Suspicious,
                "write the subsystem that is meant, or remove EAST., so that all programs read it",
            ),
        ],
    ),
    (
        "SEC_DEFAULT_INTEGRITY = maybe\n",
        &[(
            1,
            Code::WrongValue,
            Error,
            "write REQUIRED, PREFERRED, OPTIONAL or NEVER",
        )],
    ),
    (
        "SEC_WRITE_INTEGRITY = NEEDED\nSEC_READ_INTEGRITY = REQURED\nSEC_DAEMON_INTEGRITY = yes\n",
        &[
            (
                1,
                Code::MisreadWord,
                Error,
                "write REQUIRED, PREFERRED, OPTIONAL or NEVER",
            ),
            (2, Code::MisreadWord, Suspicious, "write REQUIRED"),
        ],
    ),
    (
        "USE_POOL_USERNAME_EQUIVALENT = yes\n",
        &[(1, Code::WrongValue, Error, "write True")],
    ),
    (
        "SEC_DEFAULT_SESSION_DURATION = 1d\nSEC_READ_SESSION_LEASE = -5\n",
        &[
            (
                1,
                Code::WrongValue,
                Error,
                "write a whole number of seconds above 0",
            ),
            (
                2,
                Code::WrongValue,
                Suspicious,
                "write a whole number of seconds, 0 or more",
            ),
        ],
    ),
    (
        "SEC_TOKEN_REVOCATION_EXPR = sub ==\n",
        &[(1, Code::WrongValue, Dangerous, "write a ClassAd expression")],
    ),
    (
        "SEC_READ_AUTHENTICATION_METHODS = FS;IDTOKENS, SSL\n",
        &[(
            1,
            Code::Separator,
            Error,
            "write SEC_READ_AUTHENTICATION_METHODS = FS, IDTOKENS, SSL",
        )],
    ),
    (
        "SEC_READ_AUTHENTICATION_METHODS = FS KERBEROZ GSI FOO\n",
        &[
            (1, Code::UnknownMethod, Error, "write KERBEROS"),
            (1, Code::UnknownMethod, Error, "remove it"),
            (
                1,
                Code::DroppedMethod,
                Suspicious,
                "remove GSI, and list SSL, SCITOKENS or IDTOKENS if nothing else is left",
            ),
        ],
    ),
    (
        "SEC_READ_CRYPTO_METHODS = AES, aes, AES256\n",
        &[
            (
                1,
                Code::UnknownCipher,
                Error,
                "write AES: ciphers are written in capital letters",
            ),
            (
                1,
                Code::UnknownCipher,
                Error,
                "write AES, which is AES-256-GCM",
            ),
        ],
    ),
    (
        "ALLOW_READ = 10.0.0.1;10.0.0.2, alice/10.0.0.3\nDENY_READ = <10.0.0.4:9618>\n",
        &[
            (
                1,
                Code::Separator,
                Error,
                "write ALLOW_READ = 10.0.0.1, 10.0.0.2, alice/10.0.0.3",
            ),
            (
                1,
                Code::MatchesNobody,
                Error,
                "write user@domain/host, or a network such as 10.0.0.0/8",
            ),
            (
                2,
                Code::MatchesNobody,
                Dangerous,
                "write the host's name or its IP address alone",
            ),
        ],
    ),
    (
        "ALLOW_READ = 10.0.0.0/33 10.0.0.0/\nDENY_READ = 10.0.0.0/-5 10.0.0.0/0\n",
        &[
            (
                1,
                Code::MisreadNetwork,
                Dangerous,
                "write the network with its number of bits, such as 10.0.0.0/8",
            ),
            (
                1,
                Code::MisreadNetwork,
                Suspicious,
                "write a number of bits up to 32",
            ),
            (
                2,
                Code::MisreadNetwork,
                Dangerous,
                "write the network with its number of bits, such as 10.0.0.0/8",
            ),
        ],
    ),
    (
        "SEC_READ_AUTHENTICATION = NEVER\n\nSEC_READ_ENCRYPTION = REQUIRED\n",
        &[(
            1,
            Code::Contradiction,
            Error,
            "write SEC_READ_AUTHENTICATION = REQUIRED; or SEC_READ_ENCRYPTION = OPTIONAL, if nothing needs it",
        )],
    ),
    (
        "SEC_DEFAULT_NEGOTIATION = NEVER\nSEC_WRITE_AUTHENTICATION = REQUIRED\n",
        &[(
            1,
            Code::Contradiction,
            Error,
            "write SEC_DEFAULT_NEGOTIATION = REQUIRED; or SEC_WRITE_AUTHENTICATION = OPTIONAL, if nothing needs it",
        )],
    ),
    (
        "SEC_CONFIG_AUTHENTICATION = REQUIRED\nSEC_CONFIG_AUTHENTICATION_METHODS = PASSWORD\nSEC_PASSWORD_FILE = /nonexistent/k\n",
        &[
            (
                2,
                Code::NoMethod,
                Error,
                "list a method that works here, such as SEC_CONFIG_AUTHENTICATION_METHODS = FS, IDTOKENS, or provide what is missing",
            ),
            (
                2,
                Code::NothingInCommon,
                Suspicious,
                "list a method in both, in SEC_CLIENT_AUTHENTICATION_METHODS too",
            ),
        ],
    ),
    (
        "SEC_READ_INTEGRITY = REQUIRED\nSEC_READ_CRYPTO_METHODS = DES\n",
        &[
            (2, Code::UnknownCipher, Error, "write AES, or remove it"),
            (
                2,
                Code::NoCipher,
                Error,
                "write SEC_READ_CRYPTO_METHODS = AES",
            ),
        ],
    ),
    (
        "SEC_READ_ENCRYPTION = REQUIRED\nSEC_CLIENT_CRYPTO_METHODS = AES\nSEC_READ_CRYPTO_METHODS = BLOWFISH\n",
        &[
            (
                3,
                Code::NothingInCommon,
                Suspicious,
                "list AES in both, in SEC_CLIENT_CRYPTO_METHODS too",
            ),
            (
                3,
                Code::WeakCipher,
                Suspicious,
                "write SEC_READ_CRYPTO_METHODS = AES",
            ),
        ],
    ),
    (
        "CERTIFICATE_MAPFILE = /nonexistent/map\nFS_LOCAL_DIR = /nonexistent/fs\n",
        &[
            (
                1,
                Code::MissingFile,
                Error,
                "make it, or correct CERTIFICATE_MAPFILE",
            ),
            (
                2,
                Code::MissingFile,
                Error,
                "make it, or correct FS_LOCAL_DIR",
            ),
        ],
    ),
    (
        "SEC_READ_INTEGRITY = REQUIRED\nALLOW_READ = a@b\nALLOW_READ = $(ALLOW_READ) c@d\nSEC_READ_INTEGRITY = OPTIONAL\n",
        &[(
            1,
            Code::Overridden,
            Note,
            "remove the one that is not meant",
        )],
    ),
    (
        "SEC_READ_INTEGRITY = $INT(NOPE)\n",
        &[(
            1,
            Code::WrongValue,
            Error,
            "see countersign config get SEC_READ_INTEGRITY",
        )],
    ),
    (
        "ALLOW_ALLOW = a@b\n",
        &[(
            1,
            Code::NoSuchLevel,
            Suspicious,
            "write one of READ, WRITE, NEGOTIATOR, ADMINISTRATOR, CONFIG, DAEMON, CLIENT, ADVERTISE_STARTD, ADVERTISE_SCHEDD, \
         ADVERTISE_MASTER or DEFAULT, or remove it",
        )],
    ),
    (
        "AUTH_SSL_CIPHERLIST = AES256-SHA:DES-CBC3-SHA\n",
        &[(
            1,
            Code::NotHere,
            Suspicious,
            "write AUTH_SSL_CIPHERLIST = ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:\
             ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256, or remove it",
        )],
    ),
    (
        "USE_VOMS_ATTRIBUTES = True\n",
        &[(
            1,
            Code::NotHere,
            Note,
            "nothing, for HTCondor; for a test peer leave AUTH_SSL_ALLOW_CLIENT_PROXY out",
        )],
    ),
];
