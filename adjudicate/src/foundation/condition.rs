//! What the database says of itself, for `rasid doctor`: its limits and its clock, what of the tables is there, which
//! months have partitions. Reads only.

use super::db::{Database, MIGRATOR};
use super::store_error::StoreError;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// The server and what it grants this role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerCondition {
    /// The server's time.
    pub now: DateTime<Utc>,
    /// Version as a number: 180006 is 18.6.
    pub version: i32,
    /// Connections of the whole server.
    pub connections_max: i32,
    /// Of those, kept for superusers and for roles with `pg_use_reserved_connections`.
    pub connections_reserved: i32,
    /// Connections to this database; `None` without a limit.
    pub database_connections_max: Option<i32>,
    /// Connections of this role; `None` without a limit.
    pub role_connections_max: Option<i32>,
}

/// What a role is to the tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub role: String,
    /// Whether it owns them or may act as their owner: it could drop triggers and forge history.
    pub is_owner: bool,
}

/// Something that is not as the migrations of this program leave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaProblem {
    /// No migration was ever applied.
    Unmigrated,
    /// A migration was not applied.
    Missing(i64),
    /// A migration began and did not end.
    Unfinished(i64),
    /// A migration was applied with another text.
    Changed(i64),
    /// A migration that this program does not know: the tables are of a newer one.
    Newer(i64),
    /// The migrations were applied, and yet a table is not there.
    NoTable(String),
}

/// A month that a table has no partition for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingMonth {
    /// Name that the partition would have.
    pub partition: String,
    /// How many months ahead; 0 is this month.
    pub ahead: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Applied<'a> {
    version: i64,
    is_finished: bool,
    checksum: &'a [u8],
}

/// Asks the server about itself.
///
/// # Errors
/// When the database fails.
pub async fn server(database: &Database) -> Result<ServerCondition, StoreError> {
    let row = sqlx::query!(
        r#"select clock_timestamp() as "now!",
                  current_setting('server_version_num')::int as "version!",
                  current_setting('max_connections')::int as "connections_max!",
                  current_setting('superuser_reserved_connections')::int
                      + coalesce(current_setting('reserved_connections', true)::int, 0) as "reserved!",
                  (select datconnlimit from pg_database where datname = current_database()) as "database_max!",
                  (select rolconnlimit from pg_roles where rolname = current_user) as "role_max!""#
    )
    .fetch_one(database.pool())
    .await?;
    // -1 says that there is no limit.
    let limit = |limit: i32| (limit >= 0).then_some(limit);
    Ok(ServerCondition {
        now: row.now,
        version: row.version,
        connections_max: row.connections_max,
        connections_reserved: row.reserved,
        database_connections_max: limit(row.database_max),
        role_connections_max: limit(row.role_max),
    })
}

/// Returns what the role of a pool is to the tables, for warnings and `rasid doctor`.
///
/// # Errors
/// When the database does not answer.
pub async fn standing(database: &Database) -> Result<Standing, StoreError> {
    let row = sqlx::query!(
        r#"select current_user::text as "role!",
                  exists(select from pg_class where relnamespace = current_schema()::regnamespace
                         and pg_has_role(relowner, 'usage')) as "is_owner!""#
    )
    .fetch_one(database.pool())
    .await?;
    Ok(Standing { role: row.role, is_owner: row.is_owner })
}

/// Returns the server's time alone.
///
/// # Errors
/// When the database fails.
pub async fn time(database: &Database) -> Result<DateTime<Utc>, StoreError> {
    Ok(sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#).fetch_one(database.pool()).await?)
}

/// Compares the tables with the migrations of this program.
///
/// # Errors
/// When the database fails.
pub async fn schema_problems(database: &Database) -> Result<Vec<SchemaProblem>, StoreError> {
    // The table of migrations is the driver's: it is not there before the first one, and no checked query knows it.
    let known: bool =
        sqlx::query_scalar("select to_regclass(format('%I._sqlx_migrations', current_schema())) is not null")
            .fetch_one(database.pool())
            .await?;
    if !known {
        return Ok(vec![SchemaProblem::Unmigrated]);
    }
    let rows: Vec<(i64, bool, Vec<u8>)> =
        sqlx::query_as("select version, success, checksum from _sqlx_migrations order by version")
            .fetch_all(database.pool())
            .await?;
    let applied: Vec<Applied<'_>> = rows
        .iter()
        .map(|(version, is_finished, checksum)| Applied {
            version: *version,
            is_finished: *is_finished,
            checksum,
        })
        .collect();
    let mut problems = compared(&own_migrations(), &applied);
    let missing = sqlx::query_scalar!(
        r#"select name as "name!" from unnest($1::text[]) as name
           where to_regclass(format('%I.%I', current_schema(), name)) is null"#,
        &tables_of(&problems),
    )
    .fetch_all(database.pool())
    .await?;
    problems.extend(missing.into_iter().map(SchemaProblem::NoTable));
    Ok(problems)
}

/// Returns the partitions that the tables by month lack, of this month and of as many that follow.
///
/// # Errors
/// When the database fails, also because it is not migrated.
pub async fn missing_months(database: &Database, ahead: u32) -> Result<Vec<MissingMonth>, StoreError> {
    let rows = sqlx::query_file!(
        "src/foundation/queries/missing_months.sql",
        i32::try_from(ahead).unwrap_or(i32::MAX)
    )
    .fetch_all(database.pool())
    .await?;
    Ok(rows.into_iter().map(|row| MissingMonth { partition: row.partition, ahead: row.ahead }).collect())
}

fn own_migrations() -> BTreeMap<i64, &'static [u8]> {
    MIGRATOR.iter().map(|migration| (migration.version, &*migration.checksum)).collect()
}

fn compared(own: &BTreeMap<i64, &[u8]>, applied: &[Applied<'_>]) -> Vec<SchemaProblem> {
    if applied.is_empty() {
        return vec![SchemaProblem::Unmigrated];
    }
    let there: BTreeSet<i64> = applied.iter().map(|one| one.version).collect();
    let missing =
        own.keys().filter(|version| !there.contains(version)).map(|one| SchemaProblem::Missing(*one));
    let wrong = applied.iter().filter_map(|one| match own.get(&one.version) {
        None => Some(SchemaProblem::Newer(one.version)),
        Some(_) if !one.is_finished => Some(SchemaProblem::Unfinished(one.version)),
        Some(checksum) if *checksum != one.checksum => Some(SchemaProblem::Changed(one.version)),
        Some(_) => None,
    });
    missing.chain(wrong).collect()
}

/// Tables that the applied migrations make. What a newer program did to them is not known here.
fn tables_of(problems: &[SchemaProblem]) -> Vec<String> {
    if problems.iter().any(|problem| matches!(problem, SchemaProblem::Newer(_) | SchemaProblem::Unmigrated)) {
        return Vec::new();
    }
    let applied =
        MIGRATOR.iter().filter(|migration| !problems.contains(&SchemaProblem::Missing(migration.version)));
    let mut tables = BTreeSet::new();
    for line in applied.flat_map(|migration| migration.sql.as_str().lines()) {
        if let Some(made) = line.strip_prefix("create table ") {
            tables.insert(name_at_start(made));
        } else if let Some(dropped) = line.strip_prefix("drop table ") {
            tables.remove(&name_at_start(dropped));
        }
    }
    tables.into_iter().collect()
}

fn name_at_start(text: &str) -> String {
    text.chars().take_while(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || *one == '_').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(version: i64, checksum: &[u8]) -> Applied<'_> {
        Applied { version, is_finished: true, checksum }
    }

    #[test]
    fn every_way_in_which_applied_migrations_differ_has_its_name() {
        let own: BTreeMap<i64, &[u8]> = BTreeMap::from([(1, &b"a"[..]), (2, b"b"), (3, b"c")]);
        let all = [applied(1, b"a"), applied(2, b"b"), applied(3, b"c")];
        assert_eq!(compared(&own, &all), []);
        assert_eq!(compared(&own, &[]), [SchemaProblem::Unmigrated]);
        let half = [applied(1, b"a"), Applied { is_finished: false, ..applied(3, b"c") }];
        assert_eq!(compared(&own, &half), [SchemaProblem::Missing(2), SchemaProblem::Unfinished(3)]);
        let other = [all[0], applied(2, b"x"), all[2], applied(9, b"z")];
        assert_eq!(compared(&own, &other), [SchemaProblem::Changed(2), SchemaProblem::Newer(9)]);
    }

    #[test]
    fn the_tables_of_the_migrations_are_known_by_their_names() {
        let tables = tables_of(&[]);
        assert!(
            ["violation", "camera_key", "frame_use"].iter().all(|name| tables.contains(&(*name).to_owned()))
        );
        assert!(tables.len() > 40, "{tables:?}");
        assert!(!tables_of(&[SchemaProblem::Missing(4)]).contains(&"frame_use".to_owned()));
        assert_eq!(tables_of(&[SchemaProblem::Newer(99)]), [""; 0]);
    }
}
