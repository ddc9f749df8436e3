//! Netgroups, asked through the C library as HTCondor asks it.

use countersign_core::effect::AskNetgroups;

/// Asks each question. This blocks for as long as the name service takes.
#[must_use]
pub fn ask_netgroups(request: &AskNetgroups) -> Vec<Option<bool>> {
    let ask = |question: &countersign_core::authz::NetgroupQuestion| {
        countersign_netgroup::is_member(
            &question.group,
            &question.host,
            &question.user,
            &question.domain,
        )
    };
    request.0.iter().map(ask).collect()
}
