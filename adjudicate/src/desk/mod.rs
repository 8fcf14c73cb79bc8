//! One function for each use case of people, whichever door they come by.

pub mod case_file;
pub mod file;
pub mod objection_view;
