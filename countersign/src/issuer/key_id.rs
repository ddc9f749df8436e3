//! Names of keys.

/// Characters of a key's name.
const MAX_LEN: usize = 128;

/// The name is none that a key can have here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no name for a key here: it is a file's name, too, so 1 to {MAX_LEN} letters, digits, '-', '_' \
     and '.', and no '.' at the start"
)]
pub struct BadKeyId(pub String);

/// A `kid` that can be a file's name. Any text is one in RFC 7515 section 4.1.4.
pub(super) fn check(kid: &str) -> Result<(), BadKeyId> {
    let good = (1..=MAX_LEN).contains(&kid.len())
        && !kid.starts_with('.')
        && kid
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if good {
        Ok(())
    } else {
        Err(BadKeyId(kid.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in [
            "a",
            "0f3c",
            "-_-",
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
        ] {
            assert_eq!(check(good), Ok(()));
        }
        for bad in [
            "",
            ".",
            "..",
            ".a",
            "a/b",
            "a b",
            "a\0",
            "ä",
            &"x".repeat(129),
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
