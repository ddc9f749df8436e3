//! What may be shown of a client's own token: its claims, and never its signature.

use std::fmt;

use super::claims::ANY_AUDIENCES;
use super::token::Token;

/// The longest text of a claim that is shown, in characters.
const MAX_TEXT: usize = 200;

/// A token's claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// `aud`.
    pub audiences: Vec<String>,
    /// `scope`.
    pub scopes: String,
    /// `exp`, in seconds since 1970.
    pub expires: Option<i64>,
    /// `nbf`, in seconds since 1970.
    pub not_before: Option<i64>,
}

impl Shown {
    /// The claims of a token; `None` for what is none.
    #[must_use]
    pub fn of(token: &[u8]) -> Option<Self> {
        let token = Token::read(token).ok()?;
        let claims = &token.claims;
        let text = |name: &str| {
            let text = claims.get(name).and_then(serde_json::Value::as_str);
            plain(text.unwrap_or_default())
        };
        let audiences = match claims.get("aud") {
            Some(serde_json::Value::String(one)) => vec![plain(one)],
            Some(serde_json::Value::Array(several)) => several
                .iter()
                .filter_map(serde_json::Value::as_str)
                .map(plain)
                .collect(),
            _ => Vec::new(),
        };
        let time = |name: &str| claims.get(name).and_then(serde_json::Value::as_i64);
        Some(Self {
            issuer: text("iss"),
            subject: text("sub"),
            audiences,
            scopes: text("scope"),
            expires: time("exp"),
            not_before: time("nbf"),
        })
    }

    /// Whether its audience, if it has one, may mean a server of this name or address.
    #[must_use]
    pub fn is_for(&self, host: &str, address: &str) -> bool {
        let address = address.trim_start_matches('<');
        let address = address.split(['?', '>']).next().unwrap_or_default();
        self.audiences.is_empty()
            || self.audiences.iter().any(|audience| {
                let bare = audience.split("://").last().unwrap_or_default();
                let bare = bare.split('/').next().unwrap_or_default();
                let name = bare.rsplit_once(':').map_or(bare, |(name, _)| name);
                ANY_AUDIENCES.contains(&audience.as_str())
                    || bare == address
                    || (!host.is_empty() && name.eq_ignore_ascii_case(host))
            })
    }

    /// What is wrong with its time, by this host's clock.
    #[must_use]
    pub fn out_of_time(&self, now: u64) -> Option<String> {
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        if let Some(expires) = self.expires.filter(|expires| now > *expires) {
            return Some(format!("it expired {} s ago", now.saturating_sub(expires)));
        }
        let before = self.not_before.filter(|before| now < *before)?;
        Some(format!(
            "it is not valid for another {} s",
            before.saturating_sub(now)
        ))
    }
}

/// Text that does no harm to a terminal.
fn plain(text: &str) -> String {
    text.chars()
        .take(MAX_TEXT)
        .collect::<String>()
        .escape_debug()
        .to_string()
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "issuer {}, subject {}", self.issuer, self.subject)?;
        if !self.audiences.is_empty() {
            write!(f, ", for {}", self.audiences.join(" and "))?;
        }
        if !self.scopes.is_empty() {
            write!(f, ", scope {}", self.scopes)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(audiences: &[&str]) -> Shown {
        Shown {
            issuer: "https://i.example".into(),
            subject: "s".into(),
            audiences: audiences.iter().map(|one| (*one).to_owned()).collect(),
            scopes: String::new(),
            expires: Some(100),
            not_before: Some(50),
        }
    }

    #[test]
    fn whom_a_token_is_for() {
        for (audiences, expected) in [
            (&[][..], true),
            (&["ANY"], true),
            (&["https://wlcg.cern.ch/jwt/v1/any"], true),
            (&["other.example", "H.example"], true),
            (&["h.example:9618"], true),
            (&["https://h.example:9619/x"], true),
            (&["192.0.2.1:9618"], true),
            (&["other.example"], false),
        ] {
            let is_for = shown(audiences).is_for("h.example", "<192.0.2.1:9618?alias=h.example>");
            assert_eq!(is_for, expected, "{audiences:?}");
        }
    }

    #[test]
    fn its_time() {
        assert_eq!(shown(&[]).out_of_time(100), None);
        assert!(shown(&[]).out_of_time(101).unwrap().contains("1 s ago"));
        assert!(shown(&[]).out_of_time(40).unwrap().contains("another 10 s"));
        let odd = Shown {
            expires: Some(i64::MIN),
            ..shown(&[])
        };
        assert!(odd.out_of_time(1).is_some());
    }
}
