//! How HTCondor writes keys and passwords into files.
//!
//! Rule: `simple_scramble` in HTCondor's `secure_file.cpp`, and `read_password_from_filename` in its `store_cred.cpp`.

use countersign_core::Secret;

/// The pattern that files are scrambled with. It hides nothing.
const SCRAMBLE: [u8; 4] = [0xde, 0xad, 0xbe, 0xef];

/// Scrambles bytes, or unscrambles them.
pub(crate) fn scrambled(bytes: &[u8]) -> Secret {
    Secret::new(masked(bytes, bytes.len()))
}

/// The key in a file's bytes, twice over.
pub(crate) fn key_twice(file: &Secret) -> Secret {
    let mut key = masked(file.expose(), 2 * file.len());
    key.extend_from_within(..);
    Secret::new(key)
}

/// The password in a file's bytes, twice over: the file ends at its first NUL, and so does the password.
pub(crate) fn password_twice(file: &Secret) -> Secret {
    let scrambled = until_nul(file.expose());
    let mut password = masked(scrambled, 2 * scrambled.len());
    let len = until_nul(&password).len();
    password.truncate(len);
    password.extend_from_within(..);
    Secret::new(password)
}

/// Room for all that is to come: growing would leave a secret behind in freed memory.
fn masked(bytes: &[u8], room: usize) -> Vec<u8> {
    let mut masked = Vec::with_capacity(room);
    masked.extend(
        bytes
            .iter()
            .zip(SCRAMBLE.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
    masked
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == 0).next().unwrap_or_default()
}
