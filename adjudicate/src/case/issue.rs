//! The only maker of cases: whatever the origin, rows, evidence, audit, message and task are written here, in the caller's
//! transaction, one statement for each table whatever the number of cases.

use super::draft::{NewCase, NewCaseRow, issued_message};
use super::origin::{CaseOrigin, SignedRecord};
use super::rows::{ManualCheckRow, ViolationRow};
use super::task;
use crate::foundation::audit::{self, AuditEntry};
use crate::foundation::chain::{self, NewHead};
use crate::foundation::outbox;
use chrono::{DateTime, Utc};
use rules::canonical::CanonicalError;
use schemas::evidence::EvidenceFile;
use schemas::money::MoneyError;
use sqlx::PgConnection;
use sqlx::types::Json;
use thiserror::Error;
use uuid::Uuid;

/// Why cases were not made.
#[derive(Debug, Error)]
pub(crate) enum IssueError {
    #[error("a case has no canonical form")]
    Canonical(#[from] CanonicalError),
    #[error("an amount is none of its country")]
    Money(#[from] MoneyError),
    #[error("the database refused the cases")]
    Database(#[from] sqlx::Error),
}

/// Makes the cases, all recorded at `recorded_at`: their place in the hub with the first link of their chain, where they
/// come from, their own rows, sealed evidence, what they can be judged by again, audit, messages, tasks.
///
/// # Errors
/// When a case has no canonical form, or the database refuses one.
pub(crate) async fn issue(
    transaction: &mut PgConnection,
    recorded_at: DateTime<Utc>,
    cases: &[NewCase],
) -> Result<(), IssueError> {
    let heads = cases.iter().map(head).collect::<Result<Vec<_>, _>>()?;
    chain::open(transaction, &heads).await?;
    insert_records(transaction, recorded_at, cases).await?;
    for case in cases {
        insert_other_origin(transaction, case).await?;
    }
    insert_violations(transaction, cases).await?;
    insert_manual_checks(transaction, cases).await?;
    insert_evidence(transaction, recorded_at, cases).await?;
    insert_assessments(transaction, recorded_at, cases).await?;
    task::open_for_manual_checks(transaction, recorded_at, &manual_checks(cases)).await?;
    let entries: Vec<AuditEntry> = cases.iter().map(audit_entry).collect();
    audit::write_at(transaction, &entries, recorded_at).await?;
    let messages = cases.iter().filter_map(message).collect::<Result<Vec<_>, _>>()?;
    outbox::enqueue(transaction, &messages).await?;
    Ok(())
}

/// Gives an objection its place in the hub.
///
/// # Errors
/// When the database fails.
pub(crate) async fn open_filed(transaction: &mut PgConnection, head: NewHead) -> Result<(), sqlx::Error> {
    chain::open(transaction, &[head]).await
}

fn head(case: &NewCase) -> Result<NewHead, CanonicalError> {
    let (domain, row_bytes) = case.row.first_link()?;
    let row = case.row.case();
    Ok(NewHead {
        case_id: row.id,
        kind: case.row.kind(),
        origin: row.origin.label(),
        opened_at: row.recorded_at,
        domain,
        row_bytes,
    })
}

fn manual_checks(cases: &[NewCase]) -> Vec<Uuid> {
    let is_check = |case: &&NewCase| matches!(case.row, NewCaseRow::ManualCheck(..));
    cases.iter().filter(is_check).map(|case| case.row.case().id).collect()
}

fn audit_entry(case: &NewCase) -> AuditEntry {
    AuditEntry {
        actor: case.actor.clone(),
        action: case.row.action(),
        entity: case.row.entity(),
        detail: case.audit_detail.clone(),
    }
}

fn message(case: &NewCase) -> Option<Result<outbox::OutboxMessage, MoneyError>> {
    match &case.row {
        NewCaseRow::Violation(id, row) => Some(issued_message(*id, row, &case.manifest)),
        NewCaseRow::ManualCheck(..) => None,
    }
}

async fn insert_records(
    transaction: &mut PgConnection,
    recorded_at: DateTime<Utc>,
    cases: &[NewCase],
) -> Result<(), sqlx::Error> {
    let rows: Vec<(Uuid, &'static str, &SignedRecord)> = cases
        .iter()
        .map(|case| case.row.case())
        .flat_map(|row| row.origin.records().into_iter().map(|(part, record)| (row.id, part, record)))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query_file!(
        "src/case/queries/insert_records.sql",
        recorded_at,
        &column(&rows, |(case_id, ..)| *case_id),
        &column(&rows, |(_, part, _)| *part) as _,
        &column(&rows, |(.., record)| &*record.partition.cluster) as _,
        &column(&rows, |(.., record)| &*record.partition.topic) as _,
        &column(&rows, |(.., record)| record.partition.partition),
        &column(&rows, |(.., record)| record.offset),
        &column(&rows, |(.., record)| record.source.as_str()) as _,
        &column(&rows, |(.., record)| record.id.as_str()) as _,
        &column(&rows, |(.., record)| record.sha256.as_bytes().as_slice()) as _,
        &column(&rows, |(.., record)| i64::try_from(record.size_bytes).unwrap_or(i64::MAX)),
        &column(&rows, |(.., record)| record.signature.as_str()) as _,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

async fn insert_other_origin(transaction: &mut PgConnection, case: &NewCase) -> Result<(), sqlx::Error> {
    let row = case.row.case();
    let (parent, cause) = match &row.origin {
        CaseOrigin::Stream(_) | CaseOrigin::Section { .. } => return Ok(()),
        CaseOrigin::Correction { manual_check, decision } => (manual_check.uuid(), decision.uuid()),
        CaseOrigin::Reissue { violation, objection } => (violation.uuid(), objection.uuid()),
        CaseOrigin::Unit { operator, form } => {
            sqlx::query!(
                "insert into case_origin_unit (case_id, operator, form) values ($1, $2, $3)",
                row.id,
                operator,
                form
            )
            .execute(transaction)
            .await?;
            return Ok(());
        }
    };
    sqlx::query!(
        "insert into case_origin_case (case_id, parent_id, cause_id) values ($1, $2, $3)",
        row.id,
        parent,
        cause
    )
    .execute(transaction)
    .await?;
    Ok(())
}

async fn insert_violations(transaction: &mut PgConnection, cases: &[NewCase]) -> Result<(), sqlx::Error> {
    let rows: Vec<&ViolationRow> = cases
        .iter()
        .filter_map(|case| match &case.row {
            NewCaseRow::Violation(_, row) => Some(&**row),
            NewCaseRow::ManualCheck(..) => None,
        })
        .collect();
    let Some(first) = rows.first() else { return Ok(()) };
    let recorded_at = first.case.recorded_at;
    sqlx::query_file!(
        "src/case/queries/insert_violations.sql",
        recorded_at,
        &column(&rows, |row| row.case.id),
        &column(&rows, |row| row.reference.as_str()) as _,
        &column(&rows, |row| row.jurisdiction.as_str()) as _,
        &column(&rows, |row| row.plate_letters.as_str()) as _,
        &column(&rows, |row| row.plate_digits.as_str()) as _,
        &column(&rows, |row| row.plate_key.as_str()) as _,
        &column(&rows, |row| row.case.act_code.as_str()) as _,
        &column(&rows, |row| row.case.site_id.as_str()) as _,
        &column(&rows, |row| row.case.camera_id.as_str()) as _,
        &column(&rows, |row| row.case.lane) as _,
        &column(&rows, |row| row.captured_at),
        &column(&rows, |row| row.case.captured_at_raw.as_str()) as _,
        &column(&rows, |row| row.case.received_at),
        &column(&rows, |row| row.amount),
        &column(&rows, |row| row.amount_min),
        &column(&rows, |row| row.amount_max),
        &column(&rows, |row| row.currency.as_str()) as _,
        &column(&rows, |row| row.tariff_row.as_str()) as _,
        &column(&rows, |row| row.case.rule_table_sha256.as_slice()) as _,
        &column(&rows, |row| Json(&row.case.calculation)) as _,
        &column(&rows, |row| Json(&row.case.sighting)) as _,
        &column(&rows, |row| row.case.model_sha256.as_slice()) as _,
        &column(&rows, |row| row.case.manifest_sha256.as_slice()) as _,
        &column(&rows, |row| row.case.input_sha256.as_deref()) as _,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

async fn insert_manual_checks(transaction: &mut PgConnection, cases: &[NewCase]) -> Result<(), sqlx::Error> {
    let rows: Vec<&ManualCheckRow> = cases
        .iter()
        .filter_map(|case| match &case.row {
            NewCaseRow::Violation(..) => None,
            NewCaseRow::ManualCheck(_, row) => Some(&**row),
        })
        .collect();
    let Some(first) = rows.first() else { return Ok(()) };
    let recorded_at = first.case.recorded_at;
    sqlx::query_file!(
        "src/case/queries/insert_manual_checks.sql",
        recorded_at,
        &column(&rows, |row| row.case.id),
        &column(&rows, |row| row.reasons.join(",")),
        &column(&rows, |row| row.jurisdiction.as_deref()) as _,
        &column(&rows, |row| row.plate_letters.as_deref()) as _,
        &column(&rows, |row| row.plate_digits.as_deref()) as _,
        &column(&rows, |row| row.plate_key.as_deref()) as _,
        &column(&rows, |row| row.case.act_code.as_str()) as _,
        &column(&rows, |row| row.case.site_id.as_str()) as _,
        &column(&rows, |row| row.case.camera_id.as_str()) as _,
        &column(&rows, |row| row.case.lane) as _,
        &column(&rows, |row| row.captured_at) as _,
        &column(&rows, |row| row.case.captured_at_raw.as_str()) as _,
        &column(&rows, |row| row.case.received_at),
        &column(&rows, |row| row.suggested_amount) as _,
        &column(&rows, |row| row.currency.as_deref()) as _,
        &column(&rows, |row| row.case.rule_table_sha256.as_slice()) as _,
        &column(&rows, |row| Json(&row.case.calculation)) as _,
        &column(&rows, |row| Json(&row.case.sighting)) as _,
        &column(&rows, |row| row.case.model_sha256.as_slice()) as _,
        &column(&rows, |row| row.case.manifest_sha256.as_slice()) as _,
        &column(&rows, |row| row.case.input_sha256.as_deref()) as _,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

struct FileRow<'a> {
    case_id: Uuid,
    ordinal: i16,
    file: &'a EvidenceFile,
}

async fn insert_evidence(
    transaction: &mut PgConnection,
    recorded_at: DateTime<Utc>,
    cases: &[NewCase],
) -> Result<(), sqlx::Error> {
    if cases.is_empty() {
        return Ok(());
    }
    let files: Vec<FileRow<'_>> = cases
        .iter()
        .flat_map(|case| {
            (1_i16..).zip(&case.files).map(|(ordinal, file)| (case.row.case().id, ordinal, file))
        })
        .map(|(case_id, ordinal, file)| FileRow { case_id, ordinal, file })
        .collect();
    sqlx::query_file!(
        "src/case/queries/insert_evidence.sql",
        recorded_at,
        &column(cases, |case| case.row.case().id),
        &column(cases, |case| case.manifest.sha256.as_bytes().as_slice()) as _,
        &column(cases, |case| case.manifest.document.as_slice()) as _,
        &column(cases, |case| case.manifest.seal.as_ref().map(|seal| seal.key.as_str())) as _,
        &column(cases, |case| case.manifest.seal.as_ref().map(|seal| seal.signature.as_slice())) as _,
        &column(&files, |row| row.case_id),
        &column(&files, |row| row.ordinal),
        &column(&files, |row| row.file.role.label()) as _,
        &column(&files, |row| row.file.sha256.as_bytes().as_slice()) as _,
        &column(&files, |row| row.file.media_type.as_str()) as _,
        // Beyond i64 or i32 nothing is a picture; the saturated number breaks no rule and is in the manifest exactly.
        &column(&files, |row| i64::try_from(row.file.size_bytes).unwrap_or(i64::MAX)),
        &column(&files, |row| i32::try_from(row.file.size_pixels.0).unwrap_or(i32::MAX)),
        &column(&files, |row| i32::try_from(row.file.size_pixels.1).unwrap_or(i32::MAX)),
    )
    .execute(transaction)
    .await?;
    Ok(())
}

async fn insert_assessments(
    transaction: &mut PgConnection,
    recorded_at: DateTime<Utc>,
    cases: &[NewCase],
) -> Result<(), sqlx::Error> {
    let rows: Vec<_> =
        cases.iter().filter_map(|case| Some((case.row.case().id, case.record.as_ref()?))).collect();
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into assessment_record (recorded_at, case_id, input, finding)
         select $1::timestamptz, * from unnest($2::uuid[], $3::bytea[], $4::bytea[])",
        recorded_at,
        &column(&rows, |(case_id, _)| *case_id),
        &column(&rows, |(_, record)| record.input.as_slice()) as _,
        &column(&rows, |(_, record)| record.finding.as_slice()) as _,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

fn column<'r, R, T>(rows: &'r [R], field: impl Fn(&'r R) -> T) -> Vec<T> {
    rows.iter().map(field).collect()
}
