//! Four wishes that depend on each other, and what they come to.
//!
//! Rule: `ReconcileSecurityDependency` and its uses in `SecMan::FillInSecurityPolicyAd`.

use super::{PolicyError, Requirement};

/// What one side wants of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wishes {
    /// Authentication, to be raised by encryption and integrity.
    pub(super) authentication: Requirement,
    /// Authentication, not raised.
    pub(super) authentication_new: Requirement,
    pub(super) encryption: Requirement,
    pub(super) integrity: Requirement,
    pub(super) negotiation: Requirement,
}

impl Wishes {
    /// Lets a NEVER pass down and a wish pass up, and gives up what there is no method or no
    /// cipher for.
    pub(super) fn settle(mut self, methods: bool, ciphers: bool) -> Result<Self, PolicyError> {
        let Self {
            authentication,
            encryption,
            integrity,
            negotiation,
            ..
        } = &mut self;
        needs(authentication, encryption, "AUTHENTICATION", "ENCRYPTION")?;
        needs(authentication, integrity, "AUTHENTICATION", "INTEGRITY")?;
        needs(negotiation, authentication, "NEGOTIATION", "AUTHENTICATION")?;
        needs(negotiation, encryption, "NEGOTIATION", "ENCRYPTION")?;
        needs(negotiation, integrity, "NEGOTIATION", "INTEGRITY")?;
        if !methods {
            if self.authentication_new == Requirement::Required {
                return Err(PolicyError::NoMethods);
            }
            self.authentication_new = Requirement::Never;
        }
        if !ciphers {
            if self.encryption == Requirement::Required || self.integrity == Requirement::Required {
                return Err(PolicyError::NoCiphers);
            }
            self.encryption = Requirement::Never;
            self.integrity = Requirement::Never;
        }
        Ok(self)
    }
}

/// `base` is what `dependent` cannot go without: a NEVER passes down, a wish passes up.
fn needs(
    base: &mut Requirement,
    dependent: &mut Requirement,
    base_name: &'static str,
    dependent_name: &'static str,
) -> Result<(), PolicyError> {
    if *base == Requirement::Never {
        if *dependent == Requirement::Required {
            return Err(PolicyError::Contradiction {
                refusing: base_name,
                requiring: dependent_name,
            });
        }
        *dependent = Requirement::Never;
    }
    *base = (*base).max(*dependent);
    Ok(())
}
