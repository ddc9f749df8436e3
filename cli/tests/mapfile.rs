//! `countersign mapfile map`, `explain` and `diff`, as they are called.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder of a test's own.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mapfile-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a call printed, and its status.
fn run(arguments: &[&OsStr], input: &[u8]) -> (Vec<u8>, String, i32) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .arg("mapfile")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A call that reads nothing may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    (
        output.stdout,
        String::from_utf8(output.stderr).unwrap(),
        output.status.code().unwrap(),
    )
}

fn called(words: &str, file: &Path, more: &[&[u8]]) -> (Vec<u8>, String, i32) {
    let mut arguments: Vec<&OsStr> = words.split(' ').map(OsStr::new).collect();
    arguments.push(file.as_os_str());
    arguments.extend(more.iter().map(|word| OsStr::from_bytes(word)));
    run(&arguments, b"alice\n\xff\n")
}

#[test]
fn map_prints_a_name_a_line() {
    let folder = Folder::new("map");
    let file = folder.file(
        "map",
        b"FS /^(\xff|alice)$/ <\\1>\nFS p PLUGIN:x\nFS e \"\n\n",
    );
    let (out, err, status) = called(
        "map --assume-hash --method fs",
        &file,
        &[b"-", b"bob", b"p"],
    );
    assert_eq!(out, b"<alice>\n<\xff>\n\n\n");
    assert_eq!(status, 1);
    assert!(
        err.starts_with("p: ") && err.contains("line 2 gives PLUGIN:x"),
        "{err}"
    );
    let (out, err, status) = called("map --assume-hash --method FS", &file, &[b"alice"]);
    assert_eq!(
        (out.as_slice(), err.as_str(), status),
        (&b"<alice>\n"[..], "", 0)
    );
    // Nothing says how names to map are read.
    let (_, err, _) = called("map --method FS", &file, &[b"alice"]);
    assert!(
        err.contains("CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS is not set"),
        "{err}"
    );
}

#[test]
fn the_mode_is_the_configurations() {
    let folder = Folder::new("mode");
    let file = folder.file("map", b"FS al hit\n");
    let config = folder.file("config", b"CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS = True\n");
    let words = format!("map -config {} --method FS", config.display());
    let (out, err, _) = called(&words, &file, &[b"alice", b"al"]);
    assert_eq!((out.as_slice(), err.as_str()), (&b"\nhit\n"[..], ""));
    let words = format!(
        "map -config {} --no-assume-hash --method FS",
        config.display()
    );
    assert_eq!(called(&words, &file, &[b"alice"]).0, b"hit\n");
    let words = format!("map -config {}/none --method FS", config.display());
    let (_, err, status) = called(&words, &file, &[b"alice"]);
    assert!(err.starts_with("ERROR: ") && status == 2, "{err}");
}

#[test]
fn explain_says_which_line() {
    let folder = Folder::new("explain");
    folder.file("more", b"SCITOKENS /^https:\\/\\/i\\.org,(.*)$/ \\1@x\n");
    let file = folder.file("map", b"@include more\nFS bob rob\nFS /(/ x\n");
    let explained = |method: &str, name: &[u8]| {
        let words = format!("explain --assume-hash --method {method}");
        let (out, err, status) = called(&words, &file, &[name]);
        assert_eq!(err, "");
        (String::from_utf8(out).unwrap(), status)
    };
    let (out, status) = explained("SCITOKENS", b"https://i.org,sub");
    assert!(
        out.starts_with("SCITOKENS https://i.org,sub is sub@x\n"),
        "{out}"
    );
    assert!(
        out.contains("/more, line 1: the pattern ^https://i\\.org,(.*)$ gives \\1@x"),
        "{out}"
    );
    assert!(out.contains("\\1 is \"sub\""), "{out}");
    assert_eq!(status, 0);
    let (out, status) = explained("SCITOKENS", b"https://i.org/,sub");
    assert!(
        out.contains("would give sub@x for https://i.org,sub: the issuer's last slash"),
        "{out}"
    );
    assert_eq!(status, 1);
    let (out, _) = explained("FS", b"Bob\n");
    assert!(
        out.starts_with("FS Bob\\n maps to nothing: the one line for FS does not match\n"),
        "{out}"
    );
    assert!(out.contains("not in force: "), "{out}");
    let (out, _) = explained("FSX", b"bob");
    assert!(out.contains("no method called FSX"), "{out}");
    assert!(out.contains("would give rob, but for FS alone"), "{out}");
    let (out, status) = explained("IDTOKENS", b"a@b");
    let head = "IDTOKENS a@b maps to nothing: HTCondor asks no mapfile";
    assert!(out.starts_with(head) && status == 1, "{out}");
    let (out, err, status) = called("map --assume-hash --method GSI", &file, &[b"a"]);
    assert_eq!((out.as_slice(), status), (&b"\n"[..], 1));
    assert!(err.contains("every name maps to nothing: "), "{err}");
}

#[test]
fn diff_names_who_changes() {
    let folder = Folder::new("diff");
    let old = folder.file("old", b"FS a one\nFS b two\nFS /^c/ x\n");
    let new = folder.file("new", b"FS b 2\nFS a one\nFS /^c/ y\n");
    let compared = |more: &[&[u8]]| {
        let mut words = vec![new.as_os_str().as_bytes()];
        words.extend(more);
        let (out, err, status) = called("diff --assume-hash", &old, &words);
        (String::from_utf8(out).unwrap(), err, status)
    };
    let (out, err, status) = compared(&[]);
    assert!(
        out.contains("FS b: two (") && out.contains("-> 2 ("),
        "{out}"
    );
    assert!(!out.contains("FS a:"), "{out}");
    assert!(
        err.contains("- ") && err.contains("FS /^c/ x") && err.contains("FS /^c/ y"),
        "{err}"
    );
    assert_eq!(status, 1);
    let (out, err, status) = compared(&[b"a", b"z"]);
    assert_eq!((out.as_str(), status), ("", 0));
    assert_eq!(err, "none of 2 names changes\n");
}

#[test]
fn what_is_wrong_is_an_error() {
    let folder = Folder::new("wrong");
    for (content, part) in [
        (&b"FS \"a\\"[..], "line 1: the file ends in a backslash"),
        (b"", ""),
    ] {
        let file = folder.file("map", content);
        let (_, err, status) = called("map --assume-hash --method FS", &file, &[b"a"]);
        assert!(err.contains(part), "{err}");
        assert_eq!(status, if part.is_empty() { 1 } else { 2 });
    }
    let file = folder.file("map", b"@include bans\nFS a b\n");
    for words in [
        "map --assume-hash --method FS",
        "explain --assume-hash --method FS",
    ] {
        let (out, err, status) = called(words, &file, &[b"a"]);
        assert_eq!((out.as_slice(), status), (&b""[..], 2), "{err}");
        assert!(err.contains("line 1: ") && err.contains("bans"), "{err}");
    }
    let missing = folder.0.join("missing");
    let (_, err, status) = called("explain --assume-hash --method FS", &missing, &[b"a"]);
    assert!(
        err.starts_with("ERROR: the mapfile ") && status == 2,
        "{err}"
    );
    let (_, err, status) = run(&["map".as_ref(), "FILE".as_ref()], b"");
    assert!(err.contains("--help") && status == 2, "{err}");
    let (out, _, status) = run(&["--help".as_ref()], b"");
    assert!(out.starts_with(b"Usage: countersign mapfile") && status == 0);
}
