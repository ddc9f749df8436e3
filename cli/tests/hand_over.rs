//! Claim ids and inheritances that are of no use: what is said of them, and that the secret is not.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

const SECRET: &str = "5ec4e75ec4e75ec4e75ec4e7";

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("countersign-hand-over-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A program with a configuration that reads nothing of this host.
    fn program(&self, more: &str) -> Command {
        let text = format!("SEC_TOKEN_DIRECTORY = /nonexistent\nUSER_CONFIG_FILE =\n{more}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        command.env("CONDOR_CONFIG", self.file("condor_config", &text));
        command
    }

    fn ping(&self, claim: &str, more: &str) -> Output {
        let file = self.file("claim", claim);
        let mut command = self.program(more);
        command.args(["ping", "--claim-id-file"]).arg(file);
        let output = command.args(["-why", "-table", "DAEMON"]).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(1));
        output
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(!text.contains(SECRET), "{text}");
    text
}

#[test]
fn claim_ids_of_no_use() {
    let folder = Folder::new();
    let start = "<127.0.0.1:1>#1#2";
    for (claim, more, expected) in [
        (SECRET.to_owned(), "", "no # in it"),
        (format!("{start}#..."), "", "public part"),
        (
            format!("{start}#{SECRET}"),
            "",
            "SEC_ENABLE_MATCH_PASSWORD_AUTHENTICATION",
        ),
        (
            format!("{start}#[Encryption=\"{SECRET}\";]k"),
            "",
            "Encryption",
        ),
        (
            format!("{start}#[CryptoMethods=\"BLOWFISH\";]{SECRET}"),
            "",
            "BLOWFISH",
        ),
        (
            format!("{start}#[]{SECRET}"),
            "SEC_ENABLE_MATCH_PASSWORD_AUTHENTICATION = False\n",
            "is False",
        ),
        (
            format!("{start}#[SessionExpires=1;]{SECRET}\n"),
            "",
            "SessionExpires",
        ),
        (
            format!("{start}#[ValidCommands=\"416\";]{SECRET}"),
            "",
            "ValidCommands are 416",
        ),
    ] {
        let told = said(&folder.ping(&claim, more));
        assert!(told.contains(expected), "{expected}: {told}");
    }
    let missing = folder
        .program("")
        .args(["ping", "--claim-id-file", "/nonexistent", "DAEMON"])
        .output()
        .unwrap();
    assert!(said(&missing).contains("/nonexistent"));
}

#[test]
fn inheritances_of_no_use() {
    let folder = Folder::new();
    let peer = |public: Option<&str>, private: Option<&str>| {
        let mut command = folder.program("");
        command.arg("peer");
        for (name, value) in [
            ("CONDOR_INHERIT", public),
            ("CONDOR_PRIVATE_INHERIT", private),
        ] {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        said(&output)
    };
    assert!(peer(None, None).contains("--listen ADDR is required"));
    assert!(peer(Some("x"), None).contains("CONDOR_INHERIT"));
    let session = format!("SessionKey:{SECRET}");
    assert!(peer(Some("1 <127.0.0.1:1> 0 0"), Some(&session)).contains("SessionKey"));
    assert!(peer(Some("1 <127.0.0.1:1> 0 0"), None).contains("no TCP socket"));
    let shared = "1 <127.0.0.1:1> 0 SharedPort:x*1* 0";
    assert!(peer(Some(shared), None).contains("USE_SHARED_PORT"));
    assert!(peer(Some("1 <127.0.0.1:1> 0 1 999* 0"), None).contains("descriptor 999"));
}
