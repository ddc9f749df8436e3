//! The reasons, laid out for a terminal.

use countersign::config::Config;
use countersign::core::Failure;
use countersign::core::names::command_name;
use countersign::core::trace::{Event, Trace};
use countersign::why::{Asked, Explanation, explain, explain_answer};
use countersign::{Attempt, Authorization};

use super::instruction::Instruction;

/// The reasons of one run, in order: one that is the same as an earlier one is not told again.
#[derive(Default)]
pub(crate) struct Reasons {
    /// What goes before each line.
    before: &'static str,
    /// Where this side's list of methods stands.
    methods_at: Option<String>,
    /// Level and reason, the level left out of it.
    told: Vec<(String, String)>,
}

/// Where the list of methods stands that a tool offers: the setting, with file and line.
pub(crate) fn methods_at(config: &Config) -> Option<String> {
    let settings = [
        "SEC_CLIENT_AUTHENTICATION_METHODS",
        "SEC_DEFAULT_AUTHENTICATION_METHODS",
    ];
    let found = settings
        .into_iter()
        .find_map(|name| config.get(name).ok().flatten())?;
    Some(format!("{}, {}", found.name, found.origin))
}

impl Reasons {
    /// Reasons under rows; `commented` for output that is read line by line as an ad.
    pub(crate) fn new(commented: bool, methods_at: Option<String>) -> Self {
        Self {
            before: if commented { "# " } else { "        " },
            methods_at,
            told: Vec::new(),
        }
    }

    /// The reason of one level, or which earlier level it has it from.
    pub(crate) fn of(
        &mut self,
        attempt: &Attempt<Authorization>,
        instruction: &Instruction,
    ) -> String {
        let text = self.explanation(attempt, instruction).to_string();
        let text = self.shortened(&instruction.word, text);
        prefixed(&text, self.before)
    }

    /// The same, whether it was told or not.
    pub(crate) fn indented(
        &self,
        attempt: &Attempt<Authorization>,
        instruction: &Instruction,
    ) -> String {
        let text = self.explanation(attempt, instruction).to_string();
        prefixed(&text, "        ")
    }

    /// The reason of one level as lines.
    pub(crate) fn plain(
        &self,
        attempt: &Attempt<Authorization>,
        instruction: &Instruction,
    ) -> String {
        format!(
            "{}\n{}",
            instruction.described(),
            self.explanation(attempt, instruction)
        )
    }

    fn explanation(
        &self,
        attempt: &Attempt<Authorization>,
        instruction: &Instruction,
    ) -> Explanation {
        let asked = Asked {
            name: &instruction.word,
            command: instruction.command,
        };
        let explanation = match &attempt.result {
            Ok(answer) => explain_answer(&attempt.trace, answer.succeeded, asked),
            Err(failure) => explain(&attempt.trace, failure, asked),
        };
        match &self.methods_at {
            Some(place) => explanation.with_methods_at(place),
            None => explanation,
        }
    }

    fn shortened(&mut self, level: &str, text: String) -> String {
        let same = without_level(&text, level);
        match self.told.iter().find(|(_, told)| *told == same) {
            Some((earlier, _)) => format!("why: as for {earlier}\n"),
            None => {
                self.told.push((level.to_owned(), same));
                text
            }
        }
    }
}

/// Why a collector did not answer the query for the daemon's address.
pub(crate) fn of_query(
    trace: &Trace,
    failure: &Failure,
    commented: bool,
    methods_at: Option<String>,
) -> String {
    let command = trace.iter().rev().find_map(|event| match event {
        Event::PolicySent { command, .. } => Some(*command),
        _ => None,
    });
    let asked = Asked {
        name: command.and_then(command_name).unwrap_or("READ"),
        command: command.unwrap_or_default(),
    };
    let mut explanation = explain(trace, failure, asked);
    if let Some(place) = &methods_at {
        explanation = explanation.with_methods_at(place);
    }
    let text = format!(
        "this is about the query to the collector for the daemon's address, at READ; the daemon \
         itself was not asked\n{explanation}"
    );
    prefixed(&text, Reasons::new(commented, methods_at).before)
}

fn prefixed(text: &str, before: &str) -> String {
    text.lines()
        .map(|line| format!("{before}{line}\n"))
        .collect()
}

/// A reason with `*` for its level, so that those of two levels can be compared. Only whole words
/// count: the level may be part of a setting's name, but not of another word.
fn without_level(text: &str, level: &str) -> String {
    let is_letter = |c: char| c.is_ascii_alphanumeric();
    let upper = level.to_ascii_uppercase();
    let mut rest = text;
    let mut out = String::new();
    while let Some(at) = rest.find(level).into_iter().chain(rest.find(&upper)).min() {
        let (before, found) = rest.split_at(at);
        let after = found.get(level.len()..).unwrap_or_default();
        let whole = !before.ends_with(is_letter) && !after.starts_with(is_letter);
        out.push_str(before);
        out.push_str(if whole { "*" } else { level });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_reason_is_told_once() {
        let mut reasons = Reasons::new(false, None);
        let text = |level: &str| format!("why: DENIED for {level}\n  do: ALLOW_{level}\n");
        assert_eq!(reasons.shortened("WRITE", text("WRITE")), text("WRITE"));
        assert_eq!(
            reasons.shortened("DAEMON", text("DAEMON")),
            "why: as for WRITE\n"
        );
        let other = "why: something else\n".to_owned();
        assert_eq!(reasons.shortened("CONFIG", other.clone()), other);
        assert_eq!(
            reasons.shortened("ADVERTISE_STARTD", text("ADVERTISE_STARTD")),
            "why: as for WRITE\n"
        );
    }

    #[test]
    fn a_level_is_a_whole_word() {
        assert_eq!(
            without_level("READ ALLOW_READ READY", "READ"),
            "* ALLOW_* READY"
        );
        assert_eq!(without_level("READ as read", "read"), "* as *");
    }

    #[test]
    fn comments_for_an_ad() {
        assert_eq!(
            prefixed("why: a\nsteps: b\n", Reasons::new(true, None).before),
            "# why: a\n# steps: b\n"
        );
    }
}
