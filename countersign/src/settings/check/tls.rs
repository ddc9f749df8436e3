//! What HTCondor would do with TLS and Countersign's own ping and peer cannot.

use super::{Check, Code, Said, Severity};
use crate::effects::tls::{CipherList, unusable_ciphers};
use countersign_config::parse_bool;

pub(super) fn check(check: &mut Check<'_>) {
    for written in check.written.clone() {
        let value = written.value.as_deref().unwrap_or_default().trim();
        let said = if written.base.eq_ignore_ascii_case("AUTH_SSL_CIPHERLIST") {
            ciphers(&written.name, value)
        } else if written.base.eq_ignore_ascii_case("USE_VOMS_ATTRIBUTES")
            && parse_bool(value) == Ok(true)
        {
            Some(Said {
                code: Code::NotHere,
                severity: Severity::Note,
                what: "proxies are mapped by their VOMS attributes".to_owned(),
                htcondor: "maps a proxy's owner by its attributes too, where AUTH_SSL_ALLOW_CLIENT_PROXY takes proxies; \
                           Countersign reads none, and its peer does not start with both"
                    .to_owned(),
                fix: "nothing, for HTCondor; for a test peer leave AUTH_SSL_ALLOW_CLIENT_PROXY out".to_owned(),
            })
        } else {
            None
        };
        if let Some(said) = said {
            check.find(&written.name, written.origin, said);
        }
    }
}

fn ciphers(name: &str, value: &str) -> Option<Said> {
    if value.is_empty() {
        return None;
    }
    let usable = unusable_ciphers(&CipherList(value.to_owned()))?;
    Some(Said {
        code: Code::NotHere,
        severity: Severity::Suspicious,
        what: format!("none of {value} is a cipher of TLS 1.2 that is still taken for safe"),
        htcondor: "offers them to peers of TLS 1.2; Countersign's ping and peer have none of them, and meet others by TLS 1.3 \
                   alone"
            .to_owned(),
        fix: format!("write {name} = {usable}, or remove it"),
    })
}
