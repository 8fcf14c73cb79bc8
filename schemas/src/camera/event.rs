//! What one camera saw of one vehicle, normalised from whatever the vendor sends.

pub use crate::picture::frame_role::FrameRole;

use crate::evidence::Sha256Digest;
use crate::ids::{CameraId, EventId, EventSource, SiteId};
use crate::picture::frame::PixelBox;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use std::fmt;

pub use crate::act::{
    NotUnderstood, SPEED_KMH_MAX, Section, SectionAct, SeenAct, Signal, SignalPhase, SpeedAct, SpeedError,
    SpeedKmh,
};
pub use crate::offence::Act;

/// Bytes that all inline frames of one event may have together.
pub const INLINE_FRAME_BYTES_MAX: usize = 900_000;
/// Frames of one event.
pub const FRAMES_MAX: usize = 16;

/// One sighting.
#[derive(Debug, Clone)]
pub struct CameraEvent {
    /// Unique together with `source`.
    pub id: EventId,
    /// Who made the id.
    pub source: EventSource,
    /// The camera.
    pub camera: CameraId,
    /// The place it watches.
    pub site: SiteId,
    /// Lane as the camera counts it, 1 = nearest to the kerb.
    pub lane: Option<u32>,
    /// The vendor's running number, for gap detection.
    pub vendor_sequence: Option<u64>,
    /// When it was captured.
    pub captured_at: CapturedAt,
    /// State of the camera's clock.
    pub clock: Option<CameraClock>,
    /// When the gateway took it in.
    pub received_at: Option<DateTime<Utc>>,
    /// Live, or history played back.
    pub origin: Origin,
    /// What was done, with all that the camera states of it.
    pub act: Act,
    /// What the camera itself read.
    pub vendor_plate: Option<VendorPlateRead>,
    /// What the camera says of the vehicle.
    pub vehicle: Option<Vehicle>,
    /// Scores from 0 to 1 for belt and phone.
    pub occupants: OccupantFlags,
    /// The pictures, 1 to [`FRAMES_MAX`].
    pub frames: Vec<FrameReference>,
    /// Version of the adapter that normalised the event.
    pub adapter_version: String,
}

/// When an event was captured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CapturedAt {
    /// An instant of which the zone is known.
    Known {
        /// The instant, nanosecond resolution.
        instant: DateTime<Utc>,
        /// The vendor's own text.
        raw: String,
        /// Why the zone is known.
        basis: ZoneBasis,
    },
    /// A local time of an unknown zone: never guessed, a person looks.
    ZoneUnknown {
        /// The vendor's own text.
        raw: String,
    },
}

impl CapturedAt {
    /// The instant, if it is known.
    #[must_use]
    pub const fn instant(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Known { instant, .. } => Some(*instant),
            Self::ZoneUnknown { .. } => None,
        }
    }
}

/// Why a time's zone is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneBasis {
    /// The text carried an offset.
    Explicit,
    /// The zone was configured for the camera.
    Configured,
}

/// State of the camera's clock at capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraClock {
    /// Camera minus reference, milliseconds.
    pub offset_milliseconds: i64,
    /// Last synchronisation.
    pub synchronised_at: Option<DateTime<Utc>>,
    /// NTP server, GPS and so on.
    pub source: String,
}

/// Live, or history played back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// As it happened.
    Live,
    /// Played back from the camera's memory.
    Replay,
}

/// What the camera itself read; kept, never relied upon.
#[derive(Debug, Clone, PartialEq)]
pub struct VendorPlateRead {
    /// As sent.
    pub text: String,
    /// 0 to 1, or `None` when the vendor's scale is unknown.
    pub confidence: Option<f64>,
    /// As sent.
    pub country: String,
}

/// What the camera says of the vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vehicle {
    /// As sent.
    pub class: String,
    /// As sent.
    pub colour: String,
    /// As sent.
    pub make: String,
    /// Where it stands in the first frame.
    pub position: Option<PixelBox>,
}

/// Scores from 0 to 1; advice only.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct OccupantFlags {
    /// No seat belt.
    pub seat_belt_missing: Option<f64>,
    /// A telephone in the hand.
    pub handheld_phone: Option<f64>,
}

/// One picture of an event.
#[derive(Debug, Clone)]
pub struct FrameReference {
    /// What it shows.
    pub role: FrameRole,
    /// Of the original bytes.
    pub sha256: Sha256Digest,
    /// `image/jpeg` or `image/png`.
    pub media_type: String,
    /// As the camera states them, pixels.
    pub stated_size: Option<(u32, u32)>,
    /// When it was taken.
    pub taken_at: Option<DateTime<Utc>>,
    /// The vehicle in question, where the camera knows it.
    pub vehicle: Option<PixelBox>,
    /// Length of the original bytes.
    pub size_bytes: u64,
    /// Where the bytes are.
    pub content: FrameContent,
}

/// Where a frame's bytes are.
#[derive(Clone)]
pub enum FrameContent {
    /// In the event.
    Inline(Bytes),
    /// In the evidence store, under their digest.
    ClaimCheck,
}

impl fmt::Debug for FrameContent {
    /// Says the length; a picture never reaches a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline(bytes) => write!(formatter, "Inline({} bytes)", bytes.len()),
            Self::ClaimCheck => formatter.write_str("ClaimCheck"),
        }
    }
}
