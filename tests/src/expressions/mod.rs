//! ClassAd expressions, evaluated by ours and by HTCondor's own library, must have the same values.

mod generate;
mod oracle;

use std::collections::BTreeMap;
use std::path::Path;

use countersign::classad::{ClassAd, EvalError, Expr, Expression, Scope, Syntax, Value};

pub use generate::{Generator, MY, TARGET};

/// One expression, and what it is evaluated against.
#[derive(Debug, Clone)]
pub struct Case {
    /// How the text is written.
    pub syntax: Syntax,
    /// The expression.
    pub text: String,
    /// `MY`, in new syntax.
    pub my: &'static str,
    /// `TARGET`, in new syntax.
    pub target: Option<&'static str>,
}

impl Case {
    fn name(&self) -> String {
        let place = if self.target.is_some() {
            "in a match"
        } else {
            "alone"
        };
        format!("{:?} syntax, {place}: {}", self.syntax, self.text)
    }
}

/// Evaluates all cases both ways. Gives a summary, or what differs.
///
/// # Errors
///
/// The first differences, in words; or that the library could not be asked.
pub fn compare(cases: &[Case], wheel: &Path, python: &str) -> Result<String, String> {
    let theirs = oracle::ask(cases, wheel, python)?;
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut differences = Vec::new();
    for (case, (value, written)) in cases.iter().zip(&theirs) {
        let ours = evaluate(case);
        let (mine, my_writing) = match &ours {
            Ok(answer) => answer.clone(),
            Err(kept) => {
                *kinds.entry(format!("left out: {kept}")).or_default() += 1;
                continue;
            }
        };
        let kind = value.split(':').next().unwrap_or("");
        let kind = if kind.starts_with('{') { "list" } else { kind };
        *kinds.entry(kind.to_owned()).or_default() += 1;
        if mine != *value {
            differences.push(format!(
                "{}\n    theirs {value}\n    ours   {mine}",
                case.name()
            ));
        } else if my_writing != *written {
            differences.push(format!(
                "{}\n    they write {written}\n    we write   {my_writing}",
                case.name()
            ));
        }
    }
    let count = |kind: &str| kinds.get(kind).copied().unwrap_or(0);
    let left: usize = kinds
        .iter()
        .filter(|(kind, _)| kind.starts_with("left out"))
        .map(|(_, n)| n)
        .sum();
    let summary = format!("{} expressions: {kinds:?}", cases.len());
    if !differences.is_empty() {
        differences.truncate(40);
        return Err(format!("{}\n{summary}", differences.join("\n")));
    }
    // A generator that only makes mistakes would prove nothing.
    if left * 50 > cases.len() || count("error") * 10 > cases.len() * 7 {
        return Err(format!("too few of them have a value: {summary}"));
    }
    Ok(summary)
}

/// Our value and our writing in the oracle's form, or what is deliberately different.
fn evaluate(case: &Case) -> Result<(String, String), String> {
    let Ok(expression) = Expression::parse(&case.text, case.syntax) else {
        return Ok(("refused".to_owned(), String::new()));
    };
    let my = ad(case.my)?;
    let target = case.target.map(ad).transpose()?;
    let mut scope = Scope::new(&my, 1_700_000_000);
    scope.target = target.as_ref();
    let value = match expression.evaluate(&scope) {
        Ok(value) => shown(&value),
        Err(EvalError::Unsupported { function }) => return Err(format!("unsupported {function}")),
        Err(EvalError::NotUtf8 { .. }) => return Err("not UTF-8".to_owned()),
        Err(EvalError::Fails { .. }) => "failed".to_owned(),
        Err(error) => format!("failed: {error}"),
    };
    Ok((value, expression.to_text(Syntax::New)))
}

/// An ad from its text in new syntax.
fn ad(text: &str) -> Result<ClassAd, String> {
    let empty = ClassAd::new();
    let value = Expression::parse(text, Syntax::New)
        .map_err(|error| error.to_string())?
        .evaluate(&Scope::new(&empty, 0))
        .map_err(|error| error.to_string())?;
    match value {
        Value::Ad(ad) => Ok(ad),
        other => Err(format!("{other:?} is no ad")),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Undefined => "undefined".to_owned(),
        Value::Error => "error".to_owned(),
        Value::Boolean(b) => b.to_string(),
        Value::Integer(n) => format!("i:{n}"),
        // The library gives a span of time as a number.
        Value::Real(n) | Value::RelativeTime(n) if n.is_nan() => "r:nan".to_owned(),
        Value::Real(n) | Value::RelativeTime(n) => format!("r:{:016x}", n.to_bits()),
        Value::String(s) => format!("s:{s}"),
        Value::AbsoluteTime { seconds, .. } => format!("t:{seconds}"),
        Value::List(items) => {
            let items: Vec<_> = items
                .iter()
                .map(|item| match item {
                    Expr::Literal(value) => shown(value),
                    text => written(text),
                })
                .collect();
            format!("{{{}}}", items.join("|"))
        }
        Value::Ad(_) => written(&Expr::Literal(value.clone())),
    }
}

fn written(expr: &Expr) -> String {
    match Expression::from_attribute(expr) {
        Ok(expression) => format!("x:{}", expression.to_text(Syntax::New)),
        Err(error) => format!("cannot be read: {error}"),
    }
}
