//! The address itself: parse, parts, and HTCondor's own way of writing it.

use super::codec::{decode_params, encode_params};
use super::error::SinfulError;
use super::ip::{ip_text, parse_addrs_entry};
use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// The longest address that is read, in bytes. HTCondor has no limit; a list of brokers fits easily.
pub const MAX_LENGTH: usize = 16 * 1024;
/// The most parameters that are read.
pub const MAX_PARAMS: usize = 64;
/// The most entries of `addrs` that are read.
pub const MAX_ADDRS: usize = 64;

/// The host of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// An IP literal.
    Ip(IpAddr),
    /// Anything else: a name for DNS.
    Name(String),
}

/// An address string, parsed, with the text it came from.
///
/// Equality is that of the given text and the parts; [`Display`](fmt::Display) writes HTCondor's own form, which need
/// not be the given one (parameters in byte order of their names, escapes renewed).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sinful {
    given: String,
    host: String,
    port: Option<String>,
    params: BTreeMap<String, String>,
    addrs: Vec<SocketAddr>,
}

impl Sinful {
    /// Parses an address as HTCondor's `Sinful` class does: `<host:port?params>`, and without the angle brackets
    /// `host`, `host:port`, `[v6]:port` and a bare IPv6 address. COLLECTOR_HOST and `-pool` take all of these;
    /// `-address` takes fewer, see [`Sinful::from_tool_argument`].
    ///
    /// # Errors
    ///
    /// [`SinfulError`], for everything HTCondor calls invalid, and for hosts, ports, shared port ids and bytes that it
    /// would take and then misuse.
    pub fn parse(text: &str) -> Result<Self, SinfulError> {
        if text.len() > MAX_LENGTH {
            return Err(SinfulError::TooLong {
                length: text.len(),
                max: MAX_LENGTH,
            });
        }
        if text.starts_with('<') {
            return Self::parse_bracketed(text);
        }
        if text.starts_with('{') {
            return Err(SinfulError::ListForm);
        }
        let before_params = text.split('?').next().unwrap_or(text);
        if !text.starts_with('[') && before_params.matches(':').count() > 1 {
            return Self::parse_bracketed(&format!("<[{text}]>"));
        }
        Self::parse_bracketed(&format!("<{text}>"))
    }

    fn parse_bracketed(given: &str) -> Result<Self, SinfulError> {
        let not_closed = |rest: &str| SinfulError::NotClosed {
            after: given.strip_suffix(rest).unwrap_or(given).to_owned(),
        };
        let body = given.strip_prefix('<').ok_or_else(|| not_closed(given))?;
        let (host, rest) = match body.strip_prefix('[') {
            Some(inside) => inside.split_once(']').ok_or(SinfulError::UnclosedBracket)?,
            None => cut(body, body.find([':', '?', '>'])),
        };
        let is_v6 = matches!(host.parse(), Ok(IpAddr::V6(_)));
        let is_plain = !host.is_empty()
            && host
                .bytes()
                .all(|b| b.is_ascii_graphic() && !b"[]<".contains(&b));
        if !is_plain || body.starts_with('[') != is_v6 {
            return Err(SinfulError::BadHost {
                host: host.to_owned(),
            });
        }
        let (port, rest) = match rest.strip_prefix(':') {
            Some(rest) => cut(rest, rest.find(['?', '>'])),
            None => ("", rest),
        };
        if !port.bytes().all(|b| b.is_ascii_digit())
            || (!port.is_empty() && port.parse::<u16>().is_err())
        {
            return Err(SinfulError::BadPort {
                port: port.to_owned(),
            });
        }
        let (params, rest) = match rest.strip_prefix('?') {
            Some(rest) => cut(rest, rest.find('>')),
            None => ("", rest),
        };
        if rest != ">" {
            return Err(not_closed(rest));
        }
        let params = decode_params(params, MAX_PARAMS)?;
        let addrs = params
            .get("addrs")
            .map_or(Ok(Vec::new()), |list| parse_addrs(list))?;
        if let Some(id) = params.get("sock")
            && !id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        {
            return Err(SinfulError::BadSharedPortId { id: id.clone() });
        }
        let port = (!port.is_empty()).then(|| port.to_owned());
        Ok(Self {
            given: given.to_owned(),
            host: host.to_owned(),
            port,
            params,
            addrs,
        })
    }

    /// The text as given, with the angle brackets that were added where it had none.
    #[must_use]
    pub fn given(&self) -> &str {
        &self.given
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> Host {
        self.host
            .parse()
            .map_or_else(|_| Host::Name(self.host.clone()), Host::Ip)
    }

    /// The port, if there is one. 0 is an address that is not known yet.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port.as_deref().and_then(|port| port.parse().ok())
    }

    /// A parameter's value, decoded; empty where it stands without `=`. Names are case-sensitive.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str)
    }

    /// All parameters in byte order of their names, unknown ones too.
    pub fn params(&self) -> impl Iterator<Item = (&str, &str)> {
        self.params
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// `addrs`: every address the daemon listens on. When there are any, HTCondor connects to one of these and not to
    /// the host in front.
    #[must_use]
    pub fn addrs(&self) -> &[SocketAddr] {
        &self.addrs
    }

    /// `alias`: the name that a server's certificate is checked against (SSL and SCITOKENS).
    #[must_use]
    pub fn alias(&self) -> Option<&str> {
        self.param("alias")
    }

    /// `sock`: which daemon behind a shared port is meant.
    #[must_use]
    pub fn shared_port_id(&self) -> Option<&str> {
        self.param("sock")
    }

    /// `CCBID`: the brokers through which the daemon can be reached, if it has any.
    #[must_use]
    pub fn ccb_contact(&self) -> Option<&str> {
        self.param("CCBID").filter(|contact| !contact.is_empty())
    }

    /// The brokers' addresses in [`ccb_contact`](Self::ccb_contact): what stands before the first `#` of each.
    #[must_use]
    pub fn brokers(&self) -> Vec<String> {
        let contacts = self
            .ccb_contact()
            .unwrap_or("")
            .split([' ', ','])
            .filter(|contact| !contact.is_empty());
        contacts
            .map(|contact| contact.split('#').next().unwrap_or(contact).to_owned())
            .collect()
    }

    /// `PrivNet`: the network on which the daemon can be reached directly (its PRIVATE_NETWORK_NAME).
    #[must_use]
    pub fn private_network(&self) -> Option<&str> {
        self.param("PrivNet")
    }

    /// `PrivAddr`: its address on that network.
    #[must_use]
    pub fn private_addr(&self) -> Option<&str> {
        self.param("PrivAddr")
    }

    /// `noUDP`: the daemon takes no datagrams.
    #[must_use]
    pub fn no_udp(&self) -> bool {
        self.params.contains_key("noUDP")
    }

    /// HTCondor's form without any parameter: what people are shown.
    #[must_use]
    pub fn without_params(&self) -> String {
        let brackets = if self.host.contains(':') {
            ("[", "]")
        } else {
            ("", "")
        };
        let colon = if self.port.is_some() { ":" } else { "" };
        let port = self.port.as_deref().unwrap_or("");
        format!("<{}{}{}{colon}{port}>", brackets.0, self.host, brackets.1)
    }

    /// The same address with another host and port in front, parameters kept.
    #[must_use]
    pub(super) fn with_primary(mut self, ip: IpAddr, port: u16) -> Self {
        self.host = ip_text(ip);
        self.port = Some(port.to_string());
        self.renewed()
    }

    /// The same address with this port where it has none.
    #[must_use]
    pub(super) fn with_port(mut self, port: u16) -> Self {
        self.port.get_or_insert_with(|| port.to_string());
        self.renewed()
    }

    /// The same address with a parameter set or taken out.
    #[must_use]
    pub(super) fn with_param(mut self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.params.insert(name.to_owned(), value.to_owned()),
            None => self.params.remove(name),
        };
        self.renewed()
    }

    fn renewed(mut self) -> Self {
        self.given = self.to_string();
        self
    }
}

impl fmt::Display for Sinful {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = self.without_params();
        match (bare.strip_suffix('>'), self.params.is_empty()) {
            (Some(open), false) => write!(f, "{open}?{}>", encode_params(&self.params)),
            _ => f.write_str(&bare),
        }
    }
}

fn parse_addrs(list: &str) -> Result<Vec<SocketAddr>, SinfulError> {
    let mut addrs = Vec::new();
    for entry in list
        .split('+')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
    {
        if addrs.len() >= MAX_ADDRS {
            return Err(SinfulError::TooManyAddrs { max: MAX_ADDRS });
        }
        let bad = || SinfulError::BadAddr {
            entry: entry.to_owned(),
        };
        addrs.push(parse_addrs_entry(entry).ok_or_else(bad)?);
    }
    Ok(addrs)
}

fn cut(text: &str, at: Option<usize>) -> (&str, &str) {
    at.and_then(|at| text.split_at_checked(at))
        .unwrap_or((text, ""))
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
