//! From coefficients to samples: the inverse discrete cosine transform (T.81, A.3.3) of 8 x 8 samples, and of the 4 x 4,
//! 2 x 2 or one sample that the lowest coefficients alone make, which is the picture at a half, quarter or eighth.
//!
//! The full one is the factorisation of Loeffler, Ligtenberg and Moschytz (1989) with constants of 13 bits and two bits
//! kept between its passes: the same bits as the accurate transform of libjpeg (jidctint.c).

use super::zigzag::{BLOCK, BLOCK_SIDE};

/// Half of the range, which is taken from all samples before the transform.
const MIDDLE: i16 = 128;

/// In the file's order the coefficients up to this lie in the first four rows and columns.
const LAST_OF_FOUR: usize = 9;

/// Coefficients row by row; the first is given apart.
pub(super) type Coefficients = [i16; BLOCK];

/// The mean of the block.
#[inline(always)]
pub(super) fn one(dc: i32, quantisation: &[i32; BLOCK]) -> u8 {
    sample((dc.wrapping_mul(quantisation[0]).wrapping_add(4) >> 3) + i32::from(MIDDLE))
}

/// A quarter of each side, in rows.
#[inline(always)]
pub(super) fn two(dc: i32, kept: &Coefficients, quantisation: &[i32; BLOCK]) -> [[u8; 2]; 2] {
    let factor = |at: usize| i32::from(kept[at]).wrapping_mul(quantisation[at]);
    let mean = dc.wrapping_mul(quantisation[0]).wrapping_add(4 + (i32::from(MIDDLE) << 3));
    let (across, down, both) = (factor(1), factor(BLOCK_SIDE), factor(BLOCK_SIDE + 1));
    let (upper, lower) = (mean.wrapping_add(down), mean.wrapping_sub(down));
    let (in_upper, in_lower) = (across.wrapping_add(both), across.wrapping_sub(both));
    let pair = |middle: i32, step: i32| {
        [sample(middle.wrapping_add(step) >> 3), sample(middle.wrapping_sub(step) >> 3)]
    };
    [pair(upper, in_upper), pair(lower, in_lower)]
}

/// Half of each side, in rows. In floating point, which every processor has for four numbers at once.
#[inline(always)]
pub(super) fn four(dc: i32, kept: &Coefficients, quantisation: &[i32; BLOCK]) -> [[u8; 4]; 4] {
    /// The transform's own factor.
    const EIGHTH: f32 = 0.125;
    let mut values = [[0.0; 4]; 4];
    for (row, values) in values.iter_mut().enumerate() {
        for (column, value) in values.iter_mut().enumerate() {
            let at = row * BLOCK_SIDE + column;
            *value = f32::from(kept[at]) * quantisation[at] as f32 * EIGHTH;
        }
    }
    values[0][0] = dc as f32 * quantisation[0] as f32 * EIGHTH + f32::from(MIDDLE);
    let by_column = transposed(&four_points(values));
    let levels = transposed(&four_points(by_column));
    let mut samples = [[0; 4]; 4];
    for (samples, levels) in samples.iter_mut().zip(&levels) {
        for (sample, level) in samples.iter_mut().zip(levels) {
            *sample = nearest(*level);
        }
    }
    samples
}

/// Four points down each column.
#[inline(always)]
fn four_points([a, b, c, d]: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    // The square root of 2 times the cosine of 1/8 and 3/8 of a half turn.
    const COSINE_1: f32 = 1.306_563;
    const COSINE_3: f32 = 0.541_196_1;
    let mut points = [[0.0; 4]; 4];
    for column in 0..4 {
        let (even, odd) = (a[column] + c[column], a[column] - c[column]);
        let outer = b[column] * COSINE_1 + d[column] * COSINE_3;
        let inner = b[column] * COSINE_3 - d[column] * COSINE_1;
        points[0][column] = even + outer;
        points[1][column] = odd + inner;
        points[2][column] = odd - inner;
        points[3][column] = even - outer;
    }
    points
}

/// The nearest sample.
#[inline(always)]
fn nearest(level: f32) -> u8 {
    /// From here on a number has no fraction: adding it rounds, and leaves the whole number in the lowest bits.
    const WHOLE: f32 = 8_388_608.0;
    ((level.clamp(0.0, 255.0) + WHOLE).to_bits() & 0xff) as u8
}

/// Every sample, in rows. `last`: number of the last coefficient that is not zero, in the file's order.
#[inline(always)]
pub(super) fn eight(
    dc: i32,
    kept: &Coefficients,
    last: usize,
    quantisation: &[i32; BLOCK],
) -> [[u8; BLOCK_SIDE]; BLOCK_SIDE] {
    match last {
        0 => [[one(dc, quantisation); BLOCK_SIDE]; BLOCK_SIDE],
        1..=LAST_OF_FOUR => eight_of::<4>(dc, kept, quantisation),
        _ => eight_of::<8>(dc, kept, quantisation),
    }
}

/// From coefficients of which only so many rows and columns are not zero. All numbers fit into 16 bits and are multiplied
/// as such, which processors do eight at once; those of damaged pictures are cut to them.
fn eight_of<const SIDE: usize>(dc: i32, kept: &Coefficients, quantisation: &[i32; BLOCK]) -> [[u8; 8]; 8] {
    /// 13 bits of the constants less the 2 that go into the second pass.
    const FIRST_SHIFT: u32 = 11;
    /// 13 bits of the constants, 2 left by the first pass, 3 of the transform's own factor 1/8.
    const SECOND_SHIFT: u32 = 18;
    let mut values = [[0; 8]; 8];
    for (row, values) in values.iter_mut().enumerate().take(SIDE) {
        for (column, value) in values.iter_mut().enumerate() {
            let at = row * BLOCK_SIDE + column;
            *value = kept[at].wrapping_mul(narrow(quantisation[at]));
        }
    }
    values[0][0] = narrow(dc.wrapping_mul(quantisation[0]));
    let rows = eight_points::<FIRST_SHIFT, SIDE>(&values);
    let columns = eight_points::<SECOND_SHIFT, SIDE>(&transposed(&rows));
    let mut samples = [[0; 8]; 8];
    for (samples, levels) in samples.iter_mut().zip(&transposed(&columns)) {
        for (sample, level) in samples.iter_mut().zip(levels) {
            *sample = level.saturating_add(MIDDLE).clamp(0, 255) as u8;
        }
    }
    samples
}

#[inline(always)]
fn transposed<T: Copy, const SIDE: usize>(values: &[[T; SIDE]; SIDE]) -> [[T; SIDE]; SIDE] {
    let mut turned = *values;
    for row in 0..SIDE {
        for column in 0..SIDE {
            turned[row][column] = values[column][row];
        }
    }
    turned
}

/// Eight points down each column, of whose bits `SHIFT` are taken off; only `ROWS` have values.
#[inline(always)]
fn eight_points<const SHIFT: u32, const ROWS: usize>(values: &[[i16; 8]; 8]) -> [[i16; 8]; 8] {
    let mut points = [[0; 8]; 8];
    for column in 0..8 {
        let mut down = [0; 8];
        for row in 0..ROWS {
            down[row] = values[row][column];
        }
        let down = eight_of_column(down, 1 << (SHIFT - 1));
        for row in 0..8 {
            points[row][column] = narrow(down[row] >> SHIFT);
        }
    }
    points
}

#[inline(always)]
fn eight_of_column(values: [i16; 8], rounding: i32) -> [i32; 8] {
    let add = i32::wrapping_add;
    let subtract = i32::wrapping_sub;
    let times = |value: i16, factor: i16| i32::from(value) * i32::from(factor);
    let [v0, v1, v2, v3, v4, v5, v6, v7] = values;
    // Even half: two butterflies and a rotation by 6/16.
    let (low, high) = (times(v2, 4433) + times(v6, -10704), times(v2, 10703) + times(v6, 4433));
    let sum = add(i32::from(v0.wrapping_add(v4)) << 13, rounding);
    let difference = add(i32::from(v0.wrapping_sub(v4)) << 13, rounding);
    let even = [add(sum, high), add(difference, low), subtract(difference, low), subtract(sum, high)];
    // Odd half: rotations by 1/16 and 3/16 with shared products.
    let (sum_73, sum_51) = (v7.wrapping_add(v3), v5.wrapping_add(v1));
    let (shared_73, shared_51) =
        (times(sum_73, -6436) + times(sum_51, 9633), times(sum_73, 9633) + times(sum_51, 6437));
    let odd = [
        add(times(v1, 4926) + times(v7, -7373), shared_51),
        add(times(v3, 4177) + times(v5, -20995), shared_73),
        add(times(v5, -4176) + times(v3, -20995), shared_51),
        add(times(v7, -4927) + times(v1, -7373), shared_73),
    ];
    [
        add(even[0], odd[0]),
        add(even[1], odd[1]),
        add(even[2], odd[2]),
        add(even[3], odd[3]),
        subtract(even[3], odd[3]),
        subtract(even[2], odd[2]),
        subtract(even[1], odd[1]),
        subtract(even[0], odd[0]),
    ]
}

/// Cut to 16 bits.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "cut before")]
const fn narrow(value: i32) -> i16 {
    if value > i16::MAX as i32 {
        i16::MAX
    } else if value < i16::MIN as i32 {
        i16::MIN
    } else {
        value as i16
    }
}

/// Cut to the range of a sample.
#[inline(always)]
fn sample(value: i32) -> u8 {
    value.clamp(0, 255) as u8
}
