//! Numbers that look random: from a seed, or from bytes that somebody else chose.

/// Takes bytes off the front while there are any; then makes them from the seed, or gives zeros if there is none.
pub struct Dice<'a> {
    bytes: &'a [u8],
    state: Option<u64>,
}

impl<'a> Dice<'a> {
    pub fn of_seed(seed: u64) -> Self {
        Self {
            bytes: &[],
            state: Some(seed.wrapping_mul(0x2545_f491_4f6c_dd1d)),
        }
    }

    pub fn of_bytes(bytes: &'a [u8]) -> Self {
        Self { bytes, state: None }
    }

    fn word(&mut self) -> u16 {
        if !self.bytes.is_empty() {
            return u16::from(self.byte()) << 8 | u16::from(self.byte());
        }
        // SplitMix64.
        let Some(state) = &mut self.state else {
            return 0;
        };
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed >> 48) as u16
    }

    pub fn byte(&mut self) -> u8 {
        match self.bytes.split_first() {
            Some((first, rest)) => {
                self.bytes = rest;
                *first
            }
            None if self.state.is_some() => (self.word() >> 8) as u8,
            None => 0,
        }
    }

    /// Below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        if count < 256 && !self.bytes.is_empty() {
            return usize::from(self.byte()) % count;
        }
        usize::from(self.word()) % count
    }

    /// True in so many of a hundred; never where there are no numbers left.
    pub fn percent(&mut self, percent: usize) -> bool {
        99 - self.below(100) < percent
    }

    pub fn pick<T: Copy>(&mut self, choice: &[T]) -> T {
        choice[self.below(choice.len())]
    }
}
