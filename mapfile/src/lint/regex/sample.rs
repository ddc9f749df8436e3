//! Names made from a pattern.

use super::{Item, Node, Sequence, Tree};

/// The longest name that is made.
const MAX_LENGTH: usize = 4096;

/// What is made of an element that may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fill {
    /// Nothing.
    Least,
    /// One of it, where it is a byte of several.
    Some,
}

/// What stands in a name where the pattern has the element that begins there.
pub(crate) type Override<'o> = (usize, &'o [u8]);

/// A name that the alternative probably matches.
pub(crate) fn sample(
    sequence: &Sequence,
    fill: Fill,
    overrides: &[Override<'_>],
) -> Option<Vec<u8>> {
    let mut sampler = Sampler {
        fill,
        overrides,
        out: Vec::new(),
    };
    sampler.sequence(sequence)?;
    Some(sampler.out)
}

struct Sampler<'o> {
    fill: Fill,
    overrides: &'o [Override<'o>],
    out: Vec<u8>,
}

impl Sampler<'_> {
    fn sequence(&mut self, sequence: &[Item]) -> Option<()> {
        let mut items = sequence.iter().peekable();
        while let Some(item) = items.next() {
            self.item(item, items.peek().copied())?;
        }
        Some(())
    }

    fn item(&mut self, item: &Item, next: Option<&Item>) -> Option<()> {
        if let Some((_, text)) = self.overrides.iter().find(|(at, _)| *at == item.at.start) {
            self.out.extend_from_slice(text);
            return self.fits();
        }
        match &item.node {
            Node::Byte(byte) => self.out.push(*byte),
            Node::Any => {
                let within = self.out.last().is_some_and(u8::is_ascii_alphanumeric)
                    && next.is_some_and(is_word);
                self.out.push(if within { b'.' } else { b'x' });
            }
            Node::Class(set) => self.out.push(set.pick()?),
            Node::Start | Node::End => {}
            Node::Group { alternatives, .. } => self.sequence(alternatives.first()?)?,
            Node::Repeat { item, min, max } => {
                let one =
                    matches!(item.node, Node::Any | Node::Class(_)) && self.fill == Fill::Some;
                let count = (*min).max(u32::from(one)).min(max.unwrap_or(u32::MAX));
                for _ in 0..count {
                    self.item(item, None)?;
                }
            }
        }
        self.fits()
    }

    fn fits(&self) -> Option<()> {
        (self.out.len() <= MAX_LENGTH).then_some(())
    }
}

/// Whether a name goes on with a letter or a digit here.
pub(super) fn is_word(item: &Item) -> bool {
    match &item.node {
        Node::Byte(byte) => byte.is_ascii_alphanumeric(),
        Node::Class(set) => set.pick().is_some_and(|byte| byte.is_ascii_alphanumeric()),
        Node::Group { alternatives, .. } => alternatives
            .first()
            .and_then(|sequence| sequence.first())
            .is_some_and(is_word),
        Node::Repeat { item, min, .. } => *min > 0 && is_word(item),
        _ => false,
    }
}

impl Tree {
    /// The single dots with a letter or digit on either side, in order: those of host names.
    pub(crate) fn dots(&self) -> Vec<usize> {
        let mut dots = Vec::new();
        for sequence in &self.alternatives {
            dots_of(sequence, &mut dots);
        }
        dots
    }
}

fn dots_of(sequence: &Sequence, dots: &mut Vec<usize>) {
    let mut before = None;
    for (index, item) in sequence.iter().enumerate() {
        if let Node::Group { alternatives, .. } = &item.node {
            for inner in alternatives {
                dots_of(inner, dots);
            }
        }
        let after = sequence.get(index + 1);
        if matches!(item.node, Node::Any)
            && before.is_some_and(is_word)
            && after.is_some_and(is_word)
        {
            dots.push(item.at.start);
        }
        before = Some(item);
    }
}
