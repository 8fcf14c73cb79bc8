//! The statements of a settling transaction: one for each table, whatever the number of records.

use super::act;
use super::candidate::Candidate;
use super::frames;
use super::identity;
use super::run::{AssessedEvent, Effect, EventIdentity, Settlement};
use super::stamp::Stamp;
use super::write_error::WriteError;
use crate::case::draft::NewCase;
use crate::case::issue::issue;
use schemas::outcome::{DeadLetterReason, Outcome};
use sqlx::PgConnection;
use std::collections::HashSet;
use uuid::Uuid;

/// Writes everything that the settlements come to, but for the position; returns how each ended, in their order.
pub(super) async fn write_effects(
    transaction: &mut PgConnection,
    stamp: &Stamp<'_>,
    settlements: &[Settlement],
) -> Result<Vec<(i64, Outcome)>, WriteError> {
    let (dead, assessed) = split(settlements);
    let fresh = identity::claim(transaction, stamp, &assessed).await?;
    let candidates: Vec<Candidate<'_>> = assessed
        .iter()
        .filter(|(offset, _)| fresh.contains(offset))
        .filter_map(|(offset, one)| Candidate::of(*offset, one))
        .collect();
    let candidates = drop_repeated_acts(transaction, stamp, candidates).await?;
    let cases: Vec<NewCase> =
        candidates.iter().map(|candidate| candidate.draft(stamp)).collect::<Result<_, _>>()?;
    issue(transaction, stamp.recorded_at, &cases).await?;
    insert_dead_letters(transaction, stamp, &dead).await?;

    let recorded: HashSet<i64> = candidates.iter().map(|candidate| candidate.offset).collect();
    let outcome = |settlement: &Settlement| (settlement.offset, outcome_of(settlement, &fresh, &recorded));
    Ok(settlements.iter().map(outcome).collect())
}

type DeadLetter<'a> = (i64, DeadLetterReason, Option<&'a EventIdentity>);

fn split(settlements: &[Settlement]) -> (Vec<DeadLetter<'_>>, Vec<(i64, &AssessedEvent)>) {
    let (mut dead, mut assessed) = (Vec::new(), Vec::new());
    for Settlement { offset, effect } in settlements {
        match effect {
            Effect::DeadLetter { reason, identity } => dead.push((*offset, *reason, identity.as_ref())),
            Effect::Assessed(one) => assessed.push((*offset, &**one)),
        }
    }
    (dead, assessed)
}

fn outcome_of(settlement: &Settlement, fresh: &HashSet<i64>, recorded: &HashSet<i64>) -> Outcome {
    use schemas::assessment::Assessment;
    match &settlement.effect {
        Effect::DeadLetter { .. } => Outcome::DeadLetter,
        Effect::Assessed(_) if !fresh.contains(&settlement.offset) => Outcome::Duplicate,
        Effect::Assessed(assessed) => match &assessed.assessment {
            Assessment::NoOffence { .. } => Outcome::NoOffence,
            Assessment::ManualCheck(_) if recorded.contains(&settlement.offset) => Outcome::ManualCheck,
            Assessment::Violation(_) if recorded.contains(&settlement.offset) => Outcome::Violation,
            Assessment::ManualCheck(_) | Assessment::Violation(_) => Outcome::Duplicate,
        },
    }
}

/// What shows an act or a picture that was told before makes no case.
async fn drop_repeated_acts<'a>(
    transaction: &mut PgConnection,
    stamp: &Stamp<'_>,
    candidates: Vec<Candidate<'a>>,
) -> Result<Vec<Candidate<'a>>, sqlx::Error> {
    let acts: Vec<_> =
        candidates.iter().filter_map(|candidate| Some((candidate.case_id(), candidate.act()?))).collect();
    let claimed = act::claim(transaction, stamp, &acts).await?;
    let asked: HashSet<Uuid> = acts.into_iter().map(|(case_id, _)| case_id).collect();
    let keep = |candidate: &Candidate<'_>| {
        let case_id = candidate.case_id();
        !asked.contains(&case_id) || claimed.contains(&case_id)
    };
    let candidates: Vec<Candidate<'a>> = candidates.into_iter().filter(keep).collect();
    let shown: Vec<_> = candidates.iter().map(|candidate| (candidate.case_id(), candidate.shown())).collect();
    let repeated = frames::claim(transaction, &shown).await?;
    act::release(transaction, &repeated).await?;
    Ok(candidates.into_iter().filter(|candidate| !repeated.contains(&candidate.case_id())).collect())
}

async fn insert_dead_letters(
    transaction: &mut PgConnection,
    stamp: &Stamp<'_>,
    dead: &[DeadLetter<'_>],
) -> Result<(), sqlx::Error> {
    if dead.is_empty() {
        return Ok(());
    }
    sqlx::query_file!(
        "src/stream/settle/queries/insert_dead_letters.sql",
        &*stamp.partition.cluster,
        &*stamp.partition.topic,
        stamp.partition.partition,
        stamp.recorded_at,
        &column(dead, |(offset, ..)| *offset),
        &column(dead, |(_, reason, _)| reason.label()) as _,
        &column(dead, |(.., identity)| identity.map(|identity| identity.source.as_str())) as _,
        &column(dead, |(.., identity)| identity.map(|identity| identity.id.as_str())) as _,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

fn column<'r, R, T>(rows: &'r [R], field: impl Fn(&'r R) -> T) -> Vec<T> {
    rows.iter().map(field).collect()
}
