//! The one source of chance: a counter-based generator, so that sample number `n` of a seed is the same whatever
//! was drawn before it and on however many threads.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The generator of everything drawn.
pub type SynthRng = ChaCha8Rng;

/// The generator of one sample: the seed picks the key, the sample's number picks the stream.
#[must_use]
pub fn sample_rng(seed: u64, sample: u64) -> SynthRng {
    let mut random = SynthRng::seed_from_u64(seed);
    random.set_stream(sample);
    random
}

/// The sources of chance of one sample. What is asked of one never moves the other, so that plates drawn without any
/// condition keep their bytes.
#[derive(Debug, Clone)]
pub struct Dice {
    /// Text, style, wear, view, surroundings, degradation.
    pub main: SynthRng,
    /// What was done to a plate, what hides it, what stands in its place.
    pub condition: SynthRng,
    /// The weather.
    pub weather: SynthRng,
}

impl Dice {
    /// The dice of one sample.
    #[must_use]
    pub fn new(seed: u64, sample: u64) -> Self {
        /// Turns the seed into the key of the second source ("conditio" in ASCII).
        const CONDITION_KEY: u64 = 0x636f_6e64_6974_696f;
        /// The same for the third ("weather.").
        const WEATHER_KEY: u64 = 0x7765_6174_6865_722e;
        Self {
            main: sample_rng(seed, sample),
            condition: sample_rng(seed ^ CONDITION_KEY, sample),
            weather: sample_rng(seed ^ WEATHER_KEY, sample),
        }
    }
}

/// One of some things, all equally likely.
pub(crate) fn one_of<'a, T>(things: &'a [T], random: &mut SynthRng) -> Option<&'a T> {
    if things.is_empty() { None } else { things.get(random.random_range(0..things.len())) }
}

/// An evenly distributed number between two bounds, which may be equal.
pub(crate) fn between(random: &mut SynthRng, low: f32, high: f32) -> f32 {
    low + (high - low) * random.random::<f32>()
}

/// Roughly normally distributed with mean 0 and deviation 1 (sum of four even bytes), cheap enough for every pixel.
pub(crate) fn roughly_normal(random: &mut SynthRng) -> f32 {
    let bytes = random.random::<u32>().to_le_bytes();
    let sum: u32 = bytes.iter().map(|byte| u32::from(*byte)).sum();
    // Four even bytes have mean 4 * 127.5 and deviation 2 * 73.9.
    (f32::from(u16::try_from(sum).unwrap_or(u16::MAX)) - 510.0) / 147.8
}
