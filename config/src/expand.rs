//! Expanding references (`expand_macro` and `expand_self_macro` in `config.cpp`), within bounds.

use crate::budget::Budget;
use crate::error::{ExpandError, FunctionProblem, excerpt};
use crate::functions;
use crate::macros::{self, Function, Kind, Macro};
use crate::release::Release;
use crate::table::{MAX_VALUE, Table};

/// What each step costs besides the bytes it looks at.
const STEP: usize = 2048;

/// What a macro function costs, which may evaluate an expression.
const CALL: usize = 128 << 10;

/// What each byte costs that a macro function looks at: it is not only moved.
const LOOKED_AT: usize = 16;

const DOLLAR: &str = "DOLLAR";

/// How deep values of settings may be expanded within macro functions. HTCondor has no such limit, and crashes.
const MAX_DEPTH: usize = 40;

fn is_dollar(found: &Macro<'_>) -> bool {
    found.kind == Kind::Setting && found.body.eq_ignore_ascii_case(DOLLAR)
}

/// Expands every reference in `raw`, then `$(DOLLAR)`. What a reference becomes is looked at again, so that a reference
/// may be put together from parts.
pub(crate) fn expand(table: &Table, raw: &str, budget: &mut Budget) -> Result<String, ExpandError> {
    budget.one_value(|budget| Expander::new(table, budget).all(raw))
}

/// As [`expand`], but where a macro function cannot be evaluated, it goes on as HTCondor's tools do, and says what they say.
pub(crate) fn expand_anyway(
    table: &Table,
    raw: &str,
    budget: &mut Budget,
) -> Result<(String, Vec<ExpandError>), ExpandError> {
    let mut complaints = Vec::new();
    let text = budget.one_value(|budget| {
        let mut expander = Expander::new(table, budget);
        expander.complaints = Some(&mut complaints);
        expander.all(raw)
    })?;
    Ok((text, complaints))
}

/// Expands only what refers to `own`, the setting being assigned, so that `X = $(X) more` adds to what X was.
///
/// For `SUBSYS.X` that is `$(SUBSYS.X)` and `$(X)`; of the macro functions, `$F…(X)`.
pub(crate) fn expand_own(
    table: &Table,
    raw: &str,
    own: &str,
    budget: &mut Budget,
) -> Result<String, ExpandError> {
    let scoped = table.without_scope(own);
    let is_own = |found: &Macro<'_>, own: &str| {
        let name = match found.kind {
            Kind::Setting => found.name,
            Kind::Function(Function::Filename) => found.body.split(':').next().unwrap_or(""),
            _ => return false,
        };
        name.eq_ignore_ascii_case(own)
    };
    let others = |found: &Macro<'_>| {
        !is_own(found, own) && !scoped.is_some_and(|scoped| is_own(found, scoped))
    };
    budget.one_value(|budget| {
        let mut expander = Expander::new(table, budget);
        let mut text = raw.to_owned();
        while let Some(found) = macros::find(&text, 0, others, expander.budget)? {
            let (range, value) = (found.start..found.end, expander.evaluate(&found)?);
            replace(&mut text, range, &value, expander.budget)?;
        }
        Ok(text)
    })
}

/// Expands values with one table and within one budget.
pub(crate) struct Expander<'a> {
    table: &'a Table,
    budget: &'a mut Budget,
    depth: usize,
    /// Where what is wrong with a macro function goes; without it, that ends the expansion.
    complaints: Option<&'a mut Vec<ExpandError>>,
}

impl<'a> Expander<'a> {
    fn new(table: &'a Table, budget: &'a mut Budget) -> Self {
        Expander {
            table,
            budget,
            depth: 0,
            complaints: None,
        }
    }

    fn all(&mut self, raw: &str) -> Result<String, ExpandError> {
        let mut text = raw.to_owned();
        // From the beginning each time: what a reference becomes may complete one in front of it.
        while let Some(found) = macros::find(&text, 0, is_dollar, self.budget)? {
            let (range, value) = (found.start..found.end, self.evaluate(&found)?);
            replace(&mut text, range, &value, self.budget)?;
        }
        while let Some(found) = macros::find(&text, 0, |m| !is_dollar(m), self.budget)? {
            let range = found.start..found.end;
            replace(&mut text, range, "$", self.budget)?;
        }
        Ok(text)
    }

    pub(crate) fn release(&self) -> Release {
        self.table.release()
    }

    /// The value of a setting as it stands, even if that is nothing.
    pub(crate) fn raw(&self, name: &str) -> Option<String> {
        let entry = self.table.lookup(name);
        entry.map(|entry| entry.raw.to_string())
    }

    /// Expands a value within a macro function.
    pub(crate) fn nested(&mut self, raw: &str) -> Result<String, ExpandError> {
        self.budget.spend(LOOKED_AT * raw.len())?;
        if !raw.contains('$') {
            return Ok(raw.to_owned());
        }
        if self.depth >= MAX_DEPTH {
            return Err(ExpandError::Endless);
        }
        self.depth += 1;
        let text = self.all(raw);
        self.depth -= 1;
        text
    }

    /// Says that a macro function cannot be evaluated.
    pub(crate) fn complain(
        &mut self,
        call: &Macro<'_>,
        problem: FunctionProblem,
    ) -> Result<(), ExpandError> {
        let error = ExpandError::Function {
            text: excerpt(call.whole),
            problem,
        };
        match &mut self.complaints {
            None => Err(error),
            // One is enough to know, and what is to be looked at may repeat it without end.
            Some(complaints) if complaints.contains(&error) => Ok(()),
            Some(complaints) => {
                complaints.push(error);
                Ok(())
            }
        }
    }

    /// What a reference stands for.
    ///
    /// A setting that is empty counts as not set, so that the default applies; an environment variable that is empty does
    /// not, in what `condor_config_val` of 23.9 and 25.14 prints.
    fn evaluate(&mut self, found: &Macro<'_>) -> Result<String, ExpandError> {
        let value = match found.kind {
            Kind::Setting => self
                .table
                .lookup(found.name)
                .map(|entry| entry.raw)
                .filter(|raw| !raw.is_empty())
                .or(found.default)
                .unwrap_or(""),
            Kind::Environment if self.table.is_not_text(found.name) => {
                return Err(ExpandError::NotText {
                    variable: excerpt(found.name),
                });
            }
            Kind::Environment => self
                .table
                .environment(found.name)
                .or(found.default)
                .unwrap_or("UNDEFINED"),
            Kind::Function(function) => {
                self.budget.spend(CALL)?;
                return functions::evaluate(found, function, self);
            }
        };
        Ok(value.to_owned())
    }
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
        let mut table = Table::new(Release::default(), false, environment, ["TOOL"]);
        for (name, raw) in [
            ("P", "pp"),
            ("EMPTYV", ""),
            ("MYDOL", "$"),
            ("A25", "$(A26)$(A26)"),
            ("A26", "deep"),
            ("TOOL.P2", "tool"),
            ("P2", "plain"),
            ("DEF", "defaulted"),
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
    fn circles_and_bombs_end() {
        assert_eq!(expanded("$(CIRCLE)"), Err(ExpandError::Endless));
        assert!(expanded("$(BOMB)").is_err());
        let nested = "$(a:".repeat(100_000) + ";)";
        assert!(expanded(&nested).is_err());
        let deep = "$INT(".repeat(100_000);
        assert!(expanded(&deep).is_err());
    }
}
