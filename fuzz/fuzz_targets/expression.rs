//! Expressions: whatever the text, reading, evaluating and writing it end, within the budget.

#![no_main]

use countersign_classad::{Budget, ClassAd, Expr, Expression, Scope, Syntax};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, &str, &str)| {
    let (new, text, attribute) = input;
    let syntax = if new { Syntax::New } else { Syntax::Old };
    let expression = match Expression::parse(text, syntax) {
        Ok(expression) => expression,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let mut my = ClassAd::new();
    my.insert("a", 1);
    my.insert("x", Expr::Text(attribute.to_owned()));
    my.insert("s", attribute);
    my.insert(
        "l",
        vec![Expr::from(attribute), Expr::Text(text.to_owned())],
    );
    let scope = Scope {
        budget: Budget {
            steps: 20_000,
            bytes: 1 << 18,
        },
        ..Scope::new(&my, 1_700_000_000).with_target(&my)
    };
    let value = expression.evaluate(&scope);
    assert_eq!(
        format!("{value:?}"),
        format!("{:?}", expression.evaluate(&scope)),
        "the same twice"
    );
    if let Ok(value) = value {
        let _ = value.to_string();
        let _ = Expression::from_attribute(&Expr::Literal(value));
    }
    // New syntax can write every string. A sign in front of a number becomes part of it; after that nothing changes, but
    // for the last bit of a real.
    let again = Expression::parse(&expression.to_text(Syntax::New), Syntax::New)
        .expect("what was written can be read");
    let third = Expression::parse(&again.to_text(Syntax::New), Syntax::New).expect("and once more");
    assert_eq!(
        third.to_text(Syntax::New).len(),
        again.to_text(Syntax::New).len()
    );
});
