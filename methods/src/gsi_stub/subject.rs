//! A subject that is asserted, not proven.

use std::sync::Arc;

use countersign_core::identity::MAX_NAME;

/// A certificate's subject that the two ends of a transport in memory agree on. Nobody proved it, so
/// it is no method, and only [`meet`](super::meet) takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssertedSubject(Arc<str>);

/// Why a text is no subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a subject is of the form /DC=org/CN=Jane Roe: it begins with a slash, has at most {MAX_NAME} \
     bytes and no control characters"
)]
pub struct NotASubject;

impl AssertedSubject {
    /// A distinguished name as HTCondor 9 wrote it: `/DC=org/CN=Jane Roe`.
    ///
    /// # Errors
    /// [`NotASubject`].
    pub fn new(name: &str) -> Result<Self, NotASubject> {
        let good =
            name.starts_with('/') && name.len() <= MAX_NAME && !name.contains(char::is_control);
        good.then(|| Self(name.into())).ok_or(NotASubject)
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use countersign_core::method::{Mechanism, ServerMechanism};

    use super::*;

    #[test]
    fn names() {
        assert_eq!(AssertedSubject::new("/CN=x").unwrap().name(), "/CN=x");
        let long = format!("/CN={}", "x".repeat(MAX_NAME));
        for bad in ["", "CN=x", "/CN=a\nb", &long] {
            assert_eq!(AssertedSubject::new(bad), Err(NotASubject));
        }
    }

    // That the example above does not compile for this reason, and for no other: were the subject a
    // method, `is` would have two meanings here, and this would not compile.
    trait NoMethod<T> {
        fn is() {}
    }
    impl<S> NoMethod<()> for S {}
    struct ForAClient;
    impl<S: Mechanism> NoMethod<ForAClient> for S {}
    struct ForAServer;
    impl<S: ServerMechanism> NoMethod<ForAServer> for S {}

    #[test]
    fn it_is_no_method() {
        let () = <AssertedSubject as NoMethod<_>>::is();
    }
}
