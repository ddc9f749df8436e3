//! Issuers of tokens, as `countersign` embeds them, and tokens of every kind.

use std::net::TcpListener;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign::core::Secret;
use countersign::issuer::{Issuer, IssuerHandle, IssuerKey, Rotation, TokenRequest};
use rcgen::{KeyPair, PKCS_RSA_SHA256, SigningKey as _};
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use super::authority::Authority;

/// Who issued a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// With a key for ES256.
    Ec,
    /// With a key for RS256.
    Rsa,
    /// Another, of which no mapfile knows.
    Stranger,
    /// Another, whose tokens need not be SciTokens.
    Foreign,
    /// Another, whose web server shows a certificate that nobody vouches for.
    Untrusted,
    /// One that cannot be reached.
    Down,
    /// One that says it is `Ec`, and signs with a key of its own of the same name.
    Forger,
    /// One that says it is `Ec`, and signs with a key of its own of another name.
    OtherKey,
}

impl By {
    const RUNNING: [Self; 5] = [
        Self::Ec,
        Self::Rsa,
        Self::Stranger,
        Self::Foreign,
        Self::Untrusted,
    ];
    /// Of whose users a mapfile speaks.
    pub(super) const MAPPED: [Self; 5] = [
        Self::Ec,
        Self::Rsa,
        Self::Foreign,
        Self::Untrusted,
        Self::Down,
    ];
}

const SCOPE: &str = "condor:/READ condor:/WRITE condor:/ADVERTISE_STARTD";

/// A key that the issuer has, and that signs what no issuer would.
#[derive(Debug)]
struct Key {
    pair: KeyPair,
    kid: &'static str,
}

impl Key {
    fn new(kid: &'static str, is_rsa: bool) -> Result<Self, String> {
        let pair = match is_rsa {
            true => KeyPair::generate_for(&PKCS_RSA_SHA256),
            false => KeyPair::generate(),
        };
        let pair = pair.map_err(|error| error.to_string())?;
        Ok(Self { pair, kid })
    }

    fn is_rsa(&self) -> bool {
        self.pair.is_compatible(&PKCS_RSA_SHA256)
    }

    fn of_issuer(&self) -> Result<IssuerKey, String> {
        let pem = Secret::new(self.pair.serialize_pem().into_bytes());
        IssuerKey::read(&pem, Some(self.kid), None).map_err(|error| error.to_string())
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        if self.is_rsa() {
            return self.pair.sign(message).unwrap();
        }
        let der = self.pair.serialize_der();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).unwrap();
        let signature = pair.sign(&SystemRandom::new(), message).unwrap();
        signature.as_ref().to_vec()
    }
}

/// The issuers, for as long as this lives.
#[derive(Debug)]
pub(super) struct Issuers {
    /// Dropping it ends their thread.
    _until: oneshot::Sender<()>,
    keys: [Key; 4],
    running: Vec<(By, IssuerHandle)>,
    down: String,
}

impl Issuers {
    /// Starts them.
    pub(super) fn start(authority: &Authority) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        // Nobody listens there once this is dropped.
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map_err(|error| error.to_string())?
            .port();
        let (until, ended) = oneshot::channel::<()>();
        let mut issuers = Self {
            _until: until,
            keys: [
                Key::new("ec", false)?,
                Key::new("rsa", true)?,
                Key::new("ec", false)?,
                Key::new("new", false)?,
            ],
            running: Vec::new(),
            down: format!("https://localhost:{port}"),
        };
        for by in By::RUNNING {
            let key = issuers.key(by).of_issuer()?;
            let mut builder = Issuer::builder().key(key);
            if by != By::Untrusted {
                let (chain, key) = authority.web_server()?;
                builder = builder.certificate(chain.as_bytes(), key);
            }
            let issuer = runtime.block_on(builder.start());
            let issuer = issuer.map_err(|error| error.to_string())?;
            issuers.running.push((by, issuer));
        }
        thread::spawn(move || runtime.block_on(ended));
        Ok(issuers)
    }

    fn key(&self, by: By) -> &Key {
        match by {
            By::Rsa => &self.keys[1],
            By::Forger => &self.keys[2],
            By::OtherKey => &self.keys[3],
            _ => &self.keys[0],
        }
    }

    /// Whose name a token bears.
    pub(super) fn url(&self, by: By) -> &str {
        let named = match by {
            By::Down => return &self.down,
            By::Forger | By::OtherKey => By::Ec,
            other => other,
        };
        self.running(named).map_or("", IssuerHandle::url)
    }

    /// A token that the issuer itself makes.
    pub(super) fn good(&self, by: By, request: &TokenRequest) -> Result<String, String> {
        let token = self.running(by)?.sign(request);
        let token = token.map_err(|error| error.to_string())?;
        Ok(String::from_utf8_lossy(token.expose()).into_owned())
    }

    fn running(&self, by: By) -> Result<&IssuerHandle, String> {
        let found = self.running.iter().find(|(running, _)| *running == by);
        Ok(&found.ok_or("that one issues nothing")?.1)
    }

    /// A token with these claims in place of a good one's; `null` takes one away. `@NOW+60@` is a time.
    pub(super) fn token(&self, by: By, other: &Value) -> String {
        let key = self.key(by);
        let now = now();
        let mut claims = json!({
            "iss": self.url(by), "sub": "alice", "aud": "ANY", "scope": SCOPE, "ver": "scitoken:2.0",
            "iat": now - 1, "nbf": now - 1, "exp": now + 3600, "jti": "0123",
        });
        let claims_of = claims.as_object_mut().unwrap();
        for (name, value) in other.as_object().unwrap_or(&Map::new()) {
            match value {
                Value::Null => drop(claims_of.remove(name)),
                Value::String(text) if text.starts_with('@') => {
                    let seconds: i64 = text
                        .trim_start_matches("@NOW")
                        .trim_end_matches('@')
                        .parse()
                        .unwrap();
                    claims_of.insert(name.clone(), json!(now + seconds));
                }
                other => drop(claims_of.insert(name.clone(), other.clone())),
            }
        }
        let alg = if key.is_rsa() { "RS256" } else { "ES256" };
        let header = json!({"alg": alg, "kid": key.kid, "typ": "JWT"});
        let mut token = encoded(header.to_string().as_bytes());
        token.push('.');
        token.push_str(&encoded(claims.to_string().as_bytes()));
        let signature = key.sign(token.as_bytes());
        format!("{token}.{}", encoded(&signature))
    }
}

/// One issuer, whose keys are replaced.
#[derive(Debug)]
pub(super) struct Alone {
    /// Dropping it ends its thread.
    _until: oneshot::Sender<()>,
    issuer: IssuerHandle,
}

impl Alone {
    /// Starts it.
    pub(super) fn start(authority: &Authority) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let (chain, key) = authority.web_server()?;
        let builder = Issuer::builder().certificate(chain.as_bytes(), key);
        let issuer = runtime.block_on(builder.start());
        let issuer = issuer.map_err(|error| error.to_string())?;
        let (until, ended) = oneshot::channel::<()>();
        thread::spawn(move || runtime.block_on(ended));
        Ok(Self {
            _until: until,
            issuer,
        })
    }

    pub(super) fn url(&self) -> &str {
        self.issuer.url()
    }

    /// A token by the key that signs now.
    pub(super) fn sign(&self, request: &TokenRequest) -> Result<String, String> {
        let token = self.issuer.sign(request);
        let token = token.map_err(|error| error.to_string())?;
        Ok(String::from_utf8_lossy(token.expose()).into_owned())
    }

    /// Another key takes the place of the one that signs.
    pub(super) fn rotate(&self, rotation: Rotation) -> Result<(), String> {
        let rotated = self.issuer.rotate(rotation);
        rotated.map(drop).map_err(|error| error.to_string())
    }
}

/// A good token for Alice, with these scopes.
pub(super) fn request(scopes: &[&str]) -> TokenRequest {
    TokenRequest::new("alice", scopes, 3600)
}

pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs().cast_signed())
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
