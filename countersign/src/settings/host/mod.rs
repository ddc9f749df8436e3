//! What the configuration language and the settings need to know of this host and this process.

mod addresses;
mod machine;
mod platform;

use std::net::IpAddr;
use std::path::PathBuf;

use nix::unistd::{User, gethostname};

pub use addresses::InterfaceAddress;

/// This host and process, as HTCondor's built-in macros name them.
#[derive(Debug, Clone)]
pub struct Host {
    /// The kind of program: `TOOL`.
    pub subsystem: String,
    /// True if the effective user is root.
    pub is_root: bool,
    /// The home folder of the effective user, from the user database.
    pub home: Option<PathBuf>,
    /// HOSTNAME: up to the first dot.
    pub hostname: String,
    /// FULL_HOSTNAME.
    pub full_hostname: String,
    /// USERNAME.
    pub username: String,
    /// The home folder of `condor`: TILDE.
    pub tilde: Option<PathBuf>,
    /// Its addresses, from which NETWORK_INTERFACE chooses.
    pub addresses: Vec<InterfaceAddress>,
    /// What else HTCondor finds out and configurations refer to: ARCH, OPSYS, DETECTED_CPUS and so on.
    pub detected: Vec<(&'static str, String)>,
}

impl Host {
    /// Asks the system. This blocks where the system must look names up.
    #[must_use]
    pub fn detect(subsystem: &str) -> Self {
        let uid = rustix::process::geteuid();
        let user = User::from_uid(nix::unistd::Uid::from_raw(uid.as_raw()))
            .ok()
            .flatten();
        let name = gethostname()
            .ok()
            .and_then(|name| name.into_string().ok())
            .unwrap_or_else(|| "localhost".into());
        let full_hostname = canonical(&name).unwrap_or_else(|| name.clone());
        Self {
            subsystem: subsystem.into(),
            is_root: uid.is_root(),
            home: user.as_ref().map(|user| user.dir.clone()),
            hostname: full_hostname
                .split('.')
                .next()
                .unwrap_or_default()
                .to_owned(),
            full_hostname,
            username: user.map(|user| user.name).unwrap_or_default(),
            tilde: User::from_name("condor")
                .ok()
                .flatten()
                .map(|user| user.dir),
            addresses: addresses::detect(),
            detected: {
                let mut detected = platform::detect();
                detected.extend(machine::detect(|name| std::env::var(name).ok()));
                detected
            },
        }
    }

    /// A host called `localhost` of which nothing is asked: for programs that read no configuration of the site's.
    #[must_use]
    pub fn bare(subsystem: &str) -> Self {
        Self {
            subsystem: subsystem.into(),
            is_root: false,
            home: None,
            hostname: "localhost".into(),
            full_hostname: "localhost".into(),
            username: String::new(),
            tilde: None,
            addresses: Vec::new(),
            detected: Vec::new(),
        }
    }

    /// A host for tests: nothing of the real one.
    #[cfg(test)]
    pub(crate) fn for_tests() -> Self {
        Self {
            home: Some("/home/alice".into()),
            hostname: "host".into(),
            full_hostname: "host.example".into(),
            username: "alice".into(),
            ..Self::bare("TOOL")
        }
    }

    /// The built-in macros that say which addresses this host has, as NETWORK_INTERFACE chooses them among those of the
    /// families that are enabled.
    pub(super) fn chosen_addresses(
        &self,
        network_interface: &str,
        enable_v4: bool,
        enable_v6: bool,
    ) -> Vec<(&'static str, String)> {
        let (v4, v6) = addresses::choose(&self.addresses, network_interface);
        let (v4, v6) = (v4.filter(|_| enable_v4), v6.filter(|_| enable_v6));
        let any = v4.or(v6);
        let text = |address: IpAddr| address.to_string();
        let mut values = vec![
            ("IP_ADDRESS", any.map(text).unwrap_or_default()),
            (
                "IP_ADDRESS_IS_IPV6",
                any.is_some_and(|ip| ip.is_ipv6()).to_string(),
            ),
        ];
        values.extend(v4.map(|address| ("IPV4_ADDRESS", text(address))));
        values.extend(v6.map(|address| ("IPV6_ADDRESS", text(address))));
        values
    }

    /// The built-in macros.
    pub(super) fn builtins(&self) -> Vec<(String, String)> {
        let mut pairs = vec![
            ("HOSTNAME", self.hostname.clone()),
            ("FULL_HOSTNAME", self.full_hostname.clone()),
            ("USERNAME", self.username.clone()),
            ("REAL_UID", rustix::process::getuid().as_raw().to_string()),
            ("REAL_GID", rustix::process::getgid().as_raw().to_string()),
            ("PID", std::process::id().to_string()),
            ("PPID", std::os::unix::process::parent_id().to_string()),
            ("CondorIsAdmin", self.is_root.to_string()),
        ];
        pairs.extend(self.detected.iter().cloned());
        if let Some(tilde) = &self.tilde {
            pairs.push(("TILDE", tilde.display().to_string()));
        }
        pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

/// The full name of this host, if the system's own name lacks the domain.
fn canonical(name: &str) -> Option<String> {
    if name.contains('.') {
        return None;
    }
    let hints = dns_lookup::AddrInfoHints {
        // AI_CANONNAME; the crate has no name for it.
        flags: 2,
        socktype: dns_lookup::SockType::Stream.into(),
        ..Default::default()
    };
    dns_lookup::getaddrinfo(Some(name), None, Some(hints))
        .ok()?
        .flatten()
        .find_map(|info| info.canonname)
        .filter(|canonical| canonical.contains('.'))
}
