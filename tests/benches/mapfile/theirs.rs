//! HTCondor's library, in a Python process.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use countersign_tests::wheels::python;

pub(crate) struct Theirs {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Theirs {
    /// With this wheel, and with this PCRE2 instead of the wheel's own.
    pub(crate) fn start(wheel: &Path, pcre2: Option<&Path>) -> Result<Self, String> {
        let mut command = Command::new(python());
        if let Some(library) = pcre2 {
            command.env("LD_PRELOAD", library);
        }
        let mut child = command
            .args(["-c", include_str!("driver.py")])
            .env("PYTHONPATH", wheel)
            .env("CONDOR_CONFIG", "/dev/null")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", python()))?;
        let input = child.stdin.take().ok_or("no pipe")?;
        let output = BufReader::new(child.stdout.take().ok_or("no pipe")?);
        Ok(Self {
            child,
            input,
            output,
        })
    }

    fn ask<T: serde::de::DeserializeOwned>(
        &mut self,
        request: &serde_json::Value,
    ) -> Result<T, String> {
        writeln!(self.input, "{request}").map_err(|error| error.to_string())?;
        let mut line = String::new();
        self.output
            .read_line(&mut line)
            .map_err(|error| error.to_string())?;
        serde_json::from_str(&line).map_err(|error| format!("{request}: {line}: {error}"))
    }

    /// Seconds, and how many bytes the process grew.
    pub(crate) fn load(&mut self, map: &str, path: &Path) -> Result<(f64, i64), String> {
        self.ask(&serde_json::json!(["load", map, path]))
    }

    /// Seconds for so many lookups, and what the name becomes.
    pub(crate) fn time(
        &mut self,
        map: &str,
        count: usize,
        name: &str,
    ) -> Result<(f64, Option<String>), String> {
        self.ask(&serde_json::json!(["time", map, count, name]))
    }
}

impl Drop for Theirs {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
