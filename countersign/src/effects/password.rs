//! Reading the pool's password.

use std::path::Path;

use countersign_methods::password::PasswordFile;

use super::secure_file;

/// Reads the file with the pool's password: as every file with a secret, if nobody but this process's user can read or
/// write it. `path` is SEC_PASSWORD_FILE.
#[must_use]
pub fn read_pool_password(path: Option<&Path>) -> Option<PasswordFile> {
    path.map(|path| PasswordFile {
        path: path.to_owned(),
        content: secure_file::read(path),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_methods::SkipReason;

    #[test]
    fn only_what_nobody_else_reads() {
        use std::os::unix::fs::PermissionsExt as _;
        let path = std::env::temp_dir().join(format!("countersign-pool-{}", std::process::id()));
        std::fs::write(&path, "scrambled").unwrap();
        let read = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            read_pool_password(Some(&path)).unwrap().content
        };
        assert_eq!(read(0o600).unwrap().expose(), b"scrambled");
        assert_eq!(read(0o640), Err(SkipReason::Exposed { mode: 0o640 }));
        std::fs::remove_file(&path).unwrap();
        let gone = read_pool_password(Some(&path)).unwrap().content;
        assert!(matches!(gone, Err(SkipReason::Unreadable(_))));
        assert!(read_pool_password(None).is_none());
    }
}
