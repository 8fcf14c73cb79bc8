//! Points of form: what may be wrong with an objection whoever is right.

use super::favour::covers;
use super::{ObjectionFacts, TriageRules, explain};
use crate::facts::{PriorDecision, ViolationFacts};
use crate::policy::calendar::HolidayCalendar;
use crate::quote::held_days;
use chrono::{Days, NaiveDate};
use schemas::objection::FormDefect;
use schemas::text::BilingualText;
use schemas::triage::{DocumentKind, Finding, RefusableDefect};
use std::collections::BTreeSet;

/// One point of form, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FormCheck {
    pub(super) defect: FormDefect,
    pub(super) finding: Finding,
    pub(super) text: BilingualText,
}

/// The points on which a machine may refuse, in the order in which they are named to the citizen.
pub(super) fn checks(
    objection: &ObjectionFacts,
    facts: &ViolationFacts,
    rules: &TriageRules<'_>,
    deadline: NaiveDate,
) -> Vec<(RefusableDefect, FormCheck)> {
    let findings = [
        (RefusableDefect::NotAParty, party(facts)),
        (RefusableDefect::AlreadyDecided, decided(objection, facts)),
        (RefusableDefect::Late, late(objection, facts, rules, deadline)),
        (RefusableDefect::AlreadyPaid, paid(facts, rules)),
    ];
    let check = |(refusable, finding): (RefusableDefect, Finding)| {
        let defect = refusable.defect();
        let text = explain::form(defect, finding, rules.grounds(), deadline);
        (refusable, FormCheck { defect, finding, text })
    };
    findings.into_iter().map(check).collect()
}

/// Whether another objection to the violation must end first. It is no reason to refuse.
pub(super) fn another_live(
    facts: &ViolationFacts,
    rules: &TriageRules<'_>,
    deadline: NaiveDate,
) -> FormCheck {
    let finding = if facts.other_objections_live > 0 { Finding::Defect } else { Finding::InOrder };
    let defect = FormDefect::AnotherLive;
    FormCheck { defect, finding, text: explain::form(defect, finding, rules.grounds(), deadline) }
}

/// The documents of which one is due for; empty when none is needed or one is there.
pub(super) fn missing_documents(objection: &ObjectionFacts, rules: &TriageRules<'_>) -> Vec<DocumentKind> {
    if !objection.evidence.is_empty() {
        return Vec::new();
    }
    let needed = objection.grounds.iter().map(|code| rules.grounds().ground(*code));
    let kinds = needed.filter(|entry| entry.document_needed).flat_map(|entry| &entry.documents);
    kinds.copied().collect::<BTreeSet<_>>().into_iter().collect()
}

/// The last civil day for an objection: from registration, or from service where that came later; longer by the days
/// on which nobody could file and those on which the clock stood still; never ending on a day of rest.
pub(super) fn deadline(
    objection: &ObjectionFacts,
    facts: &ViolationFacts,
    rules: &TriageRules<'_>,
) -> NaiveDate {
    let limit = &rules.policy().deadlines().objection;
    let started = facts.served_at.map_or(facts.recorded_at, |served| served.max(facts.recorded_at));
    let zone = objection.jurisdiction.time_zone();
    let first = started.with_timezone(&zone).date_naive();
    let held = Days::new(held_days(facts.clock_held_seconds));
    let mut last = limit.last_day(started).checked_add_days(held).unwrap_or(NaiveDate::MAX);
    // Days that are added may hold outages themselves.
    let mut lost = objection.outage_days.range(first..=last).count();
    let mut added = 0;
    while added < lost {
        last = last.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        added += 1;
        lost = objection.outage_days.range(first..=last).count();
    }
    HolidayCalendar::of(objection.jurisdiction).working_day_from(last, &objection.rest_days)
}

/// Whether one earlier decision by a human heard all these grounds and saw all this evidence.
pub(super) fn same_decided_before(objection: &ObjectionFacts, facts: &ViolationFacts) -> bool {
    let heard = |prior: &PriorDecision| {
        objection.grounds.is_subset(&prior.grounds) && objection.evidence.is_subset(&prior.evidence)
    };
    facts.decided_before.iter().any(heard)
}

fn party(facts: &ViolationFacts) -> Finding {
    match facts.ownership.party_known {
        Some(true) => Finding::InOrder,
        Some(false) => Finding::Defect,
        None => Finding::FactMissing,
    }
}

fn decided(objection: &ObjectionFacts, facts: &ViolationFacts) -> Finding {
    if facts.cancelled || same_decided_before(objection, facts) { Finding::Defect } else { Finding::InOrder }
}

/// Late is a defect only where the time limit has a source and it is on file that the holder was told, and only as long as
/// no reason was given: who was never told is never late, and a reason is for a human to weigh.
fn late(
    objection: &ObjectionFacts,
    facts: &ViolationFacts,
    rules: &TriageRules<'_>,
    deadline: NaiveDate,
) -> Finding {
    let filed = objection.filed_at.with_timezone(&objection.jurisdiction.time_zone()).date_naive();
    let refuses = rules.policy().deadlines().objection.supports_refusal() && facts.served_at.is_some();
    match (filed > deadline, refuses, objection.lateness_reason_given) {
        (false, _, _) => Finding::InOrder,
        (true, true, false) => Finding::Defect,
        (true, _, _) => Finding::FactMissing,
    }
}

fn paid(facts: &ViolationFacts, rules: &TriageRules<'_>) -> Finding {
    let paid = facts.paid.is_some_and(|paid| covers(paid, facts.amount_due));
    if paid && rules.grounds().paid_closes_objection() { Finding::Defect } else { Finding::InOrder }
}
