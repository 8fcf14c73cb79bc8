//! Stored positions against the log that the broker has now.

use super::facts::Facts;
use super::facts::database::PositionFacts;
use super::finding::{Check, Finding};
use crate::config::Config;
use ingest::condition::cluster::{ClusterCondition, TopicCondition};
use std::collections::BTreeSet;

const CHECK: Check = Check::StreamPositions;

pub(super) fn judge(config: &Config, facts: &Facts) -> Vec<Finding> {
    let (kafka, positions) = match (&facts.kafka, &facts.database.positions) {
        (Ok(kafka), Ok(positions)) => (kafka, positions),
        (Err(why), _) | (_, Err(why)) => return vec![Finding::not_checked(CHECK, why.clone())],
    };
    let events = kafka.cluster.topics.iter().find(|topic| topic.name == config.kafka.events_topic);
    match events.filter(|topic| !topic.partitions.is_empty()) {
        None => vec![Finding::not_checked(CHECK, "there is no events topic")],
        Some(topic) => compared(&kafka.cluster, topic, positions),
    }
}

fn compared(cluster: &ClusterCondition, topic: &TopicCondition, positions: &[PositionFacts]) -> Vec<Finding> {
    let (own, foreign): (Vec<_>, Vec<_>) =
        positions.iter().partition(|position| *position.stored.partition.cluster == *cluster.cluster);
    let mut findings: Vec<Finding> =
        own.iter().filter_map(|position| of_partition(topic, position)).collect();
    if !foreign.is_empty() {
        findings.push(of_another_cluster(cluster, topic, &foreign, own.is_empty()));
    }
    if findings.is_empty() {
        let found =
            format!("{} of {} partitions have a position, inside the log", own.len(), topic.partitions.len());
        findings.push(Finding::good(CHECK, topic.name.clone(), found));
    }
    findings
}

fn of_another_cluster(
    cluster: &ClusterCondition,
    topic: &TopicCondition,
    foreign: &[&PositionFacts],
    is_all: bool,
) -> Finding {
    let clusters: BTreeSet<&str> =
        foreign.iter().map(|position| &*position.stored.partition.cluster).collect();
    let clusters: Vec<&str> = clusters.into_iter().collect();
    let found = format!(
        "positions are stored of cluster {}, and kafka.brokers leads to cluster {}",
        clusters.join(", "),
        cluster.cluster
    );
    if is_all {
        let remedy = "correct kafka.brokers; if the topic moved to a new cluster on purpose, it will be read from its \
                      start, and events that are known are duplicates";
        return Finding::fault(CHECK, topic.name.clone(), found, remedy);
    }
    let remedy =
        "nothing, if the old cluster is given up; what was not read there is lost to this installation";
    Finding::warning(CHECK, topic.name.clone(), found, remedy)
}

fn of_partition(topic: &TopicCondition, position: &PositionFacts) -> Option<Finding> {
    let stored = &position.stored;
    let number = stored.partition.partition;
    let place = format!("{}/{number}", topic.name);
    let next = stored.next_offset;
    let Some(partition) = topic.partitions.iter().find(|partition| partition.id == number) else {
        let found = format!(
            "position {next} is stored, and the topic has {} partitions: it was made anew with fewer",
            topic.partitions.len()
        );
        let remedy = "find out what was lost with the old topic; then `rasid position skip --to 0` for each partition that \
                      is there";
        return Some(Finding::fault(CHECK, place, found, remedy));
    };
    let (start, end) = partition.log?;
    let skip = |to: i64| {
        format!("find out what was lost; then `rasid position skip --partition {number} --to {to}`")
    };
    if next > end {
        let found = format!(
            "position {next} is stored, and the log ends at {end}: the topic was made anew, or its end was lost"
        );
        return Some(Finding::fault(CHECK, place, found, skip(start)));
    }
    if next < start {
        let found = format!(
            "position {next} is stored, and the log begins at {start}: {} offsets were deleted before they were settled",
            start - next
        );
        return Some(Finding::fault(CHECK, place, found, skip(start)));
    }
    // What was settled was in the log before the position was written.
    let first_since = position.first_offset_since.filter(|first| *first < next)?;
    let found = format!(
        "position {next} was stored at {}, and the record at {first_since} was appended later: it is another log, the topic \
         was made anew",
        stored.updated_at.format("%Y-%m-%d %H:%M:%S UTC")
    );
    Some(Finding::fault(CHECK, place, found, skip(start)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict;
    use adjudicate::stream::administration::StoredPosition;
    use adjudicate::stream::position::OutcomeCounts;
    use chrono::DateTime;
    use ingest::condition::cluster::PartitionCondition;
    use schemas::delivery::{OwnerEpoch, PartitionKey};

    fn position(cluster: &str, partition: i32, next_offset: i64, since: Option<i64>) -> PositionFacts {
        let partition = PartitionKey { cluster: cluster.into(), topic: "events".into(), partition };
        PositionFacts {
            stored: StoredPosition {
                partition,
                owner_epoch: OwnerEpoch(1),
                start_offset: 0,
                next_offset,
                counts: OutcomeCounts::default(),
                skipped: 0,
                updated_at: DateTime::UNIX_EPOCH,
            },
            first_offset_since: since,
        }
    }

    fn verdicts(positions: &[PositionFacts]) -> Vec<Verdict> {
        let partition = |id| PartitionCondition { id, copies: 1, in_sync: 1, log: Some((10, 20)) };
        let topic = TopicCondition {
            name: "events".to_owned(),
            partitions: vec![partition(0), partition(1)],
            settings: [].into(),
        };
        let cluster = ClusterCondition { cluster: "c".to_owned(), brokers: 1, topics: vec![topic.clone()] };
        compared(&cluster, &topic, positions).into_iter().map(|one| one.verdict).collect()
    }

    #[test]
    fn a_position_inside_the_log_or_at_its_ends_is_good() {
        assert_eq!(verdicts(&[]), [Verdict::Good]);
        let inside = [position("c", 0, 10, Some(10)), position("c", 1, 20, None)];
        assert_eq!(verdicts(&inside), [Verdict::Good]);
    }

    #[test]
    fn a_shrunken_topic_a_shorter_log_a_deleted_start_and_another_log_are_faults() {
        let wrong = [
            position("c", 2, 15, None),
            position("c", 0, 21, None),
            position("c", 0, 9, None),
            position("c", 1, 15, Some(10)),
        ];
        assert_eq!(verdicts(&wrong), [Verdict::Fault; 4]);
    }

    #[test]
    fn positions_of_another_cluster_alone_are_a_fault_and_beside_own_ones_a_warning() {
        assert_eq!(verdicts(&[position("old", 0, 500, None)]), [Verdict::Fault]);
        assert_eq!(
            verdicts(&[position("old", 0, 500, None), position("c", 0, 15, None)]),
            [Verdict::Warning]
        );
    }
}
