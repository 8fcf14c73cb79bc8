//! Every row that may issue, with the amounts that it issues, written a second time; and the edges of every band.

use crate::policy::tariff::{Charge, Lookup, Scope};
use crate::policy::{Policy, PolicySources};
use crate::samples::{POLICIES, Sample};
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use rust_decimal::Decimal;
use schemas::assessment::ManualCheckReason;
use schemas::jurisdiction::Jurisdiction;
use schemas::offence::OffenceKind;
use std::collections::BTreeSet;

/// Country, limit, measured speeds at both ends of the band, row, least, most, asked.
/// A measured speed is the one that remains just above or exactly at the edge after the deduction.
type SpeedRow = (Jurisdiction, &'static str, [&'static str; 2], &'static str, [u32; 3]);

const SPEED_ROWS: [SpeedRow; 10] = [
    (Jurisdiction::SaudiArabia, "80", ["93.01", "104"], "SA-SPEED-120-1", [150, 300, 150]),
    (Jurisdiction::SaudiArabia, "80", ["104.01", "114"], "SA-SPEED-120-2", [300, 500, 300]),
    (Jurisdiction::SaudiArabia, "80", ["114.01", "124"], "SA-SPEED-120-3", [800, 1_000, 800]),
    (Jurisdiction::SaudiArabia, "80", ["124.01", "135"], "SA-SPEED-120-4", [1_200, 1_500, 1_200]),
    (Jurisdiction::SaudiArabia, "80", ["135.01", "250"], "SA-SPEED-120-5", [1_500, 2_000, 1_500]),
    (Jurisdiction::SaudiArabia, "140", ["150.01", "155"], "SA-SPEED-140-1", [300, 500, 300]),
    (Jurisdiction::SaudiArabia, "140", ["155.01", "165"], "SA-SPEED-140-2", [800, 1_000, 800]),
    (Jurisdiction::SaudiArabia, "140", ["165.01", "176"], "SA-SPEED-140-3", [1_200, 1_500, 1_200]),
    (Jurisdiction::SaudiArabia, "140", ["176.01", "250"], "SA-SPEED-140-4", [1_500, 2_000, 1_500]),
    (Jurisdiction::Egypt, "80", ["83.01", "250"], "EG-SPEED-2025", [300, 1_500, 400]),
];

const RED_LIGHT_ROWS: [(Jurisdiction, &str, [u32; 3]); 1] =
    [(Jurisdiction::SaudiArabia, "SA-RED-LIGHT", [3_000, 6_000, 3_000])];

fn when() -> DateTime<Utc> {
    "2026-05-04T10:00:00Z".parse().unwrap()
}

fn policy(jurisdiction: Jurisdiction) -> &'static Policy {
    POLICIES.of(jurisdiction)
}

fn assert_issues(sample: &Sample, row: &str, [min, max, asked]: [u32; 3]) {
    let violation = sample.violation();
    let amounts = [violation.amount_min, violation.amount_max, violation.amount].map(|money| money.amount());
    assert_eq!((violation.tariff_row.as_str(), amounts), (row, [min, max, asked].map(Decimal::from)));
    let jurisdiction = violation.plate.jurisdiction();
    assert_eq!(violation.amount.currency(), jurisdiction.currency());
    let step = violation.calculation.steps.iter().find(|step| step.rule == "tariff.due").unwrap();
    assert_eq!(step.amount, Some(violation.amount));
    assert!(step.source.as_ref().is_some_and(|source| source.english.contains('[')), "{step:?}");
}

#[test]
fn every_speed_row_issues_its_amounts_at_both_ends_of_its_band() {
    for (jurisdiction, limit, measured, row, amounts) in SPEED_ROWS {
        for speed in measured {
            let mut sample = Sample::speeding(jurisdiction);
            sample.drive(speed, limit);
            assert_issues(&sample, row, amounts);
        }
    }
}

#[test]
fn every_red_light_row_issues_its_amounts() {
    for (jurisdiction, row, amounts) in RED_LIGHT_ROWS {
        assert_issues(&Sample::crossing_on_red(jurisdiction), row, amounts);
    }
}

#[test]
fn no_row_that_may_issue_is_missing_from_these_tables() {
    let speed = SPEED_ROWS.iter().map(|(_, _, _, row, _)| *row);
    let listed: BTreeSet<_> = speed.chain(RED_LIGHT_ROWS.iter().map(|(_, row, _)| *row)).collect();
    let policies = Jurisdiction::ALL.map(policy);
    let active: BTreeSet<_> =
        policies.iter().flat_map(|policy| policy.tariffs().active()).map(|row| row.id()).collect();
    assert_eq!(active, listed);
}

#[test]
fn speeds_up_to_the_built_in_threshold_are_no_offence() {
    for (limit, measured) in [("80", "93"), ("120", "135"), ("140", "150")] {
        let mut sample = Sample::speeding(Jurisdiction::SaudiArabia);
        sample.drive(measured, limit);
        assert!(sample.is_no_offence(), "{measured} where {limit} are allowed");
    }
}

#[test]
fn the_withdrawn_egyptian_bill_is_on_file_and_covers_nothing() {
    let egypt = policy(Jurisdiction::Egypt);
    let bill = egypt.tariffs().withdrawn().iter().find(|row| row.id == "EG-SPEED-BILL-2025").unwrap();
    assert_eq!(bill.withdrawn_on.to_string(), "2026-02-03");
    let active = egypt.tariffs().active();
    assert!(active.iter().all(|row| row.price().max.amount() < Decimal::from(2_000)));
}

#[test]
fn a_bill_that_calls_itself_active_without_a_day_cannot_issue() {
    let text = PolicySources::compiled_in(Jurisdiction::Egypt).tariffs;
    let enacted = text.replace("status = \"withdrawn\"", "status = \"active\"");
    let without_others = enacted.replace(
        "id = \"EG-SPEED-2025\"\nact = \"speed\"\nstatus = \"active\"",
        "id = \"EG-SPEED-2025\"\nact = \"speed\"\nstatus = \"draft\"",
    );
    assert_ne!(without_others, enacted);
    let mut sources = PolicySources::compiled_in(Jurisdiction::Egypt);
    sources.tariffs = &without_others;
    let policy = Policy::load(Jurisdiction::Egypt, &sources).unwrap();
    let bill = policy.tariffs().drafts().iter().find(|row| row.id == "EG-SPEED-BILL-2025").unwrap();
    assert_eq!(bill.missing, ["due", "effective_from", "effective_basis"]);
    let mut sample = Sample::speeding(Jurisdiction::Egypt);
    sample.policies = POLICIES.clone().with(policy);
    let check = sample.manual_check();
    assert_eq!(check.reasons, BTreeSet::from([ManualCheckReason::TariffDraft]));
    assert_eq!(check.amount, None);
}

#[test]
fn crossing_on_red_in_egypt_goes_to_a_person_because_its_row_is_a_draft() {
    let check = Sample::crossing_on_red(Jurisdiction::Egypt).manual_check();
    assert_eq!(check.reasons, BTreeSet::from([ManualCheckReason::TariffDraft]));
    assert_eq!(check.amount, None);
    assert!(check.plate.is_some());
}

#[test]
fn a_limit_that_no_table_knows_goes_to_a_person() {
    let mut sample = Sample::speeding(Jurisdiction::SaudiArabia);
    sample.drive("160", "130");
    assert_eq!(sample.reasons(), [ManualCheckReason::TariffMissing]);
}

#[test]
fn a_row_holds_from_its_first_local_day_on() {
    let egypt = policy(Jurisdiction::Egypt);
    let charge = Charge::excess(OffenceKind::Speed, Decimal::from(80), Decimal::from(17));
    let found = |instant: &str| egypt.tariffs().find(charge, instant.parse().unwrap());
    // Midnight in Cairo is 21:00 in UTC, because of summer time.
    assert!(matches!(found("2025-09-08T20:59:59Z"), Lookup::DraftOnly(_)));
    assert!(matches!(found("2025-09-08T21:00:00Z"), Lookup::Priced(_)));
}

/// How many active rows and tolerated bands cover so much above the limit.
fn covering(policy: &Policy, limit: Decimal, excess: Decimal) -> usize {
    let charge = Charge::excess(OffenceKind::Speed, limit, excess);
    let day = when().date_naive();
    let active = policy.tariffs().active().iter().map(|row| (*row.scope(), row.period()));
    let tolerated = policy.tariffs().tolerated().iter().map(|row| {
        (Scope::Excess { act: OffenceKind::Speed, limits: row.limits, band: row.band }, row.period)
    });
    active.chain(tolerated).filter(|(scope, period)| scope.covers(charge) && period.contains(day)).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_speed_above_a_limit_falls_into_exactly_one_row(
        limit in prop_oneof![1_u32..=120, Just(140)],
        excess in prop_oneof![1_i64..=40_000, (1_i64..=40).prop_map(|tens| tens * 500)],
    ) {
        let (limit, excess) = (Decimal::from(limit), Decimal::new(excess, 2));
        prop_assert_eq!(covering(policy(Jurisdiction::SaudiArabia), limit, excess), 1);
        prop_assert_eq!(covering(policy(Jurisdiction::Egypt), limit, excess), 1);
    }

    #[test]
    fn driving_faster_never_costs_less(limit in prop_oneof![1_u32..=120, Just(140)], slow in 1_i64..=39_999) {
        for jurisdiction in Jurisdiction::ALL {
            let policy = policy(jurisdiction);
            let asked = |excess: i64| {
                let charge = Charge::excess(OffenceKind::Speed, limit.into(), Decimal::new(excess, 2));
                match policy.tariffs().find(charge, when()) {
                    Lookup::Priced(row) => row.price().due.amount(),
                    Lookup::Tolerated(_) | Lookup::DraftOnly(_) | Lookup::Missing => Decimal::ZERO,
                }
            };
            prop_assert!(asked(slow) <= asked(slow + 1));
        }
    }
}

fn saudi_refusal(from: &str, to: &str) -> String {
    let text = PolicySources::compiled_in(Jurisdiction::SaudiArabia).tariffs;
    let changed = text.replacen(from, to, 1);
    assert_ne!(changed, text, "{from}");
    let mut sources = PolicySources::compiled_in(Jurisdiction::SaudiArabia);
    sources.tariffs = &changed;
    Policy::load(Jurisdiction::SaudiArabia, &sources).unwrap_err().to_string()
}

#[test]
fn an_edge_that_leaves_a_gap_or_an_overlap_is_refused() {
    let first = "id = \"SA-SPEED-120-1\"\nact = \"speed\"\nstatus = \"active\"\nlimit_up_to_kmh = 120\nover_kmh = \"10\"\nover_inclusive = false\nup_to_kmh = \"20\"\nup_to_inclusive = ";
    let gap = saudi_refusal(&format!("{first}true"), &format!("{first}false"));
    assert_eq!(gap, "sa/tariffs.toml: SA-SPEED-120-2: does not begin exactly where SA-SPEED-120-1 ends");
    let second = "up_to_kmh = \"20\"\nup_to_inclusive = true";
    let overlap = saudi_refusal(second, "up_to_kmh = \"20.01\"\nup_to_inclusive = true");
    assert!(overlap.contains("covers the same as SA-SPEED-120-2"), "{overlap}");
    let end =
        saudi_refusal("over_kmh = \"50\"", "over_kmh = \"50\"\nup_to_kmh = \"90\"\nup_to_inclusive = true");
    assert!(end.contains("SA-SPEED-120-5: is the highest band"), "{end}");
}

#[test]
fn rows_that_contradict_themselves_are_refused() {
    let amount = saudi_refusal("min = \"150\"\nmax = \"300\"", "min = \"350\"\nmax = \"300\"");
    assert_eq!(amount, "sa/tariffs.toml: SA-SPEED-120-1: needs 0 < min <= due <= max");
    let currency = saudi_refusal("currency = \"SAR\"", "currency = \"EGP\"");
    assert!(currency.contains("SA-SPEED-120-1: currency must be \"SAR\""), "{currency}");
    let twice = saudi_refusal("id = \"SA-SPEED-120-2\"", "id = \"SA-SPEED-120-1\"");
    assert!(twice.contains("SA-SPEED-120-1: the id stands twice"), "{twice}");
    let unknown = saudi_refusal("due = { base = \"minimum\" }", "due = { base = \"minimum\" }\nprize = 1");
    assert!(unknown.contains("unknown field `prize`"), "{unknown}");
    let float = saudi_refusal("min = \"150\"", "min = 150.5");
    assert!(float.starts_with("sa/tariffs.toml, line "), "{float}");
}

/// Every text in an array named `sources`, at any depth.
fn source_keys(value: &toml::Value, within_sources: bool, found: &mut BTreeSet<String>) {
    match value {
        toml::Value::Table(table) => {
            table.iter().for_each(|(key, value)| source_keys(value, key == "sources", found));
        }
        toml::Value::Array(array) => array.iter().for_each(|value| source_keys(value, within_sources, found)),
        toml::Value::String(text) if within_sources => {
            found.insert(text.clone());
        }
        toml::Value::String(_)
        | toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_) => {}
    }
}

#[test]
fn every_source_key_leads_somewhere_and_no_address_is_left_over() {
    let mut listed: toml::Table = toml::from_str(schemas::country::SOURCES).unwrap();
    let named = listed.remove("arabic").unwrap();
    let is_listed = |key: &String| listed.contains_key(key);
    assert!(named.as_table().unwrap().keys().all(is_listed), "an Arabic name for no source");
    let mut used = BTreeSet::new();
    for jurisdiction in Jurisdiction::ALL {
        let PolicySources { tariffs, policy, deadlines, texts: _ } = PolicySources::compiled_in(jurisdiction);
        for text in [tariffs, policy, deadlines] {
            source_keys(&toml::from_str(text).unwrap(), false, &mut used);
        }
    }
    assert_eq!(used, listed.keys().cloned().collect());
}
