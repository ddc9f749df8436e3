//! An issuer's URL, and the documents below it.

use std::fmt;
use std::str::FromStr;

use serde_json::{Value as Json, json};

use super::jwks::Jwks;

/// Where the metadata is, below the issuer. Rule: OpenID Connect Discovery 1.0 section 4.
pub(super) const METADATA: &str = "/.well-known/openid-configuration";

/// Where we publish the keys, below the issuer.
pub(super) const CERTS: &str = "/oauth2/certs";

/// The URL that names an issuer. Everybody compares it byte for byte, so it is kept as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerUrl {
    text: String,
    host_end: usize,
}

/// Why a text names no issuer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{url:?} cannot be an issuer: {problem}")]
pub struct BadIssuerUrl {
    url: String,
    problem: &'static str,
}

const SCHEME: &str = "https://";

impl FromStr for IssuerUrl {
    type Err = BadIssuerUrl;

    /// Rule: RFC 8414 section 2 (https, neither query nor fragment). What would break elsewhere is
    /// refused, too: an end of `/`, since the metadata's URL is made by appending; a comma, which ends the
    /// issuer in the name that a mapfile maps.
    fn from_str(text: &str) -> Result<Self, BadIssuerUrl> {
        let problem = |problem| BadIssuerUrl {
            url: text.to_owned(),
            problem,
        };
        let rest = text
            .strip_prefix(SCHEME)
            .ok_or_else(|| problem("it does not start with https://"))?;
        let host = rest.split('/').next().unwrap_or_default();
        if text.contains(['?', '#']) {
            return Err(problem("it has a query or a fragment"));
        }
        if text.ends_with('/') {
            return Err(problem("leave out the / at its end"));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic())
            || text.contains([',', '"', '\\', '<', '>', '^', '`', '{', '|', '}'])
        {
            return Err(problem(
                "it has a character that is none of a URL's, or a comma",
            ));
        }
        if host.contains('@') {
            return Err(problem("it has a user name"));
        }
        if rest
            .split('/')
            .skip(1)
            .any(|part| matches!(part, "" | "." | ".."))
        {
            return Err(problem("its path has an empty part, . or .."));
        }
        let url = Self {
            text: text.to_owned(),
            host_end: SCHEME.len() + host.len(),
        };
        if url.host().is_empty() {
            return Err(problem("it names no host"));
        }
        if url
            .port_text()
            .is_some_and(|port| port.parse::<u16>().is_err())
        {
            return Err(problem("its port is no number"));
        }
        Ok(url)
    }
}

impl IssuerUrl {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host's name or address, an IPv6 one without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        let authority = self.authority();
        match authority
            .strip_prefix('[')
            .and_then(|v6| v6.split_once(']'))
        {
            Some((v6, _)) => v6,
            None => authority.split(':').next().unwrap_or_default(),
        }
    }

    /// The port, 443 if none is given.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port_text()
            .and_then(|port| port.parse().ok())
            .unwrap_or(443)
    }

    /// The path, without a `/` at its end; empty if there is none.
    #[must_use]
    pub fn path(&self) -> &str {
        self.text.get(self.host_end..).unwrap_or_default()
    }

    fn authority(&self) -> &str {
        self.text
            .get(SCHEME.len()..self.host_end)
            .unwrap_or_default()
    }

    fn port_text(&self) -> Option<&str> {
        let authority = self.authority();
        let behind = authority.rsplit(']').next().unwrap_or_default();
        behind.split_once(':').map(|(_, port)| port)
    }

    /// The metadata document. There is neither an authorization nor a token endpoint here, and so none is
    /// claimed; the rest is what OpenID Connect Discovery 1.0 section 3 and RFC 8414 section 2 require.
    #[must_use]
    pub fn metadata(&self, keys: &Jwks) -> Json {
        let mut algorithms: Vec<&str> = keys
            .keys()
            .iter()
            .map(|key| key.algorithm().name())
            .collect();
        algorithms.sort_unstable();
        algorithms.dedup();
        json!({
            "issuer": self.text,
            "jwks_uri": format!("{}{CERTS}", self.text),
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": algorithms,
        })
    }
}

impl fmt::Display for IssuerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        for (text, host, port, path) in [
            ("https://a.example", "a.example", 443, ""),
            ("https://a:8443/b/c", "a", 8443, "/b/c"),
            ("https://[::1]:9/x", "::1", 9, "/x"),
            ("https://127.0.0.1", "127.0.0.1", 443, ""),
        ] {
            let url: IssuerUrl = text.parse().unwrap();
            assert_eq!((url.host(), url.port(), url.path()), (host, port, path));
            assert_eq!(url.as_str(), text);
        }
        for wrong in [
            "",
            "a",
            "http://a",
            "HTTPS://a",
            "https://",
            "https:///x",
            "https://a/",
            "https://a?x",
            "https://a#x",
            "https://u@a",
            "https://a,b",
            "https://a b",
            "https://a:x",
            "https://a:",
            "https://a:99999",
            "https://a//b",
            "https://a/../b",
            "https://ä",
            "https://:1",
        ] {
            assert!(wrong.parse::<IssuerUrl>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn metadata() {
        let url: IssuerUrl = "https://a.example/t".parse().unwrap();
        assert_eq!(
            url.metadata(&Jwks::default()).to_string(),
            r#"{"id_token_signing_alg_values_supported":[],"issuer":"https://a.example/t","jwks_uri":"https://a.example/t/oauth2/certs","response_types_supported":["id_token"],"subject_types_supported":["public"]}"#
        );
    }
}
