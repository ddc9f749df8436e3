//! Methods that no line can be about.

use crate::escape::escape;
use crate::lint::case::Case;
use crate::lint::code::{Code, Severity};
use crate::lint::draft::{Draft, Drafts, Fix};
use crate::lint::method::{self, Standing};

pub(super) fn check(case: &Case<'_>, drafts: &mut Drafts) {
    let span = case.entry.method.span.clone();
    let Some(known) = case.known else {
        unknown(case, drafts);
        return;
    };
    match known.standing {
        Standing::Asked => {}
        Standing::Gone => drafts.push(Draft::new(
            Code::GoneMethod,
            Severity::Warning,
            span,
            format!("no release of HTCondor authenticates with {} any more", known.name),
            "the line matches nobody; certificates are looked up as SSL since then",
        )),
        Standing::NeverAsked => drafts.push(Draft::new(
            Code::NeverAsked,
            Severity::Warning,
            span,
            format!("HTCondor looks no name up for {}", known.name),
            "up to 25.14 this method gives no name to map: who authenticates by it is whom the credential \
             names, whatever this line says, even if it is a ban",
        )),
    }
}

/// What some editors put before a file in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

fn unknown(case: &Case<'_>, drafts: &mut Drafts) {
    let span = case.entry.method.span.clone();
    let name = escape(&case.method);
    let marked = case.method.strip_prefix(BYTE_ORDER_MARK);
    let near = marked
        .and_then(method::known)
        .map(|known| known.name)
        .or_else(|| method::near(&case.method));
    let why = match near {
        _ if marked.is_some() => {
            "a byte order mark, which no editor shows, stands before it and is part of it: the line matches nobody"
                .to_owned()
        }
        _ if *case.method == *b"*" => {
            "no method is called that, and nothing here stands for all of them; a file of such lines is one for \
             the ClassAd function userMap, not for CERTIFICATE_MAPFILE"
                .to_owned()
        }
        Some(meant) => format!(
            "the line matches nobody; in a mapfile the method is {meant}, whatever else other knobs take"
        ),
        None => "no release of HTCondor has such a method, and the line matches nobody".to_owned(),
    };
    // A line for one that is never asked about is of no use either.
    let of_use = near.filter(|meant| {
        let known = method::known(meant.as_bytes());
        known.is_some_and(|known| matches!(known.standing, Standing::Asked))
    });
    let fix = of_use.map(|meant| Fix {
        line: case.replaced(span.clone(), meant.as_bytes()),
        keeps: None,
    });
    drafts.push(
        Draft::new(
            Code::UnknownMethod,
            Severity::Error,
            span,
            format!("{name} is no authentication method"),
            why,
        )
        .fixed(fix),
    );
}
