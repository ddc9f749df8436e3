//! Who gets in who should not.

use std::net::{IpAddr, Ipv4Addr};

use countersign_core::authz::{
    Authorization, Limits, List, Lookup as HostLookup, Peer, PeerNames, Policy,
};
use countersign_core::names::{Level, known_method};
use countersign_core::policy::{Cipher, Requirement};

use super::levels::{AUTHENTICATION, Asked, CIPHERS, Grouped, METHODS, NEGOTIATION};
use super::{Check, Code, Said, Severity};
use crate::settings::authorization_policy;

/// A user of whom nothing is known, as daemons call them.
const STRANGER: &str = "unauthenticated@unmapped";
/// A user whom no list names.
const SOMEBODY: &str = "somebody@elsewhere.invalid";
/// An address that nobody has.
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 77));

pub(super) fn check(check: &mut Check<'_>) {
    let policy = policy(check);
    let mut grouped = Grouped::default();
    for level in Level::ALL {
        let Some(asked) = Asked::read(check, level) else {
            continue;
        };
        if level != Level::Client {
            weak_cipher(&asked, &mut grouped);
        }
        if !changes_things(level) {
            continue;
        }
        bare_word(&asked, policy.as_ref(), &mut grouped);
        if let Some(policy) = &policy {
            open(check, &asked, policy, &mut grouped);
        }
    }
    grouped.tell(check);
}

/// Whether more than reading is allowed at a level.
fn changes_things(level: Level) -> bool {
    !matches!(level, Level::Allow | Level::Read | Level::Client)
}

/// The lists, no host looked up: an entry with a host name fits nobody then, which is right for a stranger.
fn policy(check: &Check<'_>) -> Option<Policy> {
    let mut policy = authorization_policy(check.config, &check.host.subsystem).ok()?;
    for host in policy.hosts_to_resolve() {
        policy.resolved(&host, &HostLookup::Addresses(Vec::new()));
    }
    Some(policy)
}

fn asks(policy: &Policy, level: Level, user: &str) -> Authorization {
    let mut peer = Peer::new(ELSEWHERE);
    peer.names = PeerNames::Confirmed(Vec::new());
    peer.local = Some(false);
    policy.authorize(level, user, &peer, &Limits::Unlimited)
}

/// The ALLOW list that let somebody in.
fn list_behind<'p>(policy: &'p Policy, answer: &Authorization) -> Option<&'p List> {
    policy.allow(answer.decided_by()?.decision.level)
}

/// CLAIMTOBE and ANONYMOUS.
fn bare_word(asked: &Asked<'_>, policy: Option<&Policy>, grouped: &mut Grouped) {
    let level = asked.level;
    // Where nobody is on the list, nobody gets in by any method.
    let has_list = policy.is_none_or(|policy| {
        let levels = std::iter::once(level).chain(level.implied_by());
        levels
            .into_iter()
            .any(|level| policy.allow(level).is_some())
    });
    if asked.settings.authentication == Requirement::Never || !has_list {
        return;
    }
    let Some(setting) = asked.setting(METHODS) else {
        return;
    };
    let methods = asked
        .settings
        .methods
        .iter()
        .filter_map(|text| known_method(text));
    for method in methods.filter(|method| ["CLAIMTOBE", "ANONYMOUS"].contains(&method.canonical)) {
        let htcondor = match method.canonical {
            "CLAIMTOBE" => {
                "believes the name that a client says, and lets in whoever says a name that the lists have"
            }
            _ => {
                "takes everybody for CONDOR_ANONYMOUS_USER, and lets in whom the lists let in as that"
            }
        };
        let said = Said {
            code: Code::ProvesNothing,
            severity: Severity::Dangerous,
            what: format!(
                "{} proves nothing, and is taken where more than reading is allowed",
                method.canonical
            ),
            htcondor: htcondor.to_owned(),
            fix: format!(
                "remove {} here; if reading may be done by it, list it in SEC_READ_AUTHENTICATION_METHODS alone",
                method.canonical
            ),
        };
        grouped.add(level, setting, said);
    }
}

/// Levels that are open to strangers, or to everybody.
fn open(check: &Check<'_>, asked: &Asked<'_>, policy: &Policy, grouped: &mut Grouped) {
    let level = asked.level;
    // What contradicts itself will be mended, this way or that.
    let refused = asked.contradiction().is_some();
    let authenticates = asked.authenticates(check.config.release()) && !refused;
    let answer = asks(
        policy,
        level,
        if authenticates { SOMEBODY } else { STRANGER },
    );
    if !answer.is_allowed() {
        return;
    }
    let governs = !matches!(level, Level::Write);
    if authenticates && !governs {
        return;
    }
    let Some(list) = list_behind(policy, &answer) else {
        return;
    };
    let knob = list.knob().unwrap_or_default().to_owned();
    let Some(setting) = check.get(&knob) else {
        return;
    };
    let (name, place) = (setting.name.to_owned(), setting.origin.clone());
    let said = if authenticates {
        Said {
            code: Code::EverybodyGoverns,
            severity: if matches!(level, Level::Administrator | Level::Config) {
                Severity::Dangerous
            } else {
                Severity::Suspicious
            },
            what: format!("{name} lets in everybody who authenticates"),
            htcondor: format!("gives every user of every trusted method {}", rights(level)),
            fix: format!(
                "name those who may: {name} = condor@{} root@{}",
                domain(check),
                domain(check)
            ),
        }
    } else {
        Said {
            code: Code::OpenToAll,
            severity: Severity::Dangerous,
            what: if refused {
                format!("{name} lets in anybody, and nobody has to authenticate as it stands")
            } else {
                format!("{name} lets in anybody, and authentication is not REQUIRED")
            },
            htcondor: format!(
                "gives everybody who reaches the port {}, as {STRANGER}{}",
                rights(level),
                if refused {
                    ", as soon as the contradiction is mended by asking for less"
                } else {
                    ""
                }
            ),
            fix: format!(
                "{}, or name those who may in {name}",
                to_authenticate(asked)
            ),
        }
    };
    grouped.add(level, (&name, &place), said);
}

/// What to write so that everybody must authenticate: a level's own setting would not count under one with a program in front.
fn to_authenticate(asked: &Asked<'_>) -> String {
    let decides = |feature: &str| asked.setting(feature).map(|(name, _)| name);
    let negotiation = decides(NEGOTIATION)
        .filter(|_| asked.settings.negotiation == Requirement::Never)
        .map(|name| format!("{name} = REQUIRED"));
    if asked.settings.authentication == Requirement::Required {
        return format!("write {}", negotiation.unwrap_or_default());
    }
    let negotiation = negotiation.map_or_else(String::new, |text| format!(" and {text}"));
    match decides(AUTHENTICATION) {
        Some(name) => format!("write {name} = REQUIRED{negotiation}"),
        None => format!(
            "write SEC_{}_AUTHENTICATION (or SEC_DEFAULT_AUTHENTICATION) = REQUIRED{negotiation}",
            asked.level.name()
        ),
    }
}

fn rights(level: Level) -> &'static str {
    match level {
        Level::Administrator => "the right to stop and reconfigure daemons",
        Level::Config => {
            "the right to change the configuration (as far as SETTABLE_ATTRS_* and ENABLE_RUNTIME_CONFIG let them)"
        }
        Level::Negotiator => "the right to give out this host's resources",
        Level::Daemon => "the rights of the pool's own daemons",
        Level::AdvertiseStartd | Level::AdvertiseSchedd | Level::AdvertiseMaster => {
            "the right to advertise daemons, to which jobs may go"
        }
        _ => "the right to submit and change jobs",
    }
}

/// What to put behind a user's name.
pub(super) fn domain(check: &Check<'_>) -> String {
    let domain = check.get("UID_DOMAIN");
    domain.map_or_else(|| "*".to_owned(), |setting| setting.value)
}

/// 3DES or BLOWFISH before AES. The server's order decides.
fn weak_cipher(asked: &Asked<'_>, grouped: &mut Grouped) {
    let mut known = asked
        .settings
        .crypto_methods
        .iter()
        .filter_map(|text| Some((text, Cipher::parse(text)?)));
    let Some((first, cipher)) = known.next() else {
        return;
    };
    let Some(setting) = asked.setting(CIPHERS) else {
        return;
    };
    if cipher == Cipher::Aes {
        return;
    }
    let rest = known.any(|(_, cipher)| cipher == Cipher::Aes);
    let said = Said {
        code: Code::WeakCipher,
        severity: Severity::Suspicious,
        what: format!("{first} stands {}", if rest { "before AES" } else { "here without AES" }),
        htcondor: "takes the first cipher of the server's list that the client has too; only AES-256-GCM proves that nothing was changed, what was agreed on included: with the others whoever is in between can have frames repeated and dropped, and alter the negotiation".to_owned(),
        fix: format!("write {} = AES{}", setting.0, if rest { ", and the others behind it" } else { "" }),
    };
    grouped.add(asked.level, setting, said);
}
