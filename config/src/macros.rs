//! Finding `$(NAME)`, `$ENV(NAME)` and `$FUNCTION(...)` in a text (`next_config_macro` in `config.cpp`).

use crate::budget::Budget;
use crate::error::ExpandError;

/// What kind of reference was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `$(NAME)` or `$(NAME:default)`.
    Setting,
    /// `$ENV(NAME)` or `$ENV(NAME:default)`.
    Environment,
    /// One of the macro functions.
    Function,
}

/// A reference in a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Macro<'a> {
    pub(crate) kind: Kind,
    /// Where its `$` stands.
    pub(crate) start: usize,
    /// Just behind its `)`.
    pub(crate) end: usize,
    /// All of it.
    pub(crate) whole: &'a str,
    /// All that stands between the parentheses.
    pub(crate) body: &'a str,
    /// The body up to the colon, if there is one.
    pub(crate) name: &'a str,
    /// The body behind the colon.
    pub(crate) default: Option<&'a str>,
}

/// HTCondor's macro functions; the names are in upper case only. `$F…` is dealt with apart.
const FUNCTIONS: [&str; 10] = [
    "RANDOM_CHOICE",
    "RANDOM_INTEGER",
    "CHOICE",
    "SUBSTR",
    "INT",
    "REAL",
    "STRING",
    "EVAL",
    "BASENAME",
    "DIRNAME",
];

/// What `$prefix(` means; `None` for `$$(` and for names that mean nothing to HTCondor, which stay as they are.
fn kind(prefix: &str) -> Option<Kind> {
    if prefix.is_empty() {
        return Some(Kind::Setting);
    }
    if prefix == "ENV" {
        return Some(Kind::Environment);
    }
    let path_function = prefix
        .strip_prefix('F')
        .is_some_and(|options| options.bytes().all(|b| b"pnxdqabfwu".contains(&(b | 0x20))));
    (path_function || FUNCTIONS.contains(&prefix)).then_some(Kind::Function)
}

/// Characters of a setting's name (`condor_isidchar`).
pub(crate) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/')
}

/// Finds the first reference at or behind `from` for which `skip` is false.
pub(crate) fn find<'a>(
    text: &'a str,
    from: usize,
    skip: impl Fn(&Macro<'a>) -> bool,
    budget: &mut Budget,
) -> Result<Option<Macro<'a>>, ExpandError> {
    let bytes = text.as_bytes();
    let at = |i: usize| bytes.get(i).copied();
    let slice = |from: usize, to: usize| text.get(from..to).unwrap_or("");
    let mut from = from;
    loop {
        let Some(dollar) = bytes
            .get(from..)
            .and_then(|rest| rest.iter().position(|&b| b == b'$'))
            .map(|offset| from + offset)
        else {
            return Ok(None);
        };
        let mut open = dollar + 1;
        if at(open) == Some(b'$') {
            open += 1;
        }
        while at(open).is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_') {
            open += 1;
        }
        let found = (at(open) == Some(b'('))
            .then(|| kind(slice(dollar + 1, open)))
            .flatten();
        let Some(kind) = found else {
            from = open;
            continue;
        };
        let body = open + 1;
        let scanned = if kind == Kind::Function {
            close_of(bytes, body).map(|close| (close, None))
        } else {
            name_and_default(bytes, body)
        };
        budget.spend(scanned.map_or(bytes.len() - body, |(close, _)| close - body))?;
        let Some((close, colon)) = scanned else {
            from = body;
            continue;
        };
        let found = Macro {
            kind,
            start: dollar,
            end: close + 1,
            whole: slice(dollar, close + 1),
            body: slice(body, close),
            name: slice(body, colon.unwrap_or(close)),
            default: colon.map(|colon| slice(colon + 1, close)),
        };
        if !skip(&found) {
            return Ok(Some(found));
        }
        from = close;
    }
}

fn close_of(bytes: &[u8], from: usize) -> Option<usize> {
    let offset = bytes.get(from..)?.iter().position(|&b| b == b')')?;
    Some(from + offset)
}

/// The closing parenthesis and the first colon of a body that holds a name and perhaps a default. The default may hold
/// name characters, `$ , \ :`, blanks, and one level of parentheses.
fn name_and_default(bytes: &[u8], body: usize) -> Option<(usize, Option<usize>)> {
    let mut colon = None;
    let mut at = body;
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        match byte {
            b')' => return Some((at - 1, colon)),
            b':' if colon.is_none() => colon = Some(at - 1),
            b'(' if colon.is_some() => at = close_of(bytes, at)? + 1,
            b'$' | b' ' | b',' | b'\\' | b':' if colon.is_some() => {}
            _ if is_name_byte(byte) => {}
            _ => return None,
        }
    }
}
