//! The product's topics: made when they are missing, checked by `rasid doctor`.

use crate::config::KafkaConfig;
use crate::connection::client::client_config;
use crate::producer::SENT_RECORD_BYTES_MAX;
use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, ConfigResource, ConfigSource, NewTopic, OwnedResourceSpecifier,
    ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;
use std::collections::BTreeMap;
use std::time::Duration;
use thiserror::Error;

/// Wait for an answer of the broker.
const ADMIN_TIMEOUT: Duration = Duration::from_secs(30);
/// Wait between two inquiries whether new topics are known.
const VISIBLE_POLL: Duration = Duration::from_millis(50);
/// Setting of a topic, and its value: records bear the time at which the broker appended them.
const TIMESTAMP_SETTING: &str = "message.timestamp.type";
const APPEND_TIME: &str = "LogAppendTime";
const MILLISECONDS_PER_DAY: u64 = 86_400_000;

/// A topic as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPlan {
    /// Name.
    pub name: String,
    /// Largest record; the broker's default when nothing is said.
    pub record_bytes_max: Option<usize>,
    /// Retention, days.
    pub retention_days: u32,
    /// Whether records bear the time at which the broker appended them, not one that the sender states.
    pub append_time: bool,
}

/// Something is not as it should be with a topic.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TopicProblem {
    /// It does not exist.
    #[error("topic '{0}' does not exist; make it by `rasid topics create`")]
    Missing(String),
    /// Its records bear the time that senders state.
    #[error(
        "topic '{0}' keeps the time that senders state; set message.timestamp.type to LogAppendTime (`rasid topics create` \
         does), or the age of captures cannot be judged"
    )]
    SenderTime(String),
    /// It refuses records that it must take.
    #[error("topic '{topic}' takes records of {got} bytes, it must take {needed}; set max.message.bytes")]
    TooSmall {
        /// The topic.
        topic: String,
        /// What it takes.
        got: usize,
        /// What it must take.
        needed: usize,
    },
}

impl TopicProblem {
    /// Whether the topic does not exist.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        match self {
            Self::Missing(_) => true,
            Self::SenderTime(_) | Self::TooSmall { .. } => false,
        }
    }
}

/// The broker refused or did not answer.
#[derive(Debug, Error)]
pub enum TopicError {
    /// No answer, or the client could not be made.
    #[error("the broker at '{brokers}' did not do what was asked about topics")]
    Broker {
        /// Addresses.
        brokers: String,
        /// Why.
        source: KafkaError,
    },
    /// New topics did not show up.
    #[error("the brokers at '{brokers}' do not know the new topics yet; look at their logs, then try again")]
    NotVisible {
        /// Addresses.
        brokers: String,
    },
    /// A topic could not be made.
    #[error("topic '{topic}' could not be made")]
    Create {
        /// The topic.
        topic: String,
        /// Why.
        source: RDKafkaErrorCode,
    },
}

/// The four topics, by their names in the configuration.
#[must_use]
pub fn plans(kafka: &KafkaConfig) -> Vec<TopicPlan> {
    let published = kafka.published_retention_days;
    let plan = |name: &String, record_bytes_max, retention_days| TopicPlan {
        name: name.clone(),
        record_bytes_max,
        retention_days,
        append_time: false,
    };
    vec![
        // The age of a capture is judged by it.
        TopicPlan { append_time: true, ..plan(&kafka.events_topic, None, kafka.events_retention_days) },
        // Larger than its source: a full-size event with the added headers would stall its partition.
        plan(&kafka.dead_letter_topic, Some(SENT_RECORD_BYTES_MAX), kafka.dead_letter_retention_days),
        plan(&kafka.violations_topic, None, published),
        plan(&kafka.decisions_topic, None, published),
    ]
}

/// Makes the topics that do not exist; returns their names. Existing ones are left as they are.
///
/// # Errors
/// When the broker does not answer or refuses.
pub async fn create_missing(kafka: &KafkaConfig) -> Result<Vec<String>, TopicError> {
    let failed = |source| TopicError::Broker { brokers: kafka.brokers.clone(), source };
    let admin = admin_client(kafka).map_err(failed)?;
    let plans = plans(kafka);
    let settings: Vec<_> = plans.iter().map(settings).collect();
    let topics: Vec<NewTopic<'_>> = plans
        .iter()
        .zip(&settings)
        .map(|(plan, settings)| {
            let replication = TopicReplication::Fixed(kafka.created_replication);
            let topic = NewTopic::new(&plan.name, kafka.created_partitions, replication);
            settings.iter().fold(topic, |topic, (key, value)| topic.set(key, value))
        })
        .collect();
    let options =
        AdminOptions::new().operation_timeout(Some(ADMIN_TIMEOUT)).request_timeout(Some(ADMIN_TIMEOUT));
    let results = admin.create_topics(&topics, &options).await.map_err(failed)?;
    let mut created = Vec::new();
    for result in results {
        match result {
            Ok(topic) => created.push(topic),
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, source)) => return Err(TopicError::Create { topic, source }),
        }
    }
    if !created.is_empty() {
        await_visible(kafka).await?;
    }
    Ok(created)
}

/// The controller makes a topic; the brokers learn of it a moment later.
async fn await_visible(kafka: &KafkaConfig) -> Result<(), TopicError> {
    let all_visible = async {
        while check(kafka).await?.iter().any(TopicProblem::is_missing) {
            tokio::time::sleep(VISIBLE_POLL).await;
        }
        Ok(())
    };
    let gave_up = |_| Err(TopicError::NotVisible { brokers: kafka.brokers.clone() });
    tokio::time::timeout(ADMIN_TIMEOUT, all_visible).await.unwrap_or_else(gave_up)
}

/// Sets what existing topics must have and lack; returns their names.
///
/// # Errors
/// When the broker does not answer or refuses.
pub async fn mend(kafka: &KafkaConfig) -> Result<Vec<String>, TopicError> {
    let failed = |source| TopicError::Broker { brokers: kafka.brokers.clone(), source };
    let found = describe(kafka).await?;
    let mut mended = Vec::new();
    for problem in problems(kafka, &found) {
        let (topic, setting, value) = match problem {
            TopicProblem::Missing(_) => continue,
            TopicProblem::SenderTime(topic) => (topic, TIMESTAMP_SETTING, APPEND_TIME.to_owned()),
            TopicProblem::TooSmall { topic, needed, got: _ } => {
                (topic, "max.message.bytes", needed.to_string())
            }
        };
        // The request replaces all settings of the topic: those that it has are sent along.
        let own =
            found.iter().find(|resource| is_topic(resource, &topic)).map(own_settings).unwrap_or_default();
        let change = own
            .iter()
            .filter(|(name, _)| *name != setting)
            .fold(AlterConfig::new(ResourceSpecifier::Topic(&topic)), |change, (name, value)| {
                change.set(name, value)
            })
            .set(setting, &value);
        let options = AdminOptions::new().request_timeout(Some(ADMIN_TIMEOUT));
        let results =
            admin_client(kafka).map_err(failed)?.alter_configs(&[change], &options).await.map_err(failed)?;
        if let Some(Err((_, source))) = results.into_iter().next() {
            return Err(TopicError::Create { topic, source });
        }
        mended.push(topic);
    }
    Ok(mended)
}

/// Compares the topics with what they must be.
///
/// # Errors
/// When the broker does not answer.
pub async fn check(kafka: &KafkaConfig) -> Result<Vec<TopicProblem>, TopicError> {
    Ok(problems(kafka, &describe(kafka).await?))
}

/// Returns the settings of each topic by their names, those inherited from the broker too; a topic that does not exist is
/// left out.
pub(crate) async fn all_settings(
    kafka: &KafkaConfig,
) -> Result<BTreeMap<String, BTreeMap<String, String>>, TopicError> {
    let found = describe(kafka).await?;
    let named = found.iter().filter_map(|resource| match &resource.specifier {
        OwnedResourceSpecifier::Topic(name) if !resource.entries.is_empty() => {
            let entries = resource.entries.iter();
            let entries = entries.filter_map(|entry| Some((entry.name.clone(), entry.value.clone()?)));
            Some((name.clone(), entries.collect()))
        }
        OwnedResourceSpecifier::Topic(_)
        | OwnedResourceSpecifier::Group(_)
        | OwnedResourceSpecifier::Broker(_) => None,
    });
    Ok(named.collect())
}

/// Settings of the topics, in no particular order.
async fn describe(kafka: &KafkaConfig) -> Result<Vec<ConfigResource>, TopicError> {
    let failed = |source| TopicError::Broker { brokers: kafka.brokers.clone(), source };
    let admin = admin_client(kafka).map_err(failed)?;
    let plans = plans(kafka);
    let resources: Vec<_> = plans.iter().map(|plan| ResourceSpecifier::Topic(&plan.name)).collect();
    let options = AdminOptions::new().request_timeout(Some(ADMIN_TIMEOUT));
    let described = admin.describe_configs(&resources, &options).await.map_err(failed)?;
    // A topic that does not exist is known by its absence; any other refusal says nothing about the topic.
    let known = described.into_iter().filter_map(|topic| match topic {
        Ok(topic) => Some(Ok(topic)),
        Err(RDKafkaErrorCode::UnknownTopic | RDKafkaErrorCode::UnknownTopicOrPartition) => None,
        Err(refused) => Some(Err(failed(KafkaError::AdminOp(refused)))),
    });
    known.collect()
}

fn is_topic(resource: &ConfigResource, topic: &str) -> bool {
    match &resource.specifier {
        OwnedResourceSpecifier::Topic(name) => name == topic,
        OwnedResourceSpecifier::Group(_) | OwnedResourceSpecifier::Broker(_) => false,
    }
}

/// Settings that were made for the topic itself.
fn own_settings(resource: &ConfigResource) -> Vec<(&str, &str)> {
    let own = resource.entries.iter().filter(|entry| entry.source == ConfigSource::DynamicTopic);
    own.filter_map(|entry| Some((entry.name.as_str(), entry.value.as_deref()?))).collect()
}

fn problems(kafka: &KafkaConfig, found: &[ConfigResource]) -> Vec<TopicProblem> {
    let problem = |plan: TopicPlan| {
        // rdkafka gives a topic that does not exist as one without settings.
        let known = found.iter().find(|resource| is_topic(resource, &plan.name));
        let known = known.filter(|resource| !resource.entries.is_empty());
        let Some(resource) = known else { return Some(TopicProblem::Missing(plan.name)) };
        let setting = |name: &str| resource.get(name).and_then(|entry| entry.value.as_deref());
        if plan.append_time && setting(TIMESTAMP_SETTING) != Some(APPEND_TIME) {
            return Some(TopicProblem::SenderTime(plan.name));
        }
        let needed = plan.record_bytes_max?;
        let got: usize = setting("max.message.bytes").and_then(|value| value.parse().ok()).unwrap_or(0);
        (got < needed).then_some(TopicProblem::TooSmall { topic: plan.name, got, needed })
    };
    plans(kafka).into_iter().filter_map(problem).collect()
}

fn admin_client(kafka: &KafkaConfig) -> Result<AdminClient<DefaultClientContext>, KafkaError> {
    client_config(kafka).create()
}

fn settings(plan: &TopicPlan) -> Vec<(&'static str, String)> {
    let retention = u64::from(plan.retention_days) * MILLISECONDS_PER_DAY;
    let mut settings = vec![("retention.ms", retention.to_string())];
    settings.extend(plan.append_time.then(|| (TIMESTAMP_SETTING, APPEND_TIME.to_owned())));
    settings.extend(plan.record_bytes_max.map(|bytes| ("max.message.bytes", bytes.to_string())));
    settings
}
