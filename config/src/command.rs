//! Running a command whose output is configuration: without a shell, for a bounded time, with bounded output.

use std::io::{self, Read};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use thiserror::Error;

use crate::files::MAX_FILE_SIZE;

/// What a command printed.
pub(crate) struct Output {
    pub(crate) content: Vec<u8>,
    /// Whether it ended with the status 0.
    pub(crate) success: bool,
}

/// Why there is no output.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error("is not written as HTCondor reads arguments: a quote is not closed")]
    Quotes,
    #[error("names no program")]
    Empty,
    #[error("cannot be started: {0}")]
    NotStarted(io::Error),
    #[error("did not end within {} seconds", .0.as_secs())]
    Deadline(Duration),
    #[error("printed more than {MAX_FILE_SIZE} bytes")]
    TooMuch,
    #[error("cannot be waited for: {0}")]
    Wait(io::Error),
}

/// Runs a command line with these variables as its whole environment, and nothing on its standard input.
pub(crate) fn run(
    line: &str,
    variables: &[(String, String)],
    deadline: Duration,
) -> Result<Output, Failure> {
    let words = arguments(line).ok_or(Failure::Quotes)?;
    let (program, arguments) = words.split_first().ok_or(Failure::Empty)?;
    let variables = variables.iter().map(|(name, value)| (name, value));
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(variables)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(Failure::NotStarted)?;
    let result = collect(&mut child, deadline);
    if result.is_err() {
        end(&mut child);
    }
    result
}

fn collect(child: &mut Child, deadline: Duration) -> Result<Output, Failure> {
    let end = Instant::now() + deadline;
    let (sender, receiver) = mpsc::channel();
    let output = child.stdout.take();
    std::thread::spawn(move || {
        let mut content = Vec::new();
        let read = output.map_or(Ok(0), |output| {
            output.take(MAX_FILE_SIZE + 1).read_to_end(&mut content)
        });
        // Nobody listens any more once the deadline is over.
        let _ = sender.send(read.map(|_| content));
    });
    let content = receiver
        .recv_timeout(deadline)
        .map_err(|_| Failure::Deadline(deadline))?
        .map_err(Failure::Wait)?;
    if content.len() as u64 > MAX_FILE_SIZE {
        return Err(Failure::TooMuch);
    }
    loop {
        if let Some(status) = child.try_wait().map_err(Failure::Wait)? {
            let success = status.success();
            return Ok(Output { content, success });
        }
        if Instant::now() >= end {
            return Err(Failure::Deadline(deadline));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Ends a command and what it started.
fn end(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // That it ended by itself meanwhile is as good.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}

/// Takes a command line apart as `AppendArgsV1RawOrV2Quoted` does: at blanks; or, all of it in double quotes, at blanks
/// outside of single quotes, a doubled quote standing for one.
fn arguments(line: &str) -> Option<Vec<String>> {
    let line = line.trim_matches([' ', '\t', '\r', '\n']);
    let Some(quoted) = line.strip_prefix('"') else {
        return Some(line.split_ascii_whitespace().map(str::to_owned).collect());
    };
    let inner = quoted.strip_suffix('"')?.replace("\"\"", "\u{0}");
    if inner.contains('"') {
        return None;
    }
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut in_quotes = false;
    let mut letters = inner.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' if in_quotes && letters.next_if_eq(&'\'').is_some() => {
                word.get_or_insert_default().push('\'');
            }
            '\'' => {
                in_quotes = !in_quotes;
                word.get_or_insert_default();
            }
            ' ' | '\t' | '\r' | '\n' if !in_quotes => words.extend(word.take()),
            '\u{0}' => word.get_or_insert_default().push('"'),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    (!in_quotes).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> Vec<(String, String)> {
        vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())]
    }

    fn printed(line: &str) -> String {
        let output = run(line, &path(), Duration::from_secs(10)).unwrap();
        assert!(output.success);
        String::from_utf8(output.content).unwrap()
    }

    #[test]
    fn commands_run_without_a_shell() {
        assert_eq!(printed("echo A = $HOME;  b"), "A = $HOME; b\n");
        assert_eq!(printed("\"echo 'a  b' ''  c''d \"\"\""), "a  b  cd \"\n");
        assert_eq!(printed("env"), "PATH=/usr/bin:/bin\n");
    }

    #[test]
    fn commands_end() {
        let start = Instant::now();
        let deadline = Duration::from_millis(300);
        for line in ["sleep 60", "\"sh -c 'sleep 60 & echo x'\"", "yes"] {
            let failure = run(line, &path(), deadline).err();
            assert!(
                matches!(failure, Some(Failure::Deadline(_) | Failure::TooMuch)),
                "{line}: {failure:?}"
            );
        }
        assert!(start.elapsed() < Duration::from_secs(20));
        let failed = run("false", &path(), Duration::from_secs(10)).unwrap();
        assert!(!failed.success);
        for (line, expected) in [
            ("", "no program"),
            ("\"echo", "quote"),
            ("/nonexistent", "started"),
        ] {
            let failure = run(line, &path(), deadline).err().unwrap();
            assert!(failure.to_string().contains(expected), "{failure}");
        }
    }
}
