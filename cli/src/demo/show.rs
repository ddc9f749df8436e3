//! The tables, and why the answer was no.

use std::time::Duration;

use countersign::core::Failure;
use countersign::core::names::PING_ALL;
use countersign::core::server::ServerCause;
use countersign::core::sinful::Sinful;
use countersign::peer::{Event, PeerHandle, Subscription};
use countersign::why::{Asked, explain};
use countersign::{Attempt, Authorization, DEFAULT_TIMEOUT, Target};
use tokio::time::timeout;

use super::setup::Asker;
use crate::output::Output;
use crate::ping::arguments::Mode;
use crate::ping::instruction::Instruction;
use crate::ping::render::{HEADER, Outcome, Seen, render};

/// How long the peer may take to say what it decided, once the client knows.
const SOON: Duration = Duration::from_secs(1);

/// Asks for every level and prints what condor_ping would, and a line with the reason where the
/// answer was no.
pub(super) async fn table(
    asker: &Asker,
    peer: &PeerHandle,
    output: &mut Output,
) -> Result<(), String> {
    let address = Sinful::parse(peer.address()).map_err(|error| error.to_string())?;
    let target = Target::typed(address);
    output.line(&format!("\nWith {} ({}):\n", asker.title, asker.file));
    output.text(HEADER);
    let mut seen = Seen::default();
    for word in PING_ALL {
        let Some(instruction) = Instruction::parse(word) else {
            continue;
        };
        let mut events = peer.subscribe();
        let attempt = asker
            .client
            .sec_query(&target, instruction.command, DEFAULT_TIMEOUT)
            .await;
        let outcome = Outcome {
            destination: peer.address(),
            instruction: &instruction,
            result: attempt.result.as_ref(),
        };
        output.text(&render(Mode::Table, &outcome, &mut seen));
        if let Err(failure) = &attempt.result {
            output.line(&format!(
                "        {}",
                reason(&attempt, failure, &instruction, &mut events).await
            ));
        }
    }
    Ok(())
}

/// Whether the client ended it.
fn is_the_clients(cause: &ServerCause) -> bool {
    matches!(
        cause,
        ServerCause::Closed { .. } | ServerCause::Lost { .. } | ServerCause::Deadline { .. }
    )
}

/// In one line. The peer knows what its lists say; what the client lacks, the client does.
async fn reason(
    attempt: &Attempt<Authorization>,
    failure: &Failure,
    instruction: &Instruction,
    events: &mut Subscription,
) -> String {
    let told = timeout(SOON, events.next()).await.ok().flatten();
    let text = match told.as_deref().map(|occurrence| &occurrence.event) {
        Some(Event::Refused(refused)) if !is_the_clients(&refused.cause) => refused.to_string(),
        _ => {
            let asked = Asked {
                name: &instruction.word,
                command: instruction.command,
            };
            explain(&attempt.trace, failure, asked).decided.text
        }
    };
    text.lines().next().unwrap_or_default().to_owned()
}
