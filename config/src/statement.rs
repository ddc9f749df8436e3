//! What one logical line says (`Parse_macros` in `config.cpp`).

use crate::error::SyntaxError;
use crate::lines::{is_blank, is_space, trim, trim_start};

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
    /// `error CODE : message`; the code says nothing.
    Error { message: &'a str },
    /// `use CATEGORY : TEMPLATES`.
    Use {
        category: &'a str,
        templates: &'a str,
    },
    /// `include OPTIONS : what`.
    Include { options: &'a str, what: &'a str },
    /// `[section]`, which HTCondor skips for the sake of .ini files.
    Section,
    /// Words between the name and the operator, which HTCondor ignores.
    ExtraWords {
        words: &'a str,
        then: Box<Statement<'a>>,
    },
}

/// `if`, `elif`, `else` or `endif`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conditional<'a> {
    If(&'a str),
    Elif(&'a str),
    Else,
    Endif,
}

/// The line as a conditional, if its first word is one, in any case (`ConfigIfStack::line_is_if`).
pub(crate) fn conditional(line: &str) -> Option<Conditional<'_>> {
    let end = line.bytes().position(is_space).unwrap_or(line.len());
    let (word, rest) = line.split_at_checked(end)?;
    let condition = trim_start(rest);
    Some(match word.to_ascii_lowercase().as_str() {
        "if" => Conditional::If(condition),
        "elif" => Conditional::Elif(condition),
        "else" => Conditional::Else,
        "endif" => Conditional::Endif,
        _ => return None,
    })
}

/// Takes a line apart that is neither blank nor a comment nor a conditional. Where the release does not know `+=`, the
/// plus sign is one of the words that are ignored.
pub(crate) fn parse(line: &str, appends: bool) -> Result<Statement<'_>, SyntaxError> {
    let no_operator = || {
        // A file that is none may hold a secret: no more of it is shown than tells which line is meant.
        let text: String = line.chars().take(12).flat_map(char::escape_debug).collect();
        let word = line.split(is_blank).next();
        let keyword = word.unwrap_or("").trim_start_matches('@');
        if ["use", "include"]
            .iter()
            .any(|known| keyword.eq_ignore_ascii_case(known))
        {
            SyntaxError::NoColon { text }
        } else {
            SyntaxError::NoOperator { text }
        }
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
        .find(|c| matches!(c, '=' | ':' | '@') || appends && c == '+')
        .filter(|&offset| rest.starts_with(['=', ':']) || offset > 0)
        .ok_or_else(no_operator)?;
    let (between, operator) = rest.split_at(offset);
    let words = trim(between);
    let statement = operation(name, words, operator).ok_or_else(no_operator)?;
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

/// What `rest`, from the operator on, does with `name`; `words` stand in between.
fn operation<'a>(name: &'a str, words: &'a str, rest: &'a str) -> Option<Statement<'a>> {
    if let Some(value) = rest.strip_prefix('=') {
        let value = trim_start(value);
        return Some(Statement::Assign { name, value });
    }
    if let Some(value) = rest.strip_prefix(':') {
        let value = trim_start(value);
        let word = name.strip_prefix('@').unwrap_or(name);
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        return Some(if is("use") {
            Statement::Use {
                category: words,
                templates: value,
            }
        } else if is("include") {
            Statement::Include {
                options: words,
                what: value,
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Statement<'_>, SyntaxError> {
        super::parse(line, true)
    }

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
        // What 23.9.6 makes of it.
        let ignored = super::parse("A += v", false);
        assert!(matches!(
            ignored,
            Ok(Statement::ExtraWords { words: "+", .. })
        ));
    }

    #[test]
    fn keywords() {
        for (line, expected) in [
            ("if true", Conditional::If("true")),
            ("IF", Conditional::If("")),
            ("elif  a b", Conditional::Elif("a b")),
            ("Else what", Conditional::Else),
            ("ENDIF", Conditional::Endif),
        ] {
            assert_eq!(conditional(line), Some(expected), "{line}");
        }
        assert_eq!(conditional("iffy = 1"), None);
        for (line, category, templates) in [
            ("use ROLE : Personal, Submit", "ROLE", "Personal, Submit"),
            ("@USE  a b:x", "a b", "x"),
            ("use :", "", ""),
        ] {
            let expected = Statement::Use {
                category,
                templates,
            };
            assert_eq!(parse(line), Ok(expected), "{line}");
        }
        for (line, options, what) in [
            ("include : /a b", "", "/a b"),
            ("@include ifexist command : x", "ifexist command", "x"),
        ] {
            assert_eq!(
                parse(line),
                Ok(Statement::Include { options, what }),
                "{line}"
            );
        }
        assert_eq!(
            parse("warning : m"),
            Ok(Statement::Warning { message: "m" })
        );
        for line in ["error : m", "error 3 : m", "Error : m"] {
            assert_eq!(parse(line), Ok(Statement::Error { message: "m" }));
        }
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
