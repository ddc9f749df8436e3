//! The server knows who this is, and says no.

use countersign_core::names::Level;
use countersign_core::trace::Trace;

use super::facts::{self, Limited, of_level};
use super::methods::{failed_methods, lift};
use super::{Asked, Causes, Finding};

pub(super) fn denied(trace: &Trace, code: &str, user: &str, asked: Asked<'_>) -> Causes {
    let name = asked.name;
    let methods = failed_methods(trace);
    let Some(method) = facts::method(trace) else {
        if facts::went_on(trace) {
            let what = format!(
                "the server answered {code} for {name} to {user}, which is anybody: authentication \
                 was tried"
            );
            return lift(&what, methods);
        }
        return Causes::from(nobody(code, user, asked)).also(methods.all());
    };
    if let (Some(limited), Some(level)) = (facts::limited_token(trace), facts::level(asked))
        && is_outside(&limited.scope, level)
    {
        return Causes::from(outside(&limited, code, user, level)).also(methods.all());
    }
    let mut text = format!(
        "the server knows this side as {user}, authenticated by {method}, and answered {code} for \
         {}. Which entry of its lists decided, or that none matched, only the server knows",
        of_level(asked)
    );
    if let Some(Limited { scope, place }) = facts::limited_token(trace) {
        text.push_str(&format!(
            "; the token that was used ({place}) is limited to `{scope}`, and a level outside of \
             that is denied whatever the lists say"
        ));
    }
    let from =
        facts::local_ip(trace).map_or_else(String::new, |ip| format!(" (from here that is {ip})"));
    let log = format!(
        "look for PERMISSION DENIED and {user} in that daemon's log: the line has the reason, and \
         the ADDRESS that it saw{from}"
    );
    let remedy = if user.ends_with("@unmapped") {
        text.push_str("; `unmapped` means that no line of its mapfile gave this side a name");
        format!(
            "{log}. Have a line for {method} and this name put into its \
                 CERTIFICATE_MAPFILE; on that host, countersign mapfile explain says which line came close"
        )
    } else {
        format!("{log}. {}", lists(asked, user))
    };
    Causes::from(Finding::new(text, remedy)).also(methods.all())
}

/// A list that lets this identity in lets everyone in, so that is no advice.
fn nobody(code: &str, user: &str, asked: Asked<'_>) -> Finding {
    Finding::new(
        format!(
            "the server knows this side as {user}, without authentication, and answered {code} \
             for {}; nothing was proven to it, so to it this is anybody",
            of_level(asked)
        ),
        format!(
            "authenticate: set SEC_CLIENT_AUTHENTICATION = REQUIRED here, with a method that both \
             sides have; or look for PERMISSION DENIED and {user} in the log of that daemon"
        ),
    )
}

fn outside(limited: &Limited, code: &str, user: &str, level: Level) -> Finding {
    let Limited { place, scope } = limited;
    let level = level.name();
    Finding::new(
        format!(
            "the token that was used ({place}) is limited to `{scope}`, which does not cover \
             {level}: the server, which knows this side as {user}, answers {code} whatever its \
             lists say"
        ),
        format!(
            "use a token that has condor:/{level} among its limits (condor_token_create -authz \
             {level}), or one without a limit; no entry of the server's lists helps"
        ),
    )
}

/// Whether a level is for certain outside of what a token is limited to.
pub(super) fn is_outside(scope: &str, level: Level) -> bool {
    let mut limits = scope
        .split([',', ' ', '\t'])
        .filter_map(|item| item.strip_prefix("condor:/"))
        .peekable();
    // Scopes of another kind alone limit nothing that is known here.
    limits.peek().is_some()
        && level != Level::Allow
        && !limits.any(|limit| Level::from_name(limit).is_none_or(|limit| covers(limit, level)))
}

/// Whether a limit covers a level, or may: what is not known counts as covered.
fn covers(limit: Level, level: Level) -> bool {
    limit == level
        || match limit {
            Level::Daemon | Level::Administrator => matches!(level, Level::Write | Level::Read),
            Level::Write | Level::Negotiator | Level::Config => level == Level::Read,
            _ => false,
        }
}

/// The lists, and how one entry gets into them without anything else changing.
fn lists(asked: Asked<'_>, user: &str) -> String {
    let entry = format!("{user}/ADDRESS");
    let bare = user.split('@').next().unwrap_or(user);
    let Some(level) = facts::level(asked) else {
        return format!(
            "If nothing in the ALLOW list of that command's level matched, {entry} is the entry \
             that is missing (a bare {bare} is read as the name of a host)"
        );
    };
    let own = format!("ALLOW_{}", level.name());
    let else_of = match level {
        Level::AdvertiseStartd | Level::AdvertiseSchedd | Level::AdvertiseMaster => {
            "ALLOW_DAEMON, or if that is not set ALLOW_DEFAULT,"
        }
        _ => "ALLOW_DEFAULT",
    };
    let other = else_of.split([',', ' ']).next().unwrap_or(else_of);
    format!(
        "If nothing in the list that is in force matched (condor_config_val -dump ALLOW_ on that \
         host shows them), {entry} is the entry that is missing: add it to {own} if that is set \
         there. If not, {else_of} counts for this level, and a new {own} would replace it and shut \
         out whoever is in only through it: write {own} = $({other}), {entry}. A bare {bare} is \
         read as the name of a host. What DENY_{} matches stays out",
        level.name()
    )
}
