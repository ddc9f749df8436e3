//! A signal ends the command at once, whatever it waits for.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

fn ping(config: &str, address: &str) -> Child {
    // Started by nohup(1) or in a shell's background, a test would pass on that signals are ignored.
    Command::new("env")
        .args([
            "--default-signal=INT,TERM,HUP",
            env!("CARGO_BIN_EXE_countersign"),
        ])
        .args(["ping", "-address", address, "WRITE"])
        .env("CONDOR_CONFIG", config)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// How it ended, and that it did so soon.
fn signalled(mut child: Child, signal: &str) -> ExitStatus {
    let sent = Command::new("kill")
        .args([&format!("-{signal}"), &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
    let end = Instant::now() + Duration::from_secs(5);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > end {
            child.kill().unwrap();
        }
        sleep(Duration::from_millis(10));
    }
    child.wait().unwrap()
}

#[test]
fn while_the_configuration_is_waited_for() {
    for (signal, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        let child = ping("/dev/stdin", "127.0.0.1:1");
        sleep(Duration::from_millis(300));
        assert_eq!(signalled(child, signal).signal(), Some(number));
    }
}

#[test]
fn while_the_daemon_is_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let child = ping("ONLY_ENV", &address);
        let connection = listener.accept().unwrap();
        assert_eq!(signalled(child, signal).code(), Some(code));
        drop(connection);
    }
}
