//! What lint finds, by name.

use std::fmt;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Advice,
    /// Probably not what was meant.
    Warning,
    /// Lets in whom it should not, or does not do what it says.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What a finding is about. The names are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// Each of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

codes! {
    /// A line with too few fields.
    SkippedLine = "skipped-line",
    /// PCRE2 does not take the pattern.
    BadPattern = "bad-pattern",
    /// A backslash at the file's end over which HTCondor's daemons end themselves.
    DeadlyBackslash = "deadly-backslash",
    /// A NUL byte hides something.
    NulByte = "nul-byte",
    /// `@include` in an included file.
    NestedInclude = "nested-include",
    /// `@include` of nothing.
    EmptyInclude = "empty-include",
    /// What is included cannot be read.
    UnreadableInclude = "unreadable-include",
    /// A file is included more than once.
    IncludedTwice = "included-twice",
    /// A quote or slash that nothing closes.
    UnclosedField = "unclosed-field",
    /// A carriage return, which HTCondor takes for a part of the field.
    CarriageReturn = "carriage-return",
    /// A blank ends a name that goes on.
    CutByBlank = "cut-by-blank",
    /// Something behind the canonical name.
    TextAfterName = "text-after-name",
    /// A slash ends the pattern too early.
    EarlySlash = "early-slash",
    /// The canonical name begins right behind the pattern.
    GluedName = "glued-name",
    /// Slashes around a pattern where they are part of it.
    SlashesInPattern = "slashes-in-pattern",
    /// A pattern where literal names are read.
    LiteralLikePattern = "literal-like-pattern",
    /// A name that is not found by itself, read as a pattern.
    PatternMissesItself = "pattern-misses-itself",
    /// No release has the method.
    UnknownMethod = "unknown-method",
    /// No release has the method any more.
    GoneMethod = "gone-method",
    /// Nothing of the method is ever looked up.
    NeverAsked = "never-asked",
    /// A reference to a group that is not there.
    MissingGroup = "missing-group",
    /// A reference to a group that may match nothing.
    UnsetGroup = "unset-group",
    /// The canonical name ends in a backslash.
    TrailingBackslash = "trailing-backslash",
    /// `PLUGIN:` where no plugin is run.
    PluginResult = "plugin-result",
    /// `GSS_ASSIST_GRIDMAP`.
    GridmapName = "gridmap-name",
    /// The domain `unmapped`.
    UnmappedDomain = "unmapped-domain",
    /// Strangers can become `root` or `condor`.
    PrivilegedName = "privileged-name",
    /// Nothing says where the name begins.
    UnanchoredStart = "unanchored-start",
    /// The issuer may go on behind the pattern.
    OpenIssuer = "open-issuer",
    /// The name may go on behind the pattern.
    OpenEnd = "open-end",
    /// A dot of a host name that stands for any byte.
    UnescapedDot = "unescaped-dot",
    /// A wildcard that may stand for the issuer's host.
    WildHost = "wild-host",
    /// Every name becomes one user.
    CatchAll = "catch-all",
    /// A method that proves nothing makes a real user.
    UnprovenUser = "unproven-user",
    /// Earlier lines take all that this one could.
    Shadowed = "shadowed",
    /// Names on which the pattern is given up.
    GivesUp = "gives-up",
    /// Others may write the file or its folder.
    WritableByOthers = "writable-by-others",
    /// The file or its folder is somebody else's.
    ForeignOwner = "foreign-owner",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
