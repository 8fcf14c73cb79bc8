//! `manifest.jsonl`: one act a line. The form is described in `deploy/demo/README.md`.

use super::stated_act::StatedAct;
use crate::json_lines;
use anyhow::{Context, bail, ensure};
use schemas::camera_event::FrameRole;
use schemas::jurisdiction::Jurisdiction;
use schemas::outcome::Outcome;
use schemas::plate::PlateNumber;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::{Component, Path};

/// Name of the file in its folder.
pub const MANIFEST_FILE: &str = "manifest.jsonl";
/// Acts of one manifest.
pub const ACTS_MAX: usize = 100_000;

/// One act as the camera is to tell it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActLine {
    /// Unique in the file.
    pub name: String,
    /// Id of the event; made at sending when there is none.
    pub event_id: Option<String>,
    /// The camera.
    pub camera: String,
    /// The place.
    pub site: String,
    /// Lane, 1 = nearest to the kerb; 0 or nothing = unknown.
    #[serde(default)]
    pub lane: u32,
    /// How long before the sending it was captured.
    pub captured_offset_seconds: i64,
    /// Camera clock minus reference.
    #[serde(default)]
    pub clock_offset_ms: i64,
    /// What was done.
    pub act: StatedAct,
    /// The pictures.
    pub frames: Vec<FrameLine>,
    /// The truth about the plate; never sent.
    #[serde(default)]
    pub plate: Option<PlateLine>,
    /// What is planted in it.
    #[serde(default)]
    pub fault: Option<Fault>,
    /// How it must end; only the demo looks at it.
    #[serde(default)]
    pub expected: Option<Expected>,
}

/// One picture.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameLine {
    /// Path in the folder.
    pub file: String,
    /// `first`, `second` and so on.
    pub role: String,
    /// Time after capture.
    pub offset_ms: i64,
}

/// The plate as it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlateLine {
    /// `EG` or `SA`.
    pub jurisdiction: String,
    /// Egypt: Arabic reading order; Saudi Arabia: the Latin row as printed.
    pub letters: String,
    /// As printed.
    pub digits: String,
}

/// What is planted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The record of another act again, byte for byte.
    Resent {
        /// The other act.
        of: String,
    },
    /// Another camera saw the act.
    SecondCamera {
        /// The act.
        of: String,
    },
    /// The id of another act with this content.
    IdReused {
        /// The other act.
        of: String,
    },
    /// The signature does not fit.
    BadSignature,
    /// Nobody registered the camera.
    UnknownCamera,
    /// A header that differs from the signed bytes.
    HeaderMismatch,
    /// The second picture is cut off.
    TruncatedJpeg,
    /// The certificate ran out.
    ExpiredCertificate,
    /// The clock is off.
    ClockOffset,
    /// The plate cannot be read.
    BlurredPlate,
    /// The two rows differ.
    RowsDisagree,
    /// A letter was painted on.
    PaintedLetter,
    /// A distinguished plate.
    SpecialSeries,
    /// The tariff is a draft.
    DraftTariff,
    /// Within what is tolerated.
    BelowThreshold,
}

/// How an act must end.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Label of an outcome.
    outcome: String,
    /// One of them must be among the reasons given; empty where the outcome has none.
    pub reasons: Vec<String>,
}

impl Expected {
    /// The outcome.
    ///
    /// # Errors
    /// When the label is none of the five.
    pub fn outcome(&self) -> anyhow::Result<Outcome> {
        let found = Outcome::ALL.into_iter().find(|outcome| outcome.label() == self.outcome);
        found.with_context(|| format!("'{}' is no outcome", self.outcome))
    }
}

impl FrameLine {
    /// What the picture shows.
    ///
    /// # Errors
    /// When the label is unknown.
    pub fn role(&self) -> anyhow::Result<FrameRole> {
        let found = FrameRole::ALL.into_iter().find(|role| role.label() == self.role);
        found.with_context(|| format!("'{}' is no role of a frame", self.role))
    }
}

impl PlateLine {
    /// The plate, in the form that cases bear it.
    ///
    /// # Errors
    /// When there is no such country, or letters and digits are no plate of it.
    pub fn number(&self) -> anyhow::Result<PlateNumber> {
        let jurisdiction: Jurisdiction = self.jurisdiction.parse()?;
        Ok(match jurisdiction {
            Jurisdiction::Egypt => PlateNumber::parse(jurisdiction, &self.letters, &self.digits)?,
            Jurisdiction::SaudiArabia => PlateNumber::parse_saudi_latin(&self.letters, &self.digits)?,
        })
    }
}

/// Reads and checks the manifest of `folder`.
///
/// # Errors
/// When it is missing or a line is broken; the message names file, line and what to do.
pub fn load(folder: &Path) -> anyhow::Result<Vec<ActLine>> {
    let path = folder.join(MANIFEST_FILE);
    ensure!(
        folder.is_dir(),
        "the folder {} does not exist; give one with pictures and a {MANIFEST_FILE}",
        folder.display()
    );
    ensure!(
        path.is_file(),
        "{} has no {MANIFEST_FILE}: give a folder of pictures with one (its form stands in deploy/demo/README.md)",
        folder.display()
    );
    let text = json_lines::read(&path)?;
    let acts = parse(&text, folder).with_context(|| format!("{} cannot be used", path.display()))?;
    ensure!(!acts.is_empty(), "{} holds no act", path.display());
    Ok(acts)
}

fn parse(text: &str, folder: &Path) -> anyhow::Result<Vec<ActLine>> {
    let mut names = HashMap::new();
    let mut acts: Vec<ActLine> = Vec::new();
    for parsed in json_lines::parse::<ActLine>(text) {
        let (number, act) = parsed?;
        ensure!(acts.len() < ACTS_MAX, "line {number}: a manifest has at most {ACTS_MAX} acts");
        check(&act, folder, &names).with_context(|| format!("line {number}, act '{}'", act.name))?;
        if let Some(before) = names.insert(act.name.clone(), number) {
            bail!("line {number}: the name '{}' stands in line {before} already", act.name);
        }
        acts.push(act);
    }
    Ok(acts)
}

/// Whether a path names something within a folder, and does not lead out of it.
pub(crate) fn lies_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

fn check(act: &ActLine, folder: &Path, names: &HashMap<String, usize>) -> anyhow::Result<()> {
    ensure!(!act.frames.is_empty(), "an act has at least one frame");
    act.act.act()?;
    for frame in &act.frames {
        frame.role()?;
        ensure!(lies_inside(&frame.file), "the picture '{}' must lie in the manifest's folder", frame.file);
        let path = folder.join(&frame.file);
        ensure!(path.is_file(), "the picture {} does not exist", path.display());
    }
    if let Some(Fault::Resent { of } | Fault::SecondCamera { of } | Fault::IdReused { of }) = &act.fault {
        ensure!(names.contains_key(of), "'{of}' must be an act of an earlier line");
    }
    act.expected.as_ref().map_or(Ok(()), |expected| expected.outcome().map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn error_of(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.jpg"), b"picture").unwrap();
        fs::write(folder.path().join(MANIFEST_FILE), text).unwrap();
        load(folder.path())
            .map(|acts| format!("{} acts", acts.len()))
            .unwrap_or_else(|error| format!("{error:#}"))
    }

    const ACT: &str = r#"{"name":"a","event_id":null,"camera":"C","site":"s","captured_offset_seconds":1,
        "act":{"code":"speed","measured_kmh":90,"limit_kmh":60},"frames":[{"file":"a.jpg","role":"first","offset_ms":0}]}"#;

    fn line(text: &str) -> String {
        text.replace('\n', "")
    }

    #[test]
    fn a_good_line_is_read() {
        assert_eq!(error_of(&line(ACT)), "1 acts");
    }

    #[test]
    fn a_broken_line_is_named_with_its_number() {
        assert!(error_of(&format!("{}\n{{\"name\":", line(ACT))).contains("line 2"));
        assert!(
            error_of(&line(&ACT.replace("\"lane\"", "\"x\"").replace("\"camera\"", "\"kamera\"")))
                .contains("kamera")
        );
    }

    #[test]
    fn a_missing_picture_or_one_outside_the_folder_is_refused() {
        assert!(error_of(&line(&ACT.replace("a.jpg", "b.jpg"))).contains("does not exist"));
        assert!(error_of(&line(&ACT.replace("a.jpg", "../a.jpg"))).contains("must lie in"));
    }

    #[test]
    fn a_name_used_twice_or_a_reference_forward_is_refused() {
        assert!(error_of(&format!("{0}\n{0}", line(ACT))).contains("stands in line 1 already"));
        let resent = line(&ACT.replacen('{', r#"{"fault":{"kind":"resent","of":"z"},"#, 1));
        assert!(error_of(&resent).contains("earlier line"));
    }

    #[test]
    fn a_folder_without_a_manifest_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        assert!(load(folder.path()).unwrap_err().to_string().contains("has no manifest.jsonl"));
    }
}
