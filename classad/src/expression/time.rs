//! Times, absolute and relative (`classad/literals.cpp` and `classad/util.cpp`).

use super::tree::Literal;
use crate::error::ParseError;
use crate::lex::is_space;

const DAY: i64 = 86_400;

/// Days since 1970-01-01 of a date in the Gregorian calendar; month and day may lie outside of their usual range.
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let months = year.saturating_mul(12).saturating_add(month - 1);
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    era.saturating_mul(146_097).saturating_add(days - 719_468)
}

/// Year, month and day of a day since 1970-01-01.
pub(crate) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// `D* dddd [D* dd [D* dd [D* dd [D* dd [D* dd D*]]]]]` with a zone `±dd:dd`, `±dddd` or `Z` behind it.
pub(super) fn absolute(text: &str, offset: usize) -> Result<Literal, ParseError> {
    let bad = || ParseError::BadTime { offset };
    let (clock, zone) = split_zone(text).ok_or_else(bad)?;
    let mut rest = clock;
    let year = digits(&mut rest, 4).ok_or_else(bad)?;
    let mut field = |missing: i64| digits(&mut rest, 2).unwrap_or(missing);
    let (month, day) = (field(1), field(0));
    let (hours, minutes, seconds) = (field(0), field(0), field(0));
    if rest.bytes().any(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    let local = days_from_civil(year, month, day) * DAY + hours * 3600 + minutes * 60 + seconds;
    // `mktime` gives -1 for an error, so that one second cannot be written.
    if local == -1 {
        return Err(bad());
    }
    Ok(Literal::Absolute(local - i64::from(zone), zone))
}

/// The next digits of a text, of which there must be as many; what stands before them is skipped.
fn digits(rest: &mut &str, count: usize) -> Option<i64> {
    let start = rest.find(|c: char| c.is_ascii_digit());
    *rest = rest.get(start.unwrap_or(rest.len())..).unwrap_or("");
    let piece = rest.as_bytes().get(..count)?;
    let length = piece.iter().take_while(|b| b.is_ascii_digit()).count();
    let value = rest.get(..length)?.parse().ok()?;
    let mut end = count;
    while !rest.is_char_boundary(end) {
        end += 1;
    }
    *rest = rest.get(end..).unwrap_or("");
    Some(value)
}

fn split_zone(text: &str) -> Option<(&str, i32)> {
    let trimmed = text.trim_end_matches(|c: char| c.is_ascii() && is_space(c as u8));
    if let Some(clock) = trimmed.strip_suffix(['z', 'Z']) {
        return (!clock.is_empty()).then_some((clock, 0));
    }
    let start = text.rfind(['+', '-'])?;
    let clock = text.get(..start)?;
    let zone = text.get(start..)?;
    let bytes = zone.as_bytes();
    let number = |at: usize| -> Option<i32> {
        let pair = zone.get(at..at + 2)?;
        pair.bytes().all(|b| b.is_ascii_digit()).then_some(())?;
        pair.parse().ok()
    };
    let (hours, minutes) = match bytes.len() {
        5 => (number(1)?, number(3)?),
        6 if bytes.get(3) == Some(&b':') => (number(1)?, number(4)?),
        _ => return None,
    };
    let seconds = hours * 3600 + minutes * 60;
    Some((
        clock,
        if zone.starts_with('-') {
            -seconds
        } else {
            seconds
        },
    ))
}

/// `[-][[[days+]hours:]minutes:]seconds`, read from its end; `d`, `h`, `m` and `s` may mark the parts.
pub(super) fn relative(text: &str, offset: usize) -> Result<Literal, ParseError> {
    let mut bytes = text.as_bytes();
    let mut part = |marks: &[u8], fraction: bool| -> Option<f64> {
        trim_end(&mut bytes);
        let last = *bytes.last()?;
        let marked = marks.contains(&last);
        if !(marked || fraction && last.is_ascii_digit()) {
            return None;
        }
        if marked {
            pop(&mut bytes);
            trim_end(&mut bytes);
        }
        let mut from = digits_from(bytes);
        if fraction && from > 0 && bytes.get(from - 1) == Some(&b'.') {
            from = digits_from(bytes.get(..from - 1).unwrap_or(&[]));
        }
        let (rest, number) = bytes.split_at(from);
        bytes = rest;
        let number = std::str::from_utf8(number).unwrap_or("");
        // A number that does not fit counts as nothing for days, hours and minutes.
        Some(if fraction {
            number.parse().unwrap_or(0.0)
        } else {
            number.parse::<i32>().map_or(0.0, f64::from)
        })
    };
    let seconds = part(b"sS", true).unwrap_or(0.0);
    let minutes = part(b"mM:", false).unwrap_or(0.0);
    let hours = part(b"hH:", false).unwrap_or(0.0);
    let days = part(b"dD+", false).unwrap_or(0.0);
    trim_end(&mut bytes);
    let negative = bytes.last() == Some(&b'-');
    if negative {
        pop(&mut bytes);
        trim_end(&mut bytes);
    }
    if !bytes.is_empty() {
        return Err(ParseError::BadTime { offset });
    }
    let total = days * 86_400.0 + hours * 3600.0 + minutes * 60.0 + seconds;
    Ok(Literal::Relative(if negative { -total } else { total }))
}

fn trim_end(bytes: &mut &[u8]) {
    while bytes.last().is_some_and(|b| is_space(*b)) {
        pop(bytes);
    }
}

fn pop(bytes: &mut &[u8]) {
    *bytes = bytes.split_last().map_or(&[], |(_, rest)| rest);
}

/// Where the digits at the end start.
fn digits_from(bytes: &[u8]) -> usize {
    let count = bytes
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_digit())
        .count();
    bytes.len() - count
}

/// An absolute time without its `absTime("…")`.
pub(crate) fn absolute_text(seconds: i64, offset: i32) -> String {
    let local = seconds.saturating_add(offset.into());
    let (year, month, day) = civil_from_days(local.div_euclid(DAY));
    let clock = local.rem_euclid(DAY);
    let sign = if offset > 0 { '+' } else { '-' };
    let zone = offset.unsigned_abs();
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}{sign}{:02}:{:02}",
        clock / 3600,
        clock / 60 % 60,
        clock % 60,
        zone / 3600,
        zone / 60 % 60
    )
}

/// A relative time without its `relTime("…")`.
pub(crate) fn relative_text(seconds: f64) -> String {
    let sign = if seconds < 0.0 { "-" } else { "" };
    let seconds = seconds.abs();
    let fraction = seconds - seconds.floor();
    // A C int holds the whole seconds; beyond it x86 gives the least one.
    let whole = if seconds < 2_147_483_648.0 {
        seconds as i32
    } else {
        i32::MIN
    };
    let (days, of_day) = (whole / 86_400, whole % 86_400);
    let (hours, minutes) = (of_day / 3600, of_day % 3600 / 60);
    let rest = f64::from(of_day % 60) + fraction;
    let rest = if fraction == 0.0 {
        format!("{:02}", rest as i32)
    } else {
        format!("{:0>2}", crate::print::general(rest, 6, false))
    };
    if days != 0 {
        format!("{sign}{days}+{hours:02}:{minutes:02}:{rest}")
    } else if hours != 0 {
        format!("{sign}{hours:02}:{minutes:02}:{rest}")
    } else if minutes != 0 {
        format!("{sign}{minutes:02}:{rest}")
    } else {
        format!("{sign}{rest}")
    }
}
