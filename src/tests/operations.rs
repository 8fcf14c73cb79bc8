//! What an operator does by commands: keys, positions, topics; and what the stream says of itself meanwhile.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "in these tests every event that is not named is a failure"
)]

use crate::broker::TestStream;
use crate::positions::{partition, recorder, run, take};
use crate::services::database;
use crate::streams::Positions;
use adjudicate::access::administration::{Rotation, list_keys, revoke_key, rotate_key};
use adjudicate::access::store::{NewApiKey, issue_key, principal_of_key};
use adjudicate::access::{Identity, Role};
use adjudicate::stream::administration::{SkipError, positions, skip};
use adjudicate::stream::settle::RecordError;
use adjudicate::testing::sightings::Sighting;
use ingest::event::ConsumerEvent;
use ingest::testing::publish_in_transaction;
use ingest::topics::{self, TopicProblem};
use schemas::clock::{Clock, SystemClock};
use schemas::delivery::{OwnerEpoch, abandon};
use schemas::ids::ReviewerId;
use std::time::Duration;

fn reviewers_key() -> NewApiKey {
    let identity = Identity::Reviewer(ReviewerId::parse("reviewer-7").unwrap());
    NewApiKey { label: "night shift".to_owned(), identity, days: Some(90), loopback_only: false }
}

#[tokio::test]
async fn a_key_is_issued_for_days_replaced_with_an_overlap_and_ended_at_once() {
    let database = database().await;
    let pool = &database.connections;
    let first = issue_key(pool, &reviewers_key()).await.unwrap();
    let listed = list_keys(pool).await.unwrap().remove(0);
    assert_eq!((listed.id, listed.principal.identity.role()), (first.id(), Role::Reviewer));
    let days = (listed.expires_at.unwrap() - listed.created_at).num_days();
    assert!((89..=90).contains(&days), "{days}");
    let rotation = Rotation { days: 30, overlap_hours: 2 };
    let second = rotate_key(pool, first.id(), rotation).await.unwrap().unwrap();
    let both = [&first, &second];
    for key in both {
        let principal = principal_of_key(pool, key).await.unwrap().unwrap();
        assert_eq!(principal.subject, listed.principal.subject, "the same person by either key");
    }
    let old = list_keys(pool).await.unwrap().into_iter().find(|key| key.id == first.id()).unwrap();
    assert!((old.expires_at.unwrap() - SystemClock::new().now()).num_minutes() <= 120);
    assert!(revoke_key(pool, second.id()).await.unwrap());
    assert!(principal_of_key(pool, &second).await.unwrap().is_none());
    assert!(!revoke_key(pool, second.id()).await.unwrap());
    assert!(rotate_key(pool, second.id(), rotation).await.unwrap().is_none());
    let audited =
        "select count(*) from audit_event where action in ('key.issue', 'key.rotate', 'key.revoke')";
    assert_eq!(database.number(audited).await.unwrap(), 3);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_position_moved_by_hand_adds_up_is_audited_and_fences_whoever_stood_there() {
    let database = database().await;
    let pool = &database.connections;
    let taken = take(&database, 0).await;
    let reason = "deleted by retention, asked for again";
    let before = skip(pool, &partition(0), 40, reason).await.unwrap();
    assert_eq!(before.next_offset, 0);
    let stale = run(0, taken, vec![Sighting::of("1", "SA-1234-ABD").violation(0).unwrap()]);
    let refused = recorder(&database).record_run(&stale).await.unwrap_err();
    assert!(matches!(refused, RecordError::Fenced { held: 1, current: 2, .. }), "{refused}");
    let forward = positions(pool).await.unwrap().remove(0);
    assert_eq!((forward.next_offset, forward.skipped, forward.owner_epoch), (40, 40, OwnerEpoch(2)));
    // The topic was made anew: another log, counted from its own beginning.
    skip(pool, &partition(0), 3, reason).await.unwrap();
    let anew = positions(pool).await.unwrap().remove(0);
    assert_eq!((anew.start_offset, anew.next_offset, anew.skipped), (3, 3, 0));
    assert!(matches!(skip(pool, &partition(0), 3, reason).await, Err(SkipError::There(_, 3))));
    assert!(matches!(skip(pool, &partition(9), 3, reason).await, Err(SkipError::Unknown(_))));
    assert!(matches!(skip(pool, &partition(0), -1, reason).await, Err(SkipError::Negative(-1))));
    let audited =
        "select count(*) from audit_event where action = 'position.skip' and entity_id = 'camera-events/0'
                   and detail->>'reason' like 'deleted%'";
    assert_eq!(database.number(audited).await.unwrap(), 2);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn no_part_of_an_append_only_table_can_be_emptied() {
    let database = database().await;
    let parts = "select count(*) from pg_inherits join pg_class on oid = inhrelid
                 where relnamespace = current_schema()::regnamespace and relkind = 'r'
                   and inhparent::regclass::text not like '%event_identity'
                   and not exists (select from pg_trigger where tgrelid = inhrelid and tgname = 'append_only_whole')";
    assert_eq!(database.number(parts).await.unwrap(), 0);
    for part in ["violation_other_months", "audit_event_other_months", "case_chain_other_months"] {
        let refused = database.execute(&format!("truncate {part}")).await;
        assert!(refused.is_err(), "{part} was emptied");
    }
    database.execute("select ensure_month_partitions(5)").await.unwrap();
    assert_eq!(database.number(parts).await.unwrap(), 0, "later months are guarded too");
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_batch_compressed_by_zstd_is_read_and_the_marker_behind_it_is_settled() {
    let stream = TestStream::create().await;
    let kafka = stream.kafka.clone();
    let published =
        tokio::task::spawn_blocking(move || publish_in_transaction(&kafka, "zstd", 0, &["a", "b"]));
    published.await.unwrap().unwrap();
    let mut consumer = stream.consumer("first", Positions::with([])).await;
    let mut values = Vec::new();
    let ended = loop {
        match consumer.next().await {
            ConsumerEvent::Record(delivery) => {
                values.push(delivery.payload().value.clone());
                let received = delivery.payload().received_at;
                let age = SystemClock::new().now() - received;
                assert!(age.num_seconds().abs() < 60, "the broker's own time, not {received}");
                abandon([delivery]);
            }
            ConsumerEvent::Ended { partition, log_end, .. } => break (partition.partition, log_end),
            ConsumerEvent::Assigned(_) => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(values, ["a", "b"]);
    assert_eq!(ended, (0, 3), "two records and the marker");
    assert!(consumer.health.problems(Duration::ZERO).is_empty());
    consumer.close().await;
}

#[tokio::test]
async fn a_topic_that_keeps_the_senders_time_is_found_and_mended_with_its_other_settings() {
    let stream = TestStream::create().await;
    let sender_time = [("message.timestamp.type", "CreateTime"), ("retention.ms", "7654321")];
    ingest::testing::set_topic(&stream.kafka, &stream.kafka.events_topic, &sender_time).await.unwrap();
    let problems = topics::check(&stream.kafka).await.unwrap();
    assert_eq!(problems, [TopicProblem::SenderTime(stream.kafka.events_topic.clone())]);
    assert!(problems[0].to_string().contains("rasid topics create"));
    let mended = topics::mend(&stream.kafka).await.unwrap();
    assert_eq!(mended, std::slice::from_ref(&stream.kafka.events_topic));
    assert_eq!(topics::check(&stream.kafka).await.unwrap(), []);
    let retention =
        ingest::testing::topic_setting(&stream.kafka, &stream.kafka.events_topic, "retention.ms").await;
    assert_eq!(retention.unwrap().as_deref(), Some("7654321"));
}

#[tokio::test]
async fn a_stopped_partition_keeps_the_process_from_being_ready_and_says_what_to_do() {
    let stream = TestStream::create().await;
    stream.publish(0, 2).await;
    let mut consumer = stream.consumer("first", Positions::with([(0, 99)])).await;
    loop {
        match consumer.next().await {
            ConsumerEvent::Stopped { partition, .. } => {
                assert_eq!(partition.partition, 0);
                break;
            }
            ConsumerEvent::Assigned(_) => {}
            other => panic!("{other:?}"),
        }
    }
    let problems = consumer.health.problems(Duration::ZERO);
    assert!(problems[0].contains("rasid position skip --partition 0 --to 2"), "{problems:?}");
    consumer.close().await;
}
