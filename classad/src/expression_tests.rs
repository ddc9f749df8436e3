//! Expressions: how they are read, written and evaluated, and that nothing gets out of bounds.

use proptest::prelude::*;

use crate::{Budget, ClassAd, EvalError, Expr, Expression, ParseError, Scope, Syntax, Value};

fn parse(text: &str) -> Result<Expression, ParseError> {
    Expression::parse(text, Syntax::Old)
}

fn eval_in(text: &str, my: &ClassAd) -> Result<Value, EvalError> {
    parse(text)
        .unwrap()
        .evaluate(&Scope::new(my, 1_700_000_000))
}

fn eval(text: &str) -> Value {
    eval_in(text, &ClassAd::new()).unwrap()
}

#[test]
fn operators_bind_as_in_htcondor() {
    assert_eq!(eval("1 + 2 * 3"), Value::Integer(7));
    assert_eq!(eval("10 - 3 - 2"), Value::Integer(5));
    assert_eq!(eval("1 == 1 is true"), Value::Boolean(true));
    assert_eq!(eval("undefined ?: 5 + 1"), Value::Integer(6));
    assert_eq!(eval("1--1"), Value::Integer(2));
    assert_eq!(eval("true ? 1 : false ? 2 : 3"), Value::Integer(1));
    assert_eq!(eval("-1 >>> 1"), Value::Integer(i64::MAX));
    assert_eq!(eval("9223372036854775807 + 1"), Value::Integer(i64::MIN));
    assert_eq!(eval("1 / 0"), Value::Error);
    assert_eq!(eval("error || true"), Value::Error);
    assert_eq!(eval("undefined || true"), Value::Boolean(true));
}

#[test]
fn a_claim_that_is_a_list_can_be_asked() {
    let mut claims = ClassAd::new();
    claims.insert("iss", "https://issuer.example");
    claims.insert("iat", 1_600_000_000);
    claims.insert(
        "groups",
        vec![Expr::from("/cms"), Expr::from("a\"\nquote"), Expr::from(3)],
    );
    let ask = |text| eval_in(text, &claims).unwrap();
    assert_eq!(ask("member(\"/CMS\", groups)"), Value::Boolean(true));
    assert_eq!(
        ask("identicalMember(\"/CMS\", groups)"),
        Value::Boolean(false)
    );
    assert_eq!(ask("groups[2] + 1"), Value::Integer(4));
    assert_eq!(
        ask("ISS =?= \"https://ISSUER.example\""),
        Value::Boolean(false)
    );
    assert_eq!(
        ask("regexp(\"^https://issuer\", iss) && iat < time()"),
        Value::Boolean(true)
    );
    assert_eq!(ask("jti == \"x\""), Value::Undefined);
}

#[test]
fn errors_say_where_and_what() {
    for (text, at) in [
        ("1 +", 3),
        ("(1", 2),
        ("a b", 2),
        ("{1,}", 3),
        ("[a 1]", 3),
        ("f(1", 3),
    ] {
        match parse(text) {
            Err(ParseError::Unexpected {
                offset, expected, ..
            }) => {
                assert_eq!(offset, at, "{text}");
                assert!(!expected.is_empty());
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    assert_eq!(parse(" "), Err(ParseError::Empty));
    for text in [
        "10K",
        "017",
        "0x1F",
        "1.",
        "9223372036854775808",
        "1e999",
        "true ? 1 : 2 3",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn depth_and_length_are_bounded() {
    for open in ["(", "{", "!", "-", "[a=", "f(", "a?:", "x["] {
        assert!(parse(&open.repeat(200_000)).is_err());
    }
    for chain in ["1+", "a.", "a||", "x?:"] {
        let text = chain.repeat(100_000) + "a";
        assert!(
            matches!(parse(&text), Err(ParseError::TooDeep { .. })),
            "{chain}"
        );
    }
    // As deep as is allowed: reading, writing, comparing, evaluating and dropping all fit the stack of a test.
    let deep = parse(&("(".repeat(165) + "1" + &")".repeat(165))).unwrap();
    assert_eq!(
        deep.evaluate(&Scope::new(&ClassAd::new(), 0)),
        Ok(Value::Integer(1))
    );
    let long = parse(&("1+".repeat(390) + "1")).unwrap();
    assert_eq!(
        long.evaluate(&Scope::new(&ClassAd::new(), 0)),
        Ok(Value::Integer(391))
    );
    assert_eq!(parse(&long.to_string()), Ok(long.clone()));
    let mut value = Value::Integer(1);
    for _ in 0..1000 {
        value = Value::List(vec![Expr::Literal(value)]);
    }
    assert!(matches!(
        Expression::from_attribute(&Expr::Literal(value)),
        Err(ParseError::TooDeep { .. })
    ));
}

#[test]
fn references_in_a_circle_are_undefined_and_long_ones_fail() {
    let mut ad = ClassAd::new();
    ad.insert("a", Expr::Text("b + 1".into()));
    ad.insert("b", Expr::Text("a + a".into()));
    assert_eq!(eval_in("a", &ad), Ok(Value::Undefined));
    for i in 0..1000 {
        ad.insert(
            &format!("c{i}"),
            Expr::Text(format!("ifThenElse(true, c{}, 0)", i + 1)),
        );
    }
    ad.insert("c1000", 1);
    assert!(matches!(eval_in("c0", &ad), Err(EvalError::TooDeep { .. })));
    assert_eq!(eval_in("c900", &ad), Ok(Value::Integer(1)));
}

#[test]
fn work_and_output_are_bounded() {
    let mut ad = ClassAd::new();
    ad.insert("s0", "x".repeat(1000));
    for i in 0..60 {
        ad.insert(&format!("n{i}"), Expr::Text(format!("n{0} + n{0}", i + 1)));
        ad.insert(
            &format!("s{}", i + 1),
            Expr::Text(format!("strcat(s{i}, s{i})")),
        );
    }
    ad.insert("n60", 1);
    assert!(matches!(
        eval_in("n0", &ad),
        Err(EvalError::TooManySteps { .. })
    ));
    assert!(matches!(
        eval_in("s60", &ad),
        Err(EvalError::TooManyBytes { .. })
    ));
    let scope = Scope {
        budget: Budget { steps: 3, bytes: 0 },
        ..Scope::new(&ad, 0)
    };
    assert_eq!(
        parse("1 + 1").unwrap().evaluate(&scope),
        Ok(Value::Integer(2))
    );
    assert!(parse("1 + 1 + 1").unwrap().evaluate(&scope).is_err());
}

#[test]
fn patterns_are_bounded() {
    let text = format!("regexp(\"(a+)+$\", \"{}b\")", "a".repeat(60));
    assert_eq!(
        eval_in(&text, &ClassAd::new()),
        Err(EvalError::PatternTooCostly)
    );
    assert_eq!(eval("regexp(\"(\", \"x\")"), Value::Error);
}

#[test]
fn what_is_not_supported_says_so() {
    assert_eq!(
        eval_in("random(5)", &ClassAd::new()),
        Err(EvalError::Unsupported { function: "random" })
    );
    assert_eq!(eval("noSuchFunction(5)"), Value::Error);
    let mut ad = ClassAd::new();
    ad.insert("bad", Expr::Text("1 +".into()));
    assert!(matches!(
        eval_in("bad", &ad),
        Err(EvalError::BadAttribute { .. })
    ));
    assert_eq!(eval_in("false && bad", &ad), Ok(Value::Boolean(false)));
}

#[test]
fn zones_are_the_callers() {
    let ad = ClassAd::new();
    let mut scope = Scope::new(&ad, 0);
    scope.utc_offset = 3600;
    let ask = |text| parse(text).unwrap().evaluate(&scope).unwrap();
    assert_eq!(ask("formatTime(0, \"%H:%M\")"), Value::from("01:00"));
    assert_eq!(ask("getHours(absTime(0))"), Value::Integer(1));
    assert_eq!(ask("timeZoneOffset()"), Value::RelativeTime(3600.0));
    assert!(parse("absTime(\"2024-01-01T00:00:00\")").is_err());
}

/// Texts that are mostly expressions.
fn text() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "1",
        "2.5",
        "-3",
        "a",
        "b.c",
        "MY.x",
        "\"s\"",
        "'q n'",
        "true",
        "undefined",
        "error",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "+",
        "-",
        "*",
        "/",
        "%",
        "==",
        "=?=",
        "=!=",
        "is",
        "isnt",
        "&&",
        "||",
        "!",
        "~",
        "?",
        ":",
        "?:",
        "<",
        ">>>",
        ",",
        ";",
        "=",
        ".",
        "strcat(",
        "member(",
        "eval(",
        "[x = 1; y = x]",
        "{1, 2}",
        "relTime(\"5\")",
        " ",
        "/* */",
        "|",
        "^",
        "regexps(\"a*\",",
        "substr(",
        "split(",
        "evalInEachContext(",
        "é",
        "\\",
        "\"\\\"\"",
    ]);
    prop::collection::vec(token, 0..24).prop_map(|tokens| tokens.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_what_is_written_reads_back(
        text in prop_oneof![text(), "\\PC{0,40}"],
        new in any::<bool>(),
    ) {
        let syntax = if new { Syntax::New } else { Syntax::Old };
        let mut ad = ClassAd::new();
        ad.insert("a", 1);
        ad.insert("x", Expr::Text(text.clone()));
        match Expression::parse(&text, syntax) {
            Err(error) => prop_assert!(!error.to_string().is_empty()),
            Ok(expression) => {
                let scope = Scope::new(&ad, 0).with_target(&ad);
                let value = expression.evaluate(&scope);
                // Old syntax cannot write every string; new syntax can.
                let again = Expression::parse(&expression.to_text(Syntax::New), Syntax::New);
                let again = again.expect("what was written can be read");
                // A sign in front of a number becomes part of it; after that nothing changes.
                let third = Expression::parse(&again.to_text(Syntax::New), Syntax::New);
                prop_assert_eq!(third.as_ref(), Ok(&again));
                if !text.contains("unparse") {
                    prop_assert_eq!(format!("{:?}", again.evaluate(&scope)), format!("{value:?}"));
                }
                if !text.contains(['"', '\\', '\'']) {
                    let old = Expression::parse(&expression.to_text(Syntax::Old), Syntax::Old);
                    prop_assert_eq!(old, Ok(again));
                }
            }
        }
    }
}
