//! ClassAd literals and the old-syntax text that HTCondor puts on the wire and into `-long` output.
//!
//! A security negotiation only ever needs *literals*: HTCondor itself reads a peer's policy with a reader that refuses
//! everything else (`getPODClassAd` in `classad_oldnew.cpp`). So an expression that is not a literal is kept here as
//! its text and never evaluated:
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
pub use value::{Expr, MAX_EXPR_TEXT, MAX_NAME, Value, is_attribute_name, parse_assignment};
