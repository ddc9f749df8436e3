//! `countersign scitoken inspect`: what a token is, in words. Neither it nor its signature is shown.

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use countersign::core::Secret;
use countersign::issuer::{Jwks, KeyFolder, SciToken};
use countersign::keys::{LooseFile, read_loosely};
use serde_json::Value;

use super::arguments::{Inspect, PublicKeys};
use crate::calendar::{now, told};
use crate::output::{Output, printable};

/// Bytes of standard input that are read.
const MAX_INPUT: u64 = 1 << 20;

/// Claims that are told by themselves.
const TOLD: [&str; 10] = [
    "iss", "sub", "aud", "scope", "jti", "iat", "nbf", "exp", "ver", "wlcg.ver",
];

/// The issuer's public keys, and in words where they are from.
type Known = Option<(Jwks, String)>;

/// Runs the command: it succeeds if every file holds tokens alone and, where keys are given, they signed
/// them.
pub(super) fn run(inspect: &Inspect, output: &mut Output) -> Result<ExitCode, String> {
    let keys = public_keys(&inspect.keys)?;
    let mut good = true;
    for path in &inspect.files {
        let file = if path.as_os_str() == "-" {
            standard_input()
        } else {
            read_loosely(path)
        };
        good &= show(&file, inspect, &keys, output);
    }
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Where the issuer's keys come from: what the command line names. Nothing is fetched.
fn public_keys(from: &PublicKeys) -> Result<Known, String> {
    match from {
        PublicKeys::NotGiven => Ok(None),
        PublicKeys::File(path) => {
            let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
            let content = read_loosely(path).content.map_err(|error| named(&error))?;
            let keys = Jwks::read(content.expose()).map_err(|error| named(&error))?;
            Ok(Some((keys, path.display().to_string())))
        }
        PublicKeys::Folder(path) => {
            let keys = KeyFolder::new(path).jwks(now());
            let keys = keys.map_err(|error| error.to_string())?;
            Ok(Some((keys, path.display().to_string())))
        }
    }
}

fn standard_input() -> LooseFile {
    let mut content = Vec::new();
    let read = std::io::stdin().take(MAX_INPUT).read_to_end(&mut content);
    LooseFile {
        path: Path::new("standard input").into(),
        content: read
            .map(|_| Secret::new(content))
            .map_err(|error| error.to_string()),
    }
}

fn show(file: &LooseFile, inspect: &Inspect, keys: &Known, output: &mut Output) -> bool {
    let path = file.path.display();
    if let Err(problem) = &file.content {
        output.complain(&format!("ERROR: {path}: {problem}"));
        return false;
    }
    let mut any = false;
    let mut good = true;
    for (line, text) in file.lines() {
        any = true;
        match SciToken::read(text) {
            Ok(token) => {
                output.line(&format!("{path}, line {line}:"));
                let (verified, how) = verified(&token, keys);
                good &= verified;
                let mut facts = explain(&token);
                facts.push(("verified", how));
                facts.extend(judged(&token, inspect.audiences.as_deref()));
                for (name, value) in facts {
                    output.line(&format!("  {name:<10} {}", one_line(&value)));
                }
            }
            Err(error) => {
                good = false;
                output.complain(&format!("{path}, line {line} is no SciToken: {error}"));
            }
        }
    }
    if !any {
        output.complain(&format!("ERROR: {path} holds no token"));
    }
    good && any
}

/// Text of others without what would move a terminal.
fn one_line(text: &str) -> String {
    printable(text).replace(['\n', '\t'], " ")
}

/// What it says, each with its name.
fn explain(token: &SciToken) -> Vec<(&'static str, String)> {
    let now = now();
    let word = |value: Option<&Value>| match value {
        None => "none".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let claims = token.claims();
    let mut facts = vec![
        ("algorithm", word(token.header().get("alg"))),
        ("key", word(token.header().get("kid"))),
        ("type", word(token.header().get("typ"))),
        ("issuer", word(claims.get("iss"))),
        ("subject", word(claims.get("sub"))),
        ("id", word(claims.get("jti"))),
        ("profile", profile(token)),
        (
            "audience",
            match &*token.audiences() {
                [] => word(claims.get("aud")),
                audiences => audiences.join(", "),
            },
        ),
    ];
    for (name, claim) in [("issued", "iat"), ("good from", "nbf"), ("expires", "exp")] {
        facts.push((
            name,
            match token.time(claim) {
                Some(time) => told(time, now),
                None => word(claims.get(claim)),
            },
        ));
    }
    let scopes = token.scopes_in_words();
    if scopes.is_empty() {
        facts.push(("scope", word(claims.get("scope"))));
    }
    for (scope, means) in scopes {
        facts.push(("scope", format!("{scope}: {means}")));
    }
    for (name, value) in claims.iter().filter(|(name, _)| !TOLD.contains(&&***name)) {
        facts.push(("claim", format!("{name}: {value}")));
    }
    facts
}

fn profile(token: &SciToken) -> String {
    match (token.text("ver"), token.text("wlcg.ver")) {
        (Some(version), _) => version.to_owned(),
        (None, Some(version)) => format!("wlcg:{version}"),
        (None, None) => "none: by the rules of scitokens:1.0".to_owned(),
    }
}

/// Whether it is good so far as the keys tell, and how that is known.
fn verified(token: &SciToken, keys: &Known) -> (bool, String) {
    let Some((keys, from)) = keys else {
        let how = "unknown: give the issuer's keys with --jwks FILE or --issuer-keys DIR";
        return (true, how.into());
    };
    match token.signed_by(keys) {
        Ok(key) => {
            let name = key.kid().unwrap_or("without a name");
            (true, format!("yes: the key {name} of {from} signed it"))
        }
        Err(error) => (false, format!("no, by {from}: {error}")),
    }
}

/// What HTCondor makes of it.
fn judged(token: &SciToken, audiences: Option<&[String]>) -> Vec<(&'static str, String)> {
    let reasons = token.refused_by_htcondor(now(), audiences);
    if reasons.is_empty() {
        let (issuer, subject) = (token.text("iss"), token.text("sub"));
        let name = format!(
            "{},{}",
            issuer.unwrap_or_default(),
            subject.unwrap_or_default()
        );
        let unknown = match audiences {
            None => ", the audience suits it",
            Some(_) => "",
        };
        return vec![(
            "HTCondor",
            format!(
                "takes it, if the issuer publishes the key{unknown} and the mapfile maps SCITOKENS {name}"
            ),
        )];
    }
    reasons
        .into_iter()
        .map(|reason| ("HTCondor", format!("refuses it: {reason}")))
        .collect()
}
