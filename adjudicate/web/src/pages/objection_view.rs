//! What a citizen said and what the machine found on it, as pages show them.

use super::format;
use super::labels;
use super::wording::{FactView, Wording};
use adjudicate::desk::objection_view::ObjectionView;
use adjudicate::triage::store::{BasisDocument, FeatureDocument, StoredSuggestion};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemas::attachment::Attachment;
use schemas::ground_table::GroundTable;
use schemas::jurisdiction::Jurisdiction;
use schemas::objection::{FormDefect, Ground, GroundCode};
use schemas::triage::{FeatureName, Finding};

/// Bytes of a kilobyte, as sizes of files are told.
const KILOBYTE: u64 = 1_000;

/// What the machine found on one violation of an objection.
#[derive(Debug, Clone)]
pub struct SuggestionView {
    /// Its answer.
    pub answer: &'static str,
    /// What would be asked, or was paid.
    pub amount: Option<String>,
    /// Why, for the citizen.
    pub explanation: String,
    /// Every check.
    pub checks: Vec<CheckView>,
    /// Their number.
    pub checks_count: String,
    /// Everything that was looked at.
    pub features: Vec<FactView>,
    /// Their number.
    pub features_count: String,
}

/// One check.
#[derive(Debug, Clone)]
pub struct CheckView {
    /// G01 to G25 or F01 to F06.
    pub code: String,
    /// The ground or point of form.
    pub name: String,
    /// What was found.
    pub finding: String,
    /// The badge's class.
    pub class: &'static str,
    /// Whether the citizen named it.
    pub claimed: bool,
    /// The same in words.
    pub text: String,
}

/// What the citizen said.
#[derive(Debug, Clone)]
pub struct CitizenView {
    /// Reference, time of filing.
    pub facts: Vec<FactView>,
    /// Why, the main ground first.
    pub grounds: Vec<GroundView>,
    /// In their own words.
    pub story: String,
    /// What was added.
    pub attachments: Vec<AttachmentView>,
}

/// One ground.
#[derive(Debug, Clone)]
pub struct GroundView {
    /// G01 to G25.
    pub code: &'static str,
    /// In the country's words.
    pub name: String,
    /// Document, date, other violation.
    pub details: Vec<FactView>,
}

/// One file.
#[derive(Debug, Clone)]
pub struct AttachmentView {
    /// What it is, how large.
    pub name: String,
    /// Where it is fetched; `None` when this viewer may not.
    pub address: Option<String>,
}

impl SuggestionView {
    /// What the machine found, for a page.
    #[must_use]
    pub fn of(wording: Wording<'_>, jurisdiction: Jurisdiction, stored: &StoredSuggestion) -> Self {
        let language = wording.language;
        Self {
            answer: labels::machine_answer(language, stored.answer),
            amount: stored.amount.map(|amount| wording.money(amount)),
            explanation: stored.explanation.in_language(language).to_owned(),
            checks: stored.basis.iter().map(|basis| check(wording, jurisdiction, basis)).collect(),
            checks_count: format::count(language, stored.basis.len()),
            features: stored
                .features
                .iter()
                .map(|feature| feature_fact(wording, jurisdiction, feature))
                .collect(),
            features_count: format::count(language, stored.features.len()),
        }
    }
}

impl CitizenView {
    /// What a citizen said, for a page; attachments under `address` if the viewer may fetch them.
    #[must_use]
    pub fn of(wording: Wording<'_>, view: &ObjectionView, address: Option<&str>) -> Self {
        let t = wording.t;
        let filed_at = format::instant(wording.language, view.jurisdiction, view.filed_at);
        let attachment = |one: &Attachment| AttachmentView {
            name: format!("{} · {} kB", one.media_type.label(), one.size_bytes.div_ceil(KILOBYTE)),
            address: address.map(|address| format!("{address}/attachments/{}", one.id)),
        };
        Self {
            facts: vec![
                wording.plain_fact(t.fact_reference, view.reference.to_string()),
                wording.plain_fact(t.fact_filed, filed_at),
            ],
            grounds: view
                .grounds
                .iter()
                .map(|ground| ground_view(wording, view.jurisdiction, ground))
                .collect(),
            story: view.story.as_str().to_owned(),
            attachments: view.attachments.iter().map(attachment).collect(),
        }
    }
}

fn ground_view(wording: Wording<'_>, jurisdiction: Jurisdiction, ground: &Ground) -> GroundView {
    let t = wording.t;
    let details = ground.details();
    let document = details.document.map(|number| wording.fact(t.document_number, number.as_str()));
    let date =
        details.date.map(|date| wording.plain_fact(t.stated_date, format::day(wording.language, date.day())));
    let other = details.other_violation.map(|other| wording.plain_fact(t.other_violation, other.to_string()));
    let title = &GroundTable::of(jurisdiction).ground(ground.code()).title;
    GroundView {
        code: ground.code().code(),
        name: title.in_language(wording.language).to_owned(),
        details: [document, date, other].into_iter().flatten().collect(),
    }
}

fn check(wording: Wording<'_>, jurisdiction: Jurisdiction, basis: &BasisDocument) -> CheckView {
    let BasisDocument { subject, claimed, finding, arabic, english } = basis;
    let table = GroundTable::of(jurisdiction);
    let ground = subject.parse::<GroundCode>().ok().map(|code| &table.ground(code).title);
    let form = FormDefect::from_code(subject).map(|defect| &table.form(defect).title);
    let name = ground.or(form).map_or(subject.as_str(), |title| title.in_language(wording.language));
    let found = Finding::from_label(finding);
    let (finding, class) = match found {
        Some(found) => (labels::finding(wording.language, found).to_owned(), finding_class(found)),
        None => (finding.clone(), ""),
    };
    let text = match wording.language {
        schemas::text::Language::Arabic => arabic,
        schemas::text::Language::English => english,
    };
    CheckView {
        code: subject.clone(),
        name: name.to_owned(),
        finding,
        class,
        claimed: *claimed,
        text: text.clone(),
    }
}

const fn finding_class(finding: Finding) -> &'static str {
    match finding {
        Finding::InFavour | Finding::InOrder => "badge-good",
        Finding::NotSupported => "",
        Finding::FactMissing | Finding::Defect => "badge-warn",
    }
}

fn feature_fact(wording: Wording<'_>, jurisdiction: Jurisdiction, feature: &FeatureDocument) -> FactView {
    let FeatureDocument { name, value } = feature;
    match FeatureName::from_label(name) {
        Some(known) => {
            let label = labels::feature(wording.language, known);
            wording.plain_fact(label, feature_value(wording, jurisdiction, known, value))
        }
        None => wording.plain_fact(name, value.clone()),
    }
}

/// The stored text of a value in the page's words.
fn feature_value(wording: Wording<'_>, jurisdiction: Jurisdiction, name: FeatureName, value: &str) -> String {
    let Wording { language, t, .. } = wording;
    let word = match value {
        "true" => Some(t.yes),
        "false" => Some(t.no),
        "none" => Some(t.none),
        "unknown" => Some(t.unknown),
        _ => None,
    };
    if let Some(word) = word {
        return word.to_owned();
    }
    if let Ok(instant) = value.parse::<DateTime<Utc>>() {
        return format::instant(language, jurisdiction, instant);
    }
    let is_speed =
        [FeatureName::LimitEnforced, FeatureName::LimitShown, FeatureName::LimitShownBefore].contains(&name);
    match value.parse::<i64>() {
        // Stored in hundredths, since features are whole numbers.
        Ok(hundredths) if is_speed => format::count(language, Decimal::new(hundredths, 2).normalize()),
        Ok(number) => format::count(language, number),
        Err(_) => value.to_owned(),
    }
}

/// Deeds and moves as they stand in a history.
#[derive(Debug, Clone)]
pub struct TimelineEntry {
    /// When, in the country's civil time.
    pub when: String,
    /// What.
    pub action: String,
    /// Who, where the viewer may know.
    pub actor: String,
}

impl TimelineEntry {
    /// One entry.
    #[must_use]
    pub fn of(
        wording: Wording<'_>,
        jurisdiction: Jurisdiction,
        at: DateTime<Utc>,
        action: String,
        actor: String,
    ) -> Self {
        Self { when: format::instant(wording.language, jurisdiction, at), action, actor }
    }
}
