//! The direction of dependencies: between crates, between the rooms of adjudicate, and who writes which table.

use crate::source::{packages, root};
use adjudicate::foundation::roles::{TABLES, TableUse};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Our crates, each with those of ours that it may depend on.
const CRATES: [(&str, &[&str]); 12] = [
    ("schemas", &[]),
    ("runtime", &[]),
    ("jpeg", &["schemas"]),
    ("synth", &["schemas"]),
    ("ingest", &["schemas", "jpeg"]),
    ("detect", &["schemas"]),
    ("rules", &["schemas"]),
    ("adjudicate", &["schemas", "rules"]),
    ("web", &["schemas", "rules", "adjudicate"]),
    ("rasid", &["schemas", "ingest", "detect", "synth", "rules", "adjudicate", "web", "runtime"]),
    ("fuzz", &["rasid", "schemas", "ingest", "jpeg", "detect", "rules", "adjudicate", "web"]),
    (
        "benches",
        &["rasid", "schemas", "ingest", "jpeg", "detect", "synth", "rules", "adjudicate", "web", "runtime"],
    ),
];

/// Libraries that have a home, and which crates that is.
const HOMES: [(&str, &[&str]); 8] = [
    ("rdkafka", &["ingest"]),
    ("ort", &["detect"]),
    ("sqlx", &["adjudicate"]),
    ("axum", &["web", "fuzz"]),
    ("askama", &["web"]),
    ("ab_glyph", &["synth"]),
    ("clap", &["rasid"]),
    ("tracing-subscriber", &["rasid"]),
];

/// Crates without input, output or tasks.
const PURE: [&str; 2] = ["schemas", "rules"];
const IMPURE: [&str; 8] = ["tokio", "rdkafka", "ort", "sqlx", "axum", "clap", "reqwest", "object_store"];

/// The rooms of adjudicate, lowest first; those of one line may not use each other.
const ROOMS: [&[&str]; 9] = [
    &["foundation"],
    &["case"],
    &["stream", "registry", "facts", "access"],
    &["import"],
    &["objection"],
    &["triage"],
    &["review"],
    &["decision"],
    &["desk"],
];

/// Where each table is written; a file's path below `adjudicate/src` begins so.
const WRITERS: [(&str, &[&str]); 46] = [
    ("jurisdiction", &["foundation/closed_lists"]),
    ("offence_kind", &["foundation/closed_lists"]),
    ("case_head", &["foundation/queries/", "foundation/chain", "foundation/checkpoint/"]),
    ("chain_checkpoint", &["foundation/checkpoint/"]),
    ("chain_checkpoint_leaf", &["foundation/checkpoint/"]),
    ("case_chain", &["foundation/queries/", "foundation/chain"]),
    ("audit_event", &["foundation/audit"]),
    ("outbox", &["foundation/outbox", "foundation/queries/"]),
    ("idempotency_record", &["foundation/idempotency"]),
    ("case_origin_record", &["case/issue", "case/queries/"]),
    ("case_origin_case", &["case/issue"]),
    ("case_origin_unit", &["case/issue"]),
    ("violation", &["case/queries/"]),
    ("violation_reference", &["case/queries/"]),
    ("manual_check", &["case/queries/"]),
    ("evidence_manifest", &["case/queries/"]),
    ("evidence_file", &["case/queries/"]),
    ("assessment_record", &["case/issue"]),
    ("rule_table", &["case/rule_table"]),
    ("violation_effect", &["case/effect"]),
    ("review_task", &["case/task", "review/"]),
    ("stream_position", &["stream/position", "stream/queries/"]),
    ("event_identity", &["stream/settle/"]),
    ("act", &["stream/settle/"]),
    ("frame_use", &["stream/settle/"]),
    ("dead_letter", &["stream/settle/"]),
    ("site", &["registry/"]),
    ("camera", &["registry/"]),
    ("camera_site", &["registry/"]),
    ("camera_key", &["registry/"]),
    ("calibration_certificate", &["registry/"]),
    ("sign_state", &["registry/"]),
    ("ownership_interval", &["facts/"]),
    ("signal_log", &["facts/"]),
    ("payment", &["facts/"]),
    ("notice_service", &["facts/"]),
    ("service_outage", &["facts/"]),
    ("holiday", &["facts/"]),
    ("tariff_text", &["facts/"]),
    ("subject", &["access/"]),
    ("api_key", &["access/"]),
    ("web_session", &["access/"]),
    ("citizen_session", &["access/"]),
    ("frame_view", &["review/"]),
    ("decision", &["decision/"]),
    ("decision_verdict", &["decision/"]),
];

/// The same for tables of objections, which triage also marks as looked at.
const OBJECTION_WRITERS: [(&str, &[&str]); 7] = [
    ("objection", &["objection/", "triage/"]),
    ("objection_violation", &["objection/"]),
    ("objection_ground", &["objection/"]),
    ("objection_event", &["objection/"]),
    ("attachment", &["objection/"]),
    ("triage", &["triage/"]),
    ("triage_answer", &["triage/"]),
];

/// Written by a trigger of the migrations alone.
const TRIGGERED: [&str; 1] = ["register_version"];

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

fn texts_below(folder: &Path, extension: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|one| one == extension) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(folder_of_adjudicate()).unwrap_or(&path).to_owned(), text));
            }
        }
    }
    assert!(!found.is_empty(), "no .{extension} below {}", folder.display());
    found
}

fn folder_of_adjudicate() -> PathBuf {
    root().join("adjudicate/src")
}

#[test]
fn no_crate_depends_on_a_sibling_it_may_not() {
    let allowed: BTreeMap<&str, &[&str]> = CRATES.into_iter().collect();
    let dependencies = dependencies(false);
    assert_eq!(dependencies.len(), CRATES.len(), "a new crate needs a line here");
    for (name, used) in &dependencies {
        let ours: Vec<&str> =
            used.iter().map(String::as_str).filter(|used| allowed.contains_key(used)).collect();
        let may = allowed[name.as_str()];
        assert!(ours.iter().all(|one| may.contains(one)), "{name} may depend on {may:?}, but has {ours:?}");
    }
}

#[test]
fn kafka_models_sql_http_drawing_and_the_command_line_stay_in_their_homes() {
    for (name, used) in dependencies(false) {
        for (library, homes) in HOMES {
            assert!(
                !used.contains(library) || homes.contains(&name.as_str()),
                "{library} is used in {name}, its home is {homes:?}"
            );
        }
    }
}

#[test]
fn schemas_and_rules_know_nothing_of_input_output_or_tasks() {
    let dependencies = dependencies(true);
    for name in PURE {
        for library in IMPURE {
            assert!(!dependencies[name].contains(library), "{name} must not use {library}");
        }
    }
}

#[test]
fn a_room_of_adjudicate_uses_only_rooms_below_it() {
    let level = |room: &str| ROOMS.iter().position(|rooms| rooms.contains(&room));
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (path, text) in texts_below(&folder_of_adjudicate(), "rs") {
        let own = path.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        // Fixtures of tests may use every room.
        if own == "testing" || own == "lib.rs" {
            continue;
        }
        let own_level = level(&own).unwrap_or_else(|| panic!("the room {own} needs a place in ROOMS"));
        seen.insert(own.clone());
        for used in text.split("crate::").skip(1) {
            let used: String = used.chars().take_while(|one| one.is_alphanumeric() || *one == '_').collect();
            if let Some(used_level) = level(&used)
                && used != own
                && used_level >= own_level
            {
                wrong.push(format!("{} uses {used}", path.display()));
            }
        }
    }
    assert_eq!(seen.len(), ROOMS.iter().map(|rooms| rooms.len()).sum::<usize>(), "a room is empty");
    assert!(wrong.is_empty(), "rooms out of their order: {wrong:#?}");
}

/// What is done to a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Write {
    Insert,
    Update,
    Delete,
}

/// Tables that a text of SQL or of Rust with SQL in it writes, and how.
fn writes(text: &str) -> BTreeSet<(String, Write)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let name = |word: &str| -> String {
        word.chars().take_while(|one| one.is_ascii_lowercase() || *one == '_').collect()
    };
    let mut found = BTreeSet::new();
    let mut inserted = String::new();
    for (at, word) in words.iter().enumerate() {
        // A statement may begin behind a macro's bracket and its quote.
        let bare = word.rsplit(['"', '(']).next().unwrap_or_default();
        let next = |ahead: usize| words.get(at + ahead).copied().unwrap_or_default();
        match bare {
            "insert" if next(1) == "into" => {
                inserted = name(next(2));
                found.insert((inserted.clone(), Write::Insert))
            }
            "do" if next(1) == "update" && !inserted.is_empty() => {
                found.insert((inserted.clone(), Write::Update))
            }
            "delete" if next(1) == "from" => found.insert((name(next(2)), Write::Delete)),
            "update" if next(2) == "set" || next(2) == "as" => found.insert((name(next(1)), Write::Update)),
            _ => false,
        };
    }
    found
}

fn written_tables(text: &str) -> BTreeSet<String> {
    writes(text).into_iter().map(|(table, _)| table).collect()
}

#[test]
fn a_role_that_writes_is_granted_what_the_sql_does_and_nothing_else() {
    let mut done = BTreeSet::new();
    for (path, text) in
        ["rs", "sql"].map(|extension| texts_below(&folder_of_adjudicate(), extension)).concat()
    {
        // Those of closed lists are filled by the owner.
        if !path.starts_with("testing") && !path.starts_with("foundation/closed_lists.rs") {
            done.extend(writes(&text));
        }
    }
    let mut granted = BTreeSet::new();
    for TableUse { table, inserts, updates, deletes } in TABLES {
        let rights =
            [(inserts, Write::Insert), (!updates.is_empty(), Write::Update), (deletes, Write::Delete)];
        let rights = rights.into_iter().filter(|(is_granted, _)| *is_granted);
        granted.extend(rights.map(|(_, write)| (table.to_owned(), write)));
    }
    assert_eq!(granted, done);
    let owned = WRITERS.into_iter().chain(OBJECTION_WRITERS).map(|(table, _)| table).chain(TRIGGERED);
    assert_eq!(TABLES.map(|one| one.table).into_iter().collect::<BTreeSet<_>>(), owned.collect());
}

#[test]
fn each_table_is_written_by_its_own_room() {
    let writers: BTreeMap<&str, &[&str]> = WRITERS.into_iter().chain(OBJECTION_WRITERS).collect();
    let mut wrong = Vec::new();
    let mut unwritten: BTreeSet<&str> = writers.keys().copied().collect();
    let sources = ["rs", "sql"].map(|extension| texts_below(&folder_of_adjudicate(), extension));
    for (path, text) in sources.into_iter().flatten() {
        let path = path.to_string_lossy().into_owned();
        for table in written_tables(&text) {
            let Some(may) = writers.get(table.as_str()) else {
                if !path.starts_with("testing/") {
                    wrong.push(format!("{path} writes {table}, which has no owner"));
                }
                continue;
            };
            unwritten.remove(table.as_str());
            if !may.iter().any(|owner| path.starts_with(owner)) && !path.starts_with("testing/") {
                wrong.push(format!("{path} writes {table}, which belongs to {may:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(unwritten.is_empty(), "nothing writes {unwritten:?}");
}

#[test]
fn every_table_of_the_migrations_has_an_owner() {
    let known: BTreeSet<&str> =
        WRITERS.into_iter().chain(OBJECTION_WRITERS).map(|(table, _)| table).collect();
    let known: BTreeSet<&str> = known.into_iter().chain(TRIGGERED).collect();
    let mut made = BTreeSet::new();
    for (_, text) in texts_below(&root().join("adjudicate/migrations"), "sql") {
        for line in text.lines().filter_map(|line| line.strip_prefix("create table ")) {
            made.insert(
                line.chars().take_while(|one| one.is_ascii_lowercase() || *one == '_').collect::<String>(),
            );
        }
    }
    let made: BTreeSet<&str> = made.iter().map(String::as_str).collect();
    assert_eq!(made, known, "tables and owners differ");
}

#[test]
fn the_sources_of_web_and_rules_name_no_driver() {
    for (folder, words) in [
        ("adjudicate/web/src", &["sqlx", "PgPool", "select ", "insert into "][..]),
        ("adjudicate/rules/src", &["sqlx", "tokio", "axum"]),
    ] {
        for (path, text) in texts_below(&root().join(folder), "rs") {
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let hit = code.flat_map(|line| words.iter().filter(move |word| line.contains(**word))).next();
            assert_eq!(hit, None, "in {}", path.display());
        }
    }
}
