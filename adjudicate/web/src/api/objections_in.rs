//! What a citizen's client sends, and how it becomes an objection: every part that cannot be used is named.

use crate::error::{ApiError, ProblemCode};
use crate::state::ServiceState;
use adjudicate::desk::objection_parts::{GroundParts, ObjectionPart, ObjectionParts, RefusedPart};
use adjudicate::objection::new::{NewAttachment, NewObjection};
use axum::body::Bytes;
use axum::extract::multipart::Field;
use schemas::attachment::{ATTACHMENT_BYTES_MAX, AttachmentMediaType};
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
    pub fn parse(self) -> Result<NewObjection, ApiError> {
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
        parts.parse().map_err(|refused| {
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

/// Takes a file of a form or a request: sniffs what it is, keeps its bytes durably. Nothing for an empty field, which a
/// browser sends when no file was chosen.
///
/// # Errors
/// When it is too large, of a kind that is not taken, or the store does not keep it.
pub async fn attachment_in(
    state: &ServiceState,
    field: Field<'_>,
) -> Result<Option<NewAttachment>, ApiError> {
    let bytes = read_field(field, ATTACHMENT_BYTES_MAX).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    // What the client calls it, by name or media type, is not believed.
    let media_type = AttachmentMediaType::ALL.into_iter().find(|kind| kind.fits(&bytes));
    let media_type = media_type.ok_or(ProblemCode::AttachmentRefused)?;
    let size_bytes = bytes.len() as u64;
    let sha256 = state.evidence.write(bytes).await?;
    Ok(Some(NewAttachment { sha256, media_type, size_bytes }))
}

async fn read_field(mut field: Field<'_>, bytes_max: u64) -> Result<Bytes, ApiError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await? {
        if (bytes.len() + chunk.len()) as u64 > bytes_max {
            let detail = format!("a file may have {bytes_max} bytes at most");
            return Err(ApiError::new(ProblemCode::BodyTooLarge).with_detail(detail));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let error = input.parse().unwrap_err();
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
    fn an_unknown_part_is_refused_and_not_dropped() {
        let with_name = serde_json::json!({
            "violations": [], "plate": "", "grounds": [], "story": "", "language": "ar", "nationality": "x",
        });
        assert!(serde_json::from_value::<ObjectionIn>(with_name).is_err());
    }
}
