//! The mapfiles that are measured, and the names that they are asked for.

use std::fmt::Write as _;

/// How many lines with patterns.
pub(crate) const PATTERNS: usize = 10_000;
/// How many lines with literals.
pub(crate) const LITERALS: usize = 100_000;

/// One kind of line.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    /// Whether its patterns have a literal by which they can be found.
    pub(crate) has_literal: bool,
    /// The pattern of a line, as it stands between slashes.
    pattern: fn(usize) -> String,
    /// The name that it maps.
    subject: fn(usize) -> String,
}

/// All that have patterns.
pub(crate) const SHAPES: [Shape; 6] = [
    Shape {
        name: "issuer and subject, anchored",
        has_literal: true,
        pattern: |n| {
            format!(
                r"^https:\/\/tokens\.example\.org\/vo{},user-{n:05}$",
                n % 40
            )
        },
        subject: |n| format!("https://tokens.example.org/vo{},user-{n:05}", n % 40),
    },
    Shape {
        name: "distinguished names",
        has_literal: true,
        pattern: |n| {
            format!(r"^\/DC=org\/DC=example\/O=Open Science\/OU=People\/CN=Jane Roe {n:05}$")
        },
        subject: |n| format!("/DC=org/DC=example/O=Open Science/OU=People/CN=Jane Roe {n:05}"),
    },
    Shape {
        name: "anything of a site, not anchored",
        has_literal: true,
        pattern: |n| format!(r".*@site{n:05}\.example\.org"),
        subject: |n| format!("somebody@site{n:05}.example.org"),
    },
    Shape {
        name: "one of two, with a group",
        has_literal: true,
        pattern: |n| format!(r"^(pilot{n:05}|factory{n:05})@([a-z]+)\.example\.org$"),
        subject: |n| format!("factory{n:05}@pool.example.org"),
    },
    Shape {
        name: "an issuer each, any subject",
        has_literal: true,
        pattern: |n| format!(r"^https:\/\/issuer{n:05}\.example\.org,.*"),
        subject: |n| format!("https://issuer{n:05}.example.org,6f0c-41d2"),
    },
    Shape {
        name: "no literal at all",
        has_literal: false,
        pattern: |n| {
            format!(
                "^[a-z]{{{}}}[0-9]{{{}}}[A-Z]{{{}}}$",
                1 + n / 500,
                1 + n / 20 % 25,
                1 + n % 20
            )
        },
        subject: |n| {
            [
                "a".repeat(1 + n / 500),
                "1".repeat(1 + n / 20 % 25),
                "B".repeat(1 + n % 20),
            ]
            .concat()
        },
    },
];

impl Shape {
    pub(crate) fn text(&self) -> String {
        (0..PATTERNS).fold(String::new(), |mut text, n| {
            writeln!(text, "* /{}/ user{n}", (self.pattern)(n)).unwrap();
            text
        })
    }

    /// What is asked: a description, a name, and whether a line maps it.
    pub(crate) fn names(&self) -> Vec<(&'static str, String, bool)> {
        let last = (self.subject)(PATTERNS - 1);
        let mut names = vec![
            ("last line", last.clone(), true),
            ("no match", last.clone() + "\t!", false),
        ];
        // Not anchored at the end, a pattern takes what follows as well.
        if self.name.starts_with("anything") || self.name.starts_with("an issuer") {
            names[1].1 = last.replace("example", "elsewhere");
        }
        names.push(("nothing alike", "-".repeat(60), false));
        for n in (0..PATTERNS).step_by(397) {
            names.push(("many names", (self.subject)(n), true));
            names.push((
                "many names",
                (self.subject)(n).replace(['0', 'e'], "7"),
                false,
            ));
        }
        // Long, and with the literals of many lines in it.
        let all: Vec<String> = (0..PATTERNS).step_by(997).map(self.subject).collect();
        names.push(("names in a row", all.join(" "), false));
        names
    }
}

/// Literal lines.
pub(crate) fn literals() -> String {
    (0..LITERALS).fold(String::new(), |mut text, n| {
        writeln!(text, "* user{n:06}@pool.example.org local{n:06}").unwrap();
        text
    })
}
