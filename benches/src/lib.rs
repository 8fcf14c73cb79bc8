//! Measurements of the whole against a bare baseline on the same machine: rates, their ratio, and CPU time.
//!
//! - `record`: recording violations against `COPY` of the same rows.
//!   `cargo run --release -p benches --features testing --bin record [ROUNDS [RUNS]]`
//! - `stream`: the whole stream half against the bare loop 'decode, locate, read'.
//!   `cargo run --release -p benches --bin stream [ROUNDS [REPETITIONS]]`
//!
//! Each starts services of its own, durable as in the demo, alternates baseline and measured code over several
//! rounds, and prints every round and the median. A ratio is one of figures taken side by side on one machine; the
//! rates alone say little about another. Nothing here is a test: what must hold is asserted in the tests.

pub mod arguments;
pub mod cpu;
pub mod figures;
pub mod machine;
