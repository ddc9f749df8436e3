//! ClassAd literals and the old-syntax text that HTCondor puts on the wire and into `-long` output,
//! and the expressions of that language, with an evaluator that keeps within bounds.
//!
//! A security negotiation only ever needs *literals*: HTCondor itself reads a peer's policy with a reader that refuses
//! everything else (`getPODClassAd` in `classad_oldnew.cpp`). So [`Expr::parse`] keeps an expression that is not a literal
//! as its text:
//!
//! ```
//! use countersign_classad::{ClassAd, Expr, Value, parse_assignment};
//!
//! let (name, expr) = parse_assignment(r#"AuthMethods = "SSL,IDTOKENS""#)?;
//! let mut ad = ClassAd::new();
//! ad.insert(&name, expr);
//! ad.insert("Enact", false);
//! assert_eq!(ad.get_str("authmethods"), Some("SSL,IDTOKENS"));
//! assert_eq!(Expr::parse("1 + 2")?, Expr::Text("1 + 2".into()));
//! assert_eq!(Expr::parse("TRUE")?, Expr::Literal(Value::Boolean(true)));
//! assert_eq!(ad.to_long_form(), "AuthMethods = \"SSL,IDTOKENS\"\nEnact = false\n");
//! # Ok::<(), countersign_classad::ParseError>(())
//! ```
//!
//! # Where old syntax is surprising
//!
//! * A backslash in a string means nothing unless a double quote follows: `"C:\dir"` is seven characters, there are no
//!   `\n` or octal escapes. (Those belong to the *new* syntax, which is not used on the wire.)
//! * `"a\"` at the end of the text is the two characters `a\`, not an unterminated string.
//! * Consequently a string that holds a double quote directly before a newline cannot be written at all;
//!   [`print_assignment`] refuses it rather than let the peer read a shorter string.
//! * Integers have no octal or hexadecimal form; `007` and `0x7` are errors, not seven.
//!
//! # Expressions
//!
//! [`Expression`] is for texts that somebody means to evaluate: SEC_TOKEN_REVOCATION_EXPR over a token's claims, the
//! constraint of a query. It is held to HTCondor 25.14.1, by comparing values with that release's own library. What it does
//! that one might not expect:
//!
//! * `error || true` is `error`, though `undefined || true` is `true`; an attribute that refers to itself is `undefined`.
//! * 1.0/0 is `error`, -1.0/0 is minus infinity; integers wrap around.
//! * `relTime("5")` evaluates to the number 5.0, `relTime(5)` to a span of time.
//! * Numbers have no suffixes (`10K` is none).
//!
//! And where this evaluator deliberately answers otherwise:
//!
//! * What HTCondor reads as something that nobody meant is refused; see [`Expression::parse`].
//! * Strings are UTF-8, and a NUL in one (from a claim) does not end it. What would cut a character in two is an
//!   [`EvalError`].
//! * Patterns may backtrack 50 times less, and evaluation takes fewer steps ([`Budget`]); passing a limit is an
//!   [`EvalError`], never `error`.
//! * `random`, `unresolved`, `userMap`, `userHome` and the functions for environments and argument lists are
//!   [`EvalError::Unsupported`], and so are times from computed strings.
//! * After `evalInEachContext` with a name HTCondor 25.14.1 looks later names up in the wrong ad, and it crashes on some
//!   lists that functions made.
#![forbid(unsafe_code)]

mod ad;
mod error;
mod evaluate;
mod expression;
mod lex;
mod print;
mod private;
mod value;

pub use ad::{ClassAd, Iter};
pub use error::{ParseError, PrintError};
pub use evaluate::{Budget, EvalError, PATTERN_STEPS, Scope};
pub use expression::{Expression, Syntax};
pub use print::{print_assignment, print_value};
pub use private::{PRIVATE_ATTRIBUTES, PRIVATE_PREFIX, is_private};
pub use value::{
    Expr, MAX_EXPR_TEXT, MAX_NAME, Value, is_attribute_name, parse_assignment, split_assignment,
};

#[cfg(test)]
mod expression_tests;
