//! Regular expressions (PCRE2, as in HTCondor).

use std::sync::Arc;

use pcre2::bytes::{Regex, RegexBuilder};

use super::super::values::Val;
use super::super::{EvalError, Evaluator, PATTERN_STEPS, Result_};
use super::{Call, all_strings};

/// How much backtracking one match may take. PCRE2's own limit, which is HTCondor's, is 10,000,000.
const MATCH_LIMIT: u32 = 200_000;

/// The longest pattern that is compiled, in bytes.
const MAX_PATTERN: usize = 1 << 16;

/// Where each group matched, if it did.
type Groups = Vec<Option<(usize, usize)>>;

/// Arguments that are strings, and the options behind them.
type Texts = (Vec<Arc<str>>, String);

#[derive(Clone, Copy)]
pub(super) struct Options {
    caseless: bool,
    lines: bool,
    dot_all: bool,
    extended: bool,
    /// The result is the whole string, with what matched replaced.
    full: bool,
    /// Every match is replaced.
    all: bool,
}

impl Options {
    /// Letters that mean nothing are ignored.
    pub(super) fn new(letters: &str) -> Self {
        Options {
            caseless: letters.contains('i'),
            lines: letters.contains('m'),
            dot_all: letters.contains('s'),
            extended: letters.contains('x'),
            full: letters.contains('f'),
            all: letters.contains('g'),
        }
    }
}

pub(super) struct Pattern {
    regex: Regex,
}

impl Pattern {
    /// `None` if the pattern is none.
    pub(super) fn compile(
        evaluator: &mut Evaluator<'_>,
        pattern: &str,
        options: Options,
    ) -> Result<Option<Self>, EvalError> {
        Self::with_verb(evaluator, "", pattern, options)
    }

    fn with_verb(
        evaluator: &mut Evaluator<'_>,
        verb: &str,
        pattern: &str,
        options: Options,
    ) -> Result<Option<Self>, EvalError> {
        if pattern.len() > MAX_PATTERN {
            return Err(EvalError::PatternTooCostly);
        }
        evaluator.spend(PATTERN_STEPS + pattern.len() as u64 / 4)?;
        let regex = RegexBuilder::new()
            .caseless(options.caseless)
            .multi_line(options.lines)
            .dotall(options.dot_all)
            .extended(options.extended)
            .build(&format!("(*LIMIT_MATCH={MATCH_LIMIT}){verb}{pattern}"));
        Ok(regex.ok().map(|regex| Pattern { regex }))
    }

    pub(super) fn is_match(
        &self,
        evaluator: &mut Evaluator<'_>,
        text: &str,
    ) -> Result<bool, EvalError> {
        evaluator.spend(PATTERN_STEPS + text.len() as u64 / 16)?;
        self.regex
            .is_match(text.as_bytes())
            .map_err(|_| EvalError::PatternTooCostly)
    }

    /// The places of the first match at or after `from`, as far as the last group that took part.
    fn groups(
        &self,
        evaluator: &mut Evaluator<'_>,
        text: &[u8],
        from: usize,
    ) -> Result<Option<Groups>, EvalError> {
        evaluator.spend(PATTERN_STEPS + text.len().saturating_sub(from) as u64 / 16)?;
        let mut places = self.regex.capture_locations();
        let found = self
            .regex
            .captures_read_at(&mut places, text, from)
            .map_err(|_| EvalError::PatternTooCostly)?;
        Ok(found.map(|_| {
            let mut groups: Vec<_> = (0..places.len()).map(|i| places.get(i)).collect();
            while groups.last() == Some(&None) {
                groups.pop();
            }
            groups
        }))
    }
}

/// Evaluates the arguments; the last one, the options, may be missing.
fn strings(
    evaluator: &mut Evaluator<'_>,
    call: &Call<'_>,
    count: usize,
) -> Result<Result<Texts, Val>, EvalError> {
    if call.count() != count && call.count() != count + 1 {
        return Ok(Err(Val::Error));
    }
    let mut values = Vec::new();
    for index in 0..call.count() {
        values.push(evaluator.argument(call, index)?);
    }
    Ok(all_strings(&values).map(|mut strings| {
        let options = strings.drain(count..).next();
        (strings, options.map(|s| s.to_string()).unwrap_or_default())
    }))
}

/// `regexp(pattern, text[, options])`.
pub(super) fn matches(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    let (strings, options) = match strings(evaluator, call, 2)? {
        Ok(strings) => strings,
        Err(other) => return Ok(other),
    };
    let [pattern, text] = strings.as_slice() else {
        return Ok(Val::Error);
    };
    match Pattern::compile(evaluator, pattern, Options::new(&options))? {
        Some(pattern) => pattern.is_match(evaluator, text).map(Val::Boolean),
        None => Ok(Val::Error),
    }
}

/// `regexpMember(pattern, list[, options])`.
pub(super) fn member(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if !(2..=3).contains(&call.count()) {
        return Ok(Val::Error);
    }
    let pattern = evaluator.argument(call, 0)?;
    let list = evaluator.argument(call, 1)?;
    let options = evaluator.optional(call, 2)?;
    let all = [Some(&pattern), Some(&list), options.as_ref()];
    if all.iter().any(|value| matches!(value, Some(Val::Error))) {
        return Ok(Val::Error);
    }
    if all
        .iter()
        .any(|value| matches!(value, Some(Val::Undefined)))
    {
        return Ok(Val::Undefined);
    }
    let (Val::String(pattern), Val::List(list)) = (pattern, list) else {
        return Ok(Val::Error);
    };
    let options = match &options {
        None => Options::new(""),
        Some(Val::String(letters)) => Options::new(letters),
        Some(_) => return Ok(Val::Error),
    };
    // A pattern that is none matches nothing here, and is no error.
    let pattern = Pattern::compile(evaluator, &pattern, options)?;
    let mut result = Val::Boolean(false);
    for item in list.items.iter() {
        match evaluator.item(item, &list, call.place)? {
            Val::String(text) => {
                if let Some(pattern) = &pattern
                    && pattern.is_match(evaluator, &text)?
                {
                    return Ok(Val::Boolean(true));
                }
            }
            Val::Undefined => result = Val::Undefined,
            _ => return Ok(Val::Error),
        }
    }
    Ok(result)
}

/// `regexps`, `replace` and `replaceAll`: `(pattern, text, replacement[, options])`.
pub(super) fn substitute(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    let (strings, options) = match strings(evaluator, call, 3)? {
        Ok(strings) => strings,
        Err(other) => return Ok(other),
    };
    let [pattern, text, replacement] = strings.as_slice() else {
        return Ok(Val::Error);
    };
    let mut options = Options::new(&options);
    options.full |= call.is("replace") || call.is("replaceAll");
    options.all |= call.is("replaceAll");
    let Some(first) = Pattern::compile(evaluator, pattern, options)? else {
        return Ok(Val::Error);
    };
    let mut later = None;
    let text = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    let mut empty = false;
    loop {
        if at > text.len() {
            // HTCondor steps over the end after an empty match there, and PCRE2 refuses.
            return Ok(Val::Error);
        }
        let groups = if empty {
            // Behind an empty match only one that is not empty counts, and only in this very place.
            if later.is_none() {
                later = Pattern::with_verb(evaluator, "(*NOTEMPTY_ATSTART)", pattern, options)?;
            }
            let Some(later) = &later else {
                return Ok(Val::Error);
            };
            let here = later
                .groups(evaluator, text, at)?
                .filter(|groups| matches!(groups.first(), Some(Some((start, _))) if *start == at));
            if here.is_none() {
                out.extend(text.get(at));
                at += 1;
                empty = false;
                continue;
            }
            here
        } else {
            first.groups(evaluator, text, at)?
        };
        let Some(groups) = groups else {
            break;
        };
        let Some(&Some((start, end))) = groups.first() else {
            return Ok(Val::Error);
        };
        if options.full {
            out.extend_from_slice(text.get(at..start).unwrap_or(&[]));
        }
        if !replace(&mut out, replacement.as_bytes(), text, &groups) {
            return Ok(Val::Error);
        }
        evaluator.charge(end.saturating_sub(at).saturating_add(replacement.len()))?;
        if u64::try_from(out.len()).unwrap_or(u64::MAX) > evaluator.budget.bytes {
            return Err(EvalError::TooManyBytes {
                limit: evaluator.budget.bytes,
            });
        }
        at = end;
        empty = start == end;
        if !options.all {
            break;
        }
    }
    if options.full {
        out.extend_from_slice(text.get(at..).unwrap_or(&[]));
    }
    match String::from_utf8(out) {
        Ok(text) => evaluator.string(text),
        Err(_) => Err(EvalError::NotUtf8 {
            function: "regexps",
        }),
    }
}

/// `\1` is a group. One behind the last that took part is an error, and gives `false`.
fn replace(
    out: &mut Vec<u8>,
    replacement: &[u8],
    text: &[u8],
    groups: &[Option<(usize, usize)>],
) -> bool {
    let mut bytes = replacement.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match (byte, bytes.peek().copied()) {
            (b'\\', Some(digit @ b'0'..=b'9')) => {
                bytes.next();
                match groups.get(usize::from(digit - b'0')) {
                    Some(Some((start, end))) => {
                        out.extend_from_slice(text.get(*start..*end).unwrap_or(&[]));
                    }
                    Some(None) => {}
                    None => return false,
                }
            }
            _ => out.push(byte),
        }
    }
    true
}
