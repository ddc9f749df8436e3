//! Commands that decide what a token's owner is called here.
//!
//! Rule: `StartScitokensPlugins` and `ContinueScitokensPlugins` in HTCondor. A line of the mapfile that gives `PLUGIN:a,b`
//! names them, `PLUGIN:*` means all of SEC_SCITOKENS_PLUGIN_NAMES, as does having no mapfile.

use std::collections::BTreeMap;

use countersign_core::effect::Effect;

/// One plugin, from the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plugin {
    /// SEC_SCITOKENS_PLUGIN_x_COMMAND, in words.
    pub command: Option<Vec<String>>,
    /// SEC_SCITOKENS_PLUGIN_x_MAPPING: the user, whatever the command prints.
    pub mapping: Option<String>,
}

/// The plugins, from the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plugins {
    /// SEC_SCITOKENS_PLUGIN_NAMES.
    pub names: Vec<String>,
    /// Every one that is set, by its name in upper case.
    pub set: BTreeMap<String, Plugin>,
}

impl Plugins {
    /// Those that a line of the mapfile names.
    #[must_use]
    pub fn chosen(&self, by_line: &str) -> Vec<String> {
        if by_line == "*" {
            return self.names.clone();
        }
        let names = by_line.split(',').map(str::trim);
        names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

/// Asks a plugin about a token that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunPlugin {
    /// Its name.
    pub name: String,
    /// What to run, in words.
    pub command: Vec<String>,
    /// What it reads: the token's payload.
    pub payload: String,
    /// What it finds in its environment, beside this process's own.
    pub variables: Vec<(String, String)>,
}

/// What a plugin said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PluginAnswer {
    /// It ended with 0, and printed this.
    Accepted {
        /// What it printed.
        output: String,
    },
    /// It ended with 1: it knows nothing of this token.
    Declined,
    /// It could not be asked, ended otherwise, or took too long.
    Failed {
        /// Why.
        problem: String,
    },
}

impl Effect for RunPlugin {
    type Output = PluginAnswer;
    const NAME: &'static str = "run a plugin";
}

/// The variables that HTCondor sets: `BEARER_TOKEN_0_...`.
#[must_use]
pub(crate) fn variables(payload: &str) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    let Ok(serde_json::Value::Object(claims)) = serde_json::from_str(payload) else {
        return variables;
    };
    let mut set = |name: String, value: &str| {
        // What cannot stand in an environment is left out.
        if !name.contains(['=', '\0']) && !value.contains('\0') {
            variables.push((format!("BEARER_TOKEN_0_{name}"), value.to_owned()));
        }
    };
    let text = |name: &str| claims.get(name).and_then(serde_json::Value::as_str);
    let first = |name: &str| match claims.get(name) {
        Some(serde_json::Value::Array(several)) => {
            several.first().and_then(serde_json::Value::as_str)
        }
        _ => text(name),
    };
    for (name, value) in [
        ("ISSUER", text("iss")),
        ("SUBJECT", text("sub")),
        ("AUDIENCE", first("aud")),
    ] {
        if let Some(value) = value {
            set(name.to_owned(), value);
        }
    }
    let scopes = text("scope").unwrap_or_default().split(' ');
    for (at, scope) in scopes.filter(|scope| !scope.is_empty()).enumerate() {
        set(format!("SCOPE_{at}"), scope);
    }
    if let Some(serde_json::Value::Array(groups)) = claims.get("wlcg.groups") {
        let groups = groups.iter().filter_map(serde_json::Value::as_str);
        for (at, group) in groups.enumerate() {
            set(format!("GROUP_{at}"), group);
        }
    }
    for (claim, value) in &claims {
        match value {
            serde_json::Value::String(text) => set(format!("CLAIM_{claim}_0"), text),
            serde_json::Value::Array(several) => {
                for (at, one) in several.iter().enumerate() {
                    if let Some(text) = one.as_str() {
                        set(format!("CLAIM_{claim}_{at}"), text);
                    }
                }
            }
            _ => {}
        }
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_htcondor_sets_them() {
        let payload = r#"{"iss":"https://i","sub":"s","aud":["a","b"],"scope":"x:/  y","exp":5,"wlcg.groups":["/g"],"z":"a\u0000b"}"#;
        let variables = variables(payload);
        let get = |name: &str| {
            variables
                .iter()
                .find(|(known, _)| known == &format!("BEARER_TOKEN_0_{name}"))
                .map(|(_, value)| value.as_str())
        };
        assert_eq!(get("ISSUER"), Some("https://i"));
        assert_eq!(get("AUDIENCE"), Some("a"));
        assert_eq!((get("SCOPE_0"), get("SCOPE_1")), (Some("x:/"), Some("y")));
        assert_eq!(get("GROUP_0"), Some("/g"));
        assert_eq!(
            (get("CLAIM_aud_1"), get("CLAIM_sub_0")),
            (Some("b"), Some("s"))
        );
        assert_eq!(get("CLAIM_exp_0"), None);
        assert_eq!(get("CLAIM_z_0"), None);
    }

    #[test]
    fn which_are_chosen() {
        let plugins = Plugins {
            names: vec!["A".into(), "B".into()],
            set: BTreeMap::new(),
        };
        assert_eq!(plugins.chosen("*"), ["A", "B"]);
        assert_eq!(plugins.chosen("C, D,"), ["C", "D"]);
        assert!(plugins.chosen("").is_empty());
    }
}
