//! The two nets that fast-alpr ships, rebuilt as ONNX graphs from their published layouts, with random weights.
//!
//! Speed does not depend on what weights a net has learnt, so nothing needs to be fetched or trained: [`yolo`] is the
//! locator, [`cct`] the reader, both written with [`graph`], which counts parameters and multiplications as it goes,
//! and stored with [`onnx`]. The tests hold the counts against the published ones.

pub mod cct;
pub mod graph;
pub mod onnx;
pub mod yolo;
