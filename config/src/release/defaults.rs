//! The table of a release's defaults: `NAME = value` on a line, long values between `NAME @=end` and `@end`; a name alone
//! is one that HTCondor knows and has no default for.

/// Names and values.
pub(super) struct Defaults {
    /// Those that count in all subsystems, ordered by name without regard to case.
    all: Vec<(&'static str, Option<&'static str>)>,
    /// Those with a subsystem in front.
    scoped: Vec<(&'static str, &'static str)>,
}

impl Defaults {
    /// Reads the text of a table.
    pub(super) fn parse(text: &'static str) -> Self {
        let mut all = Vec::with_capacity(1300);
        let mut scoped = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (line, behind) = rest.split_once('\n').unwrap_or((rest, ""));
            rest = behind;
            let Some((name, value)) = line.split_once(" = ") else {
                if let Some(name) = line.strip_suffix(" @=end") {
                    let (value, behind) = rest.split_once("\n@end\n").unwrap_or((rest, ""));
                    all.push((name, Some(value)));
                    rest = behind;
                } else {
                    all.push((line, None));
                }
                continue;
            };
            if name.contains('.') {
                scoped.push((name, value));
            } else {
                all.push((name, Some(value)));
            }
        }
        // The tables are in this order already, which sorting them then costs next to nothing to make sure of.
        all.sort_by(|(one, _), (other, _)| compare(one, other));
        Defaults { all, scoped }
    }

    pub(super) fn default_of(&self, name: &str) -> Option<(&'static str, &'static str)> {
        let index = self.all.binary_search_by(|(known, _)| compare(known, name));
        let (name, value) = self.all.get(index.ok()?).copied()?;
        Some((name, value?))
    }

    pub(super) fn subsystem_default(
        &self,
        subsystem: &str,
        name: &str,
    ) -> Option<(&'static str, &'static str)> {
        let mut scoped = self.scoped.iter().copied();
        scoped.find(|(known, _)| {
            known.split_once('.').is_some_and(|(scope, rest)| {
                scope.eq_ignore_ascii_case(subsystem) && rest.eq_ignore_ascii_case(name)
            })
        })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
        self.all.iter().copied()
    }
}

/// The order of names without regard to case.
pub(crate) fn compare(one: &str, other: &str) -> std::cmp::Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    one.bytes().map(lower).cmp(other.bytes().map(lower))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Release;

    #[test]
    fn all_of_a_table_is_read() {
        let table = Defaults::parse("A = 1\nB @=end\nx\n y\n@end\nC = \nD\nS.A = 2\n");
        let all = [
            ("A", Some("1")),
            ("B", Some("x\n y")),
            ("C", Some("")),
            ("D", None),
        ];
        assert_eq!(table.all, all);
        assert_eq!(table.scoped, [("S.A", "2")]);
        for (release, text) in [
            (
                Release::V25_14_1,
                include_str!("../../releases/25.14.1/defaults"),
            ),
            (
                Release::V23_9_6,
                include_str!("../../releases/23.9.6/defaults"),
            ),
        ] {
            let lines = |table: &Defaults| {
                let lines = table.all.iter().map(|(_, value)| match value {
                    Some(value) if value.contains('\n') => value.split('\n').count() + 2,
                    _ => 1,
                });
                lines.sum::<usize>() + table.scoped.len()
            };
            assert_eq!(
                lines(&Defaults::parse(text)),
                text.lines().count(),
                "{release}"
            );
        }
    }
}
