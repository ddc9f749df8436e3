//! Which daemon is meant, and what condor_ping says where there is none.

use countersign::core::sinful::Sinful;
use countersign::locate::{DaemonKind, LocateRequest};
use countersign::settings::Host;
use countersign::{Client, Target};

use super::arguments::{Arguments, Mode, Whom};
use super::reasons;
use crate::output::Output;

/// A daemon to ask.
pub(crate) struct Found {
    pub(crate) target: Target,
    /// What condor_ping calls it.
    pub(crate) id: String,
}

/// Finds the daemon; an error is the exit status, everything being said.
pub(crate) async fn find(
    arguments: &Arguments,
    client: &Client,
    config: &countersign::config::Config,
    host: &Host,
    output: &mut Output,
) -> Result<Found, u8> {
    let (pool, name, kind) = match &arguments.whom {
        Whom::Address(text) => return at_address(text, client, output),
        Whom::LookUp { pool, name, kind } => (pool, name, kind),
    };
    if kind.is_none() && arguments.mode == Mode::Table {
        output.complain("WARNING: Missing daemon argument, defaulting to SCHEDD.");
    }
    let request = LocateRequest {
        kind: kind.unwrap_or(DaemonKind::Schedd),
        name: name.clone(),
        pool: pool.clone(),
    };
    let (trace, result) = client
        .locate(config, host, &request, arguments.timeout)
        .await;
    if arguments.debug {
        output.complain(trace.to_string().trim_end());
    }
    match result {
        Ok(located) => Ok(Found {
            target: located.target,
            id: located.id,
        }),
        Err(error) => {
            if arguments.mode != Mode::Quiet || error.is_loud() {
                output.complain(&error.condor_text());
                output.complain(&error.to_string());
            }
            if arguments.why
                && arguments.mode != Mode::Quiet
                && let Some(failure) = error.failure()
            {
                let commented = arguments.mode == Mode::Long;
                let methods_at = reasons::methods_at(config);
                output.text(&reasons::of_query(&trace, failure, commented, methods_at));
            }
            Err(error.exit_status())
        }
    }
}

fn at_address(text: &str, client: &Client, output: &mut Output) -> Result<Found, u8> {
    let address = match Sinful::parse(text) {
        Ok(address) if address.port().is_some() => address,
        Ok(_) => {
            output.complain(&format!("ERROR: unable to parse sinful string: {text}"));
            output.complain("it names no port; write host:port or <host:port>");
            return Err(1);
        }
        Err(error) => {
            output.complain(&format!("ERROR: unable to parse sinful string: {text}"));
            output.complain(&error.to_string());
            return Err(1);
        }
    };
    let network = &client.settings().network;
    // A private network's address stands in for the one that was given.
    match (
        address.daemon_addr(network),
        address.id_str("daemon", network),
    ) {
        (Ok(address), Ok(id)) => Ok(Found {
            target: Target::typed(address),
            id,
        }),
        (Err(refusal), _) | (_, Err(refusal)) => {
            output.complain(&format!("ERROR: {refusal}"));
            Err(1)
        }
    }
}
