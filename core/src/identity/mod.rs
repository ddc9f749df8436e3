//! From the name that a method authenticated to the user that the lists speak of.
//!
//! Rule: `Authentication::authenticate_continue`, `map_authentication_name_to_canonical_name` and
//! `split_canonical_name` in HTCondor's `authentication.cpp`; `setRemoteDomain`, which makes a
//! domain lower case; `Sock::isMappedFQU`.

use std::fmt;

use crate::method::{ClientProof, Proof};
use crate::names::MethodName;

/// The identity of a peer that proved nothing.
pub const UNAUTHENTICATED: &str = "unauthenticated@unmapped";

/// The domain of users that nothing maps.
pub const UNMAPPED_DOMAIN: &str = "unmapped";

/// The longest name that is mapped, in bytes. HTCondor cuts a longer one short, which would make
/// it somebody else's; ours is refused.
pub const MAX_NAME: usize = 255;

/// Maps authenticated names: CERTIFICATE_MAPFILE, or what an embedder has in its place.
pub trait Mapper: fmt::Debug + Send + Sync {
    /// What becomes of `name`, which `method` authenticated.
    fn map(&self, method: &MethodName, name: &str) -> Mapped;
}

/// Where a mapping was looked for in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Searched {
    /// There is no mapfile.
    NoMapper,
    /// The method gives no name to map.
    NothingToMap,
    /// These lines, in vain.
    Without(String),
}

/// What a mapper says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mapped {
    /// There is no mapfile (CERTIFICATE_MAPFILE is not set).
    Unconfigured,
    /// The user it maps to, and which line of which file says so.
    To {
        /// The canonical name, with a domain or without.
        canonical: String,
        /// What says so.
        by: String,
    },
    /// Commands are to say what it maps to (`PLUGIN:`), which SCITOKENS alone can ask.
    Plugins {
        /// Their names, or `*` for all that are set.
        names: String,
        /// What says so.
        by: String,
    },
    /// Nothing maps it, and what was looked through.
    Nothing {
        /// What was looked through.
        searched: String,
    },
    /// It could not be found out, or not carried out, what it maps to. Nobody may be made of the name
    /// then, not even the method's own default: it may be banned.
    Failed {
        /// Why, and where.
        reason: String,
    },
}

/// No mapfile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoMapper;

impl Mapper for NoMapper {
    fn map(&self, _: &MethodName, _: &str) -> Mapped {
        Mapped::Unconfigured
    }
}

/// Who the peer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user that the lists speak of, such as `alice@pool.example`.
    pub user: String,
    /// Whether that is an authenticated user with a mapping (`Sock::isMappedFQU`), as some
    /// commands demand.
    pub mapped: bool,
    /// Why it is this user.
    pub reason: MappingReason,
}

/// Why a user is who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MappingReason {
    /// Nobody authenticated.
    Unauthenticated,
    /// A line of a mapfile, or an embedder's mapper, says so.
    Mapped {
        /// The authenticated name.
        name: String,
        /// What says so.
        by: String,
        /// UID_DOMAIN was put behind a name without a domain.
        completed: bool,
    },
    /// Nothing maps it, so that it is the method's own default.
    MethodDefault {
        /// The authenticated name.
        name: String,
        /// Where a mapping was looked for.
        searched: Searched,
    },
    /// It is the session's that was resumed.
    Session {
        /// The session's id.
        sid: String,
    },
}

/// Why a name cannot become a user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// It is too long.
    #[error(
        "a name of {length} bytes authenticated; HTCondor would cut it after {MAX_NAME}, which may \
         be somebody else"
    )]
    TooLong {
        /// Its length.
        length: usize,
    },
    /// It holds what no name may hold.
    #[error("the name that authenticated is empty or has a control character in it")]
    NotAName,
    /// The mapping failed.
    #[error("{name} authenticated, but nobody is made of that name: {reason}")]
    NotMapped {
        /// The authenticated name.
        name: String,
        /// Why, and where.
        reason: String,
    },
}

impl Identity {
    /// Nobody in particular.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self {
            user: UNAUTHENTICATED.to_owned(),
            mapped: false,
            reason: MappingReason::Unauthenticated,
        }
    }

    /// The identity of a session that is resumed.
    #[must_use]
    pub fn of_session(user: &str, sid: &str, uid_domain: Option<&str>) -> Self {
        Self {
            user: user.to_owned(),
            mapped: is_mapped(user, uid_domain),
            reason: MappingReason::Session {
                sid: sid.to_owned(),
            },
        }
    }

    /// Who a client is that proved `proof` by `method`.
    ///
    /// # Errors
    /// [`IdentityError`] for a name that could be taken for another one, and for one whose mapping
    /// failed.
    pub fn of_proof(
        method: &MethodName,
        proof: &ClientProof,
        mapper: &dyn Mapper,
        uid_domain: Option<&str>,
    ) -> Result<Self, IdentityError> {
        let name = proof.authenticated_name.clone();
        let mapped = match &name {
            Some(name) => {
                check(name)?;
                mapper.map(method, name)
            }
            None => Mapped::Unconfigured,
        };
        let nothing_to_map = name.is_none();
        let name = proof.shown_name();
        let searched = match mapped {
            Mapped::Failed { reason } => return Err(IdentityError::NotMapped { name, reason }),
            Mapped::Plugins { names, by } => {
                let reason = no_plugins(&names, &by);
                return Err(IdentityError::NotMapped { name, reason });
            }
            Mapped::To { canonical, by } if !canonical.is_empty() => {
                return Self::of_canonical(&canonical, name, by, uid_domain);
            }
            _ if nothing_to_map => Searched::NothingToMap,
            Mapped::Unconfigured => Searched::NoMapper,
            Mapped::Nothing { searched } => Searched::Without(searched),
            Mapped::To { by, .. } => Searched::Without(format!("{by}, which gives an empty name")),
        };
        let reason = MappingReason::MethodDefault { name, searched };
        let user = match &proof.domain {
            Some(domain) => format!("{}@{}", proof.user, domain.to_ascii_lowercase()),
            None => proof.user.clone(),
        };
        Self::of_user(user, reason, uid_domain)
    }

    /// Who a server is that `method` authenticated, if this side's mapfile speaks of it.
    ///
    /// # Errors
    /// As [`of_proof`](Self::of_proof).
    pub fn of_server(
        method: &MethodName,
        proof: &Proof,
        mapper: &dyn Mapper,
        uid_domain: Option<&str>,
    ) -> Result<Option<Self>, IdentityError> {
        let Some(name) = proof.authenticated_name.clone() else {
            return Ok(None);
        };
        check(&name)?;
        match mapper.map(method, &name) {
            Mapped::Failed { reason } => Err(IdentityError::NotMapped { name, reason }),
            Mapped::Plugins { names, by } => {
                let reason = no_plugins(&names, &by);
                Err(IdentityError::NotMapped { name, reason })
            }
            Mapped::To { canonical, by } if !canonical.is_empty() => {
                Self::of_canonical(&canonical, name, by, uid_domain).map(Some)
            }
            Mapped::To { .. } | Mapped::Nothing { .. } | Mapped::Unconfigured => Ok(None),
        }
    }

    fn of_canonical(
        canonical: &str,
        name: String,
        by: String,
        uid_domain: Option<&str>,
    ) -> Result<Self, IdentityError> {
        check(canonical)?;
        let (user, domain) = split(canonical);
        let completed = domain.is_none();
        let domain = domain.or(uid_domain).unwrap_or_default();
        let user = format!("{user}@{}", domain.to_ascii_lowercase());
        let reason = MappingReason::Mapped {
            name,
            by,
            completed,
        };
        Self::of_user(user, reason, uid_domain)
    }

    fn of_user(
        user: String,
        reason: MappingReason,
        uid_domain: Option<&str>,
    ) -> Result<Self, IdentityError> {
        check(&user)?;
        Ok(Self {
            mapped: is_mapped(&user, uid_domain),
            user,
            reason,
        })
    }
}

fn check(name: &str) -> Result<(), IdentityError> {
    if name.len() > MAX_NAME {
        return Err(IdentityError::TooLong { length: name.len() });
    }
    if name.is_empty() || name.contains(char::is_control) {
        return Err(IdentityError::NotAName);
    }
    Ok(())
}

/// Splits at the last `@`.
fn split(canonical: &str) -> (&str, Option<&str>) {
    match canonical.rsplit_once('@') {
        Some((user, domain)) => (user, Some(domain)),
        None => (canonical, None),
    }
}

/// A user without a domain has UID_DOMAIN for this question, as in HTCondor.
fn is_mapped(user: &str, uid_domain: Option<&str>) -> bool {
    let (_, domain) = split(user);
    domain.or(uid_domain).unwrap_or_default() != UNMAPPED_DOMAIN
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.user, self.reason)
    }
}

impl fmt::Display for MappingReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthenticated => f.write_str("nobody authenticated"),
            Self::Mapped {
                name,
                by,
                completed,
            } => {
                write!(f, "{name} is mapped by {by}")?;
                if *completed {
                    f.write_str(", and UID_DOMAIN completes it")?;
                }
                Ok(())
            }
            Self::MethodDefault { name, searched } => {
                write!(f, "the method's own name for {name}, ")?;
                match searched {
                    Searched::NoMapper => f.write_str("since there is no mapfile"),
                    Searched::NothingToMap => f.write_str("which gives nothing to map"),
                    Searched::Without(lines) => write!(f, "which nothing maps ({lines})"),
                }
            }
            Self::Session { sid } => write!(f, "as it was when session {sid} was made"),
        }
    }
}

/// SCITOKENS asks plugins itself, before a name comes here.
fn no_plugins(names: &str, by: &str) -> String {
    format!("{by} gives PLUGIN:{names}, and only a server's SCITOKENS runs plugins")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{ANONYMOUS, CLAIMTOBE, FS};

    #[derive(Debug)]
    struct Always(&'static str);

    impl Mapper for Always {
        fn map(&self, _: &MethodName, _: &str) -> Mapped {
            Mapped::To {
                canonical: self.0.to_owned(),
                by: "line 1".to_owned(),
            }
        }
    }

    fn proof(name: &str, user: &str, domain: Option<&str>) -> ClientProof {
        ClientProof {
            authenticated_name: Some(name.to_owned()),
            user: user.to_owned(),
            domain: domain.map(str::to_owned),
            limits: None,
            attributes: Vec::new(),
            voucher: None,
            wrap: None,
        }
    }

    fn user(proof: &ClientProof, mapper: &dyn Mapper) -> (String, bool) {
        let identity = Identity::of_proof(&FS, proof, mapper, Some("Pool.Example")).unwrap();
        (identity.user, identity.mapped)
    }

    #[test]
    fn defaults_of_methods() {
        let alice = proof("alice", "alice", Some("Pool.Example"));
        assert_eq!(user(&alice, &NoMapper), ("alice@pool.example".into(), true));
        let anonymous = proof("CONDOR_ANONYMOUS_USER", "CONDOR_ANONYMOUS_USER", None);
        assert_eq!(
            user(&anonymous, &NoMapper),
            ("CONDOR_ANONYMOUS_USER".into(), true)
        );
        let ssl = proof("/CN=x", "ssl", Some("unmapped"));
        assert_eq!(user(&ssl, &NoMapper), ("ssl@unmapped".into(), false));
    }

    #[test]
    fn what_a_line_says() {
        let alice = proof("alice", "alice", Some("x"));
        for (canonical, expected) in [
            ("bob", ("bob@pool.example", true)),
            ("bob@Other.Example", ("bob@other.example", true)),
            ("a@b@C", ("a@b@c", true)),
            ("bob@unmapped", ("bob@unmapped", false)),
            ("@x", ("@x", true)),
            ("", ("alice@x", true)),
        ] {
            let got = user(&alice, &Always(canonical));
            assert_eq!((&*got.0, got.1), expected, "{canonical}");
        }
    }

    #[derive(Debug)]
    struct Fails;

    impl Mapper for Fails {
        fn map(&self, _: &MethodName, _: &str) -> Mapped {
            Mapped::Failed {
                reason: "line 1 gave up".to_owned(),
            }
        }
    }

    #[test]
    fn a_failed_mapping_is_nobody() {
        let alice = proof("alice", "alice", Some("x"));
        let error = Identity::of_proof(&FS, &alice, &Fails, Some("x")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "alice authenticated, but nobody is made of that name: line 1 gave up"
        );
    }

    #[test]
    fn nothing_is_cut_short() {
        let long = "a".repeat(MAX_NAME + 1);
        for bad in [proof(&long, "a", None), proof("a", &long, None)] {
            assert_eq!(
                Identity::of_proof(&CLAIMTOBE, &bad, &NoMapper, None),
                Err(IdentityError::TooLong { length: 256 })
            );
        }
        for bad in ["", "a\nb", "a\0b"] {
            assert_eq!(
                Identity::of_proof(&ANONYMOUS, &proof(bad, bad, None), &NoMapper, None),
                Err(IdentityError::NotAName)
            );
        }
    }
}
