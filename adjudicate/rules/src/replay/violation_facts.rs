//! What is on file about one violation, as a record.

use super::unreadable::UnreadableRecord;
use super::value::value;
use crate::facts::ownership::OwnershipComparison;
use crate::facts::tariff::TariffRerun;
use crate::facts::{
    Interval, LoggedPhase, PriorDecision, SignFacts, SignReading, SignalFact, ViolationFacts,
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemas::camera_event::SpeedKmh;
use schemas::money::Money;
use schemas::offence::OffenceKind;
use serde::{Deserialize, Serialize};

/// An amount as decimal text, and its currency.
type MoneyRecord = (Decimal, String);

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ViolationFactsRecord {
    violation: String,
    jurisdiction: String,
    act: String,
    captured_at: DateTime<Utc>,
    recorded_at: DateTime<Utc>,
    amount_due: MoneyRecord,
    cancelled: bool,
    clock_offset_milliseconds: Option<i64>,
    certificates: Vec<(DateTime<Utc>, Option<DateTime<Utc>>)>,
    sign_at_capture: Option<SignRecord>,
    sign_before: Option<SignRecord>,
    limit_enforced: Option<Decimal>,
    signal: Option<SignalRecord>,
    earlier_same_acts: u32,
    ownership: OwnershipRecord,
    tariff: TariffRecord,
    paid: Option<MoneyRecord>,
    served_at: Option<DateTime<Utc>>,
    decided_before: Vec<DecisionRecord>,
    other_objections_live: u32,
    /// Records of before the clock was held lack it.
    #[serde(default)]
    clock_held_seconds: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignRecord {
    since: DateTime<Utc>,
    in_order: bool,
    limit: Option<Decimal>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignalRecord {
    phase: String,
    amber_milliseconds: Option<u32>,
    controller_fault: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnershipRecord {
    holder_known: bool,
    charged_held: Option<bool>,
    party_given: bool,
    party_known: Option<bool>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TariffRecord {
    Amount(MoneyRecord),
    NoOffence,
    Unknown,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DecisionRecord {
    objection: String,
    grounds: Vec<String>,
    evidence: Vec<String>,
}

impl From<&ViolationFacts> for ViolationFactsRecord {
    fn from(facts: &ViolationFacts) -> Self {
        let ViolationFacts {
            violation,
            jurisdiction,
            act,
            captured_at,
            recorded_at,
            amount_due,
            cancelled,
            clock_offset_milliseconds,
            certificates,
            sign: SignFacts { at_capture, before },
            limit_enforced,
            signal,
            earlier_same_acts,
            ownership,
            tariff,
            paid,
            served_at,
            decided_before,
            other_objections_live,
            clock_held_seconds,
        } = facts;
        Self {
            violation: violation.to_string(),
            jurisdiction: jurisdiction.code().to_owned(),
            act: act.code().to_owned(),
            captured_at: *captured_at,
            recorded_at: *recorded_at,
            amount_due: money_record(*amount_due),
            cancelled: *cancelled,
            clock_offset_milliseconds: *clock_offset_milliseconds,
            certificates: certificates.iter().map(|one| (one.from, one.until)).collect(),
            sign_at_capture: at_capture.map(SignRecord::from),
            sign_before: before.map(SignRecord::from),
            limit_enforced: limit_enforced.map(SpeedKmh::value),
            signal: signal.map(SignalRecord::from),
            earlier_same_acts: *earlier_same_acts,
            ownership: OwnershipRecord::from(*ownership),
            tariff: TariffRecord::from(*tariff),
            paid: paid.map(money_record),
            served_at: *served_at,
            decided_before: decided_before.iter().map(DecisionRecord::from).collect(),
            other_objections_live: *other_objections_live,
            clock_held_seconds: *clock_held_seconds,
        }
    }
}

impl TryFrom<&ViolationFactsRecord> for ViolationFacts {
    type Error = UnreadableRecord;

    fn try_from(record: &ViolationFactsRecord) -> Result<Self, UnreadableRecord> {
        let stretch =
            |(from, until): &(DateTime<Utc>, Option<DateTime<Utc>>)| Interval { from: *from, until: *until };
        Ok(Self {
            violation: value("a violation", record.violation.parse())?,
            jurisdiction: value("a country", record.jurisdiction.parse())?,
            act: OffenceKind::from_code(&record.act).ok_or(UnreadableRecord::Value("an offence"))?,
            captured_at: record.captured_at,
            recorded_at: record.recorded_at,
            amount_due: money(&record.amount_due)?,
            cancelled: record.cancelled,
            clock_offset_milliseconds: record.clock_offset_milliseconds,
            certificates: record.certificates.iter().map(stretch).collect(),
            sign: SignFacts {
                at_capture: record.sign_at_capture.as_ref().map(SignReading::try_from).transpose()?,
                before: record.sign_before.as_ref().map(SignReading::try_from).transpose()?,
            },
            limit_enforced: speed(record.limit_enforced)?,
            signal: record.signal.as_ref().map(SignalFact::try_from).transpose()?,
            earlier_same_acts: record.earlier_same_acts,
            ownership: OwnershipComparison::from(&record.ownership),
            tariff: TariffRerun::try_from(&record.tariff)?,
            paid: record.paid.as_ref().map(money).transpose()?,
            served_at: record.served_at,
            decided_before: record
                .decided_before
                .iter()
                .map(PriorDecision::try_from)
                .collect::<Result<_, _>>()?,
            other_objections_live: record.other_objections_live,
            clock_held_seconds: record.clock_held_seconds,
        })
    }
}

impl From<SignReading> for SignRecord {
    fn from(reading: SignReading) -> Self {
        let SignReading { since, in_order, limit } = reading;
        Self { since, in_order, limit: limit.map(SpeedKmh::value) }
    }
}

impl TryFrom<&SignRecord> for SignReading {
    type Error = UnreadableRecord;

    fn try_from(record: &SignRecord) -> Result<Self, UnreadableRecord> {
        Ok(Self { since: record.since, in_order: record.in_order, limit: speed(record.limit)? })
    }
}

impl From<SignalFact> for SignalRecord {
    fn from(fact: SignalFact) -> Self {
        let SignalFact { phase, amber_milliseconds, controller_fault } = fact;
        Self { phase: phase.label().to_owned(), amber_milliseconds, controller_fault }
    }
}

impl TryFrom<&SignalRecord> for SignalFact {
    type Error = UnreadableRecord;

    fn try_from(record: &SignalRecord) -> Result<Self, UnreadableRecord> {
        Ok(Self {
            phase: LoggedPhase::from_label(&record.phase).ok_or(UnreadableRecord::Value("a phase"))?,
            amber_milliseconds: record.amber_milliseconds,
            controller_fault: record.controller_fault,
        })
    }
}

impl From<OwnershipComparison> for OwnershipRecord {
    fn from(ownership: OwnershipComparison) -> Self {
        let OwnershipComparison { holder_known, charged_held, party_given, party_known } = ownership;
        Self { holder_known, charged_held, party_given, party_known }
    }
}

impl From<&OwnershipRecord> for OwnershipComparison {
    fn from(record: &OwnershipRecord) -> Self {
        let OwnershipRecord { holder_known, charged_held, party_given, party_known } = *record;
        Self { holder_known, charged_held, party_given, party_known }
    }
}

impl From<TariffRerun> for TariffRecord {
    fn from(rerun: TariffRerun) -> Self {
        match rerun {
            TariffRerun::Amount(amount) => Self::Amount(money_record(amount)),
            TariffRerun::NoOffence => Self::NoOffence,
            TariffRerun::Unknown => Self::Unknown,
        }
    }
}

impl TryFrom<&TariffRecord> for TariffRerun {
    type Error = UnreadableRecord;

    fn try_from(record: &TariffRecord) -> Result<Self, UnreadableRecord> {
        Ok(match record {
            TariffRecord::Amount(amount) => Self::Amount(money(amount)?),
            TariffRecord::NoOffence => Self::NoOffence,
            TariffRecord::Unknown => Self::Unknown,
        })
    }
}

impl From<&PriorDecision> for DecisionRecord {
    fn from(decision: &PriorDecision) -> Self {
        let PriorDecision { objection, grounds, evidence } = decision;
        Self {
            objection: objection.to_string(),
            grounds: grounds.iter().map(|ground| ground.code().to_owned()).collect(),
            evidence: evidence.iter().cloned().collect(),
        }
    }
}

impl TryFrom<&DecisionRecord> for PriorDecision {
    type Error = UnreadableRecord;

    fn try_from(record: &DecisionRecord) -> Result<Self, UnreadableRecord> {
        let grounds = record.grounds.iter().map(|code| value("a ground", code.parse()));
        Ok(Self {
            objection: value("an objection", record.objection.parse())?,
            grounds: grounds.collect::<Result<_, _>>()?,
            evidence: record.evidence.iter().cloned().collect(),
        })
    }
}

fn money_record(money: Money) -> MoneyRecord {
    (money.amount().normalize(), money.currency().code().to_owned())
}

fn money((amount, currency): &MoneyRecord) -> Result<Money, UnreadableRecord> {
    value("an amount", Money::new(*amount, value("a currency", currency.parse())?))
}

fn speed(limit: Option<Decimal>) -> Result<Option<SpeedKmh>, UnreadableRecord> {
    limit.map(|limit| value("a speed", SpeedKmh::new(limit))).transpose()
}
