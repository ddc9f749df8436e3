//! What a server's handshake says of itself. None of it goes over the wire.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use super::event::Verdict;
use crate::authz::Authorization;
use crate::crypto::Protection;
use crate::identity::Identity;
use crate::names::{Level, MethodName};
use crate::policy::Requirement;
use crate::server::{ResumeRefusal, ServerCause, ServerStage};

/// One thing that happened on a server's side.
#[derive(Debug, Clone)]
pub enum ServerEvent {
    /// A client asked for a command.
    Hello {
        /// The client's end.
        peer: SocketAddr,
        /// The command, or the one asked about.
        command: i32,
        /// Its name.
        name: String,
        /// The level it needs.
        level: Level,
        /// How it was asked for.
        manner: Manner,
        /// The version that the client says it is of.
        version: Option<String>,
        /// The kind of program that it says it is.
        subsystem: Option<String>,
    },
    /// This side's policy for the command.
    Policy {
        /// Methods, as they go over the wire.
        methods: Vec<String>,
        /// Ciphers.
        ciphers: Vec<String>,
        /// Authentication.
        authentication: Requirement,
        /// Encryption.
        encryption: Requirement,
        /// Integrity.
        integrity: Requirement,
        /// True if the command itself demands authentication.
        forced: bool,
    },
    /// What both sides agreed on, which the reply said.
    Agreed {
        /// Methods to try in order, canonical names; `None` if nobody authenticates.
        methods: Option<Vec<&'static str>>,
        /// Whether failing to authenticate ends the handshake.
        required: bool,
        /// Whether frames are encrypted.
        encryption: bool,
        /// Whether integrity was asked for.
        integrity: bool,
        /// The cipher, if there is one in common.
        cipher: Option<&'static str>,
        /// Seconds that a session will live.
        duration: i32,
    },
    /// The client's mask of methods, and what was picked from it.
    MethodPicked {
        /// The mask.
        mask: i64,
        /// The method; `None` where none is left.
        method: Option<&'static MethodName>,
    },
    /// A method authenticated the client.
    Authenticated {
        /// The method.
        method: &'static MethodName,
        /// The name that it authenticated.
        name: String,
    },
    /// Authentication failed but was not required, so the handshake goes on without.
    WentOnUnauthenticated,
    /// Frames are encrypted and verified from here on.
    Protected {
        /// How.
        protection: Protection,
        /// Whether nobody else can have the key: it comes from ECDH, or was sent hidden.
        hidden: bool,
    },
    /// Who the client is.
    Identified(Identity),
    /// Whether it may.
    Authorized(Authorization),
    /// The client was told the decision.
    Answered {
        /// The return code.
        code: &'static str,
    },
    /// A session was made and is kept.
    SessionKept {
        /// Its id.
        sid: String,
        /// Seconds it lives.
        duration: u64,
        /// Longest idle time in seconds; 0 is no limit.
        lease: u64,
    },
    /// A session was made, but it is good for this connection alone.
    SessionNotKept {
        /// Why.
        reason: &'static str,
    },
    /// A session is resumed.
    Resumed {
        /// Its id.
        sid: String,
        /// Whose it is.
        user: String,
    },
    /// A session is not resumed.
    NotResumed {
        /// The id that the client gave.
        sid: String,
        /// Why.
        reason: ResumeRefusal,
    },
    /// The handshake ended without a command.
    Failed {
        /// At this stage.
        stage: ServerStage,
        /// For this cause.
        cause: Arc<ServerCause>,
    },
}

/// How a command was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// By negotiating a new session.
    New,
    /// By resuming a session.
    Resumption,
    /// By its bare number.
    Bare,
    /// Only whether it would be allowed (DC_SEC_QUERY).
    Question,
    /// For the sake of the session alone (DC_AUTHENTICATE).
    SessionOnly,
}

impl ServerEvent {
    /// How it stands to the outcome.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Authorized(authorization) if !authorization.is_allowed() => Verdict::Failed,
            Self::MethodPicked { method: None, .. } | Self::Failed { .. } => Verdict::Failed,
            Self::Policy { .. }
            | Self::WentOnUnauthenticated
            | Self::SessionNotKept { .. }
            | Self::NotResumed { .. } => Verdict::Noted,
            _ => Verdict::Passed,
        }
    }
}

impl fmt::Display for Manner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "asks for",
            Self::Resumption => "resumes a session for",
            Self::Bare => "sent, without negotiating,",
            Self::Question => "asks whether it may run",
            Self::SessionOnly => "wants a session for",
        })
    }
}

fn list(items: &[impl AsRef<str>]) -> String {
    if items.is_empty() {
        return "nothing".to_owned();
    }
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    items.join(", ")
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

impl fmt::Display for ServerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hello {
                peer,
                command,
                name,
                level,
                manner,
                version,
                subsystem,
            } => write!(
                f,
                "{peer}, {} of version {}, {manner} command {command} ({name}), which needs {}",
                subsystem.as_deref().unwrap_or("a program"),
                version.as_deref().unwrap_or("unknown"),
                level.name()
            ),
            Self::Policy {
                methods,
                ciphers,
                authentication,
                encryption,
                integrity,
                forced,
            } => write!(
                f,
                "this side wants authentication {authentication}{} by {}, encryption \
                 {encryption}, integrity {integrity} with {}",
                if *forced {
                    " (the command demands it)"
                } else {
                    ""
                },
                list(methods),
                list(ciphers)
            ),
            Self::Agreed {
                methods,
                required,
                encryption,
                integrity,
                cipher,
                duration,
            } => {
                match methods {
                    None => f.write_str("agreed: no authentication")?,
                    Some(methods) => write!(
                        f,
                        "agreed: authentication by one of {}{}",
                        list(methods),
                        if *required {
                            ", which must succeed"
                        } else {
                            ", which may fail"
                        }
                    )?,
                }
                write!(
                    f,
                    "; encryption {}, integrity {}, cipher {}; a session of {duration} s",
                    yes_no(*encryption),
                    yes_no(*integrity),
                    cipher.unwrap_or("none")
                )
            }
            Self::MethodPicked {
                mask,
                method: Some(method),
            } => write!(
                f,
                "the client offers mask {mask}; picked {}",
                method.canonical
            ),
            Self::MethodPicked { mask, method: None } => write!(
                f,
                "the client offers mask {mask}, in which nothing is left to try"
            ),
            Self::Authenticated { method, name } => {
                write!(f, "{} authenticated {name}", method.canonical)
            }
            Self::WentOnUnauthenticated => {
                f.write_str("no method succeeded; none is required, so it goes on without")
            }
            Self::Protected { protection, hidden } => {
                write!(f, "from here on the channel is {protection}")?;
                if !hidden {
                    f.write_str("; the key was sent for everyone to read")?;
                }
                Ok(())
            }
            Self::Identified(identity) => write!(f, "the client is {identity}"),
            Self::Authorized(authorization) => {
                let word = if authorization.is_allowed() {
                    "allowed"
                } else {
                    "denied"
                };
                write!(f, "{word}: {authorization}")
            }
            Self::Answered { code } => write!(f, "told the client {code}"),
            Self::SessionKept {
                sid,
                duration,
                lease,
            } => write!(f, "kept session {sid} for {duration} s, lease {lease} s"),
            Self::SessionNotKept { reason } => write!(f, "no session is kept: {reason}"),
            Self::Resumed { sid, user } => write!(f, "resumed session {sid} of {user}"),
            Self::NotResumed { sid, reason } => {
                write!(f, "session {sid} is not resumed: {reason}")
            }
            Self::Failed { stage, cause } => write!(f, "failed while {stage}: {cause}"),
        }
    }
}
