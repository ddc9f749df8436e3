//! The client's policy: from settings to the ad that opens a handshake.
//!
//! Rule: `SecMan::FillInSecurityPolicyAd` in HTCondor 25.14. Encryption or integrity used to
//! raise authentication; since 23.10 the ad carries both the raised value (`Authentication`, for
//! older servers) and the one that was asked for (`AuthenticationNew`).

use countersign_classad::ClassAd;

use super::Requirement;
use super::wishes::Wishes;
use crate::crypto::Cipher;
use crate::names::{MethodName, attrs};

/// The settings of one client, as configured.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientSettings {
    /// SEC_CLIENT_AUTHENTICATION.
    pub authentication: Requirement,
    /// SEC_CLIENT_ENCRYPTION.
    pub encryption: Requirement,
    /// SEC_CLIENT_INTEGRITY.
    pub integrity: Requirement,
    /// SEC_CLIENT_NEGOTIATION.
    pub negotiation: Requirement,
    /// SEC_CLIENT_AUTHENTICATION_METHODS, split, in order, spelled as configured.
    pub methods: Vec<String>,
    /// SEC_CLIENT_CRYPTO_METHODS, split, in order.
    pub crypto_methods: Vec<String>,
    /// SEC_CLIENT_SESSION_DURATION in seconds; a tool's default is 60.
    pub session_duration: i32,
    /// SEC_CLIENT_SESSION_LEASE in seconds; 3600 by default.
    pub session_lease: i32,
    /// TRUST_DOMAIN.
    pub trust_domain: Option<String>,
    /// The kind of program, such as `TOOL`.
    pub subsystem: String,
    /// The version string to present.
    pub version: String,
}

/// A configured method that is to stand in the policy ad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedMethod {
    /// Its names.
    pub name: &'static MethodName,
    /// True if this build can carry it out now; otherwise its bit is left out of the mask.
    pub performed: bool,
}

/// Why no policy ad can be made of the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// One setting forbids what another requires.
    #[error(
        "SEC_CLIENT_{refusing} is NEVER, but SEC_CLIENT_{requiring} is REQUIRED: HTCondor takes \
         this for an invalid security policy"
    )]
    Contradiction {
        /// The feature that is refused.
        refusing: &'static str,
        /// The feature that is required and cannot go without it.
        requiring: &'static str,
    },
    /// Authentication is required, but no method is left.
    #[error(
        "authentication is REQUIRED, but none of SEC_CLIENT_AUTHENTICATION_METHODS can be used here"
    )]
    NoMethods,
    /// Encryption or integrity is required, but no cipher is known.
    #[error(
        "encryption or integrity is REQUIRED, but SEC_CLIENT_CRYPTO_METHODS names none of AES, \
         BLOWFISH and 3DES"
    )]
    NoCiphers,
}

/// A client's effective policy: what it will say in the hello.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientPolicy {
    /// Authentication, raised by encryption and integrity.
    pub authentication: Requirement,
    /// Authentication as asked for.
    pub authentication_new: Requirement,
    /// Encryption.
    pub encryption: Requirement,
    /// Integrity.
    pub integrity: Requirement,
    /// Whether to negotiate at all.
    pub negotiation: Requirement,
    /// Methods offered, with the text that goes over the wire.
    pub methods: Vec<(String, ListedMethod)>,
    /// Ciphers offered, with the text that goes over the wire.
    pub ciphers: Vec<(String, Cipher)>,
}

impl ClientPolicy {
    /// Works out the effective policy. `methods` are the configured methods that a probe left in
    /// the list, with their wire text.
    ///
    /// # Errors
    /// [`PolicyError`], where HTCondor says `SECMAN:2002:Configuration Problem: The security
    /// policy is invalid.`
    pub fn resolve(
        settings: &ClientSettings,
        methods: Vec<(String, ListedMethod)>,
    ) -> Result<Self, PolicyError> {
        let ciphers = known_ciphers(&settings.crypto_methods);
        let wishes = Wishes {
            authentication: settings.authentication,
            authentication_new: settings.authentication,
            encryption: settings.encryption,
            integrity: settings.integrity,
            negotiation: settings.negotiation,
        }
        .settle(!methods.is_empty(), !ciphers.is_empty())?;
        Ok(Self {
            authentication: wishes.authentication,
            authentication_new: wishes.authentication_new,
            encryption: wishes.encryption,
            integrity: wishes.integrity,
            negotiation: wishes.negotiation,
            methods,
            ciphers,
        })
    }

    /// The part of the hello that follows from the policy alone.
    #[must_use]
    pub fn to_ad(&self, settings: &ClientSettings) -> ClassAd {
        // The hello's other attributes come to it.
        let mut ad = ClassAd::with_capacity(24);
        if !self.methods.is_empty() {
            ad.insert(attrs::AUTH_METHODS, join(&self.methods));
            if let Some(domain) = &settings.trust_domain {
                ad.insert(attrs::TRUST_DOMAIN, domain.as_str());
            }
        }
        if !self.ciphers.is_empty() {
            ad.insert(attrs::CRYPTO_METHODS, join(&self.ciphers));
        }
        ad.insert(attrs::NEGOTIATION, self.negotiation.name());
        ad.insert(attrs::AUTHENTICATION, self.authentication.name());
        ad.insert(attrs::AUTHENTICATION_NEW, self.authentication_new.name());
        ad.insert(attrs::ENCRYPTION, self.encryption.name());
        ad.insert(attrs::INTEGRITY, self.integrity.name());
        ad.insert(attrs::ENACT, "NO");
        ad.insert(attrs::SUBSYSTEM, settings.subsystem.as_str());
        ad.insert(
            attrs::SESSION_DURATION,
            settings.session_duration.to_string().as_str(),
        );
        ad.insert(attrs::SESSION_LEASE, i64::from(settings.session_lease));
        ad
    }
}

/// Those of a configured list of ciphers that HTCondor knows, each with its text. It tells large and small letters apart
/// here.
pub(super) fn known_ciphers(configured: &[String]) -> Vec<(String, Cipher)> {
    configured
        .iter()
        .filter_map(|text| Cipher::parse(text).map(|cipher| (text.clone(), cipher)))
        .collect()
}

/// The wire texts of a list, joined by commas.
pub(super) fn join<T>(list: &[(String, T)]) -> String {
    list.iter()
        .map(|(text, _)| text.as_str())
        .collect::<Vec<_>>()
        .join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::known_method;

    pub(super) fn settings() -> ClientSettings {
        ClientSettings {
            authentication: Requirement::Optional,
            encryption: Requirement::Optional,
            integrity: Requirement::Optional,
            negotiation: Requirement::Preferred,
            methods: vec!["FS".into()],
            crypto_methods: vec!["AES".into()],
            session_duration: 60,
            session_lease: 3600,
            trust_domain: Some("pool.example".into()),
            subsystem: "TOOL".into(),
            version: crate::PROTOCOL_VERSION.into(),
        }
    }

    fn fs() -> Vec<(String, ListedMethod)> {
        vec![(
            "FS".into(),
            ListedMethod {
                name: known_method("FS").unwrap(),
                performed: true,
            },
        )]
    }

    #[test]
    fn encryption_raises_the_old_value_only() {
        let policy = ClientPolicy::resolve(
            &ClientSettings {
                encryption: Requirement::Required,
                ..settings()
            },
            fs(),
        )
        .unwrap();
        assert_eq!(policy.authentication, Requirement::Required);
        assert_eq!(policy.authentication_new, Requirement::Optional);
        assert_eq!(policy.negotiation, Requirement::Required);
    }

    #[test]
    fn never_without_authentication() {
        let policy = ClientPolicy::resolve(
            &ClientSettings {
                authentication: Requirement::Never,
                encryption: Requirement::Preferred,
                ..settings()
            },
            fs(),
        )
        .unwrap();
        assert_eq!(policy.encryption, Requirement::Never);
        let refused = ClientPolicy::resolve(
            &ClientSettings {
                authentication: Requirement::Never,
                encryption: Requirement::Required,
                ..settings()
            },
            fs(),
        );
        assert_eq!(
            refused,
            Err(PolicyError::Contradiction {
                refusing: "AUTHENTICATION",
                requiring: "ENCRYPTION"
            })
        );
    }

    #[test]
    fn no_methods_left() {
        let policy = ClientPolicy::resolve(&settings(), Vec::new()).unwrap();
        assert_eq!(policy.authentication_new, Requirement::Never);
        assert!(policy.to_ad(&settings()).get(attrs::AUTH_METHODS).is_none());
        let required = ClientSettings {
            authentication: Requirement::Required,
            ..settings()
        };
        assert_eq!(
            ClientPolicy::resolve(&required, Vec::new()),
            Err(PolicyError::NoMethods)
        );
    }
}
