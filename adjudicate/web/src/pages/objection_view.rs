//! What a citizen said and what the machine found on it, as pages show them.

use super::format;
use super::labels;
use super::page::Page;
use super::wording::{FactView, Wording};
use adjudicate::case::read::CaseEvidence;
use adjudicate::desk::objection_view::ObjectionView;
use adjudicate::triage::store::{BasisDocument, FeatureDocument, StoredSuggestion};
use chrono::{DateTime, Utc};
use rules::facts::LoggedPhase;
use rust_decimal::Decimal;
use schemas::attachment::{Attachment, AttachmentMediaType};
use schemas::ground_table::{GroundEntry, GroundTable};
use schemas::jurisdiction::Jurisdiction;
use schemas::money::Money;
use schemas::objection::{FormDefect, Ground, GroundCode};
use schemas::offence::OffenceKind;
use schemas::text::BilingualText;
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
    /// Where what it shows is fetched; `None` when this viewer may not, or it is no picture.
    pub copy: Option<String>,
    /// Where it is fetched as it was sent; `None` when this viewer may not.
    pub original: Option<String>,
}

impl SuggestionView {
    /// What the machine found, for a page.
    #[must_use]
    pub fn of(wording: Wording<'_>, jurisdiction: Jurisdiction, stored: &StoredSuggestion) -> Self {
        let language = wording.language;
        Self {
            answer: labels::machine_answer(wording.t.dialect, stored.answer),
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
            name: format!(
                "{} · {} {}",
                one.media_type.label(),
                format::count(wording.language, one.size_bytes.div_ceil(KILOBYTE)),
                t.kilobytes
            ),
            copy: address
                .filter(|_| one.media_type != AttachmentMediaType::Pdf)
                .map(|address| format!("{address}/attachments/{}", one.id)),
            original: address.map(|address| format!("{address}/attachments/{}/original", one.id)),
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
    let found = Finding::from_label(finding);
    let ground = subject.parse::<GroundCode>().ok().map(|code| &table.ground(code).title);
    // The defect is named only where there is one; otherwise the point itself.
    let form = FormDefect::from_code(subject).map(|defect| match found {
        Some(Finding::Defect) => &table.form(defect).title,
        Some(Finding::InFavour | Finding::NotSupported | Finding::FactMissing | Finding::InOrder) | None => {
            &table.form(defect).in_order
        }
    });
    let name = ground.or(form).map_or(subject.as_str(), |title| title.in_language(wording.language));
    let (finding, class) = match found {
        // A point of form that the file does not settle is weighed; its facts may well be there.
        Some(Finding::FactMissing) if form.is_some() => {
            (wording.t.left_to_person.to_owned(), finding_class(Finding::FactMissing))
        }
        Some(found) => (labels::finding(wording.t.dialect, found).to_owned(), finding_class(found)),
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
            let label = labels::feature(wording.t.dialect, known);
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
    if let Some(words) = coded_value(wording, jurisdiction, name, value) {
        return words;
    }
    let is_speed =
        [FeatureName::LimitEnforced, FeatureName::LimitShown, FeatureName::LimitShownBefore].contains(&name);
    match value.parse::<i64>() {
        // Stored in hundredths, since features are whole numbers.
        Ok(hundredths) if is_speed => format::number(language, &Decimal::new(hundredths, 2).to_string()),
        Ok(_) => format::number(language, value),
        Err(_) => format::digits(language, value),
    }
}

/// What a code or an amount is called: an act, a light, a sum with its currency.
fn coded_value(
    wording: Wording<'_>,
    jurisdiction: Jurisdiction,
    name: FeatureName,
    value: &str,
) -> Option<String> {
    let is_amount =
        [FeatureName::AmountDue, FeatureName::AmountByTariff, FeatureName::AmountPaid].contains(&name);
    if is_amount {
        let (amount, currency) = value.split_once(' ')?;
        let money = Money::new(amount.parse().ok()?, currency.parse().ok()?).ok()?;
        Some(wording.money(money))
    } else if name == FeatureName::ActCode {
        let words = wording.policies.of(jurisdiction).words();
        Some(words.act(OffenceKind::from_code(value)?).in_language(wording.language).to_owned())
    } else if name == FeatureName::SignalPhase {
        let phase = LoggedPhase::ALL.into_iter().find(|phase| phase.label() == value)?;
        Some(labels::logged_phase(wording.t.dialect, phase).to_owned())
    } else {
        None
    }
}

/// One ground that the form offers.
#[derive(Debug, Clone)]
pub struct GroundChoice {
    /// G01 to G25.
    pub code: &'static str,
    /// In the country's words.
    pub name: String,
    /// What the citizen should know or add.
    pub hint: String,
    /// Documents that carry it, any one of them.
    pub documents: Vec<String>,
    /// What a document is for: of help, or needed.
    pub documents_label: &'static str,
    /// Whether the machine looks at the facts of it by itself.
    pub checked: bool,
    /// Whether it was chosen before.
    pub chosen: bool,
}

impl GroundChoice {
    /// The grounds that fit the act of `evidence`, in the country's words.
    #[must_use]
    pub fn offered(page: &Page, evidence: &CaseEvidence, chosen: &str) -> Vec<Self> {
        let table = GroundTable::of(evidence.jurisdiction);
        let words = |text: &BilingualText| text.in_language(page.language).to_owned();
        let choice = |(code, entry): (GroundCode, &GroundEntry)| Self {
            code: code.code(),
            name: words(&entry.title),
            hint: words(&entry.hint),
            documents: entry.documents.iter().map(|kind| words(table.document(*kind))).collect(),
            documents_label: if entry.document_needed {
                page.t.ground_documents_needed
            } else {
                page.t.ground_documents
            },
            checked: !entry.facts.is_empty(),
            chosen: chosen == code.code(),
        };
        table.offered(OffenceKind::from_code(&evidence.act_code)).map(choice).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::texts::{Dialect, Texts};
    use rules::policy::Policies;
    use schemas::text::Language;

    fn shown(subject: &str, found: Finding) -> (String, String) {
        let policies = Policies::compiled_in().unwrap();
        let country = Jurisdiction::SaudiArabia;
        let t = Texts::of(Dialect::of(Language::Arabic, Some(country)));
        let wording = Wording { language: Language::Arabic, t, policies: &policies };
        let basis = BasisDocument {
            subject: subject.to_owned(),
            claimed: false,
            finding: found.label().to_owned(),
            arabic: String::new(),
            english: String::new(),
        };
        let view = check(wording, country, &basis);
        (view.name, view.finding)
    }

    #[test]
    fn a_point_of_form_is_named_by_its_defect_only_where_there_is_one() {
        let pair = |name: &str, finding: &str| (name.to_owned(), finding.to_owned());
        assert_eq!(shown("F01", Finding::InOrder), pair("التقديم خلال المهلة", "مستوفٍ"));
        assert_eq!(shown("F01", Finding::Defect), pair("قُدّم الاعتراض بعد انتهاء المهلة", "عيب شكلي"));
        assert_eq!(shown("F03", Finding::FactMissing), pair("صفة مقدم الاعتراض", "يُترك للمراجع"));
        assert_eq!(shown("G01", Finding::FactMissing).1, "لا توجد بيانات مسجّلة");
    }

    #[test]
    fn amounts_acts_and_lights_are_told_in_the_words_of_the_page() {
        let policies = Policies::compiled_in().unwrap();
        let country = Jurisdiction::Egypt;
        let t = Texts::of(Dialect::of(Language::Arabic, Some(country)));
        let wording = Wording { language: Language::Arabic, t, policies: &policies };
        let value = |name, text| feature_value(wording, country, name, text);
        assert_eq!(value(FeatureName::AmountDue, "400 EGP"), "٤٠٠ جنيه");
        assert_eq!(value(FeatureName::ActCode, "red_light"), "كسر الإشارة الحمراء");
        assert_eq!(value(FeatureName::SignalPhase, "dark"), "منطفئة");
        assert_eq!(value(FeatureName::LimitShown, "9050"), "٩٠٫٥");
        assert_eq!(value(FeatureName::ObjectionDeadline, "2026-05-03"), "٢٠٢٦-٠٥-٠٣");
    }
}
