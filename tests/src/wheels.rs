//! HTCondor's own client library, and SciTokens', from PyPI, kept in the cache beside the roots.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The release of `scitokens`.
const SCITOKENS: &str = "1.9.7";

/// The Python that loads the wheels.
#[must_use]
pub fn python() -> String {
    std::env::var("COUNTERSIGN_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// The folder with this release of HTCondor's wheel in the cache, installed by pip if it is missing.
///
/// # Errors
/// What Python or pip said.
pub fn ready(cache: &Path, version: &str) -> Result<PathBuf, String> {
    let asked = Command::new(python())
        .args(["-c", "import sys; print(sys.implementation.cache_tag)"])
        .output()
        .map_err(|error| format!("{}: {error}", python()))?;
    let tag = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
    let name = format!("htcondor-{version}-{tag}");
    install(cache, &name, &format!("htcondor=={version}"), &[])
}

/// The same for `scitokens` and what it needs, for another Python than the one that installs it: `3.14`, say.
///
/// # Errors
/// What Python or pip said.
pub fn scitokens(cache: &Path, python: &str) -> Result<PathBuf, String> {
    let name = format!("scitokens-{SCITOKENS}-{python}");
    let package = format!("scitokens=={SCITOKENS}");
    install(cache, &name, &package, &["--python-version", python])
}

fn install(cache: &Path, name: &str, package: &str, more: &[&str]) -> Result<PathBuf, String> {
    let wheels = cache.join("wheels");
    let folder = wheels.join(name);
    if folder.exists() {
        return Ok(folder);
    }
    println!("installing {package} from PyPI");
    // Complete or not there at all, and two runs at once do no harm.
    let fresh = wheels.join(format!(".{name}-{}", std::process::id()));
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
        .args(more)
        .arg(package)
        .output()
        .map_err(|error| format!("pip: {error}"))?;
    if !output.status.success() {
        let _ = fs::remove_dir_all(&fresh);
        return Err(format!(
            "pip install {package}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        ));
    }
    if fs::rename(&fresh, &folder).is_err() {
        let _ = fs::remove_dir_all(&fresh);
    }
    Ok(folder)
}
