//! From a sighting to a violation: the rules of the stream half, without any I/O.
//!
//! [`assess::assess`] is the one decision. It looks at the event, at what was read in its frames, at what the
//! [`crate::registry`] knows of the instant of capture, and at the country's rules, which are data in
//! `schemas/jurisdictions`. [`replay`] writes down what it looked at and what it found, so that the same can be shown
//! to come out again.

pub mod assess;
pub mod deadlines;
pub mod frames;
pub mod policy;
pub mod reason_text;
pub mod replay;
pub mod speed;
pub mod tariff;
pub mod vehicle_kind;
pub mod vote;
pub mod words;

mod alignment;
mod capture;
mod country_file;
mod explain;
mod finding;
mod numbers;
mod signal;
mod tariff_file;

#[cfg(test)]
mod assess_tests;
#[cfg(test)]
mod frames_tests;
#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod vote_tests;

/// What must be in order before a violation is issued without human eyes. A page or README lists them from here.
pub const GATES_IN_FORCE: [&str; 16] = [
    "the act is understood and, after the deduction, an offence",
    "a row of fines that is active, sourced and dated covers the act",
    "the instant of capture is known, plausible and live",
    "the camera is registered for the site",
    "the instrument's certificate was in force at the instant of capture; for section control that of the distance too",
    "the camera's clock was within its tolerance and recently synchronised",
    "the speed sign was in order, showed the camera's limit and had not just changed",
    "red was certain: beyond the grace time and after a full amber",
    "at least two frames of different content show the plate that all together vote for, and none surely shows another",
    "with several plates in a frame, the camera's vehicle box singles out one",
    "the plate fits the grammar of its country",
    "the plate is of the site's country and of a regular series",
    "the calibrated confidence of the read and of its weakest character is above the floor",
    "on Saudi plates the Arabic and the Latin row agree",
    "nothing suggests that a letter was painted over",
    "the plate's colour does not surely show a class that the camera's kind of vehicle does not carry, and no part of the plate is hidden",
];

/// Gates of the handbook (1.4 and 4) that need a register or a measurement which does not exist yet.
pub const GATES_ABSENT: [&str; 6] = [
    "make, colour and class of the vehicle against the vehicle register",
    "the list of plates known to be cloned or stolen",
    "the list of emergency and authorised vehicles",
    "a second measurement of the speed from the frames",
    "the number of vehicles in the measuring zone",
    "the signal controller's own log of phases",
];
