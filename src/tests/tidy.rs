//! What a person would have to remember: file length, leftovers, lint inheritance, documented keys.

use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a source file before its tests.
const FILE_LINES_MAX: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let folders = ["src", "schemas", "ingest", "detect", "adjudicate", "benches", "deploy"];
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir()
                && !matches!(name.as_str(), "node_modules" | "runs" | "data" | "target" | "__pycache__")
            {
                open.push(path);
            } else if path.extension().is_some_and(|one| one == extension) {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "no .{extension} file found");
    found.sort();
    found
}

#[test]
fn no_source_file_outgrows_its_limit_without_its_tests() {
    let mut long = Vec::new();
    for path in files("rs") {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
        if lines > FILE_LINES_MAX {
            long.push(format!("{} has {lines} lines", path.display()));
        }
    }
    assert!(long.is_empty(), "split these by stage: {long:#?}");
}

#[test]
fn no_leftover_stays_in_the_sources() {
    let leftovers = [
        concat!("to", "do!("),
        concat!("unimpl", "emented!("),
        concat!("db", "g!("),
        concat!("#[ign", "ore"),
    ];
    for path in files("rs") {
        let text = fs::read_to_string(&path).unwrap();
        for leftover in leftovers {
            assert!(!text.contains(leftover), "{leftover} in {}", path.display());
        }
    }
}

#[test]
fn every_crate_inherits_the_workspace_lints() {
    let manifests = [
        "",
        "schemas",
        "ingest",
        "ingest/jpeg",
        "detect",
        "detect/synth",
        "adjudicate",
        "benches",
        "deploy/runtime",
    ];
    for folder in manifests {
        let text = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        assert!(text.contains("[lints]\nworkspace = true"), "{folder}/Cargo.toml does not inherit the lints");
    }
}

#[test]
fn every_configuration_key_has_a_comment_above_it() {
    let text = fs::read_to_string(root().join("deploy/config.default.toml")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let (mut keys, mut is_documented) = (0, false);
    for (number, line) in (1..).zip(&lines) {
        if line.starts_with('#') {
            is_documented = true;
        } else if line.contains('=') {
            keys += 1;
            // One comment may speak of the keys that follow it without a blank line.
            assert!(is_documented, "line {number}: the key '{line}' has no comment above it");
        } else {
            is_documented = false;
        }
    }
    assert!(keys > 10, "only {keys} keys found");
}
