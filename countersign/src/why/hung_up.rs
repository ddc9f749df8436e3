//! The server closed the connection instead of answering: it says nothing more, so what is known
//! of this side's question must tell which of the causes it can be.

use countersign_core::policy::Requirement;
use countersign_core::trace::Trace;

use super::facts::knob;
use super::methods::failed_methods;
use super::{Asked, Causes, Finding, facts};

pub(super) fn hung_up(trace: &Trace, asked: Asked<'_>) -> Causes {
    let Some((ip, id)) = facts::shared_port(trace) else {
        let what = "the server hung up instead of answering";
        // Why there was no method left that this side could offer.
        let methods = match facts::gave_up(trace).any(|(feature, _)| feature == "authentication") {
            true => failed_methods(trace).all(),
            false => Vec::new(),
        };
        return Causes::from(by_policy(what, trace, asked)).also(methods);
    };
    Causes::from(Finding::new(
        format!(
            "the server hung up instead of answering. The connection was to be passed on to {id} by \
             the shared port; most likely no daemon listens behind that name: {}"
            ,
            // Names that a daemon makes for itself hold its process's number.
            if id.contains(|c: char| c.is_ascii_digit()) {
                "it was restarted, and its name changes each time"
            } else {
                "it does not run, or goes by another name"
            }
        ),
        format!(
            "look for {id} in SharedPortLog on {ip}, and take the daemon's address anew: from its \
             address file, or for a schedd condor_status -schedd -af MyAddress"
        ),
    ))
    .also(vec![by_policy(
        "if a daemon does listen there, it hung up itself",
        trace,
        asked,
    )])
}

fn by_policy(what: &str, trace: &Trace, asked: Asked<'_>) -> Finding {
    // A NEVER that no setting says is told of by its own event.
    let by_itself = |feature: &str, value| {
        value == Requirement::Never
            && facts::gave_up(trace).any(|(given_up, _)| given_up.to_uppercase().contains(feature))
    };
    let features = facts::features(trace);
    // Without authentication the others are NEVER too, whatever their own settings say.
    let no_authentication = features
        .iter()
        .flatten()
        .any(|&(feature, value)| feature == "AUTHENTICATION" && value == Requirement::Never);
    let strict: Vec<_> = features
        .into_iter()
        .flatten()
        .filter(|&(feature, _)| feature == "AUTHENTICATION" || !no_authentication)
        .filter(|&(feature, value)| {
            matches!(value, Requirement::Required | Requirement::Never)
                && !by_itself(feature, value)
        })
        .collect();
    let command = facts::command(asked);
    let no_command = format!("it has no command {command}");
    let unregistered = format!(
        "`Received TCP command ({}) (UNREGISTERED COMMAND!) from` is the command",
        asked.command
    );
    let unreconciled = "`DC_AUTHENTICATE: Unable to reconcile!` is the policy";
    let policy = if strict.is_empty() && facts::gave_up(trace).next().is_none() {
        "This client's policy leaves everything open (OPTIONAL or PREFERRED), so it fits any that \
         is consistent: that daemon's own may contradict itself (authentication NEVER with \
         encryption or integrity REQUIRED), or it is restarting, or no daemon at all"
            .to_owned()
    } else if strict.is_empty() {
        "Its policy may require what this client gave up by itself".to_owned()
    } else {
        let named: Vec<_> = strict
            .iter()
            .map(|(feature, value)| format!("SEC_CLIENT_{feature} is {value}"))
            .collect();
        format!(
            "Its policy may contradict this client's, where {} (set so itself, or by SEC_DEFAULT_*): \
             what one side requires the other must not refuse",
            named.join(" and ")
        )
    };
    let compare: Vec<_> = strict
        .iter()
        .map(|(feature, value)| match value {
            Requirement::Never => format!("raise SEC_CLIENT_{feature} here to OPTIONAL"),
            _ => format!("{} there must not be NEVER", knob(asked, "SEC", feature)),
        })
        .collect();
    let compare = if compare.is_empty() {
        String::new()
    } else {
        format!("; if it is the policy, {}", compare.join(", and "))
    };
    // Every daemon has the commands that stand for a level; any other may be missing.
    let is_level = (60_000..61_000).contains(&asked.command);
    if facts::level(asked).is_some() && (is_level || !strict.is_empty()) {
        Finding::new(
            format!("{what}. {policy}. Less likely, {no_command}"),
            format!("look in that daemon's log: {unreconciled}, {unregistered}{compare}"),
        )
    } else {
        Finding::new(
            format!(
                "{what}. Most likely {no_command}. If it has: {}",
                lower(&policy)
            ),
            format!("look in that daemon's log: {unregistered}, {unreconciled}{compare}"),
        )
    }
}

fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}
