//! `countersign scitoken inspect`: what a token is, in words. Neither it nor its signature is shown.

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use countersign::core::Secret;
use countersign::issuer::{Jwks, KeyFolder, SciToken};
use countersign::keys::{LooseFile, read_loosely};
use countersign::methods::scitokens::KeySet;
use serde_json::Value;

use super::arguments::{Inspect, PublicKeys};
use super::fetched::Fetcher;
use crate::calendar::{now, told};
use crate::output::{Output, printable};

/// Bytes of standard input that are read.
const MAX_INPUT: u64 = 1 << 20;

/// Claims that are told by themselves.
const TOLD: [&str; 10] = [
    "iss", "sub", "aud", "scope", "jti", "iat", "nbf", "exp", "ver", "wlcg.ver",
];

/// The most keys of an issuer that are listed.
const MAX_LISTED: usize = 8;

/// The issuer's public keys.
enum Known {
    /// Nobody gave them.
    Unknown,
    /// These, and in words where they are from.
    Given(Jwks, String),
    /// Each token's issuer is asked.
    Asked(Fetcher),
}

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

/// Where the issuer's keys come from: what the command line names.
fn public_keys(from: &PublicKeys) -> Result<Known, String> {
    match from {
        PublicKeys::NotGiven => Ok(Known::Unknown),
        PublicKeys::File(path) => {
            let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
            let content = read_loosely(path).content.map_err(|error| named(&error))?;
            let keys = Jwks::read(content.expose()).map_err(|error| named(&error))?;
            Ok(Known::Given(keys, path.display().to_string()))
        }
        PublicKeys::Folder(path) => {
            let keys = KeyFolder::new(path).jwks(now());
            let keys = keys.map_err(|error| error.to_string())?;
            Ok(Known::Given(keys, path.display().to_string()))
        }
        PublicKeys::Fetched { ca_file } => Fetcher::new(ca_file.clone()).map(Known::Asked),
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
                let mut facts = explain(&token);
                let (verified, how) = verified(&token, keys);
                good &= verified;
                facts.extend(how);
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

/// Whether it is good so far as the keys tell, what was fetched to know that, and how it is known.
fn verified(token: &SciToken, keys: &Known) -> (bool, Vec<(&'static str, String)>) {
    let (good, how) = match keys {
        Known::Unknown => {
            let how = "unknown: fetch the issuer's keys (--fetch), or give them: --jwks FILE or --issuer-keys DIR";
            (true, how.into())
        }
        Known::Given(keys, from) => match token.signed_by(keys) {
            Ok(key) => {
                let name = key.kid().unwrap_or("without a name");
                (true, format!("yes: the key {name} of {from} signed it"))
            }
            Err(error) => (false, format!("no, by {from}: {error}")),
        },
        Known::Asked(fetcher) => return asked(token, fetcher),
    };
    (good, vec![("verified", how)])
}

/// The same, where its issuer is asked.
fn asked(token: &SciToken, fetcher: &Fetcher) -> (bool, Vec<(&'static str, String)>) {
    let Some(issuer) = token.text("iss") else {
        let how = "no: it names no issuer that could be asked for keys";
        return (false, vec![("verified", how.into())]);
    };
    let keys = match fetcher.keys(issuer) {
        Ok(keys) => keys,
        Err(problem) => {
            return (
                false,
                vec![
                    ("fetched", format!("nothing: {problem}")),
                    (
                        "verified",
                        "no: without the issuer's keys nobody knows".into(),
                    ),
                ],
            );
        }
    };
    let (good, how) = match token.signed_by_published(&keys.set) {
        Ok(()) => {
            let name = token.kid().filter(|name| !name.is_empty());
            let name = name.map_or_else(|| "the only key".into(), |name| format!("the key {name}"));
            (
                true,
                format!("yes: {name} that {issuer} publishes signed it"),
            )
        }
        Err(error) => (false, format!("no: {error}")),
    };
    (
        good,
        vec![("fetched", published(issuer, &keys.set)), ("verified", how)],
    )
}

/// What an issuer publishes, in words.
fn published(issuer: &str, keys: &KeySet) -> String {
    let all = keys.published();
    let mut listed: Vec<String> = all
        .iter()
        .take(MAX_LISTED)
        .map(|key| {
            let name = key.id.as_deref().unwrap_or("one without a name");
            let exposed = if key.exposed {
                ", whose private part is published, so that anybody signs with it"
            } else {
                ""
            };
            match &key.key {
                Ok(good) => format!("{name} ({}{exposed})", good.algorithm()),
                Err(defect) => format!("{name} (of no use: {defect}{exposed})"),
            }
        })
        .collect();
    if all.len() > MAX_LISTED {
        listed.push(format!("{} more", all.len() - MAX_LISTED));
    }
    let count = match all.len() {
        1 => "1 key".to_owned(),
        count => format!("{count} keys"),
    };
    format!("{count} from {issuer}: {}", listed.join(", "))
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
