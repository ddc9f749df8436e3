//! `$CondorVersion: 25.14.1 2026-10-16 … $` strings.

use std::cmp::Ordering;

/// The version that this implementation presents, being the release whose protocol it follows.
/// Peers decide by it which features they use.
pub const PROTOCOL_VERSION: &str = concat!(
    "$CondorVersion: 25.14.1 2026-10-16 PackageID: countersign-",
    env!("CARGO_PKG_VERSION"),
    " $"
);

/// A release number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CondorVersion {
    /// Such as 25.
    pub major: u32,
    /// Such as 14.
    pub minor: u32,
    /// Such as 1.
    pub patch: u32,
}

impl CondorVersion {
    /// Reads a version string; `None` if it has no release number at its place.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = text
            .strip_prefix("$CondorVersion:")?
            .split_whitespace()
            .next()?;
        let mut parts = number.split('.').map(str::parse::<u32>);
        let version = Self {
            major: parts.next()?.ok()?,
            minor: parts.next()?.ok()?,
            patch: parts.next()?.ok()?,
        };
        parts.next().is_none().then_some(version)
    }

    /// True for this release and later ones.
    #[must_use]
    pub fn at_least(self, major: u32, minor: u32, patch: u32) -> bool {
        (self.major, self.minor, self.patch).cmp(&(major, minor, patch)) != Ordering::Less
    }
}

impl std::fmt::Display for CondorVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_strings() {
        let version = CondorVersion::parse(
            "$CondorVersion: 23.9.6 2024-08-08 BuildID: Debian-23.9.6+dfsg-2.1 $",
        )
        .unwrap();
        assert_eq!(version.to_string(), "23.9.6");
        assert!(version.at_least(23, 9, 0));
        assert!(!version.at_least(23, 10, 0));
        assert!(CondorVersion::parse(PROTOCOL_VERSION).is_some());
        assert_eq!(CondorVersion::parse("$CondorVersion: x $"), None);
    }
}
