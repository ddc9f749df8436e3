//! Whether a server takes a token, before anybody has proven that it is theirs.
//!
//! Rule: `analyze_token` in HTCondor's `condor_auth_passwd.cpp`. This is stricter on four points:
//! the issuer must be TRUST_DOMAIN (HTCondor leaves that to the client), `nbf` counts, HS384 and HS512
//! are not taken, and a subject must have a user. No name may have control characters in it.

use countersign_core::method::ClientProof;
use countersign_core::names::attrs;

use super::claims::Shown;
use super::refusal::TokenRefusal;
use super::revocation::RevocationRule;
use super::server::IdTokensServerSettings;
use crate::identity;

/// What a scope of HTCondor's starts with.
pub(super) const SCOPE: &str = "condor:/";

/// What a token must meet.
pub(super) struct Rules<'a> {
    trust_domain: Option<&'a str>,
    max_age: Option<u64>,
    revocation: Option<&'a RevocationRule>,
}

/// A token that may be used, by whoever proves that it is theirs.
#[derive(Debug, Clone)]
pub(super) struct Usable {
    /// `sub`: the name that the client must give.
    pub(super) subject: String,
    /// `jti`.
    pub(super) id: String,
    /// `iss`.
    pub(super) issuer: String,
    /// `exp`.
    pub(super) expires: Option<i64>,
    /// The levels it is limited to.
    pub(super) limits: Option<Vec<String>>,
    scopes: Vec<String>,
    project: Option<String>,
}

impl<'a> Rules<'a> {
    /// The rules of a server.
    pub(super) fn of(settings: &'a IdTokensServerSettings) -> Self {
        Self {
            trust_domain: settings.trust_domain.as_deref(),
            max_age: settings.max_age,
            revocation: settings.revocation.as_ref(),
        }
    }

    /// Looks at a token's claims.
    pub(super) fn judge(&self, token: &Shown, now: u64) -> Result<Usable, TokenRefusal> {
        let clock = now;
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let since = |time: i64| u64::try_from(now.saturating_sub(time)).unwrap_or(0);
        let claims = &token.payload;

        match token.header.text("alg")? {
            Some("HS256") => {}
            other => {
                return Err(TokenRefusal::Algorithm {
                    algorithm: other.unwrap_or_default().to_owned(),
                });
            }
        }
        if let (Some(issued), Some(max)) = (claims.time("iat")?, self.max_age)
            && since(issued) > max
        {
            let age = since(issued);
            return Err(TokenRefusal::TooOld { age, max });
        }
        let expires = claims.time("exp")?;
        // In the second that it names a token is still good.
        if let Some(at) = expires
            && at < now
        {
            let ago = since(at);
            return Err(TokenRefusal::Expired { at, ago });
        }
        if let Some(from) = claims.time("nbf")?
            && now < from
        {
            let wait = u64::try_from(from.saturating_sub(now)).unwrap_or(0);
            return Err(TokenRefusal::NotYet { from, wait });
        }
        let issuer = match claims.text("iss")? {
            None | Some("") => return Err(TokenRefusal::NoIssuer),
            Some(issuer) => issuer,
        };
        if let Some(trust_domain) = self.trust_domain
            && issuer != trust_domain
        {
            return Err(TokenRefusal::OtherIssuer {
                issuer: issuer.to_owned(),
                trust_domain: trust_domain.to_owned(),
            });
        }
        let id = match claims.text("jti")? {
            None | Some("") => return Err(TokenRefusal::NoId),
            Some(id) => id,
        };
        let subject = match (claims.boolean("cap")?, claims.text("sub")?) {
            (Some(true), _) | (_, None) => return Err(TokenRefusal::Capability),
            (_, Some(subject)) => subject,
        };
        if identity::split(subject).0.is_empty() {
            return Err(TokenRefusal::NoSubject);
        }
        let scopes: Vec<String> = words(claims.text("scope")?.unwrap_or_default());
        let project = claims.text("project")?.unwrap_or_default();
        for (claim, text) in [
            ("iss", issuer),
            ("jti", id),
            ("sub", subject),
            ("project", project),
        ] {
            if text.contains(char::is_control) {
                return Err(TokenRefusal::Unprintable { claim });
            }
        }
        if let Some(rule) = self.revocation {
            rule.judge(claims, clock)
                .map_err(|why| TokenRefusal::Revoked {
                    knob: rule.knob(),
                    expression: rule.text().to_owned(),
                    why,
                })?;
        }
        Ok(Usable {
            subject: subject.to_owned(),
            id: id.to_owned(),
            issuer: issuer.to_owned(),
            expires,
            limits: limits(&scopes),
            project: Some(project.to_owned()).filter(|project| !project.is_empty()),
            scopes,
        })
    }
}

/// The levels that scopes limit a token to. Scopes that are not HTCondor's say nothing, so that a
/// token that has only such, or none, is not limited at all. The scope `condor:/` names no level: it is
/// a limit that lets nothing through, where HTCondor would write an empty limit and read it as none.
fn limits(scopes: &[String]) -> Option<Vec<String>> {
    let levels: Vec<&str> = scopes
        .iter()
        .filter_map(|scope| scope.strip_prefix(SCOPE))
        .collect();
    if levels.is_empty() {
        return None;
    }
    let named = levels.into_iter().filter(|level| !level.is_empty());
    Some(named.map(str::to_owned).collect())
}

/// The levels that a token's `scope` limits it to.
pub(super) fn limits_of(scope: &str) -> Option<Vec<String>> {
    limits(&words(scope))
}

/// Words as HTCondor takes a list apart.
fn words(text: &str) -> Vec<String> {
    text.split([',', ' ', '\t', '\r', '\n'])
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

impl Usable {
    /// What whoever proves that it is theirs is then.
    pub(super) fn proof(self) -> ClientProof {
        let (user, domain) = identity::split(&self.subject);
        let mut attributes = Vec::new();
        if !self.scopes.is_empty() {
            attributes.push((attrs::TOKEN_SCOPES, self.scopes.join(",")));
        }
        if let Some(project) = self.project {
            attributes.push((attrs::TOKEN_PROJECT, project));
        }
        attributes.push((attrs::TOKEN_SUBJECT, self.subject));
        attributes.push((attrs::TOKEN_ISSUER, self.issuer));
        attributes.push((attrs::TOKEN_ID, self.id));
        ClientProof {
            authenticated_name: None,
            user,
            domain,
            limits: self.limits,
            attributes,
            voucher: None,
            wrap: None,
        }
    }
}
