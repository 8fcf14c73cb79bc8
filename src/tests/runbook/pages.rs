//! What a page of the runbook holds, and what the alerts ask for.

use crate::source::root;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// The questions that every page answers, in this order.
pub(super) const QUESTIONS: [&str; 5] = ["What it means", "Who is hurt", "Look first", "Mend", "After"];

/// One page.
pub(super) struct Page {
    /// The alert's name.
    pub(super) name: String,
    pub(super) text: String,
}

/// Lines that a shell runs at once.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Block {
    pub(super) script: String,
    /// As the page states it by `# exit code N`, else 0.
    pub(super) code: i32,
}

fn folder() -> PathBuf {
    root().join("deploy/runbook")
}

/// The pages by name; the index is none.
pub(super) fn pages() -> Vec<Page> {
    let mut pages: Vec<Page> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap() != "README.md")
        .map(|path| Page {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            text: fs::read_to_string(path).unwrap(),
        })
        .collect();
    pages.sort_by(|a, b| a.name.cmp(&b.name));
    pages
}

/// The index of the pages.
pub(super) fn index() -> String {
    fs::read_to_string(folder().join("README.md")).unwrap()
}

fn rules() -> String {
    fs::read_to_string(root().join("deploy/prometheus/alerts.rules.yml")).unwrap()
}

/// The severity of each alert.
pub(super) fn severities() -> BTreeMap<String, String> {
    let rules = rules();
    let each = rules.split("- alert:").skip(1).map(|rule| {
        let name = rule.lines().next().unwrap().trim().to_owned();
        let after = rule.split_once("severity:").unwrap().1.trim_start();
        (name, after.chars().take_while(char::is_ascii_alphanumeric).collect())
    });
    each.collect()
}

/// The names of all alerts, and the pages that their annotations name.
pub(super) fn alerts() -> (BTreeSet<String>, BTreeSet<String>) {
    let rules = rules();
    let after = |mark: &str| -> BTreeSet<String> {
        let values = rules.lines().filter_map(|line| line.split_once(mark)).map(|(_, value)| value);
        values.map(|value| value.trim().trim_matches(['"', '\'']).to_owned()).collect()
    };
    (after("- alert:"), after("runbook_url:"))
}

impl Page {
    /// Its headings of the second level.
    pub(super) fn questions(&self) -> Vec<&str> {
        self.text.lines().filter_map(|line| line.strip_prefix("## ")).collect()
    }

    /// Its shell lines, block by block.
    pub(super) fn blocks(&self) -> Vec<Block> {
        let parts = self.text.split("```sh\n").skip(1);
        parts
            .map(|part| {
                let script = part.split_once("```").unwrap().0.to_owned();
                let stated = script.lines().find_map(|line| line.strip_prefix("# exit code "));
                let code = stated.map_or(0, |code| code.split_whitespace().next().unwrap().parse().unwrap());
                Block { script, code }
            })
            .collect()
    }
}
