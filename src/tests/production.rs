//! The way to production as README says it: its own shell lines, run by a shell, until a reviewer has decided.

use crate::trouble::{ACCOUNT_LISTENER, ACCOUNT_PASSWORD, Secured};
use adjudicate::foundation::roles::RoleName;
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
const PATIENCE: Duration = Duration::from_secs(180);
/// Wait between two looks.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);
/// Acts of the demo that make the folder of pictures: one that is issued, one for a person.
const ACTS: [&str; 2] = ["sa-speed-01", "sa-clock-off"];

/// A block of the section: its shell lines (`sh`), or its example of `rasid.toml` (`toml`).
fn block_of_readme(kind: &str) -> String {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let section = readme.split_once("## To production").unwrap().1;
    let block = section.split_once(&format!("```{kind}\n")).unwrap().1;
    block.split_once("```").unwrap().0.to_owned()
}

/// The example of `rasid.toml` with the places of this test in it; whatever else it says stays as it stands there.
fn filled_example(secured: &Secured, database: &TestDatabase) -> String {
    let password = secured.folder.path().join("kafka-password");
    fs::write(&password, format!("{ACCOUNT_PASSWORD}\n")).unwrap();
    let authority = secured.authority.file().display().to_string();
    let config = &database.config;
    let owner = at_localhost(config.for_migrating().url.expose());
    let (writer, reader) =
        (at_localhost(config.url.expose()), at_localhost(config.for_reading().url.expose()));
    let named = |role: &Option<RoleName>| format!("_role = {:?}", role.as_ref().unwrap().as_str());
    let places = [
        ("rasid_owner:PASSWORD@db.example:5432/rasid", owner.as_str()),
        ("rasid_write:PASSWORD@db.example:5432/rasid", &writer),
        ("rasid_read:PASSWORD@db.example:5432/rasid", &reader),
        ("_role = \"rasid_write\"", &named(&config.write_role)),
        ("_role = \"rasid_read\"", &named(&config.read_role)),
        (
            "sslrootcert=/etc/rasid/ca.pem",
            &format!("sslrootcert={authority}&options[search_path]={},public", database.schema),
        ),
        (
            "key_file = \"/etc/rasid/server-key.pem\"",
            "key_file = \"server-key.pem\"\ncheckpoint_interval_seconds = 1",
        ),
        ("ca_file = \"/etc/rasid/ca.pem\"", &format!("ca_file = {authority:?}")),
        ("kafka.example:9093", &secured.brokers(ACCOUNT_LISTENER)),
        ("/etc/rasid/kafka-password", &password.display().to_string()),
    ];
    places.into_iter().fold(block_of_readme("toml"), |text, (shown, real)| {
        assert!(text.contains(shown), "the example does not show {shown}:\n{text}");
        text.replace(shown, real)
    })
}

/// User, password, server and database of an address, by the name of the host that the certificate bears.
fn at_localhost(url: &str) -> String {
    let place = url.strip_prefix("postgres://").unwrap().split('?').next().unwrap();
    place.replace("@127.0.0.1:", "@localhost:")
}

/// What an operator has: a configuration, registers, pictures.
fn fill(folder: &Path, example: &str, http_port: u16) {
    let name = uuid::Uuid::now_v7().simple().to_string();
    let evidence = folder.join("evidence");
    let topics = ["events", "dead_letter", "violations", "decisions"]
        .map(|kind| format!("{kind}_topic = \"{kind}-{name}\"\n"))
        .concat();
    let config = format!(
        "{example}group = \"group-{name}\"\n{topics}\
         created_partitions = 2\n[evidence]\ndirectory = {evidence:?}\n[http]\nlisten = \"127.0.0.1:{http_port}\"\n\
         [admin]\nlisten = \"127.0.0.1:0\"\nstream_listen = \"127.0.0.1:0\"\n",
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

/// Runs lines; what they start in the background ends with the shell.
fn walk(folder: &Path, lines: &str) -> Child {
    let program = Path::new(env!("CARGO_BIN_EXE_rasid")).parent().unwrap();
    let script = format!(
        "set -euo pipefail\nexport PATH={program:?}:$PATH\ntrap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\ntrap 'exit 0' TERM\n{}\ntouch walked\nwait\n",
        lines
    );
    let log = fs::File::options().create(true).append(true).open(folder.join("log")).unwrap();
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(script).current_dir(folder);
    shell.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).kill_on_drop(true);
    shell.spawn().unwrap()
}

pub(crate) async fn until(what: &str, folder: &Path, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    };
    if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
        panic!("{what} did not happen:\n{}", fs::read_to_string(folder.join("log")).unwrap());
    }
}

/// Signs in with the key that was printed, opens every picture of the next case and decides it: a manual check is
/// dismissed, and an objection to the violation is refused.
pub(crate) async fn decide(address: &str, key: &str, violation: Option<&str>) {
    let client = Client::new();
    let call = |method: Method, path: &str| {
        client
            .request(method, format!("{address}{path}"))
            .bearer_auth(key)
            .header("idempotency-key", uuid::Uuid::now_v7().to_string())
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
        assert_eq!(picture.status(), StatusCode::OK, "{frame}");
        assert!(picture.bytes().await.unwrap().len() > 1_000);
    }
    let body = if task["kind"] == "objection" {
        let verdict = json!({ "violation": violation, "verdict": "upheld" });
        json!({ "kind": "objection", "verdicts": [verdict], "reason": { "en": "the pictures show it", "ar": "تُظهر الصور ذلك" } })
    } else {
        json!({ "kind": "dismiss_manual_check", "reason": { "en": "the clock was off by far" } })
    };
    let decided =
        call(Method::POST, &format!("{path}/decision")).header("if-match", tag).json(&body).send().await;
    let decided = decided.unwrap();
    assert_eq!(decided.status(), StatusCode::CREATED, "{:?}", decided.text().await);
}

/// Waits for the last of the lines.
async fn walked(folder: &Path, shell: &mut Child) {
    let log = || fs::read_to_string(folder.join("log")).unwrap();
    until("the last line", folder, async || {
        assert!(shell.try_wait().unwrap().is_none(), "{}", log());
        folder.join("walked").exists()
    })
    .await;
    fs::remove_file(folder.join("walked")).unwrap();
}

/// Ends what the lines started, in order.
async fn end(mut shell: Child) {
    let end = Command::new("kill").arg("-TERM").arg(shell.id().unwrap().to_string()).status().await.unwrap();
    assert!(end.success());
    tokio::time::timeout(PATIENCE, shell.wait()).await.unwrap().unwrap();
}

/// `rasid verify` finds both cases signed and sealed.
async fn all_is_signed(folder: &Path, database: &TestDatabase) {
    let unsealed = "select count(*) from case_head where sealed_length < chain_length";
    until("the last seal", folder, async || database.number(unsealed).await.unwrap() == 0).await;
    let verified = Command::new(env!("CARGO_BIN_EXE_rasid"))
        .args(["verify", "--all", "--json", "--config", "rasid.toml"])
        .current_dir(folder)
        .output()
        .await
        .unwrap();
    let totals: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(
        (&totals["cases"], &totals["unsigned"], &totals["unsealed"], &totals["faults"]),
        (&json!(2), &json!(0), &json!(0), &json!(0))
    );
}

#[tokio::test]
async fn the_lines_of_the_readme_lead_from_nothing_to_a_decision_and_over_a_restart() {
    let secured = tokio::task::spawn_blocking(|| Secured::start(true)).await.unwrap();
    let database = TestDatabase::create_empty(&secured.database_url()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    fill(folder.path(), &filled_example(&secured, &database), port);
    let lines = block_of_readme("sh");
    let mut shell = walk(folder.path(), &lines);
    walked(folder.path(), &mut shell).await;
    let both = "select (select count(*) from violation) * 10 + (select count(*) from review_task where state = 'open')";
    until("the violation and the case", folder.path(), async || database.number(both).await.unwrap() == 11)
        .await;
    let key = fs::read_to_string(folder.path().join("reviewer.key")).unwrap();
    let address = format!("http://127.0.0.1:{port}");
    decide(&address, key.trim(), None).await;
    assert_eq!(database.number("select count(*) from decision").await.unwrap(), 1);
    all_is_signed(folder.path(), &database).await;
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    for said in [
        "the topics are as they must be",
        " 0 fault, 0 not checked",
        "2 events were acknowledged",
        "good     reviewer reviewer-1",
        "signs from now on",
        " 0 faults",
    ] {
        assert!(log.contains(said), "{said} is not said:\n{log}");
    }
    let encrypted = "select count(*) from pg_stat_ssl join pg_stat_activity using (pid) \
        where application_name like 'rasid %' and not ssl";
    assert_eq!(database.number(encrypted).await.unwrap(), 0);
    end(shell).await;

    // The same processes again, and the same pictures: everything goes on where it stood, and nothing counts twice.
    let again: Vec<&str> = lines
        .lines()
        .filter(|line| line.ends_with('&') || line.starts_with("rasid send pictures --keys"))
        .collect();
    assert_eq!(again.len(), 4, "{again:?}");
    let mut shell = walk(folder.path(), &again.join("\n"));
    walked(folder.path(), &mut shell).await;
    let settled = "select sum(violation + manual_check + no_offence + duplicate + dead_letter)::bigint from stream_position";
    until("the events sent again", folder.path(), async || database.number(settled).await.unwrap() == 4)
        .await;
    assert_eq!(database.number("select count(*) from violation").await.unwrap(), 1);
    assert_eq!(database.number("select count(*) from dead_letter").await.unwrap(), 0);
    until("an answer", folder.path(), async || {
        let claimed = Client::new().post(format!("{address}/api/v1/review-tasks/claim-next"));
        let claimed = claimed.bearer_auth(key.trim()).header("idempotency-key", "after-the-restart");
        // The key is still good, and nothing waits any more.
        let answer = claimed.json(&json!({})).send().await;
        answer.is_ok_and(|answer| answer.status() == StatusCode::NOT_FOUND)
    })
    .await;
    end(shell).await;
    database.remove().await.unwrap();
}
