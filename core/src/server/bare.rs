//! A command without negotiation: its bare number, and what belongs to it in the same message.
//!
//! Rule: the other half of `DaemonCommandProtocol::VerifyCommand`.

use super::authorize::{self, Pending};
use super::cx::{Cx, Step};
use super::established::Caller;
use super::facts::Purpose;
use super::failure::{ServerCause, ServerStage};
use super::finish::After;
use crate::authz::Limits;
use crate::identity::Identity;
use crate::names::{Command, Level, known_method};
use crate::policy::{ListedMethod, Requirement, ServerPolicy, ServerPolicyError};
use crate::trace::Manner;
use crate::wire::Message;

/// Refuses it where negotiation or authentication is required, and asks the lists otherwise.
pub(super) fn begin(number: i64, rest: Message, cx: &mut Cx<'_>) -> Step {
    let Some(command) = cx.command(number) else {
        return cx.fail(ServerStage::Hello, ServerCause::UnknownCommand { number });
    };
    cx.greet(&command, Manner::Bare, None, None);
    if let Err(cause) = admit(&command, cx) {
        return cx.fail(ServerStage::Reconcile, cause);
    }
    authorize::begin(
        Pending {
            command,
            caller: Caller {
                identity: Identity::unauthenticated(),
                method: None,
                authenticated_name: None,
                limits: Limits::Unlimited,
                handed: None,
                version: None,
            },
            attributes: Vec::new(),
            purpose: Purpose::Serve,
            after: After::Bare { rest },
        },
        cx,
    )
}

fn admit(command: &Command, cx: &Cx<'_>) -> Result<(), ServerCause> {
    // HTCondor would begin to authenticate by itself here, in a way that no client expects.
    if command.forces_authentication {
        return Err(ServerCause::NotNegotiated {
            requirement: "authentication (by the command itself)",
        });
    }
    if command.level == Level::Allow {
        return Ok(());
    }
    let policy = policy(command, cx)?;
    if policy.negotiation == Requirement::Required {
        return Err(ServerCause::NotNegotiated {
            requirement: "negotiation",
        });
    }
    if policy.authentication_new == Requirement::Required {
        return Err(ServerCause::NotNegotiated {
            requirement: "authentication",
        });
    }
    Ok(())
}

/// The level's policy. Which methods could be performed does not matter here.
fn policy(command: &Command, cx: &Cx<'_>) -> Result<ServerPolicy, ServerPolicyError> {
    let settings = cx.side.config.settings.level(command.level);
    let methods = settings
        .methods
        .iter()
        .filter_map(|text| known_method(text).map(|name| (text.clone(), name)))
        .map(|(text, name)| {
            let performed = true;
            (text, ListedMethod { name, performed })
        })
        .collect();
    ServerPolicy::resolve(command.level, false, settings, methods)
}
