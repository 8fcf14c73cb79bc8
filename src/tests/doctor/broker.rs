//! Faults of broker, topics, group and positions.

use super::{Installation, only_faults, the};
use crate::streams::{Positions, TestConsumer};
use crate::trouble::{ACCOUNT_LISTENER, ACCOUNT_PASSWORD, Secured};
use adjudicate::stream::position;
use ingest::testing::set_topic;
use ingest::topics;
use rasid::config::Config;
use rasid::doctor::{Check, Verdict, examine};
use schemas::clock::{Clock, FixedClock, SystemClock};
use schemas::delivery::PartitionKey;
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn a_broker_that_is_away_is_a_fault_and_what_hangs_on_it_is_not_checked() {
    let mut installation = Installation::clean().await;
    installation.set("kafka", "brokers", "127.0.0.1:1");
    let report = installation.report().await;
    let faults = only_faults(&report, Check::KafkaReachable);
    assert!(faults[0].found.contains("no broker at '127.0.0.1:1' answered"), "{faults:?}");
    for check in [
        Check::TopicsExist,
        Check::TopicsAppendTime,
        Check::StreamGroup,
        Check::StreamPositions,
        Check::ClockKafka,
        Check::CameraKeysInUse,
    ] {
        assert_eq!(the(&report, check, Verdict::NotChecked).found, "the broker is away");
    }
    the(&report, Check::DatabaseSchema, Verdict::Good);
    installation.remove().await;
}

#[tokio::test]
async fn a_broker_that_speaks_another_protocol_refuses_and_is_not_taken_for_one_that_is_away() {
    let mut installation = Installation::clean().await;
    installation.set("kafka", "security_protocol", "ssl");
    let faults = installation.only_faults(Check::KafkaReachable).await;
    assert!(faults[0].found.contains("does not encrypt"), "{faults:?}");
    installation.set("kafka", "security_protocol", "sasl_plaintext");
    installation.set("kafka", "sasl_mechanism", "PLAIN");
    installation.set("kafka", "sasl_username", "rasid");
    installation.set("kafka", "sasl_password", "hidden-word");
    let report = installation.report().await;
    let faults = only_faults(&report, Check::KafkaReachable);
    assert!(faults[0].found.contains("cannot be used"), "{faults:?}");
    assert!(faults[0].remedy.as_ref().unwrap().contains("kafka.sasl_"), "{faults:?}");
    assert!(!report.to_json().to_string().contains("hidden-word"));
    installation.remove().await;
}

#[tokio::test]
async fn a_broker_that_encrypts_or_wants_an_account_refuses_whoever_comes_otherwise() {
    let secured = tokio::task::spawn_blocking(|| Secured::start(true)).await.unwrap();
    let mut installation = Installation::clean().await;
    let brokers = secured.brokers(ACCOUNT_LISTENER);
    installation.set("kafka", "brokers", brokers.as_str());
    let plain = installation.only_faults(Check::KafkaReachable).await;
    assert!(plain[0].found.contains("encrypts; set kafka.security_protocol"), "{plain:?}");
    let right = secured.with_account("SCRAM-SHA-512", ACCOUNT_PASSWORD);
    for (keys, verdict) in
        [(secured.with_account("SCRAM-SHA-512", "wrong-word"), Verdict::Fault), (right, Verdict::Good)]
    {
        let keys: toml::Table = keys.parse().unwrap();
        for (key, value) in keys {
            installation.set("kafka", &key, value);
        }
        let report = installation.report().await;
        let finding = the(&report, Check::KafkaReachable, verdict);
        assert!(verdict == Verdict::Good || finding.found.contains("authentication"), "{finding:?}");
    }
    // It serves us, and has none of the topics.
    assert_eq!(installation.only_faults(Check::TopicsExist).await.len(), 4);
    installation.remove().await;
}

#[tokio::test]
async fn a_topic_that_is_missing_is_named() {
    let mut installation = Installation::clean().await;
    installation.set("kafka", "decisions_topic", "no-such-topic");
    let faults = installation.only_faults(Check::TopicsExist).await;
    assert_eq!((faults.len(), faults[0].place.as_str()), (1, "no-such-topic"));
    installation.remove().await;
}

#[tokio::test]
async fn a_topic_that_takes_too_small_records_is_named_with_what_it_must_take() {
    let installation = Installation::clean().await;
    let kafka = &installation.stream.kafka;
    set_topic(kafka, &kafka.dead_letter_topic, &[("max.message.bytes", "1048588")]).await.unwrap();
    let faults = installation.only_faults(Check::TopicsRecordSize).await;
    assert_eq!(faults[0].place, kafka.dead_letter_topic);
    assert!(faults[0].found.contains("1048588") && faults[0].found.contains("2097152"), "{faults:?}");
    installation.remove().await;
}

#[tokio::test]
async fn an_events_topic_smaller_than_the_largest_event_and_dead_letters_that_would_not_fit_are_faults() {
    let mut installation = Installation::clean().await;
    installation.set("ingest", "record_bytes_max", 2_097_152_i64);
    let faults = installation.only_faults(Check::TopicsRecordSize).await;
    let places: Vec<&str> = faults.iter().map(|fault| fault.place.as_str()).collect();
    assert_eq!(places, ["ingest.record_bytes_max", installation.stream.kafka.events_topic.as_str()]);
    installation.remove().await;
}

#[tokio::test]
async fn too_few_partitions_and_too_few_copies_are_faults() {
    let mut installation = Installation::clean().await;
    installation.set("kafka", "created_partitions", 6);
    let faults = installation.only_faults(Check::TopicsPartitions).await;
    assert!(faults.len() == 4 && faults[0].found.contains("has 2 partitions"), "{faults:?}");
    installation.set("kafka", "created_partitions", 2);
    installation.set("kafka", "created_replication", 3);
    let faults = installation.only_faults(Check::TopicsCopies).await;
    assert!(faults.len() == 4 && faults[0].found.contains("has 1 copies"), "{faults:?}");
    installation.remove().await;
}

#[tokio::test]
async fn an_events_topic_that_keeps_the_senders_time_is_a_fault() {
    let installation = Installation::clean().await;
    let kafka = &installation.stream.kafka;
    set_topic(kafka, &kafka.events_topic, &[("message.timestamp.type", "CreateTime")]).await.unwrap();
    let report = installation.report().await;
    let faults = only_faults(&report, Check::TopicsAppendTime);
    assert_eq!(faults[0].place, kafka.events_topic);
    // The other settings went with it.
    the(&report, Check::TopicsRetention, Verdict::Good);
    installation.remove().await;
}

#[tokio::test]
async fn clocks_that_are_apart_are_told_of_broker_and_database_and_by_how_much() {
    let installation = Installation::clean().await;
    for (seconds, verdict) in [(10, Verdict::Warning), (60, Verdict::Fault)] {
        let clock = FixedClock::at(SystemClock::new().now());
        clock.advance(Duration::from_secs(seconds));
        let mut examination = installation.examination();
        examination.clock = Arc::new(clock);
        let report = examine(&examination).await;
        for check in [Check::ClockKafka, Check::ClockDatabase] {
            let finding = the(&report, check, verdict);
            assert!(finding.found.contains("ahead of"), "{finding:?}");
        }
    }
    installation.remove().await;
}

fn partition(installation: &Installation, cluster: &str, partition: i32) -> PartitionKey {
    let topic = installation.stream.kafka.events_topic.as_str();
    PartitionKey { cluster: cluster.into(), topic: topic.into(), partition }
}

async fn own_cluster(installation: &Installation) -> String {
    ingest::log::LogProbe::new(&installation.stream.kafka).unwrap().cluster().await.unwrap()
}

async fn take(installation: &Installation, cluster: &str, number: i32, at: i64) {
    let partition = partition(installation, cluster, number);
    position::take(&installation.database.connections, &partition, at).await.unwrap();
}

#[tokio::test]
async fn a_position_of_a_partition_that_is_gone_or_beyond_the_log_is_a_fault() {
    let installation = Installation::clean().await;
    installation.stream.publish(0, 2).await;
    let cluster = own_cluster(&installation).await;
    take(&installation, &cluster, 0, 2).await;
    assert_eq!(installation.report().await.count(Verdict::Fault), 0);
    take(&installation, &cluster, 1, 40).await;
    take(&installation, &cluster, 7, 0).await;
    let faults = installation.only_faults(Check::StreamPositions).await;
    assert!(faults[0].found.contains("the log ends at 0"), "{faults:?}");
    assert!(faults[1].found.contains("has 2 partitions: it was made anew with fewer"), "{faults:?}");
    installation.remove().await;
}

#[tokio::test]
async fn a_topic_that_was_made_anew_is_known_by_records_younger_than_the_position_behind_them() {
    let installation = Installation::clean().await;
    installation.stream.publish(0, 3).await;
    let cluster = own_cluster(&installation).await;
    take(&installation, &cluster, 0, 2).await;
    installation.execute("update stream_position set updated_at = now() - interval '1 day'").await;
    let faults = installation.only_faults(Check::StreamPositions).await;
    assert!(faults[0].found.contains("the topic was made anew"), "{faults:?}");
    installation.remove().await;
}

#[tokio::test]
async fn positions_of_another_cluster_are_a_fault_that_names_both() {
    let installation = Installation::clean().await;
    take(&installation, "another-cluster", 0, 0).await;
    let faults = installation.only_faults(Check::StreamPositions).await;
    assert!(
        faults[0].found.contains("another-cluster")
            && faults[0].found.contains(&own_cluster(&installation).await)
    );
    installation.remove().await;
}

#[tokio::test]
async fn a_group_that_reads_another_topic_too_is_used_by_others() {
    let installation = Installation::clean().await;
    let defaults = Config::from_defaults_and("[database]\nurl = \"postgres://unused/unused\"").unwrap();
    let kafka = &installation.stream.kafka;
    let positions = Positions::with([]);
    let own =
        TestConsumer::start(kafka, &defaults.ingest, &kafka.events_topic, "first", Arc::clone(&positions))
            .await;
    let mut own = own;
    own.assigned(2).await;
    let report = installation.report().await;
    assert!(the(&report, Check::StreamGroup, Verdict::Good).found.starts_with("1 processes"));
    assert!(the(&report, Check::StreamInstance, Verdict::Good).found.contains("in use by one process"));
    let mut foreign =
        TestConsumer::start(kafka, &defaults.ingest, &kafka.violations_topic, "stranger", positions).await;
    foreign.assigned(2).await;
    let faults = installation.only_faults(Check::StreamGroup).await;
    assert!(
        faults[0].found.contains("stranger") && faults[0].found.contains(&kafka.violations_topic),
        "{faults:?}"
    );
    foreign.close().await;
    own.close().await;
    assert_eq!(topics::check(kafka).await.unwrap(), []);
    installation.remove().await;
}
