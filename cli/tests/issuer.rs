//! `countersign issuer` and `countersign scitoken` as processes: keys, files, tokens, rotation.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

const URL: &str = "https://issuer.example";

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("countersign-issuing-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// Runs the command in the folder.
    fn run(&self, line: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_countersign"))
            .args(line.split_whitespace())
            .current_dir(&self.0)
            .env("TMPDIR", &self.0)
            .output()
            .unwrap()
    }

    /// What it prints, if it succeeds.
    fn good(&self, line: &str) -> String {
        let output = self.run(line);
        assert!(output.status.success(), "{line}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What it complains of, if it fails.
    fn bad(&self, line: &str) -> String {
        let output = self.run(line);
        assert_eq!(output.status.code(), Some(1), "{line}: {output:?}");
        assert!(output.stdout.is_empty(), "{line}: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The names of the keys that would be published.
    fn published(&self, keys: &str) -> Vec<String> {
        let web = self.path("published");
        std::fs::create_dir_all(&web).unwrap();
        self.good(&format!(
            "issuer export published --keys {keys} --url {URL}"
        ));
        let set: Value = serde_json::from_str(&self.read("published/oauth2/certs")).unwrap();
        let keys = set["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

#[test]
fn keys_are_their_owners_and_stay() {
    let folder = Folder::new("keys");
    assert!(folder.bad("issuer list --keys k").contains("issuer create"));
    let made = folder.good("issuer create --keys k --key-id first");
    assert_eq!(made, "made the signing key first (ES256) in k\n");
    for (name, expected) in [
        ("k", 0o700),
        ("k/keys", 0o700),
        ("k/keys/first.pem", 0o600),
        ("k/state.json", 0o600),
    ] {
        assert_eq!(mode(&folder.path(name)), expected, "{name}");
    }
    let before = folder.read("k/keys/first.pem");
    assert!(
        folder
            .bad("issuer create --keys k")
            .contains("left as they were")
    );
    assert!(
        folder
            .bad("issuer rotate --keys k --key-id first")
            .contains("another name")
    );
    assert!(
        folder
            .bad("issuer rotate --keys k --key-id ../x")
            .contains("no name for a key")
    );
    assert_eq!(folder.read("k/keys/first.pem"), before);
    assert_eq!(
        folder.good("issuer list --keys k"),
        "first ES256: signs now\n"
    );

    // What others could read is not used.
    let key = folder.path("k/keys/first.pem");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    let create = format!("scitoken create --keys k --issuer {URL} --subject a --scope x");
    assert!(folder.bad(&create).contains("chmod go="));
    std::fs::remove_file(&key).unwrap();
    std::fs::write(folder.path("elsewhere"), &before).unwrap();
    symlink("../../elsewhere", &key).unwrap();
    assert!(
        folder.bad(&create).contains("first.pem"),
        "no link is followed"
    );
}

#[test]
fn rotated_with_an_overlap() {
    let folder = Folder::new("rotate");
    folder.good("issuer create --keys k --key-id a");
    let create = format!(
        "scitoken create --keys k --issuer {URL} --subject alice --audience ANY --scope condor:/READ"
    );
    let signer = || {
        let token = folder.good(&format!("{create} --lifetime 1h"));
        std::fs::write(folder.path("token"), token).unwrap();
        let told = folder.good("scitoken inspect token --issuer-keys k");
        let line = told
            .lines()
            .find(|line| line.starts_with("  key "))
            .unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    assert_eq!(signer(), "a");
    let old = folder.read("token");
    let told = folder.good("issuer rotate --keys k --key-id b");
    assert!(
        told.contains("a ES256: signs now, published until "),
        "{told}"
    );
    assert!(told.contains("b ES256: published, signs from "), "{told}");
    assert_eq!(signer(), "a", "it is not known everywhere yet");
    assert_eq!(folder.published("k"), ["a", "b"]);
    folder.good("issuer rotate --keys k --key-id c --publish-ahead 0 --algorithm RS256");
    assert_eq!(signer(), "c");
    assert_eq!(folder.published("k"), ["a", "b", "c"]);
    std::fs::write(folder.path("old"), old).unwrap();
    let told = folder.good("scitoken inspect old --jwks published/oauth2/certs");
    assert!(told.contains("verified   yes: the key a of"), "{told}");

    // Over at once: servers refuse what it signed.
    folder.good("issuer create --keys s --key-id a");
    let output = folder.run("issuer rotate --keys s --key-id b --publish-ahead 0 --keep 0s");
    assert!(output.status.success() && output.stderr.is_empty());
    assert_eq!(folder.published("s"), ["b"]);
    let told = folder.good("issuer list --keys s");
    assert!(told.contains("a ES256: retired"), "{told}");
    let told = folder.good("issuer rotate --keys s --key-id c --publish-ahead 0 --keep 4d");
    assert!(told.contains("removed a"), "{told}");
    assert!(!folder.path("s/keys/a.pem").exists());
    let output = folder.run("issuer rotate --keys k --publish-ahead 0 --keep 5s");
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("good for longer"), "{complaint}");
}

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
fn what_is_exported_is_public() {
    let folder = Folder::new("export");
    folder.good("issuer create --keys k --algorithm RS256");
    folder.good("issuer rotate --keys k --algorithm ES256");
    let export = format!("issuer export web --keys k --url {URL}/tokens");
    assert!(
        folder.bad(&export).contains("web"),
        "the folder must be there"
    );
    std::fs::create_dir(folder.path("web")).unwrap();
    assert_eq!(
        folder.good(&export),
        "wrote web/oauth2/certs\nwrote web/.well-known/openid-configuration\n"
    );
    let text = folder.read("web/oauth2/certs");
    let set: Value = serde_json::from_str(&text).unwrap();
    for key in set["keys"].as_array().unwrap() {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
            assert!(key.get(private).is_none(), "{private}");
        }
    }
    let metadata: Value =
        serde_json::from_str(&folder.read("web/.well-known/openid-configuration")).unwrap();
    assert_eq!(metadata["issuer"], format!("{URL}/tokens"));
    assert_eq!(metadata["jwks_uri"], format!("{URL}/tokens/oauth2/certs"));
    for (name, expected) in [
        ("web/oauth2", 0o755),
        ("web/.well-known", 0o755),
        ("web/oauth2/certs", 0o644),
        ("web/.well-known/openid-configuration", 0o644),
    ] {
        assert_eq!(mode(&folder.path(name)), expected, "{name}");
    }
    std::fs::remove_dir_all(folder.path("web/oauth2")).unwrap();
    std::fs::create_dir(folder.path("outside")).unwrap();
    symlink("../outside", folder.path("web/oauth2")).unwrap();
    assert!(folder.bad(&export).contains("without following a link"));
    assert_eq!(folder.path("outside").read_dir().unwrap().count(), 0);
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

/// A server; killed if the test fails before it ends by itself.
struct Running(Child, Value);

impl Running {
    fn start(folder: &Folder, more: &str) -> Self {
        let mut child = Command::new("env")
            .args([
                "--default-signal=INT,TERM,HUP",
                env!("CARGO_BIN_EXE_countersign"),
            ])
            .args(["issuer", "--listen", "127.0.0.1:0"])
            .args(more.split_whitespace())
            .current_dir(&folder.0)
            .env("TMPDIR", &folder.0)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let mut running = Self(child, Value::Null);
        running.1 = serde_json::from_str(&line).unwrap();
        running
    }

    fn ends(mut self, signal: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &self.0.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        let end = Instant::now() + Duration::from_secs(5);
        while self.0.try_wait().unwrap().is_none() {
            assert!(Instant::now() < end);
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_server_from_its_first_line_to_its_last() {
    let folder = Folder::new("serve");
    folder.good("issuer create --keys k --key-id a");
    let server = Running::start(&folder, "--keys k --ca-file ca.pem --address-file url");
    let ready = &server.1;
    assert_eq!(ready["kids"][0], "a");
    assert_eq!(ready["pid"], server.0.id());
    assert_eq!(ready["ca_file"], "ca.pem");
    let url = ready["url"].as_str().unwrap();
    assert!(url.starts_with("https://localhost:"), "{url}");
    assert_eq!(folder.read("url"), format!("{url}\n"));
    let ca = folder.read("ca.pem");
    assert!(ca.contains("BEGIN CERTIFICATE") && !ca.contains("PRIVATE"));
    assert_eq!(mode(&folder.path("ca.pem")), 0o644);
    server.ends("TERM");
    for gone in ["ca.pem", "url"] {
        assert!(!folder.path(gone).exists(), "{gone}");
    }

    // With keys of its own, which go with it.
    let server = Running::start(&folder, "");
    let keys = PathBuf::from(server.1["keys"].as_str().unwrap());
    assert!(keys.starts_with(&folder.0) && keys.join("ca.pem").exists());
    let (keys_text, url) = (keys.display(), server.1["url"].as_str().unwrap());
    folder.good(&format!(
        "scitoken create --keys {keys_text} --issuer {url} --subject a --scope x --audience ANY"
    ));
    server.ends("HUP");
    assert!(!keys.parent().unwrap().exists());
}

#[test]
fn what_does_not_start() {
    let folder = Folder::new("not");
    for (line, expected) in [
        (
            "issuer --listen 0.0.0.0:0",
            "can be reached from other machines",
        ),
        ("issuer --listen 0.0.0.0:0 --allow-remote", "by which URL"),
        (
            "issuer --listen 127.0.0.1:0 --keys k",
            "issuer create --keys k",
        ),
        ("issuer --listen 127.0.0.1:0 --certificate c --key k", "c: "),
        ("issuer", "say where"),
        ("issuer frob", "frob"),
        ("scitoken", "create or inspect"),
    ] {
        let complaint = folder.bad(line);
        assert!(complaint.contains(expected), "{line}: {complaint}");
    }
    assert_eq!(
        folder.0.read_dir().unwrap().count(),
        0,
        "nothing is left behind"
    );
    for help in [
        "issuer --help",
        "issuer create -h",
        "scitoken --help",
        "scitoken create --help",
    ] {
        assert!(folder.good(help).starts_with("Usage: countersign"));
    }
}
