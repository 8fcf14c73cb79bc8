//! The members of the consumer group.

use super::probe::{ANSWER_TIMEOUT, Probe};
use rdkafka::consumer::Consumer;

/// What our members state as the way in which partitions are distributed; the broker refuses whoever states another.
pub const OWN_STRATEGY: &str = "cooperative-sticky";

/// A group as the broker knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupCondition {
    /// How it distributes partitions; empty while nobody is in it.
    pub strategy: String,
    /// Who is in it.
    pub members: Vec<GroupMember>,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// The id that the client gives itself; of ours, `kafka.instance`.
    pub client: String,
    /// Where it runs, as the broker sees it.
    pub host: String,
    /// Topics that it wants; nothing while the group is being distributed.
    pub topics: Vec<String>,
}

impl Probe {
    /// Returns the configured group; one that nobody ever joined is empty. `None` if the broker does not tell.
    pub async fn group(&self) -> Option<GroupCondition> {
        let probe = self.clone();
        tokio::task::spawn_blocking(move || probe.ask_group()).await.ok().flatten()
    }

    fn ask_group(&self) -> Option<GroupCondition> {
        let list = self.client.client().fetch_group_list(Some(&self.kafka.group), ANSWER_TIMEOUT).ok()?;
        let Some(group) = list.groups().iter().find(|group| group.name() == self.kafka.group) else {
            return Some(GroupCondition::default());
        };
        let members = group.members().iter().map(|member| GroupMember {
            client: member.client_id().to_owned(),
            host: member.client_host().trim_start_matches('/').to_owned(),
            topics: member.metadata().and_then(subscribed).unwrap_or_default(),
        });
        Some(GroupCondition { strategy: group.protocol().to_owned(), members: members.collect() })
    }
}

/// Topics of a subscription in the consumer protocol: a version, then a counted list of counted names, all numbers
/// big-endian (KIP-429; what follows depends on the version).
fn subscribed(metadata: &[u8]) -> Option<Vec<String>> {
    let (_version, rest) = metadata.split_first_chunk::<2>()?;
    let (count, mut rest) = rest.split_first_chunk::<4>()?;
    let count = usize::try_from(i32::from_be_bytes(*count)).ok()?;
    let mut topics = Vec::new();
    for _ in 0..count {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let length = usize::try_from(i16::from_be_bytes(*length)).ok()?;
        let (name, after) = after.split_at_checked(length)?;
        topics.push(String::from_utf8(name.to_vec()).ok()?);
        rest = after;
    }
    Some(topics)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_topics_of_a_subscription_are_read_and_a_cut_one_is_not_believed() {
        let metadata = b"\0\x03\0\0\0\x02\0\x02ab\0\x01c\0\0\0\0";
        assert_eq!(subscribed(metadata), Some(vec!["ab".to_owned(), "c".to_owned()]));
        for length in 0..12 {
            assert_eq!(subscribed(&metadata[..length]), None, "{length} bytes");
        }
        assert_eq!(subscribed(b"\0\0\xff\xff\xff\xff"), None);
    }
}
