//! H14, H17: what single requests held: values that the server fell over, files and texts that are none.

use super::{code_of, document, objection};
use crate::cases::PLATE;
use crate::http::{HttpTest, http};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, Response, StatusCode};
use schemas::objection::GroundCode;
use serde_json::{Value, json};

async fn file(http: &HttpTest, key: &str, body: &Value) -> Response {
    let call = http.call("citizen", Method::POST, "/api/v1/objections").header("idempotency-key", key);
    call.json(body).send().await.unwrap()
}

#[tokio::test]
async fn h14_extreme_values_are_refused_and_leave_their_key_free() {
    let http = http().await;
    let reference = http.cases.violation(0, 300).await.to_string();
    let sound = objection(&[&reference], "the sign could not be seen");
    let with = |part: &str, value: Value| {
        let mut body = sound.clone();
        body[part] = value;
        body
    };
    let extremes = [
        with("grounds", json!([{ "code": "G04", "date": "-4800-01-01" }])),
        with("grounds", json!([{ "code": "G04", "date": "9999-12-31" }])),
        with("grounds", json!(vec![json!({ "code": "G25" }); 2_000])),
        with("story", json!("a\0b")),
        with("violations", json!(vec![reference.clone(); 5_000])),
        with("violations", json!([])),
        with("plate", json!("SA-".repeat(20_000))),
    ];
    for extreme in &extremes {
        let answer = file(&http, "one", extreme).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(file(&http, "one", &sound).await.status(), StatusCode::CREATED, "the key is free");
    http.cases.triage().await;
    decision_with_nul(&http, &reference).await;
}

/// A reason that holds NUL was a 500, and its key stayed taken.
async fn decision_with_nul(http: &HttpTest, reference: &str) {
    let call = |path: &str, key: &'static str| {
        http.call("reviewer", Method::POST, path).header("idempotency-key", key)
    };
    let claimed = call("/api/v1/review-tasks/claim-next", "c").json(&json!({})).send().await.unwrap();
    let tag = claimed.headers()["etag"].clone();
    let task: Value = claimed.json().await.unwrap();
    let path = format!("/api/v1/review-tasks/{}/decision", task["id"].as_str().unwrap());
    let decision = |reason: &str| {
        let verdicts = json!([{ "violation": reference, "verdict": "upheld" }]);
        json!({ "kind": "objection", "verdicts": verdicts, "reason": { "ar": reason, "en": reason } })
    };
    for reason in ["a\0b", "\u{200B}\u{2066}", ""] {
        let answer = call(&path, "d").header("if-match", &tag).json(&decision(reason)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{reason:?}");
    }
    let sound = call(&path, "d").header("if-match", &tag).json(&decision("the sign is seen")).send().await;
    assert_eq!(code_of(sound.unwrap()).await, (StatusCode::CONFLICT, "frames_not_viewed".to_owned()));
}

#[tokio::test]
async fn h17_uploads_are_judged_by_all_their_bytes() {
    let http = http().await;
    let reference = http.cases.violation(0, 300).await;
    let filed = http.cases.file(&[reference], &[GroundCode::Other]).await;
    let path = format!("/api/v1/objections/{}/attachments", filed.reference);
    let whole = include_bytes!("../../../deploy/demo/frames/eg-01-1.jpg");
    let cut = [&whole[..whole.len() * 65 / 100], &[0xFF, 0xD9]].concat();
    let page = b"<html><script>alert(1)</script></html>".to_vec();
    let refused: [(&str, Vec<u8>); 8] = [
        ("three bytes of a JPEG", vec![0xFF, 0xD8, 0xFF]),
        ("a JPEG that is cut and ended", cut),
        ("a page behind the head of a JPEG", [&[0xFF, 0xD8, 0xFF, 0xE0][..], &page].concat()),
        ("a page behind the head of a PNG", [&b"\x89PNG\r\n\x1a\n"[..], &page].concat()),
        ("a page before a PDF", [&page[..], &document(1, 1_000)].concat()),
        ("a PDF without its end", document(1, 1_000)[..900].to_vec()),
        ("a page", page),
        ("nothing", Vec::new()),
    ];
    for (number, (what, bytes)) in refused.into_iter().enumerate() {
        let part = Part::bytes(bytes).file_name("a.jpg").mime_str("image/jpeg").unwrap();
        let call = http.call("citizen", Method::POST, &path).header("rasid-plate", PLATE);
        let call = call.header("idempotency-key", format!("key-{number}"));
        let answer = call.multipart(Form::new().part("file", part)).send().await.unwrap();
        assert_eq!(
            code_of(answer).await,
            (StatusCode::UNPROCESSABLE_ENTITY, "attachment_refused".into()),
            "{what}"
        );
    }
    assert_eq!(http.cases.count("select count(*) from attachment").await, 0);
}

#[tokio::test]
async fn h17_texts_that_nobody_sees_and_addresses_in_place_of_pseudonyms_are_refused() {
    let http = http().await;
    let reference = http.cases.violation(0, 300).await.to_string();
    for story in ["\u{200B}", "\u{2066}\u{2069}", "\u{202E}", "\u{FEFF}\u{00AD}", " \r\n\t"] {
        let answer = file(&http, "one", &objection(&[&reference], story)).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{story:?}");
    }
    for (part, value) in
        [("party", "citizen@example.org"), ("party", "1012345678"), ("contact", "+966500000000")]
    {
        let mut body = objection(&[&reference], "a story");
        body[part] = json!(value);
        assert_eq!(
            file(&http, "one", &body).await.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{part} {value}"
        );
    }
}

#[tokio::test]
async fn h17_a_reference_that_exists_and_one_that_does_not_are_answered_by_the_same_words() {
    let http = http().await;
    let there = http.cases.violation(0, 300).await.to_string();
    let missing = schemas::reference::ViolationReference::generate().to_string();
    let mut answers = Vec::new();
    for reference in [&there, &missing] {
        let call = http.call("citizen", Method::GET, &format!("/api/v1/violations/{reference}"));
        let answer = call.header("rasid-plate", "SA-999-TNJ").send().await.unwrap();
        let mut problem: Value = answer.json().await.unwrap();
        problem["request_id"] = Value::Null;
        answers.push(problem);
    }
    assert_eq!(answers[0], answers[1]);
}
