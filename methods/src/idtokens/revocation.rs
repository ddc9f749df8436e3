//! Tokens that are taken back: SEC_TOKEN_REVOCATION_EXPR, or SEC_TOKEN_BLACKLIST_EXPR where that is
//! not set.
//!
//! Rule: `isTokenRevoked` in HTCondor's `condor_auth_passwd.cpp`: the expression is evaluated over
//! the claims, and a token is good only where that gives false, or a number that is zero. On one
//! point this is stricter: an expression that cannot be read revokes every token here, where HTCondor
//! goes on as if there were none.

use std::fmt;
use std::sync::Arc;

use countersign_classad::{ClassAd, Value};

use super::claims::Claims;

/// An expression that can be evaluated over a token's claims.
pub trait ClaimsExpression: fmt::Debug + Send + Sync {
    /// Its value.
    ///
    /// # Errors
    /// In words, if evaluating was given up: it took too long, or nests too deeply.
    fn evaluate(&self, claims: &ClassAd) -> Result<Value, String>;
}

/// The rule by which tokens are taken back.
#[derive(Debug, Clone)]
pub struct RevocationRule {
    /// The knob that set it.
    pub knob: &'static str,
    /// Its text.
    pub text: String,
    /// The expression, or in words why it cannot be read.
    pub expression: Result<Arc<dyn ClaimsExpression>, String>,
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
    /// Applies the rule.
    pub(super) fn judge(&self, payload: &Claims) -> Result<(), Revoked> {
        let expression = match &self.expression {
            Ok(expression) => expression,
            Err(problem) => return Err(Revoked::NotRead(problem.clone())),
        };
        let claims = payload.to_ad().map_err(Revoked::OddClaim)?;
        match expression.evaluate(&claims) {
            Ok(Value::Boolean(false) | Value::Integer(0)) => Ok(()),
            Ok(Value::Real(number)) if number == 0.0 => Ok(()),
            Ok(Value::Boolean(true) | Value::Integer(_)) => Err(Revoked::True),
            Ok(Value::Real(number)) if !number.is_nan() => Err(Revoked::True),
            Ok(value) => Err(Revoked::NoAnswer(value)),
            Err(problem) => Err(Revoked::NotEvaluated(problem)),
        }
    }
}
