//! What is shown for findings, and what is said where there are none.

use super::{Code, report};
use crate::escape;
use crate::keys::BareKeys::{self, Literals, Patterns};

/// A line, the name that is shown and the correction, for one code.
type Shown = (
    BareKeys,
    Code,
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
);

const SHOWN: &[Shown] = &[
    (
        Literals,
        Code::UnanchoredStart,
        "SCITOKENS /https:\\/\\/issuer.org,.*/ osg",
        Some("https://evil.example/?https://issuer.org,x"),
        Some("SCITOKENS /^https:\\/\\/issuer\\.org,.*/ osg"),
    ),
    (
        Literals,
        Code::OpenIssuer,
        "SCITOKENS /^https:\\/\\/issuer\\.org/ osg",
        Some("https://issuer.org.evil.example,x"),
        Some("SCITOKENS /^https:\\/\\/issuer\\.org,/ osg"),
    ),
    (
        Literals,
        Code::OpenIssuer,
        "SCITOKENS /^https:\\/\\/issuer\\.org.*/ osg",
        Some("https://issuer.org.evil.example,x"),
        Some("SCITOKENS /^https:\\/\\/issuer\\.org,/ osg"),
    ),
    (
        Literals,
        Code::EarlySlash,
        "SCITOKENS /^https://a.issuer.org,x$/ osg",
        Some("https://evil.example,x"),
        Some("SCITOKENS /^https:\\/\\/a\\.issuer\\.org,x$/ osg"),
    ),
    (
        Literals,
        Code::EarlySlash,
        "SSL /DC=org/CN=Jane jane",
        Some("/O=Evil/DC=org"),
        Some("SSL \"/DC=org/CN=Jane\" jane"),
    ),
    // A comment behind the line is no part of it.
    (
        Literals,
        Code::EarlySlash,
        "SCITOKENS /^https://a.org,x$/ osg # ticket 5",
        Some("https://evil.example,x"),
        Some("SCITOKENS /^https:\\/\\/a\\.org,x$/ osg # ticket 5"),
    ),
    (
        Patterns,
        Code::CutByBlank,
        "SSL /DC=org/CN=Jane Doe jane # Jane Doe, 5",
        None,
        Some("SSL \"^/DC=org/CN=Jane Doe$\" jane # Jane Doe, 5"),
    ),
    // What stands at a subject's end is not put at its beginning.
    (
        Literals,
        Code::UnanchoredStart,
        "SSL /\\/CN=Jane Doe$/ jane",
        Some("/O=Evil/CN=x/CN=Jane Doe"),
        None,
    ),
    (
        Literals,
        Code::UnescapedDot,
        "SCITOKENS /^https:\\/\\/a.issuer.org,x$/i osg",
        Some("https://axissuer.org,x"),
        Some("SCITOKENS /^https:\\/\\/a\\.issuer\\.org,x$/i osg"),
    ),
    (
        Literals,
        Code::WildHost,
        "SCITOKENS /^https:\\/\\/.*\\.c\\.org,x$/ osg",
        Some("https://evil.example/.c.org,x"),
        Some("SCITOKENS /^https:\\/\\/[A-Za-z0-9.-]*\\.c\\.org,x$/ osg"),
    ),
    (
        Patterns,
        Code::CutByBlank,
        "SSL /DC=org/CN=Jane Doe jane",
        None,
        Some("SSL \"^/DC=org/CN=Jane Doe$\" jane"),
    ),
    (
        Patterns,
        Code::SlashesInPattern,
        "SCITOKENS /^https:\\/\\/a.issuer.org,x/i osg",
        None,
        Some("SCITOKENS (?i)^https://a\\.issuer\\.org,x$ osg"),
    ),
    (
        Patterns,
        Code::PatternMissesItself,
        "SSL \"/CN=Jane (Doe)\" jane",
        None,
        Some("SSL \"^/CN=Jane \\(Doe\\)$\" jane"),
    ),
    (
        Literals,
        Code::LiteralLikePattern,
        "SCITOKENS ^https://a.issuer.org,x$ osg",
        None,
        Some("SCITOKENS /^https:\\/\\/a\\.issuer\\.org,x$/ osg"),
    ),
    (
        Literals,
        Code::UnknownMethod,
        "SCITOKEN https://a.org,x osg",
        None,
        Some("SCITOKENS https://a.org,x osg"),
    ),
    (
        Literals,
        Code::UnclosedField,
        "SSL \"/CN=Jane Doe jane",
        None,
        Some("SSL \"/CN=Jane Doe\" jane"),
    ),
    (
        Literals,
        Code::GluedName,
        "FS /^a$/bob",
        None,
        Some("FS /^a$/ bob"),
    ),
    (
        Literals,
        Code::CarriageReturn,
        "FS a b\r",
        None,
        Some("FS a b"),
    ),
    // What was meant by these nobody knows.
    (
        Literals,
        Code::UnanchoredStart,
        "SCITOKENS /issuer/ osg",
        Some("https://evil.example/?issuer,x"),
        None,
    ),
    (
        Literals,
        Code::WildHost,
        "SCITOKENS /^https:\\/\\/a\\.org.*,x$/ osg",
        Some("https://a.orgevil.example,x"),
        None,
    ),
    (Literals, Code::TrailingBackslash, "FS a b\\", None, None),
];

#[test]
fn what_is_shown_for_it() {
    for (keys, code, text, witness, correction) in SHOWN {
        let report = report(format!("{text}\n").as_bytes(), *keys).unwrap();
        let finding = report.findings.iter().find(|finding| finding.code == *code);
        let finding = finding.unwrap_or_else(|| panic!("{text}: {report:#?}"));
        let name = finding
            .witness
            .as_ref()
            .map(|found| escape(&found.principal));
        assert_eq!(name.as_deref(), *witness, "{text}");
        let line = finding.correction.as_deref().map(escape);
        assert_eq!(line.as_deref(), *correction, "{text}");
    }
}

#[test]
fn where_it_is() {
    for (keys, text, code, columns) in [
        (Literals, "FS /a\\/(/ x\n", Code::BadPattern, 9..9),
        (
            Literals,
            "SSL /^\\/CN=www.a.org$/ www\n",
            Code::UnescapedDot,
            15..16,
        ),
        (Literals, "  GSI a b\n", Code::GoneMethod, 3..6),
        (Patterns, "FS \"a\\\"b(\" x\n", Code::BadPattern, 10..10),
    ] {
        let report = report(text.as_bytes(), keys).unwrap();
        let finding = report.findings.iter().find(|finding| finding.code == code);
        assert_eq!(finding.unwrap().columns, columns, "{text}");
    }
}

#[test]
fn what_is_not_decided_is_told() {
    let one = report(b"SCITOKENS /^(?=h)https:\\/\\/a/ osg\n", Literals).unwrap();
    assert_eq!(one.undecided.len(), 1, "{one:#?}");
    let two = report(b"FS /^[a-z]+x$/ a\nFS /^[a-c]+x$/ b\n", Literals).unwrap();
    assert_eq!(two.undecided.len(), 1, "{two:#?}");
    // An earlier line takes all that could show it: not said, not kept silent.
    let text = b"SCITOKENS /^https:/ x@banned.htcondor.org\nSCITOKENS /.*/ osg\n";
    let three = report(text, Literals).unwrap();
    assert_eq!(
        (three.findings.len(), three.undecided.len()),
        (0, 1),
        "{three:#?}"
    );
}

#[test]
fn a_clean_run_says_what_was_checked() {
    let report = report(b"# nothing\nFS /(.*)/ \\1\n", Literals).unwrap();
    assert!(report.findings.is_empty());
    let summary = report.summary.to_string();
    assert!(
        summary.starts_with("checked 2 lines of 1 file (1 that map, 1 pattern)"),
        "{summary}"
    );
    assert!(summary.contains("says nothing about"), "{summary}");
    assert!(!summary.contains("safe"), "{summary}");
}

#[test]
fn many_lines_do_not_take_long() {
    let mut text = String::new();
    for number in 0..2000 {
        text += &format!("SCITOKENS /https:\\/\\/i{number}.org,s[a-z]+/ u{number}\n");
        text += &format!("FS /^(a+)+b{number}$/ u{number}\n");
    }
    for number in 0..20_000 {
        text += &format!("SCITOKENS https://l{number}.org,s u{number}\n");
    }
    let began = std::time::Instant::now();
    let report = report(text.as_bytes(), Literals).unwrap();
    assert!(report.undecided.len() > 2, "{:#?}", report.undecided);
    assert!(report.findings.len() > 2000);
    assert!(began.elapsed().as_secs() < 60);
}
