//! The server's side: it believes the name it is told.
//!
//! Rule: `Condor_Auth_Claim::authenticate` in HTCondor 25.14. That the session is limited to the
//! level of the command it was made for is the handshake's business, since only it knows the command.

use std::fmt;
use std::sync::Arc;

use countersign_core::method::{
    Availability, ClientProof, ClientView, Exchange, ExchangeContext, ExchangeInput, ExchangeNext,
    ExchangeStep, Named, Probe, ServerMechanism,
};
use countersign_core::names::{CLAIMTOBE, MethodName};
use countersign_core::trace::{MethodEvent, Verdict};
use countersign_core::wire::{Message, WireError};

use crate::failure::failed;
use crate::identity::lowered;

/// The longest name a client may claim, in bytes.
const MAX_NAME: usize = 1023;

/// What a server's CLAIMTOBE is configured with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClaimToBeServerSettings {
    /// SEC_CLAIMTOBE_INCLUDE_DOMAIN: what stands behind the last `@` of the claim is the domain.
    /// Where it is false the whole claim is the user. True by default since HTCondor 24.
    pub include_domain: bool,
    /// UID_DOMAIN, for claims without a domain.
    pub uid_domain: Option<String>,
}

/// The method CLAIMTOBE, for a server.
#[derive(Debug, Clone, Default)]
pub struct ClaimToBeServer(Arc<ClaimToBeServerSettings>);

impl ClaimToBeServer {
    /// The method with these settings.
    #[must_use]
    pub fn new(settings: ClaimToBeServerSettings) -> Self {
        Self(Arc::new(settings))
    }
}

/// What a server's CLAIMTOBE reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimToBeServerEvent {
    /// It can always be accepted.
    Offered,
    /// The client claims this name.
    Claimed(String),
    /// The client has no name to claim.
    NoClaim,
    /// The claim is no name: it is empty, or has control characters in it.
    NotAName,
    /// The claim has no domain, and UID_DOMAIN is not set.
    NoDomain(String),
}

impl fmt::Display for ClaimToBeServerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered => f.write_str("can be accepted; it proves nothing"),
            Self::Claimed(name) => write!(f, "the client claims to be {name}, without proof"),
            Self::NoClaim => f.write_str("the client has no name to claim"),
            Self::NotAName => {
                f.write_str("the client's claim is empty or has control characters in it")
            }
            Self::NoDomain(name) => write!(
                f,
                "the client claims to be {name}, of no domain, and UID_DOMAIN is not set"
            ),
        }
    }
}

impl MethodEvent for ClaimToBeServerEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered | Self::Claimed(_) => Verdict::Noted,
            Self::NoClaim | Self::NotAName | Self::NoDomain(_) => Verdict::Failed,
        }
    }
}

impl Named for ClaimToBeServer {
    fn name(&self) -> &'static MethodName {
        &CLAIMTOBE
    }
}

impl ServerMechanism for ClaimToBeServer {
    fn probe(&self) -> Probe {
        Probe::Known(Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(ClaimToBeServerEvent::Offered),
        })
    }

    fn accept(&self, _client: &Arc<ClientView>) -> Box<dyn Exchange<ClientProof>> {
        Box::new(AwaitClaim(self.0.clone()))
    }
}

/// The client is about to say who it is.
struct AwaitClaim(Arc<ClaimToBeServerSettings>);

impl AwaitClaim {
    /// Whom the claim names.
    fn judge(&self, claim: &str) -> Result<ClientProof, ClaimToBeServerEvent> {
        if claim.is_empty() || claim.contains(char::is_control) {
            return Err(ClaimToBeServerEvent::NotAName);
        }
        let proof = |name, user: &str, domain| ClientProof {
            authenticated_name: Some(name),
            user: user.to_owned(),
            domain,
            limits: None,
            attributes: Vec::new(),
            voucher: None,
            wrap: None,
        };
        if !self.0.include_domain {
            return Ok(proof(claim.to_owned(), claim, None));
        }
        let (user, domain) = claim.rsplit_once('@').unwrap_or((claim, ""));
        if user.is_empty() {
            return Err(ClaimToBeServerEvent::NotAName);
        }
        let domain = match (domain, &self.0.uid_domain) {
            ("", None) => return Err(ClaimToBeServerEvent::NoDomain(user.to_owned())),
            ("", Some(own)) => own,
            (domain, _) => domain,
        };
        // The name to map keeps the domain's case, the identity does not.
        let name = format!("{user}@{domain}");
        Ok(proof(name, user, Some(lowered(domain))))
    }
}

/// What the client claims, if anything.
fn read_claim(message: &Message) -> Result<Option<String>, WireError> {
    let mut decoder = message.decoder();
    let claim = match decoder.int("whether there is a claim")? {
        1 => Some(decoder.string("the claimed name", MAX_NAME)?.to_owned()),
        _ => None,
    };
    decoder.finish()?;
    Ok(claim)
}

impl Exchange<ClientProof> for AwaitClaim {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let claim = match read_claim(&message) {
            Ok(Some(claim)) => claim,
            // A client without a name waits for no answer.
            Ok(None) => return ExchangeStep::quiet(failed(ClaimToBeServerEvent::NoClaim)),
            Err(error) => return error.into(),
        };
        match self.judge(&claim) {
            Ok(proof) => {
                cx.event(ClaimToBeServerEvent::Claimed(claim));
                ExchangeStep::say(cx.encoder().int(1).finish(), ExchangeNext::Succeeded(proof))
            }
            Err(event) => ExchangeStep::say(cx.encoder().int(0).finish(), failed(event)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(
        include_domain: bool,
        uid_domain: Option<&str>,
        claim: &str,
    ) -> Result<(String, String, Option<String>), ClaimToBeServerEvent> {
        let settings = ClaimToBeServerSettings {
            include_domain,
            uid_domain: uid_domain.map(str::to_owned),
        };
        AwaitClaim(Arc::new(settings)).judge(claim).map(|proof| {
            let name = proof.authenticated_name.unwrap();
            (name, proof.user, proof.domain)
        })
    }

    #[test]
    fn claims() {
        let own = Some("Pool.Example");
        let is = |name: &str, user: &str, domain: Option<&str>| {
            Ok((name.into(), user.into(), domain.map(str::to_owned)))
        };
        assert_eq!(
            judge(true, own, "alice@Far"),
            is("alice@Far", "alice", Some("far"))
        );
        for claim in ["alice", "alice@"] {
            assert_eq!(
                judge(true, own, claim),
                is("alice@Pool.Example", "alice", Some("pool.example"))
            );
        }
        assert_eq!(
            judge(false, own, "alice@Far"),
            is("alice@Far", "alice@Far", None)
        );
        assert_eq!(judge(false, own, "alice"), is("alice", "alice", None));
        assert_eq!(
            judge(true, None, "alice"),
            Err(ClaimToBeServerEvent::NoDomain("alice".into()))
        );
        for claim in ["", "@far", "a\nb"] {
            assert_eq!(judge(true, own, claim), Err(ClaimToBeServerEvent::NotAName));
        }
    }
}
