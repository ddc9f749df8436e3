//! Files and folders that settings name.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::*;

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
    assert_eq!(
        file.fix,
        "make it, correct its name, or remove LOCAL_CONFIG_FILE"
    );
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
