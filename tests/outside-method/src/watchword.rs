//! The effect: fetching a watchword. And its performer, which reads a folder.

use std::fmt;
use std::path::PathBuf;

use countersign::core::Secret;
use countersign::core::effect::Effect;
use countersign::effects::{Performed, Performers, read_secret_file};

/// A user's name: 1 to 32 letters, digits, `-` and `_`. So it names a file and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User(String);

impl User {
    /// The longest name, in bytes.
    pub(crate) const MAX: usize = 32;

    /// The name, if it is one.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let fits = (1..=Self::MAX).contains(&name.len());
        (fits && name.chars().all(good)).then(|| Self(name.to_owned()))
    }

    /// The name as text.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// Asks for the watchword of this user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchWatchword(
    /// The user.
    pub User,
);

impl Effect for FetchWatchword {
    type Output = Result<Secret, NoWatchword>;
    const NAME: &'static str = "fetch a watchword";
}

/// Why there is no watchword.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoWatchword {
    /// The file cannot be read, or others can read it too.
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// It is so short that it can be guessed.
    Short {
        /// The file.
        path: PathBuf,
    },
    /// The program registered no performer for [`FetchWatchword`].
    Unperformed,
}

impl fmt::Display for NoWatchword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, problem } => write!(f, "{}: {problem}", path.display()),
            Self::Short { path } => write!(
                f,
                "{} has less than {} bytes, which can be guessed",
                path.display(),
                WatchwordFolder::SHORTEST
            ),
            Self::Unperformed => f.write_str("this program fetches no watchwords"),
        }
    }
}

/// A folder with a file for each user, which has the user's watchword in it.
#[derive(Debug, Clone)]
pub struct WatchwordFolder(
    /// The folder.
    pub PathBuf,
);

impl WatchwordFolder {
    /// The shortest watchword that is taken, in bytes.
    const SHORTEST: usize = 32;

    /// Reads a watchword. Only this process's user may be able to read the file.
    ///
    /// # Errors
    /// [`NoWatchword`].
    pub fn fetch(&self, user: &User) -> Result<Secret, NoWatchword> {
        let path = self.0.join(user.name());
        let read = read_secret_file(&path).map_err(|reason| NoWatchword::File {
            path: path.clone(),
            problem: reason.to_string(),
        })?;
        let word = Secret::from(read.expose().trim_ascii());
        if word.len() < Self::SHORTEST {
            return Err(NoWatchword::Short { path });
        }
        Ok(word)
    }

    /// The performer of [`FetchWatchword`], to be handed to a client or a peer.
    #[must_use]
    pub fn performers(&self) -> Performers {
        let folder = self.clone();
        Performers::default().with(move |FetchWatchword(user)| Performed::from(folder.fetch(&user)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    #[test]
    fn a_user_names_a_file_and_nothing_else() {
        assert_eq!(User::new("alice_2-b").unwrap().name(), "alice_2-b");
        let long = "a".repeat(User::MAX + 1);
        for bad in ["", ".", "..", "../alice", "a/b", "a b", "a\n", "é", &long] {
            assert_eq!(User::new(bad), None, "{bad:?}");
        }
    }
}
