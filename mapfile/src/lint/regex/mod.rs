//! What a pattern says, as far as lint needs it.
//!
//! A reader of the plain part of PCRE2's syntax. Where it meets something else there is no tree, and
//! what depends on one stays undecided. Nothing rests on the tree alone: each name made from it is
//! given to PCRE2 before anybody hears of it.

mod class;
mod parse;
mod sample;
mod shape;

use std::ops::Range;

pub(crate) use class::Set;
pub(crate) use sample::{Fill, Override, sample};
pub(crate) use shape::{
    Reach, Tail, ends, exact, is_universal, leading_wildcard, reach, starts_anchored, texts,
};

/// A pattern.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    /// What stands between the outermost `|`.
    pub(crate) alternatives: Vec<Sequence>,
    /// Where that begins: behind a leading `(?i)`.
    pub(crate) start: usize,
}

/// Elements one behind the other.
pub(crate) type Sequence = Vec<Item>;

/// An element and where it stands in the pattern.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) at: Range<usize>,
    pub(crate) node: Node,
}

#[derive(Debug, Clone)]
pub(crate) enum Node {
    /// This byte.
    Byte(u8),
    /// Any byte but a newline.
    Any,
    /// One of these bytes.
    Class(Box<Set>),
    /// The name's beginning.
    Start,
    /// The name's end.
    End,
    /// A group, with its number if it captures.
    Group {
        index: Option<usize>,
        alternatives: Vec<Sequence>,
    },
    /// The element so many times; without `max` any number from `min`.
    Repeat {
        item: Box<Item>,
        min: u32,
        max: Option<u32>,
    },
}

impl Tree {
    /// Reads a pattern; `None` if it uses what is not understood here.
    pub(crate) fn parse(pattern: &[u8]) -> Option<Self> {
        parse::parse(pattern)
    }

    /// Every element, outer before inner.
    pub(crate) fn items(&self) -> Vec<&Item> {
        let mut all = Vec::new();
        for sequence in &self.alternatives {
            collect(sequence, &mut all);
        }
        all
    }

    /// Where a capturing group begins.
    pub(crate) fn group(&self, number: usize) -> Option<usize> {
        self.items()
            .into_iter()
            .find(|item| matches!(item.node, Node::Group { index: Some(index), .. } if index == number))
            .map(|item| item.at.start)
    }
}

fn collect<'t>(sequence: &'t [Item], all: &mut Vec<&'t Item>) {
    for item in sequence {
        all.push(item);
        inner(item, all);
    }
}

fn inner<'t>(item: &'t Item, all: &mut Vec<&'t Item>) {
    match &item.node {
        Node::Group { alternatives, .. } => {
            for sequence in alternatives {
                collect(sequence, all);
            }
        }
        Node::Repeat { item, .. } => {
            all.push(item);
            inner(item, all);
        }
        _ => {}
    }
}
