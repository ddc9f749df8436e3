//! Asking HTCondor's own library, in one Python process for many mapfiles.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A method and a name to map.
pub type Question = (String, Vec<u8>);

/// What the names that are asked of a mapfile become.
pub type Answers = Vec<Option<Vec<u8>>>;

/// A Python process that maps names.
#[derive(Debug)]
pub struct Oracle {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Oracle {
    /// Starts one with this wheel, and with this PCRE2 in place of the wheel's own 10.32 of 2018.
    ///
    /// # Errors
    /// Python cannot be started.
    pub fn start(wheel: &Path, python: &str, pcre2: Option<&Path>) -> Result<Self, String> {
        let mut command = Command::new(python);
        if let Some(library) = pcre2 {
            command.env("LD_PRELOAD", library);
        }
        let mut child = command
            .args(["-c", include_str!("oracle.py")])
            .env("PYTHONPATH", wheel)
            .env("CONDOR_CONFIG", "/dev/null")
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{python}: {error}"))?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().ok_or("no pipe")?);
        Ok(Self {
            child,
            input,
            output,
        })
    }

    /// What each mapfile makes of each name.
    ///
    /// # Errors
    /// The process ended, and what it said.
    pub fn ask(&mut self, maps: &[(&Path, Vec<Question>)]) -> Result<Vec<Answers>, String> {
        let input: String = maps
            .iter()
            .map(|(path, questions)| {
                let questions: Vec<(&str, String)> = questions
                    .iter()
                    .map(|(method, name)| (method.as_str(), latin1(name)))
                    .collect();
                serde_json::json!([path, questions]).to_string() + "\n"
            })
            .collect();
        let mut pipe = self.input.take().ok_or("the process has ended")?;
        let writer = std::thread::spawn(move || {
            let written = pipe.write_all(input.as_bytes()).and_then(|()| pipe.flush());
            (pipe, written)
        });
        let mut answers = Vec::new();
        for (path, _) in maps {
            let mut line = String::new();
            let read = self.output.read_line(&mut line);
            if !matches!(read, Ok(length) if length > 0) {
                return Err(self.ended(path));
            }
            let answer: Vec<Option<String>> = serde_json::from_str(&line)
                .map_err(|error| format!("it answered something else than JSON: {error}"))?;
            answers.push(
                answer
                    .into_iter()
                    .map(|text| {
                        Some(
                            text?
                                .chars()
                                .map(|c| u8::try_from(c).unwrap_or(b'?'))
                                .collect(),
                        )
                    })
                    .collect(),
            );
        }
        if let Ok((pipe, Ok(()))) = writer.join() {
            self.input = Some(pipe);
        }
        Ok(answers)
    }

    fn ended(&mut self, path: &Path) -> String {
        let mut said = String::new();
        if let Some(mut pipe) = self.child.stderr.take() {
            let _ = pipe.read_to_string(&mut said);
        }
        let status = self.child.wait().map(|status| status.to_string());
        format!(
            "HTCondor's library ended at {}: {}: {}",
            path.display(),
            status.unwrap_or_default(),
            said.trim()
        )
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}
