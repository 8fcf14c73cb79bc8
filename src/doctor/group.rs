//! Who is in the consumer group.

use super::facts::Facts;
use super::finding::{Check, Finding, some_of};
use crate::config::Config;
use ingest::condition::group::{GroupCondition, GroupMember, OWN_STRATEGY};
use ingest::config::KafkaConfig;
use std::collections::BTreeMap;

pub(super) fn judge(config: &Config, facts: &Facts) -> Vec<Finding> {
    let group = facts.kafka.as_ref().map_err(Clone::clone).and_then(|kafka| kafka.group.clone());
    match group {
        Ok(group) => vec![members(&config.kafka, &group), instances(&config.kafka, &group)],
        Err(why) => [Check::StreamGroup, Check::StreamInstance]
            .map(|check| Finding::not_checked(check, why.clone()))
            .into(),
    }
}

fn members(kafka: &KafkaConfig, group: &GroupCondition) -> Finding {
    let (check, place) = (Check::StreamGroup, format!("kafka.group = {}", kafka.group));
    let remedy = "give this installation a group of its own in kafka.group";
    let is_foreign = |member: &&GroupMember| member.topics.iter().any(|topic| *topic != kafka.events_topic);
    let foreign: Vec<String> = group
        .members
        .iter()
        .filter(is_foreign)
        .map(|member| format!("{} on {} wants {}", member.client, member.host, some_of(&member.topics)))
        .collect();
    if !foreign.is_empty() {
        let found = format!("others than this installation are in it: {}", some_of(&foreign));
        return Finding::fault(check, place, found, remedy);
    }
    if !group.members.is_empty() && !group.strategy.is_empty() && group.strategy != OWN_STRATEGY {
        let found = format!(
            "its members distribute partitions by '{}', ours by '{OWN_STRATEGY}': they are others, and `rasid run` would \
             be refused",
            group.strategy
        );
        return Finding::fault(check, place, found, remedy);
    }
    Finding::good(check, place, format!("{} processes are in it", group.members.len()))
}

fn instances(kafka: &KafkaConfig, group: &GroupCondition) -> Finding {
    let check = Check::StreamInstance;
    let place = format!("kafka.instance = {}", kafka.instance);
    let mut hosts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for member in &group.members {
        hosts.entry(&member.client).or_default().push(member.host.clone());
    }
    let twice: Vec<String> = hosts
        .iter()
        .filter(|(_, hosts)| hosts.len() > 1)
        .map(|(client, hosts)| format!("{client} on {}", hosts.join(" and ")))
        .collect();
    if !twice.is_empty() {
        let found = format!("two processes of one name throw each other out: {}", some_of(&twice));
        let remedy = "give each process a kafka.instance of its own (RASID_KAFKA__INSTANCE)";
        return Finding::fault(check, place, found, remedy);
    }
    match hosts.get(kafka.instance.as_str()) {
        Some(hosts) => Finding::good(check, place, format!("in use by one process, on {}", hosts.join(", "))),
        None => Finding::good(check, place, "no other process has this name"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict;

    fn member(client: &str, topic: &str) -> GroupMember {
        GroupMember { client: client.to_owned(), host: "10.0.0.1".to_owned(), topics: vec![topic.to_owned()] }
    }

    fn group(strategy: &str, members: Vec<GroupMember>) -> GroupCondition {
        GroupCondition { strategy: strategy.to_owned(), members }
    }

    #[test]
    fn strangers_are_known_by_their_topics_or_their_way_to_distribute() {
        let config = Config::from_defaults_and("[database]\nurl = \"postgres://u/u\"").unwrap();
        let verdict = |group: &GroupCondition| members(&config.kafka, group).verdict;
        assert_eq!(verdict(&GroupCondition::default()), Verdict::Good);
        assert_eq!(verdict(&group(OWN_STRATEGY, vec![member("rasid-1", "camera-events")])), Verdict::Good);
        assert_eq!(verdict(&group(OWN_STRATEGY, vec![member("a", "orders")])), Verdict::Fault);
        assert_eq!(verdict(&group("range", vec![member("a", "camera-events")])), Verdict::Fault);
    }

    #[test]
    fn a_name_that_two_processes_have_is_told_with_their_machines() {
        let config = Config::from_defaults_and("[database]\nurl = \"postgres://u/u\"").unwrap();
        let twice =
            group(OWN_STRATEGY, vec![member("rasid-2", "camera-events"), member("rasid-2", "camera-events")]);
        let found = instances(&config.kafka, &twice);
        assert_eq!(found.verdict, Verdict::Fault);
        assert!(found.found.contains("rasid-2 on 10.0.0.1 and 10.0.0.1"), "{}", found.found);
    }
}
