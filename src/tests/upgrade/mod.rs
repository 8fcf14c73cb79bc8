//! An installation of the release before migration 0004: brought up to date by the command, and worked on.

use crate::positions::{recorder, run, take};
use crate::production::{decide, until};
use crate::services;
use adjudicate::stream::settle::Recorded;
use adjudicate::testing::TestDatabase;
use adjudicate::testing::sightings::Sighting;
use bytes::Bytes;
use ingest::config::EvidenceConfig;
use ingest::evidence::EvidenceStore;
use ingest::metrics::IngestMetrics;
use schemas::outcome::Outcome;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use tokio::process::Command;

/// The whole dump: the tables as migrations 0001 to 0003 made them, and rows.
const DUMP: [&str; 4] = [
    include_str!("0003_stream.sql"),
    include_str!("0003_objections.sql"),
    include_str!("0003_registers_and_access.sql"),
    include_str!("0003_rows.sql"),
];
/// The key of the dump's reviewer.
const KEY: &str = "rasid_01a2260c4105765ba7e0137bd260634f_ef7e1a35db764df0290cec3e5c01fa05454ba2153dce72209ec66c86f287670f_8ea9f56e";
/// Tables that the dump has rows in and that must keep each of them.
const FILLED: [&str; 27] = [
    "site",
    "camera",
    "camera_key",
    "calibration_certificate",
    "sign_state",
    "rule_table",
    "case_head",
    "case_chain",
    "case_origin_record",
    "evidence_manifest",
    "evidence_file",
    "assessment_record",
    "violation",
    "violation_reference",
    "manual_check",
    "act",
    "event_identity",
    "objection",
    "objection_event",
    "objection_violation",
    "triage",
    "triage_answer",
    "review_task",
    "audit_event",
    "outbox",
    "stream_position",
    "api_key",
];

/// The dump in a schema of its own.
async fn dumped() -> TestDatabase {
    let url = tokio::task::spawn_blocking(|| services::shared().database_url()).await.unwrap();
    let database = TestDatabase::create_empty(&url).await.unwrap();
    for part in DUMP {
        database.execute(part).await.unwrap();
    }
    database
}

async fn counts(database: &TestDatabase) -> BTreeMap<&'static str, i64> {
    let mut counts = BTreeMap::new();
    for table in FILLED {
        counts.insert(table, database.number(&format!("select count(*) from {table}")).await.unwrap());
    }
    counts
}

/// Runs `rasid` to its end; returns whether it succeeded and what it said.
async fn rasid(arguments: &[&str], database: &TestDatabase) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rasid"));
    let config = &database.config;
    command.args(arguments).env("RASID_DATABASE__URL", config.for_migrating().url.expose());
    // The roles that an earlier release did not know are granted to on the way.
    for (key, role) in [("WRITE_ROLE", &config.write_role), ("READ_ROLE", &config.read_role)] {
        command.env(format!("RASID_DATABASE__{key}"), role.as_ref().unwrap().as_str());
    }
    let ended = command.output().await.unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    (ended.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[tokio::test]
async fn a_database_of_an_earlier_release_is_refused_until_it_is_migrated_and_keeps_every_row() {
    let database = dumped().await;
    let before = counts(&database).await;
    assert!(before.values().all(|count| *count > 0), "{before:?}");
    let (taken, said) = rasid(&["keys", "list"], &database).await;
    assert!(!taken && said.contains("run `rasid migrate` with the same database.url"), "{said}");
    for _ in 0..2 {
        let (migrated, said) = rasid(&["migrate"], &database).await;
        assert!(migrated && said.contains("the tables are up to date"), "{said}");
        assert_eq!(counts(&database).await, before);
    }
    let (listed, said) = rasid(&["keys", "list"], &database).await;
    assert!(listed && said.contains("good     reviewer reviewer-9"), "{said}");
    // What was written before is as much append-only as what comes.
    for table in ["violation", "audit_event", "case_chain"] {
        let emptied = database.execute(&format!("truncate {table} cascade")).await;
        assert!(emptied.is_err(), "{table} was emptied");
    }
    // The stream goes on where it stood: two records of the old cluster and new ones add up.
    let taken = take(&database, 0).await;
    let settlements = vec![Sighting::of("new", "SA-1234-ABD").violation(taken.next_offset).unwrap()];
    let recorded = recorder(&database).record_run(&run(0, taken, settlements)).await.unwrap();
    assert_eq!(recorded, Recorded::Now(vec![(taken.next_offset, Outcome::Violation)]));
    assert_eq!(database.number("select count(*) from violation").await.unwrap(), 2);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn cases_of_an_earlier_release_are_decided_after_the_upgrade() {
    let database = dumped().await;
    assert!(rasid(&["migrate"], &database).await.0);
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    serve_from(folder.path(), &database, port).await;
    let log = File::create(folder.path().join("log")).unwrap();
    let mut serve = Command::new(env!("CARGO_BIN_EXE_rasid"));
    serve.args(["serve", "--config"]).arg(folder.path().join("rasid.toml"));
    serve.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
    let _serving = serve.spawn().unwrap();
    let address = format!("http://127.0.0.1:{port}");
    until("an answer", folder.path(), async || reqwest::get(&address).await.is_ok()).await;
    let reference = database.text("select violation_reference from objection_violation").await.unwrap();
    for _ in 0..2 {
        decide(&address, KEY, Some(&reference)).await;
    }
    let decided = "select count(*) from decision join decision_verdict on decision.id = decision_id";
    assert!(database.number(decided).await.unwrap() >= 1);
    assert_eq!(database.number("select count(*) from decision").await.unwrap(), 2);
    assert_eq!(database.number("select count(*) from review_task where state = 'open'").await.unwrap(), 0);
    database.remove().await.unwrap();
}

/// What `rasid serve` needs there: a configuration, and the pictures of the dump. Kafka is away, which it bears.
async fn serve_from(folder: &Path, database: &TestDatabase, port: u16) {
    let directory = folder.join("evidence");
    let store =
        EvidenceStore::open(&EvidenceConfig { directory: directory.clone() }, IngestMetrics::unregistered());
    let store = store.unwrap();
    let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/demo/frames");
    for picture in fs::read_dir(pictures).unwrap() {
        store.put(Bytes::from(fs::read(picture.unwrap().path()).unwrap())).await.unwrap();
    }
    let config = format!(
        "[database]\nurl = {:?}\n[kafka]\nbrokers = \"127.0.0.1:9\"\nstartup_timeout_seconds = 1\n\
         [evidence]\ndirectory = {directory:?}\n[http]\nlisten = \"127.0.0.1:{port}\"\n[admin]\nlisten = \"127.0.0.1:0\"\n",
        database.config.url.expose(),
    );
    fs::write(folder.join("rasid.toml"), config).unwrap();
}
