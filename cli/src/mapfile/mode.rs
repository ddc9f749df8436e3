//! How names to map without slashes are read, and which files of an included folder are passed over.

use std::path::PathBuf;

use countersign::mapfile::{BareKeys, Exclude, Options};
use countersign::settings::{Host, Lookup, load_config};

use super::arguments::Arguments;
use crate::output::Output;
use crate::site::Site;

/// By the options, else by the configuration that is given, else as HTCondor does where nothing is
/// set; that is said then.
pub(super) fn choose(arguments: &Arguments, output: &mut Output) -> Result<Options, String> {
    let mut keys = None;
    let mut exclude = Exclude::default();
    if let Some(file) = &arguments.config {
        let configured = configured(arguments.site, Some(file))?;
        keys = Some(configured.assume_hash_keys);
        exclude = configured.exclude()?;
    } else if arguments.site.ce || std::env::var_os("CONDOR_CONFIG").is_some() {
        // Somebody named a configuration; where it cannot be read, that is said, and no more taken from it.
        match configured(arguments.site, None) {
            Ok(configured) => {
                keys = Some(configured.assume_hash_keys);
                exclude = configured.exclude()?;
            }
            Err(error) => output.complain(&format!("the configuration is not looked at: {error}")),
        }
    }
    let assume_hash_keys = arguments.assume_hash.or(keys).unwrap_or_else(|| {
        output.complain(
            "every name to map is read as a pattern, as where CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS is not set; \
             --assume-hash reads names without slashes as they stand (HTCondor-CE is packaged that way), -config FILE \
             does as that says",
        );
        false
    });
    Ok(Options {
        keys: BareKeys::from_assume_hash_keys(assume_hash_keys),
        exclude,
    })
}

/// The mapfile that the configuration names, that of this host unless one is given, and how it is read.
pub(super) fn of_configuration(arguments: &Arguments) -> Result<(PathBuf, Options), String> {
    let configured = configured(arguments.site, arguments.config.as_deref())?;
    let assume_hash_keys = arguments.assume_hash.unwrap_or(configured.assume_hash_keys);
    let options = Options {
        keys: BareKeys::from_assume_hash_keys(assume_hash_keys),
        exclude: configured.exclude()?,
    };
    let path = configured
        .path
        .ok_or("no FILE is given, and CERTIFICATE_MAPFILE is not set in the configuration")?;
    Ok((path, options))
}

struct Configured {
    path: Option<PathBuf>,
    assume_hash_keys: bool,
    exclude: Option<String>,
}

impl Configured {
    fn exclude(&self) -> Result<Exclude, String> {
        Exclude::matching(self.exclude.as_deref().unwrap_or_default())
            .map_err(|error| format!("LOCAL_CONFIG_DIR_EXCLUDE_REGEXP is no pattern: {error}"))
    }
}

fn configured(site: Site, file: Option<&str>) -> Result<Configured, String> {
    let environment = site.with_root(file);
    let host = Host::detect("COLLECTOR");
    let config = load_config(&environment, &host).map_err(|error| error.to_string())?;
    let lookup = Lookup::new(&config, "COLLECTOR");
    let read = || {
        Ok(Configured {
            path: lookup.path("CERTIFICATE_MAPFILE")?,
            assume_hash_keys: lookup.boolean("CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS")?,
            exclude: lookup.text("LOCAL_CONFIG_DIR_EXCLUDE_REGEXP")?,
        })
    };
    read().map_err(|error: countersign::SettingsError| error.to_string())
}
