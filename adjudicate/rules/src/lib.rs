//! The law, without any I/O: from a sighting to a violation, and from an objection to what facts can answer.
//!
//! It does: judge an act ([`offence`]), agree on a plate ([`plate`]), price it ([`policy`]), ask what the roadside
//! registers knew at the instant of capture ([`registry`]), suggest an answer to an objection ([`triage`]) out of what
//! is on file ([`facts`]), and know every move of a case ([`flow`]). [`assess::assess`] and
//! [`triage::suggest::suggest`] are the two decisions; [`replay`] writes down what the first looked at and what it
//! found, so that the same can be shown to come out again. Countries are data in `schemas/jurisdictions`.
//!
//! It does not: read a table, a queue or a clock, know HTTP, or wait for anything. Everything that is looked at comes
//! in as a value, so the same inputs give the same answer, byte for byte.

pub mod assess;
pub mod canonical;
pub mod facts;
pub mod flow;
pub mod offence;
pub mod plate;
pub mod policy;
pub mod quote;
pub mod reason_text;
pub mod registry;
pub mod replay;
pub mod triage;

mod capture;
mod explain;

#[cfg(test)]
mod arabic_tests;
#[cfg(test)]
mod assess_tests;
#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod made_up_country_tests;
#[cfg(test)]
mod samples;

/// What must be in order before a violation is issued without human eyes. A page or README lists them from here.
pub const GATES_IN_FORCE: [&str; 16] = [
    "the act is understood and, after the deduction, an offence",
    "a row of fines that is active, sourced and dated covers the act",
    "the instant of capture is known, plausible and live",
    "the camera is registered for the site, and is of a kind that records such an act",
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
