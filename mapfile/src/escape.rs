//! Bytes for people.

/// Text as it is, where it is text; other bytes, control characters and, among these, backslashes
/// as escapes.
#[must_use]
pub fn escape(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains(char::is_control) => text.to_owned(),
        _ => escape_all(bytes),
    }
}

fn escape_all(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                control if control.is_control() => {
                    out.push_str(&format!("\\x{:02x}", u32::from(control)));
                }
                other => out.push(other),
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive() {
        assert_eq!(escape(b"a\\.b"), "a\\.b");
        assert_eq!(escape("é".as_bytes()), "é");
        assert_eq!(escape(b"a\\\xff\r"), "a\\\\\\xff\\r");
    }
}
