//! Kinds of offence.

/// Codes of all kinds.
pub const OFFENCE_CODES: [&str; 2] = ["speed", "red_light"];
