//! That no field of a country's data is loaded and then asked by nobody.

use crate::source::modules::Modules;
use crate::source::{members, shown};
use std::collections::{BTreeMap, BTreeSet};

/// Where the countries' data become types.
const DATA: [&str; 2] = ["adjudicate/rules/src/policy/", "schemas/src/objection/ground_table.rs"];

/// Fields that wait for their use, and what will ask them.
const WAITING: [(&str, &str); 3] = [
    ("window_months", "doubling for who does it again needs the vehicle's earlier final violations"),
    ("multiplier", "the same"),
    ("missing", "what a draft row lacks, for a command that lists drafts"),
];

/// The code of every module of every program and library, by file.
fn codes() -> BTreeMap<String, String> {
    let targets = members().into_iter().flat_map(|member| member.targets);
    let modules = targets.flat_map(|target| Modules::of(&target).0.into_values());
    modules.map(|module| (shown(&module.file), module.code)).collect()
}

/// Names of the public fields and of the functions of one value that a text of code declares.
fn declared(code: &str) -> BTreeSet<String> {
    let names = code.lines().filter_map(|line| {
        let line = line.trim_start().strip_prefix("pub ")?;
        let function = line.strip_prefix("const ").unwrap_or(line).strip_prefix("fn ");
        let (name, rest) = match function {
            Some(function) => function.split_once('(')?,
            None => line.split_once(':')?,
        };
        let is_of_a_value = function.is_none() || rest.starts_with("&self") || rest.starts_with("self");
        let is_name = name.chars().all(|one| one.is_ascii_lowercase() || one == '_');
        (is_of_a_value && is_name).then(|| name.to_owned())
    });
    names.collect()
}

/// Whether `code` asks for `.name`; where it is declared, a function that only hands the field of its own name on does not
/// count.
fn asks(code: &str, name: &str, is_declared_here: bool) -> bool {
    let (asked, handing_on) = (format!(".{name}"), format!("fn {name}("));
    let mut within_own = false;
    for line in code.lines() {
        if is_declared_here && line.contains("fn ") {
            within_own = line.contains(&handing_on);
        }
        let ends = |index: usize| {
            let next = line[index + asked.len()..].chars().next();
            next.is_none_or(|next| !(next.is_alphanumeric() || next == '_'))
        };
        if !within_own && line.match_indices(&asked).any(|(index, _)| ends(index)) {
            return true;
        }
    }
    false
}

#[test]
fn every_field_of_a_countrys_data_is_asked_by_some_code() {
    let codes = codes();
    let is_data = |file: &&String| DATA.iter().any(|data| file.starts_with(data));
    let mut dead = Vec::new();
    let mut count = 0;
    for file in codes.keys().filter(is_data) {
        for name in declared(&codes[file]) {
            count += 1;
            let is_waiting = WAITING.iter().any(|(waiting, _)| *waiting == name);
            if is_waiting == codes.iter().any(|(other, code)| asks(code, &name, other == file)) {
                dead.push(format!("{file}: {name}{}", if is_waiting { " waits no longer" } else { "" }));
            }
        }
    }
    assert!(count > 50, "only {count} fields were found");
    assert!(dead.is_empty(), "use these or take them out of the data: {dead:#?}");
}

#[test]
fn a_field_that_only_its_own_function_hands_on_is_dead() {
    let code = "pub struct Row {\n    pub used: u32,\n    pub dead: u32,\n}\nimpl Row {\n    pub fn dead(&self) -> u32 {\n        self.dead\n    }\n    pub fn of(row: u32) -> u32 {\n        row.used\n    }\n}\n";
    assert_eq!(declared(code).into_iter().collect::<Vec<_>>(), ["dead", "used"]);
    assert!(asks(code, "used", true) && !asks(code, "dead", true) && !asks(code, "use", true));
    assert!(asks(code, "dead", false), "elsewhere it is asked");
}
