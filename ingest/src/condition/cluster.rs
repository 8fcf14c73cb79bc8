//! Brokers, topics and logs.

use super::probe::{ANSWER_TIMEOUT, Probe, Unanswered};
use crate::topics;
use chrono::{DateTime, Utc};
use rdkafka::consumer::Consumer;
use rdkafka::metadata::MetadataTopic;
use rdkafka::{Offset, TopicPartitionList};
use std::collections::BTreeMap;

/// A cluster as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterCondition {
    /// Its id.
    pub cluster: String,
    /// Brokers that run.
    pub brokers: usize,
    /// The topics of the configuration, in the order of [`topics::plans`].
    pub topics: Vec<TopicCondition>,
}

/// A topic as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicCondition {
    /// Its name.
    pub name: String,
    /// Its partitions; none if there is no such topic.
    pub partitions: Vec<PartitionCondition>,
    /// Its settings, inherited ones too; nothing where the account may not see them.
    pub settings: BTreeMap<String, String>,
}

/// A partition as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionCondition {
    /// Its number.
    pub id: i32,
    /// Copies.
    pub copies: usize,
    /// Copies that keep up.
    pub in_sync: usize,
    /// First offset of the log and the one after its last record, if the broker tells.
    pub log: Option<(i64, i64)>,
}

impl Probe {
    /// Looks at the cluster and the topics of the configuration.
    ///
    /// # Errors
    /// When no broker serves this client any more.
    pub async fn cluster(&self) -> Result<ClusterCondition, Unanswered> {
        let probe = self.clone();
        let asked = tokio::task::spawn_blocking(move || probe.ask_cluster()).await;
        let mut cluster =
            asked.unwrap_or_else(|_| Err(Unanswered::Away("the question was stopped".to_owned())))?;
        // Not every account may see settings; what can be said without them is said.
        let settings = topics::all_settings(&self.kafka).await.unwrap_or_default();
        for topic in &mut cluster.topics {
            topic.settings = settings.get(&topic.name).cloned().unwrap_or_default();
        }
        Ok(cluster)
    }

    fn ask_cluster(&self) -> Result<ClusterCondition, Unanswered> {
        let plans = topics::plans(&self.kafka);
        let mut brokers = 0;
        let mut topics = Vec::new();
        for plan in plans {
            let metadata = self.client.fetch_metadata(Some(&plan.name), ANSWER_TIMEOUT);
            let metadata = metadata.map_err(|error| Unanswered::Away(error.to_string()))?;
            brokers = metadata.brokers().len();
            let found = metadata.topics().iter().find(|topic| topic.name() == plan.name);
            let partitions = found.map(|topic| self.partitions(topic)).unwrap_or_default();
            topics.push(TopicCondition { name: plan.name, partitions, settings: BTreeMap::new() });
        }
        Ok(ClusterCondition { cluster: self.cluster.to_string(), brokers, topics })
    }

    fn partitions(&self, topic: &MetadataTopic) -> Vec<PartitionCondition> {
        let is_events = topic.name() == self.kafka.events_topic;
        topic
            .partitions()
            .iter()
            .map(|partition| PartitionCondition {
                id: partition.id(),
                copies: partition.replicas().len(),
                in_sync: partition.isr().len(),
                log: is_events.then(|| self.log(topic.name(), partition.id())).flatten(),
            })
            .collect()
    }

    fn log(&self, topic: &str, partition: i32) -> Option<(i64, i64)> {
        self.client.fetch_watermarks(topic, partition, ANSWER_TIMEOUT).ok()
    }

    /// Returns the first offset of each partition of the events topic whose record was appended at the given instant or
    /// later; a partition in which there is none is left out.
    pub async fn first_offsets_since(&self, instants: Vec<(i32, DateTime<Utc>)>) -> BTreeMap<i32, i64> {
        let probe = self.clone();
        let asked = tokio::task::spawn_blocking(move || probe.ask_offsets_since(&instants)).await;
        asked.ok().flatten().unwrap_or_default()
    }

    fn ask_offsets_since(&self, instants: &[(i32, DateTime<Utc>)]) -> Option<BTreeMap<i32, i64>> {
        let mut list = TopicPartitionList::new();
        for (partition, instant) in instants {
            let at = Offset::Offset(instant.timestamp_millis());
            list.add_partition_offset(&self.kafka.events_topic, *partition, at).ok()?;
        }
        let found = self.client.offsets_for_times(list, ANSWER_TIMEOUT).ok()?;
        let elements = found.elements();
        let offsets = elements.iter().filter_map(|element| match element.offset() {
            Offset::Offset(offset) => Some((element.partition(), offset)),
            // Nothing was appended since.
            Offset::Beginning | Offset::End | Offset::Stored | Offset::Invalid | Offset::OffsetTail(_) => {
                None
            }
        });
        Some(offsets.collect())
    }
}
