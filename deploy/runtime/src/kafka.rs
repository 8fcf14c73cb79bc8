//! Apache Kafka: one process that is broker and controller (`KRaft`), on loopback.

use crate::children::{ChildSpec, Environment};
use crate::daemon::{self, Ports, Service};
use crate::error::RuntimeError;
use crate::fetch::provisioned::{BOOTSTRAP_CHECKPOINT, LOG_CONFIGURATION, Provisioned};
use crate::locations::{Locations, Program};
use crate::secure::Secured;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustix::process::Signal;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Marks a formatted data folder.
const META_PROPERTIES: &str = "meta.properties";
const NODE_ID: u32 = 1;
/// Heap of the broker. The whole process stays under 500 MB resident.
const HEAP_MEBIBYTES: u32 = 512;

/// One broker's settings.
#[derive(Debug, Clone)]
pub(crate) struct Kafka {
    pub(crate) provisioned: Provisioned,
    /// Where topics and metadata are kept.
    pub(crate) data: PathBuf,
    /// Where the properties file and what Java unpacks go.
    pub(crate) scratch: PathBuf,
    pub(crate) log: PathBuf,
    pub(crate) class_archive: ClassArchive,
    pub(crate) secured: Secured,
}

/// Java's archive of parsed classes: it halves the start.
#[derive(Debug, Clone)]
pub(crate) enum ClassArchive {
    /// Use this one; Java goes on without it when it does not fit.
    Use(PathBuf),
    /// Write one at a clean stop.
    Write(PathBuf),
}

impl Service for Kafka {
    const NAME: &'static str = "Kafka";
    const READY: &'static str = "Kafka Server started";
    const STOP_SIGNAL: Signal = Signal::TERM;

    fn prepare(&self) -> Result<(), RuntimeError> {
        fs::create_dir_all(&self.scratch).map_err(RuntimeError::io("make the folder", &self.scratch))?;
        let meta = self.data.join(META_PROPERTIES);
        if meta.exists() {
            return Ok(());
        }
        fs::create_dir_all(&self.data).map_err(RuntimeError::io("make the folder", &self.data))?;
        if let Some(account) = &self.secured.account {
            // Accounts stand in the checkpoint, so that the prepared one does not do.
            let tool = Formatting {
                locations: self.provisioned.locations(),
                log_configuration: &self.provisioned.log_configuration(),
                libraries: &self.provisioned.kafka_libraries(),
                scratch: &self.scratch,
            };
            return tool.format(&self.data, account.format_arguments());
        }
        let template = self.provisioned.bootstrap_checkpoint();
        fs::copy(&template, self.data.join(BOOTSTRAP_CHECKPOINT))
            .map_err(RuntimeError::io("copy", &template))?;
        // Last, because it is what says that the folder is formatted.
        let text = format!(
            "version=1\nnode.id={NODE_ID}\ncluster.id={}\ndirectory.id={}\n",
            random_id(),
            random_id()
        );
        fs::write(&meta, text).map_err(RuntimeError::io("write", &meta))
    }

    fn command(&self, ports: Ports) -> Result<ChildSpec, RuntimeError> {
        let properties = self.scratch.join("server.properties");
        let settings = server_properties(ports, &self.data, &self.secured);
        let settings = settings + &self.secured.settings(&self.scratch)?;
        fs::write(&properties, settings).map_err(RuntimeError::io("write", &properties))?;
        let mut arguments: Vec<OsString> = vec![
            format!("-Xmx{HEAP_MEBIBYTES}m").into(),
            option("-Dlog4j2.configurationFile=", &self.provisioned.log_configuration()),
            option("-Djava.io.tmpdir=", &self.scratch),
            "-Xshare:auto".into(),
        ];
        match &self.class_archive {
            ClassArchive::Use(path) => arguments.push(option("-XX:SharedArchiveFile=", path)),
            ClassArchive::Write(path) => arguments.push(option("-XX:ArchiveClassesAtExit=", path)),
        }
        arguments.extend(SHORT_LIVED_JAVA.map(Into::into));
        arguments.extend(["-cp".into(), class_path(&self.provisioned.kafka_libraries())?]);
        arguments.extend(["kafka.Kafka".into(), properties.into()]);
        let locations = self.provisioned.locations();
        java(locations, Self::NAME, arguments, &self.scratch, &self.log)
    }
}

/// For a process that lives for minutes on few cores: no second compiler, no threads for the collector, no file
/// of counters left in `/tmp`, and no word about an archive that does not fit. Measured: 2.2 s to the first
/// connection with Java's defaults, 1.7 s with these, 0.9 s with these and the class archive.
const SHORT_LIVED_JAVA: [&str; 5] = [
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-XX:-UsePerfData",
    "-Xlog:disable",
    "-Xlog:all=error:stderr",
];

/// Adds to a folder that is being laid out what a start needs beside the jars: the logging settings, and the
/// checkpoint that Kafka's `format` writes.
pub(crate) fn prepare(
    locations: &Locations,
    tree: &Path,
    libraries: &Path,
    scratch: &Path,
) -> Result<(), RuntimeError> {
    let log_configuration = tree.join(LOG_CONFIGURATION);
    fs::write(&log_configuration, include_str!("../log4j2.properties"))
        .map_err(RuntimeError::io("write", &log_configuration))?;
    let data = scratch.join("formatted");
    let tool = Formatting { locations, log_configuration: &log_configuration, libraries, scratch };
    tool.format(&data, Vec::new())?;
    let written = data.join(BOOTSTRAP_CHECKPOINT);
    fs::copy(&written, tree.join(BOOTSTRAP_CHECKPOINT)).map_err(RuntimeError::io("copy", &written))?;
    Ok(())
}

/// Kafka's tool that makes a data folder.
struct Formatting<'a> {
    locations: &'a Locations,
    log_configuration: &'a Path,
    libraries: &'a Path,
    scratch: &'a Path,
}

impl Formatting<'_> {
    fn format(&self, data: &Path, more: Vec<String>) -> Result<(), RuntimeError> {
        let properties = self.scratch.join("format.properties");
        // Formatting opens no port.
        let settings = server_properties(Ports { clients: 1, internal: 2 }, data, &Secured::default());
        fs::write(&properties, settings).map_err(RuntimeError::io("write", &properties))?;
        let mut arguments: Vec<OsString> =
            vec![option("-Dlog4j2.configurationFile=", self.log_configuration)];
        arguments.extend(SHORT_LIVED_JAVA.map(Into::into));
        arguments.extend(["-cp".into(), class_path(self.libraries)?, "kafka.tools.StorageTool".into()]);
        arguments.extend(["format", "--cluster-id", &random_id(), "--config"].map(Into::into));
        arguments.push(properties.into());
        arguments.extend(more.into_iter().map(OsString::from));
        let log = self.scratch.join("format.log");
        let spec = java(self.locations, "Kafka's storage tool", arguments, self.scratch, &log)?;
        daemon::run_tool(&spec, "while it formatted a data folder")?;
        Ok(())
    }
}

fn java(
    locations: &Locations,
    service: &'static str,
    arguments: Vec<OsString>,
    folder: &Path,
    log: &Path,
) -> Result<ChildSpec, RuntimeError> {
    Ok(ChildSpec {
        service,
        setpriv: locations.find(Program::Setpriv)?,
        program: locations.find(Program::Java)?,
        arguments,
        environment: Environment::Fixed,
        account: None,
        folder: folder.to_path_buf(),
        log: log.to_path_buf(),
    })
}

fn option(name: &str, value: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(value);
    option
}

/// The jars one by one and sorted: the class archive fits only the very same class path.
fn class_path(libraries: &Path) -> Result<OsString, RuntimeError> {
    let mut jars: Vec<PathBuf> = fs::read_dir(libraries)
        .map_err(RuntimeError::io("list", libraries))?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    jars.sort();
    let paths: Vec<&std::ffi::OsStr> = jars.iter().map(|jar| jar.as_os_str()).collect();
    Ok(paths.join(":".as_ref()))
}

/// Kafka's form of a UUID. One that begins with a dash would look like an option to its tools.
fn random_id() -> String {
    loop {
        let id = URL_SAFE_NO_PAD.encode(Uuid::new_v4().as_bytes());
        if !id.starts_with('-') {
            return id;
        }
    }
}

/// The broker's whole configuration. `message.max.bytes` keeps Kafka's own default, so that a topic takes
/// larger records only when its creator says so (`max.message.bytes`), as the dead-letter topic does.
fn server_properties(Ports { clients, internal }: Ports, data: &Path, secured: &Secured) -> String {
    let (listened, advertised, protocols) = secured.names();
    format!(
        "process.roles=broker,controller\n\
         node.id={NODE_ID}\n\
         controller.quorum.voters={NODE_ID}@127.0.0.1:{internal}\n\
         listeners=PLAINTEXT://127.0.0.1:{clients},CONTROLLER://127.0.0.1:{internal}{listened}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{clients}{advertised}\n\
         controller.listener.names=CONTROLLER\n\
         inter.broker.listener.name=PLAINTEXT\n\
         listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT{protocols}\n\
         log.dirs={data}\n\
         # Topics are created on purpose, with their own sizes and retention.\n\
         auto.create.topics.enable=false\n\
         replica.fetch.max.bytes=4194304\n\
         # A first consumer would otherwise wait three seconds for others.\n\
         group.initial.rebalance.delay.ms=0\n\
         # One broker: one copy of everything, and few partitions, each of which costs files and start time.\n\
         offsets.topic.replication.factor=1\n\
         offsets.topic.num.partitions=4\n\
         transaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\n\
         transaction.state.log.num.partitions=4\n\
         share.coordinator.state.topic.replication.factor=1\n\
         share.coordinator.state.topic.min.isr=1\n\
         share.coordinator.state.topic.num.partitions=4\n\
         # The default of 128 MiB would be a quarter of the heap.\n\
         log.cleaner.dedupe.buffer.size=16777216\n\
         num.network.threads=2\n\
         num.io.threads=4\n",
        data = escape_property(&data.display().to_string())
    )
}

/// Java reads a properties file as Latin-1: a backslash begins an escape, and an Arabic folder name must be one.
fn escape_property(value: &str) -> String {
    let mut escaped = String::new();
    for unit in value.encode_utf16() {
        match char::from_u32(u32::from(unit)) {
            Some('\\') => escaped.push_str("\\\\"),
            Some(character) if character.is_ascii() => escaped.push(character),
            Some(_) | None => escaped.push_str(&format!("\\u{unit:04x}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_form_that_kafka_reads() {
        for _ in 0..200 {
            let id = random_id();
            assert_eq!(id.len(), 22);
            assert!(!id.starts_with('-'));
        }
    }

    #[test]
    fn folder_names_in_any_script_survive_the_properties_file() {
        assert_eq!(escape_property("/ع\\b c"), "/\\u0639\\\\b c");
        assert_eq!(escape_property("😀"), "\\ud83d\\ude00");
    }

    #[test]
    fn every_line_of_the_broker_configuration_is_one_setting_or_a_comment() {
        let text =
            server_properties(Ports { clients: 7, internal: 8 }, Path::new("/a b/c"), &Secured::default());
        for line in text.lines() {
            assert!(line.starts_with('#') || line.split_once('=').is_some(), "{line}");
        }
        assert!(text.contains("log.dirs=/a b/c\n"), "{text}");
        assert!(text.contains("group.initial.rebalance.delay.ms=0\n"));
        assert!(text.contains("auto.create.topics.enable=false\n"));
    }
}
