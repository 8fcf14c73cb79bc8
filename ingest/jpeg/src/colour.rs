//! Rows of samples to rows of red, green and blue: full-range YCbCr of ITU-R BT.601, as JFIF has it, with constants of
//! 16 bits; the same bits as libjpeg (jdcolor.c).

use schemas::frame::FRAME_CHANNELS;

const FRACTION_BITS: u32 = 16;
// What is over whole samples, so that each fits into 16 bits: processors multiply eight of those at once.
/// 1.402 - 1
const RED_OF_CR: i16 = 26_345;
/// 1 - 0.71414
const GREEN_OF_CR: i16 = 18_734;
/// -0.34414
const GREEN_OF_CB: i16 = -22_554;
/// 1.772 - 2
const BLUE_OF_CB: i16 = -14_942;
const HALF: i32 = 1 << (FRACTION_BITS - 1);
/// Chroma without colour.
const NEUTRAL: i16 = 128;
/// All ink, or none.
const FULL: u8 = 255;
/// Pixels that are made at once.
const RUN: usize = 64;
const RUN_BYTES: usize = RUN * FRAME_CHANNELS;

/// Pixels of a row; all slices are as long as the row or longer, `pixels` is three times as long.
pub(super) fn to_rgb(luma: &[u8], blue: &[u8], red: &[u8], pixels: &mut [u8]) {
    let (runs, rest) = pixels.as_chunks_mut::<RUN_BYTES>();
    let done = runs.len() * RUN;
    let samples = luma.as_chunks().0.iter().zip(blue.as_chunks().0).zip(red.as_chunks().0);
    for (run, ((luma, blue), red)) in runs.iter_mut().zip(samples) {
        run_to_rgb(luma, blue, red, run);
    }
    if !rest.is_empty() {
        let padded = |samples: &[u8]| {
            let mut run = [0; RUN];
            run.iter_mut().zip(samples.iter().skip(done)).for_each(|(padded, sample)| *padded = *sample);
            run
        };
        let mut run = [0; RUN_BYTES];
        run_to_rgb(&padded(luma), &padded(blue), &padded(red), &mut run);
        rest.iter_mut().zip(run).for_each(|(byte, made)| *byte = made);
    }
}

#[inline(always)]
fn run_to_rgb(luma: &[u8; RUN], blue: &[u8; RUN], red: &[u8; RUN], run: &mut [u8; RUN_BYTES]) {
    let mut channels = [[0; RUN]; FRAME_CHANNELS];
    for at in 0..RUN {
        let luma = i16::from(luma[at]);
        let (blue, red) = (i16::from(blue[at]) - NEUTRAL, i16::from(red[at]) - NEUTRAL);
        let green = i32::from(blue) * i32::from(GREEN_OF_CB) + i32::from(red) * i32::from(GREEN_OF_CR);
        channels[0][at] = sample(luma + red + share(red, RED_OF_CR));
        channels[1][at] = sample(luma - red + high(green + HALF));
        channels[2][at] = sample(luma + 2 * blue + share(blue, BLUE_OF_CB));
    }
    interleave(&channels, run);
}

/// A product's whole part, rounded: its upper half, and one if the lower half is half or more.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the lower half")]
const fn share(chroma: i16, factor: i16) -> i16 {
    let product = chroma as i32 * factor as i32;
    high(product) + ((product as u16) >> 15).cast_signed()
}

#[inline(always)]
const fn high(product: i32) -> i16 {
    (product >> FRACTION_BITS) as i16
}

#[inline(always)]
fn sample(level: i16) -> u8 {
    level.clamp(0, 255) as u8
}

/// Four pixels in two words at a time: single bytes would take longer.
#[inline(always)]
fn interleave([red, green, blue]: &[[u8; RUN]; FRAME_CHANNELS], run: &mut [u8; RUN_BYTES]) {
    let mut two = [0_u16; RUN];
    for (at, two) in two.iter_mut().enumerate() {
        *two = u16::from(red[at]) | u16::from(green[at]) << 8;
    }
    let mut three = [0_u32; RUN];
    for (at, three) in three.iter_mut().enumerate() {
        *three = u32::from(two[at]) | u32::from(blue[at]) << 16;
    }
    for (bytes, [one, two, three, four]) in run.as_chunks_mut::<12>().0.iter_mut().zip(three.as_chunks().0) {
        let head = u64::from(*one) | u64::from(*two) << 24 | u64::from(*three) << 48;
        let tail = three >> 16 | four << 8;
        let (head_bytes, tail_bytes) = bytes.split_at_mut(size_of::<u64>());
        head_bytes.copy_from_slice(&head.to_le_bytes());
        tail_bytes.copy_from_slice(&tail.to_le_bytes());
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
