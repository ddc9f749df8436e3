//! What an administrator may have meant by a line that does not match.

use super::{NearMiss, NearMissKind, Written};
use crate::field::{Delimiter, Flags, is_blank};
use crate::lint::rules::between_slashes;

/// The nearest of what would make the line match `name`.
pub(super) fn nearest<'m>(line: &Written<'m>, name: &[u8]) -> Option<NearMiss<'m>> {
    trailing_slash(line, name)
        .or_else(|| cut_at_blank(line, name))
        .or_else(|| read_as_literal(line, name))
        .or_else(|| slashes_count(line, name))
        .or_else(|| doubled_backslash(line, name))
        .or_else(|| case(line, name))
        .or_else(|| anchor(line, name))
}

/// The name with a slash more, or fewer, in front of the comma behind which the subject stands.
fn trailing_slash<'m>(line: &Written<'m>, name: &[u8]) -> Option<NearMiss<'m>> {
    if !name.starts_with(b"http") {
        return None;
    }
    let comma = name.iter().position(|byte| *byte == b',')?;
    let (issuer, subject) = name.split_at(comma);
    let other = match issuer.strip_suffix(b"/") {
        Some(without) => [without, subject].concat(),
        None => [issuer, b"/", subject].concat(),
    };
    let matching = line.as_it_is(&other)?;
    let kind = NearMissKind::TrailingSlash { name: other };
    Some(NearMiss {
        kind,
        line: matching,
    })
}

fn cut_at_blank<'m>(line: &Written<'m>, name: &[u8]) -> Option<NearMiss<'m>> {
    let (principal, canonical) = meant_with_blanks(line)?;
    let mut matching = if line.is_pattern() {
        line.by_pattern(principal, Flags::default(), name)?
    } else if principal == name {
        line.literally(name)
    } else {
        return None;
    };
    matching.canonical = canonical.to_vec();
    let kind = NearMissKind::CutAtBlank {
        principal: principal.to_vec(),
    };
    Some(NearMiss {
        kind,
        line: matching,
    })
}

/// Of `SSL /CN=Jane Doe jane` the principal is `/CN=Jane`; what was meant ends before the last word.
/// `None` if nothing stands behind the canonical name.
pub(super) fn meant_with_blanks<'m>(line: &Written<'m>) -> Option<(&'m [u8], &'m [u8])> {
    let principal = &line.entry.principal;
    if principal.delimiter != Delimiter::None {
        return None;
    }
    let rest = &line.entry.rest;
    let behind = line.document.get(rest.clone())?;
    let behind = behind.trim_ascii();
    if behind.is_empty() || behind.starts_with(b"#") {
        return None;
    }
    let whole = line.document.get(principal.span.start..rest.end)?;
    let whole = whole.trim_ascii_end();
    let last = whole.iter().rposition(|byte| is_blank(*byte))?;
    let (meant, canonical) = whole.split_at(last);
    Some((meant.trim_ascii_end(), next_word(canonical)))
}

fn read_as_literal<'m>(line: &Written<'m>, name: &[u8]) -> Option<NearMiss<'m>> {
    if line.is_pattern() {
        return None;
    }
    let matching = line.by_pattern(&line.principal, Flags::default(), name)?;
    // Plain text that happens to be found in the name is no pattern that somebody meant.
    let meant = line
        .principal
        .iter()
        .any(|byte| b"^$*+?()[]{}|\\".contains(byte));
    meant.then_some(NearMiss {
        kind: NearMissKind::ReadAsLiteral,
        line: matching,
    })
}

/// `/x/` where slashes have no meaning.
fn slashes_count<'m>(line: &Written<'m>, name: &[u8]) -> Option<NearMiss<'m>> {
    if !line.is_pattern() || matches!(line.entry.principal.delimiter, Delimiter::Slash(_)) {
        return None;
    }
    let (inner, flags) = between_slashes(&line.principal)?;
    let matching = line.by_pattern(&inner, flags, name)?;
    Some(NearMiss {
        kind: NearMissKind::SlashesCount,
        line: matching,
    })
}

fn doubled_backslash<'m>(line: &Written<'m>, name: &[u8]) -> Option<NearMiss<'m>> {
    if !line.is_pattern() || !line.principal.windows(2).any(|two| two == b"\\\\") {
        return None;
    }
    let mut pattern = Vec::with_capacity(line.principal.len());
    let mut bytes = line.principal.iter().peekable();
    while let Some(byte) = bytes.next() {
        pattern.push(*byte);
        if *byte == b'\\' && bytes.peek() == Some(&&b'\\') {
            bytes.next();
        }
    }
    let flags = line.entry.pattern(line.keys)?;
    let matching = line.by_pattern(&pattern, flags, name)?;
    Some(NearMiss {
        kind: NearMissKind::DoubledBackslash { pattern },
        line: matching,
    })
}

fn case<'m>(line: &Written<'m>, name: &[u8]) -> Option<NearMiss<'m>> {
    let matching = match line.entry.pattern(line.keys) {
        None if line.principal.eq_ignore_ascii_case(name) => line.literally(name),
        None => return None,
        Some(flags) => {
            let caseless = Flags {
                caseless: true,
                ..flags
            };
            line.by_pattern(&line.principal, caseless, name)?
        }
    };
    Some(NearMiss {
        kind: NearMissKind::Case,
        line: matching,
    })
}

fn anchor<'m>(line: &Written<'m>, name: &[u8]) -> Option<NearMiss<'m>> {
    let flags = line.entry.pattern(line.keys)?;
    let pattern = line.principal.as_slice();
    let open = pattern.strip_prefix(b"^");
    let closed = |pattern: &[u8]| {
        let inner = pattern.strip_suffix(b"$")?;
        let escapes = inner
            .iter()
            .rev()
            .take_while(|byte| **byte == b'\\')
            .count();
        (escapes % 2 == 0).then(|| inner.to_vec())
    };
    let both = open.and_then(closed);
    let without = [
        (false, true, closed(pattern)),
        (true, false, open.map(<[u8]>::to_vec)),
        (true, true, both),
    ];
    without.into_iter().find_map(|(start, end, pattern)| {
        // An empty pattern is found in anything.
        let pattern = pattern.filter(|pattern| !pattern.is_empty())?;
        let matching = line.by_pattern(&pattern, flags, name)?;
        Some(NearMiss {
            kind: NearMissKind::Anchor { start, end },
            line: matching,
        })
    })
}

fn next_word(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    let end = text.iter().position(|byte| is_blank(*byte));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}
