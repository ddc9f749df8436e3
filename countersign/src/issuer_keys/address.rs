//! Addresses that keys are fetched from: https, and one origin each.

use std::str::FromStr as _;

use countersign_methods::scitokens::KeysUnavailable;
use hyper::Uri;
use rustls::pki_types::ServerName;

/// An https address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    text: String,
    /// Host and port in lower case, as it was written: `Host`.
    authority: String,
    /// The host without brackets.
    pub(super) host: String,
    /// The port.
    pub(super) port: u16,
    /// Path and query.
    pub(super) path: String,
}

impl Address {
    /// Reads one.
    pub(super) fn parse(text: &str) -> Result<Self, KeysUnavailable> {
        let bad = |problem: &str| KeysUnavailable::BadUrl {
            url: text.to_owned(),
            problem: problem.to_owned(),
        };
        let Some((scheme, _)) = text.split_once("://") else {
            return Err(bad("it has no scheme"));
        };
        if !scheme.eq_ignore_ascii_case("https") {
            return Err(KeysUnavailable::NotHttps {
                url: text.to_owned(),
            });
        }
        if text.contains('#') {
            return Err(bad("it has a fragment (#)"));
        }
        let uri = Uri::from_str(text).map_err(|error| bad(&error.to_string()))?;
        let authority = uri.authority().ok_or_else(|| bad("it names no host"))?;
        if authority.as_str().contains('@') {
            return Err(bad("it has a user in it"));
        }
        let host = authority.host().to_ascii_lowercase();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        ServerName::try_from(host).map_err(|_| bad("it names no host"))?;
        let port = match authority.as_str().rsplit_once(':') {
            Some((_, digits)) if !digits.ends_with(']') => {
                digits.parse().map_err(|_| bad("it has no good port"))?
            }
            _ => 443,
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self {
            text: text.to_owned(),
            authority: authority.as_str().to_ascii_lowercase(),
            host: host.to_owned(),
            port,
            path: path.to_owned(),
        })
    }

    /// Reads an issuer. What has a query is none: the path that is asked for would be its own choice.
    pub(super) fn issuer(text: &str) -> Result<Self, KeysUnavailable> {
        let address = Self::parse(text)?;
        match text.contains('?') {
            false => Ok(address),
            true => Err(KeysUnavailable::BadUrl {
                url: text.to_owned(),
                problem: "an issuer has no query (?)".into(),
            }),
        }
    }

    /// As it was written.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Host and port, for the request.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether the same server answers.
    pub(super) fn is_same_origin(&self, other: &Self) -> bool {
        (&self.host, self.port) == (&other.host, other.port)
    }

    /// Where an issuer's metadata are: first OpenID's place, where the path of the issuer comes first, and then OAuth's
    /// (RFC 8414), where it comes last.
    pub(super) fn metadata(&self) -> [String; 2] {
        let path = match self.path.as_str() {
            "/" => "",
            path => path,
        };
        [
            format!("{}/.well-known/openid-configuration", self.text),
            format!(
                "https://{}/.well-known/oauth-authorization-server{path}",
                self.authority
            ),
        ]
    }

    /// Where a redirect points, seen from here.
    pub(super) fn redirect(&self, location: &str) -> String {
        let has_scheme = location
            .split_once(':')
            .is_some_and(|(scheme, _)| !scheme.contains(['/', '?', '.']));
        if has_scheme {
            location.to_owned()
        } else if location.starts_with("//") {
            format!("https:{location}")
        } else if location.starts_with('/') {
            format!("https://{}{location}", self.authority)
        } else {
            let path = self.path.split('?').next().unwrap_or_default();
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("https://{}{folder}/{location}", self.authority)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_an_address() {
        for (text, host, port, path) in [
            ("https://Issuer.Example", "issuer.example", 443, "/"),
            ("HTTPS://a.example:8443/x/?q", "a.example", 8443, "/x/?q"),
            ("https://[::1]/x", "::1", 443, "/x"),
            ("https://[::1]:1/x", "::1", 1, "/x"),
            ("https://127.0.0.1:8/", "127.0.0.1", 8, "/"),
        ] {
            let address = Address::parse(text).unwrap();
            let parts = (&*address.host, address.port, &*address.path);
            assert_eq!(parts, (host, port, path), "{text}");
        }
        for bad in [
            "https://",
            "https:///x",
            "https://a b/",
            "https://u@a.example/",
            "https://a.example/#x",
            "https://a.example:99999/",
            "https://a.example:/",
            "https://a..example/",
            "issuer.example",
        ] {
            let error = Address::parse(bad).unwrap_err();
            assert!(matches!(error, KeysUnavailable::BadUrl { .. }), "{bad}");
        }
        for bad in ["http://a.example", "file:///etc/passwd", "httpss://a"] {
            let error = Address::parse(bad).unwrap_err();
            assert!(matches!(error, KeysUnavailable::NotHttps { .. }), "{bad}");
        }
        assert!(Address::issuer("https://a.example/?x=").is_err());
    }

    #[test]
    fn where_metadata_are() {
        for (issuer, first, second) in [
            (
                "https://A.example",
                "https://A.example/",
                "https://a.example/",
            ),
            (
                "https://a.example/",
                "https://a.example//",
                "https://a.example/",
            ),
        ] {
            let [openid, oauth] = Address::issuer(issuer).unwrap().metadata();
            assert_eq!(openid, format!("{first}.well-known/openid-configuration"));
            assert_eq!(
                oauth,
                format!("{second}.well-known/oauth-authorization-server")
            );
        }
        let [openid, oauth] = Address::issuer("https://a.example:1/p/")
            .unwrap()
            .metadata();
        assert_eq!(
            openid,
            "https://a.example:1/p//.well-known/openid-configuration"
        );
        assert_eq!(
            oauth,
            "https://a.example:1/.well-known/oauth-authorization-server/p/"
        );
    }

    #[test]
    fn where_redirects_point() {
        let here = Address::parse("https://a.example/x/y?q=/z").unwrap();
        for (location, there) in [
            ("https://b.example/", "https://b.example/"),
            ("http://a.example/", "http://a.example/"),
            ("file:/etc", "file:/etc"),
            ("//b.example/", "https://b.example/"),
            ("/n", "https://a.example/n"),
            ("n", "https://a.example/x/n"),
            ("?n", "https://a.example/x/?n"),
        ] {
            assert_eq!(here.redirect(location), there);
        }
    }
}
