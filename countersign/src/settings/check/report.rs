//! What a check found.

use std::fmt::{self, Display, Formatter};

use countersign_config::{Origin, Release};

/// How bad a finding is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// HTCondor does not do what is written, or cannot work with it.
    Error,
    /// It lets in whom it should not, or gives a secret away.
    Dangerous,
    /// It is hardly what was meant.
    Suspicious,
    /// It is good to know. A configuration of which no more is said is in order.
    Note,
}

impl Display for Severity {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Dangerous => "dangerous",
            Self::Suspicious => "suspicious",
            Self::Note => "note",
        })
    }
}

/// What kind of thing was found. `docs/config-check.md` has a section for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// A name that is nearly a setting's.
    Misspelt,
    /// A name that looks like a security setting and is none.
    UnknownSetting,
    /// A setting that this release does not read.
    Obsolete,
    /// A level that does not exist.
    NoSuchLevel,
    /// A prefix that belongs to no program.
    NoSuchProgram,
    /// A value that cannot be used.
    WrongValue,
    /// A word of which HTCondor reads the first letter alone.
    MisreadWord,
    /// A line that HTCondor reads as something else than it looks like.
    MisreadLine,
    /// A comment behind a value.
    Comment,
    /// A character that nobody sees.
    InvisibleCharacter,
    /// A reference to a macro that nobody sets.
    EmptyMacro,
    /// A list with something else than commas and spaces between its items.
    Separator,
    /// An authentication method that HTCondor does not know.
    UnknownMethod,
    /// An authentication method that HTCondor does not have any more, or not here.
    DroppedMethod,
    /// A cipher that HTCondor does not know.
    UnknownCipher,
    /// An entry of an ALLOW or DENY list that matches nobody.
    MatchesNobody,
    /// A word in an ALLOW or DENY list that looks like a user and is a host.
    NotAUser,
    /// A network that HTCondor takes for another.
    MisreadNetwork,
    /// NEVER where something else is REQUIRED.
    Contradiction,
    /// Authentication is required, and no listed method can be performed.
    NoMethod,
    /// Encryption or integrity is required, and no listed cipher is known.
    NoCipher,
    /// This host's tools and daemons have nothing in common.
    NothingInCommon,
    /// CLAIMTOBE or ANONYMOUS where more than reading is allowed.
    ProvesNothing,
    /// A level that changes things is open to strangers.
    OpenToAll,
    /// A level that governs the pool is open to everybody who authenticates.
    EverybodyGoverns,
    /// A weak cipher before AES.
    WeakCipher,
    /// A switch that takes a protection away.
    ProtectionOff,
    /// A secret that others can read, or a folder of secrets that others can write to.
    ExposedSecret,
    /// A file or folder that is not there.
    MissingFile,
    /// A value that another takes the place of.
    Overridden,
    /// Something that HTCondor can do and Countersign's own ping and peer cannot.
    NotHere,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 31] = [
        Self::Misspelt,
        Self::UnknownSetting,
        Self::Obsolete,
        Self::NoSuchLevel,
        Self::NoSuchProgram,
        Self::WrongValue,
        Self::MisreadWord,
        Self::MisreadLine,
        Self::Comment,
        Self::InvisibleCharacter,
        Self::EmptyMacro,
        Self::Separator,
        Self::UnknownMethod,
        Self::DroppedMethod,
        Self::UnknownCipher,
        Self::MatchesNobody,
        Self::NotAUser,
        Self::MisreadNetwork,
        Self::Contradiction,
        Self::NoMethod,
        Self::NoCipher,
        Self::NothingInCommon,
        Self::ProvesNothing,
        Self::OpenToAll,
        Self::EverybodyGoverns,
        Self::WeakCipher,
        Self::ProtectionOff,
        Self::ExposedSecret,
        Self::MissingFile,
        Self::Overridden,
        Self::NotHere,
    ];

    /// Its name, as it is printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Misspelt => "misspelt",
            Self::UnknownSetting => "unknown-setting",
            Self::Obsolete => "obsolete",
            Self::NoSuchLevel => "no-such-level",
            Self::NoSuchProgram => "no-such-program",
            Self::WrongValue => "wrong-value",
            Self::MisreadWord => "misread-word",
            Self::MisreadLine => "misread-line",
            Self::Comment => "comment",
            Self::InvisibleCharacter => "invisible-character",
            Self::EmptyMacro => "empty-macro",
            Self::Separator => "separator",
            Self::UnknownMethod => "unknown-method",
            Self::DroppedMethod => "dropped-method",
            Self::UnknownCipher => "unknown-cipher",
            Self::MatchesNobody => "matches-nobody",
            Self::NotAUser => "not-a-user",
            Self::MisreadNetwork => "misread-network",
            Self::Contradiction => "contradiction",
            Self::NoMethod => "no-method",
            Self::NoCipher => "no-cipher",
            Self::NothingInCommon => "nothing-in-common",
            Self::ProvesNothing => "proves-nothing",
            Self::OpenToAll => "open-to-all",
            Self::EverybodyGoverns => "everybody-governs",
            Self::WeakCipher => "weak-cipher",
            Self::ProtectionOff => "protection-off",
            Self::ExposedSecret => "exposed-secret",
            Self::MissingFile => "missing-file",
            Self::Overridden => "overridden",
            Self::NotHere => "not-here",
        }
    }
}

impl Display for Code {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing it is.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands.
    pub place: Origin,
    /// The setting, as it is written there.
    pub setting: String,
    /// What is wrong.
    pub what: String,
    /// What HTCondor does.
    pub htcondor: String,
    /// What to write or do.
    pub fix: String,
}

/// Something that was not looked at, and so may be anything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotChecked {
    /// What.
    pub what: String,
    /// Why not.
    pub why: String,
}

/// All that a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The findings, by place.
    pub findings: Vec<Finding>,
    /// What was not looked at.
    pub not_checked: Vec<NotChecked>,
    /// The release whose rules counted.
    pub release: Release,
    /// How many settings that bear on security were looked at.
    pub settings: usize,
}

impl Report {
    /// How many findings there are of a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }

    /// Whether something was found that should be mended; notes do not count.
    #[must_use]
    pub fn has_faults(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity != Severity::Note)
    }
}
