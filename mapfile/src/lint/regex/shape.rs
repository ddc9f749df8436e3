//! Where a pattern begins and ends, and whether it says anything.

use super::{Item, Node, Sequence, Set, Tree};

/// What a pattern leaves open behind its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tail {
    /// Nothing.
    Closed,
    /// Everything, and it says so: `.*`. With its place.
    Wildcard(usize),
    /// Everything but what begins with one of these bytes, and it does not say so.
    Class(Set),
    /// Everything, and it does not say so.
    Open,
}

/// Whether each match begins where the name does.
pub(crate) fn starts_anchored(sequence: &Sequence) -> bool {
    match sequence.first().map(|item| &item.node) {
        Some(Node::Start) => true,
        Some(Node::Group { alternatives, .. }) => alternatives.iter().all(starts_anchored),
        _ => false,
    }
}

/// Where `.*` or its like stands, if the sequence begins with that but for `^` and parentheses.
pub(crate) fn leading_wildcard(sequence: &Sequence) -> Option<usize> {
    let first = sequence
        .iter()
        .find(|item| !matches!(item.node, Node::Start))?;
    match &first.node {
        Node::Group { alternatives, .. } => match alternatives.as_slice() {
            [only] => leading_wildcard(only),
            _ => None,
        },
        Node::Repeat {
            item, max: None, ..
        } if is_broad(item) => Some(first.at.start),
        _ => None,
    }
}

/// Any byte, or any but a few.
fn is_broad(item: &Item) -> bool {
    match &item.node {
        Node::Any => true,
        Node::Class(set) => set.len() > 128,
        _ => false,
    }
}

/// What the sequence leaves open behind its end.
pub(crate) fn ends(sequence: &Sequence) -> Tail {
    let Some(last) = sequence.last() else {
        return Tail::Open;
    };
    if let [.., wildcard, end] = sequence.as_slice()
        && matches!(end.node, Node::End)
        && is_wildcard(wildcard)
    {
        return Tail::Wildcard(wildcard.at.start);
    }
    match &last.node {
        Node::End => Tail::Closed,
        Node::Group { alternatives, .. } => {
            let mut tails = alternatives.iter().map(|inner| match ends(inner) {
                // As in `(,|$)`.
                Tail::Open if ends_in_separator(inner) && alternatives.len() > 1 => Tail::Closed,
                tail => tail,
            });
            let first = tails.next().unwrap_or(Tail::Open);
            tails.fold(
                first,
                |one, other| {
                    if one == Tail::Closed { other } else { one }
                },
            )
        }
        Node::Repeat {
            item, max: None, ..
        } => match &item.node {
            Node::Any => Tail::Wildcard(last.at.start),
            Node::Class(set) => Tail::Class(**set),
            _ => Tail::Open,
        },
        _ => Tail::Open,
    }
}

fn ends_in_separator(sequence: &Sequence) -> bool {
    matches!(
        sequence.last().map(|item| &item.node),
        Some(Node::Byte(b',' | b'/' | b':'))
    )
}

/// Whether every name matches, but for the empty one and those with newlines.
pub(crate) fn is_universal(tree: &Tree) -> bool {
    tree.alternatives.iter().any(is_universal_sequence)
}

fn is_universal_sequence(sequence: &Sequence) -> bool {
    sequence.iter().all(|item| match &item.node {
        Node::Group { alternatives, .. } => alternatives
            .iter()
            .any(|inner| is_universal_sequence(inner) && has_wildcard(inner)),
        Node::Start | Node::End => true,
        Node::Repeat { item, min, max } => {
            matches!(item.node, Node::Any) && *min <= 1 && max.is_none()
        }
        _ => false,
    }) && says_one_thing(sequence)
}

fn has_wildcard(sequence: &Sequence) -> bool {
    sequence
        .iter()
        .any(|item| matches!(item.node, Node::Repeat { .. } | Node::Group { .. }))
}

/// `^$` holds nothing, `.+.+` not every name, and neither is worth more thought.
fn says_one_thing(sequence: &Sequence) -> bool {
    let anchors = |wanted: fn(&Node) -> bool| sequence.iter().any(|item| wanted(&item.node));
    let elements = sequence
        .iter()
        .filter(|item| !matches!(item.node, Node::Start | Node::End))
        .count();
    match elements {
        0 => {
            !(anchors(|node| matches!(node, Node::Start))
                && anchors(|node| matches!(node, Node::End)))
        }
        count => count == 1 && is_ordered(sequence),
    }
}

/// `^` before, `$` behind.
fn is_ordered(sequence: &Sequence) -> bool {
    let first = sequence
        .iter()
        .position(|item| !matches!(item.node, Node::Start | Node::End));
    let first = first.unwrap_or(0);
    sequence
        .iter()
        .enumerate()
        .all(|(at, item)| match item.node {
            Node::Start => at < first,
            Node::End => at > first,
            _ => true,
        })
}

/// The bytes of a pattern that is nothing but these: `^alice$`.
pub(crate) fn exact(tree: &Tree) -> Option<Vec<u8>> {
    let [only] = tree.alternatives.as_slice() else {
        return None;
    };
    let inner = only.get(1..only.len().checked_sub(1)?)?;
    let anchored =
        matches!(only.first()?.node, Node::Start) && matches!(only.last()?.node, Node::End);
    if !anchored || only.len() < 2 {
        return None;
    }
    inner
        .iter()
        .map(|item| match item.node {
            Node::Byte(byte) => Some(byte),
            _ => None,
        })
        .collect()
}

/// What a pattern takes besides a name that it is found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Every name that begins with that one.
    Prefix,
    /// Every name that contains that one.
    Contains,
    /// Not known.
    Other,
}

/// What a pattern takes besides a name that it is found in: without an end nothing behind a match, and
/// without a beginning nothing around it takes the match away.
pub(crate) fn reach(tree: &Tree) -> Reach {
    let sequences = || {
        tree.alternatives
            .iter()
            .map(|sequence| without_end(sequence))
    };
    let any = |wanted: fn(&Node) -> bool| sequences().any(|items| has(items, wanted));
    if any(|node| matches!(node, Node::End)) {
        Reach::Other
    } else if any(|node| matches!(node, Node::Start)) {
        Reach::Prefix
    } else {
        Reach::Contains
    }
}

/// The sequence but for a `.*$` at its end, which says nothing.
fn without_end(sequence: &[Item]) -> &[Item] {
    match sequence {
        [rest @ .., wildcard, end] if matches!(end.node, Node::End) && is_wildcard(wildcard) => {
            rest
        }
        all => all,
    }
}

fn is_wildcard(item: &Item) -> bool {
    matches!(&item.node, Node::Repeat { item, min: 0, max: None } if matches!(item.node, Node::Any))
}

fn has(items: &[Item], wanted: fn(&Node) -> bool) -> bool {
    items.iter().any(|item| {
        wanted(&item.node)
            || match &item.node {
                Node::Group { alternatives, .. } => {
                    alternatives.iter().any(|inner| has(inner, wanted))
                }
                Node::Repeat { item, .. } => has(std::slice::from_ref(item), wanted),
                _ => false,
            }
    })
}

/// Texts that each match contains, and whether names begin with them.
pub(crate) fn texts(tree: &Tree) -> Vec<(Vec<u8>, bool)> {
    let [only] = tree.alternatives.as_slice() else {
        return Vec::new();
    };
    let anchored = matches!(only.first().map(|item| &item.node), Some(Node::Start));
    let mut texts = Vec::new();
    let mut text = Vec::new();
    let mut leading = anchored;
    for item in only.get(usize::from(anchored)..).unwrap_or_default() {
        if let Node::Byte(byte) = item.node {
            text.push(byte);
            continue;
        }
        if !text.is_empty() {
            texts.push((std::mem::take(&mut text), leading));
        }
        leading = false;
    }
    if !text.is_empty() {
        texts.push((text, leading));
    }
    texts
}
