//! A server's ALLOW and DENY lists, all levels of them.

use countersign_config::Config;
use countersign_core::authz::{FoundKnob, Policy, PolicyRules};

use super::{Lookup, SettingsError, lists};

/// Who may do what to a daemon of this subsystem (`COLLECTOR`), from a configuration that was loaded for the same subsystem.
///
/// This looks no names up: [`resolve_hosts`] does, before the policy is asked anything.
///
/// # Errors
/// [`SettingsError`] names the knob and where it stands. A list that cannot be expanded is an error, never a missing list.
pub fn authorization_policy(config: &Config, subsystem: &str) -> Result<Policy, SettingsError> {
    if let Some(passed_over) = config.passed_over().first() {
        return Err(SettingsError::Partial(passed_over.clone()));
    }
    let lookup = Lookup::new(config, subsystem);
    let rules = PolicyRules {
        subsystem: subsystem.to_owned(),
        legacy_allow_semantics: lookup.boolean("LEGACY_ALLOW_SEMANTICS")?,
        pool_username_equivalent: lookup.boolean(lists::POOL_EQUIVALENT)?,
    };
    Policy::read(&rules, |knob| {
        let found = config.get(knob)?.map(|setting| FoundKnob {
            name: setting.name.to_owned(),
            text: setting.value,
            place: setting.origin.to_string(),
        });
        Ok(found)
    })
}

/// Looks up the addresses of every host that the lists name, as HTCondor does when it loads them.
///
/// This blocks: a silent name server is waited for as long as the system's resolver does. A lookup that failed is kept as
/// that; entries that need it match nobody in an ALLOW list and everybody in a DENY list.
pub fn resolve_hosts(policy: &mut Policy) {
    for host in policy.hosts_to_resolve() {
        policy.resolved(&host, &lists::addresses(&host));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_config::Sources;
    use countersign_core::authz::{Limits, Peer};
    use countersign_core::names::Level;

    fn policy(text: &str) -> Result<Policy, SettingsError> {
        let sources = Sources::text("condor_config", text)
            .subsystem("COLLECTOR")
            .defaults();
        authorization_policy(&Config::load(&sources).unwrap(), "COLLECTOR")
    }

    #[test]
    fn says_the_knob_and_the_line() {
        let policy = policy(
            "DOMAIN = pool.example\nALLOW_READ = nobody@nowhere\nALLOW_WRITE = *@other\nCOLLECTOR.ALLOW_DAEMON = \\\n \
             10.0.0.1 *@$(DOMAIN)\n",
        )
        .unwrap();
        let peer = Peer::new([192, 0, 2, 1].into());
        let yes = policy.authorize(Level::Write, "a@pool.example", &peer, &Limits::Unlimited);
        assert!(yes.is_allowed(), "{yes}");
        assert_eq!(
            yes.to_string(),
            "WRITE: nothing in ALLOW_WRITE matches (condor_config, line 3)\n\
             ADMINISTRATOR, which implies WRITE: there is no ALLOW_ADMINISTRATOR list at all; looked for \
             ALLOW_ADMINISTRATOR_COLLECTOR, ALLOW_ADMINISTRATOR, ALLOW_DEFAULT_COLLECTOR, ALLOW_DEFAULT\n\
             DAEMON, which implies WRITE: entry 2 of COLLECTOR.ALLOW_DAEMON, *@pool.example, matches the user \
             (condor_config, line 4)"
        );
        let anyone = policy.authorize(Level::Client, "x@y", &peer, &Limits::Unlimited);
        assert_eq!(
            anyone.to_string(),
            "CLIENT: ALLOW_CLIENT lets everyone through (the defaults)"
        );
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        for text in [
            "LEGACY_ALLOW_SEMANTICS = perhaps\n",
            "USE_POOL_USERNAME_EQUIVALENT = perhaps\n",
            "DENY_WRITE = $INT(X)\n",
            "A = $(B)\nB = $(A)\nDENY_WRITE = $(A)\n",
        ] {
            assert!(policy(text).is_err(), "{text}");
        }
    }

    #[test]
    fn hosts_are_resolved() {
        let mut policy = policy("ALLOW_READ = localhost\nDENY_READ = nosuch.invalid\n").unwrap();
        let peer = Peer::new([127, 0, 0, 1].into());
        let ask = |policy: &Policy| policy.authorize(Level::Read, "a@b", &peer, &Limits::Unlimited);
        let before = ask(&policy);
        assert!(!before.is_allowed());
        assert!(
            before.to_string().contains("were not looked up"),
            "{before}"
        );
        assert_eq!(policy.hosts_to_resolve().len(), 2);
        policy.resolved(
            "nosuch.invalid",
            &countersign_core::authz::Lookup::Addresses(Vec::new()),
        );
        policy.resolved("localhost", &lists::addresses("localhost"));
        assert!(ask(&policy).is_allowed(), "{}", ask(&policy));
    }
}
