//! condor_ping's output, byte for byte.
//!
//! Rule: `print_info` and its siblings in HTCondor 25.14's `ping.cpp`.

use std::collections::{BTreeSet, HashMap};

use countersign::Authorization;
use countersign::classad::ClassAd;
use countersign::core::names::attrs;
use countersign::core::session::Session;
use countersign::core::{Failure, PROTOCOL_VERSION};

use super::arguments::Mode;
use super::instruction::Instruction;

/// The table's first line.
pub(crate) const HEADER: &str =
    "         Instruction Authentication Encryption Integrity Decision Identity\n";

/// What is to be printed of one level.
pub(crate) struct Outcome<'a> {
    /// What condor_ping calls the daemon.
    pub(crate) destination: &'a str,
    /// What was asked.
    pub(crate) instruction: &'a Instruction,
    /// How it went.
    pub(crate) result: Result<&'a Authorization, &'a Failure>,
}

/// What earlier levels of this run left. The sessions are found by the commands that they may run: condor_ping prints the policy of
/// the session that covers the command, which is the one just made unless the server did not list
/// the command for it.
#[derive(Default)]
pub(crate) struct Seen {
    sessions: HashMap<i32, Session>,
    /// Why the daemon could not be reached, as last printed.
    pub(crate) unreachable: Option<String>,
    /// The warnings that were printed.
    pub(crate) warned: BTreeSet<String>,
}

impl Seen {
    fn remember(&mut self, session: &Session) {
        for command in &session.valid_commands {
            self.sessions.insert(*command, session.clone());
        }
    }
}

/// The text for one level.
pub(crate) fn render(mode: Mode, outcome: &Outcome<'_>, seen: &mut Seen) -> String {
    let name = &outcome.instruction.word;
    let answer = match outcome.result {
        Ok(answer) => answer,
        Err(failure) => return failed(mode, outcome, failure),
    };
    seen.remember(&answer.session);
    let session = match answer.session.handed {
        // It need not name its commands, and is in no map of theirs.
        Some(_) => Some(&answer.session),
        None => seen.sessions.get(&outcome.instruction.command),
    };
    let Some(session) = session else {
        return "no cmd map!\n".into();
    };
    let features = Features::of(&session.policy);
    let allowed = answer.succeeded;
    match mode {
        Mode::Quiet => String::new(),
        Mode::Sentence => format!(
            "{name} command using ({}, {}, and {}) {} as {} to {}.\n",
            features.encryption.unwrap_or("no encryption"),
            features.integrity.unwrap_or("no integrity"),
            features.method.unwrap_or("no authentication"),
            if allowed { "succeeded" } else { "failed" },
            features.identity,
            outcome.destination,
        ),
        Mode::Table => format!(
            "{name:>20}{:>15}{:>11}{:>10}{}{}\n",
            features.method.unwrap_or("none"),
            features.encryption.unwrap_or("none"),
            features.integrity.unwrap_or("none"),
            if allowed { "    ALLOW " } else { "     DENY " },
            features.identity,
        ),
        Mode::Verbose => verbose(outcome, session, &features, allowed),
        Mode::Long => format!(
            "# {name} command to {} is {}\n{}\n",
            outcome.destination,
            if allowed { "ALLOWED" } else { "DENIED" },
            session.policy.to_long_form(),
        ),
    }
}

fn failed(mode: Mode, outcome: &Outcome<'_>, failure: &Failure) -> String {
    let name = &outcome.instruction.word;
    match mode {
        Mode::Quiet => String::new(),
        Mode::Sentence => format!("{name} failed!  Use -verbose for more information.\n"),
        Mode::Table => format!(
            "{name:>20}           FAIL       FAIL      FAIL     FAIL FAIL  (use -verbose for more info)\n"
        ),
        Mode::Verbose => format!("{name} failed!\n{}\n\n", failure.stack.full_text("\n")),
        Mode::Long => format!(
            "#{}\n# {name} command to {} is FAILED\n",
            failure.stack.full_text("|"),
            outcome.destination,
        ),
    }
}

/// What the policy ad says of each feature; `None` is condor_ping's "none".
struct Features<'a> {
    method: Option<&'a str>,
    encryption: Option<&'a str>,
    integrity: Option<&'a str>,
    identity: &'a str,
}

impl<'a> Features<'a> {
    fn of(policy: &'a ClassAd) -> Self {
        let text = |name| policy.get_str(name).unwrap_or_default();
        let on = |name| !text(name).eq_ignore_ascii_case("no");
        let encryption = on(attrs::ENCRYPTION).then(|| text(attrs::CRYPTO_METHODS));
        // HTCondor names the checksum that its other ciphers need, even where the channel is AES
        // but not encrypted.
        let checksum = if encryption == Some("AES") {
            "AES"
        } else {
            "MD5"
        };
        Self {
            method: on(attrs::AUTHENTICATION).then(|| text(attrs::AUTH_METHODS)),
            encryption,
            integrity: on(attrs::INTEGRITY).then_some(checksum),
            identity: text(attrs::MY_REMOTE_USER_NAME),
        }
    }
}

fn verbose(
    outcome: &Outcome<'_>,
    session: &Session,
    features: &Features<'_>,
    allowed: bool,
) -> String {
    let text = |name| session.policy.get_str(name).unwrap_or_default();
    let mut lines = vec![
        ("Destination", outcome.destination.to_owned()),
        ("Remote Version", text(attrs::REMOTE_VERSION).to_owned()),
        ("Local  Version", PROTOCOL_VERSION.to_owned()),
        ("Session ID", text(attrs::SID).to_owned()),
        ("Instruction", outcome.instruction.word.clone()),
        ("Command", outcome.instruction.command.to_string()),
        (
            "Encryption",
            features.encryption.unwrap_or("none").to_owned(),
        ),
        ("Integrity", features.integrity.unwrap_or("none").to_owned()),
    ];
    match features.method {
        None => lines.push(("Authentication", "none".into())),
        Some(method) => {
            lines.push(("Authenticated using", method.to_owned()));
            lines.push((
                "All authentication methods",
                text(attrs::AUTH_METHODS_LIST).to_owned(),
            ));
        }
    }
    lines.push(("Remote Mapping", features.identity.to_owned()));
    lines.push((
        "Authorized",
        if allowed { "TRUE" } else { "FALSE" }.to_owned(),
    ));
    let mut text: String = lines
        .into_iter()
        .map(|(label, value)| format!("{:<29}{value}\n", format!("{label}:")))
        .collect();
    text.push('\n');
    text
}
