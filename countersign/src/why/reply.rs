//! A reply that this side does not go along with.

use countersign_core::names::known_method;
use countersign_core::policy::ReplyError;

use super::facts::knob;
use super::{Asked, Finding};

pub(super) fn reply(error: &ReplyError, asked: Asked<'_>) -> Finding {
    let text = error.to_string();
    match error {
        ReplyError::NoCommonMethod { offered } => no_common_method(offered, asked),
        ReplyError::NoCommonCipher { .. } => Finding::new(
            text,
            format!(
                "give both sides AES: SEC_CLIENT_CRYPTO_METHODS here, {} there (names are compared \
                 with case)",
                knob(asked, "SEC", "CRYPTO_METHODS")
            ),
        ),
        ReplyError::Declined { .. }
        | ReplyError::Imposed
        | ReplyError::MethodNotOffered { .. }
        | ReplyError::CipherNotOffered { .. }
        | ReplyError::NoKey => Finding::new(
            text,
            "no real daemon answers so, and nothing was believed of it: check who is at that \
             address, and who is on the way",
        ),
        ReplyError::Undecided { .. } | ReplyError::Failed { .. } => Finding::bare(text),
    }
}

/// In the names of the configuration: the wire has TOKEN for IDTOKENS.
fn no_common_method(offered: &str, asked: Asked<'_>) -> Finding {
    let names: Vec<_> = offered
        .split(',')
        .map(|name| known_method(name).map_or(name, |known| known.canonical))
        .collect();
    Finding::new(
        format!(
            "the server wants to authenticate, but takes none of the methods that were offered \
             ({})",
            names.join(", ")
        ),
        format!(
            "give both sides a method that proves identity (IDTOKENS, SSL, or FS on the same \
             host): SEC_CLIENT_AUTHENTICATION_METHODS here, {} there",
            knob(asked, "SEC", "AUTHENTICATION_METHODS")
        ),
    )
}
