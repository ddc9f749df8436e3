//! Times as people read them.

use std::time::{SystemTime, UNIX_EPOCH};

use countersign::methods::idtokens::span;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// A length of time in seconds: a number, alone or with s, m, h or d behind it.
pub(crate) fn seconds(text: &str) -> Result<u64, String> {
    let (number, unit) = match text.char_indices().next_back() {
        Some((at, 's')) => (text.get(..at), 1),
        Some((at, 'm')) => (text.get(..at), 60),
        Some((at, 'h')) => (text.get(..at), 3600),
        Some((at, 'd')) => (text.get(..at), 86_400),
        _ => (Some(text), 1),
    };
    number
        .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|number| number.parse::<u64>().ok()?.checked_mul(unit))
        .ok_or_else(|| format!("{text:?} is no length of time: write 90, 90s, 20m, 12h or 4d"))
}

/// A time since 1970 as `2027-01-15 08:00:00 UTC`; what has no year of four digits stays a number.
pub(crate) fn date(time: i64) -> String {
    let (days, second) = (time.div_euclid(DAY), time.rem_euclid(DAY));
    // Years start in March here, so that a leap day is a year's last; 400 of them are an era.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    if !(0..10_000).contains(&year) {
        return format!("{time} seconds after 1970");
    }
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// A time and how far away it is.
pub(crate) fn told(time: i64, now: u64) -> String {
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let distance = span(now.abs_diff(time));
    match time.cmp(&now) {
        std::cmp::Ordering::Less => format!("{}, {distance} ago", date(time)),
        std::cmp::Ordering::Equal => format!("{}, now", date(time)),
        std::cmp::Ordering::Greater => format!("{}, in {distance}", date(time)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        for (text, expected) in [
            ("0", 0),
            ("90", 90),
            ("90s", 90),
            ("20m", 1200),
            ("4d", 345_600),
        ] {
            assert_eq!(seconds(text), Ok(expected));
        }
        for wrong in [
            "",
            "m",
            "1w",
            "-1",
            "+1",
            "1.5h",
            "1 m",
            "99999999999999999999",
            "ä",
        ] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn dates() {
        for (time, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (-1, "1969-12-31 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (951_868_800, "2000-03-01 00:00:00 UTC"),
            (1_800_000_000, "2027-01-15 08:00:00 UTC"),
            (4_102_444_799, "2099-12-31 23:59:59 UTC"),
            (i64::MAX, "9223372036854775807 seconds after 1970"),
        ] {
            assert_eq!(date(time), text);
        }
        assert_eq!(told(60, 0), "1970-01-01 00:01:00 UTC, in 1 minute");
        assert_eq!(told(0, 7200), "1970-01-01 00:00:00 UTC, 2 hours ago");
    }
}
