//! Broken configurations, and exactly what is to be found in each: the line, the kind, how bad, and the fix.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use countersign_config::{Config, Release, Sources};

use super::{Code, Report, Severity, check};
use crate::settings::Host;

use Severity::{Dangerous, Error, Note, Suspicious};

fn report_of(text: &str, release: Release) -> Report {
    let host = Host::for_tests();
    let sources = Sources::text("condor_config", text)
        .subsystem("TOOL")
        .builtins(host.builtins())
        .release(release)
        .defaults();
    check(&Config::load(&sources).unwrap(), &host, None)
}

type Expected = (usize, Code, Severity, &'static str);

/// A configuration and its findings.
const BROKEN: &[(&str, &[Expected])] = &[
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
            (1, Code::NoSuchProgram, Error, "write SCHEDD.ALLOW_READ"),
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
        &[(1, Code::Separator, Error, "write FS, IDTOKENS")],
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
            (1, Code::Separator, Error, "write 10.0.0.1, 10.0.0.2"),
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
            "set SEC_READ_AUTHENTICATION to OPTIONAL, or SEC_READ_ENCRYPTION to NEVER",
        )],
    ),
    (
        "SEC_DEFAULT_NEGOTIATION = NEVER\nSEC_WRITE_AUTHENTICATION = REQUIRED\n",
        &[(
            1,
            Code::Contradiction,
            Error,
            "set SEC_DEFAULT_NEGOTIATION to OPTIONAL, or SEC_WRITE_AUTHENTICATION to NEVER",
        )],
    ),
    (
        "SEC_CONFIG_AUTHENTICATION = REQUIRED\nSEC_CONFIG_AUTHENTICATION_METHODS = PASSWORD\nSEC_PASSWORD_FILE = /nonexistent/k\n",
        &[
            (
                2,
                Code::NoMethod,
                Error,
                "list a method that works here, such as FS, IDTOKENS or SSL, or provide what is missing",
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
        "SEC_DEFAULT_AUTHENTICATION_METHODS = FS, CLAIMTOBE\nALLOW_WRITE = a@b\n",
        &[(
            1,
            Code::ProvesNothing,
            Dangerous,
            "remove CLAIMTOBE here; if reading may be done by it, list it in SEC_READ_AUTHENTICATION_METHODS alone",
        )],
    ),
    // Nobody is on a list, or reading alone is meant.
    ("SEC_DEFAULT_AUTHENTICATION_METHODS = FS, CLAIMTOBE\n", &[]),
    (
        "SEC_READ_AUTHENTICATION_METHODS = FS, ANONYMOUS\nALLOW_READ = *\nALLOW_WRITE = a@b\n",
        &[],
    ),
    (
        "ALLOW_WRITE = *\n",
        &[(
            1,
            Code::OpenToAll,
            Dangerous,
            "set SEC_WRITE_AUTHENTICATION (or SEC_DEFAULT_AUTHENTICATION) to REQUIRED, or name those who may in ALLOW_WRITE",
        )],
    ),
    (
        "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nALLOW_WRITE = *\n",
        &[],
    ),
    (
        "UID_DOMAIN = pool.example\nSEC_DEFAULT_AUTHENTICATION = REQUIRED\nALLOW_ADMINISTRATOR = */*\n",
        &[(
            3,
            Code::EverybodyGoverns,
            Dangerous,
            "name those who may: ALLOW_ADMINISTRATOR = condor@pool.example root@pool.example",
        )],
    ),
    (
        "ALLOW_ADMINISTRATOR = unauthenticated@unmapped\nDENY_WRITE = *\n",
        &[(
            1,
            Code::OpenToAll,
            Dangerous,
            "set SEC_ADMINISTRATOR_AUTHENTICATION (or SEC_DEFAULT_AUTHENTICATION) to REQUIRED, or name those who may in \
             ALLOW_ADMINISTRATOR",
        )],
    ),
    (
        "SEC_DEFAULT_CRYPTO_METHODS = 3DES, AES\n",
        &[(
            1,
            Code::WeakCipher,
            Suspicious,
            "write SEC_DEFAULT_CRYPTO_METHODS = AES, and the others behind it",
        )],
    ),
    (
        "SEC_DEBUG_PRINT_KEYS = True\n",
        &[(1, Code::ProtectionOff, Dangerous, "remove it")],
    ),
    (
        "SEC_FS_ENFORCE_CHANNEL_BINDING = False\n",
        &[(
            1,
            Code::ProtectionOff,
            Suspicious,
            "remove it, once no daemon before 25.0 is asked by FS",
        )],
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
];

#[test]
fn broken_configurations() {
    let mut seen = Vec::new();
    for (text, expected) in BROKEN {
        let report = report_of(text, Release::V25_14_1);
        let found: Vec<Found> = report
            .findings
            .iter()
            .map(|finding| {
                (
                    finding.place.line().unwrap(),
                    finding.code,
                    finding.severity,
                    finding.fix.clone(),
                )
            })
            .collect();
        let mut expected: Vec<Found> = expected
            .iter()
            .map(|(line, code, severity, fix)| (*line, *code, *severity, (*fix).to_owned()))
            .collect();
        expected.sort_by_key(|finding| (finding.0, finding.2, finding.1));
        assert_eq!(found, expected, "{text}");
        seen.extend(found.iter().map(|finding| finding.1));
    }
    for code in Code::ALL {
        // That one needs files.
        assert!(
            seen.contains(&code) || code == Code::ExposedSecret,
            "no configuration has {code}"
        );
    }
}

type Found = (usize, Code, Severity, String);

#[test]
fn what_is_said() {
    let report = report_of(
        "SEC_DEFAULT_AUTHENTICATION = NEVER\nSEC_DAEMON_INTEGRITY = REQUIRED\nFS_ROOT_TO_CONDOR = si\n",
        Release::V25_14_1,
    );
    let [first, second] = report.findings.as_slice() else {
        panic!("{report:?}")
    };
    assert_eq!(
        first.what,
        "SEC_DEFAULT_AUTHENTICATION is NEVER, but SEC_DAEMON_INTEGRITY (condor_config, line 2) is REQUIRED and cannot go \
         without it (for DAEMON, ADVERTISE_STARTD, ADVERTISE_SCHEDD, ADVERTISE_MASTER)"
    );
    assert_eq!(second.what, "FS_ROOT_TO_CONDOR is \"si\"");
    assert_eq!(
        second.htcondor,
        "a daemon ends as soon as it needs this, which may be a client's command; a tool prints an error and goes on as if it \
         were not set (without it true counts)"
    );
    assert!(report.has_faults() && report.count(Error) == 2);
}

#[test]
fn levels_stand_together_and_the_worst_is_told() {
    let report = report_of(
        "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nALLOW_DEFAULT = *\n",
        Release::V25_14_1,
    );
    let [finding] = report.findings.as_slice() else {
        panic!("{report:?}")
    };
    assert_eq!(
        (finding.code, finding.severity),
        (Code::EverybodyGoverns, Dangerous)
    );
    assert_eq!(
        finding.what,
        "ALLOW_DEFAULT lets in everybody who authenticates (for NEGOTIATOR, ADMINISTRATOR, CONFIG, DAEMON, \
         ADVERTISE_STARTD, ADVERTISE_SCHEDD, ADVERTISE_MASTER)"
    );
}

#[test]
fn a_user_pattern_without_an_at_may_match() {
    let report = report_of(
        "ALLOW_READ = condor*/* CONDOR_ANONYMOUS_USER/10.0.0.1\n",
        Release::V25_14_1,
    );
    assert_eq!(report.findings, []);
}

#[test]
fn very_many_names_take_no_long_time() {
    let text: String = (0..30_000)
        .map(|number| format!("SEC_SOMETHING_{number:05}_X = 1\n"))
        .collect();
    let begin = std::time::Instant::now();
    let report = report_of(&text, Release::V25_14_1);
    assert_eq!(report.findings.len(), 500);
    assert_eq!(report.not_checked.len(), 1);
    assert!(begin.elapsed().as_secs() < 30, "{:?}", begin.elapsed());
}

#[test]
fn releases_differ() {
    // Until 23.10 a protected connection had to be an authenticated one.
    let protected = "SEC_DEFAULT_ENCRYPTION = REQUIRED\nALLOW_WRITE = *\n";
    assert!(report_of(protected, Release::V25_14_1).has_faults());
    assert!(!report_of(protected, Release::V23_9_6).has_faults());
    let newer = report_of("SEC_FS_ENFORCE_CHANNEL_BINDING = False\n", Release::V23_9_6);
    let [finding] = newer.findings.as_slice() else {
        panic!("{newer:?}")
    };
    assert_eq!((finding.code, finding.severity), (Code::Obsolete, Note));
}

#[test]
fn templates_alone_are_in_order() {
    for (release, template) in [
        (Release::V25_14_1, "recommended"),
        (Release::V25_14_1, "recommended_v9_0"),
        (Release::V25_14_1, "strong"),
        (Release::V25_14_1, "get_htcondor_idtokens"),
        (Release::V23_9_6, "recommended_v9_0"),
    ] {
        let report = report_of(&format!("use security:{template}\n"), release);
        assert_eq!(report.findings, [], "{template}");
    }
}

/// A folder of a test's own.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("config-check-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, mode: u32) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, "x").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn secrets() {
    let folder = Folder::new("secrets");
    folder.file("POOL", 0o600);
    let key = folder.file("OTHER", 0o640);
    let certificate = folder.file("cert", 0o644);
    let host_key = folder.file("hostkey", 0o644);
    fs::create_dir(folder.0.join("keys")).unwrap();
    fs::rename(&key, folder.0.join("keys/OTHER")).unwrap();
    fs::set_permissions(folder.0.join("keys"), fs::Permissions::from_mode(0o775)).unwrap();
    let text = format!(
        "HERE = {}\nSEC_PASSWORD_DIRECTORY = $(HERE)/keys\nSEC_TOKEN_POOL_SIGNING_KEY_FILE = $(HERE)/POOL\n\
         AUTH_SSL_SERVER_CERTFILE = /nonexistent, {}\nAUTH_SSL_SERVER_KEYFILE = /nonexistent, {}\n",
        folder.0.display(),
        certificate.display(),
        host_key.display()
    );
    let report = report_of(&text, Release::V25_14_1);
    let found: Vec<_> = report
        .findings
        .iter()
        .map(|finding| {
            (
                finding.place.line().unwrap(),
                finding.code,
                finding.severity,
                finding.fix.as_str(),
            )
        })
        .collect();
    let other = folder.0.join("keys/OTHER").display().to_string();
    let again = "and make a new one if somebody may have read it";
    assert_eq!(
        found,
        [
            (
                2,
                Code::ExposedSecret,
                Dangerous,
                format!("chmod go-w {}/keys", folder.0.display()).as_str()
            ),
            (
                2,
                Code::ExposedSecret,
                Dangerous,
                format!("chmod 0600 {other}, {again}").as_str()
            ),
            (
                5,
                Code::ExposedSecret,
                Dangerous,
                format!("chmod 0600 {}, {again}", host_key.display()).as_str()
            ),
        ]
    );
    fs::set_permissions(&host_key, fs::Permissions::from_mode(0o640)).unwrap();
    fs::remove_file(&certificate).unwrap();
    let report = report_of(&text, Release::V25_14_1);
    let about_tls: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.place.line() > Some(3))
        .collect();
    let [missing, usual] = about_tls.as_slice() else {
        panic!("{report:?}")
    };
    assert_eq!(
        (missing.code, missing.severity, missing.place.line()),
        (Code::MissingFile, Error, Some(4))
    );
    assert_eq!((usual.code, usual.severity), (Code::ExposedSecret, Note));
}

#[test]
fn what_cannot_be_read_is_not_checked() {
    let folder = Folder::new("unreadable");
    // A name in a file is as unreachable as one behind a closed folder, for any user; a loop is not "missing".
    let link = folder.0.join("loop");
    std::os::unix::fs::symlink(&link, &link).unwrap();
    let text = format!(
        "SEC_PASSWORD_DIRECTORY = {}\nCERTIFICATE_MAPFILE = {}\n",
        link.display(),
        link.display()
    );
    let report = report_of(&text, Release::V25_14_1);
    assert_eq!(report.findings, []);
    assert!(
        report
            .not_checked
            .iter()
            .any(|skipped| skipped.what == link.display().to_string()),
        "{report:?}"
    );
}

#[test]
fn every_kind_is_documented() {
    let page = include_str!("../../../../docs/config-check.md");
    for code in Code::ALL {
        assert!(page.contains(&format!("**{code}**")), "{code}");
    }
}
