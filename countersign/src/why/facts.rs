//! What a trace says, looked up.

use std::any::Any;
use std::net::IpAddr;

use countersign_core::names::{Level, command_name};
use countersign_core::policy::Requirement;
use countersign_core::trace::{Event, Trace};
use countersign_methods::idtokens::{IdTokensEvent, TokenVerdict};

use super::Asked;

/// DC_NOP_OWNER: OWNER became ADMINISTRATOR, but the command is still asked for.
const OWNER: i32 = 60024;

/// The last attempt of a trace that may hold several: each begins with dialling.
pub(super) fn last_attempt(trace: &Trace) -> Trace {
    let begin = trace
        .iter()
        .enumerate()
        .filter(|(_, event)| matches!(event, Event::Dialling { .. }))
        .last()
        .map_or(0, |(at, _)| at);
    let mut last = Trace::default();
    for event in trace.iter().skip(begin) {
        last.push(event.clone());
    }
    last
}

fn latest<'a, T>(trace: &'a Trace, pick: impl Fn(&'a Event) -> Option<T>) -> Option<T> {
    trace.iter().rev().find_map(pick)
}

/// The identity that the server mapped this side to, if it said.
pub(super) fn user(trace: &Trace) -> Option<&str> {
    latest(trace, |event| match event {
        Event::Decided { user, .. } => user.as_deref(),
        _ => None,
    })
}

/// The method that authenticated this side.
pub(super) fn method(trace: &Trace) -> Option<&'static str> {
    latest(trace, |event| match event {
        Event::Authenticated { method, .. } => Some(method.canonical),
        _ => None,
    })
}

/// Whether authentication failed and the handshake went on.
pub(super) fn went_on(trace: &Trace) -> bool {
    trace
        .iter()
        .any(|event| matches!(event, Event::WentOnUnauthenticated))
}

/// This side's end of the connection.
pub(super) fn local_ip(trace: &Trace) -> Option<IpAddr> {
    latest(trace, |event| match event {
        Event::Connected { local, .. } => Some(local.ip()),
        _ => None,
    })
}

/// The server's end, and the shared-port id that was asked for there.
pub(super) fn shared_port(trace: &Trace) -> Option<(IpAddr, &str)> {
    latest(trace, |event| match event {
        Event::Connected {
            peer,
            shared_port_id,
            ..
        } => Some((peer.ip(), shared_port_id.as_deref())),
        _ => None,
    })
    .and_then(|(ip, id)| Some((ip, id?)))
}

/// The features that were asked for, and how much.
pub(super) fn features(trace: &Trace) -> Option<[(&'static str, Requirement); 3]> {
    latest(trace, |event| match event {
        Event::PolicySent {
            authentication,
            encryption,
            integrity,
            ..
        } => Some([
            ("AUTHENTICATION", *authentication),
            ("ENCRYPTION", *encryption),
            ("INTEGRITY", *integrity),
        ]),
        _ => None,
    })
}

/// The methods that the server agreed to.
pub(super) fn agreed_methods(trace: &Trace) -> Option<&[&'static str]> {
    latest(trace, |event| match event {
        Event::PolicyAgreed { methods, .. } => methods.as_deref(),
        _ => None,
    })
}

/// What this client gave up by itself, before it said anything: which features, and the whole of
/// it as text.
pub(super) fn gave_up(trace: &Trace) -> impl Iterator<Item = (&'static str, String)> {
    trace.iter().filter_map(|event| match event {
        Event::GaveUp { feature, .. } => Some((*feature, event.to_string())),
        _ => None,
    })
}

/// The level that what was asked needs, if that is certain.
pub(super) fn level(asked: Asked<'_>) -> Option<Level> {
    let sampled = || {
        Level::ALL
            .into_iter()
            .find(|level| level.sample_command() == Some(asked.command))
    };
    Level::from_name(asked.name)
        .or_else(sampled)
        .or_else(|| (asked.command == OWNER).then_some(Level::Administrator))
        .or_else(|| {
            let name = command_name(asked.command)?;
            let query = name.starts_with("QUERY_") && name.ends_with("_ADS");
            (query && !name.contains("_PVT_")).then_some(Level::Read)
        })
}

/// The command that was asked about, with its number and its name, each once.
pub(super) fn command(asked: Asked<'_>) -> String {
    let number = asked.command;
    if asked.name.parse() != Ok(number) {
        return format!("{} ({number})", asked.name);
    }
    match command_name(number) {
        Some(name) => format!("{name} ({number})"),
        None => number.to_string(),
    }
}

/// The level as it was named, and what it is called if that is something else.
pub(super) fn of_level(asked: Asked<'_>) -> String {
    match level(asked) {
        Some(level) if !asked.name.eq_ignore_ascii_case(level.name()) => {
            format!("{}, whose level is {}", asked.name, level.name())
        }
        _ => asked.name.to_owned(),
    }
}

/// A setting of the asked level, with the one that counts where it is not set.
pub(super) fn knob(asked: Asked<'_>, before: &str, after: &str) -> String {
    match level(asked) {
        Some(level) => format!(
            "{before}_{}_{after} (or {before}_DEFAULT_{after} where that is not set)",
            level.name()
        ),
        None => format!("{before}_DEFAULT_{after} or that of the command's level"),
    }
}

/// The token that was used, where its use is limited.
pub(super) struct Limited {
    pub(super) place: String,
    pub(super) scope: String,
}

/// The limit of the token that was used, from the report of where it was found.
pub(super) fn limited_token(trace: &Trace) -> Option<Limited> {
    latest(trace, |event| {
        let Event::Method { event, .. } = event else {
            return None;
        };
        let event: &dyn Any = event.as_ref();
        let IdTokensEvent::Using {
            path, line, search, ..
        } = event.downcast_ref()?
        else {
            return None;
        };
        let file = search.files.iter().find(|file| &file.path == path)?;
        let tokens = file.outcome.as_ref().ok()?;
        match &tokens.iter().find(|token| token.line == *line)?.verdict {
            TokenVerdict::Suitable {
                scope: Some(scope), ..
            } => Some(Limited {
                place: format!("line {line} of {}", path.display()),
                scope: scope.clone(),
            }),
            _ => None,
        }
    })
}
