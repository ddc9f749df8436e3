//! Finding out which of the configured methods are in the list, on either side.
//!
//! Rule: `SecMan::filterAuthenticationMethods`.

use std::collections::VecDeque;

use super::{Availability, Named, Probe, Registry};
use crate::effect::{EffectAnswer, EffectRequest};
use crate::names::{MethodName, Standing, known_method};
use crate::policy::ListedMethod;
use crate::trace::{Event, OutOfList, Trace};

/// What the probes found.
#[derive(Default)]
pub(crate) struct Found {
    /// Methods that are in the list, with their wire text.
    pub(crate) listed: Vec<(String, ListedMethod)>,
    /// What methods add to the policy ad.
    pub(crate) attributes: Vec<(&'static str, String)>,
}

/// How far the probes have come.
pub(crate) enum Probed {
    /// To the end.
    All(Found),
    /// To one that needs an effect.
    Asks(EffectRequest, Probing),
}

/// Asking one method after another.
pub(crate) struct Probing {
    current: Asked,
    rest: Rest,
    found: Found,
}

/// What is still to be asked, and what was asked last.
struct Rest {
    configured: VecDeque<String>,
    before: Option<String>,
}

/// A method whose probe waits for an answer.
struct Asked {
    configured: String,
    name: &'static MethodName,
    read: fn(EffectAnswer) -> Availability,
}

/// How a role's mechanisms are probed.
type ProbeOf<M> = fn(&M) -> Probe;

/// Probes the configured methods in their order.
pub(crate) fn probe<M: Named + ?Sized>(
    configured: &[String],
    registry: &Registry<M>,
    of: ProbeOf<M>,
    trace: &mut Trace,
) -> Probed {
    let rest = Rest {
        configured: configured.iter().cloned().collect(),
        before: None,
    };
    go_on(rest, Found::default(), registry, of, trace)
}

impl Probing {
    /// Goes on with the answer to the effect.
    pub(crate) fn answer<M: Named + ?Sized>(
        mut self,
        answer: EffectAnswer,
        registry: &Registry<M>,
        of: ProbeOf<M>,
        trace: &mut Trace,
    ) -> Probed {
        let Asked {
            configured,
            name,
            read,
        } = self.current;
        self.found.take(&configured, name, read(answer), trace);
        go_on(self.rest, self.found, registry, of, trace)
    }
}

fn go_on<M: Named + ?Sized>(
    mut rest: Rest,
    mut found: Found,
    registry: &Registry<M>,
    of: ProbeOf<M>,
    trace: &mut Trace,
) -> Probed {
    while let Some(configured) = rest.configured.pop_front() {
        let after = rest.before.replace(configured.clone());
        let Some(mechanism) = registry.find(&configured) else {
            found.list_unperformed(configured, after, trace);
            continue;
        };
        let name = mechanism.name();
        match of(mechanism) {
            Probe::Known(availability) => found.take(&configured, name, availability, trace),
            Probe::Needs(request, read) => {
                let current = Asked {
                    configured,
                    name,
                    read,
                };
                return Probed::Asks(
                    request,
                    Probing {
                        current,
                        rest,
                        found,
                    },
                );
            }
        }
    }
    Probed::All(found)
}

impl Found {
    /// A method without a mechanism: HTCondor's rules say whether it stays in the list.
    fn list_unperformed(&mut self, configured: String, after: Option<String>, trace: &mut Trace) {
        let reason = match known_method(&configured) {
            None => OutOfList::Unknown,
            Some(name) => match name.standing {
                Standing::Dropped(why) => OutOfList::Dropped(why),
                Standing::Offered => {
                    trace.push(Event::NotPerformed { method: name });
                    self.list(&configured, name, false);
                    return;
                }
            },
        };
        trace.push(Event::NotOffered {
            configured,
            after,
            reason,
        });
    }

    fn list(&mut self, configured: &str, name: &'static MethodName, performed: bool) {
        let text = name.wire.unwrap_or(configured).to_owned();
        self.listed.push((text, ListedMethod { name, performed }));
    }

    fn take(
        &mut self,
        configured: &str,
        name: &'static MethodName,
        availability: Availability,
        trace: &mut Trace,
    ) {
        match availability {
            Availability::Offered { attributes, event } => {
                trace.method(name, event);
                self.attributes.extend(attributes);
                self.list(configured, name, true);
            }
            Availability::Unable { event } => {
                trace.method(name, event);
                self.list(configured, name, false);
            }
            Availability::Struck { event } => trace.method(name, event),
        }
    }
}
