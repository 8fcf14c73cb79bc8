//! The machine's first look at an objection.
//!
//! [`suggest::suggest`] is the one decision, and pure. It looks for the citizen's best ground whatever was claimed; it
//! may cancel or reduce in the citizen's favour, refuse a closed list of form defects, ask for a document, or hand the
//! case to a human. A refusal on the merits is not among its answers, and nothing here makes one of them.
//! What it may look at is a closed list, [`schemas::triage::FeatureName`]; `features` names every field of the input,
//! so that nothing can be looked at and not be listed.

pub mod suggest;

mod explain;
mod favour;
mod features;
mod form;
mod support;

#[cfg(test)]
mod every_ground_tests;
#[cfg(test)]
mod suggest_tests;

use crate::facts::ViolationFacts;
use crate::policy::Policies;
use crate::policy::calendar::HolidayCalendar;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use schemas::evidence::Sha256Digest;
use schemas::ground_table::GroundTable;
use schemas::jurisdiction::Jurisdiction;
use schemas::objection::GroundCode;
use schemas::offence::OffenceKind;
use std::collections::BTreeSet;

/// Two violations of the same act of the same vehicle at the same site closer together than this are one act for an
/// objection. Wider than the stream half's own window, which only holds what two cameras see at once.
pub const SAME_ACT_WITHIN_SECONDS: i64 = 120;

/// What triage looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriageInput {
    /// The objection.
    pub objection: ObjectionFacts,
    /// The violations that wait for an answer, in the citizen's order.
    pub violations: Vec<ViolationFacts>,
}

/// What an objection says, as far as triage may know it: neither the story nor who wrote it in which language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectionFacts {
    /// Whose law applies.
    pub jurisdiction: Jurisdiction,
    /// When it was filed.
    pub filed_at: DateTime<Utc>,
    /// What the citizen claims.
    pub grounds: BTreeSet<GroundCode>,
    /// Digests of attachments and numbers of documents.
    pub evidence: BTreeSet<String>,
    /// Whether the citizen gave a reason for lateness.
    pub lateness_reason_given: bool,
    /// Whether the citizen asked for a human.
    pub human_asked: bool,
    /// Whether a document was asked for before.
    pub document_asked_before: bool,
    /// Civil days on which no objection could be filed, by the log of outages.
    pub outage_days: BTreeSet<NaiveDate>,
}

/// The rules that triage goes by, of one country.
#[derive(Debug, Clone, Copy)]
pub struct TriageRules<'p> {
    /// Tolerances, tariffs, deadlines and words.
    policies: &'p Policies,
    /// Grounds, documents and points of form.
    grounds: &'static GroundTable,
    jurisdiction: Jurisdiction,
}

impl<'p> TriageRules<'p> {
    /// The rules of `jurisdiction`.
    #[must_use]
    pub fn of(policies: &'p Policies, jurisdiction: Jurisdiction) -> Self {
        Self { policies, grounds: GroundTable::of(jurisdiction), jurisdiction }
    }

    /// Of everything that the answer depends on beside the input.
    #[must_use]
    pub fn sha256(&self) -> Sha256Digest {
        let Self { policies, grounds, jurisdiction } = self;
        let parts = [
            policies.of(*jurisdiction).rule_table_sha256().to_string(),
            grounds.sha256().to_string(),
            SAME_ACT_WITHIN_SECONDS.to_string(),
            HolidayCalendar::of(*jurisdiction).sha256().to_string(),
        ];
        Sha256Digest::of(format!("rasid.triage.v2\n{jurisdiction}\n{}\n", parts.join("\n")).as_bytes())
    }

    const fn policy(&self) -> &'p crate::policy::Policy {
        self.policies.of(self.jurisdiction)
    }

    const fn grounds(&self) -> &'static GroundTable {
        self.grounds
    }
}

/// The clock's tolerance for an act, milliseconds.
fn clock_tolerance(rules: &TriageRules<'_>, act: OffenceKind) -> i64 {
    let tolerance = rules.policy().clock().tolerance_milliseconds(act.clock());
    i64::try_from(tolerance).unwrap_or(i64::MAX)
}

/// How long after a change a sign counts as just changed.
const fn sign_grace(rules: &TriageRules<'_>) -> TimeDelta {
    rules.policy().sign_change_grace()
}
