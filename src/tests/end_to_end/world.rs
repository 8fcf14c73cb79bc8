//! Services that may be killed, and real `rasid` processes over them.

use super::events::{EventMaker, PARTITIONS, PlannedEvent};
use crate::services;
use adjudicate::stream::report;
use adjudicate::testing::TestDatabase;
use ingest::log::LogProbe;
use ingest::producer::RecordProducer;
use ingest::topics;
use rasid::config::Config;
use runtime::{Locations, Runtime, Services};
use schemas::clock::{Clock, SystemClock};
use std::fs::{File, OpenOptions};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::process::{Child, Command};

/// Longest wait for anything that must happen.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at something that cannot call back.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);
const SIGKILL: i32 = 9;
/// Lines of a process's log that a failure shows.
const LOG_LINES_SHOWN: usize = 40;

/// Everything of one test.
pub(super) struct World {
    pub(super) services: Arc<Services>,
    pub(super) database: TestDatabase,
    pub(super) config: Config,
    pub(super) probe: LogProbe,
    pub(super) cluster: String,
    pub(super) sent: Vec<SentEvent>,
    maker: EventMaker,
    producer: RecordProducer,
    cycles: usize,
    folder: tempfile::TempDir,
    config_file: PathBuf,
}

/// An event that the broker acknowledged.
#[derive(Debug)]
pub(super) struct SentEvent {
    pub(super) event: PlannedEvent,
    pub(super) offset: i64,
}

/// A `rasid` process of ours; killed when it is dropped.
pub(super) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl World {
    pub(super) async fn start() -> Self {
        let services = Arc::new(tokio::task::spawn_blocking(services::own).await.unwrap());
        let database = TestDatabase::create(&services.database_url()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let text = configuration(&services, &database, folder.path());
        let config_file = folder.path().join("rasid.toml");
        std::fs::write(&config_file, &text).unwrap();
        let config = Config::from_defaults_and(&text).unwrap();
        topics::create_missing(&config.kafka).await.unwrap();
        let maker = EventMaker::new(SystemClock::new().now());
        maker.register(&database.connections).await;
        let probe = LogProbe::new(&config.kafka).unwrap();
        let cluster = probe.cluster().await.unwrap();
        let producer = RecordProducer::new(&config.kafka).unwrap();
        Self {
            services,
            database,
            config,
            probe,
            cluster,
            sent: Vec::new(),
            maker,
            producer,
            cycles: 0,
            folder,
            config_file,
        }
    }

    /// Publishes further cycles; records of one partition keep their order.
    pub(super) async fn publish(&mut self, cycles: usize) {
        for cycle in self.cycles..self.cycles + cycles {
            let events = self.maker.cycle(cycle);
            let topic = &self.config.kafka.events_topic;
            let sending =
                events.iter().map(|event| self.producer.send_to(topic, Some(event.partition), &event.record));
            let places = futures::future::try_join_all(sending).await.unwrap();
            let sent = events.into_iter().zip(places);
            self.sent.extend(sent.map(|(event, place)| SentEvent { event, offset: place.offset }));
        }
        self.cycles += cycles;
    }

    /// Starts `rasid run` as this instance; it dies at `kill_point` (`name:pass`) if there is one.
    pub(super) fn run(&self, instance: &str, kill_point: Option<&str>) -> Process {
        self.process("run", instance, kill_point)
    }

    /// Starts `rasid serve`, which owns the outbox.
    pub(super) fn serve(&self, kill_point: Option<&str>) -> Process {
        self.process("serve", "serve", kill_point)
    }

    fn process(&self, command: &str, instance: &str, kill_point: Option<&str>) -> Process {
        let log = self.folder.path().join(format!("{command}-{instance}.log"));
        let output: File = OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let mut started = Command::new(env!("CARGO_BIN_EXE_rasid"));
        started.args([command, "--config"]).arg(&self.config_file).env("RASID_KAFKA__INSTANCE", instance);
        if let Some(kill_point) = kill_point {
            started.env("RASID_KILL_POINT", kill_point);
        }
        started.stdin(Stdio::null()).stdout(Stdio::null()).stderr(output).kill_on_drop(true);
        Process { name: format!("{command} {instance}"), child: started.spawn().unwrap(), log }
    }

    /// Does something to the services that blocks the thread.
    pub(super) async fn on_services(&self, act: impl FnOnce(&Services) + Send + 'static) {
        let services = Arc::clone(&self.services);
        tokio::task::spawn_blocking(move || act(&services)).await.unwrap();
    }

    /// How many lines of the logs of `command` hold this text.
    pub(super) fn logged(&self, command: &str, text: &str) -> usize {
        let files = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let is_log = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with(command) && name.ends_with(".log")
        };
        let logs = files.filter(is_log).map(|path| std::fs::read_to_string(path).unwrap());
        logs.map(|log| log.lines().filter(|line| line.contains(text)).count()).sum()
    }

    /// Whether the last that this instance of `rasid run` said is that it took partitions, not that it lost them.
    pub(super) fn is_in_the_group(&self, instance: &str) -> bool {
        let log = std::fs::read_to_string(self.folder.path().join(format!("run-{instance}.log"))).unwrap();
        let place = |text| log.rfind(text);
        place(" begins at ") > place("the session with the group has ended")
    }

    /// Records that are settled.
    pub(super) async fn settled(&self) -> i64 {
        let topic = &self.config.kafka.events_topic;
        let partitions = report::partitions(&self.database.connections, &self.cluster, topic).await.unwrap();
        partitions.iter().map(|partition| partition.counts.total() + partition.skipped).sum()
    }

    /// How often a partition was ever taken, over all of them.
    pub(super) async fn taken(&self) -> i64 {
        self.database
            .number("select coalesce(sum(owner_epoch), 0)::bigint from stream_position")
            .await
            .unwrap()
    }

    /// Waits until everything that was published is settled and sent on, while these processes live.
    pub(super) async fn until_all_is_settled(&self, living: &mut [&mut Process]) {
        let published = i64::try_from(self.sent.len()).unwrap();
        let is_done = async || {
            self.settled().await == published
                && report::unsent(&self.database.connections).await.unwrap() == 0
        };
        until("all events are settled and the outbox is empty", living, is_done).await;
    }

    /// Waits until `count` more records are settled than were at `before`.
    pub(super) async fn until_settled_beyond(&self, before: i64, count: i64, living: &mut [&mut Process]) {
        until("some events are settled", living, async || self.settled().await >= before + count).await;
    }
}

/// Waits for a condition while these processes live.
pub(super) async fn until(what: &str, living: &mut [&mut Process], condition: impl AsyncFn() -> bool) {
    let waiting = async {
        while !condition().await {
            living.iter_mut().for_each(|process| process.must_live());
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    };
    if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
        let logs: Vec<String> = living.iter().map(|process| process.last_lines()).collect();
        panic!("not within {} s: {what}\n{}", PATIENCE.as_secs(), logs.join("\n"));
    }
}

impl Process {
    /// Waits for the death by SIGKILL that the process was told to die; nobody else kills it.
    pub(super) async fn dies_at_its_kill_point(mut self, point: &str) {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let Ok(ended) = ended else {
            panic!("{} never came to {point}\n{}", self.name, self.last_lines());
        };
        let status = ended.unwrap();
        assert_eq!(
            status.signal(),
            Some(SIGKILL),
            "{} at {point}: {status}\n{}",
            self.name,
            self.last_lines()
        );
    }

    /// Kills it, which must find it alive.
    pub(super) async fn kill(mut self) {
        self.must_live();
        self.child.start_kill().unwrap();
        let status = self.child.wait().await.unwrap();
        assert_eq!(
            status.signal(),
            Some(SIGKILL),
            "{} ended by itself: {status}\n{}",
            self.name,
            self.last_lines()
        );
    }

    pub(super) fn must_live(&mut self) {
        if let Some(status) = self.child.try_wait().unwrap() {
            panic!("{} ended by itself: {status}\n{}", self.name, self.last_lines());
        }
    }

    fn last_lines(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        // Each dead letter is a line; they are wanted here.
        let lines: Vec<&str> = log.lines().filter(|line| !line.contains("is a dead letter")).collect();
        lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
    }
}

fn configuration(services: &Services, database: &TestDatabase, folder: &Path) -> String {
    let provisioned = Runtime::fetch(&Locations::from_environment(), false, &mut |_| {}).unwrap();
    let text = |value: &str| toml::Value::String(value.to_owned());
    format!(
        "[kafka]\nbrokers = {}\ncreated_partitions = {PARTITIONS}\n[database]\nurl = {}\n\
         [evidence]\ndirectory = {}\n[detect]\nonnxruntime_path = {}\n[http]\nlisten = \"127.0.0.1:0\"\n\
         [admin]\nlisten = \"127.0.0.1:0\"\nstream_listen = \"127.0.0.1:0\"\n\
         [outbox]\npoll_interval_milliseconds = 50\nretry_delay_max_milliseconds = 1000\n\
         [ingest]\ndead_letter_percent_max = 100\n",
        text(&services.kafka_brokers()),
        text(database.config.url.expose()),
        text(&folder.join("pictures").to_string_lossy()),
        text(&provisioned.onnxruntime_library().to_string_lossy()),
    )
}
