//! Cases from every origin, effects in their order, and decisions repeated from what is stored.

use crate::positions::{recorder, run, take};
use crate::services::database;
use adjudicate::case::effect::{Effect, EffectOrdinal, EffectSource, NewEffect};
use adjudicate::case::origin::CaseOrigin;
use adjudicate::case::rule_table;
use adjudicate::case::store;
use adjudicate::stream::settle::{AssessedEvent, Effect as Ending, Recorded, Settlement};
use adjudicate::testing::TestDatabase;
use adjudicate::testing::origins::{effect, issue_from};
use adjudicate::testing::sightings::Sighting;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use ingest::evidence::EvidenceStore;
use ingest::metrics::IngestMetrics;
use prometheus::Registry;
use rasid::config::Config;
use rasid::replay::{Repetition, Replay, ReplayTotals};
use rules::assess::{AssessmentInput, assess};
use rules::policy::{Policies, Policy, PolicySources};
use rules::registry::{CaptureContext, SiteOfEvent};
use rules::replay::Provenance;
use schemas::evidence::Sha256Digest;
use schemas::ids::{DecisionId, ManualCheckId, ObjectionId, ViolationId};
use schemas::jurisdiction::Jurisdiction;
use schemas::money::{Currency, Money};
use schemas::wire::camera_event_v1;
use std::sync::Arc;
use uuid::Uuid;

#[tokio::test]
async fn a_case_is_born_from_every_origin_and_its_chain_holds() {
    let database = database().await;
    let parent =
        issue_from(&database, CaseOrigin::Unit { operator: "unit-7".into(), form: "A-1".into() }).await;
    let parent = parent.unwrap();
    let origins = [
        CaseOrigin::Unit { operator: "unit-7".to_owned(), form: "A-2".to_owned() },
        CaseOrigin::Correction {
            manual_check: ManualCheckId::from_uuid(parent.uuid()),
            decision: DecisionId::generate(),
        },
        CaseOrigin::Reissue { violation: parent, objection: ObjectionId::generate() },
    ];
    for origin in origins {
        let id = issue_from(&database, origin.clone()).await.unwrap();
        let row = store::violation(&database.connections, id).await.unwrap().unwrap();
        assert_eq!(row.case.origin, origin);
        store::verify_violation(&database.connections, id).await.unwrap();
    }
    let messages = database.number("select count(*) from outbox where topic = 'violations'").await.unwrap();
    assert_eq!(messages, 4);
    database.remove().await.unwrap();
}

async fn due(database: &TestDatabase, violation: ViolationId) -> String {
    let query = format!(
        "select status || ' ' || trim_scale(amount_due)::text from violation_status where violation_id = '{}'",
        violation.uuid()
    );
    database.text(&query).await.unwrap()
}

#[tokio::test]
async fn an_effect_that_was_withdrawn_no_longer_counts_until_the_withdrawal_is_withdrawn() {
    let database = database().await;
    let unit = CaseOrigin::Unit { operator: "unit-7".to_owned(), form: "A-1".to_owned() };
    let violation = issue_from(&database, unit).await.unwrap();
    let write = async |change: Effect| -> EffectOrdinal {
        let source = EffectSource::Recall(Uuid::now_v7());
        let new = NewEffect { violation, effect: change, source, decided_at: DateTime::UNIX_EPOCH };
        effect(&database.connections, new).await.unwrap()
    };
    assert_eq!(due(&database, violation).await, "issued 150");
    write(Effect::Reduced { to: Money::new(100.into(), Currency::EgyptianPound).unwrap() }).await;
    assert_eq!(due(&database, violation).await, "reduced 100");
    let cancelled = write(Effect::Cancelled { reissue: false }).await;
    assert_eq!(due(&database, violation).await, "cancelled 0");
    let withdrawn = write(Effect::Withdrawn { effect: cancelled }).await;
    assert_eq!(due(&database, violation).await, "reduced 100");
    write(Effect::Withdrawn { effect: withdrawn }).await;
    assert_eq!(due(&database, violation).await, "cancelled 0");
    let changed = database.execute("update violation_effect set effect = 'cancelled'").await;
    assert!(changed.is_err(), "effects are never changed");
    database.remove().await.unwrap();
}

/// An evidence store in a folder that goes with the test.
fn evidence(folder: &tempfile::TempDir) -> EvidenceStore {
    let text =
        format!("[database]\nurl = \"postgres://none/none\"\n[evidence]\ndirectory = {:?}", folder.path());
    let config = Config::from_defaults_and(&text).unwrap();
    EvidenceStore::open(&config.evidence, IngestMetrics::register(&Registry::new()).unwrap()).unwrap()
}

/// A sighting at an unknown place, judged by `policies` and recorded with everything it rests on.
async fn record_judged(database: &TestDatabase, store: &EvidenceStore, policies: &Policies) {
    let settlement = Sighting::of("1", "EG-STN-7126").violation(0).unwrap();
    let Ending::Assessed(sample) = settlement.effect else { panic!("not assessed") };
    let value = camera_event_v1::encode(&sample.event);
    let event = camera_event_v1::parse(Bytes::from(value.clone())).unwrap();
    let context = CaptureContext {
        jurisdiction: Jurisdiction::Egypt,
        site: SiteOfEvent::NotOfCamera,
        camera_kind: None,
        at_capture: None,
    };
    let received_at: DateTime<Utc> = sample.received_at;
    let input = AssessmentInput { event: &event, readings: &[], context: &context, policies, received_at };
    let assessment = assess(&input);
    let value_sha256 = store.put(Bytes::from(value)).await.unwrap();
    let provenance = Provenance { event_sha256: value_sha256, model_sha256: sample.model_sha256 };
    let record = rules::replay::record(&input, &provenance, &assessment).unwrap();
    let assessed = AssessedEvent {
        event: Arc::new(event),
        value_sha256,
        assessment,
        record,
        ..Arc::unwrap_or_clone(sample)
    };
    let taken = take(database, 0).await;
    let settlement = Settlement { offset: 0, effect: Ending::Assessed(Arc::new(assessed)) };
    let recorded = recorder(database).record_run(&run(0, taken, vec![settlement])).await.unwrap();
    assert!(matches!(recorded, Recorded::Now(_)));
}

async fn replayed(database: &TestDatabase, store: &EvidenceStore) -> (ReplayTotals, Vec<Repetition>) {
    let mut told = Vec::new();
    let mut replay = Replay::new(&database.connections, store).await.unwrap();
    let totals = replay.all(|repeated| told.push(repeated.ended.clone())).await.unwrap();
    (totals, told)
}

#[tokio::test]
async fn a_stored_case_comes_out_again_byte_for_byte_and_a_changed_one_does_not() {
    let database = database().await;
    let folder = tempfile::tempdir().unwrap();
    let store = evidence(&folder);
    record_judged(&database, &store, &Policies::compiled_in().unwrap()).await;
    let (totals, _) = replayed(&database, &store).await;
    assert_eq!((totals.repeated, totals.identical, totals.different), (1, 1, 0));
    assert!(totals.bytes > 100);
    let change = "begin; set local session_replication_role = replica; \
                  update assessment_record set finding = finding || ' '::bytea; commit";
    database.execute(change).await.unwrap();
    let (totals, told) = replayed(&database, &store).await;
    assert_eq!(totals.different, 1, "{told:?}");
    database.remove().await.unwrap();
}

#[tokio::test]
async fn an_input_that_was_exchanged_with_its_finding_is_told_by_the_digest_in_the_case() {
    let database = database().await;
    let folder = tempfile::tempdir().unwrap();
    let store = evidence(&folder);
    record_judged(&database, &store, &Policies::compiled_in().unwrap()).await;
    // A blank in JSON: the same input to the rules, and so the same finding.
    let change = "begin; set local session_replication_role = replica; \
                  update assessment_record set input = input || ' '::bytea; commit";
    database.execute(change).await.unwrap();
    let (totals, told) = replayed(&database, &store).await;
    assert_eq!(totals.different, 1, "{told:?}");
    assert!(format!("{told:?}").contains("digest the case holds"), "{told:?}");
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_case_of_rules_that_changed_since_is_repeated_by_their_stored_texts_and_not_without_them() {
    let database = database().await;
    let folder = tempfile::tempdir().unwrap();
    let store = evidence(&folder);
    let compiled = PolicySources::compiled_in(Jurisdiction::Egypt);
    let tariffs = format!("{}\n# as it was before\n", compiled.tariffs);
    let sources = PolicySources { tariffs: &tariffs, ..compiled };
    let before = Policy::load(Jurisdiction::Egypt, &sources).unwrap();
    let sha256: Sha256Digest = before.rule_table_sha256();
    record_judged(&database, &store, &Policies::compiled_in().unwrap().with(before)).await;
    let (totals, _) = replayed(&database, &store).await;
    assert_eq!((totals.identical, totals.not_repeatable), (0, 1));
    rule_table::keep(&database.connections, sha256, Jurisdiction::Egypt, &sources).await.unwrap();
    let (totals, told) = replayed(&database, &store).await;
    assert_eq!((totals.identical, totals.not_repeatable), (1, 0), "{told:?}");
    database.remove().await.unwrap();
}
