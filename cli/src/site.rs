//! This site's configuration, as commands about keys and tokens need it.

use countersign::settings::{Environment, Host, ServerMethods, load_config};

/// Reads it.
pub(crate) fn read(extra_file: Option<&str>) -> Result<ServerMethods, String> {
    let host = Host::detect("TOOL");
    let mut environment = Environment::of_process();
    environment.extra_file = extra_file.map(Into::into);
    let config = load_config(&environment, &host).map_err(|error| error.to_string())?;
    ServerMethods::from_config(&config, &host, None).map_err(|error| error.to_string())
}
