//! The one integration binary: real Kafka and PostgreSQL are started once, each test has its own topic and schema.
#![cfg(test)]

mod authorization;
mod bad_input;
mod broker;
mod cases;
mod cycles;
mod end_to_end;
mod forms;
mod http;
mod layering;
mod objections;
mod offences;
mod openapi;
mod outbox;
mod photographs;
mod positions;
mod recording;
mod registers;
mod replay;
mod reviews;
mod services;
mod source;
mod streams;
mod tidy;
