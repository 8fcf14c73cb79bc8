//! Cases: what the rules make of a sighting, what is recorded of it, what a citizen objects and who decides.
//!
//! This crate holds all SQL. It knows neither Kafka nor models nor the evidence store: root hands it what the other
//! crates made, and fills the traits by which it reaches the outside ([`outbox::OutboxPublisher`]). Decisions are pure
//! functions; I/O stands around them.
//!
//! Each table has one module that writes it:
//!
//! | tables | module |
//! |---|---|
//! | `stream_position` | [`position`] |
//! | `event_identity`, `act`, `violation`, `violation_reference`, `manual_check`, `evidence_*`, `dead_letter` | [`settle`] |
//! | `case_head`, `case_chain` | [`chain`] |
//! | `ownership_interval`, `signal_log`, `payment`, `notice_service`, `service_outage` | [`facts`] |
//! | `objection*`, `attachment` | [`objection`] |
//! | `triage`, `triage_answer` | [`triage`] |
//! | `review_task` (manual checks by a trigger of their insert), `frame_view` | [`review`] |
//! | `decision`, `decision_verdict` | [`decision`] |
//! | `audit_event` | [`audit`] |
//! | `outbox` | [`outbox`] |
//! | `site`, `camera`, `camera_site`, `camera_key`, `calibration_certificate`, `sign_state` | [`registry`] |
//! | `api_key`, `web_session`, `citizen_session` | [`access`] |
//! | `idempotency_record` | [`http::idempotency`] |

pub mod config;
pub mod db;

pub mod import;
pub mod registry;
pub mod violation;

pub mod canonical;
pub mod cases;
pub mod chain;
pub mod manifest;
pub mod position;
pub mod settle;

pub mod facts;

pub mod objection;
pub mod triage;

pub mod review;

pub mod decision;

pub mod service_metrics;

pub mod audit;
pub mod jobs;
pub mod metrics;
pub mod outbox;
pub mod record_report;
pub mod report;

pub mod access;
pub mod http;
pub mod web;

#[cfg(feature = "testing")]
pub mod testing;
