//! Huffman codes (T.81, annexes C and F.2.2) and the tables that decode them quickly: one coefficient with its value
//! in one step, or several coefficients whose values nobody needs.

use super::bad::BadJpeg;
use super::bits::BitReader;
use super::zigzag::BLOCK;

/// Longest code.
const CODE_BITS_MAX: u32 = 16;
/// Number of code lengths.
pub(super) const LENGTHS: usize = 16;
/// Bits that decide a step with a value; longer ones are decoded bit length by bit length.
const VALUE_BITS: u32 = 10;
/// Bits that decide a step without values.
const SKIP_BITS: u32 = 12;
/// Most bits of a value with 8-bit samples: T.81, tables F.1 and F.2.
const DC_VALUE_BITS_MAX: u8 = 11;
const AC_VALUE_BITS_MAX: u8 = 10;
/// The symbol of sixteen zeros.
const SIXTEEN_ZEROS: u8 = 0xf0;
/// The symbol that ends a block.
const END_OF_BLOCK: u8 = 0;
/// Most bits of a step.
pub(super) const STEP_BITS_MAX: u32 = 27;
/// What the end of a block adds to the place in it, more than any place.
const ENDED: u8 = 128;

/// A step of [`SkipTable`] that leads beyond every end of a block.
const NO_SYMBOL: u16 = 0xff00;

/// What a code is for; decides which symbols it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CodeUse {
    /// Differences of first coefficients.
    Dc,
    /// All other coefficients, with the run of zeros before each.
    Ac,
    /// The same in progressive scans, where a block may end together with those after it.
    ProgressiveAc,
}

/// A canonical code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Code {
    code_use: CodeUse,
    symbols: Vec<u8>,
    /// By length less one: the first code that is too large for the length, aligned to 16 bits.
    ends: [u32; LENGTHS],
    /// By length less one: place of the length's first symbol, less its first code.
    offsets: [i32; LENGTHS],
}

/// One decoded symbol.
#[derive(Debug, Clone, Copy)]
pub(super) struct Symbol {
    code_bits: u32,
    /// Bits of the value behind the code.
    pub(super) value_bits: u32,
    /// Places that it moves on in the block; [`ENDED`] at the end of a block.
    pub(super) advance: u8,
}

/// One step: a symbol with its value, in 32 bits. From the lowest: bits to consume (5), whether the value is still to
/// be read (1, at bit 7), places to move on (8), and the value, or its bits (16).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step(u32);

/// Steps with values by the next [`VALUE_BITS`] bits.
#[derive(Debug)]
pub(super) struct ValueTable {
    code: Code,
    steps: Box<[Step; 1 << VALUE_BITS]>,
}

/// Symbols without their values by the next [`VALUE_BITS`] bits.
#[derive(Debug)]
pub(super) struct SymbolTable {
    code: Code,
    symbols: Vec<Option<Symbol>>,
}

/// Steps over as many whole symbols as the next [`SKIP_BITS`] bits hold. From the lowest: bits to consume (8), places
/// to move on (8); [`NO_SYMBOL`] where not even one is whole.
#[derive(Debug)]
pub(super) struct SkipTable {
    code: Code,
    steps: Box<[u16; 1 << SKIP_BITS]>,
}

impl Code {
    /// Numbers of codes by length, and their symbols.
    ///
    /// # Errors
    /// When there are more codes than bits can tell apart, or a symbol cannot occur with 8-bit samples.
    pub(super) fn new(counts: &[u8; LENGTHS], symbols: &[u8], code_use: CodeUse) -> Result<Self, BadJpeg> {
        let fits = |symbol: &u8| match code_use {
            CodeUse::Dc => *symbol <= DC_VALUE_BITS_MAX,
            CodeUse::Ac => match symbol & 15 {
                0 => matches!(*symbol, END_OF_BLOCK | SIXTEEN_ZEROS),
                value_bits => value_bits <= AC_VALUE_BITS_MAX,
            },
            CodeUse::ProgressiveAc => symbol & 15 <= AC_VALUE_BITS_MAX,
        };
        if !symbols.iter().all(fits) {
            return Err(BadJpeg("a huffman table has a symbol that cannot be"));
        }
        let (mut ends, mut offsets) = ([0; LENGTHS], [0; LENGTHS]);
        let (mut code, mut place) = (0_u32, 0_u32);
        for (code_bits, (count, (end, offset))) in
            (1..).zip(counts.iter().zip(ends.iter_mut().zip(&mut offsets)))
        {
            *offset = place.cast_signed() - code.cast_signed();
            code += u32::from(*count);
            place += u32::from(*count);
            *end = code << (CODE_BITS_MAX - code_bits);
            if *end > 1 << CODE_BITS_MAX {
                return Err(BadJpeg("a huffman table has more codes than can be told apart"));
            }
            code *= 2;
        }
        Ok(Self { code_use, symbols: symbols.to_vec(), ends, offsets })
    }

    /// Returns the symbol at the head of a window; `None` if no code begins so.
    fn symbol(&self, window: u64) -> Option<Symbol> {
        let bits = (window >> 48) as u32;
        let lengths = (1..).zip(self.ends.iter().zip(&self.offsets));
        let (code_bits, (_, offset)) = lengths.into_iter().find(|(_, (end, _))| bits < **end)?;
        let code = (bits >> (CODE_BITS_MAX - code_bits)).cast_signed();
        let symbol = *self.symbols.get(usize::try_from(code + offset).ok()?)?;
        Some(self.meaning(symbol, code_bits))
    }

    fn meaning(&self, symbol: u8, code_bits: u32) -> Symbol {
        let advance = match self.code_use {
            CodeUse::Ac if symbol == END_OF_BLOCK => ENDED,
            CodeUse::Ac | CodeUse::Dc | CodeUse::ProgressiveAc => (symbol >> 4) + 1,
        };
        Symbol { code_bits, value_bits: u32::from(symbol & 15), advance }
    }

    /// Calls `fill` with the range of `table_bits` bits that begin with each code of so many bits at most.
    fn each_short(&self, table_bits: u32, mut fill: impl FnMut(std::ops::Range<usize>, Symbol)) {
        let mut from = 0;
        let mut place = 0;
        for (code_bits, end) in (1..=table_bits).zip(self.ends) {
            let step = 1_usize << (table_bits - code_bits);
            let to = (end >> (CODE_BITS_MAX - table_bits)) as usize;
            while from < to {
                let Some(symbol) = self.symbols.get(place) else { return };
                fill(from..from + step, self.meaning(*symbol, code_bits));
                (from, place) = (from + step, place + 1);
            }
        }
    }
}

impl Step {
    const NONE: Self = Self(0);
    const VALUE_FOLLOWS: u32 = 1 << 7;

    /// A step whose value is not known yet.
    fn open(symbol: Symbol) -> Self {
        let follows = if symbol.value_bits > 0 { Self::VALUE_FOLLOWS } else { 0 };
        let consumed = symbol.code_bits + symbol.value_bits;
        Self(consumed | follows | (u32::from(symbol.advance) << 8) | (symbol.value_bits << 16))
    }

    /// The step with its value, which is read from a window that begins with the code.
    fn closed(symbol: Symbol, window: u64) -> Self {
        let consumed = symbol.code_bits + symbol.value_bits;
        let value = i32::from(Self::open(symbol).value(window)).cast_unsigned();
        Self(consumed | (u32::from(symbol.advance) << 8) | (value << 16))
    }

    /// Bits of code and value.
    #[inline(always)]
    pub(super) const fn consumed(self) -> u32 {
        self.0 & 31
    }

    /// Places in the block that the step moves on.
    #[inline(always)]
    pub(super) const fn advance(self) -> usize {
        ((self.0 >> 8) & 0xff) as usize
    }

    /// The value; `window` begins with the code.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "11 bits at most")]
    pub(super) const fn value(self, window: u64) -> i16 {
        if self.0 & Self::VALUE_FOLLOWS == 0 {
            return (self.0.cast_signed() >> 16) as i16;
        }
        let bits = self.0 >> 16;
        let value = ((window << (self.consumed() - bits)) >> (u64::BITS - bits)) as i16;
        // T.81, F.2.2.1: values that do not begin with a one are negative.
        if value >> (bits - 1) == 0 { value - (1 << bits) + 1 } else { value }
    }
}

impl ValueTable {
    pub(super) fn new(code: Code) -> Self {
        let mut steps = Box::new([Step::NONE; 1 << VALUE_BITS]);
        code.each_short(VALUE_BITS, |range, symbol| {
            let is_closed = symbol.code_bits + symbol.value_bits <= VALUE_BITS;
            for (bits, step) in range.clone().zip(&mut steps[range]) {
                let window = (bits as u64) << (u64::BITS - VALUE_BITS);
                *step = if is_closed { Step::closed(symbol, window) } else { Step::open(symbol) };
            }
        });
        Self { code, steps }
    }

    /// The step at the head of a window.
    ///
    /// # Errors
    /// When no code begins so.
    #[inline(always)]
    pub(super) fn step(&self, window: u64) -> Result<Step, BadJpeg> {
        let step = self.steps[(window >> (u64::BITS - VALUE_BITS)) as usize];
        if step == Step::NONE { self.long_step(window) } else { Ok(step) }
    }

    #[cold]
    fn long_step(&self, window: u64) -> Result<Step, BadJpeg> {
        self.code.symbol(window).map(Step::open).ok_or(BadJpeg("its coded data has bits that are no code"))
    }
}

impl SymbolTable {
    pub(super) fn new(code: Code) -> Self {
        let mut symbols = vec![None; 1 << VALUE_BITS];
        code.each_short(VALUE_BITS, |range, symbol| symbols[range].fill(Some(symbol)));
        Self { code, symbols }
    }

    /// Takes the next symbol, but not the value behind it.
    ///
    /// # Errors
    /// When no code begins so.
    #[inline(always)]
    pub(super) fn take(&self, reader: &mut BitReader<'_>) -> Result<Symbol, BadJpeg> {
        reader.refill();
        let short = self.symbols[(reader.window() >> (u64::BITS - VALUE_BITS)) as usize];
        let symbol = short.or_else(|| self.code.symbol(reader.window()));
        let symbol = symbol.ok_or(BadJpeg("its coded data has bits that are no code"))?;
        reader.consume(symbol.code_bits);
        Ok(symbol)
    }
}

impl SkipTable {
    pub(super) fn new(code: Code) -> Self {
        let mut single = vec![None; 1 << SKIP_BITS];
        code.each_short(SKIP_BITS, |range, symbol| single[range].fill(Some(symbol)));
        let mut steps = Box::new([0; 1 << SKIP_BITS]);
        for (bits, step) in steps.iter_mut().enumerate() {
            *step = Self::chain(&single, bits);
        }
        Self { code, steps }
    }

    /// Symbols one after another while their codes lie in the table's bits; only the last value may reach over them.
    fn chain(single: &[Option<Symbol>], bits: usize) -> u16 {
        let (mut consumed, mut advance) = (0, 0_u8);
        while consumed < SKIP_BITS && usize::from(advance) < BLOCK {
            let rest = (bits << consumed) & ((1 << SKIP_BITS) - 1);
            let known = |symbol: &Symbol| consumed + symbol.code_bits <= SKIP_BITS;
            let Some(symbol) = single[rest].filter(known) else { break };
            consumed += symbol.code_bits + symbol.value_bits;
            advance += symbol.advance;
        }
        match u8::try_from(consumed) {
            Ok(consumed) if consumed > 0 => u16::from_be_bytes([advance, consumed]),
            _ => NO_SYMBOL,
        }
    }

    /// Moves over the rest of a block, whose next coefficient is number `next`; the window has [`STEP_BITS_MAX`] bits.
    ///
    /// # Errors
    /// When no code begins so, or the block has too many coefficients.
    #[inline(always)]
    pub(super) fn skip(&self, reader: &mut BitReader<'_>, mut next: usize) -> Result<(), BadJpeg> {
        loop {
            let step = self.steps[(reader.window() >> (u64::BITS - SKIP_BITS)) as usize];
            let (after, consumed) = (next + usize::from(step >> 8), u32::from(step & 0xff));
            if after < BLOCK {
                reader.consume(consumed);
                next = after;
            } else if after == BLOCK || (ENDED.into()..usize::from(ENDED) + BLOCK).contains(&after) {
                reader.consume(consumed);
                return Ok(());
            } else {
                // A long code, or the table ran on into the next block.
                next += self.skip_one(reader)?;
                if next >= BLOCK {
                    return whole(next);
                }
            }
            reader.refill();
        }
    }

    /// Moves over one coefficient; the places that it takes.
    #[cold]
    fn skip_one(&self, reader: &mut BitReader<'_>) -> Result<usize, BadJpeg> {
        reader.refill();
        let symbol =
            self.code.symbol(reader.window()).ok_or(BadJpeg("its coded data has bits that are no code"))?;
        reader.consume(symbol.code_bits + symbol.value_bits);
        Ok(usize::from(symbol.advance))
    }
}

/// Whether a block whose next coefficient would be number `next`, [`BLOCK`] or more, ended as a block must.
pub(super) fn whole(next: usize) -> Result<(), BadJpeg> {
    let is_whole = next == BLOCK || next >= usize::from(ENDED);
    if is_whole { Ok(()) } else { Err(BadJpeg("a block has more than 64 coefficients")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes of one, two and three bits: a short value, the end of a block, sixteen zeros; and one of fifteen bits.
    fn code() -> Code {
        let mut counts = [0; LENGTHS];
        counts[..3].fill(1);
        counts[14] = 1;
        Code::new(&counts, &[0x01, END_OF_BLOCK, SIXTEEN_ZEROS, 0x25], CodeUse::Ac).unwrap()
    }

    /// Bits in groups, then zeros.
    fn bytes(groups: &str) -> Vec<u8> {
        let bits: Vec<u8> = groups.bytes().filter(|byte| *byte != b' ').map(|byte| byte - b'0').collect();
        let mut bytes: Vec<u8> = bits
            .chunks(8)
            .map(|bits| bits.iter().enumerate().fold(0, |byte, (at, bit)| byte | (bit << (7 - at))))
            .collect();
        bytes.resize(bytes.len() + 8, 0);
        bytes
    }

    #[test]
    fn steps_have_the_values_behind_their_codes() {
        let table = ValueTable::new(code());
        for (bits, value, advance, consumed) in [
            ("0 1", 1, 1, 2),
            ("0 0", -1, 1, 2),
            ("10", 0, ENDED.into(), 2),
            ("110", 0, 16, 3),
            ("111000000000000 10011", 19, 3, 20),
            ("111000000000000 00000", -31, 3, 20),
        ] {
            let window = BitReader::at(&bytes(bits), 0).window();
            let step = table.step(window).unwrap();
            assert_eq!(
                (step.value(window), step.advance(), step.consumed()),
                (value, advance, consumed),
                "{bits}"
            );
        }
        assert_eq!(table.step(u64::MAX), Err(BadJpeg("its coded data has bits that are no code")));
    }

    #[test]
    fn skipping_stops_behind_the_block_whatever_follows() {
        let table = SkipTable::new(code());
        for (next, bits, consumed) in [
            (1, "01 00 10 01 01", 6),
            (62, "00 01 10 10 00", 4),
            (63, "01 01 01 01", 2),
            (40, "110 01 10 01", 7),
            (48, "110 01 01 01", 3),
            (1, "111000000000000 10011 00 10 01", 24),
        ] {
            let bytes = bytes(bits);
            let mut reader = BitReader::at(&bytes, 0);
            table.skip(&mut reader, next).unwrap();
            assert_eq!(reader.position(), consumed, "{bits} from {next}");
        }
        let too_many = bytes("110 110 110 110 110");
        assert!(table.skip(&mut BitReader::at(&too_many, 0), 10).is_err());
    }

    #[test]
    fn codes_that_cannot_be_are_refused() {
        let mut counts = [0; LENGTHS];
        counts[0] = 3;
        assert_eq!(
            Code::new(&counts, &[1, 2, 3], CodeUse::Ac),
            Err(BadJpeg("a huffman table has more codes than can be told apart"))
        );
        counts[0] = 1;
        for (symbol, code_use) in [(0x0b, CodeUse::Ac), (0x10, CodeUse::Ac), (12, CodeUse::Dc)] {
            assert_eq!(
                Code::new(&counts, &[symbol], code_use),
                Err(BadJpeg("a huffman table has a symbol that cannot be"))
            );
        }
    }
}
