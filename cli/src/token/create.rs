//! `countersign token create`: condor_token_create, with words of its own where something is odd.

use std::process::ExitCode;

use countersign::SystemEntropy;
use countersign::core::Secret;
use countersign::core::effect::Entropy as _;
use countersign::core::names::Level;
use countersign::effects::read_signing_key;
use countersign::keys::{LooseFile, TokenFileError, write_token};
use countersign::methods::idtokens::{NewToken, ReadSigningKey, SigningKey, WholeToken};
use countersign::settings::ServerMethods;

use super::arguments::Create;
use crate::calendar::now;
use crate::output::Output;

/// What condor_token_create exits with where it cannot make a token.
const NOT_MADE: u8 = 2;

/// Runs the command.
pub(super) fn run(site: &ServerMethods, create: &Create, output: &mut Output) -> ExitCode {
    let token = match make(site, create, output) {
        Ok(token) => token,
        Err(problem) => {
            output.complain(&format!("Failed to generate a token.\n{problem}"));
            return ExitCode::from(NOT_MADE);
        }
    };
    for level in &create.levels {
        if Level::from_name(level).is_none() {
            output.complain(&format!(
                "WARNING: no authorization level is called {level}; the token is limited to it all the same"
            ));
        }
    }
    if create.lifetime.is_none() {
        output.complain(
            "WARNING: this token never expires (-lifetime SECONDS makes one that does); only a new signing \
             key, or SEC_TOKEN_REVOCATION_EXPR, puts an end to it",
        );
    }
    match &create.place {
        None => {
            output.line(std::str::from_utf8(token.expose()).unwrap_or_default());
            ExitCode::SUCCESS
        }
        Some(place) => match write_token(
            &site.keys,
            place,
            &token,
            create.replace,
            &mut SystemEntropy,
        ) {
            Ok(written) => {
                if create.debug {
                    output.complain(&format!("wrote the token to {}", written.path.display()));
                }
                if let Some(old) = &written.replaced {
                    output.complain(&format!(
                        "it takes the place of what {} held; whoever used that from there uses the new one now",
                        old.path.display()
                    ));
                    held(old, output);
                }
                ExitCode::SUCCESS
            }
            Err(TokenFileError::Exists(there)) => {
                let path = there.path.display();
                output.complain(&format!(
                    "ERROR: {path} is there already and was left as it is"
                ));
                held(&there, output);
                output.complain("say -replace to do it all the same");
                ExitCode::FAILURE
            }
            Err(error) => {
                output.complain(&error.to_string());
                ExitCode::FAILURE
            }
        },
    }
}

/// The tokens in a file that is or was in the way.
fn held(file: &LooseFile, output: &mut Output) {
    if let Err(problem) = &file.content {
        output.complain(&format!("  {problem}"));
    }
    for (line, text) in file.lines() {
        let told = match WholeToken::read(text) {
            Ok(token) => {
                let subject = token.facts().subject.unwrap_or_default();
                format!("the token of {subject:?}")
            }
            Err(_) => "no token".to_owned(),
        };
        output.complain(&format!("  {}, line {line}: {told}", file.path.display()));
    }
}

/// Makes the token. A problem is told in condor_token_create's words, and more.
fn make(site: &ServerMethods, create: &Create, output: &mut Output) -> Result<Secret, String> {
    let name = &create.key;
    let names = vec![name.clone()];
    let file = read_signing_key(&site.keys, &ReadSigningKey { names })
        .ok_or_else(|| format!("TOKEN:1:there is no signing key {name} that this user can read"))?;
    if let Err(reason) = &file.content {
        let path = file.path.display();
        return Err(format!(
            "TOKEN:1:Failed to read file {path} securely.\n{path}: {reason}"
        ));
    }
    if create.debug {
        output.complain(&format!("read the signing key {}", file.path.display()));
    }
    let issuer = match site.idtokens.trust_domain.as_deref() {
        None | Some("") => return Err("PASSWD:1:Issuer namespace is not set (TRUST_DOMAIN)".into()),
        Some(issuer) if issuer.contains([',', ' ', '\t']) => {
            return Err("PASSWD:1:Issuer namespace may not contain spaces or commas".into());
        }
        Some(issuer) => issuer,
    };
    let mut id = [0; 16];
    SystemEntropy
        .fill(&mut id)
        .map_err(|error| format!("PASSWD:1:Failed to generate JTI: {error}"))?;
    let failed = || "PASSWD:1:Failed to derive key for JWT signature".to_owned();
    let key = SigningKey::of(&file, site.idtokens.pool_key_is_password).ok_or_else(failed)?;
    let new = NewToken {
        issuer,
        subject: &create.identity,
        levels: &create.levels,
        lifetime: create.lifetime,
        id,
    };
    new.sign(&key, now()).ok_or_else(failed)
}
