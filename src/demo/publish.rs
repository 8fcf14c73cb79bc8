//! Fills the registers and publishes the manifest's events.

use super::world::World;
use crate::sending::keys::CameraKeys;
use crate::sending::manifest::{self, ActLine};
use crate::sending::records::{Pictures, PlannedRecord, Planner};
use crate::sending::register::Register;
use adjudicate::foundation::db::Database;
use adjudicate::registry::store as registry_store;
use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt, TryStreamExt, stream};
use schemas::camera_key::CameraKey;
use schemas::ids::CameraId;
use std::collections::BTreeSet;
use std::path::Path;

/// Events on their way to the broker at the same time.
const SENDING_MAX: usize = 16;

/// What is to be published, and with what.
#[derive(Debug)]
pub struct Program {
    /// The manifest.
    pub acts: Vec<ActLine>,
    pictures: Pictures,
    register: Register,
    keys: CameraKeys,
    now: DateTime<Utc>,
}

/// An act that was published.
#[derive(Debug)]
pub struct SentAct {
    /// Its line.
    pub act: ActLine,
    /// What was published.
    pub planned: PlannedRecord,
    /// Partition of the record.
    pub partition: i32,
    /// Offset of the record.
    pub offset: i64,
}

impl Program {
    /// Reads the folder and makes a key for each camera.
    ///
    /// # Errors
    /// When manifest or registers are broken.
    pub fn load(folder: &Path, now: DateTime<Utc>) -> anyhow::Result<Self> {
        let pictures = Pictures::Folder(folder.to_path_buf());
        Self::of(manifest::load(folder)?, pictures, Register::load(folder)?, now)
    }

    /// Acts that come from elsewhere, with a key for each camera.
    ///
    /// # Errors
    /// When a camera's id is none.
    pub fn of(
        acts: Vec<ActLine>,
        pictures: Pictures,
        register: Register,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        let mut cameras: BTreeSet<CameraId> = register.cameras()?.into_iter().collect();
        for act in &acts {
            cameras.insert(CameraId::parse(&*act.camera)?);
        }
        Ok(Self { acts, pictures, register, keys: CameraKeys::random(cameras)?, now })
    }

    /// Writes sites, cameras, keys, certificates and signs.
    ///
    /// # Errors
    /// When a value breaks its rule or the database fails.
    pub async fn register(&self, database: &Database) -> anyhow::Result<()> {
        let rows = self.register.rows(self.now)?;
        Ok(registry_store::register(database, &rows, &self.registered_keys()?).await?)
    }

    /// Keys of the registered cameras; the manifest's unknown camera signs with a key that nobody knows.
    fn registered_keys(&self) -> anyhow::Result<Vec<CameraKey>> {
        let registered = self.register.cameras()?;
        let keys = self.keys.iter().filter(|(camera, _)| registered.contains(camera));
        Ok(keys
            .map(|(camera, sender)| CameraKey {
                id: sender.key().clone(),
                camera: camera.clone(),
                public_key: sender.public_key(),
                valid_from: self.now - TimeDelta::hours(1),
                valid_until: None,
                revoked_at: None,
            })
            .collect())
    }

    /// Signs the events of `acts`.
    ///
    /// # Errors
    /// When an event cannot be made.
    pub fn plan(&self, pictures: &Pictures, acts: &[ActLine]) -> anyhow::Result<Vec<PlannedRecord>> {
        let sources = self.register.cameras()?.into_iter();
        let sources =
            sources.filter_map(|camera| Some((camera.clone(), self.register.source_of(&camera)?))).collect();
        Planner { pictures, keys: &self.keys, sources, now: self.now }.plan(acts)
    }

    /// Publishes all events; records of one camera keep their order.
    ///
    /// # Errors
    /// When an event cannot be made or is not acknowledged.
    pub async fn publish(&self, world: &World) -> anyhow::Result<Vec<SentAct>> {
        let planned = self.plan(&self.pictures, &self.acts)?;
        let sending = self.acts.iter().zip(planned).map(|(act, planned)| async {
            let sent = world.shared.producer.send(&world.config.kafka.events_topic, &planned.record).await;
            let sent = sent.with_context(|| format!("act '{}' was not acknowledged", act.name))?;
            let (partition, offset) = (sent.partition, sent.offset);
            anyhow::Ok(SentAct { act: act.clone(), planned, partition, offset })
        });
        // The producer takes them in this order and keeps it for each key.
        stream::iter(sending).buffered(SENDING_MAX).try_collect().await
    }
}
