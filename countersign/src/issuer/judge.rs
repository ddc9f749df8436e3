//! What HTCondor makes of a token: whether its rules refuse it, and what its scopes let do.
//!
//! Rule: `htcondor::validate_scitoken` in `condor_scitokens.cpp`; `Validator::verify_async_continue` and
//! `Enforcer` in scitokens-cpp. Whether the issuer publishes the key, and whether a mapfile maps the name, is
//! not known here.

use countersign_core::names::Level;
use serde_json::Value as Json;

use super::algorithm::Algorithm;
use super::request::MAX_TOKEN_LEN;
use super::token::SciToken;
use super::url::IssuerUrl;

/// The rules that a token's claims choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rules {
    SciTokens1,
    SciTokens2,
    Wlcg,
    AtJwt,
}

impl SciToken {
    /// Why HTCondor's servers refuse it: each reason, in words; none if nothing in it is against it.
    /// `audiences` is the server's SCITOKENS_SERVER_AUDIENCE; `None` if that is not known, and then only a
    /// missing audience counts.
    #[must_use]
    pub fn refused_by_htcondor(&self, now: u64, audiences: Option<&[String]>) -> Vec<String> {
        let mut reasons = Vec::new();
        self.judge_form(&mut reasons);
        self.judge_times(now, &mut reasons);
        match self.rules() {
            Ok(rules) => self.judge_claims(rules, audiences, &mut reasons),
            Err(problem) => reasons.push(problem),
        }
        reasons
    }

    fn judge_form(&self, reasons: &mut Vec<String>) {
        if self.len() > MAX_TOKEN_LEN {
            reasons.push(format!(
                "it has {} bytes, and servers cut off what is longer than {MAX_TOKEN_LEN}",
                self.len()
            ));
        }
        let algorithm = self.header().get("alg").and_then(Json::as_str);
        let taken = algorithm
            .and_then(Algorithm::from_name)
            .is_some_and(Algorithm::is_taken_by_htcondor);
        if !taken {
            let algorithm = algorithm.unwrap_or("nothing");
            reasons.push(format!(
                "it says that it is signed with {algorithm}; HTCondor's library takes RS256 and ES256 alone"
            ));
        }
        match self.claims().get("iss") {
            Some(Json::String(issuer)) => {
                if let Err(error) = issuer.parse::<IssuerUrl>() {
                    reasons.push(format!("its keys are fetched from the issuer: {error}"));
                }
            }
            _ => reasons.push("it names no issuer (iss)".into()),
        }
        if self.text("sub").is_none() {
            reasons.push("it names nobody (sub)".into());
        }
        if self.claims().get("jti").is_some_and(|id| !id.is_string()) {
            reasons.push("its id (jti) is no text".into());
        }
    }

    fn judge_times(&self, now: u64, reasons: &mut Vec<String>) {
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let mut time =
            |claim: &str, mandatory: bool, wrong: &dyn Fn(i64) -> bool, what: &str| match self
                .claims()
                .get(claim)
            {
                None if mandatory => reasons.push(format!("it has no {claim}")),
                None => {}
                Some(_) => match self.time(claim) {
                    None => reasons.push(format!("its {claim} is no time")),
                    Some(time) if wrong(time) => reasons.push(what.to_owned()),
                    Some(_) => {}
                },
            };
        time("exp", true, &|time| now > time, "it is expired (exp)");
        let future = |time| now < time;
        let early =
            "by this host's clock it comes from the future (iat); no second of that is forgiven";
        time("iat", true, &future, early);
        time("nbf", false, &future, "it is not good yet (nbf)");
    }

    fn rules(&self) -> Result<Rules, String> {
        let version = |name: &str| match self.claims().get(name) {
            None => Ok(None),
            Some(Json::String(version)) => Ok(Some(version.as_str())),
            Some(_) => Err(format!("its {name} is no text")),
        };
        match (version("ver")?, version("wlcg.ver")?) {
            (Some("scitoken:2.0" | "scitokens:2.0"), _) => Ok(Rules::SciTokens2),
            (Some("scitokens:1.0"), _) => Ok(Rules::SciTokens1),
            (Some(other), _) => Err(format!(
                "it follows rules that nobody knows: ver is {other:?}"
            )),
            (None, Some("1.0")) => Ok(Rules::Wlcg),
            (None, Some(other)) => Err(format!(
                "it follows rules that nobody knows: wlcg.ver is {other:?}"
            )),
            (None, None) => Ok(match self.header().get("typ").and_then(Json::as_str) {
                Some("at+jwt" | "application/at+jwt") => Rules::AtJwt,
                _ => Rules::SciTokens1,
            }),
        }
    }

    fn judge_claims(&self, rules: Rules, audiences: Option<&[String]>, reasons: &mut Vec<String>) {
        match self.claims().get("scope") {
            None => reasons.push("it has no scope".into()),
            Some(Json::String(scopes)) => {
                for scope in scopes.split(' ').filter(|scope| has_odd_path(scope)) {
                    reasons.push(format!(
                        "the path of its scope {scope:?} is refused, and so are all others"
                    ));
                }
            }
            Some(_) => reasons.push("its scope is no text".into()),
        }
        let mine = self.audiences();
        let wildcard = match rules {
            Rules::SciTokens2 => Some("ANY"),
            Rules::Wlcg => Some("https://wlcg.cern.ch/jwt/v1/any"),
            Rules::SciTokens1 | Rules::AtJwt => None,
        };
        let required = wildcard.is_some() || audiences.is_some_and(|server| !server.is_empty());
        if !self.claims().contains_key("aud") {
            if required {
                reasons.push("it says for no server that it is for it (aud)".into());
            }
        } else if let Some(server) = audiences {
            let fits = mine.iter().any(|&audience| {
                wildcard == Some(audience) || server.iter().any(|server| server == audience)
            });
            if !fits {
                let list = mine.join(", ");
                reasons.push(format!(
                    "its audience ({list}) is none of the server's (SCITOKENS_SERVER_AUDIENCE)"
                ));
            }
        }
        if rules == Rules::SciTokens1 {
            let known = [
                "iat", "nbf", "exp", "ver", "iss", "sub", "jti", "opt", "aud", "scope",
            ];
            for claim in self.claims().keys() {
                if !known.contains(&&**claim) {
                    reasons.push(format!(
                        "a token without ver may not have the claim {claim:?} (SciTokens 1.0)"
                    ));
                }
            }
        }
    }

    /// What each scope lets do in HTCondor, in words.
    #[must_use]
    pub fn scopes_in_words(&self) -> Vec<(&str, String)> {
        let is_wlcg = self.rules() == Ok(Rules::Wlcg);
        let has = |wanted: &str| self.scopes().any(|scope| authority(scope) == wanted);
        let all_of_compute = ["compute.create", "compute.modify", "compute.cancel"]
            .iter()
            .all(|wanted| has(wanted));
        self.scopes()
            .map(|scope| {
                let means = match authority(scope) {
                    "condor" => condor(scope),
                    "compute.read" if is_wlcg => "READ, and what that implies".into(),
                    "compute.create" | "compute.modify" | "compute.cancel" if is_wlcg => {
                        if all_of_compute {
                            "WRITE, and what that implies, together with the other two of compute.create, \
                             compute.modify and compute.cancel"
                                .into()
                        } else {
                            "nothing alone: WRITE takes compute.create, compute.modify and compute.cancel"
                                .into()
                        }
                    }
                    _ => "nothing in HTCondor".into(),
                };
                (scope, means)
            })
            .collect()
    }
}

fn authority(scope: &str) -> &str {
    scope.split(':').next().unwrap_or_default()
}

fn condor(scope: &str) -> String {
    let path = scope.split_once(':').map_or("", |(_, path)| path);
    let level = path.trim_start_matches('/');
    match Level::from_name(level) {
        Some(level) => format!("{}, and what that implies", level.name()),
        None if level.is_empty() => "nothing: it names no authorization level".into(),
        None => format!("nothing: {level:?} is no authorization level"),
    }
}

/// Rule: `normalize_scope_path_strict` in scitokens-cpp.
fn has_odd_path(scope: &str) -> bool {
    let path = scope.split_once(':').map_or("", |(_, path)| path);
    path.split('/').any(|part| {
        let mut part = part.as_bytes().to_vec();
        for _ in 0..4 {
            part = percent_decoded(&part);
        }
        part == b".."
            || part
                .iter()
                .any(|byte| matches!(byte, b'%' | b'/' | b'\\' | 0))
    })
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, behind)) = rest.split_first() {
        let hex = |byte: u8| {
            char::from(byte)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        };
        let code = match (first, behind) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        if let Some((high, low)) = code {
            decoded.push(high << 4 | low);
            rest = behind.get(2..).unwrap_or_default();
        } else {
            decoded.push(first);
            rest = behind;
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuer::encoding::base64url;
    use serde_json::json;

    fn token(header: &Json, claims: &Json) -> SciToken {
        let part = |json: &Json| base64url(json.to_string().as_bytes());
        SciToken::read(&format!("{}.{}.AAAA", part(header), part(claims))).unwrap()
    }

    fn changed(changes: &Json) -> SciToken {
        let mut claims = json!({
            "iss": "https://i.example", "sub": "alice", "aud": "ANY", "ver": "scitoken:2.0",
            "scope": "condor:/READ", "iat": 100, "nbf": 100, "exp": 200, "jti": "x",
        });
        for (name, value) in changes.as_object().unwrap() {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        token(&json!({"alg": "ES256", "typ": "JWT"}), &claims)
    }

    fn reasons(changes: &Json) -> Vec<String> {
        changed(changes).refused_by_htcondor(150, Some(&["condor.example".to_owned()]))
    }

    #[test]
    fn good_ones() {
        for changes in [
            json!({}),
            json!({"extra": 1}),
            json!({"nbf": null, "jti": null}),
            json!({"aud": ["x", "condor.example"]}),
            json!({"aud": "condor.example", "ver": null}),
            json!({"aud": "https://wlcg.cern.ch/jwt/v1/any", "ver": null, "wlcg.ver": "1.0"}),
            json!({"scope": "", "exp": 150, "iat": 150, "nbf": 149.7}),
        ] {
            assert_eq!(reasons(&changes), Vec::<String>::new(), "{changes}");
        }
        let none = changed(&json!({"ver": null, "aud": null}));
        assert!(none.refused_by_htcondor(150, Some(&[])).is_empty());
        let concrete = changed(&json!({"aud": "x"}));
        assert!(
            concrete.refused_by_htcondor(150, None).is_empty(),
            "unknown"
        );
        assert!(!concrete.refused_by_htcondor(150, Some(&[])).is_empty());
    }

    #[test]
    fn refused_ones() {
        for (changes, expected) in [
            (json!({"exp": null}), "no exp"),
            (json!({"exp": "never"}), "no time"),
            (json!({"exp": 149}), "expired"),
            (json!({"iat": 151}), "from the future"),
            (json!({"iat": null}), "no iat"),
            (json!({"nbf": 151}), "not good yet"),
            (json!({"iss": null}), "no issuer"),
            (json!({"iss": "http://x"}), "https://"),
            (json!({"sub": 7}), "nobody"),
            (json!({"jti": 7}), "jti"),
            (json!({"ver": "scitoken:1.0"}), "nobody knows"),
            (json!({"ver": 2}), "ver is no text"),
            (json!({"ver": null, "wlcg.ver": "2.0"}), "nobody knows"),
            (json!({"aud": null}), "(aud)"),
            (json!({"aud": "other"}), "SCITOKENS_SERVER_AUDIENCE"),
            (
                json!({"aud": "ANY", "ver": null}),
                "SCITOKENS_SERVER_AUDIENCE",
            ),
            (
                json!({"aud": "condor.example", "ver": null, "client_id": "x"}),
                "\"client_id\"",
            ),
            (json!({"scope": null}), "no scope"),
            (json!({"scope": ["condor:/READ"]}), "scope is no text"),
            (json!({"scope": "read:/a/%252e%252e"}), "refused"),
            (json!({"scope": "read:/a%2fb"}), "refused"),
        ] {
            let reasons = reasons(&changes);
            assert_eq!(reasons.len(), 1, "{changes}: {reasons:?}");
            assert!(reasons[0].contains(expected), "{changes}: {reasons:?}");
        }
        let claims = Json::Object(changed(&json!({})).claims().clone());
        for algorithm in ["none", "HS256", "ES384", "RS512"] {
            let token = token(&json!({"alg": algorithm}), &claims);
            let reasons = token.refused_by_htcondor(150, None);
            assert!(reasons.concat().contains(algorithm), "{reasons:?}");
        }
    }

    #[test]
    fn what_scopes_let_do() {
        let token = changed(&json!({
            "scope": "condor:/READ condor:WRITE condor:/READ/x condor condor:/ read:/ compute.read"
        }));
        let words: Vec<String> = token
            .scopes_in_words()
            .into_iter()
            .map(|(_, words)| words)
            .collect();
        assert_eq!(
            words,
            [
                "READ, and what that implies",
                "WRITE, and what that implies",
                "nothing: \"READ/x\" is no authorization level",
                "nothing: it names no authorization level",
                "nothing: it names no authorization level",
                "nothing in HTCondor",
                "nothing in HTCondor",
            ]
        );
        let wlcg = |scope: &str| {
            let token = changed(&json!({"ver": null, "wlcg.ver": "1.0", "scope": scope}));
            token.scopes_in_words().remove(0).1
        };
        assert!(wlcg("compute.read:/x").starts_with("READ"));
        assert!(wlcg("compute.create").starts_with("nothing alone"));
        assert!(wlcg("compute.create compute.modify compute.cancel:/x").starts_with("WRITE"));
    }
}
