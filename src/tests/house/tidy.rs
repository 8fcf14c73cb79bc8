//! What a person would have to remember: sizes, leftovers, lint inheritance, documented keys.

use crate::source::functions::functions_of;
use crate::source::modules::Modules;
use crate::source::{members, root, shown};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// Lines of a file that people write, its tests included.
const FILE_LINES_MAX: usize = 500;
/// Source files on one level of a folder, tests included.
const FOLDER_FILES_MAX: usize = 20;
/// Lines of a function's body, tests left out: at most, and of 95 in 100.
const FUNCTION_LINES_MAX: usize = 60;
const FUNCTION_LINES_P95_MAX: usize = 30;

/// Files of the repository with one of these endings; what git ignores and hidden folders are left out.
fn files(extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                let is_ignored =
                    matches!(name.as_str(), "node_modules" | "runs" | "data" | "target" | "__pycache__");
                if !is_ignored && !name.starts_with('.') {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|one| extensions.iter().any(|extension| one == *extension))
            {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "no file of {extensions:?} found");
    found.sort();
    found
}

#[test]
fn no_file_outgrows_its_limit() {
    let mut long = Vec::new();
    for path in files(&["rs", "py", "sql", "css", "html"]) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        if lines > FILE_LINES_MAX {
            long.push(format!("{} has {lines} lines", shown(&path)));
        }
    }
    assert!(long.is_empty(), "split these by stage, the limit is {FILE_LINES_MAX}: {long:#?}");
}

#[test]
fn no_folder_holds_more_sources_than_a_reader_takes_in() {
    let mut folders: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for path in files(&["rs", "py"]) {
        *folders.entry(path.parent().unwrap().to_owned()).or_default() += 1;
    }
    folders.retain(|_, files| *files > FOLDER_FILES_MAX);
    let full: Vec<String> =
        folders.iter().map(|(path, files)| format!("{} has {files}", shown(path))).collect();
    assert!(full.is_empty(), "group these by what they do, the limit is {FOLDER_FILES_MAX}: {full:#?}");
}

#[test]
fn functions_are_short() {
    // Libraries and programs of one crate may share a module.
    let mut sources: BTreeMap<PathBuf, String> = BTreeMap::new();
    for target in members().iter().flat_map(|member| &member.targets) {
        sources.extend(Modules::of(target).0.into_values().map(|module| (module.file, module.code)));
    }
    let mut functions: Vec<_> = sources
        .iter()
        .flat_map(|(file, code)| functions_of(code).into_iter().map(move |function| (function, file)))
        .collect();
    functions.sort_by_key(|(function, _)| function.length);
    let at = |percent: usize| functions[(functions.len() * percent).div_ceil(100) - 1].0.length;
    println!("{} functions: p50 {}, p95 {}, longest {}", functions.len(), at(50), at(95), at(100));
    let long: Vec<String> = functions
        .iter()
        .filter(|(function, _)| function.length > FUNCTION_LINES_MAX)
        .map(|(one, file)| format!("{}:{}: {} has {} lines", shown(file), one.line, one.name, one.length))
        .collect();
    assert!(long.is_empty(), "split these, the limit is {FUNCTION_LINES_MAX}: {long:#?}");
    assert!(
        at(95) <= FUNCTION_LINES_P95_MAX,
        "95 of 100 functions may have {FUNCTION_LINES_P95_MAX} lines, not {}",
        at(95)
    );
}

#[test]
fn no_leftover_stays_in_the_sources() {
    let leftovers = [
        concat!("to", "do!("),
        concat!("unimpl", "emented!("),
        concat!("db", "g!("),
        concat!("#[ign", "ore"),
    ];
    for path in files(&["rs"]) {
        let text = fs::read_to_string(&path).unwrap();
        for leftover in leftovers {
            assert!(!text.contains(leftover), "{leftover} in {}", path.display());
        }
    }
}

#[test]
fn every_crate_inherits_the_workspace_lints() {
    // The macro of libFuzzer that makes an entry point is not free of `unsafe`.
    for member in members().into_iter().filter(|member| member.name != "fuzz") {
        let text = fs::read_to_string(&member.manifest).unwrap();
        assert!(
            text.contains("[lints]\nworkspace = true"),
            "{} does not inherit the lints",
            shown(&member.manifest)
        );
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
