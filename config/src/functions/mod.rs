//! The macro functions: `$INT()`, `$CHOICE()`, `$Fpn()` and so on (`evaluate_macro_func` in `config.cpp`).

mod filename;
mod format;
mod numbers;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::time::{SystemTime, UNIX_EPOCH};

use countersign_classad::{ClassAd, Expression, Scope, Syntax, Value};

use crate::error::{ExpandError, FunctionProblem};
use crate::expand::Expander;
use crate::lines::{trim, trim_start};
use crate::macros::{Function, Macro};

use filename::Parts;
use format::Kind;
pub(crate) use numbers::{to_double, to_long};

/// What a call stands for.
///
/// What HTCondor's tools only complain about goes to [`Expander::complain`]; the text they go on with follows.
pub(crate) fn evaluate(
    call: &Macro<'_>,
    function: Function,
    expander: &mut Expander<'_>,
) -> Result<String, ExpandError> {
    let mut call = Call { call, expander };
    match function {
        Function::RandomChoice => call.random_choice(),
        Function::RandomInteger => call.random_integer(),
        Function::Choice => call.choice(),
        Function::Substr => call.substr(),
        Function::Int => call.int(),
        Function::Real => call.real(),
        Function::String => call.string(),
        Function::Eval => call.eval(),
        Function::Basename | Function::Dirname | Function::Filename => call.filename(function),
    }
}

struct Call<'a, 'e> {
    call: &'a Macro<'a>,
    expander: &'a mut Expander<'e>,
}

impl Call<'_, '_> {
    fn complain(&mut self, problem: FunctionProblem) -> Result<(), ExpandError> {
        self.expander.complain(self.call, problem)
    }

    /// The value of the setting of that name, else the text itself; macros expanded.
    fn value_or_text(&mut self, text: &str) -> Result<String, ExpandError> {
        match self.expander.raw(text) {
            Some(raw) => self.expander.nested(&raw),
            None => self.expander.nested(text),
        }
    }

    fn random_choice(&mut self) -> Result<String, ExpandError> {
        let body = self.call.body;
        let mut items: Vec<String> = split(body, |b| b == b',').map(str::to_owned).collect();
        if let [name] = items.as_slice()
            && let Some(raw) = self.expander.raw(name)
        {
            let list = self.expander.nested(&raw)?;
            items = split(&list, |b| {
                b == b',' || matches!(b, b' ' | b'\t' | b'\r' | b'\n')
            })
            .map(str::to_owned)
            .collect();
        }
        if items.is_empty() {
            self.complain(FunctionProblem::NoList)?;
            return Ok(String::new());
        }
        let index = random() % items.len() as u64;
        let chosen = usize::try_from(index).ok().and_then(|i| items.get(i));
        Ok(chosen.cloned().unwrap_or_default())
    }

    fn random_integer(&mut self) -> Result<String, ExpandError> {
        let mut items = split(self.call.body, |b| b == b',');
        let mut next = || items.next();
        let (min, max, step) = (next(), next(), next());
        let min = match min.and_then(leading_long) {
            Some(min) => min,
            None => {
                self.complain(FunctionProblem::NotAnInteger { what: "the least" })?;
                0
            }
        };
        let mut max = match max.and_then(leading_long) {
            Some(max) => max,
            None => {
                self.complain(FunctionProblem::NotAnInteger {
                    what: "the greatest",
                })?;
                min
            }
        };
        // HTCondor takes a step that is no number for 1 without a word.
        let mut step = step.map_or(1, |step| leading_long(step).unwrap_or(1));
        if step < 1 {
            self.complain(FunctionProblem::StepTooSmall)?;
            step = 1;
        }
        if min > max {
            self.complain(FunctionProblem::MinAboveMax)?;
            max = min;
        }
        let count = (i128::from(step) + i128::from(max) - i128::from(min)) / i128::from(step);
        let index = i128::from(random() >> 1) % count.max(1);
        Ok((i128::from(min) + index * i128::from(step)).to_string())
    }

    /// `$CHOICE(index, list)` or `$CHOICE(index, item, item...)`.
    fn choice(&mut self) -> Result<String, ExpandError> {
        let body = self.call.body;
        let index = trim(body.split(',').next().unwrap_or(""));
        let index = self.value_or_text(index)?;
        let index = match to_long(&index) {
            Some(index) if (0..i64::from(i32::MAX)).contains(&index) => index,
            _ => {
                self.complain(FunctionProblem::NotAnIndex)?;
                0
            }
        };
        let Some((_, rest)) = body.split_once(',') else {
            self.complain(FunctionProblem::NoList)?;
            return Ok(String::new());
        };
        let rest = trim_start(rest);
        let list = if rest.contains(',') {
            rest.to_owned()
        } else {
            let Some(raw) = self.expander.raw(trim(rest)) else {
                self.complain(FunctionProblem::NoSuchList)?;
                return Ok(String::new());
            };
            self.expander.nested(&raw)?
        };
        let item = usize::try_from(index)
            .ok()
            .and_then(|i| list.split(',').nth(i));
        match item {
            Some(item) => Ok(trim(item).to_owned()),
            None => {
                self.complain(FunctionProblem::OutOfRange)?;
                Ok(String::new())
            }
        }
    }

    /// `$SUBSTR(name, start[, length])`; negative numbers count from the end.
    fn substr(&mut self) -> Result<String, ExpandError> {
        let mut parts = self.call.body.splitn(3, ',');
        let name = parts.next().unwrap_or("");
        let Some(start) = parts.next() else {
            self.complain(FunctionProblem::NoStart)?;
            return Ok(String::new());
        };
        let length = parts.next();
        let start = self.value_or_text(start)?;
        let Some(start) = to_long(&start).filter(|n| i32::try_from(*n).is_ok()) else {
            self.complain(FunctionProblem::NotAnInteger { what: "the start" })?;
            return Ok(String::new());
        };
        let length = match length {
            None => i64::from(i32::MAX),
            Some(length) => {
                let length = self.value_or_text(length)?;
                let Some(length) = to_long(&length).filter(|n| i32::try_from(*n).is_ok()) else {
                    self.complain(FunctionProblem::NotAnInteger { what: "the length" })?;
                    return Ok(String::new());
                };
                length
            }
        };
        let Some(raw) = self.expander.raw(name) else {
            return Ok(String::new());
        };
        let text = self.expander.nested(&raw)?;
        let (from, rest) = place(start, text.len());
        let (count, _) = match length {
            0.. => (usize::try_from(length).unwrap_or(usize::MAX).min(rest), 0),
            _ => place(length, rest),
        };
        match text.get(from..from + count) {
            Some(part) => Ok(part.to_owned()),
            None => {
                self.complain(FunctionProblem::CutsCharacter)?;
                Ok(String::new())
            }
        }
    }

    fn int(&mut self) -> Result<String, ExpandError> {
        let Some((text, format)) = self.argument_and_format(Kind::Int)? else {
            return Ok(self.format_as_text());
        };
        let Some(number) = to_long(&text) else {
            self.complain(FunctionProblem::NoInteger)?;
            return Ok(String::new());
        };
        match format.map(|format| format::int(format, number)) {
            None => Ok(number.to_string()),
            Some(Some(text)) => Ok(text),
            Some(None) => self.bad_format(),
        }
    }

    fn real(&mut self) -> Result<String, ExpandError> {
        let Some((text, format)) = self.argument_and_format(Kind::Real)? else {
            return Ok(self.format_as_text());
        };
        let Some(number) = to_double(&text) else {
            self.complain(FunctionProblem::NoReal)?;
            return Ok(String::new());
        };
        match format::real(format.unwrap_or("%.16G"), number) {
            // A format that shows no point gets one, to look like a real.
            Some(text) if format.is_some() && !text.contains('.') => Ok(text + ".0"),
            Some(text) => Ok(text),
            None => self.bad_format(),
        }
    }

    /// The text, or what it evaluates to if that is a string.
    fn string(&mut self) -> Result<String, ExpandError> {
        let Some((text, format)) = self.argument_and_format(Kind::Text)? else {
            return Ok(self.format_as_text());
        };
        let text = match evaluated(&text) {
            Some(Value::String(value)) => value,
            _ => text,
        };
        match format.map(|format| format::text(format, &text)) {
            None => Ok(text),
            Some(Some(text)) => Ok(text),
            Some(None) => self.bad_format(),
        }
    }

    /// The argument's value, and the format behind a comma; `None` if that is no format for the kind.
    #[allow(clippy::type_complexity)]
    fn argument_and_format(
        &mut self,
        kind: Kind,
    ) -> Result<Option<(String, Option<&str>)>, ExpandError> {
        let (name, format) = match self.call.body.split_once(',') {
            Some((name, format)) => (name, Some(format)),
            None => (self.call.body, None),
        };
        if format.is_some_and(|format| !format::is_valid(format, kind)) {
            self.complain(FunctionProblem::BadFormat)?;
            return Ok(None);
        }
        let text = self.value_or_text(name)?;
        Ok(Some((text, format)))
    }

    /// HTCondor goes on with the format itself where that is none.
    fn format_as_text(&self) -> String {
        let format = self.call.body.split_once(',');
        format.map_or_else(String::new, |(_, format)| format.to_owned())
    }

    fn bad_format(&mut self) -> Result<String, ExpandError> {
        self.complain(FunctionProblem::BadFormat)?;
        Ok(String::new())
    }

    /// What the argument evaluates to as an expression; if it is none, nothing, or what its macros expand to.
    fn eval(&mut self) -> Result<String, ExpandError> {
        let raw = self.expander.raw(self.call.body);
        let raw = raw.unwrap_or_else(|| self.call.body.to_owned());
        let text = self.expander.nested(&raw)?;
        Ok(match evaluated(&text) {
            Some(Value::String(value)) => value,
            Some(value) => in_new_syntax(&value),
            None if raw.contains('$') => text,
            None => String::new(),
        })
    }

    fn filename(&mut self, function: Function) -> Result<String, ExpandError> {
        let body = self.call.body;
        let (name, parts, suffix) = match function {
            Function::Dirname => (body, Parts::dirname(), None),
            Function::Basename => match body
                .rsplit_once(',')
                .filter(|_| self.expander.release().has_basename_suffix())
            {
                Some((name, suffix)) => (name, Parts::basename(), Some(trim_start(suffix))),
                None => (body, Parts::basename(), None),
            },
            _ => (body, Parts::of(self.call.prefix), None),
        };
        let path = self.value_or_text(name)?;
        Ok(filename::extract(&path, parts, suffix))
    }
}

/// Where something begins that is `offset` bytes from the front, or from the end if that is negative; and how much is left
/// behind it.
fn place(offset: i64, length: usize) -> (usize, usize) {
    let distance = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
    let from = if offset < 0 {
        length.saturating_sub(distance)
    } else {
        distance.min(length)
    };
    (from, length - from)
}

/// What a text evaluates to as an expression without any attributes to look at.
pub(crate) fn evaluated(text: &str) -> Option<Value> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_secs());
    let expression = Expression::parse(text, Syntax::Old).ok()?;
    let ad = ClassAd::new();
    let mut scope = Scope::new(&ad, now);
    // What somebody means to configure takes a few; a value may be evaluated often.
    scope.budget = countersign_classad::Budget {
        steps: 20_000,
        bytes: 256 << 10,
    };
    expression.evaluate(&scope).ok()
}

/// A value as HTCondor's newer way of writing ClassAds has it, in which reals are long.
fn in_new_syntax(value: &Value) -> String {
    let text = value.to_string();
    match Expression::parse(&text, Syntax::Old) {
        Ok(expression) => expression.to_text(Syntax::New),
        Err(_) => text,
    }
}

/// Items without blanks around them, empty ones left out.
fn split(list: &str, at: impl Fn(u8) -> bool) -> impl Iterator<Item = &str> {
    list.split(move |c: char| c.is_ascii() && at(c as u8))
        .map(trim)
        .filter(|item| !item.is_empty())
}

/// The integer at the beginning, whatever follows.
fn leading_long(text: &str) -> Option<i64> {
    let text = trim_start(text);
    let signed = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = signed.bytes().take_while(u8::is_ascii_digit).count();
    text.get(..text.len() - signed.len() + digits)
        .filter(|_| digits > 0)
        .and_then(to_long)
}

/// A number that nobody needs to be unable to guess.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests;
