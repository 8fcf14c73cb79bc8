//! Tests of `objection`.

use super::*;
use std::collections::BTreeSet;

fn full_details() -> GroundDetails {
    GroundDetails {
        document: DocumentNumber::parse("4711").ok(),
        date: StatedDate::parse("2026-01-02").ok(),
        other_violation: Some(ViolationReference::generate()),
    }
}

#[test]
fn codes_are_g01_to_g25_without_a_gap() {
    let codes: Vec<&str> = GroundCode::ALL.iter().map(|ground| ground.code()).collect();
    let expected: Vec<String> = (1..=25).map(|number| format!("G{number:02}")).collect();
    assert_eq!(codes, expected);
    assert_eq!(FormDefect::ALL.iter().map(|one| one.code()).collect::<BTreeSet<_>>().len(), 6);
}

#[test]
fn every_ground_is_put_together_again_from_its_parts() {
    for code in GroundCode::ALL {
        let bare = Ground::from_parts(code, GroundDetails::default()).unwrap();
        assert_eq!(bare.code(), code);
        assert_eq!(Ground::from_parts(code, bare.details()), Ok(bare));
    }
    let details = GroundDetails { other_violation: None, ..full_details() };
    let sold = Ground::from_parts(GroundCode::Sold, details.clone()).unwrap();
    assert_eq!(sold.details(), details);
}

#[test]
fn a_detail_that_a_ground_does_not_have_is_refused_and_not_dropped() {
    for code in GroundCode::ALL {
        let result = Ground::from_parts(code, full_details());
        assert!(matches!(result, Err(ObjectionInputError::Detail { .. })), "{code}");
    }
}

#[test]
fn a_story_must_say_something_and_stay_within_its_limit() {
    assert!(Story::parse("  \n ").is_err());
    assert!(Story::parse(&"س".repeat(STORY_CHARACTERS_MAX)).is_ok());
    assert!(Story::parse(&"س".repeat(STORY_CHARACTERS_MAX + 1)).is_err());
    assert!(Story::parse("bell \u{7}").is_err());
}

#[test]
fn a_story_is_the_same_by_page_and_by_program() {
    assert_eq!(Story::parse("one\r\ntwo\tthree").unwrap().as_str(), "one\ntwo\tthree");
    assert!(Story::parse("\u{200B}\u{2060}").is_err());
    assert!(Story::parse("\u{202E}reversed").is_err());
    let refused = Story::parse("nul \0").unwrap_err().to_string();
    assert_eq!(refused, "the story must not have the control character U+0000; remove it");
}

#[test]
fn an_address_is_no_pseudonym() {
    assert!(PartyReference::parse("HOLDER-SA-0002").is_ok());
    assert!(PartyReference::parse("29001011234567").is_err());
    let refused = ContactReference::parse("citizen@example.org").unwrap_err().to_string();
    assert!(refused.starts_with("the contact's reference must be a pseudonym"), "{refused}");
    assert!(!refused.contains("example"), "{refused}");
}

#[test]
fn what_a_citizen_writes_does_not_show_in_debug_output() {
    let story = Story::parse("my brother drove").unwrap();
    assert!(!format!("{story:?}").contains("brother"));
}
