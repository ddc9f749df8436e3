//! Broken configurations, and exactly what is to be found in each: the line, the kind, how bad, and the fix.

mod broken;
mod mangled;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use countersign_config::{Config, Release, Sources};

use broken::BROKEN;
use mangled::MANGLED;

use super::{Code, Report, Severity, check};
use crate::settings::Host;

use Severity::{Dangerous, Error, Note};

fn report_of(text: &str, release: Release) -> Report {
    let host = Host::for_tests();
    let sources = Sources::text("condor_config", text)
        .subsystem("TOOL")
        .builtins(host.builtins())
        .release(release)
        .defaults();
    check(&Config::load(&sources).unwrap(), &host, None)
}

#[test]
fn broken_configurations() {
    let mut seen = Vec::new();
    for (text, expected) in BROKEN.iter().chain(MANGLED) {
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
fn the_fix_names_the_setting_that_decides() {
    let fixes = |text: &str| {
        let host = Host::bare("COLLECTOR");
        let sources = Sources::text("condor_config", text)
            .subsystem("COLLECTOR")
            .defaults();
        let report = check(&Config::load(&sources).unwrap(), &host, None);
        let open = report
            .findings
            .iter()
            .filter(|finding| finding.code == Code::OpenToAll);
        let open: Vec<String> = open.map(|finding| finding.fix.clone()).collect();
        let contradicts = report
            .findings
            .iter()
            .any(|finding| finding.code == Code::Contradiction);
        (open.join("\n"), contradicts)
    };
    let behind = ", or name those who may in ALLOW_WRITE";
    for (text, fix, contradicts) in [
        (
            "COLLECTOR.SEC_DEFAULT_AUTHENTICATION = OPTIONAL\nSEC_DEFAULT_AUTHENTICATION = REQUIRED\n",
            "write COLLECTOR.SEC_DEFAULT_AUTHENTICATION = REQUIRED",
            false,
        ),
        // Who mends a contradiction may do so by asking for less.
        (
            "SEC_DEFAULT_NEGOTIATION = NEVER\nSEC_DEFAULT_AUTHENTICATION = REQUIRED\n",
            "write SEC_DEFAULT_NEGOTIATION = REQUIRED",
            true,
        ),
        (
            "SEC_DEFAULT_AUTHENTICATION = NEVER\nSEC_DEFAULT_ENCRYPTION = REQUIRED\n",
            "write SEC_DEFAULT_AUTHENTICATION = REQUIRED",
            true,
        ),
        (
            "SEC_DEFAULT_NEGOTIATION = NEVER\nSEC_DEFAULT_AUTHENTICATION = OPTIONAL\n",
            "write SEC_DEFAULT_AUTHENTICATION = REQUIRED and SEC_DEFAULT_NEGOTIATION = REQUIRED",
            false,
        ),
    ] {
        let found = fixes(&format!("{text}ALLOW_WRITE = *\n"));
        assert_eq!(found, (format!("{fix}{behind}"), contradicts), "{text}");
    }
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
fn a_folder_of_keys_may_be_missing_where_the_pools_key_is_elsewhere() {
    let folder = Folder::new("pool-key");
    folder.file("POOL", 0o600);
    let text = |key: &str| {
        format!(
            "SEC_PASSWORD_DIRECTORY = /nonexistent/keys\nSEC_TOKEN_POOL_SIGNING_KEY_FILE = {}/{key}\n",
            folder.0.display()
        )
    };
    for (key, severity) in [("POOL", Note), ("GONE", Error)] {
        let report = report_of(&text(key), Release::V25_14_1);
        let [finding] = report.findings.as_slice() else {
            panic!("{report:?}")
        };
        assert_eq!(
            (finding.code, finding.severity),
            (Code::MissingFile, severity)
        );
    }
}

#[test]
fn configuration_that_is_not_there() {
    let folder = Folder::new("further");
    fs::create_dir(folder.0.join("config.d")).unwrap();
    let root = folder.0.join("condor_config");
    let here = folder.0.display();
    let report = |text: &str| {
        fs::write(&root, text).unwrap();
        let sources = Sources::file(&root).defaults();
        check(&Config::load(&sources).unwrap(), &Host::for_tests(), None)
    };
    let optional = "REQUIRE_LOCAL_CONFIG_FILE = false\nLOCAL_CONFIG_FILE =";
    // HTCondor's packages name that one, and do not have it.
    let usual = report(&format!(
        "LOCAL_CONFIG_DIR = {here}/config.d\n{optional} {here}/condor_config.local\n"
    ));
    assert_eq!(usual.findings, []);
    let gone = report(&format!(
        "LOCAL_CONFIG_DIR = {here}/config.d, /nonexistent/d\n{optional} /nonexistent/f\n"
    ));
    let [folder, file] = gone.findings.as_slice() else {
        panic!("{gone:?}")
    };
    assert_eq!(
        (folder.code, folder.severity),
        (Code::MissingFile, Severity::Suspicious)
    );
    assert_eq!(
        folder.fix,
        format!("make it, correct its name, or write LOCAL_CONFIG_DIR = {here}/config.d")
    );
    assert_eq!((file.severity, file.place.line()), (Note, Some(3)));
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

#[test]
fn hostile_values_take_no_long_time() {
    let words: String = (0..60_000_u32)
        .map(|number| {
            let letters = format!("{number:05}").into_bytes();
            let word = letters.iter().map(|digit| char::from(digit - b'0' + b'a'));
            format!("{} ", word.collect::<String>())
        })
        .collect();
    let macros: String = (0..60_000)
        .map(|number| format!("$(NO_{number}) "))
        .collect();
    let marks = "a;b ".repeat(60_000);
    let text = format!("DENY_READ = {words}\nALLOW_READ = {macros}\nDENY_WRITE = {marks}\n");
    let begin = std::time::Instant::now();
    let report = report_of(&text, Release::V25_14_1);
    assert!(
        report.count(Severity::Suspicious) > 0,
        "{:?}",
        report.not_checked
    );
    assert!(begin.elapsed().as_secs() < 30, "{:?}", begin.elapsed());
}
