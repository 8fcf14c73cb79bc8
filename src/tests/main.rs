//! The one integration binary: real Kafka and PostgreSQL are started once, each test has its own topic and schema.
#![cfg(test)]

mod authorization;
mod bad_input;
mod broker;
mod cases;
mod doctor;
mod end_to_end;
mod forms;
mod house;
mod http;
mod objections;
mod openapi;
mod operations;
mod outbox;
mod photographs;
mod positions;
mod production;
mod recording;
mod registers;
mod replay;
mod reviews;
mod services;
mod source;
mod streams;
mod trouble;
mod upgrade;
