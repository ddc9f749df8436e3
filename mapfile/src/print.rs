//! A file written anew.

use crate::document::{Document, Line};
use crate::field::{Delimiter, Field, Flags, is_blank};
use crate::keys::BareKeys;
use crate::statement::Statement;

impl Document {
    /// The file in its plainest writing, which says the same: one blank between fields, and quotes only
    /// around what cannot do without. Lines that map nothing and include nothing stay as they are.
    ///
    /// It says the same only if it is read with the same [`BareKeys`].
    #[must_use]
    pub fn print(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text().len());
        for line in self.lines() {
            self.print_line(line, &mut out);
        }
        out
    }

    fn print_line(&self, line: &Line, out: &mut Vec<u8>) {
        let text = self.text();
        let whole = text.get(line.at.clone()).unwrap_or_default();
        match &line.statement {
            Statement::Include { path } => {
                out.extend_from_slice(b"@include");
                if !path.is_empty() {
                    out.push(b' ');
                    self.print_field(path, false, out);
                }
            }
            Statement::Entry(entry) => {
                let slashes = self.keys() == BareKeys::Literals;
                self.print_field(&entry.method, false, out);
                out.push(b' ');
                self.print_field(&entry.principal, slashes, out);
                out.push(b' ');
                self.print_field(&entry.canonical, false, out);
                let rest = text.get(entry.rest.clone()).unwrap_or_default();
                let starts = rest.iter().position(|byte| !is_blank(*byte));
                let ends = rest.iter().rposition(|byte| !is_blank(*byte));
                if let (Some(starts), Some(ends)) = (starts, ends) {
                    out.push(b' ');
                    out.extend_from_slice(rest.get(starts..=ends).unwrap_or_default());
                }
            }
            _ => {
                out.extend_from_slice(whole);
                return;
            }
        }
        // A field that is not closed has the newline already.
        if whole.ends_with(b"\n") && !out.ends_with(b"\n") {
            out.push(b'\n');
        }
    }

    fn print_field(&self, field: &Field, slashes: bool, out: &mut Vec<u8>) {
        let value = field.value(self.text());
        if let (true, Delimiter::Slash(flags)) = (slashes, field.delimiter) {
            print_delimited(&value, b'/', out);
            out.push(b'/');
            print_flags(flags, out);
        } else if is_word(&value, slashes) && !field.lone_backslash {
            out.extend_from_slice(&value);
        } else {
            print_delimited(&value, b'"', out);
            if field.lone_backslash {
                out.push(b'\\');
            } else if !value.ends_with(b"\n") {
                out.push(b'"');
            }
        }
    }
}

/// Whether a value can stand without delimiters.
fn is_word(value: &[u8], slashes: bool) -> bool {
    let Some(first) = value.first() else {
        return false;
    };
    let opens = *first == b'"' || slashes && *first == b'/';
    !opens && !value.iter().copied().any(is_blank)
}

/// A value behind its opening delimiter. A backslash is doubled only where it would mean something.
fn print_delimited(value: &[u8], delimiter: u8, out: &mut Vec<u8>) {
    out.push(delimiter);
    let mut bytes = value.iter().peekable();
    while let Some(byte) = bytes.next() {
        let means_something = match bytes.peek() {
            Some(next) => **next == delimiter || **next == b'\\',
            None => true,
        };
        if *byte == delimiter || *byte == b'\\' && means_something {
            out.push(b'\\');
        }
        out.push(*byte);
    }
}

fn print_flags(flags: Flags, out: &mut Vec<u8>) {
    if flags.caseless {
        out.push(b'i');
    }
    if flags.ungreedy {
        out.push(b'U');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plainest_writing() {
        for (written, plain) in [
            ("FS\t \"alice\"  x   rest \n", "FS alice x rest\n"),
            (
                "\"FS\" /a\\\\.b\\/c\\\\/UiU\"x y\"z",
                "FS /a\\.b\\/c\\\\/iU \"x y\" z",
            ),
            ("FS \"/a\\\\\\\"\" b\n", "FS \"/a\\\\\\\"\" b\n"),
            ("FS a\"b \"\\n\"\n", "FS a\"b \\n\n"),
            ("FS a \"open \\\"\n", "FS a \"open \\\"\n"),
            ("FS a \"x\\", "FS a \"x\\"),
            (" \"@include\"\t\"d e\" junk\n", "@include \"d e\"\n"),
            ("@include \"\"\n @include", "@include\n@include"),
            (" # as it is\n\n  FS only\n", " # as it is\n\n  FS only\n"),
        ] {
            let document = Document::parse("map", written.as_bytes(), BareKeys::Literals);
            let printed = String::from_utf8(document.print()).unwrap();
            assert_eq!(printed, plain, "{written}");
        }
        let document = Document::parse("map", b"FS \"/x/\" /y/\n", BareKeys::Patterns);
        assert_eq!(document.print(), b"FS /x/ /y/\n");
    }
}
