//! What a daemon writes into the environment of a daemon that it starts: CONDOR_INHERIT and
//! CONDOR_PRIVATE_INHERIT.
//!
//! Rule: `DaemonCore::Create_Process` writes them, `extractInheritedSocks` and `DaemonCore::Inherit`
//! read them.

use std::fmt;

use super::claim_id::{ClaimId, ClaimIdError, MAX_CLAIM_ID};
use crate::secret::Secret;

/// The longest value of either variable that is read, in bytes.
pub const MAX_INHERIT: usize = 64 * 1024;

/// The most sockets in each of the two lists.
const MAX_SOCKETS: usize = 16;

/// The longest address of a parent, in bytes.
const MAX_ADDRESS: usize = 4 * 1024;

const SHARED_PORT: &str = "SharedPort:";
const SESSION: &str = "SessionKey:";
const FAMILY: &str = "FamilySessionKey:";

/// Why a variable is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InheritError {
    /// It is too long.
    #[error(
        "CONDOR_INHERIT or CONDOR_PRIVATE_INHERIT has {0} bytes; at most {MAX_INHERIT} are read"
    )]
    TooLong(usize),
    /// There is no process id at its beginning.
    #[error("CONDOR_INHERIT does not begin with the parent's process id")]
    NoParent,
    /// The second word is no address.
    #[error("the second word of CONDOR_INHERIT is not the parent's address")]
    NoAddress,
    /// A list of sockets that cannot be followed.
    #[error("CONDOR_INHERIT: the list of {list} is not what it must be, at word {word}")]
    Sockets {
        /// Which list.
        list: &'static str,
        /// Where, counted from 1.
        word: usize,
    },
    /// A session that is none.
    #[error("CONDOR_PRIVATE_INHERIT, {which}: {problem}")]
    Session {
        /// `SessionKey` or `FamilySessionKey`.
        which: &'static str,
        /// Why.
        problem: ClaimIdError,
    },
}

/// The kind of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketKind {
    /// TCP.
    Stream,
    /// UDP.
    Datagram,
}

/// An open socket that the child has from its parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InheritedSocket {
    /// Its kind.
    pub kind: SocketKind,
    /// Its state as HTCondor writes it, fields that end in `*`; the first is the descriptor.
    pub state: String,
}

impl InheritedSocket {
    /// The descriptor in this process.
    #[must_use]
    pub fn descriptor(&self) -> Option<i32> {
        let (number, _) = self.state.split_once('*')?;
        number.parse().ok().filter(|descriptor| *descriptor >= 0)
    }
}

/// CONDOR_INHERIT: who started this process, and which sockets it left open for it.
///
/// Its text (`Display`) is what HTCondor writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inherit {
    /// The parent's process id.
    pub parent_pid: i32,
    /// The parent's address. Empty where it had none to give.
    pub parent_address: String,
    /// Connections handed over.
    pub sockets: Vec<InheritedSocket>,
    /// The endpoint of a shared port, as HTCondor writes it.
    pub shared_port: Option<String>,
    /// Bound sockets on which the child is to take commands.
    pub command_sockets: Vec<InheritedSocket>,
}

impl Inherit {
    /// From a parent that leaves no sockets.
    #[must_use]
    pub fn new(parent_pid: i32, parent_address: impl Into<String>) -> Self {
        Self {
            parent_pid,
            parent_address: parent_address.into(),
            sockets: Vec::new(),
            shared_port: None,
            command_sockets: Vec::new(),
        }
    }

    /// Reads a value of CONDOR_INHERIT.
    ///
    /// # Errors
    /// [`InheritError`].
    pub fn parse(text: &str) -> Result<Self, InheritError> {
        if text.len() > MAX_INHERIT {
            return Err(InheritError::TooLong(text.len()));
        }
        let mut words = Words::new(text);
        let parent_pid = words
            .next()
            .and_then(|word| word.parse().ok())
            .filter(|pid| *pid > 0)
            .ok_or(InheritError::NoParent)?;
        // A parent without an address leaves two blanks.
        let parent_address = match words.peek() {
            Some("0") | None => String::new(),
            Some(word) if word.starts_with('<') && word.len() <= MAX_ADDRESS => {
                words.next();
                word.to_owned()
            }
            Some(_) => return Err(InheritError::NoAddress),
        };
        let sockets = words.sockets("inherited sockets")?;
        let shared_port = words
            .peek()
            .and_then(|word| word.strip_prefix(SHARED_PORT))
            .map(str::to_owned);
        if shared_port.is_some() {
            words.next();
        }
        let command_sockets = words.sockets("command sockets")?;
        Ok(Self {
            parent_pid,
            parent_address,
            sockets,
            shared_port,
            command_sockets,
        })
    }
}

impl fmt::Display for Inherit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, sockets: &[InheritedSocket]| {
            for socket in sockets {
                let kind = match socket.kind {
                    SocketKind::Stream => 1,
                    SocketKind::Datagram => 2,
                };
                write!(f, " {kind} {}", socket.state)?;
            }
            f.write_str(" 0")
        };
        write!(f, "{} {}", self.parent_pid, self.parent_address)?;
        list(f, &self.sockets)?;
        if let Some(endpoint) = &self.shared_port {
            write!(f, " {SHARED_PORT}{endpoint}")?;
        }
        list(f, &self.command_sockets)
    }
}

/// The words of a text, and how many were read.
struct Words<'a> {
    words: std::iter::Peekable<std::str::Split<'a, char>>,
    read: usize,
}

impl<'a> Words<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            words: text.split(' ').peekable(),
            read: 0,
        }
    }

    /// Blanks that follow each other are one.
    fn skip(&mut self) {
        while self.words.next_if(|word| word.is_empty()).is_some() {}
    }

    fn peek(&mut self) -> Option<&'a str> {
        self.skip();
        self.words.peek().copied()
    }

    fn next(&mut self) -> Option<&'a str> {
        self.skip();
        self.read += 1;
        self.words.next()
    }

    /// A list of sockets, which ends in a `0`. The text may end before it does.
    fn sockets(&mut self, list: &'static str) -> Result<Vec<InheritedSocket>, InheritError> {
        let mut sockets = Vec::new();
        loop {
            let kind = match self.next() {
                None | Some("0") => return Ok(sockets),
                Some("1") => Some(SocketKind::Stream),
                Some("2") => Some(SocketKind::Datagram),
                Some(_) => None,
            };
            match (kind, self.next()) {
                (Some(kind), Some(state)) if sockets.len() < MAX_SOCKETS => {
                    let state = state.to_owned();
                    sockets.push(InheritedSocket { kind, state });
                }
                _ => {
                    let word = self.read;
                    return Err(InheritError::Sockets { list, word });
                }
            }
        }
    }
}

/// CONDOR_PRIVATE_INHERIT: the sessions that a parent gives to a child.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrivateInherit {
    /// The session between parent and child, made for this child alone.
    pub parent: Option<ClaimId>,
    /// The session that all daemons below one master share (SEC_USE_FAMILY_SESSION).
    pub family: Option<ClaimId>,
}

impl PrivateInherit {
    /// Reads a value of CONDOR_PRIVATE_INHERIT. Words that begin otherwise are for somebody else; of several
    /// of a kind the last counts.
    ///
    /// # Errors
    /// [`InheritError`]; its text does not repeat what was read.
    pub fn parse(text: &str) -> Result<Self, InheritError> {
        if text.len() > MAX_INHERIT {
            return Err(InheritError::TooLong(text.len()));
        }
        let mut read = Self::default();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let (which, claim, place) = if let Some(claim) = word.strip_prefix(SESSION) {
                ("SessionKey", claim, &mut read.parent)
            } else if let Some(claim) = word.strip_prefix(FAMILY) {
                ("FamilySessionKey", claim, &mut read.family)
            } else {
                continue;
            };
            let claim = ClaimId::parse(claim)
                .map_err(|problem| InheritError::Session { which, problem })?;
            *place = Some(claim);
        }
        Ok(read)
    }

    /// The text that HTCondor writes, secrets included.
    #[must_use]
    pub fn expose(&self) -> Secret {
        let mut text = Vec::with_capacity(2 * MAX_CLAIM_ID);
        let both = [(SESSION, &self.parent), (FAMILY, &self.family)];
        for (name, claim) in both {
            if let Some(claim) = claim {
                text.push(b' ');
                text.extend_from_slice(name.as_bytes());
                text.extend_from_slice(claim.expose().expose());
            }
        }
        Secret::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a master of 25.14.1 wrote; one of 23.9.6 writes the same.
    const REAL: &str = "2313041 <127.0.0.1:8921?addrs=127.0.0.1-8921&alias=vm> 0 \
        1 12*6*0*0*0*0***1**0*0*0*0*0*0*0* 2 13*2*0*0*0*0***0** 0";

    #[test]
    fn a_real_one() {
        let inherit = Inherit::parse(REAL).unwrap();
        assert_eq!(inherit.parent_pid, 2_313_041);
        assert_eq!(
            inherit.parent_address,
            "<127.0.0.1:8921?addrs=127.0.0.1-8921&alias=vm>"
        );
        assert!(inherit.sockets.is_empty() && inherit.shared_port.is_none());
        let descriptors: Vec<_> = inherit
            .command_sockets
            .iter()
            .map(|socket| (socket.kind, socket.descriptor()))
            .collect();
        assert_eq!(
            descriptors,
            [
                (SocketKind::Stream, Some(12)),
                (SocketKind::Datagram, Some(13))
            ]
        );
        assert_eq!(inherit.to_string(), REAL);
    }

    #[test]
    fn private() {
        let text = " SessionKey:0a#[Integrity=\"YES\";]dead \
            FamilySessionKey:family:0b#[Integrity=\"YES\";]beef";
        let read = PrivateInherit::parse(text).unwrap();
        assert_eq!(read.parent.as_ref().unwrap().session_id(), "0a");
        assert_eq!(read.family.as_ref().unwrap().session_id(), "family:0b");
        assert_eq!(read.expose().expose(), text.as_bytes());
        let shown = format!("{read:?}");
        assert!(
            !shown.contains("dead") && !shown.contains("beef"),
            "{shown}"
        );
        assert_eq!(
            PrivateInherit::parse("Other:x").unwrap(),
            PrivateInherit::default()
        );
        let wrong = PrivateInherit::parse("SessionKey:secret").unwrap_err();
        assert!(!wrong.to_string().contains("secret"));
    }

    #[test]
    fn what_is_none() {
        for text in [
            "",
            "x",
            "0 <a> 0 0",
            "-1 <a>",
            "5 a",
            "5 <a> 3 x 0",
            "5 <a> 1",
            "5 <a> 1 0 0 x",
        ] {
            assert!(Inherit::parse(text).is_err(), "{text}");
        }
        let many = format!("5 <a> {}0", "1 7* ".repeat(MAX_SOCKETS + 1));
        assert!(Inherit::parse(&many).is_err());
        // A parent without a command port.
        assert_eq!(Inherit::parse("5  0 0").unwrap().parent_address, "");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            pid in 1..i32::MAX, shared in proptest::option::of("[a-z*]{1,9}"),
            states in proptest::collection::vec((proptest::bool::ANY, "[0-9*]{1,9}"), 0..5),
        ) {
            let sockets: Vec<_> = states.into_iter().map(|(stream, state)| InheritedSocket {
                kind: if stream { SocketKind::Stream } else { SocketKind::Datagram }, state,
            }).collect();
            let inherit = Inherit {
                parent_pid: pid, parent_address: "<127.0.0.1:1>".into(), sockets: sockets.clone(),
                shared_port: shared, command_sockets: sockets,
            };
            prop_assert_eq!(Inherit::parse(&inherit.to_string()), Ok(inherit));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}") {
            let _ = Inherit::parse(&text);
            let _ = Inherit::parse(&format!("5 <a> {text}"));
            let _ = PrivateInherit::parse(&format!(" SessionKey:{text}"));
        }
    }
}
