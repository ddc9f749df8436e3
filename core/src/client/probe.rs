//! Before the hello: which of the configured methods can be offered at all.

use std::collections::VecDeque;
use std::sync::Arc;

use super::cx::{AwaitsAnswer, Client, Cx, Step};
use super::facts::Found;
use super::hello;
use crate::effect::EffectAnswer;
use crate::method::{Availability, Mechanism, Probe};
use crate::names::{Standing, known_method};
use crate::policy::ListedMethod;
use crate::stage::Stage;
use crate::trace::{Event, OutOfList};

/// Asking one method after another.
struct Probing {
    current: Asked,
    rest: VecDeque<String>,
    found: Found,
}

/// A method whose probe waits for an answer.
struct Asked {
    configured: String,
    mechanism: Arc<dyn Mechanism>,
    read: fn(EffectAnswer) -> Availability,
}

/// Starts with the first configured method.
pub(super) fn begin(cx: &mut Cx<'_>) -> Step {
    let rest = cx.side.config.settings.methods.iter().cloned().collect();
    next(rest, Found::default(), cx)
}

impl AwaitsAnswer<Client> for Probing {
    fn stage(&self) -> Stage {
        Stage::Policy
    }

    fn on_answer(self: Box<Self>, answer: EffectAnswer, cx: &mut Cx<'_>) -> Step {
        let Self {
            current,
            rest,
            mut found,
        } = *self;
        let availability = (current.read)(answer);
        found.take(
            &current.configured,
            current.mechanism.as_ref(),
            availability,
            cx,
        );
        next(rest, found, cx)
    }
}

fn next(mut rest: VecDeque<String>, mut found: Found, cx: &mut Cx<'_>) -> Step {
    while let Some(configured) = rest.pop_front() {
        let Some(mechanism) = cx.side.config.registry.find(&configured).cloned() else {
            found.list_unperformed(configured, cx);
            continue;
        };
        match mechanism.probe() {
            Probe::Known(availability) => {
                found.take(&configured, mechanism.as_ref(), availability, cx);
            }
            Probe::Needs(request, read) => {
                return Step::perform(
                    request,
                    Probing {
                        current: Asked {
                            configured,
                            mechanism,
                            read,
                        },
                        rest,
                        found,
                    },
                );
            }
        }
    }
    hello::send(found, cx)
}

impl Found {
    /// A method without a mechanism: HTCondor's rules say whether it stays in the list.
    fn list_unperformed(&mut self, configured: String, cx: &mut Cx<'_>) {
        let reason = match known_method(&configured) {
            None => OutOfList::Unknown,
            Some(name) => match name.standing {
                Standing::Dropped(why) => OutOfList::Dropped(why),
                Standing::Offered => {
                    cx.trace.push(Event::NotPerformed { method: name });
                    let text = name.wire.map_or(configured, str::to_owned);
                    self.listed.push((
                        text,
                        ListedMethod {
                            name,
                            performed: false,
                        },
                    ));
                    return;
                }
            },
        };
        cx.trace.push(Event::NotOffered { configured, reason });
    }

    fn take(
        &mut self,
        configured: &str,
        mechanism: &dyn Mechanism,
        availability: Availability,
        cx: &mut Cx<'_>,
    ) {
        let name = mechanism.name();
        match availability {
            Availability::Offered { attributes, event } => {
                cx.trace.method(name, event);
                self.attributes.extend(attributes);
                self.listed.push((
                    name.wire.unwrap_or(configured).to_owned(),
                    ListedMethod {
                        name,
                        performed: true,
                    },
                ));
            }
            Availability::Struck { event } => cx.trace.method(name, event),
        }
    }
}
