//! For tests of this and other crates (feature `testing`): event builders and a signing camera. The broker in tests
//! is the real one.

pub use schemas::kill_point::{kill_point, set_kill_point};

use crate::camera::CameraSender;
use crate::config::KafkaConfig;
use crate::connection::client::client_config;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};
use schemas::camera_event::{
    Act, CameraEvent, CapturedAt, FrameContent, FrameReference, FrameRole, OccupantFlags, Origin, SeenAct,
    SpeedAct, SpeedError, SpeedKmh, ZoneBasis,
};
use schemas::camera_key::{CameraKey, KeyRegistry};
use schemas::evidence::Sha256Digest;
use schemas::ids::{CameraId, EventId, EventSource, IdError, KeyId, SiteId};

/// Where the process may be killed by [`set_kill_point`] inside this crate.
pub const KILL_POINTS: [&str; 5] =
    ["after_poll", "after_evidence_put", "before_dead_letter_ack", "after_dead_letter_ack", "during_revoke"];

/// A camera that signs its events.
#[derive(Debug, Clone)]
pub struct TestCamera {
    /// Its id.
    pub camera: CameraId,
    /// Where it stands.
    pub site: SiteId,
    /// Who makes its events' ids.
    pub source: EventSource,
    /// Its key.
    pub sender: CameraSender,
}

impl TestCamera {
    /// A camera at a site. Its key is named `<camera>-key` and made from `seed`.
    ///
    /// # Errors
    /// When a name is no id.
    pub fn new(camera: &str, site: &str, seed: u8) -> Result<Self, IdError> {
        Ok(Self {
            camera: CameraId::parse(camera)?,
            site: SiteId::parse(site)?,
            source: EventSource::parse(format!("//test/{camera}"))?,
            sender: CameraSender::new(KeyId::parse(format!("{camera}-key"))?, [seed; 32]),
        })
    }

    /// Its key as registered, valid since 1970.
    #[must_use]
    pub fn registered_key(&self) -> CameraKey {
        CameraKey {
            id: self.sender.key().clone(),
            camera: self.camera.clone(),
            public_key: self.sender.public_key(),
            valid_from: DateTime::UNIX_EPOCH,
            valid_until: None,
            revoked_at: None,
        }
    }

    /// A red-light event with these pictures.
    ///
    /// # Errors
    /// When `id` is no id.
    pub fn event(
        &self,
        id: &str,
        at: DateTime<Utc>,
        frames: Vec<FrameReference>,
    ) -> Result<CameraEvent, IdError> {
        Ok(CameraEvent {
            id: EventId::parse(id)?,
            source: self.source.clone(),
            camera: self.camera.clone(),
            site: self.site.clone(),
            lane: Some(1),
            vendor_sequence: None,
            captured_at: CapturedAt::Known { instant: at, raw: at.to_rfc3339(), basis: ZoneBasis::Explicit },
            clock: None,
            received_at: None,
            origin: Origin::Live,
            act: Act::RedLight(SeenAct { signal: None }),
            vendor_plate: None,
            vehicle: None,
            occupants: OccupantFlags::default(),
            frames,
            adapter_version: "test camera 1".to_owned(),
        })
    }
}

/// Cameras and their keys as one snapshot.
#[must_use]
pub fn registry(cameras: &[TestCamera]) -> KeyRegistry {
    let keys = cameras.iter().map(TestCamera::registered_key);
    KeyRegistry::new(cameras.iter().map(|camera| camera.camera.clone()), keys)
}

/// A speeding act.
///
/// # Errors
/// When a number is no speed.
pub fn speeding(measured_kmh: u32, limit_kmh: u32) -> Result<Act, SpeedError> {
    Ok(Act::Speed(SpeedAct {
        measured: SpeedKmh::new(measured_kmh.into())?,
        limit: SpeedKmh::new(limit_kmh.into())?,
        method: "radar".to_owned(),
        limit_source: "fixed_sign".to_owned(),
        signal: None,
    }))
}

/// A frame with its bytes inline.
#[must_use]
pub fn inline_frame(role: FrameRole, media_type: &str, bytes: Bytes) -> FrameReference {
    FrameReference {
        role,
        sha256: Sha256Digest::of(&bytes),
        media_type: media_type.to_owned(),
        stated_size: None,
        taken_at: None,
        vehicle: None,
        size_bytes: bytes.len() as u64,
        content: FrameContent::Inline(bytes),
    }
}

/// Deletes a partition's records before an offset, as retention would.
///
/// # Errors
/// When the broker refuses.
pub async fn delete_records_before(
    kafka: &KafkaConfig,
    topic: &str,
    partition: i32,
    offset: i64,
) -> Result<(), KafkaError> {
    let admin: AdminClient<DefaultClientContext> = client_config(kafka).create()?;
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(topic, partition, Offset::Offset(offset))?;
    admin.delete_records(&offsets, &AdminOptions::new()).await?;
    Ok(())
}

/// Publishes `values` to a partition as a sender that is not ours would: in one transaction, so that a marker follows the
/// last, and compressed by `codec`.
///
/// # Errors
/// When the broker refuses.
pub fn publish_in_transaction(
    kafka: &KafkaConfig,
    codec: &str,
    partition: i32,
    values: &[&str],
) -> Result<(), KafkaError> {
    let wait = std::time::Duration::from_secs(30);
    let producer: ThreadedProducer<rdkafka::producer::DefaultProducerContext> = client_config(kafka)
        .set("transactional.id", &kafka.events_topic)
        .set("compression.type", codec)
        .set("linger.ms", "50")
        .create()?;
    producer.init_transactions(wait)?;
    producer.begin_transaction()?;
    for value in values {
        let record = BaseRecord::<str, str>::to(&kafka.events_topic).partition(partition).payload(value);
        producer.send(record).map_err(|(error, _)| error)?;
    }
    producer.commit_transaction(wait)
}

/// Gives a topic these settings and no other of its own.
///
/// # Errors
/// When the broker refuses.
pub async fn set_topic(
    kafka: &KafkaConfig,
    topic: &str,
    settings: &[(&str, &str)],
) -> Result<(), KafkaError> {
    let change =
        settings.iter().fold(AlterConfig::new(ResourceSpecifier::Topic(topic)), |change, (name, value)| {
            change.set(name, value)
        });
    let admin: AdminClient<DefaultClientContext> = client_config(kafka).create()?;
    let options = AdminOptions::new().request_timeout(Some(std::time::Duration::from_secs(30)));
    match admin.alter_configs(&[change], &options).await?.pop() {
        Some(Err((_, code))) => Err(KafkaError::AdminOp(code)),
        Some(Ok(_)) | None => Ok(()),
    }
}

/// A setting of a topic; `None` if it has none of that name.
///
/// # Errors
/// When the broker does not answer.
pub async fn topic_setting(
    kafka: &KafkaConfig,
    topic: &str,
    name: &str,
) -> Result<Option<String>, KafkaError> {
    let admin: AdminClient<DefaultClientContext> = client_config(kafka).create()?;
    let options = AdminOptions::new().request_timeout(Some(std::time::Duration::from_secs(30)));
    let mut described = admin.describe_configs(&[ResourceSpecifier::Topic(topic)], &options).await?;
    let resource = described.pop().and_then(Result::ok);
    Ok(resource.and_then(|resource| resource.get(name).and_then(|entry| entry.value.clone())))
}
