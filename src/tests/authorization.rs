//! Every route of the API has its case here: who may call it. A new route without one fails this test.

use crate::http::{HttpTest, http};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const CITIZEN: &[&str] = &["citizen"];
const REVIEWER: &[&str] = &["reviewer"];
const CASE_READERS: &[&str] = &["reviewer", "auditor"];
const QUEUE_READERS: &[&str] = &["reviewer", "auditor", "administrator"];

/// Method, path and the roles that may call it.
const CASES: &[(&str, &str, &[&str])] = &[
    ("GET", "/api/v1/violations/{reference}", CITIZEN),
    ("GET", "/api/v1/violations/{reference}/frames/{position}", CITIZEN),
    ("POST", "/api/v1/objections", CITIZEN),
    ("GET", "/api/v1/objections/{reference}", CITIZEN),
    ("POST", "/api/v1/objections/{reference}/attachments", CITIZEN),
    ("POST", "/api/v1/objections/{reference}/human-review", CITIZEN),
    ("GET", "/api/v1/review-tasks", QUEUE_READERS),
    ("POST", "/api/v1/review-tasks/claim-next", REVIEWER),
    ("GET", "/api/v1/review-tasks/{task}", CASE_READERS),
    ("POST", "/api/v1/review-tasks/{task}/claim", REVIEWER),
    ("POST", "/api/v1/review-tasks/{task}/renew", REVIEWER),
    ("POST", "/api/v1/review-tasks/{task}/release", REVIEWER),
    ("GET", "/api/v1/review-tasks/{task}/frames/{sha256}", REVIEWER),
    ("POST", "/api/v1/review-tasks/{task}/decision", REVIEWER),
];

/// Pages and forms of staff; without a session each leads to the sign-in.
const STAFF_PAGES: &[(&str, &str)] = &[
    ("GET", "/ar/queue"),
    ("POST", "/ar/queue/next"),
    ("GET", "/ar/cases/rev_x"),
    ("POST", "/ar/cases/rev_x/claim"),
    ("POST", "/ar/cases/rev_x/renew"),
    ("POST", "/ar/cases/rev_x/release"),
    ("POST", "/ar/cases/rev_x/decision"),
    ("GET", "/ar/cases/rev_x/frames/aa"),
    ("GET", "/ar/cases/rev_x/frames/aa/plates/0"),
    ("GET", "/ar/cases/rev_x/attachments/att_x"),
    ("GET", "/ar/cases/rev_x/attachments/att_x/original"),
];

fn documented() -> BTreeSet<(String, String)> {
    let document = serde_json::to_value(web::open_api()).unwrap();
    let paths = document["paths"].as_object().unwrap().clone();
    let of_path = |(path, operations): (String, Value)| {
        let methods: Vec<String> =
            operations.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        methods.into_iter().map(move |method| (method, path.clone()))
    };
    paths.into_iter().flat_map(of_path).collect()
}

async fn status(http: &HttpTest, role: Option<&str>, method: &str, path: &str) -> StatusCode {
    let method: Method = method.parse().unwrap();
    let path = path.replace("{position}", "1").replace(['{', '}'], "");
    let call = match role {
        Some(role) => http.call(role, method.clone(), &path),
        None => http.bare(method.clone(), &path),
    };
    let call = call.header("rasid-plate", "EG-STN-7126").header("if-match", "\"1\"");
    let call = if method == Method::POST {
        let key = format!("{path} of {}", role.unwrap_or("nobody")).replace(' ', "-");
        call.header("idempotency-key", key).json(&json!({}))
    } else {
        call
    };
    call.send().await.unwrap().status()
}

#[test]
fn every_route_has_its_case() {
    let listed: BTreeSet<_> =
        CASES.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(listed, documented());
}

#[tokio::test]
async fn each_route_lets_in_the_roles_of_its_case_and_nobody_else() {
    let http = http().await;
    for (method, path, allowed) in CASES {
        assert_eq!(
            status(&http, None, method, path).await,
            StatusCode::UNAUTHORIZED,
            "{method} {path} without a key"
        );
        for role in http.keys.keys() {
            let status = status(&http, Some(role), method, path).await;
            if allowed.contains(role) {
                let let_in = status != StatusCode::UNAUTHORIZED && status != StatusCode::FORBIDDEN;
                assert!(let_in && !status.is_server_error(), "{method} {path} as {role}: {status}");
            } else {
                assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path} as {role}");
            }
        }
    }
}

#[tokio::test]
async fn pages_of_staff_lead_to_the_sign_in() {
    let http = http().await;
    for (method, path) in STAFF_PAGES {
        let call = http.bare(method.parse().unwrap(), path).form(&[("version", "1")]);
        let response = call.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{method} {path}");
        assert_eq!(response.headers()["location"], "/ar/sign-in", "{method} {path}");
    }
}

#[tokio::test]
async fn a_citizens_key_does_not_sign_in_to_the_queue() {
    let http = http().await;
    let form = [("key", http.keys["citizen"].as_str())];
    let response = http.bare(Method::POST, "/en/sign-in").form(&form).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(!response.headers().contains_key("set-cookie"));
}
