//! What a server's KERBEROS reports.

use std::fmt;

use countersign_core::trace::{MethodEvent, Verdict};

use super::{KerberosFailure, NameDefect};

/// An event of a server's KERBEROS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KerberosServerEvent {
    /// The library is there, so that it is accepted; whether the keytab is good is seen when it is needed.
    Offered,
    /// There is no library: it stays in the list, and is not picked.
    Unable(KerberosFailure),
    /// The client has no ticket.
    NoTicket,
    /// The client's ticket is not taken.
    NotTaken(KerberosFailure),
    /// The client does not believe this side.
    NotBelieved,
    /// The client's principal is nobody.
    NoName {
        /// The principal.
        client: String,
        /// Why.
        defect: NameDefect,
    },
    /// It is this principal's.
    Proven {
        /// The principal.
        client: String,
        /// Who that is where no mapfile says otherwise.
        user: String,
    },
}

impl fmt::Display for KerberosServerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered => f.write_str("can be accepted; it needs a keytab"),
            Self::Unable(failure) => write!(f, "cannot be performed here: {failure}"),
            Self::NoTicket => f.write_str("the client has no ticket for this server"),
            Self::NotTaken(failure) => write!(f, "the client's ticket is not taken: {failure}"),
            Self::NotBelieved => {
                f.write_str("the client does not believe that this is the server of its ticket")
            }
            Self::NoName { client, defect } => {
                write!(f, "the ticket is {client}'s, who is nobody here: {defect}")
            }
            Self::Proven { client, user } => {
                write!(
                    f,
                    "the ticket is {client}'s, {user} where no mapfile says otherwise"
                )
            }
        }
    }
}

impl MethodEvent for KerberosServerEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered | Self::Proven { .. } => Verdict::Noted,
            _ => Verdict::Failed,
        }
    }

    fn remedy(&self) -> Option<String> {
        match self {
            Self::Offered | Self::Proven { .. } => None,
            Self::Unable(failure) | Self::NotTaken(failure) => Some(failure.remedy()),
            Self::NoTicket => Some(
                "the client must kinit, and the KDC know the service on the host name that it makes of this address".into(),
            ),
            Self::NotBelieved => Some("renew the keytab here, and the ticket there".into()),
            Self::NoName { .. } => Some(
                "add the realm to KERBEROS_MAP_FILE, in a line REALM = domain, if its users are to be believed".into(),
            ),
        }
    }
}
