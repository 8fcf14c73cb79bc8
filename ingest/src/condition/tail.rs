//! By which keys the newest events were signed.

use super::probe::{ANSWER_TIMEOUT, Probe};
use chrono::{DateTime, Utc};
use rdkafka::consumer::Consumer;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::{Offset, TopicPartitionList};
use schemas::clock::Clock;
use schemas::ids::KeyId;
use schemas::wire::signature::{EventSignature, SIGNATURE_HEADER};
use std::sync::Arc;
use std::time::Duration;

/// Records at the end of each partition that are looked at; they come whole, with their pictures.
const PARTITION_RECORDS_MAX: i64 = 25;
/// Wait for the next of them.
const RECORD_WAIT: Duration = Duration::from_millis(500);

/// A record's key and signature, not checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedRecord {
    /// The record's key: the camera, as its sender says.
    pub camera: String,
    /// The key that is said to have signed it.
    pub key: KeyId,
    /// When the broker got it.
    pub appended_at: DateTime<Utc>,
}

impl Probe {
    /// Returns the newest events with readable signatures of partitions with these logs, as many as come in time.
    pub async fn newest_signatures(
        &self,
        logs: Vec<(i32, (i64, i64))>,
        clock: Arc<dyn Clock>,
    ) -> Vec<SignedRecord> {
        let probe = self.clone();
        let asked = tokio::task::spawn_blocking(move || probe.read_tails(&logs, clock.as_ref()));
        asked.await.ok().flatten().unwrap_or_default()
    }

    fn read_tails(&self, logs: &[(i32, (i64, i64))], clock: &dyn Clock) -> Option<Vec<SignedRecord>> {
        let mut open = 0_usize;
        let mut list = TopicPartitionList::new();
        for (partition, (start, end)) in logs {
            if start < end {
                let from = Offset::Offset((*start).max(end - PARTITION_RECORDS_MAX));
                list.add_partition_offset(&self.kafka.events_topic, *partition, from).ok()?;
                open += 1;
            }
        }
        self.client.assign(&list).ok()?;
        let begun = clock.monotonic();
        let mut found = Vec::new();
        while open > 0 && clock.monotonic().saturating_sub(begun) < ANSWER_TIMEOUT {
            match self.client.poll(RECORD_WAIT) {
                Some(Ok(message)) => found.extend(signed(&message)),
                // The end of one partition, or a trouble that comes again for each of the tries that are left.
                Some(Err(_)) => open -= 1,
                None => {}
            }
        }
        self.client.unassign().ok()?;
        Some(found)
    }
}

fn signed(message: &BorrowedMessage<'_>) -> Option<SignedRecord> {
    let header = message.headers()?.iter().find(|header| header.key == SIGNATURE_HEADER)?;
    let signature = EventSignature::parse(header.value?).ok()?;
    Some(SignedRecord {
        camera: String::from_utf8_lossy(message.key()?).chars().take(128).collect(),
        key: signature.key,
        appended_at: DateTime::from_timestamp_millis(message.timestamp().to_millis()?)?,
    })
}
