//! Making, rotating, listing, importing and publishing keys.

use std::path::Path;

use countersign::SystemEntropy;
use countersign::issuer::{
    Algorithm, IssuerKey, IssuerUrl, KeyEntry, KeyFolder, KeyFolderError, NewIssuerKey, Rotated,
    Rotation, export,
};
use countersign::keys::read_loosely;

use crate::calendar::{now, told};
use crate::output::Output;

/// Makes the first key.
pub(super) fn create(keys: &Path, new: &NewIssuerKey, output: &mut Output) -> Result<(), String> {
    let key = IssuerKey::generate(
        new.algorithm.unwrap_or_default(),
        new.bits.unwrap_or_default(),
        new.kid.as_deref(),
    );
    first(keys, &key.map_err(words)?, "made", output)
}

fn first(keys: &Path, key: &IssuerKey, did: &str, output: &mut Output) -> Result<(), String> {
    let made = KeyFolder::new(keys)
        .create(key, now(), &mut SystemEntropy)
        .map_err(words)?;
    output.line(&format!(
        "{did} the signing key {} ({}) in {}",
        made.kid,
        made.algorithm.name(),
        keys.display()
    ));
    warn(made.algorithm, output);
    Ok(())
}

/// Makes a key that takes the place of the one that signs.
pub(super) fn rotate(
    keys: &Path,
    new: &NewIssuerKey,
    rotation: Rotation,
    output: &mut Output,
) -> Result<(), String> {
    let folder = KeyFolder::new(keys);
    let rotated = folder
        .rotate(new, rotation, now(), &mut SystemEntropy)
        .map_err(words)?;
    tell(&folder, &rotated, output)
}

/// Takes a key that another program made.
pub(super) fn import(
    keys: &Path,
    file: &Path,
    new: &NewIssuerKey,
    rotation: Rotation,
    output: &mut Output,
) -> Result<(), String> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let content = read_loosely(file).content.map_err(|error| named(&error))?;
    let key = IssuerKey::read(&content, new.kid.as_deref(), new.algorithm)
        .map_err(|error| named(&error))?;
    let folder = KeyFolder::new(keys);
    match folder.add(&key, rotation, now(), &mut SystemEntropy) {
        Ok(rotated) => tell(&folder, &rotated, output)?,
        Err(KeyFolderError::Missing(_)) => first(keys, &key, "imported", output)?,
        Err(error) => return Err(words(error)),
    }
    output.complain(&format!(
        "{} still has the private key: remove it, unless it is needed there",
        file.display()
    ));
    Ok(())
}

fn tell(folder: &KeyFolder, rotated: &Rotated, output: &mut Output) -> Result<(), String> {
    for removed in &rotated.removed {
        output.line(&format!("removed {}: its time was over", removed.kid));
    }
    if rotated.cuts_short {
        output.complain(
            "WARNING: tokens have been made here that are good for longer than the old keys stay published; \
             servers will refuse them then",
        );
    }
    warn(rotated.added.algorithm, output);
    show(folder, output)
}

/// Lists the keys.
pub(super) fn list(keys: &Path, output: &mut Output) -> Result<(), String> {
    show(&KeyFolder::new(keys), output)
}

fn show(folder: &KeyFolder, output: &mut Output) -> Result<(), String> {
    let now = now();
    let signer = folder.signer(now).map_err(words)?;
    for entry in folder.entries().map_err(words)? {
        let signs = signer.as_ref() == Some(&entry.kid);
        output.line(&format!(
            "{} {}: {}",
            entry.kid,
            entry.algorithm.name(),
            state(&entry, signs, now)
        ));
    }
    Ok(())
}

/// What a key does now, and what becomes of it.
fn state(entry: &KeyEntry, signs: bool, now: u64) -> String {
    let at = |time: u64| told(i64::try_from(time).unwrap_or(i64::MAX), now);
    if !entry.is_published(now) {
        return "retired: it is no longer published".into();
    }
    let mut state = match (signs, entry.sign_from > now) {
        (true, _) => "signs now".to_owned(),
        (false, true) => format!("published, signs from {}", at(entry.sign_from)),
        (false, false) => "published, signs no more".to_owned(),
    };
    if let Some(end) = entry.retire_at {
        state.push_str(&format!(", published until {}", at(end)));
    }
    state
}

/// Writes the documents for a web server.
pub(super) fn write_documents(
    keys: &Path,
    folder: &Path,
    url: &IssuerUrl,
    output: &mut Output,
) -> Result<(), String> {
    let published = KeyFolder::new(keys).jwks(now()).map_err(words)?;
    let files = export(folder, url, &published, &mut SystemEntropy).map_err(words)?;
    for file in files {
        output.line(&format!("wrote {}", file.display()));
    }
    Ok(())
}

fn warn(algorithm: Algorithm, output: &mut Output) {
    if !algorithm.is_taken_by_htcondor() {
        output.complain(&format!(
            "WARNING: HTCondor's library takes tokens signed with ES256 and RS256 alone, not {}",
            algorithm.name()
        ));
    }
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
