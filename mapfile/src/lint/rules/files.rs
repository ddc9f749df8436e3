//! Files that others may write.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::escape::escape;
use crate::lint::code::{Code, Severity};
use crate::lint::draft::Draft;
use crate::lint::host::{Access, Host};

/// What is wrong with a document's file and its folders, those left out that `seen` has.
pub(in crate::lint) fn check(
    path: &Path,
    host: &dyn Host,
    seen: &mut BTreeSet<PathBuf>,
) -> Vec<Draft> {
    let real = host.real(path);
    let mut found = Vec::new();
    let given = path.is_absolute().then_some(path);
    for whole in [real.as_deref(), given.or(real.is_none().then_some(path))]
        .into_iter()
        .flatten()
    {
        for (depth, place) in whole.ancestors().enumerate() {
            if place.as_os_str().is_empty() || !seen.insert(place.to_owned()) {
                continue;
            }
            if let Some(access) = host.access(place) {
                found.extend(of(place, access, depth > 0));
            }
        }
    }
    found
}

fn of(path: &Path, access: Access, is_folder: bool) -> Vec<Draft> {
    let name = escape(path.as_os_str().as_encoded_bytes());
    let what = if is_folder { "folder" } else { "file" };
    let mut found = Vec::new();
    let mut say = |code, severity, message: String| {
        let why = if is_folder {
            "whoever may write it can put another mapfile there, and be anybody"
        } else {
            "whoever may write it can be anybody"
        };
        found.push(Draft::new(code, severity, 0..0, message, why));
    };
    // In a sticky folder only owners rename and remove.
    let sticky = is_folder && access.mode & 0o1000 != 0;
    if access.mode & 0o002 != 0 && !sticky {
        let message = format!("everybody may write the {what} {name}");
        say(Code::WritableByOthers, Severity::Error, message);
    } else if access.mode & 0o020 != 0 && access.group != 0 && !sticky {
        let message = format!("the group {} may write the {what} {name}", access.group);
        say(Code::WritableByOthers, Severity::Warning, message);
    }
    if !access.trusted {
        let message = format!("the {what} {name} is of the user {}", access.owner);
        say(Code::ForeignOwner, Severity::Warning, message);
    }
    found
}
