//! `countersign scitoken create`: a token, printed or written, once or from cron.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use countersign::SystemEntropy;
use countersign::core::Secret;
use countersign::issuer::{IssuerKey, Jwks, KeyFolder, Profile, SciToken, TokenRequest};
use countersign::keys::{read_loosely, write_token_file};

use super::arguments::{Create, Signer};
use crate::calendar::now;
use crate::output::Output;

/// What signs, read.
enum Keys {
    Folder(KeyFolder),
    Key(IssuerKey),
}

/// Runs the command. Nothing is said if nothing is to be done.
pub(super) fn run(create: &Create, output: &mut Output) -> Result<(), String> {
    let keys = read(create, output)?;
    let (request, now) = (&create.request, now());
    if let Some(path) = &create.output
        && let Some(old) = held(path)?
        && let Some(within) = create.if_expiring_within
        && request.is_met_by(&old, &create.issuer, &public(&keys, now)?, within, now)
    {
        return Ok(());
    }
    let token = sign(create, &keys, now)?;
    if request.audience.is_empty() {
        let every = request.profile.any_audience();
        output.complain(&format!(
            "WARNING: every server takes this token for its own; --audience NAME limits it to those whose \
             SCITOKENS_SERVER_AUDIENCE has NAME (--audience {every} says that this is meant)"
        ));
    }
    foreign_scopes(request, output);
    match &create.output {
        None => {
            output.line(std::str::from_utf8(token.expose()).unwrap_or_default());
            Ok(())
        }
        Some(path) => write_token_file(path, &token, true, &mut SystemEntropy)
            .map(drop)
            .map_err(|error| error.to_string()),
    }
}

fn read(create: &Create, output: &mut Output) -> Result<Keys, String> {
    let path = match &create.signer {
        Signer::Folder(path) => return Ok(Keys::Folder(KeyFolder::new(path))),
        Signer::File(path) => path,
    };
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let content = read_loosely(path).content.map_err(|error| named(&error))?;
    let loose = |metadata: std::fs::Metadata| metadata.permissions().mode() & 0o077 != 0;
    if path.metadata().is_ok_and(loose) {
        output.complain(&format!(
            "WARNING: others than its owner can use the private key in {}",
            path.display()
        ));
    }
    let key = IssuerKey::read(&content, create.request.key_id.as_deref(), None);
    key.map(Keys::Key).map_err(|error| named(&error))
}

fn public(keys: &Keys, now: u64) -> Result<Jwks, String> {
    match keys {
        Keys::Folder(folder) => folder.jwks(now).map_err(|error| error.to_string()),
        Keys::Key(key) => Ok(Jwks::new(vec![key.public()])),
    }
}

fn sign(create: &Create, keys: &Keys, now: u64) -> Result<Secret, String> {
    let (issuer, request) = (&create.issuer, &create.request);
    match keys {
        Keys::Folder(folder) => folder
            .sign(issuer, request, now, &mut SystemEntropy)
            .map_err(|error| error.to_string()),
        Keys::Key(key) => request
            .sign(issuer, key, now, &mut SystemEntropy)
            .map_err(|error| error.to_string()),
    }
}

/// The token that is there. What is there and is no token is somebody's mistake, and stays.
fn held(path: &Path) -> Result<Option<SciToken>, String> {
    if !path.symlink_metadata().is_ok_and(|there| there.is_file()) {
        return Ok(None);
    }
    let file = read_loosely(path);
    let content = match &file.content {
        Ok(content) => content,
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    if content.expose().trim_ascii().is_empty() {
        return Ok(None);
    }
    let mut tokens = file.lines().map(|(_, line)| SciToken::read(line).ok());
    match (tokens.next().flatten(), tokens.next()) {
        (Some(token), None) => Ok(Some(token)),
        _ => Err(format!(
            "{} is there and holds something else than one token; it was left as it is",
            path.display()
        )),
    }
}

/// Says which scopes would do nothing in HTCondor although they look like it.
fn foreign_scopes(request: &TokenRequest, output: &mut Output) {
    let of_wlcg = |scope: &str| scope.starts_with("compute.");
    if request.profile == Profile::SciTokens2 {
        for scope in request.scopes.iter().filter(|scope| of_wlcg(scope)) {
            output.complain(&format!(
                "WARNING: {scope} lets do nothing in HTCondor but with --profile wlcg:1.0"
            ));
        }
    }
}
