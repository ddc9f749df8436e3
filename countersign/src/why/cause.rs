//! What decided.

use countersign_core::trace::Trace;
use countersign_core::{Cause, Failure, Stage};

use super::methods::{failed_methods, lift};
use super::{Asked, Causes, Finding, denied, handed, hung_up, own, reply, sent_key};

/// What decided, what it is made of, and what failed too.
pub(super) fn decided(trace: &Trace, failure: &Failure, asked: Asked<'_>) -> Causes {
    let cause = failure.cause.as_ref();
    if let Some(finding) = handed::failed(trace, cause, asked) {
        return finding.into();
    }
    let text = || cause.to_string();
    let with_methods = |finding: Finding| Causes::from(finding).also(failed_methods(trace).all());
    match cause {
        Cause::Unauthenticated => lift("authentication is required", failed_methods(trace)),
        Cause::Denied { code, user, .. } => denied::denied(trace, code, user, asked),
        Cause::Closed {
            stage: Stage::Reply,
        } => hung_up::hung_up(trace, asked),
        Cause::Closed {
            stage: Stage::Method | Stage::MethodChoice,
        } => with_methods(Finding::new(
            text(),
            "look in the server's log (D_SECURITY) for AUTHENTICATE and the name of the method \
             last tried",
        )),
        Cause::Closed {
            stage: Stage::KeyExchange | Stage::PostAuth,
        } => with_methods(Finding::new(
            text(),
            "look in the server's log for DC_AUTHENTICATE and the address of this side",
        )),
        Cause::Reply(error) => with_methods(reply::reply(error, asked)),
        Cause::SentKey(error) => with_methods(sent_key::sent_key(error, asked)),
        Cause::Deadline { stage, .. } => with_methods(deadline(text(), *stage)),
        Cause::Unreachable { problem, .. } => own::unreachable(text(), problem).into(),
        Cause::Unroutable(refusal) => own::unroutable(refusal).into(),
        Cause::Policy(error) => own::policy(error, trace),
        Cause::ServerRefused(decision) => with_methods(own::refused(decision)),
        Cause::Wire(_) | Cause::Key(_) | Cause::PickedUnoffered { .. } => {
            with_methods(Finding::new(
                text(),
                "nothing was believed of it: check that this is the port of an HTCondor daemon, \
                 and if it is, whether something on the way alters the traffic",
            ))
        }
        _ => with_methods(Finding::bare(text())),
    }
}

fn deadline(text: String, stage: Stage) -> Finding {
    Finding::new(
        text,
        match stage {
            Stage::Connect => {
                "check that the address is right and that no firewall drops packets to it"
            }
            Stage::KeyExchange => {
                "the server may not have believed this side's proof, and waits for another \
                 method: look in its log (D_SECURITY) for AUTHENTICATE"
            }
            _ => {
                "the port takes connections but nobody answers: the daemon may hang or be \
                 overloaded, or something else listens there; --timeout waits longer"
            }
        },
    )
}
