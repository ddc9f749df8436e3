//! What a lookup gives.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use crate::pattern::GaveUp;

/// What becomes of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup<'m> {
    /// A line matches.
    Mapped(Match<'m>),
    /// No line matches.
    NoMatch {
        /// How many lines the map has for the method.
        lines: usize,
    },
    /// A pattern was given up. Nobody may be made of the name: this line, or one behind it, may be a
    /// ban. HTCondor goes on to the next line, once its own limit is reached.
    GaveUp {
        /// The line of the pattern.
        at: Place<'m>,
        /// PCRE2's words.
        why: GaveUp,
    },
}

/// A line of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'m> {
    /// The file.
    pub path: &'m Path,
    /// The line, from 1.
    pub line: usize,
}

/// The line that matches, and what it makes of the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match<'m> {
    /// Where the line stands.
    pub at: Place<'m>,
    /// The principal, as it is read.
    pub principal: &'m [u8],
    /// Whether that is a pattern.
    pub is_pattern: bool,
    /// The canonical name before groups are put in.
    pub template: &'m [u8],
    /// What the groups match in the name, the whole first, up to the last that matches anything.
    pub groups: Vec<Range<usize>>,
    /// What the line gives.
    pub canonical: Vec<u8>,
}

/// What HTCondor makes of the name that a line gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// A user, and the domain behind the last `@`; UID_DOMAIN stands in where there is none.
    User {
        /// What stands before the last `@`.
        user: &'a [u8],
        /// What stands behind it.
        domain: Option<&'a [u8]>,
    },
    /// Nothing: the name that results is empty, and that counts as no mapping.
    Nothing,
    /// `PLUGIN:...`: for SCITOKENS HTCondor runs the named plugins (SEC_SCITOKENS_PLUGIN_NAMES) and
    /// takes the name from them. Not carried out here, so that it is a failed mapping and nobody's
    /// name.
    Plugin {
        /// What stands behind the colon.
        names: &'a [u8],
    },
}

impl Match<'_> {
    /// What HTCondor makes of the canonical name.
    #[must_use]
    pub fn outcome(&self) -> Outcome<'_> {
        outcome(&self.canonical)
    }
}

/// What HTCondor makes of the name that a line gives (`Authentication::split_canonical_name`).
#[must_use]
pub fn outcome(canonical: &[u8]) -> Outcome<'_> {
    if canonical.is_empty() {
        return Outcome::Nothing;
    }
    if let Some(names) = canonical.strip_prefix(b"PLUGIN:") {
        return Outcome::Plugin { names };
    }
    let at = canonical.iter().rposition(|byte| *byte == b'@');
    let (user, domain) = match at {
        Some(at) => (canonical.get(..at), canonical.get(at + 1..)),
        None => (Some(canonical), None),
    };
    Outcome::User {
        user: user.unwrap_or_default(),
        domain,
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}", self.path.display(), self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_of_a_name() {
        let user = |user: &'static str, domain: Option<&'static str>| Outcome::User {
            user: user.as_bytes(),
            domain: domain.map(str::as_bytes),
        };
        for (canonical, expected) in [
            ("", Outcome::Nothing),
            ("a", user("a", None)),
            ("a@b@c", user("a@b", Some("c"))),
            ("a@", user("a", Some(""))),
            ("PLUGIN:x,y", Outcome::Plugin { names: b"x,y" }),
            ("plugin:x", user("plugin:x", None)),
            ("GSS_ASSIST_GRIDMAP", user("GSS_ASSIST_GRIDMAP", None)),
        ] {
            assert_eq!(outcome(canonical.as_bytes()), expected, "{canonical}");
        }
    }
}
