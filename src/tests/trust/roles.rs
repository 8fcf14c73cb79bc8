//! The roles of the database. All other tests run under the role that writes; here stands what it may not do.

use crate::recording::record_one_violation;
use crate::services;
use adjudicate::foundation::config::DatabaseConfig;
use adjudicate::foundation::db::{self, PoolPurpose};
use adjudicate::foundation::jobs::{Job, MonthPartitions};
use adjudicate::foundation::roles::Standing;
use adjudicate::testing::TestDatabase;
use adjudicate::testing::roles::{OwnDatabase, execute_at};
use std::time::Duration;

/// `insufficient_privilege`
const FORBIDDEN: &str = "42501";
/// What `refuse_change()` raises.
const NEVER_CHANGED: &str = "23000";

/// What undoes or hides what was recorded.
const UNDOING: [&str; 14] = [
    "truncate violation",
    "truncate violation_other_months",
    "delete from violation_other_months",
    "delete from violation",
    "update violation set amount = 1",
    "update violation_reference set violation_id = violation_id",
    "update case_chain set row_bytes = 'x'",
    "update evidence_manifest set signature = null",
    "delete from audit_event",
    "alter table violation disable trigger append_only",
    "alter table violation detach partition violation_other_months",
    "drop table violation_other_months",
    "drop trigger append_only on violation",
    "create or replace function refuse_change() returns trigger language plpgsql as 'begin return new; end'",
];

/// Returns the SQLSTATE with which a statement is refused.
async fn refusal(url: &str, statement: &str) -> String {
    let error = execute_at(url, statement).await.expect_err(statement);
    let error = error.as_database_error().unwrap_or_else(|| panic!("{statement}: {error}"));
    error.code().unwrap().into_owned()
}

async fn own_database() -> OwnDatabase {
    // The roles of all tests come with the first schema.
    services::database().await.remove().await.unwrap();
    OwnDatabase::create(&services::shared().database_url()).await.unwrap()
}

#[tokio::test]
async fn who_writes_can_undo_nothing_and_who_reads_can_write_nothing() {
    let database: TestDatabase = services::database().await;
    record_one_violation(&database).await;
    let more = [
        "update case_head set opened_at = now()",
        "update review_task set case_id = case_id",
        "delete from stream_position",
        "insert into jurisdiction values ('XX', 'XXX')",
        "insert into register_version (register, row_before) values ('site', '{}')",
        "insert into violation_other_months select * from violation",
        "create table own (id integer)",
        "set session_replication_role = replica",
        "select guard_month_partitions()",
    ];
    for statement in UNDOING.into_iter().chain(more) {
        assert_eq!(refusal(database.config.url.expose(), statement).await, FORBIDDEN, "{statement}");
    }
    let reader = database.config.for_reading();
    let writes = [
        "insert into rule_table (sha256, jurisdiction, sources) values (sha256('x'), 'EG', '{}')",
        "update outbox set sent_at = null",
        "delete from act",
        "select secret_sha256 from api_key",
        "select ensure_month_partitions(1)",
        "select lock_violations('{}')",
    ];
    for statement in UNDOING.into_iter().chain(writes) {
        assert_eq!(refusal(reader.url.expose(), statement).await, FORBIDDEN, "{statement}");
    }
    execute_at(
        reader.url.expose(),
        "select * from violation, violation_status, register_version, case_chain",
    )
    .await
    .unwrap();
    database.remove().await.unwrap();
}

#[tokio::test]
async fn the_job_of_months_makes_them_as_the_owner_with_all_their_guards() {
    let database = services::database().await;
    let job = MonthPartitions {
        database: database.connections.clone(),
        months_ahead: 3,
        interval: Duration::from_secs(1),
    };
    job.run_once().await.unwrap();
    let unguarded = "select count(*) from pg_inherits join pg_class on pg_class.oid = inhrelid
         where inhparent = 'violation'::regclass
           and (select count(*) from pg_trigger where tgrelid = inhrelid and tgenabled = 'O'
                and tgname in ('append_only', 'append_only_part', 'append_only_whole')) < 3";
    let parts = "select count(*) from pg_inherits where inhparent = 'violation'::regclass";
    assert_eq!(database.number(unguarded).await.unwrap(), 0);
    assert_eq!(database.number(parts).await.unwrap(), 5);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_part_that_its_owner_takes_off_is_as_unchangeable_as_before() {
    let database = services::database().await;
    record_one_violation(&database).await;
    let part = database.text("select tableoid::regclass::text from violation").await.unwrap();
    database.execute(&format!("alter table violation detach partition {part}")).await.unwrap();
    for statement in
        [format!("truncate {part}"), format!("delete from {part}"), format!("update {part} set amount = 1")]
    {
        let refused = refusal(database.config.for_migrating().url.expose(), &statement).await;
        assert_eq!(refused, NEVER_CHANGED, "{statement}");
    }
    database.remove().await.unwrap();
}

#[tokio::test]
async fn an_owner_without_a_superusers_rights_migrates_and_the_others_work_with_what_he_grants() {
    let own = own_database().await;
    let owner = own.config.for_migrating();
    own.migrate(owner.url.expose()).await.unwrap();
    own.migrate(owner.url.expose()).await.unwrap();
    let standing_at = async |config: DatabaseConfig| {
        let database = db::connect(&config, PoolPurpose::Admin).await.unwrap();
        let standing: Standing = database.standing().await.unwrap();
        database.close().await;
        standing.is_owner
    };
    assert!(standing_at(owner.clone()).await);
    assert!(!standing_at(own.config.clone()).await);
    assert!(!standing_at(own.config.for_reading()).await);
    for statement in UNDOING {
        assert_eq!(refusal(own.config.url.expose(), statement).await, FORBIDDEN, "{statement}");
    }
    let mut other = own.clone();
    other.config.write_role = Some("nobody_made_this".parse().unwrap());
    let refused = format!("{:?}", other.migrate(owner.url.expose()).await.unwrap_err());
    assert!(refused.contains("Missing"), "{refused}");
    own.remove().await.unwrap();
}

#[tokio::test]
async fn where_a_superuser_migrates_even_the_owner_cannot_loosen_what_guards_the_past() {
    let own = own_database().await;
    own.migrate(&own.superuser_url).await.unwrap();
    // A second time, over its own guards.
    own.migrate(&own.superuser_url).await.unwrap();
    let loosening = [
        "alter table violation disable trigger append_only",
        "alter table violation enable replica trigger append_only",
        "alter table violation detach partition violation_other_months",
        "alter trigger append_only on violation rename to other",
        "drop trigger append_only on violation",
        "drop table violation_other_months",
        "drop table frame_view",
        "create or replace function refuse_change() returns trigger language plpgsql as 'begin return new; end'",
        "create or replace trigger append_only before update on decision for each row when (false) execute function refuse_change()",
    ];
    for statement in loosening {
        assert_eq!(refusal(&own.superuser_url, statement).await, FORBIDDEN, "{statement}");
    }
    for statement in
        ["truncate violation_other_months", "truncate event_identity, decision, decision_verdict cascade"]
    {
        assert_eq!(refusal(&own.superuser_url, statement).await, NEVER_CHANGED, "{statement}");
    }
    // What migrations and the job of months do goes on.
    execute_at(own.config.url.expose(), "select ensure_month_partitions(4)").await.unwrap();
    execute_at(&own.superuser_url, "alter table site add column note text").await.unwrap();
    // And what is said to lift it does: retention drops a month.
    let retention = "set event_triggers = off; drop table violation_other_months";
    execute_at(&own.superuser_url, retention).await.unwrap();
    own.remove().await.unwrap();
}
