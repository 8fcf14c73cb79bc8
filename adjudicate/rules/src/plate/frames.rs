//! Which plate the frames of one event agree on, and what speaks against it.

use crate::plate::vote::{Vote, vote};
use crate::policy::{PlatePolicy, Policy};
use schemas::assessment::ManualCheckReason;
use schemas::camera_event::{CameraEvent, FrameReference, FrameRole};
use schemas::evidence::Sha256Digest;
use schemas::frame::PixelBox;
use schemas::plate::PlateNumber;
use schemas::plate_read::{Confidence, PlateRead, ReadFlag};
use std::collections::{BTreeMap, BTreeSet};

/// What the reader made of one frame.
#[derive(Debug, Clone, PartialEq)]
pub enum FrameReading {
    /// All plates in it; none is a finding too.
    Read(Vec<PlateRead>),
    /// The model could not be run on it.
    ModelFailure,
}

/// A plate that enough frames agree on, without any doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AgreedPlate {
    pub(crate) plate: PlateNumber,
    /// Frames of different content that show it.
    pub(crate) frames: usize,
}

/// A plate that a person must view at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlateDoubt {
    /// The best guess, if any character was read.
    pub(crate) guess: Option<PlateGuess>,
    /// At least one.
    pub(crate) reasons: BTreeSet<ManualCheckReason>,
}

/// What the frames show most likely.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlateGuess {
    pub(crate) plate: PlateNumber,
    /// Looks of different content that it rests on.
    pub(crate) views: usize,
    /// Probability that all its characters are right.
    pub(crate) confidence: Confidence,
}

/// Finds the plate of the vehicle in question.
///
/// `readings` stand in the order of the event's frames; a frame without a reading counts as failed. A frame that
/// shows the surroundings only has no say. Frames with the same bytes are one view, however often they were sent.
///
/// The plate is what all views together vote for, character by character. Once enough views show exactly that plate
/// without any doubt, a further frame that merely could not be read does not matter, nor does one that shows another
/// character without being sure of it. One that contradicts them does: by a character of which it is sure, or a sign of
/// tampering.
pub(crate) fn agree(
    policy: &Policy,
    event: &CameraEvent,
    readings: &[FrameReading],
) -> Result<AgreedPlate, PlateDoubt> {
    let views: Vec<View<'_>> = event
        .frames
        .iter()
        .enumerate()
        .filter(|(_, frame)| frame.role != FrameRole::Context)
        .map(|(index, frame)| {
            let mut view = view_of(policy.plate(), frame, vehicle_box(event, index), readings.get(index));
            let class = view.read.and_then(|read| read.class.as_ref());
            if policy.vehicle_kinds().contradict(event.vehicle.as_ref(), class) {
                view.contradicts.insert(ManualCheckReason::ClassMismatch);
            }
            if class.is_some_and(|class| {
                class.official_probability() >= policy.plate().official_probability_floor.value()
            }) {
                view.contradicts.insert(ManualCheckReason::OfficialPlate);
            }
            view
        })
        .collect();
    let vote = vote(&distinct_reads(&views));
    let leading = vote.as_ref().and_then(|vote| leading_plate(&views, vote));
    let reasons = doubts(policy, &views, vote.as_ref(), leading.as_ref());
    match leading {
        Some(leading) if reasons.is_empty() => {
            Ok(AgreedPlate { plate: leading.plate.clone(), frames: leading.support })
        }
        Some(Leading { plate, .. }) => {
            let guess = vote.as_ref().map(|vote| PlateGuess {
                plate: plate.clone(),
                views: vote.views,
                confidence: vote.confidence,
            });
            Err(PlateDoubt { guess, reasons })
        }
        None => Err(PlateDoubt { guess: None, reasons }),
    }
}

/// One frame's word.
#[derive(Debug)]
struct View<'r> {
    content: Sha256Digest,
    read: Option<&'r PlateRead>,
    /// It could not be read well: another frame may make up for it.
    illegible: BTreeSet<ManualCheckReason>,
    /// It speaks against issuing, whatever other frames show.
    contradicts: BTreeSet<ManualCheckReason>,
}

impl View<'_> {
    fn shows(&self, plate: &PlateNumber) -> bool {
        self.read.and_then(|read| read.plate.as_ref()).is_some_and(|own| own.key() == plate.key())
    }

    fn is_clean(&self) -> bool {
        self.illegible.is_empty() && self.contradicts.is_empty()
    }
}

/// The plate that was voted for.
#[derive(Debug)]
struct Leading<'v> {
    plate: &'v PlateNumber,
    /// Frames of different content that show it.
    support: usize,
    /// Those of them that are beyond doubt.
    clean_support: usize,
}

enum Choice<'r> {
    Nothing,
    One { read: &'r PlateRead, by_box: bool },
    Several,
}

/// The camera's own box of the frame, or of the event, which is that of the first frame.
fn vehicle_box(event: &CameraEvent, index: usize) -> Option<PixelBox> {
    let of_event = || event.vehicle.as_ref().filter(|_| index == 0).and_then(|vehicle| vehicle.position);
    event.frames.get(index).and_then(|frame| frame.vehicle).or_else(of_event)
}

fn view_of<'r>(
    policy: PlatePolicy,
    frame: &FrameReference,
    vehicle: Option<PixelBox>,
    reading: Option<&'r FrameReading>,
) -> View<'r> {
    let empty = || View {
        content: frame.sha256,
        read: None,
        illegible: BTreeSet::new(),
        contradicts: BTreeSet::new(),
    };
    let reads = match reading {
        Some(FrameReading::Read(reads)) => reads,
        Some(FrameReading::ModelFailure) | None => {
            return View { illegible: BTreeSet::from([ManualCheckReason::ModelFailure]), ..empty() };
        }
    };
    match choose(reads, vehicle, policy.vehicle_box_margin_percent) {
        Choice::Nothing => empty(),
        Choice::Several => {
            View { contradicts: BTreeSet::from([ManualCheckReason::SeveralPlates]), ..empty() }
        }
        Choice::One { read, by_box } => {
            let mut view = View { read: Some(read), ..empty() };
            weigh(&mut view, policy, read, by_box);
            view
        }
    }
}

/// The read of the vehicle in question: the one inside the camera's box or just beside it; without a box, the only
/// one. Two reads of the same plate are one.
fn choose(reads: &[PlateRead], vehicle: Option<PixelBox>, margin_percent: u32) -> Choice<'_> {
    let Some(vehicle) = vehicle else {
        return only_one(reads.iter().collect(), false);
    };
    let within = |margin: u32| -> Vec<&PlateRead> {
        reads.iter().filter(|read| centre_lies_in(read.position, vehicle, margin)).collect()
    };
    let inside = within(0);
    let candidates = if inside.is_empty() { within(margin_percent) } else { inside };
    only_one(candidates, reads.len() > 1)
}

fn only_one(mut candidates: Vec<&PlateRead>, by_box: bool) -> Choice<'_> {
    candidates.sort_by(|one, other| other.confidence.value().total_cmp(&one.confidence.value()));
    let same = |pair: &[&PlateRead]| match (&pair[0].plate, &pair[1].plate) {
        (Some(one), Some(other)) => one.key() == other.key(),
        (Some(_), None) | (None, Some(_)) | (None, None) => false,
    };
    match candidates.first() {
        None => Choice::Nothing,
        Some(read) if candidates.windows(2).all(same) => Choice::One { read, by_box },
        Some(_) => Choice::Several,
    }
}

/// Twice the coordinates, so that half pixels need no fractions; the margin is a share of the box's sides.
fn centre_lies_in(plate: PixelBox, vehicle: PixelBox, margin_percent: u32) -> bool {
    let lies = |start: u32, extent: u32, box_start: u32, box_extent: u32| {
        let centre = 2 * i64::from(start) + i64::from(extent);
        let margin = 2 * i64::from(box_extent) * i64::from(margin_percent) / 100;
        let from = 2 * i64::from(box_start) - margin;
        let to = 2 * (i64::from(box_start) + i64::from(box_extent)) + margin;
        (from..=to).contains(&centre)
    };
    lies(plate.x, plate.width, vehicle.x, vehicle.width)
        && lies(plate.y, plate.height, vehicle.y, vehicle.height)
}

/// Sorts what speaks against one read into illegible and contradicting. That several plates are in the picture does
/// not matter once the camera's box has singled out one.
fn weigh(view: &mut View<'_>, policy: PlatePolicy, read: &PlateRead, by_box: bool) {
    let weakest = read.characters.iter().map(|character| character.confidence.value()).fold(1.0, f32::min);
    if read.confidence < policy.read_confidence_floor || weakest < policy.character_confidence_floor.value() {
        view.illegible.insert(ManualCheckReason::LowConfidence);
    }
    if read.plate.is_none() {
        view.illegible.insert(ManualCheckReason::OutOfGrammar);
    }
    for flag in &read.flags {
        match flag {
            ReadFlag::LowConfidence => view.illegible.insert(ManualCheckReason::LowConfidence),
            ReadFlag::OutOfGrammar => view.illegible.insert(ManualCheckReason::OutOfGrammar),
            ReadFlag::Occluded => view.illegible.insert(ManualCheckReason::Occluded),
            ReadFlag::RowsDisagree => view.contradicts.insert(ManualCheckReason::RowsDisagree),
            ReadFlag::TamperSuspect => view.contradicts.insert(ManualCheckReason::TamperSuspect),
            ReadFlag::SpecialSeries => view.contradicts.insert(ManualCheckReason::SpecialSeries),
            ReadFlag::Foreign => view.contradicts.insert(ManualCheckReason::ForeignPlate),
            ReadFlag::ClassMismatch => view.contradicts.insert(ManualCheckReason::ClassMismatch),
            ReadFlag::SeveralPlates if by_box => false,
            ReadFlag::SeveralPlates => view.contradicts.insert(ManualCheckReason::SeveralPlates),
        };
    }
}

/// One read for each content, the surest: the same bytes have one voice.
fn distinct_reads<'r>(views: &[View<'r>]) -> Vec<&'r PlateRead> {
    let mut by_content: BTreeMap<Sha256Digest, &'r PlateRead> = BTreeMap::new();
    for view in views {
        let Some(read) = view.read else { continue };
        let kept = by_content.entry(view.content).or_insert(read);
        if read.confidence > kept.confidence {
            *kept = read;
        }
    }
    let mut contents = BTreeSet::new();
    views
        .iter()
        .filter(|view| contents.insert(view.content))
        .filter_map(|view| by_content.get(&view.content).copied())
        .collect()
}

fn leading_plate<'v>(views: &[View<'_>], vote: &'v Vote) -> Option<Leading<'v>> {
    let plate = vote.plate.as_ref()?;
    let distinct = |wanted: fn(&View<'_>) -> bool| {
        let showing = views.iter().filter(|view| view.shows(plate) && wanted(view));
        showing.map(|view| view.content).collect::<BTreeSet<_>>().len()
    };
    Some(Leading { plate, support: distinct(|_| true), clean_support: distinct(|view| view.is_clean()) })
}

fn doubts(
    policy: &Policy,
    views: &[View<'_>],
    vote: Option<&Vote>,
    leading: Option<&Leading<'_>>,
) -> BTreeSet<ManualCheckReason> {
    let wanted = policy.plate().agreeing_frames_min;
    let mut reasons: BTreeSet<_> = views.iter().flat_map(|view| view.contradicts.iter().copied()).collect();
    if leading.is_none_or(|leading| leading.clean_support < wanted) {
        reasons.extend(views.iter().flat_map(|view| view.illegible.iter().copied()));
    }
    let floor = policy.plate().character_confidence_floor;
    let differs = |read: &PlateRead| {
        vote.and_then(|vote| vote.contradiction(read)).is_some_and(|confidence| confidence >= floor)
    };
    if views.iter().filter_map(|view| view.read).any(differs) {
        reasons.insert(ManualCheckReason::FramesDisagree);
    }
    let Some(leading) = leading else {
        // Nothing at all was seen, unless a read, several reads or a failure say otherwise already.
        if reasons.is_empty() {
            reasons.insert(ManualCheckReason::NoPlate);
        }
        return reasons;
    };
    if leading.support < wanted {
        reasons.insert(ManualCheckReason::TooFewFrames);
    }
    if leading.plate.is_special_series() {
        reasons.insert(ManualCheckReason::SpecialSeries);
    }
    if leading.plate.jurisdiction() != policy.jurisdiction() {
        reasons.insert(ManualCheckReason::JurisdictionDiffers);
    }
    reasons
}
