//! Cases of any origin, and effects on them, made by the only maker of each.

use super::TestDatabase;
use super::sightings::{BuildError, Sighting};
use crate::case::draft::{NewCase, NewCaseRow, Sighting as Drafted, SightingOutcome};
use crate::case::effect::{self, EffectOrdinal, NewEffect};
use crate::case::issue::issue;
use crate::case::origin::{CaseOrigin, SignedRecord};
use crate::foundation::audit::Actor;
use crate::foundation::db::Database;
use crate::foundation::store_error::StoreError;
use crate::stream::settle::Effect;
use schemas::assessment::Assessment;
use schemas::delivery::PartitionKey;
use schemas::ids::ViolationId;

/// Makes a violation of `origin`, with the content of a test's sighting.
///
/// # Errors
/// When the database refuses it.
pub async fn issue_from(database: &TestDatabase, origin: CaseOrigin) -> Result<ViolationId, BuildError> {
    let id = ViolationId::generate();
    let case = NewCase { record: None, actor: Actor::Operator, ..drafted(id, origin)? };
    let mut transaction = database.connections.begin().await?;
    issue(&mut transaction, case.row.case().recorded_at, &[case]).await?;
    transaction.commit().await?;
    Ok(id)
}

/// Writes one effect.
///
/// # Errors
/// When the database refuses it.
pub async fn effect(database: &Database, new: NewEffect) -> Result<EffectOrdinal, StoreError> {
    let mut transaction = database.begin().await?;
    let written = effect::write(&mut transaction, &[new]).await?;
    transaction.commit().await?;
    written.first().copied().ok_or_else(|| sqlx::Error::RowNotFound.into())
}

fn drafted(id: ViolationId, origin: CaseOrigin) -> Result<NewCase, BuildError> {
    let settlement = Sighting::of("1", "EG-STN-7126").violation(0)?;
    let Effect::Assessed(assessed) = settlement.effect else { return Err("not assessed".into()) };
    let Assessment::Violation(draft) = &assessed.assessment else { return Err("no violation".into()) };
    let sighting = Drafted {
        outcome: SightingOutcome::Violation(id, draft),
        event: &assessed.event,
        record: &assessed.record,
        evidence: &assessed.evidence,
        model_sha256: assessed.model_sha256,
        received_at: assessed.received_at,
    };
    let signed = SignedRecord {
        partition: PartitionKey { cluster: "test".into(), topic: "test".into(), partition: 0 },
        offset: 0,
        source: assessed.event.source.clone(),
        id: assessed.event.id.clone(),
        sha256: assessed.value_sha256,
        size_bytes: assessed.value_bytes,
        signature: assessed.signature.clone(),
    };
    let mut case = sighting.draft(signed, crate::case::rows::to_microseconds(assessed.received_at))?;
    if let NewCaseRow::Violation(_, row) = &mut case.row {
        row.case.origin = origin;
        row.case.input_sha256 = None;
    }
    Ok(case)
}
