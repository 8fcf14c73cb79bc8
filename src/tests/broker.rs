//! The consumer against the real broker: positions, rebalances, limits, dead letters.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "in these tests every event that is not named is a failure"
)]

use crate::services;
use crate::streams::{Positions, TestConsumer};
use bytes::Bytes;
use ingest::config::{IngestConfig, KafkaConfig};
use ingest::consumer::{ConsumerError, ConsumerHealth, ConsumerParts, start_consumer};
use ingest::dead_letter::{DeadLetter, DeadLetterCeiling, DeadLetterError, DeadLetterStage, DeadLetters};
use ingest::event::{ConsumerEvent, StopReason};
use ingest::metrics::IngestMetrics;
use ingest::producer::RecordProducer;
use ingest::record::{OutgoingRecord, RawRecord, RecordHeader};
use ingest::testing::delete_records_before;
use ingest::topics;
use runtime::Services;
use schemas::clock::SystemClock;
use schemas::delivery::{OwnerEpoch, PartitionKey, Position, abandon};
use schemas::outcome::DeadLetterReason;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const PARTITIONS: i32 = 2;

/// Topics and a group of one test.
pub(crate) struct TestStream {
    pub(crate) kafka: KafkaConfig,
    ingest: IngestConfig,
    producer: RecordProducer,
}

impl TestStream {
    pub(crate) async fn create() -> Self {
        let brokers = tokio::task::spawn_blocking(|| services::shared().kafka_brokers()).await.unwrap();
        Self::create_at(brokers).await
    }

    async fn create_at(brokers: String) -> Self {
        let name = Uuid::now_v7().simple().to_string();
        let mut config =
            rasid::config::Config::from_defaults_and("[database]\nurl = \"postgres://unused/unused\"")
                .unwrap();
        config.kafka.brokers = brokers;
        config.kafka.group = format!("group-{name}");
        config.kafka.instance = "first".to_owned();
        config.kafka.events_topic = format!("events-{name}");
        config.kafka.dead_letter_topic = format!("dead-{name}");
        config.kafka.violations_topic = format!("violations-{name}");
        config.kafka.decisions_topic = format!("decisions-{name}");
        config.kafka.created_partitions = PARTITIONS;
        config.ingest.position_retry_seconds = 1;
        let created = topics::create_missing(&config.kafka).await.unwrap();
        assert_eq!(created.len(), 4);
        let producer = RecordProducer::new(&config.kafka).unwrap();
        Self { kafka: config.kafka, ingest: config.ingest, producer }
    }

    pub(crate) async fn publish(&self, partition: i32, count: usize) {
        for number in 0..count {
            let record = record(format!("{partition}:{number}"));
            self.producer.send_to(&self.kafka.events_topic, Some(partition), &record).await.unwrap();
        }
    }

    pub(crate) async fn consumer(&self, instance: &str, positions: Arc<Positions>) -> TestConsumer {
        self.consumer_of(&self.kafka.events_topic, instance, positions).await
    }

    async fn consumer_of(&self, topic: &str, instance: &str, positions: Arc<Positions>) -> TestConsumer {
        TestConsumer::start(&self.kafka, &self.ingest, topic, instance, positions).await
    }

    fn dead_letters(&self, ceiling: DeadLetterCeiling) -> DeadLetters {
        let topic = &self.kafka.dead_letter_topic;
        let clock = Arc::new(SystemClock::new());
        DeadLetters::new(self.producer.clone(), topic, "1.2.3", ceiling, clock, IngestMetrics::unregistered())
    }
}

fn record(value: impl Into<Bytes>) -> OutgoingRecord {
    let headers = vec![RecordHeader::text("ce_id", "e"), RecordHeader { name: "empty".into(), value: None }];
    OutgoingRecord { key: Some(Bytes::from_static(b"camera")), value: value.into(), headers }
}

#[tokio::test]
async fn each_partition_begins_at_its_stored_position_and_else_at_the_log_start() {
    let stream = TestStream::create().await;
    stream.publish(0, 3).await;
    stream.publish(1, 9).await;
    let mut consumer = stream.consumer("first", Positions::with([(1, 6)])).await;
    assert_eq!(consumer.assigned(2).await, BTreeMap::from([(0, (1, 0)), (1, (1, 6))]));
    let expected = [(0, 0), (0, 1), (0, 2), (1, 6), (1, 7), (1, 8)];
    assert_eq!(consumer.offsets(expected.len()).await, expected);
    assert!(consumer.is_quiet().await);
    let (received, position) = consumer.held.pop().unwrap().into_parts();
    assert_eq!(received.key.as_deref(), Some(b"camera".as_slice()));
    assert_eq!(received.value, format!("{}:{}", position.partition.partition, position.offset));
    assert_eq!(received.headers, record("").headers);
    assert_eq!(position.partition.cluster, *consumer.handle.cluster());
    consumer.close().await;
}

#[tokio::test]
async fn a_second_process_takes_partitions_over_under_a_higher_epoch() {
    let stream = TestStream::create().await;
    stream.publish(0, 1).await;
    stream.publish(1, 1).await;
    let positions = Positions::with([]);
    let mut first = stream.consumer("first", Arc::clone(&positions)).await;
    assert_eq!(first.assigned(2).await.len(), 2);
    first.offsets(2).await;

    let mut second = stream.consumer("second", Arc::clone(&positions)).await;
    let revoked = loop {
        match first.next().await {
            ConsumerEvent::Revoked { partition, owner_epoch } => break (partition.partition, owner_epoch.0),
            ConsumerEvent::Record(delivery) => first.held.push(delivery),
            other => panic!("{other:?}"),
        }
    };
    let taken = second.assigned(1).await;
    assert_eq!(taken, BTreeMap::from([(revoked.0, (revoked.1 + 1, 0))]));
    // What stays is not interrupted, and what was taken comes again to the new owner.
    assert!(first.is_quiet().await);
    assert_eq!(second.offsets(1).await, [(revoked.0, 0)]);
    first.close().await;
    second.close().await;
}

#[tokio::test]
async fn a_position_outside_the_log_stops_its_partition_and_no_other() {
    let stream = TestStream::create().await;
    stream.publish(0, 2).await;
    stream.publish(1, 2).await;
    let mut consumer = stream.consumer("first", Positions::with([(0, 77)])).await;
    let mut reasons = Vec::new();
    while reasons.is_empty() || consumer.held.len() < 2 {
        match consumer.next().await {
            ConsumerEvent::Stopped { partition, reason } => reasons.push((partition.partition, reason)),
            ConsumerEvent::Record(delivery) => consumer.held.push(delivery),
            ConsumerEvent::Assigned(assignment) => assert_eq!(assignment.partition.partition, 1),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(consumer.held_offsets(), [(1, 0), (1, 1)]);
    assert!(matches!(reasons.as_slice(), [(0, StopReason::BehindLogEnd { position: 77, log_end: 2, .. })]));
    assert!(consumer.is_quiet().await);
    consumer.close().await;
}

#[tokio::test]
async fn records_deleted_before_they_were_read_stop_the_partition_while_it_runs() {
    let stream = TestStream::create().await;
    let topic = stream.kafka.events_topic.as_str();
    let mut consumer = stream.consumer("first", Positions::with([])).await;
    consumer.assigned(2).await;
    let cluster = Arc::clone(consumer.handle.cluster());
    let paused = PartitionKey { cluster, topic: topic.into(), partition: 0 };
    consumer.handle.control().pause(&paused);
    stream.publish(1, 1).await;
    consumer.offsets(1).await;
    stream.publish(0, 9).await;
    delete_records_before(&stream.kafka, topic, 0, 7).await.unwrap();
    consumer.handle.control().resume(&paused);
    let reason = loop {
        match consumer.next().await {
            ConsumerEvent::Stopped { partition, reason } if partition == paused => break reason,
            // What is whole is taken anew, since the client does not say which partition it meant.
            ConsumerEvent::Revoked { .. } | ConsumerEvent::Assigned(_) => {}
            ConsumerEvent::Record(delivery) => {
                assert_eq!(delivery.position().partition.partition, 1);
                consumer.held.push(delivery);
            }
            other => panic!("{other:?}"),
        }
    };
    assert!(matches!(reason, StopReason::BeforeLogStart { position: 0, log_start: 7, .. }), "{reason}");
    // The other partition goes on.
    let before = consumer.held.len();
    stream.publish(1, 1).await;
    while consumer.held.len() == before {
        if let ConsumerEvent::Record(delivery) = consumer.next().await {
            consumer.held.push(delivery);
        }
    }
    consumer.close().await;
}

#[tokio::test]
async fn without_positions_nothing_is_fetched_until_they_can_be_taken() {
    let stream = TestStream::create().await;
    stream.publish(0, 1).await;
    stream.publish(1, 1).await;
    let positions = Positions::failing(3);
    let mut consumer = stream.consumer("first", Arc::clone(&positions)).await;
    assert_eq!(consumer.assigned(2).await, BTreeMap::from([(0, (1, 0)), (1, (1, 0))]));
    assert_eq!(*positions.failures_left.lock().unwrap(), 0);
    assert_eq!(consumer.offsets(2).await, [(0, 0), (1, 0)]);
    consumer.close().await;
}

#[tokio::test]
async fn records_without_an_outcome_stop_the_flow_at_the_limit_and_nothing_is_lost_or_doubled() {
    let mut stream = TestStream::create().await;
    stream.ingest.partition_records_max = 8;
    stream.publish(0, 100).await;
    let mut consumer = stream.consumer("first", Positions::with([])).await;
    consumer.offsets(8).await;
    while !consumer.is_quiet().await {}
    // The limit, and what was already on its way when the partition was paused.
    assert!((8..=10).contains(&consumer.held.len()), "{}", consumer.held.len());
    let mut seen = Vec::new();
    while seen.len() < 100 {
        seen.extend(consumer.held_offsets());
        abandon(consumer.held.drain(..));
        if seen.len() < 100 {
            consumer.offsets(1).await;
        }
    }
    assert_eq!(seen, (0..100).map(|offset| (0, offset)).collect::<Vec<_>>());
    consumer.close().await;
}

#[tokio::test]
async fn the_pipeline_can_pause_a_partition_and_let_it_go_on() {
    let stream = TestStream::create().await;
    let mut consumer = stream.consumer("first", Positions::with([])).await;
    consumer.assigned(2).await;
    let paused = PartitionKey {
        cluster: Arc::clone(consumer.handle.cluster()),
        topic: stream.kafka.events_topic.as_str().into(),
        partition: 0,
    };
    consumer.handle.control().pause(&paused);
    // The other partition's record shows that the command was taken before anything more was fetched.
    stream.publish(1, 1).await;
    consumer.offsets(1).await;
    stream.publish(0, 3).await;
    assert!(consumer.is_quiet().await);
    consumer.handle.control().resume(&paused);
    assert_eq!(consumer.offsets(4).await, [(0, 0), (0, 1), (0, 2), (1, 0)]);
    consumer.close().await;
}

#[tokio::test]
async fn a_restarted_process_goes_on_at_once_and_a_twin_is_thrown_out() {
    let stream = TestStream::create().await;
    let positions = Positions::with([]);
    let mut first = stream.consumer("same", Arc::clone(&positions)).await;
    assert_eq!(first.assigned(2).await.len(), 2);
    // To the broker a restart after a crash and a twin look the same: the instance joins again.
    let session = Duration::from_millis(u64::from(stream.kafka.session_timeout_milliseconds));
    let mut second = stream.consumer("same", Arc::clone(&positions)).await;
    let taken = tokio::time::timeout(session / 2, second.assigned(2)).await;
    let taken = taken.expect("long before the session of the first ends");
    assert_eq!(taken.values().map(|(epoch, _)| *epoch).collect::<Vec<_>>(), [2, 2]);
    let error = loop {
        match first.next().await {
            ConsumerEvent::Failed(error) => break error,
            ConsumerEvent::Revoked { .. } => {}
            other => panic!("{other:?}"),
        }
    };
    assert!(matches!(&error, ConsumerError::Fenced { instance, .. } if instance == "same"), "{error}");
    second.close().await;
}

#[tokio::test]
async fn a_poison_record_becomes_a_dead_letter_with_all_it_had_and_its_place() {
    let stream = TestStream::create().await;
    stream.publish(1, 5).await;
    // As large as the source takes: with the added headers it would not fit there any more.
    let poison = record(vec![0xff; 1_040_000]);
    stream.producer.send_to(&stream.kafka.events_topic, Some(1), &poison).await.unwrap();
    let mut consumer = stream.consumer("first", Positions::with([(1, 5)])).await;
    assert_eq!(consumer.offsets(1).await, [(1, 5)]);
    let (received, position) = consumer.held.pop().unwrap().into_parts();
    let dead_letters = stream.dead_letters(DeadLetterCeiling::new(20, 60, 100));
    let (reason, stage) = (DeadLetterReason::BadSignatureHeader, DeadLetterStage::Decode);
    dead_letters.write(&received, &position, (reason, stage), None).await.unwrap();
    consumer.close().await;

    let topic = stream.kafka.dead_letter_topic.clone();
    let mut reader = stream.consumer_of(&topic, "reader", Positions::with([])).await;
    reader.offsets(1).await;
    let (written, _) = reader.held.pop().unwrap().into_parts();
    let (letter, original) = DeadLetter::parse(&written).unwrap();
    assert_eq!(original, poison);
    assert_eq!((letter.reason, letter.stage), (reason, stage));
    assert_eq!((letter.source, letter.offset), (position.partition, 5));
    assert_eq!(letter.build, "1.2.3");
    reader.close().await;
}

#[tokio::test]
async fn too_many_dead_letters_are_refused_before_they_are_written() {
    let stream = TestStream::create().await;
    let dead_letters = stream.dead_letters(DeadLetterCeiling::new(50, 60, 2));
    let raw = |camera: &'static str| {
        let OutgoingRecord { value, headers, .. } = record("poison");
        let key = Some(Bytes::from_static(camera.as_bytes()));
        let credit = ingest::consumer::Credit::unlimited();
        RawRecord { key, value, headers, received_at: chrono::DateTime::UNIX_EPOCH, credit }
    };
    let partition = PartitionKey { cluster: "c".into(), topic: "t".into(), partition: 4 };
    let position = Position { partition, offset: 9, owner_epoch: OwnerEpoch(1) };
    let write = |camera: &'static str| {
        let (reason, stage) = (DeadLetterReason::BadImage, DeadLetterStage::Frames);
        let (record, position, dead_letters) = (raw(camera), &position, &dead_letters);
        async move { dead_letters.write(&record, position, (reason, stage), None).await }
    };
    assert!(write("one").await.is_ok());
    // One camera alone does not stop the others.
    assert!(write("one").await.is_ok());
    assert!(matches!(write("two").await, Err(DeadLetterError::Ceiling(_))));
    dead_letters.count_usable();
    assert!(matches!(write("one").await, Err(DeadLetterError::Ceiling(_))));
}

#[tokio::test]
async fn topics_are_made_as_they_must_be_and_only_once() {
    let stream = TestStream::create().await;
    assert!(topics::create_missing(&stream.kafka).await.unwrap().is_empty());
    assert_eq!(topics::check(&stream.kafka).await.unwrap(), []);
    let mut wrong = stream.kafka.clone();
    wrong.dead_letter_topic = stream.kafka.violations_topic.clone();
    wrong.violations_topic = "not-there".to_owned();
    let problems: Vec<String> =
        topics::check(&wrong).await.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems.iter().any(|problem| problem.contains("takes records of")), "{problems:?}");
    assert!(problems.iter().any(|problem| problem.contains("'not-there' does not exist")), "{problems:?}");
}

#[tokio::test]
async fn a_missing_topic_or_broker_is_said_at_the_start() {
    let stream = TestStream::create().await;
    let refused = |kafka: KafkaConfig| {
        let parts = ConsumerParts {
            kafka,
            ingest: stream.ingest.clone(),
            start_positions: Positions::with([]),
            clock: Arc::new(SystemClock::new()),
            metrics: IngestMetrics::unregistered(),
            health: ConsumerHealth::default(),
        };
        async { start_consumer(parts).await.map(|_| ()).unwrap_err() }
    };
    let mut kafka = stream.kafka.clone();
    kafka.events_topic = "not-there".to_owned();
    assert!(matches!(refused(kafka).await, ConsumerError::NoTopic { .. }));
    let mut kafka = stream.kafka.clone();
    // The discard port: nothing listens there.
    kafka.brokers = "127.0.0.1:9".to_owned();
    kafka.startup_timeout_seconds = 1;
    assert!(matches!(refused(kafka).await, ConsumerError::Unreachable { seconds: 1, .. }));
}

#[tokio::test]
async fn a_process_whose_session_ended_while_the_broker_was_away_joins_again_and_goes_on() {
    let services = Arc::new(tokio::task::spawn_blocking(services::own).await.unwrap());
    let stream = TestStream::create_at(services.kafka_brokers()).await;
    stream.publish(0, 2).await;
    stream.publish(1, 2).await;
    let mut consumer = stream.consumer("only", Positions::with([])).await;
    assert_eq!(consumer.offsets(4).await.len(), 4);
    let cluster = Arc::clone(consumer.handle.cluster());
    let topic: Arc<str> = stream.kafka.events_topic.as_str().into();
    let commit_interval = Duration::from_millis(stream.ingest.commit_interval_milliseconds);
    // Stopped in order, it comes back in seconds, before the client throws its kept requests away.
    on(&services, |services| services.stop_kafka().unwrap()).await;
    // The pipeline goes on settling what it has, to the end of the session. The copies of those offsets wait in the
    // client; the broker takes the last of them for a twin's.
    let mut revoked = 0;
    for settled in 1.. {
        match tokio::time::timeout(commit_interval, consumer.events.receive()).await {
            Ok(Some(ConsumerEvent::Revoked { .. })) => revoked += 1,
            Ok(other) => panic!("{other:?}"),
            Err(_elapsed) => {
                for partition in 0..PARTITIONS {
                    let (cluster, topic) = (Arc::clone(&cluster), Arc::clone(&topic));
                    let partition = PartitionKey { cluster, topic, partition };
                    consumer.handle.control().settled(&partition, OwnerEpoch(1), settled);
                }
            }
        }
        if revoked == PARTITIONS {
            break;
        }
    }
    abandon(consumer.held.drain(..));
    on(&services, |services| services.start_kafka().unwrap()).await;
    let mut epochs = BTreeMap::new();
    while consumer.held.len() < 4 || epochs.len() < 2 {
        match consumer.next().await {
            ConsumerEvent::Assigned(new) => drop(epochs.insert(new.partition.partition, new.owner_epoch)),
            ConsumerEvent::Record(delivery) => consumer.held.push(delivery),
            // The new client is fenced off at once or after it has begun.
            ConsumerEvent::Revoked { .. } => abandon(consumer.held.drain(..)),
            other => panic!("{other:?}"),
        }
    }
    assert!(epochs.values().all(|epoch| epoch.0 > 1), "{epochs:?}");
    stream.publish(1, 1).await;
    consumer.offsets(5).await;
    consumer.close().await;
}

/// Does something to the services that blocks the thread.
async fn on(services: &Arc<Services>, act: impl FnOnce(&Services) + Send + 'static) {
    let services = Arc::clone(services);
    tokio::task::spawn_blocking(move || act(&services)).await.unwrap();
}
