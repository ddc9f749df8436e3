//! What is looked for, a module for each kind of mistake.

mod anchors;
mod broad;
pub(super) mod files;
mod hosts;
mod methods;
mod modes;
mod names;
pub(super) mod reach;
pub(super) mod slow;
mod syntax;

pub(crate) use modes::between_slashes;

use super::case::Case;
use super::draft::Drafts;
use crate::document::Line;
use crate::keys::BareKeys;
use crate::statement::Statement;

/// What one line shows by itself.
pub(super) fn line(text: &[u8], keys: BareKeys, line: &Line) -> Drafts {
    let mut drafts = Drafts::default();
    any(text, line, &mut drafts);
    if let Statement::Entry(entry) = &line.statement {
        of_case(&Case::new(text, keys, line, entry), &mut drafts);
    }
    drafts
}

/// What is wrong with a line whatever it says.
pub(super) fn any(text: &[u8], line: &Line, drafts: &mut Drafts) {
    syntax::any(text, line, drafts);
}

/// What a line that maps shows by itself, the rules for any line left out.
pub(super) fn of_case(case: &Case<'_>, drafts: &mut Drafts) {
    syntax::entry(case, drafts);
    methods::check(case, drafts);
    modes::check(case, drafts);
    names::check(case, drafts);
    // Where the principal is not what was meant, whom it lets in says nothing.
    if !modes::is_misread(drafts) {
        anchors::check(case, drafts);
        hosts::check(case, drafts);
        broad::check(case, drafts);
    }
}
