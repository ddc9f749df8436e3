//! One negotiation after the other, and what is printed of each.

use std::process::ExitCode;
use std::time::Duration;

use countersign::config::Config;
use countersign::core::policy::ClientSettings;
use countersign::core::session::HandedSession;
use countersign::core::{Cause, Stage};
use countersign::settings::{Host, load_config};
use countersign::{Attempt, Authorization, Client, Settings};

use super::arguments::{Arguments, Mode};
use super::claim;
use super::find::{Found, find};
use super::instruction::Instruction;
use super::reasons::{self, Reasons};
use super::render::{self, Outcome, Seen};
use super::trust;
use crate::output::Output;
use crate::site::{Site, warn, warn_of_files};

/// Once a daemon has let one level run out of time, the others wait for this part of it.
const IMPATIENCE: u32 = 4;

/// All that is needed before anybody is asked.
pub(crate) struct Prepared {
    arguments: Arguments,
    instructions: Vec<Instruction>,
    host: Host,
    config: Config,
    client: Client,
    session: Option<HandedSession>,
}

/// Reads the configuration. This may wait for files and for names; an error is the exit status,
/// everything being said.
pub(crate) fn prepare(
    mut arguments: Arguments,
    site: Site,
    output: &mut Output,
) -> Result<Prepared, ExitCode> {
    let host = Host::detect("TOOL");
    let mut environment = site.environment();
    environment.extra_file = arguments.config.as_ref().map(Into::into);
    let read = load_config(&environment, &host)
        .map_err(|error| error.to_string())
        .and_then(|config| {
            let settings =
                Settings::from_config(&config, &host).map_err(|error| error.to_string())?;
            warn_of_files(&config, output);
            warn(&settings.warnings, output);
            Ok((config, narrowed(settings, &arguments)?))
        });
    let (config, settings) = read.map_err(|error| {
        output.complain(&format!("ERROR: {error}"));
        ExitCode::FAILURE
    })?;
    let session = claim::session(&mut arguments, &settings).map_err(|error| {
        output.complain(&format!("ERROR: {error}"));
        ExitCode::FAILURE
    })?;
    let instructions = instructions(&mut arguments, output).ok_or(ExitCode::FAILURE)?;
    Ok(Prepared {
        arguments,
        instructions,
        host,
        config,
        client: trust::client(settings),
        session,
    })
}

/// Asks, level by level.
pub(crate) async fn run(prepared: Prepared, output: &mut Output) -> ExitCode {
    let Prepared {
        arguments,
        instructions,
        host,
        config,
        client,
        session,
    } = prepared;
    let found = match find(&arguments, &client, &config, &host, output).await {
        Ok(found) => found,
        Err(status) => return ExitCode::from(status),
    };
    if arguments.mode == Mode::Table {
        output.text(render::HEADER);
    }
    let mut all_answered = true;
    let mut seen = Seen::default();
    let mut told = Reasons::new(arguments.mode == Mode::Long, reasons::methods_at(&config));
    let mut timeout = arguments.timeout;
    for instruction in &instructions {
        let (target, command) = (&found.target, instruction.command);
        let attempt = match &session {
            None => client.sec_query(target, command, timeout).await,
            Some(session) => {
                client
                    .sec_query_handed(target, command, session, timeout)
                    .await
            }
        };
        if timed_out(&attempt) {
            timeout = (arguments.timeout / IMPATIENCE).max(Duration::from_secs(1));
        }
        // As condor_ping counts: daemons answer only where they allow.
        all_answered &= attempt.result.is_ok();
        show(
            &arguments,
            &found,
            instruction,
            &attempt,
            (&mut seen, &mut told),
            output,
        );
    }
    if all_answered {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The settings as the command line narrows them. Nothing can be added: a method that is not
/// configured stays out.
fn narrowed(mut settings: Settings, arguments: &Arguments) -> Result<Settings, String> {
    if arguments.no_self_token {
        settings.idtokens.self_made = false;
    }
    if let Some(list) = &arguments.methods {
        settings.client.methods = only(&settings.client, list)?;
    }
    Ok(settings)
}

fn only(settings: &ClientSettings, list: &str) -> Result<Vec<String>, String> {
    use countersign::core::names::known_method;
    let wanted: Vec<&str> = countersign::config::split_list(list).collect();
    for name in &wanted {
        let known = known_method(name)
            .ok_or_else(|| format!("--methods: no authentication method is called {name}"))?;
        if !settings.methods.iter().any(|method| known.is(method)) {
            return Err(format!(
                "--methods: {name} is not among the configured methods ({}), and this option only \
                 narrows them",
                settings.methods.join(", ")
            ));
        }
    }
    Ok(settings
        .methods
        .iter()
        .filter(|method| {
            wanted
                .iter()
                .any(|name| known_method(name).is_some_and(|known| known.is(method)))
        })
        .cloned()
        .collect())
}

fn instructions(arguments: &mut Arguments, output: &mut Output) -> Option<Vec<Instruction>> {
    if arguments.levels.is_empty() {
        if arguments.mode == Mode::Table {
            output.complain(
                "WARNING: Missing <authz-level | command-name | command-int> argument, defaulting \
                 to WRITE.",
            );
        }
        arguments.levels.push("WRITE".into());
    }
    let mut instructions = Some(Vec::new());
    for word in &arguments.levels {
        match Instruction::parse(word) {
            Some(instruction) => {
                if let Some(list) = &mut instructions {
                    list.push(instruction);
                }
            }
            None => {
                if arguments.mode != Mode::Quiet {
                    output.complain(&format!("ERROR: Could not understand TOKEN \"{word}\"."));
                }
                instructions = None;
                // Later words are still looked at, so that each bad one is named.
                continue;
            }
        }
    }
    instructions.filter(|list| list.len() == arguments.levels.len())
}

fn timed_out(attempt: &Attempt<Authorization>) -> bool {
    matches!(
        attempt
            .result
            .as_ref()
            .err()
            .map(|failure| failure.cause.as_ref()),
        Some(Cause::Deadline { .. })
    )
}

fn show(
    arguments: &Arguments,
    found: &Found,
    instruction: &Instruction,
    attempt: &Attempt<Authorization>,
    (seen, told): (&mut Seen, &mut Reasons),
    output: &mut Output,
) {
    if arguments.debug {
        output.complain(&format!("-- {}", instruction.described()));
        output.complain(attempt.trace.to_string().trim_end());
    }
    for warning in countersign::why::warnings(&attempt.trace) {
        if seen.warned.insert(warning.clone()) {
            output.complain(&warning);
        }
    }
    let unreachable = matches!(&attempt.result, Err(failure) if failure.stage == Stage::Connect);
    if unreachable {
        // condor_ping prints no row for a daemon that it cannot connect to.
        output.complain(&format!(
            "ERROR: failed to make connection to {}",
            found.target.address.given()
        ));
    } else {
        let outcome = Outcome {
            destination: &found.id,
            instruction,
            result: attempt.result.as_ref(),
        };
        output.text(&render::render(arguments.mode, &outcome, seen));
    }
    let failed = !matches!(&attempt.result, Ok(answer) if answer.succeeded);
    if arguments.why && arguments.mode != Mode::Quiet {
        let reasons = told.indented(attempt, instruction);
        // Where no row is printed either, once is enough.
        if !unreachable || seen.unreachable.as_ref() != Some(&reasons) {
            output.text(&told.of(attempt, instruction));
        }
        if unreachable {
            seen.unreachable = Some(reasons);
        }
    } else if failed && arguments.mode == Mode::Verbose {
        output.complain(told.plain(attempt, instruction).trim_end());
    }
}
