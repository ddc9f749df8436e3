//! `countersign authz check` as a process, by a configuration alone.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

const CONFIG: &str = "ALLOW_READ = *\nALLOW_WRITE = *@pool.example/192.0.2.0/24\n\
    DENY_WRITE = mallory@pool.example\nALLOW_DAEMON = condor@pool.example\nALLOW_CONFIG = 2001:db8::/32\n";

/// What is asked, and the answer.
const CASES: [(&str, &str); 9] = [
    ("READ unauthenticated@unmapped 203.0.113.9", "ALLOWED"),
    ("WRITE alice@pool.example 192.0.2.7", "ALLOWED"),
    ("WRITE alice@pool.example 203.0.113.9", "DENIED"),
    ("WRITE alice@pool.example.evil 192.0.2.7", "DENIED"),
    ("WRITE mallory@pool.example 192.0.2.7", "DENIED"),
    // By DAEMON, which implies WRITE.
    ("write condor_pool@pool.example 203.0.113.9", "ALLOWED"),
    ("CONFIG alice@pool.example 2001:db8::7", "ALLOWED"),
    ("NEGOTIATOR condor@pool.example 192.0.2.7", "DENIED"),
    ("ALLOW nobody@nowhere 203.0.113.9", "ALLOWED"),
];

struct File(PathBuf);

impl File {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("countersign-authz-{}", std::process::id()));
        std::fs::write(&path, CONFIG).unwrap();
        Self(path)
    }

    fn check(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .args(["authz", "check"])
            .args(arguments)
            .env("CONDOR_CONFIG", &self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It may end before it reads.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn in_a_batch_and_one_by_one() {
    let file = File::new();
    let questions: String = CASES.map(|(question, _)| format!("{question}\n")).concat();
    let answers: String = CASES.map(|(_, answer)| format!("{answer}\n")).concat();
    let output = file.check(&["--batch"], &questions);
    assert_eq!(String::from_utf8_lossy(&output.stdout), answers);
    assert!(output.status.success() && output.stderr.is_empty());
    for (question, answer) in CASES {
        let words: Vec<&str> = question.split(' ').collect();
        let output = file.check(&words, "");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(text.lines().next(), Some(answer), "{question}");
        assert!(
            text.lines().nth(1).is_some_and(|reason| reason.len() > 20),
            "{question}: {text}"
        );
        let expected = if answer == "ALLOWED" { 0 } else { 1 };
        assert_eq!(output.status.code(), Some(expected), "{question}");
    }
    // By which entry, of which list, in which line.
    let denied = file.check(&["WRITE", "mallory@pool.example", "192.0.2.7"], "");
    let reason = String::from_utf8_lossy(&denied.stdout).into_owned();
    let place = format!("({}, line 3)", file.0.display());
    assert!(
        reason.contains("DENY_WRITE") && reason.contains(&place),
        "{reason}"
    );
    // Of a batch that is wrong somewhere nothing is answered.
    let output = file.check(&["--batch"], "READ a@b 192.0.2.1\nREED a@b 192.0.2.1\n");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("line 2"));
}

#[test]
fn a_usage_error_is_not_buried() {
    // It ends before a configuration is read.
    let output = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .args(["authz", "check", "REED", "a@b", "127.0.0.1"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.starts_with("ERROR: REED is not a level"), "{text}");
    assert_eq!(text.lines().count(), 2, "{text}");
    assert_eq!(output.status.code(), Some(2));
}
