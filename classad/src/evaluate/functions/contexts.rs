//! Functions that decide what is evaluated, or where.

use super::super::scope::Target;
use super::super::values::Val;
use super::super::{EvalError, Evaluator, Result_};
use super::Call;
use crate::expression::{Expression, Syntax, Tree, pretty, text_of};

pub(super) fn if_then_else(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 3 {
        return Ok(Val::Error);
    }
    let condition = evaluator.argument(call, 0)?;
    match condition.truth() {
        Some(true) => evaluator.argument(call, 1),
        Some(false) => evaluator.argument(call, 2),
        None => Ok(condition.undefined_or_error()),
    }
}

/// The value of its argument; HTCondor also writes it into the log.
pub(super) fn debug(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 1 {
        return Ok(Val::Error);
    }
    evaluator.argument(call, 0)
}

/// Reads a string as an expression, in new syntax, and evaluates it here.
pub(super) fn eval(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    if call.count() != 1 {
        return Ok(Val::Error);
    }
    let value = evaluator.argument(call, 0)?;
    let Ok(text) = evaluator.text_of(&value)? else {
        return Ok(Val::Error);
    };
    // What is read takes some multiple of the text's length.
    evaluator.charge(text.len().saturating_mul(size_of::<Tree>()))?;
    let Ok(expression) = Expression::parse(&text, Syntax::New) else {
        return Ok(Val::Error);
    };
    let place = super::Place {
        lexical: call.place.current.clone(),
        ..call.place.clone()
    };
    evaluator.tree(expression.tree(), &place)
}

/// The text of what an attribute holds, not evaluated.
pub(super) fn unparse(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    let [reference @ Tree::Attribute { .. }] = call.arguments else {
        return Ok(Val::Error);
    };
    let name = text_of(reference, Syntax::New);
    let text = match &call.place.current {
        Some(frame) if evaluator.ads.has(frame, &name) => {
            let start = evaluator.ads.place(frame.clone());
            match evaluator.ads.look_up(&start, frame, &name)? {
                Target::Outer(tree, _) => pretty(&tree),
                Target::Nested(ad, index, _) => ad.at(index).map(pretty).unwrap_or_default(),
                _ => String::new(),
            }
        }
        _ => String::new(),
    };
    evaluator.string(text)
}

/// `evalInEachContext` and `countMatches`: the first argument inside each ad of a list.
pub(super) fn in_each(evaluator: &mut Evaluator<'_>, call: &Call<'_>) -> Result_ {
    let [expression, list] = call.arguments else {
        return Ok(Val::Error);
    };
    let counts = call.is("countMatches");
    // A name stands for the expression that it leads to here, if it leads to one.
    let mut lexical = call.place.lexical.clone();
    let mut target = Target::Nothing;
    if let Tree::Attribute {
        base,
        name,
        absolute,
    } = expression
    {
        target = evaluator.reference(base.as_deref(), name, *absolute, call.place)?;
    }
    let expression = match &target {
        Target::Outer(tree, place) => {
            lexical = place.lexical.clone();
            &**tree
        }
        Target::Nested(ad, index, place) => {
            lexical = place.lexical.clone();
            ad.at(*index).unwrap_or(expression)
        }
        _ => expression,
    };
    let list = match evaluator.tree(list, call.place)? {
        Val::List(list) => list,
        Val::Undefined if counts => return Ok(Val::Integer(0)),
        Val::Undefined => return Ok(Val::Undefined),
        _ => return Ok(Val::Error),
    };
    let mut values = Vec::new();
    let mut count = 0_i64;
    for item in list.items.iter() {
        let value = match evaluator.item(item, &list, call.place)? {
            Val::Ad(frame) => {
                let frame = match evaluator.ads.side(&frame) {
                    Some(side) => match evaluator.ads.alternate(&side) {
                        Some(other) => frame.with_alternate(other),
                        None => frame,
                    },
                    None => frame,
                };
                let place = super::Place {
                    lexical: lexical.clone(),
                    ..evaluator.ads.place(frame)
                };
                evaluator.tree(expression, &place)?
            }
            other => other.undefined_or_error(),
        };
        if counts {
            count += i64::from(value.truth() == Some(true));
        } else {
            values.push(evaluator.inward(value)?);
        }
    }
    if counts {
        return Ok(Val::Integer(count));
    }
    evaluator.charge(size_of_val(values.as_slice()))?;
    Ok(Val::made(values))
}

impl Evaluator<'_> {
    /// What a name leads to, without evaluating it (`AttributeReference::Deref`).
    fn reference(
        &mut self,
        base: Option<&Tree>,
        name: &str,
        absolute: bool,
        place: &super::Place,
    ) -> Result<Target, EvalError> {
        match base {
            None => self.found(name, absolute, place),
            Some(base) => match self.tree(base, place)? {
                Val::Ad(frame) => self.ads.look_up(place, &frame, name),
                _ => Ok(Target::Nothing),
            },
        }
    }
}
