//! Whether what a client appended to the path names this end of its connection.
//!
//! Rule: `Condor_Auth_FS::authenticate_continue` in HTCondor 25.14, without its concession that any
//! loopback address of the right port is this daemon.

use std::fmt;
use std::net::SocketAddr;

use countersign_core::sinful::{Host, Sinful};

/// What introduces the shared port's id.
const SOCK: &str = "?sock=";
/// The longest binding that is looked at, in bytes.
pub(super) const MAX_BINDING: usize = 1024;

/// Why a client's binding is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindingDefect {
    /// It has a `/` or a control character in it.
    NotAName,
    /// It is no address with a port.
    NotAnAddress,
    /// It names another end than this connection's, and none that this daemon publishes.
    OtherAddress,
    /// The address is right, and the shared port's id is not this daemon's.
    OtherSharedPort,
}

impl fmt::Display for BindingDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAName => "it has a `/` or a control character in it",
            Self::NotAnAddress => "it is no address with a port",
            Self::OtherAddress => {
                "that is neither this end of the connection nor an address that this daemon \
                 publishes, so somebody may be relaying the connection"
            }
            Self::OtherSharedPort => "that is another daemon behind the same port",
        })
    }
}

/// Checks a binding against this end of the connection, and against what this daemon publishes.
pub(super) fn check(
    binding: &str,
    local: SocketAddr,
    own: Option<&Sinful>,
) -> Result<(), BindingDefect> {
    if binding.contains('/') || binding.contains(char::is_control) {
        return Err(BindingDefect::NotAName);
    }
    let (address, id) = match binding.split_once(SOCK) {
        Some((address, id)) => (address, Some(id)),
        None => (binding, None),
    };
    let seen: SocketAddr = address.parse().map_err(|_| BindingDefect::NotAnAddress)?;
    let same = |one: SocketAddr, other: SocketAddr| {
        one.port() == other.port() && one.ip().to_canonical() == other.ip().to_canonical()
    };
    if same(seen, local) {
        let own_id = own.and_then(Sinful::shared_port_id);
        return match id {
            None => Ok(()),
            Some(id) if own_id == Some(id) => Ok(()),
            Some(_) => Err(BindingDefect::OtherSharedPort),
        };
    }
    let own = own.ok_or(BindingDefect::OtherAddress)?;
    let published = match (own.host(), own.port()) {
        (Host::Ip(ip), Some(port)) => Some(SocketAddr::new(ip, port)),
        _ => None,
    };
    let is_published = published
        .into_iter()
        .chain(own.addrs().iter().copied())
        .any(|published| same(seen, published));
    match (is_published, id) {
        (false, _) => Err(BindingDefect::OtherAddress),
        (true, None) => Ok(()),
        (true, Some(id)) if own.shared_port_id() == Some(id) => Ok(()),
        (true, Some(_)) => Err(BindingDefect::OtherSharedPort),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use BindingDefect::{NotAName, NotAnAddress, OtherAddress, OtherSharedPort};

    #[test]
    fn bindings() {
        let local: SocketAddr = "10.0.0.1:9618".parse().unwrap();
        let alone = Sinful::parse("<10.0.0.1:9618>").unwrap();
        let shared =
            Sinful::parse("<192.0.2.1:9618?addrs=192.0.2.1-9618+[2001-db8--1]-9618&sock=schedd_1>")
                .unwrap();
        for (binding, own, expected) in [
            ("10.0.0.1:9618", None, Ok(())),
            ("[::ffff:10.0.0.1]:9618", None, Ok(())),
            ("10.0.0.1:9618", Some(&shared), Ok(())),
            ("10.0.0.1:9618?sock=schedd_1", Some(&shared), Ok(())),
            ("192.0.2.1:9618?sock=schedd_1", Some(&shared), Ok(())),
            ("[2001:db8::1]:9618", Some(&shared), Ok(())),
            ("10.0.0.1:9618?sock=x", Some(&shared), Err(OtherSharedPort)),
            ("10.0.0.1:9618?sock=", Some(&alone), Err(OtherSharedPort)),
            ("192.0.2.1:9618?sock=x", Some(&shared), Err(OtherSharedPort)),
            ("10.0.0.2:9618", Some(&shared), Err(OtherAddress)),
            ("10.0.0.2:9618", None, Err(OtherAddress)),
            ("10.0.0.1:9619", None, Err(OtherAddress)),
            ("127.0.0.1:9618", Some(&alone), Err(OtherAddress)),
            ("10.0.0.1", None, Err(NotAnAddress)),
            ("", None, Err(NotAnAddress)),
            ("x:9618", None, Err(NotAnAddress)),
            ("../x", None, Err(NotAName)),
            ("10.0.0.1:9618?sock=../x", Some(&shared), Err(NotAName)),
        ] {
            assert_eq!(check(binding, local, own), expected, "{binding}");
        }
    }

    proptest::proptest! {
        /// Whatever is taken is one file name, and starts with an address.
        #[test]
        fn never_a_path(binding in "[0-9.:?sock=/a\\[\\]]{0,40}") {
            let local: SocketAddr = "10.0.0.1:9618".parse().unwrap();
            if check(&binding, local, None).is_ok() {
                proptest::prop_assert!(!binding.contains('/'));
                proptest::prop_assert!(binding.contains("10.0.0.1"));
            }
        }
    }
}
