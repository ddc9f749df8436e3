//! DC_SEC_QUERY: may this identity run that command?

use std::time::Duration;

use countersign_core::Stage;
use countersign_core::client::DC_SEC_QUERY;
use countersign_core::client::established::read_sec_query_answer;
use countersign_core::names::attrs;
use countersign_core::session::Session;

use crate::client::{Attempt, Client, Sessions};
use crate::{Connection, Target};

/// The server's answer.
#[derive(Debug, Clone)]
pub struct Authorization {
    /// What was negotiated: HTCondor's tools print it.
    pub session: Session,
    /// Whether the command would be authorized.
    pub succeeded: bool,
}

impl Client {
    /// Asks whether `command` would be authorized, in a fresh negotiation.
    pub async fn sec_query(
        &self,
        target: &Target,
        command: i32,
        timeout: Duration,
    ) -> Attempt<Authorization> {
        let attempt = self
            .open(
                target,
                DC_SEC_QUERY,
                Some(command),
                Sessions::Fresh,
                timeout,
            )
            .await;
        answered(attempt, timeout).await
    }
}

/// Reads the answer.
pub(crate) async fn answered(
    attempt: Attempt<Connection>,
    timeout: Duration,
) -> Attempt<Authorization> {
    let Attempt { mut trace, result } = attempt;
    let result = match result {
        Err(failure) => Err(failure),
        Ok(mut connection) => {
            let answer = connection
                .receive()
                .await
                .and_then(|message| Ok(read_sec_query_answer(&message)?));
            match answer {
                Ok(answer) => Ok(Authorization {
                    session: connection.into_session(),
                    // Without the attribute nothing was said, and nothing is not yes.
                    succeeded: answer
                        .get_bool(attrs::AUTHORIZATION_SUCCEEDED)
                        .unwrap_or(false),
                }),
                Err(error) => Err(error.into_failure(timeout)),
            }
        }
    };
    if let Err(failure) = &result
        && failure.stage == Stage::Command
    {
        trace.push(countersign_core::trace::Event::Failed {
            stage: failure.stage,
            cause: failure.cause.clone(),
        });
    }
    Attempt { trace, result }
}
