//! An objection as JSON: what was said, each answer with its reasons, where it went.

use super::violations::{MoneyOut, TextOut};
use adjudicate::desk::objection_view::{
    FILED_EVENT, HistoryEntry, HumanAnswer, ObjectionView, ViolationAnswer,
};
use adjudicate::triage::store::{BasisDocument, FeatureDocument, StoredSuggestion};
use chrono::{DateTime, NaiveDate, Utc};
use rules::flow::objection::ObjectionEvent;
use schemas::attachment::Attachment;
use schemas::ground_table::GroundTable;
use schemas::jurisdiction::Jurisdiction;
use schemas::objection::stated_date::StatedDate;
use schemas::objection::{FormDefect, Ground, GroundCode};
use serde::Serialize;
use utoipa::ToSchema;

/// An objection.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ObjectionOut {
    /// What the citizen quotes.
    pub reference: String,
    /// `filed`, `waiting`, `awaiting_document`, `in_review`, `answered` or `decided`.
    pub state: &'static str,
    /// When it was filed.
    pub filed_at: DateTime<Utc>,
    /// When a person was asked for.
    pub human_asked_at: Option<DateTime<Utc>>,
    /// Last civil day for the document that was asked for.
    pub document_due_on: Option<NaiveDate>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// Why, the main ground first.
    pub grounds: Vec<GroundOut>,
    /// The citizen's words.
    pub story: String,
    /// What was added.
    pub attachments: Vec<AttachmentOut>,
    /// Each violation with its answer.
    pub violations: Vec<AnswerOut>,
    /// Where it went.
    pub history: Vec<HistoryOut>,
}

/// One ground.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GroundOut {
    /// G01 to G25.
    pub code: &'static str,
    /// In the country's words.
    pub title: TextOut,
    /// Number of a document.
    pub document_number: Option<String>,
    /// Date.
    pub date: Option<NaiveDate>,
    /// The other violation.
    pub other_violation: Option<String>,
}

/// One file that was added.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttachmentOut {
    /// Its id.
    pub id: String,
    /// Of the bytes, hexadecimal.
    pub sha256: String,
    /// What it is.
    pub media_type: &'static str,
    /// Length of the bytes.
    pub size_bytes: u64,
}

/// The answer on one violation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AnswerOut {
    /// Reference of the violation.
    pub violation: String,
    /// The answer that closed it: `cancelled`, `reduced`, `closed_as_paid`, `refused_on_form` or `upheld`.
    pub answer: Option<&'static str>,
    /// `machine` or `human`.
    pub answered_by: Option<&'static str>,
    /// The machine's latest answer.
    pub machine: Option<MachineAnswerOut>,
    /// The person's answer.
    pub human: Option<HumanAnswerOut>,
}

/// What the machine answered, with everything that it rests on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MachineAnswerOut {
    /// `cancelled`, `reduced`, `closed_as_paid`, `refused_on_form`, `document_requested`, `waiting` or `sent_to_review`.
    pub answer: &'static str,
    /// The ground that the facts support.
    pub ground: Option<&'static str>,
    /// The form defect.
    pub defect: Option<&'static str>,
    /// What is due from now on, or was paid.
    pub amount: Option<MoneyOut>,
    /// What was asked for; any one is enough.
    pub documents: Vec<TextOut>,
    /// Why.
    pub explanation: TextOut,
    /// Every check with what it found.
    pub checks: Vec<CheckOut>,
    /// Everything that was looked at.
    pub features: Vec<FeatureOut>,
    /// When.
    pub made_at: DateTime<Utc>,
}

/// One check.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckOut {
    /// G01 to G25 or F01 to F06.
    pub subject: String,
    /// Whether the citizen claimed it.
    pub claimed: bool,
    /// `in_favour`, `not_supported`, `fact_missing`, `defect` or `in_order`.
    pub finding: String,
    /// In words.
    pub text: TextOut,
}

/// Something that was looked at.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FeatureOut {
    /// From the closed list.
    pub name: String,
    /// As text.
    pub value: String,
}

/// What a person decided.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HumanAnswerOut {
    /// `upheld`, `cancelled` or `reduced`.
    pub verdict: &'static str,
    /// What is due from now on, if it was reduced.
    pub amount: Option<MoneyOut>,
    /// Why, Arabic.
    pub reason_ar: Option<String>,
    /// Why, English.
    pub reason_en: Option<String>,
    /// Who decided, as the authority names them.
    pub reviewer: String,
    /// When.
    pub decided_at: DateTime<Utc>,
}

/// One move.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HistoryOut {
    /// What happened.
    pub event: &'static str,
    /// Where it was afterwards.
    pub state: &'static str,
    /// When.
    pub at: DateTime<Utc>,
}

impl ObjectionOut {
    /// Every part of an objection that its citizen may see.
    #[must_use]
    pub fn of(view: &ObjectionView) -> Self {
        let ObjectionView {
            id: _,
            reference,
            jurisdiction,
            plate_key: _,
            state,
            version: _,
            overall_result: _,
            language: _,
            story,
            filed_at,
            human_asked_at,
            document_due_on,
            closed_at,
            grounds,
            attachments,
            violations,
            history,
        } = view;
        Self {
            reference: reference.to_string(),
            state: state.label(),
            filed_at: *filed_at,
            human_asked_at: *human_asked_at,
            document_due_on: *document_due_on,
            closed_at: *closed_at,
            grounds: grounds.iter().map(|ground| GroundOut::of(*jurisdiction, ground)).collect(),
            story: story.as_str().to_owned(),
            attachments: attachments.iter().map(AttachmentOut::from).collect(),
            violations: violations.iter().map(|one| AnswerOut::of(*jurisdiction, one)).collect(),
            history: history.iter().map(HistoryOut::from).collect(),
        }
    }
}

impl GroundOut {
    fn of(jurisdiction: Jurisdiction, ground: &Ground) -> Self {
        let details = ground.details();
        Self {
            code: ground.code().code(),
            title: TextOut::from(&GroundTable::of(jurisdiction).ground(ground.code()).title),
            document_number: details.document.map(|number| number.as_str().to_owned()),
            date: details.date.map(StatedDate::day),
            other_violation: details.other_violation.map(|reference| reference.to_string()),
        }
    }
}

impl AnswerOut {
    fn of(jurisdiction: Jurisdiction, answer: &ViolationAnswer) -> Self {
        let ViolationAnswer { violation: _, reference, closing, machine, human } = answer;
        Self {
            violation: reference.to_string(),
            answer: closing.map(|(answer, _)| answer.label()),
            answered_by: closing.map(|(_, by)| by.label()),
            machine: machine.as_ref().map(|machine| MachineAnswerOut::of(jurisdiction, machine)),
            human: human.as_ref().map(HumanAnswerOut::from),
        }
    }
}

impl MachineAnswerOut {
    fn of(jurisdiction: Jurisdiction, stored: &StoredSuggestion) -> Self {
        let StoredSuggestion {
            triage: _,
            violation: _,
            answer,
            ground,
            defect,
            amount,
            reissue: _,
            documents,
            explanation,
            basis,
            features,
            made_at,
        } = stored;
        let table = GroundTable::of(jurisdiction);
        Self {
            answer: answer.label(),
            ground: ground.map(GroundCode::code),
            defect: defect.map(FormDefect::code),
            amount: amount.map(MoneyOut::from),
            documents: documents.iter().map(|kind| TextOut::from(table.document(*kind))).collect(),
            explanation: TextOut::from(explanation),
            checks: basis.iter().map(CheckOut::from).collect(),
            features: features.iter().map(FeatureOut::from).collect(),
            made_at: *made_at,
        }
    }
}

impl From<&Attachment> for AttachmentOut {
    fn from(attachment: &Attachment) -> Self {
        let Attachment { id, sha256, media_type, size_bytes } = attachment;
        Self {
            id: id.to_string(),
            sha256: sha256.to_string(),
            media_type: media_type.label(),
            size_bytes: *size_bytes,
        }
    }
}

impl From<&BasisDocument> for CheckOut {
    fn from(basis: &BasisDocument) -> Self {
        let BasisDocument { subject, claimed, finding, arabic, english } = basis;
        Self {
            subject: subject.clone(),
            claimed: *claimed,
            finding: finding.clone(),
            text: TextOut { ar: arabic.clone(), en: english.clone() },
        }
    }
}

impl From<&FeatureDocument> for FeatureOut {
    fn from(feature: &FeatureDocument) -> Self {
        let FeatureDocument { name, value } = feature;
        Self { name: name.clone(), value: value.clone() }
    }
}

impl From<&HumanAnswer> for HumanAnswerOut {
    fn from(answer: &HumanAnswer) -> Self {
        let HumanAnswer { reviewer, verdict, reason_arabic, reason_english, decided_at } = answer;
        Self {
            verdict: verdict.label(),
            amount: verdict.reduced_to().map(MoneyOut::from),
            reason_ar: reason_arabic.clone(),
            reason_en: reason_english.clone(),
            reviewer: reviewer.to_string(),
            decided_at: *decided_at,
        }
    }
}

impl From<&HistoryEntry> for HistoryOut {
    fn from(entry: &HistoryEntry) -> Self {
        // Who did it is in the audit, not for citizens.
        let HistoryEntry { event, state, actor: _, at } = entry;
        let event = event.map_or(FILED_EVENT, ObjectionEvent::label);
        Self { event, state: state.label(), at: *at }
    }
}
