use super::*;
use crate::sending::register::Register;
use std::fs;

fn picture(line: usize, image: &str, plates: &[(f64, &str, &str)]) -> LabelledPicture {
    let plates = plates.iter().map(|(width, letters, digits)| LabelledPlate {
        position: [10.0, 10.0, *width, 20.0],
        letters: (!letters.is_empty()).then(|| (*letters).to_owned()),
        digits: (!digits.is_empty()).then(|| (*digits).to_owned()),
    });
    LabelledPicture { line, image: image.to_owned(), plates: plates.collect() }
}

fn error_of(labelled: &[LabelledPicture]) -> String {
    format!("{:#}", choose(labelled, 10).unwrap_err())
}

#[test]
fn the_script_of_the_letters_tells_the_country() {
    for (letters, country) in [("UJD", "SA"), ("سطع", "EG"), ("س ط ع", "EG"), ("ﺱ", "EG")] {
        assert_eq!(country_of(letters).unwrap().code(), country, "{letters}");
    }
    for letters in ["ЖЖЖ", "Uس", "12", " "] {
        assert!(country_of(letters).is_err(), "{letters}");
    }
}

#[test]
fn the_widest_plate_with_text_is_the_vehicle() {
    let labelled = [picture(1, "a.jpg", &[(90.0, "", ""), (20.0, "UJD", "6531"), (40.0, "ABD", "12")])];
    let choice = choose(&labelled, 10).unwrap();
    assert_eq!(choice.taken[0].plate.letters, "ABD");
    assert_eq!(choice.taken[0].position[2].to_bits(), 40.0_f32.to_bits());
}

#[test]
fn pictures_without_text_and_over_the_limit_are_left_out_and_counted() {
    let labelled = [
        picture(1, "a.jpg", &[(9.0, "", "")]),
        picture(2, "b.jpg", &[(9.0, "UJD", "6531")]),
        picture(3, "c.jpg", &[(9.0, "UJD", "6532")]),
        picture(4, "d.jpg", &[]),
    ];
    let choice = choose(&labelled, 1).unwrap();
    assert_eq!((choice.taken.len(), choice.without_text, choice.over_limit), (1, 2, 1));
    let said = remark(4, 1, [2, 1, 0]);
    assert!(said.contains("1 of 4") && said.contains("--photos-max") && said.contains("2 without"), "{said}");
}

#[test]
fn a_bad_label_is_named_by_its_line() {
    let good = picture(1, "a.jpg", &[(9.0, "UJD", "6531")]);
    for (bad, what) in [
        (picture(7, "b.jpg", &[(9.0, "ЖЖЖ", "12")]), "line 7: the letters 'ЖЖЖ' are neither"),
        (picture(7, "b.jpg", &[(9.0, "UJD", "65315")]), "line 7: the plate 'UJD 65315'"),
        (picture(7, "a.jpg", &[(9.0, "UJD", "1")]), "line 7: the picture 'a.jpg' stands in line 1 already"),
        (picture(7, "../a.jpg", &[(9.0, "UJD", "1")]), "line 7: the picture '../a.jpg' must lie in"),
    ] {
        let error = error_of(&[good.clone(), bad]);
        assert!(error.contains(what), "{error}");
    }
    assert!(error_of(&[picture(1, "a.jpg", &[])]).contains("no plate in it has letters and digits"));
}

#[test]
fn a_folder_that_cannot_be_used_is_told_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let error = |path: &Path| format!("{:#}", load(path, 10, &|_, _| {}).unwrap_err());
    assert!(error(&folder.path().join("none")).contains("does not exist"));
    assert!(error(folder.path()).contains("has no labels.jsonl"));
    let label = r#"{"image":"a.jpg","plates":[{"box":[1,2,30,9],"letters":"UJD","digits":"6531"}]}"#;
    fs::write(folder.path().join(LABELS_FILE), label).unwrap();
    assert!(error(folder.path()).contains("line 1: the picture"));
    fs::write(folder.path().join("a.jpg"), "hello").unwrap();
    assert!(error(folder.path()).contains("neither a JPEG nor a PNG picture"));
    fs::write(folder.path().join(LABELS_FILE), "{}").unwrap();
    assert!(error(folder.path()).contains("line 1, column 2: missing field"));
}

#[test]
fn acts_of_one_vehicle_lie_further_apart_than_the_window_of_one_act() {
    let window = crate::config::Config::from_defaults_and("[database]\nurl = \"postgres://u:p@h/d\"")
        .unwrap()
        .adjudicate
        .act_window_seconds;
    assert!(i64::from(window) < ACT_SPACING_SECONDS);
    let labelled = [picture(1, "a.jpg", &[(9.0, "UJD", "1")]), picture(2, "b.jpg", &[(9.0, "UJD", "1")])];
    let choice = choose(&labelled, 10).unwrap();
    let files = ["x.jpg".to_owned(), "y.jpg".to_owned()];
    let captured =
        |number: usize| act(number, 2, &choice.taken[number], &files).unwrap().captured_offset_seconds;
    assert_eq!(captured(0) - captured(1), ACT_SPACING_SECONDS);
}

#[test]
fn every_camera_stands_in_the_demos_register_with_its_limit() {
    let text = include_str!("../../deploy/demo/registry.toml");
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let rows = Register::parse(text).unwrap().rows(now).unwrap();
    for SpeedCamera { country, id, site, limit_kmh } in CAMERAS {
        let camera = rows.cameras.iter().find(|camera| camera.id.as_str() == id).unwrap();
        assert!(camera.sites.iter().any(|one| one.as_str() == site), "{id}");
        let site = rows.sites.iter().find(|one| one.id.as_str() == site).unwrap();
        assert_eq!(site.jurisdiction, country, "{id}");
        assert_eq!(site.limit.unwrap().value(), rust_decimal::Decimal::from(limit_kmh), "{id}");
        let certificate = rows.certificates.iter().find(|one| one.camera.as_str() == id).unwrap();
        assert!(certificate.valid_from < now && now < certificate.valid_to, "{id}");
    }
}

#[test]
fn reads_are_counted_against_the_label() {
    let violation = |key: &str| RecordEnding::Violation {
        id: schemas::ids::ViolationId::from_uuid(uuid::Uuid::nil()),
        reference: String::new(),
        plate_key: key.to_owned(),
        amount: rust_decimal::Decimal::ZERO,
        captured_at: chrono::DateTime::UNIX_EPOCH,
    };
    let check = |key: Option<&str>| RecordEnding::ManualCheck {
        reasons: Vec::new(),
        plate_key: key.map(str::to_owned),
    };
    let before = RecordEnding::WithoutCase { event: None };
    let mut totals = PhotographTotals::default();
    for ending in [violation("SA-1-ABD"), violation("SA-2-ABD"), check(Some("SA-1-ABD")), check(None), before]
    {
        totals.count("SA-1-ABD", Some(&ending));
    }
    let expected = PhotographTotals {
        photographs: 5,
        read_as_labelled: 2,
        read_otherwise: 1,
        not_read: 1,
        seen_before: 1,
        issued_otherwise: 1,
    };
    assert_eq!(totals, expected);
}
