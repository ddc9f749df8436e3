//! HTCondor's wildcard match (`matches_anycase_withwildcard`).

/// Whether the text matches the pattern, ASCII case aside.
///
/// The first `*` stands for anything, and so does one at the very end. Any other `*` is a literal asterisk: `a*e@*e`
/// matches nothing that anyone is called. A pattern without a final `*` is anchored at its end.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, end)) = pattern.split_once('*') else {
        return pattern.eq_ignore_ascii_case(text);
    };
    let (end, open) = match end.strip_suffix('*') {
        Some(end) => (end, true),
        None => (end, end.is_empty()),
    };
    let text = text.as_bytes();
    let Some((head, tail)) = text.split_at_checked(start.len()) else {
        return false;
    };
    if !head.eq_ignore_ascii_case(start.as_bytes()) {
        return false;
    }
    let end = end.as_bytes();
    if end.is_empty() {
        return true;
    }
    if open {
        return tail
            .windows(end.len())
            .any(|part| part.eq_ignore_ascii_case(end));
    }
    let from = tail.len().checked_sub(end.len());
    from.and_then(|from| tail.get(from..))
        .is_some_and(|part| part.eq_ignore_ascii_case(end))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn matches_as_htcondor_does() {
        for (pattern, text, result) in [
            ("*", "", true),
            ("**", "abc", true),
            ("*ice@*", "alice@pool", true),
            ("a*e@*e", "alice@pole", false),
            ("*@good.org", "u@good.org.evil", false),
            ("*@GOOD.org", "u@good.ORG", true),
            ("c*r@pass", "condor@pass", true),
            ("abc*bcd", "abcd", false),
            ("**@pass", "x@pass", false),
            ("abc", "abcd", false),
            ("", "", true),
            ("ab*", "a", false),
        ] {
            assert_eq!(matches(pattern, text), result, "{pattern} {text}");
        }
    }
}
