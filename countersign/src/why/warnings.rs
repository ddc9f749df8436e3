//! What a person should hear even where nothing failed.

use std::any::Any;

use countersign_core::trace::{Event, Trace};
use countersign_methods::scitokens::ScitokensEvent;

/// What happened in an attempt that whoever started it must hear of at once: a bearer token that went to a server which was
/// not verified, because a setting waived that; and a channel whose key anybody could read.
pub fn warnings(trace: &Trace) -> impl Iterator<Item = String> {
    trace.iter().filter_map(|event| match event {
        Event::Method { event, .. } => {
            let event: &dyn Any = event.as_ref();
            match event.downcast_ref() {
                Some(event @ ScitokensEvent::SentUnverified { .. }) => Some(event.to_string()),
                _ => None,
            }
        }
        Event::Protected {
            protection,
            hidden: false,
        } if protection.proves_the_key() => Some(format!(
            "WARNING: the channel is {protection}, with a key that the server sent for everyone to read"
        )),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::crypto::{Cipher, Protection};

    #[test]
    fn a_key_that_anybody_could_read() {
        let said = |protection, hidden| {
            let mut trace = Trace::default();
            trace.push(Event::Protected { protection, hidden });
            warnings(&trace).collect::<Vec<_>>()
        };
        assert!(said(Protection::AES, true).is_empty());
        assert!(said(Protection::AES, false)[0].contains("for everyone to read"));
        let idle = Protection {
            cipher: Cipher::TripleDes,
            encryption: false,
            integrity: false,
        };
        assert!(said(idle, false).is_empty(), "it protects nothing");
    }
}
