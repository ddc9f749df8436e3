//! Decisions as lines of JSON. Nothing secret is among what they hold.

use std::time::{SystemTime, UNIX_EPOCH};

use countersign::core::names::{Level, command_name};
use countersign::core::server::{Caller, ServerCause};
use countersign::core::session::HandedError;
use countersign::core::trace::{self, ServerEvent, Trace, Verdict};
use countersign::mapfile::Problem;
use countersign::peer::{Event, Occurrence};
use countersign::settings::WrongValue;
use serde_json::{Value, json};

/// The most that is said of a mapfile at once.
const MOST_PROBLEMS: usize = 32;

/// One line, without its end.
pub(crate) fn line(occurrence: &Occurrence) -> String {
    let mut fields = event(&occurrence.event);
    if let Some(fields) = fields.as_object_mut() {
        fields.insert("time".into(), seconds(occurrence.at).into());
        if let Some(peer) = occurrence.peer {
            fields.insert("peer".into(), peer.to_string().into());
        }
        if let Some((command, level)) = asked(&occurrence.trace) {
            fields.entry("command").or_insert_with(|| named(command));
            fields.entry("level").or_insert_with(|| level.name().into());
        }
        let failed = failed_methods(&occurrence.trace);
        if !failed.is_empty() {
            fields.insert("failed_methods".into(), failed.into());
        }
    }
    fields.to_string()
}

/// What the client asked for, and the level that it needs.
fn asked(trace: &Trace) -> Option<(i32, Level)> {
    trace.iter().find_map(|event| match event {
        trace::Event::Server(ServerEvent::Hello { command, level, .. }) => Some((*command, *level)),
        _ => None,
    })
}

/// The methods that were tried and failed, each with its reason.
fn failed_methods(trace: &Trace) -> Vec<Value> {
    trace
        .iter()
        .filter_map(|event| match event {
            trace::Event::Method { method, event } if event.verdict() == Verdict::Failed => {
                Some(json!({ "method": method.canonical, "reason": event.to_string() }))
            }
            _ => None,
        })
        .collect()
}

fn seconds(at: SystemTime) -> f64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    (since.as_secs_f64() * 1000.0).round() / 1000.0
}

fn event(event: &Event) -> Value {
    match event {
        Event::Answered { about, caller } => with_caller(
            json!({ "event": "answered", "decision": "ALLOW" }),
            *about,
            caller,
        ),
        Event::SessionMade { caller } => with_caller(json!({ "event": "session" }), 60010, caller),
        Event::Command {
            command,
            caller,
            authorization,
        } => with_caller(
            json!({
                "event": "command",
                "decision": "ALLOW",
                "level": authorization.level.name(),
                "reason": authorization.to_string(),
            }),
            *command,
            caller,
        ),
        Event::Refused(failure) => {
            let mut fields = json!({
                "event": "refused",
                "stage": failure.stage.to_string(),
                "reason": failure.to_string(),
            });
            if let ServerCause::Denied {
                command,
                user,
                authorization,
            } = &*failure.cause
                && let Some(fields) = fields.as_object_mut()
            {
                fields.insert("decision".into(), "DENY".into());
                fields.insert("command".into(), named(*command));
                fields.insert("user".into(), user.as_str().into());
                fields.insert("level".into(), authorization.level.name().into());
            }
            fields
        }
        Event::Evicted => json!({
            "event": "evicted",
            "reason": "too many connections are open; this one had not authenticated for longest",
        }),
        Event::Full => json!({
            "event": "full",
            "reason": "too many connections are being served",
        }),
        Event::CannotAccept { problem } => json!({ "event": "cannot accept", "reason": problem }),
        Event::HandlerTimedOut { command } => {
            json!({ "event": "handler timed out", "command": named(*command) })
        }
        Event::Reconfigured {
            sessions_forgotten,
            mapfile_problems,
        } => {
            let mut fields =
                json!({ "event": "reconfigured", "sessions_forgotten": sessions_forgotten });
            if let Some(fields) = fields.as_object_mut()
                && !mapfile_problems.is_empty()
            {
                fields.insert("mapfile".into(), problems(mapfile_problems).into());
            }
            fields
        }
        Event::NotReconfigured { problem } => json!({
            "event": "not reconfigured",
            "reason": format!("the old configuration stays in force: {problem}"),
        }),
        _ => json!({ "event": "other" }),
    }
}

/// What is passed over in the mapfile that is in force at the start; `None` if nothing is.
pub(crate) fn mapfile(passed_over: &[Problem]) -> Option<String> {
    let now = seconds(SystemTime::now());
    (!passed_over.is_empty()).then(|| {
        json!({ "event": "mapfile", "mapfile": problems(passed_over), "time": now }).to_string()
    })
}

/// The wrong values over which HTCondor's daemons go on, too; `None` if there are none.
pub(crate) fn settings(passed_over: &[WrongValue]) -> Option<String> {
    let now = seconds(SystemTime::now());
    (!passed_over.is_empty()).then(|| {
        json!({ "event": "settings", "settings": problems(passed_over), "time": now }).to_string()
    })
}

/// An inherited session that cannot be used.
pub(crate) fn unusable(error: &HandedError) -> String {
    let now = seconds(SystemTime::now());
    json!({ "event": "session not inherited", "reason": error.to_string(), "time": now })
        .to_string()
}

/// The first of them, each as one text.
fn problems(passed_over: &[impl ToString]) -> Vec<String> {
    let mut texts: Vec<String> = passed_over
        .iter()
        .take(MOST_PROBLEMS)
        .map(ToString::to_string)
        .collect();
    if passed_over.len() > MOST_PROBLEMS {
        texts.push(format!("and {} more", passed_over.len() - MOST_PROBLEMS));
    }
    texts
}

fn named(command: i32) -> Value {
    match command_name(command) {
        Some(name) => name.into(),
        None => command.into(),
    }
}

fn with_caller(mut fields: Value, command: i32, caller: &Caller) -> Value {
    if let Some(fields) = fields.as_object_mut() {
        fields.insert("command".into(), named(command));
        fields.insert("user".into(), caller.identity.user.as_str().into());
        fields.insert("identity".into(), caller.identity.to_string().into());
        fields.insert(
            "method".into(),
            caller
                .method
                .map_or(Value::Null, |method| method.canonical.into()),
        );
        fields.insert("limits".into(), caller.limits.to_string().into());
    }
    fields
}
