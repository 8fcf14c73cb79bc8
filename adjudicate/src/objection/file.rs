//! Filing an objection.

use super::new::FoundViolation;
use super::new::{FiledObjection, NewObjection};
use super::store;

use super::{FILED_DOMAIN, FILED_ORIGIN};
use crate::case::issue;
use crate::foundation::audit::{self, Actor, AuditAction, AuditEntry, Entity};
use crate::foundation::chain::{CaseKind, NewHead};
use crate::foundation::db::Database;
use crate::foundation::store_error::{StoreError, from_driver};
use chrono::{DateTime, SecondsFormat, Utc};
use rules::canonical::{CanonicalError, canonical_bytes};
use schemas::attachment::ATTACHMENTS_MAX;
use schemas::evidence::Sha256Digest;
use schemas::ids::{ObjectionId, ViolationId};
use schemas::jurisdiction::Jurisdiction;
use schemas::objection::{GROUNDS_MAX, VIOLATIONS_MAX};
use schemas::reference::{ObjectionReference, ViolationReference};
use schemas::text::{BilingualText, arabic_digits, isolated};
use serde_json::json;
use sqlx::PgConnection;
use std::collections::BTreeSet;
use thiserror::Error;

/// Objections to one violation, ended ones included: a story can be added to, and each may reach a person once.
const OBJECTIONS_MAX: i64 = 5;

/// Why an objection is not taken.
#[derive(Debug, Error)]
pub enum FilingError {
    /// None or too many violations.
    #[error("an objection names 1 to {VIOLATIONS_MAX} violations")]
    ViolationCount,
    /// One violation twice.
    #[error("violation {0} is named twice")]
    ViolationRepeated(ViolationReference),
    /// No such violation of that plate. Both cases look alike, so that nobody can try out plates.
    #[error("no violation fits reference {0} and the plate together")]
    UnknownViolation(ViolationReference),
    /// Nothing is due any more.
    #[error("violation {0} is cancelled already")]
    AlreadyCancelled(ViolationReference),
    /// As many objections to it were filed as are taken.
    #[error("{OBJECTIONS_MAX} objections to violation {0} were filed already")]
    TooManyObjections(ViolationReference),
    /// Violations of two countries.
    #[error("the violations are of different countries; file one objection for each")]
    SeveralCountries,
    /// None or too many grounds.
    #[error("an objection names 1 to {GROUNDS_MAX} grounds")]
    GroundCount,
    /// One ground twice.
    #[error("ground {0} is named twice")]
    GroundRepeated(&'static str),
    /// Too many attachments, or one twice.
    #[error("an objection takes {ATTACHMENTS_MAX} attachments at most, each once")]
    Attachments,
    /// The objection has no canonical form.
    #[error("the objection has no canonical form")]
    Canonical(#[from] CanonicalError),
    /// The database failed.
    #[error("the objection cannot be stored")]
    Database(#[from] StoreError),
}

from_driver!(FilingError);

impl FilingError {
    /// The reason for the citizen; `None` when the fault is not the citizen's.
    #[must_use]
    pub fn citizen_text(&self) -> Option<BilingualText> {
        let text = match self {
            Self::ViolationCount => BilingualText::new(
                format!("يشمل الطلب من مخالفة واحدة إلى {} مخالفة.", arabic_digits(&VIOLATIONS_MAX)),
                format!("An objection names 1 to {VIOLATIONS_MAX} violations."),
            ),
            Self::ViolationRepeated(reference) => BilingualText::new(
                format!("المخالفة {} مذكورة مرتين.", isolated(reference)),
                format!("Violation {reference} is named twice."),
            ),
            Self::UnknownViolation(reference) => BilingualText::new(
                format!(
                    "لا توجد مخالفة تطابق الرقم المرجعي {} وهذه اللوحة معًا. تحقق من كليهما.",
                    isolated(reference)
                ),
                format!("No violation fits reference {reference} and this plate together. Check both."),
            ),
            Self::AlreadyCancelled(reference) => BilingualText::new(
                format!("المخالفة {} ملغاة، ولا يُطلب منك شيء.", isolated(reference)),
                format!("Violation {reference} is cancelled already; nothing is asked of you."),
            ),
            Self::TooManyObjections(reference) => BilingualText::new(
                format!(
                    "قُدّم على المخالفة {reference} أكبر عدد مسموح به من الاعتراضات. أضف ما لديك إلى اعتراض قائم، أو اسلك طريق التظلّم القضائي."
                ),
                format!(
                    "As many objections to violation {reference} were filed as are taken. Add what you have to one that is open, or go to the court."
                ),
            ),
            Self::SeveralCountries => BilingualText::new(
                "المخالفات مسجّلة في دولتين مختلفتين. قدّم طلبًا مستقلًا لكل دولة.",
                "The violations are of different countries. File one objection for each.",
            ),
            Self::GroundCount => BilingualText::new(
                format!("اختر سببًا واحدًا على الأقل و{} أسباب على الأكثر.", arabic_digits(&GROUNDS_MAX)),
                format!("Choose at least one and at most {GROUNDS_MAX} grounds."),
            ),
            Self::GroundRepeated(code) => BilingualText::new(
                format!("السبب {} مذكور مرتين.", isolated(code)),
                format!("Ground {code} is named twice."),
            ),
            Self::Attachments => BilingualText::new(
                format!("يمكن إرفاق {} ملفات على الأكثر، كل ملف مرة واحدة.", arabic_digits(&ATTACHMENTS_MAX)),
                format!("Add {ATTACHMENTS_MAX} files at most, each once."),
            ),
            Self::Canonical(_) | Self::Database(_) => return None,
        };
        Some(text)
    }
}

/// Files an objection at `now`: one transaction with its history, its audit row and the first link of its chain.
///
/// Being late, having been decided before and other defects of form are no reason to refuse here: triage looks at
/// them, gives reasons and a way to a human.
///
/// # Errors
/// When the objection breaks a rule above, with a reason for the citizen; or when the database fails.
pub async fn file_objection(
    database: &Database,
    actor: Actor,
    new: &NewObjection,
    now: DateTime<Utc>,
) -> Result<FiledObjection, FilingError> {
    let mut transaction = database.begin().await?;
    let filed = file_in(&mut transaction, actor, new, now).await?;
    transaction.commit().await?;
    Ok(filed)
}

/// The same in the caller's transaction, which may keep more with it: the answer to a call that could be repeated.
///
/// # Errors
/// As [`file_objection`].
pub(crate) async fn file_in(
    transaction: &mut PgConnection,
    actor: Actor,
    new: &NewObjection,
    now: DateTime<Utc>,
) -> Result<FiledObjection, FilingError> {
    check_shape(new)?;
    let (violations, jurisdiction) = find_violations(transaction, new).await?;
    let filed = FiledObjection {
        id: ObjectionId::generate(),
        reference: ObjectionReference::generate(),
        filed_at: crate::case::rows::to_microseconds(now),
    };
    open_chain(transaction, &filed, new, jurisdiction, &violations).await?;
    store::insert(transaction, &filed, new, jurisdiction, &violations, &actor).await?;
    let entry = AuditEntry {
        actor,
        action: AuditAction::ObjectionFile,
        entity: Entity::Objection(filed.id),
        detail: json!({
            "violations": violations.iter().map(|one| one.id.to_string()).collect::<Vec<_>>(),
            "grounds": new.grounds.iter().map(|ground| ground.code().code()).collect::<Vec<_>>(),
            "attachments": new.attachments.len(),
        }),
    };
    audit::write(&mut *transaction, &entry).await?;
    Ok(filed)
}

fn check_shape(new: &NewObjection) -> Result<(), FilingError> {
    if !(1..=VIOLATIONS_MAX).contains(&new.violations.len()) {
        return Err(FilingError::ViolationCount);
    }
    if !(1..=GROUNDS_MAX).contains(&new.grounds.len()) {
        return Err(FilingError::GroundCount);
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = new.violations.iter().find(|reference| !seen.insert(*reference)) {
        return Err(FilingError::ViolationRepeated(twice.clone()));
    }
    let mut codes = BTreeSet::new();
    if let Some(twice) = new.grounds.iter().find(|ground| !codes.insert(ground.code())) {
        return Err(FilingError::GroundRepeated(twice.code().code()));
    }
    let digests: BTreeSet<Sha256Digest> = new.attachments.iter().map(|one| one.sha256).collect();
    if new.attachments.len() > ATTACHMENTS_MAX || digests.len() != new.attachments.len() {
        return Err(FilingError::Attachments);
    }
    Ok(())
}

/// Finds the violations in the citizen's order and holds them, so that filings against one violation are made one
/// after the other.
async fn find_violations(
    transaction: &mut PgConnection,
    new: &NewObjection,
) -> Result<(Vec<FoundViolation>, Jurisdiction), FilingError> {
    let rows = store::hold_violations(transaction, &new.violations, &new.plate.key()).await?;
    let mut found = Vec::new();
    let mut country = None;
    for reference in &new.violations {
        let unknown = || FilingError::UnknownViolation(reference.clone());
        let row = rows.iter().find(|row| row.reference == reference.as_str()).ok_or_else(unknown)?;
        if row.objections >= OBJECTIONS_MAX {
            return Err(FilingError::TooManyObjections(reference.clone()));
        }
        if row.cancelled {
            return Err(FilingError::AlreadyCancelled(reference.clone()));
        }
        let jurisdiction: Jurisdiction = row.jurisdiction.parse().map_err(|_| unknown())?;
        if *country.get_or_insert(jurisdiction) != jurisdiction {
            return Err(FilingError::SeveralCountries);
        }
        found.push(FoundViolation {
            id: ViolationId::from_uuid(row.violation_id),
            recorded_at: row.recorded_at,
            reference: reference.clone(),
        });
    }
    country.map(|country| (found, country)).ok_or(FilingError::ViolationCount)
}

/// The story stands in the chain by its digest, so that it can be deleted one day without breaking the chain.
async fn open_chain(
    transaction: &mut PgConnection,
    filed: &FiledObjection,
    new: &NewObjection,
    jurisdiction: Jurisdiction,
    violations: &[FoundViolation],
) -> Result<(), FilingError> {
    let attachments: Vec<String> = new.attachments.iter().map(|one| one.sha256.to_string()).collect();
    let row_bytes = canonical_bytes(&json!({
        "id": filed.id.to_string(),
        "reference": filed.reference.as_str(),
        "filed_at": filed.filed_at.to_rfc3339_opts(SecondsFormat::Micros, true),
        "jurisdiction": jurisdiction.code(),
        "violations": violations.iter().map(|one| one.id.to_string()).collect::<Vec<_>>(),
        "grounds": new.grounds.iter().map(|ground| ground.code().code()).collect::<Vec<_>>(),
        "story_sha256": Sha256Digest::of(new.story.as_str().as_bytes()).to_string(),
        "attachments": attachments,
    }))?;
    let head = NewHead {
        case_id: filed.id.uuid(),
        kind: CaseKind::Objection,
        origin: FILED_ORIGIN,
        opened_at: filed.filed_at,
        domain: FILED_DOMAIN,
        row_bytes,
    };
    issue::open_filed(transaction, head).await?;
    Ok(())
}
