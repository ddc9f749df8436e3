//! The table of settings and the order in which a name is looked up in it (`lookup_macro` in `config.cpp`).

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::error::{SyntaxError, excerpt};
use crate::macros::is_name_byte;
use crate::origin::Origin;
use crate::release::{Release, compare};

/// The longest value, raw or expanded, in bytes. HTCondor has no such limit.
pub const MAX_VALUE: usize = 1 << 20;
/// The longest name of a setting, in bytes. HTCondor has no such limit.
pub const MAX_NAME: usize = 4096;
/// The most that all names and raw values may take together, in bytes. HTCondor has no such limit.
pub const MAX_TABLE_SIZE: usize = 64 << 20;
/// What a setting takes besides its name and value, roughly.
const ENTRY: usize = 256;
/// The most that overridden values may take together, in bytes; later ones are forgotten.
const MAX_FORMER: usize = 8 << 20;

/// Settings that steer the reading itself. Their defaults count even where no others are asked for.
const STEERING: [&str; 3] = [
    "LOCAL_CONFIG_DIR_EXCLUDE_REGEXP",
    "REQUIRE_LOCAL_CONFIG_FILE",
    "USER_CONFIG_FILE",
];

static DEFAULT: Origin = Origin::Default;

/// A value that another took the place of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// The value as it stood, macros and all.
    pub raw: String,
    /// Where it stands.
    pub origin: Origin,
}

/// One setting.
#[derive(Debug, Clone)]
struct Entry {
    name: String,
    raw: String,
    origin: Origin,
    /// Whether HTCondor keeps it in its table: not if all that was ever set is the default.
    listed: bool,
    former: Vec<Former>,
}

/// What was found under a name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'a> {
    pub(crate) name: &'a str,
    pub(crate) raw: &'a str,
    pub(crate) origin: &'a Origin,
    pub(crate) former: &'a [Former],
    pub(crate) listed: bool,
}

/// All settings, the defaults behind them, and the environment that `$ENV()` sees.
#[derive(Clone)]
pub(crate) struct Table {
    entries: BTreeMap<String, Entry>,
    release: Release,
    /// Whether the release's defaults stand in for what nobody set.
    defaults: bool,
    environment: HashMap<String, String>,
    /// Variables that are set to what is no text.
    not_text: HashSet<String>,
    /// Prefixes under which a name is looked for first: the local name, then the subsystem; in lower case.
    scopes: Vec<String>,
    size: usize,
    former_size: usize,
}

impl Table {
    pub(crate) fn new<'a>(
        release: Release,
        defaults: bool,
        environment: impl IntoIterator<Item = (&'a str, &'a str)>,
        scopes: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut seen = HashMap::new();
        for (name, value) in environment {
            // getenv() gives the first of several.
            seen.entry(name.to_owned())
                .or_insert_with(|| value.to_owned());
        }
        Table {
            entries: BTreeMap::new(),
            release,
            defaults,
            environment: seen,
            not_text: HashSet::new(),
            scopes: scopes
                .into_iter()
                .filter(|scope| !scope.is_empty())
                .map(str::to_ascii_lowercase)
                .collect(),
            size: 0,
            former_size: 0,
        }
    }

    /// Says of variables that they are set, to what is no text.
    pub(crate) fn set_not_text(&mut self, names: impl IntoIterator<Item = String>) {
        self.not_text = names.into_iter().collect();
    }

    /// Whether a variable of the environment is set to what is no text.
    pub(crate) fn is_not_text(&self, variable: &str) -> bool {
        self.not_text.contains(variable) && !self.environment.contains_key(variable)
    }

    pub(crate) fn release(&self) -> Release {
        self.release
    }

    /// What decides `name`: `LOCALNAME.name`, `SUBSYS.name`, `name`, each first as set and then as defaulted.
    ///
    /// A setting that was set to nothing is found, and hides the default.
    pub(crate) fn lookup(&self, name: &str) -> Option<Found<'_>> {
        let key = name.to_ascii_lowercase();
        self.scopes
            .iter()
            .find_map(|scope| {
                self.entry(&format!("{scope}.{key}"))
                    .or_else(|| self.scoped_default(scope, &key))
            })
            .or_else(|| self.entry(&key))
            .or_else(|| self.default(&key))
    }

    /// As [`Table::lookup`], but what was set to its default only is shown as the default.
    pub(crate) fn listed(&self, name: &str) -> Option<Found<'_>> {
        let key = name.to_ascii_lowercase();
        let listed = |key: &str| self.entry(key).filter(|entry| entry.listed);
        self.scopes
            .iter()
            .find_map(|scope| {
                listed(&format!("{scope}.{key}")).or_else(|| self.scoped_default(scope, &key))
            })
            .or_else(|| listed(&key))
            .or_else(|| self.default(&key))
    }

    fn entry(&self, key: &str) -> Option<Found<'_>> {
        self.entries.get(key).map(found)
    }

    fn scoped_default(&self, scope: &str, name: &str) -> Option<Found<'_>> {
        let release = self.release;
        let default = self
            .defaults
            .then(|| release.subsystem_default(scope, name));
        default.flatten().map(default_found)
    }

    /// The default of exactly this name, which may have a subsystem in front.
    pub(crate) fn default(&self, name: &str) -> Option<Found<'_>> {
        if let Some((scope, rest)) = name.split_once('.') {
            return self.scoped_default(scope, rest);
        }
        let counts = self.defaults || STEERING.iter().any(|own| own.eq_ignore_ascii_case(name));
        let default = counts.then(|| self.release.default_of(name)).flatten();
        default.map(default_found)
    }

    /// Whether exactly this name was set to anything but its default.
    pub(crate) fn is_listed(&self, name: &str) -> bool {
        let entry = self.entries.get(&name.to_ascii_lowercase());
        entry.is_some_and(|entry| entry.listed)
    }

    pub(crate) fn environment(&self, variable: &str) -> Option<&str> {
        self.environment.get(variable).map(String::as_str)
    }

    /// If `name` has the prefix of a scope, the rest of it.
    pub(crate) fn without_scope<'n>(&self, name: &'n str) -> Option<&'n str> {
        self.scopes.iter().find_map(|scope| {
            let rest = name.get(scope.len()..)?;
            let start = name.get(..scope.len())?;
            let rest = rest.strip_prefix('.').filter(|rest| !rest.is_empty())?;
            start.eq_ignore_ascii_case(scope).then_some(rest)
        })
    }

    /// Sets exactly this name.
    pub(crate) fn insert(
        &mut self,
        name: &str,
        raw: String,
        origin: Origin,
    ) -> Result<(), SyntaxError> {
        if raw.len() > MAX_VALUE {
            return Err(SyntaxError::ValueTooLong {
                name: excerpt(name),
            });
        }
        let (mut raw, mut listed) = (raw, true);
        if !self.is_listed(name)
            && let Some((default, has_scope)) = self.default_behind(name)
            && is_same_value(default, &raw)
        {
            raw = default.to_owned();
            listed = has_scope;
        }
        let key = name.to_ascii_lowercase();
        let size = self.size + ENTRY + 2 * name.len() + raw.len();
        if size > MAX_TABLE_SIZE {
            return Err(SyntaxError::TableTooLarge);
        }
        let mut entry = Entry {
            name: name.to_owned(),
            raw,
            origin,
            listed,
            former: Vec::new(),
        };
        self.size = size;
        if let Some(old) = self.entries.remove(&key) {
            self.size -= ENTRY + 2 * old.name.len() + old.raw.len();
            if old.listed {
                // HTCondor keeps the spelling of the first.
                entry.name = old.name;
            }
            entry.former = old.former;
            if self.former_size + old.raw.len() <= MAX_FORMER {
                self.former_size += old.raw.len() + 64;
                entry.former.push(Former {
                    raw: old.raw,
                    origin: old.origin,
                });
            }
        }
        self.entries.insert(key, entry);
        Ok(())
    }

    /// The default that a value may be the same as, and whether a scope stands in front of its name.
    fn default_behind(&self, name: &str) -> Option<(&'static str, bool)> {
        if !self.defaults {
            return None;
        }
        if let Some((_, raw)) = self.release.default_of(name) {
            return Some((raw, false));
        }
        let (_, rest) = name.split_once('.')?;
        self.release.default_of(rest).map(|(_, raw)| (raw, true))
    }

    /// All that was set, by name in lower case.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Found<'_>> {
        self.entries.values().map(found)
    }

    /// All that was set and the defaults of all else, as `condor_config_val -dump` lists them.
    pub(crate) fn all(&self) -> impl Iterator<Item = Found<'_>> {
        let defaults = self
            .defaults
            .then(|| self.release.defaults())
            .into_iter()
            .flatten();
        let mut defaults = defaults
            .map(|(name, raw)| default_found((name, raw.unwrap_or(""))))
            .peekable();
        let mut set = self.entries().filter(|entry| entry.listed).peekable();
        std::iter::from_fn(move || {
            let order = match (set.peek(), defaults.peek()) {
                (Some(set), Some(default)) => compare(set.name, default.name),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, _) => std::cmp::Ordering::Greater,
            };
            if order.is_eq() {
                defaults.next();
            }
            if order.is_gt() {
                defaults.next()
            } else {
                set.next()
            }
        })
    }
}

impl Default for Table {
    fn default() -> Self {
        Table::new(Release::default(), false, [], [])
    }
}

fn found(entry: &Entry) -> Found<'_> {
    Found {
        name: &entry.name,
        raw: &entry.raw,
        origin: &entry.origin,
        former: &entry.former,
        listed: entry.listed,
    }
}

fn default_found(default: (&'static str, &'static str)) -> Found<'static> {
    Found {
        name: default.0,
        raw: default.1,
        origin: &DEFAULT,
        former: &[],
        listed: false,
    }
}

/// Whether HTCondor takes a value for the default: `True` and `true` are the same.
fn is_same_value(default: &str, value: &str) -> bool {
    default == value
        || default.eq_ignore_ascii_case(value)
            && ["true", "false"]
                .iter()
                .any(|b| b.eq_ignore_ascii_case(value))
}

/// Whether `name` can be set (`is_valid_param_name`).
pub(crate) fn is_setting_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(is_name_byte)
}
