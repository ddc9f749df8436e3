//! Expressions: what the parser reads, the evaluator evaluates and the printer writes.

mod parse;
mod print;
mod time;
mod token;
mod tree;

use std::fmt::{self, Debug, Display, Formatter};

use crate::error::ParseError;
use crate::value::{Expr, MAX_EXPR_TEXT};

pub(crate) use print::{pretty, text_of};
pub(crate) use time::{absolute_text, civil_from_days, days_from_civil, relative_text};
pub(crate) use tree::{AdTree, Binary, Literal, Tree, Unary};

/// Which of the two ways of writing ClassAds a text is in.
///
/// They share one grammar. What differs is what stands between quotes, and how strings, reals and two operators are
/// written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// The wire, `-long` output, configuration and query constraints (HTCondor's `ParseClassAdRvalExpr`): a backslash is
    /// itself unless a quote follows.
    Old,
    /// Ads in brackets, and the text given to the function `eval` (HTCondor's `ClassAdParser` by itself): C's escapes,
    /// and strings that stand beside each other are one.
    New,
}

/// A parsed expression.
///
/// ```
/// use countersign_classad::{Budget, ClassAd, Expression, Scope, Syntax, Value};
///
/// let revoked = Expression::parse(r#"jti == "a1" || iat < 1000"#, Syntax::Old)?;
/// let claims: ClassAd = [("jti", "A1")].into_iter().collect();
/// let scope = Scope::new(&claims, 1_700_000_000);
/// assert_eq!(revoked.evaluate(&scope)?, Value::Boolean(true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Expression {
    tree: Tree,
}

impl Expression {
    /// Reads a whole expression.
    ///
    /// The work is linear in the length of the text. Nesting is bounded as in HTCondor, and so is the height of the tree,
    /// so that no chain of operators can exhaust the stack later.
    ///
    /// # Errors
    ///
    /// [`ParseError`], which says where and what was expected. Some texts that HTCondor reads in a way nobody means are
    /// refused: integers beyond 64 bits (there 0), reals beyond a double (there infinity), negative integers with leading
    /// zeros, something after a complete `a ? b : c` (there ignored), times without a zone (there the machine's).
    pub fn parse(text: &str, syntax: Syntax) -> Result<Self, ParseError> {
        if text.len() > MAX_EXPR_TEXT {
            return Err(ParseError::TooLong {
                length: text.len(),
                max: MAX_EXPR_TEXT,
            });
        }
        if let Some(offset) = text.bytes().position(|b| b == 0) {
            return Err(ParseError::Nul { offset });
        }
        parse::parse(text, syntax).map(|tree| Expression { tree })
    }

    /// The expression of an attribute.
    ///
    /// # Errors
    ///
    /// As [`Expression::parse`] in old syntax for an [`Expr::Text`]; [`ParseError::TooDeep`] for values that are nested
    /// beyond reason.
    pub fn from_attribute(attribute: &Expr) -> Result<Self, ParseError> {
        Tree::from_attribute(attribute, 0).map(|tree| Expression { tree })
    }

    /// The expression as HTCondor writes it (`ClassAdUnParser`), in one line.
    ///
    /// Reading it back gives the same expression, with the exceptions that old syntax has for strings (see the crate's
    /// documentation), and that a real may lose its last bit, since HTCondor writes 16 digits.
    pub fn to_text(&self, syntax: Syntax) -> String {
        text_of(&self.tree, syntax)
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }
}

impl Display for Expression {
    /// The text in old syntax.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text(Syntax::Old))
    }
}

impl Debug for Expression {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression")
            .field(&format_args!("{self}"))
            .finish()
    }
}
