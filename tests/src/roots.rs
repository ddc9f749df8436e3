//! The two releases of HTCondor, each installed in a root of its own, and a folder that both roots see.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The uid and gid of `condor` in both roots.
pub const CONDOR: u32 = 101;

/// A release of HTCondor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Release {
    /// 23.9.6, of Debian trixie.
    Stable,
    /// 25.14.1, of Debian forky.
    Newest,
}

impl Release {
    /// Both of them.
    pub const BOTH: [Self; 2] = [Self::Newest, Self::Stable];

    /// The version number.
    #[must_use]
    pub fn version(self) -> &'static str {
        match self {
            Self::Stable => "23.9.6",
            Self::Newest => "25.14.1",
        }
    }

    fn suite(self) -> &'static str {
        match self {
            Self::Stable => "trixie",
            Self::Newest => "forky",
        }
    }
}

/// Both roots, and this run's own folder inside their shared `/tmp`. The folder goes away on drop.
#[derive(Debug)]
pub struct Roots {
    cache: PathBuf,
    area: String,
}

impl Roots {
    /// Says why real HTCondor cannot be installed here, if so.
    #[must_use]
    pub fn obstacle() -> Option<String> {
        if !rustix::process::geteuid().is_root() {
            return Some("installing and running HTCondor in a chroot needs root".to_owned());
        }
        if !Path::new("/etc/debian_version").exists() {
            return Some(
                "the roots are made by debootstrap from this machine's own apt: this is not Debian"
                    .to_owned(),
            );
        }
        None
    }

    /// Finds the roots in the cache folder, installing what is missing.
    ///
    /// # Errors
    /// What went wrong, for a person.
    pub fn ready() -> Result<Self, String> {
        let cache = cache()?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("roots.sh");
        let status = Command::new(&script)
            .arg(&cache)
            .status()
            .map_err(|error| format!("{}: {error}", script.display()))?;
        if !status.success() {
            return Err(format!(
                "{} {} failed: {status}",
                script.display(),
                cache.display()
            ));
        }
        let roots = Self {
            cache,
            area: format!("/tmp/interop-{}", std::process::id()),
        };
        roots.sweep();
        let area = roots.host(&roots.area);
        fs::create_dir(&area).map_err(|error| format!("{}: {error}", area.display()))?;
        set_mode(&area, 0o755);
        Ok(roots)
    }

    /// Removes what runs that were interrupted left behind, known by a process id that is no longer in use.
    fn sweep(&self) {
        for entry in fs::read_dir(self.cache.join("tmp"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = entry.file_name();
            let pid = name.to_str().and_then(|name| name.strip_prefix("interop-"));
            let own = std::process::id().to_string();
            if pid.is_some_and(|pid| pid == own || !Path::new("/proc").join(pid).exists()) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// The folder that is kept from run to run.
    #[must_use]
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    /// Where a release is installed.
    #[must_use]
    pub fn root(&self, release: Release) -> PathBuf {
        self.cache.join("roots").join(release.suite())
    }

    /// The PCRE2 that 25.14.1's daemons match with.
    #[must_use]
    pub fn pcre2(&self) -> PathBuf {
        let libraries = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
        self.root(Release::Newest)
            .join(libraries)
            .join("libpcre2-8.so.0")
    }

    /// This run's folder, as it is called inside the roots.
    #[must_use]
    pub fn area(&self) -> &str {
        &self.area
    }

    /// What a path below `/tmp` inside the roots is called outside of them.
    #[must_use]
    pub fn host(&self, inside: &str) -> PathBuf {
        let below = inside.strip_prefix("/tmp/").expect("only /tmp is shared");
        self.cache.join("tmp").join(below)
    }

    /// Makes a folder in this run's area and returns its name inside the roots.
    #[must_use]
    pub fn folder(&self, name: &str, owner: u32, mode: u32) -> String {
        let inside = format!("{}/{name}", self.area);
        let outside = self.host(&inside);
        fs::create_dir_all(&outside)
            .unwrap_or_else(|error| panic!("{}: {error}", outside.display()));
        chown(&outside, Some(owner), Some(owner)).unwrap();
        set_mode(&outside, mode);
        inside
    }

    /// Writes a file in the shared `/tmp`.
    pub fn write(&self, inside: &str, text: impl AsRef<[u8]>, owner: u32, mode: u32) {
        let outside = self.host(inside);
        fs::write(&outside, text).unwrap_or_else(|error| panic!("{}: {error}", outside.display()));
        chown(&outside, Some(owner), Some(owner)).unwrap();
        set_mode(&outside, mode);
    }
}

impl Drop for Roots {
    fn drop(&mut self) {
        if std::env::var_os("COUNTERSIGN_KEEP").is_none() {
            let _ = fs::remove_dir_all(self.host(&self.area));
        }
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The folder in which installed things are kept between runs.
///
/// # Errors
/// No variable says where.
pub fn cache() -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os("COUNTERSIGN_CACHE") {
        return Ok(path.into());
    }
    if let Some(path) = std::env::var_os("XDG_CACHE_HOME") {
        return Ok(Path::new(&path).join("countersign"));
    }
    std::env::var_os("HOME")
        .map(|home| Path::new(&home).join(".cache/countersign"))
        .ok_or_else(|| "no folder for the roots: set COUNTERSIGN_CACHE".to_owned())
}
