//! What citizens upload: shown as a copy, kept as it was, received without taking the memory. And what a guess costs.

use super::Citizen;
use crate::cases::PLATE;
use crate::http::http;
use adjudicate::desk::find::violation_of_plate;
use adjudicate::foundation::config::DatabaseConfig;
use adjudicate::foundation::db::{PoolPurpose, connect};
use adjudicate::testing::TestDatabase;
use bytes::Bytes;
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method, StatusCode};
use schemas::objection::GroundCode;
use schemas::reference::ViolationReference;

/// A photograph with a page in its comment.
fn photograph_with_a_page() -> Vec<u8> {
    let photograph = include_bytes!("../../../deploy/demo/frames/eg-01-1.jpg");
    let page = b"<html><script>alert(document.cookie)</script></html>";
    let length = u16::try_from(page.len() + 2).unwrap().to_be_bytes();
    [&photograph[..2], b"\xFF\xFE", &length, page, &photograph[2..]].concat()
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[tokio::test]
async fn a_picture_is_shown_as_a_copy_of_what_is_seen_and_its_original_is_only_saved() {
    let http = http().await;
    let citizen = Citizen::of(&http, http.cases.violation(0, 300).await).await;
    let token = citizen.token().await;
    let bytes = photograph_with_a_page();
    let form = Form::new()
        .text("submission", token)
        .text("ground", "G25")
        .text("story", "see the picture")
        .part("file", Part::bytes(bytes.clone()).file_name("page.html"))
        .part("file", Part::bytes(super::PDF).file_name("paper.pdf"));
    assert_eq!(citizen.send(form).await.status(), StatusCode::SEE_OTHER);
    http.cases.triage().await;
    let (task, _) = http.claimed().await;
    let key = [("key", http.keys["reviewer"].as_str())];
    let signed_in = http.bare(Method::POST, "/en/sign-in").form(&key).send().await.unwrap();
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let get = |path: String| http.bare(Method::GET, &path).header("cookie", &cookie).send();
    let case = format!("/en/cases/{}", task.rsplit('/').next().unwrap());
    let page = get(case.clone()).await.unwrap().text().await.unwrap();
    let id = async |kind: &str| {
        let query = format!(
            "select 'att_' || replace(id::text, '-', '') from attachment where media_type = '{kind}'"
        );
        http.cases.database.text(&query).await.unwrap()
    };
    let (picture, paper) = (id("image/jpeg").await, id("application/pdf").await);
    assert!(
        page.contains(&format!("{case}/attachments/{picture}\""))
            && page.contains(&format!("{paper}/original"))
    );
    assert!(!page.contains(&format!("{case}/attachments/{paper}\"")), "a PDF has no copy to show");

    let copy = get(format!("{case}/attachments/{picture}")).await.unwrap();
    assert_eq!(
        (copy.status(), &copy.headers()["content-type"]),
        (StatusCode::OK, &"image/jpeg".parse().unwrap())
    );
    assert_eq!(copy.headers()["x-content-type-options"], "nosniff");
    let copy = copy.bytes().await.unwrap();
    assert!(!holds(&copy, b"script") && copy.starts_with(&[0xFF, 0xD8]));

    let saved = [
        (format!("{picture}/original"), &bytes[..]),
        (format!("{paper}/original"), super::PDF),
        (paper, super::PDF),
    ];
    for (path, expected) in saved {
        let original = get(format!("{case}/attachments/{path}")).await.unwrap();
        let headers = original.headers().clone();
        assert!(
            headers["content-disposition"].to_str().unwrap().starts_with("attachment; filename="),
            "{path}"
        );
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert!(headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
        assert_eq!(original.bytes().await.unwrap(), expected);
    }
    let read =
        "select count(*) from audit_event where action = 'case.read_document' and entity_kind = 'attachment'";
    assert_eq!(http.cases.database.number(read).await.unwrap(), 2);
}

#[tokio::test]
async fn a_guess_runs_the_same_statements_whether_its_reference_exists_or_not() {
    let http = http().await;
    let exists = http.cases.violation(0, 300).await;
    let test = &http.cases.database;
    let mut runs = Vec::new();
    for reference in [exists.clone(), ViolationReference::generate()] {
        let config = DatabaseConfig { stream_connections_max: 1, ..test.config.clone() };
        let connections = connect(&config, PoolPurpose::Stream).await.unwrap();
        let one =
            TestDatabase { owner: connections.clone(), connections, config, schema: test.schema.clone() };
        assert!(violation_of_plate(&one.connections, &reference, "SA-124-TNJ").await.unwrap().is_none());
        let ran = one
            .text(
                "select string_agg(statement, ';' order by statement) from pg_prepared_statements
                            where statement not like '%pg_prepared%'",
            )
            .await
            .unwrap();
        one.connections.close().await;
        runs.push(ran);
    }
    assert!(runs[0].contains("violation_reference"), "{runs:?}");
    assert_eq!(runs[0], runs[1]);
    assert!(violation_of_plate(&test.connections, &exists, PLATE).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_uploads_of_24_megabytes_at_once_take_no_more_memory_than_is_set() {
    const UPLOADS: usize = 40;
    let http = http().await;
    let reference = http.cases.violation(0, 300).await;
    let filed = http.cases.file(&[reference], &[GroundCode::Other]).await;
    let path = format!("/api/v1/objections/{}/attachments", filed.reference);
    let large = |length: usize| Bytes::from([b"%PDF-", vec![b' '; length].as_slice(), b"%%EOF"].concat());
    let (first, second) = (large(9_900_000), large(14_000_000));
    let part = |bytes: &Bytes| {
        Part::stream_with_length(Body::from(bytes.clone()), bytes.len() as u64).file_name("a.pdf")
    };
    let uploads = (0..UPLOADS).map(|number| {
        let form = Form::new().part("file", part(&first)).part("more", part(&second));
        let call = http.call("citizen", Method::POST, &path).header("idempotency-key", number.to_string());
        call.header("rasid-plate", PLATE).multipart(form).send()
    });
    let answers = futures::future::join_all(uploads).await;
    let statuses: Vec<StatusCode> = answers.into_iter().map(|answer| answer.unwrap().status()).collect();
    // None is taken, since each has a part too many; on a busy machine some wait too long for the database.
    let busy = StatusCode::SERVICE_UNAVAILABLE;
    assert!(
        statuses.iter().all(|status| [StatusCode::UNPROCESSABLE_ENTITY, busy].contains(status)),
        "{statuses:?}"
    );
    assert!(statuses.contains(&StatusCode::UNPROCESSABLE_ENTITY), "{statuses:?}");
    let most = http.upload_memory.most_held();
    assert!((1..=100_000_000).contains(&most), "{most}");
    assert_eq!(http.cases.database.number("select count(*) from attachment").await.unwrap(), 0);
}
