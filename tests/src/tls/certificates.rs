//! Certificates of every kind, good and bad, made for one run.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, date_time_ymd,
};

use crate::roots::{Release, Roots};
use crate::run::{User, command, finish};

/// The years in which the rest is good.
const GOOD: (i32, i32) = (2024, 2044);

/// A name and nothing else.
pub(super) fn common_name(name: &str) -> DistinguishedName {
    let mut dn = DistinguishedName::new();
    dn.push(DnType::CommonName, name);
    dn
}

/// A server's certificate, for these hosts.
pub(super) fn named(name: &str, hosts: &[&str]) -> Result<CertificateParams, String> {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(hosts).map_err(|error| error.to_string())?;
    params.distinguished_name = common_name(name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    add_years(&mut params, GOOD.1 - GOOD.0);
    Ok(params)
}

/// Good for these years.
pub(super) fn add_years(params: &mut CertificateParams, years: i32) {
    params.not_before = date_time_ymd(GOOD.0, 1, 1);
    params.not_after = date_time_ymd(GOOD.0 + years, 1, 1);
}

/// A client's certificate: `/O=Test/CN=name`.
fn client(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Test");
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    add_years(&mut params, GOOD.1 - GOOD.0);
    params
}

fn expired(mut params: CertificateParams) -> CertificateParams {
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2021, 1, 1);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.use_authority_key_identifier_extension = true;
    add_years(&mut params, GOOD.1 - GOOD.0);
    params
}

/// The certificates, in a folder that both roots see.
#[derive(Debug, Default)]
pub(super) struct Certificates {
    /// The folder, as it is called inside the roots.
    pub(super) folder: String,
    /// The authority of `server-ec`, as `known_hosts` has it.
    pub(super) ca: String,
    /// The certificate of `server-own`, likewise.
    pub(super) own: String,
}

type Ca = CertifiedIssuer<'static, KeyPair>;

impl Certificates {
    /// Makes them: `NAME.pem` and `NAME.key`. Those of clients are Alice's.
    pub(super) fn make(roots: &Roots) -> Result<Self, String> {
        let failed = |error: rcgen::Error| error.to_string();
        let folder = roots.folder("certificates", 0, 0o755);
        let ec = || KeyPair::generate().map_err(failed);
        let rsa = || KeyPair::generate_for(&PKCS_RSA_SHA256).map_err(failed);
        let ca = Ca::self_signed(authority("Test CA"), ec()?).map_err(failed)?;
        let rsa_ca = Ca::self_signed(authority("RSA CA"), rsa()?).map_err(failed)?;
        let other = Ca::self_signed(authority("Other CA"), ec()?).map_err(failed)?;
        let between = Ca::signed_by(authority("Intermediate CA"), ec()?, &ca).map_err(failed)?;
        let both = format!("{}{}", ca.pem(), rsa_ca.pem());
        let more = format!("{both}{}", between.pem());
        for (name, text) in [
            ("ca", &both),
            ("with-intermediate", &more),
            ("other-ca", &other.pem()),
        ] {
            roots.write(&format!("{folder}/{name}.pem"), text, 0, 0o644);
        }

        for (name, text, hashed) in [
            ("authorities", ca.pem(), true),
            ("other-authorities", other.pem(), true),
            ("without-hashes", ca.pem(), false),
        ] {
            let inside = roots.folder(&format!("certificates/{name}"), 0, 0o755);
            roots.write(&format!("{inside}/authority.pem"), text, 0, 0o644);
            if hashed {
                let mut rehash = command(&roots.root(Release::Newest), User::Root, "/dev/null");
                rehash.args(["openssl", "rehash", &inside]);
                let output = finish(rehash, Duration::from_secs(20));
                if output.status != Some(0) {
                    return Err(output.stderr);
                }
            }
        }

        let hosts = ["localhost", "vm.example"];
        let server = || named("vm.example", &hosts);
        let mut pinned = Vec::new();
        let mut put =
            |name: &str, params: CertificateParams, key: KeyPair, by: Option<&Ca>, more: &str| {
                let made = match by {
                    Some(ca) => params.signed_by(&key, ca),
                    None => params.self_signed(&key),
                }
                .map_err(failed)?;
                let owner = match name.starts_with("client") {
                    true => User::Alice.id(),
                    false => 0,
                };
                let pem = format!("{}{more}", made.pem());
                roots.write(&format!("{folder}/{name}.pem"), pem, owner, 0o644);
                roots.write(
                    &format!("{folder}/{name}.key"),
                    key.serialize_pem(),
                    owner,
                    0o600,
                );
                pinned.push((name.to_owned(), STANDARD.encode(made.der())));
                Ok::<(), String>(())
            };
        put("server-ec", server()?, ec()?, Some(&ca), "")?;
        put("server-rsa", server()?, rsa()?, Some(&rsa_ca), "")?;
        put(
            "server-chain",
            server()?,
            ec()?,
            Some(&between),
            &between.pem(),
        )?;
        put("server-cut", server()?, ec()?, Some(&between), "")?;
        put("server-expired", expired(server()?), ec()?, Some(&ca), "")?;
        put("server-other", server()?, ec()?, Some(&other), &other.pem())?;
        put("server-own", server()?, ec()?, None, "")?;
        put(
            "server-wild",
            named("vm", &["*.pool.example", "local*"])?,
            ec()?,
            Some(&ca),
            "",
        )?;
        put("server-cn", named("localhost", &[])?, ec()?, Some(&ca), "")?;
        let mut wrong_use = server()?;
        wrong_use.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        put("server-use", wrong_use, ec()?, Some(&ca), "")?;

        put("client-ec", client("Alice"), ec()?, Some(&ca), "")?;
        put("client-rsa", client("Alice"), rsa()?, Some(&rsa_ca), "")?;
        put("client-bob", client("Bob"), ec()?, Some(&ca), "")?;
        put(
            "client-chain",
            client("Alice"),
            ec()?,
            Some(&between),
            &between.pem(),
        )?;
        put("client-cut", client("Alice"), ec()?, Some(&between), "")?;
        put(
            "client-expired",
            expired(client("Alice")),
            ec()?,
            Some(&ca),
            "",
        )?;
        put("client-other", client("Alice"), ec()?, Some(&other), "")?;
        let mut wrong_use = client("Alice");
        wrong_use.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        put("client-use", wrong_use, ec()?, Some(&ca), "")?;

        let known = |name: &str| {
            let found = pinned.iter().find(|(known, _)| known == name);
            found.map(|(_, text)| text.clone()).ok_or(name.to_owned())
        };
        Ok(Self {
            ca: STANDARD.encode(ca.der()),
            own: known("server-own")?,
            folder,
        })
    }
}
