//! Lines that are not read as they look.

use crate::document::Line;
use crate::escape::escape;
use crate::field::{self, Delimiter, is_blank};
use crate::keys::BareKeys;
use crate::lint::case::{Case, Kind, written};
use crate::lint::code::{Code, Severity};
use crate::lint::draft::{Draft, Drafts, Fix};
use crate::lint::write;
use crate::statement::Statement;

use Severity::{Advice, Error, Warning};

/// Whatever the line says.
pub(super) fn any(text: &[u8], line: &Line, drafts: &mut Drafts) {
    if line.has_nul {
        drafts.push(Draft::new(
            Code::NulByte,
            Error,
            line.at.clone(),
            "there is a NUL byte in this line",
            "HTCondor does not see what stands behind it, and takes the next line for the rest of this one",
        ));
    }
    match &line.statement {
        Statement::Incomplete { method, principal } => {
            let unclosed = [Some(method), principal.as_ref()]
                .into_iter()
                .flatten()
                .find(|field| !field.closed);
            if let Some(field) = unclosed {
                let end = line.at.end - newline(text, line);
                drafts.push(
                    Draft::new(
                        Code::UnclosedField,
                        Error,
                        field.span.start..end.max(field.span.start),
                        "nothing closes this field, so that it takes the rest of the line",
                        "no canonical name is left, and HTCondor skips the line",
                    )
                    .fixed(close(text, line, field)),
                );
                return;
            }
            let what = match principal {
                Some(_) => "there is no canonical name",
                None => "there is no name to map",
            };
            drafts.push(Draft::new(
                Code::SkippedLine,
                Error,
                line.at.start..line.at.end - newline(text, line),
                what,
                "a line is a method, a name to map and a canonical name, none of them empty; HTCondor skips \
                 this one",
            ));
        }
        Statement::Include { path } if path.value(text).ends_with(b"\r") => {
            drafts.push(carriage_return(text, line, path.span.end));
        }
        _ => {}
    }
}

/// A line that maps.
pub(super) fn entry(case: &Case<'_>, drafts: &mut Drafts) {
    let canonical = &case.entry.canonical;
    if case.canonical.ends_with(b"\r") {
        drafts.push(carriage_return(case.text, case.line, canonical.span.end));
    }
    if !canonical.closed {
        let mut line = case.written().to_vec();
        line.push(b'"');
        drafts.push(
            Draft::new(
                Code::UnclosedField,
                Error,
                canonical.span.start..canonical.span.start + 1,
                "nothing closes this quote",
                "the canonical name goes on to the end of the line, its line end included",
            )
            .fixed(Some(Fix { line, keeps: None })),
        );
    }
    if let Kind::Bad(error) = &case.kind {
        let at = case.in_principal(error.offset..error.offset + 1);
        let literal = case.principal.starts_with(b"/") && !case.principal.contains(&b'\\');
        let fix = (literal && case.keys == BareKeys::Patterns).then(|| {
            case.with_pattern(
                &write::exactly(&case.principal),
                Some(case.principal.to_vec()),
            )
        });
        let star = (*case.principal == *b"*").then(|| case.with_pattern(b"(.*)", None));
        drafts.push(
            Draft::new(
                Code::BadPattern,
                Error,
                at,
                format!("PCRE2 does not take this pattern: {error}"),
                "HTCondor skips the line",
            )
            .fixed(star.or(fix)),
        );
    }
    if is_glued(case) {
        glued(case, drafts);
    } else {
        rest(case, drafts);
    }
}

fn carriage_return(text: &[u8], line: &Line, end: usize) -> Draft {
    let fixed = written(text, line).to_vec();
    Draft::new(
        Code::CarriageReturn,
        Error,
        end.saturating_sub(1)..end,
        "the line ends as on Windows",
        "HTCondor takes the carriage return for the last byte of the name, which then is nobody's",
    )
    .fixed(Some(Fix {
        line: fixed,
        keeps: None,
    }))
}

fn newline(text: &[u8], line: &Line) -> usize {
    let all = text.get(line.at.clone()).unwrap_or_default();
    usize::from(all.ends_with(b"\n"))
}

/// The line with the field closed before its last word.
fn close(text: &[u8], line: &Line, field: &field::Field) -> Option<Fix> {
    let written = written(text, line);
    let (head, name) = last_word(written)?;
    let delimiter = match field.delimiter {
        Delimiter::Quote => b'"',
        Delimiter::Slash(_) => b'/',
        Delimiter::None => return None,
    };
    if head.len() <= field.content.start - line.at.start {
        return None;
    }
    let mut line = head.to_vec();
    line.push(delimiter);
    line.push(b' ');
    line.extend_from_slice(name);
    Some(Fix { line, keeps: None })
}

/// A text up to the blanks before its last word, and that word.
fn last_word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.trim_ascii_end();
    let blank = text.iter().rposition(|byte| is_blank(*byte))?;
    let head = text.get(..blank)?.trim_ascii_end();
    Some((head, text.get(blank + 1..)?))
}

/// The text up to the blanks before a word that begins with `#`, and what stands from there on.
fn split_comment(text: &[u8]) -> (&[u8], &[u8]) {
    let mark = text
        .windows(2)
        .position(|two| matches!(two, [before, b'#'] if is_blank(*before)));
    let Some(mark) = mark else { return (text, b"") };
    let before = text.get(..mark).unwrap_or_default().trim_ascii_end();
    text.split_at(before.len())
}

/// Whether the canonical name begins right behind a pattern's closing slash.
fn is_glued(case: &Case<'_>) -> bool {
    let principal = &case.entry.principal;
    matches!(principal.delimiter, Delimiter::Slash(_))
        && principal.closed
        && case.entry.canonical.span.start == principal.span.end
}

fn glued(case: &Case<'_>, drafts: &mut Drafts) {
    let principal = &case.entry.principal;
    let written = case.written();
    let start = principal.span.start - case.line.at.start;
    let tail = written.get(start..).unwrap_or_default();
    let (tail, comment) = split_comment(tail);
    let Some((head, name)) = last_word(tail) else {
        let slash = principal.content.end + 1;
        let line = case.replaced(slash..slash, b" ");
        drafts.push(glued_name(case).fixed(Some(Fix { line, keeps: None })));
        return;
    };
    let flags = head
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b'i' | b'U'))
        .count();
    let (body, flags) = head.split_at(head.len() - flags);
    let field = if body.len() > principal.content.len() + 2 && body.ends_with(b"/") {
        // A pattern with slashes in it.
        let inner = body.get(1..body.len() - 1).unwrap_or_default();
        let mut field = write::between(&unescaped(inner), b'/');
        field.extend_from_slice(flags);
        field
    } else if head.contains(&b'=') && !head.contains(&b'\\') {
        // A name that begins with a slash.
        write::between(head, b'"')
    } else {
        drafts.push(glued_name(case));
        return;
    };
    let mut line = written.get(..start).unwrap_or_default().to_vec();
    line.extend_from_slice(&field);
    line.push(b' ');
    line.extend_from_slice(name);
    line.extend_from_slice(comment);
    let cut = principal_of(case);
    let witnesses = [
        b"https://evil.example,x".to_vec(),
        [b"/O=Evil/", cut.as_slice()].concat(),
        cut,
    ]
    .into_iter()
    .filter(|name| case.matches(name))
    .collect();
    drafts.push(
        Draft::new(
            Code::EarlySlash,
            Error,
            principal.span.end - 1..principal.span.end,
            format!(
                "this slash ends the pattern: it is {}, and the canonical name is {}",
                escape(&case.principal),
                escape(&case.canonical)
            ),
            "a slash within a pattern is written \\/, and a name that begins with one stands in quotes",
        )
        .shown_by(witnesses)
        .fixed(Some(Fix { line, keeps: None })),
    );
}

/// What the pattern matches at the least.
fn principal_of(case: &Case<'_>) -> Vec<u8> {
    use crate::lint::regex::{Fill, sample};
    case.tree()
        .and_then(|tree| sample(tree.alternatives.first()?, Fill::Some, &[]))
        .unwrap_or_default()
}

fn glued_name(case: &Case<'_>) -> Draft {
    Draft::new(
        Code::GluedName,
        Warning,
        case.entry.canonical.span.clone(),
        format!(
            "{} stands right behind the pattern and is the canonical name",
            escape(&case.canonical)
        ),
        "behind the closing slash only i and U mean something; anything else begins the canonical name",
    )
}

/// What `\/` and `\\` stand for between slashes.
fn unescaped(inner: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().peekable();
    while let Some(byte) = bytes.next() {
        let escapes = *byte == b'\\' && matches!(bytes.peek(), Some(b'/' | b'\\'));
        match (escapes, bytes.peek()) {
            (true, Some(next)) => {
                out.push(**next);
                bytes.next();
            }
            _ => out.push(*byte),
        }
    }
    out
}

/// What stands behind the canonical name.
fn rest(case: &Case<'_>, drafts: &mut Drafts) {
    let rest = case.text.get(case.entry.rest.clone()).unwrap_or_default();
    let trimmed = rest.trim_ascii();
    if trimmed.is_empty() {
        return;
    }
    let at = case.entry.rest.start + rest.len() - rest.trim_ascii_start().len();
    let span = at..at + trimmed.len();
    if trimmed.starts_with(b"#") {
        drafts.push(Draft::new(
            Code::TextAfterName,
            Advice,
            span,
            "this comment begins behind the canonical name",
            "HTCondor ignores whatever stands there; only a line that begins with # is a comment",
        ));
        return;
    }
    let principal = &case.entry.principal;
    let word = principal.delimiter == Delimiter::None;
    let looks_cut = word
        && (looks_like_name(&case.principal)
            || (case.principal.starts_with(b"/") && case.keys == BareKeys::Patterns));
    let start = principal.span.start - case.line.at.start;
    let (tail, comment) = split_comment(case.written().get(start..).unwrap_or_default());
    if let (true, Some((head, name))) = (looks_cut, last_word(tail)) {
        let mut line = case.written().get(..start).unwrap_or_default().to_vec();
        line.extend(quoted(head));
        line.push(b' ');
        line.extend_from_slice(name);
        line.extend_from_slice(comment);
        drafts.push(
            Draft::new(
                Code::CutByBlank,
                Error,
                principal.span.end..principal.span.end + 1,
                format!(
                    "a blank ends the name here, so that the canonical name is {}",
                    escape(&case.canonical)
                ),
                "a name with blanks in it stands in double quotes",
            )
            .fixed(Some(Fix { line, keeps: None })),
        );
        return;
    }
    drafts.push(Draft::new(
        Code::TextAfterName,
        Warning,
        span,
        "there is more behind the canonical name",
        "HTCondor ignores it; a canonical name with blanks in it stands in double quotes",
    ));
}

/// The words as they are, in quotes: a backslash in one stays.
fn quoted(words: &[u8]) -> Vec<u8> {
    write::between(words, b'"')
}

/// `/DC=org`, `CN=Jane`: the beginning of a certificate's subject.
fn looks_like_name(word: &[u8]) -> bool {
    let word = word.strip_prefix(b"^").unwrap_or(word);
    let word = word.strip_prefix(b"\\").unwrap_or(word);
    let word = word.strip_prefix(b"/").unwrap_or(word);
    let letters = word
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    letters > 0 && word.get(letters) == Some(&b'=')
}
