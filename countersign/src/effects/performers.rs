//! Which performer answers which kind of request.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

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

type Awaited = Pin<Box<dyn Future<Output = Performed<EffectAnswer>> + Send>>;

/// How an effect is performed.
#[derive(Clone)]
enum How {
    /// Where the handshake is driven.
    InPlace(Arc<Perform>),
    /// On a thread where blocking harms nobody.
    Blocking(Arc<Perform>),
    /// By a future, polled where the handshake is driven.
    Awaiting(Arc<dyn Fn(EffectRequest) -> Awaited + Send + Sync>),
}

type Double = fn(EffectAnswer) -> (EffectAnswer, Option<EffectAnswer>);

/// One performer per kind of effect. A method from another crate registers its own here.
#[derive(Clone, Default)]
pub struct Performers(HashMap<TypeId, Performer>);

#[derive(Clone)]
struct Performer {
    how: How,
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
        let how = match blocks {
            true => How::Blocking(Arc::new(perform)),
            false => How::InPlace(Arc::new(perform)),
        };
        let double = None;
        self.0.insert(TypeId::of::<E>(), Performer { how, double });
        self
    }

    /// Registers the performer of effects of kind `E`, which waits for something without a thread of
    /// its own: any number of handshakes may wait for the network. The future is dropped, wherever it
    /// is, when the handshake ends or is given up; it must not block.
    #[must_use]
    pub fn awaiting<E: Effect, F>(
        mut self,
        perform: impl Fn(E) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Performed<E::Output>> + Send + 'static,
    {
        let perform = move |request: EffectRequest| -> Awaited {
            let Some(request) = request.into_request::<E>() else {
                return Box::pin(std::future::ready(EffectAnswer::unperformed().into()));
            };
            let performed = perform(request);
            Box::pin(async move {
                let Performed { output, undo } = performed.await;
                Performed {
                    output: EffectAnswer::new::<E>(output),
                    undo,
                }
            })
        };
        let how = How::Awaiting(Arc::new(perform));
        let double = None;
        self.0.insert(TypeId::of::<E>(), Performer { how, double });
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

    /// Performs a request, as its performer was registered. Without a performer, or if it panicked, the answer is
    /// that nothing was performed.
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
        let Performer { how, double } = performer;
        let performed = match how {
            How::Blocking(perform) => tokio::task::spawn_blocking(move || perform(request))
                .await
                .ok(),
            How::InPlace(perform) => catch_unwind(AssertUnwindSafe(|| perform(request))).ok(),
            How::Awaiting(perform) => awaited(&*perform, request).await,
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

/// What a future gives; `None` if it panicked.
async fn awaited(
    perform: &(dyn Fn(EffectRequest) -> Awaited + Send + Sync),
    request: EffectRequest,
) -> Option<Performed<EffectAnswer>> {
    let mut future = catch_unwind(AssertUnwindSafe(|| perform(request))).ok()?;
    poll_fn(
        |context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(polled) => polled.map(Some),
            Err(_) => Poll::Ready(None),
        },
    )
    .await
}

impl fmt::Debug for Performers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Performers({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[derive(Debug)]
    struct Ask(u8);
    impl Effect for Ask {
        type Output = u8;
        const NAME: &'static str = "ask";
    }

    async fn ask(performers: &Performers, number: u8) -> Option<u8> {
        let request = EffectRequest::new(Ask(number));
        let performed = performers.perform(request, &mut Kept::default()).await;
        performed.output.into_output::<Ask>()
    }

    #[tokio::test]
    async fn each_way() {
        let sync = |Ask(number): Ask| number.checked_add(1).unwrap().into();
        assert_eq!(ask(&Performers::default(), 1).await, None);
        for blocks in [true, false] {
            let performers = Performers::default().register(blocks, sync);
            assert_eq!(ask(&performers, 1).await, Some(2));
            // This one panics.
            assert_eq!(ask(&performers, 255).await, None);
        }
        let performers = Performers::default().awaiting(|Ask(number)| async move {
            tokio::task::yield_now().await;
            number.checked_add(1).unwrap().into()
        });
        assert_eq!(ask(&performers, 1).await, Some(2));
        assert_eq!(ask(&performers, 255).await, None);
        let twice = performers.twice::<Ask>();
        let mut kept = Kept::default();
        for number in [1, 7] {
            let request = EffectRequest::new(Ask(number));
            let performed = twice.perform(request, &mut kept).await;
            assert_eq!(performed.output.into_output::<Ask>(), Some(2));
        }
    }

    #[tokio::test]
    async fn any_number_wait_without_threads_and_go_with_their_handshake() {
        struct Counted(Arc<AtomicUsize>);
        impl Drop for Counted {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::SeqCst);
            }
        }
        let (asked, waiting) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (all_asked, counter) = (asked.clone(), waiting.clone());
        let performers = Performers::default().awaiting(move |Ask(number)| {
            all_asked.fetch_add(1, Ordering::SeqCst);
            counter.fetch_add(1, Ordering::SeqCst);
            let counted = Counted(counter.clone());
            async move {
                let _counted = counted;
                std::future::pending::<()>().await;
                number.into()
            }
        });
        let all = async {
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..1_000 {
                let performers = performers.clone();
                tasks.spawn(async move { ask(&performers, 1).await });
            }
            tasks.join_next().await
        };
        assert!(
            tokio::time::timeout(Duration::from_millis(200), all)
                .await
                .is_err()
        );
        // One turn for the tasks that were given up.
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(asked.load(Ordering::SeqCst), 1_000);
        assert_eq!(waiting.load(Ordering::SeqCst), 0);
    }
}
