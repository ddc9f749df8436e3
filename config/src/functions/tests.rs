//! What 25.14.1's `condor_config_val` prints for the same values.

use crate::budget::{Budget, LOOKUP};
use crate::expand::expand;
use crate::origin::Origin;
use crate::release::Release;
use crate::table::Table;

fn expanded(raw: &str) -> String {
    let mut table = Table::new(Release::default(), false, [], ["TOOL"]);
    for (name, raw) in [
        ("FIVE", "5"),
        ("SUM", "$(FIVE) + 2"),
        ("WORDS", "alpha, beta ,gamma"),
        ("FILE", "/usr/lib/x.tar.gz"),
        ("QUOTED", "\"my file.txt\""),
        ("HALF", "2.5"),
        ("MIXED", "{1.5, \"a\", 2}"),
        ("CAT", "strcat(\"a\",\"b\")"),
        ("LOOP", "$INT(LOOP)"),
    ] {
        table.insert(name, raw.to_owned(), Origin::Builtin).unwrap();
    }
    match expand(&table, raw, &mut Budget::new(LOOKUP)) {
        Ok(text) => text,
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn numbers() {
    for (raw, value) in [
        ("$INT(FIVE) $INT(SUM) $INT(12 / 5)", "5 7 2"),
        ("$INT(FIVE,%03d) $INT(FIVE,[%x])", "005 [5]"),
        (
            "$REAL(HALF) $REAL(FIVE) $REAL(FIVE,%.0f) $REAL(HALF,%6.2f)",
            "2.5 5 5.0   2.50",
        ),
        (
            "$STRING(FIVE) $STRING(\"a\",%3s|) $STRING(WORDS,%.5s)",
            "5   a| alpha",
        ),
        (
            "$EVAL(HALF) $EVAL(MIXED) $EVAL(0.0) $EVAL(true)",
            "2.500000000000000E+00 { 1.500000000000000E+00,\"a\",2 } 0.0 true",
        ),
        (
            "$EVAL(SUM) $EVAL(CAT) $EVAL(1/0) $EVAL(f(x))",
            "7 ab error )",
        ),
    ] {
        assert_eq!(expanded(raw), value, "{raw}");
    }
}

#[test]
fn lists() {
    for (raw, value) in [
        ("$CHOICE(1,WORDS) $CHOICE(FIVE,a,b,c,d,e,f)", "beta f"),
        (
            "$SUBSTR(WORDS,2) $SUBSTR(WORDS,-5,3) $SUBSTR(WORDS,1,-14)",
            "pha, beta ,gamma gam lph",
        ),
        ("$RANDOM_INTEGER(3,3) $RANDOM_CHOICE(x,x)", "3 x"),
    ] {
        assert_eq!(expanded(raw), value, "{raw}");
    }
    assert!("alpha beta gamma".contains(&expanded("$RANDOM_CHOICE(WORDS)")));
}

#[test]
fn paths() {
    for (raw, value) in [
        (
            "$Fn(FILE) $Fx(FILE) $Fxb(FILE) $Fnx(FILE)",
            "x.tar .gz gz x.tar.gz",
        ),
        (
            "$Fp(FILE) $Fpb(FILE) $Fd(FILE) $Fdb(FILE) $Fdd(FILE)",
            "/usr/lib/ /usr/lib lib/ lib usr/lib/",
        ),
        (
            "$Fq(FILE) $Fqa(FILE) $Fqp(FILE) $F(QUOTED) $Fqn(QUOTED)",
            "\"/usr/lib/x.tar.gz\" '/usr/lib/x.tar.gz' \"/usr/lib/\" my file.txt \"my file\"",
        ),
        (
            "$BASENAME(FILE) $BASENAME(FILE,.gz) $DIRNAME(FILE)",
            "x.tar.gz x.tar /usr/lib/",
        ),
        ("$Fw(FILE) $Fd(FIVE)|", "\\usr\\lib\\x.tar.gz |"),
    ] {
        assert_eq!(expanded(raw), value, "{raw}");
    }
}

#[test]
fn what_goes_wrong_is_told() {
    for (raw, reason) in [
        ("$INT(WORDS)", "integer"),
        ("$INT(FIVE,%s)", "format"),
        ("$INT(FIVE,%99999d)", "format"),
        ("$CHOICE(9,WORDS)", "fewer"),
        ("$CHOICE(0,NOPE)", "no setting"),
        ("$RANDOM_CHOICE()", "no list"),
        ("$SUBSTR(WORDS)", "start"),
        ("$INT(LOOP)", "circle"),
    ] {
        let text = expanded(raw);
        assert!(
            text.starts_with("error: ") && text.contains(reason),
            "{raw}: {text}"
        );
    }
}
