//! What stands behind `use CATEGORY :`, and where the arguments go in a template (`MetaKnobAndArgs` and
//! `expand_meta_args` in `config.cpp`).

use crate::budget::Budget;
use crate::error::{ExpandError, excerpt};
use crate::lines::{is_blank, is_space, trim};
use crate::macros;
use crate::table::MAX_VALUE;

/// How deep brackets may nest in arguments.
const MAX_BRACKETS: usize = 25;

/// One template that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call<'a> {
    pub(crate) name: &'a str,
    /// What stands between the parentheses, or stood between the last ones.
    pub(crate) arguments: &'a str,
}

/// The templates in a list like `A, B(x, y) C`, each with the arguments it gets.
///
/// HTCondor forgets to clear what it read last. So a template without arguments gets those of the one before it, and a comma
/// at the end stands for the last template again. Parentheses that do not close are passed over: what follows is a name
/// again.
pub(crate) fn calls(list: &str) -> impl Iterator<Item = Call<'_>> {
    let bytes = list.as_bytes();
    let skip = move |mut at: usize, more: fn(u8) -> bool| {
        while bytes.get(at).is_some_and(|&b| more(b)) {
            at += 1;
        }
        at
    };
    let mut at = 0;
    let mut last = Call {
        name: "",
        arguments: "",
    };
    std::iter::from_fn(move || {
        let begin = at;
        let start = skip(at, |b| is_space(b) || b == b',');
        let end = skip(start, |b| !is_space(b) && b != b',' && b != b'(');
        if end == start {
            at = start;
            return (start > begin).then_some(last);
        }
        last.name = list.get(start..end)?;
        at = skip(end, is_space);
        if bytes.get(at) == Some(&b'(') {
            if let Some(close) = closing(bytes, at, MAX_BRACKETS) {
                last.arguments = list.get(at + 1..close)?;
                at = close;
            }
            at = skip(at + 1, is_space);
        }
        Some(last)
    })
}

/// Where the bracket at `open` closes.
fn closing(bytes: &[u8], open: usize, depth: usize) -> Option<usize> {
    let own = *bytes.get(open)?;
    let wanted = match own {
        b'(' => b')',
        b'[' => b']',
        other => other,
    };
    let mut at = open + 1;
    loop {
        let byte = *bytes.get(at)?;
        if byte == wanted {
            return Some(at);
        }
        if matches!(byte, b'(' | b'[') {
            at = closing(bytes, at, depth.checked_sub(1)?)?;
        }
        at += 1;
    }
}

/// Puts arguments where a template has `$(1)`, `$(2:default)`, `$(0)` for all of them, `$(3+)` for the third and all behind
/// it, `$(0#)` for how many there are, and `$(1?)` for 1 or 0.
///
/// What was put in is looked at again, as in HTCondor.
pub(crate) fn substitute(
    body: &str,
    arguments: &str,
    budget: &mut Budget,
) -> Result<String, ExpandError> {
    let mut text = body.to_owned();
    while let Some(found) = macros::find_argument(&text, budget)? {
        let value = argument(&found, arguments);
        let range = found.start..found.end;
        budget.spend(2048 + text.len() + value.len() + arguments.len())?;
        if text.len() + value.len() > MAX_VALUE {
            return Err(ExpandError::TooLong {
                last: excerpt(text.get(range).unwrap_or("")),
            });
        }
        text.replace_range(range, &value);
    }
    Ok(text)
}

/// What an argument macro stands for.
fn argument(found: &macros::Argument<'_>, arguments: &str) -> String {
    let mut items = Items::new(arguments);
    let text = match (found.index, found.many) {
        (0, true) => items.count().to_string(),
        (0, false) => arguments.to_owned(),
        (index, true) => {
            let mut rest = items.rest();
            for _ in 1..index {
                if rest.is_none() {
                    break;
                }
                items.next();
                rest = items.rest();
            }
            let rest = rest.map_or("", |rest| rest.strip_prefix(',').unwrap_or(rest));
            match found.default {
                Some(default) if rest.is_empty() => default,
                _ => rest,
            }
            .to_owned()
        }
        (index, false) => items
            .nth(index - 1)
            .or(found.default)
            .unwrap_or("")
            .to_owned(),
    };
    let text = trim(&text);
    match found.is_test {
        true if text.is_empty() => "0".to_owned(),
        true => "1".to_owned(),
        false => text.to_owned(),
    }
}

/// A list that is split at commas, empty items left out.
struct Items<'a> {
    list: &'a str,
    at: usize,
}

impl<'a> Items<'a> {
    fn new(list: &'a str) -> Self {
        Items { list, at: 0 }
    }

    /// What was not looked at yet; the comma behind the last item is part of it.
    fn rest(&self) -> Option<&'a str> {
        self.list.get(self.at..).filter(|rest| !rest.is_empty())
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest()?;
        let skipped = rest
            .bytes()
            .position(|b| b != b',' && !is_space(b))
            .unwrap_or(rest.len());
        let rest = rest.get(skipped..)?;
        let end = rest.find(',').unwrap_or(rest.len());
        let item = rest.get(..end)?;
        self.at += skipped + end;
        let item = item.trim_end_matches(is_blank);
        (!item.is_empty()).then_some(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::LOOKUP;

    fn of(list: &str) -> Vec<(&str, &str)> {
        calls(list)
            .map(|call| (call.name, call.arguments))
            .collect()
    }

    #[test]
    fn lists_of_templates() {
        assert_eq!(
            of(" A, B ,,C D"),
            [("A", ""), ("B", ""), ("C", ""), ("D", "")]
        );
        assert_eq!(
            of("A(x, (y) [z]) B ( q )C"),
            [("A", "x, (y) [z]"), ("B", " q "), ("C", " q ")]
        );
        assert_eq!(of("A(x, B"), [("A", ""), ("x", ""), ("B", "")]);
        assert_eq!(of("A(" /* nothing behind it */), [("A", "")]);
        assert_eq!(of("A(b), C ,"), [("A", "b"), ("C", "b"), ("C", "b")]);
        assert_eq!(of("(x)"), []);
        assert_eq!(of(","), [("", "")]);
        assert_eq!(of(""), []);
        let deep = format!("A({}", "(".repeat(100_000));
        assert_eq!(of(&deep).first(), Some(&("A", "")));
    }

    #[test]
    fn arguments_go_where_they_belong() {
        let put = |body: &str, arguments: &str| {
            substitute(body, arguments, &mut Budget::new(LOOKUP)).unwrap()
        };
        assert_eq!(put("$(1)-$(2)-$(3:d e)", " a , b"), "a-b-d e");
        assert_eq!(
            put("$(0)|$(0#)|$(2+)|$(1?)$(4?)", "a, b, c"),
            "a, b, c|3|b, c|10"
        );
        assert_eq!(put("$(1) $(X) $(1x)", ""), " $(X) $(1x)");
        assert_eq!(put("$(3:a(b)c)", ""), "a(b)c");
        assert!(substitute("$(1)", "$(1)x", &mut Budget::new(LOOKUP)).is_err());
    }
}
