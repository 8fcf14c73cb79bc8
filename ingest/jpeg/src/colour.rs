//! Rows of samples to rows of red, green and blue: full-range YCbCr of ITU-R BT.601, as JFIF has it, with constants of
//! 14 bits; and chroma samples to the luma's density. Both give the same bits as zune-jpeg.

use schemas::frame::FRAME_CHANNELS;

const FRACTION_BITS: u32 = 14;
const RED_OF_CR: i32 = 22_970;
const GREEN_OF_CR: i32 = -11_700;
const GREEN_OF_CB: i32 = -5_638;
const BLUE_OF_CB: i32 = 29_032;
/// Just under a half.
const ROUNDING: i32 = (1 << (FRACTION_BITS - 1)) - 1;
/// Chroma without colour.
const NEUTRAL: i32 = 128;

/// Pixels of a row; all slices are as long as the row, `pixels` three times.
pub(super) fn to_rgb(luma: &[u8], blue: &[u8], red: &[u8], pixels: &mut [u8]) {
    let samples = luma.iter().zip(blue).zip(red);
    for (pixel, ((luma, blue), red)) in pixels.as_chunks_mut().0.iter_mut().zip(samples) {
        let level = (i32::from(*luma) << FRACTION_BITS) + ROUNDING;
        let (blue, red) = (i32::from(*blue) - NEUTRAL, i32::from(*red) - NEUTRAL);
        let parts: [i32; FRAME_CHANNELS] = [
            level + red * RED_OF_CR,
            level + red * GREEN_OF_CR + blue * GREEN_OF_CB,
            level + blue * BLUE_OF_CB,
        ];
        *pixel = parts.map(|part| (part >> FRACTION_BITS).clamp(0, 255) as u8);
    }
}

/// Grey pixels of a row.
pub(super) fn grey_to_rgb(luma: &[u8], pixels: &mut [u8]) {
    for (pixel, luma) in pixels.as_chunks_mut().0.iter_mut().zip(luma) {
        *pixel = [*luma; FRAME_CHANNELS];
    }
}

/// A row between two: three parts of the nearer.
pub(super) fn between_rows(near: &[u8], far: &[u8], row: &mut [u8]) {
    for ((sample, near), far) in row.iter_mut().zip(near).zip(far) {
        *sample = mixed(*near, *far);
    }
}

/// Twice as many samples; each lies a quarter away from the one it was made of.
pub(super) fn twice_across(row: &[u8], doubled: &mut [u8]) {
    let (Some(first), Some(last)) = (row.first(), row.last()) else { return };
    let (pairs, _) = doubled.as_chunks_mut();
    for (pair, [before, sample, after]) in pairs.iter_mut().skip(1).zip(row.array_windows()) {
        *pair = [mixed(*sample, *before), mixed(*sample, *after)];
    }
    let (second, second_last) =
        (row.get(1).unwrap_or(first), row.get(row.len().wrapping_sub(2)).unwrap_or(last));
    if let Some(pair) = pairs.first_mut() {
        *pair = [*first, mixed(*first, *second)];
    }
    if let Some([before, after]) = pairs.last_mut() {
        (*before, *after) = (mixed(*last, *second_last), *last);
    }
}

/// Three parts of the nearer sample and one of the farther; a sample mixed with itself is itself.
#[expect(clippy::cast_possible_truncation, reason = "a mean of bytes is a byte")]
fn mixed(near: u8, far: u8) -> u8 {
    ((3 * u16::from(near) + u16::from(far) + 2) >> 2) as u8
}
