//! Reads what is on file about violations, in the caller's transaction.

use super::{FactsError, held};
use crate::case::documents::SightingDocument;
use crate::foundation::columns::{decode, money};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rules::facts::ownership::{self, OwnershipInterval};
use rules::facts::tariff::{self, Measured};
use rules::facts::{
    Interval, LoggedPhase, PriorDecision, SignFacts, SignReading, SignalFact, ViolationFacts,
};
use rules::policy::Policies;
use rules::triage::SAME_ACT_WITHIN_SECONDS;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use schemas::camera_event::SpeedKmh;
use schemas::ids::{ObjectionId, ViolationId};
use schemas::jurisdiction::Jurisdiction;
use schemas::money::Money;
use schemas::objection::GroundCode;
use schemas::offence::OffenceKind;
use sqlx::PgConnection;
use std::collections::BTreeSet;
use uuid::Uuid;

/// How many states of a sign are looked back over to find since when it was unchanged.
const SIGN_STATES_LOOKED_BACK: i64 = 16;
/// Days that one logged outage may lengthen a time limit by; more is a fault of the log.
const OUTAGE_DAYS_MAX: usize = 366;

/// Which violation of which objection is due about.
#[derive(Debug, Clone, Copy)]
pub struct FactsQuestion<'q> {
    /// The violation.
    pub violation: ViolationId,
    /// The month that it lies in.
    pub recorded_at: DateTime<Utc>,
    /// The objection.
    pub objection: ObjectionId,
    /// Its place in the order of filing.
    pub objection_sequence: i64,
    /// Who objects, by the register's pseudonym.
    pub party: Option<&'q str>,
}

/// Everything on file about one violation; `None` when there is no such violation.
///
/// # Errors
/// When the database fails or a stored row does not read.
pub(crate) async fn gather(
    connection: &mut PgConnection,
    question: &FactsQuestion<'_>,
    policies: &Policies,
) -> Result<Option<ViolationFacts>, FactsError> {
    let Some(row) = violation_row(connection, question).await? else { return Ok(None) };
    let case = ReadCase::of(question.violation, row)?;
    let policy = policies.of(case.jurisdiction);
    let (served_at, addressees) = services(connection, &case.reference).await?;
    let intervals = intervals(connection, &case.plate_key).await?;
    Ok(Some(ViolationFacts {
        violation: question.violation,
        jurisdiction: case.jurisdiction,
        act: case.act,
        captured_at: case.captured_at,
        recorded_at: question.recorded_at,
        amount_due: case.amount_due,
        cancelled: case.cancelled,
        clock_offset_milliseconds: case.sighting.clock.as_ref().map(|clock| clock.offset_milliseconds),
        certificates: certificates(connection, &case.camera_id).await?,
        sign: sign(connection, &case.site_id, case.captured_at).await?,
        limit_enforced: case.measured.map(|measured| measured.limit),
        signal: signal(connection, &case).await?,
        earlier_same_acts: earlier_same_acts(connection, question, &case).await?,
        ownership: ownership::compare(&intervals, &addressees, question.party, case.captured_at),
        tariff: tariff::run_again(policy, case.act, case.measured, case.captured_at),
        paid: paid(connection, &case).await?,
        served_at,
        decided_before: decided_before(connection, question).await?,
        other_objections_live: other_objections_live(connection, question).await?,
        clock_held_seconds: held::seconds(connection, question.violation, None).await?,
    }))
}

/// Civil days since `from` on which objections could not be filed for some time.
///
/// # Errors
/// When the database fails.
pub(crate) async fn outage_days(
    connection: &mut PgConnection,
    jurisdiction: Jurisdiction,
    from: DateTime<Utc>,
) -> Result<BTreeSet<NaiveDate>, sqlx::Error> {
    let rows = sqlx::query!(
        "select outage_from, outage_until from service_outage where outage_until > $1 order by outage_from",
        from
    )
    .fetch_all(connection)
    .await?;
    let day_of = |instant: DateTime<Utc>| instant.with_timezone(&jurisdiction.time_zone()).date_naive();
    let days = rows.into_iter().flat_map(|row| {
        let last = day_of(row.outage_until - TimeDelta::microseconds(1));
        day_of(row.outage_from).iter_days().take_while(move |day| *day <= last).take(OUTAGE_DAYS_MAX)
    });
    Ok(days.collect())
}

struct ViolationRow {
    jurisdiction: String,
    plate_key: String,
    act_code: String,
    site_id: String,
    camera_id: String,
    captured_at: DateTime<Utc>,
    sighting: serde_json::Value,
    reference: String,
    status: String,
    amount_due: Decimal,
    currency: String,
}

/// A violation's row, read into types.
struct ReadCase {
    jurisdiction: Jurisdiction,
    plate_key: String,
    act_code: String,
    act: OffenceKind,
    site_id: String,
    camera_id: String,
    captured_at: DateTime<Utc>,
    sighting: SightingDocument,
    measured: Option<Measured>,
    reference: String,
    cancelled: bool,
    amount_due: Money,
}

impl ReadCase {
    fn of(violation: ViolationId, row: ViolationRow) -> Result<Self, FactsError> {
        let unreadable = |what| FactsError::Unreadable { violation, what };
        let sighting: SightingDocument =
            serde_json::from_value(row.sighting).map_err(|_| unreadable("sighting"))?;
        let act = offence_kind(&row.act_code, &sighting).ok_or_else(|| unreadable("act_code"))?;
        let amount_due = money(row.amount_due, &row.currency).map_err(|_| unreadable("amount"))?;
        Ok(Self {
            jurisdiction: row.jurisdiction.parse().map_err(|_| unreadable("jurisdiction"))?,
            plate_key: row.plate_key,
            act_code: row.act_code,
            act,
            site_id: row.site_id,
            camera_id: row.camera_id,
            captured_at: row.captured_at,
            measured: measured(&sighting).map_err(|_| unreadable("speed"))?,
            sighting,
            reference: row.reference,
            cancelled: row.status == "cancelled",
            amount_due,
        })
    }
}

/// A section that was stored with an act that has none is not looked at.
fn offence_kind(code: &str, sighting: &SightingDocument) -> Option<OffenceKind> {
    OffenceKind::filed_under(code, sighting.section.is_some())
        .or_else(|| OffenceKind::filed_under(code, false))
}

fn measured(sighting: &SightingDocument) -> Result<Option<Measured>, sqlx::Error> {
    let kmh = |text: &str| SpeedKmh::new(text.parse::<Decimal>().map_err(decode)?).map_err(decode);
    let measured = sighting
        .speed
        .as_ref()
        .map(|speed| Ok(Measured { speed: kmh(&speed.measured_kmh)?, limit: kmh(&speed.limit_kmh)? }));
    measured.transpose()
}

async fn violation_row(
    connection: &mut PgConnection,
    question: &FactsQuestion<'_>,
) -> Result<Option<ViolationRow>, sqlx::Error> {
    sqlx::query_file_as!(
        ViolationRow,
        "src/facts/queries/violation.sql",
        question.violation.uuid(),
        question.recorded_at
    )
    .fetch_optional(connection)
    .await
}

async fn certificates(connection: &mut PgConnection, camera: &str) -> Result<Vec<Interval>, sqlx::Error> {
    let rows = sqlx::query!(
        "select valid_from, valid_to from calibration_certificate where camera_id = $1 order by valid_from",
        camera
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| Interval { from: row.valid_from, until: Some(row.valid_to) }).collect())
}

async fn sign(
    connection: &mut PgConnection,
    site: &str,
    captured_at: DateTime<Utc>,
) -> Result<SignFacts, sqlx::Error> {
    let rows = sqlx::query!(
        "select valid_from, valid_to, condition, limit_kmh from sign_state
         where site_id = $1 and valid_from <= $2 order by valid_from desc limit $3",
        site,
        captured_at,
        SIGN_STATES_LOOKED_BACK,
    )
    .fetch_all(connection)
    .await?;
    let states = rows.into_iter().map(|row| {
        let limit = row.limit_kmh.map(|limit| SpeedKmh::new(limit.normalize()));
        Ok(SignInterval {
            during: Interval { from: row.valid_from, until: row.valid_to },
            in_order: row.condition == "in_order",
            limit: limit.transpose().map_err(decode)?,
        })
    });
    Ok(sign_facts(&states.collect::<Result<Vec<_>, sqlx::Error>>()?, captured_at))
}

#[derive(Debug, Clone, Copy)]
struct SignInterval {
    during: Interval,
    in_order: bool,
    limit: Option<SpeedKmh>,
}

/// What the sign showed at `captured_at`, since when it had shown exactly that, and what before; newest state first.
fn sign_facts(newest_first: &[SignInterval], captured_at: DateTime<Utc>) -> SignFacts {
    let Some(now) = newest_first.first().filter(|state| state.during.covers(captured_at)) else {
        return SignFacts::default();
    };
    let same = |state: &SignInterval| (state.in_order, state.limit) == (now.in_order, now.limit);
    let mut since = now.during.from;
    let mut before = None;
    for earlier in &newest_first[1..] {
        if earlier.during.until != Some(since) {
            break;
        }
        if !same(earlier) {
            before = Some(reading(earlier, earlier.during.from));
            break;
        }
        since = earlier.during.from;
    }
    SignFacts { at_capture: Some(reading(now, since)), before }
}

const fn reading(state: &SignInterval, since: DateTime<Utc>) -> SignReading {
    SignReading { since, in_order: state.in_order, limit: state.limit }
}

async fn signal(connection: &mut PgConnection, case: &ReadCase) -> Result<Option<SignalFact>, sqlx::Error> {
    let row = sqlx::query!(
        "select phase, amber_milliseconds, controller_fault from signal_log
         where site_id = $1 and phase_from <= $2 and phase_until > $2",
        case.site_id,
        case.captured_at,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.and_then(|row| {
        Some(SignalFact {
            phase: LoggedPhase::from_label(&row.phase)?,
            amber_milliseconds: row.amber_milliseconds.and_then(|length| u32::try_from(length).ok()),
            controller_fault: row.controller_fault,
        })
    }))
}

async fn earlier_same_acts(
    connection: &mut PgConnection,
    question: &FactsQuestion<'_>,
    case: &ReadCase,
) -> Result<u32, sqlx::Error> {
    let within = TimeDelta::seconds(SAME_ACT_WITHIN_SECONDS);
    let count = sqlx::query_file_scalar!(
        "src/facts/queries/earlier_same_acts.sql",
        case.plate_key,
        case.site_id,
        case.act_code,
        case.captured_at - within,
        case.captured_at + within,
        question.recorded_at,
        question.violation.uuid(),
    )
    .fetch_one(connection)
    .await?;
    Ok(count.to_u32().unwrap_or(u32::MAX))
}

async fn intervals(
    connection: &mut PgConnection,
    plate_key: &str,
) -> Result<Vec<OwnershipInterval>, sqlx::Error> {
    let rows = sqlx::query!(
        "select holder, valid_from, valid_until from ownership_interval where plate_key = $1 order by valid_from",
        plate_key
    )
    .fetch_all(connection)
    .await?;
    let interval = rows.into_iter().map(|row| OwnershipInterval {
        holder: row.holder,
        during: Interval { from: row.valid_from, until: row.valid_until },
    });
    Ok(interval.collect())
}

/// First service, and everybody who was served, in order.
async fn services(
    connection: &mut PgConnection,
    reference: &str,
) -> Result<(Option<DateTime<Utc>>, Vec<String>), sqlx::Error> {
    let rows = sqlx::query!(
        "select holder, served_at from notice_service where violation_reference = $1 order by served_at",
        reference
    )
    .fetch_all(connection)
    .await?;
    let first = rows.first().map(|row| row.served_at);
    Ok((first, rows.into_iter().map(|row| row.holder).collect()))
}

async fn paid(connection: &mut PgConnection, case: &ReadCase) -> Result<Option<Money>, sqlx::Error> {
    let currency = case.amount_due.currency();
    let sum = sqlx::query_scalar!(
        "select sum(amount) from payment where violation_reference = $1 and currency = $2",
        case.reference,
        currency.code(),
    )
    .fetch_one(connection)
    .await?;
    sum.map(|sum| money(sum, currency.code()).map_err(decode)).transpose()
}

async fn decided_before(
    connection: &mut PgConnection,
    question: &FactsQuestion<'_>,
) -> Result<Vec<PriorDecision>, FactsError> {
    let rows = sqlx::query_file!(
        "src/facts/queries/decided_before.sql",
        question.violation.uuid(),
        question.objection.uuid()
    )
    .fetch_all(connection)
    .await?;
    let prior = rows.into_iter().map(|row| {
        let grounds: Result<BTreeSet<GroundCode>, _> = row.grounds.iter().map(|code| code.parse()).collect();
        Ok(PriorDecision {
            objection: ObjectionId::from_uuid(row.objection_id),
            grounds: grounds.map_err(|_| FactsError::Unreadable {
                violation: question.violation,
                what: "earlier grounds",
            })?,
            evidence: row.evidence.into_iter().collect(),
        })
    });
    prior.collect()
}

async fn other_objections_live(
    connection: &mut PgConnection,
    question: &FactsQuestion<'_>,
) -> Result<u32, sqlx::Error> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from objection_violation as earlier
           join objection on objection.id = earlier.objection_id
           where earlier.violation_id = $1 and objection.id <> $3
             and earlier.answer is null
             and (objection.sequence < $2 and objection.state in ('filed', 'waiting', 'awaiting_document')
                  or objection.state = 'in_review')"#,
        question.violation.uuid(),
        question.objection_sequence,
        question.objection.uuid(),
    )
    .fetch_one(connection)
    .await?;
    Ok(count.to_u32().unwrap_or(u32::MAX))
}

/// Digests of attachments and numbers of documents: what counts as the evidence of an objection.
///
/// # Errors
/// When the database fails.
pub(crate) async fn evidence_of(
    connection: &mut PgConnection,
    objection: Uuid,
) -> Result<BTreeSet<String>, sqlx::Error> {
    let rows = sqlx::query_scalar!(
        r#"select encode(sha256, 'hex') as "evidence!" from attachment where case_id = $1
           union
           select document_number from objection_ground where objection_id = $1 and document_number is not null"#,
        objection
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-03-01T{text}Z").parse().unwrap()
    }

    fn state(from: &str, until: Option<&str>, limit: u32) -> SignInterval {
        SignInterval {
            during: Interval { from: at(from), until: until.map(at) },
            in_order: true,
            limit: SpeedKmh::new(limit.into()).ok(),
        }
    }

    #[test]
    fn a_sign_is_unchanged_over_equal_adjoining_states_and_remembers_the_one_before() {
        let states = [
            state("12:00:00", None, 80),
            state("11:00:00", Some("12:00:00"), 80),
            state("10:00:00", Some("11:00:00"), 120),
        ];
        let facts = sign_facts(&states, at("12:30:00"));
        assert_eq!(facts.at_capture.unwrap().since, at("11:00:00"));
        assert_eq!(facts.before.unwrap().limit, SpeedKmh::new(120.into()).ok());
    }

    #[test]
    fn a_gap_in_the_log_leaves_what_was_before_unknown() {
        let states = [state("12:00:00", None, 80), state("10:00:00", Some("11:00:00"), 120)];
        assert_eq!(sign_facts(&states, at("12:30:00")).before, None);
        let ended = [state("10:00:00", Some("11:00:00"), 120)];
        assert_eq!(sign_facts(&ended, at("12:30:00")), SignFacts::default());
    }
}
