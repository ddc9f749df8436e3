//! Expanding references (`expand_macro` and `expand_self_macro` in `config.cpp`), within bounds.

use crate::budget::Budget;
use crate::error::{ExpandError, excerpt};
use crate::macros::{self, Kind, Macro};
use crate::table::{MAX_VALUE, Table};

/// What each step costs besides the bytes it looks at.
const STEP: usize = 256;

const DOLLAR: &str = "DOLLAR";

fn is_dollar(found: &Macro<'_>) -> bool {
    found.kind == Kind::Setting && found.body.eq_ignore_ascii_case(DOLLAR)
}

/// Expands every reference in `raw`, then `$(DOLLAR)`. What a reference becomes is looked at again, so that a reference
/// may be put together from parts.
pub(crate) fn expand(table: &Table, raw: &str, budget: &mut Budget) -> Result<String, ExpandError> {
    let mut text = raw.to_owned();
    let mut from = 0;
    while let Some(found) = macros::find(&text, from, is_dollar, budget)? {
        from = found.start;
        let (range, value) = (found.start..found.end, evaluate(table, &found)?);
        replace(&mut text, range, &value, budget)?;
    }
    from = 0;
    while let Some(found) = macros::find(&text, from, |m| !is_dollar(m), budget)? {
        from = found.start;
        let range = found.start..found.end;
        replace(&mut text, range, "$", budget)?;
    }
    Ok(text)
}

/// Expands only what refers to `own`, the setting being assigned, so that `X = $(X) more` adds to what X was.
///
/// For `SUBSYS.X` that is `$(SUBSYS.X)` and `$(X)`.
pub(crate) fn expand_own(
    table: &Table,
    raw: &str,
    own: &str,
    budget: &mut Budget,
) -> Result<String, ExpandError> {
    let scoped = table.without_scope(own);
    let others = |found: &Macro<'_>| {
        found.kind != Kind::Setting
            || !(found.name.eq_ignore_ascii_case(own)
                || scoped.is_some_and(|own| found.name.eq_ignore_ascii_case(own)))
    };
    let mut text = raw.to_owned();
    while let Some(found) = macros::find(&text, 0, others, budget)? {
        let (range, value) = (found.start..found.end, evaluate(table, &found)?);
        replace(&mut text, range, &value, budget)?;
    }
    Ok(text)
}

/// What a reference stands for.
///
/// A setting that is empty counts as not set, so that the default applies; an environment variable that is empty does not,
/// in what `condor_config_val` of 23.9 and 25.14 prints.
fn evaluate(table: &Table, found: &Macro<'_>) -> Result<String, ExpandError> {
    let value = match found.kind {
        Kind::Setting => table
            .lookup(found.name)
            .map(|entry| entry.raw.as_str())
            .filter(|raw| !raw.is_empty())
            .or(found.default)
            .unwrap_or(""),
        Kind::Environment => table
            .environment(found.name)
            .or(found.default)
            .unwrap_or("UNDEFINED"),
        Kind::Function => {
            return Err(ExpandError::Function {
                text: excerpt(found.whole),
            });
        }
    };
    Ok(value.to_owned())
}

fn replace(
    text: &mut String,
    range: std::ops::Range<usize>,
    value: &str,
    budget: &mut Budget,
) -> Result<(), ExpandError> {
    budget.spend(STEP + text.len() + value.len())?;
    if text.len() - range.len() + value.len() > MAX_VALUE {
        return Err(ExpandError::TooLong {
            last: excerpt(text.get(range).unwrap_or("")),
        });
    }
    // The range comes from `find`, which only stops at ASCII characters of this text.
    text.replace_range(range, value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::LOOKUP;
    use crate::origin::Origin;

    fn table() -> Table {
        let environment = [("MYENV", "e$(P)x"), ("EMPTYENV", "")];
        let mut table = Table::new([("DEF", "defaulted")], environment, ["TOOL"]);
        for (name, raw) in [
            ("P", "pp"),
            ("EMPTYV", ""),
            ("MYDOL", "$"),
            ("A25", "$(A26)$(A26)"),
            ("A26", "deep"),
            ("TOOL.P2", "tool"),
            ("P2", "plain"),
            ("CIRCLE", "$(OTHER)"),
            ("OTHER", "$(CIRCLE)"),
            ("BOMB", "$(BOMB)$(BOMB)x"),
        ] {
            table.insert(name, raw.to_owned(), Origin::Builtin).unwrap();
        }
        table
    }

    fn expanded(raw: &str) -> Result<String, ExpandError> {
        expand(&table(), raw, &mut Budget::new(LOOKUP))
    }

    #[test]
    fn as_condor_config_val_prints_them() {
        for (raw, value) in [
            ("$(P)$(Q)$(Q:def ault)$(EMPTYV:dd)$(P:no)", "ppdef aultddpp"),
            (
                "a $(DOLLAR)(P) $$(X) $$([ 1 + 2 ]) $$$(P) $(DOLLAR:zz)",
                "a $(P) $$(X) $$([ 1 + 2 ]) $$pp zz",
            ),
            (
                "$ENV(MYENV)|$ENV(NOPE)|$ENV(NOPE:dflt)|$ENV(EMPTYENV)|$ENV(EMPTYENV:d2)|$env(MYENV)",
                "eppx|UNDEFINED|dflt|||$env(MYENV)",
            ),
            (
                r"$(P:a(b)c) $(A:b;c) $(N:a,b/c.d:e\\f) $(NN:$(P)x)",
                r"pp $(A:b;c) a,b/c.d:e\\f ppx",
            ),
            (
                "$FOO(bar) $(bad name) $(unclosed",
                "$FOO(bar) $(bad name) $(unclosed",
            ),
            ("$(A25)", "deepdeep"),
            ("$(MYDOL)(P)", "pp"),
            ("$()|$(:d)", "|d"),
            ("$(p2) $(DEF) é$(P)é", "tool defaulted éppé"),
        ] {
            assert_eq!(expanded(raw), Ok(value.to_owned()), "{raw}");
        }
    }

    #[test]
    fn functions_are_named() {
        for raw in ["$INT(P)", "$Fnx(P)", "$F(P)", "x$RANDOM_CHOICE(a,b)"] {
            assert!(
                matches!(expanded(raw), Err(ExpandError::Function { .. })),
                "{raw}"
            );
        }
    }

    #[test]
    fn circles_and_bombs_end() {
        assert_eq!(expanded("$(CIRCLE)"), Err(ExpandError::Endless));
        assert!(expanded("$(BOMB)").is_err());
        let nested = "$(a:".repeat(100_000) + ";)";
        assert!(expanded(&nested).is_err());
        let deep = "$INT(".repeat(100_000);
        assert!(expanded(&deep).is_err());
    }
}
