//! Key folders and what is exported of them.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;
use crate::SystemEntropy;
use crate::issuer::{Algorithm, RsaBits, SciToken, export};

/// A folder of a test's own.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> Self {
        let name = format!("countersign-issuer-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn keys(&self) -> KeyFolder {
        KeyFolder::new(&self.0.join("a/issuer"))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn key(kid: &str) -> IssuerKey {
    IssuerKey::generate(Algorithm::Es256, RsaBits::default(), Some(kid)).unwrap()
}

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

fn url() -> IssuerUrl {
    "https://issuer.example".parse().unwrap()
}

fn kids(jwks: &Jwks) -> Vec<&str> {
    jwks.keys().iter().filter_map(PublicKey::kid).collect()
}

const AT_ONCE: Rotation = Rotation {
    publish_ahead: 0,
    keep: Some(100),
};

#[test]
fn made_and_left_alone() {
    let temporary = Temporary::new("made");
    let keys = temporary.keys();
    assert!(matches!(keys.entries(), Err(KeyFolderError::Missing(_))));
    let entry = keys.create(&key("a"), 10, &mut SystemEntropy).unwrap();
    assert_eq!((entry.sign_from, entry.retire_at), (10, None));
    let path = keys.path();
    for (name, expected) in [
        ("", 0o700),
        ("keys", 0o700),
        ("keys/a.pem", 0o600),
        ("state.json", 0o600),
        ("lock", 0o600),
    ] {
        assert_eq!(mode(&path.join(name)), expected, "{name}");
    }
    let before = std::fs::read(path.join("keys/a.pem")).unwrap();
    let again = keys.create(&key("b"), 11, &mut SystemEntropy);
    assert!(matches!(again, Err(KeyFolderError::Exists(_))));
    let twice = keys.add(&key("a"), AT_ONCE, 11, &mut SystemEntropy);
    assert!(matches!(twice, Err(KeyFolderError::KeyExists(_))));
    assert_eq!(std::fs::read(path.join("keys/a.pem")).unwrap(), before);
    assert_eq!(keys.entries().unwrap(), [entry]);
    assert_eq!(path.join("keys").read_dir().unwrap().count(), 1);
}

#[test]
fn rotated() {
    let temporary = Temporary::new("rotated");
    let keys = temporary.keys();
    keys.create(&key("a"), 0, &mut SystemEntropy).unwrap();
    let request = TokenRequest::new("alice", &["condor:/READ"], 50);
    let sign = |now| {
        let token = keys
            .sign(&url(), &request, now, &mut SystemEntropy)
            .unwrap();
        SciToken::read(std::str::from_utf8(token.expose()).unwrap()).unwrap()
    };
    let old = sign(0);
    let new = NewIssuerKey {
        kid: Some("b".into()),
        ..NewIssuerKey::default()
    };
    let ahead = Rotation {
        publish_ahead: 20,
        keep: None,
    };
    let rotated = keys.rotate(&new, ahead, 10, &mut SystemEntropy).unwrap();
    assert_eq!(rotated.added.sign_from, 30);
    assert!(!rotated.cuts_short && rotated.removed.is_empty());
    assert_eq!(kids(&keys.jwks(10).unwrap()), ["a", "b"]);
    assert_eq!(sign(29).kid(), Some("a"));
    assert_eq!(sign(30).kid(), Some("b"));
    let end = 30 + 50 + crate::issuer::CACHED_FOR;
    assert!(old.signed_by(&keys.jwks(end - 1).unwrap()).is_ok());
    assert_eq!(kids(&keys.jwks(end).unwrap()), ["b"]);
    let request = TokenRequest {
        key_id: Some("a".into()),
        ..request
    };
    assert!(keys.sign(&url(), &request, 40, &mut SystemEntropy).is_ok());
    let retired = keys.sign(&url(), &request, end, &mut SystemEntropy);
    assert!(matches!(retired, Err(KeyFolderError::NoSuchKey { .. })));

    let short = Rotation {
        publish_ahead: 0,
        keep: Some(49),
    };
    let rotated = keys.add(&key("c"), short, end, &mut SystemEntropy).unwrap();
    assert!(rotated.cuts_short);
    assert_eq!(rotated.removed[0].kid, "a");
    assert!(!keys.path().join("keys/a.pem").exists());
    assert!(keys.path().join("keys/b.pem").exists());
    // Long after, when everything else is over.
    let rotated = keys.add(&key("d"), short, end + 50, &mut SystemEntropy);
    assert_eq!(rotated.unwrap().removed[0].kid, "b");
}

#[test]
fn what_others_could_have_touched_is_refused() {
    let temporary = Temporary::new("loose");
    let keys = temporary.keys();
    keys.create(&key("a"), 0, &mut SystemEntropy).unwrap();
    let path = keys.path().to_owned();
    for (name, loose, tight) in [
        ("", 0o750, 0o700),
        ("keys", 0o711, 0o700),
        ("keys/a.pem", 0o640, 0o600),
        ("state.json", 0o602, 0o600),
    ] {
        let set = |mode| {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(path.join(name), permissions).unwrap();
        };
        set(loose);
        let error = keys.jwks(0).unwrap_err();
        let problem = FileProblem::Loose(loose);
        assert!(
            matches!(&error, KeyFolderError::File { problem: found, .. } if *found == problem),
            "{error}"
        );
        set(tight);
        assert!(keys.jwks(0).is_ok());
    }
    // Links, wherever they lead.
    let elsewhere = temporary.0.join("elsewhere");
    for name in ["keys/a.pem", "state.json", "keys"] {
        std::fs::rename(path.join(name), &elsewhere).unwrap();
        symlink(&elsewhere, path.join(name)).unwrap();
        assert!(keys.jwks(0).is_err(), "{name}");
        std::fs::remove_file(path.join(name)).unwrap();
        std::fs::rename(&elsewhere, path.join(name)).unwrap();
    }
    symlink("nowhere", path.join("keys/b.pem")).unwrap();
    let linked = keys.add(&key("b"), AT_ONCE, 0, &mut SystemEntropy);
    assert!(matches!(linked, Err(KeyFolderError::KeyExists(_))));
    std::fs::write(path.join("state.json"), "{}").unwrap();
    assert!(matches!(keys.jwks(0), Err(KeyFolderError::State { .. })));
}

#[test]
fn exported() {
    let temporary = Temporary::new("exported");
    let keys = temporary.keys();
    keys.create(&key("a"), 0, &mut SystemEntropy).unwrap();
    let web = temporary.0.join("web");
    let set = keys.jwks(0).unwrap();
    let write = || export(&web, &url(), &set, &mut SystemEntropy);
    assert!(write().is_err(), "the folder must be there");
    std::fs::create_dir(&web).unwrap();
    for _ in 0..2 {
        let files = write().unwrap();
        assert_eq!(
            files,
            [
                web.join("oauth2/certs"),
                web.join(".well-known/openid-configuration")
            ]
        );
        assert_eq!(mode(&web.join("oauth2")), 0o755);
        assert_eq!(mode(&web.join(".well-known")), 0o755);
        for file in &files {
            assert_eq!(mode(file), 0o644);
        }
        assert_eq!(
            Jwks::read(&std::fs::read(&files[0]).unwrap()),
            Ok(set.clone())
        );
    }
    // A link in the place of a file is replaced, one in the place of a folder is refused.
    let target = temporary.0.join("target");
    std::fs::write(&target, "precious").unwrap();
    let certs = web.join("oauth2/certs");
    std::fs::remove_file(&certs).unwrap();
    symlink(&target, &certs).unwrap();
    write().unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), b"precious");
    std::fs::rename(web.join("oauth2"), web.join("moved")).unwrap();
    let outside = temporary.0.join("outside");
    std::fs::create_dir(&outside).unwrap();
    symlink(&outside, web.join("oauth2")).unwrap();
    assert!(write().is_err());
    assert_eq!(outside.read_dir().unwrap().count(), 0);
}

const REAL: [&str; 2] = [
    include_str!("../test_keys/ec.private.json"),
    include_str!("../test_keys/rsa.private.json"),
];

/// The private numbers of the real tool's keys, as they would stand in a document.
fn private_numbers() -> Vec<String> {
    let mut numbers = Vec::new();
    for text in REAL {
        let set: serde_json::Value = serde_json::from_str(text).unwrap();
        for name in ["d", "p", "q", "dp", "dq", "qi"] {
            if let Some(number) = set["keys"][0][name].as_str() {
                numbers.push(number.trim_end_matches('=').to_owned());
            }
        }
    }
    assert_eq!(numbers.len(), 7);
    numbers
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(16))]
    /// Whatever keys there are, what is published has public members alone.
    #[test]
    fn nothing_private_is_published(kinds in proptest::collection::vec(0usize..7, 1..5)) {
        let keys = kinds.into_iter().map(|kind| match Algorithm::ALL.get(kind) {
            Some(algorithm) => IssuerKey::generate(*algorithm, RsaBits::Rsa2048, None).unwrap(),
            None => IssuerKey::read(&Secret::from(REAL[kind - 5].as_bytes()), None, None).unwrap(),
        });
        let set = Jwks::new(keys.map(|key| key.public()).collect());
        let (certs, metadata) = (set.to_json(), url().metadata(&set));
        let public = ["alg", "crv", "e", "kid", "kty", "n", "use", "x", "y"];
        for jwk in certs["keys"].as_array().unwrap() {
            for name in jwk.as_object().unwrap().keys() {
                proptest::prop_assert!(public.contains(&name.as_str()), "{}", name);
            }
        }
        let text = format!("{certs}{metadata}");
        proptest::prop_assert!(!text.contains("PRIVATE"));
        for number in private_numbers() {
            proptest::prop_assert!(!text.contains(&number));
        }
    }
}
