//! H1, H2, H13: what citizens and reviewers did to the queue of people.

use super::{code_of, objection};
use crate::http::{HttpTest, http};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const FILINGS: usize = 50;
/// Objections to one violation that are taken at all.
const OBJECTIONS_MAX: i64 = 5;

async fn post(http: &HttpTest, role: &str, path: &str, key: &str, body: &Value) -> Response {
    let call = http.call(role, Method::POST, path).header("idempotency-key", key);
    call.json(body).send().await.unwrap()
}

#[tokio::test]
async fn h1_fifty_parallel_filings_against_one_violation_give_one_review() {
    let http = http().await;
    let reference = http.cases.violation(0, 300).await.to_string();
    let body = objection(&[&reference], "the pictures show another vehicle");
    let keys: Vec<String> = (0..FILINGS).map(|number| format!("key-{number}")).collect();
    let filings = keys.iter().map(|key| post(&http, "citizen", "/api/v1/objections", key, &body));
    let mut filed = 0;
    for answer in futures::future::join_all(filings).await {
        match answer.status() {
            StatusCode::CREATED => filed += 1,
            StatusCode::UNPROCESSABLE_ENTITY => assert_eq!(code_of(answer).await.1, "objection_refused"),
            // The database or the one before it is still at work: nothing was filed.
            other => {
                assert!(other == StatusCode::CONFLICT || other == StatusCode::SERVICE_UNAVAILABLE, "{other}")
            }
        }
    }
    assert!((1..=OBJECTIONS_MAX).contains(&filed), "{filed} were filed");
    http.cases.triage().await;
    let tasks = "select count(*) from review_task where kind = 'objection'";
    assert_eq!(http.cases.count(tasks).await, 1, "one review at a time");
    let live = "select count(*) from objection where state not in ('waiting', 'answered', 'decided')";
    assert_eq!(http.cases.count(live).await, 1);
}

/// Claims the only case; its address and the addresses of its pictures.
async fn claimed(http: &HttpTest) -> (String, Vec<String>) {
    let answer = post(http, "reviewer", "/api/v1/review-tasks/claim-next", "claim", &json!({})).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let task: Value = answer.json().await.unwrap();
    let path = format!("/api/v1/review-tasks/{}", task["id"].as_str().unwrap());
    let case: Value = http.call("reviewer", Method::GET, &path).send().await.unwrap().json().await.unwrap();
    let frames = case["sightings"][0]["frames"].as_array().unwrap();
    (path, frames.iter().map(|frame| frame["address"].as_str().unwrap().to_owned()).collect())
}

#[tokio::test]
async fn h2_a_head_and_a_picture_cut_after_64_bytes_decide_nothing() {
    let http = http().await;
    http.cases.manual_check().await;
    let (path, frames) = claimed(&http).await;
    for frame in &frames {
        let head = http.call("reviewer", Method::HEAD, frame).send().await.unwrap();
        assert_eq!(head.status(), StatusCode::METHOD_NOT_ALLOWED);
        let address = http.address.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let key = &http.keys["reviewer"];
        let asked = format!("GET {frame} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\n\r\n");
        stream.write_all(asked.as_bytes()).await.unwrap();
        stream.read_exact(&mut [0; 64]).await.unwrap();
    }
    let decision = json!({ "kind": "dismiss_manual_check", "reason": { "en": "nothing can be read" } });
    let tag = http.call("reviewer", Method::GET, &path).send().await.unwrap().headers()["etag"].clone();
    let call =
        http.call("reviewer", Method::POST, &format!("{path}/decision")).header("idempotency-key", "d");
    let early = call.header("if-match", tag).json(&decision).send().await.unwrap();
    assert_eq!(code_of(early).await, (StatusCode::CONFLICT, "frames_not_viewed".to_owned()));
    assert_eq!(http.cases.count("select count(*) from frame_view").await, 0);
    assert_eq!(http.cases.count("select count(*) from decision").await, 0);
}

#[tokio::test]
async fn h13_a_reviewer_holds_five_cases_and_no_more_however_they_are_claimed() {
    let http = http().await;
    http.cases.manual_checks(8).await;
    let keys: Vec<String> = (0..8).map(|number| format!("claim-{number}")).collect();
    let body = json!({});
    let claims =
        keys.iter().map(|key| post(&http, "reviewer", "/api/v1/review-tasks/claim-next", key, &body));
    let mut held = 0;
    for answer in futures::future::join_all(claims).await {
        if answer.status() == StatusCode::OK {
            held += 1;
        } else {
            assert_eq!(code_of(answer).await, (StatusCode::CONFLICT, "too_many_cases".to_owned()));
        }
    }
    assert_eq!(held, 5);
    // Nor one that was chosen.
    let open =
        http.cases.database.text("select id::text from review_task where state = 'open' limit 1").await;
    let path = format!("/api/v1/review-tasks/rev_{}/claim", open.unwrap().replace('-', ""));
    let chosen = post(&http, "reviewer", &path, "chosen", &body).await;
    assert_eq!(code_of(chosen).await.1, "too_many_cases");
}
