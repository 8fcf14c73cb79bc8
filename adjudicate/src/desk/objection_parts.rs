//! An objection in the texts that a citizen's client or browser sends, and the one place where they are checked.

use crate::objection::new::{NewAttachment, NewObjection};
use chrono::NaiveDate;
use schemas::objection::stated_date::StatedDate;
use schemas::objection::{
    ContactReference, DocumentNumber, GROUNDS_MAX, Ground, GroundCode, GroundDetails, LatenessReason,
    PartyReference, Story, VIOLATIONS_MAX,
};
use schemas::plate::PlateNumber;
use schemas::reference::ViolationReference;
use schemas::text::Language;
use std::fmt::Display;

/// What was sent, nothing of it checked; files are in the evidence store already.
#[derive(Debug, Clone, Default)]
pub struct ObjectionParts {
    /// References of the violations, all of one plate.
    pub violations: Vec<String>,
    /// Key of the plate, e.g. `EG-STN-7126`.
    pub plate: String,
    /// Why; the first is the main ground.
    pub grounds: Vec<GroundParts>,
    /// One story for all.
    pub story: String,
    /// Language of the answer: `ar` or `en`.
    pub language: String,
    /// The vehicle register's pseudonym of who objects.
    pub party: Option<String>,
    /// Where the contact details are kept.
    pub contact: Option<String>,
    /// Why it comes late.
    pub lateness_reason: Option<String>,
    /// Files, kept already.
    pub attachments: Vec<NewAttachment>,
}

/// One ground, nothing of it checked.
#[derive(Debug, Clone, Default)]
pub struct GroundParts {
    /// G01 to G25.
    pub code: String,
    /// Number of a document.
    pub document_number: Option<String>,
    /// Date as `2026-01-31`.
    pub date: Option<String>,
    /// Reference of the other violation.
    pub other_violation: Option<String>,
}

/// Which part of an objection; a ground or violation by its place, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectionPart {
    /// The list of violations: it is too long.
    Violations,
    /// A violation's reference.
    Violation(usize),
    /// The plate.
    Plate,
    /// The list of grounds: it is too long.
    Grounds,
    /// A ground as a whole: it does not take the details that came with it.
    Ground(usize),
    /// A ground's code.
    GroundCode(usize),
    /// A ground's document number.
    DocumentNumber(usize),
    /// A ground's date.
    Date(usize),
    /// A ground's other violation.
    OtherViolation(usize),
    /// The story.
    Story,
    /// The language.
    Language,
    /// Who objects.
    Party,
    /// Where the contact details are kept.
    Contact,
    /// Why it comes late.
    LatenessReason,
}

/// A part that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedPart {
    /// Which.
    pub part: ObjectionPart,
    /// What is wrong with it, English, without the text itself.
    pub problem: String,
}

impl ObjectionParts {
    /// Checks every part; a list that is too long is refused as a whole, before its members are looked at.
    ///
    /// # Errors
    /// Every part that cannot be used, in the order of the fields.
    pub fn parse(self, today: NaiveDate) -> Result<NewObjection, Vec<RefusedPart>> {
        let Self {
            violations,
            plate,
            grounds,
            story,
            language,
            party,
            contact,
            lateness_reason,
            attachments,
        } = self;
        let mut refused = Refused(Vec::new());
        let violations = refused.bounded(ObjectionPart::Violations, violations, VIOLATIONS_MAX);
        let violations = violations.iter().enumerate().filter_map(|(index, reference)| {
            refused.take(ObjectionPart::Violation(index), ViolationReference::parse(reference))
        });
        let violations = violations.collect();
        let plate = refused.take(ObjectionPart::Plate, PlateNumber::parse_key(&plate));
        let grounds = refused.bounded(ObjectionPart::Grounds, grounds, GROUNDS_MAX).into_iter().enumerate();
        let grounds =
            grounds.filter_map(|(index, ground)| ground.parse(index, today, &mut refused)).collect();
        let story = refused.take(ObjectionPart::Story, Story::parse(&story));
        let language = refused.take(ObjectionPart::Language, language.parse::<Language>());
        let party = refused.take_given(ObjectionPart::Party, party, PartyReference::parse).flatten();
        let contact = refused.take_given(ObjectionPart::Contact, contact, ContactReference::parse).flatten();
        let lateness_reason = refused
            .take_given(ObjectionPart::LatenessReason, lateness_reason, LatenessReason::parse)
            .flatten();
        match (plate, story, language, refused.0) {
            (Some(plate), Some(story), Some(language), refused) if refused.is_empty() => Ok(NewObjection {
                violations,
                plate,
                grounds,
                story,
                attachments,
                language,
                party,
                contact,
                lateness_reason,
            }),
            (_, _, _, refused) => Err(refused),
        }
    }
}

impl GroundParts {
    fn parse(self, index: usize, today: NaiveDate, refused: &mut Refused) -> Option<Ground> {
        let Self { code, document_number, date, other_violation } = self;
        let code = refused.take(ObjectionPart::GroundCode(index), code.parse::<GroundCode>());
        let part = ObjectionPart::DocumentNumber(index);
        let document = refused.take_given(part, document_number, DocumentNumber::parse);
        let date = refused.take_given(ObjectionPart::Date(index), date, |text| {
            StatedDate::parse(text)?.not_far_after(today)
        });
        let part = ObjectionPart::OtherViolation(index);
        let other_violation = refused.take_given(part, other_violation, ViolationReference::parse);
        let details = GroundDetails { document: document?, date: date?, other_violation: other_violation? };
        refused.take(ObjectionPart::Ground(index), Ground::from_parts(code?, details))
    }
}

/// Collects what cannot be used, so that whoever sent it is told everything at once.
struct Refused(Vec<RefusedPart>);

impl Refused {
    /// The list if it has at most `max` members, else an empty one.
    fn bounded<T>(&mut self, part: ObjectionPart, list: Vec<T>, max: usize) -> Vec<T> {
        if list.len() <= max {
            return list;
        }
        self.0.push(RefusedPart { part, problem: format!("at most {max} are taken, got {}", list.len()) });
        Vec::new()
    }

    fn take<T, E: Display>(&mut self, part: ObjectionPart, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.0.push(RefusedPart { part, problem: error.to_string() });
                None
            }
        }
    }

    /// `Some(None)` where nothing was given, `None` where what was given cannot be used.
    fn take_given<T, E: Display>(
        &mut self,
        part: ObjectionPart,
        text: Option<String>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match text {
            Some(text) => self.take(part, parse(&text)).map(Some),
            None => Some(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 29).unwrap()
    }

    fn sound() -> ObjectionParts {
        ObjectionParts {
            violations: vec![ViolationReference::generate().to_string()],
            plate: "eg-nga-136".into(),
            grounds: vec![GroundParts { code: "G04".into(), ..GroundParts::default() }],
            story: "بعتها".into(),
            language: "ar".into(),
            ..ObjectionParts::default()
        }
    }

    fn refused(parts: ObjectionParts) -> Vec<(ObjectionPart, String)> {
        let refused = parts.parse(today()).err().unwrap_or_default();
        refused.into_iter().map(|RefusedPart { part, problem }| (part, problem)).collect()
    }

    #[test]
    fn a_list_that_is_too_long_is_refused_once_and_names_the_most_that_is_taken() {
        let violations = vec!["V".to_owned(); 30_000];
        let told = refused(ObjectionParts { violations, ..sound() });
        assert_eq!(told, [(ObjectionPart::Violations, "at most 20 are taken, got 30000".to_owned())]);
        let grounds = vec![GroundParts::default(); 6];
        let told = refused(ObjectionParts { grounds, ..sound() });
        assert_eq!(told, [(ObjectionPart::Grounds, "at most 5 are taken, got 6".to_owned())]);
    }

    #[test]
    fn a_date_has_one_form_and_a_year_that_can_be_meant() {
        let with = |date: &str| {
            let ground =
                GroundParts { code: "G04".into(), date: Some(date.into()), ..GroundParts::default() };
            refused(ObjectionParts { grounds: vec![ground], ..sound() })
        };
        assert_eq!(with("2026-01-05"), []);
        for date in
            ["+12345-01-01", "2026 - 01 - 05", "-5000-01-01", "-4800-01-01", "1999-01-01", "2029-01-01"]
        {
            let told = with(date);
            assert_eq!(told.len(), 1, "{date}");
            assert_eq!(told[0].0, ObjectionPart::Date(0), "{date}");
        }
    }

    #[test]
    fn a_nul_is_refused_wherever_it_stands() {
        let nul = || Some("a\0b".to_owned());
        let ground = GroundParts { code: "G04".into(), document_number: nul(), ..GroundParts::default() };
        let parts = ObjectionParts {
            story: "a\0b".into(),
            party: nul(),
            contact: nul(),
            lateness_reason: nul(),
            grounds: vec![ground],
            ..sound()
        };
        let told: Vec<ObjectionPart> = refused(parts).into_iter().map(|(part, _)| part).collect();
        let expected = [
            ObjectionPart::DocumentNumber(0),
            ObjectionPart::Story,
            ObjectionPart::Party,
            ObjectionPart::Contact,
            ObjectionPart::LatenessReason,
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn everything_that_cannot_be_used_is_named_at_once_and_in_order() {
        let parts = ObjectionParts {
            violations: vec!["V-0".into()],
            plate: "XX-1".into(),
            grounds: vec![
                GroundParts { code: "G99".into(), ..GroundParts::default() },
                GroundParts {
                    code: "G04".into(),
                    date: Some("yesterday".into()),
                    other_violation: Some("x".into()),
                    ..GroundParts::default()
                },
            ],
            language: "fr".into(),
            ..ObjectionParts::default()
        };
        let refused = parts.parse(today()).unwrap_err();
        let named: Vec<ObjectionPart> = refused.iter().map(|one| one.part).collect();
        let expected = [
            ObjectionPart::Violation(0),
            ObjectionPart::Plate,
            ObjectionPart::GroundCode(0),
            ObjectionPart::Date(1),
            ObjectionPart::OtherViolation(1),
            ObjectionPart::Story,
            ObjectionPart::Language,
        ];
        assert_eq!(named, expected);
    }
}
