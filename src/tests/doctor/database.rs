//! Faults of PostgreSQL and of its tables.

use super::{Installation, only_faults, the};
use crate::services;
use adjudicate::testing::TestDatabase;
use rasid::doctor::{Check, Verdict};

/// The address with another user and password.
fn with_password(url: &str, password: &str) -> String {
    let (user, place) = url.rsplit_once('@').unwrap();
    format!("{}:{password}@{place}", user.rsplit_once(':').unwrap().0)
}

#[tokio::test]
async fn a_wrong_password_is_a_fault_and_the_broker_is_checked_all_the_same() {
    let mut installation = Installation::clean().await;
    let url = with_password(installation.database.config.url.expose(), "hidden-word");
    installation.set("database", "url", url);
    let report = installation.report().await;
    let faults = only_faults(&report, Check::DatabaseReachable);
    assert!(faults[0].found.contains("password authentication failed"), "{faults:?}");
    assert!(!report.to_json().to_string().contains("hidden-word"));
    the(&report, Check::TopicsAppendTime, Verdict::Good);
    assert_eq!(the(&report, Check::RegistersFilled, Verdict::NotChecked).found, "the database refuses");
    installation.remove().await;
}

#[tokio::test]
async fn a_database_that_is_away_is_a_fault_and_what_hangs_on_it_is_not_checked() {
    let mut installation = Installation::clean().await;
    installation.set("database", "url", "postgres://rasid:word@127.0.0.1:1/rasid");
    let report = installation.report().await;
    let faults = only_faults(&report, Check::DatabaseReachable);
    assert!(faults[0].found.contains("cannot be reached"), "{faults:?}");
    for check in [
        Check::DatabaseSchema,
        Check::DatabaseConnections,
        Check::DatabaseMonths,
        Check::StreamPositions,
        Check::ClockDatabase,
        Check::RegistersFilled,
        Check::CameraCertificates,
        Check::AccessPeople,
        Check::AccessDemoKeys,
    ] {
        assert_eq!(the(&report, check, Verdict::NotChecked).found, "the database is away", "{check}");
    }
    the(&report, Check::ClockKafka, Verdict::Good);
    installation.remove().await;
}

#[tokio::test]
async fn broker_and_database_away_are_both_told_and_all_the_rest_is_checked() {
    let mut installation = Installation::clean().await;
    installation.set("database", "url", "postgres://rasid:word@127.0.0.1:1/rasid");
    installation.set("kafka", "brokers", "127.0.0.1:1");
    installation.set("http", "listen", "0.0.0.0:8080");
    let report = installation.report().await;
    for check in [Check::KafkaReachable, Check::DatabaseReachable, Check::HttpExposed] {
        the(&report, check, Verdict::Fault);
    }
    for check in [Check::EvidenceFolder, Check::ReaderModels, Check::ReaderLibrary, Check::OpenFiles] {
        the(&report, check, Verdict::Good);
    }
    installation.remove().await;
}

#[tokio::test]
async fn a_database_that_was_never_migrated_is_sent_to_migrate() {
    let url = tokio::task::spawn_blocking(|| services::shared().database_url()).await.unwrap();
    let installation = Installation::bare(TestDatabase::create_empty(&url).await.unwrap()).await;
    let report = installation.report().await;
    let faults = only_faults(&report, Check::DatabaseSchema);
    assert!(faults[0].remedy.as_ref().unwrap().contains("rasid migrate"), "{faults:?}");
    let unread = the(&report, Check::RegistersFilled, Verdict::NotChecked);
    assert!(unread.found.contains("see database.schema"), "{unread:?}");
    installation.remove().await;
}

#[tokio::test]
async fn half_a_schema_and_one_of_a_newer_program_are_faults() {
    let installation = Installation::clean().await;
    installation.execute("delete from _sqlx_migrations where version = 2").await;
    let faults = installation.only_faults(Check::DatabaseSchema).await;
    assert!(faults[0].found.contains("migration 2 is not applied"), "{faults:?}");
    installation.execute("update _sqlx_migrations set success = false where version = 3").await;
    let faults = installation.only_faults(Check::DatabaseSchema).await;
    assert!(faults[1].found.contains("migration 3 began and did not end"), "{faults:?}");
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                 values (9999, 'of a later release', true, '\\x00', 1)";
    installation.execute(newer).await;
    let faults = installation.only_faults(Check::DatabaseSchema).await;
    assert!(
        faults.iter().any(|fault| fault.found.contains("migration 9999 is of a newer program")),
        "{faults:?}"
    );
    installation.remove().await;
}

#[tokio::test]
async fn a_table_that_is_gone_although_its_migration_is_applied_is_named() {
    let installation = Installation::clean().await;
    installation.execute("drop table frame_use").await;
    let faults = installation.only_faults(Check::DatabaseSchema).await;
    assert!(faults[0].found.ends_with("frame_use"), "{faults:?}");
    installation.remove().await;
}

#[tokio::test]
async fn pools_that_are_larger_than_the_server_grants_are_a_fault_with_the_sum() {
    let mut installation = Installation::clean().await;
    installation.set("database", "http_connections_max", 300);
    let faults = installation.only_faults(Check::DatabaseConnections).await;
    assert!(faults[0].found.contains("1 `rasid serve` with 304 each"), "{faults:?}");
    installation.remove().await;
}

#[tokio::test]
async fn more_processes_than_connections_are_a_fault() {
    let installation = Installation::clean().await;
    let mut examination = installation.examination();
    examination.processes.run = Some(100_000);
    let report = rasid::doctor::examine(&examination).await;
    only_faults(&report, Check::DatabaseConnections);
    installation.remove().await;
}

#[tokio::test]
async fn months_without_partitions_are_a_fault_when_they_are_near() {
    let installation = Installation::clean().await;
    let drop_month = |ahead: u32| {
        format!(
            "do $$ begin execute 'drop table violation'
                 || to_char(date_trunc('month', now() at time zone 'UTC') + interval '{ahead} month', '\"_y\"YYYY\"m\"MM');
             end $$"
        )
    };
    installation.execute(&drop_month(3)).await;
    let report = installation.report().await;
    assert!(the(&report, Check::DatabaseMonths, Verdict::Warning).found.contains("violation_y"));
    installation.execute(&drop_month(1)).await;
    let faults = installation.only_faults(Check::DatabaseMonths).await;
    assert!(faults[0].found.contains("needed by the end of next month: violation_y"), "{faults:?}");
    installation.remove().await;
}
