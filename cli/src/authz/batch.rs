//! Questions from standard input, one in a line.

use std::io::{BufRead, Read};

use super::arguments::Question;

/// The most bytes that are read.
const MAX_SIZE: u64 = 256 << 20;
/// The longest line.
const MAX_LINE: u64 = 64 << 10;

/// Reads every question: `LEVEL USER ADDRESS` between white space. All of them, or the first line that is none.
pub(super) fn read(input: impl BufRead) -> Result<Vec<Question>, String> {
    let mut questions = Vec::new();
    let mut input = input.take(MAX_SIZE);
    let mut line = Vec::new();
    loop {
        line.clear();
        let number = questions.len().saturating_add(1);
        let wrong =
            |what: &str| format!("line {number} of standard input: {what}; nothing was answered");
        let length = (&mut input)
            .take(MAX_LINE)
            .read_until(b'\n', &mut line)
            .map_err(|error| wrong(&error.to_string()))?;
        if length == 0 {
            return match input.limit() {
                0 => Err(wrong("there is too much")),
                _ => Ok(questions),
            };
        }
        if length as u64 == MAX_LINE {
            return Err(wrong("it is too long"));
        }
        let text = std::str::from_utf8(&line).map_err(|_| wrong("it is not text"))?;
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        questions.push(Question::read(&words).map_err(|error| wrong(&error))?);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_or_nothing() {
        let good = b"READ alice@x 127.0.0.1\nwrite  bob@y\t::1\r\nALLOW u 10.0.0.1".as_slice();
        assert_eq!(read(good).unwrap().len(), 3);
        assert_eq!(read(b"".as_slice()).unwrap().len(), 0);
        for (bad, number) in [
            (b"READ a@b 127.0.0.1\n\nREAD a@b 127.0.0.1\n".as_slice(), 2),
            (b"READ a@b".as_slice(), 1),
            (b"READ a@b 127.0.0.1\nREAD a@b 127.0.0.1 x\n".as_slice(), 2),
            (b"READ \xff 127.0.0.1\n".as_slice(), 1),
        ] {
            let error = read(bad).unwrap_err();
            assert!(error.starts_with(&format!("line {number} ")), "{error}");
        }
        let long = vec![b'x'; 1 << 20];
        assert!(read(long.as_slice()).unwrap_err().contains("too long"));
    }
}
