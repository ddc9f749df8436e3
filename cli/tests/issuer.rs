//! `countersign issuer` as a process: keys, rotation, documents, the server.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod issuing;

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use issuing::{Folder, URL, mode};
use serde_json::Value;

/// The names of the keys that would be published.
fn published(folder: &Folder, keys: &str) -> Vec<String> {
    let web = folder.path("published");
    std::fs::create_dir_all(&web).unwrap();
    folder.good(&format!(
        "issuer export published --keys {keys} --url {URL}"
    ));
    let set: Value = serde_json::from_str(&folder.read("published/oauth2/certs")).unwrap();
    let keys = set["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
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
    assert_eq!(published(&folder, "k"), ["a", "b"]);
    folder.good("issuer rotate --keys k --key-id c --publish-ahead 0 --algorithm RS256");
    assert_eq!(signer(), "c");
    assert_eq!(published(&folder, "k"), ["a", "b", "c"]);
    std::fs::write(folder.path("old"), old).unwrap();
    let told = folder.good("scitoken inspect old --jwks published/oauth2/certs");
    assert!(told.contains("verified   yes: the key a of"), "{told}");

    // Over at once: servers refuse what it signed.
    folder.good("issuer create --keys s --key-id a");
    let output = folder.run("issuer rotate --keys s --key-id b --publish-ahead 0 --keep 0s");
    assert!(output.status.success() && output.stderr.is_empty());
    assert_eq!(published(&folder, "s"), ["b"]);
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
fn a_token_is_verified_with_what_its_issuer_publishes() {
    let folder = Folder::new("fetch");
    folder.good("issuer create --keys k --key-id a");
    folder.good("issuer create --keys other --key-id a");
    let server = Running::start(&folder, "--keys k --ca-file ca.pem");
    let url = server.1["url"].as_str().unwrap().to_owned();
    for (keys, file) in [("k", "good"), ("other", "forged")] {
        folder.good(&format!(
            "scitoken create --keys {keys} --issuer {url} --subject s --scope condor:/READ --audience ANY \
             --output {file}"
        ));
    }
    let inspect = "scitoken inspect --fetch";
    let told = folder.good(&format!("{inspect} good --ca-file ca.pem"));
    for expected in [
        format!("  fetched    1 key from {url}: a (ES256)\n"),
        format!("  verified   yes: the key a that {url} publishes signed it\n"),
    ] {
        assert!(told.contains(&expected), "{told}");
    }
    let token = folder.read("good");
    for part in [&token[..20], token.trim().rsplit('.').next().unwrap()] {
        assert!(!told.contains(part), "{told}");
    }
    let bad = |line: &str| {
        let output = folder.run(line);
        assert_eq!(output.status.code(), Some(1), "{line}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let told = bad(&format!("{inspect} forged --ca-file ca.pem"));
    let forged = "  verified   no: the key a did not sign it, or it was changed\n";
    assert!(told.contains(forged), "{told}");
    let told = bad(&format!("{inspect} good"));
    let unknown = format!("  fetched    nothing: {url}/.well-known/openid-configuration");
    assert!(
        told.contains(&unknown) && told.contains("UnknownIssuer"),
        "{told}"
    );
    assert!(
        folder
            .good("scitoken inspect good")
            .contains("  verified   unknown: ")
    );
    server.ends("TERM");
    // The CA's file is gone with its server.
    let told = bad(&format!("{inspect} good --ca-file ca.pem"));
    assert!(
        told.contains("  verified   no: without the issuer's keys"),
        "{told}"
    );
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
