//! A line that maps, taken apart for the rules.

use std::borrow::Cow;

use super::method::{self, Family, Method, Standing};
use super::regex::Tree;
use crate::document::Line;
use crate::field::Flags;
use crate::keys::BareKeys;
use crate::lookup::{Outcome, outcome};
use crate::pattern::{Pattern, PatternError};
use crate::statement::Entry;

/// A line that maps.
pub(super) struct Case<'a> {
    pub(super) text: &'a [u8],
    pub(super) keys: BareKeys,
    pub(super) line: &'a Line,
    pub(super) entry: &'a Entry,
    pub(super) method: Cow<'a, [u8]>,
    pub(super) known: Option<&'static Method>,
    pub(super) principal: Cow<'a, [u8]>,
    pub(super) canonical: Cow<'a, [u8]>,
    pub(super) kind: Kind,
}

/// What the principal is.
pub(super) enum Kind {
    Literal,
    Pattern {
        flags: Flags,
        compiled: Pattern,
        /// What it says; `None` if that is not understood.
        tree: Option<Tree>,
    },
    Bad(PatternError),
}

impl<'a> Case<'a> {
    pub(super) fn new(text: &'a [u8], keys: BareKeys, line: &'a Line, entry: &'a Entry) -> Self {
        let method = entry.method.value(text);
        let principal = entry.principal.value(text);
        let kind = match entry.pattern(keys) {
            None => Kind::Literal,
            Some(flags) => match Pattern::compile(&principal, flags) {
                Ok(compiled) => Kind::Pattern {
                    flags,
                    compiled,
                    tree: Tree::parse(&principal),
                },
                Err(error) => Kind::Bad(error),
            },
        };
        Self {
            known: method::known(&method),
            canonical: entry.canonical.value(text),
            text,
            keys,
            line,
            entry,
            method,
            principal,
            kind,
        }
    }

    pub(super) fn tree(&self) -> Option<&Tree> {
        match &self.kind {
            Kind::Pattern { tree, .. } => tree.as_ref(),
            _ => None,
        }
    }

    /// Whether the principal matches `name`, without regard to other lines. One that is given up does not.
    pub(super) fn matches(&self, name: &[u8]) -> bool {
        match &self.kind {
            Kind::Literal => *self.principal == *name,
            Kind::Pattern { compiled, .. } => compiled.matches(name).unwrap_or(false),
            Kind::Bad(_) => false,
        }
    }

    /// What its method's names look like.
    pub(super) fn family(&self) -> Option<Family> {
        self.known.map(|method| method.family)
    }

    /// Whether HTCondor looks up names of its method.
    pub(super) fn is_asked(&self) -> bool {
        self.known
            .is_some_and(|method| method.standing == Standing::Asked)
    }

    /// Whether the line makes nobody of a name: a ban, or a user without a mapping. To widen it lets
    /// nobody in.
    pub(super) fn refuses(&self) -> bool {
        match outcome(&self.canonical) {
            Outcome::User {
                domain: Some(domain),
                ..
            } => is_refusal(domain),
            Outcome::User { .. } | Outcome::Plugin { .. } => false,
            Outcome::Nothing => true,
        }
    }

    /// Whether it is a ban, which must come before lines that let in.
    pub(super) fn bans(&self) -> bool {
        matches!(
            outcome(&self.canonical),
            Outcome::User { domain: Some(domain), .. } if is_ban(domain)
        )
    }

    /// The line as it is written, without its line end.
    pub(super) fn written(&self) -> &'a [u8] {
        written(self.text, self.line)
    }
}

/// The line as it is written, without its line end.
pub(super) fn written<'t>(text: &'t [u8], line: &Line) -> &'t [u8] {
    let all = text.get(line.at.clone()).unwrap_or_default();
    let all = all.strip_suffix(b"\n").unwrap_or(all);
    all.strip_suffix(b"\r").unwrap_or(all)
}

fn is_ban(domain: &[u8]) -> bool {
    domain
        .get(..6)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"banned"))
}

fn is_refusal(domain: &[u8]) -> bool {
    is_ban(domain) || domain.eq_ignore_ascii_case(b"unmapped")
}

/// Whether a user's name says that it is nobody in particular.
pub(super) fn is_anonymous(user: &[u8]) -> bool {
    [
        "anonymous",
        "nobody",
        "unauthenticated",
        "unmapped",
        "guest",
    ]
    .iter()
    .any(|name| {
        user.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
    })
}

/// Whether a user is one that HTCondor trusts with everything.
pub(super) fn is_privileged(user: &[u8]) -> bool {
    user == b"root" || user == b"condor"
}
