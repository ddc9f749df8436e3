//! Values while an evaluation runs, and their conversions (`classad/value.cpp`).

use std::sync::Arc;

use super::scope::Frame;
use super::{EvalError, Evaluator, number};
use crate::expression::{Literal, Syntax, Tree, absolute_text, relative_text, text_of};
use crate::value::{Expr, Value};

#[derive(Clone)]
pub(super) enum Val {
    Undefined,
    Error,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    String(Arc<str>),
    Absolute(i64, i32),
    Relative(f64),
    List(List),
    Ad(Frame),
}

/// A list whose items are still to be evaluated.
#[derive(Clone)]
pub(super) struct List {
    pub(super) items: Arc<[Tree]>,
    /// The ad in whose text the list stands.
    pub(super) scope: Option<Frame>,
    /// Whether a function made the list. To HTCondor's `=?=` such a list is of another type than one that was written.
    pub(super) made: bool,
}

impl From<&Literal> for Val {
    fn from(literal: &Literal) -> Self {
        match literal {
            Literal::Undefined => Val::Undefined,
            Literal::Error => Val::Error,
            Literal::Boolean(b) => Val::Boolean(*b),
            Literal::Integer(n) => Val::Integer(*n),
            Literal::Real(n) => Val::Real(*n),
            Literal::String(s) => Val::String(s.clone()),
            Literal::Absolute(seconds, offset) => Val::Absolute(*seconds, *offset),
            // What stands in a text as relTime("…") evaluates to a number; relTime(5) to a span.
            Literal::Relative(seconds) => Val::Real(*seconds),
        }
    }
}

impl Val {
    pub(super) fn list(items: Arc<[Tree]>, scope: Option<Frame>) -> Self {
        Val::List(List {
            items,
            scope,
            made: false,
        })
    }

    pub(super) fn made(items: Vec<Tree>) -> Self {
        Val::List(List {
            items: items.into(),
            scope: None,
            made: true,
        })
    }

    pub(super) fn made_own(mut self) -> Self {
        if let Val::List(list) = &mut self {
            list.made = true;
        }
        self
    }

    /// The value as a condition, where it can be one.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Val::Boolean(b) => Some(*b),
            Val::Integer(n) => Some(*n != 0),
            Val::Real(n) => Some(*n != 0.0),
            _ => None,
        }
    }

    pub(super) fn undefined_or_error(&self) -> Self {
        match self {
            Val::Undefined => Val::Undefined,
            _ => Val::Error,
        }
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self, Val::Boolean(_) | Val::Integer(_) | Val::Real(_))
    }

    /// `convertValueToRealValue`; what cannot be converted gives `undefined` or `error`.
    pub(super) fn to_real(&self) -> Result<f64, Val> {
        match self {
            Val::Undefined => Err(Val::Undefined),
            Val::Error | Val::Ad(_) | Val::List(_) => Err(Val::Error),
            Val::String(s) => match number::strtod(s) {
                Some((n, _)) => Ok(n),
                None => Err(Val::Error),
            },
            Val::Boolean(b) => Ok(f64::from(u8::from(*b))),
            Val::Integer(n) => Ok(*n as f64),
            Val::Real(n) => Ok(*n),
            Val::Absolute(seconds, _) => Ok(*seconds as f64),
            Val::Relative(seconds) => Ok(number::truncated_int(*seconds).into()),
        }
    }

    /// `convertValueToIntegerValue`; what cannot be converted gives `undefined` or `error`.
    pub(super) fn to_integer(&self) -> Result<i64, Val> {
        match self {
            Val::Integer(n) => Ok(*n),
            Val::Absolute(seconds, _) => Ok(*seconds),
            other => other.to_real().map(number::truncated),
        }
    }
}

impl Evaluator<'_> {
    /// `convertValueToStringValue`; what cannot be converted gives `undefined` or `error`.
    pub(super) fn text_of(&mut self, value: &Val) -> Result<Result<Arc<str>, Val>, EvalError> {
        let text = match value {
            Val::Undefined => return Ok(Err(Val::Undefined)),
            Val::Error => return Ok(Err(Val::Error)),
            Val::String(s) => return Ok(Ok(s.clone())),
            Val::Absolute(seconds, offset) => absolute_text(*seconds, *offset),
            Val::Relative(seconds) => relative_text(number::truncated_int(*seconds).into()),
            other => {
                let tree = self.inward(other.clone())?;
                text_of(&tree, Syntax::New)
            }
        };
        self.charge(text.len())?;
        Ok(Ok(text.into()))
    }

    /// The value for the caller.
    pub(super) fn outward(&mut self, value: &Val) -> Result<Value, EvalError> {
        Ok(match value {
            Val::Undefined => Value::Undefined,
            Val::Error => Value::Error,
            Val::Boolean(b) => Value::Boolean(*b),
            Val::Integer(n) => Value::Integer(*n),
            Val::Real(n) => Value::Real(*n),
            Val::String(s) => {
                self.charge(s.len())?;
                Value::String(s.to_string())
            }
            Val::Absolute(seconds, offset) => Value::AbsoluteTime {
                seconds: *seconds,
                offset: *offset,
            },
            Val::Relative(seconds) => Value::RelativeTime(*seconds),
            Val::List(list) => Value::List(self.items_outward(&list.items)?),
            Val::Ad(frame) => {
                let ad = self.ad_tree(frame)?;
                match self.tree_outward(&Tree::Ad(ad))? {
                    Expr::Literal(value) => value,
                    Expr::Text(_) => Value::Error,
                }
            }
        })
    }

    fn items_outward(&mut self, items: &[Tree]) -> Result<Vec<Expr>, EvalError> {
        self.charge(size_of_val(items))?;
        items.iter().map(|item| self.tree_outward(item)).collect()
    }

    /// Literals as values, everything else as its text.
    fn tree_outward(&mut self, tree: &Tree) -> Result<Expr, EvalError> {
        self.spend(1)?;
        Ok(match tree {
            Tree::Literal(Literal::Relative(seconds)) => {
                Expr::Literal(Value::RelativeTime(*seconds))
            }
            Tree::Literal(literal) => Expr::Literal(self.outward(&Val::from(literal))?),
            Tree::List(items) => Expr::Literal(Value::List(self.items_outward(items)?)),
            Tree::Ad(ad) => {
                let mut out = crate::ClassAd::new();
                for (name, item) in ad.iter() {
                    self.charge(name.len())?;
                    let item = self.tree_outward(item)?;
                    out.push(name, item);
                }
                Expr::Literal(Value::Ad(out))
            }
            other => {
                let text = text_of(other, Syntax::Old);
                self.charge(text.len())?;
                Expr::Text(text)
            }
        })
    }
}
