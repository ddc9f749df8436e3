//! Strings.

use std::cmp::Ordering;
use std::sync::Arc;

use super::super::values::Val;
use super::super::{EvalError, Evaluator, Result_, operators};
use super::Call;
use crate::expression::Tree;
use crate::lex::is_space;

/// `strcat` and `join`.
pub(super) fn join(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    let joins = call.is("join");
    let mut state = Joiner {
        joins,
        separator: None,
        out: String::new(),
        defined: false,
        undefined: false,
    };
    // The last of one or two arguments of `join` may be the list of what is joined.
    if joins && (1..=2).contains(&call.count()) {
        let last = evaluator.argument(call, call.count() - 1)?;
        if let Val::List(list) = last {
            if call.count() == 1 {
                state.separator = Some("".into());
            } else {
                let separator = evaluator.argument(call, 0)?;
                if let Some(value) = state.add(evaluator, &separator)? {
                    return Ok(value);
                }
            }
            for item in list.items.iter() {
                let item = evaluator.item(item, &list, call.place)?;
                if let Some(value) = state.add(evaluator, &item)? {
                    return Ok(value);
                }
            }
            return Ok(state.finish());
        }
    }
    for index in 0..call.count() {
        let value = evaluator.argument(call, index)?;
        if let Some(value) = state.add(evaluator, &value)? {
            return Ok(value);
        }
    }
    Ok(state.finish())
}

struct Joiner {
    joins: bool,
    /// Of `join`: the first of its strings. An undefined one leaves it to be empty.
    separator: Option<Arc<str>>,
    out: String,
    defined: bool,
    undefined: bool,
}

impl Joiner {
    /// Takes another value; gives the result if it is decided.
    fn add(
        &mut self,
        evaluator: &mut Evaluator<'_>,
        value: &Val,
    ) -> Result<Option<Val>, EvalError> {
        let first = self.separator.is_none();
        let text = match evaluator.text_of(value)? {
            Ok(text) => text,
            Err(Val::Undefined) => {
                self.undefined = true;
                if self.joins {
                    self.separator.get_or_insert_with(|| "".into());
                    return Ok(None);
                }
                return Ok(Some(Val::Undefined));
            }
            Err(_) => return Ok(Some(Val::Error)),
        };
        if self.joins {
            if first {
                self.separator = Some(text);
                return Ok(None);
            }
            if !self.out.is_empty() {
                let separator = self.separator.clone().unwrap_or_else(|| "".into());
                evaluator.charge(separator.len())?;
                self.out.push_str(&separator);
            }
        }
        self.defined = true;
        evaluator.charge(text.len())?;
        self.out.push_str(&text);
        Ok(None)
    }

    fn finish(self) -> Val {
        if self.undefined && !self.defined {
            Val::Undefined
        } else {
            Val::String(self.out.into())
        }
    }
}

pub(super) fn change_case(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 1 {
        return Ok(Val::Error);
    }
    let value = evaluator.argument(call, 0)?;
    match evaluator.text_of(&value)? {
        Ok(text) if call.is("toLower") => evaluator.string(text.to_ascii_lowercase()),
        Ok(text) => evaluator.string(text.to_ascii_uppercase()),
        Err(other) => Ok(other),
    }
}

/// `substr`: offsets and lengths are bytes; negative ones count from the end.
pub(super) fn substring(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if !(2..=3).contains(&call.count()) {
        return Ok(Val::Error);
    }
    let text = evaluator.argument(call, 0)?;
    let offset = evaluator.argument(call, 1)?;
    let length = evaluator.optional(call, 2)?;
    if [Some(&text), Some(&offset), length.as_ref()]
        .iter()
        .any(|value| matches!(value, Some(Val::Undefined)))
    {
        return Ok(Val::Undefined);
    }
    let (Val::String(text), Val::Integer(offset)) = (text, offset) else {
        return Ok(Val::Error);
    };
    let length = match length {
        None => None,
        Some(Val::Integer(length)) => Some(length as i32),
        Some(_) => return Ok(Val::Error),
    };
    let size = i64::try_from(text.len()).unwrap_or(i64::MAX);
    // HTCondor takes both numbers as C ints.
    let offset = i64::from(offset as i32);
    let start = if offset < 0 {
        (size + offset).max(0)
    } else {
        offset.min(size)
    };
    let left = size - start;
    let length = match length {
        None => left,
        Some(0) => 0,
        Some(length) if length < 0 => (left + i64::from(length)).max(0),
        Some(length) => i64::from(length).min(left),
    };
    let start = usize::try_from(start).unwrap_or(0);
    let length = usize::try_from(length).unwrap_or(0);
    match text.get(start..start + length) {
        Some(piece) => evaluator.string(piece),
        None => Err(EvalError::NotUtf8 { function: "substr" }),
    }
}

/// `strcmp` and `stricmp`.
pub(super) fn compare(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 2 {
        return Ok(Val::Error);
    }
    let left = evaluator.argument(call, 0)?;
    let right = evaluator.argument(call, 1)?;
    if matches!(left, Val::Undefined) || matches!(right, Val::Undefined) {
        return Ok(Val::Undefined);
    }
    let (Ok(left), Ok(right)) = (evaluator.text_of(&left)?, evaluator.text_of(&right)?) else {
        return Ok(Val::Error);
    };
    let order = if call.is("strcmp") {
        left.as_bytes().cmp(right.as_bytes())
    } else {
        operators::compare_strings(&left, &right)
    };
    Ok(Val::Integer(match order {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }))
}

fn made(evaluator: &mut Evaluator<'_>, items: &[&str]) -> Result_ {
    let size: usize = items.iter().map(|item| item.len()).sum();
    evaluator.charge(size.saturating_add(items.len().saturating_mul(size_of::<Tree>())))?;
    Ok(Val::made(
        items.iter().map(|item| Tree::string(item)).collect(),
    ))
}

/// `splitUserName` and `splitSlotName`: what stands before and after the first `@`.
pub(super) fn split_at(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 1 {
        return Ok(Val::Error);
    }
    let Val::String(text) = evaluator.argument(call, 0)? else {
        return Ok(Val::Error);
    };
    let (first, second) = match text.split_once('@') {
        Some(parts) => parts,
        None if call.is("splitSlotName") => ("", &*text),
        None => (&*text, ""),
    };
    made(evaluator, &[first, second])
}

/// `split`: white space around a separator belongs to it, and two separators of one kind have an empty item between them.
pub(super) fn split(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if !(1..=2).contains(&call.count()) {
        return Ok(Val::Error);
    }
    let text = evaluator.argument(call, 0)?;
    let separators = evaluator.optional(call, 1)?;
    let separators: Arc<str> = match separators {
        None => ", \t".into(),
        Some(Val::String(s)) => s,
        Some(_) => return Ok(Val::Error),
    };
    let Val::String(text) = text else {
        return Ok(Val::Error);
    };
    let mut items = Vec::new();
    let mut last = 0;
    let mut before = None;
    for (at, c) in text.char_indices().filter(|(_, c)| separators.contains(*c)) {
        let blank = c.is_ascii() && is_space(c as u8);
        if at > last {
            items.push(text.get(last..at).unwrap_or(""));
        } else if before == Some(c) {
            items.push("");
        }
        if !blank {
            before = Some(c);
        }
        last = at + c.len_utf8();
    }
    if last < text.len() {
        items.push(text.get(last..).unwrap_or(""));
    }
    made(evaluator, &items)
}
