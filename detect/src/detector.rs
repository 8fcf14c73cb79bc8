//! Both nets on one thread: a frame in, its plates out.

use crate::config::DetectConfig;
use crate::ctc::StepProbabilities;
use crate::locate::{LocatedPlate, locate};
use crate::model_card::{ModelError, Models};
use crate::preprocess::{PreprocessError, Preprocessor};
use crate::read::{RowScores, read, rows_of};
use crate::session::{Net, SessionError};
use schemas::frame::Frame;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate_read::{PlateRead, ReadFlag};
use std::path::Path;
use thiserror::Error;

/// Two plates of one frame that share more than this cannot be told apart.
const SEVERAL_PLATES_IOU: f32 = 0.02;
const EDGE_PLANES: usize = 4;

/// Reads plates; owns its nets and buffers, so each thread needs its own.
#[derive(Debug)]
pub struct Detector {
    models: Models,
    locator: Net,
    reader: Net,
    preprocessor: Preprocessor,
    values: Vec<f32>,
}

/// Why no detector could be made.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The configuration names no ONNX Runtime.
    #[error("no ONNX Runtime library is known; set detect.onnxruntime_path or run 'rasid runtime fetch'")]
    NoLibrary,
    /// Models or contracts are not usable.
    #[error("the models cannot be used")]
    Models(#[from] ModelError),
    /// ONNX Runtime or a net is not usable.
    #[error("the nets cannot be prepared")]
    Session(#[from] SessionError),
}

/// Why a frame could not be read; says nothing about the plate.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The frame could not be resized.
    #[error("the frame cannot be prepared")]
    Preprocess(#[from] PreprocessError),
    /// A net failed.
    #[error("a net cannot be run")]
    Session(#[from] SessionError),
    /// The worker that had the frame is gone.
    #[error("the reading worker stopped before it answered")]
    WorkerGone,
}

impl Detector {
    /// Loads and checks the models and prepares both nets.
    ///
    /// # Errors
    /// When the library, a model or a contract is missing or not the released one.
    pub fn load(config: &DetectConfig) -> Result<Self, LoadError> {
        let models = Models::load(config.models_folder.as_deref())?;
        let library = config.onnxruntime_path.as_deref().ok_or(LoadError::NoLibrary)?;
        Self::with_models(models, library, config.threads_per_net)
    }

    /// Prepares both nets of models that are loaded already.
    ///
    /// # Errors
    /// When ONNX Runtime refuses a net.
    pub fn with_models(models: Models, library: &Path, threads: usize) -> Result<Self, LoadError> {
        let (locate, read) = (&models.locate, &models.read);
        let outputs = [locate.output.heatmap.as_str(), locate.output.edges.as_str()];
        let names = (locate.input.name.as_str(), outputs.as_slice());
        let locator = Net::prepare(library, &locate.name, &models.locate_net, threads, names)?;
        let outputs = [read.output.name.as_str()];
        let names = (read.input.name.as_str(), outputs.as_slice());
        let reader = Net::prepare(library, &read.name, &models.read_net, threads, names)?;
        Ok(Self { models, locator, reader, preprocessor: Preprocessor::default(), values: Vec::new() })
    }

    /// SHA-256 over both nets and contracts: what a stored reading names as its model.
    #[must_use]
    pub fn model_digest(&self) -> &str {
        &self.models.digest
    }

    /// All plates of a frame that the reader puts forward, the locator's surest first.
    ///
    /// # Errors
    /// When a net fails; a frame without a plate is no error.
    pub fn read_plates(&mut self, frame: &Frame) -> Result<Vec<PlateRead>, ReadError> {
        let located = self.locate_plates(frame)?;
        let mut reads = Vec::with_capacity(located.len());
        for plate in &located {
            let Some(mut read) = self.read_either(frame, plate)? else { continue };
            let crowded = |other: &&LocatedPlate| other.edges.overlap(plate.edges) > SEVERAL_PLATES_IOU;
            if located.iter().filter(crowded).count() > 1 {
                read.flags.insert(ReadFlag::SeveralPlates);
            }
            if read.confidence.value() >= self.models.read.report_floor {
                reads.push(read);
            }
        }
        Ok(reads)
    }

    /// Where a plate cannot be read as one of its layout's country, the other country is tried: small and blurred
    /// layouts look alike from afar.
    fn read_either(&mut self, frame: &Frame, plate: &LocatedPlate) -> Result<Option<PlateRead>, ReadError> {
        let first = self.read_plate(frame, plate)?;
        let sure = |read: &PlateRead| read.confidence.value() >= self.models.read.report_floor;
        if first.as_ref().is_some_and(|read| read.plate.is_some() && sure(read)) {
            return Ok(first);
        }
        let other = match plate.jurisdiction {
            Jurisdiction::Egypt => Jurisdiction::SaudiArabia,
            Jurisdiction::SaudiArabia => Jurisdiction::Egypt,
        };
        let second = self.read_plate(frame, &LocatedPlate { jurisdiction: other, ..*plate })?;
        let confidence = |read: &Option<PlateRead>| read.as_ref().map_or(0.0, |read| read.confidence.value());
        let better = second.as_ref().is_some_and(|read| read.plate.is_some())
            && confidence(&second) > confidence(&first);
        Ok(if better { second } else { first })
    }

    /// Where plates are, whether they can be read or not.
    ///
    /// # Errors
    /// When the net fails.
    pub fn locate_plates(&mut self, frame: &Frame) -> Result<Vec<LocatedPlate>, ReadError> {
        let contract = &self.models.locate;
        let scale = self.preprocessor.letterbox(frame, &contract.input, &mut self.values)?;
        let (height, width) = (contract.input.height_px as usize, contract.input.width_px as usize);
        let stride = contract.output.stride_px as usize;
        let cells = (height / stride) * (width / stride);
        let expected = [cells * contract.classes.len(), cells * EDGE_PLANES];
        let shape = [1, self.values.len() / (height * width), height, width];
        let found = self.locator.run(shape, &self.values, &expected, |outputs| {
            locate(outputs[0], outputs[1], scale, frame, contract)
        })?;
        Ok(found)
    }

    /// What the plate says, whatever its confidence; nothing without letters or digits.
    ///
    /// # Errors
    /// When the net fails.
    pub fn read_plate(
        &mut self,
        frame: &Frame,
        plate: &LocatedPlate,
    ) -> Result<Option<PlateRead>, ReadError> {
        let contract = &self.models.read;
        let layouts = rows_of(plate.jurisdiction, contract);
        self.values.clear();
        let mut parts = Vec::with_capacity(layouts.len());
        for layout in &layouts {
            let part = plate.edges.row(layout.extent, frame);
            self.preprocessor.row(frame, part, &contract.input, &mut self.values)?;
            parts.push(part);
        }
        let (height, width) = (contract.input.height_px as usize, contract.input.width_px as usize);
        let row_scores = contract.output.steps * contract.classes();
        let shape = [layouts.len(), 1, height, width];
        let rows: Vec<RowScores> =
            self.reader.run(shape, &self.values, &[row_scores * layouts.len()], |outputs| {
                let scores = outputs[0].chunks_exact(row_scores);
                let steps = scores.map(|scores| {
                    StepProbabilities::from_scores(scores, contract.classes(), contract.temperature)
                });
                let placed = layouts.iter().zip(&parts).zip(steps);
                placed
                    .map(|((layout, part), steps)| RowScores { layout: *layout, part: *part, steps })
                    .collect()
            })?;
        Ok(read(plate, &rows, contract))
    }
}
