//! Collectors, by `-pool`, by name and by COLLECTOR_HOST.
//!
//! Rules: `Daemon::getCmInfo`, `findCmDaemon`, `nextValidCm` and `getCmHostFromConfig` of HTCondor 25.14.

use countersign_config::split_list;
use countersign_core::sinful::{Host, Sinful, is_tool_address};
use countersign_core::trace::AddressSource;

use super::address::{parse, settled, with_alias};
use super::{Cx, DaemonKind, Problem};
use crate::Target;
use crate::settings::SettingsError;

/// A collector that was found.
#[derive(Debug, Clone)]
pub(super) struct Central {
    pub(super) target: Target,
    /// Its name, where HTCondor gives it one; it may be an address itself.
    pub(super) name: Option<String>,
    /// True if it came from the configuration: HTCondor calls that local.
    pub(super) is_local: bool,
    pub(super) version: Option<String>,
}

impl Cx<'_> {
    /// The collector that a person names after `-pool`, or the configured one if that is empty.
    pub(super) async fn pool(&mut self, pool: &str) -> Result<Central, Problem> {
        if pool.contains([',', ' ']) {
            self.tried.push(format!(
                "the pool {pool:?} is taken for one collector, not a list"
            ));
        }
        self.named_or_configured("COLLECTOR", Some(pool)).await
    }

    /// A daemon of the kinds that are found as collectors are.
    pub(super) async fn central(
        &mut self,
        kind: DaemonKind,
        name: Option<&str>,
        pool: Option<&str>,
    ) -> Result<Central, Problem> {
        let subsystem = match kind {
            DaemonKind::ViewCollector => "CONDOR_VIEW",
            _ => "COLLECTOR",
        };
        let name = name.filter(|name| !name.is_empty());
        let named = match (name, pool) {
            (Some(name), Some(pool)) if !is_tool_address(name) && name != pool => {
                return Err(Problem::Conflict {
                    pool: pool.into(),
                    name: name.into(),
                    subsystem,
                });
            }
            (Some(name), _) => Some(name),
            (None, pool) => pool,
        };
        // A pool is an address by now, and still counts as a name.
        let found = match (name, named) {
            (None, Some(pool)) => {
                self.find(subsystem, pool, AddressSource::Typed)
                    .await
                    .map(|mut found| {
                        found.name.get_or_insert_with(|| pool.to_owned());
                        found
                    })
            }
            _ => self.named_or_configured(subsystem, named).await,
        };
        match found {
            Err(Problem::NotConfigured { .. })
                if kind == DaemonKind::ViewCollector && named.is_none() =>
            {
                self.named_or_configured("COLLECTOR", None).await
            }
            found => found,
        }
    }

    async fn named_or_configured(
        &mut self,
        subsystem: &'static str,
        name: Option<&str>,
    ) -> Result<Central, Problem> {
        match name.filter(|name| !name.is_empty()) {
            Some(name) if is_tool_address(name) => Ok(Central {
                target: Target::typed(settled(&parse(name)?, None, self.network)),
                name: None,
                is_local: false,
                version: None,
            }),
            Some(name) => self.find(subsystem, name, AddressSource::Typed).await,
            None => self.configured(subsystem).await,
        }
    }

    /// The first of the configured ones that can be resolved.
    async fn configured(&mut self, subsystem: &'static str) -> Result<Central, Problem> {
        let (knob, entries) = self.configured_entries(subsystem)?;
        if entries.is_empty()
            && let Some((published, source)) = self.address_file(subsystem)?
        {
            return Ok(self.published_in_file(published, source, true));
        }
        let mut first_name = None;
        let mut problem = Problem::NotConfigured { subsystem };
        for (at, entry) in entries.iter().enumerate() {
            let source = AddressSource::Configured(knob.clone());
            match self.find(subsystem, entry, source).await {
                Ok(found) if at == 0 => {
                    return Ok(Central {
                        is_local: true,
                        ..found
                    });
                }
                // HTCondor keeps the name of the first that looked like an address, and no longer calls it local.
                Ok(found) => {
                    return Ok(Central {
                        name: first_name.or(found.name),
                        ..found
                    });
                }
                Err(other) => {
                    if matches!(other, Problem::UnknownHost { .. }) {
                        first_name.get_or_insert_with(|| entry.clone());
                    }
                    self.tried.push(format!("{knob}, {entry}: {other}"));
                    problem = other;
                }
            }
        }
        Err(problem)
    }

    /// Each configured collector, resolved or not, in the order given. HTCondor asks them in random order unless
    /// HAD_USE_PRIMARY is true; this order is one of those.
    pub(super) async fn all_configured(
        &mut self,
    ) -> Result<Vec<(String, Result<Central, Problem>)>, Problem> {
        let (knob, entries) = self.configured_entries("COLLECTOR")?;
        let mut all = Vec::new();
        for entry in entries {
            let source = AddressSource::Configured(knob.clone());
            let found = if is_tool_address(&entry) {
                parse(&entry).map(|address| Central {
                    target: Target {
                        address: settled(&address, None, self.network),
                        source,
                    },
                    name: None,
                    is_local: false,
                    version: None,
                })
            } else {
                self.find("COLLECTOR", &entry, source).await
            };
            all.push((entry, found));
        }
        Ok(all)
    }

    /// The list that says where the collectors are, and the knob it is from.
    fn configured_entries(
        &self,
        subsystem: &'static str,
    ) -> Result<(String, Vec<String>), Problem> {
        let knobs = [
            format!("{subsystem}_HOST"),
            format!("{subsystem}_IP_ADDR"),
            "CM_IP_ADDR".to_owned(),
        ];
        let (knob, list) = self
            .lookup
            .first(&knobs)?
            .ok_or(Problem::NotConfigured { subsystem })?;
        let entries = split_list(&list.value).map(str::to_owned).collect();
        Ok((knob.to_owned(), entries))
    }

    /// From a host, a host and port, or an address, to an address with an IP and a port.
    async fn find(
        &mut self,
        subsystem: &'static str,
        entry: &str,
        source: AddressSource,
    ) -> Result<Central, Problem> {
        let given = parse(entry)?;
        let default_port = self.collector_port()?;
        if given.port().unwrap_or(default_port) == 0
            && let Some((published, source)) = self.address_file(subsystem)?
        {
            return Ok(self.published_in_file(published, source, false));
        }
        let address = match given.host() {
            Host::Ip(_) => given.as_collector(default_port, None),
            Host::Name(host) => self.resolved(&given, &host, default_port).await?,
        };
        Ok(Central {
            target: Target {
                address: settled(&address, None, self.network),
                source,
            },
            name: Some(entry.to_owned()),
            is_local: false,
            version: None,
        })
    }

    /// The name stays in the address as its alias; with USE_COLLECTOR_HOST_CNAME = False it is the name DNS gives.
    async fn resolved(
        &self,
        given: &Sinful,
        host: &str,
        default_port: u16,
    ) -> Result<Sinful, Problem> {
        let (ip, full) =
            self.naming
                .resolve(host)
                .await
                .map_err(|problem| Problem::UnknownHost {
                    host: host.to_owned(),
                    problem,
                })?;
        let address = given.as_collector(default_port, Some(ip));
        if self.lookup.boolean("USE_COLLECTOR_HOST_CNAME")? {
            return Ok(address);
        }
        Ok(with_alias(&address, &full).unwrap_or(address))
    }

    fn published_in_file(
        &self,
        published: super::address_file::Published,
        source: AddressSource,
        is_local: bool,
    ) -> Central {
        Central {
            target: Target {
                address: settled(&published.address, None, self.network),
                source,
            },
            name: Some(self.naming.local.clone()),
            is_local,
            version: published.version,
        }
    }

    fn collector_port(&self) -> Result<u16, Problem> {
        let port = self.lookup.number(&["COLLECTOR_PORT".to_owned()], 9618)?;
        match (u16::try_from(port), self.lookup.setting("COLLECTOR_PORT")?) {
            (Err(_), Some(setting)) => {
                Err(SettingsError::value(&setting, "a port, 0 to 65535").into())
            }
            (port, _) => Ok(port.unwrap_or(9618)),
        }
    }
}
