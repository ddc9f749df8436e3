//! Standard output and standard error. A reader that went away ends nothing with a panic.

use std::io::Write as _;

/// Where text goes.
#[derive(Debug)]
pub(crate) struct Output;

impl Output {
    /// A line on standard output, at once.
    pub(crate) fn line(&mut self, text: &str) {
        self.text(&format!("{text}\n"));
    }

    /// Text on standard output, at once.
    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Bytes on standard output, at once.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(bytes).and_then(|()| out.flush());
    }

    /// A line on standard error.
    pub(crate) fn complain(&mut self, text: &str) {
        let mut out = std::io::stderr().lock();
        let _ = out.write_all(format!("{}\n", printable(text)).as_bytes());
    }
}

/// Text from elsewhere without what a terminal would obey.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c.to_string(),
            c if c.is_control() => c.escape_debug().to_string(),
            c => c.to_string(),
        })
        .collect()
}
