//! Who may do what to which table: the owner of all (`rasid migrate`), who writes (`rasid run`, `rasid serve`, imports,
//! keys) and who reads (`rasid replay`, `rasid verify`). One list, from which `rasid migrate` grants.
//!
//! What it does not hold off: a superuser and the owner can do everything, triggers or not. Signatures are against those.

use super::store_error::StoreError;
use serde::Deserialize;
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use std::fmt::{self, Write as _};
use std::str::FromStr;
use thiserror::Error;

/// Longest name of a role, bytes: PostgreSQL cuts longer ones.
const NAME_BYTES_MAX: usize = 63;

/// The name of a role, of the kind that needs no quotes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct RoleName(String);

/// The text is no such name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{0}' is no name of a role: 1 to 63 lower-case letters, digits and _, not beginning with a digit")]
pub struct RoleNameError(String);

/// The roles that `rasid migrate` grants to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grantees {
    /// Whoever writes.
    pub write: Option<RoleName>,
    /// Whoever only reads.
    pub read: Option<RoleName>,
}

/// What the program does to one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableUse {
    /// Its name.
    pub table: &'static str,
    /// Whether rows are added.
    pub inserts: bool,
    /// The columns that are changed.
    pub updates: &'static [&'static str],
    /// Whether rows are removed.
    pub deletes: bool,
}

/// What a role is to the tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub role: String,
    /// Whether it owns them or may act as their owner: it could drop triggers and forge history.
    pub is_owner: bool,
}

/// Why nothing was granted.
#[derive(Debug, Error)]
pub enum GrantError {
    /// Nobody made the role.
    #[error("the role {role} does not exist; make it with: create role {role} login password '…'")]
    Missing {
        /// The name.
        role: RoleName,
    },
    /// The role could do everything anyway.
    #[error("the role {role} owns the tables or may act as their owner; name another one in [database]")]
    Owner {
        /// The name.
        role: RoleName,
    },
    /// The database failed.
    #[error("roles cannot be granted what they need")]
    Database(#[from] sqlx::Error),
}

const fn filled_by_migrations(table: &'static str) -> TableUse {
    TableUse { table, inserts: false, updates: &[], deletes: false }
}

const fn appended(table: &'static str) -> TableUse {
    TableUse { inserts: true, ..filled_by_migrations(table) }
}

const fn kept(table: &'static str, updates: &'static [&'static str]) -> TableUse {
    TableUse { updates, ..appended(table) }
}

const fn swept(kept: TableUse) -> TableUse {
    TableUse { deletes: true, ..kept }
}

/// Every table, with all that the program does to it.
pub const TABLES: [TableUse; 52] = [
    filled_by_migrations("jurisdiction"),
    filled_by_migrations("offence_kind"),
    // By a trigger that runs as the owner.
    filled_by_migrations("register_version"),
    kept("case_head", &["chain_length", "chain_sha256", "sealed_length"]),
    appended("case_chain"),
    appended("chain_checkpoint"),
    appended("chain_checkpoint_leaf"),
    appended("audit_event"),
    kept("outbox", &["sent_at", "attempts", "last_error", "next_attempt_at"]),
    swept(kept("idempotency_record", &["status", "headers", "body", "running_until"])),
    appended("case_origin_record"),
    appended("case_origin_case"),
    appended("case_origin_unit"),
    appended("violation"),
    appended("violation_reference"),
    appended("manual_check"),
    appended("evidence_manifest"),
    appended("evidence_file"),
    appended("assessment_record"),
    appended("rule_table"),
    appended("violation_effect"),
    kept("review_task", &["state", "reviewer_id", "lease_id", "lease_until", "version", "done_at"]),
    kept(
        "stream_position",
        &[
            "owner_epoch",
            "start_offset",
            "next_offset",
            "violation",
            "manual_check",
            "no_offence",
            "duplicate",
            "dead_letter",
            "skipped",
            "updated_at",
        ],
    ),
    appended("event_identity"),
    swept(appended("act")),
    swept(appended("frame_use")),
    appended("dead_letter"),
    kept("site", &["jurisdiction", "name_arabic", "name_english", "limit_kmh", "updated_at"]),
    kept("camera", &["kind", "instrument", "updated_at"]),
    swept(appended("camera_site")),
    kept("camera_key", &["camera_id", "public_key", "valid_from", "valid_until", "revoked_at", "updated_at"]),
    kept("calibration_certificate", &["camera_id", "type_approval", "valid_from", "valid_to", "updated_at"]),
    kept("sign_state", &["valid_to", "condition", "limit_kmh", "updated_at"]),
    kept("ownership_interval", &["holder", "valid_until", "updated_at"]),
    kept("signal_log", &["phase_until", "phase", "amber_milliseconds", "controller_fault", "updated_at"]),
    kept("payment", &["violation_reference", "amount", "currency", "paid_at", "channel", "updated_at"]),
    kept("notice_service", &["holder", "channel", "updated_at"]),
    kept("service_outage", &["outage_until", "updated_at"]),
    appended("subject"),
    kept("api_key", &["expires_at", "revoked_at", "last_used_at"]),
    swept(kept("web_session", &["last_seen_at"])),
    swept(kept("citizen_session", &["last_seen_at"])),
    appended("frame_view"),
    appended("decision"),
    appended("decision_verdict"),
    kept(
        "objection",
        &[
            "state",
            "version",
            "overall_result",
            "lateness_reason",
            "human_asked_at",
            "document_due_on",
            "clock_held_from",
            "clock_held_seconds",
            "closed_at",
            "triage_after",
            "triage_attempts",
            "triage_error",
        ],
    ),
    kept("objection_violation", &["answer", "answered_by", "answered_at"]),
    appended("objection_ground"),
    appended("objection_event"),
    appended("attachment"),
    appended("triage"),
    appended("triage_answer"),
];

/// What the reading role does not see: hashes of keys and of sessions' tokens, answers kept for whoever asked.
const SECRETS: [&str; 4] = ["api_key", "web_session", "citizen_session", "idempotency_record"];

/// Views, and the table of the migrations themselves.
const READ_ONLY: [&str; 2] = ["violation_status", "_sqlx_migrations"];

/// What the writing role calls, to be done as the owner.
const FUNCTIONS: [&str; 2] = ["lock_violations(text[])", "ensure_month_partitions(integer)"];

/// What a part is born with comes by `CREATE TABLE` and is looked at with the next of these.
const GUARD: &str = "\
    create event trigger append_only_end on ddl_command_end\n\
        when tag in ('ALTER TABLE', 'CREATE TRIGGER', 'ALTER TRIGGER', 'CREATE FUNCTION', 'ALTER FUNCTION', 'ALTER ROUTINE')\n\
        execute function refuse_loosening();\n\
    create event trigger append_only_drop on sql_drop execute function refuse_loosening();\n";

impl RoleName {
    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for RoleName {
    type Err = RoleNameError;

    fn from_str(text: &str) -> Result<Self, RoleNameError> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let begins_well = text.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
        if begins_well && text.len() <= NAME_BYTES_MAX && text.bytes().all(is_plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(RoleNameError(text.chars().take(NAME_BYTES_MAX).collect()))
        }
    }
}

impl TryFrom<String> for RoleName {
    type Error = RoleNameError;

    fn try_from(text: String) -> Result<Self, RoleNameError> {
        text.parse()
    }
}

/// Grants each role what it needs and takes from it whatever else it was granted.
///
/// # Errors
/// When a role is missing or is the owner, or the database fails.
pub(super) async fn grant(connection: &mut PgConnection, grantees: &Grantees) -> Result<(), GrantError> {
    let Grantees { write, read } = grantees;
    if write.is_none() && read.is_none() {
        return Ok(());
    }
    let schema = sqlx::query_scalar!(r#"select quote_ident(current_schema()) as "schema!""#)
        .fetch_one(&mut *connection)
        .await?;
    for (role, privileges) in [(write, writing as fn(&RoleName) -> String), (read, reading)] {
        let Some(role) = role else { continue };
        require_other(connection, role).await?;
        let statements = format!("{}{}", nothing(role, &schema), privileges(role));
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Lets a superuser's own migrations pass by the guard, for this transaction.
pub(super) async fn lift_guard(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query_scalar!(
        "select set_config('event_triggers', 'off', true) from pg_roles where rolname = current_user and rolsuper"
    )
    .fetch_optional(connection)
    .await?;
    Ok(())
}

/// Puts event triggers in the way of whoever loosens the append-only triggers, where they can be made: by a superuser, for
/// tables in `public`. They belong to a whole database, which other schemas may share.
pub(super) async fn guard(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let can_be_made = sqlx::query_scalar!(
        r#"select current_schema() = 'public' and not exists(select from pg_event_trigger where evtname = 'append_only_end')
                  as "can_be_made!"
           from pg_roles where rolname = current_user and rolsuper"#
    )
    .fetch_optional(&mut *connection)
    .await?;
    if can_be_made == Some(true) {
        sqlx::raw_sql(GUARD).execute(connection).await?;
    }
    Ok(())
}

/// Returns what the role of a pool is to the tables.
pub(super) async fn standing(pool: &PgPool) -> Result<Standing, StoreError> {
    let row = sqlx::query!(
        r#"select current_user::text as "role!",
                  exists(select from pg_class where relnamespace = current_schema()::regnamespace
                         and pg_has_role(relowner, 'usage')) as "is_owner!""#
    )
    .fetch_one(pool)
    .await?;
    Ok(Standing { role: row.role, is_owner: row.is_owner })
}

async fn require_other(connection: &mut PgConnection, role: &RoleName) -> Result<(), GrantError> {
    let is_owner = sqlx::query_scalar!(
        r#"select pg_has_role(oid, current_user, 'usage') as "is_owner!" from pg_roles where rolname = $1"#,
        role.as_str()
    )
    .fetch_optional(connection)
    .await?;
    match is_owner {
        None => Err(GrantError::Missing { role: role.clone() }),
        Some(true) => Err(GrantError::Owner { role: role.clone() }),
        Some(false) => Ok(()),
    }
}

fn nothing(role: &RoleName, schema: &str) -> String {
    format!(
        "revoke all on all tables in schema {schema} from {role};\n\
         revoke all on all functions in schema {schema} from {role};\n\
         revoke all on schema {schema} from {role};\n\
         grant usage on schema {schema} to {role};\n"
    )
}

fn writing(role: &RoleName) -> String {
    let mut statements = String::new();
    for TableUse { table, inserts, updates, deletes } in TABLES {
        let update = format!(", update ({})", updates.join(", "));
        let rights = [
            ("select", true),
            (", insert", inserts),
            (update.as_str(), !updates.is_empty()),
            (", delete", deletes),
        ];
        let rights: String =
            rights.into_iter().filter(|(_, is_needed)| *is_needed).map(|(right, _)| right).collect();
        // Writing to a `String` does not fail.
        let _written = writeln!(statements, "grant {rights} on {table} to {role};");
    }
    for name in READ_ONLY {
        let _written = writeln!(statements, "grant select on {name} to {role};");
    }
    for function in FUNCTIONS {
        let _written = writeln!(statements, "grant execute on function {function} to {role};");
    }
    statements
}

fn reading(role: &RoleName) -> String {
    let tables = TABLES.into_iter().map(|one| one.table).filter(|table| !SECRETS.contains(table));
    let names: Vec<&str> = tables.chain(READ_ONLY).collect();
    format!("grant select on {} to {role};\n", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_would_need_quotes_is_refused() {
        for good in ["rasid_write", "_r", &"a".repeat(63)] {
            assert_eq!(good.parse::<RoleName>().unwrap().as_str(), good);
        }
        for bad in ["", "1a", "Rasid", "a-b", "a b", "a;drop", "a\"", "دور", &"a".repeat(64)] {
            assert!(bad.parse::<RoleName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn nobody_is_granted_more_than_the_list_says() {
        let role: RoleName = "w".parse().unwrap();
        let statements = writing(&role);
        assert!(statements.contains("grant select, insert on violation to w;"), "{statements}");
        assert!(statements.contains("grant select on jurisdiction to w;"));
        assert!(
            statements.contains("grant select, insert, update (last_seen_at), delete on web_session to w;")
        );
        assert!(!reading(&role).contains("api_key") && !reading(&role).contains("insert"));
    }
}
