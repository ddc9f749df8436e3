//! Asking a collector where a daemon is.
//!
//! Rules: `Daemon::getDaemonInfo`, `Daemon::getInfoFromAd` and `CondorQuery` of HTCondor 25.14. The question differs from
//! HTCondor's in two ways, neither of which changes the answer that counts, the first ad: always one ad is asked for, and
//! only with the attributes needed (HTCondor does that for lookups by name); and the capability for remote
//! administration, which is a secret, is not asked for.

use std::time::Duration;

use countersign_classad::{ClassAd, Expr};
use countersign_core::Failure;
use countersign_core::trace::{Event, Trace};
use countersign_core::wire::AdLimits;

use super::Problem;
use crate::Target;
use crate::client::{Attempt, Client, Sessions};
use crate::connection::{Connection, ConnectionError};

/// The most ads read. One is asked for.
const MOST_ADS: usize = 16;

/// The longest answer read, in bytes.
const LONGEST_ANSWER: usize = 4 << 20;

/// Bounds on an ad that a collector hands out: anybody may have sent it there.
const ANSWER: AdLimits = AdLimits {
    attributes: 2_000,
    attribute_len: 64 * 1024,
    literals_only: false,
};

/// The longest name asked for, in bytes.
const LONGEST_NAME: usize = 4096;

/// Which ad is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    /// The command.
    pub(super) command: i32,
    /// The type of the ads.
    pub(super) target_type: &'static str,
    /// The attribute to compare and its value; without, any ad will do.
    pub(super) wanted: Option<(&'static str, String)>,
    /// The attribute to look at before `MyAddress`.
    pub(super) address_attribute: String,
}

impl Question {
    /// The query ad (`CondorQuery::getQueryAd`, `setLocationLookup`).
    pub(super) fn ad(&self) -> Result<ClassAd, Problem> {
        let mut ad = ClassAd::new();
        let requirements = match &self.wanted {
            None => "true".to_owned(),
            Some((attribute, value)) => {
                // HTCondor puts the name between quotes as it is; a quote in it would go on as an expression.
                format!("(({attribute} == {}))", quoted(value)?)
            }
        };
        if let Some(("Name", value)) = &self.wanted {
            ad.insert("LocationQuery", value.as_str());
        }
        ad.insert(
            "Projection",
            format!(
                "CondorVersion CondorPlatform MyAddress AddressV1 Name Machine {}",
                self.address_attribute
            ),
        );
        ad.insert("MyType", "Query");
        ad.insert("LimitResults", 1);
        ad.insert("Requirements", Expr::Text(requirements));
        ad.insert("TargetType", self.target_type);
        Ok(ad)
    }
}

/// A string as an expression that means exactly this string, with the quotes.
///
/// In the wire's syntax a backslash means nothing unless a quote follows it, so a string that ends in one cannot be
/// followed by the closing quote.
pub(super) fn quoted(value: &str) -> Result<String, Problem> {
    let bad = |problem| Problem::BadName {
        name: value.chars().take(100).collect(),
        problem,
    };
    if value.len() > LONGEST_NAME {
        return Err(bad("it is longer than 4096 bytes"));
    }
    if value.chars().any(char::is_control) {
        return Err(bad("it holds a control character"));
    }
    if value.ends_with('\\') {
        return Err(bad("it ends in a backslash"));
    }
    Ok(format!("\"{}\"", value.replace('"', "\\\"")))
}

/// Asks a collector. `None` if it knows no such ad.
pub(super) async fn ask(
    client: &Client,
    collector: &Target,
    question: &Question,
    ad: &ClassAd,
    timeout: Duration,
    trace: &mut Trace,
) -> Result<Option<ClassAd>, Failure> {
    let attempt = client
        .open(collector, question.command, None, Sessions::Cached, timeout)
        .await;
    let Attempt { trace: own, result } = attempt;
    trace.extend(own);
    let mut connection = result?;
    converse(&mut connection, ad).await.map_err(|error| {
        let failure = error.into_failure(timeout);
        trace.push(Event::Failed {
            stage: failure.stage,
            cause: failure.cause.clone(),
        });
        failure
    })
}

async fn converse(
    connection: &mut Connection,
    ad: &ClassAd,
) -> Result<Option<ClassAd>, ConnectionError> {
    connection.set_message_limit(LONGEST_ANSWER);
    let question = connection.encoder().ad(ad).finish();
    connection.send(&question).await?;
    let message = connection.receive().await?;
    let mut decoder = message.decoder();
    let mut first = None;
    // Each ad has a 1 in front; a 0 ends the answer.
    for _ in 0..MOST_ADS {
        if decoder.int("the number that says whether an ad follows")? == 0 {
            return Ok(first);
        }
        let ad = decoder.ad("the daemon's ad", ANSWER)?;
        first.get_or_insert(ad);
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_classad::Value;

    #[test]
    fn the_query_ad() {
        let question = Question {
            command: 6,
            target_type: "Scheduler",
            wanted: Some(("Name", "schedd@pool.example".into())),
            address_attribute: "SCHEDDIpAddr".into(),
        };
        let ad = question.ad().unwrap();
        assert_eq!(
            ad.to_long_form(),
            "LimitResults = 1\nLocationQuery = \"schedd@pool.example\"\nMyType = \"Query\"\n\
             Projection = \"CondorVersion CondorPlatform MyAddress AddressV1 Name Machine SCHEDDIpAddr\"\n\
             Requirements = ((Name == \"schedd@pool.example\"))\nTargetType = \"Scheduler\"\n"
        );
        let any = Question {
            wanted: None,
            ..question
        };
        assert_eq!(
            any.ad().unwrap().get("Requirements"),
            Some(&Expr::Text("true".into()))
        );
    }

    #[test]
    fn a_name_stays_a_string() {
        for name in [
            "plain@host",
            "a\" || true || \"",
            "a\\\" || true || \"b",
            "a\\b",
            "",
            "é",
        ] {
            let text = quoted(name).unwrap();
            // Parsed as one literal, which is the name: nothing has escaped from the quotes.
            assert_eq!(
                Expr::parse(&text).unwrap(),
                Expr::Literal(Value::String(name.into())),
                "{text}"
            );
        }
        for bad in ["a\\", "a\n", "a\0", "a\"\n"] {
            assert!(quoted(bad).is_err(), "{bad:?}");
        }
        assert!(quoted(&"a".repeat(5000)).is_err());
    }
}
