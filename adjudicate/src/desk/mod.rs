//! One function for each use case of people, whichever door they come by: file, object, find, claim, view, decide.
//! Doors read requests and show answers; transactions are opened here or below.

pub mod case_file;
pub mod claim;
pub mod decide;
pub mod file;
pub mod find;
pub mod frame;
pub mod object;
pub mod objection_parts;
pub mod objection_view;
pub mod reading;
