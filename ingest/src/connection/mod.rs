//! Where every Kafka client of the product begins: one builder, so that none is less protected than another, and one way
//! to find out at start whether the brokers take us.

pub mod client;
pub mod inspect;
pub mod reach;

mod lines;
mod watch;

pub(crate) use lines::log_client_line;
