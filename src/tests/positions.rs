//! Where the stream half stands: who may write, and that every offset is counted exactly once.

use crate::services::database;
use adjudicate::stream::metrics::RecordMetrics;
use adjudicate::stream::position::{self, OutcomeCounts, Taken};
use adjudicate::stream::report;
use adjudicate::stream::settle::{RecordError, Recorded, Recorder, Settlement};
use adjudicate::testing::sightings::Sighting;
use adjudicate::testing::transactions::SettlingTransaction;
use adjudicate::testing::{TestDatabase, adjudicate_config};
use prometheus::Registry;
use schemas::clock::SystemClock;
use schemas::delivery::{OwnerEpoch, PartitionKey, Run};
use schemas::outcome::{DeadLetterReason, Outcome};
use std::sync::Arc;
use std::time::Duration;

/// A partition of the tests' topic.
pub(crate) fn partition(number: i32) -> PartitionKey {
    PartitionKey { cluster: "cluster-1".into(), topic: "camera-events".into(), partition: number }
}

/// A recorder over the test's schema.
pub(crate) fn recorder(database: &TestDatabase) -> Recorder {
    let metrics = RecordMetrics::register(&Registry::new()).unwrap();
    Recorder::new(database.connections.clone(), &adjudicate_config(), Arc::new(SystemClock::new()), metrics)
}

/// Takes a partition that begins at offset 0.
pub(crate) async fn take(database: &TestDatabase, number: i32) -> Taken {
    position::take(&database.connections, &partition(number), 0).await.unwrap()
}

/// A run of `settlements` that follows what was taken.
pub(crate) fn run(number: i32, taken: Taken, records: Vec<Settlement>) -> Run<Settlement> {
    let Taken { owner_epoch, next_offset: first_offset } = taken;
    let next_offset = first_offset + i64::try_from(records.len()).unwrap();
    Run { partition: partition(number), owner_epoch, first_offset, next_offset, records }
}

fn dead(offset: i64) -> Settlement {
    Sighting::of(&format!("dead-{offset}"), "SA-1234-ABD")
        .dead_letter(offset, DeadLetterReason::Malformed)
        .unwrap()
}

async fn counted(database: &TestDatabase) -> report::PartitionReport {
    report::partitions(&database.connections, "cluster-1", "camera-events").await.unwrap().remove(0)
}

#[tokio::test]
async fn a_new_partition_begins_at_the_log_start_and_each_taking_raises_its_epoch() {
    let database = database().await;
    let first = position::take(&database.connections, &partition(3), 40).await.unwrap();
    assert_eq!(first, Taken { owner_epoch: OwnerEpoch(1), next_offset: 40 });
    // What the log starts at now no longer matters: the row is the truth.
    let second = position::take(&database.connections, &partition(3), 99).await.unwrap();
    assert_eq!(second, Taken { owner_epoch: OwnerEpoch(2), next_offset: 40 });
    database.remove().await.unwrap();
}

#[tokio::test]
async fn counters_and_skipped_offsets_add_up_to_the_position() {
    let database = database().await;
    let taken = take(&database, 0).await;
    let speeding = Sighting::of("1", "SA-1234-ABD");
    let settlements = vec![
        speeding.violation(0).unwrap(),
        speeding.violation(1).unwrap(),
        Sighting::of("2", "SA-77-ABD").no_offence(4).unwrap(),
        dead(5),
    ];
    // Offsets 2 and 3 hold no record, nor does 6, a marker at the log's end.
    let run = Run { next_offset: 7, ..run(0, taken, settlements) };
    let recorded = recorder(&database).record_run(&run).await.unwrap();
    let outcomes =
        [(0, Outcome::Violation), (1, Outcome::Duplicate), (4, Outcome::NoOffence), (5, Outcome::DeadLetter)];
    assert_eq!(recorded, Recorded::Now(outcomes.to_vec()));
    let report = counted(&database).await;
    assert_eq!((report.next_offset, report.skipped), (7, 3));
    let counts = OutcomeCounts { violation: 1, manual_check: 0, no_offence: 1, duplicate: 1, dead_letter: 1 };
    assert_eq!(report.counts, counts);
    // The database refuses a position that the counters do not explain.
    assert!(database.execute("update stream_position set next_offset = next_offset + 1").await.is_err());
    database.remove().await.unwrap();
}

#[tokio::test]
async fn an_owner_who_lost_the_partition_writes_nothing() {
    let database = database().await;
    let old = take(&database, 0).await;
    let new = take(&database, 0).await;
    let speeding = Sighting::of("1", "SA-1234-ABD");
    let run_of = |taken| run(0, taken, vec![speeding.violation(0).unwrap()]);
    let refused = recorder(&database).record_run(&run_of(old)).await.unwrap_err();
    assert!(matches!(refused, RecordError::Fenced { held: 1, current: 2, .. }), "{refused}");
    for table in ["violation", "event_identity", "act", "case_head", "outbox", "audit_event"] {
        assert_eq!(database.number(&format!("select count(*) from {table}")).await.unwrap(), 0, "{table}");
    }
    let recorded = recorder(&database).record_run(&run_of(new)).await.unwrap();
    assert_eq!(recorded, Recorded::Now(vec![(0, Outcome::Violation)]));
    database.remove().await.unwrap();
}

#[tokio::test]
async fn taking_waits_for_the_former_owners_transaction_and_begins_after_it() {
    let database = database().await;
    take(&database, 0).await;
    let settling = SettlingTransaction::begin(&database.connections, &partition(0)).await.unwrap().unwrap();
    let pool = database.connections.clone();
    let mut taking = tokio::spawn(async move { position::take(&pool, &partition(0), 0).await });
    let waited = tokio::time::timeout(Duration::from_millis(200), &mut taking).await;
    assert!(waited.is_err(), "the partition was taken in the middle of a settling transaction");
    let counts = OutcomeCounts { dead_letter: 5, ..OutcomeCounts::default() };
    let advance = position::Advance { next_offset: 5, counts, skipped: 0 };
    assert!(settling.advance(&advance).await.unwrap());
    let taken = taking.await.unwrap().unwrap();
    assert_eq!(taken, Taken { owner_epoch: OwnerEpoch(2), next_offset: 5 });
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_run_whose_answer_was_lost_may_be_submitted_again() {
    let database = database().await;
    let taken = take(&database, 0).await;
    let run = run(0, taken, vec![dead(0), Sighting::of("1", "SA-1234-ABD").violation(1).unwrap()]);
    let recorder = recorder(&database);
    assert!(matches!(recorder.record_run(&run).await.unwrap(), Recorded::Now(_)));
    assert_eq!(recorder.record_run(&run).await.unwrap(), Recorded::Before);
    assert_eq!(report::violations(&database.connections).await.unwrap(), 1);
    assert_eq!(counted(&database).await.next_offset, 2);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_run_that_does_not_follow_the_position_is_refused() {
    let database = database().await;
    let Taken { owner_epoch, .. } = take(&database, 0).await;
    let ahead = run(0, Taken { owner_epoch, next_offset: 1 }, vec![dead(1)]);
    let refused = recorder(&database).record_run(&ahead).await.unwrap_err();
    assert!(matches!(refused, RecordError::OutOfOrder { first_offset: 1, next_offset: 0, .. }), "{refused}");
    let never_taken = run(7, Taken { owner_epoch, next_offset: 0 }, vec![dead(0)]);
    let refused = recorder(&database).record_run(&never_taken).await.unwrap_err();
    assert!(matches!(refused, RecordError::Fenced { current: 0, .. }), "{refused}");
    database.remove().await.unwrap();
}
