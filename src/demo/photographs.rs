//! `rasid demo --photos DIR`: invents an act for each labelled photograph, and compares what was read with the labels.
//!
//! The acts, their places and times are invented. Nothing is promised about how such an act ends: a violation or a
//! manual check, as the reader decides.

use super::check::{Ended, describe};
use crate::labels::{self, LABEL_FORM, LABELS_FILE, LabelledPicture, LabelledPlate};
use crate::pictures;
use crate::sending::manifest::{ActLine, FrameLine, PlateLine, lies_inside};
use crate::sending::stated_act::StatedAct;
use adjudicate::stream::record_report::RecordEnding;
use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use schemas::camera_event::INLINE_FRAME_BYTES_MAX;
use schemas::jurisdiction::Jurisdiction;
use serde::Serialize;
use std::collections::HashMap;
use std::path::Path;
use synth::camera::derive::{FramePair, frame_pair};

/// Photographs that are taken when the user names no number: a demo of about ten seconds.
pub const PHOTOS_MAX_DEFAULT: u16 = 50;
/// The most that can be asked for: all of them are held in memory, at most 900 kB each.
pub const PHOTOS_MAX: u16 = 500;
/// Time between two acts, longer than `adjudicate.act_window_seconds`: two photographs of one vehicle are two acts.
const ACT_SPACING_SECONDS: i64 = 90;
/// How long before the start the last act was captured.
const LAST_ACT_SECONDS: i64 = 600;
/// The second frame is taken so long after the first.
const SECOND_FRAME_MILLISECONDS: i64 = 400;
/// Invented speeds lie above the limit by this and up to [`EXCESS_SPREAD_KMH`] more: over every tolerance.
const EXCESS_KMH: u32 = 20;
const EXCESS_SPREAD_KMH: u32 = 25;

/// A camera of `deploy/demo/registry.toml` that measures speed, with its site and limit.
struct SpeedCamera {
    country: Jurisdiction,
    id: &'static str,
    site: &'static str,
    limit_kmh: u32,
}

/// The cameras that take turns in their country.
const CAMERAS: [SpeedCamera; 5] = [
    SpeedCamera { country: Jurisdiction::SaudiArabia, id: "SA-RUH-101", site: "sa-riyadh-1", limit_kmh: 80 },
    SpeedCamera { country: Jurisdiction::SaudiArabia, id: "SA-JED-301", site: "sa-jeddah-1", limit_kmh: 120 },
    SpeedCamera { country: Jurisdiction::SaudiArabia, id: "SA-DMM-501", site: "sa-dammam-1", limit_kmh: 100 },
    SpeedCamera { country: Jurisdiction::Egypt, id: "EG-CAI-601", site: "eg-cairo-1", limit_kmh: 90 },
    SpeedCamera { country: Jurisdiction::Egypt, id: "EG-ALX-602", site: "eg-alexandria-1", limit_kmh: 60 },
];

/// Invented acts with their pictures.
#[derive(Debug)]
pub struct Photographs {
    /// In the order of the labels.
    pub acts: Vec<ActLine>,
    /// The frames by the names that the acts give them.
    pub pictures: HashMap<String, Bytes>,
    /// What was taken and what was left out, for people.
    pub remark: String,
}

/// What came of the labelled plates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PhotographTotals {
    /// Photographs that were published.
    pub photographs: usize,
    /// Their plate was read exactly as labelled.
    pub read_as_labelled: usize,
    /// Another plate was read.
    pub read_otherwise: usize,
    /// No plate was read that a case could name.
    pub not_read: usize,
    /// The act of that vehicle at that time was there already, from an earlier demo on the same `--data`.
    pub seen_before: usize,
    /// Violations of another plate than the labelled one; part of `read_otherwise`.
    pub issued_otherwise: usize,
}

/// A photograph that is taken.
#[derive(Debug, PartialEq)]
struct Chosen<'a> {
    line: usize,
    image: &'a str,
    plate: PlateLine,
    /// Left, top, width and height in pixels.
    position: [f32; 4],
}

/// Which photographs are taken.
#[derive(Debug)]
struct Choice<'a> {
    taken: Vec<Chosen<'a>>,
    without_text: usize,
    over_limit: usize,
}

/// Reads the folder and makes the acts. Takes a core for some time: keep it off the executor. `progress` hears how
/// many photographs of how many are done.
///
/// # Errors
/// When the folder has no labels, a line of them is broken, or a picture cannot be used; the message names it.
pub fn load(
    folder: &Path,
    photos_max: usize,
    progress: &dyn Fn(usize, usize),
) -> anyhow::Result<Photographs> {
    ensure!(
        folder.is_dir(),
        "the folder {} does not exist; give --photos one with pictures and a {LABELS_FILE}",
        folder.display()
    );
    let path = folder.join(LABELS_FILE);
    ensure!(
        path.is_file(),
        "{} has no {LABELS_FILE}: write one beside the pictures, a line for each, of the form {LABEL_FORM}",
        folder.display()
    );
    let labelled = labels::load(&path)?;
    let Choice { taken, without_text, over_limit } =
        choose(&labelled, photos_max).with_context(|| format!("{} cannot be used", path.display()))?;
    let (mut acts, mut pictures, mut reduced) = (Vec::new(), HashMap::new(), 0);
    for (number, chosen) in taken.iter().enumerate() {
        progress(number, taken.len());
        let (pair, ending) = frames_of(folder, chosen)?;
        reduced += usize::from(pair.is_reduced);
        let files = [format!("{number}-1.{ending}"), format!("{number}-2.jpg")];
        acts.push(act(number, taken.len(), chosen, &files)?);
        let [first, second] = files;
        pictures.insert(first, Bytes::from(pair.first));
        pictures.insert(second, Bytes::from(pair.second));
    }
    let remark = remark(labelled.len(), acts.len(), [without_text, over_limit, reduced]);
    Ok(Photographs { acts, pictures, remark })
}

/// Everything that must not be after a run, a line each.
#[must_use]
pub fn differences(ended: &Ended<'_>) -> Vec<String> {
    let difference =
        |name: &str, got: &str| format!("{name}: expected a violation or a manual check, got {got}");
    ended
        .each()
        .filter_map(|(sent, ending)| match ending {
            // An act of the same vehicle at that time is there already where `--data` was used before.
            Some(
                RecordEnding::Violation { .. }
                | RecordEnding::ManualCheck { .. }
                | RecordEnding::WithoutCase { .. },
            ) => None,
            Some(other @ RecordEnding::DeadLetter { .. }) => {
                Some(difference(&sent.act.name, &describe(other)))
            }
            None => Some(difference(&sent.act.name, "no row")),
        })
        .collect()
}

/// Compares the plates of cases with the labels.
///
/// # Errors
/// When an act has no label that is a plate, which [`load`] does not let through.
pub fn compare(ended: &Ended<'_>) -> anyhow::Result<PhotographTotals> {
    let mut totals = PhotographTotals::default();
    for (sent, ending) in ended.each() {
        let truth = sent.act.plate.as_ref().context("the act names no plate")?.number()?.key();
        totals.count(&truth, ending);
    }
    Ok(totals)
}

impl PhotographTotals {
    fn count(&mut self, truth: &str, ending: Option<&RecordEnding>) {
        let (read, is_issued) = match ending {
            Some(RecordEnding::Violation { plate_key, .. }) => (Some(plate_key.as_str()), true),
            Some(RecordEnding::ManualCheck { plate_key, .. }) => (plate_key.as_deref(), false),
            Some(RecordEnding::WithoutCase { .. }) => {
                self.photographs += 1;
                self.seen_before += 1;
                return;
            }
            Some(RecordEnding::DeadLetter { .. }) | None => (None, false),
        };
        self.photographs += 1;
        match read {
            None => self.not_read += 1,
            Some(read) if read == truth => self.read_as_labelled += 1,
            Some(_) => {
                self.read_otherwise += 1;
                self.issued_otherwise += usize::from(is_issued);
            }
        }
    }
}

fn choose(labelled: &[LabelledPicture], photos_max: usize) -> anyhow::Result<Choice<'_>> {
    let mut choice = Choice { taken: Vec::new(), without_text: 0, over_limit: 0 };
    let mut lines: HashMap<&str, usize> = HashMap::new();
    for LabelledPicture { line, image, plates } in labelled {
        ensure!(
            lies_inside(image),
            "line {line}: the picture '{image}' must lie in the folder of the labels"
        );
        if let Some(before) = lines.insert(image, *line) {
            bail!("line {line}: the picture '{image}' stands in line {before} already");
        }
        let Some((position, plate)) = vehicle(plates).with_context(|| format!("line {line}"))? else {
            choice.without_text += 1;
            continue;
        };
        if choice.taken.len() < photos_max {
            choice.taken.push(Chosen { line: *line, image, plate, position });
        } else {
            choice.over_limit += 1;
        }
    }
    ensure!(
        !choice.taken.is_empty(),
        "no plate in it has letters and digits; the country of a picture is told by its letters"
    );
    Ok(choice)
}

/// The widest plate with text: the vehicle that the act is invented for.
fn vehicle(plates: &[LabelledPlate]) -> anyhow::Result<Option<([f32; 4], PlateLine)>> {
    let mut widest: Option<(&LabelledPlate, PlateLine)> = None;
    for plate in plates {
        let (Some(letters), Some(digits)) = (&plate.letters, &plate.digits) else { continue };
        if letters.is_empty() && digits.is_empty() {
            continue;
        }
        let line = PlateLine {
            jurisdiction: country_of(letters)?.code().to_owned(),
            letters: letters.clone(),
            digits: digits.clone(),
        };
        line.number().with_context(|| format!("the plate '{letters} {digits}'"))?;
        if widest.as_ref().is_none_or(|(before, _)| before.position[2] < plate.position[2]) {
            widest = Some((plate, line));
        }
    }
    #[expect(clippy::cast_possible_truncation, reason = "pixels of a picture")]
    Ok(widest.map(|(plate, line)| (plate.position.map(|length| length as f32), line)))
}

/// By the script: labels of Saudi plates are their Latin row.
fn country_of(letters: &str) -> anyhow::Result<Jurisdiction> {
    let mut written = letters.chars().filter(|letter| !letter.is_whitespace()).peekable();
    ensure!(written.peek().is_some(), "a plate with digits has no letters to tell its country by");
    if written.clone().all(|letter| letter.is_ascii_alphabetic()) {
        Ok(Jurisdiction::SaudiArabia)
    } else if written.all(is_arabic) {
        Ok(Jurisdiction::Egypt)
    } else {
        bail!(
            "the letters '{letters}' are neither all Arabic (Egypt, in reading order) nor all Latin (Saudi Arabia, \
             the Latin row from left to right)"
        )
    }
}

/// The Arabic block and its presentation forms.
fn is_arabic(letter: char) -> bool {
    matches!(letter, '\u{0600}'..='\u{06ff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}')
}

fn frames_of(folder: &Path, chosen: &Chosen<'_>) -> anyhow::Result<(FramePair, &'static str)> {
    let Chosen { line, image, position, .. } = chosen;
    let path = folder.join(image);
    let unusable = || {
        format!(
            "{LABELS_FILE} line {line}: the picture {} cannot be used, replace it or take out the line",
            path.display()
        )
    };
    let file = pictures::decode_file(&path).with_context(unusable)?;
    let pair =
        frame_pair(file.bytes, &file.frame, *position, INLINE_FRAME_BYTES_MAX).with_context(unusable)?;
    let ending = if pair.is_reduced { "jpg" } else { file.ending };
    Ok((pair, ending))
}

/// The act of one photograph; `number` counts from 0.
fn act(number: usize, of: usize, chosen: &Chosen<'_>, files: &[String; 2]) -> anyhow::Result<ActLine> {
    let country: Jurisdiction = chosen.plate.jurisdiction.parse()?;
    let cameras: Vec<&SpeedCamera> = CAMERAS.iter().filter(|camera| camera.country == country).collect();
    let SpeedCamera { id, site, limit_kmh, .. } = cameras[number % cameras.len()];
    let turn = u32::try_from(number)?;
    let frame = |file: &String, role: &str, offset_ms| FrameLine {
        file: file.clone(),
        role: role.to_owned(),
        offset_ms,
    };
    Ok(ActLine {
        name: chosen.image.to_owned(),
        event_id: None,
        camera: (*id).to_owned(),
        site: (*site).to_owned(),
        lane: 1,
        captured_offset_seconds: LAST_ACT_SECONDS + i64::try_from(of - number)? * ACT_SPACING_SECONDS,
        clock_offset_ms: 0,
        act: StatedAct::speeding(limit_kmh + EXCESS_KMH + turn * 7 % EXCESS_SPREAD_KMH, *limit_kmh),
        frames: vec![frame(&files[0], "first", 0), frame(&files[1], "second", SECOND_FRAME_MILLISECONDS)],
        plate: Some(chosen.plate.clone()),
        fault: None,
        expected: None,
    })
}

fn remark(labelled: usize, taken: usize, [without_text, over_limit, reduced]: [usize; 3]) -> String {
    let mut text = format!("{taken} of {labelled} labelled photographs are taken, with invented acts");
    if over_limit > 0 {
        text.push_str(&format!("; {over_limit} over the limit are left out, --photos-max takes more"));
    }
    if without_text > 0 {
        text.push_str(&format!("; {without_text} without letters and digits are left out"));
    }
    if reduced > 0 {
        text.push_str(&format!("; {reduced} are sent as smaller copies, since a camera event holds 900 kB"));
    }
    text
}

#[cfg(test)]
#[path = "photographs_tests.rs"]
mod tests;
