//! That there is one list of offences: whoever needs to know something of every kind asks the list.

use crate::source::modules::Modules;
use crate::source::{members, shown};
use schemas::offence::OffenceKind;
use std::collections::{BTreeMap, BTreeSet};

/// The list itself.
const LIST: &str = "schemas/src/offence.rs";

/// What tests of several crates build their sightings from: behind the feature `testing`, in no program.
const SAMPLES: [&str; 3] =
    ["adjudicate/rules/src/samples.rs", "adjudicate/src/testing/", "ingest/src/testing.rs"];

/// Kinds that `code` names one by one.
fn named_kinds(code: &str) -> BTreeSet<String> {
    let kinds = OffenceKind::ALL.iter().map(|kind| format!("{kind:?}"));
    kinds
        .filter(|kind| names(code, &format!("OffenceKind::{kind}")) || names(code, &format!("Act::{kind}")))
        .collect()
}

/// Whether `path` stands in `code` as a whole word.
fn names(code: &str, path: &str) -> bool {
    let ends = |index: usize| code[index + path.len()..].chars().next().is_none_or(|next| !is_of_word(next));
    let begins = |index: usize| code[..index].chars().next_back().is_none_or(|last| !is_of_word(last));
    code.match_indices(path).any(|(index, _)| begins(index) && ends(index))
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[test]
fn no_file_but_the_list_names_more_than_one_kind_of_offence() {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for target in members().iter().flat_map(|member| &member.targets) {
        for module in Modules::of(target).0.into_values() {
            found.entry(shown(&module.file)).or_default().extend(named_kinds(&module.code));
        }
    }
    let own = found.values().filter(|kinds| kinds.len() == 1).count();
    assert!(own >= OffenceKind::ALL.len(), "the files of the rules were not found: {found:?}");
    let is_sample = |file: &str| SAMPLES.iter().any(|sample| file.starts_with(sample));
    found.retain(|file, kinds| file != LIST && !is_sample(file) && kinds.len() > 1);
    assert!(found.is_empty(), "second lists of offences, ask {LIST} instead: {found:#?}");
}

#[test]
fn a_kind_is_found_by_its_whole_name_alone() {
    let found = named_kinds(
        "match act { Act::Speed(_) => 1, OffenceKind::SectionOther => 2, FactAct::RedLight => 3 }",
    );
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["Speed"]);
}
