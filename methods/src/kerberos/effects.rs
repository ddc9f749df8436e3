//! What KERBEROS asks the system for.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use countersign_core::crypto::KeyWrap;
use countersign_core::effect::Effect;

use super::RealmMap;

/// Asks whether libkrb5 is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FindKerberos;

impl Effect for FindKerberos {
    type Output = Result<(), KerberosFailure>;
    const NAME: &'static str = "load libkrb5";
}

/// Asks for a ticket for the service on the host of this address, and an AP-REQ with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GetTicket(
    /// The server's address, whose host name is looked up.
    pub IpAddr,
);

impl Effect for GetTicket {
    type Output = Result<Ticket, KerberosFailure>;
    const NAME: &'static str = "get a Kerberos ticket";
}

/// A ticket to show.
#[derive(Debug)]
pub struct Ticket {
    /// The AP-REQ.
    pub request: Vec<u8>,
    /// The principal that it was given to.
    pub client: String,
    /// The principal that it is for.
    pub server: String,
    /// KERBEROS_MAP_FILE, if there is one.
    pub realms: Option<RealmMap>,
    /// What judges the server's answer. It asks nobody and does not wait.
    pub judge: Box<dyn JudgeReply>,
    /// What the ticket's session key protects a key with that is sent.
    pub wrap: Arc<dyn KeyWrap>,
}

/// Judges an AP-REP.
pub trait JudgeReply: Send + fmt::Debug {
    /// Whether it was made by who has the key of the ticket's server, for this request.
    ///
    /// # Errors
    /// [`KerberosFailure`].
    fn judge(self: Box<Self>, reply: &[u8]) -> Result<(), KerberosFailure>;
}

/// Asks who made this AP-REQ, and for the AP-REP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptTicket {
    /// The AP-REQ.
    pub request: Vec<u8>,
    /// Where it came from: a ticket for certain addresses is good from those alone.
    pub from: IpAddr,
}

impl Effect for AcceptTicket {
    type Output = Result<Taken, KerberosFailure>;
    const NAME: &'static str = "judge a Kerberos ticket";
}

/// A ticket that was taken.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The principal that it was given to.
    pub client: String,
    /// The AP-REP.
    pub reply: Vec<u8>,
    /// KERBEROS_MAP_FILE, if there is one.
    pub realms: Option<RealmMap>,
    /// What the ticket's session key protects a key with that is sent.
    pub wrap: Arc<dyn KeyWrap>,
}

/// Why there is no ticket, or nobody whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KerberosFailure {
    /// There is no library.
    NoLibrary(String),
    /// The server's address has no host name, by which a ticket could be asked for.
    NoHostName {
        /// The address.
        address: IpAddr,
        /// Why.
        problem: String,
    },
    /// libkrb5 says no.
    Reported {
        /// What was asked of it, such as `krb5_rd_req`.
        call: &'static str,
        /// Its number: of `krb5.h`, or of the system.
        code: i32,
        /// Its words.
        text: String,
        /// What it was about: the server's principal, a keytab.
        about: Option<String>,
    },
    /// What libkrb5 gives or is given cannot be used.
    Unusable(String),
    /// Nobody performs this.
    Unperformed,
}

/// `ERROR_TABLE_BASE_krb5`, from which the numbers of `krb5.h` count.
const BASE: i32 = -1_765_328_384;

impl KerberosFailure {
    /// `KRB5KRB_AP_ERR_REPEAT`: it was taken before.
    pub const REPEATED: i32 = BASE + 34;
    /// `KRB5KRB_AP_ERR_TKT_EXPIRED`.
    pub const EXPIRED: i32 = BASE + 32;
    /// `KRB5KRB_AP_ERR_SKEW`.
    pub const SKEW: i32 = BASE + 37;

    /// What would change it.
    pub(super) fn remedy(&self) -> String {
        let code = match self {
            Self::NoLibrary(_) => {
                return "install MIT Kerberos' library (Debian: libkrb5-3)".into();
            }
            Self::NoHostName { .. } => {
                return "give the server's address a host name, in DNS or /etc/hosts: the name in the ticket is made of it"
                    .into();
            }
            Self::Unusable(_) => {
                return "look whether this is the libkrb5 of the distribution".into();
            }
            Self::Unperformed => return "register the performers of KERBEROS' effects".into(),
            Self::Reported { code, .. } => *code,
        };
        match code.checked_sub(BASE) {
            // No cache, and nothing in it.
            Some(195 | 141) => "run kinit as this user; KRB5CCNAME says where its tickets are",
            // The ticket is over; so is a keytab's.
            Some(32) => "the ticket is over: run kinit again",
            Some(33 | 37) => "set the clocks of client, server and KDC: five minutes is the most that they may differ",
            Some(34) => {
                "the request was used before: if it was not sent twice by mistake, somebody between the two may have kept it"
            }
            // Unknown principals.
            Some(6) => "the KDC does not know this client: look at the principal, and at KERBEROS_SERVER_PRINCIPAL",
            Some(7) => {
                "the KDC knows no such service: kadmin -q 'addprinc -randkey NAME' makes it; KERBEROS_SERVER_SERVICE says \
                 which is asked for, and the server's host name is that of its address"
            }
            // Another key, or none.
            Some(31 | 35 | 36 | 44 | 45 | 181 | 229) => {
                "the keytab has no key of that principal and number: kadmin -q 'ktadd NAME' on the server adds it; klist \
                 -kte shows what is there"
            }
            Some(38) => "the ticket is for other addresses than the one that the client comes from: kinit -A",
            Some(14) => "client, KDC and keytab have no encryption type in common: see permitted_enctypes in krb5.conf",
            Some(46) => "this is not the server that the ticket is for, or its keytab is an old one",
            Some(154 | 156) => "no KDC of the realm answers: see [realms] in krb5.conf",
            _ if code == 2 || code == 13 => {
                "the keytab must be there and readable for who runs this: KERBEROS_SERVER_KEYTAB, or /etc/krb5.keytab"
            }
            _ => "KRB5_TRACE=/dev/stderr shows what libkrb5 does",
        }
        .into()
    }
}

impl fmt::Display for KerberosFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLibrary(problem) | Self::Unusable(problem) => f.write_str(problem),
            Self::NoHostName { address, problem } => {
                write!(
                    f,
                    "the server's address {address} has no host name: {problem}"
                )
            }
            Self::Reported {
                call, text, about, ..
            } => {
                write!(f, "{text} ({call}")?;
                match about {
                    Some(about) => write!(f, ", {about})"),
                    None => f.write_str(")"),
                }
            }
            Self::Unperformed => f.write_str("this program asks no Kerberos"),
        }
    }
}
