//! What the rules found, as canonical JSON: fields in the order below, decimals as text, times as seconds since 1970
//! with nine decimals.

use chrono::{DateTime, Utc};
use schemas::assessment::{Assessment, Calculation, CalculationStep, ManualCheck, ViolationDraft};
use schemas::money::Money;
use schemas::text::BilingualText;
use serde::Serialize;

#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(super) enum FindingRecord<'a> {
    NoOffence {
        steps: Vec<StepRecord<'a>>,
    },
    ManualCheck {
        reasons: Vec<&'static str>,
        plate: Option<String>,
        amount: Option<String>,
        steps: Vec<StepRecord<'a>>,
    },
    Violation {
        plate: String,
        act: &'static str,
        captured_at: String,
        tariff_row: &'a str,
        amount: String,
        amount_min: String,
        amount_max: String,
        steps: Vec<StepRecord<'a>>,
    },
}

#[derive(Debug, Serialize)]
pub(super) struct StepRecord<'a> {
    rule: &'a str,
    arabic: &'a str,
    english: &'a str,
    amount: Option<String>,
    source: Option<SourceRecord<'a>>,
}

#[derive(Debug, Serialize)]
struct SourceRecord<'a> {
    arabic: &'a str,
    english: &'a str,
}

pub(super) fn finding_record(assessment: &Assessment) -> FindingRecord<'_> {
    match assessment {
        Assessment::NoOffence { calculation } => {
            FindingRecord::NoOffence { steps: step_records(calculation) }
        }
        Assessment::ManualCheck(ManualCheck { reasons, plate, amount, calculation }) => {
            FindingRecord::ManualCheck {
                reasons: reasons.iter().map(|reason| reason.label()).collect(),
                plate: plate.as_ref().map(ToString::to_string),
                amount: amount.map(money),
                steps: step_records(calculation),
            }
        }
        Assessment::Violation(draft) => {
            let ViolationDraft {
                plate,
                act_code,
                captured_at,
                tariff_row,
                amount,
                amount_min,
                amount_max,
                calculation,
            } = draft.as_ref();
            FindingRecord::Violation {
                plate: plate.key(),
                act: act_code,
                captured_at: seconds_text(*captured_at),
                tariff_row,
                amount: money(*amount),
                amount_min: money(*amount_min),
                amount_max: money(*amount_max),
                steps: step_records(calculation),
            }
        }
    }
}

fn step_records(calculation: &Calculation) -> Vec<StepRecord<'_>> {
    calculation.steps.iter().map(step_record).collect()
}

fn step_record(step: &CalculationStep) -> StepRecord<'_> {
    let CalculationStep { rule, arabic, english, amount, source } = step;
    StepRecord {
        rule,
        arabic,
        english,
        amount: amount.map(money),
        source: source.as_ref().map(source_record),
    }
}

fn source_record(source: &BilingualText) -> SourceRecord<'_> {
    let BilingualText { arabic, english } = source;
    SourceRecord { arabic, english }
}

/// Whole and fraction without trailing zeros, so that 150 and 150.00 are the same bytes.
fn money(money: Money) -> String {
    format!("{} {}", money.amount().normalize(), money.currency())
}

/// Whole seconds and nine decimals, without the limits of a 64-bit count of nanoseconds.
fn seconds_text(instant: DateTime<Utc>) -> String {
    format!("{}.{:09}", instant.timestamp(), instant.timestamp_subsec_nanos())
}
