//! What a client's KERBEROS reports.

use std::fmt;

use countersign_core::trace::{MethodEvent, Verdict};

use super::{KerberosFailure, NameDefect};

/// An event of KERBEROS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KerberosEvent {
    /// The library is there, so that it is offered; whether there is a ticket is seen when one is needed.
    Offered,
    /// There is no library: it stays in the list, and its bit is left out.
    Unable(KerberosFailure),
    /// A ticket is shown.
    Shown {
        /// Whose it is.
        client: String,
        /// For whom.
        server: String,
    },
    /// There is no ticket.
    NoTicket(KerberosFailure),
    /// The server's principal is nobody.
    NoName {
        /// The principal.
        server: String,
        /// Why.
        defect: NameDefect,
    },
    /// The server does not take it.
    Declined,
    /// The server's answer does not prove that it is who the ticket is for.
    NotMutual(KerberosFailure),
    /// The server said something else than its answer.
    NoAnswer,
    /// The server took the ticket, and then made nobody of its name.
    Refused,
}

impl fmt::Display for KerberosEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered => f.write_str("can be offered; it needs a ticket, and a keytab on the server"),
            Self::Unable(failure) => write!(f, "cannot be performed here: {failure}"),
            Self::Shown { client, server } => {
                write!(f, "a ticket of {client} for {server} was shown")
            }
            Self::NoTicket(failure) => write!(f, "there is no ticket to show: {failure}"),
            Self::NoName { server, defect } => write!(f, "the server would be {server}: {defect}"),
            Self::Declined => f.write_str(
                "the server does not take the ticket: its keytab has not the key that the KDC used, its clock is another \
                 one, or it took the same request before. Its log says which",
            ),
            Self::NotMutual(failure) => write!(
                f,
                "the server's answer does not prove that it is who the ticket is for: {failure}"
            ),
            Self::NoAnswer => f.write_str("the server took the ticket, and did not prove who it is"),
            Self::Refused => f.write_str(
                "the server took the ticket, and makes nobody of its principal: the realm is not in its KERBEROS_MAP_FILE",
            ),
        }
    }
}

impl MethodEvent for KerberosEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered | Self::Shown { .. } => Verdict::Noted,
            _ => Verdict::Failed,
        }
    }

    fn remedy(&self) -> Option<String> {
        match self {
            Self::Offered | Self::Shown { .. } => None,
            Self::Unable(failure) | Self::NoTicket(failure) | Self::NotMutual(failure) => {
                Some(failure.remedy())
            }
            Self::NoName { .. } => Some(
                "add the realm to KERBEROS_MAP_FILE here, in a line REALM = domain, if its servers are to be believed"
                    .into(),
            ),
            Self::Declined | Self::NoAnswer => Some(
                "look in the server's log for KERBEROS; kvno with the server's principal says which key number the KDC \
                 uses, and klist -kte on the server which are there"
                    .into(),
            ),
            Self::Refused => Some(
                "have the server's administrator look at its KERBEROS_MAP_FILE: only realms that stand in it are taken"
                    .into(),
            ),
        }
    }
}
