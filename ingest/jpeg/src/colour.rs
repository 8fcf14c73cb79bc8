//! Rows of samples to rows of red, green and blue: full-range YCbCr of ITU-R BT.601, as JFIF has it, with constants of
//! 16 bits; the same bits as libjpeg (jdcolor.c).

use schemas::frame::FRAME_CHANNELS;

const FRACTION_BITS: u32 = 16;
// What is over whole samples, so that each fits into 16 bits: processors multiply those eight at once.
/// 1.402 - 1
const RED_OF_CR: i32 = 26_345;
/// 1 - 0.71414
const GREEN_OF_CR: i32 = 18_734;
/// -0.34414
const GREEN_OF_CB: i32 = -22_554;
/// 1.772 - 2
const BLUE_OF_CB: i32 = -14_942;
const HALF: i32 = 1 << (FRACTION_BITS - 1);
/// Chroma without colour.
const NEUTRAL: i32 = 128;
/// All ink, or none.
const FULL: u8 = 255;

/// Pixels of a row; all slices are as long as the row, `pixels` three times.
pub(super) fn to_rgb(luma: &[u8], blue: &[u8], red: &[u8], pixels: &mut [u8]) {
    let samples = luma.iter().zip(blue).zip(red);
    for (pixel, ((luma, blue), red)) in pixels.as_chunks_mut().0.iter_mut().zip(samples) {
        let luma = i32::from(*luma);
        let (blue, red) = (i32::from(*blue) - NEUTRAL, i32::from(*red) - NEUTRAL);
        let parts: [i32; FRAME_CHANNELS] = [
            luma + red + ((red * RED_OF_CR + HALF) >> FRACTION_BITS),
            luma - red + ((blue * GREEN_OF_CB + red * GREEN_OF_CR + HALF) >> FRACTION_BITS),
            luma + 2 * blue + ((blue * BLUE_OF_CB + HALF) >> FRACTION_BITS),
        ];
        *pixel = parts.map(|part| part.clamp(0, 255) as u8);
    }
}

/// Grey pixels of a row.
pub(super) fn grey_to_rgb(luma: &[u8], pixels: &mut [u8]) {
    for (pixel, luma) in pixels.as_chunks_mut().0.iter_mut().zip(luma) {
        *pixel = [*luma; FRAME_CHANNELS];
    }
}

/// Puts every `FRAME_CHANNELS`th byte of a row.
pub(super) fn put_channel(samples: &[u8], channel: usize, pixels: &mut [u8]) {
    for (byte, sample) in pixels.iter_mut().skip(channel).step_by(FRAME_CHANNELS).zip(samples) {
        *byte = *sample;
    }
}

/// Turns levels into ink and back.
pub(super) fn invert(bytes: &mut [u8]) {
    bytes.iter_mut().for_each(|byte| *byte = FULL - *byte);
}

/// Darkens pixels by black, of which most means none.
#[expect(clippy::cast_possible_truncation, reason = "a share of a byte is a byte")]
pub(super) fn darken(pixels: &mut [u8], black: &[u8]) {
    for (pixel, black) in pixels.chunks_exact_mut(FRAME_CHANNELS).zip(black) {
        for byte in pixel {
            *byte = ((u16::from(*byte) * u16::from(*black) + u16::from(FULL) / 2) / u16::from(FULL)) as u8;
        }
    }
}
