//! A session that was handed over: nobody negotiated it, since both sides got its secret otherwise.
//!
//! Rule: `SecMan::CreateNonNegotiatedSecuritySession`.

use countersign_classad::ClassAd;

use super::claim_id::ClaimId;
use super::{ServerSession, Session};
use crate::authz::Limits;
use crate::crypto::{ChannelKey, Protection};
use crate::names::{Role, attrs, command_text};
use crate::policy::Cipher;

/// Why a session that was handed over cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandedError {
    /// The claim id describes no session.
    #[error(
        "no session goes with {id}, since there is no [...] behind its last #: the daemon that made \
         it has SEC_ENABLE_MATCH_PASSWORD_AUTHENTICATION = False"
    )]
    NoSession {
        /// The public part.
        id: String,
    },
    /// No cipher of it is one with which a session may be used again.
    #[error(
        "session {id} is for {ciphers} only, with which a recorded connection could be repeated; AES is \
         the one that is taken"
    )]
    Cipher {
        /// The session's id.
        id: String,
        /// What it is for.
        ciphers: String,
    },
    /// Its maker does not answer resumptions.
    #[error(
        "session {id} was made by HTCondor {version}; before 9.9.0 a daemon does not answer when a \
         session is used, so that a recorded connection could be repeated"
    )]
    TooOld {
        /// The session's id.
        id: String,
        /// The version.
        version: String,
    },
    /// It has ended.
    #[error("session {id} ended {ago} seconds ago (SessionExpires)")]
    Expired {
        /// The session's id.
        id: String,
        /// How long ago, in seconds.
        ago: u64,
    },
    /// It is not for that command.
    #[error("session {id} is not for {}: its ValidCommands are {valid}", command_text(*command))]
    Command {
        /// The session's id.
        id: String,
        /// The command.
        command: i32,
        /// What it is for.
        valid: String,
    },
}

/// A session that was handed over, ready to be used or to be served.
#[derive(Debug, Clone)]
pub struct HandedSession {
    id: String,
    role: Role,
    key: ChannelKey,
    cipher: Cipher,
    expires: Option<u64>,
    valid_commands: Option<Vec<i32>>,
    version: Option<crate::CondorVersion>,
}

/// What a server keeps of a hand-over with the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver {
    /// What the client is.
    pub role: Role,
    /// The commands that it may run; `None` is every command that its levels allow.
    pub valid_commands: Option<Vec<i32>>,
    /// When it ends, in seconds since 1970.
    pub expires: Option<u64>,
}

impl HandedSession {
    /// The session of a claim id, or of another capability. `role` says what the *other* side of it is.
    ///
    /// The first cipher of its list with which a session may be used again is taken, and told to the server. A list that
    /// is missing is HTCondor's default, which begins with AES.
    ///
    /// # Errors
    /// [`HandedError::NoSession`], [`HandedError::Cipher`], [`HandedError::TooOld`].
    pub fn new(claim: &ClaimId, role: Role) -> Result<Self, HandedError> {
        let id = claim.session_id().to_owned();
        let Some(info) = claim.info() else {
            return Err(HandedError::NoSession { id });
        };
        if let Some(version) = info.version.filter(|version| !version.at_least(9, 9, 0)) {
            let version = version.to_string();
            return Err(HandedError::TooOld { id, version });
        }
        let listed: &[Cipher] = match info.ciphers.as_slice() {
            [] => &[Cipher::Aes],
            listed => listed,
        };
        let keyed = listed
            .iter()
            .find_map(|cipher| Some((*cipher, channel_key(*cipher, claim)?)));
        let Some((cipher, key)) = keyed else {
            let ciphers: Vec<&str> = listed.iter().map(|cipher| cipher.name()).collect();
            let ciphers = ciphers.join(", ");
            return Err(HandedError::Cipher { id, ciphers });
        };
        Ok(Self {
            id,
            role,
            key,
            cipher,
            expires: info.expires,
            valid_commands: info.valid_commands.clone(),
            version: info.version,
        })
    }

    /// Its id, which is no secret.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the other side of it is.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// The commands that it is for; `None` is every command.
    #[must_use]
    pub fn valid_commands(&self) -> Option<&[i32]> {
        self.valid_commands.as_deref()
    }

    /// Whether a client may use it for a command at `now` (seconds since 1970).
    ///
    /// # Errors
    /// [`HandedError::Expired`], [`HandedError::Command`].
    pub fn check(&self, command: i32, now: u64) -> Result<(), HandedError> {
        let id = || self.id.clone();
        if let Some(at) = self.expires.filter(|at| *at <= now) {
            let ago = now - at;
            return Err(HandedError::Expired { id: id(), ago });
        }
        match &self.valid_commands {
            Some(valid) if !valid.contains(&command) => Err(HandedError::Command {
                id: id(),
                command,
                valid: if valid.is_empty() {
                    "none".to_owned()
                } else {
                    let numbers: Vec<String> = valid.iter().map(i32::to_string).collect();
                    numbers.join(", ")
                },
            }),
            _ => Ok(()),
        }
    }

    fn protection(&self) -> Protection {
        Protection {
            cipher: self.cipher,
            encryption: true,
            integrity: true,
        }
    }

    /// As a client resumes it.
    #[must_use]
    pub fn for_client(&self) -> Session {
        let mut policy = ClassAd::new();
        policy.insert(attrs::USE_SESSION, "YES");
        policy.insert(attrs::SID, self.id.as_str());
        policy.insert(attrs::NEGOTIATED_SESSION, false);
        policy.insert(attrs::AUTHENTICATION, "NO");
        policy.insert(attrs::ENCRYPTION, "YES");
        policy.insert(attrs::INTEGRITY, "YES");
        policy.insert(attrs::CRYPTO_METHODS, self.cipher.name());
        policy.insert(attrs::AUTH_METHODS, self.role.method().canonical);
        policy.insert(attrs::USER, self.role.user());
        policy.insert(attrs::TRIED_AUTHENTICATION, true);
        Session {
            id: self.id.clone(),
            key: Some((self.key.clone(), self.protection())),
            policy,
            duration: 0,
            lease: 0,
            valid_commands: self.valid_commands.clone().unwrap_or_default(),
            server_version: self.version,
            server_name: self.role.user().to_owned(),
            handed: Some(self.role),
        }
    }

    /// As a server keeps it.
    #[must_use]
    pub fn for_server(&self) -> ServerSession {
        ServerSession {
            id: self.id.clone(),
            key: self.key.clone(),
            protection: self.protection(),
            user: self.role.user().to_owned(),
            method: Some(self.role.method()),
            authenticated_name: None,
            limits: Limits::Unlimited,
            voucher: None,
            attributes: Vec::new(),
            duration: 0,
            lease: 0,
            handed: Some(HandedOver {
                role: self.role,
                valid_commands: self.valid_commands.clone(),
                expires: self.expires,
            }),
        }
    }
}

/// The channel's key for a cipher, if a session with it may be used again. (The older ciphers take the MD5
/// digest of the key's text instead, `oneWayHashKey`.)
fn channel_key(cipher: Cipher, claim: &ClaimId) -> Option<ChannelKey> {
    match cipher {
        Cipher::Aes => Some(ChannelKey::derive(claim.key().expose())),
        Cipher::Blowfish | Cipher::TripleDes => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(info: &str) -> Result<HandedSession, HandedError> {
        let claim = ClaimId::parse(&format!("<a>#1#2#{info}00ff")).unwrap();
        HandedSession::new(&claim, Role::SubmitSide)
    }

    #[test]
    fn terms() {
        let limited = session("[SessionExpires=100;ValidCommands=\"416,441\";]").unwrap();
        assert_eq!(limited.check(416, 99), Ok(()));
        assert!(matches!(
            limited.check(416, 100),
            Err(HandedError::Expired { ago: 0, .. })
        ));
        assert!(matches!(
            limited.check(60020, 99),
            Err(HandedError::Command { command: 60020, .. })
        ));
        let open = session("[CryptoMethods=\"BLOWFISH\";CryptoMethodsList=\"AES.BLOWFISH\";]");
        assert_eq!(open.unwrap().check(1, u64::MAX), Ok(()));
        assert!(
            session("[ValidCommands=\"\";]")
                .unwrap()
                .check(1, 0)
                .is_err()
        );
    }

    #[test]
    fn what_cannot_be_used() {
        assert!(matches!(session(""), Err(HandedError::NoSession { .. })));
        assert!(matches!(
            session("[CryptoMethods=\"BLOWFISH\";]"),
            Err(HandedError::Cipher { .. })
        ));
        assert!(matches!(
            session("[ShortVersion=\"8.9.7\";]"),
            Err(HandedError::TooOld { .. })
        ));
        assert!(session("[ShortVersion=\"9.9.0\";]").is_ok());
    }

    #[test]
    fn no_secret_is_shown() {
        let session = session("[]").unwrap();
        let (client, server) = (session.for_client(), session.for_server());
        let shown = format!("{session:?}{client:?}{server:?}");
        assert!(!shown.contains("00ff"), "{shown}");
    }
}
