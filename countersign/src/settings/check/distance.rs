//! How far names are from each other.

/// How many letters must be changed, added, left out or swapped with their neighbour to make one name of the other, if that
/// is `most` at most. Both are plain ASCII.
pub(super) fn within(one: &str, other: &str, most: usize) -> Option<usize> {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    // The three rows of the table that are needed at a time.
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut row = Vec::with_capacity(above.len());
        row.push(i + 1);
        for (j, b) in other.iter().enumerate() {
            let at =
                |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&above, j) + usize::from(a != b))
                .min(at(&above, j + 1) + 1)
                .min(at(&row, j) + 1);
            let swapped =
                i > 0 && j > 0 && one.get(i - 1) == Some(b) && other.get(j - 1) == Some(a);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        if row.iter().all(|distance| *distance > most) {
            return None;
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().filter(|distance| *distance <= most)
}

/// How many mistakes a name of this length may have and still be taken for another.
pub(super) fn tolerance(name: &str) -> usize {
    match name.len() {
        0..=6 => 0,
        7..=14 => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (one, other, distance) in [
            ("", "", Some(0)),
            ("SEC_DEFUALT", "SEC_DEFAULT", Some(1)),
            ("SEC_DEFAUL", "SEC_DEFAULT", Some(1)),
            ("SEC_DEAFUTL", "SEC_DEFAULT", Some(2)),
            ("KITTEN", "SITTING", None),
            ("AB", "BA", Some(1)),
            ("ABCDEF", "", None),
        ] {
            assert_eq!(within(one, other, 2), distance, "{one} {other}");
            assert_eq!(within(other, one, 2), distance, "{other} {one}");
        }
    }
}
