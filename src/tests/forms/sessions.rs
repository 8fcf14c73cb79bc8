//! Sessions that end: on purpose, leaving nothing; or while somebody types, losing nothing. And what pages say once.

use super::{Citizen, PDF, file, form, value_of};
use crate::http::{HttpTest, http};
use reqwest::{Method, Response, StatusCode};
use schemas::objection::GroundCode;
use serde_json::json;

/// The cookie of that name that an answer sets.
fn cookie(answer: &Response, name: &str) -> Option<String> {
    let mut set = answer.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let found = set.find(|value| value.starts_with(&format!("{name}=")))?;
    found.split(';').next().map(str::to_owned)
}

/// A reviewer's browser before a claimed case.
struct Reviewer<'h> {
    http: &'h HttpTest,
    cookie: String,
    task: String,
}

impl<'h> Reviewer<'h> {
    async fn of(http: &'h HttpTest) -> Self {
        let reference = http.cases.violation(0, 300).await;
        http.cases.file(&[reference], &[GroundCode::Other]).await;
        http.cases.triage().await;
        let (address, _) = http.claimed().await;
        let task = address.rsplit('/').next().unwrap().to_owned();
        let signed_in = sign_in(http, "").await;
        assert_eq!(signed_in.headers()["location"], "/en/queue");
        let cookie = cookie(&signed_in, "rasid-session").unwrap();
        Self { http, cookie, task }
    }

    async fn get(&self, path: &str, more: &str) -> Response {
        let cookies = format!("{}; {more}", self.cookie);
        self.http.bare(Method::GET, path).header("cookie", cookies).send().await.unwrap()
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let call = self.http.bare(Method::POST, path).header("cookie", &self.cookie);
        call.form(fields).send().await.unwrap()
    }

    fn address(&self) -> String {
        format!("/en/cases/{}", self.task)
    }
}

async fn sign_in(http: &HttpTest, cookies: &str) -> Response {
    let form = [("key", http.keys["reviewer"].as_str())];
    http.bare(Method::POST, "/en/sign-in").header("cookie", cookies).form(&form).send().await.unwrap()
}

#[tokio::test]
async fn a_form_that_is_sent_after_the_session_ended_is_shown_again_with_its_files() {
    let http = http().await;
    let citizen = Citizen::of(&http, http.cases.violation(0, 300).await).await;
    let token = citizen.token().await;
    let ended = "update citizen_session set last_seen_at = now() - interval '1 day'";
    http.cases.database.execute(ended).await.unwrap();
    let sent = citizen.send(form(&token, "2026-01-05").part("file", file(PDF))).await;
    assert_eq!(
        (sent.status(), &sent.headers()["location"]),
        (StatusCode::SEE_OTHER, &"/en/violations".parse().unwrap())
    );
    let draft = cookie(&sent, "rasid-draft").unwrap();
    let asked = http.bare(Method::GET, "/en/violations").header("cookie", &draft).send().await.unwrap();
    let asked = asked.text().await.unwrap();
    assert!(asked.contains("is kept") && asked.contains(&citizen.reference.to_string()), "{asked}");
    let find = [
        ("reference", citizen.reference.to_string()),
        ("country", "SA".to_owned()),
        ("letters", "TNJ".to_owned()),
        ("digits", "123".to_owned()),
    ];
    let found =
        http.bare(Method::POST, "/en/violations").header("cookie", &draft).form(&find).send().await.unwrap();
    assert_eq!(found.headers()["location"], citizen.address().as_str());
    let session = cookie(&found, "rasid-case").unwrap();
    let again =
        Citizen { http: &http, reference: citizen.reference.clone(), cookie: format!("{session}; {draft}") };
    let page = http.bare(Method::GET, &again.address()).header("cookie", &again.cookie);
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("I sold it") && page.contains("Nothing was lost"), "{page}");
    assert_eq!(value_of(&page, "submission").as_deref(), Some(token.as_str()));
    let kept = value_of(&page, "kept").unwrap();
    let filed = again.send(form(&token, "2026-01-05").text("kept", kept)).await;
    assert_eq!(filed.status(), StatusCode::SEE_OTHER);
    let attached = http.cases.database.number("select count(*) from attachment").await.unwrap();
    assert_eq!((again.objections().await, attached), (1, 1));
    let page = http.bare(Method::GET, &again.address()).header("cookie", &again.cookie);
    assert!(
        !page.send().await.unwrap().text().await.unwrap().contains("I sold it"),
        "what was filed is no draft"
    );
}

#[tokio::test]
async fn a_reason_that_is_sent_after_the_session_or_the_hold_ended_is_shown_again() {
    let http = http().await;
    let reviewer = Reviewer::of(&http).await;
    let page = reviewer.get(&reviewer.address(), "").await.text().await.unwrap();
    let token = value_of(&page, "submission").unwrap();
    let fields = [("submission", token.as_str()), ("version", "1"), ("reason_arabic", "الصور لا تظهر اللوحة")];
    let decision = format!("{}/decision", reviewer.address());
    http.cases
        .database
        .execute("update web_session set last_seen_at = now() - interval '1 day'")
        .await
        .unwrap();
    let sent = reviewer.post(&decision, &fields).await;
    assert_eq!(
        (sent.status(), &sent.headers()["location"]),
        (StatusCode::SEE_OTHER, &"/en/sign-in".parse().unwrap())
    );
    let draft = cookie(&sent, "rasid-draft").unwrap();
    let signed_in = sign_in(&http, &draft).await;
    assert_eq!(signed_in.headers()["location"], reviewer.address().as_str());
    let again = Reviewer { cookie: cookie(&signed_in, "rasid-session").unwrap(), ..reviewer };
    let page = again.get(&again.address(), &draft).await.text().await.unwrap();
    assert!(page.contains("الصور لا تظهر اللوحة") && page.contains("Your session had ended"), "{page}");
    assert!(!again.get(&again.address(), "").await.text().await.unwrap().contains("الصور لا تظهر اللوحة"));
    // The hold ends while a better reason is typed.
    let expired = "update review_task set lease_until = now() - interval '1 second'";
    http.cases.database.execute(expired).await.unwrap();
    let better =
        [("submission", token.as_str()), ("version", "1"), ("reason_arabic", "اللوحة غير ظاهرة في الصورتين")];
    let refused = again.post(&decision, &better).await;
    assert!(refused.status().is_client_error(), "{}", refused.status());
    let draft = cookie(&refused, "rasid-draft").unwrap();
    let claimed = again.post(&format!("{}/claim", again.address()), &[]).await;
    assert_eq!(claimed.status(), StatusCode::SEE_OTHER);
    let page = again.get(&again.address(), &draft).await.text().await.unwrap();
    assert!(page.contains("اللوحة غير ظاهرة في الصورتين"), "{page}");
}

#[tokio::test]
async fn a_citizen_who_ends_the_visit_leaves_nothing_in_the_browser_or_the_database() {
    let http = http().await;
    let citizen = Citizen::of(&http, http.cases.violation(0, 300).await).await;
    for (language, button) in [("en", "Close my case on this device"), ("ar", "إنهاء الاطلاع على هذا الجهاز")]
    {
        let page = http.bare(Method::GET, &format!("/{language}/violations/{}", citizen.reference));
        let page = page.header("cookie", &citizen.cookie).send().await.unwrap().text().await.unwrap();
        assert!(page.contains(button), "{page}");
    }
    let cross = http.bare(Method::POST, "/en/end-visit").header("cookie", &citizen.cookie);
    let cross = cross.header("sec-fetch-site", "cross-site").send().await.unwrap();
    assert_eq!(cross.status(), StatusCode::FORBIDDEN);
    let ended =
        http.bare(Method::POST, "/en/end-visit").header("cookie", &citizen.cookie).send().await.unwrap();
    assert_eq!(ended.status(), StatusCode::SEE_OTHER);
    assert_eq!(ended.headers()["clear-site-data"], "\"cookies\", \"storage\", \"cache\"");
    assert_eq!(cookie(&ended, "rasid-case").as_deref(), Some("rasid-case="));
    assert_eq!(http.cases.database.number("select count(*) from citizen_session").await.unwrap(), 0);
    let page = http.bare(Method::GET, &format!("/en/violations/{}", citizen.reference));
    let page = page.header("cookie", &citizen.cookie).send().await.unwrap();
    assert_eq!(page.headers()["location"], "/en/violations");
}

#[tokio::test]
async fn a_page_says_once_what_happened_and_nothing_that_an_address_claims() {
    let http = http().await;
    let reviewer = Reviewer::of(&http).await;
    let planted = reviewer.get("/en/queue?said=decided", "rasid-said=decided").await.text().await.unwrap();
    assert!(!planted.contains("Your decision was recorded"), "{planted}");
    let released = reviewer.post(&format!("{}/release", reviewer.address()), &[]).await;
    assert_eq!(released.headers()["location"], "/en/queue");
    let said = cookie(&released, "rasid-said").unwrap();
    let first = reviewer.get("/en/queue", &said).await;
    assert_eq!(cookie(&first, "rasid-said").as_deref(), Some("rasid-said="), "it is taken away");
    assert!(first.text().await.unwrap().contains("The case is back in the queue"));
    let changed = said.replace("released", "decided");
    assert!(!reviewer.get("/en/queue", &changed).await.text().await.unwrap().contains("was recorded"));
}

#[tokio::test]
async fn whoever_of_the_staff_reads_a_case_is_written_down_once_an_hour() {
    let http = http().await;
    let reviewer = Reviewer::of(&http).await;
    let count = async |action: &str| {
        let rows = format!("select count(*) from audit_event where action = '{action}'");
        http.cases.database.number(&rows).await.unwrap()
    };
    let api = format!("/api/v1/review-tasks/{}", reviewer.task);
    for _ in 0..2 {
        assert_eq!(reviewer.get(&reviewer.address(), "").await.status(), StatusCode::OK);
        assert_eq!(http.call("reviewer", Method::GET, &api).send().await.unwrap().status(), StatusCode::OK);
    }
    assert_eq!(count("case.read").await, 1);
    assert_eq!(http.call("auditor", Method::GET, &api).send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(count("case.read").await, 2);
    let actors = "select count(distinct actor) from audit_event where action = 'case.read'
                  and entity_kind = 'review_task' and entity_id like 'rev_%'";
    assert_eq!(http.cases.database.number(actors).await.unwrap(), 2);
    assert_eq!(count("case.read_pictures").await, 0);
    http.open_frames(&api).await;
    http.open_frames(&api).await;
    assert_eq!(count("case.read_pictures").await, 1);
    let refused = http.call("citizen", Method::GET, &api).send().await.unwrap();
    assert_eq!((refused.status(), count("case.read").await), (StatusCode::FORBIDDEN, 2));
    let released = http.post("reviewer", &format!("{api}/release"), "r", &json!({})).send().await.unwrap();
    assert_eq!(released.status(), StatusCode::NO_CONTENT);
}
