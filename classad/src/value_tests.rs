//! Reading and writing, against what HTCondor 25.14 was seen to do.

use proptest::prelude::*;

use super::*;
use crate::{PrintError, print_assignment};

fn parse(text: &str) -> Result<Expr, ParseError> {
    Expr::parse(text)
}

fn string(s: &str) -> Result<Expr, ParseError> {
    Ok(Expr::from(s))
}

#[test]
fn keywords_in_any_case() {
    assert_eq!(parse("tRuE"), Ok(Expr::from(true)));
    assert_eq!(parse(" FALSE\n"), Ok(Expr::from(false)));
    assert_eq!(parse("UNDEFINED"), Ok(Value::Undefined.into()));
    assert_eq!(parse("Error"), Ok(Value::Error.into()));
    assert_eq!(parse("true1"), Ok(Expr::Text("true1".into())));
    assert_eq!(parse("errors"), Ok(Expr::Text("errors".into())));
}

#[test]
fn numbers() {
    assert_eq!(parse("9223372036854775807"), Ok(Expr::from(i64::MAX)));
    assert_eq!(parse("-9223372036854775808"), Ok(Expr::from(i64::MIN)));
    assert_eq!(parse("-0"), Ok(Expr::from(0)));
    assert_eq!(parse(".5"), Ok(Expr::from(0.5)));
    assert_eq!(parse("-.5"), Ok(Expr::from(-0.5)));
    assert_eq!(parse("08.5"), Ok(Expr::from(8.5)));
    assert_eq!(parse("1e5"), Ok(Expr::from(1e5)));
    assert_eq!(parse("/* c */ 5 // d"), Ok(Expr::from(5)));
    for bad in ["007", "0x10", "1.", "-1.", "1e", "1.5e+", "1..2", "08"] {
        assert!(
            matches!(parse(bad), Err(ParseError::BadNumber { .. })),
            "{bad}"
        );
    }
    for large in ["9223372036854775808", "-9223372036854775809", "1e400"] {
        assert!(
            matches!(parse(large), Err(ParseError::NumberTooLarge { .. })),
            "{large}"
        );
    }
    for text in [
        "- 5",
        "+5",
        "--5",
        "1 2",
        "(1)",
        ".foo",
        "5x",
        "real(\"NaN\")",
    ] {
        assert_eq!(parse(text), Ok(Expr::Text(text.into())));
    }
}

#[test]
fn strings_know_one_escape() {
    assert_eq!(parse(r#""a\b""#), string(r"a\b"));
    assert_eq!(parse(r#""a\"b""#), string(r#"a"b"#));
    assert_eq!(parse(r#""a\""#), string(r"a\"));
    assert_eq!(parse("\"a\\\"\n"), string(r"a\"));
    assert_eq!(parse(r#""a\\""#), string(r"a\\"));
    assert_eq!(parse(r#""\101\n""#), string(r"\101\n"));
    assert_eq!(
        parse(r#""a"" "#),
        Err(ParseError::UnterminatedString { offset: 3 })
    );
    assert_eq!(
        parse(r#""a\" "#),
        Err(ParseError::UnterminatedString { offset: 0 })
    );
    assert_eq!(parse(r#""a" "b""#), Ok(Expr::Text(r#""a" "b""#.into())));
}

#[test]
fn texts_must_be_well_formed() {
    assert_eq!(parse(" {1, 2} "), Ok(Expr::Text("{1, 2}".into())));
    assert_eq!(parse("("), Err(ParseError::Unbalanced { offset: 1 }));
    assert_eq!(parse("(]"), Err(ParseError::Unbalanced { offset: 1 }));
    assert_eq!(
        parse("1 /* x"),
        Err(ParseError::UnterminatedComment { offset: 2 })
    );
    assert_eq!(parse(" // only"), Err(ParseError::Empty));
    assert_eq!(parse("a\0"), Err(ParseError::Nul { offset: 1 }));
    let long = "x".repeat(MAX_EXPR_TEXT + 1);
    assert!(matches!(parse(&long), Err(ParseError::TooLong { .. })));
}

#[test]
fn assignments() {
    assert_eq!(parse_assignment(" A=2"), Ok(("A".into(), Expr::from(2))));
    assert_eq!(
        parse_assignment("A.b  =\t\"=\""),
        Ok(("A.b".into(), Expr::from("=")))
    );
    for bad in ["'a b' = 3", "a b = 3", "9a = 2", "A\t= 5", "= 5"] {
        assert!(
            matches!(parse_assignment(bad), Err(ParseError::BadName { .. })),
            "{bad}"
        );
    }
    assert!(matches!(
        parse_assignment("nothing"),
        Err(ParseError::NoEquals { .. })
    ));
}

#[test]
fn errors_do_not_repeat_secrets() {
    let line = format!("ClaimId {}", "s3cret".repeat(50));
    let message = parse_assignment(&line).unwrap_err().to_string();
    assert!(message.len() < 160, "{message}");
}

#[test]
fn reals_look_like_htcondors() {
    for (value, text) in [
        (100_000.0, "100000.0"),
        (0.5, "0.5"),
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1e15, "1000000000000000.0"),
        (1e16, "1E+16"),
        (1e-5, "1E-05"),
        (1e22, "1E+22"),
        (-1.5e300, "-1.5E+300"),
        (0.1, "0.1"),
        (0.0001, "0.0001"),
        // HTCondor writes 0.3 here, which is another number.
        (0.300_000_000_000_000_04, "0.30000000000000004"),
    ] {
        assert_eq!(Expr::from(value).to_string(), text);
    }
}

#[test]
fn what_cannot_be_written_is_refused() {
    let print = |value: &str| print_assignment("A", &Expr::from(value));
    assert_eq!(print("a\\\"b\\"), Ok(r#"A = "a\\"b\""#.to_owned()));
    assert_eq!(
        print("a\"\nb"),
        Err(PrintError::QuoteBeforeNewline { name: "A".into() })
    );
    assert_eq!(print("a\0"), Err(PrintError::Nul { name: "A".into() }));
    assert!(print_assignment("A B", &Expr::from(1)).is_err());
    assert!(print_assignment("A", &Expr::from(f64::NAN)).is_err());
    assert!(print_assignment("A", &Expr::Text("(".into())).is_err());
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Undefined),
        Just(Value::Error),
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(Value::Integer),
        any::<f64>().prop_map(Value::Real),
        ".*".prop_map(Value::String),
        "[\\\\\"\n a]{0,12}".prop_map(Value::String),
    ]
}

proptest! {
    #[test]
    fn printed_literals_read_back(name in "[A-Za-z_][A-Za-z0-9_.]{0,20}", value in any_value()) {
        let expr = Expr::Literal(value);
        if let Ok(line) = print_assignment(&name, &expr) {
            prop_assert_eq!(parse_assignment(&line), Ok((name, expr)));
        }
    }

    #[test]
    fn printed_expressions_read_back(text in "[-+*/a1 .()\\[\\]{}\"'\\\\\n,<>=!&|?:]{0,30}") {
        if let Ok(expr) = Expr::parse(&text) {
            prop_assert_eq!(Expr::parse(&expr.to_string()), Ok(expr));
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = Expr::parse(&text);
        let _ = parse_assignment(&text);
        let _ = parse_assignment(&format!("A={text}"));
    }
}
