//! HTCondor's error stack: what its tools print after a failure.
//!
//! `condor_ping -verbose` prints `SUBSYSTEM:code:message` lines, newest first. Scripts parse
//! them, so they are kept beside the typed causes and rendered from the same data.

use std::fmt;

/// One entry of an [`ErrorStack`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackEntry {
    /// The part of HTCondor that speaks: `SECMAN`, `AUTHENTICATE`, `FS`, `CEDAR` …
    pub subsystem: &'static str,
    /// Its code, from HTCondor's `condor_error_codes.h`.
    pub code: u32,
    /// Its text.
    pub message: String,
}

/// Entries in the order they were pushed; printed newest first, as HTCondor does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorStack(Vec<StackEntry>);

impl ErrorStack {
    /// Adds an entry on top.
    pub fn push(&mut self, subsystem: &'static str, code: u32, message: impl Into<String>) {
        self.0.push(StackEntry {
            subsystem,
            code,
            message: message.into(),
        });
    }

    /// Forgets everything, as HTCondor does once authentication is behind it.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// True if nothing was pushed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Entries, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &StackEntry> {
        self.0.iter().rev()
    }

    /// All entries newest first, joined by `separator`: HTCondor uses a newline for people and
    /// `|` within one line.
    #[must_use]
    pub fn full_text(&self, separator: &str) -> String {
        self.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(separator)
    }
}

impl fmt::Display for StackEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.subsystem, self.code, self.message)
    }
}

/// Codes of the `AUTHENTICATE` subsystem.
pub mod authenticate {
    /// Every common method was tried, or there was none.
    pub const OUT_OF_METHODS: u32 = 1003;
    /// One method failed.
    pub const METHOD_FAILED: u32 = 1004;
    /// The key exchange step after a method failed.
    pub const KEY_EXCHANGE_FAILED: u32 = 1005;
}

/// Codes of the `CEDAR` subsystem.
pub mod cedar {
    /// No TCP connection.
    pub const CONNECT_FAILED: u32 = 6001;
}

/// Codes of the `SECMAN` subsystem.
pub mod secman {
    /// An internal error, bad peer keys among them.
    pub const INTERNAL: u32 = 2001;
    /// A security policy that contradicts itself or that the peer's reply contradicts.
    pub const INVALID_POLICY: u32 = 2002;
    /// The peer does not know the session.
    pub const NO_SESSION: u32 = 2004;
    /// The peer's ad lacks what it must hold.
    pub const ATTRIBUTE_MISSING: u32 = 2005;
    /// Encryption or integrity was agreed on, but there is no key.
    pub const NO_KEY: u32 = 2006;
    /// Reading or writing failed.
    pub const COMMUNICATIONS_ERROR: u32 = 2007;
    /// The client does not accept the server's name or address (ALLOW_CLIENT, DENY_CLIENT).
    pub const CLIENT_AUTH_FAILED: u32 = 2009;
    /// The server answered that this identity may not run the command.
    pub const AUTHORIZATION_FAILED: u32 = 2010;
    /// The server hung up instead of answering.
    pub const COMMAND_NOT_REGISTERED: u32 = 2011;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_entry_comes_first() {
        let mut stack = ErrorStack::default();
        stack.push(
            "FS",
            1004,
            "Directory name doesn't match server's network address.",
        );
        stack.push("AUTHENTICATE", 1004, "Failed to authenticate using FS");
        assert_eq!(
            stack.full_text("|"),
            "AUTHENTICATE:1004:Failed to authenticate using FS|FS:1004:Directory name doesn't match server's network address."
        );
    }
}
