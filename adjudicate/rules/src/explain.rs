//! The sentences of a calculation, one function for each rule, in Arabic and English.
//!
//! A sentence names no plate and no person: it stands in pages, messages and case files alike.

use crate::policy::Policy;
use crate::policy::deduction::LegalSpeed;
use crate::policy::numbers::{arabic_number, english_number, seconds};
use crate::policy::sources::arabic_names;
use crate::policy::tariff::{ActiveRow, BandEdge, DraftRow, DueBasis, Scope, ToleratedBand};
use crate::registry::CalibrationCertificate;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use schemas::assessment::CalculationStep;
use schemas::camera_event::{SignalPhase, SpeedAct, SpeedKmh};
use schemas::plate_read::Confidence;
use schemas::text::{BilingualText, arabic_digits, isolated};

pub(crate) fn measured(act: &SpeedAct) -> CalculationStep {
    let (speed, limit) = (act.measured.value(), act.limit.value());
    let (speed_ar, limit_ar) = (arabic_number(speed), arabic_number(limit));
    let (speed, limit) = (english_number(speed), english_number(limit));
    step(
        "speed.measured",
        format!("قاس الجهاز سرعة {speed_ar} كم/س، والحد الأقصى للسرعة {limit_ar} كم/س."),
        format!("The instrument measured {speed} km/h where the limit is {limit} km/h."),
    )
}

pub(crate) fn deduction(speed: &LegalSpeed) -> CalculationStep {
    let arabic = [speed.measured, speed.deducted, speed.counted].map(arabic_number);
    let english = [speed.measured, speed.deducted, speed.counted].map(english_number);
    step(
        "speed.deduction",
        format!(
            "خُصم {} كم/س لصالح السائق مراعاةً لهامش دقة القياس، فتُحتسب السرعة {} كم/س بدلًا من {} كم/س.",
            arabic[1], arabic[2], arabic[0]
        ),
        format!(
            "{} km/h are taken off in the driver's favour for the tolerance of measurement: {} km/h count instead of {} km/h.",
            english[1], english[2], english[0]
        ),
    )
}

pub(crate) fn within_limit() -> CalculationStep {
    step(
        "speed.within_limit",
        "لا تتجاوز السرعة المحتسبة الحد الأقصى للسرعة، فلا توجد مخالفة.".to_owned(),
        "The speed that counts is not above the limit, so there is no offence.".to_owned(),
    )
}

pub(crate) fn excess(excess: Decimal) -> CalculationStep {
    step(
        "speed.excess",
        format!("تزيد السرعة المحتسبة على الحد الأقصى للسرعة بمقدار {} كم/س.", arabic_number(excess)),
        format!("The speed that counts is {} km/h above the limit.", english_number(excess)),
    )
}

pub(crate) fn tolerated(band: &ToleratedBand) -> CalculationStep {
    let up_to = band.band.up_to.map_or(Decimal::ZERO, |edge| edge.kmh);
    let mut step = step(
        "speed.tolerated",
        format!(
            "لا يقرر جدول الغرامات غرامة لتجاوز هذا الحد بما لا يزيد على {} كم/س، فلا توجد مخالفة.",
            arabic_number(up_to)
        ),
        format!(
            "The table of fines sets no fine for up to {} km/h above such a limit, so there is no offence.",
            english_number(up_to)
        ),
    );
    step.source = Some(BilingualText::new(
        format!("البند {} ({})", isolated(&band.id), arabic_names(&band.sources)),
        format!("{} [{}]", band.id, band.sources.join("; ")),
    ));
    step
}

pub(crate) fn not_red(phase: SignalPhase) -> CalculationStep {
    let (arabic, english) = match phase {
        SignalPhase::Green => ("خضراء", "green"),
        SignalPhase::Amber => ("صفراء", "amber"),
        SignalPhase::Red => ("حمراء", "red"),
        SignalPhase::Unknown => ("غير معلومة", "unknown"),
    };
    step(
        "signal.not_red",
        format!("لم تكن الإشارة حمراء بل {arabic}، فلا توجد مخالفة."),
        format!("The light was {english} and not red, so there is no offence."),
    )
}

pub(crate) fn red(red_milliseconds: u32, amber_milliseconds: u32) -> CalculationStep {
    let (red, amber) = (seconds(red_milliseconds.into()), seconds(amber_milliseconds.into()));
    step(
        "signal.red",
        format!(
            "عبرت المركبة خط الوقوف بعد {} ث من بدء الضوء الأحمر، وكانت مدة الضوء الأصفر قبله {} ث.",
            arabic_number(red),
            arabic_number(amber)
        ),
        format!(
            "The vehicle crossed the line {} s after red began; the amber before it lasted {} s.",
            english_number(red),
            english_number(amber)
        ),
    )
}

pub(crate) fn certificate(certificate: &CalibrationCertificate, rule: &str) -> CalculationStep {
    let mut step = step(
        rule,
        format!("كانت شهادة المعايرة رقم {} سارية وقت الالتقاط.", isolated(&certificate.id)),
        format!("Calibration certificate {} was in force at the time of capture.", certificate.id),
    );
    let CalibrationCertificate { type_approval, .. } = certificate;
    let [from, to] =
        [certificate.valid_from, certificate.valid_to].map(|instant| instant.format("%Y-%m-%d %H:%M"));
    step.source = Some(BilingualText::new(
        format!(
            "اعتماد الطراز {}، سارٍ من {} إلى {} بالتوقيت العالمي",
            isolated(type_approval),
            isolated(&arabic_digits(&from)),
            isolated(&arabic_digits(&to))
        ),
        format!("{type_approval}, {from} UTC to {to} UTC"),
    ));
    step
}

pub(crate) fn clock(offset_milliseconds: u64, tolerance_milliseconds: u64) -> CalculationStep {
    let (offset, tolerance) = (seconds(offset_milliseconds), seconds(tolerance_milliseconds));
    step(
        "gate.clock",
        format!(
            "بلغ انحراف ساعة الكاميرا {} ث، والمسموح به {} ث على الأكثر.",
            arabic_number(offset),
            arabic_number(tolerance)
        ),
        format!(
            "The camera's clock was off by {} s; at most {} s are allowed.",
            english_number(offset),
            english_number(tolerance)
        ),
    )
}

pub(crate) fn sign(limit: SpeedKmh) -> CalculationStep {
    step(
        "gate.sign",
        format!(
            "كانت لافتة السرعة سليمة وقت الالتقاط، والحد الظاهر عليها {} كم/س.",
            arabic_number(limit.value())
        ),
        format!(
            "The speed sign was in order and showed {} km/h at the time of capture.",
            english_number(limit.value())
        ),
    )
}

pub(crate) fn plate(frames: usize) -> CalculationStep {
    step(
        "gate.plate",
        format!("قُرئ رقم اللوحة نفسه في {}.", arabic_pictures(frames)),
        format!("The same plate was read in {frames} pictures."),
    )
}

/// Tenths of a per cent: the least that says something about two views, and far above what differs between machines.
pub(crate) fn plate_guess(views: usize, confidence: Confidence) -> CalculationStep {
    let percent = Decimal::from_f32(confidence.value()).unwrap_or_default() * Decimal::ONE_HUNDRED;
    let percent = percent.round_dp(1);
    step(
        "plate.guess",
        format!(
            "جُمعت قراءات {} حرفًا حرفًا، واحتمال صحة القراءة الأرجح {}٪.",
            arabic_pictures(views),
            arabic_number(percent)
        ),
        format!(
            "The readings of {views} pictures were added up character by character; the likeliest plate is right with a probability of {} %.",
            english_number(percent)
        ),
    )
}

pub(crate) fn tariff_row(policy: &Policy, row: &ActiveRow) -> CalculationStep {
    let price = row.price();
    let range = policy.words().range(price.min, price.max);
    let act = policy.words().act(row.scope().act());
    let band = band_text(row.scope());
    let mut step = step(
        "tariff.row",
        format!("{}{}: الغرامة {} (البند {}).", act.arabic, band.0, range.arabic, isolated(&row.id())),
        format!("{}{}: the fine is {} (row {}).", act.english, band.1, range.english, row.id()),
    );
    step.source = Some(row.source().in_words());
    step
}

pub(crate) fn due(policy: &Policy, row: &ActiveRow) -> CalculationStep {
    let price = row.price();
    let amount = policy.words().amount(price.due);
    let (arabic, english) = match price.basis {
        DueBasis::Minimum => (
            format!("يُطلب الحد الأدنى للغرامة، وهو {}.", amount.arabic),
            format!("The least of these is asked: {}.", amount.english),
        ),
        DueBasis::Practice => (
            format!("يُطلب المبلغ المعمول به، وهو {}.", amount.arabic),
            format!("The sum usual in practice is asked: {}.", amount.english),
        ),
    };
    let mut step = step("tariff.due", arabic, english);
    step.amount = Some(price.due);
    step.source = Some(row.source().in_words());
    step
}

pub(crate) fn tariff_draft(row: &DraftRow) -> CalculationStep {
    step(
        "tariff.draft",
        format!("بند الغرامة {} مسودة غير معتمدة، فلم يُحدَّد مبلغ.", isolated(&row.id)),
        format!("The row of fines {} is a draft, so no amount is set.", row.id),
    )
}

pub(crate) fn tariff_missing() -> CalculationStep {
    step(
        "tariff.missing",
        "لا يوجد بند غرامة معتمد لهذا الفعل، فلم يُحدَّد مبلغ.".to_owned(),
        "No row of fines covers this act, so no amount is set.".to_owned(),
    )
}

fn step(rule: &str, arabic: String, english: String) -> CalculationStep {
    CalculationStep { rule: rule.to_owned(), arabic, english, amount: None, source: None }
}

/// Genitive, as after a preposition or a noun.
fn arabic_pictures(count: usize) -> String {
    let number = arabic_number(Decimal::from(count));
    match count {
        1 => "صورة واحدة".to_owned(),
        2 => "صورتين".to_owned(),
        3..=10 => format!("{number} صور"),
        _ => format!("{number} صورة"),
    }
}

/// The band in both languages, to be put after the name of the act; `None` where the row has no band.
fn band_text(scope: &Scope) -> (String, String) {
    let Scope::Excess { band, .. } = scope else {
        return (String::new(), String::new());
    };
    if band.over.kmh.is_zero() && band.up_to.is_none() {
        return (String::new(), String::new());
    }
    let (arabic, english) = lower_edge(band.over);
    match band.up_to.map(upper_edge) {
        Some((up_to_ar, up_to)) => (format!(" {arabic} {up_to_ar}"), format!(" {english} {up_to}")),
        None => (format!(" {arabic}"), format!(" {english}")),
    }
}

fn lower_edge(edge: BandEdge) -> (String, String) {
    let (arabic, english) = (arabic_number(edge.kmh), english_number(edge.kmh));
    if edge.inclusive {
        (format!("بما لا يقل عن {arabic} كم/س"), format!("by {english} km/h or more"))
    } else {
        (format!("بأكثر من {arabic} كم/س"), format!("by more than {english} km/h"))
    }
}

fn upper_edge(edge: BandEdge) -> (String, String) {
    let (arabic, english) = (arabic_number(edge.kmh), english_number(edge.kmh));
    if edge.inclusive {
        (format!("وحتى {arabic} كم/س"), format!("and up to {english} km/h"))
    } else {
        (format!("وأقل من {arabic} كم/س"), format!("and less than {english} km/h"))
    }
}
