//! Times. The clock and the zone are the caller's.

use std::sync::Arc;

use super::super::scope::Frame;
use super::super::values::Val;
use super::super::{EvalError, Evaluator, Result_, number};
use super::Call;
use crate::expression::{AdTree, Literal, Tree, civil_from_days, days_from_civil};

pub(super) fn now(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    Ok(if call.count() == 0 {
        Val::Integer(evaluator.now)
    } else {
        Val::Error
    })
}

pub(super) fn current(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    Ok(if call.count() == 0 {
        Val::Absolute(evaluator.now, evaluator.utc_offset)
    } else {
        Val::Error
    })
}

pub(super) fn zone(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    Ok(if call.count() == 0 {
        Val::Relative(evaluator.utc_offset.into())
    } else {
        Val::Error
    })
}

pub(super) fn of_day(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    Ok(if call.count() == 0 {
        let local = evaluator.now.saturating_add(evaluator.utc_offset.into());
        Val::Relative(local.rem_euclid(86_400) as f64)
    } else {
        Val::Error
    })
}

/// `absTime()` with a number: seconds since 1970 and, as a second argument, the zone.
pub(super) fn absolute(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() == 0 {
        return current(evaluator, call);
    }
    if call.count() > 2 {
        return Ok(Val::Error);
    }
    let value = evaluator.argument(call, 0)?;
    let zone = match evaluator.optional(call, 1)? {
        None => None,
        Some(Val::Integer(n)) => Some(n as i32),
        Some(Val::Real(n)) => Some(number::truncated_int(n)),
        Some(Val::Relative(n)) => Some(number::truncated_int(n)),
        Some(_) => return Ok(Val::Error),
    };
    if let (Val::Integer(_), Some(-1)) = (&value, zone) {
        return Err(EvalError::Fails {
            reason: "a zone of -1 second stands for a mistake in absTime",
        });
    }
    // HTCondor takes integers and reals as C ints here.
    let seconds = match value {
        Val::Undefined => return Ok(Val::Undefined),
        Val::Integer(n) => i64::from(n as i32),
        Val::Real(n) => number::truncated_int(n).into(),
        Val::Relative(n) => number::truncated_int(n).into(),
        Val::Absolute(..) => return Ok(value),
        Val::String(_) => {
            return Err(EvalError::Unsupported {
                function: "absTime of a computed string",
            });
        }
        _ => return Ok(Val::Error),
    };
    Ok(Val::Absolute(seconds, zone.unwrap_or(evaluator.utc_offset)))
}

pub(super) fn relative(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if !(1..=2).contains(&call.count()) {
        return Ok(Val::Error);
    }
    let value = evaluator.argument(call, 0)?;
    if call.count() == 2 {
        return Ok(Val::Error);
    }
    Ok(match value {
        Val::Undefined => Val::Undefined,
        Val::Integer(n) => Val::Relative((n as i32).into()),
        Val::Real(n) | Val::Relative(n) => Val::Relative(n),
        Val::Absolute(seconds, _) => Val::Relative(seconds as f64),
        Val::String(_) => {
            return Err(EvalError::Unsupported {
                function: "relTime of a computed string",
            });
        }
        _ => Val::Error,
    })
}

/// `getYear` and its like. Absolute times are shown in the local zone.
pub(super) fn field(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 1 {
        return Ok(Val::Error);
    }
    let name = call.name.to_ascii_lowercase();
    Ok(match evaluator.argument(call, 0)? {
        Val::Absolute(seconds, _) => {
            let clock = Clock::at(seconds, evaluator.utc_offset);
            match name.as_str() {
                "getyear" => Val::Integer(clock.year),
                "getmonth" => Val::Integer(clock.month),
                "getdayofyear" => Val::Integer(clock.of_year()),
                "getdayofmonth" => Val::Integer(clock.day),
                "getdayofweek" => Val::Integer(clock.of_week()),
                "gethours" => Val::Integer(clock.hours),
                "getminutes" => Val::Integer(clock.minutes),
                "getseconds" => Val::Integer(clock.seconds),
                _ => Val::Error,
            }
        }
        Val::Relative(seconds) => {
            let seconds = i64::from(number::truncated_int(seconds));
            match name.as_str() {
                "getdays" => Val::Integer(seconds / 86_400),
                "gethours" => Val::Integer(seconds % 86_400 / 3600),
                "getminutes" => Val::Integer(seconds % 3600 / 60),
                "getseconds" => Val::Integer(seconds % 60),
                _ => Val::Error,
            }
        }
        _ => Val::Error,
    })
}

struct Clock {
    year: i64,
    month: i64,
    day: i64,
    hours: i64,
    minutes: i64,
    seconds: i64,
}

impl Clock {
    fn at(seconds: i64, offset: i32) -> Self {
        let local = seconds.saturating_add(offset.into());
        let (year, month, day) = civil_from_days(local.div_euclid(86_400));
        let clock = local.rem_euclid(86_400);
        Clock {
            year,
            month,
            day,
            hours: clock / 3600,
            minutes: clock / 60 % 60,
            seconds: clock % 60,
        }
    }

    fn days(&self) -> i64 {
        days_from_civil(self.year, self.month, self.day)
    }

    fn of_year(&self) -> i64 {
        self.days() - days_from_civil(self.year, 1, 1)
    }

    /// Sunday is 0; 1970 began on a Thursday.
    fn of_week(&self) -> i64 {
        (self.days() + 4).rem_euclid(7)
    }
}

fn whole_time(value: &Val, zone: i32) -> Result<Option<(i64, i32)>, EvalError> {
    let time = match value {
        Val::Integer(n) => (*n, zone),
        Val::Real(n) => (number::truncated_int(*n).into(), zone),
        Val::Absolute(seconds, offset) => (*seconds, *offset),
        _ => return Ok(None),
    };
    // Years are C ints there, and overflow.
    if time.0.unsigned_abs() > 1 << 37 {
        return Err(EvalError::Unsupported {
            function: "showing a time millennia away",
        });
    }
    Ok(Some(time))
}

/// `splitTime`: an ad with the parts.
pub(super) fn split(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 1 {
        return Ok(Val::Error);
    }
    let value = evaluator.argument(call, 0)?;
    let integer = |n: i64| Tree::Literal(Literal::Integer(n));
    let parts: Vec<(&str, Tree)> = match &value {
        Val::Undefined => return Ok(Val::Undefined),
        Val::Relative(seconds) => {
            let size = seconds.abs();
            let whole = i64::from(number::truncated_int(size));
            let mut days = whole / 86_400;
            let mut hours = whole % 86_400 / 3600;
            let mut minutes = whole % 3600 / 60;
            let mut rest = (whole % 60) as f64 + (size - size.floor());
            // The greatest part carries the sign.
            if *seconds < 0.0 {
                if days > 0 {
                    days = -days;
                } else if hours > 0 {
                    hours = -hours;
                } else if minutes > 0 {
                    minutes = -minutes;
                } else {
                    rest = -rest;
                }
            }
            vec![
                ("Type", Tree::string("RelativeTime")),
                ("Days", integer(days)),
                ("Hours", integer(hours)),
                ("Minutes", integer(minutes)),
                ("Seconds", Tree::Literal(Literal::Real(rest))),
            ]
        }
        other => {
            let Some((seconds, offset)) = whole_time(other, evaluator.utc_offset)? else {
                return Ok(Val::Error);
            };
            let clock = Clock::at(seconds, offset);
            vec![
                ("Type", Tree::string("AbsoluteTime")),
                ("Year", integer(clock.year)),
                ("Month", integer(clock.month)),
                ("Day", integer(clock.day)),
                ("Hours", integer(clock.hours)),
                ("Minutes", integer(clock.minutes)),
                ("Seconds", integer(clock.seconds)),
                ("Offset", integer(offset.into())),
            ]
        }
    };
    evaluator.charge(parts.len() * size_of::<Tree>())?;
    let ad = AdTree::new(
        parts
            .into_iter()
            .map(|(name, tree)| (name.into(), tree))
            .collect(),
    );
    Ok(Val::Ad(Frame::nested(Arc::new(ad), None)))
}

/// `formatTime([time[, format]])`, in the C locale. Of an ad with the parts of a time it is not supported.
pub(super) fn format(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() > 2 {
        return Ok(Val::Error);
    }
    let (seconds, offset) = match evaluator.optional(call, 0)? {
        None => (evaluator.now, evaluator.utc_offset),
        Some(Val::Ad(_)) => {
            return Err(EvalError::Unsupported {
                function: "formatTime of an ad",
            });
        }
        Some(value) => match whole_time(&value, evaluator.utc_offset)? {
            Some(time) => time,
            None => return Ok(Val::Error),
        },
    };
    let format: Arc<str> = match evaluator.optional(call, 1)? {
        None => "%c".into(),
        Some(Val::String(format)) => format,
        Some(_) => return Ok(Val::Error),
    };
    let text = formatted(&Clock::at(seconds, offset), &format)?;
    // HTCondor's buffer; what does not fit it leaves the buffer as it was, uninitialized.
    if text.len() > 1022 {
        return Err(EvalError::Unsupported {
            function: "formatTime of more than 1022 bytes",
        });
    }
    evaluator.string(text)
}

const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The conversions of `strftime` that need no locale and no zone.
fn formatted(clock: &Clock, format: &str) -> Result<String, EvalError> {
    let name = |names: &[&'static str], index: i64| {
        usize::try_from(index)
            .ok()
            .and_then(|index| names.get(index).copied())
            .unwrap_or("?")
    };
    let short = |name: &str| name.get(..3).unwrap_or(name).to_owned();
    let day = name(&DAYS, clock.of_week());
    let month = name(&MONTHS, clock.month - 1);
    let hour12 = match clock.hours % 12 {
        0 => 12,
        hour => hour,
    };
    let half = if clock.hours < 12 { "AM" } else { "PM" };
    let Clock {
        year,
        hours,
        minutes,
        seconds,
        ..
    } = clock;
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let piece = match chars.next() {
            Some('a') => short(day),
            Some('A') => day.to_owned(),
            Some('b' | 'h') => short(month),
            Some('B') => month.to_owned(),
            Some('c') => formatted(clock, "%a %b %e %H:%M:%S %Y")?,
            Some('C') => format!("{:02}", year.div_euclid(100)),
            Some('d') => format!("{:02}", clock.day),
            Some('D' | 'x') => formatted(clock, "%m/%d/%y")?,
            Some('e') => format!("{:2}", clock.day),
            Some('F') => formatted(clock, "%Y-%m-%d")?,
            Some('H') => format!("{hours:02}"),
            Some('I') => format!("{hour12:02}"),
            Some('j') => format!("{:03}", clock.of_year() + 1),
            Some('m') => format!("{:02}", clock.month),
            Some('M') => format!("{minutes:02}"),
            Some('n') => "\n".to_owned(),
            Some('p') => half.to_owned(),
            Some('r') => format!("{hour12:02}:{minutes:02}:{seconds:02} {half}"),
            Some('R') => format!("{hours:02}:{minutes:02}"),
            Some('S') => format!("{seconds:02}"),
            Some('t') => "\t".to_owned(),
            Some('T' | 'X') => format!("{hours:02}:{minutes:02}:{seconds:02}"),
            Some('u') => match clock.of_week() {
                0 => "7".to_owned(),
                day => day.to_string(),
            },
            Some('w') => clock.of_week().to_string(),
            Some('y') => format!("{:02}", year.rem_euclid(100)),
            Some('Y') => year.to_string(),
            Some('%') => "%".to_owned(),
            _ => {
                return Err(EvalError::Unsupported {
                    function: "formatTime with this conversion",
                });
            }
        };
        out.push_str(&piece);
        if out.len() > 4096 {
            break;
        }
    }
    Ok(out)
}

/// `interval`: seconds as `days+hours:minutes:seconds`.
pub(super) fn interval(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 1 {
        return Ok(Val::Error);
    }
    let value = evaluator.argument(call, 0)?;
    let Ok(total) = value.to_integer() else {
        return Ok(Val::Error);
    };
    // As a C int; only the first part shows the sign.
    let total = total as i32;
    let (days, of_day) = (total / 86_400, total % 86_400);
    let (hours, of_hour) = (of_day / 3600, of_day % 3600);
    let (minutes, seconds) = (of_hour / 60, of_hour % 60);
    let text = if days != 0 {
        format!(
            "{days}+{:02}:{:02}:{:02}",
            hours.abs(),
            minutes.abs(),
            seconds.abs()
        )
    } else if hours != 0 {
        format!("{hours}:{:02}:{:02}", minutes.abs(), seconds.abs())
    } else if minutes != 0 {
        format!("{minutes}:{:02}", seconds.abs())
    } else {
        seconds.to_string()
    };
    evaluator.string(text)
}
