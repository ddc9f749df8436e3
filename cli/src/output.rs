//! Standard output and standard error. A reader that went away ends nothing with a panic.

use std::borrow::Cow;
use std::io::{IsTerminal as _, Write as _};

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

    /// Text on standard output that others wrote: a terminal gets nothing that it would obey, anything else the exact bytes.
    pub(crate) fn others_text(&mut self, text: &str) {
        let is_terminal = std::io::stdout().is_terminal();
        self.text(&for_reader(text, is_terminal));
    }

    /// A line of such text.
    pub(crate) fn others_line(&mut self, text: &str) {
        self.others_text(&format!("{text}\n"));
    }

    /// A line on standard error.
    pub(crate) fn complain(&mut self, text: &str) {
        let mut out = std::io::stderr().lock();
        let _ = out.write_all(format!("{}\n", printable(text)).as_bytes());
    }
}

fn for_reader(text: &str, is_terminal: bool) -> Cow<'_, str> {
    if is_terminal {
        Cow::Owned(printable(text))
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether a character turns the direction of what stands behind it.
fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text from elsewhere without what a terminal would obey.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c.to_string(),
            c if c.is_control() || turns(c) => c.escape_debug().to_string(),
            c => c.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_told_what_to_do() {
        let text = "A = \x1b[2J\tx\u{202e}\u{9b}\n";
        assert_eq!(for_reader(text, false), text);
        assert_eq!(
            for_reader(text, true),
            "A = \\u{1b}[2J\tx\\u{202e}\\u{9b}\n"
        );
    }
}
