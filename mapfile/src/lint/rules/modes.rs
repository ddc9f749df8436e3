//! Principals that are written for the other reading of CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS.

use crate::field::Flags;
use crate::keys::BareKeys;
use crate::lint::case::{Case, Kind};
use crate::lint::code::{Code, Severity};
use crate::lint::draft::{Draft, Drafts, Fix};
use crate::lint::regex::{Fill, Tree, sample};
use crate::lint::write;
use crate::pattern::Pattern;
use crate::substitute::references;

use super::anchors;

/// Codes that mean that the principal is another than was meant.
const MISREAD: [Code; 8] = [
    Code::SlashesInPattern,
    Code::LiteralLikePattern,
    Code::PatternMissesItself,
    Code::EarlySlash,
    Code::GluedName,
    Code::CutByBlank,
    Code::BadPattern,
    Code::UnknownMethod,
];

/// Whether what was found so far says that the principal is not what was meant.
pub(super) fn is_misread(drafts: &Drafts) -> bool {
    MISREAD.iter().any(|code| drafts.has(*code))
}

pub(super) fn check(case: &Case<'_>, drafts: &mut Drafts) {
    match (case.keys, &case.kind) {
        (BareKeys::Patterns, Kind::Pattern { .. } | Kind::Bad(_)) => {
            if let Some((inner, flags)) = between_slashes(&case.principal) {
                drafts.push(slashes(case, &inner, flags));
            } else if misses_itself(case) {
                drafts.push(misses(case));
            }
        }
        (BareKeys::Literals, Kind::Literal) if looks_like_pattern(case) => {
            drafts.push(literal(case));
        }
        _ => {}
    }
}

/// What stands between the slashes of `/.../`, as it would be read there, and the flags behind.
pub(crate) fn between_slashes(principal: &[u8]) -> Option<(Vec<u8>, Flags)> {
    let inner = principal.strip_prefix(b"/")?;
    let letters = inner
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b'i' | b'U'))
        .count();
    let (inner, letters) = inner.split_at(inner.len() - letters);
    let inner = inner.strip_suffix(b"/")?;
    if inner.is_empty() {
        return None;
    }
    let mut value = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().peekable();
    while let Some(byte) = bytes.next() {
        if *byte != b'\\' || bytes.peek() != Some(&&b'/') {
            value.push(*byte);
        }
    }
    let flags = Flags {
        caseless: letters.contains(&b'i'),
        ungreedy: letters.contains(&b'U'),
    };
    Some((value, flags))
}

fn slashes(case: &Case<'_>, inner: &[u8], flags: Flags) -> Draft {
    let nothing = inner.starts_with(b"^");
    let field = write::pattern(inner, flags, case.keys);
    let keeps = meant(case, inner);
    Draft::new(
        Code::SlashesInPattern,
        Severity::Error,
        case.entry.principal.span.clone(),
        if nothing {
            "the slashes are part of the pattern, which therefore matches no name"
        } else {
            "the slashes are part of the pattern, which therefore matches only names with these slashes"
        },
        "only with CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS = True does a pattern stand between slashes; without, \
         all of the field is the pattern",
    )
    .fixed(Some(Fix {
        line: case.replaced(case.entry.principal.span.clone(), &field),
        keeps,
    }))
}

/// A name that this pattern is meant for.
fn meant(case: &Case<'_>, pattern: &[u8]) -> Option<Vec<u8>> {
    let tree = Tree::parse(pattern)?;
    let mut name = sample(tree.alternatives.first()?, Fill::Some, &[])?;
    if let Some(family) = case.family() {
        anchors::complete(family, &mut name);
    }
    (!name.is_empty()).then_some(name)
}

/// Whether a name without any construct of a pattern's own is not found by itself.
fn misses_itself(case: &Case<'_>) -> bool {
    let principal = &case.principal;
    let plain = !principal.iter().any(|byte| b"\\^$*[]|{}".contains(byte));
    let special = principal.iter().any(|byte| b"()+?".contains(byte));
    plain && special && !principal.windows(2).any(|two| two == b".+") && !case.matches(principal)
}

fn misses(case: &Case<'_>) -> Draft {
    let mut draft = Draft::new(
        Code::PatternMissesItself,
        Severity::Warning,
        case.entry.principal.span.clone(),
        "read as the pattern that it is, this does not match its own text",
        "parentheses, + and ? have a meaning in a pattern; a backslash takes it from them",
    );
    if matches!(case.kind, Kind::Pattern { .. }) {
        draft.fix = Some(case.with_pattern(
            &write::exactly(&case.principal),
            Some(case.principal.to_vec()),
        ));
    }
    draft
}

fn looks_like_pattern(case: &Case<'_>) -> bool {
    let principal = &*case.principal;
    let has = |part: &[u8]| principal.windows(part.len()).any(|window| window == part);
    let parts: [&[u8]; 12] = [
        b".*", b".+", b"\\.", b"\\/", b"\\d", b"\\w", b"[^", b"[a-z", b"[A-Z", b"[0-9", b"(?:",
        b"[-",
    ];
    (principal.len() > 1 && (principal.starts_with(b"^") || principal.ends_with(b"$")))
        || parts.iter().any(|part| has(part))
        || principal == b"*"
        || (has(b"(") && has(b"|") && has(b")"))
        || (has(b"(") && references(&case.canonical).any(|group| group > 0))
}

fn literal(case: &Case<'_>) -> Draft {
    let inner: &[u8] = match &*case.principal {
        b"*" => b"(.*)",
        other => other,
    };
    let keeps = meant(case, inner);
    let field = write::pattern(inner, Flags::default(), case.keys);
    let fix = Pattern::compile(inner, Flags::default())
        .is_ok()
        .then(|| Fix {
            line: case.replaced(case.entry.principal.span.clone(), &field),
            keeps,
        });
    Draft::new(
        Code::LiteralLikePattern,
        Severity::Error,
        case.entry.principal.span.clone(),
        "this looks like a pattern and is taken for a literal name",
        "with CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS = True only what stands between slashes is a pattern; the \
         line matches this text alone",
    )
    .fixed(fix)
}
