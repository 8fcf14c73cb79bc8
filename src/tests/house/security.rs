//! SECURITY.md names tests: each of them exists, and every risk of the list has one.

use crate::source::{packages, root};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Risks of the list that the table follows.
const RISKS: usize = 10;

/// Lines of the table, each with what stands in back quotes.
fn table() -> Vec<(String, Vec<String>)> {
    let text = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let section = text.split_once("## OWASP").unwrap().1;
    let section = section.split_once("\n## ").unwrap().0;
    let lines = section.lines().filter(|line| line.starts_with("| API"));
    let named = |line: &str| line.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    lines.map(|line| (line.to_owned(), named(line))).collect()
}

/// Names of all tests in our sources.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let folders = ["src", "adjudicate", "ingest", "schemas"];
    let mut open: Vec<_> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|one| one == "rs") {
                names.extend(tests_of(&path));
            }
        }
    }
    names
}

fn tests_of(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let behind = text.split("#[tokio::test").skip(1).chain(text.split("#[test]").skip(1));
    let name = |behind: &str| {
        let head = behind.split_once("fn ")?.1;
        Some(head.chars().take_while(|one| one.is_alphanumeric() || *one == '_').collect())
    };
    behind.filter_map(name).collect()
}

#[test]
fn every_test_that_the_security_page_names_exists_and_every_risk_has_one() {
    let (table, tests) = (table(), tests());
    assert_eq!(table.len(), RISKS);
    for (line, named) in table {
        let mut count = 0;
        for name in named.iter().filter(|name| name.contains("::")) {
            let function = name.rsplit("::").next().unwrap();
            assert!(tests.contains(function), "there is no test {name}, of which SECURITY.md speaks");
            count += 1;
        }
        assert!(count > 0, "no test is named: {line}");
    }
}

#[test]
fn what_answers_requests_or_reads_events_can_make_no_request_of_its_own() {
    let clients = ["reqwest", "ureq", "hyper-tls", "hyper-rustls", "isahc", "curl"];
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        if !["web", "adjudicate", "ingest", "detect", "rules", "schemas"].contains(&name) {
            continue;
        }
        let has = |client: &str| {
            let dependencies = package["dependencies"].as_array().unwrap();
            dependencies.iter().any(|one: &Value| one["name"] == client && one["kind"] != "dev")
        };
        assert_eq!(clients.into_iter().find(|client| has(client)), None, "in {name}");
    }
}
