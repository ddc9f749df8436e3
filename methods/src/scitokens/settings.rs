//! What a server takes tokens by.

/// Whose tokens are taken although they do not meet the rules for SciTokens: SEC_SCITOKENS_FOREIGN_TOKEN_ISSUERS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForeignIssuers {
    /// `*`, as the whole value: everybody's.
    Any,
    /// Those of these issuers, byte for byte.
    Listed(
        /// The issuers.
        Vec<String>,
    ),
}

impl ForeignIssuers {
    /// Reads the knob: `*`, or issuers with commas or white space between them.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text == "*" {
            return Self::Any;
        }
        Self::Listed(words(text).map(str::to_owned).collect())
    }

    /// Whether `issuer` is one.
    #[must_use]
    pub fn has(&self, issuer: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(issuers) => issuers.iter().any(|one| one == issuer),
        }
    }
}

/// What a server takes tokens by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScitokensServerSettings {
    /// SCITOKENS_SERVER_AUDIENCE. Where it is empty, tokens for a named audience are refused.
    pub audiences: Vec<String>,
    /// SEC_SCITOKENS_ALLOW_FOREIGN_TOKEN_TYPES.
    pub foreign_types: bool,
    /// SEC_SCITOKENS_FOREIGN_TOKEN_ISSUERS.
    pub foreign_issuers: ForeignIssuers,
}

impl Default for ScitokensServerSettings {
    /// HTCondor's defaults.
    fn default() -> Self {
        Self {
            audiences: Vec::new(),
            foreign_types: true,
            foreign_issuers: ForeignIssuers::Listed(vec![
                "https://aai-dev.egi.eu/auth/realms/egi".into(),
            ]),
        }
    }
}

/// Words as HTCondor takes a list apart.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ', '\t', '\r', '\n'])
        .filter(|word| !word.is_empty())
}
