//! The direction of dependencies, and the homes of the libraries that do I/O.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

const OURS: [&str; 9] =
    ["rasid", "schemas", "ingest", "jpeg", "detect", "synth", "adjudicate", "benches", "runtime"];

/// Normal and build dependencies of each of our crates (development dependencies only where `all`).
fn dependencies(all: bool) -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let names = |package: &Value| {
        package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|dependency| all || dependency["kind"] != "dev")
            .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(|package| (package["name"].as_str().unwrap().to_owned(), names(package))).collect()
}

#[test]
fn no_crate_depends_on_a_sibling_it_may_not() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("schemas", &[][..]),
        ("runtime", &[]),
        ("jpeg", &["schemas"]),
        ("ingest", &["schemas", "jpeg"]),
        ("synth", &["schemas"]),
        ("detect", &["schemas"]),
        ("adjudicate", &["schemas"]),
        ("rasid", &["schemas", "ingest", "detect", "synth", "adjudicate", "runtime"]),
        ("benches", &["rasid", "schemas", "ingest", "detect", "synth", "adjudicate", "runtime"]),
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
        ("zune-jpeg", &["ingest"]),
        ("tiny-skia", &["synth", "rasid"]),
        ("ab_glyph", &["synth"]),
        ("rand", &["synth", "benches"]),
        ("sqlx", &["adjudicate"]),
        ("axum", &["adjudicate"]),
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
fn schemas_knows_nothing_of_input_output_or_tasks() {
    let used = &dependencies(true)["schemas"];
    for library in ["tokio", "rdkafka", "ort", "sqlx", "axum", "clap", "reqwest", "object_store"] {
        assert!(!used.contains(library), "schemas must not use {library}");
    }
}
