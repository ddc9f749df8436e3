//! A running issuer, asked over HTTPS.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::*;
use crate::SystemEntropy;
use crate::issuer::{
    Algorithm, IssuerKey, Jwks, KeyFolder, NewIssuerKey, Rotation, RsaBits, SciToken, TokenRequest,
};

struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> Self {
        let name = format!("countersign-served-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Sends this over TLS and gives all of the answer.
async fn say(issuer: &IssuerHandle, name: &str, ca: &str, text: &[u8]) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let socket = TcpStream::connect(issuer.socket_address()).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut stream = TlsConnector::from(Arc::new(config))
        .connect(name, socket)
        .await?;
    // The server may answer before it has all of it.
    let _ = stream.write_all(text).await;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8(answer).unwrap())
}

async fn ask(issuer: &IssuerHandle, method: &str, path: &str) -> (u16, String) {
    let text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let ca = issuer.ca_pem().unwrap();
    let answer = say(issuer, "localhost", ca, text.as_bytes()).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), body.to_owned())
}

async fn fetched(issuer: &IssuerHandle) -> Jwks {
    let (status, body) = ask(issuer, "GET", "/oauth2/certs").await;
    assert_eq!(status, 200);
    Jwks::read(body.as_bytes()).unwrap()
}

fn signed(issuer: &IssuerHandle) -> SciToken {
    let request = TokenRequest::new("alice", &["condor:/READ"], 60);
    let token = issuer.sign(&request).unwrap();
    SciToken::read(std::str::from_utf8(token.expose()).unwrap()).unwrap()
}

#[tokio::test]
async fn discovered_verified_and_rotated() {
    let issuer = Issuer::builder().start().await.unwrap();
    let port = issuer.socket_address().port();
    assert_eq!(issuer.url(), format!("https://localhost:{port}"));
    let (status, metadata) = ask(&issuer, "GET", "/.well-known/openid-configuration").await;
    assert_eq!(status, 200);
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    assert_eq!(metadata["issuer"], issuer.url());
    assert_eq!(
        metadata["jwks_uri"],
        format!("{}/oauth2/certs", issuer.url())
    );
    let old = signed(&issuer);
    assert_eq!(old.text("iss"), Some(issuer.url()));
    assert!(old.signed_by(&fetched(&issuer).await).is_ok());
    let now = handle::now();
    assert_eq!(
        old.refused_by_htcondor(now, Some(&[])),
        Vec::<String>::new()
    );

    issuer.rotate(Rotation::default()).unwrap();
    let new = signed(&issuer);
    assert_ne!(new.kid(), old.kid());
    let both = fetched(&issuer).await;
    assert_eq!(both, issuer.jwks().unwrap());
    assert!(new.signed_by(&both).is_ok() && old.signed_by(&both).is_ok());
    let other = NewIssuerKey {
        algorithm: Some(Algorithm::Rs256),
        bits: Some(RsaBits::Rsa2048),
        kid: Some("rsa".into()),
    };
    issuer.rotate_to(&other, Rotation::default()).unwrap();
    assert!(issuer.rotate_to(&other, Rotation::default()).is_err());
    let token = signed(&issuer);
    assert_eq!(token.kid(), Some("rsa"));
    assert!(token.signed_by(&fetched(&issuer).await).is_ok());
    assert_eq!(issuer.entries().unwrap().len(), 3);

    let address = issuer.socket_address();
    issuer.shutdown().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn nothing_else_is_answered() {
    let issuer = Issuer::builder().start().await.unwrap();
    let (status, body) = ask(&issuer, "HEAD", "/oauth2/certs").await;
    assert_eq!((status, &*body), (200, ""));
    for (method, path, expected) in [
        ("GET", "/", 404),
        ("GET", "/oauth2/certs/", 404),
        ("GET", "/oauth2/../oauth2/certs", 404),
        ("GET", "/oauth2/certs?x=y", 200),
        ("GET", "//.well-known/openid-configuration", 404),
        ("POST", "/oauth2/certs", 405),
        ("DELETE", "/.well-known/openid-configuration", 405),
        ("POST", "/token", 404),
    ] {
        let (status, body) = ask(&issuer, method, path).await;
        assert_eq!(status, expected, "{method} {path}");
        assert!(status == 200 || body.is_empty());
    }
    let long = "x".repeat(9000);
    let (status, _) = ask(&issuer, "GET", &format!("/{long}")).await;
    assert!((400..500).contains(&status), "{status}");
    let ca = issuer.ca_pem().unwrap();
    let answer = say(&issuer, "localhost", ca, b"\x16\x03 nonsense\r\n\r\n").await;
    assert!(answer.is_err() || !answer.unwrap().contains(" 200 "));
    // What is no TLS at all.
    let mut plain = TcpStream::connect(issuer.socket_address()).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut rest = Vec::new();
    let _ = plain.read_to_end(&mut rest).await;
    assert!(!rest.starts_with(b"HTTP"));
    assert_eq!(ask(&issuer, "GET", "/oauth2/certs").await.0, 200);
}

/// 64 that say nothing hold up the others no longer than the deadline.
#[tokio::test]
async fn silent_connections_end() {
    let issuer = Issuer::builder().start().await.unwrap();
    let mut silent = Vec::new();
    for _ in 0..70 {
        silent.push(TcpStream::connect(issuer.socket_address()).await.unwrap());
    }
    let answer = tokio::time::timeout(
        Duration::from_secs(25),
        ask(&issuer, "GET", "/oauth2/certs"),
    );
    assert_eq!(answer.await.unwrap().0, 200);
}

#[tokio::test]
async fn the_certificate() {
    let issuer = Issuer::builder().start().await.unwrap();
    let get = b"GET /oauth2/certs HTTP/1.0\r\n\r\n";
    let ca = issuer.ca_pem().unwrap();
    for name in ["localhost", "127.0.0.1", "::1"] {
        let answer = say(&issuer, name, ca, get).await.unwrap();
        assert!(answer.contains(" 200 "), "{name}: {answer}");
    }
    assert!(say(&issuer, "other.example", ca, get).await.is_err());
    let other = Issuer::builder().start().await.unwrap();
    let foreign = other.ca_pem().unwrap();
    assert!(say(&issuer, "localhost", foreign, get).await.is_err());
    assert!(!ca.contains("PRIVATE"));

    // One that the embedder has.
    let own = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let key = countersign_core::Secret::new(own.signing_key.serialize_pem().into_bytes());
    let builder = || Issuer::builder().certificate(own.cert.pem().as_bytes(), key.clone());
    let issuer = builder().start().await.unwrap();
    assert_eq!(issuer.ca_pem(), None);
    let answer = say(&issuer, "localhost", &own.cert.pem(), get).await;
    assert!(answer.unwrap().contains(" 200 "));
    let builder = Issuer::builder().certificate(ca.as_bytes(), key.clone());
    assert!(matches!(
        builder.start().await,
        Err(IssuerError::Certificate(_))
    ));
}

#[tokio::test]
async fn loopback_unless_said() {
    let any: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let builder = || Issuer::builder().listen(any);
    assert!(matches!(
        builder().start().await,
        Err(IssuerError::Remote(_))
    ));
    let remote = builder().allow_remote();
    assert!(matches!(remote.start().await, Err(IssuerError::NoUrl(_))));
    let url = "https://issuer.example/tokens".parse().unwrap();
    let issuer = builder().allow_remote().url(url).start().await.unwrap();
    assert_eq!(issuer.url(), "https://issuer.example/tokens");
    let path = "/tokens/.well-known/openid-configuration";
    let get = format!("GET {path} HTTP/1.0\r\n\r\n");
    let local: SocketAddr = ([127, 0, 0, 1], issuer.socket_address().port()).into();
    assert!(TcpStream::connect(local).await.is_ok());
    let ca = issuer.ca_pem().unwrap();
    let answer = say(&issuer, "issuer.example", ca, get.as_bytes()).await;
    assert!(
        answer
            .unwrap()
            .contains("https://issuer.example/tokens/oauth2/certs")
    );
    let (status, _) = ask(&issuer, "GET", "/oauth2/certs").await;
    assert_eq!(status, 404, "below the path alone");
}

/// Another program rotates the keys of the folder meanwhile.
#[tokio::test]
async fn a_folder_that_changes() {
    let temporary = Temporary::new("folder");
    let path = temporary.0.join("keys");
    let folder = KeyFolder::new(&path);
    assert!(Issuer::builder().keys(&path).start().await.is_err());
    let key = IssuerKey::generate(Algorithm::Es256, RsaBits::default(), Some("a")).unwrap();
    let now = handle::now();
    folder.create(&key, now, &mut SystemEntropy).unwrap();
    let issuer = Issuer::builder().keys(&path).start().await.unwrap();
    assert_eq!(fetched(&issuer).await.keys().len(), 1);
    let old = signed(&issuer);
    let new = NewIssuerKey {
        kid: Some("b".into()),
        ..NewIssuerKey::default()
    };
    folder
        .rotate(&new, Rotation::default(), now, &mut SystemEntropy)
        .unwrap();
    let both = fetched(&issuer).await;
    assert_eq!(both.keys().len(), 2);
    assert!(old.signed_by(&both).is_ok());
    assert_eq!(signed(&issuer).kid(), Some("b"));
    issuer.rotate(Rotation::default()).unwrap();
    assert_eq!(folder.entries().unwrap().len(), 3);
    // Gone, or broken: what was there last is published on.
    std::fs::rename(&path, temporary.0.join("moved")).unwrap();
    assert_eq!(fetched(&issuer).await.keys().len(), 2);
    assert!(issuer.sign(&TokenRequest::new("a", &[], 1)).is_err());
}
