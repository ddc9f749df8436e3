//! Versions: strings in which numbers compare as numbers (`natural_cmp.cpp`, after glibc's `strverscmp`).

use super::super::values::Val;
use super::super::{Evaluator, Result_};
use super::Call;

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
    let order = natural(left.as_bytes(), right.as_bytes());
    Ok(match call.name.to_ascii_lowercase().as_str() {
        "versionle" => Val::Boolean(order <= 0),
        "versionlt" => Val::Boolean(order < 0),
        "versionge" => Val::Boolean(order >= 0),
        "versiongt" => Val::Boolean(order > 0),
        "versioneq" => Val::Boolean(order == 0),
        _ => Val::Integer(order),
    })
}

pub(super) fn in_range(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 3 {
        return Ok(Val::Error);
    }
    let version = evaluator.argument(call, 0)?;
    let least = evaluator.argument(call, 1)?;
    let greatest = evaluator.argument(call, 2)?;
    if matches!(least, Val::Undefined) || matches!(greatest, Val::Undefined) {
        return Ok(Val::Undefined);
    }
    let (Ok(version), Ok(least), Ok(greatest)) = (
        evaluator.text_of(&version)?,
        evaluator.text_of(&least)?,
        evaluator.text_of(&greatest)?,
    ) else {
        return Ok(Val::Error);
    };
    let inside = natural(least.as_bytes(), version.as_bytes()) <= 0
        && natural(version.as_bytes(), greatest.as_bytes()) <= 0;
    Ok(Val::Boolean(inside))
}

/// Negative, zero or positive; how far is what HTCondor gives, too.
fn natural(a: &[u8], b: &[u8]) -> i64 {
    let at = |s: &[u8], i: usize| s.get(i).copied().unwrap_or(0);
    let digit = |s: &[u8], i: usize| at(s, i).is_ascii_digit();
    let run = |s: &[u8], from: usize, keep: fn(u8) -> bool| {
        s.iter().skip(from).take_while(|b| keep(**b)).count()
    };
    let first = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    if first == a.len() && first == b.len() {
        return 0;
    }
    // C compares chars, which are signed.
    let bytes = |i: usize| i64::from(at(a, i) as i8) - i64::from(at(b, i) as i8);
    let begin = first
        - a.iter()
            .take(first)
            .rev()
            .take_while(|b| b.is_ascii_digit())
            .count();
    if begin == first && !(digit(a, first) && digit(b, first)) {
        return bytes(first);
    }
    // A zero that ends its number does not lead it.
    let zeros = |s: &[u8]| {
        let count = run(s, begin, |b| b == b'0');
        if count > 0 && !digit(s, begin + count) {
            count - 1
        } else {
            count
        }
    };
    let difference = |a: usize, b: usize| {
        i64::try_from(a).unwrap_or(i64::MAX) - i64::try_from(b).unwrap_or(i64::MAX)
    };
    let (zeros_a, zeros_b) = (zeros(a), zeros(b));
    if zeros_a != zeros_b {
        return difference(zeros_b, zeros_a);
    }
    if zeros_a > 0 {
        return bytes(first);
    }
    let length = |s: &[u8]| run(s, begin, |b| b.is_ascii_digit());
    let (length_a, length_b) = (length(a), length(b));
    if length_a == length_b {
        bytes(first)
    } else {
        difference(length_a, length_b)
    }
}
