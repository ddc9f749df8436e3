//! The program under test, put into the root where the client runs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::roots::{Release, Roots};

/// The program that is compared with `condor_ping`.
#[derive(Debug)]
pub struct Subject {
    /// Its command line, before condor_ping's own arguments.
    pub command: Vec<String>,
}

impl Subject {
    /// Builds the program, or takes the one that `COUNTERSIGN_BIN` names, and copies it into the root.
    ///
    /// `COUNTERSIGN_TEST_SUBJECT=condor_ping` compares `condor_ping` with itself: what differs then is random, and no
    /// scenario may depend on it.
    ///
    /// # Errors
    /// Why there is no program.
    pub fn prepare(roots: &Roots) -> Result<Self, String> {
        if let Some(program) = std::env::var_os("COUNTERSIGN_TEST_SUBJECT") {
            return Ok(Self {
                command: vec![program.to_string_lossy().into_owned()],
            });
        }
        let built = match std::env::var_os("COUNTERSIGN_BIN") {
            Some(path) => PathBuf::from(path),
            None => build()?,
        };
        let bytes = fs::read(&built).map_err(|error| format!("{}: {error}", built.display()))?;
        // Each run has its own copy: two runs with two builds do not disturb each other.
        let inside = format!("{}/countersign", roots.area());
        roots.write(&inside, bytes, 0, 0o755);
        let _ = fs::set_permissions(roots.host(&inside), fs::Permissions::from_mode(0o755));
        let probe = crate::run::command(
            &roots.root(Release::Newest),
            crate::run::User::Bob,
            "/dev/null",
        );
        let mut probe = probe;
        probe.args([&inside, "--version"]);
        let output = crate::run::finish(probe, std::time::Duration::from_secs(20));
        if output.status != Some(0) {
            return Err(format!(
                "countersign --version does not run in the root: {output:?}"
            ));
        }
        Ok(Self {
            command: vec![inside, "ping".to_owned()],
        })
    }
}

fn build() -> Result<PathBuf, String> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let output = Command::new(env!("CARGO"))
        .args([
            "build",
            "--release",
            "-p",
            "countersign-cli",
            "--message-format",
            "json-render-diagnostics",
        ])
        .current_dir(workspace)
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "cargo build --release -p countersign-cli: {}",
            output.status
        ));
    }
    // The target folder may be anywhere: cargo says where the executable is.
    let text = String::from_utf8_lossy(&output.stdout);
    text.split("\"executable\":\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .find(|path| path.ends_with("/countersign"))
        .map(PathBuf::from)
        .ok_or_else(|| "cargo built no executable called countersign".to_owned())
}
