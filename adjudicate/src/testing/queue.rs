//! A review queue of any length, and the bare statements of one task's way through it, to compare ours with.

use super::TestDatabase;
use schemas::evidence::Sha256Digest;
use schemas::ids::ManualCheckId;

/// Tasks of one statement: a million in one would outlast the limit of a statement.
const CHUNK: u32 = 100_000;

/// What a task of a filled queue has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filling {
    /// What claiming reads, of both kinds: each fifth task is an objection, and stands before all manual checks.
    ToClaim,
    /// Manual checks, each with the two frames without which nothing is decided.
    ToDecide,
}

/// Adds `tasks` open tasks behind those that wait. Only the tables that claiming and deciding touch are filled: no case
/// has anything to show. Afterwards statistics are fresh and the server's writing is over.
///
/// # Errors
/// When the database fails.
pub async fn fill(database: &TestDatabase, tasks: u32, filling: Filling) -> Result<(), sqlx::Error> {
    let statement = |count: u32| match filling {
        Filling::ToClaim => chunk(count, "number % 5 = 0", ""),
        Filling::ToDecide => chunk(count, "false", FRAMES),
    };
    for first in (0..tasks).step_by(CHUNK as usize) {
        database.execute(&statement(CHUNK.min(tasks - first))).await?;
    }
    for table in ["case_head", "evidence_file", "review_task"] {
        database.execute(&format!("vacuum (analyze) {table}")).await?;
    }
    database.execute("checkpoint").await
}

/// The frames of a check of [`Filling::ToDecide`], known without asking the database.
#[must_use]
pub fn frames(check: ManualCheckId) -> [Sha256Digest; 2] {
    ["1", "2"].map(|ordinal| Sha256Digest::of(format!("{} {ordinal}", check.uuid()).as_bytes()))
}

/// A script for pgbench that claims a task of kind `:wanted`, views both frames and dismisses, as `:reviewer`, who is
/// `:actor` in the audit: our transactions with our statements, and nothing between them.
#[must_use]
pub fn bare_cycle() -> String {
    let next = include_str!("../review/queries/next_of_kind.sql");
    let required = include_str!("../review/queries/required_frames.sql");
    let decision = include_str!("../decision/queries/insert_decision.sql");
    let extend = include_str!("../foundation/queries/extend_chain.sql");
    include_str!("queue_cycle.sql")
        .replace("{next}", &bare(next, &[":wanted"]).replace("\"id!\"", "task_id"))
        .replace("{required_frames}", &bare(required, &[":case_id", ":case_opened_at"]))
        .replace(
            "{insert_decision}",
            &bare(
                decision,
                &[
                    "uuidv7()",
                    ":task_id",
                    ":case_id",
                    ":reviewer",
                    ":lease_id",
                    "2",
                    "null",
                    ":reason",
                    "now()",
                ],
            ),
        )
        .replace("{extend_chain}", &bare(extend, &[":case_id", "'rasid.decision.v1'", ROW_BYTES]))
}

/// Stands for the canonical bytes of a decision, as long as they are.
const ROW_BYTES: &str =
    "convert_to(jsonb_build_object('decision', :decision_id::text, 'manual_check', :case_id::text,
    'reviewer', :reviewer::text, 'lease', :lease_id::text, 'frames', repeat('0', 130), 'verdict', 'dismissed',
    'reason_arabic', null, 'reason_english', :reason::text)::text, 'UTF8')";

/// The second frame differs from the first in its digest alone.
const FRAMES: &str = ", frame as (
    insert into evidence_file
        (case_id, ordinal, recorded_at, role, sha256, media_type, size_bytes, width, height)
    select case_id, ordinal, opened_at, role, sha256(convert_to(case_id::text || ' ' || ordinal, 'UTF8')),
           'image/jpeg', 123456, 1280, 960
    from made cross join (values (1, 'first'), (2, 'second')) as frame (ordinal, role)
)";

/// Cases with ascending ids and times, each with its task, as stream and triage make them. Every task has its case by the
/// same statement, so that foreign keys hold without the check of each row, which takes a third of the time.
fn chunk(count: u32, is_objection: &str, frames: &str) -> String {
    format!(
        "begin;
         set local session_replication_role = replica;
         with made as materialized (
             select uuidv7() as case_id, {is_objection} as is_objection,
                    now() - ({count} - number) * interval '1 microsecond' as opened_at
             from generate_series(1, {count}) as number
         ), head as (
             insert into case_head (case_id, kind, origin, opened_at, chain_length, chain_sha256)
             select case_id, case when is_objection then 'objection' else 'manual_check' end,
                    case when is_objection then 'filing' else 'stream' end,
                    opened_at, 1, sha256(uuid_send(case_id))
             from made
         ){frames}
         insert into review_task (kind, case_id, case_opened_at, priority, queued_at)
         select case when is_objection then 'objection' else 'manual_check' end, case_id, opened_at,
                case when is_objection then 10 else 0 end, opened_at
         from made;
         commit"
    )
}

/// A statement of ours with values in the places of its parameters.
fn bare(statement: &str, values: &[&str]) -> String {
    // From the last: `$1` also begins `$10`.
    let places = (1..=values.len()).rev().zip(values.iter().rev());
    places.fold(statement.trim_end().to_owned(), |text, (place, value)| {
        text.replace(&format!("${place}"), value)
    })
}
