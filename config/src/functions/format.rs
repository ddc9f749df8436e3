//! Formats as C's `printf` has them, for one value (`validatePrintfFormat` in `printf_format.cpp`).

/// What is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Real,
    Text,
}

/// The widest field and the most digits.
const MAX_WIDTH: usize = 4096;
/// Where HTCondor cuts off what `$INT` and `$REAL` give with a format, in bytes.
const MAX_NUMBER: usize = 55;

/// A format with one conversion in it.
struct Format<'a> {
    before: &'a str,
    conversion: Conversion<'a>,
    behind: &'a str,
}

#[derive(Clone, Copy)]
struct Conversion<'a> {
    flags: &'a str,
    width: usize,
    precision: Option<usize>,
    /// How many bits of an integer are looked at.
    bits: u32,
    letter: u8,
}

impl Conversion<'_> {
    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    /// The sign in front of a number.
    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.has('+'), self.has(' ')) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        }
    }

    /// Fills up to the width; with noughts, they go behind the sign.
    fn pad(&self, prefix: &str, text: &str, noughts: bool) -> String {
        let length = prefix.chars().count() + text.chars().count();
        let fill = self.width.saturating_sub(length);
        if self.has('-') {
            format!("{prefix}{text}{}", " ".repeat(fill))
        } else if noughts && self.has('0') {
            format!("{prefix}{}{text}", "0".repeat(fill))
        } else {
            format!("{}{prefix}{text}", " ".repeat(fill))
        }
    }
}

/// Whether a format shows one value of that kind, and nothing else.
pub(super) fn is_valid(format: &str, kind: Kind) -> bool {
    parse(format).is_some_and(|format| {
        let letters: &[u8] = match kind {
            Kind::Int => b"diouxXc",
            Kind::Real => b"eEfFgG",
            Kind::Text => b"s",
        };
        letters.contains(&format.conversion.letter)
    })
}

/// The only conversion in a format; `None` if there is none, more than one, one that takes its width from elsewhere, or
/// one that is not known.
fn parse(format: &str) -> Option<Format<'_>> {
    let mut found: Option<Format<'_>> = None;
    let mut at = 0;
    while let Some(offset) = format.get(at..)?.find('%') {
        let start = at + offset;
        let (conversion, length) = conversion(format.get(start + 1..)?)?;
        at = start + 1 + length;
        if conversion.letter == b'%' {
            continue;
        }
        let one = Format {
            before: format.get(..start)?,
            conversion,
            behind: format.get(at..)?,
        };
        if found.replace(one).is_some() {
            return None;
        }
    }
    found
}

/// What stands behind a `%`, and how long it is.
fn conversion(text: &str) -> Option<(Conversion<'_>, usize)> {
    let mut rest = text;
    let mut take = |allowed: &str| {
        let end = rest.find(|c| !allowed.contains(c)).unwrap_or(rest.len());
        let (taken, behind) = rest.split_at_checked(end).unwrap_or_default();
        rest = behind;
        taken
    };
    let number = |digits: &str| match digits {
        "" => Some(0),
        digits => digits.parse().ok().filter(|&n: &usize| n <= MAX_WIDTH),
    };
    let flags = take("#0- +'");
    let width = number(take("0123456789"))?;
    let precision = match take(".") {
        "" => None,
        "." => Some(number(take("0123456789"))?),
        _ => return None,
    };
    let size = take("hlLqjzt");
    let bits = match (size, size.matches('h').count()) {
        ("", _) => 32,
        (_, 0) => 64,
        (_, 1) => 16,
        _ => 8,
    };
    let letter = rest.bytes().next().filter(u8::is_ascii)?;
    let length = text.len() - rest.len() + 1;
    let conversion = Conversion {
        flags,
        width,
        precision,
        bits,
        letter,
    };
    Some((conversion, length))
}

impl Format<'_> {
    fn around(&self, shown: &str) -> String {
        let percent = |text: &str| text.replace("%%", "%");
        format!("{}{shown}{}", percent(self.before), percent(self.behind))
    }
}

/// An integer; `None` if the format is not valid for one.
pub(super) fn int(format: &str, number: i64) -> Option<String> {
    let format = parse(format)?;
    let conversion = format.conversion;
    // The argument has 64 bits, of which the format may look at fewer.
    let shift = 64 - conversion.bits;
    let signed = (number << shift) >> shift;
    let unsigned = (number.cast_unsigned() << shift) >> shift;
    let alternate = conversion.has('#') && unsigned != 0;
    let (prefix, digits) = match conversion.letter {
        b'd' | b'i' => (
            conversion.sign(signed < 0),
            signed.unsigned_abs().to_string(),
        ),
        b'u' => ("", unsigned.to_string()),
        b'o' if alternate => ("", format!("0{unsigned:o}")),
        b'o' => ("", format!("{unsigned:o}")),
        b'x' => (if alternate { "0x" } else { "" }, format!("{unsigned:x}")),
        b'X' => (if alternate { "0X" } else { "" }, format!("{unsigned:X}")),
        b'c' => {
            let letter = char::from(number.to_le_bytes().first().copied()?);
            let shown = conversion.pad("", &letter.to_string(), false);
            return Some(cut(format.around(&shown)));
        }
        _ => return None,
    };
    let digits = match conversion.precision {
        Some(0) if unsigned == 0 => String::new(),
        Some(least) => format!("{digits:0>least$}"),
        None => digits,
    };
    let shown = conversion.pad(prefix, &digits, conversion.precision.is_none());
    Some(cut(format.around(&shown)))
}

/// A real number; `None` if the format is not valid for one.
pub(super) fn real(format: &str, number: f64) -> Option<String> {
    let format = parse(format)?;
    let conversion = format.conversion;
    let sign = conversion.sign(number.is_sign_negative() && !number.is_nan());
    let value = number.abs();
    let precision = conversion.precision.unwrap_or(6);
    let alternate = conversion.has('#');
    let text = if value.is_finite() {
        match conversion.letter.to_ascii_lowercase() {
            b'f' => fixed(value, precision, alternate),
            b'e' => exponent(value, precision, alternate),
            b'g' => general(value, precision.max(1), alternate),
            _ => return None,
        }
    } else if value.is_nan() {
        "nan".to_owned()
    } else {
        "inf".to_owned()
    };
    let text = if conversion.letter.is_ascii_uppercase() {
        text.to_ascii_uppercase()
    } else {
        text
    };
    let shown = conversion.pad(sign, &text, value.is_finite());
    Some(cut(format.around(&shown)))
}

fn fixed(value: f64, precision: usize, point: bool) -> String {
    let point = if point && precision == 0 { "." } else { "" };
    format!("{value:.precision$}{point}")
}

fn exponent(value: f64, precision: usize, point: bool) -> String {
    let text = format!("{value:.precision$e}");
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, power) = match power.strip_prefix('-') {
        Some(power) => ('-', power),
        None => ('+', power),
    };
    let point = if point && precision == 0 { "." } else { "" };
    format!("{digits}{point}e{sign}{power:0>2}")
}

/// `%g`: that many significant digits, in the shorter way; without `#`, noughts at the end are left out.
fn general(value: f64, digits: usize, alternate: bool) -> String {
    let long = exponent(value, digits - 1, alternate);
    let (mantissa, power) = long.split_once('e').unwrap_or((&long, "0"));
    let power: i64 = power.parse().unwrap_or(0);
    let places = i64::try_from(digits).unwrap_or(i64::MAX);
    let trim = |text: &str| match text.contains('.') && !alternate {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if (-4..places).contains(&power) {
        let behind = usize::try_from(places - 1 - power).unwrap_or(0);
        trim(&fixed(value, behind, alternate))
    } else {
        let exponent = long.get(mantissa.len()..).unwrap_or("");
        format!("{}{exponent}", trim(mantissa))
    }
}

/// A text; `None` if the format is not valid for one.
pub(super) fn text(format: &str, value: &str) -> Option<String> {
    let format = parse(format)?;
    let conversion = format.conversion;
    let mut value = value;
    if let Some(most) = conversion.precision.filter(|&most| most < value.len()) {
        let end = (0..=most).rev().find(|&at| value.is_char_boundary(at))?;
        value = value.get(..end)?;
    }
    Some(format.around(&conversion.pad("", value, false)))
}

fn cut(mut text: String) -> String {
    if text.len() > MAX_NUMBER {
        let end = (0..=MAX_NUMBER).rev().find(|&at| text.is_char_boundary(at));
        text.truncate(end.unwrap_or(0));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What C's `printf` gives.
    #[test]
    fn as_c_does() {
        for (format, number, expected) in [
            ("%d", -5, "-5"),
            ("%+05d|", 42, "+0042|"),
            ("%-5d|", 42, "42   |"),
            ("%5.3d", 7, "  007"),
            ("%#x %%", 255, "0xff %"),
            ("%X", -1, "FFFFFFFF"),
            ("%lld", i64::MIN, "-9223372036854775808"),
            ("%d", 1 << 32, "0"),
            ("%hhd", 300, "44"),
            ("%#o", 8, "010"),
            ("%c", 65, "A"),
        ] {
            assert_eq!(int(format, number).as_deref(), Some(expected), "{format}");
        }
        for (format, number, expected) in [
            ("%.16G", 0.1, "0.1"),
            ("%.16G", 5.0, "5"),
            ("%.16G", 1e20, "1E+20"),
            ("%g", 0.000_012_345_678, "1.23457e-05"),
            ("%g", 100_000.0, "100000"),
            ("%g", 1_000_000.0, "1e+06"),
            ("%#g", 1.0, "1.00000"),
            ("%08.2f", -2.7249, "-0002.72"),
            ("%e", 12345.678, "1.234568e+04"),
            ("%.0f", 2.5, "2"),
            ("%5g|", f64::INFINITY, "  inf|"),
        ] {
            assert_eq!(real(format, number).as_deref(), Some(expected), "{format}");
        }
        assert_eq!(text("[%-5.2s]", "abc").as_deref(), Some("[ab   ]"));
    }

    #[test]
    fn formats_for_one_value() {
        for wrong in [
            "", "x", "%", "%s", "%d %d", "%*d", "%n", "%.", "%5000d", "%é",
        ] {
            assert!(!is_valid(wrong, Kind::Int), "{wrong}");
        }
        for right in ["%d", "a%%b%5xc", "%lld", "%#-0 +10.3d"] {
            assert!(is_valid(right, Kind::Int), "{right}");
        }
    }
}
