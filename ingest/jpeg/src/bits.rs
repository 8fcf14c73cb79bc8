//! Bits from coded data, most significant first.

/// A place in the data and the bits that follow it.
#[derive(Debug, Clone)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    /// The byte that is loaded next.
    next: usize,
    /// The bits that follow, from the highest on.
    window: u64,
    /// How many of them are valid.
    held: u32,
}

impl<'a> BitReader<'a> {
    /// Fewest bits in the window after [`Self::refill`].
    pub(super) const WINDOW_BITS: u32 = 56;

    /// A reader at a bit of `bytes`; behind them follow zeros.
    #[expect(clippy::cast_possible_truncation, reason = "seven at most")]
    pub(super) fn at(bytes: &'a [u8], position: usize) -> Self {
        let mut reader = Self { bytes, next: position / 8, window: 0, held: 0 };
        reader.refill();
        reader.consume((position % 8) as u32);
        reader
    }

    /// Bits before the next one.
    #[inline]
    pub(super) fn position(&self) -> usize {
        self.next * 8 - self.held as usize
    }

    /// Fills the window to [`Self::WINDOW_BITS`] at least.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        // What does not fit is loaded again: the same bits in the same places.
        let word = self.bytes.get(self.next..).and_then(|rest| rest.first_chunk());
        self.window |= word.map_or(0, |word| u64::from_be_bytes(*word)) >> self.held;
        self.next += ((63 - self.held) / 8) as usize;
        self.held |= Self::WINDOW_BITS;
    }

    /// The bits that follow, from the highest on.
    #[inline(always)]
    pub(super) const fn window(&self) -> u64 {
        self.window
    }

    /// Moves on by fewer bits than the window holds.
    #[inline(always)]
    pub(super) const fn consume(&mut self, bits: u32) {
        self.window <<= bits;
        self.held = self.held.wrapping_sub(bits);
    }

    /// Takes bits as a number, 32 at most.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "32 bits at most")]
    pub(super) fn take(&mut self, bits: u32) -> u32 {
        self.refill();
        let taken = (self.window >> 1) >> (u64::BITS - 1 - bits);
        self.consume(bits);
        taken as u32
    }
}
