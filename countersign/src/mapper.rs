//! A site's mapfile in the place where the handshake asks who somebody is.

use std::sync::{Arc, OnceLock};

use countersign_core::identity::{Mapped, Mapper};
use countersign_core::names::MethodName;
use countersign_mapfile::{
    BareKeys, Exclude, LoadError, Lookup, Mapfile, Match, Options, Outcome, PatternError, Problem,
};

use crate::settings::MapfileSource;

/// CERTIFICATE_MAPFILE as a [`Mapper`].
#[derive(Debug, Clone)]
pub struct MapfileMapper(Arc<Mapfile>);

/// Why a mapfile is not used. HTCondor goes on without it, or without the part that cannot be read,
/// and so with other names than were written down.
#[derive(Debug, thiserror::Error)]
pub enum MapfileError {
    /// It cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A file that it includes cannot be read.
    #[error("{0}")]
    Include(Problem),
    /// The names to pass over in an included folder are no pattern.
    #[error("LOCAL_CONFIG_DIR_EXCLUDE_REGEXP is no regular expression: {0}")]
    Exclude(#[from] PatternError),
}

impl MapfileMapper {
    /// Reads the file and what it includes. This blocks.
    ///
    /// # Errors
    /// [`MapfileError`]; nothing of a file is used that cannot be read whole. Lines that HTCondor
    /// skips are skipped, and are among the [`problems`](Mapfile::problems).
    pub fn read(source: &MapfileSource) -> Result<Self, MapfileError> {
        let options = Options {
            keys: BareKeys::from_assume_hash_keys(source.assume_hash_keys),
            exclude: Exclude::matching(source.exclude.as_deref().unwrap_or_default())?,
        };
        let map = Mapfile::load(&source.path, &options)?;
        match map
            .problems()
            .iter()
            .find(|problem| problem.kind.hides_a_file())
        {
            Some(problem) => Err(MapfileError::Include(problem.clone())),
            None => Ok(Self::from(map)),
        }
    }

    /// The mapfile.
    #[must_use]
    pub fn mapfile(&self) -> &Mapfile {
        &self.0
    }
}

impl From<Mapfile> for MapfileMapper {
    fn from(map: Mapfile) -> Self {
        Self(Arc::new(map))
    }
}

impl Mapper for MapfileMapper {
    fn map(&self, method: &MethodName, name: &str) -> Mapped {
        match self.0.lookup(method.canonical.as_bytes(), name.as_bytes()) {
            Lookup::Mapped(found) => to(&found),
            Lookup::NoMatch { lines } => Mapped::Nothing {
                searched: format!(
                    "{lines} {} for {} in {}",
                    if lines == 1 { "line" } else { "lines" },
                    method.canonical,
                    self.0.path().display()
                ),
            },
            Lookup::GaveUp { at, why } => Mapped::Failed {
                reason: format!(
                    "the pattern of {at} was given up ({why}); write it without nested repetitions"
                ),
            },
        }
    }
}

/// A tool's CERTIFICATE_MAPFILE: read when a server authenticates a name, which few methods do.
#[derive(Debug)]
pub(crate) struct MapfileWhenNeeded {
    source: MapfileSource,
    read: OnceLock<Result<MapfileMapper, String>>,
}

impl MapfileWhenNeeded {
    pub(crate) fn new(source: MapfileSource) -> Self {
        Self {
            source,
            read: OnceLock::new(),
        }
    }
}

impl Mapper for MapfileWhenNeeded {
    /// Reading blocks, once.
    fn map(&self, method: &MethodName, name: &str) -> Mapped {
        let read = self
            .read
            .get_or_init(|| MapfileMapper::read(&self.source).map_err(|error| error.to_string()));
        match read {
            Ok(mapper) => mapper.map(method, name),
            Err(error) => Mapped::Failed {
                reason: error.clone(),
            },
        }
    }
}

fn to(found: &Match<'_>) -> Mapped {
    let by = found.at.to_string();
    let shown = String::from_utf8_lossy(&found.canonical);
    match (found.outcome(), std::str::from_utf8(&found.canonical)) {
        (Outcome::Plugin { names }, _) => Mapped::Plugins {
            names: String::from_utf8_lossy(names).into_owned(),
            by,
        },
        (_, Ok(canonical)) => Mapped::To {
            canonical: canonical.to_owned(),
            by,
        },
        (_, Err(_)) => Mapped::Failed {
            reason: format!("{by} gives {shown}, which is not UTF-8"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::names::{CLAIMTOBE, FS};
    use countersign_mapfile::{MemoryFiles, Sources};

    fn mapper(text: &[u8]) -> MapfileMapper {
        let options = Options::new(BareKeys::Literals);
        let files = MemoryFiles::default();
        let sources = Sources::of_bytes(&files, "map".as_ref(), text, &options).unwrap();
        Mapfile::compile(&sources).into()
    }

    #[test]
    fn says_which_line() {
        let map = mapper(b"CLAIMTOBE alice a@x\n");
        let Mapped::To { by, canonical } = map.map(&CLAIMTOBE, "alice") else {
            panic!("not mapped");
        };
        assert_eq!((canonical.as_str(), by.as_str()), ("a@x", "map, line 1"));
        let Mapped::Nothing { searched } = map.map(&FS, "alice") else {
            panic!("mapped");
        };
        assert_eq!(searched, "0 lines for FS in map");
    }

    #[test]
    fn what_is_nobody() {
        let map =
            mapper(b"FS plugin PLUGIN:x\nFS bytes \xff\nFS /^(a+)+(b+)+\\1$/ x\nFS /^/ anybody\n");
        let slow = "a".repeat(40) + &"b".repeat(40);
        for (name, part) in [
            ("bytes", "not UTF-8"),
            (slow.as_str(), "line 3 was given up"),
        ] {
            let Mapped::Failed { reason } = map.map(&FS, name) else {
                panic!("{name} did not fail");
            };
            assert!(reason.contains(part), "{reason}");
        }
        let Mapped::Plugins { names, by } = map.map(&FS, "plugin") else {
            panic!("a plugin is none");
        };
        assert!(names == "x" && by.contains("line 1"), "{names} by {by}");
    }

    #[test]
    fn half_a_file_is_none() {
        let folder = std::env::temp_dir().join(format!("mapper-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("map");
        let source = |path: &std::path::Path| MapfileSource {
            path: path.to_owned(),
            assume_hash_keys: false,
            exclude: None,
        };
        std::fs::write(&path, "FS\n@include other\n").unwrap();
        let error = MapfileMapper::read(&source(&path)).unwrap_err();
        assert!(error.to_string().contains("line 2: "), "{error}");
        std::fs::write(folder.join("other"), "FS a b\n").unwrap();
        let read = MapfileMapper::read(&source(&path)).unwrap();
        assert_eq!(read.mapfile().problems().len(), 1);
        assert!(MapfileMapper::read(&source(&folder.join("none"))).is_err());
        let lazy = |name| MapfileWhenNeeded::new(source(&folder.join(name)));
        assert!(matches!(lazy("none").map(&FS, "a"), Mapped::Failed { .. }));
        assert!(matches!(lazy("other").map(&FS, "a"), Mapped::To { .. }));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
