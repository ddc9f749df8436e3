//! What the peer publishes as its address.

use std::net::{IpAddr, SocketAddr};

use countersign_core::sinful::ip_text;

/// The sinful string of a listening socket: `<127.0.0.1:9618?addrs=127.0.0.1-9618&alias=localhost>`.
pub(super) fn sinful(address: SocketAddr, alias: &str) -> String {
    let port = address.port();
    let (host, in_addrs) = match address.ip() {
        IpAddr::V4(ip) => (ip.to_string(), ip.to_string()),
        // In `addrs` a colon is a dash.
        IpAddr::V6(_) => {
            let text = ip_text(address.ip());
            let bare = text.trim_matches(['[', ']']).to_owned();
            (format!("[{bare}]"), format!("[{}]", bare.replace(':', "-")))
        }
    };
    format!("<{host}:{port}?addrs={in_addrs}-{port}&alias={alias}>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::sinful::Sinful;

    #[test]
    fn is_read_back() {
        for address in ["127.0.0.1:9618", "[::1]:9618"] {
            let address: SocketAddr = address.parse().unwrap();
            let text = sinful(address, "localhost");
            let read = Sinful::parse(&text).unwrap();
            assert_eq!(read.addrs(), [address], "{text}");
            assert_eq!(read.alias(), Some("localhost"));
            assert_eq!(read.port(), Some(9618));
        }
    }
}
