//! `countersign scitoken` as a process: tokens from cron, imported keys, tokens explained.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod issuing;

use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::process::{Command, Stdio};

use issuing::{Folder, URL, mode};

#[test]
fn a_token_from_cron() {
    let folder = Folder::new("cron");
    folder.good("issuer create --keys k");
    let create = |more: &str| {
        folder.run(&format!(
            "scitoken create --keys k --issuer {URL} --subject alice --audience condor.example \
             --scope condor:/READ --output token {more}"
        ))
    };
    let quiet = |more: &str| {
        let output = create(more);
        assert!(output.status.success(), "{more}: {output:?}");
        assert!(
            output.stdout.is_empty() && output.stderr.is_empty(),
            "{output:?}"
        );
        folder.read("token")
    };
    let inode = || folder.path("token").metadata().unwrap().ino();
    let first = quiet("--if-expiring-within 5m");
    assert_eq!(mode(&folder.path("token")), 0o600);
    let before = inode();
    assert_eq!(quiet("--if-expiring-within 5m"), first);
    assert_eq!(inode(), before, "nothing was written");
    // It is good for 20 minutes and not for more.
    let second = quiet("--lifetime 21m --if-expiring-within 20m");
    assert_ne!(second, first);
    assert_ne!(quiet("--if-expiring-within 5m --subject bob"), second);
    let bob = quiet("--if-expiring-within 5m --subject bob");
    folder.good("issuer rotate --keys k --publish-ahead 0");
    assert_eq!(
        quiet("--if-expiring-within 5m --subject bob"),
        bob,
        "it is published on"
    );
    assert_ne!(
        quiet("--subject bob"),
        bob,
        "without that there is always a new one"
    );

    // What is there and is no token stays.
    for content in [
        "precious\n",
        "a.b.c\n",
        "-----BEGIN PRIVATE KEY-----\n",
        &format!("{bob}{bob}"),
    ] {
        std::fs::write(folder.path("token"), content).unwrap();
        let output = create("--if-expiring-within 5m");
        assert_eq!(output.status.code(), Some(1));
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(complaint.contains("left as it is"), "{complaint}");
        assert_eq!(folder.read("token"), content);
    }
    // A link is replaced, and what it leads to stays.
    std::fs::write(folder.path("target"), "precious").unwrap();
    std::fs::remove_file(folder.path("token")).unwrap();
    symlink("target", folder.path("token")).unwrap();
    quiet("--if-expiring-within 5m");
    assert!(folder.path("token").symlink_metadata().unwrap().is_file());
    assert_eq!(folder.read("target"), "precious");
    let leftovers: Vec<_> = folder
        .0
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(leftovers, Vec::<String>::new());
    // A problem is one, whatever is there.
    std::fs::rename(folder.path("k"), folder.path("moved")).unwrap();
    let output = create("--if-expiring-within 5m");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("has no keys")
    );
}

#[test]
fn imported_and_inspected() {
    let folder = Folder::new("import");
    let keys = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../countersign/src/issuer/test_keys"
    );
    folder.good(&format!("issuer import {keys}/rsa.private.json --keys k"));
    assert_eq!(
        folder.good("issuer list --keys k"),
        "1b79 RS256: signs now\n"
    );
    let told = folder.good(&format!(
        "issuer import {keys}/ec.pem --key-id 7623 --keys k --publish-ahead 0"
    ));
    assert!(told.contains("7623 ES256: signs now"), "{told}");
    let error = folder.bad(&format!("issuer import {keys}/encrypted.pem --keys k"));
    assert!(error.contains("passphrase"), "{error}");
    assert!(
        folder
            .bad(&format!("issuer import {keys}/ec.public.json --keys k"))
            .contains("no private key")
    );

    std::fs::copy(format!("{keys}/ec.pem"), folder.path("ec.pem")).unwrap();
    let loose = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(folder.path("ec.pem"), loose).unwrap();
    let create = format!(
        "scitoken create --key ec.pem --key-id 7623 --issuer {URL} --subject alice --scope condor:/WRITE"
    );
    let output = folder.run(&create);
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("others than its owner"), "{complaint}");
    assert!(
        complaint.contains("every server takes this token"),
        "{complaint}"
    );
    let token = String::from_utf8(output.stdout).unwrap();

    let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .args(["scitoken", "inspect", "-", "--jwks"])
        .arg(format!("{keys}/ec.public.json"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(token.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let told = String::from_utf8(output.stdout).unwrap();
    for expected in [
        "standard input, line 1:\n  algorithm  ES256\n  key        7623\n",
        "  subject    alice\n",
        "  scope      condor:/WRITE: WRITE, and what that implies\n",
        ", in 20 minutes\n",
        "  verified   yes: the key 7623 of ",
        "  HTCondor   takes it, if ",
    ] {
        assert!(told.contains(expected), "{expected}\n{told}");
    }
    // Neither the token nor any part of it.
    for part in token.trim().split('.') {
        assert!(!told.contains(part), "{told}");
    }
    std::fs::write(folder.path("token"), &token).unwrap();
    let output = folder.run(&format!(
        "scitoken inspect token --jwks {keys}/rsa.public.json"
    ));
    assert_eq!(output.status.code(), Some(1), "another key's");
    let told = folder.good("scitoken inspect token --audience other.example");
    assert!(told.contains("verified   unknown"), "{told}");
    std::fs::write(folder.path("token"), "nothing").unwrap();
    assert!(folder.bad("scitoken inspect token").contains("no SciToken"));
    std::fs::write(folder.path("token"), "").unwrap();
    assert!(
        folder
            .bad("scitoken inspect token")
            .contains("holds no token")
    );
}
