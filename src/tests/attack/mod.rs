//! What a stranger tried in November 2026 (H1 to H17), tried again: one test for each, named by its number and by what is
//! refused. Where the attack is on the process, it is a real `rasid` over the real PostgreSQL and Kafka.

mod connections;
mod disk;
mod keys;
mod people;
mod requests;
mod stream;

use crate::cases::{Cases, PLATE, cases};
use crate::services;
use adjudicate::access::Identity;
use adjudicate::access::store::{NewApiKey, issue_key};
use adjudicate::testing::TestDatabase;
use bytes::Bytes;
use ingest::topics;
use rasid::config::Config;
use reqwest::{Client, Response, StatusCode};
use schemas::reference::ViolationReference;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// Longest wait for anything that must happen.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at something that cannot call back.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);
/// A document that is whole.
const PDF_HEAD: &[u8] = b"%PDF-1.7\n";
const PDF_END: &[u8] = b"\n%%EOF\n";

/// A real `rasid serve` over a schema of its own; killed when it is dropped.
struct Service {
    cases: Cases,
    address: SocketAddr,
    citizen_key: String,
    client: Client,
    folder: TempDir,
    child: Child,
}

impl Service {
    /// Starts it with these keys of `[http]`.
    async fn start(http: &str) -> Self {
        let cases = cases().await;
        let folder = tempfile::tempdir().unwrap();
        let address = free_address();
        let text =
            configuration(&cases.database, folder.path(), &format!("listen = \"{address}\"\n{http}")).await;
        topics::create_missing(&Config::from_defaults_and(&text).unwrap().kafka).await.unwrap();
        let new = NewApiKey {
            label: "a portal".to_owned(),
            identity: Identity::Citizen,
            days: None,
            loopback_only: true,
        };
        let citizen_key = issue_key(&cases.database.connections, &new).await.unwrap().reveal();
        let child = process("serve", folder.path(), &text);
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mut service = Self { cases, address, citizen_key, client, folder, child };
        until("the service answers", async || {
            assert!(service.child.try_wait().unwrap().is_none(), "{}", service.log());
            service.client.get(service.url("/ar/violations")).send().await.is_ok()
        })
        .await;
        service
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn evidence(&self) -> std::path::PathBuf {
        self.folder.path().join("evidence")
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// A figure of the process in `/proc`, bytes: `VmRSS`, or `VmHWM` for the most that there ever was.
    fn memory(&self, figure: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap();
        let line = status.lines().find(|line| line.starts_with(figure)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1_024
    }

    /// A citizen's cookie for a violation. A machine that is busy with other tests may first answer that it is.
    async fn cookie(&self, reference: &ViolationReference) -> String {
        let form = [
            ("reference", reference.to_string()),
            ("country", "SA".to_owned()),
            ("letters", "TNJ".to_owned()),
            ("digits", "123".to_owned()),
        ];
        let mut cookie = None;
        until("a citizen is let in", async || {
            let found = self.client.post(self.url("/en/violations")).form(&form).send().await.unwrap();
            let given = found.headers().get("set-cookie").map(|value| value.to_str().unwrap().to_owned());
            cookie = given.filter(|_| found.status() == StatusCode::SEE_OTHER);
            cookie.is_some()
        })
        .await;
        cookie.unwrap().split(';').next().unwrap().to_owned()
    }

    /// The token of a new objection form of a violation.
    async fn token(&self, reference: &ViolationReference, cookie: &str) -> String {
        let call = self.client.get(self.url(&format!("/en/violations/{reference}/objection")));
        let page = call.header("cookie", cookie).send().await.unwrap().text().await.unwrap();
        let rest = page.split_once("name=\"submission\" value=\"").expect("a form with its token").1;
        rest.split('"').next().unwrap().to_owned()
    }

    /// Sends the body of an objection form of a violation.
    async fn send_form(
        &self,
        reference: &ViolationReference,
        cookie: &str,
        body: Bytes,
    ) -> Result<Response, reqwest::Error> {
        let call = self.client.post(self.url(&format!("/en/violations/{reference}/objection")));
        let call = call.header("cookie", cookie).header("content-type", "multipart/form-data; boundary=b");
        call.body(body).send().await
    }
}

/// A form with this story and these files.
fn form(token: &str, story: &str, files: &[Vec<u8>]) -> Bytes {
    let mut body = field("submission", token);
    body.extend(field("ground", "G25"));
    body.extend(field("story", story));
    for file in files {
        body.extend(b"--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n");
        body.extend_from_slice(file);
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    body.into()
}

fn field(name: &str, value: &str) -> Vec<u8> {
    format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes()
}

/// A whole document of so many bytes; each `number` has another.
fn document(number: u32, bytes: usize) -> Vec<u8> {
    let number = format!("{number:08}");
    let filling = bytes - PDF_HEAD.len() - PDF_END.len() - number.len();
    [PDF_HEAD, number.as_bytes(), &vec![b' '; filling], PDF_END].concat()
}

/// Files below a folder, at any depth, with their sizes; nothing where there is none.
fn files_below(folder: &Path) -> Vec<(std::path::PathBuf, u64)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(files_below(&path)),
            false => files.push((path.clone(), std::fs::metadata(&path).unwrap().len())),
        }
    }
    files
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A configuration over a schema, with topics and folders of its own.
async fn configuration(database: &TestDatabase, folder: &Path, http: &str) -> String {
    let brokers = tokio::task::spawn_blocking(|| services::shared().kafka_brokers()).await.unwrap();
    let name = uuid::Uuid::now_v7().simple().to_string();
    let topics = ["events", "dead_letter", "violations", "decisions"]
        .map(|kind| format!("{kind}_topic = \"{kind}-{name}\"\n"))
        .concat();
    format!(
        "[database]\nurl = {:?}\nacquire_timeout_milliseconds = 60000\n[kafka]\nbrokers = {brokers:?}\ngroup = \"group-{name}\"\ninstance = \"{name}\"\n\
         {topics}created_partitions = 1\n[evidence]\ndirectory = {:?}\n[http]\n{http}[admin]\nlisten = \"127.0.0.1:0\"\n\
         stream_listen = \"127.0.0.1:0\"\n[ingest]\ndead_letter_percent_max = 100\n",
        database.config.url.expose(),
        folder.join("evidence"),
    )
}

/// Starts `rasid COMMAND` with this configuration; its log stands beside it.
fn process(command: &str, folder: &Path, configuration: &str) -> Child {
    let file = folder.join("rasid.toml");
    std::fs::write(&file, configuration).unwrap();
    let log = File::create(folder.join("log")).unwrap();
    let mut started = Command::new(env!("CARGO_BIN_EXE_rasid"));
    started.args([command, "--config"]).arg(&file).current_dir(folder);
    started.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).kill_on_drop(true);
    started.spawn().unwrap()
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    };
    assert!(
        tokio::time::timeout(PATIENCE, waiting).await.is_ok(),
        "not within {} s: {what}",
        PATIENCE.as_secs()
    );
}

/// The refusal's code.
async fn code_of(response: Response) -> (StatusCode, String) {
    let status = response.status();
    let problem: serde_json::Value = response.json().await.unwrap();
    (status, problem["code"].as_str().unwrap_or_default().to_owned())
}

/// An objection for programs.
fn objection(references: &[&str], story: &str) -> serde_json::Value {
    serde_json::json!({
        "violations": references, "plate": PLATE, "grounds": [{ "code": "G25" }], "story": story, "language": "en",
    })
}
