//! The settings that a site wrote.

use std::borrow::Cow;

use countersign_config::{Config, Former, Origin, split_list};

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
    pub(super) raw: Cow<'a, str>,
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
                raw: Cow::Borrowed(entry.raw),
                value: config.expand(entry.name, entry.raw, entry.origin).ok(),
                origin: entry.origin,
                former: entry.former,
            }
        })
        .collect()
}

/// The longest value that is repeated, in bytes.
const MOST: usize = 1000;

/// A setting as it should be written.
pub(super) fn assignment(name: &str, raw: &str) -> String {
    if raw.contains('\n') || raw.len() > MOST {
        name.to_owned()
    } else {
        format!("{name} = {raw}")
    }
}

impl Written<'_> {
    /// The setting with some items of its list written anew. Macros stay, unless the items are theirs.
    pub(super) fn rewritten(&self, anew: impl Fn(&str) -> Option<Vec<String>>) -> String {
        let value = self.value.as_deref().unwrap_or_default();
        if value.len() > MOST || self.raw.len() > MOST {
            return self.name.clone();
        }
        // The arguments of a macro may have commas.
        let is_whole = |item: &str| item.matches('(').count() == item.matches(')').count();
        let is_own = |item: &str| split_list(&self.raw).any(|own| own == item);
        let source = if split_list(&self.raw).all(is_whole)
            && split_list(value).all(|item| is_own(item) || anew(item).is_none())
        {
            &self.raw
        } else {
            value
        };
        let mut items: Vec<String> = Vec::new();
        for item in split_list(source) {
            match anew(item).filter(|_| !item.contains("$(")) {
                Some(new) => items.extend(new),
                None => items.push(item.to_owned()),
            }
        }
        assignment(&self.name, &items.join(", "))
    }
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
        if written.raw == former.raw.as_str()
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
