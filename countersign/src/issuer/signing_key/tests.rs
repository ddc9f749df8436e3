//! Keys that other programs wrote, and ours.

use super::*;
use crate::issuer::Jwks;

const EC: &str = include_str!("../test_keys/ec.pem");
const EC_JWKS: &str = include_str!("../test_keys/ec.private.json");
const EC_PUBLIC: &str = include_str!("../test_keys/ec.public.json");
const RSA: &str = include_str!("../test_keys/rsa.pem");
const RSA_PKCS8: &str = include_str!("../test_keys/rsa.pkcs8.pem");
const RSA_JWKS: &str = include_str!("../test_keys/rsa.private.json");
const RSA_PUBLIC: &str = include_str!("../test_keys/rsa.public.json");

fn read(text: &str, kid: Option<&str>) -> Result<IssuerKey, IssuerKeyError> {
    IssuerKey::read(&Secret::from(text.as_bytes()), kid, None)
}

/// Every form of a key of scitokens-admin-create-key is the same key, and its public set verifies.
#[test]
fn the_real_tools_keys() {
    for (public, kid, files) in [
        (EC_PUBLIC, "7623", &[EC, EC_JWKS][..]),
        (RSA_PUBLIC, "1b79", &[RSA, RSA_PKCS8, RSA_JWKS]),
    ] {
        let public = Jwks::read(public.as_bytes()).unwrap();
        for text in files {
            let key = read(text, Some(kid)).unwrap();
            assert_eq!(key.public(), public.keys()[0]);
            let signature = key.sign(b"message").unwrap();
            assert!(public.keys()[0].verifies(b"message", &signature));
            assert!(!public.keys()[0].verifies(b"massage", &signature));
        }
    }
    assert_eq!(read(EC_JWKS, None).unwrap().kid(), "7623", "its own name");
    let thumbprint = read(EC, None).unwrap();
    assert_eq!(thumbprint.kid(), thumbprint.public().thumbprint());
}

#[test]
fn ours_in_all_kinds() {
    for algorithm in Algorithm::ALL {
        let key = IssuerKey::generate(algorithm, RsaBits::Rsa2048, None).unwrap();
        let pem = key.to_pem().unwrap();
        let again = IssuerKey::read(&pem, Some(key.kid()), Some(algorithm)).unwrap();
        assert_eq!(again.public(), key.public());
        let signature = again.sign(b"message").unwrap();
        assert!(key.public().verifies(b"message", &signature));
        let alike = key.generate_alike(None).unwrap();
        assert_eq!(alike.algorithm(), algorithm);
        assert_ne!(alike.kid(), key.kid());
        assert!(!alike.public().verifies(b"message", &signature));
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }
    let key = IssuerKey::generate(Algorithm::Rs512, RsaBits::Rsa3072, None).unwrap();
    let signature = key.sign(b"x").unwrap();
    assert_eq!(signature.len(), 384);
    assert_eq!(
        key.generate_alike(None).unwrap().sign(b"x").unwrap().len(),
        384
    );
}

#[test]
fn a_curve_after_its_parameters() {
    let key = read(include_str!("../test_keys/p384.pem"), None).unwrap();
    assert_eq!(key.algorithm(), Algorithm::Es384);
    let Numbers::Ec { x, y } = key.public().numbers else {
        panic!("it is an EC key")
    };
    assert_eq!((x.len(), y.len()), (48, 48));
}

#[test]
fn what_is_no_key() {
    use IssuerKeyError as Error;
    let error = |text: &str, kid| read(text, kid).unwrap_err();
    assert_eq!(
        error(include_str!("../test_keys/encrypted.pem"), None),
        Error::Encrypted
    );
    assert_eq!(
        error(include_str!("../test_keys/short.pem"), None),
        Error::Unsupported
    );
    assert_eq!(error(EC_PUBLIC, None), Error::NoKey);
    for text in ["", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n"] {
        assert_eq!(error(text, None), Error::NoKey, "{text}");
    }
    assert!(matches!(error("{", None), Error::NotJwks(_)));
    assert!(matches!(error(EC, Some("../x")), Error::KeyId(_)));
    assert_eq!(
        error(EC_JWKS, Some("other")),
        Error::NoSuchKey("other".into())
    );
    let ec = Secret::from(EC.as_bytes());
    assert_eq!(
        IssuerKey::read(&ec, None, Some(Algorithm::Rs256)).unwrap_err(),
        Error::Algorithm("RS256")
    );

    let set: Json = serde_json::from_str(EC_JWKS).unwrap();
    let mut two = set.clone();
    let mut other = set["keys"][0].clone();
    other["kid"] = "other".into();
    two["keys"].as_array_mut().unwrap().push(other);
    assert_eq!(error(&two.to_string(), None), Error::Several(2));
    assert_eq!(
        read(&two.to_string(), Some("other")).unwrap().kid(),
        "other"
    );

    // The private number of another key.
    for (text, member) in [
        (EC_JWKS, "d"),
        (RSA_JWKS, "d"),
        (RSA_JWKS, "p"),
        (RSA_JWKS, "qi"),
    ] {
        let mut set: Json = serde_json::from_str(text).unwrap();
        set["keys"][0][member] = "AQAB".into();
        assert_eq!(
            error(&set.to_string(), None),
            Error::Inconsistent,
            "{member}"
        );
    }
    let mut set = set;
    set["keys"][0]["kid"] = "a/b".into();
    assert!(matches!(error(&set.to_string(), None), Error::KeyId(_)));
}

proptest::proptest! {
    #[test]
    fn reading_never_panics(text in ".*", cut in 0usize..300, of in 0usize..4) {
        let _ = read(&text, None);
        let _ = Jwks::read(text.as_bytes());
        let whole = [EC, EC_JWKS, RSA_PKCS8, RSA_JWKS][of];
        let _ = read(whole.get(..cut).unwrap_or(whole), None);
        let _ = read(&whole.replacen('A', &text, 1), None);
    }
}
