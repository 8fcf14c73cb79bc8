//! How a case came to be. A closed list: whoever makes a case of something new adds it here.

use schemas::delivery::PartitionKey;
use schemas::evidence::Sha256Digest;
use schemas::ids::{DecisionId, EventId, EventSource, ManualCheckId, ObjectionId, ViolationId};
use serde_json::{Value, json};

/// Where a case comes from, with everything that leads back there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseOrigin {
    /// One sighting of a camera.
    Stream(SignedRecord),
    /// Two sightings, at the ends of a section.
    Section {
        /// At the entry.
        entry: SignedRecord,
        /// At the exit.
        exit: SignedRecord,
    },
    /// A person corrected a doubtful sighting.
    Correction {
        /// The sighting.
        manual_check: ManualCheckId,
        /// What the person decided.
        decision: DecisionId,
    },
    /// A violation that is issued anew, to who held the vehicle.
    Reissue {
        /// The violation as it was.
        violation: ViolationId,
        /// The objection that showed it.
        objection: ObjectionId,
    },
    /// An officer's form.
    Unit {
        /// Who filled it in.
        operator: String,
        /// Its number.
        form: String,
    },
}

/// A record of the stream as it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedRecord {
    /// The partition.
    pub partition: PartitionKey,
    /// The record's offset.
    pub offset: i64,
    /// Who made the event's id.
    pub source: EventSource,
    /// The event's id.
    pub id: EventId,
    /// Over the value as signed; the evidence store holds the bytes under it.
    pub sha256: Sha256Digest,
    /// Length of the value.
    pub size_bytes: u64,
    /// Header `rasid-signature`: key id and signature.
    pub signature: String,
}

impl CaseOrigin {
    /// Name in rows.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Stream(_) => "stream",
            Self::Section { .. } => "section",
            Self::Correction { .. } => "correction",
            Self::Reissue { .. } => "reissue",
            Self::Unit { .. } => "unit",
        }
    }

    /// The signed records behind the case, each with the name of its part.
    #[must_use]
    pub fn records(&self) -> Vec<(&'static str, &SignedRecord)> {
        match self {
            Self::Stream(record) => vec![("whole", record)],
            Self::Section { entry, exit } => vec![("entry", entry), ("exit", exit)],
            Self::Correction { .. } | Self::Reissue { .. } | Self::Unit { .. } => Vec::new(),
        }
    }

    /// What stands in the first link of the case's chain.
    #[must_use]
    pub fn canonical_value(&self) -> Value {
        match self {
            Self::Stream(record) => json!({ "kind": self.label(), "record": record.canonical_value() }),
            Self::Section { entry, exit } => json!({
                "kind": self.label(),
                "entry": entry.canonical_value(),
                "exit": exit.canonical_value(),
            }),
            Self::Correction { manual_check, decision } => json!({
                "kind": self.label(),
                "manual_check": manual_check.to_string(),
                "decision": decision.to_string(),
            }),
            Self::Reissue { violation, objection } => json!({
                "kind": self.label(),
                "violation": violation.to_string(),
                "objection": objection.to_string(),
            }),
            Self::Unit { operator, form } => {
                json!({ "kind": self.label(), "operator": operator, "form": form })
            }
        }
    }
}

impl SignedRecord {
    fn canonical_value(&self) -> Value {
        let Self { partition, offset, source, id, sha256, size_bytes, signature } = self;
        json!({
            "cluster_id": &*partition.cluster,
            "topic": &*partition.topic,
            "partition": partition.partition,
            "record_offset": offset,
            "event_source": source.as_str(),
            "event_id": id.as_str(),
            "event_sha256": sha256.to_string(),
            "event_size_bytes": size_bytes,
            "signature": signature,
        })
    }
}
