//! Whether instrument, clock, sign and place were in order at the instant of capture, never at the instant of issue.

use crate::explain;
use crate::policy::Policy;
use crate::registry::{
    CameraKind, CaptureContext, CertificateValidity, SignAtCapture, SignCondition, SiteOfEvent,
    StateAtCapture,
};
use chrono::{DateTime, TimeDelta, Utc};
use schemas::assessment::{CalculationStep, ManualCheckReason};
use schemas::camera_event::{CameraEvent, Origin, SpeedAct};
use std::collections::BTreeSet;

/// What speaks against the circumstances, and what was found in order.
#[derive(Debug, Default)]
pub(crate) struct CaptureFinding {
    pub(crate) steps: Vec<CalculationStep>,
    pub(crate) doubts: BTreeSet<ManualCheckReason>,
}

/// Asks everything about the circumstances of a capture.
pub(crate) fn judge(
    policy: &Policy,
    event: &CameraEvent,
    context: &CaptureContext,
    received_at: DateTime<Utc>,
) -> CaptureFinding {
    let mut finding = CaptureFinding::default();
    match (&context.site, event.origin) {
        (SiteOfEvent::OfCamera(_), Origin::Live) => {}
        (SiteOfEvent::OfCamera(_), Origin::Replay) => finding.doubt(ManualCheckReason::ReplayedHistory),
        (SiteOfEvent::NotOfCamera, Origin::Live) => finding.doubt(ManualCheckReason::SiteMismatch),
        (SiteOfEvent::NotOfCamera, Origin::Replay) => {
            finding.doubt(ManualCheckReason::SiteMismatch);
            finding.doubt(ManualCheckReason::ReplayedHistory);
        }
    }
    let fits = |kind: CameraKind| event.act.kind().is_none_or(|act| kind.records(act));
    if !context.camera_kind.is_none_or(fits) {
        finding.doubt(ManualCheckReason::CameraKindUnfit);
    }
    let tolerance = policy.clock().tolerance_milliseconds(event.act.clock());
    match event.captured_at.instant() {
        Some(instant) => {
            finding.time(policy, instant, received_at, tolerance);
            finding.clock(policy, event, instant, tolerance);
        }
        None => finding.doubt(ManualCheckReason::TimeZoneUnknown),
    }
    if let (Some(instant), Some(standing)) = (event.captured_at.instant(), &context.at_capture) {
        finding.certificates(standing);
        if let Some(act) = event.act.speed() {
            finding.sign(policy, act, standing.sign, instant);
        }
    }
    finding
}

impl CaptureFinding {
    fn doubt(&mut self, reason: ManualCheckReason) {
        self.doubts.insert(reason);
    }

    /// A capture cannot lie in the future, beyond what the clock may be off, nor long in the past.
    fn time(&mut self, policy: &Policy, instant: DateTime<Utc>, received: DateTime<Utc>, tolerance: u64) {
        let ahead = TimeDelta::milliseconds(i64::try_from(tolerance).unwrap_or(i64::MAX));
        let age = received.signed_duration_since(instant);
        if age < -ahead || age > policy.plausible_age() {
            self.doubt(ManualCheckReason::CaptureTimeImplausible);
        }
    }

    /// An offset that was measured too long ago says nothing about now.
    fn clock(&mut self, policy: &Policy, event: &CameraEvent, instant: DateTime<Utc>, tolerance: u64) {
        let Some(clock) = &event.clock else {
            return self.doubt(ManualCheckReason::ClockUnknown);
        };
        let offset = clock.offset_milliseconds.unsigned_abs();
        let stale = clock.synchronised_at.is_some_and(|synchronised| {
            instant.signed_duration_since(synchronised) > policy.clock().synchronised_within
        });
        if offset > tolerance {
            self.doubt(ManualCheckReason::ClockOffset);
        }
        if stale {
            self.doubt(ManualCheckReason::ClockUnknown);
        }
        if offset <= tolerance && !stale {
            self.steps.push(explain::clock(offset, tolerance));
        }
    }

    fn certificates(&mut self, standing: &StateAtCapture) {
        self.certificate(&standing.certificate, "gate.certificate");
        if let Some(distance) = &standing.distance_certificate {
            self.certificate(distance, "gate.distance_certificate");
        }
    }

    fn certificate(&mut self, standing: &CertificateValidity, rule: &str) {
        match standing {
            CertificateValidity::InForce(certificate) => {
                self.steps.push(explain::certificate(certificate, rule));
            }
            CertificateValidity::NotInForce => self.doubt(ManualCheckReason::CertificateExpired),
            CertificateValidity::Missing => self.doubt(ManualCheckReason::CertificateMissing),
        }
    }

    fn sign(&mut self, policy: &Policy, act: &SpeedAct, standing: SignAtCapture, instant: DateTime<Utc>) {
        let SignAtCapture::Known { condition, since } = standing else {
            return self.doubt(ManualCheckReason::SignStateUnknown);
        };
        match condition {
            SignCondition::Out | SignCondition::Hidden => self.doubt(ManualCheckReason::SignOut),
            SignCondition::InOrder { limit } => {
                let just_changed = instant.signed_duration_since(since) < policy.sign_change_grace();
                if limit == act.limit && !just_changed {
                    self.steps.push(explain::sign(limit));
                } else {
                    self.doubt(ManualCheckReason::SignLimitDiffers);
                }
            }
        }
    }
}
