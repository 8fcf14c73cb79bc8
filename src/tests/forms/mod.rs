//! A citizen's form as browsers send it: twice, refused and corrected, with files and without.

use crate::cases::PLATE;
use crate::http::{HttpTest, http, http_with_room_for_documents};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, Response, StatusCode};
use schemas::reference::ViolationReference;
use serde_json::{Value, json};

const PDF: &[u8] = b"%PDF-1.7\n%%EOF\n";

/// A citizen before the form of a violation.
struct Citizen<'h> {
    http: &'h HttpTest,
    reference: ViolationReference,
    cookie: String,
}

impl<'h> Citizen<'h> {
    async fn of(http: &'h HttpTest, reference: ViolationReference) -> Self {
        let form = [
            // As it is copied from our own page.
            ("reference", format!("\u{2066}{reference}\u{2069}")),
            ("country", "SA".to_owned()),
            ("letters", "T-N-J".to_owned()),
            ("digits", "١٢٣".to_owned()),
        ];
        let found = http.bare(Method::POST, "/en/violations").form(&form).send().await.unwrap();
        assert_eq!(found.headers()["location"], format!("/en/violations/{reference}").as_str());
        let cookie = found.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        Self { http, reference, cookie }
    }

    fn address(&self) -> String {
        format!("/en/violations/{}/objection", self.reference)
    }

    /// The token of a new form.
    async fn token(&self) -> String {
        let page = self.http.bare(Method::GET, &self.address()).header("cookie", &self.cookie);
        let page = page.send().await.unwrap().text().await.unwrap();
        value_of(&page, "submission").unwrap()
    }

    async fn send(&self, form: Form) -> Response {
        let call = self.http.bare(Method::POST, &self.address()).header("cookie", &self.cookie);
        call.multipart(form).send().await.unwrap()
    }

    async fn objections(&self) -> i64 {
        self.http.cases.database.number("select count(*) from objection").await.unwrap()
    }
}

/// The value of the first input of that name.
fn value_of(page: &str, name: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\""))?;
    rest.split('"').next().map(str::to_owned)
}

fn form(token: &str, date: &str) -> Form {
    let texts = [("submission", token), ("ground", "G04"), ("story", "I sold it\r\nbefore"), ("date", date)];
    texts.into_iter().fold(Form::new(), |form, (name, value)| form.text(name, value.to_owned()))
}

fn file(bytes: &'static [u8]) -> Part {
    Part::bytes(bytes).file_name("paper.pdf")
}

#[tokio::test]
async fn a_second_click_hears_the_first_ones_answer_with_and_without_its_file() {
    let http = http().await;
    let citizen = Citizen::of(&http, http.cases.violation(0, 300).await).await;
    let token = citizen.token().await;
    let with_file = || citizen.send(form(&token, "2026-01-05").part("file", file(PDF)));
    let without = || citizen.send(form(&token, "2026-01-05"));
    let (one, two, three) = tokio::join!(with_file(), with_file(), without());
    let places: Vec<String> = [one, two, three, without().await]
        .iter()
        .map(|answer| {
            assert_eq!(answer.status(), StatusCode::SEE_OTHER);
            answer.headers()["location"].to_str().unwrap().to_owned()
        })
        .collect();
    assert!(places.iter().all(|place| *place == places[0]), "{places:?}");
    assert_eq!(citizen.objections().await, 1);
}

#[tokio::test]
async fn a_file_sent_with_a_wrong_date_is_filed_when_the_date_is_corrected() {
    let http = http().await;
    let citizen = Citizen::of(&http, http.cases.violation(0, 300).await).await;
    let token = citizen.token().await;
    let refused = citizen.send(form(&token, "-5000-01-01").part("file", file(PDF))).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text().await.unwrap();
    assert!(page.contains("I sold it") && page.contains("date-problem"), "{page}");
    assert_eq!(value_of(&page, "submission").as_deref(), Some(token.as_str()));
    let kept = value_of(&page, "kept").unwrap();
    let filed = citizen.send(form(&token, "2026-01-05").text("kept", kept)).await;
    assert_eq!(filed.status(), StatusCode::SEE_OTHER);
    let attached = http.cases.database.number("select count(*) from attachment").await.unwrap();
    assert_eq!((citizen.objections().await, attached), (1, 1));
}

#[tokio::test]
async fn a_full_store_of_documents_is_said_in_both_languages_and_what_was_entered_stays() {
    let http = http_with_room_for_documents(PDF.len() as u64 - 1).await;
    let citizen = Citizen::of(&http, http.cases.violation(0, 300).await).await;
    let token = citizen.token().await;
    let refused = citizen.send(form(&token, "2026-01-05").part("file", file(PDF))).await;
    assert_eq!(refused.status(), StatusCode::INSUFFICIENT_STORAGE);
    let page = refused.text().await.unwrap();
    assert!(page.contains("no room for further documents") && page.contains("I sold it"), "{page}");
    assert_eq!(citizen.objections().await, 0);
    assert_eq!(
        citizen.send(form(&citizen.token().await, "2026-01-05")).await.status(),
        StatusCode::SEE_OTHER
    );
    let reference = http.cases.database.text("select reference from objection").await.unwrap();
    let path = format!("/api/v1/objections/{reference}/attachments");
    let call = http.call("citizen", Method::POST, &path).header("idempotency-key", "one");
    let part = file(PDF).mime_str("application/pdf").unwrap();
    let answer =
        call.header("rasid-plate", PLATE).multipart(Form::new().part("file", part)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::INSUFFICIENT_STORAGE);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "documents_full");
    assert!(problem["title_ar"].as_str().unwrap().contains("لمستندات أخرى"), "{problem}");
    assert_eq!(http.cases.database.number("select count(*) from attachment").await.unwrap(), 0);
}

#[tokio::test]
async fn a_file_that_is_not_taken_never_vanishes_in_silence() {
    let http = http().await;
    let citizen = Citizen::of(&http, http.cases.violation(0, 300).await).await;
    let token = citizen.token().await;
    let refused = citizen.send(form(&token, "2026-01-05").part("file", file(b"\0\0\0\x18ftypheic"))).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text().await.unwrap();
    assert!(page.contains("HEIC") && page.contains("I sold it"), "{page}");
    let again = form(&token, "2026-01-05").text("lacks_file", "1");
    assert_eq!(citizen.send(again).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(citizen.objections().await, 0);
    let without = form(&token, "2026-01-05").text("lacks_file", "1").text("without_file", "1");
    assert_eq!(citizen.send(without).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(citizen.objections().await, 1);
}

#[tokio::test]
async fn a_photograph_that_was_cut_and_given_an_end_is_no_document() {
    let http = http().await;
    let citizen = Citizen::of(&http, http.cases.violation(0, 300).await).await;
    let token = citizen.token().await;
    let whole: &'static [u8] = include_bytes!("../../../deploy/demo/frames/eg-01-1.jpg");
    let mut cut = whole[..whole.len() * 65 / 100].to_vec();
    cut.extend([0xFF, 0xD9]);
    let refused =
        citizen.send(form(&token, "2026-01-05").part("file", Part::bytes(cut).file_name("a.jpg"))).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(citizen.objections().await, 0);
    let filed = citizen.send(form(&token, "2026-01-05").part("file", file(whole))).await;
    assert_eq!(filed.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_file_that_is_too_large_loses_nothing_that_was_typed() {
    let http = http().await;
    let citizen = Citizen::of(&http, http.cases.violation(0, 300).await).await;
    let token = citizen.token().await;
    // One byte too many for a file, and more than all files together may have.
    for length in [10_000_001, 40_000_000] {
        let large = Part::bytes([PDF, &vec![b' '; length - PDF.len()]].concat()).file_name("scan.pdf");
        let refused = citizen.send(form(&token, "2026-01-05").part("file", large)).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{length}");
        let page = refused.text().await.unwrap();
        assert!(page.contains("I sold it") && page.contains("10 megabytes"), "{page}");
        assert!(page.contains("lacks_file"), "{page}");
    }
    assert_eq!(citizen.objections().await, 0);
}

#[tokio::test]
async fn a_first_click_whose_browser_left_is_answered_to_the_second() {
    let http = http().await;
    let citizen = Citizen::of(&http, http.cases.violation(0, 300).await).await;
    let token = citizen.token().await;
    let call = http.bare(Method::POST, &citizen.address()).header("cookie", &citizen.cookie);
    let first = tokio::spawn(call.multipart(form(&token, "2026-01-05").part("file", file(PDF))).send());
    tokio::task::yield_now().await;
    first.abort();
    let second = citizen.send(form(&token, "2026-01-05").part("file", file(PDF))).await;
    assert_eq!(second.status(), StatusCode::SEE_OTHER);
    assert_eq!(citizen.objections().await, 1);
}

/// An objection for programs, with one part changed.
fn objection(reference: &ViolationReference, part: &str, value: Value) -> Value {
    let mut body = json!({
        "violations": [reference.to_string()],
        "plate": PLATE,
        "grounds": [{ "code": "G11" }],
        "story": "the sign\r\ncould\tnot be seen",
        "language": "en",
    });
    body[part] = value;
    body
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_by_its_name_and_its_key_may_be_used_again() {
    let http = http().await;
    let reference = http.cases.violation(0, 300).await;
    let send = |body: Value| {
        let call = http.call("citizen", Method::POST, "/api/v1/objections");
        call.header("idempotency-key", "one").json(&body).send()
    };
    let date = |date: &str| json!([{ "code": "G04", "date": date }]);
    let wrong = [
        ("story", json!("nul \0"), "/story"),
        ("story", json!("\u{200B}\u{2066}\u{2069}"), "/story"),
        ("grounds", date("-4800-01-01"), "/grounds/0/date"),
        ("grounds", date("+12345-01-01"), "/grounds/0/date"),
        ("grounds", date("2026 - 01 - 05"), "/grounds/0/date"),
        ("violations", json!(vec!["V"; 30_000]), "/violations"),
        ("party", json!("citizen@example.org"), "/party"),
        ("contact", json!("+966500000000"), "/contact"),
        ("lateness_reason", json!("\0"), "/lateness_reason"),
    ];
    for (part, value, pointer) in wrong {
        let refused = send(objection(&reference, part, value)).await.unwrap();
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{pointer}");
        let problem: Value = refused.json().await.unwrap();
        let errors = problem["errors"].as_array().unwrap();
        assert_eq!((errors.len(), errors[0]["pointer"].as_str()), (1, Some(pointer)), "{problem}");
    }
    let list =
        json!([[reference.to_string()], PLATE, [{ "code": "G11" }], "a story", "en", null, null, null]);
    assert_eq!(send(list).await.unwrap().status(), StatusCode::UNPROCESSABLE_ENTITY);
    let taken = send(objection(&reference, "language", json!("en"))).await.unwrap();
    assert_eq!(taken.status(), StatusCode::CREATED);
    let story = http.cases.database.text("select story from objection").await.unwrap();
    assert_eq!(story, "the sign\ncould\tnot be seen");
}
