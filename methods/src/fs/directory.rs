//! The directory: which paths are acceptable, and the request to make one.

use std::fmt;
use std::path::{Path, PathBuf};

use countersign_core::effect::Effect;

/// The longest path that a server may ask for, in bytes.
const MAX_PATH: usize = 4096;

/// Asks for a directory of mode 0700 at this path, made without following any link, in a parent
/// that is root's and sticky or this user's own. Its undo removes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MakeDirectory(
    /// A path that passed [`check_path`].
    pub PathBuf,
);

impl Effect for MakeDirectory {
    type Output = Result<(), DirectoryFailure>;
    const NAME: &'static str = "make a directory to prove who this is";
}

/// Why the directory was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DirectoryFailure {
    /// The system refused.
    System {
        /// The call that failed.
        call: &'static str,
        /// The error number.
        errno: i32,
        /// Its words.
        text: String,
    },
    /// The parent folder is one in which somebody else could swap the directory.
    UnsafeParent {
        /// The parent.
        parent: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Root gives the directory to `condor`, and nobody is called that.
    NoCondor(
        /// What was looked for.
        String,
    ),
    /// The folder's path is not text, so that no client can be told.
    NotText,
    /// This program makes no directories.
    Unperformed,
}

impl fmt::Display for DirectoryFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System { call, text, .. } => write!(f, "{call}: {text}"),
            Self::UnsafeParent { parent, problem } => {
                write!(f, "the folder {} {problem}", parent.display())
            }
            Self::NoCondor(problem) => {
                write!(f, "root must give it to the user condor, but {problem}")
            }
            Self::NotText => f.write_str("its path is not text"),
            Self::Unperformed => f.write_str("this program makes no directories"),
        }
    }
}

/// Why a path is not acceptable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathDefect {
    /// It does not start with `/`.
    NotAbsolute,
    /// It has a `.` or `..` component.
    Dots,
    /// It has no name in it.
    NoName,
    /// It is too long, or holds a control character.
    Unprintable,
}

impl fmt::Display for PathDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAbsolute => "it is not absolute",
            Self::Dots => "it has a `.` or `..` in it",
            Self::NoName => "it names no directory",
            Self::Unprintable => "it is too long or holds control characters",
        })
    }
}

/// Checks a path from a server before anything is made.
///
/// # Errors
/// [`PathDefect`].
pub fn check_path(path: &str) -> Result<&Path, PathDefect> {
    if path.len() > MAX_PATH || path.chars().any(char::is_control) {
        return Err(PathDefect::Unprintable);
    }
    if !path.starts_with('/') {
        return Err(PathDefect::NotAbsolute);
    }
    if path.split('/').any(|part| part == "." || part == "..") {
        return Err(PathDefect::Dots);
    }
    if path.ends_with('/') {
        return Err(PathDefect::NoName);
    }
    Ok(Path::new(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        assert!(check_path("/tmp/FS_127.0.0.1_39618_xyz_").is_ok());
        assert_eq!(check_path("tmp/x"), Err(PathDefect::NotAbsolute));
        assert_eq!(check_path(""), Err(PathDefect::NotAbsolute));
        assert_eq!(check_path("/tmp/../etc/x"), Err(PathDefect::Dots));
        assert_eq!(check_path("/tmp/./x"), Err(PathDefect::Dots));
        assert_eq!(check_path("/tmp/"), Err(PathDefect::NoName));
        assert_eq!(check_path("/"), Err(PathDefect::NoName));
        assert_eq!(check_path("/tmp/a\nb"), Err(PathDefect::Unprintable));
    }
}
