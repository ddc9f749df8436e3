//! What one logical line says (`Parse_macros` in `config.cpp`).

use crate::error::{SyntaxError, excerpt};
use crate::lines::{is_space, trim_start};

/// A line, taken apart but with nothing expanded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Statement<'a> {
    /// `NAME = value`.
    Assign { name: &'a str, value: &'a str },
    /// `NAME : value`, obsolete.
    Colon { name: &'a str, value: &'a str },
    /// `NAME += value`, `NAME +,= value`, `NAME +&&= value`; what goes between the old value and the new.
    Append {
        name: &'a str,
        separator: String,
        value: &'a str,
    },
    /// `NAME @=tag`.
    Heredoc { name: &'a str, tag: &'a str },
    /// `warning : message`.
    Warning { message: &'a str },
    /// `error : message`.
    Error { message: &'a str },
    /// `[section]`, which HTCondor skips for the sake of .ini files.
    Section,
    /// A word of the language that is not read yet.
    Unsupported { keyword: &'static str },
    /// Words between the name and the operator, which HTCondor ignores.
    ExtraWords {
        words: &'a str,
        then: Box<Statement<'a>>,
    },
}

/// Takes a line apart that is neither blank nor a comment.
pub(crate) fn parse(line: &str) -> Result<Statement<'_>, SyntaxError> {
    // A colon in front hides an `if` from very old versions.
    let hidden = line.strip_prefix(':').unwrap_or(line);
    if let Some(keyword) = conditional(hidden) {
        return Ok(Statement::Unsupported { keyword });
    }
    let no_operator = || SyntaxError::NoOperator {
        text: excerpt(line),
    };
    let bytes = line.as_bytes();
    let Some(name_end) = bytes
        .iter()
        .position(|&b| is_space(b) || b == b'=' || b == b':')
    else {
        return if line.starts_with('[') {
            Ok(Statement::Section)
        } else {
            Err(no_operator())
        };
    };
    let (name, rest) = line.split_at(name_end);
    let offset = rest
        .find(['=', ':', '@', '+'])
        .filter(|&offset| rest.starts_with(['=', ':']) || offset > 0)
        .ok_or_else(no_operator)?;
    let (between, operator) = rest.split_at(offset);
    let statement = operation(name, operator).ok_or_else(no_operator)?;
    let words = between.trim_matches(|c: char| c.is_ascii() && is_space(c as u8));
    Ok(match statement {
        Statement::Assign { .. }
        | Statement::Colon { .. }
        | Statement::Append { .. }
        | Statement::Heredoc { .. }
            if !words.is_empty() =>
        {
            Statement::ExtraWords {
                words,
                then: Box::new(statement),
            }
        }
        statement => statement,
    })
}

/// What `rest`, from the operator on, does with `name`.
fn operation<'a>(name: &'a str, rest: &'a str) -> Option<Statement<'a>> {
    if let Some(value) = rest.strip_prefix('=') {
        let value = trim_start(value);
        return Some(Statement::Assign { name, value });
    }
    if let Some(value) = rest.strip_prefix(':') {
        let value = trim_start(value);
        let word = name.strip_prefix('@').unwrap_or(name);
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        return Some(if is("use") {
            Statement::Unsupported { keyword: "use" }
        } else if is("include") {
            Statement::Unsupported { keyword: "include" }
        } else if is("error") {
            Statement::Error { message: value }
        } else if is("warning") {
            Statement::Warning { message: value }
        } else {
            Statement::Colon { name, value }
        });
    }
    if let Some(tag) = rest.strip_prefix("@=") {
        let tag = trim_start(tag);
        return Some(Statement::Heredoc { name, tag });
    }
    let plus = rest.strip_prefix('+')?;
    let (separator, rest) = match plus.chars().next() {
        Some(c @ (',' | ';' | '|' | '&' | '*')) => {
            let single = plus.strip_prefix(c)?;
            match single.strip_prefix(c) {
                Some(double) => (format!(" {c}{c} "), double),
                None => (c.to_string(), single),
            }
        }
        _ => (" ".to_owned(), plus),
    };
    let value = trim_start(rest.strip_prefix('=')?);
    Some(Statement::Append {
        name,
        separator,
        value,
    })
}

/// `if`, `elif`, `else` or `endif`, as a word of its own, in any case.
fn conditional(line: &str) -> Option<&'static str> {
    let end = line.bytes().position(is_space).unwrap_or(line.len());
    let word = line.get(..end)?;
    ["if", "elif", "else", "endif"]
        .into_iter()
        .find(|keyword| word.eq_ignore_ascii_case(keyword))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments() {
        let assign = |name, value| Ok(Statement::Assign { name, value });
        assert_eq!(parse("A=b=c:d"), assign("A", "b=c:d"));
        assert_eq!(parse("A.x/y \t= v w"), assign("A.x/y", "v w"));
        assert_eq!(parse("A ="), assign("A", ""));
        assert_eq!(parse("$(P)_NAME = x"), assign("$(P)_NAME", "x"));
        assert_eq!(parse("if=1"), assign("if", "1"));
        assert_eq!(
            parse("A : v"),
            Ok(Statement::Colon {
                name: "A",
                value: "v"
            })
        );
        assert_eq!(
            parse("A @=end"),
            Ok(Statement::Heredoc {
                name: "A",
                tag: "end"
            })
        );
        assert!(matches!(
            parse("A FOO = v"),
            Ok(Statement::ExtraWords { words: "FOO", .. })
        ));
    }

    #[test]
    fn appending() {
        for (line, expected) in [("A += v", " "), ("A +,= v", ","), ("A +&&= v", " && ")] {
            let Ok(Statement::Append {
                separator, value, ..
            }) = parse(line)
            else {
                panic!("{line}");
            };
            assert_eq!((separator.as_str(), value), (expected, "v"));
        }
    }

    #[test]
    fn keywords() {
        for line in [
            "if true",
            ":if x",
            "ENDIF",
            "else",
            "use ROLE : Personal",
            "@include : x",
        ] {
            assert!(
                matches!(parse(line), Ok(Statement::Unsupported { .. })),
                "{line}"
            );
        }
        assert_eq!(
            parse("warning : m"),
            Ok(Statement::Warning { message: "m" })
        );
        assert_eq!(parse("error 3 : m"), Ok(Statement::Error { message: "m" }));
        assert_eq!(parse("[x]"), Ok(Statement::Section));
    }

    #[test]
    fn nonsense() {
        for line in ["A", "A b", "A @ x", "A + x", "A +", "[a b]", "@"] {
            assert!(
                matches!(parse(line), Err(SyntaxError::NoOperator { .. })),
                "{line}"
            );
        }
    }
}
