//! Whether the broker serves us, and whether its topics are as they must be.

use super::facts::Facts;
use super::finding::{Check, Finding};
use crate::config::Config;
use ingest::condition::Unanswered;
use ingest::condition::cluster::{ClusterCondition, TopicCondition};
use ingest::producer::SENT_RECORD_BYTES_MAX;
use ingest::topics::plans;

/// Checks that need the broker's answer.
const HANGING: [Check; 6] = [
    Check::TopicsExist,
    Check::TopicsRecordSize,
    Check::TopicsPartitions,
    Check::TopicsCopies,
    Check::TopicsAppendTime,
    Check::TopicsRetention,
];
const MILLISECONDS_PER_DAY: i64 = 86_400_000;
/// Room for the headers of a record and those that a dead letter gets besides.
const HEADERS_BYTES: usize = 64 * 1024;

pub(super) fn judge(config: &Config, facts: &Facts) -> Vec<Finding> {
    let mut findings = vec![reachable(config, facts)];
    match &facts.kafka {
        Err(why) => findings.extend(HANGING.map(|check| Finding::not_checked(check, why.clone()))),
        Ok(kafka) => findings.extend(of_cluster(config, &kafka.cluster)),
    }
    findings
}

fn reachable(config: &Config, facts: &Facts) -> Finding {
    let check = Check::KafkaReachable;
    let place = format!("kafka.brokers = {}", config.kafka.brokers);
    match &facts.kafka_answer {
        Ok(()) => Finding::good(check, place, "answers"),
        Err(unanswered) => {
            let remedy = match unanswered {
                Unanswered::Away(_) => "check kafka.brokers, the network, and that the broker runs",
                Unanswered::Refused(_) => {
                    "check kafka.security_protocol, the account (kafka.sasl_*) and the certificates that [kafka] names"
                }
                Unanswered::Settings(_) => "correct the keys of [kafka]",
            };
            Finding::fault(check, place, unanswered.to_string(), remedy)
        }
    }
}

fn of_cluster(config: &Config, cluster: &ClusterCondition) -> Vec<Finding> {
    let (there, missing): (Vec<_>, Vec<_>) =
        cluster.topics.iter().partition(|topic| !topic.partitions.is_empty());
    let mut findings: Vec<Finding> = missing
        .iter()
        .map(|topic| {
            let remedy = "make it by `rasid topics create`, or correct its name in [kafka]";
            Finding::fault(Check::TopicsExist, topic.name.clone(), "there is no such topic", remedy)
        })
        .collect();
    findings.extend(dead_letter_size(config));
    for topic in &there {
        findings.extend(record_size(config, topic));
        findings.extend(partitions(config, topic));
        findings.extend(copies(config, cluster.brokers, topic));
        findings.extend(append_time(config, topic));
        findings.extend(retention(config, topic));
    }
    let names: Vec<String> = there.iter().map(|topic| topic.name.clone()).collect();
    for check in HANGING {
        if findings.iter().any(|finding| finding.check == check) {
            continue;
        }
        findings.push(if there.is_empty() {
            Finding::not_checked(check, "there is no topic")
        } else if there.iter().all(|topic| topic.settings.is_empty()) && needs_settings(check) {
            Finding::not_checked(check, "the broker does not let this account see settings of topics")
        } else {
            Finding::good(check, names.join(", "), "as it must be")
        });
    }
    findings
}

fn needs_settings(check: Check) -> bool {
    [Check::TopicsRecordSize, Check::TopicsAppendTime, Check::TopicsRetention].contains(&check)
}

fn number(topic: &TopicCondition, name: &str) -> Option<i64> {
    topic.settings.get(name)?.parse().ok()
}

fn record_size(config: &Config, topic: &TopicCondition) -> Option<Finding> {
    let plan = plans(&config.kafka).into_iter().find(|plan| plan.name == topic.name)?;
    let is_events = topic.name == config.kafka.events_topic;
    let needed = plan.record_bytes_max.or(is_events.then_some(config.ingest.record_bytes_max))?;
    let got = number(topic, "max.message.bytes")?;
    if i64::try_from(needed).unwrap_or(i64::MAX) <= got {
        return None;
    }
    let found = format!("takes records of {got} bytes (max.message.bytes) and must take {needed}");
    let remedy = format!(
        "`rasid topics create` sets it where it can; else set max.message.bytes={needed} on the topic"
    );
    Some(Finding::fault(Check::TopicsRecordSize, topic.name.clone(), found, remedy))
}

/// A record that is taken must fit into the dead-letter topic whole, with the headers that it gets there.
fn dead_letter_size(config: &Config) -> Option<Finding> {
    let most = SENT_RECORD_BYTES_MAX - HEADERS_BYTES;
    (config.ingest.record_bytes_max > most).then(|| {
        let found = format!(
            "is {}: as dead letters such records would not fit into the {SENT_RECORD_BYTES_MAX} bytes that are sent at \
             most, and would stop their partition",
            config.ingest.record_bytes_max
        );
        Finding::fault(Check::TopicsRecordSize, "ingest.record_bytes_max", found, format!("set it to {most} at most"))
    })
}

fn partitions(config: &Config, topic: &TopicCondition) -> Option<Finding> {
    let (got, wanted) = (topic.partitions.len(), config.kafka.created_partitions);
    if got >= usize::try_from(wanted).unwrap_or(usize::MAX) {
        return None;
    }
    let found = format!("has {got} partitions, and kafka.created_partitions says {wanted}");
    let remedy = format!(
        "add partitions (kafka-topics.sh --alter --topic {} --partitions {wanted}), or lower the key: no more processes \
         than partitions can share the work",
        topic.name
    );
    Some(Finding::fault(Check::TopicsPartitions, topic.name.clone(), found, remedy))
}

fn copies(config: &Config, brokers: usize, topic: &TopicCondition) -> Option<Finding> {
    let check = Check::TopicsCopies;
    let least = topic.partitions.iter().map(|partition| partition.copies).min()?;
    let wanted = usize::try_from(config.kafka.created_replication).unwrap_or(usize::MAX);
    if least < 2 && brokers > 1 {
        let found =
            format!("has one copy in a cluster of {brokers} brokers: what stands on a lost disk is lost");
        let remedy = "reassign its partitions to three brokers (kafka-reassign-partitions.sh), and set \
                      kafka.created_replication = 3";
        return Some(Finding::fault(check, topic.name.clone(), found, remedy));
    }
    if least < wanted {
        let found = format!("has {least} copies, and kafka.created_replication says {wanted}");
        let remedy = "reassign its partitions (kafka-reassign-partitions.sh), or correct the key";
        return Some(Finding::fault(check, topic.name.clone(), found, remedy));
    }
    let late = topic.partitions.iter().filter(|partition| partition.in_sync < partition.copies).count();
    if late > 0 {
        let found = format!("{late} of its partitions have copies that do not keep up");
        return Some(Finding::warning(check, topic.name.clone(), found, "look at the brokers"));
    }
    (least > 1 && number(topic, "min.insync.replicas") == Some(1)).then(|| {
        let found = "min.insync.replicas is 1: a record counts as written when one broker has it";
        Finding::warning(check, topic.name.clone(), found, "set it to 2")
    })
}

fn append_time(config: &Config, topic: &TopicCondition) -> Option<Finding> {
    let got = topic.settings.get("message.timestamp.type")?;
    if topic.name != config.kafka.events_topic || got == "LogAppendTime" {
        return None;
    }
    let found = format!("message.timestamp.type is {got}: the age of captures would be what senders state");
    Some(Finding::fault(
        Check::TopicsAppendTime,
        topic.name.clone(),
        found,
        "`rasid topics create` sets LogAppendTime",
    ))
}

fn retention(config: &Config, topic: &TopicCondition) -> Option<Finding> {
    let check = Check::TopicsRetention;
    if topic.settings.get("cleanup.policy").is_some_and(|policy| policy.contains("compact")) {
        let found = "cleanup.policy is compact: of several records of one key all but the last are deleted";
        return Some(Finding::fault(check, topic.name.clone(), found, "set cleanup.policy=delete"));
    }
    let plan = plans(&config.kafka).into_iter().find(|plan| plan.name == topic.name)?;
    let got = number(topic, "retention.ms")?;
    let wanted = i64::from(plan.retention_days).saturating_mul(MILLISECONDS_PER_DAY);
    if got == wanted {
        return None;
    }
    let kept = if got < 0 { "for ever".to_owned() } else { format!("for {} hours", got / 3_600_000) };
    let found = format!("records are kept {kept}, and [kafka] says {} days", plan.retention_days);
    let remedy = format!("set retention.ms={wanted} on the topic, or correct the key");
    Some(Finding::warning(check, topic.name.clone(), found, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict;
    use ingest::condition::cluster::PartitionCondition;

    fn config() -> Config {
        Config::from_defaults_and("[database]\nurl = \"postgres://u/u\"\n[kafka]\ncreated_partitions = 2\n")
            .unwrap()
    }

    /// Topics as `rasid topics create` makes them.
    fn cluster(brokers: usize, copies: usize) -> ClusterCondition {
        let partition = |id| PartitionCondition { id, copies, in_sync: copies, log: None };
        let topics = plans(&config().kafka).into_iter().map(|plan| {
            let settings = [
                ("max.message.bytes", plan.record_bytes_max.unwrap_or(1_048_588).to_string()),
                (
                    "message.timestamp.type",
                    if plan.append_time { "LogAppendTime" } else { "CreateTime" }.to_owned(),
                ),
                ("retention.ms", (i64::from(plan.retention_days) * MILLISECONDS_PER_DAY).to_string()),
                ("cleanup.policy", "delete".to_owned()),
                ("min.insync.replicas", copies.min(2).to_string()),
            ];
            TopicCondition {
                name: plan.name,
                partitions: vec![partition(0), partition(1)],
                settings: settings.map(|(name, value)| (name.to_owned(), value)).into(),
            }
        });
        ClusterCondition { cluster: "c".to_owned(), brokers, topics: topics.collect() }
    }

    fn worst(cluster: &ClusterCondition) -> Vec<(Check, Verdict)> {
        let findings = of_cluster(&config(), cluster).into_iter();
        findings.filter(|one| one.verdict != Verdict::Good).map(|one| (one.check, one.verdict)).collect()
    }

    #[test]
    fn topics_as_they_are_made_have_no_fault_on_one_broker_and_on_several() {
        assert_eq!(worst(&cluster(1, 1)), []);
        assert_eq!(worst(&cluster(3, 3)), []);
    }

    #[test]
    fn one_copy_in_a_cluster_of_several_brokers_is_a_fault_of_each_topic() {
        assert_eq!(worst(&cluster(3, 1)), [(Check::TopicsCopies, Verdict::Fault); 4]);
    }

    #[test]
    fn copies_that_do_not_keep_up_or_are_not_waited_for_are_told() {
        let mut late = cluster(3, 3);
        late.topics[0].partitions[1].in_sync = 2;
        assert_eq!(worst(&late), [(Check::TopicsCopies, Verdict::Warning)]);
        let mut hasty = cluster(3, 3);
        hasty.topics[0].settings.insert("min.insync.replicas".to_owned(), "1".to_owned());
        assert_eq!(worst(&hasty), [(Check::TopicsCopies, Verdict::Warning)]);
    }

    #[test]
    fn a_compacted_topic_is_a_fault_and_another_retention_a_warning() {
        let mut changed = cluster(1, 1);
        changed.topics[0].settings.insert("cleanup.policy".to_owned(), "compact,delete".to_owned());
        changed.topics[1].settings.insert("retention.ms".to_owned(), "-1".to_owned());
        let expected = [(Check::TopicsRetention, Verdict::Fault), (Check::TopicsRetention, Verdict::Warning)];
        assert_eq!(worst(&changed), expected);
    }

    #[test]
    fn settings_that_may_not_be_seen_are_not_checked() {
        let mut closed = cluster(1, 1);
        closed.topics.iter_mut().for_each(|topic| topic.settings.clear());
        assert_eq!(worst(&closed).iter().filter(|(_, verdict)| *verdict == Verdict::NotChecked).count(), 3);
    }
}
