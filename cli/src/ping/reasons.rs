//! The reasons, laid out for a terminal.

use countersign::why::{Asked, Explanation, explain, explain_answer};
use countersign::{Attempt, Authorization};

use super::instruction::Instruction;

/// The reasons of one level as lines.
pub(crate) fn plain(attempt: &Attempt<Authorization>, instruction: &Instruction) -> String {
    format!(
        "{}\n{}",
        instruction.described(),
        explanation(attempt, instruction)
    )
}

/// The same, under a row.
pub(crate) fn indented(attempt: &Attempt<Authorization>, instruction: &Instruction) -> String {
    explanation(attempt, instruction)
        .to_string()
        .lines()
        .map(|line| format!("        {line}\n"))
        .collect()
}

fn explanation(attempt: &Attempt<Authorization>, instruction: &Instruction) -> Explanation {
    let asked = Asked {
        name: &instruction.word,
        command: instruction.command,
    };
    match &attempt.result {
        Ok(answer) => explain_answer(&attempt.trace, answer.succeeded, asked),
        Err(failure) => explain(&attempt.trace, failure, asked),
    }
}
