//! Reading a mapfile whose answers somebody relies on, and methods about which it is never asked.

use std::path::Path;

use countersign::core::names::{Standing, known_method};
use countersign::mapfile::{Options, Sources};

/// Reads a mapfile with all that it includes. One of which a part cannot be read answers nothing: the
/// line that is missing may be a ban.
pub(super) fn read_whole(path: &Path, options: &Options) -> Result<Sources, String> {
    let sources = Sources::read(path, options).map_err(|error| error.to_string())?;
    let hidden = sources
        .problems()
        .iter()
        .find(|problem| problem.kind.hides_a_file());
    match hidden {
        Some(problem) => Err(format!(
            "{problem}; nothing is said by half a mapfile, since a line that is missing may be a ban"
        )),
        None => Ok(sources),
    }
}

/// Why HTCondor looks no name of this method up; `None` if it does, or if there is no such method.
pub(super) fn never_asked(method: &str) -> Option<String> {
    let known = known_method(method)?;
    match (known.standing, known.canonical) {
        (Standing::Dropped(why), _) => Some(format!("no HTCondor on Linux offers {method}: {why}")),
        (_, "IDTOKENS" | "PASSWORD") => Some(format!(
            "HTCondor asks no mapfile about {}; whom the token or the key names is who that is",
            known.canonical
        )),
        _ => None,
    }
}
