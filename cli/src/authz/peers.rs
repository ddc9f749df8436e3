//! What is known of each address, looked up once and only where it matters.

use std::collections::HashMap;
use std::net::IpAddr;

use countersign::core::authz::{Peer, Policy};
use countersign::core::effect::{AskNetgroups, LookUpPeer, PeerFacts};
use countersign::core::names::Level;
use countersign::effects::{ask_netgroups, look_up_peer};

/// The addresses seen so far.
#[derive(Debug, Default)]
pub(super) struct Peers(HashMap<IpAddr, PeerFacts>);

impl Peers {
    /// The peer at an address, with its names and netgroups if they can change the answer.
    pub(super) fn known(&mut self, policy: &Policy, level: Level, user: &str, ip: IpAddr) -> Peer {
        let mut peer = Peer::new(ip);
        if policy.needs_names(level, user, &peer) {
            let facts = self
                .0
                .entry(ip)
                .or_insert_with(|| look_up_peer(&LookUpPeer(ip)));
            peer.names = facts.names.clone();
            peer.local = facts.local;
        }
        let questions = policy.netgroup_questions(level, user, &peer);
        if !questions.is_empty() {
            let answers = ask_netgroups(&AskNetgroups(questions.clone()));
            peer.netgroups = questions.into_iter().zip(answers).collect();
        }
        peer
    }
}
