//! Looking for a client's bearer token.
//!
//! Rule: `htcondor::discover_token`, `find_token_in_file` and the reading of SCITOKENS_FILE in HTCondor. A place where there
//! is no token leads to the next; a token that is no good ends the search.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use countersign_core::Secret;
use countersign_methods::scitokens::{BearerSearch, BearerSource};
use rustix::fs::OFlags;
use zeroize::Zeroizing;

/// A file this large, in bytes, HTCondor does not take.
const TOO_LARGE: usize = 16_384;

/// The most of SCITOKENS_FILE that is looked at: its token is a line of it.
const MAX_LINES: usize = 1 << 20;

/// Where a token is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BearerSources {
    /// SCITOKENS_FILE: nothing else counts then.
    pub file: Option<PathBuf>,
    /// Whether the environment and the usual files of WLCG's rules are looked at.
    pub discover: bool,
}

/// Looks for the token.
#[must_use]
pub fn find_bearer_token(sources: &BearerSources) -> BearerSearch {
    let mut search = BearerSearch {
        found: None,
        passed_over: Vec::new(),
    };
    let outcome = match &sources.file {
        Some(path) => of_setting(path),
        None if sources.discover => discover(&mut search.passed_over),
        None => Err("SCITOKENS_FILE is not set, and nothing else is looked at".into()),
    };
    match outcome {
        Ok(found) => search.found = Some(found),
        Err(problem) => search.passed_over.push(problem),
    }
    search
}

/// The first line that is neither empty nor a comment.
fn of_setting(path: &Path) -> Result<(BearerSource, Secret), String> {
    let shown = format!("SCITOKENS_FILE {}", path.display());
    let text = read(path, MAX_LINES).map_err(|error| format!("{shown}: {error}"))?;
    let lines = text.split(|byte| *byte == b'\n');
    let mut lines = lines.map(<[u8]>::trim_ascii);
    let line = lines
        .find(|line| !line.is_empty() && line.first() != Some(&b'#'))
        .ok_or_else(|| format!("{shown}: it holds no line with a token"))?;
    let source = BearerSource::File {
        path: path.to_owned(),
        named_by: "SCITOKENS_FILE",
    };
    Ok((source, Secret::new(line.to_vec())))
}

fn discover(passed_over: &mut Vec<String>) -> Result<(BearerSource, Secret), String> {
    match std::env::var_os("BEARER_TOKEN") {
        Some(value) if !value.is_empty() => {
            let value = Zeroizing::new(value.into_encoded_bytes());
            match normal(&value).map_err(|problem| format!("BEARER_TOKEN: {problem}"))? {
                Some(token) => return Ok((BearerSource::Variable, token)),
                None => passed_over.push("BEARER_TOKEN is blank".into()),
            }
        }
        _ => passed_over.push("BEARER_TOKEN is not set".into()),
    }
    let name = format!("bt_u{}", rustix::process::geteuid().as_raw());
    let set = |variable| std::env::var_os(variable).filter(|value| !value.is_empty());
    let places = [
        (
            "BEARER_TOKEN_FILE",
            set("BEARER_TOKEN_FILE").map(PathBuf::from),
        ),
        (
            "XDG_RUNTIME_DIR",
            set("XDG_RUNTIME_DIR").map(|folder| PathBuf::from(folder).join(&name)),
        ),
        ("its usual place", Some(Path::new("/tmp").join(&name))),
    ];
    for (named_by, path) in places {
        let Some(path) = path else {
            passed_over.push(format!("{named_by} is not set"));
            continue;
        };
        match read(&path, TOO_LARGE) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                passed_over.push(format!("{} is not there", path.display()));
            }
            Err(error) => return Err(format!("{}: {error}", path.display())),
            Ok(text) if text.len() >= TOO_LARGE => {
                return Err(format!(
                    "{}: it has {TOO_LARGE} bytes or more, which HTCondor does not take",
                    path.display()
                ));
            }
            Ok(text) => {
                match normal(&text).map_err(|problem| format!("{}: {problem}", path.display()))? {
                    Some(token) => return Ok((BearerSource::File { path, named_by }, token)),
                    None => passed_over.push(format!("{} is blank", path.display())),
                }
            }
        }
    }
    Err("there is no other place to look".into())
}

/// A token without the white space around it; `None` if there is nothing else.
fn normal(text: &[u8]) -> Result<Option<Secret>, &'static str> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r');
    let Some(start) = text.iter().position(|byte| !is_space(byte)) else {
        return Ok(None);
    };
    let end = text
        .iter()
        .rposition(|byte| !is_space(byte))
        .unwrap_or(start);
    let token = text.get(start..=end).unwrap_or_default();
    if token.windows(2).any(|pair| pair == b"\r\n") {
        return Err("there is more than one line in it, which HTCondor does not take");
    }
    Ok(Some(Secret::new(token.to_vec())))
}

/// At most `limit` bytes of a file. As HTCondor's, whoever owns it; a FIFO does not hang the reader.
fn read(path: &Path, limit: usize) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let file = File::options()
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(path)?;
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    // Room for all of it at once: growing would leave copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(limit + 1));
    file.take(limit as u64).read_to_end(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn lines_of_a_named_file() {
        let path = std::env::temp_dir().join(format!("bearer-{}", std::process::id()));
        let sources = BearerSources {
            file: Some(path.clone()),
            discover: true,
        };
        let found = || {
            find_bearer_token(&sources)
                .found
                .map(|(_, token)| token.expose().to_vec())
        };
        assert_eq!(found(), None);
        fs::write(&path, "\n # a comment\n  a.b.c \nd.e.f\n").unwrap();
        assert_eq!(found().as_deref(), Some(&b"a.b.c"[..]));
        fs::write(&path, "# nothing\n").unwrap();
        assert_eq!(found(), None);
        fs::remove_file(&path).unwrap();
        let search = find_bearer_token(&BearerSources::default());
        assert!(search.found.is_none() && search.passed_over.len() == 1);
    }

    #[test]
    fn white_space_around_a_token() {
        let normal = |text: &[u8]| normal(text).map(|found| found.map(|it| it.expose().to_vec()));
        assert_eq!(normal(b" \r\n a.b.c\r\n"), Ok(Some(b"a.b.c".to_vec())));
        assert_eq!(normal(b" \t\n"), Ok(None));
        assert!(normal(b"a\r\nb").is_err());
    }
}
