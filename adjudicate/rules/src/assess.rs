//! What the rules make of one sighting. Pure: the same inputs give the same answer, byte for byte.

use crate::offence::{self, Judgement};
use crate::plate::frames::FrameReading;
use crate::policy::Policies;
use crate::registry::CaptureContext;
use chrono::{DateTime, Utc};
use schemas::assessment::Assessment;
use schemas::camera_event::CameraEvent;

/// Everything that the rules look at.
#[derive(Debug, Clone, Copy)]
pub struct AssessmentInput<'a> {
    /// The sighting.
    pub event: &'a CameraEvent,
    /// What was read in its frames, in their order.
    pub readings: &'a [FrameReading],
    /// What the registry knows of its place and instant.
    pub context: &'a CaptureContext,
    /// The rules of all countries; those of the site's count.
    pub policies: &'a Policies,
    /// When the event came in, by the broker's clock: what a sender states proves nothing.
    pub received_at: DateTime<Utc>,
}

/// Applies all rules in force: [`offence::judge`], and what it leaves possible is concluded.
#[must_use]
pub fn assess(input: &AssessmentInput<'_>) -> Assessment {
    let AssessmentInput { event, readings, context, policies, received_at } = *input;
    match offence::judge(policies.of(context.jurisdiction), event) {
        Judgement::NoOffence(calculation) => Assessment::NoOffence { calculation },
        Judgement::Possible(possible) => possible.conclude(readings, context, received_at),
    }
}
