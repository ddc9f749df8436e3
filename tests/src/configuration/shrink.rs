//! Makes a case that differs as small as it can be and still differ.

use super::Case;
use super::bench::Bench;
use super::compare::verdict;
use super::sides::{Answer, Form, Side};
use crate::roots::Release;

/// So often both sides may be asked for it.
const TRIES: usize = 400;

/// The case without what does not matter.
#[must_use]
pub fn shrink(bench: &Bench, release: Release, case: &Case) -> Case {
    let kind = |answer: &Answer| std::mem::discriminant(answer);
    let folder = bench.folder();
    let mut tries = 0;
    let mut first = None;
    let mut differs = |case: &Case| {
        tries += 1;
        if tries > TRIES {
            return false;
        }
        let (theirs, here) = bench.ask(release, Side::Theirs, case, &folder, Form::Verbose);
        let (ours, _) = bench.ask(
            release,
            Side::Ours(&bench.program, release),
            case,
            &folder,
            Form::Verbose,
        );
        let kinds = (kind(&theirs), kind(&ours));
        *first.get_or_insert(kinds) == kinds && verdict(case, &here, &theirs, &ours).is_some()
    };
    let mut small = case.clone();
    if !differs(&small) {
        bench.remove(&folder);
        return small;
    }
    let mut place = 0;
    while place < small.variables.len() {
        let mut other = small.clone();
        other.variables.remove(place);
        if differs(&other) {
            small = other;
        } else {
            place += 1;
        }
    }
    let mut place = 0;
    while place < small.files.len() {
        let mut other = small.clone();
        other.files.remove(place);
        if !small.files[place].0.eq(&small.first) && differs(&other) {
            small = other;
        } else {
            place += 1;
        }
    }
    // Lines that belong together go only once what is between them has gone.
    loop {
        let before = small.files.clone();
        for place in 0..small.files.len() {
            let mut size = small.files[place].1.split(|byte| *byte == b'\n').count() / 2;
            while size > 0 {
                let mut start = 0;
                loop {
                    let text = String::from_utf8_lossy(&small.files[place].1).into_owned();
                    let mut lines: Vec<&str> = text.split('\n').collect();
                    if start >= lines.len() {
                        break;
                    }
                    lines.drain(start..(start + size).min(lines.len()));
                    let mut other = small.clone();
                    other.files[place].1 = lines.join("\n").into_bytes();
                    if differs(&other) {
                        small = other;
                    } else {
                        start += size;
                    }
                }
                size /= 2;
            }
        }
        if small.files == before {
            break;
        }
    }
    bench.remove(&folder);
    small
}
