//! What a setting may be.

use countersign_classad::{Expression, Syntax};
use countersign_config::{parse_bool, parse_int, split_list};
use countersign_core::names::Level;
use pcre2::bytes::Regex;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// A TCP port.
    Port,
}

/// What a setting may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// True or False.
    Boolean,
    /// True, False or Auto.
    BooleanOrAuto,
    /// A whole number from `min` to `max`.
    Integer {
        /// The least that makes sense.
        min: i64,
        /// The most.
        max: i64,
        /// What it counts.
        unit: Unit,
    },
    /// REQUIRED, PREFERRED, OPTIONAL or NEVER.
    Requirement,
    /// Authentication methods.
    Methods,
    /// Ciphers.
    Ciphers,
    /// Users and hosts.
    Authorization,
    /// Authorization levels.
    Levels,
    /// The path of a file.
    File,
    /// Paths of files, of which the first that is there counts.
    Files,
    /// The path of a folder.
    Folder,
    /// The path of a file that nobody else may read.
    SecretFile,
    /// Paths of such files.
    SecretFiles,
    /// The path of a folder of such files.
    SecretFolder,
    /// A ClassAd expression.
    Expression,
    /// A regular expression.
    Pattern,
    /// A user and a group: `uid.gid`.
    Ids,
    /// Any list.
    List,
    /// Any text.
    Text,
}

impl Kind {
    /// What it may be, in words.
    #[must_use]
    pub fn allowed(self) -> &'static str {
        match self {
            Self::Boolean => "True or False",
            Self::BooleanOrAuto => "True, False or Auto",
            Self::Integer {
                unit: Unit::Port, ..
            } => "a port, 0 to 65535",
            Self::Integer { min: 0, .. } => "a whole number of seconds, 0 or more",
            Self::Integer { min: 1, .. } => "a whole number of seconds above 0",
            Self::Integer { .. } => "a whole number of seconds",
            Self::Requirement => "REQUIRED, PREFERRED, OPTIONAL or NEVER",
            Self::Methods => "authentication methods, with commas or spaces between",
            Self::Ciphers => {
                "AES, BLOWFISH and 3DES, in capital letters, with commas or spaces between"
            }
            Self::Authorization => "users and hosts, with commas or spaces between",
            Self::Levels => "authorization levels, with commas or spaces between",
            Self::File => "the path of a file",
            Self::Files => "paths of files, with commas between",
            Self::Folder => "the path of a folder",
            Self::SecretFile => "the path of a file that its owner alone may read",
            Self::SecretFiles => {
                "paths of files that their owner alone may read, with commas between"
            }
            Self::SecretFolder => "the path of a folder that its owner alone may write to",
            Self::Expression => "a ClassAd expression",
            Self::Pattern => "a regular expression",
            Self::Ids => "a user's and a group's number with a dot between, such as 101.101",
            Self::List => "a list, with commas or spaces between",
            Self::Text => "any text",
        }
    }

    /// Whether a value can be used at all. Names in lists and files are not looked at here.
    ///
    /// # Errors
    /// What it may be instead.
    pub fn judge(self, value: &str) -> Result<(), &'static str> {
        let is_right = match self {
            Self::Boolean => parse_bool(value).is_ok(),
            Self::BooleanOrAuto => value.eq_ignore_ascii_case("auto") || parse_bool(value).is_ok(),
            Self::Integer { min, max, .. } => {
                parse_int(value).is_ok_and(|number| (min..=max).contains(&number))
            }
            Self::Requirement => countersign_core::policy::Requirement::parse(value).is_some(),
            Self::Levels => split_list(value).all(|word| Level::from_name(word).is_some()),
            Self::Expression => Expression::parse(value, Syntax::Old).is_ok(),
            Self::Pattern => Regex::new(value).is_ok(),
            Self::Ids => is_ids(value),
            Self::Methods
            | Self::Ciphers
            | Self::Authorization
            | Self::File
            | Self::Files
            | Self::Folder
            | Self::SecretFile
            | Self::SecretFiles
            | Self::SecretFolder
            | Self::List
            | Self::Text => true,
        };
        if is_right {
            Ok(())
        } else {
            Err(self.allowed())
        }
    }
}

fn is_ids(value: &str) -> bool {
    let numbers = value.trim().split_once('.');
    numbers.is_some_and(|(user, group)| user.parse::<u32>().is_ok() && group.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_and_wrong() {
        const SECONDS: Kind = Kind::Integer {
            min: 1,
            max: 100,
            unit: Unit::Seconds,
        };
        for (kind, right, wrong) in [
            (Kind::Boolean, "tRue", "yes"),
            (Kind::Boolean, "1 == 1", "t"),
            (Kind::BooleanOrAuto, "AUTO", "maybe"),
            (SECONDS, "10 * 10", "101"),
            (SECONDS, "1", "soon"),
            (Kind::Requirement, "optinal", "maybe"),
            (Kind::Levels, "READ, WRITE", "READ, OWNER"),
            (Kind::Expression, "sub == \"x\"", "sub =="),
            (Kind::Pattern, "^a$", "("),
            (Kind::Ids, "101.101", "101"),
        ] {
            assert!(kind.judge(right).is_ok(), "{kind:?} {right}");
            assert_eq!(kind.judge(wrong), Err(kind.allowed()), "{kind:?} {wrong}");
        }
    }
}
