//! HTCondor's own client library, from PyPI, kept in the cache beside the roots.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Python that loads the wheels.
#[must_use]
pub fn python() -> String {
    std::env::var("COUNTERSIGN_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// The folder with this release of the wheel in the cache, installed by pip if it is missing.
///
/// # Errors
/// What Python or pip said.
pub fn ready(cache: &Path, version: &str) -> Result<PathBuf, String> {
    let asked = Command::new(python())
        .args(["-c", "import sys; print(sys.implementation.cache_tag)"])
        .output()
        .map_err(|error| format!("{}: {error}", python()))?;
    let tag = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
    let wheels = cache.join("wheels");
    let folder = wheels.join(format!("htcondor-{version}-{tag}"));
    if folder.exists() {
        return Ok(folder);
    }
    println!("installing htcondor {version} from PyPI");
    // Complete or not there at all, and two runs at once do no harm.
    let fresh = wheels.join(format!(".{version}-{}", std::process::id()));
    let output = Command::new(python())
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--only-binary=:all:",
            "--target",
        ])
        .arg(&fresh)
        .arg(format!("htcondor=={version}"))
        .output()
        .map_err(|error| format!("pip: {error}"))?;
    if !output.status.success() {
        let _ = fs::remove_dir_all(&fresh);
        return Err(format!(
            "pip install htcondor=={version}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        ));
    }
    if fs::rename(&fresh, &folder).is_err() {
        let _ = fs::remove_dir_all(&fresh);
    }
    Ok(folder)
}
