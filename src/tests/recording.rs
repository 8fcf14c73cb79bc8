//! What a settled run leaves behind: each act once, sealed, and nothing of what cannot be stored.

use crate::positions::{recorder, run, take};
use crate::services::database;
use adjudicate::case::assessment;
use adjudicate::case::documents::{CalculationDocument, FrameReadsDocument, SightingDocument};
use adjudicate::case::store::{self, CaseError};
use adjudicate::foundation::chain::{self, ChainBreak, ChainDomain, ChainError};
use adjudicate::foundation::outbox::OutboxTopic;
use adjudicate::stream::position::Taken;
use adjudicate::stream::report;
use adjudicate::stream::settle::{RecordError, Recorded, RejectedRecord, Settlement};
use adjudicate::testing::TestDatabase;
use adjudicate::testing::sightings::{Sighting, plate_key};
use adjudicate::testing::transactions::extend_chain;
use schemas::assessment::ManualCheckReason;
use schemas::delivery::Run;
use schemas::ids::ViolationId;
use schemas::jurisdiction::Jurisdiction;
use schemas::outcome::{DeadLetterReason, Outcome};
use schemas::reference::ViolationReference;

async fn record(database: &TestDatabase, run: &Run<Settlement>) -> Vec<Outcome> {
    match recorder(database).record_run(run).await.unwrap() {
        Recorded::Now(outcomes) => outcomes.into_iter().map(|(_, outcome)| outcome).collect(),
        Recorded::Before => panic!("the run was written before"),
    }
}

async fn rejected(database: &TestDatabase, run: &Run<Settlement>) -> Vec<RejectedRecord> {
    let error = recorder(database).record_run(run).await.unwrap_err();
    let RecordError::RejectedRecords(rejected) = error else { panic!("no rejected but {error}") };
    rejected
}

async fn only_violation(database: &TestDatabase) -> ViolationId {
    let reference = "select reference from violation";
    let text = database.text(reference).await.unwrap();
    let reference = ViolationReference::parse(&text).unwrap();
    store::violation_id(&database.connections, &reference).await.unwrap().unwrap()
}

pub(crate) async fn record_one_violation(database: &TestDatabase) -> ViolationId {
    let taken = take(database, 0).await;
    let speeding = Sighting::of("1", "EG-STN-7126");
    assert_eq!(
        record(database, &run(0, taken, vec![speeding.violation(0).unwrap()])).await,
        [Outcome::Violation]
    );
    only_violation(database).await
}

/// What somebody with every right over the database could do.
fn without_triggers(statement: &str) -> String {
    format!("begin; set local session_replication_role = replica; {statement}; commit")
}

fn after(run: &Run<Settlement>) -> Taken {
    Taken { owner_epoch: run.owner_epoch, next_offset: run.next_offset }
}

#[tokio::test]
async fn a_violation_comes_with_evidence_chain_audit_and_message() {
    let database = database().await;
    let id = record_one_violation(&database).await;
    let row = store::violation(&database.connections, id).await.unwrap().unwrap();
    assert_eq!((row.plate_key.as_str(), row.plate_letters.as_str()), ("EG-STN-7126", "سطن"));
    assert_eq!((row.amount.normalize().to_string().as_str(), row.currency.as_str()), ("150", "EGP"));
    let calculation: CalculationDocument = serde_json::from_value(row.case.calculation).unwrap();
    assert_eq!(calculation.steps.len(), 2);
    let sighting: SightingDocument = serde_json::from_value(row.case.sighting).unwrap();
    assert_eq!(sighting.captured_at.unwrap(), "2026-09-21T14:13:20.123456789Z");
    let files = store::files(&database.connections, id.uuid()).await.unwrap();
    assert_eq!(files.iter().map(|file| file.role.as_str()).collect::<Vec<_>>(), ["first", "second"]);
    let readings = assessment::readings(&database.connections, id.uuid()).await.unwrap();
    let reads = FrameReadsDocument::of(files[1].sha256, &readings[1]);
    assert_eq!(reads.plates[0].confidence, "0.987654");
    assert_eq!(report::messages(&database.connections, OutboxTopic::Violations).await.unwrap(), 1);
    let audited = format!("select count(*) from audit_event where entity_id = '{id}' and actor = 'stream'");
    assert_eq!(database.number(&audited).await.unwrap(), 1);
    store::verify_violation(&database.connections, id).await.unwrap();
    database.remove().await.unwrap();
}

#[tokio::test]
async fn rows_of_a_case_cannot_be_changed_or_removed() {
    let database = database().await;
    record_one_violation(&database).await;
    for table in [
        "violation",
        "violation_reference",
        "evidence_manifest",
        "evidence_file",
        "case_chain",
        "audit_event",
    ] {
        assert!(database.execute(&format!("delete from {table}")).await.is_err(), "delete from {table}");
        assert!(database.execute(&format!("truncate {table}")).await.is_err(), "truncate {table}");
    }
    assert!(database.execute("update violation set amount = 200").await.is_err());
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_row_changed_behind_the_triggers_is_found() {
    let database = database().await;
    let changes = [
        "amount = 200",
        "plate_digits = '7127'",
        "input_sha256 = sha256('other')",
        "captured_at = captured_at + interval '1 s'",
    ];
    let mut taken = take(&database, 0).await;
    for (number, change) in (0_u32..).zip(changes) {
        let plate = plate_key(Jurisdiction::Egypt, number).unwrap();
        let run = run(
            0,
            taken,
            vec![Sighting::of(&format!("event-{number}"), &plate).violation(number.into()).unwrap()],
        );
        assert_eq!(record(&database, &run).await, [Outcome::Violation]);
        taken = after(&run);
        let id = database
            .text(&format!("select id::text from violation where plate_key = '{plate}'"))
            .await
            .unwrap();
        let id = ViolationId::from_uuid(id.parse().unwrap());
        store::verify_violation(&database.connections, id).await.unwrap();
        database
            .execute(&without_triggers(&format!("update violation set {change} where plate_key = '{plate}'")))
            .await
            .unwrap();
        let found = store::verify_violation(&database.connections, id).await.unwrap_err();
        assert!(matches!(found, CaseError::RowChanged(_)), "{change}: {found}");
    }
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_chain_grows_with_its_case_and_a_changed_link_breaks_it() {
    let database = database().await;
    let id = record_one_violation(&database).await;
    for entry in [b"one".as_slice(), b"two"] {
        let domain = ChainDomain::new("test.v1");
        extend_chain(&database.connections, id.uuid(), domain, entry).await.unwrap();
    }
    assert_eq!(chain::verify(&database.connections, id.uuid()).await.unwrap().len(), 3);
    let change = without_triggers("update case_chain set row_bytes = 'TWO' where sequence = 3");
    database.execute(&change).await.unwrap();
    let broken = chain::verify(&database.connections, id.uuid()).await.unwrap_err();
    assert!(matches!(broken, ChainError::Broken { at: ChainBreak::Changed { sequence: 3 }, .. }), "{broken}");
    database.remove().await.unwrap();
}

#[tokio::test]
async fn writers_of_one_case_stand_in_line() {
    let database = database().await;
    let id = record_one_violation(&database).await;
    let writers = (0..8_u8).map(|writer| {
        let pool = database.connections.clone();
        tokio::spawn(async move {
            extend_chain(&pool, id.uuid(), ChainDomain::new("test.v1"), &[writer]).await.unwrap();
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(chain::verify(&database.connections, id.uuid()).await.unwrap().len(), 9);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn the_same_event_again_is_a_duplicate_within_a_run_and_after_it() {
    let database = database().await;
    let taken = take(&database, 0).await;
    let speeding = Sighting::of("1", "SA-1234-ABD");
    let blameless = Sighting::of("2", "SA-77-ABD");
    let first = run(
        0,
        taken,
        vec![
            speeding.violation(0).unwrap(),
            speeding.violation(1).unwrap(),
            blameless.no_offence(2).unwrap(),
        ],
    );
    assert_eq!(record(&database, &first).await, [Outcome::Violation, Outcome::Duplicate, Outcome::NoOffence]);
    let second =
        run(0, after(&first), vec![blameless.no_offence(3).unwrap(), speeding.violation(4).unwrap()]);
    assert_eq!(record(&database, &second).await, [Outcome::Duplicate, Outcome::Duplicate]);
    assert_eq!(report::violations(&database.connections).await.unwrap(), 1);
    assert_eq!(report::messages(&database.connections, OutboxTopic::Violations).await.unwrap(), 1);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn an_id_that_came_before_with_other_content_becomes_a_dead_letter_and_the_rest_goes_on() {
    let database = database().await;
    let taken = take(&database, 0).await;
    let speeding = Sighting::of("1", "SA-1234-ABD");
    let reused = Sighting { content: "other".to_owned(), ..Sighting::of("1", "SA-99-ABD") };
    let other = Sighting::of("2", "SA-55-ABD");
    let mut run = run(
        0,
        taken,
        vec![speeding.violation(0).unwrap(), reused.violation(1).unwrap(), other.violation(2).unwrap()],
    );
    let found = rejected(&database, &run).await;
    assert_eq!(
        found.iter().map(|one| (one.offset, one.reason)).collect::<Vec<_>>(),
        [(1, DeadLetterReason::IdReused)]
    );
    assert_eq!(report::violations(&database.connections).await.unwrap(), 0);
    run.records[1] = reused.dead_letter(1, found[0].reason).unwrap();
    assert_eq!(record(&database, &run).await, [Outcome::Violation, Outcome::DeadLetter, Outcome::Violation]);
    assert_eq!(report::dead_letters(&database.connections).await.unwrap(), [("id_reused".to_owned(), 1)]);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_stored_is_named_without_its_content_and_the_rest_goes_on() {
    let database = database().await;
    let taken = take(&database, 0).await;
    let nul = Sighting { adapter_version: "secret\0word".to_owned(), ..Sighting::of("1", "SA-1-ABD") };
    let good = Sighting::of("2", "SA-2-ABD");
    let mut run = run(0, taken, vec![nul.violation(0).unwrap(), good.violation(1).unwrap()]);
    let found = rejected(&database, &run).await;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].offset, found[0].reason), (0, DeadLetterReason::EffectRefused));
    assert!(!found[0].detail.contains("secret"), "{}", found[0].detail);
    run.records[0] = nul.dead_letter(0, DeadLetterReason::EffectRefused).unwrap();
    assert_eq!(record(&database, &run).await, [Outcome::DeadLetter, Outcome::Violation]);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_dead_letter_that_is_played_again_is_no_duplicate_of_itself() {
    let database = database().await;
    let taken = take(&database, 0).await;
    let speeding = Sighting::of("1", "SA-1234-ABD");
    let first = run(0, taken, vec![speeding.dead_letter(0, DeadLetterReason::EvidenceMissing).unwrap()]);
    assert_eq!(record(&database, &first).await, [Outcome::DeadLetter]);
    let again = run(0, after(&first), vec![speeding.violation(1).unwrap()]);
    assert_eq!(record(&database, &again).await, [Outcome::Violation]);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn one_act_seen_by_two_cameras_is_one_violation() {
    let database = database().await;
    let front = Sighting::of("front-1", "SA-1234-ABD");
    let rear = front.clone().by_camera("cam-2", "rear-1").later_by(3);
    let next_day = front.clone().by_camera("cam-2", "rear-2").later_by(86_400);
    let elsewhere = Sighting { site: "site-2".to_owned(), ..front.clone().by_camera("cam-3", "x-1") };
    let (zero, one) = (take(&database, 0).await, take(&database, 1).await);
    assert_eq!(
        record(&database, &run(0, zero, vec![front.violation(0).unwrap()])).await,
        [Outcome::Violation]
    );
    let settlements = vec![
        rear.violation(0).unwrap(),
        next_day.violation(1).unwrap(),
        elsewhere.violation(2).unwrap(),
        // Within one run, too.
        next_day.clone().by_camera("cam-4", "y-1").later_by(1).violation(3).unwrap(),
    ];
    assert_eq!(
        record(&database, &run(1, one, settlements)).await,
        [Outcome::Duplicate, Outcome::Violation, Outcome::Violation, Outcome::Duplicate]
    );
    let acts = vec![vec![front.identity().unwrap(), rear.identity().unwrap()]];
    let reports = report::acts(&database.connections, &acts).await.unwrap();
    assert_eq!((reports[0].violations, reports[0].messages, reports[0].doubled()), (1, 1, 0));
    database.remove().await.unwrap();
}

#[tokio::test]
async fn doubtful_sightings_wait_for_a_person_and_claim_their_act_only_with_a_plate() {
    let database = database().await;
    let taken = take(&database, 0).await;
    let blurred = Sighting::of("1", "SA-1234-ABD");
    let same_act = blurred.clone().by_camera("cam-2", "2");
    let settlements = vec![
        blurred.manual_check(0, ManualCheckReason::LowConfidence).unwrap(),
        same_act.violation(1).unwrap(),
        blurred.clone().by_camera("cam-3", "3").manual_check(2, ManualCheckReason::NoPlate).unwrap(),
        blurred.clone().by_camera("cam-4", "4").manual_check(3, ManualCheckReason::NoPlate).unwrap(),
    ];
    assert_eq!(
        record(&database, &run(0, taken, settlements)).await,
        [Outcome::ManualCheck, Outcome::Duplicate, Outcome::ManualCheck, Outcome::ManualCheck]
    );
    assert_eq!(report::manual_checks(&database.connections).await.unwrap(), 3);
    assert_eq!(report::unsent(&database.connections).await.unwrap(), 0);
    let id = database.text("select id::text from manual_check where plate_key is not null").await.unwrap();
    let id = schemas::ids::ManualCheckId::from_uuid(id.parse().unwrap());
    store::verify_manual_check(&database.connections, id).await.unwrap();
    let row = store::manual_check(&database.connections, id).await.unwrap().unwrap();
    assert_eq!(
        (row.reasons.as_slice(), row.plate_key.as_deref()),
        (["low_confidence".to_owned()].as_slice(), Some("SA-1234-ABD"))
    );
    database.remove().await.unwrap();
}

#[tokio::test]
async fn partitions_that_bring_the_same_acts_in_opposite_orders_settle_each_once() {
    let database = database().await;
    let sightings: Vec<Sighting> = (0..60)
        .map(|number| Sighting::of(&format!("e-{number}"), &plate_key(Jurisdiction::Egypt, number).unwrap()))
        .collect();
    let settle = |(offset, sighting): (i64, Sighting)| -> Settlement { sighting.violation(offset).unwrap() };
    let mut workers = Vec::new();
    for worker in 0..4_i32 {
        let mut own = sightings.clone();
        own.rotate_left(15 * usize::try_from(worker).unwrap());
        if worker % 2 == 1 {
            own.reverse();
            // The same acts under other ids: two cameras.
            own = own
                .into_iter()
                .map(|one| {
                    let id = format!("w{worker}-{}", one.event);
                    one.by_camera("cam-2", &id)
                })
                .collect();
        }
        let taken = take(&database, worker).await;
        let run = run(worker, taken, (0..).zip(own).map(settle).collect());
        let recorder = recorder(&database);
        workers.push(tokio::spawn(async move { recorder.record_run(&run).await }));
    }
    let mut violations = 0;
    for worker in workers {
        let Recorded::Now(outcomes) = worker.await.unwrap().unwrap() else { panic!("written before") };
        violations += outcomes.iter().filter(|(_, outcome)| *outcome == Outcome::Violation).count();
    }
    assert_eq!(violations, 60);
    assert_eq!(report::violations(&database.connections).await.unwrap(), 60);
    assert_eq!(report::messages(&database.connections, OutboxTopic::Violations).await.unwrap(), 60);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_month_without_a_partition_loses_no_row() {
    let database = database().await;
    let drop_months = "do $$ declare month text; begin
        for month in select inhrelid::regclass::text from pg_inherits
                     where inhparent = 'violation'::regclass and inhrelid::regclass::text like '%violation_y%'
        loop execute 'drop table ' || month; end loop; end $$";
    database.execute(drop_months).await.unwrap();
    let id = record_one_violation(&database).await;
    store::verify_violation(&database.connections, id).await.unwrap();
    database.remove().await.unwrap();
}

#[tokio::test]
async fn the_same_pictures_under_another_id_and_time_are_a_duplicate_unless_they_show_another_plate() {
    let database = database().await;
    let taken = take(&database, 0).await;
    let first = Sighting::of("1", "SA-1234-ABD");
    // Days later, as if it had happened again; in the same run and in a later one.
    let again = first.clone().sent_again_as("2").later_by(3 * 86_400);
    let records = vec![first.violation(0).unwrap(), again.violation(1).unwrap()];
    let run_of_both = run(0, taken, records);
    assert_eq!(record(&database, &run_of_both).await, [Outcome::Violation, Outcome::Duplicate]);
    let later = first.clone().sent_again_as("3").later_by(9 * 86_400);
    let mut other_plate = first.sent_again_as("4");
    other_plate.plate = "SA-77-ABD".to_owned();
    let records = vec![later.violation(2).unwrap(), other_plate.violation(3).unwrap()];
    let next = run(0, after(&run_of_both), records);
    assert_eq!(record(&database, &next).await, [Outcome::Duplicate, Outcome::Violation]);
    // The duplicates have claimed nothing: an act at their time is still to be told.
    let honest = Sighting::of("5", "SA-1234-ABD").later_by(9 * 86_400);
    let last = run(0, after(&next), vec![honest.violation(4).unwrap()]);
    assert_eq!(record(&database, &last).await, [Outcome::Violation]);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_camera_cannot_use_up_the_ids_of_another() {
    let database = database().await;
    let taken = take(&database, 0).await;
    let honest = Sighting::of("7", "SA-1234-ABD");
    let mut thief = Sighting::of("7", "SA-77-ABD").by_camera("cam-2", "7");
    thief.source = Some("cam-1".to_owned());
    thief.content = "something else".to_owned();
    thief.pictures = "of the thief".to_owned();
    let records = vec![thief.violation(0).unwrap(), honest.violation(1).unwrap()];
    assert_eq!(record(&database, &run(0, taken, records)).await, [Outcome::Violation, Outcome::Violation]);
    database.remove().await.unwrap();
}
