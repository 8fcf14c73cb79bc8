//! `rasid send FOLDER`: publishes camera events from a folder of pictures with a manifest.

use crate::config;
use crate::private_file;
use crate::sending::keys::CameraKeys;
use crate::sending::manifest;
use crate::sending::records::{Pictures, Planner};
use crate::sending::register::{REGISTER_FILE, Register};
use anyhow::{Context, ensure};
use ingest::config::KafkaConfig;
use ingest::log::LogProbe;
use ingest::producer::RecordProducer;
use schemas::clock::{Clock, SystemClock};
use schemas::ids::{CameraId, EventSource};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The arguments of `rasid send`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  rasid send pictures --make-keys keys.toml   (once: private keys, and keys.csv for \
    `rasid import camera-keys`)\n  rasid send pictures --keys keys.toml --config /etc/rasid.toml"
)]
pub(crate) struct SendArguments {
    /// Folder with manifest.jsonl and its pictures.
    folder: PathBuf,
    /// File with the cameras' private keys.
    #[arg(long, value_name = "FILE", required_unless_present = "make_keys")]
    keys: Option<PathBuf>,
    /// Makes a new key for each camera of the manifest, writes them and sends nothing.
    #[arg(long, value_name = "FILE", conflicts_with = "keys")]
    make_keys: Option<PathBuf>,
    /// Configuration file; only [kafka] is looked at.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) async fn run(arguments: SendArguments) -> anyhow::Result<()> {
    let SendArguments { folder, keys, make_keys, config } = arguments;
    let acts = manifest::load(&folder)?;
    let cameras: BTreeSet<CameraId> =
        acts.iter().map(|act| CameraId::parse(&*act.camera)).collect::<Result<_, _>>()?;
    if let Some(file) = make_keys {
        return write_keys(&file, cameras);
    }
    let keys = CameraKeys::load(&keys.context("--keys is missing")?)?;
    let kafka: KafkaConfig = config::section(config.as_deref(), "kafka")?;
    kafka.validate()?;
    let sources = sources(&folder, &cameras)?;
    let pictures = Pictures::Folder(folder);
    let planner = Planner { pictures: &pictures, keys: &keys, sources, now: SystemClock::new().now() };
    let planned = planner.plan(&acts)?;
    LogProbe::new(&kafka)?.require_topic(&kafka.events_topic).await?;
    let producer = RecordProducer::new(&kafka)?;
    for (number, one) in (1..).zip(&planned) {
        let sent = producer.send(&kafka.events_topic, &one.record).await;
        let sent =
            sent.with_context(|| format!("act '{}' was not acknowledged; {} were", one.name, number - 1))?;
        tracing::debug!("{} is at {}/{}", one.name, sent.partition, sent.offset);
    }
    eprintln!("{} events were acknowledged on {}", planned.len(), kafka.events_topic);
    Ok(())
}

fn sources(folder: &Path, cameras: &BTreeSet<CameraId>) -> anyhow::Result<HashMap<CameraId, EventSource>> {
    if !folder.join(REGISTER_FILE).exists() {
        return Ok(HashMap::new());
    }
    let register = Register::load(folder)?;
    Ok(cameras.iter().filter_map(|camera| Some((camera.clone(), register.source_of(camera)?))).collect())
}

fn write_keys(file: &Path, cameras: BTreeSet<CameraId>) -> anyhow::Result<()> {
    let public = file.with_extension("csv");
    ensure!(
        public != file,
        "{} would hold private and public keys; name a file that does not end in .csv, as keys.toml",
        file.display()
    );
    for path in [file, &public] {
        ensure!(!path.exists(), "{} exists already; it is not overwritten", path.display());
    }
    let keys = CameraKeys::random(cameras)?;
    let mut private = String::new();
    for (camera, sender) in keys.iter() {
        let (id, private_key) = (sender.key(), hex::encode(sender.private_key()));
        writeln!(
            private,
            "[[key]]\ncamera = \"{camera}\"\nid = \"{id}\"\nprivate_key = \"{private_key}\"\n"
        )?;
    }
    let rows = keys.to_csv(SystemClock::new().now())?;
    private_file::write_new(file, &private)?;
    std::fs::write(&public, rows).with_context(|| format!("{} cannot be written", public.display()))?;
    eprintln!(
        "wrote {} (keep it secret) and {} (for `rasid import camera-keys`)",
        file.display(),
        public.display()
    );
    Ok(())
}
