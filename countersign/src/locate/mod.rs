//! Finding a daemon's address from its type, its name and its pool, as HTCondor's tools do.
//!
//! Rules: `Daemon::locate` (`daemon.cpp`) with LOCATE_FOR_LOOKUP, and `main` of `ping.cpp`, in HTCondor 25.14. Where HTCondor
//! says only `couldn't locate`, [`LocateError`] says what was looked at, and why each collector did not answer.

mod address;
mod address_file;
mod central;
mod error;
mod kind;
mod local;
mod names;
mod query;

use std::time::Duration;

use countersign_config::Config;
use countersign_core::sinful::{LocalNetwork, is_tool_address};
use countersign_core::trace::{AddressSource, Trace};
use tokio::time::{Instant, timeout_at};

pub use error::{LocateError, Problem, Refusal};
pub use kind::DaemonKind;

use crate::settings::{Host, Lookup};
use crate::{Client, Target};
use error::Step;
use kind::Way;
use names::{Naming, host_and_port, host_part};
use query::Question;

/// Which daemon is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocateRequest {
    /// Its kind; `condor_ping` takes a schedd where nothing is said.
    pub kind: DaemonKind,
    /// Its name, or an address in its place (`-name`).
    pub name: Option<String>,
    /// The collector to ask (`-pool`). Only one: HTCondor takes a list here for the name of a host.
    pub pool: Option<String>,
}

/// A daemon that was located.
#[derive(Debug, Clone)]
pub struct Located {
    /// Its address, and who named it. The address is the one HTCondor works with (`daemon->addr()`).
    pub target: Target,
    /// What HTCondor calls it (`daemon->idStr()`): `schedd NAME`, `local schedd`, `daemon at <127.0.0.1:9618>`.
    pub id: String,
    /// Its `$CondorVersion: … $`, if its file or ad says so.
    pub version: Option<String>,
    /// What was looked at before it was found, and what was wrong with it.
    pub tried: Vec<String>,
}

impl Client {
    /// Finds a daemon. A collector may have to be asked, which is a negotiation like any other: the trace is its.
    ///
    /// Everything must be done within `timeout`; HTCondor's QUERY_TIMEOUT is not read. Files of local daemons are read as
    /// the process's own user.
    pub async fn locate(
        &self,
        config: &Config,
        host: &Host,
        request: &LocateRequest,
        timeout: Duration,
    ) -> (Trace, Result<Located, LocateError>) {
        let mut trace = Trace::default();
        let network = &self.settings().network;
        let fail = |problem, step, tried| LocateError {
            problem,
            tried,
            step,
            name: request.name.clone(),
        };
        let naming = match Naming::read(config, host, network) {
            Ok(naming) => naming,
            Err(error) => return (trace, Err(fail(error.into(), Step::Daemon, Vec::new()))),
        };
        let mut cx = Cx {
            client: self,
            lookup: Lookup::new(config, &host.subsystem),
            host,
            network,
            naming,
            deadline: crate::drive::instant_after(timeout),
            tried: Vec::new(),
            trace: &mut trace,
            step: Step::Pool,
        };
        let result = match timeout_at(cx.deadline, cx.locate(request)).await {
            Ok(result) => result,
            Err(_) => Err(Problem::Deadline {
                seconds: timeout.as_secs(),
            }),
        };
        let (mut tried, step) = (std::mem::take(&mut cx.tried), cx.step);
        tried.extend(cx.lookup.warnings().iter().map(ToString::to_string));
        let result = match result {
            Ok(found) => Ok(Located { tried, ..found }),
            Err(problem) => Err(fail(problem, step, tried)),
        };
        (trace, result)
    }
}

/// What one search works with.
struct Cx<'a> {
    client: &'a Client,
    lookup: Lookup<'a>,
    host: &'a Host,
    network: &'a LocalNetwork,
    naming: Naming,
    deadline: Instant,
    tried: Vec<String>,
    trace: &'a mut Trace,
    step: Step,
}

impl Cx<'_> {
    async fn locate(&mut self, request: &LocateRequest) -> Result<Located, Problem> {
        let pool = match &request.pool {
            Some(pool) => Some(self.pool(pool).await?),
            None => None,
        };
        self.step = Step::Daemon;
        let (kind, name) = (
            request.kind,
            request.name.as_deref().filter(|name| !name.is_empty()),
        );
        let way = kind.way();
        if way == Way::Never {
            return Err(Problem::NotLocatable(kind));
        }
        if let Some(name) = name.filter(|name| is_tool_address(name)) {
            let address = address::settled(&address::parse(name)?, None, self.network);
            return Ok(located(
                format!("{} at {}", kind.id_word(), address.without_params()),
                Target::typed(address),
                None,
            ));
        }
        match way {
            Way::CentralManager => {
                let pool = pool.as_ref().map(|pool| pool.target.address.given());
                let found = self.central(kind, name, pool).await?;
                let id = match (&found.name, found.is_local) {
                    (_, true) => format!("local {kind}"),
                    (Some(name), _) => format!("{kind} {name}"),
                    (None, _) => {
                        format!("{kind} at {}", found.target.address.without_params())
                    }
                };
                Ok(located(id, found.target, found.version))
            }
            Way::Directory { subsystem, query } => {
                self.directory(kind, subsystem, query, name, pool).await
            }
            Way::AddressOnly | Way::Never => Err(Problem::AddressNeeded(kind)),
        }
    }

    /// `Daemon::getDaemonInfo`.
    async fn directory(
        &mut self,
        kind: DaemonKind,
        subsystem: &'static str,
        query: Option<(i32, &'static str)>,
        name: Option<&str>,
        pool: Option<central::Central>,
    ) -> Result<Located, Problem> {
        let mut name = name.map(str::to_owned);
        let mut source = AddressSource::Typed;
        if name.is_none() && pool.is_none() {
            let knob = format!("{subsystem}_HOST");
            name = self.lookup.text(&knob)?;
            source = AddressSource::Configured(knob);
        }
        if let Some(name) = &name
            && let Some((host, port)) = host_and_port(name)
        {
            let id = format!("{kind} {name}");
            return Ok(located(id, self.at_port(host, port, source).await?, None));
        }
        let own_name = self.lookup.text(&format!("{}_NAME", kind.word()))?;
        let own_name = self.naming.local_name(own_name.as_deref()).await;
        let (name, alias, is_local) = match name {
            Some(typed) => {
                let full = self.naming.daemon_name(&typed).await.map_err(|problem| {
                    Problem::UnknownHost {
                        host: host_part(&typed).to_owned(),
                        problem,
                    }
                })?;
                let is_local = pool.is_none() && full == own_name;
                (Some(full), Some(host_part(&typed).to_owned()), is_local)
            }
            None if kind == DaemonKind::Negotiator => (None, None, false),
            None => (Some(own_name), None, true),
        };
        if is_local && let Some((published, source)) = self.local_files(subsystem)? {
            let address = address::settled(&published.address, alias.as_deref(), self.network);
            let target = Target { address, source };
            return Ok(located(format!("local {kind}"), target, published.version));
        }
        let (command, target_type) = query.ok_or(Problem::NoAds(kind))?;
        let by_machine = kind == DaemonKind::Had
            || kind == DaemonKind::Startd && name.as_ref().is_some_and(|name| !name.contains('@'));
        let question = Question {
            command,
            target_type,
            wanted: match (name, by_machine) {
                // A host may have many slots: the machine is asked for.
                (Some(name), true) => Some(("Machine", self.machine(&name, alias.is_none()))),
                (Some(name), false) => Some(("Name", name)),
                (None, _) => None,
            },
            address_attribute: format!("{subsystem}IpAddr"),
        };
        self.ask(kind, &question, pool, alias.as_deref(), is_local)
            .await
    }

    /// The machine that a daemon's name stands for: its host part, or this host where no name was given.
    fn machine(&self, name: &str, is_default: bool) -> String {
        if is_default {
            self.naming.local.clone()
        } else {
            host_part(name).to_owned()
        }
    }

    async fn at_port(
        &self,
        host: &str,
        port: u32,
        source: AddressSource,
    ) -> Result<Target, Problem> {
        let (ip, alias) = match host.parse() {
            Ok(ip) => (ip, None),
            Err(_) => {
                let resolved = self.naming.resolve(host).await;
                let (ip, _) = resolved.map_err(|problem| Problem::UnknownHost {
                    host: host.to_owned(),
                    problem,
                })?;
                (ip, Some(host))
            }
        };
        let address = address::settled(&address::of_ip(ip, port)?, alias, self.network);
        Ok(Target { address, source })
    }

    /// Asks the pool's collector, or each configured one until one answers (`CollectorList::query`). An answer that knows
    /// no such daemon is an answer.
    async fn ask(
        &mut self,
        kind: DaemonKind,
        question: &Question,
        pool: Option<central::Central>,
        alias: Option<&str>,
        is_local: bool,
    ) -> Result<Located, Problem> {
        let what = match &question.wanted {
            Some((attribute, value)) => format!("{kind} whose {attribute} is {value}"),
            None => kind.word().to_owned(),
        };
        let ad = question.ad()?;
        let collectors = match pool {
            Some(pool) => vec![(String::new(), Ok(pool))],
            None => self.all_configured().await?,
        };
        let mut refusals = Vec::new();
        let count = collectors.len();
        for (at, (entry, collector)) in collectors.into_iter().enumerate() {
            let collector = match collector {
                Ok(collector) => collector.target,
                Err(problem) => {
                    refusals.push(Refusal::Unlocated {
                        collector: entry,
                        problem: Box::new(problem),
                    });
                    continue;
                }
            };
            // One that is silent must not use up the others' time. A little is kept back, so that the negotiation's own
            // deadline comes before the search's.
            let left = self.deadline.saturating_duration_since(Instant::now());
            let share = left.mul_f64(0.98) / u32::try_from(count - at).unwrap_or(1);
            let answer = query::ask(self.client, &collector, question, &ad, share, self.trace);
            let address = collector.address.given().to_owned();
            match answer.await {
                Err(failure) => refusals.push(Refusal::Failed {
                    collector: address,
                    failure,
                }),
                Ok(None) => {
                    return Err(Problem::NotFound {
                        what,
                        collector: address,
                    });
                }
                Ok(Some(answer)) => {
                    return self
                        .read_answer(kind, question, &answer, address, what, alias, is_local);
                }
            }
        }
        Err(Problem::NotAnswered { what, refusals })
    }

    /// `Daemon::getInfoFromAd`: the address, the version and the machine must be there.
    #[allow(clippy::too_many_arguments)]
    fn read_answer(
        &self,
        kind: DaemonKind,
        question: &Question,
        ad: &countersign_classad::ClassAd,
        collector: String,
        what: String,
        alias: Option<&str>,
        is_local: bool,
    ) -> Result<Located, Problem> {
        let lacks = |attribute| Problem::Incomplete {
            what: what.clone(),
            collector: collector.clone(),
            attribute,
        };
        let text = ad
            .get_str(&question.address_attribute)
            .or_else(|| ad.get_str("MyAddress"))
            .ok_or_else(|| lacks("MyAddress"))?;
        let version = ad
            .get_str("CondorVersion")
            .ok_or_else(|| lacks("CondorVersion"))?;
        ad.get_str("Machine").ok_or_else(|| lacks("Machine"))?;
        let address = address::settled(&address::parse(text)?, alias, self.network);
        let wanted = question.wanted.as_ref().map(|(_, value)| value.as_str());
        let id = match ad.get_str("Name").or(wanted) {
            _ if is_local => format!("local {kind}"),
            Some(name) => format!("{kind} {name}"),
            None => format!("{kind} at {}", address.without_params()),
        };
        let source = AddressSource::Collector(collector);
        Ok(located(
            id,
            Target { address, source },
            Some(version.to_owned()),
        ))
    }
}

fn located(id: String, target: Target, version: Option<String>) -> Located {
    Located {
        target,
        id,
        version,
        tried: Vec::new(),
    }
}
