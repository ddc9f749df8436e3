//! The claim id whose session a ping uses.

use std::fs::File;
use std::io::Read as _;

use countersign::Settings;
use countersign::core::names::Role;
use countersign::core::session::{ClaimId, HandedSession, MAX_CLAIM_ID};
use zeroize::Zeroizing;

use super::arguments::{Arguments, Whom};

/// Reads the file, if one was named. Where the command line says nothing else, the daemon that the claim id
/// names is the one to ask.
pub(super) fn session(
    arguments: &mut Arguments,
    settings: &Settings,
) -> Result<Option<HandedSession>, String> {
    let Some(path) = &arguments.claim_id_file else {
        return Ok(None);
    };
    let failed = |problem: String| format!("--claim-id-file {}: {problem}", path.display());
    if !settings.match_sessions {
        let problem = "SEC_ENABLE_MATCH_PASSWORD_AUTHENTICATION is False, so that HTCondor would not use \
                       the session of a claim id here";
        return Err(failed(problem.to_owned()));
    }
    // One byte more, so that what is too long is seen to be.
    let limit = u64::try_from(MAX_CLAIM_ID)
        .unwrap_or(u64::MAX)
        .saturating_add(2);
    let mut text = Zeroizing::new(String::with_capacity(MAX_CLAIM_ID + 2));
    File::open(path)
        .and_then(|file| file.take(limit).read_to_string(&mut text))
        .map_err(|error| failed(error.to_string()))?;
    let claim = ClaimId::parse(text.trim_ascii_end()).map_err(|error| failed(error.to_string()))?;
    let session =
        HandedSession::new(&claim, Role::ExecuteSide).map_err(|error| failed(error.to_string()))?;
    if let (
        Some(address),
        Whom::LookUp {
            pool: None,
            name: None,
            kind: None,
        },
    ) = (claim.address(), &arguments.whom)
    {
        arguments.whom = Whom::Address(address.to_owned());
    }
    Ok(Some(session))
}
