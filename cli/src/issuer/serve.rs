//! The issuer as a server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use countersign::SystemEntropy;
use countersign::issuer::{Algorithm, Issuer, IssuerHandle, IssuerKey, KeyFolder, RsaBits};
use countersign::keys::read_loosely;
use serde_json::json;

use super::arguments::Serve;
use crate::calendar::now;
use crate::folder::Folder;
use crate::output::Output;
use crate::published_file::PublishedFile;

/// What still runs on threads at the end is waited for this long.
const LAST_WORK: Duration = Duration::from_secs(2);

/// Serves until a signal asks to stop.
pub(super) fn run(arguments: &Serve, output: &mut Output) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("no event loop could be started: {error}"))?;
    let result = runtime.block_on(serve(arguments, output));
    runtime.shutdown_timeout(LAST_WORK);
    result
}

async fn serve(arguments: &Serve, output: &mut Output) -> Result<(), String> {
    use tokio::signal::unix::{SignalKind, signal};
    let watch = |kind| signal(kind).map_err(|error| format!("signals cannot be watched: {error}"));
    let mut interrupt = watch(SignalKind::interrupt())?;
    let mut terminate = watch(SignalKind::terminate())?;
    let mut hangup = watch(SignalKind::hangup())?;
    // Keys of its own go when it goes.
    let own = match &arguments.keys {
        Some(_) => None,
        None => Some(own_keys()?),
    };
    let keys = match (&arguments.keys, &own) {
        (Some(keys), _) => keys.clone(),
        (None, Some((_, keys))) => keys.clone(),
        (None, None) => return Err("there are no keys".into()),
    };
    let issuer = start(arguments, &keys).await?;
    // Removed on every way out.
    let ca_file = arguments
        .ca_file
        .clone()
        .unwrap_or_else(|| keys.join("ca.pem"));
    let ca = match issuer.ca_pem() {
        None => None,
        Some(pem) => Some(PublishedFile::write(
            &ca_file,
            "the CA's file",
            pem.to_owned(),
        )?),
    };
    let _address = match &arguments.address_file {
        None => None,
        Some(path) => {
            let url = format!("{}\n", issuer.url());
            Some(PublishedFile::write(path, "the address file", url)?)
        }
    };
    let entries = issuer.entries().map_err(|error| error.to_string())?;
    let kids: Vec<&str> = entries
        .iter()
        .filter(|entry| entry.is_published(now()))
        .map(|entry| &*entry.kid)
        .collect();
    output.line(
        &json!({
            "url": issuer.url(),
            "address": issuer.socket_address().to_string(),
            "pid": std::process::id(),
            "ca_file": ca.as_ref().map(|_| ca_file.display().to_string()),
            "keys": keys.display().to_string(),
            "kids": kids,
        })
        .to_string(),
    );
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    issuer.shutdown().await;
    Ok(())
}

async fn start(arguments: &Serve, keys: &Path) -> Result<IssuerHandle, String> {
    let mut builder = Issuer::builder().listen(arguments.listen).keys(keys);
    if let Some(url) = &arguments.url {
        builder = builder.url(url.clone());
    }
    if arguments.allow_remote {
        builder = builder.allow_remote();
    }
    if let Some((chain, key)) = &arguments.certificate {
        let named = |path: &Path, error: String| format!("{}: {error}", path.display());
        let certificates = read_loosely(chain)
            .content
            .map_err(|error| named(chain, error))?;
        let key_pem = read_loosely(key)
            .content
            .map_err(|error| named(key, error))?;
        builder = builder.certificate(certificates.expose(), key_pem);
    }
    builder.start().await.map_err(|error| error.to_string())
}

/// A folder that goes at the end, and a new key in it.
fn own_keys() -> Result<(Folder, PathBuf), String> {
    let folder = Folder::make("issuer", false)?;
    let keys = folder.path().join("keys");
    let key = IssuerKey::generate(Algorithm::default(), RsaBits::default(), None)
        .map_err(|error| error.to_string())?;
    KeyFolder::new(&keys)
        .create(&key, now(), &mut SystemEntropy)
        .map_err(|error| error.to_string())?;
    Ok((folder, keys))
}
