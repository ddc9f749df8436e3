//! Asking HTCondor's own library, in one Python process for all cases.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use countersign::classad::Syntax;

use super::Case;

/// The value and the writing of each case.
pub(super) fn ask(
    cases: &[Case],
    wheel: &Path,
    python: &str,
) -> Result<Vec<(String, String)>, String> {
    let mut child = Command::new(python)
        .args(["-c", include_str!("oracle.py")])
        .env("PYTHONPATH", wheel)
        .env("CONDOR_CONFIG", "/dev/null")
        .env("TZ", "UTC")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{python}: {error}"))?;
    let input: String = cases
        .iter()
        .map(|case| {
            let syntax = match case.syntax {
                Syntax::Old => "old",
                Syntax::New => "new",
            };
            serde_json::json!([syntax, case.text, case.my, case.target]).to_string() + "\n"
        })
        .collect();
    let stdin = child.stdin.take();
    let writer = std::thread::spawn(move || match stdin {
        Some(mut stdin) => stdin.write_all(input.as_bytes()),
        None => Ok(()),
    });
    let output = child
        .wait_with_output()
        .map_err(|error| format!("{python}: {error}"))?;
    let _ = writer.join();
    let answers = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(serde_json::from_str::<(String, String)>)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("{python} answered something else than JSON: {error}"))?;
    if answers.len() == cases.len() {
        return Ok(answers);
    }
    let at = cases.get(answers.len());
    Err(format!(
        "{python} ended with {} at {at:?}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    ))
}
