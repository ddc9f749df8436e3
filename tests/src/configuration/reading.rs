//! What `-dump -verbose` says, read.

/// A knob as `-dump -verbose` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knob {
    /// As it is spelled there.
    pub name: String,
    /// Macros and all; the lines of a long one, each as it is shown.
    pub raw: String,
    /// What decided: a file and a line, a template, `<Default>` and so on.
    pub place: String,
    /// Macros expanded.
    pub expanded: String,
    /// The default, if it has one.
    pub default: Option<String>,
}

const AT: &str = " # at: ";
const EXPANDED: &str = " # expanded:";
const DEFAULT: &str = " # default:";

/// Reads it.
///
/// A value, expanded or not, may have lines of any look; so the place is looked for, which each knob has, and the line
/// before it begins the knob, or the lines before it up to `NAME @=end`.
#[must_use]
pub fn parse(text: &str) -> Vec<Knob> {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut heads = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        if !line.starts_with(AT) || number == 0 {
            continue;
        }
        let mut head = number - 1;
        if lines[head] == "@end" {
            head -= 1;
            while lines[head].starts_with("   ") && head > 0 {
                head -= 1;
            }
        }
        heads.push((head, number));
    }
    let ends = heads.iter().skip(1).map(|(head, _)| *head);
    let ends: Vec<usize> = ends.chain([lines.len()]).collect();
    heads
        .iter()
        .zip(ends)
        .map(|((head, at), end)| knob(&lines[*head..*at], lines[*at], &lines[at + 1..end]))
        .collect()
}

fn knob(head: &[&str], at: &str, rest: &[&str]) -> Knob {
    let (name, raw) = match head[0].split_once(" = ") {
        Some((name, value)) if head.len() == 1 => (name, value.to_owned()),
        _ => {
            let name = head[0].split(' ').next().unwrap_or_default();
            (name, head[1..].join("\n"))
        }
    };
    let default = rest.iter().position(|line| line.starts_with(DEFAULT));
    let expanded = rest[..default.unwrap_or(rest.len())].join("\n");
    let expanded = expanded
        .strip_prefix(EXPANDED)
        .unwrap_or(&expanded)
        .trim_end_matches('\n');
    Knob {
        name: name.to_owned(),
        raw,
        place: at[AT.len()..].to_owned(),
        expanded: expanded.to_owned(),
        default: default.map(|start| rest[start..].join("\n").trim_end_matches('\n').to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_several_lines() {
        let text = "# Configuration from machine: x\nA = 1\n # at: /c, line 1\n # expanded: 1\nB @=end\n   A = 2\n   # at: no\n\
                    @end\n # at: /c, line 5\n # expanded: \n #     A = 2\nC = $(B)\n # at: <Default>\n # expanded: A = 2\nD = \
                    3\n # default: $(B)\n";
        let knobs = parse(text);
        let names: Vec<&str> = knobs.iter().map(|knob| knob.name.as_str()).collect();
        assert_eq!(names, ["A", "B", "C"]);
        assert_eq!(knobs[1].raw, "   A = 2\n   # at: no\n@end");
        assert_eq!(knobs[1].place, "/c, line 5");
        assert_eq!(knobs[2].expanded, " A = 2\nD = 3");
        assert_eq!(knobs[2].default.as_deref(), Some(" # default: $(B)"));
    }
}
