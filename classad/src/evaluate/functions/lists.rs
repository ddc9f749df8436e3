//! Lists.

use super::super::values::{List, Val};
use super::super::{Evaluator, Result_, operators};
use super::Call;
use crate::expression::Binary;

pub(super) fn member(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 2 {
        return Ok(Val::Error);
    }
    let strict = call.is("identicalMember");
    let wanted = evaluator.argument(call, 0)?;
    let list = evaluator.argument(call, 1)?;
    let list = match (&wanted, list) {
        (_, Val::Undefined) => return Ok(Val::Undefined),
        (Val::Undefined, _) if !strict => return Ok(Val::Undefined),
        (Val::Ad(_) | Val::List(_), _) => return Ok(Val::Error),
        (Val::Error, Val::List(_)) if !strict => return Ok(Val::Error),
        (_, Val::List(list)) => list,
        _ => return Ok(Val::Error),
    };
    let operator = if strict { Binary::Is } else { Binary::Equal };
    for item in list.items.iter() {
        let item = evaluator.item(item, &list, call.place)?;
        if let Val::Boolean(true) = operators::binary(operator, item, wanted.clone()) {
            return Ok(Val::Boolean(true));
        }
    }
    Ok(Val::Boolean(false))
}

pub(super) fn size(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 1 {
        return Ok(Val::Error);
    }
    let size = match evaluator.argument(call, 0)? {
        Val::Undefined => return Ok(Val::Undefined),
        Val::List(list) => list.items.len(),
        Val::Ad(frame) => evaluator.ads.size(&frame),
        Val::String(s) => s.len(),
        _ => return Ok(Val::Error),
    };
    Ok(i64::try_from(size).map_or(Val::Error, Val::Integer))
}

/// The only argument as a list, or what the call gives instead.
fn only_list(
    evaluator: &mut Evaluator<'_>,
    call: &Call<'_>,
) -> Result<Result<List, Val>, super::EvalError> {
    if call.count() != 1 {
        return Ok(Err(Val::Error));
    }
    Ok(match evaluator.argument(call, 0)? {
        Val::List(list) => Ok(list),
        other => Err(other.undefined_or_error()),
    })
}

/// `sum` and `avg`. Undefined items do not count.
pub(super) fn sum(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    let list = match only_list(evaluator, call)? {
        Ok(list) => list,
        Err(other) => return Ok(other),
    };
    let mut total: Option<Val> = None;
    let mut count = 0_u32;
    for item in list.items.iter() {
        let item = evaluator.item(item, &list, call.place)?;
        match item {
            Val::Undefined => continue,
            item if item.is_number() => {
                count = count.saturating_add(1);
                total = Some(match total {
                    None => item,
                    Some(total) => operators::binary(Binary::Add, total, item),
                });
            }
            _ => return Ok(Val::Error),
        }
    }
    let total = total.unwrap_or(Val::Integer(0));
    Ok(if call.is("avg") && count > 0 {
        operators::binary(Binary::Divide, total, Val::Real(count.into()))
    } else {
        total
    })
}

/// `min` and `max`.
pub(super) fn extreme(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    let list = match only_list(evaluator, call)? {
        Ok(list) => list,
        Err(other) => return Ok(other),
    };
    let operator = if call.is("min") {
        Binary::Less
    } else {
        Binary::Greater
    };
    let mut bound = Val::Undefined;
    for item in list.items.iter() {
        let item = evaluator.item(item, &list, call.place)?;
        if let Val::Undefined = item {
            continue;
        }
        if !item.is_number() {
            return Ok(Val::Error);
        }
        if let Val::Undefined = bound {
            bound = item;
            continue;
        }
        // Comparing converts both, and that stays.
        let (item, kept) = operators::same_type(item, bound);
        let better = operators::binary(operator, item.clone(), kept.clone());
        bound = if let Val::Boolean(true) = better {
            item
        } else {
            kept
        };
    }
    Ok(bound)
}

/// `anyCompare` and `allCompare`.
pub(super) fn compare(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 3 {
        return Ok(Val::Error);
    }
    let operator = match evaluator.argument(call, 0)? {
        Val::String(s) => match &*s {
            "<" => Binary::Less,
            "<=" => Binary::LessEqual,
            "!=" => Binary::NotEqual,
            "==" => Binary::Equal,
            ">" => Binary::Greater,
            ">=" => Binary::GreaterEqual,
            "is" => Binary::Is,
            "isnt" => Binary::Isnt,
            _ => return Ok(Val::Error),
        },
        other => return Ok(other.undefined_or_error()),
    };
    let list = match evaluator.argument(call, 1)? {
        Val::List(list) => list,
        other => return Ok(other.undefined_or_error()),
    };
    let with = evaluator.argument(call, 2)?;
    let all = call.is("allCompare");
    for item in list.items.iter() {
        let item = evaluator.item(item, &list, call.place)?;
        match operators::binary(operator, item, with.clone()) {
            Val::Boolean(b) if b != all => return Ok(Val::Boolean(b)),
            Val::Boolean(_) => {}
            // Whatever comes behind it is not looked at, even by `anyCompare`.
            Val::Undefined => return Ok(Val::Boolean(false)),
            _ => return Ok(Val::Error),
        }
    }
    Ok(Val::Boolean(all))
}
