//! The kinds of event. None of them holds a secret: tokens are named by file and claims, keys
//! by name.

use std::any::Any;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::crypto::Protection;
use crate::failure::Cause;
use crate::identity::Identity;
use crate::names::MethodName;
use crate::policy::Requirement;
use crate::stage::Stage;

/// Who named the address that is dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressSource {
    /// The person who ran the command, or the embedding program.
    Typed,
    /// A file that a local daemon wrote.
    AddressFile(String),
    /// A configuration setting.
    Configured(String),
    /// An ad of this collector.
    Collector(String),
}

impl fmt::Display for AddressSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Typed => f.write_str("as typed"),
            Self::AddressFile(path) => write!(f, "from the address file {path}"),
            Self::Configured(knob) => write!(f, "from {knob}"),
            Self::Collector(address) => write!(f, "from an ad of the collector {address}"),
        }
    }
}

/// How an event stands to the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A step that went well.
    Passed,
    /// A step that went wrong.
    Failed,
    /// Something worth knowing that decided nothing.
    Noted,
    /// Only the other side knows.
    Unknown,
}

/// An event that a method defines.
pub trait MethodEvent: Any + fmt::Debug + fmt::Display + Send + Sync {
    /// How it stands to the outcome.
    fn verdict(&self) -> Verdict;

    /// What would change it, for whoever must mend it. Never grants more than was asked about.
    fn remedy(&self) -> Option<String> {
        None
    }
}

/// Why a configured method is not in the list that is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutOfList {
    /// No method is called that.
    Unknown,
    /// HTCondor itself drops it.
    Dropped(&'static str),
}

impl OutOfList {
    /// What is said of a method that does not exist.
    pub const UNKNOWN: &'static str = "no such authentication method";
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A configured method was left out before anything was said.
    NotOffered {
        /// The name as configured.
        configured: String,
        /// What stands before it in the list; `None` for the first.
        after: Option<String>,
        /// Why.
        reason: OutOfList,
    },
    /// A configured method stays in the list, but this build cannot perform it, so its bit is
    /// left out of the mask.
    NotPerformed {
        /// The method.
        method: &'static MethodName,
    },
    /// Nothing that is configured for a feature can be used, so it counts as NEVER.
    GaveUp {
        /// The feature.
        feature: &'static str,
        /// The knob that left nothing.
        knob: &'static str,
        /// What was configured.
        configured: String,
    },
    /// A method said something: in its probe or in its exchange.
    Method {
        /// The method.
        method: &'static MethodName,
        /// What it said.
        event: Arc<dyn MethodEvent>,
    },
    /// A TCP connection is being made.
    Dialling {
        /// The address as given.
        address: String,
        /// Who named it.
        source: AddressSource,
    },
    /// One candidate address could not be reached.
    Unreachable {
        /// The candidate.
        candidate: String,
        /// The operating system's words.
        problem: String,
    },
    /// The connection stands.
    Connected {
        /// The peer's end.
        peer: SocketAddr,
        /// This end.
        local: SocketAddr,
        /// The shared-port id asked for.
        shared_port_id: Option<String>,
    },
    /// The client's policy went out.
    PolicySent {
        /// The command, or the one asked about.
        command: i32,
        /// Methods, as sent.
        methods: Vec<String>,
        /// Ciphers, as sent.
        ciphers: Vec<String>,
        /// Authentication as asked for.
        authentication: Requirement,
        /// Encryption.
        encryption: Requirement,
        /// Integrity.
        integrity: Requirement,
        /// SEC_CLIENT_NEGOTIATION says not to negotiate, which is overridden for this command.
        negotiation_forced: bool,
    },
    /// The server's policy came in and was accepted.
    PolicyAgreed {
        /// Methods to try, canonical names, or `None` if nobody authenticates.
        methods: Option<Vec<&'static str>>,
        /// Whether failing to authenticate ends the handshake.
        authentication_required: bool,
        /// Whether frames are encrypted.
        encryption: bool,
        /// Whether integrity was asked for.
        integrity: bool,
        /// The server's version text.
        server_version: Option<String>,
        /// The server's trust domain.
        trust_domain: Option<String>,
        /// The names of the signing keys the server holds.
        issuer_keys: Vec<String>,
    },
    /// A mask of methods was offered.
    MaskSent {
        /// The bits.
        mask: u32,
    },
    /// The server picked a method, or none.
    MethodChosen {
        /// The method.
        method: Option<&'static MethodName>,
    },
    /// A method authenticated this side.
    Authenticated {
        /// The method.
        method: &'static MethodName,
        /// The server's own name, if the method proves one.
        server_name: Option<String>,
    },
    /// This side's mapfile gives the server another name.
    ServerMapped(Identity),
    /// Authentication failed but was not required, so the handshake goes on without.
    WentOnUnauthenticated,
    /// Frames are encrypted and verified from here on.
    Protected {
        /// How.
        protection: Protection,
        /// Whether nobody else can have the key: it comes from ECDH, or was sent hidden.
        hidden: bool,
    },
    /// The server said who this side is to it.
    Decided {
        /// Its return code: `AUTHORIZED`, `DENIED` …
        code: String,
        /// The identity it mapped this side to.
        user: Option<String>,
        /// Limits that it put on the session.
        limits: Option<String>,
    },
    /// This side's own lists accept the server, or not.
    ServerChecked {
        /// The decision with its rule.
        decision: Box<crate::authz::Decision>,
    },
    /// A cached session was used.
    Resumed {
        /// Its id.
        sid: String,
    },
    /// A session that was handed over is used.
    HandedOver {
        /// Its id.
        sid: String,
        /// What the server is to this side by it.
        role: crate::names::Role,
    },
    /// The server no longer knew the session; a full handshake follows.
    SessionForgotten {
        /// Its id.
        sid: String,
    },
    /// Something on a server's side.
    Server(super::ServerEvent),
    /// The attempt ended.
    Failed {
        /// At this stage.
        stage: Stage,
        /// For this cause.
        cause: Arc<Cause>,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOffered {
                configured,
                after,
                reason,
            } => match reason {
                OutOfList::Unknown => write!(f, "{configured}: {}", OutOfList::UNKNOWN),
                OutOfList::Dropped(why) => {
                    write!(f, "{configured}: {why}; this host's list still names it, ")?;
                    match after {
                        Some(before) => write!(f, "after {before}"),
                        None => f.write_str("in the first place"),
                    }
                }
            },
            Self::NotPerformed { method } => write!(
                f,
                "{}: listed, but this build cannot perform it yet, so it is not tried",
                method.canonical
            ),
            Self::GaveUp {
                feature,
                knob,
                configured,
            } => write!(
                f,
                "nothing in {knob} ({configured}) can be used, so {feature} became NEVER"
            ),
            Self::Method { method, event } => write!(f, "{}: {event}", method.canonical),
            Self::Dialling { address, source } => write!(f, "dialling {address} ({source})"),
            Self::Unreachable { candidate, problem } => write!(f, "{candidate}: {problem}"),
            Self::Connected {
                peer,
                local,
                shared_port_id,
            } => {
                write!(f, "connected to {peer} from {local}")?;
                match shared_port_id {
                    Some(id) => write!(f, ", through the shared port to {id}"),
                    None => Ok(()),
                }
            }
            Self::PolicySent {
                command,
                methods,
                ciphers,
                authentication,
                encryption,
                integrity,
                negotiation_forced,
            } => {
                write!(
                    f,
                    "asked for command {command}: authentication {authentication} by {}, \
                     encryption {encryption}, integrity {integrity} with {}",
                    list_or(methods, "no method"),
                    list_or(ciphers, "no cipher"),
                )?;
                if *negotiation_forced {
                    f.write_str(
                        " (SEC_CLIENT_NEGOTIATION says not to negotiate, but this command cannot \
                         be asked without)",
                    )?;
                }
                Ok(())
            }
            Self::PolicyAgreed {
                methods,
                authentication_required,
                encryption,
                integrity,
                server_version,
                trust_domain,
                issuer_keys,
            } => {
                match methods {
                    None => f.write_str("the server wants no authentication")?,
                    Some(methods) => write!(
                        f,
                        "the server wants authentication by one of {}{}",
                        methods.join(", "),
                        if *authentication_required {
                            ""
                        } else {
                            ", but goes on without"
                        }
                    )?,
                }
                write!(
                    f,
                    "; encryption {}, integrity {}; it is {}",
                    yes_no(*encryption),
                    yes_no(*integrity),
                    server_version.as_deref().unwrap_or("of an unknown version"),
                )?;
                if let Some(domain) = trust_domain {
                    write!(f, " of trust domain {domain}")?;
                }
                if !issuer_keys.is_empty() {
                    write!(f, " with signing keys {}", issuer_keys.join(", "))?;
                }
                Ok(())
            }
            Self::MaskSent { mask } => write!(f, "offered method mask {mask}"),
            Self::MethodChosen { method: None } => f.write_str("the server picked no method"),
            Self::MethodChosen {
                method: Some(method),
            } => write!(f, "the server picked {}", method.canonical),
            Self::Authenticated {
                method,
                server_name,
            } => {
                write!(f, "authenticated by {}", method.canonical)?;
                match server_name {
                    Some(name) => write!(f, "; the server proved to be {name}"),
                    None => Ok(()),
                }
            }
            Self::ServerMapped(identity) => write!(f, "the server is {identity}"),
            Self::WentOnUnauthenticated => {
                f.write_str("authentication failed but is not required: going on without")
            }
            Self::Protected { protection, hidden } => {
                write!(f, "from here on the channel is {protection}")?;
                if !hidden {
                    f.write_str("; the server sent the key for everyone to read")?;
                }
                Ok(())
            }
            Self::Decided { code, user, limits } => {
                write!(
                    f,
                    "the server answered {code} for {}",
                    user.as_deref().unwrap_or("an identity it did not name")
                )?;
                match limits {
                    Some(limits) => write!(f, ", limited to {limits}"),
                    None => Ok(()),
                }
            }
            Self::ServerChecked { decision } => write!(f, "this client's own lists: {decision}"),
            Self::Resumed { sid } => write!(
                f,
                "resumed session {sid}; that the server has its key shows with its first message"
            ),
            Self::HandedOver { sid, role } => write!(
                f,
                "session {sid} was handed over ({}): the server is {}, nothing is negotiated",
                role.method().canonical,
                role.user()
            ),
            Self::SessionForgotten { sid } => {
                write!(f, "the server no longer knows session {sid}; starting anew")
            }
            Self::Server(event) => event.fmt(f),
            Self::Failed { stage, cause } => write!(f, "failed while {stage}: {cause}"),
        }
    }
}

fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

fn list_or(list: &[String], empty: &str) -> String {
    if list.is_empty() {
        empty.to_owned()
    } else {
        list.join(", ")
    }
}
