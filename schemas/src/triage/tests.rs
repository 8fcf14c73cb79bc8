//! Tests of `triage`.

use super::*;
use std::collections::BTreeSet;

#[test]
fn no_feature_names_a_forbidden_input() {
    let forbidden = [
        "nation",
        "resid",
        "name",
        "relig",
        "sex",
        "gender",
        "lang",
        "district",
        "address",
        "phone",
        "plate",
        "letter",
        "governorate",
    ];
    for feature in FeatureName::ALL {
        for word in forbidden {
            assert!(!feature.label().contains(word), "{feature} holds '{word}'");
        }
    }
}

#[test]
fn labels_are_distinct_and_read_back() {
    let labels: BTreeSet<&str> = FeatureName::ALL.iter().map(|one| one.label()).collect();
    assert_eq!(labels.len(), FeatureName::ALL.len());
    for kind in DocumentKind::ALL {
        assert_eq!(DocumentKind::from_label(kind.label()), Some(kind));
    }
}

#[test]
fn a_machine_refuses_only_on_the_closed_list_of_form_defects() {
    let refusable: BTreeSet<FormDefect> = RefusableDefect::ALL.iter().map(|one| one.defect()).collect();
    assert!(!refusable.contains(&FormDefect::AnotherLive));
    assert!(!refusable.contains(&FormDefect::DocumentMissing));
    assert!(MachineAnswerKind::ALL.iter().all(|kind| kind.label() != "upheld"));
}

#[test]
fn the_headline_is_the_answer_that_leaves_most_to_do() {
    use MachineAnswerKind::{Cancelled, DocumentAsked, Reduced, SentToReview};
    assert_eq!(overall_result([Cancelled, SentToReview, Reduced].into_iter()), Some(SentToReview));
    assert_eq!(overall_result([DocumentAsked, SentToReview].into_iter()), Some(DocumentAsked));
    assert_eq!(overall_result([Cancelled, Reduced].into_iter()), Some(Reduced));
    assert_eq!(overall_result([].into_iter()), None);
}
