//! The server's reply, and whether a client may go along with it.
//!
//! HTCondor's client obeys the reply almost blindly. Ours checks it against what was offered: a
//! NO where the client requires, a method or cipher that was never offered, or a missing key is
//! refused, so that nobody on the way can talk it out of its own policy.

use countersign_classad::ClassAd;

use super::client::join;
use super::{Action, Cipher, ClientPolicy, ListedMethod, Protection, Requirement};
use crate::error_stack::{ErrorStack, secman};
use crate::names::attrs;
use crate::version::CondorVersion;

/// Why a reply is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// A decision is missing from the reply.
    #[error(
        "the server's reply says nothing about {attribute}, so no decision can be read from it"
    )]
    Undecided {
        /// The attribute.
        attribute: &'static str,
    },
    /// The server says that the two sides cannot agree.
    #[error("the server answered FAIL for {attribute}")]
    Failed {
        /// The attribute.
        attribute: &'static str,
    },
    /// The server declines what this side requires.
    #[error("the server answered NO for {attribute}, which this side REQUIRES")]
    Declined {
        /// The attribute.
        attribute: &'static str,
    },
    /// The server insists on authentication that this side refuses.
    #[error("the server answered YES for Authentication, which this side refuses (NEVER)")]
    Imposed,
    /// A method that was not offered.
    #[error("the server listed the method {method}, which was not offered")]
    MethodNotOffered {
        /// The method as the server wrote it.
        method: String,
    },
    /// No method in common.
    #[error(
        "the server wants to authenticate, but has no method in common with the ones offered ({offered})"
    )]
    NoCommonMethod {
        /// What was offered.
        offered: String,
    },
    /// A cipher that was not offered.
    #[error("the server chose the cipher {cipher}, which was not offered")]
    CipherNotOffered {
        /// The cipher as the server wrote it.
        cipher: String,
    },
    /// Encryption or integrity was agreed on without a cipher.
    #[error(
        "the server wants to protect the channel, but has no cipher in common with the ones offered ({offered})"
    )]
    NoCommonCipher {
        /// What was offered.
        offered: String,
    },
    /// Encryption or integrity was agreed on, but the server sent no key.
    #[error("the server wants to protect the channel, but left out its public key")]
    NoKey,
}

impl ReplyError {
    /// What HTCondor's own client would push in this case, or the nearest it has.
    pub(crate) fn push_to(&self, stack: &mut ErrorStack) {
        match self {
            Self::Undecided { .. } => stack.push(
                "SECMAN",
                secman::ATTRIBUTE_MISSING,
                "Protocol Error: Action attribute missing.",
            ),
            Self::NoCommonMethod { .. } => stack.push(
                "SECMAN",
                secman::ATTRIBUTE_MISSING,
                "Protocol Error: No auth methods.",
            ),
            Self::NoCommonCipher { .. } => stack.push(
                "SECMAN",
                secman::INVALID_POLICY,
                "Remote server requires encryption but provided no crypto method to use; \
                 potentially there were no mutually-compatible methods enabled between client and \
                 server.",
            ),
            Self::NoKey => stack.push(
                "SECMAN",
                secman::NO_KEY,
                "Failed to establish a crypto key.",
            ),
            Self::Failed { .. }
            | Self::Declined { .. }
            | Self::Imposed
            | Self::MethodNotOffered { .. }
            | Self::CipherNotOffered { .. } => {
                stack.push("SECMAN", secman::INVALID_POLICY, self.to_string());
            }
        }
    }
}

/// A server's reply, read.
#[derive(Debug, Clone)]
pub struct ServerReply {
    /// The whole ad.
    pub ad: ClassAd,
    /// Its version, if it says one.
    pub version: Option<CondorVersion>,
    /// Its trust domain.
    pub trust_domain: Option<String>,
    /// The signing keys it holds.
    pub issuer_keys: Vec<String>,
    /// Its public key, in base64.
    pub public_key: Option<String>,
}

/// What both sides now go by.
#[derive(Debug, Clone)]
pub struct Agreed {
    /// Methods to try, in the server's order, or `None` if nobody authenticates.
    pub methods: Option<Vec<ListedMethod>>,
    /// True if a failed authentication ends the handshake.
    pub authentication_required: bool,
    /// Whether frames are encrypted.
    pub encryption: bool,
    /// Whether frames carry a checksum; on an AES channel this adds nothing of its own.
    pub integrity: bool,
    /// The server's first cipher, whether it is used or not.
    pub cipher: Option<Cipher>,
    /// Whether this side REQUIRES encryption or integrity.
    pub protection_required: bool,
}

impl Agreed {
    /// What the channel's key is for.
    #[must_use]
    pub fn protection(&self) -> Option<Protection> {
        self.cipher.map(|cipher| Protection {
            cipher,
            encryption: self.encryption,
            integrity: self.integrity,
        })
    }
}

impl ServerReply {
    /// Reads a reply.
    #[must_use]
    pub fn from_ad(ad: ClassAd) -> Self {
        let text = |name| ad.get_str(name).map(str::to_owned);
        Self {
            version: ad
                .get_str(attrs::REMOTE_VERSION)
                .and_then(CondorVersion::parse),
            trust_domain: text(attrs::TRUST_DOMAIN),
            issuer_keys: ad
                .get_str(attrs::ISSUER_KEYS)
                .map(|list| split(list).map(str::to_owned).collect())
                .unwrap_or_default(),
            public_key: text(attrs::ECDH_PUBLIC_KEY).filter(|key| !key.is_empty()),
            ad,
        }
    }

    /// Checks the reply against the client's own policy.
    ///
    /// # Errors
    /// [`ReplyError`] for anything that the policy does not allow.
    pub fn check(&self, policy: &ClientPolicy) -> Result<Agreed, ReplyError> {
        let encryption = self.action(attrs::ENCRYPTION, policy.encryption)?;
        let integrity = self.action(attrs::INTEGRITY, policy.integrity)?;
        let cipher = self.cipher(policy, encryption, integrity)?;
        let authenticate = self.action(attrs::AUTHENTICATION, policy.authentication_new)?;
        if authenticate && policy.authentication == Requirement::Never {
            return Err(ReplyError::Imposed);
        }
        let methods = authenticate.then(|| self.methods(policy)).transpose()?;
        // Where somebody authenticates, a server from before 9.0 sends a key.
        if (encryption || integrity) && self.public_key.is_none() && methods.is_none() {
            return Err(ReplyError::NoKey);
        }
        Ok(Agreed {
            methods,
            // Assumed where the server does not say; and never weaker than this side's own.
            authentication_required: self.ad.get_bool(attrs::AUTH_REQUIRED).unwrap_or(true)
                || policy.authentication_new == Requirement::Required,
            encryption,
            integrity,
            cipher,
            protection_required: [policy.encryption, policy.integrity]
                .contains(&Requirement::Required),
        })
    }

    fn action(&self, attribute: &'static str, own: Requirement) -> Result<bool, ReplyError> {
        match self.ad.get_str(attribute).and_then(Action::parse) {
            None => Err(ReplyError::Undecided { attribute }),
            Some(Action::Fail) => Err(ReplyError::Failed { attribute }),
            Some(Action::No) if own == Requirement::Required => {
                Err(ReplyError::Declined { attribute })
            }
            Some(action) => Ok(action == Action::Yes),
        }
    }

    fn cipher(
        &self,
        policy: &ClientPolicy,
        encryption: bool,
        integrity: bool,
    ) -> Result<Option<Cipher>, ReplyError> {
        let list = self.ad.get_str(attrs::CRYPTO_METHODS).unwrap_or_default();
        let Some(first) = split(list).next() else {
            return if encryption || integrity {
                Err(ReplyError::NoCommonCipher {
                    offered: join(&policy.ciphers),
                })
            } else {
                Ok(None)
            };
        };
        // The server may have another name for it: 3DES is TRIPLEDES as well.
        let offered = Cipher::parse(first)
            .filter(|cipher| policy.ciphers.iter().any(|(_, own)| own == cipher));
        offered
            .map(Some)
            .ok_or_else(|| ReplyError::CipherNotOffered {
                cipher: first.to_owned(),
            })
    }

    fn methods(&self, policy: &ClientPolicy) -> Result<Vec<ListedMethod>, ReplyError> {
        // The list came with 6.5; before that there was one method alone. Servers before 25 leave
        // out both where nothing is in common: their clients then offer everything once more, and
        // hear in the exchange of masks that there is nothing.
        let list = self
            .ad
            .get_str(attrs::AUTH_METHODS_LIST)
            .filter(|list| !list.is_empty())
            .or_else(|| self.ad.get_str(attrs::AUTH_METHODS));
        let Some(list) = list else {
            return Ok(policy.methods.iter().map(|&(_, method)| method).collect());
        };
        let methods = split(list)
            .map(|text| {
                policy
                    .methods
                    .iter()
                    .map(|&(_, method)| method)
                    .find(|method| method.name.is(text))
                    .ok_or_else(|| ReplyError::MethodNotOffered {
                        method: text.to_owned(),
                    })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if methods.is_empty() {
            return Err(ReplyError::NoCommonMethod {
                offered: join(&policy.methods),
            });
        }
        Ok(methods)
    }
}

/// Splits a list as HTCondor's tokenizer does.
pub(crate) fn split(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', ' ', '\t', '\r', '\n'])
        .filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::known_method;

    fn policy(authentication: Requirement, encryption: Requirement) -> ClientPolicy {
        let method = |name: &str| {
            (
                name.to_owned(),
                ListedMethod {
                    name: known_method(name).unwrap(),
                    performed: true,
                },
            )
        };
        ClientPolicy {
            authentication,
            authentication_new: authentication,
            encryption,
            integrity: Requirement::Optional,
            negotiation: Requirement::Preferred,
            methods: vec![method("FS"), method("TOKEN")],
            ciphers: vec![
                ("AES".into(), Cipher::Aes),
                ("BLOWFISH".into(), Cipher::Blowfish),
            ],
        }
    }

    fn reply(pairs: &[(&str, &str)]) -> ServerReply {
        let mut ad = ClassAd::new();
        for (name, value) in [
            ("Authentication", "YES"),
            ("Encryption", "YES"),
            ("Integrity", "YES"),
            ("AuthMethodsList", "TOKEN,FS"),
            ("CryptoMethods", "AES,BLOWFISH"),
            ("ECDHPublicKey", "x"),
        ] {
            ad.insert(name, value);
        }
        for (name, value) in pairs {
            if value.is_empty() {
                ad.remove(name);
            } else {
                ad.insert(name, *value);
            }
        }
        ServerReply::from_ad(ad)
    }

    fn refusal(pairs: &[(&str, &str)], policy: &ClientPolicy) -> ReplyError {
        reply(pairs).check(policy).unwrap_err()
    }

    #[test]
    fn an_honest_reply_passes() {
        let agreed = reply(&[])
            .check(&policy(Requirement::Required, Requirement::Required))
            .unwrap();
        let names: Vec<_> = agreed
            .methods
            .unwrap()
            .iter()
            .map(|m| m.name.canonical)
            .collect();
        assert_eq!(names, ["IDTOKENS", "FS"]);
        assert!(agreed.authentication_required);
        assert_eq!(agreed.cipher, Some(Cipher::Aes));
    }

    #[test]
    fn what_the_policy_does_not_allow_is_refused() {
        let required = policy(Requirement::Required, Requirement::Required);
        let optional = policy(Requirement::Optional, Requirement::Optional);
        let never = policy(Requirement::Never, Requirement::Never);
        let attribute = "Encryption";
        assert_eq!(
            refusal(&[("Encryption", "NO")], &required),
            ReplyError::Declined { attribute }
        );
        assert_eq!(
            refusal(&[("Encryption", "")], &optional),
            ReplyError::Undecided { attribute }
        );
        assert_eq!(
            refusal(&[("Encryption", "FAIL")], &optional),
            ReplyError::Failed { attribute }
        );
        assert!(matches!(
            refusal(&[("Authentication", "NO")], &required),
            ReplyError::Declined { .. }
        ));
        assert_eq!(refusal(&[], &never), ReplyError::Imposed);
        assert_eq!(
            refusal(
                &[("ECDHPublicKey", ""), ("Authentication", "NO")],
                &optional
            ),
            ReplyError::NoKey
        );
        assert!(matches!(
            refusal(&[("AuthMethodsList", "SSL")], &optional),
            ReplyError::MethodNotOffered { .. }
        ));
        assert!(matches!(
            refusal(&[("AuthMethodsList", ""), ("AuthMethods", " ")], &optional),
            ReplyError::NoCommonMethod { .. }
        ));
        assert!(matches!(
            refusal(&[("CryptoMethods", "3DES")], &optional),
            ReplyError::CipherNotOffered { .. }
        ));
        let agreed = reply(&[("CryptoMethods", "BLOWFISH,AES")])
            .check(&optional)
            .unwrap();
        assert_eq!(agreed.cipher, Some(Cipher::Blowfish));
        assert!(matches!(
            refusal(&[("CryptoMethods", "")], &optional),
            ReplyError::NoCommonCipher { .. }
        ));
    }

    #[test]
    fn without_any_list_everything_is_tried() {
        let agreed = reply(&[("AuthMethodsList", "")])
            .check(&policy(Requirement::Required, Requirement::Optional))
            .unwrap();
        assert_eq!(agreed.methods.unwrap().len(), 2);
    }

    #[test]
    fn auth_required_false_never_weakens_this_side() {
        let mut answer = reply(&[]);
        answer.ad.insert("AuthRequired", false);
        assert!(
            answer
                .check(&policy(Requirement::Required, Requirement::Optional))
                .unwrap()
                .authentication_required
        );
        assert!(
            !answer
                .check(&policy(Requirement::Preferred, Requirement::Optional))
                .unwrap()
                .authentication_required
        );
    }
}
