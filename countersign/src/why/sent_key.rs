//! A session's key that the server sent, or should have sent.

use countersign_core::crypto::SentKeyError;

use super::{Asked, Finding, facts::knob};

pub(super) fn sent_key(error: &SentKeyError, asked: Asked<'_>) -> Finding {
    let text = error.to_string();
    match error {
        SentKeyError::InClear { .. } => Finding::new(
            text,
            format!(
                "a server of HTCondor 9.0 or later exchanges keys by ECDH; with an older one put SSL, SCITOKENS, PASSWORD, \
                 KERBEROS or MUNGE first ({} there), which hide the key, or do without: SEC_CLIENT_ENCRYPTION and \
                 SEC_CLIENT_INTEGRITY = OPTIONAL here",
                knob(asked, "SEC", "AUTHENTICATION_METHODS")
            ),
        ),
        SentKeyError::Missing
        | SentKeyError::Wrap(_)
        | SentKeyError::OtherCipher { .. }
        | SentKeyError::Length { .. } => Finding::new(
            text,
            "no real daemon answers so, and nothing was believed of it: check who is at that address, and who is on the way",
        ),
    }
}
