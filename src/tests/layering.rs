//! The direction of dependencies, and the homes of the libraries that do I/O.

use crate::source::packages;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const OURS: [&str; 9] =
    ["rasid", "schemas", "ingest", "detect", "rules", "adjudicate", "web", "benches", "runtime"];

/// Normal and build dependencies of each of our crates (development dependencies only where `all`).
fn dependencies(all: bool) -> BTreeMap<String, BTreeSet<String>> {
    let names = |package: &Value| {
        package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|dependency| all || dependency["kind"] != "dev")
            .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
            .collect()
    };
    packages().iter().map(|package| (package["name"].as_str().unwrap().to_owned(), names(package))).collect()
}

#[test]
fn no_crate_depends_on_a_sibling_it_may_not() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("schemas", &[][..]),
        ("runtime", &[]),
        ("ingest", &["schemas"]),
        ("detect", &["schemas"]),
        ("rules", &["schemas"]),
        ("adjudicate", &["rules", "schemas"]),
        ("web", &["adjudicate", "rules", "schemas"]),
        ("rasid", &["schemas", "ingest", "detect", "rules", "adjudicate", "web", "runtime"]),
        ("benches", &["rasid", "schemas", "ingest", "detect", "rules", "adjudicate", "runtime"]),
    ]);
    let dependencies = dependencies(false);
    assert_eq!(dependencies.len(), OURS.len(), "a new crate needs a line here");
    for (name, used) in &dependencies {
        let ours: Vec<&str> = used.iter().map(String::as_str).filter(|used| OURS.contains(used)).collect();
        let may = allowed[name.as_str()];
        assert!(ours.iter().all(|one| may.contains(one)), "{name} may depend on {may:?}, but has {ours:?}");
    }
}

#[test]
fn kafka_models_sql_http_and_the_command_line_stay_in_their_homes() {
    let homes: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("rdkafka", &["ingest"][..]),
        ("ort", &["detect"]),
        ("sqlx", &["adjudicate"]),
        ("axum", &["web"]),
        ("clap", &["rasid"]),
        ("tracing-subscriber", &["rasid"]),
    ]);
    for (name, used) in dependencies(false) {
        for (library, homes) in &homes {
            assert!(
                !used.contains(*library) || homes.contains(&name.as_str()),
                "{library} is used in {name}, its home is {homes:?}"
            );
        }
    }
}

#[test]
fn schemas_and_rules_know_nothing_of_input_output_or_tasks() {
    let dependencies = dependencies(true);
    for name in ["schemas", "rules"] {
        for library in ["tokio", "rdkafka", "ort", "sqlx", "axum", "clap", "reqwest", "object_store"] {
            assert!(!dependencies[name].contains(library), "{name} must not use {library}");
        }
    }
}
