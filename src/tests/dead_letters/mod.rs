//! Dead letters are listed, shown and sent again by the command, over the real broker and the real stream half.

use crate::end_to_end::events::EventMaker;
use crate::services;
use adjudicate::testing::TestDatabase;
use ingest::config::KafkaConfig;
use ingest::producer::RecordProducer;
use ingest::topics;
use rasid::config::Config;
use runtime::{Locations, Runtime};
use schemas::clock::{Clock, SystemClock};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};

/// Longest wait for anything that must happen; the process loads the models first.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at the database.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// The plate in the event's pictures.
const PLATES: [&str; 2] = ["SA-", "ABD"];

struct World {
    database: TestDatabase,
    kafka: KafkaConfig,
    file: PathBuf,
    folder: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let (url, brokers) = tokio::task::spawn_blocking(|| {
            let services = services::shared();
            (services.database_url(), services.kafka_brokers())
        })
        .await
        .unwrap();
        let database = TestDatabase::create(&url).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let text = configuration(&database, &brokers, folder.path());
        let file = folder.path().join("rasid.toml");
        std::fs::write(&file, &text).unwrap();
        let kafka = Config::from_defaults_and(&text).unwrap().kafka;
        topics::create_missing(&kafka).await.unwrap();
        Self { database, kafka, file, folder }
    }

    fn rasid(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rasid"));
        command.args(arguments).arg("--config").arg(&self.file).kill_on_drop(true).stdin(Stdio::null());
        command
    }

    fn stream(&self) -> Child {
        let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
        self.rasid(&["run"]).stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    async fn dead_letters(&self, arguments: &[&str]) -> Output {
        self.rasid(&[&["dead-letters"], arguments].concat()).output().await.unwrap()
    }

    async fn until(&self, what: &str, query: &str, count: i64) {
        let waiting = async {
            while self.database.number(query).await.unwrap() != count {
                tokio::time::sleep(LOOK_INTERVAL).await;
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            panic!("not within {} s: {what}\n{}", PATIENCE.as_secs(), self.log());
        }
    }
}

fn configuration(database: &TestDatabase, brokers: &str, folder: &Path) -> String {
    let provisioned = Runtime::fetch(&Locations::from_environment(), false, &mut |_| {}).unwrap();
    let name = uuid::Uuid::now_v7().simple().to_string();
    let topics = ["events", "dead_letter", "violations", "decisions"]
        .map(|kind| format!("{kind}_topic = \"{kind}-{name}\"\n"))
        .concat();
    format!(
        "[database]\nurl = {:?}\n[kafka]\nbrokers = {brokers:?}\ngroup = \"group-{name}\"\n{topics}\
         created_partitions = 1\n[evidence]\ndirectory = {:?}\n[detect]\nonnxruntime_path = {:?}\n\
         [http]\nlisten = \"127.0.0.1:0\"\n[admin]\nlisten = \"127.0.0.1:0\"\nstream_listen = \"127.0.0.1:0\"\n\
         [ingest]\ndead_letter_percent_max = 100\n[pipeline]\nregistry_refresh_seconds = 1\n",
        database.config.url.expose(),
        folder.join("evidence"),
        provisioned.onnxruntime_library(),
    )
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const DEAD: &str = "select count(*) from dead_letter";
const ISSUED: &str = "select count(*) from violation";
const SETTLED: &str = "select coalesce(sum(next_offset), 0)::bigint from stream_position";
const AUDITED: &str = "select count(*) from audit_event where action = 'dead_letter.resend' and detail->>'reason' = 'key imported now' and detail->>'dead_letter_reason' = 'unknown_key' and detail->>'offset' = '0'";

#[tokio::test]
async fn an_event_whose_key_came_later_is_sent_again_and_issued_once() {
    let world = World::start().await;
    let maker = EventMaker::new(SystemClock::new().now());
    maker.register_cameras(&world.database.connections).await;
    let event = maker.cycle(0).remove(0);
    let producer = RecordProducer::new(&world.kafka).unwrap();
    producer.send(&world.kafka.events_topic, &event.record).await.unwrap();
    let mut stream = world.stream();
    world.until("the record is a dead letter", DEAD, 1).await;
    assert!(world.log().contains("rasid import camera-keys"), "{}", world.log());

    let listed =
        world.dead_letters(&["list", "--reason", "unknown_key", "--camera", "CAM-0", "--json"]).await;
    let line: Value = serde_json::from_slice(&listed.stdout).unwrap_or_else(|_| panic!("{}", said(&listed)));
    assert_eq!((&line["id"], &line["reason"]), (&"0@0".into(), &"unknown_key".into()));
    assert_eq!(line["value_sha256"].as_str().unwrap().len(), 64);
    let none = world.dead_letters(&["list", "--reason", "bad_image"]).await;
    assert!(none.stdout.is_empty() && said(&none).contains("0 dead letters"), "{}", said(&none));
    let shown = world.dead_letters(&["show", "0@0"]).await;
    for words in ["would be refused, unknown_key", "to do: import the key", "header rasid-signature"] {
        assert!(said(&shown).contains(words), "{words} in {}", said(&shown));
    }
    for output in [&listed, &shown] {
        assert!(PLATES.iter().all(|plate| !said(output).contains(plate)), "{}", said(output));
    }

    let all = ["resend", "--reason", "unknown_key", "--why", "key imported now"];
    let early = world.dead_letters(&all).await;
    assert!(
        !early.status.success() && said(&early).contains("not sent: would be refused"),
        "{}",
        said(&early)
    );
    maker.register(&world.database.connections).await;
    let dry = world.dead_letters(&["resend", "0@0", "--dry-run"]).await;
    assert!(dry.status.success() && said(&dry).contains("1 would be sent"), "{}", said(&dry));
    assert_eq!(world.database.number(AUDITED).await.unwrap(), 0, "nothing was sent so far");

    for (times, settled) in [(1, 2), (2, 3)] {
        let sent = world.dead_letters(&all).await;
        assert!(sent.status.success() && said(&sent).contains("1 were sent again"), "{}", said(&sent));
        world.until("the record is settled", SETTLED, settled).await;
        assert_eq!(world.database.number(ISSUED).await.unwrap(), 1, "sent {times} times\n{}", world.log());
        assert_eq!(world.database.number(AUDITED).await.unwrap(), times);
    }
    let duplicates = "select sum(duplicate)::bigint from stream_position";
    assert_eq!(world.database.number(duplicates).await.unwrap(), 1);
    assert_eq!(world.database.number(DEAD).await.unwrap(), 1, "the first alone");
    stream.kill().await.unwrap();
    world.database.remove().await.unwrap();
}

#[tokio::test]
async fn a_dead_letter_that_does_not_exist_or_a_choice_of_nothing_is_refused() {
    let world = World::start().await;
    let missing = world.dead_letters(&["resend", "0@7", "--dry-run"]).await;
    assert!(!missing.status.success() && said(&missing).contains("no dead letter 0@7"), "{}", said(&missing));
    let nothing = world.dead_letters(&["resend", "--why", "for no reason"]).await;
    assert!(said(&nothing).contains("name what is to be sent"), "{}", said(&nothing));
    let short = world.dead_letters(&["resend", "--all", "--why", "short"]).await;
    assert!(said(&short).contains("--why must have 10 to 500 characters"), "{}", said(&short));
    let unknown = world.dead_letters(&["list", "--reason", "unknown"]).await;
    assert!(
        said(&unknown).contains("the reasons are bad_signature_header, unknown_key"),
        "{}",
        said(&unknown)
    );
    world.database.remove().await.unwrap();
}
