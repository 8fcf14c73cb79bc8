//! Cases: what is recorded of a sighting, what a citizen objects and who decides. All SQL is here.
//!
//! It does: write and read every table, in rooms that build on each other in this order: [`foundation`], [`case`], then
//! [`stream`], [`registry`], [`facts`], [`import`], [`access`], then [`objection`], [`triage`], [`review`],
//! [`decision`] and, for the doors of the house, [`desk`]. A room uses rooms before it and none after.
//!
//! It does not: know Kafka, models, HTTP or the evidence store's disk; root hands it what other crates made and fills
//! the traits by which it reaches outside. Law is in [`rules`], pure.
//!
//! Each table has one room that writes it:
//!
//! | tables | room |
//! |---|---|
//! | `case_head`, `case_chain` | [`foundation::chain`] |
//! | `chain_checkpoint`, `chain_checkpoint_leaf` | [`foundation::checkpoint`] |
//! | `audit_event` | [`foundation::audit`] |
//! | `outbox` | [`foundation::outbox`] |
//! | `idempotency_record` | [`foundation::idempotency`] |
//! | `stream_position` | [`stream::position`] |
//! | `case_origin_*`, `violation`, `violation_reference`, `manual_check`, `assessment_record`, `rule_table`, `evidence_*`, `violation_effect` | [`case`] |
//! | `event_identity`, `act`, `frame_use`, `dead_letter` | [`stream::settle`] |
//! | `site`, `camera`, `camera_site`, `camera_key`, `calibration_certificate`, `sign_state` | [`registry`] |
//! | `ownership_interval`, `signal_log`, `payment`, `notice_service`, `service_outage` | [`facts`] |
//! | `subject`, `api_key`, `web_session`, `citizen_session` | [`access`] |
//! | `objection*`, `attachment` | [`objection`] |
//! | `triage`, `triage_answer` | [`triage`] |
//! | `review_task` (opened by [`case`]), `frame_view` | [`review`] |
//! | `decision`, `decision_verdict` | [`decision`] |

pub mod foundation;

pub mod case;

pub mod access;
pub mod facts;
pub mod import;
pub mod registry;
pub mod stream;

pub mod objection;

pub mod triage;

pub mod review;

pub mod decision;

pub mod desk;

#[cfg(feature = "testing")]
pub mod testing;
