//! From a canonical name as it is written to the one that results (`MapFile::PerformSubstitution`).

use std::ops::Range;

/// Puts what groups matched in for `\0` to `\9`. A backslash before anything else stays, and so does
/// the number of a group that is not there. A backslash at the very end is dropped: there HTCondor
/// reads on behind the end of the name.
pub(crate) fn substitute(written: &[u8], subject: &[u8], groups: &[Range<usize>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(written.len());
    let mut bytes = written.iter();
    while let Some(byte) = bytes.next() {
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        let Some(next) = bytes.next() else { break };
        let group = next
            .is_ascii_digit()
            .then(|| groups.get(usize::from(*next - b'0')))
            .flatten();
        match group {
            Some(group) => out.extend_from_slice(subject.get(group.clone()).unwrap_or_default()),
            None => out.extend([b'\\', *next]),
        }
    }
    out
}

/// The groups that a canonical name refers to.
pub(crate) fn references(written: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(byte) = written.get(at) {
            if *byte != b'\\' {
                at += 1;
                continue;
            }
            let next = written.get(at + 1).copied();
            at += 2;
            if let Some(digit) = next.filter(u8::is_ascii_digit) {
                return Some(usize::from(digit - b'0'));
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_edge() {
        let groups = [0..3, 0..1, 0..0, 2..3];
        for (written, expected) in [
            ("x", "x"),
            ("\\0-\\1-\\2-\\3", "abc-a--c"),
            ("\\4\\9", "\\4\\9"),
            ("\\\\1\\x\\", "\\\\1\\x"),
            ("\\", ""),
            ("\\11", "a1"),
        ] {
            let got = substitute(written.as_bytes(), b"abc", &groups);
            assert_eq!(String::from_utf8(got).unwrap(), expected, "{written}");
        }
    }

    #[test]
    fn what_is_referred_to() {
        let found: Vec<usize> = references(b"a\\1\\\\2\\x\\03\\").collect();
        assert_eq!(found, [1, 0]);
    }
}
