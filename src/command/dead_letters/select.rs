//! Which dead letters are meant, and reading them.

use anyhow::{bail, ensure};
use chrono::{DateTime, SecondsFormat, Utc};
use ingest::config::KafkaConfig;
use ingest::dead_letter::DeadLetter;
use ingest::dead_letter::log::{DeadLetterLogError, KeptRecord, ReadBounds, read};
use ingest::record::{OutgoingRecord, RawRecord};
use schemas::clock::Clock;
use schemas::delivery::PartitionKey;
use schemas::evidence::Sha256Digest;
use schemas::ids::CameraId;
use schemas::outcome::DeadLetterReason;
use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Records that one command reads at most.
const RECORDS_READ_MAX: usize = 1_000_000;

/// Where the record of a dead letter stood in the topic of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LetterId {
    partition: i32,
    offset: i64,
}

impl fmt::Display for LetterId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.partition, self.offset)
    }
}

impl FromStr for LetterId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("write PARTITION@OFFSET, as 3@41, not '{text}'");
        let (partition, offset) = text.split_once('@').ok_or_else(wrong)?;
        let partition = partition.parse().map_err(|_| wrong())?;
        let offset = offset.parse().map_err(|_| wrong())?;
        Ok(Self { partition, offset })
    }
}

/// What is asked of a dead letter; all of it must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
pub(super) struct Filters {
    /// Only those of this reason; may be given several times.
    #[arg(long, value_name = "REASON", value_parser = reason)]
    reason: Vec<DeadLetterReason>,
    /// Only those whose record has this camera as its key.
    #[arg(long, value_parser = camera)]
    camera: Option<CameraId>,
    /// Only those received from then on, as 2026-11-28T00:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<DateTime<Utc>>,
    /// Only those received before then.
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<DateTime<Utc>>,
}

fn reason(text: &str) -> Result<DeadLetterReason, String> {
    DeadLetterReason::from_label(text).ok_or_else(|| {
        let known = DeadLetterReason::ALL.map(DeadLetterReason::label);
        format!("the reasons are {}", known.join(", "))
    })
}

fn camera(text: &str) -> Result<CameraId, String> {
    CameraId::parse(text).map_err(|error| error.to_string())
}

fn time(text: &str) -> Result<DateTime<Utc>, String> {
    let read = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    read.map_err(|_| "write a time as 2026-11-28T00:00:00Z".to_owned())
}

/// The dead letters that are meant.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    /// These; all of them if there is none.
    pub(super) ids: Vec<LetterId>,
    /// Of those, the ones that pass.
    pub(super) filters: Filters,
}

/// A dead letter with its record.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) said: DeadLetter,
    pub(super) record: OutgoingRecord,
}

impl Letter {
    pub(super) fn id(&self) -> LetterId {
        LetterId { partition: self.said.source.partition, offset: self.said.offset }
    }

    /// Returns place, reason, stage, time of receipt, camera, digest and size.
    pub(super) fn line(&self) -> String {
        let said = &self.said;
        let camera = self.camera().map_or_else(|| "no camera".to_owned(), |camera| camera.to_string());
        format!(
            "{}  {}  {}  {}  {camera}  sha256 {}  {} bytes",
            self.id(),
            said.reason,
            said.stage.label(),
            said.first_seen.to_rfc3339_opts(SecondsFormat::Secs, true),
            self.value_sha256(),
            self.record.value.len(),
        )
    }

    pub(super) fn value_sha256(&self) -> Sha256Digest {
        Sha256Digest::of(&self.record.value)
    }

    /// The camera that the record's key names; `None` where the key is none, or no id.
    pub(super) fn camera(&self) -> Option<CameraId> {
        let key = std::str::from_utf8(self.record.key.as_deref()?).ok()?;
        CameraId::parse(key).ok()
    }

    /// The record as a consumer would hand it over at `received_at`.
    pub(super) fn received(&self, received_at: DateTime<Utc>) -> RawRecord {
        let OutgoingRecord { key, value, headers } = self.record.clone();
        RawRecord { key, value, headers, received_at, credit: ingest::consumer::Credit::unlimited() }
    }
}

impl Filters {
    fn pass(&self, letter: &Letter) -> bool {
        let Self { reason, camera, since, until } = self;
        (reason.is_empty() || reason.contains(&letter.said.reason))
            && (camera.is_none() || *camera == letter.camera())
            && since.is_none_or(|since| letter.said.first_seen >= since)
            && until.is_none_or(|until| letter.said.first_seen < until)
    }
}

impl Chosen {
    /// Begins to read those that are meant; after a crash one may be kept twice and is read once.
    pub(super) fn read(self, kafka: &KafkaConfig, clock: Arc<dyn Clock>) -> Letters {
        let bounds = ReadBounds { since: self.filters.since, records_max: RECORDS_READ_MAX };
        let records = read(kafka, bounds, clock);
        Letters { chosen: self, records, seen: HashSet::new(), others: 0 }
    }

    fn means(&self, letter: &Letter) -> bool {
        (self.ids.is_empty() || self.ids.contains(&letter.id())) && self.filters.pass(letter)
    }
}

/// Dead letters as they are read.
#[derive(Debug)]
pub(super) struct Letters {
    chosen: Chosen,
    records: mpsc::Receiver<Result<KeptRecord, DeadLetterLogError>>,
    /// Where the records of those that were read stood.
    seen: HashSet<(PartitionKey, i64)>,
    /// Records of the topic that are no dead letters of ours.
    others: usize,
}

impl Letters {
    /// The next one, `None` at the end.
    pub(super) async fn next(&mut self) -> anyhow::Result<Option<Letter>> {
        while let Some(record) = self.records.recv().await {
            let (said, record) = match record? {
                KeptRecord::DeadLetter(kept) => *kept,
                KeptRecord::Other(error) => {
                    tracing::debug!("{error}");
                    self.others += 1;
                    continue;
                }
            };
            let letter = Letter { said, record };
            if self.chosen.means(&letter)
                && self.seen.insert((letter.said.source.clone(), letter.said.offset))
            {
                return Ok(Some(letter));
            }
        }
        Ok(None)
    }

    /// How many were read.
    pub(super) fn count(&self) -> usize {
        self.seen.len()
    }

    /// Says on stderr what was found, and fails if one that was named was not.
    pub(super) fn end(&self, kafka: &KafkaConfig) -> anyhow::Result<()> {
        if self.others > 0 {
            eprintln!("{} records of {} are no dead letters of rasid", self.others, kafka.dead_letter_topic);
        }
        let found = |id: &&LetterId| {
            self.seen.iter().any(|(key, offset)| (key.partition, *offset) == (id.partition, id.offset))
        };
        let missing: Vec<_> =
            self.chosen.ids.iter().filter(|id| !found(id)).map(ToString::to_string).collect();
        if !missing.is_empty() {
            bail!("no dead letter {} is kept, or it does not pass the filters", missing.join(", "));
        }
        Ok(())
    }
}

/// Refuses a dead letter of another topic of events than the configured one.
pub(super) fn require_topic(letter: &Letter, kafka: &KafkaConfig) -> anyhow::Result<()> {
    let topic = &*letter.said.source.topic;
    ensure!(
        topic == kafka.events_topic,
        "it came from topic '{topic}', kafka.events_topic is '{}'",
        kafka.events_topic
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use ingest::dead_letter::DeadLetterStage;

    fn letter(reason: DeadLetterReason, key: &'static str, hour: u32) -> Letter {
        Letter {
            said: DeadLetter {
                reason,
                stage: DeadLetterStage::Decode,
                source: PartitionKey { cluster: "c".into(), topic: "camera-events".into(), partition: 3 },
                offset: 41,
                first_seen: time(&format!("2026-11-28T{hour:02}:00:00Z")).unwrap(),
                build: "1".to_owned(),
            },
            record: OutgoingRecord {
                key: Some(Bytes::from_static(key.as_bytes())),
                value: Bytes::new(),
                headers: Vec::new(),
            },
        }
    }

    #[test]
    fn a_dead_letter_is_meant_when_all_filters_hold() {
        let filters = Filters {
            reason: vec![DeadLetterReason::UnknownKey, DeadLetterReason::BadImage],
            camera: Some(camera("C-1").unwrap()),
            since: Some(time("2026-11-28T02:00:00+02:00").unwrap()),
            until: Some(time("2026-11-28T09:00:00Z").unwrap()),
        };
        let meant = |reason, key, hour| filters.pass(&letter(reason, key, hour));
        assert!(meant(DeadLetterReason::UnknownKey, "C-1", 0) && meant(DeadLetterReason::BadImage, "C-1", 8));
        assert!(!meant(DeadLetterReason::Malformed, "C-1", 8));
        assert!(!meant(DeadLetterReason::UnknownKey, "C-2", 8));
        assert!(!meant(DeadLetterReason::UnknownKey, "C-1", 9));
        assert!(Filters::default().pass(&letter(DeadLetterReason::TooLarge, "a key that is no id", 0)));
    }

    #[test]
    fn a_record_is_named_by_partition_and_offset() {
        let id: LetterId = "3@41".parse().unwrap();
        assert_eq!(id, letter(DeadLetterReason::UnknownKey, "C-1", 0).id());
        assert_eq!(id.to_string(), "3@41");
        for wrong in ["3", "3@", "@4", "3@4@5", "three@4"] {
            assert!(wrong.parse::<LetterId>().unwrap_err().contains("PARTITION@OFFSET"), "{wrong}");
        }
        assert!(reason("unknown").unwrap_err().contains("unknown_key"));
    }
}
