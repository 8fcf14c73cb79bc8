//! The way to production as README says it: its own shell lines, run by a shell, until a reviewer has decided.

use crate::services;
use adjudicate::testing::TestDatabase;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

/// Longest wait for anything that must happen; the processes load the models first.
const PATIENCE: Duration = Duration::from_secs(90);
/// Wait between two looks.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);
/// Acts of the demo that make the folder of pictures: one that is issued, one for a person.
const ACTS: [&str; 2] = ["sa-speed-01", "sa-clock-off"];

/// The lines of the section.
fn lines_of_readme() -> String {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let section = readme.split_once("## To production").unwrap().1;
    let block = section.split_once("```sh\n").unwrap().1;
    block.split_once("```").unwrap().0.to_owned()
}

/// What an operator has: a configuration, registers, pictures.
fn fill(folder: &Path, database: &TestDatabase, brokers: &str, http_port: u16) {
    let name = uuid::Uuid::now_v7().simple().to_string();
    let evidence = folder.join("evidence");
    let topics = ["events", "dead_letter", "violations", "decisions"]
        .map(|kind| format!("{kind}_topic = \"{kind}-{name}\"\n"))
        .concat();
    let config = format!(
        "[database]\nurl = {:?}\n[kafka]\nbrokers = {brokers:?}\ngroup = \"group-{name}\"\n{topics}\
         created_partitions = 2\n[evidence]\ndirectory = {evidence:?}\n[http]\nlisten = \"127.0.0.1:{http_port}\"\n\
         [admin]\nlisten = \"127.0.0.1:0\"\nstream_listen = \"127.0.0.1:0\"\n",
        database.config.url.expose(),
    );
    let write = |file: &str, text: &str| fs::write(folder.join(file), text).unwrap();
    write("rasid.toml", &config);
    write(
        "sites.csv",
        "id,jurisdiction,name_arabic,name_english,limit_kmh\nsa-riyadh-1,SA,الرياض,Riyadh,80\nsa-jeddah-3,SA,جدة,Jeddah,80\n",
    );
    write(
        "cameras.csv",
        "id,sites,kind,instrument\nSA-RUH-101,sa-riyadh-1,speed,1\nSA-JED-303,sa-jeddah-3,speed,2\n",
    );
    write(
        "certificates.csv",
        "id,camera,type_approval,valid_from,valid_to\n\
         c-1,SA-RUH-101,R91,2026-01-01T00:00:00Z,2099-01-01T00:00:00Z\n\
         c-2,SA-JED-303,R91,2026-01-01T00:00:00Z,2099-01-01T00:00:00Z\n",
    );
    write(
        "sign-states.csv",
        "site,from,to,condition,limit_kmh\nsa-riyadh-1,2026-01-01T00:00:00Z,,in_order,80\n\
         sa-jeddah-3,2026-01-01T00:00:00Z,,in_order,80\n",
    );
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/demo");
    let manifest = fs::read_to_string(demo.join("manifest.jsonl")).unwrap();
    let acts: Vec<&str> =
        manifest.lines().filter(|line| ACTS.iter().any(|act| line.contains(&format!("{act:?}")))).collect();
    assert_eq!(acts.len(), ACTS.len());
    fs::create_dir_all(folder.join("pictures/frames")).unwrap();
    fs::write(folder.join("pictures/manifest.jsonl"), acts.join("\n")).unwrap();
    for act in &acts {
        let act: Value = serde_json::from_str(act).unwrap();
        for frame in act["frames"].as_array().unwrap() {
            let file = frame["file"].as_str().unwrap();
            fs::copy(demo.join(file), folder.join("pictures").join(file)).unwrap();
        }
    }
}

/// Runs the lines; what they start in the background ends with the shell.
fn walk(folder: &Path) -> Child {
    let program = Path::new(env!("CARGO_BIN_EXE_rasid")).parent().unwrap();
    let script = format!(
        "set -euo pipefail\nexport PATH={program:?}:$PATH\ntrap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\ntrap 'exit 0' TERM\n{}\ntouch walked\nwait\n",
        lines_of_readme()
    );
    let log = fs::File::create(folder.join("log")).unwrap();
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(script).current_dir(folder);
    shell.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).kill_on_drop(true);
    shell.spawn().unwrap()
}

async fn until(what: &str, folder: &Path, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    };
    if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
        panic!("{what} did not happen:\n{}", fs::read_to_string(folder.join("log")).unwrap());
    }
}

/// Signs in with the key that was printed, opens every picture of the case and dismisses it.
async fn decide(address: &str, key: &str) {
    let client = Client::new();
    let call = |method: Method, path: &str| {
        client
            .request(method, format!("{address}{path}"))
            .bearer_auth(key)
            .header("idempotency-key", path.to_owned())
    };
    let claimed =
        call(Method::POST, "/api/v1/review-tasks/claim-next").json(&json!({})).send().await.unwrap();
    assert_eq!(claimed.status(), StatusCode::OK, "{:?}", claimed.text().await);
    let tag = claimed.headers()["etag"].clone();
    let task: Value = claimed.json().await.unwrap();
    let path = format!("/api/v1/review-tasks/{}", task["id"].as_str().unwrap());
    let case: Value = call(Method::GET, &path).send().await.unwrap().json().await.unwrap();
    for frame in case["sightings"][0]["frames"].as_array().unwrap() {
        let picture = call(Method::GET, frame["address"].as_str().unwrap()).send().await.unwrap();
        assert!(picture.bytes().await.unwrap().len() > 1_000);
    }
    let body = json!({ "kind": "dismiss_manual_check", "reason": { "en": "the clock was off by far" } });
    let decided =
        call(Method::POST, &format!("{path}/decision")).header("if-match", tag).json(&body).send().await;
    let decided = decided.unwrap();
    assert_eq!(decided.status(), StatusCode::CREATED, "{:?}", decided.text().await);
}

#[tokio::test]
async fn the_lines_of_the_readme_lead_from_nothing_to_a_decision() {
    let (url, brokers) = tokio::task::spawn_blocking(|| {
        let services = services::shared();
        (services.database_url(), services.kafka_brokers())
    })
    .await
    .unwrap();
    let database = TestDatabase::create_empty(&url).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    fill(folder.path(), &database, &brokers, port);
    let mut shell = walk(folder.path());
    until("the last line", folder.path(), async || {
        assert!(
            shell.try_wait().unwrap().is_none(),
            "{}",
            fs::read_to_string(folder.path().join("log")).unwrap()
        );
        folder.path().join("walked").exists()
    })
    .await;
    let both = "select (select count(*) from violation) * 10 + (select count(*) from review_task where state = 'open')";
    until("the violation and the case", folder.path(), async || database.number(both).await.unwrap() == 11)
        .await;
    let key = fs::read_to_string(folder.path().join("reviewer.key")).unwrap();
    decide(&format!("http://127.0.0.1:{port}"), key.trim()).await;
    assert_eq!(database.number("select count(*) from decision").await.unwrap(), 1);
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    for said in [
        "the topics are as they must be",
        " 0 fault, 0 not checked",
        "2 events were acknowledged",
        "good     reviewer reviewer-1",
    ] {
        assert!(log.contains(said), "{said} is not said:\n{log}");
    }
    let end = Command::new("kill").arg("-TERM").arg(shell.id().unwrap().to_string()).status().await.unwrap();
    assert!(end.success());
    tokio::time::timeout(PATIENCE, shell.wait()).await.unwrap().unwrap();
    database.remove().await.unwrap();
}
