//! Literals that differ from a name by a few letters.

use super::{NearMiss, NearMissKind, Written};

/// The most letters that may differ.
const MOST_EDITS: usize = 2;

/// Names longer than this are not compared.
const MAX_LENGTH: usize = 512;

/// The literals that are similar to `name`, nearest first.
pub(super) fn similar<'m>(lines: &[Written<'m>], name: &[u8]) -> Vec<NearMiss<'m>> {
    let mut found: Vec<(usize, &Written<'m>)> = lines
        .iter()
        .filter(|line| !line.is_pattern())
        .filter_map(|line| Some((distance(&line.principal, name)?, line)))
        .collect();
    found.sort_by_key(|(distance, _)| *distance);
    found
        .into_iter()
        .map(|(_, line)| NearMiss {
            kind: NearMissKind::Similar {
                literal: line.principal.clone(),
            },
            line: line.literally(&line.principal),
        })
        .collect()
}

/// How many letters must be put in, left out, exchanged or swapped with their neighbour to get from
/// one to the other; `None` if that is more than a few, or more than a third of the name.
fn distance(one: &[u8], other: &[u8]) -> Option<usize> {
    let most = MOST_EDITS.min(other.len() / 3);
    if one.len().abs_diff(other.len()) > most || one.len().max(other.len()) > MAX_LENGTH {
        return None;
    }
    let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let exchanged = at(&row, j) + usize::from(a != b);
            let mut least = exchanged.min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped =
                i > 0 && j > 0 && one.get(i - 1) == Some(b) && other.get(j - 1) == Some(a);
            if swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            next.push(least);
        }
        if next.iter().min().is_some_and(|least| *least > most) {
            return None;
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn how_far() {
        for (one, other, expected) in [
            ("alice@example", "alice@exmaple", Some(1)),
            ("alice", "alice", Some(0)),
            ("alice", "alicia", Some(2)),
            ("alice", "robert", None),
            ("bob", "rob", Some(1)),
            ("ab", "ax", None),
            ("", "", Some(0)),
        ] {
            assert_eq!(
                distance(one.as_bytes(), other.as_bytes()),
                expected,
                "{one} {other}"
            );
        }
    }
}
