//! What the machine answered: written once, read by citizen and reviewer.

use crate::case::effect::{self, Effect, EffectSource, NewEffect};
use crate::facts::holidays;
use crate::facts::store as facts;
use crate::foundation::columns::optional_money;
use crate::foundation::db::Database;
use crate::foundation::store_error::StoreError;
use crate::objection::ObjectionError;
use crate::objection::store::{HeldObjection, grounds};
use chrono::{DateTime, Utc};
use rules::replay::triage::TriageRecord;
use rules::triage::ObjectionFacts;
use schemas::evidence::Sha256Digest;
use schemas::ids::{ObjectionId, TriageId, ViolationId};
use schemas::money::Money;
use schemas::objection::{FormDefect, Ground, GroundCode};
use schemas::text::BilingualText;
use schemas::triage::{
    DocumentKind, Feature, MachineAnswer, MachineAnswerKind, Reduction, SuggestionBasis, TriageSuggestion,
    ViolationSuggestion,
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

/// A machine's answer as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSuggestion {
    /// The suggestion that it is part of.
    pub triage: TriageId,
    /// The violation.
    pub violation: ViolationId,
    /// Which answer.
    pub answer: MachineAnswerKind,
    /// The ground that the facts support.
    pub ground: Option<GroundCode>,
    /// The form defect.
    pub defect: Option<FormDefect>,
    /// What is due from now on, or what was paid.
    pub amount: Option<Money>,
    /// Whether a notice to another party is due.
    pub reissue: bool,
    /// What was asked for.
    pub documents: Vec<DocumentKind>,
    /// Why.
    pub explanation: BilingualText,
    /// Every check with what it found.
    pub basis: Vec<BasisDocument>,
    /// Everything that was looked at.
    pub features: Vec<FeatureDocument>,
    /// When.
    pub made_at: DateTime<Utc>,
}

/// One element of column `basis`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasisDocument {
    /// G01 to G25 or F01 to F06.
    pub subject: String,
    /// Whether the citizen claimed it.
    pub claimed: bool,
    /// `in_favour`, `not_supported`, `fact_missing`, `defect` or `in_order`.
    pub finding: String,
    /// In words, Arabic.
    pub arabic: String,
    /// In words, English.
    pub english: String,
}

/// One element of column `features`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureDocument {
    /// Label of a `FeatureName`.
    pub name: String,
    /// The value as text.
    pub value: String,
}

impl From<&SuggestionBasis> for BasisDocument {
    fn from(basis: &SuggestionBasis) -> Self {
        let SuggestionBasis { subject, claimed, finding, text } = basis;
        Self {
            subject: subject.code().to_owned(),
            claimed: *claimed,
            finding: finding.label().to_owned(),
            arabic: text.arabic.clone(),
            english: text.english.clone(),
        }
    }
}

impl From<&Feature> for FeatureDocument {
    fn from(feature: &Feature) -> Self {
        let Feature { name, value } = feature;
        Self { name: name.label().to_owned(), value: value.to_string() }
    }
}

/// What triage may know of an objection that is held.
///
/// # Errors
/// When the database fails or a row does not read.
pub(crate) async fn objection_facts(
    connection: &mut PgConnection,
    held: &HeldObjection,
    oldest_violation: DateTime<Utc>,
) -> Result<ObjectionFacts, ObjectionError> {
    let grounds = grounds(connection, held.id).await?;
    Ok(ObjectionFacts {
        jurisdiction: held.jurisdiction,
        filed_at: held.filed_at,
        grounds: grounds.iter().map(Ground::code).collect(),
        evidence: facts::evidence_of(connection, held.id.uuid()).await?,
        lateness_reason_given: held.lateness_reason_given,
        human_asked: held.human_asked_at.is_some(),
        document_asked_before: held.document_due_on.is_some(),
        outage_days: facts::outage_days(connection, held.jurisdiction, oldest_violation).await?,
        rest_days: holidays::announced_since(connection, held.jurisdiction, oldest_violation).await?,
    })
}

/// Writes a suggestion with its answers, what it can be repeated from, and the overall result of the whole objection.
///
/// # Errors
/// When the database fails or the suggestion has no canonical form.
pub(crate) async fn write(
    transaction: &mut PgConnection,
    objection: ObjectionId,
    (suggestion, record): (&TriageSuggestion, &TriageRecord),
    overall: MachineAnswerKind,
    now: DateTime<Utc>,
) -> Result<TriageId, ObjectionError> {
    let id = TriageId::generate();
    let unreadable = |what| ObjectionError::Unreadable { objection, what };
    let rules: Sha256Digest =
        suggestion.rule_table_sha256.parse().map_err(|_| unreadable("rules' digest"))?;
    let input_sha256 = record.input_sha256();
    sqlx::query!(
        "with triage as (
             insert into triage (id, objection_id, made_at, rule_table_sha256, overall_result, input, input_sha256,
                                 answers)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
         )
         update objection set overall_result = $5, triage_attempts = 0, triage_error = null where id = $2",
        id.uuid(),
        objection.uuid(),
        now,
        rules.as_bytes().as_slice(),
        overall.label(),
        record.input,
        input_sha256.as_bytes().as_slice(),
        record.answers,
    )
    .execute(&mut *transaction)
    .await?;
    for answer in &suggestion.violations {
        write_answer(transaction, id, answer, now).await?;
    }
    effect::write(transaction, &effects(id, suggestion, now)).await?;
    Ok(id)
}

/// What the answers change about the violations' status.
fn effects(triage: TriageId, suggestion: &TriageSuggestion, now: DateTime<Utc>) -> Vec<NewEffect> {
    let source = EffectSource::Triage(triage);
    let effect = |one: &ViolationSuggestion| {
        let effect = effect_of(&one.answer)?;
        Some(NewEffect { violation: one.violation, effect, source, decided_at: now })
    };
    suggestion.violations.iter().filter_map(effect).collect()
}

/// What an answer changes about what is due; `None` if nothing.
pub(crate) const fn effect_of(answer: &MachineAnswer) -> Option<Effect> {
    match answer {
        MachineAnswer::Cancel { reissue, .. } => Some(Effect::Cancelled { reissue: *reissue }),
        // A human looks at the rest, but so much less is due at once.
        MachineAnswer::Reduce(Reduction { to, .. })
        | MachineAnswer::SendToReview { meanwhile: Some(Reduction { to, .. }) } => {
            Some(Effect::Reduced { to: *to })
        }
        MachineAnswer::ClosePaid { paid } => Some(Effect::ClosedAsPaid { paid: *paid }),
        MachineAnswer::RefuseOnForm { .. }
        | MachineAnswer::AskForDocument { .. }
        | MachineAnswer::WaitForOther
        | MachineAnswer::SendToReview { meanwhile: None } => None,
    }
}

/// A stored suggestion, for `rasid replay`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTriage {
    /// Which one.
    pub triage: TriageId,
    /// Every fact that was looked at, canonical.
    pub input: Vec<u8>,
    /// Every answer, canonical.
    pub answers: Vec<u8>,
}

/// Everything that the machine answered on a case: of an objection itself, or of every objection against a violation;
/// of all cases where none is named. Oldest first, at most `limit`, behind `after`.
///
/// # Errors
/// When the database fails.
pub async fn stored(
    database: &Database,
    case: Option<Uuid>,
    after: Option<TriageId>,
    limit: u32,
) -> Result<Vec<StoredTriage>, StoreError> {
    let rows = sqlx::query!(
        "select id, input, answers from triage
         where ($1::uuid is null or objection_id = $1
                or exists (select from triage_answer as answer
                           where answer.triage_id = triage.id and answer.violation_id = $1))
           and ($2::uuid is null or id > $2)
         order by id limit $3",
        case,
        after.map(TriageId::uuid),
        i64::from(limit),
    )
    .fetch_all(database.pool())
    .await?;
    let stored = rows.into_iter().map(|row| StoredTriage {
        triage: TriageId::from_uuid(row.id),
        input: row.input,
        answers: row.answers,
    });
    Ok(stored.collect())
}

/// The columns of an answer that depend on which it is.
#[derive(Debug, Default, PartialEq, Eq)]
struct AnswerColumns {
    ground: Option<&'static str>,
    defect: Option<&'static str>,
    amount: Option<Money>,
    reissue: bool,
    documents: Vec<String>,
}

impl AnswerColumns {
    fn of(answer: &MachineAnswer) -> Self {
        let none = Self::default();
        match answer {
            MachineAnswer::Cancel { ground, reissue } => {
                Self { ground: Some(ground.code()), reissue: *reissue, ..none }
            }
            MachineAnswer::Reduce(Reduction { ground, to })
            | MachineAnswer::SendToReview { meanwhile: Some(Reduction { ground, to }) } => {
                Self { ground: Some(ground.code()), amount: Some(*to), ..none }
            }
            MachineAnswer::ClosePaid { paid } => Self { amount: Some(*paid), ..none },
            MachineAnswer::RefuseOnForm { defect } => Self { defect: Some(defect.defect().code()), ..none },
            MachineAnswer::AskForDocument { documents } => {
                Self { documents: documents.iter().map(|kind| kind.label().to_owned()).collect(), ..none }
            }
            MachineAnswer::WaitForOther | MachineAnswer::SendToReview { meanwhile: None } => none,
        }
    }
}

async fn write_answer(
    transaction: &mut PgConnection,
    triage: TriageId,
    suggestion: &ViolationSuggestion,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let ViolationSuggestion { violation, answer, explanation, basis, features } = suggestion;
    let AnswerColumns { ground, defect, amount, reissue, documents } = AnswerColumns::of(answer);
    let basis: Vec<BasisDocument> = basis.iter().map(BasisDocument::from).collect();
    let features: Vec<FeatureDocument> = features.iter().map(FeatureDocument::from).collect();
    sqlx::query_file!(
        "src/triage/queries/insert_answer.sql",
        triage.uuid(),
        violation.uuid(),
        answer.label(),
        ground,
        defect,
        amount.map(Money::amount),
        amount.map(|amount| amount.currency().code()),
        reissue,
        &documents,
        explanation.arabic,
        explanation.english,
        serde_json::to_value(&basis).map_err(|error| sqlx::Error::Encode(error.into()))?,
        serde_json::to_value(&features).map_err(|error| sqlx::Error::Encode(error.into()))?,
        now,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// The machine's latest answer on each violation of an objection.
///
/// # Errors
/// When the database fails or a row does not read.
pub(crate) async fn latest_suggestions(
    connection: &mut PgConnection,
    objection: ObjectionId,
) -> Result<Vec<StoredSuggestion>, ObjectionError> {
    let rows = sqlx::query_file!("src/triage/queries/latest_answers.sql", objection.uuid())
        .fetch_all(connection)
        .await?;
    let unreadable = |what| ObjectionError::Unreadable { objection, what };
    let read = rows.into_iter().map(|row| {
        let ground =
            row.ground.as_deref().map(|code| GroundCode::from_code(code).ok_or_else(|| unreadable("ground")));
        let defect =
            row.defect.as_deref().map(|code| FormDefect::from_code(code).ok_or_else(|| unreadable("defect")));
        let documents =
            row.documents.iter().map(|label| DocumentKind::from_label(label)).collect::<Option<_>>();
        Ok(StoredSuggestion {
            triage: TriageId::from_uuid(row.triage_id),
            violation: ViolationId::from_uuid(row.violation_id),
            answer: MachineAnswerKind::from_label(&row.answer).ok_or_else(|| unreadable("answer"))?,
            ground: ground.transpose()?,
            defect: defect.transpose()?,
            amount: optional_money(row.amount, row.currency.as_deref()).map_err(|_| unreadable("amount"))?,
            reissue: row.reissue,
            documents: documents.ok_or_else(|| unreadable("documents"))?,
            explanation: BilingualText::new(row.explanation_arabic, row.explanation_english),
            basis: serde_json::from_value(row.basis).map_err(|_| unreadable("basis"))?,
            features: serde_json::from_value(row.features).map_err(|_| unreadable("features"))?,
            made_at: row.answered_at,
        })
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::money::Currency;
    use schemas::triage::RefusableDefect;

    #[test]
    fn each_answer_fills_the_columns_that_its_checks_ask_for() {
        let to = Money::new(150.into(), Currency::SaudiRiyal).unwrap();
        let reduction = Reduction { ground: GroundCode::PaidOrAmountWrong, to };
        let cancel = AnswerColumns::of(&MachineAnswer::Cancel { ground: GroundCode::Sold, reissue: true });
        assert_eq!((cancel.ground, cancel.reissue), (Some("G04"), true));
        assert_eq!(AnswerColumns::of(&MachineAnswer::Reduce(reduction)).amount, Some(to));
        let review = MachineAnswer::SendToReview { meanwhile: Some(reduction) };
        assert_eq!(AnswerColumns::of(&review).amount, Some(to));
        let refused = AnswerColumns::of(&MachineAnswer::RefuseOnForm { defect: RefusableDefect::Late });
        assert_eq!((refused.defect, refused.ground), (Some("F01"), None));
    }
}
