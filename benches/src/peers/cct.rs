//! CCT-XS, the compact convolutional transformer that reads a cut-out plate (fast-plate-ocr, `cct-xs-v1-global-model`;
//! Hassani et al. 2021): convolutions make 65 tokens, four blocks of attention mix them, nine learnt queries each
//! fetch one character.
//!
//! The layout is the published `cct_xs_v1.yaml`; the published file is 2.1 MB. Newer releases of fast-alpr read with
//! version 2, a file of 3.3 MB that its makers measure at 1.4 times the time, so version 1 is the stronger rival here.

use super::graph::{GraphBuilder, Tally, Tensor, Window};
use super::onnx::{Attribute, BYTE, FLOAT};

/// Name of the input: rows, columns, then red, green, blue as bytes.
pub const INPUT: &str = "input";
/// Name of the output: a probability for each class of each character.
pub const OUTPUT: &str = "plate";
/// Rows of the input.
pub const HEIGHT_PX: usize = 64;
/// Columns of the input.
pub const WIDTH_PX: usize = 128;
/// Characters of a plate, shorter ones filled up.
pub const CHARACTERS: usize = 9;
/// Ten digits, 26 letters and the filler.
pub const CLASSES: usize = 37;

/// Width of a token.
const TOKEN: usize = 64;
const BLOCKS: usize = 4;
const FETCHING_HEADS: usize = 4;
const PATCH: usize = 2;

/// The ONNX file and what the net costs.
#[must_use]
pub fn build(seed: u64) -> (Vec<u8>, Tally) {
    let mut graph = GraphBuilder::new("cct-xs", seed);
    let plate = graph.input(INPUT, BYTE, &[1, HEIGHT_PX, WIDTH_PX, 3]);
    let mut tokens = tokenise(&mut graph, &plate);
    for _ in 0..BLOCKS {
        tokens = block(&mut graph, &tokens);
    }
    let characters = fetch(&mut graph, &tokens);
    let scores = graph.dense(&characters, CLASSES);
    let probabilities = graph.softmax(&scores, 2);
    graph.output(&probabilities, OUTPUT, &[Some(1), Some(CHARACTERS), Some(CLASSES)]);
    graph.finish()
}

/// Bytes to tokens with their places added.
fn tokenise(graph: &mut GraphBuilder, plate: &Tensor) -> Tensor {
    let to_number = vec![Attribute::number("to", i64::from(FLOAT))];
    let x = graph.apply("Cast", &[plate], to_number, plate.shape());
    let scale = graph.constant(&[1.0 / 255.0], &[1]);
    let x = graph.both("Mul", &x, &scale);
    let x = graph.transpose(&x, &[0, 3, 1, 2]);
    let x = rectified(graph, &x, 32);
    let x = blurred_pool(graph, &x);
    let x = rectified(graph, &x, 48);
    let x = rectified(graph, &x, 64);
    let x = blurred_pool(graph, &x);
    let x = rectified(graph, &x, 80);
    let x = rectified(graph, &x, 96);
    let patches = patches(graph, &x);
    let count = patches.shape()[1];
    let tokens = graph.dense(&patches, TOKEN);
    let tokens = gelu(graph, &tokens);
    let places = graph.random_weights(&[count, TOKEN]);
    graph.both("Add", &tokens, &places)
}

fn rectified(graph: &mut GraphBuilder, x: &Tensor, outputs: usize) -> Tensor {
    let x = graph.convolution(x, outputs, Window::inside(3, 1), 1);
    graph.each("Relu", &x)
}

/// The highest of two by two cells, blurred by (1, 2, 1) both ways, every second of which is kept (Zhang 2019).
fn blurred_pool(graph: &mut GraphBuilder, x: &Tensor) -> Tensor {
    let (channels, rows, columns) = (x.shape()[1], x.shape()[2], x.shape()[3]);
    let x = graph.pool("MaxPool", x, Window { size: 2, stride: 1, padding: [0, 0, 1, 1] });
    let line = [0.25, 0.5, 0.25];
    let kernel: Vec<f32> = line.iter().flat_map(|down| line.map(|across| down * across)).collect();
    let kernels = graph.constant(&kernel.repeat(channels), &[channels, 1, 3, 3]);
    // As 'same' means there: an odd side has a cell of nothing before it, an even one does not.
    let window = Window { size: 3, stride: 2, padding: [rows % 2, columns % 2, 1, 1] };
    graph.convolve(&x, &kernels, None, window, channels)
}

/// Two by two cells side by side as one token; their export does it as a convolution with ones and zeros.
fn patches(graph: &mut GraphBuilder, x: &Tensor) -> Tensor {
    let channels = x.shape()[1];
    let outputs = PATCH * PATCH * channels;
    let mut ones = vec![0.0; outputs * outputs];
    for output in 0..outputs {
        let (row, column, channel) =
            (output / channels / PATCH, output / channels % PATCH, output % channels);
        ones[((output * channels + channel) * PATCH + row) * PATCH + column] = 1.0;
    }
    let ones = graph.constant(&ones, &[outputs, channels, PATCH, PATCH]);
    let x = graph.convolve(x, &ones, None, Window::inside(PATCH, PATCH), 1);
    let count = x.shape()[2] * x.shape()[3];
    let x = graph.transpose(&x, &[0, 2, 3, 1]);
    graph.reshape(&x, &[1, count, outputs])
}

/// Attention of the tokens to each other, then each token by itself.
fn block(graph: &mut GraphBuilder, tokens: &Tensor) -> Tensor {
    let x = squashed(graph, tokens);
    let x = attention(graph, &x, &x, 1);
    let tokens = graph.both("Add", tokens, &x);
    let x = squashed(graph, &tokens);
    let x = graph.dense(&x, TOKEN);
    let x = gelu(graph, &x);
    let x = graph.dense(&x, TOKEN);
    let x = gelu(graph, &x);
    graph.both("Add", &tokens, &x)
}

/// The dynamic hyperbolic tangent in place of a normalisation (Zhu et al. 2025).
fn squashed(graph: &mut GraphBuilder, tokens: &Tensor) -> Tensor {
    let steepness = graph.learnt(&[0.5], &[1]);
    let x = graph.both("Mul", tokens, &steepness);
    let x = graph.each("Tanh", &x);
    let scale = graph.learnt(&[1.0; TOKEN], &[TOKEN]);
    let x = graph.both("Mul", &x, &scale);
    let shift = graph.learnt(&[0.0; TOKEN], &[TOKEN]);
    graph.both("Add", &x, &shift)
}

/// A learnt query for each character attends to all tokens.
fn fetch(graph: &mut GraphBuilder, tokens: &Tensor) -> Tensor {
    let queries = graph.random_weights(&[1, CHARACTERS, TOKEN]);
    attention(graph, &queries, tokens, FETCHING_HEADS)
}

/// Scaled dot products (Vaswani et al. 2017); every head is as wide as a token.
fn attention(graph: &mut GraphBuilder, asking: &Tensor, asked: &Tensor, heads: usize) -> Tensor {
    let (questions, answers) = (asking.shape()[1], asked.shape()[1]);
    let query = graph.dense(asking, heads * TOKEN);
    let query = graph.reshape(&query, &[1, questions, heads, TOKEN]);
    let query = graph.transpose(&query, &[0, 2, 1, 3]);
    let scale = graph.constant(&[1.0 / (TOKEN as f32).sqrt()], &[1]);
    let query = graph.both("Mul", &query, &scale);
    let key = graph.dense(asked, heads * TOKEN);
    let key = graph.reshape(&key, &[1, answers, heads, TOKEN]);
    let key = graph.transpose(&key, &[0, 2, 3, 1]);
    let value = graph.dense(asked, heads * TOKEN);
    let value = graph.reshape(&value, &[1, answers, heads, TOKEN]);
    let value = graph.transpose(&value, &[0, 2, 1, 3]);
    let weights = graph.product(&query, &key);
    let weights = graph.softmax(&weights, 3);
    let mixed = graph.product(&weights, &value);
    let mixed = graph.transpose(&mixed, &[0, 2, 1, 3]);
    let mixed = graph.reshape(&mixed, &[1, questions, heads * TOKEN]);
    graph.dense(&mixed, TOKEN)
}

/// The Gaussian error linear unit (Hendrycks and Gimpel 2016), as ONNX of this version writes it.
fn gelu(graph: &mut GraphBuilder, x: &Tensor) -> Tensor {
    let root = graph.constant(&[std::f32::consts::SQRT_2], &[1]);
    let one = graph.constant(&[1.0], &[1]);
    let half = graph.constant(&[0.5], &[1]);
    let gate = graph.both("Div", x, &root);
    let gate = graph.each("Erf", &gate);
    let gate = graph.both("Add", &gate, &one);
    let x = graph.both("Mul", x, &gate);
    graph.both("Mul", &x, &half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_as_large_as_the_published_file() {
        let (bytes, tally) = build(1);
        // Layer by layer from the published layout; the blur and the patches are not learnt.
        let convolutions = 896 + 13_872 + 27_712 + 46_160 + 69_216;
        let (patches, places, block) = (24_640, 65 * 64, 25_218);
        let fetching = 9 * 64 + 3 * 16_640 + 16_448;
        let all = convolutions + patches + places + 4 * block + fetching + 2_405;
        assert_eq!(tally.parameters, all);
        assert!((2.0e6..2.15e6).contains(&(bytes.len() as f64)), "{} bytes", bytes.len());
    }
}
