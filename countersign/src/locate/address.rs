//! The address that a daemon is reached by, once it is known.

use std::fmt::Write as _;
use std::net::IpAddr;

use countersign_core::sinful::{LocalNetwork, Sinful, ip_text};

use super::Problem;

/// The address that HTCondor works with (`Daemon::Set_addr`): the private one where this end is on the daemon's private
/// network, and with the host that the daemon was looked for by as alias, where it has none. The alias is what a server's
/// certificate is checked against.
pub(super) fn settled(address: &Sinful, alias: Option<&str>, network: &LocalNetwork) -> Sinful {
    // A broken private address is reported when it is dialled.
    let address = address
        .daemon_addr(network)
        .unwrap_or_else(|_| address.clone());
    match alias {
        Some(alias) if address.alias().is_none() && !alias.is_empty() => {
            with_alias(&address, alias).unwrap_or(address)
        }
        _ => address,
    }
}

/// The address in HTCondor's own form, with this alias.
pub(super) fn with_alias(address: &Sinful, alias: &str) -> Option<Sinful> {
    let mut text = address.without_params();
    text.pop();
    text.push_str("?alias=");
    escape(alias, &mut text);
    for (name, value) in address.params().filter(|(name, _)| *name != "alias") {
        text.push('&');
        escape(name, &mut text);
        text.push('=');
        escape(value, &mut text);
    }
    text.push('>');
    let renewed = Sinful::parse(&text).ok()?.to_string();
    Sinful::parse(&renewed).ok()
}

/// `<ip:port>` (`generate_sinful`).
pub(super) fn of_ip(ip: IpAddr, port: u32) -> Result<Sinful, Problem> {
    let host = ip_text(ip);
    parse(&if host.contains(':') {
        format!("<[{host}]:{port}>")
    } else {
        format!("<{host}:{port}>")
    })
}

/// Parses an address; the error names it.
pub(super) fn parse(text: &str) -> Result<Sinful, Problem> {
    Sinful::parse(text).map_err(|source| Problem::BadAddress {
        given: text.chars().take(200).collect(),
        source,
    })
}

fn escape(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02x}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sinful(text: &str) -> Sinful {
        Sinful::parse(text).unwrap()
    }

    #[test]
    fn aliases() {
        let network = LocalNetwork::default();
        let given = |text: &str, alias| settled(&sinful(text), alias, &network).given().to_owned();
        assert_eq!(given("<1.2.3.4:5>", None), "<1.2.3.4:5>");
        assert_eq!(
            given("<1.2.3.4:5>", Some("h.example")),
            "<1.2.3.4:5?alias=h.example>"
        );
        assert_eq!(
            given("<1.2.3.4:5?sock=a_b&addrs=1.2.3.4-5>", Some("h")),
            "<1.2.3.4:5?addrs=1.2.3.4-5&alias=h&sock=a_b>"
        );
        assert_eq!(
            given("<1.2.3.4:5?sock=x&alias=mine>", Some("h")),
            "<1.2.3.4:5?sock=x&alias=mine>"
        );
        assert_eq!(
            with_alias(&sinful("<[::1]:5?alias=a>"), "b")
                .unwrap()
                .given(),
            "<[::1]:5?alias=b>"
        );
    }

    #[test]
    fn an_alias_cannot_add_parameters() {
        let address = with_alias(&sinful("<1.2.3.4:5>"), "h&sock=x>").unwrap();
        assert_eq!(address.alias(), Some("h&sock=x>"));
        assert_eq!(address.shared_port_id(), None);
    }

    #[test]
    fn plain_addresses() {
        assert_eq!(
            of_ip("::1".parse().unwrap(), 5).unwrap().given(),
            "<[::1]:5>"
        );
        assert!(of_ip("1.2.3.4".parse().unwrap(), 70_000).is_err());
    }
}
