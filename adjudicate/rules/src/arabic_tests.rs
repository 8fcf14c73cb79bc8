//! Every Arabic text of ours, by one measure: one kind of digits, names kept apart, one spelling of units, and none of the
//! phrases that read wrong. What stands in a source file is read from it, so that a new sentence is measured as well.

use crate::policy::Policies;
use crate::reason_text::reason_text;
use crate::samples::Sample;
use schemas::assessment::{Assessment, Calculation, ManualCheckReason};
use schemas::jurisdiction::Jurisdiction;
use schemas::objection::FormDefect;
use schemas::objection::ground_table::{FormEntry, GroundTable};
use schemas::text::BilingualText;
use schemas::triage::DocumentKind;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders with texts that reach people, from the workspace.
const FOLDERS: [&str; 6] = [
    "adjudicate/src",
    "adjudicate/web/src",
    "adjudicate/rules/src",
    "schemas/jurisdictions",
    "schemas/src",
    "src/demo",
];
/// Words and spellings that were mended once and must not come back.
const MENDED: [&str; 27] = [
    "راجع الاثنين",
    "يلزم الاثنان",
    "اقتُصرت",
    "أرفق بلاغ أمني",
    "أُغلقت للسداد",
    "الواقعة غير مسجلة",
    "رُفض شكلًا",
    "المخالَف ",
    "نظر شخص",
    "إنسان",
    "فحص يدوي",
    "الفحص اليدوي",
    "القضية",
    "قضايا",
    "قضية",
    "النظرة ",
    "يأتي في إصدار",
    "الحد القانوني",
    "خولفت",
    "ضوء أصفر قصير",
    "اللوحة الإرشادية",
    "سماح الساعة",
    "إعلان الإشعار",
    "فرق الساعة",
    "ضبط مروري يُجيب",
    "ترويس ",
    "كم/ساعة",
];

fn is_arabic(letter: char) -> bool {
    ('\u{0621}'..='\u{064A}').contains(&letter)
}

/// The text without what stands between marks of isolation.
fn outside_isolates(text: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::new();
    for letter in text.chars() {
        match letter {
            '\u{2066}'..='\u{2068}' => depth += 1,
            '\u{2069}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(letter),
            _ => {}
        }
    }
    assert_eq!(depth, 0, "an isolate is never closed: {text}");
    kept
}

/// What is wrong with a finished sentence, by the measure above.
fn fault(text: &str) -> Option<&'static str> {
    let bare = outside_isolates(text);
    let mended = MENDED.iter().any(|phrase| text.contains(phrase));
    if mended {
        Some("has a phrase that was mended")
    } else if bare.chars().any(|letter| letter.is_ascii_digit()) {
        Some("has ASCII digits")
    } else if bare.chars().any(|letter| letter.is_ascii_alphabetic()) {
        Some("has a Latin name without isolates")
    } else {
        None
    }
}

pub(crate) fn assert_reads_well(texts: impl IntoIterator<Item = BilingualText>) {
    for text in texts {
        assert_eq!(fault(&text.arabic), None, "{}", text.arabic);
        assert!(!text.english.chars().any(is_arabic), "{}", text.english);
    }
}

fn calculation(assessment: &Assessment) -> Calculation {
    match assessment {
        Assessment::NoOffence { calculation } => calculation.clone(),
        Assessment::ManualCheck(check) => check.calculation.clone(),
        Assessment::Violation(draft) => draft.calculation.clone(),
    }
}

#[test]
fn every_sentence_of_a_calculation_has_one_kind_of_digits_and_keeps_names_apart() {
    for country in Jurisdiction::ALL {
        for sample in [Sample::speeding(country), Sample::crossing_on_red(country)] {
            let steps = calculation(&sample.assess()).steps;
            assert!(!steps.is_empty());
            assert_reads_well(steps.iter().map(|step| BilingualText::new(&step.arabic, &step.english)));
            assert_reads_well(steps.into_iter().filter_map(|step| step.source));
        }
    }
}

#[test]
fn every_text_of_the_countries_data_reads_well() {
    let policies = Policies::compiled_in().unwrap();
    for country in Jurisdiction::ALL {
        let table = GroundTable::of(country);
        assert_reads_well(table.grounds().flat_map(|(_, entry)| [entry.title.clone(), entry.hint.clone()]));
        for defect in FormDefect::ALL {
            let FormEntry { title, in_order, unclear, remedy } = table.form(defect);
            assert_reads_well([title, in_order, unclear, remedy].map(Clone::clone));
        }
        assert_reads_well(DocumentKind::ALL.into_iter().map(|kind| table.document(kind).clone()));
        let rows = policies.of(country).tariffs().active().iter();
        assert_reads_well(rows.map(|row| row.source().text.clone()));
    }
    assert_reads_well(ManualCheckReason::ALL.into_iter().map(reason_text));
}

#[test]
fn egypt_never_says_the_saudi_word_for_an_objection_nor_the_other_way_round() {
    for (country, other) in [(Jurisdiction::Egypt, "اعتراض"), (Jurisdiction::SaudiArabia, "تظلّم")]
    {
        let table = GroundTable::of(country);
        for defect in FormDefect::ALL {
            let FormEntry { title, in_order, unclear, remedy } = table.form(defect);
            for text in [title, in_order, unclear, remedy] {
                assert!(!text.arabic.contains(other), "{country}: {}", text.arabic);
            }
        }
    }
}

/// Files that hold texts: Rust and country data, without tests.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            sources(&path, found);
        } else if (name.ends_with(".rs") || name.ends_with(".toml")) && !name.contains("tests") {
            found.push(path);
        }
    }
}

/// Literals with Arabic letters, up to a file's tests. Places of `format!` are no words.
fn arabic_literals(text: &str) -> Vec<String> {
    let ours = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code = ours.lines().filter(|line| !line.trim_start().starts_with("//") && !line.starts_with('#'));
    let code: Vec<_> = code.collect();
    let literals = code.join("\n");
    let quoted = literals.split('"').skip(1).step_by(2).filter(|one| one.chars().any(is_arabic));
    quoted.map(without_places).collect()
}

fn without_places(literal: &str) -> String {
    let mut kept = String::new();
    let mut depth = 0_u32;
    let escaped = ["\\u{2066}", "\\u{2067}", "\\u{2068}"];
    let opened = escaped.iter().fold(literal.to_owned(), |text, mark| text.replace(mark, "\u{2068}"));
    for letter in opened.replace("\\u{2069}", "\u{2069}").chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(letter),
            _ => {}
        }
    }
    kept
}

#[test]
fn no_arabic_literal_of_ours_mixes_digits_or_brings_back_what_was_mended() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    FOLDERS.iter().for_each(|folder| sources(&workspace.join(folder), &mut files));
    let mut measured = 0;
    for file in files {
        for literal in arabic_literals(&fs::read_to_string(&file).unwrap()) {
            measured += 1;
            let bare = outside_isolates(&literal);
            let place = file.display();
            assert!(!bare.chars().any(|letter| letter.is_ascii_digit()), "{place}: ASCII digits: {literal}");
            let phrase = MENDED.iter().find(|phrase| literal.contains(*phrase));
            assert_eq!(phrase, None, "{place}: {literal}");
            assert!(!literal.contains("rasid_") || !bare.contains("rasid_"), "{place}: {literal}");
        }
    }
    assert!(measured > 500, "only {measured} literals were found");
}
