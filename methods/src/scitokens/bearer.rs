//! Where a client's token is looked for.
//!
//! Rule: WLCG Bearer Token Discovery, as `htcondor::discover_token` has it, after SCITOKENS_FILE.

use std::fmt;
use std::path::PathBuf;

use countersign_core::Secret;
use countersign_core::effect::Effect;

/// Asks for the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FindBearerToken;

impl Effect for FindBearerToken {
    type Output = BearerSearch;
    const NAME: &'static str = "look for a bearer token";
}

/// Where a token came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BearerSource {
    /// A file, and who named it: `SCITOKENS_FILE`, `BEARER_TOKEN_FILE`, `XDG_RUNTIME_DIR`, or nobody.
    File {
        /// The file.
        path: PathBuf,
        /// What named it.
        named_by: &'static str,
    },
    /// The variable BEARER_TOKEN itself.
    Variable,
}

impl fmt::Display for BearerSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, .. } => write!(f, "{}", path.display()),
            Self::Variable => f.write_str("of the variable BEARER_TOKEN"),
        }
    }
}

/// What was found.
#[derive(Debug)]
pub struct BearerSearch {
    /// The token, and where it was.
    pub found: Option<(BearerSource, Secret)>,
    /// Places that were looked at in vain before, and why.
    pub passed_over: Vec<String>,
}

impl BearerSearch {
    /// Nothing is found.
    #[must_use]
    pub fn nowhere(why: impl Into<String>) -> Self {
        Self {
            found: None,
            passed_over: vec![why.into()],
        }
    }
}
