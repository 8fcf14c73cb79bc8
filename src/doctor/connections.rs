//! The pools of all processes against what the server grants.

use super::facts::{Facts, Processes};
use super::finding::{Check, Finding};
use crate::config::Config;
use adjudicate::foundation::condition::ServerCondition;
use adjudicate::foundation::config::DatabaseConfig;

/// Of each process, for questions of operators.
const OPERATORS_CONNECTIONS: u64 = 1;
/// For `rasid` commands and people at work beside the processes.
const COMMANDS_CONNECTIONS: u64 = 2;

pub(super) fn judge(config: &Config, facts: &Facts, processes: Processes) -> Vec<Finding> {
    let check = Check::DatabaseConnections;
    let server = match &facts.database.server {
        Ok(server) => server,
        Err(why) => return vec![Finding::not_checked(check, why.clone())],
    };
    let members = facts.kafka.as_ref().ok().and_then(|kafka| kafka.group.as_ref().ok());
    let members = members.map_or(0, |group| u32::try_from(group.members.len()).unwrap_or(u32::MAX));
    let run = processes.run.unwrap_or_else(|| members.max(1));
    vec![compared(&config.database, server, run, processes.serve.unwrap_or(1))]
}

fn compared(database: &DatabaseConfig, server: &ServerCondition, run: u32, serve: u32) -> Finding {
    let (check, place) = (Check::DatabaseConnections, "database.*_connections_max");
    let of_run = u64::from(database.stream_connections_max) + OPERATORS_CONNECTIONS;
    let of_serve = u64::from(database.http_connections_max) + u64::from(database.jobs_connections_max);
    let needed = of_run * u64::from(run) + of_serve * u64::from(serve) + COMMANDS_CONNECTIONS;
    let (limit, of) = limit(server);
    let told = format!(
        "{run} `rasid run` with {of_run} each and {serve} `rasid serve` with {of_serve} each take {needed} connections with \
         those of commands; {of} grants {limit}"
    );
    if needed <= limit {
        return Finding::good(check, place, told);
    }
    let remedy = "lower the pools, or raise the limit (max_connections, or connection limit of role or database); say \
                  --run-processes and --serve-processes if there are others";
    Finding::fault(check, place, told, remedy)
}

/// The narrowest of the limits, and whose it is.
fn limit(server: &ServerCondition) -> (u64, &'static str) {
    let whole = server.connections_max.saturating_sub(server.connections_reserved);
    let limits = [
        (Some(whole), "the server (max_connections without the reserve)"),
        (server.database_connections_max, "the database"),
        (server.role_connections_max, "the role"),
    ];
    let known = limits.into_iter().filter_map(|(limit, of)| Some((u64::try_from(limit?).unwrap_or(0), of)));
    known.min_by_key(|(limit, _)| *limit).unwrap_or((0, "the server"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict;
    use chrono::DateTime;

    #[test]
    fn the_pools_of_all_processes_must_fit_into_the_narrowest_limit_without_the_reserve() {
        let config = Config::from_defaults_and("[database]\nurl = \"postgres://u/u\"").unwrap();
        let server = ServerCondition {
            now: DateTime::UNIX_EPOCH,
            version: 180_000,
            connections_max: 100,
            connections_reserved: 3,
            database_connections_max: None,
            role_connections_max: None,
        };
        let verdict =
            |server: &ServerCondition, run, serve| compared(&config.database, server, run, serve).verdict;
        // 4 + 1 and 8 + 4 of the defaults, 2 for commands: 97 are granted.
        assert_eq!(verdict(&server, 1, 1), Verdict::Good);
        assert_eq!(verdict(&server, 7, 5), Verdict::Good);
        assert_eq!(verdict(&server, 8, 5), Verdict::Fault);
        let narrow = ServerCondition { role_connections_max: Some(18), ..server };
        assert_eq!(verdict(&narrow, 1, 1), Verdict::Fault);
        assert!(compared(&config.database, &narrow, 1, 1).found.contains("the role grants 18"));
        assert_eq!(
            verdict(&ServerCondition { database_connections_max: Some(19), ..server }, 1, 1),
            Verdict::Good
        );
    }
}
