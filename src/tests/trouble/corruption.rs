//! A batch that is broken on the broker's disk: what is said, and that the command that README names mends it.

use crate::services;
use adjudicate::testing::TestDatabase;
use ingest::config::KafkaConfig;
use ingest::testing::publish_in_transaction;
use rasid::config::Config;
use reqwest::StatusCode;
use runtime::Services;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

/// Longest wait for anything that must happen; a debug build loads the models in seconds.
const PATIENCE: Duration = Duration::from_secs(180);
const LOOK_INTERVAL: Duration = Duration::from_millis(200);
/// Records of one transaction, which end with a marker.
const RECORDS: i64 = 3;
/// Where the second transaction begins, and where the third.
const BROKEN: i64 = RECORDS + 1;
const AFTER: i64 = 2 * BROKEN;
/// A batch in the log: its first offset, the length of what follows, and the bytes before its compressed records.
const LENGTH_AT: u64 = 8;
const PREAMBLE_BYTES: u64 = 12;
const HEADER_BYTES: u64 = 61;

struct World {
    services: Services,
    database: TestDatabase,
    kafka: KafkaConfig,
    folder: tempfile::TempDir,
    operators: String,
}

impl World {
    async fn start() -> Self {
        let services = tokio::task::spawn_blocking(services::own).await.unwrap();
        let database = TestDatabase::create(&services.database_url()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let text = format!(
            "[database]\nurl = {:?}\n[kafka]\nbrokers = {:?}\ncreated_partitions = 1\n[evidence]\ndirectory = {:?}\n\
             [admin]\nstream_listen = \"127.0.0.1:{port}\"\n",
            database.config.url.expose(),
            services.kafka_brokers(),
            folder.path().join("evidence"),
        );
        fs::write(folder.path().join("rasid.toml"), &text).unwrap();
        let kafka = Config::from_defaults_and(&text).unwrap().kafka;
        Self { services, database, kafka, folder, operators: format!("http://127.0.0.1:{port}") }
    }

    fn rasid(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rasid"));
        command.args(arguments).arg("--config").arg(self.folder.path().join("rasid.toml")).kill_on_drop(true);
        command
    }

    /// Runs a command to its end; returns what it printed.
    async fn done(&self, arguments: &[&str]) -> String {
        let ended = self.rasid(arguments).output().await.unwrap();
        let said = String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned();
        assert!(ended.status.success(), "{arguments:?}: {said}");
        said
    }

    fn run(&self) -> Child {
        let log = File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let mut command = self.rasid(&["run"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    /// What `/ready` answers; nothing while nobody does.
    async fn ready(&self) -> Option<(StatusCode, String)> {
        let answer = reqwest::get(format!("{}/ready", self.operators)).await.ok()?;
        let status = answer.status();
        Some((status, answer.text().await.ok()?))
    }

    async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let waiting = async {
            while !holds().await {
                tokio::time::sleep(LOOK_INTERVAL).await;
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
            panic!("{what} did not happen; /ready: {:?}; log:\n{log}", self.ready().await);
        }
    }

    fn publish(&self) {
        let value = "no event of a camera ".repeat(40);
        publish_in_transaction(&self.kafka, "zstd", 0, &[value.as_str(); 3]).unwrap();
    }
}

/// Overwrites the compressed records of the batch that begins at `offset`; its header stays as it was.
fn break_batch(log: &Path, offset: i64) {
    let file = File::options().read(true).write(true).open(log).unwrap();
    let mut place = 0;
    loop {
        let mut preamble = [0; 12];
        file.read_exact_at(&mut preamble, place).unwrap();
        let (first, length) = preamble.split_at(usize::try_from(LENGTH_AT).unwrap());
        let length = u64::from(u32::from_be_bytes(length.try_into().unwrap()));
        let end = place + PREAMBLE_BYTES + length;
        if i64::from_be_bytes(first.try_into().unwrap()) == offset {
            // The first bytes say that it is zstd, and stay.
            let begin = place + HEADER_BYTES + 6;
            return file.write_all_at(&vec![0xFF; usize::try_from(end - begin).unwrap()], begin).unwrap();
        }
        place = end;
    }
}

#[tokio::test]
async fn a_batch_broken_on_the_brokers_disk_is_told_and_passed_by_the_command_that_readme_names() {
    let world = World::start().await;
    world.done(&["topics", "create"]).await;
    let world = tokio::task::spawn_blocking(move || {
        (0..3).for_each(|_| world.publish());
        world.services.stop_kafka().unwrap();
        let partition = format!("kafka/{}-0/00000000000000000000.log", world.kafka.events_topic);
        break_batch(&world.services.data().join(partition), BROKEN);
        world.services.start_kafka().unwrap();
        world
    });
    let world = world.await.unwrap();
    let mut process = world.run();
    let said = "find the partition that stands still by `rasid position show`, then pass the batch by `rasid position skip`";
    world
        .until("the word of /ready", async || {
            let ready = world.ready().await;
            ready.is_some_and(|(status, text)| {
                status == StatusCode::SERVICE_UNAVAILABLE && text.contains(said)
            })
        })
        .await;
    // The marker before the broken batch is counted with what comes after it.
    let stands = format!("select count(*) from stream_position where next_offset = {RECORDS}");
    world.until("the position", async || world.database.number(&stands).await.unwrap() == 1).await;
    let shown = world.done(&["position", "show"]).await;
    assert!(shown.contains(&format!("position {RECORDS}  log 0 to {}", 3 * BROKEN)), "{shown}");

    let (to, reason) = (AFTER.to_string(), "broken on the broker's disk, asked for again");
    let skipped =
        world.done(&["position", "skip", "--partition", "0", "--to", &to, "--reason", reason]).await;
    assert!(skipped.contains("restart the process that stopped there"), "{skipped}");
    process.kill().await.unwrap();
    let _process = world.run();
    let end = 3 * BROKEN;
    let settled = format!(
        "select count(*) from stream_position where next_offset = {end} and dead_letter = {}",
        2 * RECORDS
    );
    world.until("the rest of the log", async || world.database.number(&settled).await.unwrap() == 1).await;
    world
        .until("readiness", async || world.ready().await.is_some_and(|(status, _)| status == StatusCode::OK))
        .await;
    let audited = format!(
        "select count(*) from audit_event where action = 'position.skip' and detail->>'reason' = '{}' \
         and (detail->>'from')::bigint = {RECORDS} and (detail->>'to')::bigint = {AFTER}",
        reason.replace('\'', "''")
    );
    assert_eq!(world.database.number(&audited).await.unwrap(), 1);
}
