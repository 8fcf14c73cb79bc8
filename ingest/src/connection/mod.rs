//! Where every Kafka client of the product begins: one builder, so that none is less protected than another.

pub mod client;
