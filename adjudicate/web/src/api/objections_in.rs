//! What a citizen's client sends, and how it becomes an objection: every part that cannot be used is named.

use crate::error::{ApiError, ProblemCode};
use crate::state::ServiceState;
use adjudicate::objection::file::NewObjection;
use adjudicate::objection::store::NewAttachment;
use axum::body::Bytes;
use axum::extract::multipart::Field;
use chrono::NaiveDate;
use schemas::attachment::{ATTACHMENT_BYTES_MAX, AttachmentMediaType};
use schemas::objection::{
    ContactReference, DocumentNumber, Ground, GroundCode, GroundDetails, LatenessReason, PartyReference,
    Story,
};
use schemas::plate::PlateNumber;
use schemas::reference::ViolationReference;
use schemas::text::Language;
use serde::Deserialize;
use std::fmt::Display;
use std::str::FromStr;
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
    pub date: Option<NaiveDate>,
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
        let mut refusals = Refusals(None);
        let violations = violations.iter().enumerate().filter_map(|(index, reference)| {
            refusals.take(format!("/violations/{index}"), ViolationReference::parse(reference))
        });
        let violations = violations.collect();
        let plate = refusals.take("/plate", PlateNumber::parse_key(plate.trim()));
        let grounds = grounds.into_iter().enumerate();
        let grounds =
            grounds.filter_map(|(index, ground)| ground.parse(&format!("/grounds/{index}"), &mut refusals));
        let grounds = grounds.collect();
        let story = refusals.take("/story", Story::parse(&story));
        let language = refusals.take("/language", Language::from_str(&language));
        let party = party.and_then(|party| refusals.take("/party", PartyReference::parse(&party)));
        let contact =
            contact.and_then(|contact| refusals.take("/contact", ContactReference::parse(&contact)));
        let lateness_reason = lateness_reason
            .and_then(|reason| refusals.take("/lateness_reason", LatenessReason::parse(&reason)));
        match (plate, story, language, refusals.0) {
            (Some(plate), Some(story), Some(language), None) => Ok(NewObjection {
                violations,
                plate,
                grounds,
                story,
                attachments: Vec::new(),
                language,
                party,
                contact,
                lateness_reason,
            }),
            (_, _, _, refused) => Err(refused.unwrap_or_else(|| ProblemCode::InvalidInput.into())),
        }
    }
}

impl GroundIn {
    fn parse(self, pointer: &str, refusals: &mut Refusals) -> Option<Ground> {
        let Self { code, document_number, date, other_violation } = self;
        let code = refusals.take(format!("{pointer}/code"), GroundCode::from_str(&code));
        let document = match document_number {
            Some(number) => {
                Some(refusals.take(format!("{pointer}/document_number"), DocumentNumber::parse(&number))?)
            }
            None => None,
        };
        let other_violation = match other_violation {
            Some(reference) => Some(
                refusals.take(format!("{pointer}/other_violation"), ViolationReference::parse(&reference))?,
            ),
            None => None,
        };
        let details = GroundDetails { document, date, other_violation };
        refusals.take(pointer, Ground::from_parts(code?, details))
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

/// Collects what cannot be used, so that a client is told everything at once.
struct Refusals(Option<ApiError>);

impl Refusals {
    fn take<T, E: Display>(&mut self, pointer: impl Into<String>, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                let refused = self.0.take().unwrap_or_else(|| ProblemCode::InvalidInput.into());
                self.0 = Some(refused.with_field(pointer, error.to_string()));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_cannot_be_used_is_named_at_once() {
        let input: ObjectionIn = serde_json::from_value(serde_json::json!({
            "violations": ["V-0"],
            "plate": "XX-1",
            "grounds": [{ "code": "G99" }, { "code": "G04", "other_violation": "x" }],
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
