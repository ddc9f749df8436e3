//! What comes from strangers: sets of keys, and tokens.

use super::*;

fn defect(jwk: Value) -> KeyDefect {
    keys(&[jwk]).set.published()[0].key.clone().unwrap_err()
}

#[test]
fn every_algorithm_verifies_its_own() {
    let signers: Vec<_> = Algorithm::ALL.into_iter().map(Signer::new).collect();
    for signer in &signers {
        let keys = keys(&[signer.jwk("k")]);
        let text = signer.token(Some("k"), &claims(json!({})));
        let token = Token::read(text.as_bytes()).unwrap();
        let key = keys.select(Some("k"), signer.algorithm).unwrap();
        assert!(key.verifies(token.signed.as_bytes(), token.signature.expose()));
        assert!(!key.verifies(b"else", token.signature.expose()));
        assert!(!key.verifies(token.signed.as_bytes(), b""));
        for other in Algorithm::ALL {
            assert_eq!(
                keys.select(Some("k"), other).is_ok(),
                other == signer.algorithm
            );
        }
    }
}

#[test]
fn padding_short_coordinates_and_leading_zeros() {
    // A coordinate with a leading zero comes about once in 256 keys.
    let (signer, point) = loop {
        let signer = Signer::new(Algorithm::Es256);
        let Pair::Ec(pair) = &signer.pair else {
            unreachable!()
        };
        let point = pair.public_key().as_ref().to_vec();
        if point[1] == 0 || point[33] == 0 {
            break (signer, point);
        }
    };
    let padded = base64::engine::general_purpose::URL_SAFE;
    let short = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        padded.encode(&bytes[zeros..])
    };
    let long = |bytes: &[u8]| padded.encode([&[0, 0], bytes].concat());
    for encode in [&short as &dyn Fn(&[u8]) -> String, &long] {
        let mut jwk = signer.jwk("k");
        jwk["x"] = encode(&point[1..33]).into();
        jwk["y"] = encode(&point[33..]).into();
        let text = signer.token(None, &claims(json!({})));
        let claimed = before_keys(
            Token::read(text.as_bytes()).unwrap(),
            NOW,
            &ScitokensServerSettings::default(),
        )
        .unwrap();
        assert!(after_keys(claimed, &keys(&[jwk]), NOW).is_ok());
    }
}

#[test]
fn keys_that_cannot_be_used() {
    let ec = Signer::new(Algorithm::Es256);
    let rsa = Signer::new(Algorithm::Rs256);
    let with = |mut jwk: Value, member: &str, value: Value| {
        jwk[member] = value;
        jwk
    };
    let no_alg = |mut jwk: Value| {
        jwk.as_object_mut().unwrap().remove("alg");
        jwk
    };
    assert_eq!(defect(json!(1)), KeyDefect::NoObject);
    assert_eq!(defect(json!({})), KeyDefect::NoType);
    assert_eq!(
        defect(json!({"kty": "oct", "k": "AAAA", "alg": "HS256"})),
        KeyDefect::Shared
    );
    assert_eq!(
        defect(json!({"kty": "OKP", "crv": "Ed25519"})),
        KeyDefect::Type("OKP".into())
    );
    assert_eq!(
        defect(with(ec.jwk("k"), "use", "enc".into())),
        KeyDefect::Use("enc".into())
    );
    assert_eq!(
        defect(with(rsa.jwk("k"), "alg", "PS256".into())),
        KeyDefect::Algorithm("PS256".into())
    );
    assert_eq!(
        defect(with(rsa.jwk("k"), "alg", "HS256".into())),
        KeyDefect::Algorithm("HS256".into())
    );
    assert_eq!(
        defect(with(ec.jwk("k"), "crv", "P-521".into())),
        KeyDefect::Curve("P-521".into())
    );
    assert_eq!(
        defect(with(ec.jwk("k"), "alg", "ES384".into())),
        KeyDefect::Curve("P-256".into())
    );
    assert!(matches!(
        defect(with(ec.jwk("k"), "alg", "RS256".into())),
        KeyDefect::Unfit { .. }
    ));
    assert_eq!(
        defect(with(ec.jwk("k"), "x", json!(5))),
        KeyDefect::Missing("x")
    );
    assert_eq!(
        defect(with(ec.jwk("k"), "x", "a b".into())),
        KeyDefect::Malformed("x")
    );
    assert_eq!(
        defect(with(ec.jwk("k"), "x", b64([1; 33]).into())),
        KeyDefect::Malformed("x")
    );
    assert_eq!(
        defect(with(ec.jwk("k"), "x", b64([1; 32]).into())),
        KeyDefect::NoKey
    );
    for (len, bits) in [
        (128, 1024),
        (255, 2040),
        (0, 0),
        (1025, 8200),
        (9000, 72_000),
    ] {
        let n = with(rsa.jwk("k"), "n", b64(vec![0xff; len]).into());
        assert_eq!(defect(n), KeyDefect::Length { bits });
    }
    for e in ["AQ", "AA", "Ag"] {
        assert_eq!(
            defect(with(rsa.jwk("k"), "e", e.into())),
            KeyDefect::NoKey,
            "{e}"
        );
    }
    assert_eq!(
        defect(with(rsa.jwk("k"), "e", b64([1; 9]).into())),
        KeyDefect::Malformed("e")
    );
    // Without an algorithm it is by the type and the curve; a private part is only noted.
    let set = keys(&[
        no_alg(rsa.jwk("r")),
        with(ec.jwk("e"), "d", "AAAA".into()),
        json!({}),
    ])
    .set;
    assert_eq!(set.usable(), 2);
    assert!(set.select(Some("r"), Algorithm::Rs256).is_ok());
    assert!(set.published()[1].exposed && !set.published()[0].exposed);
    assert!(!format!("{set:?}").contains("AAAA"));
}

#[test]
fn which_key() {
    let (a, b) = (Signer::new(Algorithm::Es256), Signer::new(Algorithm::Es384));
    let one = keys(&[a.jwk("a")]);
    let two = keys(&[a.jwk("a"), b.jwk("b"), b.jwk("a"), json!({"kid": "c"})]);
    let es256 = Algorithm::Es256;
    // Without a kid: the only one, whatever its name.
    assert!(one.select(None, es256).is_ok());
    assert!(one.select(Some(""), es256).is_ok());
    assert_eq!(
        two.select(None, es256).unwrap_err(),
        KeyRefusal::NotNamed { published: 4 }
    );
    assert_eq!(
        keys(&[]).select(None, es256).unwrap_err(),
        KeyRefusal::NotNamed { published: 0 }
    );
    // The first of the name.
    assert!(two.select(Some("a"), es256).is_ok());
    assert!(matches!(
        two.select(Some("a"), Algorithm::Es384),
        Err(KeyRefusal::OtherAlgorithm { .. })
    ));
    assert!(matches!(
        two.select(Some("A"), es256),
        Err(KeyRefusal::NotPublished { .. })
    ));
    assert!(matches!(
        two.select(Some("c"), es256),
        Err(KeyRefusal::Unusable { .. })
    ));
    let mut nameless = a.jwk("a");
    nameless.as_object_mut().unwrap().remove("kid");
    assert!(keys(&[nameless]).select(Some("a"), es256).is_err());
}

#[test]
fn sets_that_cannot_be_read() {
    let read = |text: &str| KeySet::read(text.as_bytes()).map(|set| set.published().len());
    assert_eq!(read(r#"{"keys":[]}"#), Ok(0));
    assert_eq!(read("{}"), Err(JwksError::NoKeys));
    assert_eq!(read(r#"{"keys":{}}"#), Err(JwksError::NoKeys));
    assert!(matches!(read("[]"), Err(JwksError::Malformed { .. })));
    assert!(matches!(read("<html>"), Err(JwksError::Malformed { .. })));
    assert!(matches!(
        read(r#"{"keys":[],"keys":[]}"#),
        Err(JwksError::Malformed { .. })
    ));
    let many = |count| json!({ "keys": vec![json!({}); count] }).to_string();
    assert_eq!(read(&many(MAX_KEYS)), Ok(MAX_KEYS));
    assert_eq!(
        read(&many(MAX_KEYS + 1)),
        Err(JwksError::TooMany { keys: MAX_KEYS + 1 })
    );
    assert!(matches!(
        read(&" ".repeat(MAX_JWKS + 1)),
        Err(JwksError::TooLarge { .. })
    ));
}

#[test]
fn tokens_that_cannot_be_read() {
    let signer = Signer::new(Algorithm::Es256);
    let read = |text: &str| Token::read(text.as_bytes()).map(|_| ());
    let headed = |header: Value| read(&signer.sign(&header, &claims(json!({})).to_string()));
    assert_eq!(read(""), Err(Refusal::Empty));
    assert_eq!(
        read(&"a".repeat(MAX_TOKEN + 1)),
        Err(Refusal::TooLong { len: MAX_TOKEN + 1 })
    );
    let good = signer.token(None, &claims(json!({})));
    assert_eq!(read(&good), Ok(()));
    for bad in [
        "a",
        "a.b",
        "..",
        "e30.e30.e30.e30",
        "\u{e9}.e30.",
        &format!("{good}="),
        &format!("{good}\n"),
        &format!(" {good}"),
        &good.replace('.', "=."),
    ] {
        assert!(
            matches!(read(bad), Err(Refusal::Malformed { .. })),
            "{bad:?}"
        );
    }
    assert!(Token::read(b"\xff.e30.").is_err());
    for name in [
        "none", "None", "", "HS256", "HS512", "PS256", "EdDSA", "es256",
    ] {
        assert_eq!(
            headed(json!({ "alg": name })),
            Err(Refusal::Algorithm {
                algorithm: name.into()
            })
        );
    }
    assert_eq!(
        headed(json!({})),
        Err(Refusal::Algorithm {
            algorithm: String::new()
        })
    );
    assert!(matches!(
        headed(json!({"alg": 1})),
        Err(Refusal::WrongType { claim: "alg", .. })
    ));
    assert!(matches!(
        headed(json!({"alg": "ES256", "kid": 1})),
        Err(Refusal::WrongType { claim: "kid", .. })
    ));
    assert_eq!(
        headed(json!({"alg": "ES256", "crit": []})),
        Err(Refusal::Critical)
    );
    for member in ["jwk", "jku", "x5u", "x5c"] {
        assert_eq!(
            headed(json!({"alg": "ES256", member: null})),
            Err(Refusal::OwnKey { member })
        );
    }
    assert_eq!(headed(json!({"alg": "ES256", "x5t": "AA"})), Ok(()));
    let twice = format!(
        "{}.{}.AA",
        b64(r#"{"alg":"ES256"}"#),
        b64(r#"{"sub":"a","sub":"b"}"#)
    );
    assert!(read(&twice).unwrap_err().to_string().contains("twice"));
    let twice = format!("{}.e30.AA", b64(r#"{"alg":"ES256","alg":"ES256"}"#));
    assert!(read(&twice).unwrap_err().to_string().contains("twice"));
}

#[test]
fn no_signature_is_shown() {
    let signer = Signer::new(Algorithm::Es256);
    let text = signer.token(None, &claims(json!({})));
    let signature = text.rsplit('.').next().unwrap().to_owned();
    let token = Token::read(text.as_bytes()).unwrap();
    let secret = format!("{:?}", token.signature.expose());
    let claimed = before_keys(token.clone(), NOW, &ScitokensServerSettings::default()).unwrap();
    let other = Signer::new(Algorithm::Es256);
    let refusal = after_keys(claimed.clone(), &keys(&[other.jwk("x")]), NOW).unwrap_err();
    for shown in [
        format!("{token:?}"),
        format!("{claimed:?}"),
        format!("{refusal:?} {refusal} {:?}", refusal.remedy()),
    ] {
        assert!(
            !shown.contains(&signature) && !shown.contains(&secret),
            "{shown}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(
        bytes: Vec<u8>,
        header in r#"\{"alg":"(ES256|none|RS512)"(,"[a-z]{3}":("x"|1|\[\]))?\}"#,
        payload in r#"\{("[a-z]{3}":("x"|1e9|-1|\[\]|null),?){0,4}\}"#,
        jwk in r#"\{"kty":"(RSA|EC|oct)"(,"(alg|crv|x|y|n|e|use)":"(AQAB|ES256|RS256|P-256|sig|=)"){0,6}\}"#,
    ) {
        let _ = Token::read(&bytes);
        let _ = KeySet::read(&bytes);
        let _ = KeySet::read(format!("{{\"keys\":[{jwk}]}}").as_bytes());
        let text = format!("{}.{}.AA", b64(header), b64(payload));
        if let Ok(token) = Token::read(text.as_bytes()) {
            let _ = before_keys(token, NOW, &ScitokensServerSettings::default());
        }
    }
}
