//! Lists: what HTCondor does not split, and what it does not know.

use countersign_config::split_list;
use countersign_core::authz::{Entry, HostKind, List, Network};
use countersign_core::names::{KNOWN_METHODS, Standing, known_method};
use countersign_core::policy::Cipher;

use super::entries::Written;
use super::values::shown;
use super::{Check, Code, Said, Severity, distance, users};
use crate::settings::knobs::Kind;

pub(super) fn check(check: &mut Check<'_>) {
    for written in check.written.clone() {
        let Some(value) = written.value.clone() else {
            continue;
        };
        let marks = |item: &&str| !item.contains(MARKS);
        match written.found.map(|found| found.knob.kind) {
            Some(Kind::Methods) => {
                separators(check, &written, &MARKS, PASSED_OVER);
                split_list(&value)
                    .filter(marks)
                    .for_each(|item| method(check, &written, item));
            }
            Some(Kind::Ciphers) => {
                separators(check, &written, &MARKS, PASSED_OVER);
                split_list(&value)
                    .filter(marks)
                    .for_each(|item| cipher(check, &written, item));
            }
            Some(Kind::Authorization) => authorization(check, &written, &value),
            _ => {}
        }
    }
}

/// Items that hold what somebody took for a separator, or quotes.
fn separators(check: &mut Check<'_>, written: &Written<'_>, marks: &[char], htcondor: &str) {
    let value = written.value.clone().unwrap_or_default();
    let mut wrong = split_list(&value).filter(|item| item.contains(marks));
    let Some(item) = wrong.next() else {
        return;
    };
    let mark = item.chars().find(|c| marks.contains(c)).unwrap_or_default();
    let others = match wrong.count() {
        0 => "",
        _ => " (and so with others of this list)",
    };
    let said = Said {
        code: Code::Separator,
        severity: Severity::Error,
        what: if QUOTES.contains(&mark) {
            format!(
                "{} has a quote in it, which is part of the item{others}",
                shown(item)
            )
        } else {
            format!(
                "{} is one item of the list: {mark} separates nothing{others}",
                shown(item)
            )
        },
        htcondor: htcondor.to_owned(),
        fix: {
            let parts = |item: &str| -> Vec<String> {
                let parts = item.split(|c| marks.contains(&c));
                let parts = parts.filter(|part| !part.is_empty());
                parts.map(str::to_owned).collect()
            };
            if split_list(&value).all(|item| parts(item).is_empty()) {
                format!(
                    "write items behind {} =, with commas between, or remove it",
                    written.name
                )
            } else {
                let anew = |item: &str| item.contains(marks).then(|| parts(item));
                format!("write {}", written.rewritten(anew))
            }
        },
    };
    check.find(&written.name, written.origin, said);
}

/// Who authenticated by ANONYMOUS.
const ANONYMOUS_USER: &str = "CONDOR_ANONYMOUS_USER";
const QUOTES: [char; 6] = ['"', '\'', '“', '”', '‘', '’'];
const MARKS: [char; 12] = [';', '|', ':', '/', '+', '&', '"', '\'', '“', '”', '‘', '’'];
/// Those that are part of neither users nor hosts.
const IN_LISTS: [char; 8] = [';', '|', '"', '\'', '“', '”', '‘', '’'];
const PASSED_OVER: &str =
    "splits at commas and spaces, does not know this item, and passes over it without a word";

fn method(check: &mut Check<'_>, written: &Written<'_>, item: &str) {
    let said = match known_method(item) {
        Some(method) => match method.standing {
            Standing::Offered => return,
            Standing::Dropped(why) => Said {
                code: Code::DroppedMethod,
                severity: Severity::Suspicious,
                what: format!("{item} cannot be used: {why}"),
                htcondor: "takes it out of the list".to_owned(),
                fix: format!(
                    "remove {item}, and list SSL, SCITOKENS or IDTOKENS if nothing else is left"
                ),
            },
        },
        None => {
            let upper = item.to_ascii_uppercase();
            let spellings = KNOWN_METHODS.iter().flat_map(|method| {
                method
                    .spellings
                    .iter()
                    .map(|spelling| (*spelling, method.canonical))
            });
            let near = spellings
                .filter_map(|(spelling, canonical)| {
                    Some((
                        distance::within(&upper, spelling, 2)?,
                        spelling.len(),
                        canonical,
                    ))
                })
                .filter(|(distance, length, _)| distance * 3 <= *length);
            let meant = near
                .min_by_key(|(distance, _, _)| *distance)
                .map(|(_, _, canonical)| canonical);
            Said {
                code: Code::UnknownMethod,
                severity: Severity::Error,
                what: format!("{} is no authentication method", shown(item)),
                htcondor: "passes over it without a word".to_owned(),
                fix: match meant {
                    Some(meant) => format!("write {meant}"),
                    None => "remove it".to_owned(),
                },
            }
        }
    };
    check.find(&written.name, written.origin, said);
}

fn cipher(check: &mut Check<'_>, written: &Written<'_>, item: &str) {
    if Cipher::parse(item).is_some() {
        return;
    }
    let upper = item.to_ascii_uppercase();
    let fix = if Cipher::parse(&upper).is_some() {
        format!("write {upper}: ciphers are written in capital letters")
    } else if upper.starts_with("AES") {
        "write AES, which is AES-256-GCM".to_owned()
    } else {
        "write AES, or remove it".to_owned()
    };
    let said = Said {
        code: Code::UnknownCipher,
        severity: Severity::Error,
        what: format!("{} is no cipher of HTCondor's", shown(item)),
        htcondor: "passes over it without a word".to_owned(),
        fix,
    };
    check.find(&written.name, written.origin, said);
}

fn authorization(check: &mut Check<'_>, written: &Written<'_>, value: &str) {
    let is_deny = written.base.to_ascii_uppercase().starts_with("DENY_");
    let before = check.findings.len();
    let nobody = "finds nobody whom this entry fits, without a word";
    separators(check, written, &IN_LISTS, nobody);
    let list = List::parse(value);
    for entry in list.entries() {
        if !entry.text().contains(IN_LISTS) {
            one_entry(check, written, entry, nobody);
        }
    }
    // An entry that keeps nobody out is worse than one that lets nobody in.
    if is_deny {
        for finding in check.findings.iter_mut().skip(before) {
            let is_network = finding.code == Code::MisreadNetwork;
            if !is_network {
                finding.severity = Severity::Dangerous;
            }
        }
    }
    users::check(check, written, &list, is_deny);
}

fn one_entry(check: &mut Check<'_>, written: &Written<'_>, entry: &Entry, nobody: &str) {
    let (what, fix) = match entry.kind() {
        HostKind::AddressString => (
            "is an address to call, not one that calls",
            "write the host's name or its IP address alone",
        ),
        HostKind::Unusable => (
            "is neither a host nor a network",
            "write a host name, an IP address or a network",
        ),
        HostKind::Name(_) if !entry.resolvable() => (
            "is no host's name (letters, digits, dots and dashes), and no user's, who has an @",
            "write user@domain, a host name, an IP address or a network",
        ),
        // A pattern may match the @ of a user as well, and one user has none.
        _ if entry.strange() && !entry.user().contains('*') && entry.user() != ANONYMOUS_USER => (
            "is neither a user (who has an @) at a host, nor a network",
            "write user@domain/host, or a network such as 10.0.0.0/8",
        ),
        HostKind::Network(network) | HostKind::Prefix(network) => {
            return misread_network(check, written, entry.text(), network);
        }
        _ => return,
    };
    let said = Said {
        code: Code::MatchesNobody,
        severity: Severity::Error,
        what: format!("{} {what}: it matches nobody", shown(entry.text())),
        htcondor: nobody.to_owned(),
        fix: fix.to_owned(),
    };
    check.find(&written.name, written.origin, said);
}

/// A network that is not the one it looks like.
fn misread_network(check: &mut Check<'_>, written: &Written<'_>, text: &str, network: &Network) {
    let (severity, taken_for, fix) = match network {
        Network::Bits { base, bits } => {
            let width = if base.is_ipv4() { 32 } else { 128 };
            match bits {
                0 if !text.ends_with("/0") => (
                    Severity::Dangerous,
                    "takes it for every address".to_owned(),
                    "write the network with its number of bits, such as 10.0.0.0/8".to_owned(),
                ),
                bits if *bits > width => (
                    Severity::Suspicious,
                    format!("takes it for the one address {base}"),
                    format!("write a number of bits up to {width}"),
                ),
                _ => return,
            }
        }
        Network::Nonsense { .. } => (
            Severity::Dangerous,
            "takes it for every address, or for none".to_owned(),
            "write the network with its number of bits, such as 10.0.0.0/8".to_owned(),
        ),
        Network::Everything => return,
    };
    let said = Said {
        code: Code::MisreadNetwork,
        severity,
        what: format!("{} is no proper network", shown(text)),
        htcondor: taken_for,
        fix,
    };
    check.find(&written.name, written.origin, said);
}
