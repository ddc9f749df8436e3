//! A line of a template (`Parse_config_string` in `config.cpp`), which is not quite a line of a file: names are not
//! expanded, and words between a name and its operator are part of the value.

use crate::lines::{is_space, trim, trim_start};
use crate::statement::Statement;

/// The lines of a template that count, with their numbers.
pub(crate) fn lines(body: &str) -> impl Iterator<Item = (usize, &str)> {
    body.split('\n')
        .map(trim)
        .filter(|line| !line.is_empty())
        .enumerate()
        .filter(|(_, line)| !line.starts_with('#'))
}

/// Takes a line apart that is neither blank nor a comment nor a conditional; `None` if it is no statement.
pub(crate) fn parse(line: &str) -> Option<Statement<'_>> {
    let category = line
        .get(..4)
        .filter(|word| word.eq_ignore_ascii_case("use "))
        .and_then(|_| line.get(4..))
        .map(trim_start);
    let text = category.unwrap_or(line);
    let end = text
        .bytes()
        .position(|b| is_space(b) || b == b'=' || b == b':')
        .unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    let (operator, separator, value) = operator(rest)?;
    if category.is_some() {
        return Some(Statement::Use {
            category: name,
            templates: value,
        });
    }
    Some(match operator {
        b':' if name.eq_ignore_ascii_case("error") => Statement::Error { message: value },
        b':' if name.eq_ignore_ascii_case("warning") => Statement::Warning { message: value },
        b'@' => Statement::Heredoc { name, tag: value },
        b'+' => Statement::Append {
            name,
            separator,
            value,
        },
        _ => Statement::Assign { name, value },
    })
}

/// The operator behind a name, what `+` puts between the values, and the value.
fn operator(rest: &str) -> Option<(u8, String, &str)> {
    let bytes = rest.as_bytes();
    let is_sign = |b: u8| b == b'=' || b == b':';
    let mut operator = bytes.first().copied().unwrap_or(0);
    let mut separator = " ".to_owned();
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'@' if bytes.get(at + 1) == Some(&b'=') => {
                operator = b'@';
                at += 1;
            }
            b'+' => {
                let mut behind = at + 1;
                if let Some(&mark @ (b',' | b';' | b'|' | b'&' | b'*')) = bytes.get(behind) {
                    let mark = char::from(mark);
                    behind += 1;
                    separator = mark.to_string();
                    if bytes.get(behind).copied().map(char::from) == Some(mark) {
                        behind += 1;
                        separator = format!(" {mark}{mark} ");
                    }
                }
                if bytes.get(behind) != Some(&b'=') {
                    operator = 0;
                    break;
                }
                operator = b'+';
                at = behind;
            }
            _ if is_sign(byte) && is_sign(operator) => {
                // HTCondor takes a second operator for the beginning of the value.
                operator = 0;
                break;
            }
            _ if is_sign(byte) => operator = byte,
            _ if is_space(byte) => {}
            _ => {
                if byte == b'@' {
                    operator = 0;
                }
                break;
            }
        }
        at += 1;
    }
    let value = rest.get(at.min(rest.len())..)?;
    if value.is_empty() && !is_sign(operator) {
        return None;
    }
    Some((operator, separator, trim_start(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements() {
        let assign = |name, value| Some(Statement::Assign { name, value });
        assert_eq!(parse("A=b = c"), assign("A", "b = c"));
        assert_eq!(parse("A = "), assign("A", ""));
        assert_eq!(parse("A b = c"), assign("A", "b = c"));
        assert_eq!(parse("A == c"), assign("A", "= c"));
        assert_eq!(parse("A"), None);
        assert_eq!(
            parse("A @=end"),
            Some(Statement::Heredoc {
                name: "A",
                tag: "end"
            })
        );
        let append = |separator: &str| {
            Some(Statement::Append {
                name: "A",
                separator: separator.to_owned(),
                value: "v",
            })
        };
        assert_eq!(parse("A += v"), append(" "));
        assert_eq!(parse("A +,= v"), append(","));
        assert_eq!(parse("A +&&= v"), append(" && "));
        assert_eq!(
            parse("use X : A(b=c), D"),
            Some(Statement::Use {
                category: "X",
                templates: "A(b=c), D"
            })
        );
        assert_eq!(
            parse("warning : w"),
            Some(Statement::Warning { message: "w" })
        );
    }

    #[test]
    fn lines_are_counted_as_htcondor_counts_them() {
        let found: Vec<_> = lines("\n\tA=1\n\n\t#\n  B=2\n").collect();
        assert_eq!(found, [(0, "A=1"), (2, "B=2")]);
    }
}
