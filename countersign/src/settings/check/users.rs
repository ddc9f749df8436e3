//! Words of ALLOW and DENY lists that look like users: without an `@` they are hosts.

use std::collections::HashSet;

use countersign_config::split_list;
use countersign_core::authz::{HostKind, List};

use super::entries::Written;
use super::values::shown;
use super::{Check, Code, Said, Severity, dangers};

/// Whom nobody calls a host.
const USERS: [&str; 3] = ["root", "condor", "condor_pool"];

pub(super) fn check(check: &mut Check<'_>, written: &Written<'_>, list: &List, is_deny: bool) {
    let own: HashSet<&str> = split_list(&written.raw).collect();
    let words: Vec<&str> = list
        .entries()
        .iter()
        .filter(|entry| matches!(entry.kind(), HostKind::Name(_)))
        .filter(|entry| entry.resolvable() && entry.text() == entry.host())
        .map(|entry| entry.text())
        .filter(|word| is_bare(check, &own, word))
        .collect();
    let Some(first) = words.first() else {
        return;
    };
    let is_user = words.iter().any(|word| is_known_user(word));
    let domain = dangers::domain(check);
    let anew = |item: &str| {
        words
            .contains(&item)
            .then(|| vec![format!("{item}@{domain}")])
    };
    let said = Said {
        code: Code::NotAUser,
        severity: match (is_user, is_deny) {
            (true, true) => Severity::Dangerous,
            (true, false) => Severity::Error,
            (false, true) => Severity::Suspicious,
            (false, false) => Severity::Note,
        },
        what: match words.len() {
            1 => format!(
                "{} is a host here, not a user: a user has an @",
                shown(first)
            ),
            _ => format!(
                "{} are hosts here, not users: a user has an @",
                shown(&words.join(", "))
            ),
        },
        htcondor: if is_deny {
            "looks the host up, and keeps no user of that name out, without a word"
        } else {
            "looks the host up, and lets no user of that name in, without a word"
        }
        .to_owned(),
        fix: format!(
            "write {} for users; for a host, its full name",
            written.rewritten(anew)
        ),
    };
    check.find(&written.name, written.origin, said);
}

fn is_known_user(word: &str) -> bool {
    USERS.iter().any(|user| user.eq_ignore_ascii_case(word))
}

/// Whether a word is hardly the name of a host: without domain and number, not this host, and written here.
fn is_bare(check: &Check<'_>, own: &HashSet<&str>, word: &str) -> bool {
    let is_own = word.eq_ignore_ascii_case("localhost")
        || word.eq_ignore_ascii_case(&check.host.hostname)
        || word.eq_ignore_ascii_case(&check.host.full_hostname);
    let looks_like_host = word.contains(|c: char| c == '.' || c == '-' || c.is_ascii_digit());
    is_known_user(word) && !is_own || !is_own && !looks_like_host && own.contains(word)
}
