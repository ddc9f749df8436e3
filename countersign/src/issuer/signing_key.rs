//! A key that signs tokens.

use std::fmt;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{EcdsaKeyPair, KeyPair as _};
use countersign_core::Secret;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Map, Value as Json};
use zeroize::{Zeroize as _, Zeroizing};

use super::algorithm::{Algorithm, Curve, RsaBits};
use super::encoding::private_pem;
use super::jwks::{NotJwks, objects};
use super::key_id::{self, BadKeyId};
use super::public_key::{JwkError, Numbers, PublicKey, number, padded};

/// A private key, what it signs with, and its name.
pub struct IssuerKey {
    kid: String,
    algorithm: Algorithm,
    pair: Pair,
}

enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// Why there is no key. No text of the key is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssuerKeyError {
    /// The library could not make one.
    #[error("no key could be made")]
    NotMade,
    /// A passphrase is needed.
    #[error(
        "the key is encrypted; write it without a passphrase (openssl pkey -in FILE), in a file that only \
         you can read"
    )]
    Encrypted,
    /// There is none.
    #[error("it has no private key: neither a PEM one nor a JWKS with the member \"d\"")]
    NoKey,
    /// It is of another kind.
    #[error("its private key is neither RSA of 2048 to 8192 bits nor EC with P-256 or P-384")]
    Unsupported,
    /// Several are there, and nothing says which.
    #[error("it has {0} private keys; say which one by its key id")]
    Several(usize),
    /// None of that name is there.
    #[error("it has no private key called {0:?}")]
    NoSuchKey(String),
    /// The algorithm is for other keys.
    #[error("{0} does not go with this key")]
    Algorithm(&'static str),
    /// Its members do not fit each other.
    #[error("the members of the private key do not make a key")]
    Inconsistent,
    /// It is no JWKS.
    #[error(transparent)]
    NotJwks(#[from] NotJwks),
    /// It is no JWK.
    #[error("a key of the JWKS: {0}")]
    Jwk(#[from] JwkError),
    /// Its name cannot be used.
    #[error(transparent)]
    KeyId(#[from] BadKeyId),
}

impl IssuerKey {
    /// Makes one. `bits` counts for RSA alone. Without `kid` its name is its RFC 7638 thumbprint.
    ///
    /// # Errors
    /// [`IssuerKeyError`].
    pub fn generate(
        algorithm: Algorithm,
        bits: RsaBits,
        kid: Option<&str>,
    ) -> Result<Self, IssuerKeyError> {
        let pair = match algorithm.curve() {
            Some(curve) => EcdsaKeyPair::generate(curve.signing).map(Pair::Ec),
            None => RsaKeyPair::generate(bits.size()).map(Pair::Rsa),
        };
        Self::named(pair.map_err(|_| IssuerKeyError::NotMade)?, algorithm, kid)
    }

    /// Makes one like this one, with a name of its own.
    ///
    /// # Errors
    /// [`IssuerKeyError`].
    pub fn generate_alike(&self, kid: Option<&str>) -> Result<Self, IssuerKeyError> {
        let bits = match &self.pair {
            Pair::Ec(_) => RsaBits::default(),
            Pair::Rsa(pair) => RsaBits::at_least(pair.public_modulus_len() * 8),
        };
        Self::generate(self.algorithm, bits, kid)
    }

    /// Reads a file: PEM (`PRIVATE KEY`, `EC PRIVATE KEY` or `RSA PRIVATE KEY`, unencrypted), or a JWKS with
    /// private members, both as scitokens-admin-create-key writes them. `kid` names the key, or says which
    /// of a JWKS it is. `algorithm` chooses among those of RSA; RS256 is the default.
    ///
    /// # Errors
    /// [`IssuerKeyError`].
    pub fn read(
        content: &Secret,
        kid: Option<&str>,
        algorithm: Option<Algorithm>,
    ) -> Result<Self, IssuerKeyError> {
        let text = content.expose();
        if text.trim_ascii_start().starts_with(b"{") {
            Self::from_jwks(text, kid, algorithm)
        } else {
            let (pair, own) = from_pem(text)?;
            Self::named(pair, algorithm.unwrap_or(own), kid)
        }
    }

    fn from_jwks(
        text: &[u8],
        kid: Option<&str>,
        algorithm: Option<Algorithm>,
    ) -> Result<Self, IssuerKeyError> {
        let keys: Vec<_> = objects(text)?
            .into_iter()
            .filter(|jwk| jwk.contains_key("d"))
            .collect();
        let named = |jwk: &Map<String, Json>| jwk.get("kid").and_then(Json::as_str) == kid;
        let jwk = match &*keys {
            [] => return Err(IssuerKeyError::NoKey),
            [only] if kid.is_none() || named(only) || !only.contains_key("kid") => only,
            several => match kid {
                None => return Err(IssuerKeyError::Several(several.len())),
                Some(kid) => several
                    .iter()
                    .find(|jwk| named(jwk))
                    .ok_or_else(|| IssuerKeyError::NoSuchKey(kid.to_owned()))?,
            },
        };
        let public = PublicKey::from_json(jwk)?;
        let pair = from_jwk(jwk, &public)?;
        let kid = kid.or(public.kid());
        Self::named(pair, algorithm.unwrap_or(public.algorithm), kid)
    }

    fn named(pair: Pair, algorithm: Algorithm, kid: Option<&str>) -> Result<Self, IssuerKeyError> {
        let fits = match &pair {
            Pair::Ec(pair) => algorithm
                .curve()
                .is_some_and(|curve| curve.signing == pair.algorithm()),
            Pair::Rsa(_) => algorithm.rsa().is_some(),
        };
        if !fits {
            return Err(IssuerKeyError::Algorithm(algorithm.name()));
        }
        let mut key = Self {
            kid: String::new(),
            algorithm,
            pair,
        };
        key.kid = match kid {
            Some(kid) => kid.to_owned(),
            None => key.public().thumbprint(),
        };
        key_id::check(&key.kid)?;
        Ok(key)
    }

    /// Its name.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let numbers = match &self.pair {
            Pair::Ec(pair) => {
                // SEC 1 section 2.3.3: a byte that says "uncompressed", then both coordinates.
                let point = pair.public_key().as_ref();
                let coordinates = point.get(1..).unwrap_or_default();
                let (x, y) = coordinates.split_at(coordinates.len() / 2);
                Numbers::Ec {
                    x: x.to_vec(),
                    y: y.to_vec(),
                }
            }
            Pair::Rsa(pair) => {
                let key = pair.public_key();
                Numbers::Rsa {
                    n: key.modulus().big_endian_without_leading_zero().to_vec(),
                    e: key.exponent().big_endian_without_leading_zero().to_vec(),
                }
            }
        };
        PublicKey {
            kid: Some(self.kid.clone()),
            algorithm: self.algorithm,
            numbers,
        }
    }

    /// The private key as a PEM file (PKCS#8). Whoever has it can be this issuer.
    ///
    /// # Errors
    /// [`IssuerKeyError::Inconsistent`] if the library cannot write it.
    pub fn to_pem(&self) -> Result<Secret, IssuerKeyError> {
        let failed = |_| IssuerKeyError::Inconsistent;
        Ok(match &self.pair {
            Pair::Ec(pair) => private_pem(pair.to_pkcs8v1().map_err(failed)?.as_ref()),
            Pair::Rsa(pair) => private_pem(pair.as_der().map_err(failed)?.as_ref()),
        })
    }

    /// Signs. Rule: RFC 7518 sections 3.3 and 3.4. `None` if the library fails.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ec(pair) => Some(pair.sign(&random, message).ok()?.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let (encoding, _) = self.algorithm.rsa()?;
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature).ok()?;
                Some(signature)
            }
        }
    }
}

impl fmt::Debug for IssuerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssuerKey({}, {})", self.kid, self.algorithm.name())
    }
}

fn from_pem(text: &[u8]) -> Result<(Pair, Algorithm), IssuerKeyError> {
    let encrypted = |mark: &[u8]| text.windows(mark.len()).any(|window| window == mark);
    if encrypted(b"BEGIN ENCRYPTED PRIVATE KEY") || encrypted(b"Proc-Type: 4,ENCRYPTED") {
        return Err(IssuerKeyError::Encrypted);
    }
    let mut der = PrivateKeyDer::from_pem_slice(text).map_err(|_| IssuerKeyError::NoKey)?;
    let ec = |der: &[u8]| {
        Curve::ALL.into_iter().find_map(|curve| {
            let pair = EcdsaKeyPair::from_private_key_der(curve.signing, der).ok()?;
            Some((Pair::Ec(pair), curve.algorithm))
        })
    };
    let rsa = |pair: Result<RsaKeyPair, _>| {
        let pair = pair.ok()?;
        // Shorter ones sign nothing that anybody would take.
        (pair.public_modulus_len() >= 256).then_some((Pair::Rsa(pair), Algorithm::Rs256))
    };
    let found = match &der {
        PrivateKeyDer::Sec1(der) => ec(der.secret_sec1_der()),
        PrivateKeyDer::Pkcs1(der) => rsa(RsaKeyPair::from_der(der.secret_pkcs1_der())),
        PrivateKeyDer::Pkcs8(der) => {
            let der = der.secret_pkcs8_der();
            ec(der).or_else(|| rsa(RsaKeyPair::from_pkcs8(der)))
        }
        _ => None,
    };
    der.zeroize();
    found.ok_or(IssuerKeyError::Unsupported)
}

/// Rule: RFC 7518 sections 6.2.2 and 6.3.2.
fn from_jwk(jwk: &Map<String, Json>, public: &PublicKey) -> Result<Pair, IssuerKeyError> {
    let secret = |name| number(jwk, name).map(Zeroizing::new);
    match &public.numbers {
        Numbers::Ec { x, y } => {
            let curve = public
                .algorithm
                .curve()
                .ok_or(IssuerKeyError::Unsupported)?;
            let d = padded(&secret("d")?, curve.len)
                .map(Zeroizing::new)
                .ok_or(JwkError::Member("d"))?;
            let point = [&[4][..], x, y].concat();
            EcdsaKeyPair::from_private_key_and_public_key(curve.signing, &d, &point)
                .map(Pair::Ec)
                .map_err(|_| IssuerKeyError::Inconsistent)
        }
        Numbers::Rsa { n, e } => RsaKeyPair::from_components(&KeyPairComponents {
            public_key: PublicKeyComponents { n, e },
            d: secret("d")?,
            p: secret("p")?,
            q: secret("q")?,
            dP: secret("dp")?,
            dQ: secret("dq")?,
            qInv: secret("qi")?,
        })
        .map(Pair::Rsa)
        .map_err(|_| IssuerKeyError::Inconsistent),
    }
}

#[cfg(test)]
mod tests;
