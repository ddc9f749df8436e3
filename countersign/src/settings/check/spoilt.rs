//! What got into a value that does not belong there: a comment behind it, characters that nobody sees.

use std::borrow::Cow;

use super::entries::{Written, assignment};
use super::values::shown;
use super::{Check, Code, Said, Severity};
use crate::settings::knobs::Kind;

/// Tells of each, and takes it out of what the others look at.
pub(super) fn check(check: &mut Check<'_>) {
    let mut all = std::mem::take(&mut check.written);
    for written in &mut all {
        let Some(found) = written.found else { continue };
        invisible(check, written);
        if !matches!(
            found.knob.kind,
            Kind::Expression | Kind::Pattern | Kind::Text
        ) {
            comment(check, written, found.knob.kind);
        }
    }
    check.written = all;
}

/// A character that looks like a blank or like nothing, and is no white space for HTCondor: what to write in its place.
fn meant(c: char) -> Option<&'static str> {
    match c {
        '\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}'
        | '\u{85}' => Some(" "),
        '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' => None,
        '\u{ad}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => Some(""),
        c if c.is_control() => Some(""),
        _ => None,
    }
}

fn seen(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match meant(c) {
            Some(instead) => out.push_str(instead),
            None => out.push(c),
        }
    }
    out.trim().to_owned()
}

fn invisible(check: &mut Check<'_>, written: &mut Written<'_>) {
    let Some(value) = written.value.clone() else {
        return;
    };
    let Some((at, c)) = value.char_indices().find(|(_, c)| meant(*c).is_some()) else {
        return;
    };
    let before = value.get(..at).unwrap_or_default();
    let before: String = before.chars().rev().take(20).collect();
    let before: String = before.chars().rev().collect();
    let in_raw = written.raw.chars().any(|c| meant(c).is_some());
    let (raw, clean) = (seen(&written.raw), seen(&value));
    let code = u32::from(c);
    let said = Said {
        code: Code::InvisibleCharacter,
        severity: Severity::Error,
        what: format!(
            "{} has a character that nobody sees (U+{code:04X}) in it, behind {}",
            written.name,
            shown(&before)
        ),
        htcondor:
            "takes it for a letter like any other, and neither splits a list there nor trims it"
                .to_owned(),
        fix: if in_raw {
            format!("write {}", assignment(&written.name, &raw))
        } else {
            format!(
                "take it out of what {} refers to: {}",
                written.name, written.raw
            )
        },
    };
    check.find(&written.name, written.origin, said);
    written.raw = Cow::Owned(if in_raw { raw } else { clean.clone() });
    written.value = Some(clean);
}

/// The text without what stands behind a `#` that begins a word, in any of its lines.
fn uncommented(text: &str) -> Option<(String, String)> {
    let mut comment = None;
    let lines: Vec<&str> = text
        .split('\n')
        .map(|line| {
            let is_end = |c: char| c.is_ascii_whitespace() || c == ',';
            let found = line.match_indices('#').find(|(at, _)| {
                line.get(..*at)
                    .is_some_and(|before| before.is_empty() || before.ends_with(is_end))
            });
            let Some((at, _)) = found else {
                return line;
            };
            let (before, behind) = line.split_at(at);
            comment.get_or_insert_with(|| behind.to_owned());
            before.trim_end_matches(is_end)
        })
        .collect();
    Some((lines.join("\n").trim().to_owned(), comment?))
}

fn comment(check: &mut Check<'_>, written: &mut Written<'_>, kind: Kind) {
    let Some((clean, comment)) = written.value.as_deref().and_then(uncommented) else {
        return;
    };
    let raw = uncommented(&written.raw).map(|(raw, _)| raw);
    let becomes = match kind {
        Kind::Authorization => {
            "every word of it is one more host of the list, which lets in or keeps out whom it fits"
        }
        Kind::Methods | Kind::Ciphers | Kind::Levels | Kind::List => {
            "every word of it is one more item of the list"
        }
        _ => "it is part of the value",
    };
    let said = Said {
        code: Code::Comment,
        severity: Severity::Error,
        what: format!(
            "{} has a comment behind its value: {}",
            written.name,
            shown(&comment)
        ),
        htcondor: format!("knows comments on lines of their own alone: {becomes}"),
        fix: match &raw {
            Some(raw) if raw.is_empty() => format!(
                "put the comment on a line of its own, and nothing behind {} =",
                written.name
            ),
            Some(raw) => format!(
                "write {}, and the comment on a line of its own",
                assignment(&written.name, raw)
            ),
            None => format!(
                "take the comment out of what {} refers to: {}",
                written.name, written.raw
            ),
        },
    };
    check.find(&written.name, written.origin, said);
    written.raw = Cow::Owned(raw.unwrap_or_else(|| clean.clone()));
    written.value = Some(clean);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_begin_words() {
        let cut = |text| uncommented(text).map(|(clean, _)| clean);
        assert_eq!(cut("a, b # c").as_deref(), Some("a, b"));
        assert_eq!(cut("a,#c").as_deref(), Some("a"));
        assert_eq!(cut("# c").as_deref(), Some(""));
        assert_eq!(cut("a # c\nb # d").as_deref(), Some("a\nb"));
        assert_eq!(cut("a#b@c"), None);
    }

    #[test]
    fn what_nobody_sees() {
        assert_eq!(seen("FS,\u{a0}IDTOKENS\u{200b}"), "FS, IDTOKENS");
        assert_eq!(seen("é\tb"), "é\tb");
    }
}
