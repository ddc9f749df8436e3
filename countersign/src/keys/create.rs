//! Making a signing key.

use std::path::{Path, PathBuf};

use countersign_core::Secret;
use countersign_core::effect::Entropy;
use countersign_methods::idtokens::scrambled;

use super::folder::open_or_make;
use super::write::{IfThere, WriteFailure, write};
use crate::effects::{TokenSources, signing_key_path};

/// Bytes of a key, as many as HTCondor's collector makes.
const KEY_LEN: usize = 64;

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// Its name: `POOL`, or any other.
    pub name: String,
    /// The folder to put it into, instead of the one that the configuration names.
    pub folder: Option<PathBuf>,
    /// Whether it may take another one's place.
    pub replace: bool,
}

/// A key that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyMade {
    /// Its file.
    pub path: PathBuf,
    /// Whether it took another one's place, so that tokens signed with that are refused from now on.
    pub replaced: bool,
}

/// Why no key was made.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The name is none that a key can have.
    #[error(
        "{name:?} is no name for a key: servers list the names with commas between them, and each is a file"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// HTCondor passes over files of such names.
    #[error(
        "a key called {name:?} would never be announced: LOCAL_CONFIG_DIR_EXCLUDE_REGEXP matches its name"
    )]
    Excluded {
        /// The name.
        name: String,
    },
    /// No setting names a place for it.
    #[error("{knob} is not set, so there is no place for the key {name}")]
    NoPlace {
        /// The name.
        name: String,
        /// The knob.
        knob: &'static str,
    },
    /// One of that name is there.
    #[error(
        "{} is there already and was left as it is. Replacing it would put an end to every token that it \
         signed (kid {name}), everywhere that it is used", path.display()
    )]
    Exists {
        /// The name.
        name: String,
        /// Its file.
        path: PathBuf,
    },
    /// Its file cannot be written.
    #[error("{}: {failure}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        failure: WriteFailure,
    },
    /// There are no random bytes.
    #[error("the system's random source failed, so no key was made")]
    NoEntropy,
}

/// Makes a key, and writes its file: scrambled as HTCondor wants it, and this user's alone.
///
/// # Errors
/// [`KeyError`].
pub fn create_key(
    sources: &TokenSources,
    new: &NewKey,
    entropy: &mut dyn Entropy,
) -> Result<KeyMade, KeyError> {
    let path = place(sources, new)?;
    let key = generate(entropy)?;
    let failure = |failure: WriteFailure| KeyError::Write {
        path: path.clone(),
        failure,
    };
    let (Some(folder), Some(file)) = (path.parent(), path.file_name()) else {
        return Err(KeyError::Name {
            name: new.name.clone(),
        });
    };
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let opened = open_or_make(folder).map_err(failure)?;
    let was_there = path.symlink_metadata().is_ok();
    let if_there = if new.replace {
        IfThere::Replace
    } else {
        IfThere::Keep
    };
    match write(&opened, file, &[&scrambled(&key)], if_there, None, entropy) {
        Ok(()) => Ok(KeyMade {
            replaced: was_there,
            path,
        }),
        Err(error) if error.is_there() => Err(KeyError::Exists {
            name: new.name.clone(),
            path,
        }),
        Err(error) => Err(failure(error)),
    }
}

/// Where it goes.
fn place(sources: &TokenSources, new: &NewKey) -> Result<PathBuf, KeyError> {
    let name = &new.name;
    let is_name = !name.is_empty()
        && !name.starts_with('.')
        && !name.contains(|char: char| {
            char.is_control() || char.is_whitespace() || matches!(char, '/' | ',' | '"')
        });
    if !is_name {
        return Err(KeyError::Name { name: name.clone() });
    }
    let excluded = sources
        .exclude
        .as_ref()
        .is_some_and(|pattern| pattern.is_match(name.as_bytes()).unwrap_or(true));
    if excluded {
        return Err(KeyError::Excluded { name: name.clone() });
    }
    if let Some(folder) = &new.folder {
        return Ok(folder.join(name));
    }
    signing_key_path(sources, name).ok_or_else(|| KeyError::NoPlace {
        name: name.clone(),
        knob: if name == "POOL" {
            "SEC_TOKEN_POOL_SIGNING_KEY_FILE"
        } else {
            "SEC_PASSWORD_DIRECTORY"
        },
    })
}

/// Random bytes without a NUL among them, before or after scrambling: programs that take the key for a
/// password, as SEC_TOKEN_POOL_SIGNING_KEY_IS_PASSWORD asks for, would end it there.
fn generate(entropy: &mut dyn Entropy) -> Result<Secret, KeyError> {
    // Never grows beyond this: that would leave copies behind.
    let mut key = Vec::with_capacity(KEY_LEN);
    while key.len() < KEY_LEN {
        let mut byte = [0];
        entropy.fill(&mut byte).map_err(|_| KeyError::NoEntropy)?;
        key.extend(byte);
        let so_far = Secret::from(key.as_slice());
        let has_nul = |bytes: &Secret| bytes.expose().last() == Some(&0);
        if has_nul(&so_far) || has_nul(&scrambled(&so_far)) {
            key.pop();
        }
    }
    Ok(Secret::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;
    use crate::effects::{list_signing_keys, read_signing_key};
    use countersign_methods::idtokens::{FolderOrigin, ReadSigningKey};
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::Arc;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let name = format!("countersign-keys-{name}-{}", std::process::id());
            let path = std::env::temp_dir().join(name);
            std::fs::create_dir(&path).unwrap();
            Self(path)
        }

        fn sources(&self) -> TokenSources {
            TokenSources {
                token_folder: self.0.join("tokens.d"),
                token_folder_origin: FolderOrigin::TokenDirectory,
                key_folder: Some(self.0.join("passwords.d")),
                pool_key: Some(self.0.join("passwords.d/POOL")),
                exclude: Some(Arc::new(pcre2::bytes::Regex::new(r"^(\..*|.*~)$").unwrap())),
                subsystem: "TOOL".into(),
            }
        }

        fn create(&self, name: &str, replace: bool) -> Result<KeyMade, KeyError> {
            let new = NewKey {
                name: name.into(),
                folder: None,
                replace,
            };
            create_key(&self.sources(), &new, &mut SystemEntropy)
        }

        fn read(&self, name: &str) -> Secret {
            let names = vec![name.to_owned()];
            let request = ReadSigningKey { names };
            let file = read_signing_key(&self.sources(), &request).unwrap();
            file.content.unwrap()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn made_listed_and_not_overwritten() {
        let folder = Folder::new("made");
        for name in ["POOL", "AP"] {
            let made = folder.create(name, false).unwrap();
            assert!(!made.replaced);
            let mode = made.path.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o7777, 0o600);
        }
        let passwords = folder.0.join("passwords.d");
        let mode = passwords.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o700, "the folder was made, too");
        assert_eq!(list_signing_keys(&folder.sources()).names, ["AP", "POOL"]);
        let key = folder.read("POOL");
        assert_eq!(key.len(), KEY_LEN);
        assert!(!key.expose().contains(&0));
        assert!(!scrambled(&key).expose().contains(&0));

        let error = folder.create("POOL", false).unwrap_err();
        assert!(matches!(error, KeyError::Exists { .. }));
        assert!(error.to_string().contains("kid POOL"), "{error}");
        assert_eq!(folder.read("POOL"), key, "left as it was");
        assert!(folder.create("POOL", true).unwrap().replaced);
        assert_ne!(folder.read("POOL"), key);
        assert_eq!(
            passwords.read_dir().unwrap().count(),
            2,
            "nothing is left behind"
        );
    }

    #[test]
    fn no_link_is_written_through() {
        let folder = Folder::new("link");
        let keys = folder.0.join("passwords.d");
        std::fs::create_dir(&keys).unwrap();
        let target = folder.0.join("target");
        std::fs::write(&target, "precious").unwrap();
        std::os::unix::fs::symlink(&target, keys.join("POOL")).unwrap();
        std::os::unix::fs::symlink("nowhere", keys.join("AP")).unwrap();
        for name in ["POOL", "AP"] {
            assert!(matches!(
                folder.create(name, false),
                Err(KeyError::Exists { .. })
            ));
        }
        assert!(folder.create("POOL", true).unwrap().replaced);
        assert_eq!(std::fs::read(&target).unwrap(), b"precious");
        assert!(keys.join("POOL").symlink_metadata().unwrap().is_file());
    }

    #[test]
    fn names() {
        let folder = Folder::new("names");
        for name in ["", ".", "..", ".x", "a/b", "a,b", "a b", "a\n", "../x"] {
            assert!(
                matches!(folder.create(name, false), Err(KeyError::Name { .. })),
                "{name:?}"
            );
        }
        assert!(matches!(
            folder.create("old~", false),
            Err(KeyError::Excluded { .. })
        ));
        let sources = TokenSources {
            pool_key: None,
            key_folder: None,
            ..folder.sources()
        };
        for name in ["POOL", "AP"] {
            let new = NewKey {
                name: name.into(),
                folder: None,
                replace: false,
            };
            let error = create_key(&sources, &new, &mut SystemEntropy).unwrap_err();
            assert!(matches!(error, KeyError::NoPlace { .. }));
        }
        let elsewhere = NewKey {
            name: "POOL".into(),
            folder: Some(folder.0.join("else")),
            replace: false,
        };
        let made = create_key(&sources, &elsewhere, &mut SystemEntropy).unwrap();
        assert_eq!(made.path, folder.0.join("else/POOL"));
    }
}
