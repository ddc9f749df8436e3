//! The settings that a site wrote.

use countersign_config::{Config, Former, Origin};

use super::{Check, Code, Said, Severity};
use crate::settings::is_security_knob;
use crate::settings::knobs::{self, Found};

/// A setting that stands in a file, a template that was asked for, or the environment.
#[derive(Debug, Clone)]
pub(super) struct Written<'a> {
    /// Its name as written, what stands in front included.
    pub(super) name: String,
    /// What stands in front: a subsystem or a local name.
    pub(super) prefix: Option<&'a str>,
    /// The name without it.
    pub(super) base: &'a str,
    /// What of the table it is.
    pub(super) found: Option<Found>,
    /// Macros and all.
    pub(super) raw: &'a str,
    /// Macros expanded; `None` if that cannot be done.
    pub(super) value: Option<String>,
    pub(super) origin: &'a Origin,
    pub(super) former: &'a [Former],
}

/// All of them.
pub(super) fn written(config: &Config) -> Vec<Written<'_>> {
    let of_site = |origin: &Origin| !matches!(origin, Origin::Default | Origin::Builtin);
    config
        .iter()
        .filter(|entry| of_site(entry.origin))
        .map(|entry| {
            let (prefix, base) = match entry.name.split_once('.') {
                Some((prefix, base)) => (Some(prefix), base),
                None => (None, entry.name),
            };
            Written {
                name: entry.name.to_owned(),
                prefix,
                base,
                found: knobs::find(base),
                raw: entry.raw,
                value: config.expand(entry.name, entry.raw, entry.origin).ok(),
                origin: entry.origin,
                former: entry.former,
            }
        })
        .collect()
}

/// Values that stand in one file above others of the same name.
pub(super) fn overridden(check: &mut Check<'_>) {
    for written in check.written.clone() {
        let Some(former) = written
            .former
            .last()
            .filter(|_| is_security_knob(&written.name))
        else {
            continue;
        };
        let in_files = |origin: &Origin| matches!(origin, Origin::File { .. });
        // What was extended has the former value in it.
        let extends = !former.raw.is_empty() && written.raw.contains(&former.raw);
        if former.raw == written.raw
            || extends
            || !in_files(&former.origin)
            || !in_files(written.origin)
        {
            continue;
        }
        if former.origin.path() != written.origin.path() {
            continue;
        }
        let said = Said {
            code: Code::Overridden,
            severity: Severity::Note,
            what: format!(
                "this value does not count: {} is set again ({})",
                written.name, written.origin
            ),
            htcondor: "takes the last value".to_owned(),
            fix: "remove the one that is not meant".to_owned(),
        };
        check.find(&written.name, &former.origin, said);
    }
}
