//! A client with a session that it was given.

use std::sync::Arc;
use std::time::Duration;

use countersign_core::client::{DC_AUTHENTICATE, DC_SEC_QUERY};
use countersign_core::session::HandedSession;
use countersign_core::trace::{Event, Trace};
use countersign_core::{Cause, ErrorStack, Failure, Stage};

use crate::client::{Attempt, Client, now};
use crate::connection::Connection;
use crate::drive::Deadline;
use crate::{Authorization, Target};

/// The command that is to be authorized.
pub(crate) fn effective(command: i32, auth_command: Option<i32>) -> i32 {
    match auth_command {
        Some(about) if command == DC_SEC_QUERY || command == DC_AUTHENTICATE => about,
        _ => command,
    }
}

impl Client {
    /// Opens a connection on which `command` may be spoken, with a session that was handed over: nothing
    /// is negotiated, nobody authenticates, and where the server does not know the session nothing else is
    /// tried. The session is used for this call and no other.
    ///
    /// Its end and its ValidCommands are kept to before anything is sent. HTCondor's own programs use a claim's
    /// session for commands that its list does not have, where they are told to; see `docs/differences.md`.
    pub async fn open_handed(
        &self,
        target: &Target,
        command: i32,
        auth_command: Option<i32>,
        session: &HandedSession,
        timeout: Duration,
    ) -> Attempt<Connection> {
        let mut trace = Trace::default();
        if let Err(error) = session.check(effective(command, auth_command), now()) {
            let stage = Stage::Resume;
            let cause = Arc::new(Cause::Handed(error));
            trace.push(Event::Failed {
                stage,
                cause: cause.clone(),
            });
            let failure = Failure {
                stage,
                cause,
                stack: ErrorStack::default(),
            };
            return Attempt {
                trace,
                result: Err(failure),
            };
        }
        let deadline = Deadline::after(timeout);
        let result = self
            .attempt_handed(
                target,
                (command, auth_command),
                session,
                deadline,
                &mut trace,
            )
            .await;
        Attempt { trace, result }
    }

    /// Asks whether `command` would be authorized for who has this session.
    pub async fn sec_query_handed(
        &self,
        target: &Target,
        command: i32,
        session: &HandedSession,
        timeout: Duration,
    ) -> Attempt<Authorization> {
        let attempt = self
            .open_handed(target, DC_SEC_QUERY, Some(command), session, timeout)
            .await;
        crate::sec_query::answered(attempt, timeout).await
    }

    /// One attempt with such a session.
    pub(crate) async fn attempt_handed(
        &self,
        target: &Target,
        (command, auth_command): (i32, Option<i32>),
        session: &HandedSession,
        deadline: Deadline,
        trace: &mut Trace,
    ) -> Result<Connection, Failure> {
        let resume = Some(session.for_client());
        self.attempt(target, command, auth_command, resume, deadline, trace)
            .await
    }
}
