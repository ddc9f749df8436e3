//! `countersign mapfile check`, as it is called.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of a test's own.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("check-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }

    fn file(&self, name: impl AsRef<OsStr>, content: &[u8]) -> PathBuf {
        let path = self.0.join(name.as_ref());
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a call printed, what it complained of, and its status.
fn check(options: &[&str], files: &[&Path]) -> (String, String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .args(["mapfile", "check"])
        .args(options)
        .args(files)
        .output()
        .unwrap();
    (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
        output.status.code().unwrap(),
    )
}

const CLEAN: &[u8] = b"CLAIMTOBE /.*/ anonymous@claimtobe\nFS /(.*)/ \\1\n";

#[test]
fn the_status_says_how_bad_it_is() {
    let folder = Folder::new("status");
    let clean = folder.file("clean", CLEAN);
    let warned = folder.file("warned", b"FS /^bob/ bob\n");
    let wrong = folder.file("wrong", b"FS alice\n");
    let gone = folder.0.join("gone");
    let hash = "--assume-hash";
    for (options, files, status) in [
        (&[hash][..], &[&*clean][..], 0),
        (&[hash, "--strict"], &[&clean], 0),
        (&[hash], &[&warned], 0),
        (&[hash, "--strict"], &[&clean, &warned], 3),
        (&[hash, "--strict"], &[&wrong, &warned], 1),
        (&[hash], &[&wrong, &gone], 2),
        (&[hash, "--frob"], &[&clean], 2),
    ] {
        let (_, complaint, found) = check(options, files);
        assert_eq!(found, status, "{options:?} {files:?} {complaint}");
    }
}

#[test]
fn a_line_for_each_finding() {
    let folder = Folder::new("lines");
    let file = folder.file(
        "map",
        b"# one\nSCITOKENS /https:\\/\\/issuer\\.org,.*/ osg\n",
    );
    let (out, complaint, status) = check(&["--assume-hash"], &[&file]);
    let place = format!("{}:2:12: error[unanchored-start]: ", file.display());
    assert_eq!(
        out.lines().filter(|line| line.starts_with(&place)).count(),
        1,
        "{out}"
    );
    let name = "    name: SCITOKENS https://evil.example/?https://issuer.org,x becomes osg\n";
    assert!(out.contains(name), "{out}");
    assert!(
        out.contains("    corrected: SCITOKENS /^https:\\/\\/issuer\\.org,.*/ osg\n"),
        "{out}"
    );
    assert!(out.contains("1 error, 0 warnings, "), "{out}");
    assert!(out.contains("says nothing about"), "{out}");
    assert_eq!((complaint.as_str(), status), ("", 1));
}

#[test]
fn how_names_are_read_is_told_where_nobody_said() {
    let folder = Folder::new("mode");
    let file = folder.file("map", CLEAN);
    let (out, complaint, status) = check(&[], &[&file]);
    assert_eq!(status, 1, "{out}");
    assert!(out.contains("slashes-in-pattern"), "{out}");
    assert!(
        complaint.contains("2 lines say something else with --assume-hash"),
        "{complaint}"
    );
    assert!(complaint.contains("map:2: "), "{complaint}");
    let (_, complaint, _) = check(&["--no-assume-hash"], &[&file]);
    assert_eq!(complaint, "");
}

#[test]
fn the_configuration_says_which_file_and_how() {
    let folder = Folder::new("configuration");
    let map = folder.file("map", CLEAN);
    let text = |assume: &str| {
        format!(
            "CERTIFICATE_MAPFILE = {}\nCERTIFICATE_MAPFILE_ASSUME_HASH_KEYS = {assume}\n",
            map.display()
        )
    };
    let hash = folder.file("hash", text("True").as_bytes());
    let patterns = folder.file("patterns", text("False").as_bytes());
    let none = folder.file("none", b"X = 1\n");
    let with = |config: &Path, more: &[&str], files: &[&Path]| {
        let mut options = vec!["-config", config.to_str().unwrap()];
        options.extend(more);
        check(&options, files)
    };
    assert_eq!(with(&hash, &[], &[]).2, 0);
    assert_eq!(with(&hash, &[], &[&map]).2, 0);
    assert_eq!(with(&patterns, &[], &[]).2, 1);
    assert_eq!(with(&patterns, &["--assume-hash"], &[]).2, 0);
    let (_, complaint, status) = with(&none, &[], &[]);
    assert_eq!(status, 2);
    assert!(
        complaint.contains("CERTIFICATE_MAPFILE is not set"),
        "{complaint}"
    );
}

#[test]
fn one_object_for_programs() {
    let folder = Folder::new("json");
    let odd = folder.file(OsStr::from_bytes(b"m\xff"), b"CLAIMTOBE \xe9 a\xff\n");
    let file = folder.file("map", b"FS /(a+)+$/ x\nFS alice\n");
    let (out, complaint, status) = check(&["--assume-hash", "--json"], &[&odd, &file]);
    assert_eq!((complaint.as_str(), status), ("", 1));
    let object: serde_json::Value = serde_json::from_str(&out).unwrap();
    let first = &object["findings"][0];
    assert_eq!(first["code"], "unproven-user");
    assert!(
        first["file"].as_str().unwrap().ends_with("/m\\xff"),
        "{first}"
    );
    assert!(
        first["file_hex"].as_str().unwrap().ends_with("2f6dff"),
        "{first}"
    );
    assert_eq!(first["witness"]["principal_hex"], "e9");
    assert_eq!(first["witness"]["canonical"], "a\\xff");
    assert_eq!(object["summary"]["files"], 2);
    assert_eq!(object["summary"]["errors"], 1);
    assert_eq!(object["summary"]["assume_hash_keys"], true);
    assert!(object["summary"]["rules"].as_array().unwrap().len() > 30);
}

#[test]
fn who_may_write_it() {
    let folder = Folder::new("modes");
    let file = folder.file("map", CLEAN);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    let (out, _, status) = check(&["--assume-hash"], &[&file]);
    assert_eq!(status, 1);
    assert!(out.contains("error[writable-by-others]"), "{out}");
}

#[test]
fn what_ends_daemons_is_an_error() {
    let folder = Folder::new("deadly");
    let file = folder.file("map", b"FS alice bob\nFS \"x\\");
    let (out, _, status) = check(&["--assume-hash"], &[&file]);
    assert_eq!(status, 1, "{out}");
    assert!(out.contains("map:2:1: error[deadly-backslash]"), "{out}");
}
