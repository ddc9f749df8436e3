//! `known_hosts`: which certificates of which hosts are believed although nobody vouches for them.
//!
//! Rule: `htcondor::get_known_hosts_first_match` and `add_known_hosts` in HTCondor. The file is written only when a server
//! is believed for the first time, and never through a link.

use std::fs::{DirBuilder, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_methods::ssl::{KnownHost, TrustServer};
use rustix::fs::OFlags;

use super::authorities::read;

/// The file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownHosts {
    /// SEC_KNOWN_HOSTS, or else `~/.condor/known_hosts`, or SEC_SYSTEM_KNOWN_HOSTS for root.
    pub path: Option<PathBuf>,
}

impl KnownHosts {
    /// The first line that speaks of `host`. A file that cannot be read speaks of nobody.
    pub(super) fn first(&self, host: &str) -> Option<KnownHost> {
        let path = self.path.as_ref()?;
        let text = read(path).ok()?;
        let text = String::from_utf8_lossy(&text);
        text.lines().enumerate().find_map(|(number, line)| {
            let line = line.trim();
            if line.starts_with('#') {
                return None;
            }
            let mut fields = line.split(' ').filter(|field| !field.is_empty());
            let (name, method, info) = (fields.next()?, fields.next()?, fields.next()?);
            let (permitted, name) = match name.strip_prefix('!') {
                Some(name) => (false, name),
                None => (true, name),
            };
            (name == host).then(|| KnownHost {
                permitted,
                method: method.to_owned(),
                info: info.to_owned(),
                path: path.clone(),
                line: number + 1,
            })
        })
    }
}

/// Notes down that a server's certificate is believed from now on, and where.
///
/// # Errors
/// The problem, for a person.
pub fn note_down(file: &KnownHosts, question: &TrustServer) -> Result<PathBuf, String> {
    let Some(path) = &file.path else {
        return Err("no file is set (SEC_KNOWN_HOSTS), and this user has no home".into());
    };
    let host = &question.host;
    // With `!` or `#` in front it would say something else.
    if host.is_empty()
        || host.starts_with(['!', '#'])
        || host.contains(|c: char| c.is_whitespace() || c.is_control())
    {
        return Err("the host's name does not fit into a line".into());
    }
    let problem = |error: std::io::Error| format!("{}: {error}", path.display());
    if let Some(folder) = path.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(folder)
            .map_err(problem)?;
    }
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut opened = File::options()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
        .map_err(problem)?;
    if !opened.metadata().map_err(problem)?.is_file() {
        return Err(format!("{} is not a regular file", path.display()));
    }
    let mut old = Vec::new();
    (&mut opened)
        .take(super::authorities::MAX_FILE)
        .read_to_end(&mut old)
        .map_err(problem)?;
    let mut line = format!("{host} SSL {}\n", STANDARD.encode(&question.certificate));
    if old.last().is_some_and(|last| *last != b'\n') {
        line.insert(0, '\n');
    }
    // One call, so that two programs' lines do not mix.
    opened.write_all(line.as_bytes()).map_err(problem)?;
    opened.sync_all().map_err(problem)?;
    Ok(path.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn question(host: &str) -> TrustServer {
        TrustServer {
            host: host.into(),
            certificate: vec![1, 2, 3],
            fingerprint: String::new(),
            subject: String::new(),
            is_authority: false,
            ask: false,
        }
    }

    #[test]
    fn the_first_line_counts() {
        let folder = std::env::temp_dir().join(format!("known-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("deep/known_hosts");
        let file = KnownHosts {
            path: Some(path.clone()),
        };
        assert_eq!(file.first("h.example"), None);
        assert_eq!(note_down(&file, &question("h.example")), Ok(path.clone()));
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
        let found = file.first("h.example").unwrap();
        assert_eq!((found.permitted, found.line), (true, 1));
        assert_eq!(
            (found.method.as_str(), found.info.as_str()),
            ("SSL", "AQID")
        );
        fs::write(
            &path,
            "# x\n\nshort line\n!h.example  SSL  @trusted more\nh.example SSL AQID",
        )
        .unwrap();
        let found = file.first("h.example").unwrap();
        assert_eq!((found.permitted, found.line), (false, 4));
        assert_eq!(file.first("H.example"), None);
        note_down(&file, &question("g")).unwrap();
        assert_eq!(
            file.first("g").unwrap().line,
            6,
            "behind a line without an end"
        );
        for host in ["g SSL x\ni", "!i", "#i", "", "i\u{2028}"] {
            assert!(note_down(&file, &question(host)).is_err(), "{host:?}");
        }
        let link = folder.join("link");
        symlink(&path, &link).unwrap();
        let before = fs::read(&path).unwrap();
        assert!(note_down(&KnownHosts { path: Some(link) }, &question("z")).is_err());
        assert_eq!(fs::read(&path).unwrap(), before);
        fs::remove_dir_all(folder).unwrap();
    }
}
