//! The entropy-coded bytes of a scan without stuffed zeros and restart markers (T.81, B.1.1.5), so that a place
//! in it is a number of bits.

use super::bad::BadJpeg;

/// Zeros behind the data, so that its last bytes are read like all others.
const PADDING: usize = 8;
const FIRST_RESTART: u8 = 0xd0;
const LAST_RESTART: u8 = 0xd7;
/// Restart markers count up to this and begin anew.
const RESTARTS: usize = 8;

/// The coded data; a segment is what lies between two restart markers.
#[derive(Debug)]
pub(super) struct CodedData {
    /// All segments and some zeros behind them.
    pub(super) bytes: Vec<u8>,
    /// Where each segment ends.
    pub(super) segment_ends: Vec<usize>,
}

impl CodedData {
    /// Takes the file's bytes from the first coded one on; also returns the place of the marker that ends them.
    ///
    /// # Errors
    /// When no marker ends them, or restart markers are out of order.
    pub(super) fn unstuff(file: &[u8], at: usize) -> Result<(Self, usize), BadJpeg> {
        let mut data = file.get(at..).unwrap_or_default();
        let mut bytes = Vec::with_capacity(data.len() + PADDING);
        let mut segment_ends = Vec::new();
        loop {
            let plain = until_marker(data);
            bytes.extend_from_slice(&data[..plain]);
            let marker = &data[plain..];
            let fill = marker.iter().take_while(|byte| **byte == 0xff).count();
            let byte = *marker.get(fill).ok_or(BadJpeg("it is cut off in its coded data"))?;
            match byte {
                0 if fill == 1 => bytes.push(0xff),
                FIRST_RESTART..=LAST_RESTART
                    if usize::from(byte - FIRST_RESTART) == segment_ends.len() % RESTARTS =>
                {
                    segment_ends.push(bytes.len());
                }
                0 | FIRST_RESTART..=LAST_RESTART => {
                    return Err(BadJpeg("its restart markers are out of order"));
                }
                _ => break,
            }
            data = &marker[fill + 1..];
        }
        segment_ends.push(bytes.len());
        bytes.resize(bytes.len() + PADDING, 0);
        Ok((Self { bytes, segment_ends }, file.len() - data.len()))
    }
}

/// Bytes before the first that is all ones.
fn until_marker(data: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH_BITS: u64 = ONES << 7;
    let (words, _) = data.as_chunks::<8>();
    let without = |word: &&[u8; 8]| {
        // A byte of the inverse that is zero borrows into its highest bit.
        let inverse = !u64::from_ne_bytes(**word);
        inverse.wrapping_sub(ONES) & !inverse & HIGH_BITS == 0
    };
    let at = words.iter().take_while(without).count() * 8;
    at + data[at..].iter().take_while(|byte| **byte != 0xff).count()
}
