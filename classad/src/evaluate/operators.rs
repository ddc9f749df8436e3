//! What the operators do (`classad/operators.cpp`).

use std::cmp::Ordering;

use super::number;
use super::values::Val;
use crate::expression::{Binary, Unary};

pub(super) fn unary(operator: Unary, value: Val) -> Val {
    match (operator, value) {
        (_, Val::Undefined) => Val::Undefined,
        (Unary::Plus, value @ (Val::Integer(_) | Val::Real(_) | Val::Relative(_))) => value,
        (Unary::Minus, Val::Integer(n)) => Val::Integer(n.wrapping_neg()),
        (Unary::Minus, Val::Real(n)) => Val::Real(-n),
        (Unary::Minus, Val::Relative(n)) => Val::Relative(-n),
        (Unary::Complement, Val::Integer(n)) => Val::Integer(!n),
        (Unary::Not, value) => value.truth().map_or(Val::Error, |b| Val::Boolean(!b)),
        _ => Val::Error,
    }
}

/// The value, where the left operand alone decides.
pub(super) fn decided(operator: Binary, left: &Val) -> Option<Val> {
    match (operator, left) {
        (Binary::And | Binary::Or, Val::Error) => Some(Val::Error),
        (Binary::Or, value) => (value.truth() == Some(true)).then_some(Val::Boolean(true)),
        (Binary::And, value) => (value.truth() == Some(false)).then_some(Val::Boolean(false)),
        _ => None,
    }
}

pub(super) fn binary(operator: Binary, left: Val, right: Val) -> Val {
    match operator {
        Binary::Is => identical(left, right),
        Binary::Isnt => match identical(left, right) {
            Val::Boolean(b) => Val::Boolean(!b),
            other => other,
        },
        Binary::And | Binary::Or => logical(operator, &left, &right),
        _ => match (&left, &right) {
            (Val::Error, _) | (_, Val::Error) => Val::Error,
            (Val::Undefined, _) | (_, Val::Undefined) => Val::Undefined,
            _ => strict(operator, left, right),
        },
    }
}

fn strict(operator: Binary, left: Val, right: Val) -> Val {
    match operator {
        Binary::Equal
        | Binary::NotEqual
        | Binary::Less
        | Binary::LessEqual
        | Binary::Greater
        | Binary::GreaterEqual => compare(operator, left, right),
        Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Divide | Binary::Modulus => {
            arithmetic(operator, left, right)
        }
        _ => match (left, right) {
            (Val::Integer(a), Val::Integer(b)) => Val::Integer(bitwise(operator, a, b)),
            _ => Val::Error,
        },
    }
}

fn logical(operator: Binary, left: &Val, right: &Val) -> Val {
    // Numbers count as booleans; anything else that is no boolean is an error.
    let side = |value: &Val| match value {
        Val::Undefined => Some(None),
        other => other.truth().map(Some),
    };
    if matches!(left, Val::Error) {
        return Val::Error;
    }
    let (Some(left), Some(right)) = (side(left), side(right)) else {
        return Val::Error;
    };
    let dominant = operator == Binary::Or;
    match (left, right) {
        (Some(b), _) | (_, Some(b)) if b == dominant => Val::Boolean(dominant),
        (_, Some(b)) if b == dominant => Val::Boolean(dominant),
        (Some(_), Some(b)) => Val::Boolean(b),
        _ => Val::Undefined,
    }
}

/// `=?=`: the same type and the same value, strings with their case.
fn identical(left: Val, right: Val) -> Val {
    let same = match (&left, &right) {
        (Val::Undefined, Val::Undefined) | (Val::Error, Val::Error) => true,
        (Val::Boolean(a), Val::Boolean(b)) => a == b,
        (Val::Integer(a), Val::Integer(b)) => a == b,
        (Val::Real(a), Val::Real(b)) | (Val::Relative(a), Val::Relative(b)) => a == b,
        (Val::String(a), Val::String(b)) => a == b,
        (Val::Absolute(a, zone_a), Val::Absolute(b, zone_b)) => a == b && zone_a == zone_b,
        (Val::List(a), Val::List(b)) if a.made == b.made => return Val::Error,
        (Val::Ad(_), Val::Ad(_)) => return Val::Error,
        _ => false,
    };
    Val::Boolean(same)
}

/// Both sides as numbers of one type; booleans count as integers.
enum Numbers {
    Integers(i64, i64),
    Reals(f64, f64),
}

fn numbers(left: &Val, right: &Val) -> Option<Numbers> {
    let whole = |value: &Val| match value {
        Val::Boolean(b) => Some(i64::from(*b)),
        Val::Integer(n) => Some(*n),
        _ => None,
    };
    let real = |value: &Val| match value {
        Val::Real(n) => Some(*n),
        other => whole(other).map(|n| n as f64),
    };
    match (whole(left), whole(right)) {
        (Some(a), Some(b)) => Some(Numbers::Integers(a, b)),
        _ => Some(Numbers::Reals(real(left)?, real(right)?)),
    }
}

/// Two numbers as numbers of one type.
pub(super) fn same_type(left: Val, right: Val) -> (Val, Val) {
    match numbers(&left, &right) {
        Some(Numbers::Integers(a, b)) => (Val::Integer(a), Val::Integer(b)),
        Some(Numbers::Reals(a, b)) => (Val::Real(a), Val::Real(b)),
        None => (left, right),
    }
}

fn compare(operator: Binary, left: Val, right: Val) -> Val {
    let order = match (&left, &right) {
        (Val::String(a), Val::String(b)) => Some(compare_strings(a, b)),
        (Val::Absolute(a, _), Val::Absolute(b, _)) => Some(a.cmp(b)),
        (Val::Relative(a), Val::Relative(b)) => a.partial_cmp(b),
        _ => match numbers(&left, &right) {
            Some(Numbers::Integers(a, b)) => Some(a.cmp(&b)),
            Some(Numbers::Reals(a, b)) => a.partial_cmp(&b),
            None => return Val::Error,
        },
    };
    // Nothing compares with NaN but `!=`.
    Val::Boolean(match operator {
        Binary::Less => order == Some(Ordering::Less),
        Binary::LessEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Binary::Greater => order == Some(Ordering::Greater),
        Binary::GreaterEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        Binary::NotEqual => order != Some(Ordering::Equal),
        _ => order == Some(Ordering::Equal),
    })
}

/// C's `strcasecmp`.
pub(super) fn compare_strings(a: &str, b: &str) -> Ordering {
    let folded = |s: &str| -> Vec<u8> { s.bytes().map(|b| b.to_ascii_lowercase()).collect() };
    folded(a).cmp(&folded(b))
}

fn arithmetic(operator: Binary, left: Val, right: Val) -> Val {
    match (operator, &left, &right) {
        (Binary::Add, Val::Absolute(at, zone), Val::Relative(span))
        | (Binary::Add, Val::Relative(span), Val::Absolute(at, zone)) => {
            Val::Absolute(at.wrapping_add(number::truncated_int(*span).into()), *zone)
        }
        (Binary::Subtract, Val::Absolute(at, zone), Val::Relative(span)) => {
            Val::Absolute(at.wrapping_sub(number::truncated_int(*span).into()), *zone)
        }
        (Binary::Subtract, Val::Absolute(a, _), Val::Absolute(b, _)) => {
            Val::Relative(a.wrapping_sub(*b) as f64)
        }
        (Binary::Add, Val::Relative(a), Val::Relative(b)) => Val::Relative(a + b),
        (Binary::Subtract, Val::Relative(a), Val::Relative(b)) => Val::Relative(a - b),
        (Binary::Multiply, Val::Relative(span), Val::Integer(n))
        | (Binary::Multiply, Val::Integer(n), Val::Relative(span)) => {
            Val::Relative(span * *n as f64)
        }
        (Binary::Multiply, Val::Relative(span), Val::Real(n))
        | (Binary::Multiply, Val::Real(n), Val::Relative(span)) => Val::Relative(span * n),
        (Binary::Divide, Val::Relative(span), Val::Integer(n)) => Val::Relative(span / *n as f64),
        (Binary::Divide, Val::Relative(span), Val::Real(n)) => Val::Relative(span / n),
        _ => match numbers(&left, &right) {
            Some(Numbers::Integers(a, b)) => integers(operator, a, b),
            Some(Numbers::Reals(a, b)) => reals(operator, a, b),
            None => Val::Error,
        },
    }
}

fn integers(operator: Binary, a: i64, b: i64) -> Val {
    let result = match operator {
        Binary::Add => Some(a.wrapping_add(b)),
        Binary::Subtract => Some(a.wrapping_sub(b)),
        Binary::Multiply => Some(a.wrapping_mul(b)),
        // The least integer by -1 gives the greatest, which is off by one.
        Binary::Divide if b != 0 => Some(a.saturating_div(b)),
        Binary::Modulus if b != 0 => Some(a.wrapping_rem(b)),
        _ => None,
    };
    result.map_or(Val::Error, Val::Integer)
}

fn reals(operator: Binary, a: f64, b: f64) -> Val {
    let result = match operator {
        Binary::Add => a + b,
        Binary::Subtract => a - b,
        Binary::Multiply => a * b,
        Binary::Divide => a / b,
        _ => return Val::Error,
    };
    // Infinity is an error, minus infinity and NaN are values.
    if result == f64::INFINITY {
        Val::Error
    } else {
        Val::Real(result)
    }
}

fn bitwise(operator: Binary, a: i64, b: i64) -> i64 {
    // x86 takes the lowest six bits of how far to shift.
    let by = (b & 63) as u32;
    match operator {
        Binary::BitOr => a | b,
        Binary::BitXor => a ^ b,
        Binary::BitAnd => a & b,
        Binary::ShiftLeft => a << by,
        Binary::ShiftRight if a >= 0 => a >> by,
        Binary::ShiftRight => a >> b.clamp(0, 63),
        _ if a >= 0 => a >> by,
        _ => ((a >> 1) & i64::MAX) >> (b.wrapping_sub(1) & 63),
    }
}
