//! What the broker tells.

use super::database::PositionFacts;
use crate::doctor::told::Told;
use chrono::TimeDelta;
use ingest::condition::clock::TwoClocks;
use ingest::condition::cluster::ClusterCondition;
use ingest::condition::group::GroupCondition;
use ingest::condition::tail::SignedRecord;
use ingest::condition::{Probe, Unanswered};
use ingest::config::KafkaConfig;
use schemas::clock::Clock;

/// A record that was settled stood in the log before its position was written; clocks may differ by so much.
const CLOCKS_APART_MAX: TimeDelta = TimeDelta::seconds(60);

/// What the broker tells.
#[derive(Debug)]
pub(crate) struct KafkaFacts {
    /// Brokers and topics.
    pub cluster: ClusterCondition,
    /// The consumer group.
    pub group: Told<GroupCondition>,
    /// The broker's clock beside ours.
    pub clocks: Told<TwoClocks>,
    /// By which keys the newest events were signed.
    pub newest: Vec<SignedRecord>,
    probe: Probe,
}

/// Asks the broker.
///
/// # Errors
/// When it does not serve us.
pub(crate) async fn gather(kafka: &KafkaConfig, clock: &dyn Clock) -> Result<KafkaFacts, Unanswered> {
    let probe = Probe::connect(kafka).await?;
    let cluster = probe.cluster().await?;
    let events = cluster.topics.iter().find(|topic| topic.name == kafka.events_topic);
    let partitions = events.map(|topic| topic.partitions.as_slice()).unwrap_or_default();
    let logs = partitions.iter().filter_map(|partition| Some((partition.id, partition.log?))).collect();
    let (group, clocks, newest) =
        tokio::join!(probe.group(), probe.clock(clock), probe.newest_signatures(logs),);
    Ok(KafkaFacts {
        cluster,
        group: group.ok_or_else(|| "the broker does not tell who is in the group".to_owned()),
        clocks: clocks.map_err(|error| schemas::error_chain::ErrorChain(&error).to_string()),
        newest,
        probe,
    })
}

impl KafkaFacts {
    /// Finds for each position of this cluster's topic which offset came after it was last written.
    pub(crate) async fn look_back(&self, positions: &mut [PositionFacts]) {
        let own = |position: &PositionFacts| *position.stored.partition.cluster == *self.cluster.cluster;
        let asked = positions.iter().filter(|position| own(position)).map(|position| {
            (position.stored.partition.partition, position.stored.updated_at + CLOCKS_APART_MAX)
        });
        let since = self.probe.first_offsets_since(asked.collect()).await;
        for position in positions.iter_mut().filter(|position| own(position)) {
            position.first_offset_since = since.get(&position.stored.partition.partition).copied();
        }
    }
}
