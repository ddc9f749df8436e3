//! Types and numbers.

use super::super::values::Val;
use super::super::{Evaluator, Result_, number};
use super::Call;

pub(super) fn is_type(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 1 {
        return Ok(Val::Error);
    }
    let value = evaluator.argument(call, 0)?;
    let name = match value {
        Val::Undefined => "isundefined",
        Val::Error => "iserror",
        Val::Boolean(_) => "isboolean",
        Val::Integer(_) => "isinteger",
        Val::Real(_) => "isreal",
        Val::String(_) => "isstring",
        Val::Absolute(..) => "isabstime",
        Val::Relative(_) => "isreltime",
        Val::List(_) => "islist",
        Val::Ad(_) => "isclassad",
    };
    Ok(Val::Boolean(call.is(name)))
}

pub(super) fn integer(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 1 {
        return Ok(Val::Error);
    }
    let value = evaluator.argument(call, 0)?;
    Ok(value.to_integer().map_or_else(|other| other, Val::Integer))
}

pub(super) fn real(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 1 {
        return Ok(Val::Error);
    }
    let value = evaluator.argument(call, 0)?;
    Ok(value.to_real().map_or_else(|other| other, Val::Real))
}

pub(super) fn string(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 1 {
        return Ok(Val::Error);
    }
    let value = evaluator.argument(call, 0)?;
    let text = evaluator.text_of(&value)?;
    Ok(text.map_or_else(|other| other, Val::String))
}

pub(super) fn boolean(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 1 {
        return Ok(Val::Error);
    }
    Ok(match evaluator.argument(call, 0)? {
        Val::String(s) if s.eq_ignore_ascii_case("true") => Val::Boolean(true),
        Val::String(s) if s.eq_ignore_ascii_case("false") => Val::Boolean(false),
        Val::String(_) | Val::Undefined => Val::Undefined,
        Val::Relative(seconds) => Val::Boolean(number::truncated_int(seconds) != 0),
        other => other.truth().map_or(Val::Error, Val::Boolean),
    })
}

/// `floor`, `ceil`, `ceiling`, `round`: an integer, halves to the even one.
pub(super) fn round(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 1 {
        return Ok(Val::Error);
    }
    let value = evaluator.argument(call, 0)?;
    if let Val::Integer(_) = value {
        return Ok(value);
    }
    let Ok(n) = value.to_real() else {
        return Ok(Val::Error);
    };
    Ok(Val::Integer(number::truncated(if call.is("floor") {
        n.floor()
    } else if call.is("round") {
        n.round_ties_even()
    } else {
        n.ceil()
    })))
}

pub(super) fn power(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 2 {
        return Ok(Val::Error);
    }
    let base = evaluator.argument(call, 0)?;
    let exponent = evaluator.argument(call, 1)?;
    if let (Val::Integer(base), Val::Integer(exponent @ 0..)) = (&base, &exponent) {
        let n = (*base as f64).powf(*exponent as f64) + 0.5;
        return Ok(Val::Integer(number::truncated(n)));
    }
    Ok(match (base.to_real(), exponent.to_real()) {
        (Ok(base), Ok(exponent)) => Val::Real(base.powf(exponent)),
        _ => Val::Error,
    })
}

/// The next multiple, or the first item of a list that is not smaller.
pub(super) fn quantize(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 2 {
        return Ok(Val::Error);
    }
    let value = evaluator.argument(call, 0)?;
    let mut base = evaluator.argument(call, 1)?;
    let Ok(n) = value.to_real() else {
        return Ok(Val::Error);
    };
    if let Val::List(list) = &base {
        let mut last = Val::Real(0.0);
        for item in list.items.iter() {
            last = evaluator.item(item, list, call.place)?;
            match last.to_real() {
                Ok(step) if step >= n => return Ok(last),
                Ok(_) => {}
                Err(_) => return Ok(Val::Error),
            }
        }
        base = last;
    }
    let Ok(step) = base.to_real() else {
        return Ok(Val::Error);
    };
    Ok(match (base, value) {
        (Val::Integer(0), value) => value,
        (Val::Integer(step), Val::Integer(n)) => {
            let steps = n.wrapping_add(step).wrapping_sub(1).wrapping_div(step);
            Val::Integer(steps.wrapping_mul(step))
        }
        (Val::Integer(step), _) => Val::Real((n / step as f64).ceil() * step as f64),
        (_, value) if (-1e-8..=1e-8).contains(&step) => value,
        _ => Val::Real((n / step).ceil() * step),
    })
}
