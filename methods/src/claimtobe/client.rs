//! The client's side: a user name, with the UID_DOMAIN behind it unless configured otherwise.
//!
//! Rule: `Condor_Auth_Claim::authenticate` in HTCondor 25.14.

use std::fmt;
use std::sync::Arc;

use countersign_core::effect::{Effect, EffectRequest};
use countersign_core::method::{
    Availability, Exchange, ExchangeContext, ExchangeInput, ExchangeNext, ExchangeStep, Mechanism,
    Named, PeerView, Probe, Proof,
};
use countersign_core::names::{CLAIMTOBE, MethodName};
use countersign_core::trace::{MethodEvent, Verdict};

use crate::failure::failed;
use crate::verdict::AwaitVerdict;

/// Asks for the name this process goes by: its user's, or `condor` for root, as HTCondor's
/// daemons and tools do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnUserName;

impl Effect for OwnUserName {
    /// The name, or why there is none.
    type Output = Result<String, String>;
    const NAME: &'static str = "look up the own user name";
}

/// What CLAIMTOBE is configured with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClaimToBeSettings {
    /// SEC_CLAIMTOBE_USER: claim this name instead of the own one.
    pub user: Option<String>,
    /// SEC_CLAIMTOBE_INCLUDE_DOMAIN: put the UID_DOMAIN behind the name. True by default since
    /// HTCondor 24.
    pub include_domain: bool,
    /// UID_DOMAIN.
    pub uid_domain: Option<String>,
}

/// The method CLAIMTOBE.
#[derive(Debug, Clone, Default)]
pub struct ClaimToBe(Arc<ClaimToBeSettings>);

impl ClaimToBe {
    /// The method with these settings.
    #[must_use]
    pub fn new(settings: ClaimToBeSettings) -> Self {
        Self(Arc::new(settings))
    }
}

/// What CLAIMTOBE reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimToBeEvent {
    /// It can always be offered.
    Offered,
    /// This name was claimed.
    Claimed(String),
    /// There is no name to claim.
    NoName(String),
    /// The server declined the claim.
    Declined,
}

impl fmt::Display for ClaimToBeEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered => f.write_str("can be offered; it proves nothing"),
            Self::Claimed(name) => write!(f, "claimed to be {name}, without proof"),
            Self::NoName(problem) => write!(f, "there is no name to claim: {problem}"),
            Self::Declined => f.write_str("the server declined the claim"),
        }
    }
}

impl MethodEvent for ClaimToBeEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered | Self::Claimed(_) => Verdict::Noted,
            Self::NoName(_) | Self::Declined => Verdict::Failed,
        }
    }
}

impl Named for ClaimToBe {
    fn name(&self) -> &'static MethodName {
        &CLAIMTOBE
    }
}

impl Mechanism for ClaimToBe {
    fn probe(&self) -> Probe {
        Probe::Known(Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(ClaimToBeEvent::Offered),
        })
    }

    fn begin(&self, _peer: &Arc<PeerView>) -> Box<dyn Exchange<Proof>> {
        Box::new(Claiming(self.0.clone()))
    }
}

/// The name is being found out.
struct Claiming(Arc<ClaimToBeSettings>);

impl Claiming {
    fn claim(
        &self,
        user: Result<String, String>,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let name = user.and_then(|user| match (&self.0.include_domain, &self.0.uid_domain) {
            (false, _) => Ok(user),
            (true, Some(domain)) => Ok(format!("{user}@{domain}")),
            (true, None) => Err("UID_DOMAIN is not set".into()),
        });
        match name {
            Ok(name) => {
                cx.event(ClaimToBeEvent::Claimed(name.clone()));
                ExchangeStep::say(
                    cx.encoder().int(1).string(&name).finish(),
                    ExchangeNext::Await(Box::new(AwaitVerdict(ClaimToBeEvent::Declined))),
                )
            }
            Err(problem) => ExchangeStep::say(
                cx.encoder().int(0).finish(),
                failed(ClaimToBeEvent::NoName(problem)),
            ),
        }
    }
}

impl Exchange<Proof> for Claiming {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        match input {
            ExchangeInput::Start => match self.0.user.clone() {
                Some(user) => self.claim(Ok(user), cx),
                None => ExchangeStep::quiet(ExchangeNext::Perform(
                    EffectRequest::new(OwnUserName),
                    self,
                )),
            },
            ExchangeInput::Effect(answer) => {
                let user = answer
                    .into_output::<OwnUserName>()
                    .unwrap_or_else(|| Err("this program looks up no user names".into()));
                self.claim(user, cx)
            }
            ExchangeInput::Message(_) => ExchangeStep::quiet(ExchangeNext::Await(self)),
        }
    }
}
