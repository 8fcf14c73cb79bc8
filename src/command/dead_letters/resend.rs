//! Sending dead letters back to the topic of events, once what was wrong is mended.

use super::select::{Chosen, Letter, require_topic};
use crate::config::Config;
use adjudicate::foundation::db::{self, Database, PoolPurpose};
use adjudicate::registry::store as registry_store;
use adjudicate::stream::administration::{Resend, note_resend};
use anyhow::{Context, bail};
use ingest::decode::decode;
use ingest::producer::RecordProducer;
use schemas::camera_key::KeyRegistry;
use schemas::clock::Clock;
use schemas::error_chain::ErrorChain;
use schemas::outcome::DeadLetterReason;
use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

/// What was ordered.
#[derive(Debug)]
pub(super) struct Order {
    /// For the audit.
    pub(super) why: String,
    /// Only say what would be done.
    pub(super) dry_run: bool,
    /// Send what would be refused now, too.
    pub(super) even_if_refused: bool,
}

/// What would become of a record now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Now {
    /// It would be taken; pictures and effects are looked at on the way.
    Taken,
    /// It would be refused.
    Refused { reason: DeadLetterReason, why: String },
}

impl fmt::Display for Now {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken => formatter.write_str("would be taken"),
            Self::Refused { reason, why } => write!(formatter, "would be refused, {reason}: {why}"),
        }
    }
}

/// Judges records by the registers of now.
pub(super) struct Judge {
    database: Database,
    keys: KeyRegistry,
    record_bytes_max: usize,
    clock: Arc<dyn Clock>,
}

impl Judge {
    /// Reads cameras and keys.
    pub(super) async fn load(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let database = db::connect(&config.database, PoolPurpose::Jobs).await?;
        db::require_tables(&database).await?;
        let keys = registry_store::load_keys(&database).await.context("the camera keys cannot be read")?;
        Ok(Self { database, keys, record_bytes_max: config.ingest.record_bytes_max, clock })
    }

    /// The checks before any picture is looked at. An id that another event has will not become free.
    pub(super) fn judge(&self, letter: &Letter) -> Now {
        if letter.said.reason == DeadLetterReason::IdReused {
            let why = "another event has this id".to_owned();
            return Now::Refused { reason: DeadLetterReason::IdReused, why };
        }
        let now = self.clock.now();
        match decode(&letter.received(now), &self.keys, now, self.record_bytes_max) {
            Ok(_) => Now::Taken,
            Err(error) => Now::Refused { reason: error.reason(), why: ErrorChain(&error).to_string() },
        }
    }
}

/// What was done.
#[derive(Debug, Default)]
struct Counts {
    sent: usize,
    refused: usize,
}

/// Sends those chosen, or says what would be sent.
pub(super) async fn resend(
    config: &Config,
    clock: Arc<dyn Clock>,
    chosen: Chosen,
    order: Order,
) -> anyhow::Result<()> {
    let judge = Judge::load(config, Arc::clone(&clock)).await?;
    // A process of `rasid run` that has not read the registers since they were mended would refuse the record again.
    let known_everywhere = clock.monotonic() + Duration::from_secs(config.pipeline.registry_refresh_seconds);
    let producer = RecordProducer::new(&config.kafka)?;
    let mut letters = chosen.read(&config.kafka, Arc::clone(&clock));
    let mut counts = Counts::default();
    while let Some(letter) = letters.next().await? {
        let now = match require_topic(&letter, &config.kafka) {
            Ok(()) => judge.judge(&letter),
            Err(error) => bail!("{} cannot be sent again: {error}", letter.id()),
        };
        let is_refused = now != Now::Taken && !order.even_if_refused;
        let done = if is_refused {
            counts.refused += 1;
            format!("not sent: {now}")
        } else if order.dry_run {
            counts.sent += 1;
            format!("would be sent; {now}")
        } else {
            if rests_on_registers(letter.said.reason) {
                wait_until(known_everywhere, &*clock).await;
            }
            counts.sent += 1;
            send(&producer, &judge.database, config, &letter, &order.why).await?
        };
        writeln!(std::io::stdout(), "{}  {done}", letter.line())?;
    }
    letters.end(&config.kafka)?;
    let Counts { sent, refused } = counts;
    let verb = if order.dry_run { "would be sent" } else { "were sent again" };
    eprintln!("{sent} {verb}, {refused} would be refused and stay where they are");
    if refused > 0 && !order.dry_run {
        bail!("{refused} dead letters were not sent; `rasid dead-letters show` says what to do about each");
    }
    Ok(())
}

/// The audit comes first: an entry without a record tells of an attempt, a record without an entry would tell nothing.
async fn send(
    producer: &RecordProducer,
    database: &Database,
    config: &Config,
    letter: &Letter,
    why: &str,
) -> anyhow::Result<String> {
    let said = &letter.said;
    let resend = Resend {
        partition: &said.source,
        offset: said.offset,
        reason: said.reason,
        value_sha256: letter.value_sha256(),
        why,
    };
    note_resend(database, &resend).await.context("the audit cannot be written; nothing was sent")?;
    let topic = &config.kafka.events_topic;
    let sent = producer.send(topic, &letter.record).await;
    let sent = sent.with_context(|| {
        format!("{} may not have been sent; run the command again, twice does no harm", letter.id())
    })?;
    Ok(format!("sent as {}@{}", sent.partition, sent.offset))
}

const fn rests_on_registers(reason: DeadLetterReason) -> bool {
    match reason {
        DeadLetterReason::UnknownKey
        | DeadLetterReason::UnknownCamera
        | DeadLetterReason::KeyNotValid
        | DeadLetterReason::KeyOfOtherCamera
        | DeadLetterReason::BadSignature => true,
        DeadLetterReason::BadSignatureHeader
        | DeadLetterReason::Malformed
        | DeadLetterReason::UnknownVersion
        | DeadLetterReason::TooLarge
        | DeadLetterReason::HeaderMismatch
        | DeadLetterReason::FrameDigestMismatch
        | DeadLetterReason::BadImage
        | DeadLetterReason::EvidenceMissing
        | DeadLetterReason::IdReused
        | DeadLetterReason::EffectRefused => false,
    }
}

async fn wait_until(instant: Duration, clock: &dyn Clock) {
    let wait = instant.saturating_sub(clock.monotonic());
    if !wait.is_zero() {
        eprintln!("waiting {} s until every `rasid run` has read the registers again", wait.as_secs() + 1);
        tokio::time::sleep(wait).await;
    }
}
