//! Numbers as C converts them.

use crate::lex::is_space;

/// A real without its fraction; what does not fit gives the least integer, as x86 does.
pub(super) fn truncated(n: f64) -> i64 {
    // 2^63 is exact as a double; i64::MAX is not.
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&n) {
        n as i64
    } else {
        i64::MIN
    }
}

/// The same for a C `int`.
pub(super) fn truncated_int(n: f64) -> i32 {
    if n > -2_147_483_649.0 && n < 2_147_483_648.0 {
        n as i32
    } else {
        i32::MIN
    }
}

/// C's `strtod`: the number that a text begins with, and how many bytes it takes. `None` if it begins with none.
pub(super) fn strtod(text: &str) -> Option<(f64, usize)> {
    let bytes = text.as_bytes();
    let blank = bytes.iter().take_while(|b| is_space(**b)).count();
    let mut at = blank;
    let negative = bytes.get(at) == Some(&b'-');
    if matches!(bytes.get(at), Some(b'-' | b'+')) {
        at += 1;
    }
    let signed = |n: f64| if negative { -n } else { n };
    let rest = text.get(at..)?;
    let word = |known: &str| {
        rest.get(..known.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(known))
    };
    for (known, value) in [
        ("infinity", f64::INFINITY),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ] {
        if word(known) {
            return Some((signed(value), at + known.len()));
        }
    }
    if word("0x")
        && let Some((value, length)) = hexadecimal(rest.get(2..)?)
    {
        return Some((signed(value), at + 2 + length));
    }
    let digits = |from: usize| {
        let rest = rest.as_bytes().get(from..).unwrap_or(&[]);
        rest.iter().take_while(|b| b.is_ascii_digit()).count()
    };
    let byte = |at: usize| rest.as_bytes().get(at).copied();
    let whole = digits(0);
    let mut end = whole;
    let mut fraction = 0;
    if byte(end) == Some(b'.') {
        fraction = digits(end + 1);
        if whole + fraction > 0 {
            end += 1 + fraction;
        }
    }
    if whole + fraction == 0 {
        return None;
    }
    let mantissa = rest.get(..end)?;
    let mut number = mantissa.to_owned();
    if matches!(byte(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(byte(end + 1), Some(b'+' | b'-')));
        let count = digits(end + 1 + sign);
        if count > 0 {
            let exponent_end = end + 1 + sign + count;
            number = rest.get(..exponent_end)?.to_owned();
            end = exponent_end;
        }
    }
    Some((signed(number.parse().ok()?), at + end))
}

/// What follows `0x`: digits, a point, a binary exponent. Bits beyond a double's are cut off, not rounded.
fn hexadecimal(text: &str) -> Option<(f64, usize)> {
    let bytes = text.as_bytes();
    let mut value = 0.0_f64;
    let mut scale = 0_i32;
    let mut at = 0;
    let mut point = false;
    let mut any = false;
    loop {
        match bytes.get(at) {
            Some(b'.') if !point => point = true,
            Some(b) if b.is_ascii_hexdigit() => {
                any = true;
                let digit = char::from(*b).to_digit(16).unwrap_or(0);
                if value < 9_007_199_254_740_992.0 {
                    value = value * 16.0 + f64::from(digit);
                    if point {
                        scale = scale.saturating_sub(4);
                    }
                } else if !point {
                    scale = scale.saturating_add(4);
                }
            }
            _ => break,
        }
        at += 1;
    }
    if !any {
        return None;
    }
    if matches!(bytes.get(at), Some(b'p' | b'P')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let digits = bytes.get(at + 1 + sign..).unwrap_or(&[]);
        let count = digits.iter().take_while(|b| b.is_ascii_digit()).count();
        if count > 0 {
            let end = at + 1 + sign + count;
            let exponent: i32 =
                text.get(at + 1..end)?
                    .parse()
                    .unwrap_or(if bytes.get(at + 1) == Some(&b'-') {
                        -100_000
                    } else {
                        100_000
                    });
            scale = scale.saturating_add(exponent);
            at = end;
        }
    }
    // In two steps, so that neither factor overflows on the way to a number that does not.
    let half = scale.clamp(-4000, 4000) / 2;
    let rest = scale.clamp(-4000, 4000) - half;
    Some((value * 2.0_f64.powi(half) * 2.0_f64.powi(rest), at))
}
