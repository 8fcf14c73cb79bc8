//! What a citizen's client sends, and how it becomes an objection: every part that cannot be used is named.

use crate::error::{ApiError, ProblemCode};
use crate::extract::objects;
use adjudicate::desk::objection_parts::{GroundParts, ObjectionPart, ObjectionParts, RefusedPart};
use adjudicate::objection::new::NewObjection;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

/// An objection as it is sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectionIn {
    /// References of the violations, all of one plate.
    pub violations: Vec<String>,
    /// Key of the plate.
    #[schema(example = "EG-STN-7126")]
    pub plate: String,
    /// Why; the first is the main ground.
    #[serde(deserialize_with = "objects")]
    pub grounds: Vec<GroundIn>,
    /// One story for all, in the citizen's words.
    pub story: String,
    /// Language of the answer: `ar` or `en`.
    #[schema(example = "ar")]
    pub language: String,
    /// The vehicle register's pseudonym of who objects; never a name or a national number.
    #[serde(default)]
    pub party: Option<String>,
    /// Where the contact details are kept; never a number or an address itself.
    #[serde(default)]
    pub contact: Option<String>,
    /// Why it comes late.
    #[serde(default)]
    pub lateness_reason: Option<String>,
}

/// One ground.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroundIn {
    /// G01 to G25.
    #[schema(example = "G14")]
    pub code: String,
    /// Number of a document, where the ground has one.
    #[serde(default)]
    pub document_number: Option<String>,
    /// Date, where the ground has one.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    pub date: Option<String>,
    /// Reference of the other violation, for G19.
    #[serde(default)]
    pub other_violation: Option<String>,
}

impl ObjectionIn {
    /// Checks every part.
    ///
    /// # Errors
    /// Names every part that cannot be used.
    pub fn parse(self, today: NaiveDate) -> Result<NewObjection, ApiError> {
        let Self { violations, plate, grounds, story, language, party, contact, lateness_reason } = self;
        let grounds = grounds.into_iter().map(GroundParts::from).collect();
        let attachments = Vec::new();
        let parts = ObjectionParts {
            violations,
            plate,
            grounds,
            story,
            language,
            party,
            contact,
            lateness_reason,
            attachments,
        };
        parts.parse(today).map_err(|refused| {
            let error = ApiError::new(ProblemCode::InvalidInput);
            refused
                .into_iter()
                .fold(error, |error, RefusedPart { part, problem }| error.with_field(pointer(part), problem))
        })
    }
}

impl From<GroundIn> for GroundParts {
    fn from(ground: GroundIn) -> Self {
        let GroundIn { code, document_number, date, other_violation } = ground;
        Self { code, document_number, date, other_violation }
    }
}

/// JSON pointer of a part within [`ObjectionIn`].
fn pointer(part: ObjectionPart) -> String {
    match part {
        ObjectionPart::Violations => "/violations".to_owned(),
        ObjectionPart::Grounds => "/grounds".to_owned(),
        ObjectionPart::Violation(index) => format!("/violations/{index}"),
        ObjectionPart::Plate => "/plate".to_owned(),
        ObjectionPart::Ground(index) => format!("/grounds/{index}"),
        ObjectionPart::GroundCode(index) => format!("/grounds/{index}/code"),
        ObjectionPart::DocumentNumber(index) => format!("/grounds/{index}/document_number"),
        ObjectionPart::Date(index) => format!("/grounds/{index}/date"),
        ObjectionPart::OtherViolation(index) => format!("/grounds/{index}/other_violation"),
        ObjectionPart::Story => "/story".to_owned(),
        ObjectionPart::Language => "/language".to_owned(),
        ObjectionPart::Party => "/party".to_owned(),
        ObjectionPart::Contact => "/contact".to_owned(),
        ObjectionPart::LatenessReason => "/lateness_reason".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::Object;

    #[test]
    fn everything_that_cannot_be_used_is_named_at_once() {
        let input: ObjectionIn = serde_json::from_value(serde_json::json!({
            "violations": ["V-0"],
            "plate": "XX-1",
            "grounds": [{ "code": "G99" }, { "code": "G04", "date": "5/1", "other_violation": "x" }],
            "story": "",
            "language": "fr",
        }))
        .unwrap();
        let error = input.parse(NaiveDate::MIN).unwrap_err();
        let named: Vec<&str> = error.fields().iter().map(|field| field.pointer.as_str()).collect();
        let expected = [
            "/violations/0",
            "/plate",
            "/grounds/0/code",
            "/grounds/1/date",
            "/grounds/1/other_violation",
            "/story",
            "/language",
        ];
        assert_eq!(named, expected);
    }

    #[test]
    fn an_array_does_not_pass_for_an_object() {
        let array = serde_json::json!([[], "EG-STN-7126", [], "a story", "ar", null, null, null]);
        assert!(serde_json::from_value::<Object<ObjectionIn>>(array).is_err());
        let ground = serde_json::json!({
            "violations": [], "plate": "", "grounds": [["G14", null, null, null]], "story": "", "language": "ar",
        });
        let refused = serde_json::from_value::<Object<ObjectionIn>>(ground).unwrap_err().to_string();
        assert!(refused.contains("expected an object"), "{refused}");
    }

    #[test]
    fn an_unknown_part_is_refused_and_not_dropped() {
        let with_name = serde_json::json!({
            "violations": [], "plate": "", "grounds": [], "story": "", "language": "ar", "nationality": "x",
        });
        assert!(serde_json::from_value::<ObjectionIn>(with_name).is_err());
    }
}
