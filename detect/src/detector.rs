//! Both nets on one thread: a frame in, its plates out.

use crate::calibrate::Suspicions;
use crate::class_colour::{is_coloured, read_class};
use crate::config::{DetectConfig, Jurisdictions};
use crate::contract::{ReadContract, RowView};
use crate::ctc::StepProbabilities;
use crate::geometry::edges::{Edges, View, pixel_box};
use crate::geometry::tiles::tiles;
use crate::locate::{LocatedPlate, LocatorScores, is_cut, locate, merged, near_and_far};
use crate::model_card::Models;
use crate::model_error::ModelError;
use crate::preprocess::{Letterbox, PreprocessError, Preprocessor};
use crate::read::{RowLayout, RowPlace, RowReading, RowScores, is_put_forward, read, rows_of};
use crate::session::{Net, SessionError};
use schemas::frame::{FRAME_CHANNELS, Frame, PixelBox};
use schemas::jurisdiction::Jurisdiction;
use schemas::picture::{Picture, PictureError, ReducedFrame};
use schemas::plate_read::{PlateRead, ReadFlag};
use std::path::Path;
use thiserror::Error;

/// Two plates of one frame that share more than this cannot be told apart.
const SEVERAL_PLATES_IOU: f32 = 0.02;
const EDGE_PLANES: usize = 4;
const CORNER_PLANES: usize = 8;
/// Scores of [`Suspicions`].
const SUSPICIONS: usize = 3;
/// Longer side of the picture in which plates are located, in percent of the locator's input: a quarter more, so that
/// its filter still has pixels to choose from.
const SEARCHED_PERCENT: u32 = 125;
/// A frame in which no plate is found, or a near one, is searched once more, smaller by this: a plate that fills most of
/// the frame is larger than any that the net was shown. It costs a quarter of the first pass.
const NEAR_REDUCTION: u32 = 2;

/// Reads plates; owns its nets and buffers, so each thread needs its own.
#[derive(Debug)]
pub struct Detector {
    models: Models,
    locator: Net,
    reader: Net,
    preprocessor: Preprocessor,
    values: Vec<f32>,
    smallest_plate_px: Option<u32>,
    jurisdictions: Jurisdictions,
}

/// A plate and the part of the picture that shows it.
struct Sight {
    plate: LocatedPlate,
    crop: Crop,
    /// Whether the plate was located again in its surroundings alone.
    is_close: bool,
}

/// The part of a picture around a plate.
struct Crop {
    frame: Frame,
    /// Where the part lies in the picture.
    area: PixelBox,
    /// Of the picture, pixels across and down.
    size: (u32, u32),
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
    /// The picture could not be decoded again.
    #[error("the picture cannot be decoded")]
    Picture(#[from] PictureError),
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
        let detector = Self::with_models(models, library, config.threads_per_net)?;
        Ok(detector.set_up(config))
    }

    /// Prepares both nets of models that are loaded already; every country's plates are read.
    ///
    /// # Errors
    /// When ONNX Runtime refuses a net.
    pub fn with_models(models: Models, library: &Path, threads: usize) -> Result<Self, LoadError> {
        let (locate, read) = (&models.locate, &models.read);
        let output = &locate.output;
        let outputs = [output.heatmap.as_str(), output.edges.as_str(), output.corners.as_str()];
        let names = (locate.input.name.as_str(), outputs.as_slice());
        let locator = Net::prepare(library, &locate.name, &models.locate_net, threads, names)?;
        let outputs = [read.output.name.as_str(), read.output.suspicions.as_str()];
        let names = (read.input.name.as_str(), outputs.as_slice());
        let reader = Net::prepare(library, &read.name, &models.read_net, threads, names)?;
        Ok(Self {
            models,
            locator,
            reader,
            preprocessor: Preprocessor::default(),
            values: Vec::new(),
            smallest_plate_px: None,
            jurisdictions: Jurisdictions::default(),
        })
    }

    /// The same with what the operator set about plates.
    #[must_use]
    pub fn set_up(self, config: &DetectConfig) -> Self {
        let smallest_plate_px = config.smallest_plate_px;
        Self { smallest_plate_px, ..self }.restricted_to(config.jurisdictions.clone())
    }

    /// The same, which reads no plate as one of any other country.
    #[must_use]
    pub fn restricted_to(self, jurisdictions: Jurisdictions) -> Self {
        Self { jurisdictions, ..self }
    }

    /// SHA-256 over both nets and contracts: what a stored reading names as its model.
    #[must_use]
    pub fn model_digest(&self) -> &str {
        &self.models.digest
    }

    /// Pixels that a picture should have on its longer side where plates are located.
    #[must_use]
    pub fn least_side(&self) -> u32 {
        let input = &self.models.locate.input;
        input.width_px.max(input.height_px) * SEARCHED_PERCENT / 100
    }

    /// All plates of a picture that the reader puts forward, the locator's surest first.
    ///
    /// # Errors
    /// When a net fails; a picture without a plate is no error.
    pub fn read_plates(&mut self, picture: &dyn Picture) -> Result<Vec<PlateRead>, ReadError> {
        let reduced = picture.reduced(self.least_side())?;
        let located = self.locate_in_either(picture, &reduced)?;
        let shows_colours = !located.is_empty() && is_coloured(&reduced.frame);
        let frame = Edges::whole((picture.width(), picture.height()));
        let mut reads = Vec::with_capacity(located.len());
        for plate in &located {
            let Some(mut read) = self.read_in_any(picture, plate)? else { continue };
            let crowded = |other: &&LocatedPlate| other.edges.overlap(plate.edges) > SEVERAL_PLATES_IOU;
            if located.iter().filter(crowded).count() > 1 {
                read.flags.insert(ReadFlag::SeveralPlates);
            }
            read.class = read.class.filter(|_| shows_colours);
            if is_put_forward(&read, frame, &self.models.read) {
                reads.push(read);
            }
        }
        Ok(reads)
    }

    /// Returns the reading as a plate of its layout's country. Where that is not usable, all other countries are tried,
    /// since small and blurred layouts look alike from afar: the surest reading with a plate takes its place. No country
    /// is tried whose plates are not to be read.
    fn read_in_any(
        &mut self,
        picture: &dyn Picture,
        plate: &LocatedPlate,
    ) -> Result<Option<PlateRead>, ReadError> {
        let mut sight = self.sight(picture, *plate)?;
        let wanted = self.jurisdictions.contains(plate.jurisdiction);
        let mut best = if wanted { self.read_as(plate.jurisdiction, picture, &mut sight)? } else { None };
        let frame = Edges::whole(sight.crop.size);
        let usable =
            |read: &PlateRead| read.plate.is_some() && is_put_forward(read, frame, &self.models.read);
        if best.as_ref().is_some_and(usable) {
            return Ok(best);
        }
        for other in Jurisdiction::ALL {
            if other == plate.jurisdiction || !self.jurisdictions.contains(other) {
                continue;
            }
            let confidence = best.as_ref().map_or(0.0, |read| read.confidence.value());
            let surer = |read: &PlateRead| read.plate.is_some() && read.confidence.value() > confidence;
            if let Some(read) = self.read_as(other, picture, &mut sight)?.filter(surer) {
                best = Some(read);
            }
        }
        Ok(best)
    }

    /// Where plates are, whether they can be read or not.
    ///
    /// # Errors
    /// When the net fails.
    pub fn locate_plates(&mut self, picture: &dyn Picture) -> Result<Vec<LocatedPlate>, ReadError> {
        let reduced = picture.reduced(self.least_side())?;
        self.locate_in_either(picture, &reduced)
    }

    /// Plates in the picture made smaller and, where that is asked for, in parts of it at full size.
    fn locate_in_either(
        &mut self,
        picture: &dyn Picture,
        reduced: &ReducedFrame,
    ) -> Result<Vec<LocatedPlate>, ReadError> {
        let size = (picture.width(), picture.height());
        let mut found = self.locate_whole(reduced, size, 1)?;
        if found.is_empty() || found.iter().any(|plate| plate.is_near(size.0)) {
            let second = self.locate_whole(reduced, size, NEAR_REDUCTION)?;
            found = near_and_far(found, second, size.0, &self.models.locate);
        }
        let parts = match self.smallest_plate_px {
            Some(pixels) => tiles(size, pixels, &self.models.locate.input),
            None => Vec::new(),
        };
        if parts.is_empty() {
            return Ok(found);
        }
        for part in parts {
            let letterbox = self.letterbox(&picture.part(pixel_box(part))?, 1)?;
            found.extend(self.locate_in(letterbox, View { part, scale: letterbox.scale }, size)?);
        }
        Ok(merged(found, &self.models.locate))
    }

    /// Plates in the whole picture, shown to the net smaller than it may be by a whole factor.
    fn locate_whole(
        &mut self,
        reduced: &ReducedFrame,
        size: (u32, u32),
        smaller: u32,
    ) -> Result<Vec<LocatedPlate>, ReadError> {
        let letterbox = self.letterbox(&reduced.frame, smaller)?;
        let scale = letterbox.scale / reduced.reduction as f32;
        self.locate_in(letterbox, View { part: Edges::whole(size), scale }, size)
    }

    fn letterbox(&mut self, frame: &Frame, smaller: u32) -> Result<Letterbox, ReadError> {
        let input = self.models.locate.input.smaller(smaller);
        Ok(self.preprocessor.letterbox(frame, &input, &mut self.values)?)
    }

    /// Plates in the part of a picture that was letterboxed last, without those that the part's border cuts.
    fn locate_in(
        &mut self,
        letterbox: Letterbox,
        view: View,
        size: (u32, u32),
    ) -> Result<Vec<LocatedPlate>, ReadError> {
        let contract = &self.models.locate;
        let stride = contract.output.stride_px as usize;
        let (columns, rows) = (letterbox.width / stride, letterbox.height / stride);
        let cells = columns * rows;
        let expected = [cells * contract.classes.len(), cells * EDGE_PLANES, cells * CORNER_PLANES];
        let shape = [1, FRAME_CHANNELS, letterbox.height, letterbox.width];
        let mut found = self.locator.run(shape, &self.values, &expected, |outputs| {
            let [heat, edges, corners] = [outputs[0], outputs[1], outputs[2]];
            locate(LocatorScores { columns, rows, heat, edges, corners }, view, contract)
        })?;
        found.retain(|plate| !is_cut(plate, view, size));
        Ok(found)
    }

    /// Returns what the plate says, whatever its confidence; `None` if it has no letters or no digits. Whether the picture
    /// shows colours at all is the caller's to know.
    ///
    /// # Errors
    /// When the net fails.
    pub fn read_plate(
        &mut self,
        picture: &dyn Picture,
        plate: &LocatedPlate,
    ) -> Result<Option<PlateRead>, ReadError> {
        let mut sight = self.sight(picture, *plate)?;
        self.read_as(plate.jurisdiction, picture, &mut sight)
    }

    fn sight(&self, picture: &dyn Picture, plate: LocatedPlate) -> Result<Sight, ReadError> {
        Ok(Sight { plate, crop: self.crop(picture, &plate)?, is_close: false })
    }

    /// The part of a picture with all rows that any view of the plate may show, as a plate of any country.
    fn crop(&self, picture: &dyn Picture, plate: &LocatedPlate) -> Result<Crop, ReadError> {
        let size = (picture.width(), picture.height());
        let contract = &self.models.read;
        let views = std::iter::once(RowView::PLAIN).chain(contract.second_views.iter().copied());
        let rows: Vec<RowLayout> =
            Jurisdiction::ALL.into_iter().flat_map(|country| rows_of(country, contract)).collect();
        let extents = views.flat_map(|view| rows.iter().map(move |row| row.extent.seen(view)));
        let place = |extent| RowPlace::of(plate, extent, size, &self.models.locate).bounds();
        let area = extents.map(place).fold(plate.edges, Edges::with).inside(size).surroundings(size);
        Ok(Crop { frame: picture.part(area)?, area, size })
    }

    /// Reads a plate once as one of a country. Where that leaves the text in doubt, locates the plate again in its
    /// surroundings and reads it there in every view of the contract; where it leaves a suspicion of a row in doubt, reads
    /// that row in every further view where it is. `None` if the plate has no letters or no digits.
    fn read_as(
        &mut self,
        jurisdiction: Jurisdiction,
        picture: &dyn Picture,
        sight: &mut Sight,
    ) -> Result<Option<PlateRead>, ReadError> {
        let layouts = rows_of(jurisdiction, &self.models.read);
        let mut rows = self.rows(jurisdiction, sight, &layouts, &[RowView::PLAIN])?;
        let mut said = self.said(jurisdiction, sight, &rows);
        let ReadContract { suspicion_floors: floors, suspicion_doubt: doubt, .. } = self.models.read;
        if said.as_ref().is_some_and(is_sure) {
            let doubtful = |row: &&mut RowScores| row.first.suspicions.are_doubtful(floors, doubt);
            self.read_again(jurisdiction, sight, None, rows.iter_mut().filter(doubtful).collect())?;
        } else {
            self.come_closer(picture, sight)?;
            self.read_again(jurisdiction, sight, Some(RowView::PLAIN), rows.iter_mut().collect())?;
        }
        if rows.iter().any(|row| !row.further.is_empty()) {
            said = self.said(jurisdiction, sight, &rows);
        }
        Ok(said.map(|read| {
            let corners = sight.plate.corners.within(sight.crop.area);
            let class = read_class(&sight.crop.frame, &corners, jurisdiction);
            PlateRead { class, ..read }
        }))
    }

    /// Adds the readings of a view, if any, and of those of the contract to some rows of a plate.
    fn read_again(
        &mut self,
        jurisdiction: Jurisdiction,
        sight: &Sight,
        view: Option<RowView>,
        mut rows: Vec<&mut RowScores>,
    ) -> Result<(), ReadError> {
        let further = &self.models.read.second_views;
        if rows.is_empty() || (view.is_none() && further.is_empty()) {
            return Ok(());
        }
        let views: Vec<RowView> = view.iter().chain(further).copied().collect();
        let layouts: Vec<RowLayout> = rows.iter().map(|row| row.layout).collect();
        let seen = self.rows(jurisdiction, sight, &layouts, &views)?;
        for (place, row) in seen.into_iter().enumerate() {
            rows[place % layouts.len()].further.push(row.first);
        }
        Ok(())
    }

    /// Locates the plate again in its surroundings alone, once.
    fn come_closer(&mut self, picture: &dyn Picture, sight: &mut Sight) -> Result<(), ReadError> {
        if sight.is_close {
            return Ok(());
        }
        sight.is_close = true;
        let size = (picture.width(), picture.height());
        let Some(area) = sight.plate.surroundings(size) else { return Ok(()) };
        let letterbox = self.letterbox(&picture.part(area)?, 1)?;
        let view = View { part: Edges::of(area), scale: letterbox.scale };
        let nearer = self.locate_in(letterbox, view, size)?;
        if let Some(plate) = sight.plate.found_again(&nearer, &self.models.locate) {
            sight.plate = plate;
            sight.crop = self.crop(picture, &plate)?;
        }
        Ok(())
    }

    /// What the rows of a plate say as one of a country.
    fn said(&self, jurisdiction: Jurisdiction, sight: &Sight, rows: &[RowScores]) -> Option<PlateRead> {
        let plate = LocatedPlate { jurisdiction, ..sight.plate };
        read(&plate, rows, Edges::whole(sight.crop.size), &self.models.read)
    }

    /// Rows of a plate of a country as the net sees them, view by view.
    fn rows(
        &mut self,
        jurisdiction: Jurisdiction,
        sight: &Sight,
        layouts: &[RowLayout],
        views: &[RowView],
    ) -> Result<Vec<RowScores>, ReadError> {
        let Sight { plate, crop, is_close: _ } = sight;
        let contract = &self.models.read;
        let seen =
            views.iter().flat_map(|view| layouts.iter().map(|layout| (layout, layout.extent.seen(*view))));
        let placed: Vec<(RowLayout, RowPlace)> = seen
            .map(|(layout, extent)| (*layout, RowPlace::of(plate, extent, crop.size, &self.models.locate)))
            .collect();
        self.values.clear();
        for (_, place) in &placed {
            match place {
                RowPlace::Upright(part) => {
                    let part = part.within(crop.area);
                    self.preprocessor.row(&crop.frame, part, &contract.input, &mut self.values)?;
                }
                RowPlace::Turned(corners) => {
                    let corners = corners.within(crop.area);
                    self.preprocessor.turned_row(&crop.frame, &corners, &contract.input, &mut self.values);
                }
            }
        }
        let (height, width) = (contract.input.height_px as usize, contract.input.width_px as usize);
        let row_scores = contract.output.steps * contract.classes();
        let temperature = contract.temperatures.of(jurisdiction);
        let expected = [row_scores * placed.len(), SUSPICIONS * placed.len()];
        Ok(self.reader.run([placed.len(), 1, height, width], &self.values, &expected, |outputs| {
            let scores = outputs[0].chunks_exact(row_scores);
            let suspicions = outputs[1].as_chunks::<SUSPICIONS>().0;
            let rows = placed.iter().zip(scores).zip(suspicions);
            rows.map(|(((layout, place), scores), suspicions)| RowScores {
                layout: *layout,
                place: *place,
                first: RowReading {
                    steps: StepProbabilities::from_scores(scores, contract.classes(), temperature),
                    suspicions: Suspicions::from_scores(*suspicions),
                },
                further: Vec::new(),
            })
            .collect()
        })?)
    }
}

/// Whether what it says leaves no doubt.
fn is_sure(read: &PlateRead) -> bool {
    !read.flags.contains(&ReadFlag::LowConfidence) && !read.flags.contains(&ReadFlag::RowsDisagree)
}
