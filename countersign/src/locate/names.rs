//! Daemon names and host names: completing what a person typed.
//!
//! Rules: `get_daemon_name.cpp` and `ipv6_hostname.cpp`. NO_DNS is not followed.

use std::net::{IpAddr, Ipv6Addr};

use countersign_config::Config;
use countersign_core::sinful::LocalNetwork;

use crate::settings::{Host, Lookup, SettingsError};

/// What of the configuration decides how hosts are named.
#[derive(Debug, Clone)]
pub(super) struct Naming {
    /// This host's full name (`get_local_fqdn`).
    pub(super) local: String,
    /// DEFAULT_DOMAIN_NAME.
    pub(super) default_domain: Option<String>,
    /// PREFER_OUTBOUND_IPV4, unless IGNORE_DNS_PROTOCOL_PREFERENCE says to keep DNS's order.
    prefer_ipv4: Option<bool>,
    enable_ipv4: bool,
    enable_ipv6: bool,
}

impl Naming {
    pub(super) fn read(
        config: &Config,
        host: &Host,
        network: &LocalNetwork,
    ) -> Result<Self, SettingsError> {
        let lookup = Lookup::new(config, &host.subsystem);
        let default_domain = lookup.text("DEFAULT_DOMAIN_NAME")?;
        let own = lookup
            .text("NETWORK_HOSTNAME")?
            .unwrap_or_else(|| host.full_hostname.clone());
        Ok(Self {
            local: match &default_domain {
                Some(domain) if !own.contains('.') => {
                    format!("{own}.{}", domain.trim_start_matches('.'))
                }
                _ => own,
            },
            default_domain,
            prefer_ipv4: lookup
                .boolean("IGNORE_DNS_PROTOCOL_PREFERENCE")?
                .then_some(network.prefer_outbound_ipv4),
            enable_ipv4: network.enable_ipv4,
            enable_ipv6: network.enable_ipv6,
        })
    }

    /// The name of the daemon that a person means (`get_daemon_name`): with `@` as typed, else the host's full name.
    pub(super) async fn daemon_name(&self, typed: &str) -> Result<String, String> {
        if typed.contains('@') {
            return Ok(typed.to_owned());
        }
        self.full_name(typed).await
    }

    /// The name of the local daemon (`build_valid_daemon_name`) whose `<KIND>_NAME` is `configured`.
    pub(super) async fn local_name(&self, configured: Option<&str>) -> String {
        match configured {
            None => self.local.clone(),
            Some(name) if name.contains('@') => name.to_owned(),
            Some(name) => match self.full_name(name).await {
                Ok(full) if full.eq_ignore_ascii_case(&self.local) => self.local.clone(),
                _ => format!("{name}@{}", self.local),
            },
        }
    }

    /// A host's full name (`get_fqdn_from_hostname`): one with a dot is taken as it is.
    async fn full_name(&self, host: &str) -> Result<String, String> {
        if host.contains('.') {
            return Ok(host.to_owned());
        }
        // HTCondor gives up where DNS does not know the host, whatever DEFAULT_DOMAIN_NAME says.
        let found = self.look_up(host).await?;
        qualify(
            host,
            found.canonical.as_deref(),
            self.default_domain.as_deref(),
        )
        .ok_or_else(|| "it has no domain, and DEFAULT_DOMAIN_NAME is not set".to_owned())
    }

    /// A host's addresses, best first, and its full name (`get_fqdn_and_ip_from_hostname`).
    pub(super) async fn resolve(&self, host: &str) -> Result<(IpAddr, String), String> {
        if !is_dns_name(host) {
            return Err("it is not a DNS name".into());
        }
        let found = self.look_up(host).await?;
        let full = match found.canonical {
            Some(name) => name,
            None if host.contains('.') => host.to_owned(),
            None => {
                qualify(host, None, self.default_domain.as_deref()).ok_or("it has no domain")?
            }
        };
        let best = found.addresses.first().ok_or("it has no address")?;
        Ok((*best, full))
    }

    async fn look_up(&self, host: &str) -> Result<Found, String> {
        let (host, own) = (host.to_owned(), self.clone());
        tokio::task::spawn_blocking(move || own.look_up_blocking(&host))
            .await
            .map_err(|error| error.to_string())?
    }

    fn look_up_blocking(&self, host: &str) -> Result<Found, String> {
        let hints = dns_lookup::AddrInfoHints {
            // AI_CANONNAME; the crate has no name for it.
            flags: 2,
            socktype: dns_lookup::SockType::Stream.into(),
            ..Default::default()
        };
        let entries: Vec<_> = dns_lookup::getaddrinfo(Some(host), None, Some(hints))
            .map_err(|error| std::io::Error::from(error).to_string())?
            .flatten()
            .take(64)
            .collect();
        let canonical = entries.iter().find_map(|entry| entry.canonname.clone());
        let addresses = entries.iter().map(|entry| entry.sockaddr.ip()).collect();
        Ok(Found {
            canonical,
            addresses: self.sorted(addresses),
        })
    }

    /// In the order of `resolve_hostname_raw`: link-local IPv6 last, the preferred protocol first.
    fn sorted(&self, mut addresses: Vec<IpAddr>) -> Vec<IpAddr> {
        addresses.retain(|ip| {
            // HTCondor asks for one protocol only where the other is switched off.
            if ip.is_ipv4() {
                self.enable_ipv4 || !self.enable_ipv6
            } else {
                self.enable_ipv6
            }
        });
        addresses.sort_by_key(|ip| {
            (
                matches!(ip, IpAddr::V6(v6) if is_link_local(*v6)),
                self.prefer_ipv4
                    .is_some_and(|prefer_ipv4| prefer_ipv4 != ip.is_ipv4()),
            )
        });
        addresses
    }
}

struct Found {
    canonical: Option<String>,
    addresses: Vec<IpAddr>,
}

/// The host in a daemon's name: what follows the last `@` (`get_host_part`).
pub(super) fn host_part(name: &str) -> &str {
    name.rsplit('@').next().unwrap_or(name)
}

/// A name that is `host:port` (`getPortFromAddr`, `getHostFromAddr`), with what a person may write around it: angle
/// brackets, parameters, `something@` in front of the host. The port is not checked for its range.
pub(super) fn host_and_port(name: &str) -> Option<(&str, u32)> {
    let bare = name.strip_prefix('<').unwrap_or(name);
    let behind_host = match bare.strip_prefix('[') {
        Some(inside) => inside.split_once(']')?.1,
        None => bare,
    };
    let port = behind_host.split_once(':')?.1;
    let digits = port.split(|c: char| !c.is_ascii_digit()).next()?;
    let port = digits.parse().ok()?;
    let host = match bare.strip_prefix('[') {
        Some(inside) => inside.split_once(']')?.0,
        None => bare.split(':').next()?,
    };
    let host = match host.split_once('@') {
        Some((_, host)) => host,
        None => host,
    };
    (!host.is_empty()).then_some((host, port))
}

/// A host's full name: what DNS says if that has a dot, else with the default domain.
fn qualify(host: &str, canonical: Option<&str>, default_domain: Option<&str>) -> Option<String> {
    match (canonical, default_domain) {
        (Some(name), _) if name.contains('.') => Some(name.to_owned()),
        (_, Some(domain)) => Some(format!("{}.{domain}", host.trim_end_matches('.'))),
        _ => None,
    }
}

/// What HTCondor asks DNS about (`resolve_hostname_raw`).
fn is_dns_name(host: &str) -> bool {
    let plain = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    host.strip_prefix('.').unwrap_or(host).split('.').all(plain)
}

fn is_link_local(ip: Ipv6Addr) -> bool {
    ip.segments()
        .first()
        .is_some_and(|first| first & 0xffc0 == 0xfe80)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naming() -> Naming {
        Naming {
            local: "host.example".into(),
            default_domain: None,
            prefer_ipv4: Some(true),
            enable_ipv4: true,
            enable_ipv6: true,
        }
    }

    #[test]
    fn host_of_a_name() {
        assert_eq!(host_part("schedd@a@host"), "host");
        assert_eq!(host_part("host"), "host");
        assert_eq!(host_part("x@"), "");
    }

    #[test]
    fn names_with_ports() {
        for (name, expected) in [
            ("host:9618", Some(("host", 9618))),
            ("x@host:9618", Some(("host", 9618))),
            ("127.0.0.1:9618?sock=x", Some(("127.0.0.1", 9618))),
            ("[::1]:9618", Some(("::1", 9618))),
            ("<host:1>", Some(("host", 1))),
            ("host", None),
            ("host:", None),
            ("host:x", None),
            ("schedd@host", None),
            (":9618", None),
            ("host:99999999999999", None),
        ] {
            assert_eq!(host_and_port(name), expected, "{name}");
        }
    }

    #[test]
    fn full_names() {
        assert_eq!(qualify("a", Some("a.b"), Some("c")), Some("a.b".into()));
        assert_eq!(qualify("a", Some("a"), Some("c")), Some("a.c".into()));
        assert_eq!(qualify("a", None, None), None);
        assert!(is_dns_name("a-1.b") && is_dns_name(".a"));
        for bad in ["", "a.", "a..b", "a_b", "a,b", "a b", "a\0"] {
            assert!(!is_dns_name(bad), "{bad}");
        }
    }

    #[tokio::test]
    async fn completion_without_dns() {
        let naming = naming();
        assert_eq!(naming.daemon_name("a@b").await.unwrap(), "a@b");
        assert_eq!(naming.daemon_name("a.b").await.unwrap(), "a.b");
        assert_eq!(naming.local_name(None).await, "host.example");
        assert_eq!(naming.local_name(Some("x@y")).await, "x@y");
        assert_eq!(naming.local_name(Some("q.r")).await, "q.r@host.example");
        assert_eq!(
            naming.local_name(Some("HOST.example")).await,
            "host.example"
        );
    }

    #[test]
    fn local_domain() {
        let config: Config = "DEFAULT_DOMAIN_NAME = .pool.example\nNETWORK_HOSTNAME = me\n"
            .parse()
            .unwrap();
        let network = LocalNetwork::default();
        let naming = Naming::read(&config, &Host::for_tests(), &network).unwrap();
        assert_eq!(naming.local, "me.pool.example");
    }

    #[test]
    fn addresses_in_order() {
        let list = |texts: &[&str]| -> Vec<IpAddr> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        };
        assert_eq!(
            naming().sorted(list(&["fe80::1", "::1", "10.0.0.1"])),
            list(&["10.0.0.1", "::1", "fe80::1"])
        );
        let fourth_only = Naming {
            enable_ipv6: false,
            ..naming()
        };
        assert_eq!(
            fourth_only.sorted(list(&["::1", "10.0.0.1"])),
            list(&["10.0.0.1"])
        );
    }
}
