//! Finds partitions that the group has given to nobody, and has it distribute them anew.
//!
//! In a cooperative rebalance a partition changes hands in two rounds: its owner gives it up and joins again, then
//! somebody else gets it. An owner that is killed between the two and comes back under the same instance name is
//! handed what it had without a rebalance, which is the point of static membership. So the second round never comes,
//! and nobody reads the partition until some member comes or goes. Therefore each process looks at its group now and
//! then; when a settled group leaves a partition out twice in a row, the first of its members, by name, lets a member
//! without partitions of ours come and go. Where the broker has access rules, `rasid run` needs the right to describe
//! its group and to read the topic of violations, for which that member joins.

use super::client::group_config;
use super::parts::ConsumerParts;
use crate::config::KafkaConfig;
use crate::connection::client::client_config;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::groups::GroupInfo;
use std::collections::BTreeSet;
use std::sync::mpsc as blocking;
use std::time::Duration;

/// Inquiries within the session timeout.
const INQUIRIES_IN_A_SESSION: u32 = 2;
/// Wait for the broker's answer to one question.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest stay of the passing member; the others join again at their next heartbeat.
const PASSING_STAY_MAX: Duration = Duration::from_secs(30);
const POLL_TIMEOUT: Duration = Duration::from_millis(100);
/// What Kafka calls a group that is not being distributed.
const SETTLED_STATE: &str = "Stable";

/// Ends the watch when it is dropped.
#[derive(Debug)]
pub(super) struct OrphanWatch {
    _stop: blocking::Sender<()>,
}

/// A member of the group and its partitions of our topic.
#[derive(Debug, PartialEq, Eq)]
struct Member {
    instance: String,
    partitions: BTreeSet<i32>,
}

/// A group whose partitions are distributed.
#[derive(Debug)]
struct SettledGroup {
    members: Vec<Member>,
    /// Every partition of our topic.
    partitions: BTreeSet<i32>,
}

impl OrphanWatch {
    /// Looks after the group of `parts` on a thread of its own.
    pub(super) fn start(parts: &ConsumerParts) -> std::io::Result<Self> {
        let (stop, stopped) = blocking::channel();
        let parts = parts.clone();
        let interval =
            Duration::from_millis(parts.kafka.session_timeout_milliseconds.into()) / INQUIRIES_IN_A_SESSION;
        let body = move || {
            let made = client_config(&parts.kafka).create();
            let client: BaseConsumer = match made {
                Ok(client) => client,
                Err(error) => {
                    return tracing::error!(%error, "nobody watches for partitions without an owner");
                }
            };
            let mut seen_before = BTreeSet::new();
            while stopped.recv_timeout(interval) == Err(blocking::RecvTimeoutError::Timeout) {
                match look_after(&parts, &client, &seen_before) {
                    Ok(seen) => seen_before = seen,
                    // The broker is away; who consumes says so.
                    Err(error) => tracing::debug!(%error, "the group cannot be looked at"),
                }
            }
        };
        std::thread::Builder::new().name("kafka-orphans".to_owned()).spawn(body)?;
        Ok(Self { _stop: stop })
    }
}

/// Asks once; returns the orphans that are to be seen again before anything is done.
fn look_after(
    parts: &ConsumerParts,
    client: &BaseConsumer,
    seen_before: &BTreeSet<i32>,
) -> Result<BTreeSet<i32>, KafkaError> {
    let kafka = &parts.kafka;
    let Some(group) = settled_group(client, kafka)? else { return Ok(BTreeSet::new()) };
    let orphans = orphans(&group);
    let lasting: Vec<i32> = orphans.intersection(seen_before).copied().collect();
    if lasting.is_empty() || !is_first(&kafka.instance, &group.members) {
        return Ok(orphans);
    }
    tracing::warn!("the group gave partitions {lasting:?} to nobody; having it distribute them anew");
    pass_through(parts)?;
    Ok(BTreeSet::new())
}

/// The group, unless it is being distributed.
fn settled_group(client: &BaseConsumer, kafka: &KafkaConfig) -> Result<Option<SettledGroup>, KafkaError> {
    let groups = client.fetch_group_list(Some(&kafka.group), ANSWER_TIMEOUT)?;
    let settled = |group: &&GroupInfo| group.name() == kafka.group && group.state() == SETTLED_STATE;
    let Some(group) = groups.groups().iter().find(settled) else { return Ok(None) };
    let members = group.members().iter().map(|member| Member {
        instance: member.client_id().to_owned(),
        partitions: assigned(member.assignment().unwrap_or_default(), &kafka.events_topic)
            .unwrap_or_default(),
    });
    let metadata = client.fetch_metadata(Some(&kafka.events_topic), ANSWER_TIMEOUT)?;
    let partitions = metadata.topics().iter().flat_map(|topic| topic.partitions());
    let partitions = partitions.map(|partition| partition.id()).collect();
    Ok(Some(SettledGroup { members: members.collect(), partitions }))
}

fn orphans(group: &SettledGroup) -> BTreeSet<i32> {
    let is_owned = |partition: &i32| group.members.iter().any(|member| member.partitions.contains(partition));
    group.partitions.iter().copied().filter(|partition| !is_owned(partition)).collect()
}

/// One process acts for all.
fn is_first(instance: &str, members: &[Member]) -> bool {
    members.iter().map(|member| member.instance.as_str()).min() == Some(instance)
}

/// Joins the group for another topic and leaves it: each makes the group distribute everything.
fn pass_through(parts: &ConsumerParts) -> Result<(), KafkaError> {
    let mut config = group_config(&parts.kafka);
    config.remove("group.instance.id").set("client.id", format!("{}-passing", parts.kafka.instance));
    let passing: BaseConsumer = config.create()?;
    passing.subscribe(&[&parts.kafka.violations_topic])?;
    let latest = parts.clock.monotonic() + PASSING_STAY_MAX;
    while passing.assignment()?.count() == 0 && parts.clock.monotonic() < latest {
        // Only its callbacks matter.
        drop(passing.poll(POLL_TIMEOUT));
    }
    Ok(())
}

/// The partitions of `topic` in a member's assignment as the group's leader wrote it (`ConsumerProtocolAssignment`:
/// version, then for each topic its name and its partitions); `None` if it is not of that form.
fn assigned(bytes: &[u8], topic: &str) -> Option<BTreeSet<i32>> {
    let (_version, mut rest) = bytes.split_at_checked(2)?;
    let mut take = |length: usize| {
        let (taken, left) = rest.split_at_checked(length)?;
        rest = left;
        Some(taken)
    };
    let mut partitions = BTreeSet::new();
    for _ in 0..number(take(4)?)? {
        let name_length = i16::from_be_bytes(take(2)?.try_into().ok()?);
        let is_ours = take(usize::try_from(name_length).ok()?)? == topic.as_bytes();
        for _ in 0..number(take(4)?)? {
            let partition = number(take(4)?)?;
            if is_ours {
                partitions.insert(partition);
            }
        }
    }
    Some(partitions)
}

fn number(bytes: &[u8]) -> Option<i32> {
    Some(i32::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(instance: &str, partitions: &[i32]) -> Member {
        Member { instance: instance.to_owned(), partitions: partitions.iter().copied().collect() }
    }

    #[test]
    fn a_partition_of_no_member_is_an_orphan_and_the_first_member_acts() {
        let members = vec![member("two", &[]), member("one", &[2, 3])];
        assert!(is_first("one", &members) && !is_first("two", &members));
        let group = SettledGroup { members, partitions: (0..4).collect() };
        assert_eq!(orphans(&group), [0, 1].into());
        assert!(orphans(&SettledGroup { partitions: (2..4).collect(), ..group }).is_empty());
    }

    #[test]
    fn an_assignment_is_read_and_a_torn_one_is_not() {
        let mut bytes = vec![0, 1, 0, 0, 0, 2];
        bytes.extend([0, 1, b'x', 0, 0, 0, 1, 0, 0, 0, 9]);
        bytes.extend([0, 2, b't', b't', 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 1, 0]);
        assert_eq!(assigned(&bytes, "tt"), Some([3, 256].into()));
        assert_eq!(assigned(&bytes, "x"), Some([9].into()));
        assert_eq!(assigned(&bytes[..bytes.len() - 1], "tt"), None);
        assert_eq!(assigned(&[], "tt"), None);
    }
}
