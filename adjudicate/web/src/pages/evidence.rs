//! A sighting's evidence as pages show it: facts, pictures, reads with their doubt, the calculation step by step.

use super::format;
use super::labels;
use super::plate::PlateView;
use super::wording::{FactView, Wording};
use adjudicate::case::documents::{CharacterDocument, PlateReadDocument, SightingDocument, StepDocument};
use adjudicate::case::read::{CaseEvidence, CaseOutcome, ViolationStatus};
use adjudicate::case::store::StoredFile;
use rules::reason_text::reason_text;
use rust_decimal::Decimal;
use schemas::camera_event::FrameRole;
use schemas::evidence::Sha256Digest;
use schemas::jurisdiction::Jurisdiction;
use schemas::money::Money;
use schemas::offence::OffenceKind;
use schemas::plate::PlateNumber;
use schemas::plate_read::ReadFlag;
use schemas::text::Language;
use std::collections::BTreeSet;

/// Below this a character is marked as doubtful, as the acceptance policy does.
const CHARACTER_DOUBT_BELOW: f32 = 0.9;
/// Digits of a hash that are shown; the whole is in the case file.
const HASH_DIGITS_SHOWN: usize = 16;

/// What the template shows of one sighting.
#[derive(Debug, Clone)]
pub struct EvidenceView {
    /// Kind of the case.
    pub heading: &'static str,
    /// A violation's reference.
    pub reference: Option<String>,
    /// The plate.
    pub plate: Option<PlateView>,
    /// Act, time, place and so on.
    pub facts: Vec<FactView>,
    /// Why a person must look.
    pub reasons: Vec<String>,
    /// The pictures.
    pub frames: Vec<FrameView>,
    /// Whether reads are shown at all.
    pub show_reads: bool,
    /// What was read, frame by frame.
    pub reads: Vec<ReadView>,
    /// Rule by rule.
    pub steps: Vec<StepView>,
    /// What is due.
    pub amount: Option<String>,
    /// What that amount is.
    pub amount_label: &'static str,
    /// What the law allows.
    pub amount_range: Option<String>,
    /// What early payment costs and until when.
    pub early_payment: Option<String>,
    /// Beginning of the hash over the rule tables.
    pub rule_table_short: String,
    /// What the machine found on an objection to it.
    pub suggestion: Option<super::objection_view::SuggestionView>,
}

/// One picture.
#[derive(Debug, Clone)]
pub struct FrameView {
    /// Place in the case, in the page's digits.
    pub number: String,
    /// What it shows.
    pub role: String,
    /// Where it is fetched; `None` when this viewer may not.
    pub address: Option<String>,
    /// Pixels, where the whole picture is shown.
    pub size: Option<(i32, i32)>,
    /// Whether the reviewer opened it under this lease; `None` where that does not matter.
    pub seen: Option<bool>,
}

/// One plate in one picture.
#[derive(Debug, Clone)]
pub struct ReadView {
    /// The picture.
    pub frame_number: String,
    /// What was read, if it is a plate.
    pub plate: Option<PlateView>,
    /// Of the whole read.
    pub confidence: String,
    /// What speaks against it.
    pub flags: Vec<String>,
    /// The cut-out plate; `None` when this viewer may not see it.
    pub crop_address: Option<String>,
    /// Characters, row by row.
    pub rows: Vec<CharacterRow>,
}

/// Characters of one row of a plate.
#[derive(Debug, Clone)]
pub struct CharacterRow {
    /// Which row, on plates that have two.
    pub name: Option<&'static str>,
    /// Letters and digits apart: Arabic letters run from the right, digits from the left.
    pub groups: Vec<CharacterGroup>,
}

/// Characters that run in one direction, whatever the page does.
#[derive(Debug, Clone)]
pub struct CharacterGroup {
    /// `rtl` or `ltr`.
    pub direction: &'static str,
    /// As printed, in that direction.
    pub characters: Vec<CharacterView>,
}

/// One character with its doubt.
#[derive(Debug, Clone)]
pub struct CharacterView {
    /// As printed on that row.
    pub shown: String,
    /// For the meter, 0 to 1.
    pub value: String,
    /// In words.
    pub confidence: String,
    /// Whether it is marked.
    pub doubtful: bool,
    /// The next best reading.
    pub runner_up: Option<RunnerUpView>,
}

/// The next best reading of a character.
#[derive(Debug, Clone)]
pub struct RunnerUpView {
    /// As it would be printed on that row.
    pub shown: String,
    /// Its probability in words.
    pub confidence: String,
}

/// One rule.
#[derive(Debug, Clone)]
pub struct StepView {
    /// Place in the order.
    pub number: String,
    /// What it did.
    pub text: String,
    /// The amount after it.
    pub amount: Option<String>,
    /// The legal source.
    pub source: Option<String>,
}

/// Who looks, and where pictures are for them.
#[derive(Debug, Clone)]
pub enum Gallery {
    /// A citizen: copies cut around the plate, by their place, under the address.
    Citizen(String),
    /// The reviewer who holds the case: originals and cut-out plates, by digest, under the address.
    Holder {
        /// Of the case.
        address: String,
        /// Digests of the pictures that were opened under the lease.
        opened: BTreeSet<Sha256Digest>,
    },
    /// Staff who do not hold the case: what was read, no pictures.
    Onlooker,
}

impl Gallery {
    const fn shows_reads(&self) -> bool {
        match self {
            Self::Citizen(_) => false,
            Self::Holder { .. } | Self::Onlooker => true,
        }
    }
}

impl EvidenceView {
    /// What a viewer sees of a sighting.
    #[must_use]
    pub fn of(wording: Wording<'_>, evidence: &CaseEvidence, gallery: &Gallery) -> Self {
        let t = wording.t;
        let (heading, reference, reasons) = match &evidence.outcome {
            CaseOutcome::Violation(issued) => {
                (t.violation_title, Some(issued.reference.to_string()), Vec::new())
            }
            CaseOutcome::ManualCheck(doubtful) => {
                let reasons = doubtful.reasons.iter();
                let sentence = |reason: &_| reason_text(*reason).in_language(wording.language).to_owned();
                (t.kind_manual_check, None, reasons.map(sentence).collect())
            }
        };
        let (amount, amount_label, amount_range) = amounts(wording, &evidence.outcome);
        Self {
            heading,
            reference,
            plate: evidence.plate.as_ref().map(|plate| PlateView::of(wording, plate)),
            facts: facts(wording, evidence),
            reasons,
            frames: evidence.files.iter().map(|file| frame(wording, evidence, file, gallery)).collect(),
            show_reads: gallery.shows_reads(),
            reads: if gallery.shows_reads() { reads(wording, evidence, gallery) } else { Vec::new() },
            steps: steps(wording, &evidence.calculation.steps),
            amount,
            amount_label,
            amount_range,
            early_payment: None,
            rule_table_short: evidence.rule_table_sha256.chars().take(HASH_DIGITS_SHOWN).collect(),
            suggestion: None,
        }
    }
}

/// How a violation stands, in words and with the badge's class.
#[must_use]
pub const fn status(language: Language, status: ViolationStatus) -> (&'static str, &'static str) {
    match (status, language) {
        (ViolationStatus::Issued, Language::English) => ("Issued", "badge-warn"),
        (ViolationStatus::Issued, Language::Arabic) => ("سارية", "badge-warn"),
        (ViolationStatus::Reduced, Language::English) => ("Reduced", "badge-good"),
        (ViolationStatus::Reduced, Language::Arabic) => ("مخفّضة", "badge-good"),
        (ViolationStatus::Cancelled, Language::English) => ("Cancelled", "badge-good"),
        (ViolationStatus::Cancelled, Language::Arabic) => ("ملغاة", "badge-good"),
        (ViolationStatus::ClosedAsPaid, Language::English) => ("Paid", "badge-good"),
        (ViolationStatus::ClosedAsPaid, Language::Arabic) => ("مسددة", "badge-good"),
    }
}

fn amounts(wording: Wording<'_>, outcome: &CaseOutcome) -> (Option<String>, &'static str, Option<String>) {
    match outcome {
        CaseOutcome::Violation(issued) => {
            let between = wording.range(issued.amount_min, issued.amount_max);
            (Some(wording.money(issued.amount_due)), wording.t.amount_due, Some(between))
        }
        CaseOutcome::ManualCheck(doubtful) => {
            let amount = doubtful.suggested_amount.map(|amount| wording.money(amount));
            (amount, wording.t.amount_if_confirmed, None)
        }
    }
}

fn facts(wording: Wording<'_>, evidence: &CaseEvidence) -> Vec<FactView> {
    let Wording { language, t, .. } = wording;
    let act = act_name(wording, evidence);
    let when = match evidence.captured_at {
        Some(instant) => format::instant(language, evidence.jurisdiction, instant),
        None => evidence.captured_at_raw.clone(),
    };
    let mut facts = vec![
        wording.fact(t.fact_act, act),
        wording.plain_fact(t.fact_when, when),
        wording.fact(t.fact_where, evidence.site.in_language(language)),
        wording.plain_fact(t.fact_camera, evidence.camera_id.clone()),
    ];
    if let CaseOutcome::Violation(issued) = &evidence.outcome {
        facts.push(wording.fact(t.fact_status, status(language, issued.status).0));
    }
    facts.extend(sighting_facts(wording, &evidence.sighting));
    facts
}

fn act_name(wording: Wording<'_>, evidence: &CaseEvidence) -> String {
    let words = wording.policies.of(evidence.jurisdiction).words();
    OffenceKind::from_code(&evidence.act_code).map_or_else(
        || evidence.act_code.clone(),
        |kind| words.act(kind).in_language(wording.language).to_owned(),
    )
}

fn sighting_facts(wording: Wording<'_>, sighting: &SightingDocument) -> Vec<FactView> {
    let Wording { language, t, .. } = wording;
    let mut facts = Vec::new();
    if let Some(speed) = &sighting.speed {
        let [measured, limit] =
            [&speed.measured_kmh, &speed.limit_kmh].map(|kmh| format::number(language, kmh));
        facts.push(wording.fact(t.fact_speed, format!("{measured} / {limit} {}", t.kmh)));
    }
    if let Some(signal) = &sighting.signal {
        let red = Decimal::new(signal.red_milliseconds.into(), 3).round_dp(1);
        let red = format::number(language, &red.to_string());
        facts.push(wording.fact(t.fact_signal, format!("{red} {}", t.seconds)));
    }
    let clock = sighting.clock.as_ref().map_or_else(
        || t.unknown.to_owned(),
        |clock| {
            let offset = format::number(language, &clock.offset_milliseconds.to_string());
            format!("{offset} {}", t.milliseconds)
        },
    );
    facts.push(wording.fact(t.fact_clock, clock));
    if let Some(vehicle) = &sighting.vehicle {
        let words = [&vehicle.make, &vehicle.class, &vehicle.colour];
        let words: Vec<&str> =
            words.into_iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
        if !words.is_empty() {
            facts.push(wording.plain_fact(t.fact_vehicle, words.join(" · ")));
        }
    }
    facts
}

fn frame(wording: Wording<'_>, evidence: &CaseEvidence, file: &StoredFile, gallery: &Gallery) -> FrameView {
    let role = FrameRole::ALL.into_iter().find(|role| role.label() == file.role);
    let role =
        role.map_or_else(|| file.role.clone(), |role| labels::frame_role(wording.t.dialect, role).to_owned());
    let size = Some((file.width, file.height));
    let (address, size, seen) = match gallery {
        Gallery::Citizen(address) => {
            let shown = evidence.own_read(file).is_some();
            (shown.then(|| format!("{address}/frames/{}", file.ordinal)), None, None)
        }
        Gallery::Holder { address, opened } => {
            (Some(format!("{address}/frames/{}", file.sha256)), size, Some(opened.contains(&file.sha256)))
        }
        Gallery::Onlooker => (None, None, None),
    };
    FrameView { number: format::count(wording.language, file.ordinal), role, address, size, seen }
}

fn reads(wording: Wording<'_>, evidence: &CaseEvidence, gallery: &Gallery) -> Vec<ReadView> {
    let of_file = |file: &StoredFile| {
        let number = format::count(wording.language, file.ordinal);
        let crop = |index: usize| match gallery {
            Gallery::Holder { address, .. } => {
                Some(format!("{address}/frames/{}/plates/{index}", file.sha256))
            }
            Gallery::Citizen(_) | Gallery::Onlooker => None,
        };
        let reads = evidence.reads_in(file).enumerate();
        reads
            .map(|(index, document)| read(wording, document, number.clone(), crop(index)))
            .collect::<Vec<_>>()
    };
    evidence.files.iter().flat_map(of_file).collect()
}

fn read(
    wording: Wording<'_>,
    document: &PlateReadDocument,
    frame_number: String,
    crop_address: Option<String>,
) -> ReadView {
    let plate = document.key.as_deref().and_then(|key| PlateNumber::parse_key(key).ok());
    let flag = |label: &String| {
        let known = ReadFlag::ALL.into_iter().find(|flag| flag.label() == label);
        known.map_or_else(|| label.clone(), |flag| labels::read_flag(wording.t.dialect, flag).to_owned())
    };
    ReadView {
        frame_number,
        plate: plate.as_ref().map(|plate| PlateView::of(wording, plate)),
        confidence: format::percent(wording.language, probability(&document.confidence)),
        flags: document.flags.iter().map(flag).collect(),
        crop_address,
        rows: rows(wording, document),
    }
}

/// Egyptian plates have one row; Saudi ones two, which are shown apart since they check each other.
fn rows(wording: Wording<'_>, document: &PlateReadDocument) -> Vec<CharacterRow> {
    let country = document.jurisdiction.parse().ok();
    let named = [("arabic", wording.t.row_arabic, "rtl"), ("latin", wording.t.row_latin, "ltr")];
    let of_row = |(label, name, direction): (&str, &'static str, &'static str)| {
        let of_row = document.characters.iter().filter(|one| one.row == label);
        let (digits, letters): (Vec<_>, Vec<_>) = of_row.partition(|one| is_digit(one));
        let groups =
            [(direction, letters), ("ltr", digits)].into_iter().filter(|(_, group)| !group.is_empty());
        let groups: Vec<_> =
            groups.map(|(direction, group)| character_group(wording, country, direction, &group)).collect();
        (!groups.is_empty()).then_some(CharacterRow { name: Some(name), groups })
    };
    let mut rows: Vec<CharacterRow> = named.into_iter().filter_map(of_row).collect();
    if let [only] = rows.as_mut_slice() {
        only.name = None;
    }
    rows
}

fn is_digit(document: &CharacterDocument) -> bool {
    document.character.chars().all(|character| character.is_ascii_digit())
}

fn character_group(
    wording: Wording<'_>,
    country: Option<Jurisdiction>,
    direction: &'static str,
    group: &[&CharacterDocument],
) -> CharacterGroup {
    CharacterGroup {
        direction,
        characters: group.iter().map(|one| character(wording, country, one)).collect(),
    }
}

fn character(
    wording: Wording<'_>,
    country: Option<Jurisdiction>,
    document: &CharacterDocument,
) -> CharacterView {
    let confidence = probability(&document.confidence);
    let printed = |text: &str| match document.row.as_str() {
        "arabic" => wording.printed(country, text),
        _ => text.to_owned(),
    };
    let runner_up = document.runner_up.as_deref().map(|other| {
        let of_other = document.runner_up_confidence.as_deref().map_or(0.0, probability);
        RunnerUpView { shown: printed(other), confidence: format::percent(wording.language, of_other) }
    });
    CharacterView {
        shown: printed(&document.character),
        value: document.confidence.clone(),
        confidence: format::percent(wording.language, confidence),
        doubtful: confidence < CHARACTER_DOUBT_BELOW,
        runner_up,
    }
}

fn steps(wording: Wording<'_>, steps: &[StepDocument]) -> Vec<StepView> {
    let view = |(index, step): (usize, &StepDocument)| {
        let StepDocument { rule: _, arabic, english, amount, source, source_arabic } = step;
        let (text, source) = match wording.language {
            // Documents from before sources had Arabic words show them as they stand.
            Language::Arabic => (arabic, source_arabic.as_ref().or(source.as_ref())),
            Language::English => (english, source.as_ref()),
        };
        let money = amount.as_ref().and_then(|document| {
            let currency = document.currency.parse().ok()?;
            Money::new(document.amount.parse().ok()?, currency).ok()
        });
        StepView {
            number: format::count(wording.language, index + 1),
            text: text.clone(),
            amount: money.map(|money| wording.money(money)),
            source: source.cloned(),
        }
    };
    steps.iter().enumerate().map(view).collect()
}

/// Six decimals, as the documents hold it; what cannot be read counts as no confidence at all.
fn probability(text: &str) -> f32 {
    text.parse().unwrap_or(0.0)
}
