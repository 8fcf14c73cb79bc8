//! What the demo counts at its end, read from Kafka and PostgreSQL, never from the sender's memory.

use super::photographs::PhotographTotals;
use crate::replay::ReplayTotals;
use serde::Serialize;

/// The last line of `rasid demo --json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Totals {
    /// Records in the topic: sum over partitions of log end minus log start.
    pub events_published: i64,
    /// Sum of the outcome counters.
    pub events_settled: i64,
    /// The counters themselves.
    pub outcomes: OutcomeTotals,
    /// Objections by answer.
    pub objections: ObjectionTotals,
    /// Published, but neither settled nor skipped. Must be 0.
    pub lost: i64,
    /// Effects beyond one for each act. Must be 0.
    pub doubled: i64,
    /// Every assessment and answer of the machine, repeated from stored data. None may differ.
    pub replay: ReplayTotals,
    /// Reads against labels; only with `--photos`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photographs: Option<PhotographTotals>,
    /// Since process start.
    pub seconds: Seconds,
}

/// Events by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names are those of schemas::outcome::Outcome")]
pub struct OutcomeTotals {
    pub violation: i64,
    pub manual_check: i64,
    pub no_offence: i64,
    pub duplicate: i64,
    pub dead_letter: i64,
}

impl OutcomeTotals {
    /// All of them together.
    #[must_use]
    pub const fn sum(self) -> i64 {
        self.violation + self.manual_check + self.no_offence + self.duplicate + self.dead_letter
    }
}

/// Objections by answer; `filed` is the sum of the answers below it but the last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ObjectionTotals {
    /// All that have an answer or wait for a person.
    pub filed: i64,
    /// Cancelled by the machine, in the citizen's favour.
    pub cancelled_by_machine: i64,
    /// Reduced by the machine, in the citizen's favour.
    pub reduced_by_machine: i64,
    /// Refused for a defect of form.
    pub refused_on_form: i64,
    /// Waiting for a document.
    pub awaiting_document: i64,
    /// In the human queue.
    pub to_human: i64,
    /// Decisions that a person made through the API.
    pub decided_by_human: i64,
}

impl ObjectionTotals {
    /// Answers given and objections queued.
    #[must_use]
    pub const fn answered(self) -> i64 {
        self.cancelled_by_machine
            + self.reduced_by_machine
            + self.refused_on_form
            + self.awaiting_document
            + self.to_human
    }
}

/// Times since process start, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Seconds {
    /// Until the local runtime was there.
    pub fetch: f64,
    /// Until Kafka, PostgreSQL and both halves ran.
    pub start: f64,
    /// Until the first violation was in the database.
    pub first_violation: f64,
    /// Until every event and objection had its answer.
    pub settled: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_line_has_the_promised_keys() {
        let json = serde_json::to_value(Totals::default()).unwrap();
        for key in
            ["events_published", "events_settled", "outcomes", "objections", "lost", "doubled", "seconds"]
        {
            assert!(json.get(key).is_some(), "{key}");
        }
        for key in ["violation", "manual_check", "no_offence", "duplicate", "dead_letter"] {
            assert!(json["outcomes"].get(key).is_some(), "{key}");
        }
        for key in ["fetch", "start", "first_violation", "settled"] {
            assert!(json["seconds"].get(key).is_some(), "{key}");
        }
    }
}
