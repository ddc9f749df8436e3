//! `countersign config check`, as it is called.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::path::PathBuf;
use std::process::Command;

/// A configuration file of a test's own.
struct Written(PathBuf);

impl Written {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("config-check-{name}-{}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// What a call printed, what it complained of, and its status.
fn check(options: &[&str], config: &Written) -> (String, String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .args(["config", "check"])
        .args(options)
        .env_clear()
        .env("CONDOR_CONFIG", &config.0)
        .output()
        .unwrap();
    (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
        output.status.code().unwrap(),
    )
}

const CLEAN: &str = "UID_DOMAIN = pool.example\nALLOW_READ = *\n";

#[test]
fn the_status_says_whether_something_is_to_be_mended() {
    let clean = Written::new("clean", CLEAN);
    let (printed, complaint, status) = check(&[], &clean);
    assert_eq!(status, 0, "{printed}{complaint}");
    assert!(
        printed.contains("0 errors, 0 dangerous, 0 suspicious, 0 notes"),
        "{printed}"
    );
    let noted = Written::new("noted", "SEC_INVALIDATE_SESSIONS_VIA_TCP = True\n");
    let (printed, _, status) = check(&[], &noted);
    assert_eq!(status, 0, "{printed}");
    assert!(printed.contains("note[obsolete]"), "{printed}");
    let (_, _, status) = check(&["--release", "23.9.6"], &noted);
    assert_eq!(status, 0);
    let wrong = Written::new("wrong", "ALLOW_WRITE = *\n");
    assert_eq!(check(&[], &wrong).2, 1);
    let unreadable = Written::new("unreadable", "if\n");
    let (printed, complaint, status) = check(&[], &unreadable);
    assert_eq!((printed.as_str(), status), ("", 2));
    assert!(complaint.starts_with("ERROR: "), "{complaint}");
    assert_eq!(check(&["--frob"], &clean).2, 2);
    assert_eq!(check(&["SEC_DEFAULT_ENCRYPTION"], &clean).2, 2);
}

#[test]
fn a_block_for_each_finding() {
    let config = Written::new(
        "blocks",
        "\nSEC_DEFUALT_ENCRYPTION = REQUIRED\nSEC_READ_CRYPTO_METHODS = AES, aes\n",
    );
    let (printed, _, status) = check(&[], &config);
    let file = config.0.display();
    let blocks = format!(
        "{file}:2: error[misspelt]: SEC_DEFUALT_ENCRYPTION is no setting of HTCondor 25.14.1; SEC_DEFAULT_ENCRYPTION is\n    \
             HTCondor: goes on as if it were not there, without a word: SEC_DEFAULT_ENCRYPTION stays what it is without it\n    \
             fix: write SEC_DEFAULT_ENCRYPTION = REQUIRED\n\
         {file}:3: error[unknown-cipher]: \"aes\" is no cipher of HTCondor's\n    \
             setting: SEC_READ_CRYPTO_METHODS\n    \
             HTCondor: passes over it without a word\n    \
             fix: write AES: ciphers are written in capital letters\n"
    );
    assert!(printed.starts_with(&blocks), "{printed}");
    assert!(
        printed
            .lines()
            .last()
            .unwrap()
            .contains("2 errors, 0 dangerous"),
        "{printed}"
    );
    assert_eq!(status, 1);
}

#[test]
fn json_has_the_same() {
    let config = Written::new("json", "SCHEDD.SEC_DEFAULT_INTEGRITY = maybe\n");
    let (printed, _, status) = check(&["--json", "-subsys", "schedd"], &config);
    let report: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let finding = &report["findings"][0];
    assert_eq!(finding["code"], "wrong-value");
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["line"], 1);
    assert_eq!(finding["setting"], "SCHEDD.SEC_DEFAULT_INTEGRITY");
    assert_eq!(report["summary"]["errors"], 1);
    assert_eq!(status, 1);
}

#[test]
fn a_local_name_counts_as_known() {
    let config = Written::new("local", "EAST.ALLOW_READ = a@b\n");
    assert_eq!(check(&[], &config).2, 1);
    assert_eq!(check(&["-local-name", "east"], &config).2, 0);
}

#[test]
fn ping_goes_on_where_condor_ping_does_and_says_so() {
    let config = Written::new(
        "ping",
        "SEC_FS_ENFORCE_CHANNEL_BINDING = perhaps\nSEC_CLIENT_SESSION_LEASE = 1h\n",
    );
    let output = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .args(["ping", "-address", "127.0.0.1:1", "READ"])
        .env_clear()
        .env("CONDOR_CONFIG", &config.0)
        .output()
        .unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    for part in [
        "WARNING: SEC_FS_ENFORCE_CHANNEL_BINDING is \"perhaps\"",
        "line 1",
        "WARNING: SEC_CLIENT_SESSION_LEASE is \"1h\"",
    ] {
        assert!(complaint.contains(part), "{complaint}");
    }
    assert!(
        complaint.contains("127.0.0.1"),
        "it was asked all the same: {complaint}"
    );
}

#[test]
fn a_line_that_sets_another_name_is_a_finding_and_no_warning_too() {
    let config = Written::new("misread", "ALLOW WRITE = a@b\nOUR OWN = 1\n");
    let (printed, complaint, status) = check(&[], &config);
    assert_eq!(status, 1, "{printed}");
    assert!(
        printed.contains("error[misread-line]") && printed.contains("write ALLOW_WRITE = a@b"),
        "{printed}"
    );
    let warnings: Vec<&str> = complaint
        .lines()
        .filter(|line| line.contains("in front of the operator"))
        .collect();
    assert!(
        matches!(warnings.as_slice(), [one] if one.contains("`OWN`")),
        "{complaint}"
    );
}
