//! What stands between us and Kafka or PostgreSQL for longer than a moment, and what is said about it.

mod certificates;
mod corruption;
mod postgres;
mod refusals;
mod secured;

pub(crate) use secured::{PASSWORD as ACCOUNT_PASSWORD, Secured, WITH_ACCOUNT as ACCOUNT_LISTENER};
