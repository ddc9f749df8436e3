//! ClassAd text: what can be read can be printed, and reads back as the same value.

#![no_main]

use countersign_classad::{
    ClassAd, Expr, Value, is_attribute_name, is_private, parse_assignment, print_assignment,
    print_value,
};
use libfuzzer_sys::fuzz_target;

fn same(a: &Expr, b: &Expr) -> bool {
    match (a, b) {
        // Zero has a sign.
        (Expr::Literal(Value::Real(a)), Expr::Literal(Value::Real(b))) => {
            a.to_bits() == b.to_bits()
        }
        _ => a == b,
    }
}

fuzz_target!(|text: &str| {
    if let Err(error) = parse_assignment(text) {
        assert!(!error.to_string().is_empty());
    }
    if let Ok((name, expr)) = parse_assignment(text) {
        assert!(is_attribute_name(&name));
        let printed = print_assignment(&name, &expr).expect("what was read can be printed");
        let (again, value) = parse_assignment(&printed).expect("what was printed can be read");
        assert_eq!(again, name);
        assert!(
            same(&value, &expr),
            "{expr:?} became {value:?} by {printed:?}"
        );
        assert_eq!(
            print_assignment(&again, &value).as_deref(),
            Ok(printed.as_str())
        );
    }
    if let Ok(expr) = Expr::parse(text) {
        let printed = print_value("X", &expr).expect("what was read can be printed");
        assert!(same(&Expr::parse(&printed).expect("readable"), &expr));
    }
    // A string of any content either cannot be printed or comes back whole.
    let expr = Expr::from(text);
    if let Ok(printed) = print_value("X", &expr) {
        assert_eq!(Expr::parse(&printed).as_ref(), Ok(&expr), "{printed:?}");
    }

    let mut ad = ClassAd::new();
    for (name, expr) in text.lines().filter_map(|line| parse_assignment(line).ok()) {
        ad.insert(&name, expr.clone());
        assert!(
            ad.get(&name.to_ascii_uppercase())
                .is_some_and(|found| same(found, &expr))
        );
        let _ = (
            ad.get_int(&name),
            ad.get_bool(&name),
            ad.get_real(&name),
            ad.get_str(&name),
        );
    }
    // Attributes that hold secrets are not shown.
    let mut secret = ClassAd::new();
    for (name, _) in ad.iter().filter(|(name, _)| is_private(name)) {
        secret.insert(name, "hunter2 and more");
    }
    assert!(!format!("{secret:?}").contains("hunter2"));
    let lines = ad.to_long_form();
    assert_eq!(lines == "\n", ad.is_empty());
});
