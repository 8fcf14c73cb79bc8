//! JSON in and out. A handler extracts, authorises, calls one function of its feature, and maps the answer.

pub mod decision_texts;
pub mod decisions;
pub mod files_in;
mod frame_body;
pub mod idempotency;
pub mod objections;
pub mod objections_in;
pub mod objections_out;
pub mod pictures;
pub mod reviews;
pub mod reviews_out;
pub mod violations;
