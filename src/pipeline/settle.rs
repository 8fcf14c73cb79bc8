//! Run to transaction: dead letters are acknowledged first, then the run is written; tried until it is, or until the
//! partition belongs to somebody else.

use super::prepare::{Outcomes, Prepared, Verdict};
use adjudicate::stream::settle::{Effect, RecordError, Recorded, Recorder, RejectedRecord, Settlement};
use anyhow::anyhow;
use ingest::dead_letter::{DeadLetterError, DeadLetterStage, DeadLetters, advice};
use schemas::delivery::{Run, abandon};
use schemas::error_chain::ErrorChain;
use schemas::outcome::{DeadLetterReason, Outcome};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Longest wait between two tries while the database or the broker is away.
const RETRY_WAIT_MAX: Duration = Duration::from_secs(5);

/// A run whose records have their verdicts.
type PreparedRun = Run<(i64, Prepared)>;

/// How a run ended.
#[derive(Debug)]
pub(crate) enum SettleEnd {
    /// Written, now or by an earlier attempt whose answer was lost.
    Settled,
    /// The partition belongs to another process.
    Fenced,
    /// A fault of ours, or the process ends while a peer is away; the next start settles the run.
    Broken(anyhow::Error),
}

/// Writes runs and their dead letters.
#[derive(Debug)]
pub struct Settler {
    recorder: Recorder,
    dead_letters: DeadLetters,
    retry_wait: Duration,
    /// Cancelled when the process must not wait for a peer any longer.
    abort: CancellationToken,
}

impl Settler {
    /// Waits `retry_wait`, then longer, between tries; gives up when `abort` is cancelled.
    #[must_use]
    pub fn new(
        recorder: Recorder,
        dead_letters: DeadLetters,
        retry_wait: Duration,
        abort: CancellationToken,
    ) -> Self {
        Self { recorder, dead_letters, retry_wait, abort }
    }

    /// Settles the run and every delivery in it.
    pub(crate) async fn settle(&self, mut run: PreparedRun) -> SettleEnd {
        let end = self.settle_records(&mut run).await;
        let (outcomes, end) = match end {
            Ok(Recorded::Now(outcomes)) => (outcomes, SettleEnd::Settled),
            Ok(Recorded::Before) => (Outcomes::new(), SettleEnd::Settled),
            Err(end) => (Outcomes::new(), end),
        };
        let mut outcomes = outcomes.into_iter();
        for (offset, prepared) in run.records {
            match outcomes.find(|(of, _)| *of == offset) {
                Some((_, outcome)) => {
                    if outcome != Outcome::DeadLetter {
                        self.dead_letters.count_usable();
                    }
                    let settled = prepared.delivery.settle(outcome);
                    tracing::debug!(outcome = outcome.label(), "{} is settled", settled.position);
                }
                // Written by an attempt whose answer was lost: the counters hold the outcome. Or not written.
                None => abandon([prepared.delivery]),
            }
        }
        end
    }

    async fn settle_records(&self, run: &mut PreparedRun) -> Result<Recorded, SettleEnd> {
        let mut tries = 0_u32;
        loop {
            self.acknowledge_dead_letters(run).await?;
            match self.recorder.record_run(&to_record(run)).await {
                Ok(recorded) => return Ok(recorded),
                Err(RecordError::RejectedRecords(rejected)) => turn_into_dead_letters(run, rejected)?,
                Err(RecordError::Fenced { .. }) => return Err(SettleEnd::Fenced),
                Err(RecordError::Unavailable(error)) => {
                    tracing::warn!(error = %error, "{} waits for the database", run.partition);
                    self.wait(&mut tries).await?;
                }
                Err(
                    error @ (RecordError::OutOfOrder { .. }
                    | RecordError::Malformed { .. }
                    | RecordError::Defect(_)),
                ) => return Err(SettleEnd::Broken(error.into())),
            }
        }
    }

    /// Publishes what is not yet published; a record leaves as a dead letter only after the broker has it.
    async fn acknowledge_dead_letters(&self, run: &mut PreparedRun) -> Result<(), SettleEnd> {
        for (_, prepared) in &mut run.records {
            let Verdict::DeadLetter(dead_letter) = &mut prepared.verdict else { continue };
            let mut tries = 0_u32;
            while !dead_letter.is_acknowledged {
                let record = prepared.delivery.payload();
                let position = prepared.delivery.position();
                let why = (dead_letter.reason, dead_letter.stage);
                match self.dead_letters.write(record, position, why, dead_letter.camera.as_ref()).await {
                    Ok(()) => {
                        tracing::warn!(
                            reason = dead_letter.reason.label(),
                            "{position} is a dead letter: {}; {}",
                            dead_letter.detail,
                            advice(dead_letter.reason)
                        );
                        dead_letter.is_acknowledged = true;
                    }
                    Err(DeadLetterError::Ceiling(error)) => return Err(SettleEnd::Broken(error.into())),
                    Err(DeadLetterError::Send { source, .. }) => {
                        tracing::warn!(
                            "the dead letter of {position} waits for the broker: {}",
                            ErrorChain(&source)
                        );
                        self.wait(&mut tries).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn wait(&self, tries: &mut u32) -> Result<(), SettleEnd> {
        let wait = self.retry_wait.saturating_mul(1 << (*tries).min(10)).min(RETRY_WAIT_MAX);
        *tries += 1;
        tokio::select! {
            () = self.abort.cancelled() => {
                Err(SettleEnd::Broken(anyhow!("the process ends while the database or the broker is away")))
            }
            () = tokio::time::sleep(wait) => Ok(()),
        }
    }
}

/// What the records come to; an event is shared with its attempt, not copied for it.
fn to_record(run: &PreparedRun) -> Run<Settlement> {
    let records = run.records.iter().map(|(offset, prepared)| Settlement {
        offset: *offset,
        effect: match &prepared.verdict {
            Verdict::DeadLetter(dead_letter) => {
                Effect::DeadLetter { reason: dead_letter.reason, identity: dead_letter.identity.clone() }
            }
            Verdict::Assessed(event) => Effect::Assessed(Arc::clone(event)),
        },
    });
    Run {
        partition: run.partition.clone(),
        owner_epoch: run.owner_epoch,
        first_offset: run.first_offset,
        next_offset: run.next_offset,
        records: records.collect(),
    }
}

fn turn_into_dead_letters(run: &mut PreparedRun, rejected: Vec<RejectedRecord>) -> Result<(), SettleEnd> {
    for RejectedRecord { offset, reason, detail } in rejected {
        let found = run.records.iter_mut().find(|(of, _)| *of == offset);
        let Some((_, prepared)) =
            found.filter(|(_, prepared)| matches!(prepared.verdict, Verdict::Assessed(_)))
        else {
            let error = anyhow!("the database refuses offset {offset} even as a dead letter: {detail}");
            return Err(SettleEnd::Broken(error));
        };
        prepared.turn_into_dead_letter(reason, DeadLetterStage::Effects, detail);
    }
    Ok(())
}

impl Prepared {
    fn turn_into_dead_letter(&mut self, reason: DeadLetterReason, stage: DeadLetterStage, detail: String) {
        let of = match &self.verdict {
            Verdict::Assessed(event) => {
                (Some(super::prepare::identity(&event.event)), Some(event.event.camera.clone()))
            }
            Verdict::DeadLetter(dead_letter) => (dead_letter.identity.clone(), dead_letter.camera.clone()),
        };
        self.verdict = Verdict::dead_letter(reason, stage, detail, of);
    }
}
