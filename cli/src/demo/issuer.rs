//! The demo's issuer of SciTokens, and the certificates.

use std::time::{SystemTime, UNIX_EPOCH};

use countersign::SystemEntropy;
use countersign::issuer::{
    Algorithm, Issuer, IssuerHandle, IssuerKey, KeyFolder, OwnCertificate, RsaBits,
};

use crate::folder::Folder;

/// Whom the certificate names. The peer shows it for `localhost`, the issuer for its address.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Makes a CA and a certificate, which the peer shows as well, and starts the issuer.
pub(super) async fn start(folder: &Folder) -> Result<IssuerHandle, String> {
    let own = OwnCertificate::make(&NAMES).map_err(|error| error.to_string())?;
    let key_text = std::str::from_utf8(own.key_pem.expose()).map_err(|error| error.to_string())?;
    folder.file("ca.pem", &own.ca_pem)?;
    folder.file("host.pem", &own.certificate_pem)?;
    folder.private_file("host.key", key_text)?;
    let keys = folder.path().join("issuer");
    let key = IssuerKey::generate(Algorithm::default(), RsaBits::default(), None)
        .map_err(|error| error.to_string())?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    KeyFolder::new(&keys)
        .create(&key, now, &mut SystemEntropy)
        .map_err(|error| error.to_string())?;
    Issuer::builder()
        .named_by_address()
        .keys(keys)
        .certificate(own.certificate_pem.as_bytes(), own.key_pem)
        .start()
        .await
        .map_err(|error| error.to_string())
}
