//! Tokens that are taken back: SEC_TOKEN_REVOCATION_EXPR, or SEC_TOKEN_BLACKLIST_EXPR where that is
//! not set.
//!
//! Rule: `isTokenRevoked` in HTCondor's `condor_auth_passwd.cpp`: the expression is evaluated over
//! the claims, and a token is good only where that gives false, or a number that is zero. On one
//! point this is stricter: an expression that cannot be read revokes every token here, where HTCondor
//! goes on as if there were none.

use std::fmt;

use countersign_classad::{Expression, Scope, Syntax, Value};

use super::claims::Claims;

/// The rule by which tokens are taken back.
#[derive(Debug, Clone)]
pub struct RevocationRule {
    knob: &'static str,
    text: String,
    expression: Result<Expression, String>,
}

/// Why a rule takes a token back.
#[derive(Debug, Clone, PartialEq)]
pub enum Revoked {
    /// It is true of the claims.
    True,
    /// Its value is neither true nor false.
    NoAnswer(Value),
    /// It could not be evaluated.
    NotEvaluated(String),
    /// It cannot be read.
    NotRead(String),
    /// A claim of this name cannot be told to it.
    OddClaim(String),
}

impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::True => f.write_str("it is true of this token"),
            Self::NoAnswer(Value::Undefined) => f.write_str(
                "for this token it is undefined, most likely because the token lacks a claim that it \
                 names; only a clean false lets a token through",
            ),
            Self::NoAnswer(value) => write!(
                f,
                "for this token it is {}; only a clean false lets a token through",
                match value {
                    Value::Error => "an error",
                    Value::String(_) => "text",
                    _ => "not a truth value",
                }
            ),
            Self::NotEvaluated(problem) => write!(f, "it could not be evaluated: {problem}"),
            Self::NotRead(problem) => write!(
                f,
                "it cannot be read ({problem}), so no token is taken until it is mended"
            ),
            Self::OddClaim(claim) => write!(f, "the token has a claim called {claim:?}"),
        }
    }
}

impl RevocationRule {
    /// The rule that `knob` sets. One that cannot be read is a rule, too: no token gets past it.
    #[must_use]
    pub fn read(knob: &'static str, text: &str) -> Self {
        Self {
            knob,
            text: text.to_owned(),
            expression: Expression::parse(text, Syntax::Old).map_err(|error| error.to_string()),
        }
    }

    /// The knob that set it.
    #[must_use]
    pub fn knob(&self) -> &'static str {
        self.knob
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Why it cannot be read, if it cannot.
    #[must_use]
    pub fn defect(&self) -> Option<&str> {
        self.expression.as_ref().err().map(String::as_str)
    }

    /// Applies the rule.
    pub(super) fn judge(&self, payload: &Claims, now: u64) -> Result<(), Revoked> {
        let expression = match &self.expression {
            Ok(expression) => expression,
            Err(problem) => return Err(Revoked::NotRead(problem.clone())),
        };
        let claims = payload.to_ad().map_err(Revoked::OddClaim)?;
        match expression.evaluate(&Scope::new(&claims, now)) {
            Ok(Value::Boolean(false) | Value::Integer(0) | Value::Real(0.0)) => Ok(()),
            Ok(Value::Boolean(true) | Value::Integer(_)) => Err(Revoked::True),
            Ok(Value::Real(number)) if !number.is_nan() => Err(Revoked::True),
            Ok(value) => Err(Revoked::NoAnswer(value)),
            Err(error) => Err(Revoked::NotEvaluated(error.to_string())),
        }
    }
}
