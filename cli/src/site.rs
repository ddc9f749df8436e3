//! Which configuration is read: the options that every command has, and what commands about keys and tokens take from it.

use std::ffi::OsString;
use std::time::Duration;

use countersign::config::Config;
use countersign::settings::{
    Environment, Host, Lookup, ServerMethods, WrongValue, installed_release, load_config,
};

use crate::output::Output;

/// How long a command may take whose output is configuration.
const COMMAND_DEADLINE: Duration = Duration::from_secs(20);

/// `--ce` and `--run-config-commands`, which may stand anywhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Site {
    /// HTCondor-CE's configuration.
    pub(crate) ce: bool,
    run_commands: bool,
}

impl Site {
    /// Takes the options out of a command line; behind `--` there are none.
    pub(crate) fn take(arguments: Vec<OsString>, ce: bool) -> (Self, Vec<OsString>) {
        let mut site = Self {
            ce,
            run_commands: false,
        };
        let mut ended = false;
        let rest = arguments.into_iter().filter(|word| {
            ended |= word == "--";
            let flag = match word.to_str() {
                _ if ended => return true,
                Some("--ce" | "-ce") => &mut site.ce,
                Some("--run-config-commands" | "-run-config-commands") => &mut site.run_commands,
                _ => return true,
            };
            *flag = true;
            false
        });
        let rest = rest.collect();
        (site, rest)
    }

    /// What of this process's environment the configuration may see.
    pub(crate) fn environment(self) -> Environment {
        let mut environment = Environment::of_process();
        environment.ce = self.ce;
        environment.run_commands = self.run_commands.then_some(COMMAND_DEADLINE);
        environment
    }

    /// The same with another root file.
    pub(crate) fn with_root(self, file: Option<&str>) -> Environment {
        let mut environment = self.environment();
        if let Some(file) = file {
            environment.ce = false;
            environment
                .variables
                .retain(|(name, _)| name != "CONDOR_CONFIG");
            let variable = ("CONDOR_CONFIG".to_owned(), file.to_owned());
            environment.variables.push(variable);
            environment.root_named_by = Some("the option -config".to_owned());
        }
        environment
    }
}

/// Reads what commands about keys and tokens need.
pub(crate) fn read(
    site: Site,
    extra_file: Option<&str>,
    output: &mut Output,
) -> Result<ServerMethods, String> {
    let host = Host::detect("TOOL");
    let mut environment = site.environment();
    environment.extra_file = extra_file.map(Into::into);
    let config = load_config(&environment, &host).map_err(|error| error.to_string())?;
    let lookup = Lookup::new(&config, &host.subsystem);
    let methods = ServerMethods::from_lookup(&lookup, &host, None);
    warn_of_files(&config, output);
    warn(&lookup.warnings(), output);
    methods.map_err(|error| error.to_string())
}

/// Says so where another release is installed here than the one whose rules count.
pub(crate) fn warn_of_release(config: &Config, output: &mut Output) {
    let release = config.release();
    if let Some(installed) = installed_release().filter(|found| *found != release.to_string()) {
        output.complain(&format!(
            "WARNING: HTCondor {installed} is installed on this host; its defaults and templates may differ from those of \
             {release}, which count here (config and authz check take --release)"
        ));
    }
}

/// Says which files were passed over that this user cannot read.
pub(crate) fn warn_of_files(config: &Config, output: &mut Output) {
    for passed_over in config.passed_over() {
        output.complain(&format!("WARNING: {passed_over}"));
    }
}

/// Says which wrong values were passed over.
pub(crate) fn warn(warnings: &[WrongValue], output: &mut Output) {
    for warning in warnings {
        output.complain(&format!("WARNING: {warning}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_stand_anywhere_but_behind_two_dashes() {
        let take = |line: &str| {
            let words = line.split(' ').map(OsString::from).collect();
            let (site, rest) = Site::take(words, false);
            (site.ce, site.run_commands, rest.len())
        };
        assert_eq!(take("READ --ce x"), (true, false, 2));
        assert_eq!(take("--run-config-commands -ce"), (true, true, 0));
        assert_eq!(take("a -- --ce"), (false, false, 3));
    }
}
