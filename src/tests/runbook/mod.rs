//! The pages of deploy/runbook: one for each alert, each with commands that work as they stand. They are run on a real
//! stream process and a real service; `systemctl` and `journalctl` are small scripts over these two, since no systemd
//! runs under a test.

mod pages;

use crate::broker::TestStream;
use crate::services;
use adjudicate::testing::TestDatabase;
use pages::{Block, QUESTIONS, alerts, index, pages, severities};
use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::task::JoinSet;

/// Longest wait for a process to be ready, which loads the models first, and for the commands of one block.
const PATIENCE: Duration = Duration::from_secs(90);
/// Wait between two looks.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// The ports that pages name: the defaults of `run` and `serve` for operators.
const PORTS_OF_PAGES: [&str; 2] = ["127.0.0.1:9091", "127.0.0.1:9090"];
/// The folder of the evidence store on pages.
const STATE_OF_PAGES: &str = "/var/lib/rasid";
/// What an installation has before anything runs: registers and a reviewer.
const BEFOREHAND: [&str; 5] = [
    "rasid import sites sites.csv --config rasid.toml",
    "rasid import cameras cameras.csv --config rasid.toml",
    "rasid import camera-keys camera-keys.csv --config rasid.toml",
    "rasid import certificates certificates.csv --config rasid.toml",
    "rasid keys issue --role reviewer --reviewer reviewer-1 --label day --config rasid.toml",
];
/// Restarts a unit by ending its process, which is then started anew.
const SYSTEMCTL: &str = "#!/usr/bin/env bash
set -euo pipefail
[ \"$1\" = restart ] || { echo \"systemctl $* is not known here\" >&2; exit 64; }
old=$(cat \"$UNITS/$2.pid\")
kill -TERM \"$old\"
kill -CONT \"$old\"
while [ \"$(cat \"$UNITS/$2.pid\")\" = \"$old\" ]; do sleep 0.1; done
";
/// Prints what a unit has said: `journalctl --unit NAME …`.
const JOURNALCTL: &str = "#!/usr/bin/env bash
set -euo pipefail
[ \"$1\" = --unit ] || { echo \"journalctl $* is not known here\" >&2; exit 64; }
cat \"$UNITS/$2.log\"
";

#[test]
fn every_alert_has_a_page_and_every_page_an_alert() {
    let (alerts, named) = alerts();
    assert!(alerts.len() > 5, "only {alerts:?} are alerts");
    let pages: BTreeSet<String> = pages().into_iter().map(|page| page.name).collect();
    assert_eq!(alerts, pages, "alerts on the left, pages on the right");
    let wanted: BTreeSet<String> = pages.iter().map(|page| format!("deploy/runbook/{page}.md")).collect();
    assert_eq!(named, wanted, "annotations runbook_url on the left");
    for page in &pages {
        assert!(index().contains(&format!("]({page}.md)")), "the index does not name {page}");
    }
}

#[test]
fn every_page_answers_the_same_questions_with_commands_to_look_and_to_mend() {
    let severities = severities();
    for page in pages() {
        assert!(page.text.starts_with(&format!("# {}\n", page.name)), "{} has another title", page.name);
        assert_eq!(page.questions(), QUESTIONS, "{}", page.name);
        let severity = &severities[&page.name];
        assert!(page.text.contains(&format!("\nSeverity: {severity}.")), "{} is of {severity}", page.name);
        for question in ["Look first", "Mend"] {
            let part = page.text.split_once(&format!("## {question}\n")).unwrap().1;
            let part = part.split_once("\n## ").unwrap().0;
            assert!(part.contains("```sh\n"), "{} has no command under '{question}'", page.name);
        }
    }
}

/// A stream process and a service with a configuration, as an operator has them.
struct Installation {
    folder: tempfile::TempDir,
    database: TestDatabase,
    stream: TestStream,
    /// Addresses for operators, of `run` and of `serve`.
    operators: [String; 2],
    units: JoinSet<()>,
}

impl Installation {
    async fn start() -> Self {
        let url = tokio::task::spawn_blocking(|| services::shared().database_url()).await.unwrap();
        let database = TestDatabase::create(&url).await.unwrap();
        let stream = TestStream::create().await;
        let folder = tempfile::tempdir().unwrap();
        let operators = [free_address(), free_address()];
        write_configuration(folder.path(), &database, &stream, &operators);
        write_registers(folder.path());
        for (name, text) in [("systemctl", SYSTEMCTL), ("journalctl", JOURNALCTL)] {
            let script = folder.path().join("bin").join(name);
            fs::write(&script, text).unwrap();
            fs::set_permissions(script, fs::Permissions::from_mode(0o755)).unwrap();
        }
        for line in BEFOREHAND {
            let done = shell(folder.path(), line).output().await.unwrap();
            assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
        }
        let mut units = JoinSet::new();
        for (unit, command) in [("rasid-run@1", "run"), ("rasid-serve", "serve")] {
            units.spawn(supervise(folder.path().to_owned(), unit, command));
        }
        // Records that nobody can use: positions, dead letters and their counters to look at.
        stream.publish(0, 3).await;
        stream.publish(1, 2).await;
        let installation = Self { folder, database, stream, operators, units };
        installation.until_it_works().await;
        let settled = "select count(*) from stream_position where next_offset = 3 - partition";
        let is_settled = async || installation.database.number(settled).await.unwrap() == 2;
        installation.until("the records are not settled", is_settled).await;
        installation
    }

    async fn until_it_works(&self) {
        for address in &self.operators {
            let ready = async || {
                let answer = reqwest::get(format!("http://{address}/ready")).await;
                answer.is_ok_and(|answer| answer.status().is_success())
            };
            self.until("a process is not ready", ready).await;
        }
        // Ready comes before the reader is loaded and the partitions are there.
        let reads = async || {
            let answer = reqwest::get(format!("http://{}/metrics", self.operators[0])).await.unwrap();
            answer.text().await.unwrap().contains("rasid_ingest_assigned_partitions{state=\"owned\"} 2")
        };
        self.until("the stream process has no partitions", reads).await;
    }

    /// Leaves a record in partition 0 that the stream process does not come to, so that it can be passed.
    async fn hold_one_record_back(&self) {
        let process = fs::read_to_string(self.folder.path().join("rasid-run@1.pid")).unwrap();
        let stopped = Command::new("kill").args(["-STOP", &process]).status().await.unwrap();
        assert!(stopped.success());
        self.stream.publish(0, 1).await;
    }

    async fn until(&self, complaint: &str, holds: impl AsyncFn() -> bool) {
        let waiting = async {
            while !holds().await {
                tokio::time::sleep(LOOK_INTERVAL).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "{complaint}:\n{}", self.logs());
    }

    fn logs(&self) -> String {
        let log = |unit: &str| fs::read_to_string(self.folder.path().join(format!("{unit}.log"))).unwrap();
        format!("{}\n{}", log("rasid-run@1"), log("rasid-serve"))
    }

    /// Runs one block and returns what is wrong with it.
    async fn run(&self, block: &Block) -> Option<String> {
        let mut script = block.script.clone();
        for (of_pages, here) in PORTS_OF_PAGES.iter().zip(&self.operators) {
            script = script.replace(of_pages, here);
        }
        script = script.replace(STATE_OF_PAGES, self.folder.path().join("state").to_str().unwrap());
        let output = tokio::time::timeout(PATIENCE, shell(self.folder.path(), &script).output());
        let Ok(output) = output.await else { return Some(format!("does not end:\n{script}")) };
        let output = output.unwrap();
        (output.status.code() != Some(block.code)).then(|| {
            format!(
                "ends with {:?}, the page says {}:\n{script}\n{}{}",
                output.status.code(),
                block.code,
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            )
        })
    }

    async fn stop(mut self) {
        self.units.shutdown().await;
        self.database.remove().await.unwrap();
    }
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// A shell in `folder` that finds the two scripts, the program, then whatever else the machine has.
fn shell(folder: &Path, script: &str) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_rasid")).parent().unwrap();
    let path = format!("{}:{}:/usr/bin:/bin", folder.join("bin").display(), program.display());
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", script]).current_dir(folder).stdin(Stdio::null());
    shell.env("PATH", path).env("UNITS", folder).kill_on_drop(true);
    shell
}

fn write_configuration(
    folder: &Path,
    database: &TestDatabase,
    stream: &TestStream,
    [run, serve]: &[String; 2],
) {
    let kafka = &stream.kafka;
    let evidence = folder.join("state");
    let config = format!(
        "[database]\nurl = {:?}\nmigrate_url = {:?}\n[kafka]\nbrokers = {:?}\ngroup = {:?}\nevents_topic = {:?}\n\
         dead_letter_topic = {:?}\nviolations_topic = {:?}\ndecisions_topic = {:?}\ncreated_partitions = {}\n\
         [evidence]\ndirectory = {evidence:?}\n[http]\nlisten = \"127.0.0.1:0\"\n\
         [admin]\nlisten = {serve:?}\nstream_listen = {run:?}\n",
        database.config.url.expose(),
        database.config.migrate_url.as_ref().unwrap().expose(),
        kafka.brokers,
        kafka.group,
        kafka.events_topic,
        kafka.dead_letter_topic,
        kafka.violations_topic,
        kafka.decisions_topic,
        kafka.created_partitions,
    );
    fs::write(folder.join("rasid.toml"), config).unwrap();
    fs::create_dir(folder.join("bin")).unwrap();
}

fn write_registers(folder: &Path) {
    // The public key of RFC 8032, section 7.1, test 1.
    let key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let files = [
        (
            "sites.csv",
            "id,jurisdiction,name_arabic,name_english,limit_kmh\nsa-1,SA,الرياض,Riyadh,80\n".to_owned(),
        ),
        ("cameras.csv", "id,sites,kind,instrument\nSA-1,sa-1,speed,1\n".to_owned()),
        (
            "camera-keys.csv",
            format!(
                "id,camera,public_key,valid_from,valid_until,revoked_at\n\
                 SA-1-2026,SA-1,{key},2026-01-01T00:00:00Z,2099-01-01T00:00:00Z,\n"
            ),
        ),
        (
            "certificates.csv",
            "id,camera,type_approval,valid_from,valid_to\n\
             c-1,SA-1,R91,2026-01-01T00:00:00Z,2099-01-01T00:00:00Z\n"
                .to_owned(),
        ),
        (
            "sign-states.csv",
            "site,from,to,condition,limit_kmh\nsa-1,2026-01-01T00:00:00Z,,in_order,80\n".to_owned(),
        ),
    ];
    for (file, text) in files {
        fs::write(folder.join(file), text).unwrap();
    }
}

/// Keeps one process going, as systemd does; it ends with the task.
async fn supervise(folder: PathBuf, unit: &'static str, command: &'static str) {
    loop {
        let log = fs::File::options().create(true).append(true).open(folder.join(format!("{unit}.log")));
        let log = log.unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_rasid"));
        process.args([command, "--config", "rasid.toml"]).current_dir(&folder).kill_on_drop(true);
        process.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut process = process.spawn().unwrap();
        fs::write(folder.join(format!("{unit}.pid")), process.id().unwrap().to_string()).unwrap();
        process.wait().await.unwrap();
    }
}

#[tokio::test]
async fn the_commands_of_every_page_work_on_a_running_installation() {
    let installation = Installation::start().await;
    let mut done = BTreeSet::new();
    let mut wrong = Vec::new();
    for page in pages() {
        for block in page.blocks() {
            // The same look stands on many pages.
            if done.contains(&block) {
                continue;
            }
            if block.script.contains("position skip") {
                installation.hold_one_record_back().await;
            }
            wrong.extend(installation.run(&block).await.map(|told| format!("{}: {told}", page.name)));
            if block.script.contains("restart") {
                installation.until_it_works().await;
            }
            done.insert(block);
        }
    }
    println!("{} blocks of commands were run", done.len());
    assert!(done.len() > 10, "only {} blocks of commands", done.len());
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), installation.logs());
    installation.stop().await;
}
