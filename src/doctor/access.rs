//! Whether anybody can sign in, for how long, and whether a key of a demo still opens.

use super::facts::Facts;
use super::finding::{Check, Finding, some_of};
use adjudicate::access::Role;
use adjudicate::access::administration::ListedKey;
use chrono::{DateTime, TimeDelta, Utc};
use schemas::ids::SubjectId;
use std::collections::BTreeMap;

/// A key that ends sooner, without another for the same person, is told.
const ENDS_SOON: TimeDelta = TimeDelta::days(14);
/// A key that ended within this time may have been forgotten.
const ENDED_LATELY: TimeDelta = TimeDelta::days(30);
const PLACE: &str = "api_key";

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    match &facts.database.access {
        Ok(keys) => vec![people(keys, facts.now), ends(keys, facts.now), demo(keys, facts.now)],
        Err(why) => [Check::AccessPeople, Check::AccessKeyEnds, Check::AccessDemoKeys]
            .map(|check| Finding::not_checked(check, why.clone()))
            .into(),
    }
}

/// Whether a role is of somebody who works here, not of a portal or of somebody who only looks.
const fn works(role: Role) -> bool {
    match role {
        Role::Reviewer | Role::Administrator => true,
        Role::Citizen | Role::Auditor => false,
    }
}

fn people(keys: &[ListedKey], now: DateTime<Utc>) -> Finding {
    let check = Check::AccessPeople;
    let good = || keys.iter().filter(|key| key.is_good_at(now)).map(|key| key.principal.identity.role());
    let remedy = "`rasid keys issue --role reviewer --reviewer ID --label TEXT --days N`";
    if !good().any(works) {
        return Finding::fault(
            check,
            PLACE,
            "no key of anybody who works here is good: nobody can sign in",
            remedy,
        );
    }
    if !good().any(|role| role == Role::Reviewer) {
        let found = "no reviewer's key is good: nobody can decide, and cases pile up";
        return Finding::warning(check, PLACE, found, remedy);
    }
    let reviewers = good().filter(|role| *role == Role::Reviewer).count();
    Finding::good(check, PLACE, format!("{reviewers} reviewers' keys are good"))
}

fn ends(keys: &[ListedKey], now: DateTime<Utc>) -> Finding {
    let check = Check::AccessKeyEnds;
    let mut subjects: BTreeMap<SubjectId, Vec<&ListedKey>> = BTreeMap::new();
    for key in keys.iter().filter(|key| key.revoked_at.is_none()) {
        subjects.entry(key.principal.subject).or_default().push(key);
    }
    let told: Vec<String> = subjects
        .values()
        .filter_map(|keys| {
            let end = keys
                .iter()
                .map(|key| key.expires_at)
                .reduce(|one, other| Some(one?.max(other?)))
                .flatten()?;
            let is_told = end < now + ENDS_SOON && end > now - ENDED_LATELY;
            let way = if end <= now { "ended" } else { "ends" };
            is_told.then(|| format!("{} {way} on {}", whose(keys), end.format("%Y-%m-%d")))
        })
        .collect();
    if told.is_empty() {
        return Finding::good(check, PLACE, "none ends soon");
    }
    let remedy = "`rasid keys list`, then `rasid keys rotate ID` while it is good, or `rasid keys issue`";
    Finding::warning(check, PLACE, format!("the last key of these: {}", some_of(&told)), remedy)
}

fn whose(keys: &[&ListedKey]) -> String {
    let Some(key) = keys.first() else { return String::new() };
    match key.principal.reviewer() {
        Some(reviewer) => reviewer.to_string(),
        None => format!("{} ({})", key.principal.identity.role(), key.label),
    }
}

fn demo(keys: &[ListedKey], now: DateTime<Utc>) -> Finding {
    let check = Check::AccessDemoKeys;
    let open: Vec<String> = keys
        .iter()
        .filter(|key| key.principal.loopback_only && key.is_good_at(now))
        .map(|key| format!("{} ({})", key.id, key.label))
        .collect();
    if open.is_empty() {
        return Finding::good(check, PLACE, "none");
    }
    let found =
        format!("keys of a demo open this installation to whoever is on its machine: {}", some_of(&open));
    Finding::fault(
        check,
        PLACE,
        found,
        "end each by `rasid keys revoke ID`, or use a database of its own for the demo",
    )
}
