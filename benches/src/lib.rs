//! Measurements of the whole against a bare baseline on the same machine: rates, their ratio, and CPU time.
//!
//! - `decode`: JPEG bytes to what is needed to find and read a plate, against bare decoding by `image`.
//!   `cargo run --release -p benches --bin decode [ROUNDS]`
//! - `queue`: the reviewers' queue against its bare statements in pgbench, under 500 reviewers, and by its depth.
//!   `cargo run --release -p benches --features testing --bin queue [ROUNDS [CYCLES [TASKS [SECONDS [PAIRS]]]]]`
//! - `record`: recording violations against `COPY` of the same rows.
//!   `cargo run --release -p benches --features testing --bin record [ROUNDS [RUNS]]`
//! - `read_speed`: finding and reading a plate against the nets that fast-alpr ships.
//!   `cargo run --release -p benches --bin read_speed [ROUNDS]`
//! - `stream`: the whole stream half against the bare loop 'decode, locate, read'.
//!   `cargo run --release -p benches --bin stream [ROUNDS [REPETITIONS]]`
//!
//! `queue`, `record` and `stream` start services of their own, durable as in the demo. Each alternates baseline and measured
//! code over several rounds, and prints every round and the median. A ratio is one of figures taken side by side on one
//! machine; the rates alone say little about another. Nothing here is a test: what must hold is asserted in the tests.

pub mod arguments;
pub mod cpu;
pub mod figures;
pub mod machine;
pub mod peers;
