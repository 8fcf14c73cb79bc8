//! YOLOv9-tiny for one class of plates with its suppression of doubles inside the graph (Wang, Yeh and Liao 2024;
//! layout `gelan-t` of the authors' repository, whose branches for training are folded away as in their export).
//!
//! Published: 2.0 million parameters and 7.7 GFLOPs with 80 classes at 640 pixels; the plate detector at 384 pixels,
//! `yolo-v9-t-384-license-plate-end2end`, is a file of 7.77 MB.

use super::graph::{GraphBuilder, Tally, Tensor, Window};
use super::onnx::{Attribute, FLOAT, signed};

/// Name of the input: red, green and blue planes, 0 to 1.
pub const INPUT: &str = "images";
/// Name of the output: a row for each box (picture, left, top, right, bottom, class, score).
pub const OUTPUT: &str = "output";
/// Steps on which a distance to an edge is spread (distribution focal loss).
const DISTANCE_STEPS: usize = 16;
/// Groups of the head's box branch: one for each edge.
const EDGES: usize = 4;
/// Score that an untrained head starts from, so low that no box passes: the cheapest case for the suppression.
const FIRST_LOGIT: f32 = -10.0;
const MOST_BOXES: usize = 100;
const SUPPRESSION_IOU: f32 = 0.45;
const SCORE_FLOOR: f32 = 0.25;

/// The ONNX file for pictures of `side` pixels and `classes`, and what the net costs.
#[must_use]
pub fn build(side: usize, classes: usize, seed: u64) -> (Vec<u8>, Tally) {
    let mut graph = GraphBuilder::new("yolov9-t", seed);
    let frames = graph.input(INPUT, FLOAT, &[1, 3, side, side]);
    let levels = neck(&mut graph, &frames);
    let heads = levels.each_ref().map(|level| head(&mut graph, level, levels[0].shape()[1], classes));
    let (boxes, scores) = decode(&mut graph, &heads, side, classes);
    let rows = suppress(&mut graph, &boxes, &scores);
    graph.output(&rows, OUTPUT, &[None, Some(7)]);
    graph.finish()
}

/// Features at strides 8, 16 and 32.
fn neck(graph: &mut GraphBuilder, frames: &Tensor) -> [Tensor; 3] {
    let x = activated(graph, frames, 16, Window::centred(3, 2), 1);
    let x = activated(graph, &x, 32, Window::centred(3, 2), 1);
    let x = plain_elan(graph, &x);
    let x = halved(graph, &x, 64);
    let at_8 = elan(graph, &x, 64);
    let x = halved(graph, &at_8, 96);
    let at_16 = elan(graph, &x, 96);
    let x = halved(graph, &at_16, 128);
    let x = elan(graph, &x, 128);
    let at_32 = pooled_elan(graph, &x, 128);
    let x = joined_above(graph, &at_32, &at_16);
    let merged_16 = elan(graph, &x, 96);
    let x = joined_above(graph, &merged_16, &at_8);
    let out_8 = elan(graph, &x, 64);
    let x = halved(graph, &out_8, 48);
    let x = graph.concatenate(&[&x, &merged_16], 1);
    let out_16 = elan(graph, &x, 96);
    let x = halved(graph, &out_16, 64);
    let x = graph.concatenate(&[&x, &at_32], 1);
    let out_32 = elan(graph, &x, 128);
    [out_8, out_16, out_32]
}

/// A convolution and the sigmoid linear unit.
fn activated(graph: &mut GraphBuilder, x: &Tensor, outputs: usize, window: Window, groups: usize) -> Tensor {
    let x = graph.convolution(x, outputs, window, groups);
    let gate = graph.each("Sigmoid", &x);
    graph.both("Mul", &x, &gate)
}

fn pointwise(graph: &mut GraphBuilder, x: &Tensor, outputs: usize) -> Tensor {
    activated(graph, x, outputs, Window::centred(1, 1), 1)
}

/// Mean of each two by two cells, then a convolution with stride two.
fn halved(graph: &mut GraphBuilder, x: &Tensor, outputs: usize) -> Tensor {
    let x = graph.pool("AveragePool", x, Window::inside(2, 1));
    activated(graph, &x, outputs, Window::centred(3, 2), 1)
}

fn halves(graph: &mut GraphBuilder, x: &Tensor) -> [Tensor; 2] {
    let channels = x.shape()[1];
    [graph.part(x, 1, [0, channels / 2]), graph.part(x, 1, [channels / 2, channels])]
}

/// The first aggregation block, of plain convolutions.
fn plain_elan(graph: &mut GraphBuilder, x: &Tensor) -> Tensor {
    let x = pointwise(graph, x, 32);
    let [kept, x] = halves(graph, &x);
    let one = activated(graph, &x, 16, Window::centred(3, 1), 1);
    let two = activated(graph, &one, 16, Window::centred(3, 1), 1);
    let all = graph.concatenate(&[&kept, &x, &one, &two], 1);
    pointwise(graph, &all, 32)
}

/// An aggregation block of cross-stage parts; `channels` in the middle and out, half of them in each part.
fn elan(graph: &mut GraphBuilder, x: &Tensor, channels: usize) -> Tensor {
    let x = pointwise(graph, x, channels);
    let [kept, x] = halves(graph, &x);
    let one = cross_stage(graph, &x, channels / 2);
    let two = cross_stage(graph, &one, channels / 2);
    let all = graph.concatenate(&[&kept, &x, &one, &two], 1);
    pointwise(graph, &all, channels)
}

/// Three bottlenecks beside a shortcut, then a convolution.
fn cross_stage(graph: &mut GraphBuilder, x: &Tensor, channels: usize) -> Tensor {
    let mut deep = pointwise(graph, x, channels / 2);
    let shortcut = pointwise(graph, x, channels / 2);
    for _ in 0..3 {
        let y = activated(graph, &deep, channels / 2, Window::centred(3, 1), 1);
        let y = activated(graph, &y, channels / 2, Window::centred(3, 1), 1);
        deep = graph.both("Add", &deep, &y);
    }
    let both = graph.concatenate(&[&deep, &shortcut], 1);
    let x = pointwise(graph, &both, channels);
    activated(graph, &x, channels, Window::centred(3, 1), 1)
}

/// Three poolings in a row, all kept.
fn pooled_elan(graph: &mut GraphBuilder, x: &Tensor, outputs: usize) -> Tensor {
    let x = pointwise(graph, x, outputs / 2);
    let one = graph.pool("MaxPool", &x, Window::centred(5, 1));
    let two = graph.pool("MaxPool", &one, Window::centred(5, 1));
    let three = graph.pool("MaxPool", &two, Window::centred(5, 1));
    let all = graph.concatenate(&[&x, &one, &two, &three], 1);
    pointwise(graph, &all, outputs)
}

/// A deeper level, twice as large, on top of a shallower one.
fn joined_above(graph: &mut GraphBuilder, deep: &Tensor, shallow: &Tensor) -> Tensor {
    let shape = [1, deep.shape()[1], 2 * deep.shape()[2], 2 * deep.shape()[3]];
    let no_region = graph.constant(&[], &[0]);
    let scales = graph.constant(&[1.0, 1.0, 2.0, 2.0], &[4]);
    let how = vec![
        Attribute::text("mode", "nearest"),
        Attribute::text("coordinate_transformation_mode", "asymmetric"),
        Attribute::text("nearest_mode", "floor"),
    ];
    let larger = graph.apply("Resize", &[deep, &no_region, &scales], how, &shape);
    graph.concatenate(&[&larger, shallow], 1)
}

/// Distances to the edges and scores of each cell: 64 + `classes` planes, flat.
fn head(graph: &mut GraphBuilder, x: &Tensor, first_channels: usize, classes: usize) -> Tensor {
    let distances = EDGES * DISTANCE_STEPS;
    let cells = x.shape()[2] * x.shape()[3];
    let edges = activated(graph, x, distances.max(first_channels / 4), Window::centred(3, 1), 1);
    let edges = activated(graph, &edges, distances, Window::centred(3, 1), EDGES);
    let edges = graph.convolution(&edges, distances, Window::centred(1, 1), EDGES);
    let width = first_channels.max(classes.min(100));
    let scores = activated(graph, x, width, Window::centred(3, 1), 1);
    let scores = activated(graph, &scores, width, Window::centred(3, 1), 1);
    let weights = graph.random_weights(&[classes, width, 1, 1]);
    let bias = graph.learnt(&vec![FIRST_LOGIT; classes], &[classes]);
    let scores = graph.convolve(&scores, &weights, Some(&bias), Window::centred(1, 1), 1);
    let all = graph.concatenate(&[&edges, &scores], 1);
    graph.reshape(&all, &[1, distances + classes, cells])
}

/// Boxes (middle across, middle down, width, height in input pixels) and scores, a column for each cell.
fn decode(graph: &mut GraphBuilder, heads: &[Tensor; 3], side: usize, classes: usize) -> (Tensor, Tensor) {
    let distances = EDGES * DISTANCE_STEPS;
    let cells: usize = heads.iter().map(|head| head.shape()[2]).sum();
    let all = graph.concatenate(&heads.each_ref(), 2);
    let edges = graph.part(&all, 1, [0, distances]);
    let scores = graph.part(&all, 1, [distances, distances + classes]);
    let edges = graph.reshape(&edges, &[1, EDGES, DISTANCE_STEPS, cells]);
    let edges = graph.transpose(&edges, &[0, 2, 1, 3]);
    let edges = graph.softmax(&edges, 1);
    let steps: Vec<f32> = (0..DISTANCE_STEPS).map(|step| step as f32).collect();
    let steps = graph.constant(&steps, &[1, DISTANCE_STEPS, 1, 1]);
    let edges = graph.convolve(&edges, &steps, None, Window::centred(1, 1), 1);
    let edges = graph.reshape(&edges, &[1, EDGES, cells]);
    let (middles, strides) = places(graph, side, cells);
    let before = graph.part(&edges, 1, [0, 2]);
    let after = graph.part(&edges, 1, [2, 4]);
    let first = graph.both("Sub", &middles, &before);
    let last = graph.both("Add", &middles, &after);
    let sum = graph.both("Add", &first, &last);
    let half = graph.constant(&[0.5], &[1]);
    let middle = graph.both("Mul", &sum, &half);
    let extent = graph.both("Sub", &last, &first);
    let boxes = graph.concatenate(&[&middle, &extent], 1);
    let boxes = graph.both("Mul", &boxes, &strides);
    let scores = graph.each("Sigmoid", &scores);
    (boxes, scores)
}

/// The middle of each cell in cells, and input pixels for each cell.
fn places(graph: &mut GraphBuilder, side: usize, cells: usize) -> (Tensor, Tensor) {
    let mut places: Vec<(f32, f32, f32)> = Vec::with_capacity(cells);
    for stride in [8, 16, 32] {
        let cells_across = side / stride;
        let cell = |place: usize| place as f32 + 0.5;
        places.extend(
            (0..cells_across * cells_across)
                .map(|place| (cell(place % cells_across), cell(place / cells_across), stride as f32)),
        );
    }
    let across = places.iter().map(|place| place.0);
    let middles: Vec<f32> = across.chain(places.iter().map(|place| place.1)).collect();
    let strides: Vec<f32> = places.iter().map(|place| place.2).collect();
    (graph.constant(&middles, &[1, 2, cells]), graph.constant(&strides, &[1, 1, cells]))
}

/// The boxes that stay, as rows (picture, left, top, right, bottom, class, score).
fn suppress(graph: &mut GraphBuilder, boxes: &Tensor, scores: &Tensor) -> Tensor {
    let (classes, cells) = (scores.shape()[1], scores.shape()[2]);
    let boxes = graph.transpose(boxes, &[0, 2, 1]);
    #[rustfmt::skip]
    let corners = graph.constant(&[
        1.0, 0.0, 1.0, 0.0,
        0.0, 1.0, 0.0, 1.0,
        -0.5, 0.0, 0.5, 0.0,
        0.0, -0.5, 0.0, 0.5,
    ], &[4, 4]);
    let boxes = graph.product(&boxes, &corners);
    let by_cell = graph.transpose(scores, &[0, 2, 1]);
    let highest = vec![Attribute::numbers("axes", &[2]), Attribute::number("keepdims", 1)];
    let best = graph.apply("ReduceMax", &[&by_cell], highest, &[1, cells, 1]);
    let likeliest = vec![Attribute::number("axis", 2), Attribute::number("keepdims", 1)];
    let class = graph.apply("ArgMax", &[&by_cell], likeliest, &[1, cells, 1]);
    let class =
        graph.apply("Cast", &[&class], vec![Attribute::number("to", i64::from(FLOAT))], &[1, cells, 1]);
    // Boxes of different classes are moved apart, so that they do not suppress each other.
    let apart = graph.constant(&[640.0], &[1]);
    let apart = graph.both("Mul", &class, &apart);
    let moved = graph.both("Add", &boxes, &apart);
    let best_row = graph.transpose(&best, &[0, 2, 1]);
    let most = graph.longs(&[signed(MOST_BOXES)]);
    let iou = graph.constant(&[SUPPRESSION_IOU], &[1]);
    let floor = graph.constant(&[SCORE_FLOOR], &[1]);
    let chosen = graph.apply(
        "NonMaxSuppression",
        &[&moved, &best_row, &most, &iou, &floor],
        Vec::new(),
        &[MOST_BOXES * classes, 3],
    );
    let rows = chosen.shape()[0];
    let columns = graph.longs(&[0, 2]);
    let along = vec![Attribute::number("axis", signed(1))];
    let place = graph.apply("Gather", &[&chosen, &columns], along, &[rows, 2]);
    let picture = graph.part(&chosen, 1, [0, 1]);
    let to_number = vec![Attribute::number("to", i64::from(FLOAT))];
    let picture = graph.apply("Cast", &[&picture], to_number, &[rows, 1]);
    let boxes = graph.apply("GatherND", &[&boxes, &place], Vec::new(), &[rows, 4]);
    let class = graph.apply("GatherND", &[&class, &place], Vec::new(), &[rows, 1]);
    let best = graph.apply("GatherND", &[&best, &place], Vec::new(), &[rows, 1]);
    graph.concatenate(&[&picture, &boxes, &class, &best], 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_80_classes_it_costs_what_is_published() {
        let (_, tally) = build(640, 80, 1);
        assert!((1.95e6..2.05e6).contains(&(tally.parameters as f64)), "{tally:?}");
        assert!((7.6..7.8).contains(&tally.gigaflops()), "{}", tally.gigaflops());
    }

    #[test]
    fn the_plate_detector_is_as_large_as_the_published_file() {
        let (bytes, _) = build(384, 1, 1);
        assert!((0.97..1.03).contains(&(bytes.len() as f64 / 7_771_218.0)), "{} bytes", bytes.len());
    }

    #[test]
    fn the_same_seed_gives_the_same_file() {
        assert_eq!(build(64, 1, 3).0, build(64, 1, 3).0);
        assert_ne!(build(64, 1, 3).0, build(64, 1, 4).0);
    }
}
