//! `countersign token inspect`: what a token is, in words. Its signature is never shown.

use std::path::PathBuf;
use std::process::ExitCode;

use countersign::effects::{read_secret_file, read_signing_key};
use countersign::keys::{LooseFile, find_token_files, read_loosely};
use countersign::methods::idtokens::{ReadSigningKey, SigningKey, WholeToken};
use countersign::settings::ServerMethods;

use crate::calendar::{now, told};
use crate::output::Output;

/// Runs the command: it succeeds if every file can be read and holds tokens alone.
pub(super) fn run(site: &ServerMethods, files: &[PathBuf], output: &mut Output) -> ExitCode {
    let files = if files.is_empty() {
        match find_token_files(&site.keys, None) {
            Ok(files) => files,
            Err(problem) => {
                let folder = site.keys.token_folder.display();
                output.complain(&format!("ERROR: {folder}: {problem}"));
                return ExitCode::FAILURE;
            }
        }
    } else {
        files.iter().map(|path| read_loosely(path)).collect()
    };
    let mut good = true;
    for file in &files {
        good &= show(site, file, output);
    }
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn show(site: &ServerMethods, file: &LooseFile, output: &mut Output) -> bool {
    let path = file.path.display();
    if let Err(problem) = &file.content {
        output.complain(&format!("ERROR: {path}: {problem}"));
        return false;
    }
    let mut good = true;
    for (line, text) in file.lines() {
        match WholeToken::read(text) {
            Ok(token) => {
                output.line(&format!("{path}, line {line}:"));
                for (name, value) in explain(site, &token, now()) {
                    output.line(&format!("  {name:<10} {value}"));
                }
            }
            Err(refusal) => {
                good = false;
                output.complain(&format!("{path}, line {line} is no token: {refusal}"));
            }
        }
    }
    if let Err(reason) = read_secret_file(&file.path) {
        output.line(&format!(
            "  note       this user's HTCondor tools pass this file over: {reason}"
        ));
    }
    good
}

/// What can be said of a token, each with its name.
fn explain(site: &ServerMethods, token: &WholeToken, now: u64) -> Vec<(&'static str, String)> {
    let facts = token.facts();
    let quoted = |text: &Option<String>| match text {
        None => "none".to_owned(),
        // Escaped where it could mislead a terminal.
        Some(text) if text.contains(char::is_control) => format!("{text:?}"),
        Some(text) => text.clone(),
    };
    let mut told_of = vec![
        ("subject", quoted(&facts.subject)),
        ("issuer", quoted(&facts.issuer)),
        ("key", quoted(&facts.key)),
        ("id", quoted(&facts.id)),
        (
            "limits",
            match &facts.limits {
                None => "none: whatever its subject may do".to_owned(),
                Some(levels) if levels.is_empty() => "it is good for nothing".to_owned(),
                Some(levels) => format!("{} and what that implies", levels.join(", ")),
            },
        ),
    ];
    if let Some(issued) = facts.issued {
        told_of.push(("issued", told(issued, now)));
    }
    if let Some(from) = facts.not_before {
        told_of.push(("good from", told(from, now)));
    }
    told_of.push((
        "expires",
        facts
            .expires
            .map_or_else(|| "never".to_owned(), |expires| told(expires, now)),
    ));
    told_of.push(("verified", verified(site, token, facts.key.as_deref())));
    told_of.push((
        "taken here",
        match token.judge(&site.idtokens, now) {
            Ok(()) => "yes, where its signature verifies".to_owned(),
            Err(refusal) => format!("no: {refusal}"),
        },
    ));
    told_of
}

/// Whether this host's key signed it.
fn verified(site: &ServerMethods, token: &WholeToken, key: Option<&str>) -> String {
    let Some(name) = key else {
        return "no: it does not name the key that signed it".into();
    };
    let names = vec![name.to_owned()];
    let Some(file) = read_signing_key(&site.keys, &ReadSigningKey { names }) else {
        return format!("unknown: the key {name:?} is not here, or this user cannot read it");
    };
    let path = file.path.display();
    if let Err(reason) = &file.content {
        return format!("unknown: the key in {path} cannot be used: {reason}");
    }
    match SigningKey::of(&file, site.idtokens.pool_key_is_password) {
        Some(key) if token.is_signed_with(&key) => format!("yes: the key in {path} signed it"),
        Some(_) => format!("no: another key signed it than the one in {path}"),
        None => format!("unknown: no key can be derived from {path}"),
    }
}
