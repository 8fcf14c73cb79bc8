//! A further country is a folder of data: a made-up one loads, and what stands in it is what counts.

use crate::policy::calendar::HolidayCalendar;
use crate::policy::{Policy, PolicySources};
use schemas::country::CountryTexts;
use schemas::jurisdiction::Jurisdiction;
use schemas::objection::GroundCode;
use schemas::objection::ground_table::GroundTable;
use schemas::plate::grammar::PlateGrammar;
use std::fs;
use std::path::Path;

/// Files of a folder, by name and what the made-up country has instead.
const CHANGES: [(&str, &str, &str); 7] = [
    ("plate.toml", "digits_max = 4", "digits_max = 3"),
    ("grounds.toml", "document_days = 14", "document_days = 3"),
    ("holidays.toml", "weekend = [\"friday\", \"saturday\"]", "weekend = [\"sunday\"]"),
    ("tariffs.toml", "max = \"300\"", "max = \"290\""),
    ("policy.toml", "minimum_kmh = { value = \"3\"", "minimum_kmh = { value = \"7\""),
    ("deadlines.toml", "days = 30", "days = 12"),
    ("texts.toml", "\n", "\n# made up\n"),
];

fn write_folder(folder: &Path) {
    let sa = CountryTexts::compiled_in(Jurisdiction::SaudiArabia);
    let texts = [sa.plate, sa.grounds, sa.holidays, sa.tariffs, sa.policy, sa.deadlines, sa.texts];
    for ((name, from, to), text) in CHANGES.into_iter().zip(texts) {
        assert!(text.contains(from), "{name} holds no '{from}'");
        fs::write(folder.join(name), text.replacen(from, to, 1)).unwrap();
    }
}

#[test]
fn a_made_up_country_loads_from_a_folder_and_its_own_data_count() {
    let folder = std::env::temp_dir().join(format!("made-up-country-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    write_folder(&folder);
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let [plate, grounds, holidays] = ["plate.toml", "grounds.toml", "holidays.toml"].map(text);
    let [tariffs, policy, deadlines, texts] =
        ["tariffs.toml", "policy.toml", "deadlines.toml", "texts.toml"].map(text);
    let made_up = CountryTexts {
        plate: &plate,
        grounds: &grounds,
        holidays: &holidays,
        tariffs: &tariffs,
        policy: &policy,
        deadlines: &deadlines,
        texts: &texts,
    };
    // Its code must be one of the closed list; everything else comes from the folder.
    let code = Jurisdiction::SaudiArabia;
    let grammar = PlateGrammar::load(made_up.plate, code).unwrap();
    assert!(!grammar.allows_lengths(3, 4) && grammar.allows_lengths(3, 3));
    let table = GroundTable::load(made_up.grounds, code).unwrap();
    assert_eq!(table.document_days(), 3);
    assert!(!table.ground(GroundCode::Sold).title.arabic.is_empty());
    let calendar = HolidayCalendar::load(made_up.holidays, code).unwrap();
    assert!(
        calendar.is_rest("2026-03-01".parse().unwrap()) && !calendar.is_rest("2026-03-06".parse().unwrap())
    );
    let loaded = Policy::load(code, &PolicySources::of(&made_up)).unwrap();
    assert_eq!(loaded.deduction().minimum_kmh, 7.into());
    assert_ne!(loaded.rule_table_sha256(), Policy::compiled_in(code).unwrap().rule_table_sha256());
    fs::remove_dir_all(&folder).unwrap();
}
