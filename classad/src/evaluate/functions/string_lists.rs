//! Lists written as strings: `"a, b"`.

use std::sync::Arc;

use super::super::values::Val;
use super::super::{EvalError, Evaluator, Result_, number};
use super::patterns::{Options, Pattern};
use super::{Call, all_strings};
use crate::lex::is_space;

/// The items of a list (`StringTokenIterator`): no empty ones, without white space around them.
fn items<'t>(text: &'t str, separators: &'t str) -> impl Iterator<Item = &'t str> {
    let separates = |c: char| separators.contains(c);
    let blank = |c: char| c.is_ascii() && is_space(c as u8);
    text.split(separates)
        .map(move |item| item.trim_matches(blank))
        .filter(|item| !item.is_empty())
}

/// A list and its separators.
type ListText = (Arc<str>, Arc<str>);

/// The list and its separators, for functions of one or two arguments that take nothing but strings.
fn list_of(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result<Option<ListText>, EvalError> {
    if !(1..=2).contains(&call.count()) {
        return Ok(None);
    }
    let text = evaluator.argument(call, 0)?;
    let separators = evaluator.optional(call, 1)?;
    Ok(match (text, separators) {
        (Val::String(text), None) => Some((text, ", ".into())),
        (Val::String(text), Some(Val::String(separators))) => Some((text, separators)),
        _ => None,
    })
}

pub(super) fn size(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    let Some((text, separators)) = list_of(evaluator, call)? else {
        return Ok(Val::Error);
    };
    let count = items(&text, &separators).count();
    Ok(i64::try_from(count).map_or(Val::Error, Val::Integer))
}

/// `stringListSum`, `…Avg`, `…Min` and `…Max`.
pub(super) fn summarize(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    let Some((text, separators)) = list_of(evaluator, call)? else {
        return Ok(Val::Error);
    };
    let (min, max) = (call.is("stringListMin"), call.is("stringListMax"));
    // HTCondor starts from C's FLT_MAX and FLT_MIN: the latter is the least *positive* float.
    let mut total = if min {
        f64::from(f32::MAX)
    } else if max {
        f64::from(f32::MIN_POSITIVE)
    } else {
        0.0
    };
    let mut count = 0_u32;
    let mut real = false;
    for item in items(&text, &separators) {
        let Some((n, _)) = number::strtod(item) else {
            return Ok(Val::Error);
        };
        count = count.saturating_add(1);
        real |= !item.bytes().all(|b| matches!(b, b'+' | b'-' | b'0'..=b'9'));
        total = if min {
            if n < total { n } else { total }
        } else if max {
            if n > total { n } else { total }
        } else {
            n + total
        };
    }
    if count == 0 {
        return Ok(if min || max {
            Val::Undefined
        } else {
            Val::Real(0.0)
        });
    }
    if call.is("stringListAvg") {
        total /= f64::from(count);
    }
    Ok(if real {
        Val::Real(total)
    } else {
        Val::Integer(number::truncated(total))
    })
}

/// `stringListMember`, `stringListSubsetMatch`, and both without regard to case.
pub(super) fn member(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if !(2..=3).contains(&call.count()) {
        return Ok(Val::Error);
    }
    let first = evaluator.argument(call, 0)?;
    let second = evaluator.argument(call, 1)?;
    let separators = evaluator.optional(call, 2)?;
    // What is undefined counts as empty, unless both are.
    let text = |value: &Val, default: &str| -> Result<Arc<str>, Val> {
        match value {
            Val::String(s) => Ok(s.clone()),
            Val::Undefined => Ok(default.into()),
            _ => Err(Val::Error),
        }
    };
    const SEPARATORS: &str = ", \t\r\n";
    let separators = text(&separators.unwrap_or(Val::Undefined), SEPARATORS);
    let (Ok(wanted), Ok(list), Ok(separators)) = (text(&first, ""), text(&second, ""), separators)
    else {
        return Ok(Val::Error);
    };
    if matches!((&first, &second), (Val::Undefined, Val::Undefined)) {
        return Ok(Val::Undefined);
    }
    let fold = call.is("stringListIMember") || call.is("stringListISubsetMatch");
    evaluator.charge(list.len().saturating_add(wanted.len()))?;
    let key = |item: &str| {
        if fold {
            item.to_ascii_lowercase()
        } else {
            item.to_owned()
        }
    };
    let known: std::collections::HashSet<String> = items(&list, &separators).map(key).collect();
    let subset = call.is("stringListSubsetMatch") || call.is("stringListISubsetMatch");
    Ok(Val::Boolean(if !subset {
        known.contains(&key(&wanted))
    } else if wanted.is_empty() {
        true
    } else {
        // A list without items is no subset unless it is the empty string.
        let mut any = false;
        let all = items(&wanted, &separators).all(|item| {
            any = true;
            known.contains(&key(item))
        });
        any && all
    }))
}

/// `stringListsIntersect`: here items are what stands between separators, white space included.
pub(super) fn intersect(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if !(2..=3).contains(&call.count()) {
        return Ok(Val::Error);
    }
    let mut values = Vec::new();
    for index in 0..call.count() {
        values.push(evaluator.argument(call, index)?);
    }
    // `error` among the lists, then `undefined` among them; then the same for the separators.
    let (lists, rest) = values.split_at(2);
    if values.iter().any(|value| matches!(value, Val::Error)) {
        return Ok(Val::Error);
    }
    if values.iter().any(|value| matches!(value, Val::Undefined)) {
        return Ok(Val::Undefined);
    }
    let (Ok(lists), Ok(rest)) = (all_strings(lists), all_strings(rest)) else {
        return Ok(Val::Error);
    };
    let separators = match rest.first() {
        Some(separators) if !separators.is_empty() => separators.clone(),
        _ => " ,".into(),
    };
    let pieces = |text: &Arc<str>| -> Vec<String> {
        text.split(|c| separators.contains(c))
            .filter(|piece| !piece.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let [first, second] = lists.as_slice() else {
        return Ok(Val::Error);
    };
    evaluator.charge(first.len().saturating_add(second.len()))?;
    let known: std::collections::HashSet<String> = pieces(second).into_iter().collect();
    Ok(Val::Boolean(
        pieces(first).iter().any(|piece| known.contains(piece)),
    ))
}

/// `stringList_regexpMember`.
pub(super) fn matches(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if !(2..=4).contains(&call.count()) {
        return Ok(Val::Error);
    }
    let mut texts = Vec::new();
    for index in 0..call.count() {
        texts.push(evaluator.argument(call, index)?);
    }
    let mut strings = Vec::new();
    for value in texts {
        match value {
            Val::String(s) => strings.push(s),
            _ => return Ok(Val::Error),
        }
    }
    let mut strings = strings.into_iter();
    let (Some(pattern), Some(list)) = (strings.next(), strings.next()) else {
        return Ok(Val::Error);
    };
    let separators = strings.next().unwrap_or_else(|| ", ".into());
    let options = strings.next().unwrap_or_else(|| "".into());
    let options = Options::new(&options.to_ascii_lowercase());
    let Some(pattern) = Pattern::compile(evaluator, &pattern, options)? else {
        return Ok(Val::Error);
    };
    let mut result = Val::Undefined;
    for item in items(&list, &separators) {
        let found = pattern.is_match(evaluator, item)?;
        result = match result {
            Val::Boolean(true) => Val::Boolean(true),
            _ => Val::Boolean(found),
        };
    }
    Ok(result)
}
