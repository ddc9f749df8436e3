//! What the levels ask for, and whether it can be had.

use std::collections::BTreeMap;

use countersign_config::{Origin, Release, Setting};
use countersign_core::names::{Level, known_method};
use countersign_core::policy::{Cipher, ClientSettings, LevelSettings, Requirement, knobs};

use super::methods::{Methods, Side};
use super::{Check, Code, Said, Severity};
use crate::settings::{Lookup, client_settings, level_settings};

/// What a level's settings are, and which they are.
pub(super) struct Asked<'a> {
    pub(super) level: Level,
    pub(super) settings: LevelSettings,
    names: BTreeMap<&'static str, Setting<'a>>,
}

pub(super) const AUTHENTICATION: &str = "AUTHENTICATION";
const ENCRYPTION: &str = "ENCRYPTION";
const INTEGRITY: &str = "INTEGRITY";
pub(super) const NEGOTIATION: &str = "NEGOTIATION";
pub(super) const METHODS: &str = "AUTHENTICATION_METHODS";
pub(super) const CIPHERS: &str = "CRYPTO_METHODS";
const FEATURES: [&str; 6] = [
    AUTHENTICATION,
    ENCRYPTION,
    INTEGRITY,
    NEGOTIATION,
    METHODS,
    CIPHERS,
];

impl<'a> Asked<'a> {
    /// What this host's daemons ask for at a level, or what its tools ask of servers. `None` if a word of it cannot be read,
    /// which is told as such.
    pub(super) fn read(check: &Check<'a>, level: Level) -> Option<Self> {
        // As a tool: what daemons end for is told already.
        let lookup = Lookup::new(check.config, "TOOL");
        let subsystem = &check.host.subsystem;
        let settings = level_settings(&lookup, level, subsystem).ok()?;
        let legacy = lookup.boolean("LEGACY_ALLOW_SEMANTICS").ok()?;
        let mut names = BTreeMap::new();
        for feature in FEATURES {
            if let Some((_, setting)) = lookup
                .first(&knobs(level, feature, subsystem, legacy))
                .ok()?
            {
                names.insert(feature, setting);
            }
        }
        Some(Self {
            level,
            settings,
            names,
        })
    }

    /// The setting behind a feature, if the site wrote one.
    pub(super) fn setting(&self, feature: &str) -> Option<(&str, &'a Origin)> {
        let setting = self.names.get(feature)?;
        (*setting.origin != Origin::Default).then_some((setting.name, setting.origin))
    }

    fn requirement(&self, feature: &str) -> Requirement {
        match feature {
            AUTHENTICATION => self.settings.authentication,
            ENCRYPTION => self.settings.encryption,
            INTEGRITY => self.settings.integrity,
            _ => self.settings.negotiation,
        }
    }

    /// Whether nobody gets through without authentication.
    pub(super) fn authenticates(&self, release: Release) -> bool {
        let required = |requirement| requirement == Requirement::Required;
        let protected = required(self.settings.encryption) || required(self.settings.integrity);
        // Until 23.10 a protected connection had to be an authenticated one.
        required(self.settings.authentication) || release == Release::V23_9_6 && protected
    }

    /// NEVER where another feature that needs it is REQUIRED: both features.
    pub(super) fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        [
            (AUTHENTICATION, ENCRYPTION),
            (AUTHENTICATION, INTEGRITY),
            (NEGOTIATION, AUTHENTICATION),
            (NEGOTIATION, ENCRYPTION),
            (NEGOTIATION, INTEGRITY),
        ]
        .into_iter()
        .find(|(base, needs)| {
            self.requirement(base) == Requirement::Never
                && self.requirement(needs) == Requirement::Required
        })
    }
}

/// Findings of several levels that are the same but for the level.
#[derive(Default)]
pub(super) struct Grouped(Vec<(String, Origin, Said, Vec<&'static str>)>);

impl Grouped {
    pub(super) fn add(&mut self, level: Level, setting: (&str, &Origin), said: Said) {
        let (name, place) = setting;
        let same = self.0.iter_mut().find(|(known, at, other, _)| {
            known == name && at == place && other.code == said.code && other.what == said.what
        });
        match same {
            Some((_, _, other, levels)) => {
                levels.push(level.name());
                // The worst of them is told.
                if said.severity < other.severity {
                    *other = said;
                }
            }
            None => self
                .0
                .push((name.to_owned(), place.clone(), said, vec![level.name()])),
        }
    }

    pub(super) fn tell(self, check: &mut Check<'_>) {
        for (name, place, mut said, levels) in self.0 {
            said.what = format!("{} (for {})", said.what, levels.join(", "));
            check.find(&name, &place, said);
        }
    }
}

const REFUSED: &str = "has no valid security policy then: a daemon hangs up on every command of this level, and a tool gives up";

pub(super) fn check(check: &mut Check<'_>, methods: &mut Methods) {
    let mut grouped = Grouped::default();
    let client = client_of(check);
    for level in Level::ALL {
        let Some(asked) = Asked::read(check, level) else {
            continue;
        };
        let side = if level == Level::Client {
            Side::Client
        } else {
            Side::Server
        };
        if let Some((base, needs)) = asked.contradiction() {
            if let (Some(setting), Some((other, at))) = (asked.setting(base), asked.setting(needs))
            {
                let said = Said {
                    code: Code::Contradiction,
                    severity: Severity::Error,
                    what: format!(
                        "{} is NEVER, but {other} ({at}) is REQUIRED and cannot go without it",
                        setting.0
                    ),
                    htcondor: REFUSED.to_owned(),
                    fix: format!(
                        "write {} = REQUIRED; or {other} = OPTIONAL, if nothing needs it",
                        setting.0
                    ),
                };
                grouped.add(level, setting, said);
            }
            continue;
        }
        let required = asked.authenticates(check.config.release()) && level != Level::Allow;
        let why = if required {
            methods.none_of(check, &asked.settings.methods, side)
        } else {
            None
        };
        if let Some(reasons) = why {
            let setting = asked
                .setting(METHODS)
                .or_else(|| asked.setting(AUTHENTICATION));
            let listed = asked.settings.methods.join(", ");
            let said = Said {
                code: Code::NoMethod,
                severity: Severity::Error,
                what: format!(
                    "authentication is REQUIRED, but none of the methods ({listed}) can be performed here: {}",
                    reasons.join("; ")
                ),
                htcondor: "lets nobody through who must authenticate".to_owned(),
                fix: {
                    let name = setting.map_or("", |(name, _)| name);
                    let name = match asked.setting(METHODS) {
                        Some(_) => name.to_owned(),
                        None => format!("{name}_METHODS"),
                    };
                    format!(
                        "list a method that works here, such as {name} = FS, IDTOKENS, or provide what is missing"
                    )
                },
            };
            if let Some(setting) = setting {
                grouped.add(level, setting, said);
            }
        }
        ciphers(&asked, &mut grouped);
        if let (Some(client), Side::Server) = (&client, side) {
            in_common(check.config.release(), client, &asked, &mut grouped);
        }
    }
    grouped.tell(check);
}

fn client_of(check: &Check<'_>) -> Option<ClientSettings> {
    client_settings(&Lookup::new(check.config, "TOOL"), check.host).ok()
}

fn is_protected(asked: &Asked<'_>) -> Option<&'static str> {
    [ENCRYPTION, INTEGRITY]
        .into_iter()
        .find(|feature| asked.requirement(feature) == Requirement::Required)
}

fn ciphers(asked: &Asked<'_>, grouped: &mut Grouped) {
    let Some(feature) = is_protected(asked) else {
        return;
    };
    let listed = &asked.settings.crypto_methods;
    if listed.iter().any(|cipher| Cipher::parse(cipher).is_some()) {
        return;
    }
    if let Some(setting) = asked.setting(CIPHERS) {
        let said = Said {
            code: Code::NoCipher,
            severity: Severity::Error,
            what: format!(
                "{} is REQUIRED, but {} names no cipher that HTCondor knows",
                feature.to_lowercase(),
                setting.0
            ),
            htcondor: REFUSED.to_owned(),
            fix: format!("write {} = AES", setting.0),
        };
        grouped.add(asked.level, setting, said);
    }
}

/// Whether this host's tools can talk to its daemons.
fn in_common(release: Release, client: &ClientSettings, asked: &Asked<'_>, grouped: &mut Grouped) {
    let mut add = |feature: &str, what: String, fix: &str| {
        if let Some(setting) = asked.setting(feature) {
            let said = Said {
                code: Code::NothingInCommon,
                severity: Severity::Suspicious,
                what,
                htcondor: "refuses the commands of this host's own tools at these levels"
                    .to_owned(),
                fix: fix.to_owned(),
            };
            grouped.add(asked.level, setting, said);
        }
    };
    let methods = |listed: &[String]| -> Vec<&str> {
        listed
            .iter()
            .filter_map(|text| Some(known_method(text)?.canonical))
            .collect()
    };
    let (ours, theirs) = (methods(&client.methods), methods(&asked.settings.methods));
    let none = !ours.is_empty()
        && !theirs.is_empty()
        && !ours.iter().any(|method| theirs.contains(method));
    if asked.authenticates(release) && asked.level != Level::Allow && none {
        let what = format!(
            "tools offer {} and daemons take {}: nothing in common",
            ours.join(", "),
            theirs.join(", ")
        );
        add(
            METHODS,
            what,
            "list a method in both, in SEC_CLIENT_AUTHENTICATION_METHODS too",
        );
    }
    let ciphers = |listed: &[String]| -> Vec<Cipher> {
        listed
            .iter()
            .filter_map(|text| Cipher::parse(text))
            .collect()
    };
    let (ours, theirs) = (
        ciphers(&client.crypto_methods),
        ciphers(&asked.settings.crypto_methods),
    );
    let none = !ours.is_empty()
        && !theirs.is_empty()
        && !ours.iter().any(|cipher| theirs.contains(cipher));
    if is_protected(asked).is_some() && none {
        let what = format!(
            "tools offer {} and daemons take {}: no cipher in common",
            client.crypto_methods.join(", "),
            asked.settings.crypto_methods.join(", ")
        );
        add(
            CIPHERS,
            what,
            "list AES in both, in SEC_CLIENT_CRYPTO_METHODS too",
        );
    }
}
