//! Conversions between the generated Protobuf types and the domain; nothing outside sees a generated type.
//!
//! **Versioning.** One folder under `proto/` is one version. Within a version fields are added, never renumbered,
//! reused or given another meaning; a reader skips fields it does not know. A new meaning is a new package
//! (`rasid.camera.v2`) with its own `ce_type`, read beside the old one. Records of every version must parse for
//! ever: `tests/wire_compat.rs` holds one of each.

/// Generated from `proto/rasid/camera/v1`.
#[allow(missing_docs, unreachable_pub, clippy::doc_markdown, dead_code, reason = "generated code")]
pub(crate) mod camera_v1 {
    include!(concat!(env!("OUT_DIR"), "/rasid.camera.v1.rs"));
}

/// Generated from `proto/rasid/violations/v1`.
#[allow(missing_docs, unreachable_pub, clippy::doc_markdown, dead_code, reason = "generated code")]
pub(crate) mod violations_v1 {
    include!(concat!(env!("OUT_DIR"), "/rasid.violations.v1.rs"));
}

/// Generated from `proto/rasid/decisions/v1`.
#[allow(missing_docs, unreachable_pub, clippy::doc_markdown, dead_code, reason = "generated code")]
pub(crate) mod decisions_v1 {
    include!(concat!(env!("OUT_DIR"), "/rasid.decisions.v1.rs"));
}

pub mod cloud_event;
pub mod signature;

pub mod camera_event_v1;
pub mod decision_v1;
pub mod violation_v1;

/// `ce_type` of a camera event, and the domain-separation text of its signature's version.
pub const CAMERA_EVENT_TYPE: &str = "rasid.camera.v1.CameraEvent";
/// `ce_type` of a published violation.
pub const VIOLATION_TYPE: &str = "rasid.violations.v1.ViolationIssued";
/// `ce_type` of a published decision.
pub const DECISION_TYPE: &str = "rasid.decisions.v1.DecisionMade";
/// `content-type` of everything above.
pub const CONTENT_TYPE: &str = "application/protobuf";
/// The W3C trace context header, handed on as it came.
pub const TRACEPARENT_HEADER: &str = "traceparent";

/// A wire timestamp.
pub(crate) fn timestamp(instant: chrono::DateTime<chrono::Utc>) -> prost_types::Timestamp {
    // A leap second has nanoseconds beyond 1e9 in chrono; Protobuf has no such thing.
    let nanos = i32::try_from(instant.timestamp_subsec_nanos().min(999_999_999)).unwrap_or_default();
    prost_types::Timestamp { seconds: instant.timestamp(), nanos }
}
