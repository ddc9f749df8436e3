//! `countersign authz check`: who may do what, by which entry of which list.

mod arguments;
mod batch;
mod peers;

use std::ffi::OsString;
use std::process::ExitCode;

use arguments::{Arguments, Asked, Parsed, Question};
use countersign::core::authz::{Authorization, Policy};
use countersign::settings::{Host, authorization_policy, load_config, resolve_hosts};
use peers::Peers;

use crate::output::Output;
use crate::site::{Site, warn_of_release};
use crate::usage;

/// The exit status of an error; 1 says DENIED.
const ERROR: u8 = 2;

/// Runs the command.
pub(crate) fn run(arguments: &[OsString], site: Site, output: &mut Output) -> ExitCode {
    let arguments = match arguments::parse(arguments) {
        Ok(Parsed::Run(arguments)) => arguments,
        Ok(Parsed::Help) => {
            output.text(usage::AUTHZ);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            output.complain(&format!("ERROR: {error}\ntry countersign authz --help"));
            return ExitCode::from(ERROR);
        }
    };
    check(&arguments, site, output).unwrap_or_else(|error| {
        output.complain(&format!("ERROR: {error}"));
        ExitCode::from(ERROR)
    })
}

fn check(arguments: &Arguments, site: Site, output: &mut Output) -> Result<ExitCode, String> {
    match &arguments.asked {
        Asked::One(question) => {
            let policy = policy(arguments, site, output)?;
            let answer = answer(&policy, question, arguments, &mut Peers::default());
            output.line(verdict(&answer));
            for reason in answer.to_string().lines() {
                output.line(&format!("  {reason}"));
            }
            Ok(if answer.is_allowed() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Asked::Batch => {
            // Every question is read before any is answered: of a file that is wrong somewhere nothing is believed.
            let questions = batch::read(std::io::stdin().lock())?;
            let policy = policy(arguments, site, output)?;
            let mut peers = Peers::default();
            let mut text = String::new();
            for question in &questions {
                text.push_str(verdict(&answer(&policy, question, arguments, &mut peers)));
                text.push('\n');
            }
            output.text(&text);
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn answer(
    policy: &Policy,
    question: &Question,
    arguments: &Arguments,
    peers: &mut Peers,
) -> Authorization {
    let Question {
        level,
        user,
        address,
    } = question;
    let peer = peers.known(policy, *level, user, *address);
    policy.authorize(*level, user, &peer, &arguments.limits)
}

fn verdict(answer: &Authorization) -> &'static str {
    if answer.is_allowed() {
        "ALLOWED"
    } else {
        "DENIED"
    }
}

/// The daemon's policy, its host names looked up.
fn policy(arguments: &Arguments, site: Site, output: &mut Output) -> Result<Policy, String> {
    let mut environment = site.with_root(arguments.config.as_deref());
    environment.local_name.clone_from(&arguments.local_name);
    environment.release = arguments.release;
    let host = Host::detect(&arguments.subsystem);
    let config = load_config(&environment, &host).map_err(|error| error.to_string())?;
    warn_of_release(&config, output);
    let mut policy =
        authorization_policy(&config, &arguments.subsystem).map_err(|error| error.to_string())?;
    resolve_hosts(&mut policy);
    Ok(policy)
}
