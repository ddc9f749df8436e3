//! SEC_CLIENT_* and what stands in for it.
//!
//! Rule: `getSecSetting` in HTCondor: `SEC_CLIENT_X`, then `SEC_DEFAULT_X`, then the built-in
//! value. SEC_*_SESSION_DURATION is looked up with the subsystem first, and the plain form then
//! overrides it, as HTCondor 25.14 does (its look-up never reports success).

use countersign_config::split_list;
use countersign_core::PROTOCOL_VERSION;
use countersign_core::policy::{ClientSettings, Requirement};

use super::{Host, Lookup, SettingsError};

/// Seconds that a tool's session lives.
const TOOL_SESSION_DURATION: i32 = 60;
/// Seconds that a daemon's session lives.
const DAEMON_SESSION_DURATION: i32 = 86400;

/// Reads the client's policy.
///
/// # Errors
/// [`SettingsError`].
pub fn client_settings(lookup: &Lookup<'_>, host: &Host) -> Result<ClientSettings, SettingsError> {
    let list = |feature: &str, default: &str| -> Result<Vec<String>, SettingsError> {
        let text = lookup.first(&names(feature))?.map(|(_, value)| value);
        Ok(split_list(text.as_deref().unwrap_or(default))
            .map(str::to_owned)
            .collect())
    };
    let mut session_duration = match host.subsystem.as_str() {
        "TOOL" | "SUBMIT" => TOOL_SESSION_DURATION,
        _ => DAEMON_SESSION_DURATION,
    };
    let subsystem = &host.subsystem;
    for names in [
        names_of(&format!("SEC_{subsystem}_"), "_SESSION_DURATION"),
        names("SESSION_DURATION"),
    ] {
        session_duration = seconds(lookup, &names, session_duration)?;
    }
    Ok(ClientSettings {
        authentication: requirement(lookup, "AUTHENTICATION", Requirement::Optional)?,
        encryption: requirement(lookup, "ENCRYPTION", Requirement::Optional)?,
        integrity: requirement(lookup, "INTEGRITY", Requirement::Optional)?,
        negotiation: requirement(lookup, "NEGOTIATION", Requirement::Preferred)?,
        methods: list(
            "AUTHENTICATION_METHODS",
            "FS,IDTOKENS,KERBEROS,SCITOKENS,SSL",
        )?,
        crypto_methods: list("CRYPTO_METHODS", "AES,BLOWFISH,3DES")?,
        session_duration,
        session_lease: seconds(lookup, &names("SESSION_LEASE"), 3600)?,
        trust_domain: lookup.text("TRUST_DOMAIN")?,
        subsystem: host.subsystem.clone(),
        version: PROTOCOL_VERSION.to_owned(),
    })
}

fn names(feature: &str) -> Vec<String> {
    names_of("SEC_", &format!("_{feature}"))
}

fn names_of(before: &str, after: &str) -> Vec<String> {
    ["CLIENT", "DEFAULT"]
        .map(|level| format!("{before}{level}{after}"))
        .to_vec()
}

fn requirement(
    lookup: &Lookup<'_>,
    feature: &str,
    default: Requirement,
) -> Result<Requirement, SettingsError> {
    for name in names(feature) {
        if let Some(setting) = lookup.0.get(&name)? {
            return Requirement::parse(&setting.value).ok_or_else(|| {
                SettingsError::value(&setting, "REQUIRED, PREFERRED, OPTIONAL or NEVER")
            });
        }
    }
    Ok(default)
}

/// A number of seconds; HTCondor ignores what is no number.
fn seconds(lookup: &Lookup<'_>, names: &[String], default: i32) -> Result<i32, SettingsError> {
    Ok(lookup
        .first(names)?
        .and_then(|(_, value)| value.trim().parse::<i64>().ok())
        .map_or(default, |number| {
            i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX })
        }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_config::Config;

    fn read(text: &str) -> Result<ClientSettings, SettingsError> {
        let config: Config = text.parse().unwrap();
        client_settings(&Lookup(&config), &Host::for_tests())
    }

    #[test]
    fn client_before_default() {
        let settings = read(
            "SEC_DEFAULT_ENCRYPTION = REQUIRED\nSEC_CLIENT_ENCRYPTION = never\n\
             SEC_DEFAULT_AUTHENTICATION_METHODS = FS, TOKEN\n",
        )
        .unwrap();
        assert_eq!(settings.encryption, Requirement::Never);
        assert_eq!(settings.methods, ["FS", "TOKEN"]);
        assert_eq!(settings.session_duration, 60);
    }

    #[test]
    fn a_wrong_value_names_its_knob() {
        let error = read("SEC_DEFAULT_INTEGRITY = maybe\n").unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("SEC_DEFAULT_INTEGRITY") && text.contains("REQUIRED, PREFERRED"),
            "{text}"
        );
    }

    #[test]
    fn durations() {
        let settings = read(
            "SEC_TOOL_CLIENT_SESSION_DURATION = 5\nSEC_DEFAULT_SESSION_DURATION = 7\n\
             SEC_CLIENT_SESSION_LEASE = 9\n",
        )
        .unwrap();
        assert_eq!((settings.session_duration, settings.session_lease), (7, 9));
    }
}
