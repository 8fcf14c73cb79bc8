//! What each net takes and gives, and how its answers become plates: the contracts, strict YAML with the same keys as
//! `detect/training/contract/config.py`.

use crate::model_card::{ModelError, parse, rule};
use schemas::jurisdiction::Jurisdiction;
use serde::Deserialize;

/// `(pixel * scale - mean) / deviation`, pixel from 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalisation {
    /// Factor before the mean is taken off.
    pub scale: f32,
    /// Mean of training.
    pub mean: f32,
    /// Standard deviation of training.
    pub deviation: f32,
}

/// Channels of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// Red, green, blue planes.
    Rgb,
    /// One plane of luma (0.299, 0.587, 0.114).
    Grey,
}

/// How pictures are resized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResizeFilter {
    /// Bilinear, widened when shrinking.
    Bilinear,
}

/// What `locate.onnx` takes and gives.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocateContract {
    /// Name of the net.
    pub name: String,
    /// Version of the net.
    pub version: String,
    /// The letterboxed frame.
    pub input: LocateInput,
    /// Heat map, edges and corners.
    pub output: LocateOutput,
    /// What each plane of the heat map stands for.
    pub classes: Vec<PlateClass>,
    /// Peaks below this are no plates.
    pub score_floor: f32,
    /// Boxes that overlap a better one by more than this are dropped.
    pub suppression_iou: f32,
    /// Most plates in a frame.
    pub maximum_plates: usize,
    /// A plate turned by more than this is rectified by its corners before it is read.
    pub turned_degrees: f32,
}

/// What the locator tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum PlateClass {
    /// A plate of Egyptian layout.
    #[serde(rename = "EG")]
    Egypt,
    /// A plate of Saudi layout.
    #[serde(rename = "SA")]
    SaudiArabia,
    /// A plate of another country.
    #[serde(rename = "other")]
    Other,
}

/// The frame scaled to fit the top left corner of the input.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocateInput {
    /// Name in the graph.
    pub name: String,
    /// Most rows.
    pub height_px: u32,
    /// Most columns.
    pub width_px: u32,
    /// Rows and columns are the next multiple of this that holds the frame: less padding is less work.
    pub multiple_px: u32,
    /// Channels; must be RGB.
    pub colour: Colour,
    /// Resizer.
    pub filter: ResizeFilter,
    /// Grey value beside the picture.
    pub pad_value: u8,
    /// Scaling of values.
    pub normalisation: Normalisation,
}

/// Outputs of the locator.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocateOutput {
    /// Name of the heat map, probabilities.
    pub heatmap: String,
    /// Name of the edges, input pixels from the cell's centre: left, top, right, bottom.
    pub edges: String,
    /// Name of the corners, input pixels from the cell's centre: x and y of top left, top right, bottom right, bottom
    /// left.
    pub corners: String,
    /// Input pixels per cell.
    pub stride_px: u32,
}

/// What `read.onnx` takes and gives, and how its output becomes a plate.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadContract {
    /// Name of the net.
    pub name: String,
    /// Version of the net.
    pub version: String,
    /// One row of a plate.
    pub input: ReadInput,
    /// Scores of each step.
    pub output: ReadOutput,
    /// Class of 'no character'; 0.
    pub blank_index: usize,
    /// Character of class i + 1.
    pub alphabet: Vec<char>,
    /// Where rows lie in a plate's box.
    pub rows: ReadRows,
    /// Texts kept by the beam search.
    pub beam_width: usize,
    /// Divide the scores, so that probabilities mean what they say.
    pub temperatures: Temperatures,
    /// How a plate whose first look leaves a doubt is looked at again.
    pub second_looks: Vec<Look>,
    /// Reads less sure than this are not put forward.
    pub report_floor: f32,
    /// The same for a plate whose rows contradict each other: two sure rows share the probability and stay just under
    /// one half, and a person is to see such a plate.
    pub disagreement_floor: f32,
    /// Reads less sure than this are never issued automatically.
    pub automatic_issue_floor: f32,
    /// From which probability on a row is suspected.
    pub suspicion_floors: SuspicionFloors,
    /// Between which shares of its floor a suspicion at the first look is a doubt.
    pub suspicion_doubt: SuspicionDoubt,
}

/// A temperature for the rows of each country's plates, fitted on plates that the net had not seen.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Temperatures {
    /// Of the row of an Egyptian plate.
    pub egypt: f64,
    /// Of both rows of a Saudi plate.
    pub saudi_arabia: f64,
}

/// A row cut out a little larger or smaller, about its middle.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// Factor of the row's width.
    pub across: f32,
    /// Factor of the row's height.
    pub down: f32,
}

/// From which probability on something speaks against a row besides its text.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuspicionFloors {
    /// Characters were painted or altered.
    pub altered: f32,
    /// Characters are hidden.
    pub hidden: f32,
    /// The row is none of the country's.
    pub other: f32,
}

/// Shares of a suspicion's floor: below `least` the row is as it should be, from `most` on nothing would clear it.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuspicionDoubt {
    /// From here on.
    pub least: f32,
    /// Up to here.
    pub most: f32,
}

/// One row, stretched.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadInput {
    /// Name in the graph.
    pub name: String,
    /// Rows.
    pub height_px: u32,
    /// Columns.
    pub width_px: u32,
    /// Channels; must be grey.
    pub colour: Colour,
    /// Resizer.
    pub filter: ResizeFilter,
    /// Scaling of values.
    pub normalisation: Normalisation,
}

/// Outputs of the reader.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadOutput {
    /// Name of the scores of each step.
    pub name: String,
    /// Name of the scores of what speaks against the row: altered, hidden, other.
    pub suspicions: String,
    /// Steps from left to right.
    pub steps: usize,
}

/// Where the rows lie.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadRows {
    /// The one row of an Egyptian plate.
    pub egypt: Extent,
    /// The Arabic row of a Saudi plate.
    pub saudi_arabic: Extent,
    /// The Latin row of a Saudi plate.
    pub saudi_latin: Extent,
}

/// A part of a plate's box, in shares of its width and height; may reach outside.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extent {
    /// Left edge.
    pub left: f32,
    /// Upper edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Lower edge.
    pub bottom: f32,
}

impl LocateContract {
    /// Reads and checks a contract.
    ///
    /// # Errors
    /// When the bytes are no contract or it contradicts itself.
    pub fn from_yaml(bytes: &[u8]) -> Result<Self, ModelError> {
        let contract: Self = parse("locate.yaml", bytes)?;
        rule("locate.yaml", contract.problem())?;
        Ok(contract)
    }

    fn problem(&self) -> Option<String> {
        let stride = self.output.stride_px;
        let multiple = self.input.multiple_px;
        if stride == 0 || multiple == 0 || !multiple.is_multiple_of(stride) {
            return Some(format!("multiple_px {multiple} is not a multiple of stride_px {stride}"));
        }
        if !self.input.height_px.is_multiple_of(multiple) || !self.input.width_px.is_multiple_of(multiple) {
            return Some(format!("the input size is not a multiple of multiple_px {multiple}"));
        }
        if self.input.height_px == 0 || self.input.width_px == 0 || self.maximum_plates == 0 {
            return Some("height_px, width_px and maximum_plates must be at least 1".to_owned());
        }
        if self.input.colour != Colour::Rgb {
            return Some("the locator takes colour: rgb".to_owned());
        }
        let twice = (1..self.classes.len()).any(|place| self.classes[..place].contains(&self.classes[place]));
        if twice || !self.classes.iter().any(|class| class.jurisdiction().is_some()) {
            return Some("classes must name at least one country, and none twice".to_owned());
        }
        (!(0.0..90.0).contains(&self.turned_degrees))
            .then(|| format!("turned_degrees must be from 0 to 90, got {}", self.turned_degrees))
    }
}

impl LocateInput {
    /// The same with fewer rows and columns by a whole factor, as far as they stay whole multiples.
    #[must_use]
    pub fn smaller(&self, factor: u32) -> Self {
        let side = |most: u32| (most / factor.max(1)).next_multiple_of(self.multiple_px).min(most);
        Self { height_px: side(self.height_px), width_px: side(self.width_px), ..self.clone() }
    }
}

impl PlateClass {
    /// The country that Rasid serves, if it is one of them.
    #[must_use]
    pub const fn jurisdiction(self) -> Option<Jurisdiction> {
        match self {
            Self::Egypt => Some(Jurisdiction::Egypt),
            Self::SaudiArabia => Some(Jurisdiction::SaudiArabia),
            Self::Other => None,
        }
    }
}

impl ReadContract {
    /// Reads and checks a contract.
    ///
    /// # Errors
    /// When the bytes are no contract or it contradicts itself.
    pub fn from_yaml(bytes: &[u8]) -> Result<Self, ModelError> {
        let contract: Self = parse("read.yaml", bytes)?;
        rule("read.yaml", contract.problem())?;
        Ok(contract)
    }

    /// Classes of the output, the blank among them.
    #[must_use]
    pub const fn classes(&self) -> usize {
        self.alphabet.len() + 1
    }

    fn problem(&self) -> Option<String> {
        let duplicate =
            (1..self.alphabet.len()).find(|place| self.alphabet[..*place].contains(&self.alphabet[*place]));
        if let Some(place) = duplicate {
            return Some(format!("'{}' stands twice in the alphabet", self.alphabet[place]));
        }
        if self.blank_index != 0 {
            return Some("blank_index must be 0".to_owned());
        }
        if self.input.height_px == 0
            || self.input.width_px == 0
            || self.output.steps == 0
            || self.beam_width == 0
        {
            return Some("height_px, width_px, steps and beam_width must be at least 1".to_owned());
        }
        if self.input.colour != Colour::Grey {
            return Some("the reader takes colour: grey".to_owned());
        }
        let Temperatures { egypt, saudi_arabia } = self.temperatures;
        if let Some(wrong) = [egypt, saudi_arabia].iter().find(|value| value.is_nan() || **value <= 0.0) {
            return Some(format!("temperatures must be above 0, got {wrong}"));
        }
        if self.second_looks.iter().any(|look| !(look.across > 0.0 && look.down > 0.0)) {
            return Some("second_looks must be above 0".to_owned());
        }
        let floors = self.suspicion_floors;
        if [floors.altered, floors.hidden, floors.other].iter().any(|floor| !(0.0..=1.0).contains(floor)) {
            return Some("suspicion_floors must be from 0 to 1".to_owned());
        }
        let SuspicionDoubt { least, most } = self.suspicion_doubt;
        if !(0.0 <= least && least <= most) {
            return Some(format!(
                "suspicion_doubt must go from 0 or more up to as much or more, got {least} to {most}"
            ));
        }
        let extents = [self.rows.egypt, self.rows.saudi_arabic, self.rows.saudi_latin];
        extents.iter().any(|extent| !extent.is_area()).then(|| "an extent of rows is empty".to_owned())
    }
}

impl Temperatures {
    /// That of a country's rows.
    #[must_use]
    pub const fn of(self, jurisdiction: Jurisdiction) -> f64 {
        match jurisdiction {
            Jurisdiction::Egypt => self.egypt,
            Jurisdiction::SaudiArabia => self.saudi_arabia,
        }
    }
}

impl Look {
    /// The row as it is.
    pub const FIRST: Self = Self { across: 1.0, down: 1.0 };
}

impl Extent {
    /// The same part looked at in another way.
    #[must_use]
    pub const fn seen(self, look: Look) -> Self {
        let (across, down) = (f32::midpoint(self.left, self.right), f32::midpoint(self.top, self.bottom));
        let (width, height) = (self.right - self.left, self.bottom - self.top);
        let (half_width, half_height) = (width * look.across / 2.0, height * look.down / 2.0);
        Self {
            left: across - half_width,
            top: down - half_height,
            right: across + half_width,
            bottom: down + half_height,
        }
    }

    fn is_area(self) -> bool {
        self.left < self.right && self.top < self.bottom
    }
}
