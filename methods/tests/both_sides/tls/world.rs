//! Authorities, certificates, an issuer, and what the two sides know of them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_core::Secret;
use countersign_core::effect::{Effect, EffectAnswer, EffectRequest};
use countersign_core::identity::{Mapped, Mapper};
use countersign_core::method::{Exchange, Mechanism, PeerView, Proof, ServerMechanism};
use countersign_core::names::MethodName;
use countersign_methods::scitokens::{
    BearerSearch, BearerSource, FetchIssuerKeys, FindBearerToken, IssuerKeys, KeySet, KeysOrigin,
    KeysUnavailable, PluginAnswer, Plugins, RunPlugin, Scitokens, ScitokensServer,
    ScitokensServerSettings,
};
use countersign_methods::ssl::{
    Certificate, ClientTls, KnownHost, LoadClientTls, LoadServerTls, ServerTls, Ssl, SslServer,
    SslServerSettings, SslSettings, TlsParameters, Trust, TrustAnswer, TrustServer,
};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::SupportedProtocolVersion;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::time_provider::TimeProvider;
use serde_json::{Value, json};

use crate::pair::{Between, NOW, Outcome, SERVER, peer_view, run_exchange};

/// The host that is dialled.
pub(super) const HOST: &str = "host.example";
/// The issuer of tokens.
pub(super) const ISSUER: &str = "https://issuer.example/pool";

/// A certificate, what else is sent with it, and its key.
#[derive(Clone)]
pub(super) struct Own {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: Arc<KeyPair>,
}

impl Own {
    pub(super) fn leaf(&self) -> CertificateDer<'static> {
        self.chain[0].clone()
    }

    pub(super) fn certificate(&self) -> Certificate {
        let provider = TlsParameters::default().provider;
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der());
        let key = provider.key_provider.load_private_key(key.into()).unwrap();
        Certificate {
            key: Arc::new(rustls::sign::CertifiedKey::new(self.chain.clone(), key)),
            path: "/own.pem".into(),
        }
    }
}

/// Somebody who vouches for others.
pub(super) struct Authority {
    pub(super) own: Own,
    params: CertificateParams,
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

pub(super) fn ca_params(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

/// What a server's certificate says.
pub(super) fn server_params(host: &str) -> CertificateParams {
    let mut params = named("a server");
    params.subject_alt_names = CertificateParams::new(vec![host.to_owned()])
        .unwrap()
        .subject_alt_names;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

/// What a client's certificate says.
pub(super) fn client_params(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

impl Authority {
    pub(super) fn new(params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let made = params.self_signed(&key).unwrap();
        Self::of(params, vec![made.der().clone()], key)
    }

    fn of(params: CertificateParams, chain: Vec<CertificateDer<'static>>, key: KeyPair) -> Self {
        let key = Arc::new(key);
        Self {
            own: Own { chain, key },
            params,
        }
    }

    /// Another certificate for the same key.
    pub(super) fn renewed(&self, params: CertificateParams) -> CertificateDer<'static> {
        params.self_signed(&*self.own.key).unwrap().der().clone()
    }

    fn sign(&self, params: &CertificateParams, key: &KeyPair) -> CertificateDer<'static> {
        let issuer = Issuer::from_params(&self.params, &*self.own.key);
        params.signed_by(key, &issuer).unwrap().der().clone()
    }

    /// Vouches for somebody.
    pub(super) fn issue(&self, params: CertificateParams) -> Own {
        self.issue_for(params, KeyPair::generate().unwrap())
    }

    pub(super) fn issue_for(&self, params: CertificateParams, key: KeyPair) -> Own {
        let leaf = self.sign(&params, &key);
        let mut chain = vec![leaf];
        // A root need not be sent.
        if self.own.chain.len() > 1 {
            chain.extend(self.own.chain[..self.own.chain.len() - 1].iter().cloned());
        }
        let key = Arc::new(key);
        Own { chain, key }
    }

    /// Vouches for somebody who vouches for others.
    pub(super) fn below(&self, params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut chain = vec![self.sign(&params, &key)];
        chain.extend(self.own.chain.iter().cloned());
        Self::of(params, chain, key)
    }

    pub(super) fn der(&self) -> CertificateDer<'static> {
        self.own.leaf()
    }
}

pub(super) fn self_signed(params: CertificateParams) -> Own {
    Authority::new(params).own
}

pub(super) fn trust(certificates: &[CertificateDer<'static>]) -> Arc<Trust> {
    let mut trust = Trust::default();
    trust.add("/cas.pem", certificates.to_vec());
    Arc::new(trust)
}

pub(super) static CA: LazyLock<Authority> = LazyLock::new(|| Authority::new(ca_params("The CA")));
pub(super) static SERVER_OWN: LazyLock<Own> = LazyLock::new(|| CA.issue(server_params(HOST)));
pub(super) static SIGNER: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token of this header and payload.
pub(super) fn signed(header: &str, payload: &str) -> String {
    let text = format!("{}.{}", b64(header), b64(payload));
    let signature = SIGNER.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
    format!("{text}.{}", b64(signature))
}

pub(super) const HEADER: &str = r#"{"alg":"ES256","typ":"JWT","kid":"k"}"#;

/// A good token's claims, with changes; null takes one away.
pub(super) fn claims(changes: Value) -> String {
    let mut claims = json!({
        "iss": ISSUER, "sub": "alice", "iat": NOW - 10, "exp": NOW + 10, "nbf": NOW - 10,
        "ver": "scitoken:2.0", "aud": "ANY", "scope": "condor:/READ", "jti": "id-1",
    });
    for (name, value) in changes.as_object().unwrap() {
        let claims = claims.as_object_mut().unwrap();
        match value {
            Value::Null => claims.remove(name),
            value => claims.insert(name.clone(), value.clone()),
        };
    }
    claims.to_string()
}

pub(super) fn token(changes: Value) -> String {
    signed(HEADER, &claims(changes))
}

/// The issuer's keys.
pub(super) fn keys() -> Arc<IssuerKeys> {
    let point = SIGNER.public_key().as_ref();
    let (x, y) = point[1..].split_at(32);
    let jwks =
        json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "k", "x": b64(x), "y": b64(y)}]});
    Arc::new(IssuerKeys {
        set: Arc::new(KeySet::read(jwks.to_string().as_bytes()).unwrap()),
        origin: KeysOrigin::Fetched,
    })
}

/// Maps names by a table; without one, there is no mapfile.
#[derive(Debug, Default)]
pub(super) struct Table(pub(super) Option<BTreeMap<String, Mapped>>);

impl Table {
    pub(super) fn of(entries: &[(&str, &str)]) -> Arc<Self> {
        let entry = |(name, to): &(&str, &str)| {
            let by = "line 1".to_owned();
            let mapped = match to.strip_prefix("PLUGIN:") {
                Some(names) => Mapped::Plugins {
                    names: names.to_owned(),
                    by,
                },
                None => Mapped::To {
                    canonical: (*to).to_owned(),
                    by,
                },
            };
            ((*name).to_owned(), mapped)
        };
        Arc::new(Self(Some(entries.iter().map(entry).collect())))
    }
}

impl Mapper for Table {
    fn map(&self, _: &MethodName, name: &str) -> Mapped {
        let Some(table) = &self.0 else {
            return Mapped::Unconfigured;
        };
        table.get(name).cloned().unwrap_or(Mapped::Nothing {
            searched: "all lines".into(),
        })
    }
}

#[derive(Debug)]
struct Fixed;

impl TimeProvider for Fixed {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(NOW)))
    }
}

pub(super) type Versions = Vec<&'static SupportedProtocolVersion>;

/// What the two sides have and know.
pub(super) struct World {
    pub(super) alias: Option<&'static str>,
    pub(super) settings: SslSettings,
    pub(super) client_trust: Vec<CertificateDer<'static>>,
    pub(super) client: Option<Own>,
    pub(super) known: Option<KnownHost>,
    pub(super) client_versions: Versions,
    pub(super) answer: TrustAnswer,
    pub(super) token: Option<Vec<u8>>,
    pub(super) server: Vec<Own>,
    pub(super) server_trust: Vec<CertificateDer<'static>>,
    pub(super) server_versions: Versions,
    pub(super) require_certificate: bool,
    pub(super) require_mapping: bool,
    pub(super) mapper: Arc<Table>,
    pub(super) scitokens: ScitokensServerSettings,
    pub(super) plugins: Plugins,
    pub(super) plugin_answers: Vec<(&'static str, PluginAnswer)>,
    pub(super) keys: Result<Arc<IssuerKeys>, KeysUnavailable>,
    /// What was asked for, on either side.
    pub(super) asked: RefCell<Vec<String>>,
    pub(super) questions: RefCell<Vec<TrustServer>>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            alias: Some(HOST),
            settings: SslSettings::default(),
            client_trust: vec![CA.der()],
            client: None,
            known: None,
            client_versions: rustls::ALL_VERSIONS.to_vec(),
            answer: TrustAnswer::Refused { why: "no".into() },
            token: Some(token(json!({})).into_bytes()),
            server: vec![SERVER_OWN.clone()],
            server_trust: vec![CA.der()],
            server_versions: rustls::ALL_VERSIONS.to_vec(),
            require_certificate: false,
            require_mapping: false,
            mapper: Table::of(&[("https://issuer.example/pool,alice", "alice@pool.example")]),
            scitokens: ScitokensServerSettings::default(),
            plugins: Plugins::default(),
            plugin_answers: Vec::new(),
            keys: Ok(keys()),
            asked: RefCell::default(),
            questions: RefCell::default(),
        }
    }
}

fn parameters(versions: &Versions) -> TlsParameters {
    TlsParameters {
        versions: versions.clone(),
        ..TlsParameters::default()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Ssl,
    Scitokens,
}

impl World {
    pub(super) fn view(&self) -> Arc<PeerView> {
        let given_address = match self.alias {
            Some(alias) => format!("<{SERVER}?alias={alias}>"),
            None => format!("<{SERVER}>"),
        };
        Arc::new(PeerView {
            given_address,
            ..(*peer_view()).clone()
        })
    }

    pub(super) fn client_exchange(&self, method: Method) -> Box<dyn Exchange<Proof>> {
        match method {
            Method::Ssl => Ssl::new(self.settings).begin(&self.view()),
            Method::Scitokens => Scitokens::new(self.settings).begin(&self.view()),
        }
    }

    pub(super) fn server_side(&self, method: Method) -> Box<dyn ServerMechanism> {
        let ssl = SslServerSettings {
            require_certificate: self.require_certificate,
            require_mapping: self.require_mapping,
            mapper: self.mapper.clone(),
        };
        match method {
            Method::Ssl => Box::new(SslServer::new(ssl)),
            Method::Scitokens => Box::new(ScitokensServer::new(
                self.scitokens.clone(),
                self.plugins.clone(),
                ssl,
            )),
        }
    }

    pub(super) fn of_client(&self, request: EffectRequest) -> EffectAnswer {
        self.asked.borrow_mut().push(request.name().to_owned());
        if request.kind() == std::any::TypeId::of::<LoadClientTls>() {
            let wanted: LoadClientTls = request.into_request().unwrap();
            let own = self.client.as_ref().filter(|_| wanted.with_certificate);
            return EffectAnswer::new::<LoadClientTls>(Ok(ClientTls {
                trust: trust(&self.client_trust),
                certificate: own.map(Own::certificate),
                known: self.known.clone(),
                parameters: parameters(&self.client_versions),
            }));
        }
        if request.name() == FindBearerToken::NAME {
            return EffectAnswer::new::<FindBearerToken>(match &self.token {
                None => BearerSearch::nowhere("none"),
                Some(token) => BearerSearch {
                    found: Some((BearerSource::Variable, Secret::from(token.as_slice()))),
                    passed_over: Vec::new(),
                },
            });
        }
        let question: TrustServer = request.into_request().unwrap();
        self.questions.borrow_mut().push(question);
        EffectAnswer::new::<TrustServer>(self.answer.clone())
    }

    pub(super) fn of_server(&self, request: EffectRequest) -> EffectAnswer {
        self.asked.borrow_mut().push(request.name().to_owned());
        if request.name() == LoadServerTls::NAME {
            let own: Vec<_> = self.server.iter().map(Own::certificate).collect();
            let tls = ServerTls::new(
                &own,
                trust(&self.server_trust),
                &parameters(&self.server_versions),
                Arc::new(Fixed),
            );
            return EffectAnswer::new::<LoadServerTls>(tls.map(Arc::new));
        }
        if request.name() == FetchIssuerKeys::NAME {
            return EffectAnswer::new::<FetchIssuerKeys>(self.keys.clone());
        }
        let plugin: RunPlugin = request.into_request().unwrap();
        let mut answers = self.plugin_answers.iter();
        let answer = answers.find(|(name, _)| *name == plugin.name).unwrap();
        EffectAnswer::new::<RunPlugin>(answer.1.clone())
    }

    pub(super) fn meet(&self, method: Method, between: Between<'_>) -> Outcome {
        self.meet_client(self.client_exchange(method), method, between)
    }

    /// Any client against the server.
    pub(super) fn meet_client(
        &self,
        client: Box<dyn Exchange<Proof>>,
        method: Method,
        between: Between<'_>,
    ) -> Outcome {
        run_exchange(
            client,
            &*self.server_side(method),
            &mut |request| self.of_client(request),
            &mut |request| self.of_server(request),
            between,
        )
    }
}

/// The user that a server was convinced of, before any mapping; `None` where it was not.
pub(super) fn who(outcome: Outcome) -> Option<(String, Option<String>)> {
    let proof = outcome.server.proven()?;
    Some((proof.user, proof.authenticated_name))
}

/// Both sides must be content.
pub(super) fn both(outcome: Outcome) -> (String, Option<String>) {
    let traces = format!("{}\n{}", outcome.client_trace, outcome.server_trace);
    if let crate::pair::End::Failed(event) = &outcome.client {
        panic!("the client failed: {event}\n{traces}");
    }
    if let crate::pair::End::Failed(event) = &outcome.server {
        panic!("the server failed: {event}\n{traces}");
    }
    let proof = outcome.client.proven().expect("the client is content");
    assert!(proof.server_name.is_some());
    let proof = outcome.server.proven().expect("the server is content");
    (proof.user, proof.authenticated_name)
}

/// Neither side may be content.
pub(super) fn neither(outcome: &Outcome) {
    use crate::pair::End;
    assert!(!matches!(outcome.client, End::Proven(_)), "the client");
    assert!(!matches!(outcome.server, End::Proven(_)), "the server");
}
