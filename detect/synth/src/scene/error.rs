//! What can go wrong with a sample.

use crate::drawing::canvas::CanvasError;
use schemas::plate::PlateError;
use thiserror::Error;

/// Why a sample could not be made.
#[derive(Debug, Error)]
pub enum SampleError {
    /// The grammar of the country and the choice of numbers disagree.
    #[error("no plate number could be chosen")]
    Number(#[from] PlateError),
    /// The plate or its surroundings could not be drawn.
    #[error("the picture could not be drawn")]
    Canvas(#[from] CanvasError),
}
