//! DC_SEC_QUERY: may this identity run that command?

use std::time::Duration;

use countersign_core::client::DC_SEC_QUERY;
use countersign_core::client::established::read_sec_query_answer;
use countersign_core::names::attrs;
use countersign_core::session::Session;
use countersign_core::{Cause, ErrorStack, Failure, Stage};

use crate::Target;
use crate::client::{Attempt, Client, Sessions};
use crate::connection::ConnectionError;
use crate::drive::whole_seconds;

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
        let Attempt { mut trace, result } = self
            .open(
                target,
                DC_SEC_QUERY,
                Some(command),
                Sessions::Fresh,
                timeout,
            )
            .await;
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
                    Err(error) => Err(failed(error, timeout)),
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
}

fn failed(error: ConnectionError, timeout: Duration) -> Failure {
    let stage = Stage::Command;
    let cause = match error {
        ConnectionError::Wire(error) => Cause::Wire(error),
        ConnectionError::Io(error) => Cause::Lost {
            stage,
            problem: error.to_string(),
        },
        ConnectionError::Closed => Cause::Closed { stage },
        ConnectionError::Deadline => Cause::Deadline {
            stage,
            seconds: whole_seconds(timeout),
        },
    };
    Failure {
        stage,
        cause: cause.into(),
        stack: ErrorStack::default(),
    }
}
