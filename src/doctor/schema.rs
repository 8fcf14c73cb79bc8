//! Whether PostgreSQL serves us, and whether its tables are those of this program.

use super::facts::database::{DatabaseFacts, DatabaseTrouble};
use super::finding::{Check, Finding, some_of};
use adjudicate::foundation::condition::{MissingMonth, SchemaProblem};

/// `server_version_num` of the oldest release that the tables are tested with.
const VERSION_MIN: i32 = 180_000;
/// Months without which rows would fall into the partition for all other months.
const NEEDED_MONTHS: i32 = 1;

pub(super) fn judge(database: &DatabaseFacts) -> Vec<Finding> {
    let mut findings = vec![reachable(database), version(database)];
    match &database.schema {
        Ok(problems) => findings.extend(tables(problems)),
        Err(why) => findings.push(Finding::not_checked(Check::DatabaseSchema, why.clone())),
    }
    match &database.months {
        Ok(missing) => findings.push(months(missing)),
        Err(why) => findings.push(Finding::not_checked(Check::DatabaseMonths, why.clone())),
    }
    findings
}

fn reachable(database: &DatabaseFacts) -> Finding {
    let (check, place) = (Check::DatabaseReachable, "database.url");
    match &database.answer {
        Ok(()) => Finding::good(check, place, "answers"),
        Err(DatabaseTrouble::Away(told)) => Finding::fault(
            check,
            place,
            told.clone(),
            "check database.url, the network, and that the server runs",
        ),
        Err(DatabaseTrouble::Refused(told)) => Finding::fault(
            check,
            place,
            told.clone(),
            "correct user, password or database name in database.url",
        ),
        Err(DatabaseTrouble::Settings(told)) => Finding::fault(
            check,
            place,
            told.clone(),
            "set it to postgres://user:password@host:port/database",
        ),
    }
}

fn version(database: &DatabaseFacts) -> Finding {
    let check = Check::DatabaseVersion;
    match &database.server {
        Err(why) => Finding::not_checked(check, why.clone()),
        Ok(server) if server.version < VERSION_MIN => {
            let found = format!("PostgreSQL {}, and this program is tested with 18", server.version / 10_000);
            Finding::warning(check, "PostgreSQL", found, "upgrade the server")
        }
        Ok(server) => Finding::good(check, "PostgreSQL", format!("version {}", server.version / 10_000)),
    }
}

fn tables(problems: &[SchemaProblem]) -> Vec<Finding> {
    let (check, place) = (Check::DatabaseSchema, "_sqlx_migrations");
    if problems.is_empty() {
        return vec![Finding::good(check, place, "every migration of this program is applied, and no other")];
    }
    let migrate = "run `rasid migrate` with the same configuration";
    let lost: Vec<String> = problems
        .iter()
        .filter_map(|problem| match problem {
            SchemaProblem::NoTable(name) => Some(name.clone()),
            SchemaProblem::Unmigrated
            | SchemaProblem::Missing(_)
            | SchemaProblem::Unfinished(_)
            | SchemaProblem::Changed(_)
            | SchemaProblem::Newer(_) => None,
        })
        .collect();
    let mut findings: Vec<Finding> = problems
        .iter()
        .filter_map(|problem| match problem {
            SchemaProblem::Unmigrated => {
                Some(Finding::fault(check, place, "the database has no tables of this program", migrate))
            }
            SchemaProblem::Missing(version) => {
                Some(Finding::fault(check, place, format!("migration {version} is not applied"), migrate))
            }
            SchemaProblem::Unfinished(version) => Some(Finding::fault(
                check,
                place,
                format!("migration {version} began and did not end"),
                "restore the database from the backup before it, then run `rasid migrate`",
            )),
            SchemaProblem::Changed(version) => Some(Finding::fault(
                check,
                place,
                format!("migration {version} was applied with another text than this program has"),
                "use the program that migrated it, or restore the database",
            )),
            SchemaProblem::Newer(version) => Some(Finding::fault(
                check,
                place,
                format!("migration {version} is of a newer program"),
                "run the program that migrated the database, or a newer one",
            )),
            SchemaProblem::NoTable(_) => None,
        })
        .collect();
    if !lost.is_empty() {
        let found = format!("the migrations are applied, and these tables are not there: {}", some_of(&lost));
        findings.push(Finding::fault(check, "tables", found, "restore the database from its backup"));
    }
    findings
}

fn months(missing: &[MissingMonth]) -> Finding {
    let (check, place) = (Check::DatabaseMonths, "adjudicate.month_partitions_ahead");
    let names = |ahead: fn(i32) -> bool| -> Vec<String> {
        let named = missing.iter().filter(|month| ahead(month.ahead));
        named.map(|month| month.partition.clone()).collect()
    };
    let (near, far) = (names(|ahead| ahead <= NEEDED_MONTHS), names(|ahead| ahead > NEEDED_MONTHS));
    if !near.is_empty() {
        let found = format!("not there, and needed by the end of next month: {}", some_of(&near));
        let remedy = "start `rasid serve`, whose job makes them; if it runs, its log says why it does not";
        return Finding::fault(check, place, found, remedy);
    }
    if !far.is_empty() {
        let found = format!("not there yet: {}", some_of(&far));
        return Finding::warning(check, place, found, "`rasid serve` makes them as soon as it runs");
    }
    Finding::good(check, place, "every coming month has its partitions")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict;

    #[test]
    fn months_that_are_needed_soon_are_a_fault_and_later_ones_a_warning() {
        let month = |ahead| MissingMonth { partition: format!("violation_{ahead}"), ahead };
        assert_eq!(months(&[]).verdict, Verdict::Good);
        assert_eq!(months(&[month(2), month(3)]).verdict, Verdict::Warning);
        assert_eq!(months(&[month(1), month(2)]).verdict, Verdict::Fault);
        assert_eq!(months(&[month(0)]).verdict, Verdict::Fault);
    }

    #[test]
    fn each_difference_of_the_tables_is_told_with_what_to_do() {
        let problems = [
            SchemaProblem::Missing(3),
            SchemaProblem::Newer(9),
            SchemaProblem::NoTable("act".to_owned()),
            SchemaProblem::NoTable("site".to_owned()),
        ];
        let findings = tables(&problems);
        assert_eq!(findings.len(), 3);
        assert!(findings.iter().all(|one| one.verdict == Verdict::Fault && one.remedy.is_some()));
        assert!(findings[2].found.ends_with("act, site"), "{findings:?}");
    }
}
