//! `countersign peer` as a process: its first line, its log, its signals.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("countersign-{name}-{}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// A configuration that reads nothing of this host.
    fn config(&self, more: &str) -> PathBuf {
        let path = self.0.join("condor_config");
        let folder = self.0.display();
        let text = format!(
            "TRUST_DOMAIN = pool.example\nUID_DOMAIN = pool.example\n\
             SEC_PASSWORD_DIRECTORY = {folder}\nSEC_TOKEN_POOL_SIGNING_KEY_FILE = {folder}/POOL\n\
             SEC_TOKEN_DIRECTORY = {folder}\nUSER_CONFIG_FILE =\n{more}"
        );
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn program(config: &PathBuf) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.env("CONDOR_CONFIG", config);
    command
}

/// A peer; killed if the test fails before it ends by itself.
struct Running(Child, Value, BufReader<std::process::ChildStderr>);

impl Running {
    fn start(config: &PathBuf, more: &[&str]) -> Self {
        let mut child = program(config)
            .args(["peer", "--listen", "127.0.0.1:0"])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let mut running = Self(child, Value::Null, log);
        running.1 = serde_json::from_str(&line).unwrap();
        running
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.0.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// The next line of its log.
    fn told(&mut self) -> Value {
        let mut line = String::new();
        self.2.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn ends(mut self) {
        let end = Instant::now() + Duration::from_secs(5);
        while self.0.try_wait().unwrap().is_none() {
            assert!(Instant::now() < end);
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(self.0.wait().unwrap().success());
        let mut rest = String::new();
        self.2.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const CLAIM: &str = "SEC_DEFAULT_AUTHENTICATION = REQUIRED\n\
                     SEC_DEFAULT_AUTHENTICATION_METHODS = CLAIMTOBE\nSEC_CLAIMTOBE_USER = alice\n";

fn ping(config: &PathBuf, address: &Value) -> Output {
    program(config)
        .args([
            "ping",
            "-address",
            address.as_str().unwrap(),
            "-table",
            "WRITE",
        ])
        .output()
        .unwrap()
}

#[test]
fn from_the_first_line_to_the_last() {
    let folder = Folder::new("peer");
    let config = folder.config(&format!("{CLAIM}ALLOW_WRITE = alice@*\n"));
    let file = folder.0.join("address");
    let mut peer = Running::start(&config, &["--address-file", file.to_str().unwrap()]);
    let ready = peer.1.clone();
    assert_eq!(ready["pid"], peer.0.id());
    assert_eq!(ready["proves_nothing"]["CLAIMTOBE"][0], "ALLOW");
    assert_eq!(ready["signing_keys_from_system_folder"], false);
    let published = std::fs::read_to_string(&file).unwrap();
    assert_eq!(published.lines().next(), ready["address"].as_str());
    assert_eq!(published.lines().count(), 3);

    assert!(ping(&config, &ready["address"]).status.success());
    let told = peer.told();
    assert_eq!(told["event"], "answered");
    assert_eq!(told["user"], "alice@pool.example");
    assert_eq!(told["method"], "CLAIMTOBE");

    folder.config(&format!("{CLAIM}ALLOW_WRITE = bob@*\n"));
    peer.signal("HUP");
    assert_eq!(peer.told()["event"], "reconfigured");
    assert!(!ping(&config, &ready["address"]).status.success());
    let told = peer.told();
    assert_eq!(told["decision"], "DENY");
    let reason = told["reason"].as_str().unwrap();
    assert!(
        reason.contains("nothing in ALLOW_WRITE matches"),
        "{reason}"
    );

    std::fs::remove_file(&config).unwrap();
    peer.signal("HUP");
    assert_eq!(peer.told()["event"], "not reconfigured");
    folder.config(&format!("{CLAIM}SEC_READ_ENCRYPTION = x\n"));
    peer.signal("HUP");
    let told = peer.told();
    assert_eq!(told["event"], "not reconfigured");
    let reason = told["reason"].as_str().unwrap();
    assert!(
        reason.contains("SEC_READ_ENCRYPTION") && reason.contains("line"),
        "{reason}"
    );

    peer.signal("TERM");
    peer.ends();
    assert!(!file.exists());
}

#[test]
fn what_does_not_start() {
    let folder = Folder::new("peer-not");
    for (config, listen, expected) in [
        ("", "0.0.0.0:0", "can be reached from other machines"),
        (
            "CERTIFICATE_MAPFILE = /nonexistent/map\n",
            "127.0.0.1:0",
            "/nonexistent/map",
        ),
        (
            "SEC_DEFAULT_ENCRYPTION = x\n",
            "127.0.0.1:0",
            "SEC_DEFAULT_ENCRYPTION",
        ),
        (
            "SEC_PASSWORD_DIRECTORY = /nonexistent/k\n",
            "127.0.0.1:0",
            "/nonexistent/k",
        ),
    ] {
        let config = folder.config(config);
        let output = program(&config)
            .args(["peer", "--listen", listen])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && text.contains(expected),
            "{text}"
        );
    }
}
