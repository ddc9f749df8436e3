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
    Function(Function),
}

/// The macro functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    RandomChoice,
    RandomInteger,
    Choice,
    Substr,
    Int,
    Real,
    String,
    Eval,
    Basename,
    Dirname,
    /// `$F` and the letters behind it.
    Filename,
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
    /// What stands between the `$` and the parenthesis.
    pub(crate) prefix: &'a str,
    /// All that stands between the parentheses.
    pub(crate) body: &'a str,
    /// The body up to the colon, if there is one.
    pub(crate) name: &'a str,
    /// The body behind the colon.
    pub(crate) default: Option<&'a str>,
}

/// What `$prefix(` means; `None` for `$$(` and for names that mean nothing to HTCondor, which stay as they are. Names of
/// functions are in upper case only, the letters behind `$F` in either.
fn kind(prefix: &str) -> Option<Kind> {
    let function = match prefix {
        "" => return Some(Kind::Setting),
        "ENV" => return Some(Kind::Environment),
        "RANDOM_CHOICE" => Function::RandomChoice,
        "RANDOM_INTEGER" => Function::RandomInteger,
        "CHOICE" => Function::Choice,
        "SUBSTR" => Function::Substr,
        "INT" => Function::Int,
        "REAL" => Function::Real,
        "STRING" => Function::String,
        "EVAL" => Function::Eval,
        "BASENAME" => Function::Basename,
        "DIRNAME" => Function::Dirname,
        _ => {
            let letters = prefix.strip_prefix('F')?;
            let known = letters.bytes().all(|b| b"pnxdqabfwu".contains(&(b | 0x20)));
            return known.then_some(Kind::Function(Function::Filename));
        }
    };
    Some(Kind::Function(function))
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
        let scanned = if matches!(kind, Kind::Function(_)) {
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
            prefix: slice(dollar + 1, open),
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

/// A reference to the arguments of a template.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Argument<'a> {
    /// Where its `$` stands.
    pub(crate) start: usize,
    /// Just behind its `)`.
    pub(crate) end: usize,
    /// Which argument, from 1; 0 for all.
    pub(crate) index: usize,
    /// A `#` or `+` behind the number.
    pub(crate) many: bool,
    /// A `?` behind the number.
    pub(crate) is_test: bool,
    /// What stands behind the colon.
    pub(crate) default: Option<&'a str>,
}

/// Finds the first `$(NUMBER...)`.
pub(crate) fn find_argument<'a>(
    text: &'a str,
    budget: &mut Budget,
) -> Result<Option<Argument<'a>>, ExpandError> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(offset) = text.get(from..).and_then(|rest| rest.find("$(")) {
        let start = from + offset;
        let body = start + 2;
        from = body;
        // `$$(` is none, but a third dollar starts anew.
        let dollars = bytes.get(..start).map_or(0, |before| {
            before.iter().rev().take_while(|&&b| b == b'$').count()
        });
        let scanned = argument_body(bytes, body);
        budget.spend(scanned.map_or(16, |(close, _)| close - body))?;
        let Some((close, colon)) = scanned.filter(|_| dollars % 2 == 0) else {
            continue;
        };
        let name = text.get(body..colon.unwrap_or(close)).unwrap_or("");
        let digits = name.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            continue;
        }
        let (number, rest) = name.split_at_checked(digits).unwrap_or_default();
        let behind = rest.get(1..).unwrap_or("");
        return Ok(Some(Argument {
            start,
            end: close + 1,
            index: number.parse().unwrap_or(usize::MAX),
            many: rest.starts_with(['#', '+']),
            is_test: rest.starts_with('?'),
            // HTCondor looks for the colon right behind one such character.
            default: colon
                .filter(|_| behind.is_empty())
                .and_then(|colon| text.get(colon + 1..close)),
        }));
    }
    Ok(None)
}

/// The closing parenthesis and the first colon of a body with digits, `?`, `#` and `+` in front of the colon and anything
/// behind it.
fn argument_body(bytes: &[u8], body: usize) -> Option<(usize, Option<usize>)> {
    let mut colon = None;
    let mut at = body;
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        match byte {
            b')' => return Some((at - 1, colon)),
            b':' if colon.is_none() => colon = Some(at - 1),
            b'(' if colon.is_some() => {
                if let Some(close) = close_of(bytes, at) {
                    at = close + 1;
                }
            }
            _ if colon.is_some() || byte.is_ascii_digit() => {}
            b'?' | b'#' | b'+' => {}
            _ => return None,
        }
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
