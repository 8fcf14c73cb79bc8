//! What the reader saw in each frame, without loss: probabilities by their bits.

use super::unreadable::UnreadableRecord;
use super::value::value;
use crate::plate::frames::FrameReading;
use schemas::frame::PixelBox;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateNumber;
use schemas::plate_read::{
    CharacterRead, ClassReading, Confidence, MeasuredColour, PlateRead, PlateRow, ReadFlag,
};
use schemas::vehicle_class::VehicleClass;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ReadingRecord {
    Read { plates: Vec<PlateRecord> },
    ModelFailure,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlateRecord {
    jurisdiction: String,
    raw: String,
    /// Letters and digits as printed.
    plate: Option<(String, String)>,
    confidence_bits: u32,
    position: [u32; 4],
    characters: Vec<CharacterRecord>,
    class: Option<ClassRecord>,
    flags: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassRecord {
    class: String,
    confidence_bits: u32,
    alternatives: Vec<(String, u32)>,
    colour: [u8; 3],
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CharacterRecord {
    character: char,
    confidence_bits: u32,
    runner_up: Option<(char, u32)>,
    row: String,
    position: [u32; 4],
}

impl From<&FrameReading> for ReadingRecord {
    fn from(reading: &FrameReading) -> Self {
        match reading {
            FrameReading::Read(plates) => {
                Self::Read { plates: plates.iter().map(PlateRecord::from).collect() }
            }
            FrameReading::ModelFailure => Self::ModelFailure,
        }
    }
}

impl TryFrom<&ReadingRecord> for FrameReading {
    type Error = UnreadableRecord;

    fn try_from(record: &ReadingRecord) -> Result<Self, UnreadableRecord> {
        match record {
            ReadingRecord::Read { plates } => {
                Ok(Self::Read(plates.iter().map(PlateRead::try_from).collect::<Result<_, _>>()?))
            }
            ReadingRecord::ModelFailure => Ok(Self::ModelFailure),
        }
    }
}

impl From<&PlateRead> for PlateRecord {
    fn from(read: &PlateRead) -> Self {
        // No rule looks at the corners: the box says where the plate is.
        let PlateRead {
            jurisdiction,
            raw,
            plate,
            confidence,
            position,
            corners: _,
            characters,
            class,
            flags,
        } = read;
        Self {
            jurisdiction: jurisdiction.code().to_owned(),
            raw: raw.clone(),
            plate: plate.as_ref().map(|plate| (plate.letters().to_owned(), plate.digits().to_owned())),
            confidence_bits: bits(*confidence),
            position: sides(*position),
            characters: characters.iter().map(CharacterRecord::from).collect(),
            class: class.as_ref().map(ClassRecord::from),
            flags: flags.iter().map(|flag| flag.label().to_owned()).collect(),
        }
    }
}

impl TryFrom<&PlateRecord> for PlateRead {
    type Error = UnreadableRecord;

    fn try_from(record: &PlateRecord) -> Result<Self, UnreadableRecord> {
        let PlateRecord { jurisdiction, raw, plate, confidence_bits, position, characters, class, flags } =
            record;
        let jurisdiction: Jurisdiction = value("a country", jurisdiction.parse())?;
        let plate = plate.as_ref().map(|(letters, digits)| PlateNumber::parse(jurisdiction, letters, digits));
        let position = rectangle(*position);
        let flag =
            |label: &String| ReadFlag::from_label(label).ok_or(UnreadableRecord::Value("a flag of a plate"));
        Ok(Self {
            jurisdiction,
            raw: raw.clone(),
            plate: value("a plate", plate.transpose())?,
            confidence: confidence(*confidence_bits)?,
            position,
            corners: position.corners(),
            characters: characters.iter().map(CharacterRead::try_from).collect::<Result<_, _>>()?,
            class: class.as_ref().map(ClassReading::try_from).transpose()?,
            flags: flags.iter().map(flag).collect::<Result<_, _>>()?,
        })
    }
}

impl From<&ClassReading> for ClassRecord {
    fn from(reading: &ClassReading) -> Self {
        let ClassReading { class, confidence, alternatives, colour: MeasuredColour { red, green, blue } } =
            reading;
        let alternative =
            |(class, confidence): &(VehicleClass, Confidence)| (class.label().to_owned(), bits(*confidence));
        Self {
            class: class.label().to_owned(),
            confidence_bits: bits(*confidence),
            alternatives: alternatives.iter().map(alternative).collect(),
            colour: [*red, *green, *blue],
        }
    }
}

impl TryFrom<&ClassRecord> for ClassReading {
    type Error = UnreadableRecord;

    fn try_from(record: &ClassRecord) -> Result<Self, UnreadableRecord> {
        let ClassRecord { class, confidence_bits, alternatives, colour: [red, green, blue] } = record;
        let class_of = |label: &str| value("a vehicle's class", label.parse::<VehicleClass>());
        let alternative = |(label, bits): &(String, u32)| Ok((class_of(label)?, confidence(*bits)?));
        Ok(Self {
            class: class_of(class)?,
            confidence: confidence(*confidence_bits)?,
            alternatives: alternatives.iter().map(alternative).collect::<Result<_, UnreadableRecord>>()?,
            colour: MeasuredColour { red: *red, green: *green, blue: *blue },
        })
    }
}

impl From<&CharacterRead> for CharacterRecord {
    fn from(read: &CharacterRead) -> Self {
        let CharacterRead { character, confidence, runner_up, row, position } = read;
        Self {
            character: *character,
            confidence_bits: bits(*confidence),
            runner_up: runner_up.map(|(character, confidence)| (character, bits(confidence))),
            row: row.label().to_owned(),
            position: sides(*position),
        }
    }
}

impl TryFrom<&CharacterRecord> for CharacterRead {
    type Error = UnreadableRecord;

    fn try_from(record: &CharacterRecord) -> Result<Self, UnreadableRecord> {
        let CharacterRecord { character, confidence_bits, runner_up, row, position } = record;
        let runner_up =
            runner_up.map(|(character, bits)| Ok::<_, UnreadableRecord>((character, confidence(bits)?)));
        Ok(Self {
            character: *character,
            confidence: confidence(*confidence_bits)?,
            runner_up: runner_up.transpose()?,
            row: PlateRow::from_label(row).ok_or(UnreadableRecord::Value("a row of a plate"))?,
            position: rectangle(*position),
        })
    }
}

fn bits(confidence: Confidence) -> u32 {
    confidence.value().to_bits()
}

fn confidence(bits: u32) -> Result<Confidence, UnreadableRecord> {
    value("a confidence", Confidence::new(f32::from_bits(bits)))
}

fn sides(position: PixelBox) -> [u32; 4] {
    let PixelBox { x, y, width, height } = position;
    [x, y, width, height]
}

fn rectangle([x, y, width, height]: [u32; 4]) -> PixelBox {
    PixelBox { x, y, width, height }
}
