//! Which HTCondor is installed on this host.

use std::fs;

/// Where packages put HTCondor's library, whose name has its version in it.
const FOLDERS: [&str; 6] = [
    "/usr/lib",
    "/usr/lib64",
    "/usr/lib/condor",
    "/usr/lib64/condor",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
];

/// The version of the HTCondor that a package installed here, such as `24.0.1`; nothing is run to find out. `None` where
/// there is none in the usual places.
#[must_use]
pub fn installed_release() -> Option<String> {
    let folders = FOLDERS
        .into_iter()
        .filter_map(|folder| fs::read_dir(folder).ok());
    folders
        .flatten()
        .flatten()
        .find_map(|entry| version_in(entry.file_name().to_str()?))
}

fn version_in(name: &str) -> Option<String> {
    let version = name.strip_prefix("libcondor_utils_")?.strip_suffix(".so")?;
    let is_version = version.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    is_version.then(|| version.replace('_', "."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_library() {
        assert_eq!(
            version_in("libcondor_utils_23_9_6.so").as_deref(),
            Some("23.9.6")
        );
        assert_eq!(version_in("libcondor_utils.so"), None);
        assert_eq!(version_in("libcondor_utils_x.so"), None);
    }
}
