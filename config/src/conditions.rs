//! `if`, `elif`, `else` and `endif`, and what may stand behind them (`ConfigIfStack` and
//! `Test_config_if_expression` in `config.cpp`).

use std::cmp::Ordering;

use crate::error::{ConditionError, ExpandError};
use crate::lines::{is_blank, is_space, trim, trim_start};
use crate::release::Release;
use crate::statement::Conditional;

/// The deepest nesting; HTCondor keeps a bit of 64 for each level.
const MAX_DEPTH: usize = 63;

/// What a condition may ask about.
pub(crate) trait Facts {
    /// Expands the macros in a condition.
    fn expand(&mut self, text: &str) -> Result<String, ExpandError>;
    /// Whether a setting has a value, which need not be more than a reference to nothing.
    fn is_defined(&self, name: &str) -> bool;
    /// The release whose configuration is read.
    fn release(&self) -> Release;
}

#[derive(Debug, Clone, Copy)]
struct Level {
    /// Whether the lines at hand are meant.
    active: bool,
    /// Whether lines of this `if` were meant already.
    taken: bool,
    /// Whether `else` was seen.
    closed: bool,
}

/// The `if`s around a line.
#[derive(Debug, Default)]
pub(crate) struct Conditions(Vec<Level>);

impl Conditions {
    /// Whether lines count here.
    pub(crate) fn active(&self) -> bool {
        self.0.iter().all(|level| level.active)
    }

    /// Whether an `if` is open.
    pub(crate) fn inside(&self) -> bool {
        !self.0.is_empty()
    }

    /// Goes over a conditional. A condition that cannot change anything is not looked at.
    pub(crate) fn step(
        &mut self,
        line: Conditional<'_>,
        facts: &mut impl Facts,
    ) -> Result<(), ConditionError> {
        match line {
            Conditional::If(condition) => {
                let holds = self.active() && test(condition, facts)?;
                if self.0.len() >= MAX_DEPTH {
                    return Err(ConditionError::TooDeep { max: MAX_DEPTH });
                }
                self.0.push(Level {
                    active: holds,
                    taken: holds,
                    closed: false,
                });
            }
            Conditional::Elif(condition) => {
                let outer = self.0.split_last().map_or(&[][..], |(_, outer)| outer);
                let matters = outer.iter().all(|level| level.active)
                    && self.0.last().is_none_or(|level| !level.taken);
                let holds = matters && test(condition, facts)?;
                let level = self.open("elif")?;
                level.active = holds;
                level.taken |= holds;
            }
            Conditional::Else => {
                let level = self.open("else")?;
                level.closed = true;
                level.active = !level.taken;
            }
            Conditional::Endif => {
                self.0
                    .pop()
                    .ok_or(ConditionError::WithoutIf { word: "endif" })?;
            }
        }
        Ok(())
    }

    fn open(&mut self, word: &'static str) -> Result<&mut Level, ConditionError> {
        match self.0.last_mut() {
            None => Err(ConditionError::WithoutIf { word }),
            Some(level) if level.closed => Err(ConditionError::AfterElse { word }),
            Some(level) => Ok(level),
        }
    }
}

/// Whether a condition holds.
pub(crate) fn test(condition: &str, facts: &mut impl Facts) -> Result<bool, ConditionError> {
    let expanded;
    let (text, had_macros) = if condition.contains('$') {
        expanded = facts.expand(condition)?;
        (expanded.trim_end_matches(is_blank), true)
    } else {
        (condition, false)
    };
    let text = trim_start(text);
    let (text, inverted) = match text.strip_prefix('!') {
        Some(rest) => (trim_start(rest), true),
        None => (text, false),
    };
    // What expands to nothing is false, so that one can ask for `$(NAME)`.
    let holds = !(had_macros && text.is_empty()) && evaluate(text, facts)?;
    Ok(holds != inverted)
}

/// What a text looks like (`Characterize_config_if_expression`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Number,
    Boolean,
    Identifier,
    Version,
    Defined,
    /// Nothing, or a macro that could not be expanded.
    NoCondition,
    Complex,
}

const SPACE: u32 = 0x01;
const DIGIT: u32 = 0x02;
const ALPHA: u32 = 0x04;
const IDENT: u32 = 0x08;
const COMPARE: u32 = 0x10;
const SUM: u32 = 0x20;
const LOGIC: u32 = 0x40;
const GROUP: u32 = 0x80;
const MONEY: u32 = 0x100;
const COLON: u32 = 0x200;
const OTHER: u32 = 0x400;
const FLOAT: u32 = 0x1000;
const MACRO: u32 = 0x2000;

/// The kinds of characters in a text.
fn characters(text: &str) -> u32 {
    let bytes = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let mut set = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        let next = bytes.get(index + 1).copied();
        set |= match byte {
            b'0'..=b'9' => DIGIT,
            b'.' if set == DIGIT || next.is_none_or(|b| b.is_ascii_digit()) => FLOAT,
            b'.' => IDENT,
            b'e' | b'E' if set & !FLOAT == DIGIT => FLOAT,
            b'-' | b'+' if set == DIGIT | FLOAT => 0,
            b'-' | b'+' => SUM,
            b'a'..=b'z' | b'A'..=b'Z' => ALPHA,
            b'_' | b'/' => IDENT,
            b'<' | b'=' | b'>' => COMPARE,
            b'!' if next == Some(b'=') => COMPARE,
            b'$' if next == Some(b'(') => MONEY | MACRO,
            b'$' => MONEY,
            // Only blanks inside count.
            _ if is_space(byte) && next.is_some_and(|b| !is_space(b)) => SPACE,
            _ if is_space(byte) => 0,
            b'&' | b'|' => LOGIC,
            b'{'..=b'}' | b'(' | b')' | b'[' | b']' => GROUP,
            b':' => COLON,
            _ => OTHER,
        };
    }
    set
}

fn look(text: &str, keywords: bool) -> Look {
    let text = trim_start(text);
    let set = characters(text);
    let with = |needed: u32, allowed: u32| set & needed == needed && set & !(needed | allowed) == 0;
    if text.is_empty() || set == 0 {
        return Look::NoCondition;
    }
    if with(DIGIT, FLOAT) {
        return Look::Number;
    }
    if set == ALPHA {
        if is_word(text, "false") || is_word(text, "true") {
            return Look::Boolean;
        }
        if keywords && is_word(text, "version") {
            return Look::Version;
        }
        if keywords && is_word(text, "defined") {
            return Look::Defined;
        }
    }
    // A dot or an exponent alone makes no identifier of letters.
    if with(ALPHA, IDENT | DIGIT) || with(ALPHA | DIGIT, IDENT | FLOAT) {
        return Look::Identifier;
    }
    if with(ALPHA | SPACE | COMPARE | DIGIT, FLOAT) {
        return if keywords && starts_with_word(text, "version") {
            Look::Version
        } else {
            Look::Complex
        };
    }
    if with(ALPHA | SPACE, IDENT | COLON) || with(ALPHA | SPACE | DIGIT, IDENT | FLOAT) {
        return if keywords && starts_with_word(text, "defined") {
            Look::Defined
        } else {
            Look::Complex
        };
    }
    if set & MACRO != 0 && set & !(MONEY | IDENT | ALPHA | DIGIT | MACRO | COLON) == 0 {
        return Look::NoCondition;
    }
    Look::Complex
}

fn is_word(text: &str, word: &str) -> bool {
    trim(text).eq_ignore_ascii_case(word)
}

fn starts_with_word(text: &str, word: &str) -> bool {
    let start = text.get(..word.len());
    let next = text.as_bytes().get(word.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(word))
        && next.is_none_or(|b| !b.is_ascii_alphanumeric())
}

/// `yes`, `t`, `no` and `f`, which look like names.
fn old_boolean(text: &str) -> Option<bool> {
    if is_word(text, "yes") || is_word(text, "t") {
        Some(true)
    } else if is_word(text, "no") || is_word(text, "f") {
        Some(false)
    } else {
        None
    }
}

fn evaluate(text: &str, facts: &mut impl Facts) -> Result<bool, ConditionError> {
    match look(text, true) {
        Look::Boolean => Ok(is_word(text, "true")),
        Look::Number => Ok(number(text) != 0.0),
        Look::Identifier => old_boolean(text).ok_or(ConditionError::NoCondition),
        Look::Version => version(text, facts.release()),
        Look::Defined => defined(text, facts),
        Look::Complex => Err(ConditionError::Complex),
        Look::NoCondition => Err(ConditionError::NoCondition),
    }
}

/// The number at the beginning, as C's `atof` reads it; digits, dots and exponents are all there can be.
fn number(text: &str) -> f64 {
    let text = trim(text);
    // Nobody writes a longer one, and what stands behind changes no condition.
    let text = text.get(..text.len().min(64)).unwrap_or("");
    (1..=text.len())
        .rev()
        .filter_map(|end| text.get(..end))
        .find_map(|start| start.parse().ok())
        .unwrap_or(0.0)
}

/// `version OP MAJOR.MINOR[.PATCH]`: this release against that one.
fn version(text: &str, release: Release) -> Result<bool, ConditionError> {
    let rest = trim_start(text.get("version".len()..).unwrap_or(""));
    let (rest, negated) = match rest.strip_prefix('!') {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let (rest, wanted) = match rest.bytes().next() {
        Some(b'<') => (rest.get(1..), Ordering::Less),
        Some(b'=') => (rest.get(1..), Ordering::Equal),
        Some(b'>') => (rest.get(1..), Ordering::Greater),
        _ => (Some(rest), Ordering::Equal),
    };
    let rest = rest.unwrap_or("");
    let (rest, or_equal) = match rest.strip_prefix('=') {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let literal = trim_start(rest);
    let literal = literal.strip_prefix(['v', 'V']).unwrap_or(literal);
    let (major, minor, patch) = release.version();
    let own = scalar(major.into(), minor.into(), patch.into());
    let other = version_literal(literal, patch.into()).ok_or(ConditionError::VersionLiteral)?;
    let order = own.cmp(&other);
    let holds = order == wanted || or_equal && order.is_eq();
    Ok(holds != negated)
}

fn scalar(major: i64, minor: i64, patch: i64) -> i64 {
    major
        .saturating_mul(1_000_000)
        .saturating_add(minor.saturating_mul(1000))
        .saturating_add(patch)
}

/// `MAJOR.MINOR` or `MAJOR.MINOR.PATCH` and whatever stands behind it; without a patch level, this release's.
fn version_literal(text: &str, own_patch: i64) -> Option<i64> {
    let mut rest = text;
    let mut numbers = [None; 3];
    for (index, number) in numbers.iter_mut().enumerate() {
        if index > 0 {
            match rest.strip_prefix('.') {
                Some(behind) => rest = behind,
                None => break,
            }
        }
        let digits = trim_start(rest);
        let end = digits.bytes().position(|b| !b.is_ascii_digit());
        let (digits, behind) = digits.split_at_checked(end.unwrap_or(digits.len()))?;
        let Ok(value) = digits.parse::<i64>() else {
            break;
        };
        *number = Some(value);
        rest = behind;
    }
    match numbers {
        [Some(major), Some(minor), patch] if major >= 6 => {
            Some(scalar(major, minor, patch.unwrap_or(own_patch)))
        }
        _ => None,
    }
}

/// `defined NAME`, `defined use CATEGORY` and `defined use CATEGORY:NAME`; a literal is defined.
fn defined(text: &str, facts: &mut impl Facts) -> Result<bool, ConditionError> {
    let what = trim_start(text.get("defined".len()..).unwrap_or(""));
    if what.is_empty() {
        return Ok(false);
    }
    match look(what, false) {
        Look::Identifier => Ok(facts.is_defined(what) || old_boolean(what).is_some()),
        Look::Number | Look::Boolean => Ok(true),
        _ => {
            let template = what
                .get(..4)
                .filter(|start| start.eq_ignore_ascii_case("use "))
                .and_then(|_| what.get(4..))
                .map(trim_start)
                .ok_or(ConditionError::Defined)?;
            if template.contains([' ', '\t', '\r']) {
                return Err(ConditionError::DefinedUseBlanks);
            }
            let (category, name) = match template.split_once(':') {
                Some((category, name)) => (category, Some(name).filter(|name| !name.is_empty())),
                None => (template, None),
            };
            let release = facts.release();
            Ok(match name {
                Some(name) => release.template(category, name).is_some(),
                None => release.templates(category).next().is_some(),
            })
        }
    }
}
