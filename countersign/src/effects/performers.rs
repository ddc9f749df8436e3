//! Which performer answers which kind of request.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use countersign_core::effect::{Effect, EffectAnswer, EffectRequest};

use super::Undo;

/// An answer, and how to put away what it left behind.
#[derive(Debug)]
pub struct Performed<T> {
    /// The answer.
    pub output: T,
    /// Dropped when the exchange that asked is over.
    pub undo: Option<Undo>,
}

impl<T> From<T> for Performed<T> {
    fn from(output: T) -> Self {
        Self { output, undo: None }
    }
}

type Perform = dyn Fn(EffectRequest) -> Performed<EffectAnswer> + Send + Sync;

type Double = fn(EffectAnswer) -> (EffectAnswer, Option<EffectAnswer>);

/// One performer per kind of effect. A method from another crate registers its own here.
#[derive(Clone, Default)]
pub struct Performers(HashMap<TypeId, Performer>);

#[derive(Clone)]
struct Performer {
    perform: Arc<Perform>,
    blocks: bool,
    /// Doubles an answer that serves twice.
    double: Option<Double>,
}

/// Answers of one attempt that serve once more.
#[derive(Default)]
pub(crate) struct Kept(HashMap<TypeId, EffectAnswer>);

impl Performers {
    /// Registers the performer of effects of kind `E`. It may block: it runs on a thread where
    /// that harms nobody.
    #[must_use]
    pub fn with<E: Effect>(
        self,
        perform: impl Fn(E) -> Performed<E::Output> + Send + Sync + 'static,
    ) -> Self {
        self.register(true, perform)
    }

    /// Registers the performer of effects of kind `E`, and where it runs: on a thread of its own
    /// if it `blocks`, else in place. Going to a thread and back costs as much CPU as reading two
    /// small files, so what only reads a local disk is done in place.
    #[must_use]
    pub fn register<E: Effect>(
        mut self,
        blocks: bool,
        perform: impl Fn(E) -> Performed<E::Output> + Send + Sync + 'static,
    ) -> Self {
        let perform = move |request: EffectRequest| match request.into_request::<E>() {
            None => EffectAnswer::unperformed().into(),
            Some(request) => {
                let Performed { output, undo } = perform(request);
                Performed {
                    output: EffectAnswer::new::<E>(output),
                    undo,
                }
            }
        };
        let perform = Arc::new(perform);
        let double = None;
        let performer = Performer {
            perform,
            blocks,
            double,
        };
        self.0.insert(TypeId::of::<E>(), performer);
        self
    }

    /// Performs effects of kind `E` for every second request of an attempt only: the request
    /// between gets the same answer. For requests that say nothing but what they are, whose
    /// answer is looked at before the hello and again when the method runs. An undo is not
    /// doubled.
    #[must_use]
    pub fn twice<E: Effect>(mut self) -> Self
    where
        E::Output: Clone,
    {
        if let Some(performer) = self.0.get_mut(&TypeId::of::<E>()) {
            performer.double = Some(|answer| match answer.into_output::<E>() {
                None => (EffectAnswer::unperformed(), None),
                Some(output) => (
                    EffectAnswer::new::<E>(output.clone()),
                    Some(EffectAnswer::new::<E>(output)),
                ),
            });
        }
        self
    }

    /// These and others; of two for the same kind of effect the other one stays.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// Performs a request, on a blocking thread where that is called for. Without a performer, or if it panicked, the
    /// answer is that nothing was performed.
    pub(crate) async fn perform(
        &self,
        request: EffectRequest,
        kept: &mut Kept,
    ) -> Performed<EffectAnswer> {
        let kind = request.kind();
        if let Some(answer) = kept.0.remove(&kind) {
            return answer.into();
        }
        let Some(performer) = self.0.get(&kind).cloned() else {
            return EffectAnswer::unperformed().into();
        };
        let Performer {
            perform,
            blocks,
            double,
        } = performer;
        let performed = if blocks {
            tokio::task::spawn_blocking(move || perform(request))
                .await
                .ok()
        } else {
            catch_unwind(AssertUnwindSafe(|| perform(request))).ok()
        };
        let Some(mut performed) = performed else {
            return EffectAnswer::unperformed().into();
        };
        if let Some(double) = double {
            let (answer, again) = double(performed.output);
            performed.output = answer;
            kept.0.extend(again.map(|again| (kind, again)));
        }
        performed
    }
}

impl fmt::Debug for Performers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Performers({})", self.0.len())
    }
}
