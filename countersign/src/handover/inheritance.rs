//! What this process was given by the daemon that started it.

use countersign_core::names::Role;
use countersign_core::session::{
    ClaimId, HandedError, HandedSession, Inherit, InheritError, PrivateInherit,
};
use zeroize::Zeroizing;

/// The variable that names the parent and the sockets.
pub const VARIABLE: &str = "CONDOR_INHERIT";

/// The variable with the sessions.
pub const PRIVATE_VARIABLE: &str = "CONDOR_PRIVATE_INHERIT";

/// Why nothing can be inherited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InheritanceError {
    /// A variable is not what it must be.
    #[error(
        "{0}; a daemon writes both variables for each child that it starts, so they should not be set \
         by hand or outlive their daemon"
    )]
    Form(#[from] InheritError),
    /// A variable is not text.
    #[error("{0} is not text")]
    NotText(&'static str),
}

/// What a daemon gave to this process: who it is, the sockets it left open, and sessions.
#[derive(Debug, Clone, Default)]
pub struct Inheritance {
    inherit: Option<Inherit>,
    parent: Option<HandedSession>,
    family: Option<HandedSession>,
    unusable: Vec<HandedError>,
}

impl Inheritance {
    /// Reads CONDOR_INHERIT and CONDOR_PRIVATE_INHERIT; `None` if neither is set, as where no daemon
    /// started this process. `family` is SEC_USE_FAMILY_SESSION: without it the family's session is left alone.
    ///
    /// The variables stay in the environment, which a library cannot change safely: programs that this
    /// process starts should not get them. Those that this crate starts do not.
    ///
    /// # Errors
    /// [`InheritanceError`].
    pub fn of_process(family: bool) -> Result<Option<Self>, InheritanceError> {
        let read = |name| match std::env::var(name) {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => Err(InheritanceError::NotText(name)),
        };
        let (public, private) = (read(VARIABLE)?, read(PRIVATE_VARIABLE)?);
        if public.is_none() && private.is_none() {
            return Ok(None);
        }
        let text = |value: &Option<Zeroizing<String>>| value.as_ref().map(|text| text.to_string());
        let inherited = Self::read(
            text(&public).as_deref(),
            private.as_ref().map_or("", |text| text.as_str()),
            family,
        )?;
        Ok(Some(inherited))
    }

    /// Reads the values of the two variables.
    ///
    /// # Errors
    /// [`InheritError`].
    pub fn read(public: Option<&str>, private: &str, family: bool) -> Result<Self, InheritError> {
        let inherit = public.map(Inherit::parse).transpose()?;
        let private = PrivateInherit::parse(private)?;
        let mut unusable = Vec::new();
        let mut usable = |claim: Option<ClaimId>, role| {
            let made = HandedSession::new(&claim?, role);
            made.map_err(|error| unusable.push(error)).ok()
        };
        Ok(Self {
            inherit,
            parent: usable(private.parent, Role::Parent),
            family: usable(private.family.filter(|_| family), Role::Family),
            unusable,
        })
    }

    /// CONDOR_INHERIT.
    #[must_use]
    pub fn inherit(&self) -> Option<&Inherit> {
        self.inherit.as_ref()
    }

    /// The session with the parent.
    #[must_use]
    pub fn parent(&self) -> Option<&HandedSession> {
        self.parent.as_ref()
    }

    /// The session of all daemons below the same master.
    #[must_use]
    pub fn family(&self) -> Option<&HandedSession> {
        self.family.as_ref()
    }

    /// Both sessions, as far as there are any.
    pub fn sessions(&self) -> impl Iterator<Item = &HandedSession> {
        self.parent.iter().chain(&self.family)
    }

    /// Why sessions that were given cannot be used. HTCondor's daemons log it and go on too.
    #[must_use]
    pub fn unusable(&self) -> &[HandedError] {
        &self.unusable
    }
}
