//! The demo's acts that end as violations, repeated as acts of their own.

use anyhow::{Context, ensure};
use rasid::sending::manifest::ActLine;
use schemas::outcome::Outcome;
use std::fs;
use std::ops::Range;
use std::path::Path;

/// Between two repetitions of an act: more than `adjudicate.act_window_seconds`, so that they are two acts.
const REPETITION_SECONDS: i64 = 180;
/// An older capture is doubtful (72 hours, `capture.plausible_age_hours`); an hour is left for the bench itself.
const AGE_SECONDS_MAX: i64 = 71 * 3_600;
/// Start of a JPEG file.
const START_OF_IMAGE: [u8; 2] = [0xFF, 0xD8];
/// A comment segment of 16 bytes: marker, then the length with its own two bytes.
const COMMENT: [u8; 4] = [0xFF, 0xFE, 0, 18];

/// The acts of a manifest that end as violations.
pub(crate) fn violations(acts: &[ActLine]) -> anyhow::Result<Vec<ActLine>> {
    let mut found = Vec::new();
    for act in acts {
        let Some(expected) = &act.expected else { continue };
        if expected.outcome()? == Outcome::Violation {
            ensure!(act.frames.len() == 2, "act '{}' has not two frames", act.name);
            found.push(act.clone());
        }
    }
    ensure!(!found.is_empty(), "no act of the manifest ends as a violation");
    Ok(found)
}

/// Each act once for each of `repetitions`, at another time. Its pictures go to `target`, each with a comment of its
/// own: the same pixels under another digest, so that the evidence store has to keep every one.
pub(crate) fn repeated(
    acts: &[ActLine],
    source: &Path,
    target: &Path,
    repetitions: Range<u32>,
) -> anyhow::Result<Vec<ActLine>> {
    let mut repeated = Vec::with_capacity(acts.len() * repetitions.len());
    for repetition in repetitions {
        for act in acts {
            let mut act = act.clone();
            act.event_id = None;
            act.fault = None;
            act.name = format!("{}-{repetition}", act.name);
            act.captured_offset_seconds += REPETITION_SECONDS * i64::from(repetition);
            ensure!(
                act.captured_offset_seconds <= AGE_SECONDS_MAX,
                "act '{}' would be too old: give fewer rounds or repetitions",
                act.name
            );
            for frame in &mut act.frames {
                let bytes = fs::read(source.join(&frame.file))
                    .with_context(|| format!("{} cannot be read", frame.file))?;
                frame.file = format!("{repetition}-{}", frame.file.replace('/', "-"));
                fs::write(target.join(&frame.file), with_comment(&bytes, repetition)?)?;
            }
            repeated.push(act);
        }
    }
    Ok(repeated)
}

fn with_comment(jpeg: &[u8], number: u32) -> anyhow::Result<Vec<u8>> {
    let rest =
        jpeg.strip_prefix(&START_OF_IMAGE).context("only JPEG pictures can be told apart by a comment")?;
    let text = format!("{number:016}");
    Ok([&START_OF_IMAGE, COMMENT.as_slice(), text.as_bytes(), rest].concat())
}
