//! Altering a stream of bytes as someone on the way could.

use crate::Dice;

/// The most alterations of one stream.
const MOST: usize = 8;

/// The stream after the alterations that the dice say. It may come out unaltered.
#[must_use]
pub fn altered(stream: &[u8], dice: &mut Dice<'_>) -> Vec<u8> {
    let mut out = stream.to_vec();
    for _ in 0..MOST {
        if dice.is_empty() {
            break;
        }
        let what = dice.byte();
        let at = dice.below(out.len().max(1)).min(out.len());
        match what % 8 {
            0 => {
                if let Some(byte) = out.get_mut(at) {
                    *byte ^= dice.byte();
                }
            }
            1 => {
                if let Some(byte) = out.get_mut(at) {
                    *byte = dice.byte();
                }
            }
            2 => out.insert(at, dice.byte()),
            3 => {
                let end = (at + 1 + usize::from(dice.byte())).min(out.len());
                out.drain(at..end);
            }
            4 => out.truncate(at),
            5 => {
                // A part of it once more.
                let end = (at + 1 + dice.below(512)).min(out.len());
                let part = out[at..end].to_vec();
                let to = dice.below(out.len() + 1);
                out.splice(to..to, part);
            }
            6 => {
                // Other text of the same length.
                let len = usize::from(dice.byte() % 32);
                for (byte, new) in out[at..].iter_mut().zip(dice.take(len)) {
                    *byte = *new;
                }
            }
            _ => {
                let len = usize::from(dice.byte() % 32);
                let new = dice.take(len).to_vec();
                out.splice(at..at, new);
            }
        }
    }
    out
}

/// How many leading bytes the two have in common.
#[must_use]
pub fn in_common(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}
