//! The tree that an expression is.

use std::sync::Arc;

use crate::error::ParseError;
use crate::value::{Expr, Value};

/// How high a tree may grow.
///
/// HTCondor evaluates at most 400 levels, so a higher tree has no value there either; here it must not exist, since
/// dropping, comparing and printing a tree walk it by recursion.
pub(crate) const MAX_HEIGHT: usize = 420;

/// A value that stands in the text itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Undefined,
    Error,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    String(Arc<str>),
    /// Seconds since 1970 and seconds east of Greenwich.
    Absolute(i64, i32),
    /// Seconds.
    Relative(f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unary {
    Plus,
    Minus,
    Not,
    Complement,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binary {
    Or,
    And,
    BitOr,
    BitXor,
    BitAnd,
    Equal,
    NotEqual,
    Is,
    Isnt,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    ShiftLeft,
    ShiftRight,
    ShiftRightUnsigned,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulus,
}

/// A nested ad: attributes sorted by length and then without regard to case, the order in which HTCondor keeps them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct AdTree {
    attributes: Vec<(Arc<str>, Tree)>,
}

impl AdTree {
    /// Of several attributes of one name the last counts; the name keeps its first spelling.
    pub(crate) fn new(mut attributes: Vec<(Arc<str>, Tree)>) -> Self {
        // Stable, so attributes of one name keep their order.
        attributes.sort_by(|(a, _), (b, _)| order(a, b));
        attributes.dedup_by(|(later, value), (first, kept)| {
            let same = later.eq_ignore_ascii_case(first);
            if same {
                std::mem::swap(kept, value);
            }
            same
        });
        AdTree { attributes }
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.attributes
            .binary_search_by(|(known, _)| order(known, name))
            .ok()
    }

    pub(crate) fn at(&self, index: usize) -> Option<&Tree> {
        self.attributes.get(index).map(|(_, tree)| tree)
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Tree)> {
        self.attributes.iter().map(|(name, tree)| (&**name, tree))
    }
}

fn order(a: &str, b: &str) -> std::cmp::Ordering {
    let folded = |s: &str| -> Vec<u8> { s.bytes().map(|b| b.to_ascii_lowercase()).collect() };
    a.len()
        .cmp(&b.len())
        .then_with(|| folded(a).cmp(&folded(b)))
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tree {
    Literal(Literal),
    /// `name`, `.name` or `base.name`.
    Attribute {
        base: Option<Arc<Tree>>,
        name: Arc<str>,
        absolute: bool,
    },
    Parentheses(Arc<Tree>),
    Unary(Unary, Arc<Tree>),
    Binary(Binary, Arc<(Tree, Tree)>),
    /// `a ?: b`.
    Elvis(Arc<(Tree, Tree)>),
    /// `a ? b : c`.
    Ternary(Arc<(Tree, Tree, Tree)>),
    /// `a[b]`.
    Subscript(Arc<(Tree, Tree)>),
    Call {
        name: Arc<str>,
        arguments: Arc<[Tree]>,
    },
    List(Arc<[Tree]>),
    Ad(Arc<AdTree>),
}

impl Tree {
    pub(crate) fn string(text: &str) -> Self {
        Tree::Literal(Literal::String(text.into()))
    }

    /// What an attribute of a [`ClassAd`](crate::ClassAd) is; `depth` levels of values stand around it.
    pub(crate) fn from_attribute(attribute: &Expr, depth: usize) -> Result<Self, ParseError> {
        match attribute {
            Expr::Text(text) => crate::Expression::parse(text, crate::Syntax::Old)
                .map(|expression| expression.tree.clone()),
            Expr::Literal(value) => Tree::from_value(value, depth),
        }
    }

    fn from_value(value: &Value, depth: usize) -> Result<Self, ParseError> {
        // Values nest by recursion; what they hold as text may be as high again.
        if depth > MAX_HEIGHT / 2 {
            return Err(ParseError::TooDeep { offset: 0 });
        }
        Ok(Tree::Literal(match value {
            Value::Undefined => Literal::Undefined,
            Value::Error => Literal::Error,
            Value::Boolean(b) => Literal::Boolean(*b),
            Value::Integer(n) => Literal::Integer(*n),
            Value::Real(n) => Literal::Real(*n),
            Value::String(s) => Literal::String(s.as_str().into()),
            Value::AbsoluteTime { seconds, offset } => Literal::Absolute(*seconds, *offset),
            Value::RelativeTime(seconds) => Literal::Relative(*seconds),
            Value::List(items) => {
                return items
                    .iter()
                    .map(|item| Tree::from_attribute(item, depth + 1))
                    .collect::<Result<_, _>>()
                    .map(Tree::List);
            }
            Value::Ad(ad) => {
                let attributes = ad
                    .iter()
                    .map(|(name, item)| Ok((name.into(), Tree::from_attribute(item, depth + 1)?)))
                    .collect::<Result<_, ParseError>>()?;
                return Ok(Tree::Ad(Arc::new(AdTree::new(attributes))));
            }
        }))
    }
}
