//! Evaluating expressions as HTCondor 25.14 does (`classad/operators.cpp`, `attrrefs.cpp`, `fnCall.cpp`), within bounds.

mod functions;
mod number;
mod operators;
mod scope;
mod values;

use std::sync::Arc;

use thiserror::Error;

use crate::ad::ClassAd;
use crate::error::ParseError;
use crate::expression::{AdTree, Expression, Literal, Tree};
use crate::value::Value;
use scope::{Ads, Frame, Place, Target};
use values::Val;

/// How many levels an evaluation may nest (HTCondor's `MAX_CLASSAD_RECURSION`).
const MAX_DEPTH: usize = 400;

/// How much an evaluation may cost.
///
/// Expressions are an administrator's, but what they look at is often a peer's. So there is a limit on the work and on what
/// the evaluation builds, and going beyond it is an [`EvalError`], which nobody can take for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// How many nodes of expressions may be evaluated; matching a pattern counts as [`PATTERN_STEPS`] and one more for
    /// every 16 bytes. HTCondor allows 10,000,000.
    pub steps: u64,
    /// How many bytes of strings, lists and ads may be made, the result included.
    pub bytes: u64,
}

/// What one match of a pattern counts in [`Budget::steps`].
pub const PATTERN_STEPS: u64 = 200;

impl Default for Budget {
    /// A million steps and 16 MiB.
    fn default() -> Self {
        Budget {
            steps: 1_000_000,
            bytes: 16 << 20,
        }
    }
}

/// What an expression is evaluated against.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The ad in which names are looked up: `MY`.
    pub my: &'a ClassAd,
    /// The other ad of a match, if there is one: `TARGET`. Names that `my` does not have are looked up here next.
    pub target: Option<&'a ClassAd>,
    /// The time, in seconds since 1970, which `time()` gives.
    pub now: u64,
    /// The local zone, in seconds east of Greenwich, for functions that show a time.
    pub utc_offset: i32,
    /// The limits.
    pub budget: Budget,
}

impl<'a> Scope<'a> {
    /// One ad, in UTC, with the default budget.
    pub fn new(my: &'a ClassAd, now: u64) -> Self {
        Scope {
            my,
            target: None,
            now,
            utc_offset: 0,
            budget: Budget::default(),
        }
    }

    /// The same with a second ad to match against.
    pub fn with_target(self, target: &'a ClassAd) -> Self {
        Scope {
            target: Some(target),
            ..self
        }
    }
}

/// Why an evaluation has no value, not even `error`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EvalError {
    /// The evaluation took more than [`Budget::steps`].
    #[error("evaluating a ClassAd expression: it takes more than {limit} steps")]
    TooManySteps {
        /// The limit.
        limit: u64,
    },
    /// The evaluation made more than [`Budget::bytes`].
    #[error("evaluating a ClassAd expression: it makes more than {limit} bytes of values")]
    TooManyBytes {
        /// The limit.
        limit: u64,
    },
    /// The evaluation nests deeper than HTCondor's limit of 400; there it fails likewise.
    #[error("evaluating a ClassAd expression: it nests more than {limit} levels deep")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// A function that HTCondor 25.14 has and this evaluator has not.
    #[error("evaluating a ClassAd expression: the function {function} is not supported here")]
    Unsupported {
        /// HTCondor's name of it.
        function: &'static str,
    },
    /// An attribute that was referred to cannot be read.
    #[error("evaluating a ClassAd expression: the attribute {attribute} cannot be read: {cause}")]
    BadAttribute {
        /// The attribute's name.
        attribute: String,
        /// What is wrong with it.
        #[source]
        cause: ParseError,
    },
    /// A pattern needed more than its share of backtracking on some string.
    #[error(
        "evaluating a ClassAd expression: a pattern backtracks too much; make it more specific"
    )]
    PatternTooCostly,
    /// A string was cut within a character; HTCondor would go on with the broken one.
    #[error("evaluating a ClassAd expression: {function} cuts a string within a character")]
    NotUtf8 {
        /// The function that did it.
        function: &'static str,
    },
    /// Evaluation fails as a whole in HTCondor, too.
    #[error("evaluating a ClassAd expression: {reason}")]
    Fails {
        /// What is wrong.
        reason: &'static str,
    },
}

impl Expression {
    /// The expression's value in `scope`.
    ///
    /// What the language calls `undefined` and `error` are values. As in HTCondor 25.14, an attribute that refers to itself
    /// is `undefined`, and so is whatever only passes that on.
    ///
    /// # Errors
    ///
    /// [`EvalError`], where there is no value: a limit was passed, or something is not supported.
    pub fn evaluate(&self, scope: &Scope<'_>) -> Result<Value, EvalError> {
        let mut evaluator = Evaluator {
            ads: Ads::new(scope),
            now: i64::try_from(scope.now).unwrap_or(i64::MAX),
            utc_offset: scope.utc_offset,
            budget: scope.budget,
            steps: scope.budget.steps,
            bytes: scope.budget.bytes,
            depth: 0,
            active: Vec::new(),
        };
        let place = evaluator.ads.start();
        let value = evaluator.tree(self.tree(), &place)?;
        evaluator.outward(&value)
    }
}

/// The state of one evaluation.
struct Evaluator<'a> {
    ads: Ads<'a>,
    now: i64,
    utc_offset: i32,
    budget: Budget,
    steps: u64,
    bytes: u64,
    depth: usize,
    /// Where the targets of references stand that are being evaluated.
    active: Vec<usize>,
}

type Result_ = Result<Val, EvalError>;

impl Evaluator<'_> {
    fn spend(&mut self, steps: u64) -> Result<(), EvalError> {
        self.steps = self
            .steps
            .checked_sub(steps)
            .ok_or(EvalError::TooManySteps {
                limit: self.budget.steps,
            })?;
        Ok(())
    }

    fn charge(&mut self, bytes: usize) -> Result<(), EvalError> {
        self.bytes = u64::try_from(bytes)
            .ok()
            .and_then(|bytes| self.bytes.checked_sub(bytes))
            .ok_or(EvalError::TooManyBytes {
                limit: self.budget.bytes,
            })?;
        Ok(())
    }

    fn string(&mut self, text: impl Into<Arc<str>> + AsRef<str>) -> Result_ {
        self.charge(text.as_ref().len())?;
        Ok(Val::String(text.into()))
    }

    fn enter(&mut self) -> Result<(), EvalError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(EvalError::TooDeep { limit: MAX_DEPTH });
        }
        Ok(())
    }

    fn tree(&mut self, tree: &Tree, place: &Place) -> Result_ {
        self.spend(1)?;
        match tree {
            Tree::Literal(literal) => Ok(Val::from(literal)),
            Tree::List(items) => Ok(Val::list(items.clone(), place.lexical.clone())),
            Tree::Ad(ad) => Ok(Val::Ad(Frame::nested(ad.clone(), place.lexical.clone()))),
            _ => {
                self.enter()?;
                let value = self.compound(tree, place);
                self.depth -= 1;
                value
            }
        }
    }

    fn compound(&mut self, tree: &Tree, place: &Place) -> Result_ {
        match tree {
            Tree::Attribute {
                base,
                name,
                absolute,
            } => self.attribute(base.as_deref(), name, *absolute, place),
            Tree::Parentheses(inner) => self.tree(inner, place),
            Tree::Unary(operator, operand) => {
                let value = self.tree(operand, place)?;
                Ok(operators::unary(*operator, value))
            }
            Tree::Binary(..) => self.binary(tree, place),
            Tree::Elvis(operands) => match self.tree(&operands.0, place)? {
                Val::Undefined => self.tree(&operands.1, place),
                value => Ok(value),
            },
            Tree::Ternary(operands) => {
                let condition = self.tree(&operands.0, place)?;
                match condition.truth() {
                    Some(true) => self.tree(&operands.1, place),
                    Some(false) => self.tree(&operands.2, place),
                    None => Ok(condition.undefined_or_error()),
                }
            }
            Tree::Subscript(operands) => self.subscript(operands, place),
            Tree::Call { name, arguments } => self.call(name, arguments, place),
            Tree::Literal(_) | Tree::List(_) | Tree::Ad(_) => Ok(Val::Error),
        }
    }

    /// A chain of operators, which groups to the left, without recursion along it.
    fn binary(&mut self, first: &Tree, place: &Place) -> Result_ {
        let mut chain = Vec::new();
        let mut innermost = first;
        while let Tree::Binary(operator, operands) = innermost {
            if !chain.is_empty() {
                self.spend(1)?;
                self.enter()?;
            }
            chain.push((*operator, &operands.1));
            innermost = &operands.0;
        }
        let mut value = self.tree(innermost, place)?;
        while let Some((operator, right)) = chain.pop() {
            value = match operators::decided(operator, &value) {
                Some(decided) => decided,
                None => {
                    let right = self.tree(right, place)?;
                    operators::binary(operator, value, right)
                }
            };
            // Once for each link; the first is counted by who asked.
            if !chain.is_empty() {
                self.depth -= 1;
            }
        }
        Ok(value)
    }

    fn subscript(&mut self, operands: &(Tree, Tree), place: &Place) -> Result_ {
        let whole = self.tree(&operands.0, place)?;
        let index = self.tree(&operands.1, place)?;
        match (&whole, &index) {
            (Val::Error, _) | (_, Val::Error) => Ok(Val::Error),
            (Val::Undefined, _) | (_, Val::Undefined) => Ok(Val::Undefined),
            (Val::Ad(frame), Val::String(name)) => {
                // Only what the ad itself has, not what stands around it; evaluated afresh.
                if !self.ads.has(frame, name) {
                    return Ok(Val::Undefined);
                }
                let start = self.ads.place(frame.clone());
                let target = self.ads.look_up(&start, frame, name)?;
                let value = self.target(target)?;
                Ok(value.made_own())
            }
            (Val::List(list), Val::Integer(index)) => {
                // HTCondor takes the index as a C int.
                let item = usize::try_from(*index as i32)
                    .ok()
                    .and_then(|index| list.items.get(index));
                match item {
                    Some(item) => {
                        let inside = Place {
                            current: list.scope.clone(),
                            root: place.root.clone(),
                            lexical: list.scope.clone(),
                        };
                        self.tree(item, &inside)
                    }
                    None => Ok(Val::Error),
                }
            }
            _ => Ok(Val::Error),
        }
    }

    /// `name`, `.name` and `base.name` (`AttributeReference::FindExpr`).
    fn attribute(
        &mut self,
        base: Option<&Tree>,
        name: &Arc<str>,
        absolute: bool,
        place: &Place,
    ) -> Result_ {
        let target = match base {
            None => self.found(name, absolute, place)?,
            Some(base) => match self.tree(base, place)? {
                Val::Undefined => Target::Nothing,
                Val::Ad(frame) => self.ads.look_up(place, &frame, name)?,
                Val::List(list) => return self.project(&list, name, place),
                _ => return Ok(Val::Error),
            },
        };
        self.target(target)
    }

    /// What `name` and `.name` lead to.
    fn found(&mut self, name: &str, absolute: bool, place: &Place) -> Result<Target, EvalError> {
        if absolute {
            let root = place.root.clone().ok_or(EvalError::Fails {
                reason: "there is no ad in which a name with a leading point could be looked up",
            })?;
            return self.ads.look_up(place, &root, name);
        }
        let Some(current) = place.current.clone() else {
            return Ok(Target::Nothing);
        };
        match self.ads.look_up(place, &current, name)? {
            Target::Nothing => match self.ads.alternate(&current) {
                Some(other) => self.ads.look_up(place, &other, name),
                None => Ok(Target::Nothing),
            },
            found => Ok(found),
        }
    }

    /// `list.name`: the attribute of each ad in the list.
    fn project(&mut self, list: &values::List, name: &Arc<str>, place: &Place) -> Result_ {
        let top = place.current.as_ref().map(|frame| self.ads.top(frame));
        let mut items = Vec::new();
        for item in list.items.iter() {
            let inside = Place {
                current: place.current.clone(),
                root: top.clone(),
                lexical: list.scope.clone(),
            };
            self.spend(1)?;
            let value = self.attribute(Some(item), name, false, &inside)?;
            let item = self.inward(value)?;
            items.push(item);
        }
        self.charge(items.len().saturating_mul(size_of::<Tree>()))?;
        Ok(Val::list(items.into(), None))
    }

    /// The value of what a reference led to.
    fn target(&mut self, target: Target) -> Result_ {
        let (tree, frame, held) = match &target {
            Target::Nothing => return Ok(Val::Undefined),
            Target::Ad(frame) => return Ok(Val::Ad(frame.clone())),
            Target::Time => return Ok(Val::Integer(self.now)),
            Target::Nested(ad, index, place) => match ad.at(*index) {
                Some(tree) => (tree, place, None),
                None => return Ok(Val::Undefined),
            },
            Target::Outer(tree, place) => (&**tree, place, Some(tree)),
        };
        let _ = held;
        let address = std::ptr::from_ref(tree) as usize;
        if self.active.contains(&address) {
            return Ok(Val::Undefined);
        }
        self.active.push(address);
        let value = self.tree(tree, frame);
        self.active.pop();
        value
    }

    /// A value as part of an expression again.
    fn inward(&mut self, value: Val) -> Result<Tree, EvalError> {
        Ok(match value {
            Val::Undefined => Tree::Literal(Literal::Undefined),
            Val::Error => Tree::Literal(Literal::Error),
            Val::Boolean(b) => Tree::Literal(Literal::Boolean(b)),
            Val::Integer(n) => Tree::Literal(Literal::Integer(n)),
            Val::Real(n) => Tree::Literal(Literal::Real(n)),
            Val::String(s) => Tree::Literal(Literal::String(s)),
            Val::Absolute(seconds, offset) => Tree::Literal(Literal::Absolute(seconds, offset)),
            Val::Relative(seconds) => Tree::Literal(Literal::Relative(seconds)),
            Val::List(list) => Tree::List(list.items),
            Val::Ad(frame) => Tree::Ad(self.ad_tree(&frame)?),
        })
    }

    /// All of an ad, as a nested ad.
    fn ad_tree(&mut self, frame: &Frame) -> Result<Arc<AdTree>, EvalError> {
        if let Some(ad) = frame.tree() {
            return Ok(ad);
        }
        let ad = self.ads.tree(frame)?;
        for (name, tree) in ad.iter() {
            let size = name.len() + size_of_val(tree);
            self.charge(size)?;
        }
        Ok(ad)
    }
}
