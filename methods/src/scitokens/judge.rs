//! Whether a server takes a token: first all that needs no keys, so that nothing is fetched for a token that
//! could not be taken anyway; then its signature.
//!
//! Rule: `htcondor::validate_scitoken` in HTCondor's `condor_scitokens.cpp`, with scitokens-cpp's `Validator` and
//! `Enforcer`. No leeway for clocks, as there; times here are whole seconds. Stricter than HTCondor: an issuer whose
//! name could be mistaken for another's once it is joined with a subject, or that could make this server ask for
//! something else than its keys, is refused.

use std::fmt;

use countersign_core::names::attrs;

use super::claims::{self, Claims, Profile};
use super::keys::{IssuerKeys, KeysOrigin};
use super::refusal::Refusal;
use super::settings::{ScitokensServerSettings, words};
use super::token::Token;

/// The longest issuer, in bytes.
const MAX_ISSUER: usize = 2_048;

/// What a token claims, and nobody has proven. Its issuer's keys are needed next.
#[derive(Clone)]
pub struct Claimed {
    /// `iss`: whose keys are needed. Anybody can write anything here.
    pub issuer: String,
    token: Token,
    subject: String,
    profile: Profile,
    foreign: Option<Box<Refusal>>,
    limits: Vec<String>,
    scopes: Vec<String>,
    groups: Vec<String>,
    id: Option<String>,
    times: Times,
}

impl Claimed {
    /// `kid`: the name of the key that it says signed it.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.token.key_id.as_deref().filter(|id| !id.is_empty())
    }
}

impl fmt::Debug for Claimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claimed")
            .field("issuer", &self.issuer)
            .field("subject", &self.subject)
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

/// A token that is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// By which rules it was read.
    pub profile: Profile,
    /// Why it is none of SciTokens' own kind, where it was taken as a foreign one.
    pub foreign: Option<Box<Refusal>>,
    /// What it is limited to: `DENY`, which is no level, and then the levels that it names. Never empty.
    pub limits: Vec<String>,
    /// What the session is to know of it: `AuthTokenIssuer`, `AuthTokenSubject`, and `AuthTokenId`,
    /// `AuthTokenGroups`, `AuthTokenScopes` where it has any.
    pub attributes: Vec<(&'static str, String)>,
    /// `exp`, in seconds since 1970.
    pub expires: i64,
    /// The name of the key that signed it.
    pub key_id: Option<String>,
    /// Where that key comes from.
    pub keys: KeysOrigin,
    /// Its payload as it was sent, for plugins.
    pub payload_json: String,
}

impl Judged {
    /// The name that a mapfile maps: issuer and subject with a comma between them.
    #[must_use]
    pub fn authenticated_name(&self) -> String {
        format!("{},{}", self.issuer, self.subject)
    }
}

#[derive(Debug, Clone, Copy)]
struct Times {
    issued: i64,
    expires: i64,
    not_before: Option<i64>,
}

impl Times {
    fn of(claims: Claims<'_>) -> Result<Self, Refusal> {
        let needed = |claim| claims.time(claim)?.ok_or(Refusal::Missing { claim });
        Ok(Self {
            issued: needed("iat")?,
            expires: needed("exp")?,
            not_before: claims.time("nbf")?,
        })
    }

    fn hold(self, now: u64) -> Result<(), Refusal> {
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let after = |later: i64, earlier| u64::try_from(later.saturating_sub(earlier)).unwrap_or(0);
        if now > self.expires {
            return Err(Refusal::Expired {
                at: self.expires,
                ago: after(now, self.expires),
            });
        }
        for (claim, from) in [("iat", Some(self.issued)), ("nbf", self.not_before)] {
            if let Some(from) = from.filter(|from| now < *from) {
                return Err(Refusal::NotYet {
                    claim,
                    from,
                    wait: after(from, now),
                });
            }
        }
        Ok(())
    }
}

/// All that can be said of a token without its issuer's keys. `now` is in seconds since 1970.
///
/// # Errors
/// [`Refusal`].
pub fn before_keys(
    token: Token,
    now: u64,
    settings: &ScitokensServerSettings,
) -> Result<Claimed, Refusal> {
    let claims = Claims(&token.claims);
    let times = Times::of(claims)?;
    let issuer = claims.needed("iss")?;
    if let Some(problem) = issuer_problem(issuer) {
        return Err(Refusal::Issuer {
            issuer: issuer.to_owned(),
            problem,
        });
    }
    times.hold(now)?;
    let profile = Profile::of(&claims, token.kind.as_deref())?;
    let audiences = claims.audiences();
    if matches!(profile, Profile::SciTokens2 | Profile::Wlcg) && matches!(audiences, Ok(None)) {
        return Err(Refusal::NoAudience {
            accepted: settings.audiences.clone(),
        });
    }
    let subject = claims.needed("sub")?;
    let own = own_kind(claims, profile, audiences, settings);
    let scope = claims.text("scope").ok().flatten().unwrap_or_default();
    let (levels, foreign) = match own {
        Ok(levels) => (levels, None),
        Err(why) if settings.foreign_types && settings.foreign_issuers.has(issuer) => {
            (claims::foreign_levels(scope), Some(Box::new(why)))
        }
        Err(why) => return Err(why),
    };
    let scopes: Vec<String> = words(scope).map(str::to_owned).collect();
    let groups = claims.groups();
    let id = claims.text("jti").ok().flatten().unwrap_or_default();
    let texts = [("sub", subject), ("jti", id), ("scope", scope)];
    let texts = texts
        .into_iter()
        .chain(groups.iter().map(|group| ("wlcg.groups", group.as_str())));
    for (claim, text) in texts {
        // Only what is a separator between scopes may be one.
        let is_bad = |c: char| c.is_control() && !(claim == "scope" && "\t\r\n".contains(c));
        if text.contains(is_bad) {
            return Err(Refusal::Unprintable { claim });
        }
    }
    Ok(Claimed {
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        profile,
        foreign,
        limits: claims::limits(levels),
        scopes,
        groups,
        id: Some(id.to_owned()).filter(|id| !id.is_empty()),
        times,
        token,
    })
}

/// The levels of a token that meets the rules for SciTokens.
fn own_kind(
    claims: Claims<'_>,
    profile: Profile,
    audiences: Result<Option<Vec<&str>>, Refusal>,
    settings: &ScitokensServerSettings,
) -> Result<Vec<String>, Refusal> {
    let accepted = &settings.audiences;
    match audiences? {
        None if accepted.is_empty() => {}
        None => {
            return Err(Refusal::NoAudience {
                accepted: accepted.clone(),
            });
        }
        Some(named) => {
            let any = profile.any_audience();
            let is_ours = |one: &str| Some(one) == any || accepted.iter().any(|a| a == one);
            if !named.iter().any(|one| is_ours(one)) {
                return Err(Refusal::OtherAudience {
                    audiences: named.into_iter().map(str::to_owned).collect(),
                    accepted: accepted.clone(),
                });
            }
        }
    }
    claims.text("jti")?;
    let scope = claims.needed("scope")?;
    if profile == Profile::SciTokens1 {
        const KNOWN: [&str; 9] = [
            "aud", "exp", "iat", "iss", "jti", "nbf", "opt", "scope", "sub",
        ];
        let is_unknown = |name: &&String| !KNOWN.contains(&name.as_str()) && *name != "ver";
        let unknown: Vec<_> = claims.0.keys().filter(is_unknown).cloned().collect();
        if !unknown.is_empty() {
            return Err(Refusal::UnknownClaims { claims: unknown });
        }
    }
    claims::levels(scope, profile)
}

/// What keeps an issuer from being one.
fn issuer_problem(issuer: &str) -> Option<&'static str> {
    if issuer.len() > MAX_ISSUER {
        return Some("that is too long");
    }
    let rest = match issuer.split_at_checked(8) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https://") => rest,
        _ => return Some("it must be an https:// address, since its keys are fetched from there"),
    };
    if rest.is_empty() || rest.starts_with(['/', ':']) {
        return Some("it names no host");
    }
    // With a query or a fragment, the path that is asked for would be the issuer's to choose; with a comma, another
    // issuer's name joined with a subject could read the same.
    if rest.contains(['?', '#', '@', ',', '\\', '"', '<', '>'])
        || !rest.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return Some("no ?, #, @, comma, quote, backslash, white space or non-ASCII may be in it");
    }
    None
}

/// Whether its issuer signed the token. `now` is looked at again, since fetching keys takes time.
///
/// # Errors
/// [`Refusal`]: of the times, the key or the signature.
pub fn after_keys(claimed: Claimed, keys: &IssuerKeys, now: u64) -> Result<Judged, Refusal> {
    let Claimed { issuer, token, .. } = claimed;
    let key_id = token.key_id;
    let key = match keys.select(key_id.as_deref(), token.algorithm) {
        Ok(key) => key,
        Err(why) => return Err(Refusal::Key { issuer, why }),
    };
    if !key.verifies(token.signed.as_bytes(), token.signature.expose()) {
        return Err(Refusal::Signature {
            issuer,
            kid: key_id,
            algorithm: token.algorithm,
            origin: keys.origin.clone(),
        });
    }
    claimed.times.hold(now)?;
    let mut attributes = vec![
        (attrs::TOKEN_ISSUER, issuer.clone()),
        (attrs::TOKEN_SUBJECT, claimed.subject.clone()),
    ];
    let more = [
        (attrs::TOKEN_ID, claimed.id.unwrap_or_default()),
        (attrs::TOKEN_GROUPS, claimed.groups.join(",")),
        (attrs::TOKEN_SCOPES, claimed.scopes.join(",")),
    ];
    attributes.extend(more.into_iter().filter(|(_, value)| !value.is_empty()));
    Ok(Judged {
        issuer,
        subject: claimed.subject,
        profile: claimed.profile,
        foreign: claimed.foreign,
        limits: claimed.limits,
        attributes,
        expires: claimed.times.expires,
        key_id,
        keys: keys.origin.clone(),
        payload_json: token.payload,
    })
}
