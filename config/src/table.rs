//! The table of settings and the order in which a name is looked up in it (`lookup_macro` in `config.cpp`).

use std::collections::{BTreeMap, HashMap};

use crate::error::{SyntaxError, excerpt};
use crate::macros::is_name_byte;
use crate::origin::Origin;

/// The longest value, raw or expanded, in bytes. HTCondor has no such limit.
pub const MAX_VALUE: usize = 1 << 20;
/// The longest name of a setting, in bytes. HTCondor has no such limit.
pub const MAX_NAME: usize = 4096;
/// The most that all names and raw values may take together, in bytes. HTCondor has no such limit.
pub const MAX_TABLE_SIZE: usize = 64 << 20;

/// Defaults of the settings that steer the reading itself (`param_info.in`).
const OWN_DEFAULTS: [(&str, &str); 3] = [
    (
        "LOCAL_CONFIG_DIR_EXCLUDE_REGEXP",
        r"^((\..*)|(.*\.pl)|(.*\.py)|(.*\.sh)|(.*~)|(#.*)|(.*\.rpmsave)|(.*\.rpmnew)|(.*\.dpkg-old)|(.*\.dpkg-dist)|(.*\.cfsaved))$",
    ),
    ("REQUIRE_LOCAL_CONFIG_FILE", "true"),
    ("USER_CONFIG_FILE", "user_config"),
];

/// One setting.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) raw: String,
    pub(crate) origin: Origin,
}

/// All settings, the defaults behind them, and the environment that `$ENV()` sees.
#[derive(Clone, Default)]
pub(crate) struct Table {
    entries: BTreeMap<String, Entry>,
    defaults: HashMap<String, Entry>,
    environment: HashMap<String, String>,
    /// Prefixes under which a name is looked for first: the local name, then the subsystem; in lower case.
    scopes: Vec<String>,
    size: usize,
}

impl Table {
    pub(crate) fn new<'a>(
        defaults: impl IntoIterator<Item = (&'a str, &'a str)>,
        environment: impl IntoIterator<Item = (&'a str, &'a str)>,
        scopes: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let defaults = OWN_DEFAULTS
            .into_iter()
            .chain(defaults)
            .map(|(name, raw)| {
                let entry = Entry {
                    name: name.to_owned(),
                    raw: raw.to_owned(),
                    origin: Origin::Default,
                };
                (name.to_ascii_lowercase(), entry)
            })
            .collect();
        let mut seen = HashMap::new();
        for (name, value) in environment {
            // getenv() gives the first of several.
            seen.entry(name.to_owned())
                .or_insert_with(|| value.to_owned());
        }
        Table {
            entries: BTreeMap::new(),
            defaults,
            environment: seen,
            scopes: scopes
                .into_iter()
                .filter(|scope| !scope.is_empty())
                .map(str::to_ascii_lowercase)
                .collect(),
            size: 0,
        }
    }

    /// The entry that decides `name`: `LOCALNAME.name`, `SUBSYS.name`, `name`, each first as set and then as defaulted.
    ///
    /// A setting that was set to nothing is found, and hides the default.
    pub(crate) fn lookup(&self, name: &str) -> Option<&Entry> {
        let name = name.to_ascii_lowercase();
        self.scopes
            .iter()
            .find_map(|scope| self.exactly(&format!("{scope}.{name}")))
            .or_else(|| self.exactly(&name))
    }

    fn exactly(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key).or_else(|| self.defaults.get(key))
    }

    /// Whether exactly this name was set.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.entries.contains_key(&name.to_ascii_lowercase())
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
        let key = name.to_ascii_lowercase();
        let before = self
            .entries
            .get(&key)
            .map_or(0, |old| 2 * old.name.len() + old.raw.len());
        let size = self.size.saturating_sub(before) + 2 * name.len() + raw.len();
        if size > MAX_TABLE_SIZE {
            return Err(SyntaxError::TableTooLarge);
        }
        self.size = size;
        let name = name.to_owned();
        self.entries.insert(key, Entry { name, raw, origin });
        Ok(())
    }

    /// All that was set, by name in lower case.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }
}

/// Whether `name` can be set (`is_valid_param_name`).
pub(crate) fn is_setting_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(is_name_byte)
}
