//! Telling the parent that this process lives.

use std::time::Duration;

use countersign_core::sinful::Sinful;
use countersign_core::trace::AddressSource;

use super::Inheritance;
use crate::Target;
use crate::client::{Attempt, Client, Sessions};

/// DC_CHILDALIVE.
const DC_CHILDALIVE: i32 = 60008;

impl Client {
    /// Tells the parent that this process lives (DC_CHILDALIVE), and is to be taken for hung if it does not
    /// say so again within `hung_after`. `None` if there is no parent to be told, or its address is no address.
    ///
    /// A real daemon kills a child that has said so once and then does not in time.
    pub async fn child_alive(
        &self,
        inheritance: &Inheritance,
        hung_after: Duration,
        timeout: Duration,
    ) -> Option<Attempt<()>> {
        let address = &inheritance.inherit()?.parent_address;
        let target = Target {
            address: Sinful::parse(address).ok()?,
            source: AddressSource::Typed,
        };
        let Attempt { trace, result } = self
            .open(&target, DC_CHILDALIVE, None, Sessions::Cached, timeout)
            .await;
        let result = match result {
            Err(failure) => Err(failure),
            Ok(mut connection) => {
                let seconds = i64::try_from(hung_after.as_secs()).unwrap_or(i64::from(i32::MAX));
                let message = connection
                    .encoder()
                    .int(i64::from(std::process::id()))
                    .int(seconds.min(i64::from(i32::MAX)))
                    .finish();
                let sent = connection.send(&message).await;
                sent.map_err(|error| error.into_failure(timeout))
            }
        };
        Some(Attempt { trace, result })
    }
}
