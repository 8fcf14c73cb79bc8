//! What is on file about a violation when an objection is looked at.
//!
//! Facts come from imports and from the stream half's own rows. A fact that is missing is said to be missing, never
//! filled in. Nothing in these types names a person: who holds a vehicle is compared in [`ownership`], and only the
//! outcome of the comparison goes on to triage.

pub mod ownership;
pub mod tariff;

mod interval;

use chrono::{DateTime, Utc};
use ownership::OwnershipComparison;
use schemas::camera_event::SpeedKmh;
use schemas::ids::{ObjectionId, ViolationId};
use schemas::jurisdiction::Jurisdiction;
use schemas::money::Money;
use schemas::objection::GroundCode;
use schemas::offence::OffenceKind;
use std::collections::BTreeSet;
use tariff::TariffRerun;

pub use interval::Interval;

/// Everything on file about one violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViolationFacts {
    /// The violation.
    pub violation: ViolationId,
    /// Whose law applies.
    pub jurisdiction: Jurisdiction,
    /// What was done.
    pub act: OffenceKind,
    /// When it was done.
    pub captured_at: DateTime<Utc>,
    /// When it was registered.
    pub recorded_at: DateTime<Utc>,
    /// What is due at present.
    pub amount_due: Money,
    /// Whether nothing is due any more.
    pub cancelled: bool,
    /// Camera clock minus reference at capture, milliseconds; `None` when the camera did not say.
    pub clock_offset_milliseconds: Option<i64>,
    /// All certificates of the instrument, as intervals.
    pub certificates: Vec<Interval>,
    /// What the sign showed.
    pub sign: SignFacts,
    /// The limit that the camera enforced; `None` for acts without one.
    pub limit_enforced: Option<SpeedKmh>,
    /// The log of the light at capture; `None` when it does not cover the capture.
    pub signal: Option<SignalFact>,
    /// Violations of the same act of the same vehicle that were registered before and still stand.
    pub earlier_same_acts: u32,
    /// Who held the vehicle.
    pub ownership: OwnershipComparison,
    /// The tariff, run again.
    pub tariff: TariffRerun,
    /// What was paid in all, by the ledger; `None` when it shows no payment.
    pub paid: Option<Money>,
    /// First service of the notice, by the log.
    pub served_at: Option<DateTime<Utc>>,
    /// What humans decided on this violation before.
    pub decided_before: Vec<PriorDecision>,
    /// Earlier objections to this violation that are still open.
    pub other_objections_live: u32,
    /// For so many seconds the clock stood still in earlier objections, while documents were awaited.
    pub clock_held_seconds: u64,
}

/// What a site's sign showed at capture and just before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SignFacts {
    /// What it showed at capture, and since when; `None` when no state is on file.
    pub at_capture: Option<SignReading>,
    /// What it showed until then; `None` when no earlier state is on file.
    pub before: Option<SignReading>,
}

/// One state of a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignReading {
    /// Since when.
    pub since: DateTime<Utc>,
    /// Whether drivers saw it as meant.
    pub in_order: bool,
    /// The limit that it showed.
    pub limit: Option<SpeedKmh>,
}

/// What the controller of a light logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalFact {
    /// Which light.
    pub phase: LoggedPhase,
    /// Length of the amber before, milliseconds.
    pub amber_milliseconds: Option<u32>,
    /// Whether the controller reported a fault.
    pub controller_fault: bool,
}

schemas::closed_list! {
    /// A phase in the log of a light; the names stand in rows and imports.
    pub enum LoggedPhase {
        /// Green.
        Green = "green",
        /// Amber.
        Amber = "amber",
        /// Red.
        Red = "red",
        /// No light at all.
        Dark = "dark",
    }
}

/// A human's decision on an earlier objection to the same violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriorDecision {
    /// The earlier objection.
    pub objection: ObjectionId,
    /// Its grounds.
    pub grounds: BTreeSet<GroundCode>,
    /// Digests of its attachments, and numbers of documents that it named.
    pub evidence: BTreeSet<String>,
}
