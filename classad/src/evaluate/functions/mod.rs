//! The functions of the language (`classad/fnCall.cpp`, and `compat_classad.cpp` for those that daemons add).

mod contexts;
mod conversions;
mod lists;
mod patterns;
mod string_lists;
mod strings;
mod times;
mod versions;

use std::sync::Arc;

use super::scope::Place;
use super::values::Val;
use super::{EvalError, Evaluator, Result_};
use crate::expression::Tree;

/// One call: the name as it was written, the arguments, and where they are evaluated.
struct Call<'t> {
    name: &'t str,
    arguments: &'t [Tree],
    place: &'t Place,
}

impl Call<'_> {
    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    fn count(&self) -> usize {
        self.arguments.len()
    }
}

type Function = fn(&mut Evaluator<'_>, &Call<'_>) -> Result_;

/// Every function of 25.14.1 by its name in lower case, sorted; `None` where it is not supported here.
const FUNCTIONS: [(&str, Option<Function>); 94] = [
    ("abstime", Some(times::absolute)),
    ("allcompare", Some(lists::compare)),
    ("anycompare", Some(lists::compare)),
    ("argstolist", None),
    ("avg", Some(lists::sum)),
    ("bool", Some(conversions::boolean)),
    ("ceil", Some(conversions::round)),
    ("ceiling", Some(conversions::round)),
    ("countmatches", Some(contexts::in_each)),
    ("currenttime", Some(times::current)),
    ("daytime", Some(times::of_day)),
    ("debug", Some(contexts::debug)),
    ("envv1tov2", None),
    ("eval", Some(contexts::eval)),
    ("evalineachcontext", Some(contexts::in_each)),
    ("floor", Some(conversions::round)),
    ("formattime", Some(times::format)),
    ("getdayofmonth", Some(times::field)),
    ("getdayofweek", Some(times::field)),
    ("getdayofyear", Some(times::field)),
    ("getdays", Some(times::field)),
    ("gethours", Some(times::field)),
    ("getminutes", Some(times::field)),
    ("getmonth", Some(times::field)),
    ("getseconds", Some(times::field)),
    ("getyear", Some(times::field)),
    ("identicalmember", Some(lists::member)),
    ("ifthenelse", Some(contexts::if_then_else)),
    ("int", Some(conversions::integer)),
    ("interval", Some(times::interval)),
    ("isabstime", Some(conversions::is_type)),
    ("isboolean", Some(conversions::is_type)),
    ("isclassad", Some(conversions::is_type)),
    ("iserror", Some(conversions::is_type)),
    ("isinteger", Some(conversions::is_type)),
    ("islist", Some(conversions::is_type)),
    ("isreal", Some(conversions::is_type)),
    ("isreltime", Some(conversions::is_type)),
    ("isstring", Some(conversions::is_type)),
    ("isundefined", Some(conversions::is_type)),
    ("join", Some(strings::join)),
    ("listtoargs", None),
    ("max", Some(lists::extreme)),
    ("member", Some(lists::member)),
    ("mergeenvironment", None),
    ("min", Some(lists::extreme)),
    ("pow", Some(conversions::power)),
    ("quantize", Some(conversions::quantize)),
    ("random", None),
    ("real", Some(conversions::real)),
    ("regexp", Some(patterns::matches)),
    ("regexpmember", Some(patterns::member)),
    ("regexps", Some(patterns::substitute)),
    ("reltime", Some(times::relative)),
    ("replace", Some(patterns::substitute)),
    ("replaceall", Some(patterns::substitute)),
    ("round", Some(conversions::round)),
    ("size", Some(lists::size)),
    ("split", Some(strings::split)),
    ("splitslotname", Some(strings::split_at)),
    ("splittime", Some(times::split)),
    ("splitusername", Some(strings::split_at)),
    ("strcat", Some(strings::join)),
    ("strcmp", Some(strings::compare)),
    ("stricmp", Some(strings::compare)),
    ("string", Some(conversions::string)),
    ("stringlist_regexpmember", Some(string_lists::matches)),
    ("stringlistavg", Some(string_lists::summarize)),
    ("stringlistimember", Some(string_lists::member)),
    ("stringlistisubsetmatch", Some(string_lists::member)),
    ("stringlistmax", Some(string_lists::summarize)),
    ("stringlistmember", Some(string_lists::member)),
    ("stringlistmin", Some(string_lists::summarize)),
    ("stringlistsintersect", Some(string_lists::intersect)),
    ("stringlistsize", Some(string_lists::size)),
    ("stringlistsubsetmatch", Some(string_lists::member)),
    ("stringlistsum", Some(string_lists::summarize)),
    ("substr", Some(strings::substring)),
    ("sum", Some(lists::sum)),
    ("time", Some(times::now)),
    ("timezoneoffset", Some(times::zone)),
    ("tolower", Some(strings::change_case)),
    ("toupper", Some(strings::change_case)),
    ("unparse", Some(contexts::unparse)),
    ("unresolved", None),
    ("userhome", None),
    ("usermap", None),
    ("version_in_range", Some(versions::in_range)),
    ("versioncmp", Some(versions::compare)),
    ("versioneq", Some(versions::compare)),
    ("versionge", Some(versions::compare)),
    ("versiongt", Some(versions::compare)),
    ("versionle", Some(versions::compare)),
    ("versionlt", Some(versions::compare)),
];

impl Evaluator<'_> {
    pub(super) fn call(&mut self, name: &str, arguments: &[Tree], place: &Place) -> Result_ {
        let folded = name.to_ascii_lowercase();
        let known = FUNCTIONS
            .binary_search_by(|(known, _)| (*known).cmp(&folded))
            .ok()
            .and_then(|index| FUNCTIONS.get(index));
        match known {
            Some((_, Some(function))) => function(
                self,
                &Call {
                    name,
                    arguments,
                    place,
                },
            ),
            Some((function, None)) => Err(EvalError::Unsupported { function }),
            // HTCondor does not know it either.
            None => Ok(Val::Error),
        }
    }

    /// The value of an argument; `undefined` if it is not there.
    fn argument(&mut self, call: &Call<'_>, index: usize) -> Result_ {
        match call.arguments.get(index) {
            Some(tree) => self.tree(tree, call.place),
            None => Ok(Val::Undefined),
        }
    }

    /// An argument that is optional.
    fn optional(&mut self, call: &Call<'_>, index: usize) -> Result<Option<Val>, EvalError> {
        call.arguments
            .get(index)
            .map(|tree| self.tree(tree, call.place))
            .transpose()
    }

    /// An item of a list, evaluated where the function was called, as most functions do.
    fn item(&mut self, tree: &Tree, list: &super::values::List, place: &Place) -> Result_ {
        let inside = Place {
            lexical: list.scope.clone(),
            ..place.clone()
        };
        self.tree(tree, &inside)
    }
}

/// The strings among values, or what the call gives instead: `error` before `undefined`, and `error` for other types.
fn all_strings(values: &[Val]) -> Result<Vec<Arc<str>>, Val> {
    if values.iter().any(|value| matches!(value, Val::Error)) {
        return Err(Val::Error);
    }
    if values.iter().any(|value| matches!(value, Val::Undefined)) {
        return Err(Val::Undefined);
    }
    values
        .iter()
        .map(|value| match value {
            Val::String(s) => Ok(s.clone()),
            _ => Err(Val::Error),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::FUNCTIONS;

    #[test]
    fn the_table_is_sorted() {
        assert!(FUNCTIONS.is_sorted_by(|a, b| a.0 < b.0));
    }
}
