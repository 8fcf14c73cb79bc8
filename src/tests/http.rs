//! The service half as its callers meet it: over HTTP, against the real database.

use crate::cases::{Cases, PLATE, REVIEW, cases};
use adjudicate::access::Identity;
use adjudicate::access::administration::revoke_key;
use adjudicate::access::store::{NewApiKey, issue_key};
use adjudicate::foundation::evidence::{EvidenceFileError, EvidenceFiles};
use async_trait::async_trait;
use bytes::Bytes;
use ingest::config::DocumentsConfig;
use ingest::documents::DocumentStore;
use prometheus::Registry;
use rasid::files::StoredDocuments;
use rasid::service::UploadedPictures;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use rules::policy::Policies;
use schemas::evidence::Sha256Digest;
use schemas::ids::ReviewerId;
use schemas::objection::GroundCode;
use schemas::reference::ViolationReference;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};
use web::ServiceState;
use web::budget::Budgets;
use web::metrics::HttpMetrics;
use web::serve::{ServeLimits, serve};

/// Room for what tests send.
const DOCUMENT_BYTES_MAX: u64 = 100_000_000;

/// Files in memory; the frames of test sightings are there from the start.
#[derive(Debug)]
struct MemoryFiles(Mutex<BTreeMap<Sha256Digest, Bytes>>);

#[async_trait]
impl EvidenceFiles for MemoryFiles {
    async fn read(&self, digest: Sha256Digest) -> Result<Bytes, EvidenceFileError> {
        self.0.lock().unwrap().get(&digest).cloned().ok_or(EvidenceFileError::Missing(digest))
    }
}

/// A server of its own for a test, with a key of each role.
pub(crate) struct HttpTest {
    pub(crate) cases: Cases,
    pub(crate) address: String,
    pub(crate) keys: BTreeMap<&'static str, String>,
    client: Client,
    _uploads: TempDir,
    _stops_the_server: DropGuard,
}

/// A server that believes it listens at `listen`.
pub(crate) async fn http_listening_at(listen: &str) -> HttpTest {
    start(listen, DOCUMENT_BYTES_MAX).await
}

/// A server whose store of documents has room for so many bytes.
pub(crate) async fn http_with_room_for_documents(bytes_max: u64) -> HttpTest {
    start("127.0.0.1:1", bytes_max).await
}

async fn start(listen: &str, bytes_max: u64) -> HttpTest {
    let cases = cases().await;
    let pool = cases.database.connections.clone();
    let identities = [
        ("citizen", Identity::Citizen),
        ("reviewer", Identity::Reviewer(ReviewerId::parse("reviewer-1").unwrap())),
        ("auditor", Identity::Auditor),
        ("administrator", Identity::Administrator),
    ];
    let mut keys = BTreeMap::new();
    for (role, identity) in identities {
        let new = NewApiKey { label: format!("a test's {role}"), identity, days: None, loopback_only: true };
        keys.insert(role, issue_key(&pool, &new).await.unwrap().reveal());
    }
    let mut config =
        rasid::config::Config::from_defaults_and("[database]\nurl = \"postgres://none/none\"").unwrap().http;
    config.listen = listen.parse().unwrap();
    let registry = Registry::new();
    let scratch = tempfile::tempdir().unwrap();
    let documents = DocumentsConfig { directory: None, bytes_max };
    let documents = DocumentStore::open(&documents, scratch.path(), &registry).unwrap();
    let metrics = HttpMetrics::register(&registry).unwrap();
    let state = ServiceState {
        database: pool,
        clock: cases.clock.clone(),
        evidence: Arc::new(frames_of_test_sightings()),
        documents: Arc::new(StoredDocuments(documents)),
        uploads: config.uploads(scratch.path(), cases.clock.clone()),
        picture_slots: Arc::new(Semaphore::new(1)),
        whole_pictures: Arc::new(UploadedPictures::of(&config)),
        budgets: Arc::new(Budgets::of(&config, metrics.clone())),
        metrics: metrics.clone(),
        policies: Arc::new(Policies::compiled_in().unwrap()),
        review: REVIEW,
        service_metrics: cases.job.metrics.clone(),
        config: Arc::new(config.clone()),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bound: SocketAddr = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let limits = ServeLimits::of(&config);
    tokio::spawn(serve(listener, web::router(state), limits, shutdown.clone()));
    HttpTest {
        cases,
        address: format!("http://{bound}"),
        keys,
        client: Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap(),
        _uploads: scratch,
        _stops_the_server: shutdown.drop_guard(),
    }
}

/// A server on loopback.
pub(crate) async fn http() -> HttpTest {
    http_listening_at("127.0.0.1:1").await
}

fn frames_of_test_sightings() -> MemoryFiles {
    let events = (0..10).map(|number| format!("event-{number}")).chain(["doubtful".to_owned()]);
    let frames =
        events.flat_map(|event| ["first", "second"].map(|role| Bytes::from(format!("{event} {role}"))));
    MemoryFiles(Mutex::new(frames.map(|bytes| (Sha256Digest::of(&bytes), bytes)).collect()))
}

impl HttpTest {
    /// A call with the key of `role`.
    pub(crate) fn call(&self, role: &str, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path).bearer_auth(&self.keys[role])
    }

    /// A call without a key.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.address))
    }

    fn post(&self, role: &str, path: &str, key: &str, body: &Value) -> RequestBuilder {
        self.call(role, Method::POST, path).header("idempotency-key", key).json(body)
    }

    /// A task in the queue, claimed, with the address of the task and its `ETag`.
    async fn claimed(&self) -> (String, String) {
        let claimed = self
            .post("reviewer", "/api/v1/review-tasks/claim-next", "claim", &json!({}))
            .send()
            .await
            .unwrap();
        assert_eq!(claimed.status(), StatusCode::OK);
        let tag = claimed.headers()["etag"].to_str().unwrap().to_owned();
        let task: Value = claimed.json().await.unwrap();
        (format!("/api/v1/review-tasks/{}", task["id"].as_str().unwrap()), tag)
    }

    /// Opens every picture of a case.
    async fn open_frames(&self, task: &str) {
        for frame in self.frames(task).await {
            let response = self.call("reviewer", Method::GET, &frame).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::OK);
            assert!(!response.bytes().await.unwrap().is_empty());
        }
    }

    /// Addresses of the pictures of a case.
    async fn frames(&self, task: &str) -> Vec<String> {
        let case: Value =
            self.call("reviewer", Method::GET, task).send().await.unwrap().json().await.unwrap();
        let sightings = case["sightings"].as_array().unwrap();
        let frames = sightings.iter().flat_map(|one| one["frames"].as_array().unwrap());
        frames.map(|frame| frame["address"].as_str().unwrap().to_owned()).collect()
    }
}

fn objection(references: &[&ViolationReference], ground: &str) -> Value {
    json!({
        "violations": references.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "plate": PLATE,
        "grounds": [{ "code": ground }],
        "story": "the sign could not be seen",
        "language": "en",
    })
}

async fn refused(response: Response) -> (StatusCode, String) {
    let status = response.status();
    let problem: Value = response.json().await.unwrap();
    (status, problem["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_violation_is_shown_only_to_who_knows_reference_and_plate() {
    let http = http().await;
    let reference = http.cases.violation(0, 300).await;
    let path = format!("/api/v1/violations/{reference}");
    let with = |plate: &str| http.call("citizen", Method::GET, &path).header("rasid-plate", plate).send();
    let shown: Value = with(PLATE).await.unwrap().json().await.unwrap();
    assert_eq!(shown["amount_due"], json!({ "amount": "300", "currency": "SAR" }));
    assert_eq!(shown["calculation"]["steps"][0]["rule"], "speed.deduction");
    assert_eq!(
        refused(with("SA-124-TNJ").await.unwrap()).await,
        (StatusCode::NOT_FOUND, "violation_not_found".into())
    );
    assert_eq!(refused(with("SA").await.unwrap()).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_objection_that_is_sent_again_is_filed_once_and_answered_the_same() {
    let http = http().await;
    let reference = http.cases.violation(0, 300).await;
    let file = |key: &'static str, ground| {
        http.post("citizen", "/api/v1/objections", key, &objection(&[&reference], ground)).send()
    };
    let first = file("one", "G11").await.unwrap();
    assert_eq!(first.status(), StatusCode::CREATED);
    let location = first.headers()["location"].clone();
    let first: Value = first.json().await.unwrap();
    let again = file("one", "G11").await.unwrap();
    assert_eq!((again.status(), &again.headers()["location"]), (StatusCode::CREATED, &location));
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    assert_eq!(again.json::<Value>().await.unwrap(), first);
    assert_eq!(refused(file("one", "G12").await.unwrap()).await.1, "idempotency_key_reused");
    let path = "/api/v1/objections";
    let bare =
        http.call("citizen", Method::POST, path).json(&objection(&[&reference], "G11")).send().await.unwrap();
    assert_eq!(refused(bare).await, (StatusCode::BAD_REQUEST, "idempotency_key_missing".into()));
    assert_eq!(http.cases.database.number("select count(*) from objection").await.unwrap(), 1);
}

#[tokio::test]
async fn of_many_calls_at_once_under_one_key_one_files_and_the_others_wait_or_hear_the_same() {
    let http = http().await;
    let reference = http.cases.violation(0, 300).await;
    let body = objection(&[&reference], "G11");
    let calls = (0..16).map(|_| http.post("citizen", "/api/v1/objections", "same", &body).send());
    for response in futures::future::join_all(calls).await {
        let status = response.unwrap().status();
        assert!(status == StatusCode::CREATED || status == StatusCode::CONFLICT, "{status}");
    }
    assert_eq!(http.cases.database.number("select count(*) from objection").await.unwrap(), 1);
}

#[tokio::test]
async fn everything_wrong_with_an_objection_is_told_at_once_and_nothing_is_kept() {
    let http = http().await;
    let body = json!({ "violations": ["x"], "plate": "x", "grounds": [], "story": "", "language": "ar" });
    let response = http.post("citizen", "/api/v1/objections", "bad", &body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["errors"].as_array().unwrap().len(), 3);
    assert_eq!(http.cases.database.number("select count(*) from objection").await.unwrap(), 0);
}

#[tokio::test]
async fn a_document_is_what_its_bytes_say() {
    let http = http().await;
    let reference = http.cases.violation(0, 300).await;
    let filed = http.cases.file(&[reference], &[GroundCode::Other]).await;
    let path = format!("/api/v1/objections/{}/attachments", filed.reference);
    let add = |key: &str, bytes: &'static [u8]| {
        let part =
            reqwest::multipart::Part::bytes(bytes).file_name("photo.jpg").mime_str("image/jpeg").unwrap();
        let form = reqwest::multipart::Form::new().part("file", part);
        let call = http.call("citizen", Method::POST, &path).header("idempotency-key", key);
        call.header("rasid-plate", PLATE).multipart(form).send()
    };
    assert_eq!(refused(add("1", b"<html>").await.unwrap()).await.1, "attachment_refused");
    // The name says JPEG, the bytes PDF: the bytes count.
    assert_eq!(add("2", b"%PDF-1.7 x\n%%EOF\n").await.unwrap().status(), StatusCode::CREATED);
    let kept = http.cases.database.text("select media_type from attachment").await.unwrap();
    assert_eq!(kept, "application/pdf");
    assert_eq!(add("2", b"%PDF-1.7 x\n%%EOF\n").await.unwrap().headers()["idempotency-replayed"], "true");
}

#[tokio::test]
async fn a_case_is_decided_only_by_its_holder_after_opening_every_picture_at_the_version_that_was_read() {
    let http = http().await;
    let reference = http.cases.violation(0, 300).await;
    http.cases.file(std::slice::from_ref(&reference), &[GroundCode::Other]).await;
    http.cases.triage().await;
    let (task, tag) = http.claimed().await;
    let body = json!({
        "kind": "objection",
        "verdicts": [{ "violation": reference.to_string(), "verdict": "upheld" }],
        "reason": { "en": "the pictures show the vehicle and its plate" },
    });
    let path = format!("{task}/decision");
    let decide =
        |key: &str, tag: &str| http.post("reviewer", &path, key, &body).header("if-match", tag).send();
    let bare = http.post("reviewer", &path, "0", &body).send().await.unwrap();
    assert_eq!(refused(bare).await, (StatusCode::PRECONDITION_REQUIRED, "precondition_missing".into()));
    assert_eq!(
        refused(decide("1", &tag).await.unwrap()).await,
        (StatusCode::CONFLICT, "frames_not_viewed".into())
    );
    http.open_frames(&task).await;
    let stale = refused(decide("2", "\"1\"").await.unwrap()).await;
    assert_eq!(stale, (StatusCode::PRECONDITION_FAILED, "precondition_stale".into()));
    assert_eq!(decide("3", &tag).await.unwrap().status(), StatusCode::CREATED);
    assert_eq!(
        refused(decide("4", &tag).await.unwrap()).await,
        (StatusCode::CONFLICT, "task_not_open".into())
    );
    assert_eq!(http.cases.status(&reference).await, ("issued".into(), "300".into()));
}

#[tokio::test]
async fn a_picture_counts_as_opened_at_its_end_and_never_by_its_head() {
    let http = http().await;
    http.cases.manual_check().await;
    let (task, _) = http.claimed().await;
    let viewed = "select count(*) from frame_view";
    let frames = http.frames(&task).await;
    for frame in &frames {
        let head = http.call("reviewer", Method::HEAD, frame).send().await.unwrap();
        assert_eq!(head.status(), StatusCode::METHOD_NOT_ALLOWED);
        // Whoever hangs up after the head of the answer has seen nothing.
        drop(http.call("reviewer", Method::GET, frame).send().await.unwrap());
    }
    let path = format!("{task}/decision");
    let body = json!({ "kind": "dismiss_manual_check", "reason": { "en": "nothing can be read" } });
    let tag = http.call("reviewer", Method::GET, &task).send().await.unwrap().headers()["etag"].clone();
    let early = http.post("reviewer", &path, "1", &body).header("if-match", &tag).send().await.unwrap();
    assert_eq!(refused(early).await, (StatusCode::CONFLICT, "frames_not_viewed".into()));
    http.open_frames(&task).await;
    let all = i64::try_from(frames.len()).unwrap();
    assert_eq!(http.cases.database.number(viewed).await.unwrap(), all);
    let decided = http.post("reviewer", &path, "2", &body).header("if-match", &tag).send().await.unwrap();
    assert_eq!(decided.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn pictures_are_not_shown_to_who_does_not_hold_the_case() {
    let http = http().await;
    http.cases.manual_check().await;
    let (task, _) = http.claimed().await;
    let released = http.post("reviewer", &format!("{task}/release"), "r", &json!({})).send().await.unwrap();
    assert_eq!(released.status(), StatusCode::NO_CONTENT);
    let frame = Sha256Digest::of(b"doubtful first");
    let path = format!("{task}/frames/{frame}");
    let refusal = refused(http.call("reviewer", Method::GET, &path).send().await.unwrap()).await;
    assert_eq!(refusal, (StatusCode::CONFLICT, "lease_not_held".into()));
    assert_eq!(http.cases.database.number("select count(*) from frame_view").await.unwrap(), 0);
}

#[tokio::test]
async fn a_demo_key_is_refused_where_others_can_reach_the_server() {
    let http = http_listening_at("0.0.0.0:8080").await;
    let refusal =
        refused(http.call("reviewer", Method::GET, "/api/v1/review-tasks").send().await.unwrap()).await;
    assert_eq!(refusal, (StatusCode::UNAUTHORIZED, "key_loopback_only".into()));
}

#[tokio::test]
async fn a_revoked_key_ends_with_every_session_that_it_opened() {
    let http = http().await;
    let key = &http.keys["reviewer"];
    let form = [("key", key.as_str())];
    let signed_in = http.bare(Method::POST, "/en/sign-in").form(&form).send().await.unwrap();
    assert_eq!(signed_in.status(), StatusCode::SEE_OTHER);
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let queue = || http.bare(Method::GET, "/en/queue").header("cookie", &cookie).send();
    assert_eq!(queue().await.unwrap().status(), StatusCode::OK);
    let id = key.parse::<adjudicate::access::key::ApiKey>().unwrap().id();
    assert!(revoke_key(&http.cases.database.connections, id).await.unwrap());
    assert_eq!(queue().await.unwrap().status(), StatusCode::SEE_OTHER);
    let refusal =
        refused(http.call("reviewer", Method::GET, "/api/v1/review-tasks").send().await.unwrap()).await;
    assert_eq!(refusal.1, "unauthenticated");
}

#[tokio::test]
async fn a_citizens_page_shows_cases_of_the_plate_that_was_given_and_no_other() {
    let http = http().await;
    let reference = http.cases.violation(0, 300).await;
    let give = |letters: &'static str| {
        let reference = reference.to_string();
        let form = [
            ("reference", reference),
            ("country", "SA".into()),
            ("letters", letters.into()),
            ("digits", "123".into()),
        ];
        http.bare(Method::POST, "/ar/violations").form(&form).send()
    };
    assert_eq!(give("TNK").await.unwrap().status(), StatusCode::NOT_FOUND);
    let found = give("TNJ").await.unwrap();
    assert_eq!(found.headers()["location"], format!("/ar/violations/{reference}").as_str());
    let cookie = found.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = http.bare(Method::GET, &format!("/ar/violations/{reference}"));
    let page = page.header("cookie", &cookie).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("٣٠٠") && page.contains(r#"dir="rtl""#), "{page}");
    let without = http.bare(Method::GET, &format!("/ar/violations/{reference}")).send().await.unwrap();
    assert_eq!(without.headers()["location"], "/ar/violations");
}

#[tokio::test]
async fn the_form_offers_grounds_that_fit_the_act_each_with_its_hint_and_the_last_day() {
    let http = http().await;
    let reference = http.cases.violation(0, 300).await;
    let quoted = reference.to_string();
    let form = [("reference", quoted.as_str()), ("country", "SA"), ("letters", "TNJ"), ("digits", "123")];
    let found = http.bare(Method::POST, "/ar/violations").form(&form).send().await.unwrap();
    let cookie = found.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let address = format!("/ar/violations/{reference}/objection");
    let page = http.bare(Method::GET, &address).header("cookie", &cookie).send().await.unwrap();
    let page = page.text().await.unwrap();
    for offered in ["G01", "G12", "G16", "G20", "G25"] {
        assert!(page.contains(&format!("value=\"{offered}\"")), "{offered} is not offered for speed");
    }
    for other in ["G13", "G18"] {
        assert!(!page.contains(&format!("value=\"{other}\"")), "{other} is offered for speed");
    }
    for text in ["أرفق بلاغًا أمنيًا", "آخر يوم لتقديم الاعتراض", "طلب مراجعة بشرية"]
    {
        assert!(page.contains(text), "{text} is missing");
    }
}
