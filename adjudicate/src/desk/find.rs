//! What a citizen finds by a reference and the plate together. That a reference exists is not told to who does not know
//! its plate.

use super::objection_view::{self, ObjectionView};
use crate::case::read::{CaseEvidence, CaseOutcome, CaseReadError, IssuedViolation, violation_evidence};
use crate::case::store::violation_of_plate as id_of_plate;
use crate::foundation::db::Database;
use crate::objection::ObjectionError;
use schemas::plate::PlateNumber;
use schemas::reference::{ObjectionReference, ViolationReference};

/// The violation that fits both; `None` if nothing does.
///
/// # Errors
/// When the database fails or a row breaks its own rules.
pub async fn violation_of_plate(
    database: &Database,
    reference: &ViolationReference,
    plate_key: &str,
) -> Result<Option<(CaseEvidence, IssuedViolation)>, CaseReadError> {
    // Both in one question: whoever does not know the plate causes the same work whether the reference exists or not.
    let Some(id) = id_of_plate(database, reference, plate_key).await? else { return Ok(None) };
    let Some(evidence) = violation_evidence(database, id).await? else { return Ok(None) };
    Ok(match evidence.outcome.clone() {
        CaseOutcome::Violation(issued) => Some((evidence, issued)),
        CaseOutcome::ManualCheck(_) => None,
    })
}

/// The objection that fits both; `None` if nothing does.
///
/// # Errors
/// When the database fails or a row does not read.
pub async fn objection_of_plate(
    database: &Database,
    reference: &ObjectionReference,
    plate: &PlateNumber,
) -> Result<Option<ObjectionView>, ObjectionError> {
    objection_view::find(database, reference, plate).await
}
