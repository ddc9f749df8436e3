//! The four-valued scale of SEC_*_{AUTHENTICATION,ENCRYPTION,INTEGRITY,NEGOTIATION} and the
//! three actions that a server's reply knows.

use std::fmt;

/// How much one side wants a feature, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Requirement {
    /// Refused.
    Never,
    /// Taken if the other side asks for it.
    Optional,
    /// Asked for, but not insisted on.
    Preferred,
    /// Insisted on.
    Required,
}

impl Requirement {
    /// Reads a setting. HTCondor looks at the first letter alone and takes YES, TRUE, NO and
    /// FALSE as well; `None` is what makes its daemons refuse to start.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text.bytes().next()?.to_ascii_uppercase() {
            b'R' | b'Y' | b'T' => Self::Required,
            b'P' => Self::Preferred,
            b'O' => Self::Optional,
            b'F' | b'N' => Self::Never,
            _ => return None,
        })
    }

    /// The word in policy ads.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Never => "NEVER",
            Self::Optional => "OPTIONAL",
            Self::Preferred => "PREFERRED",
            Self::Required => "REQUIRED",
        }
    }

    /// True if this side sets the feature in motion by itself.
    #[must_use]
    pub fn asks(self) -> bool {
        self >= Self::Preferred
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a server decided on a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// It will happen.
    Yes,
    /// It will not.
    No,
    /// The two sides cannot agree.
    Fail,
}

impl Action {
    /// Reads a reply's value by its first letter, as HTCondor does.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text.bytes().next()?.to_ascii_uppercase() {
            b'Y' => Self::Yes,
            b'N' => Self::No,
            b'F' => Self::Fail,
            _ => return None,
        })
    }

    /// The word in policy ads.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Yes => "YES",
            Self::No => "NO",
            Self::Fail => "FAIL",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_letters() {
        assert_eq!(Requirement::parse("required"), Some(Requirement::Required));
        assert_eq!(Requirement::parse("true"), Some(Requirement::Required));
        assert_eq!(Requirement::parse("No"), Some(Requirement::Never));
        assert_eq!(Requirement::parse("x"), None);
        assert_eq!(Requirement::parse(""), None);
        assert_eq!(Action::parse("YES"), Some(Action::Yes));
    }
}
