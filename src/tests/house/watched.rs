//! That rules of Prometheus speak of metrics and labels that the program prints, and every alert has its test.

use crate::source::{members, root, shown};
use rasid::telemetry::catalogue::{self, MetricDescription};
use rasid::telemetry::limits::Limit;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Folder of the rules.
const PROMETHEUS: &str = "deploy/prometheus";
/// Labels that Prometheus puts on every series, and that of a histogram's buckets.
const OWN_LABELS: [&str; 3] = ["job", "instance", "le"];
/// What a histogram's series end in.
const HISTOGRAM_ENDINGS: [&str; 3] = ["_bucket", "_sum", "_count"];

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn with_ending(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|one| one == ending)).collect()
}

fn metrics() -> BTreeMap<String, MetricDescription> {
    catalogue::metrics().unwrap().into_iter().map(|one| (one.name.clone(), one)).collect()
}

const fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == ':'
}

/// Words of `text` that are names of metrics or recorded rules, each with what stands behind it.
fn named(text: &str) -> Vec<(&str, &str)> {
    let starts = text.match_indices("rasid").map(|(at, _)| at);
    let whole = starts.filter(|at| !text[..*at].ends_with(is_of_name));
    let words = whole.map(|at| {
        let length = text[at..].find(|character| !is_of_name(character)).unwrap_or(text.len() - at);
        text[at..].split_at(length)
    });
    words.filter(|(word, _)| word.starts_with("rasid_") || word.starts_with("rasid:")).collect()
}

/// Labels within the braces that `behind` begins with.
fn selected(behind: &str) -> Vec<String> {
    let Some((inside, _)) = behind.strip_prefix('{').and_then(|text| text.split_once('}')) else {
        return Vec::new();
    };
    let label = |one: &str| one.split(['=', '!']).next().unwrap_or_default().trim().to_owned();
    inside.split(',').map(label).collect()
}

/// What is wrong with the metrics that a rule file names.
fn faults(
    text: &str,
    metrics: &BTreeMap<String, MetricDescription>,
    recorded: &BTreeSet<&str>,
) -> Vec<String> {
    let mut found = Vec::new();
    for (word, behind) in named(text) {
        if word.starts_with("rasid:") {
            found.extend((!recorded.contains(word)).then(|| format!("no rule records {word}")));
            continue;
        }
        let whole = HISTOGRAM_ENDINGS.iter().find_map(|ending| metrics.get(word.strip_suffix(ending)?));
        let whole = whole.filter(|metric| metric.kind == "histogram");
        let Some(metric) = metrics.get(word).or(whole) else {
            found.push(format!("the program has no metric {word}"));
            continue;
        };
        let is_known = |label: &String| metric.labels.contains(label) || OWN_LABELS.contains(&label.as_str());
        let unknown = selected(behind).into_iter().filter(|label| !is_known(label));
        found.extend(unknown.map(|label| format!("{word} has no label {label}")));
    }
    found
}

/// Labels that results are grouped or joined by.
fn grouped(text: &str) -> BTreeSet<&str> {
    let lists = ["by (", "on(", "on (", "without ("].into_iter().flat_map(|keyword| {
        text.match_indices(keyword).filter_map(move |(at, _)| text[at + keyword.len()..].split_once(')'))
    });
    lists.flat_map(|(list, _)| list.split(',')).map(str::trim).filter(|label| !label.is_empty()).collect()
}

fn rules() -> String {
    let folder = root().join(PROMETHEUS);
    ["recording.rules.yml", "alerts.rules.yml"].map(|file| read(&folder.join(file))).concat()
}

fn after<'t>(text: &'t str, key: &'t str) -> impl Iterator<Item = &'t str> {
    text.lines().filter_map(move |line| line.trim().trim_start_matches("- ").strip_prefix(key)).map(str::trim)
}

#[test]
fn every_metric_and_label_of_a_rule_is_one_that_the_program_prints() {
    let (rules, metrics) = (rules(), metrics());
    let recorded: BTreeSet<&str> = after(&rules, "record:").collect();
    assert_eq!(faults(&rules, &metrics, &recorded), Vec::<String>::new());
    let labels: BTreeSet<&str> =
        metrics.values().flat_map(|metric| &metric.labels).map(String::as_str).chain(OWN_LABELS).collect();
    let unknown: Vec<&str> = grouped(&rules).difference(&labels).copied().collect();
    assert_eq!(unknown, Vec::<&str>::new(), "no metric has these labels");
    for limit in rules.split("{limit").skip(1).filter_map(|text| text.split('"').nth(1)) {
        for name in limit.split('|') {
            assert!(Limit::from_label(name).is_some(), "there is no limit '{name}'");
        }
    }
}

#[test]
fn a_rule_that_names_what_is_not_there_is_found() {
    let metrics = metrics();
    let text = "expr: rasid_redy == 0 and rasid_ready{jurisdiction=\"EG\"} and rasid_adjudicate_run_seconds_bucket{le=\"1\"} \
                and rasid:gone:ratio > rasid_ready_sum";
    assert_eq!(
        faults(text, &metrics, &BTreeSet::new()),
        [
            "the program has no metric rasid_redy",
            "rasid_ready has no label jurisdiction",
            "no rule records rasid:gone:ratio",
            "the program has no metric rasid_ready_sum",
        ]
    );
}

#[test]
fn every_alert_has_a_severity_a_page_of_the_runbook_and_a_test_in_which_it_fires() {
    let folder = root().join(PROMETHEUS);
    let text = read(&folder.join("alerts.rules.yml"));
    let tests: String = with_ending(&folder.join("tests"), "yml").iter().map(|path| read(path)).collect();
    let mut alerts = 0;
    for alert in text.split("- alert: ").skip(1) {
        let name = alert.lines().next().unwrap();
        assert!(alert.contains("{severity: page}") || alert.contains("{severity: ticket}"), "{name}");
        assert!(alert.contains(&format!("runbook_url: deploy/runbook/{name}.md")), "{name}");
        assert!(alert.contains("summary: ") && alert.contains("description: "), "{name}");
        assert!(tests.contains(&format!("alertname=\"{name}\"")), "{name} never fires in {PROMETHEUS}/tests");
        alerts += 1;
    }
    assert!(alerts > 0);
}

/// Names of metrics that stand as whole strings in files that make metrics.
fn made_in(text: &str) -> impl Iterator<Item = &str> {
    let makes = ["Opts::new(", "Gauge::new(", "Counter::new("].iter().any(|call| text.contains(call));
    let strings = text.split('"').filter(move |_| makes);
    strings.filter(|string| string.starts_with("rasid_") && string.chars().all(is_of_name))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = with_ending(folder, "rs");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        }
    }
    found
}

#[test]
fn the_list_of_metrics_leaves_none_out_that_a_source_makes() {
    let metrics = metrics();
    for member in members() {
        let folder = member.manifest.parent().unwrap().join("src");
        let sources = if folder.is_dir() { sources(&folder) } else { Vec::new() };
        for path in sources.iter().filter(|path| !shown(path).contains("tests")) {
            for name in made_in(&read(path)) {
                assert!(
                    metrics.contains_key(name),
                    "{} makes {name}: `rasid metrics --list` needs it",
                    shown(path)
                );
            }
        }
    }
}
