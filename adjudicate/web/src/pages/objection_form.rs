//! The objection form's fields: read from a browser, checked, shown again when refused.

use crate::api::objections_in::attachment_in;
use crate::error::{ApiError, ProblemCode};
use crate::state::ServiceState;
use adjudicate::objection::file::NewObjection;
use adjudicate::objection::store::NewAttachment;
use axum::extract::Multipart;
use chrono::NaiveDate;
use schemas::attachment::ATTACHMENTS_MAX;
use schemas::objection::{
    DocumentNumber, Ground, GroundCode, GroundDetails, LatenessReason, STORY_CHARACTERS_MAX, Story,
};
use schemas::plate::PlateNumber;
use schemas::reference::ViolationReference;
use schemas::text::{BilingualText, Language};
use std::fmt;

/// Longest text of a field, bytes: four for each character of the longest.
const FIELD_BYTES_MAX: usize = 4 * STORY_CHARACTERS_MAX + 1_000;

/// What was entered.
#[derive(Clone, Default)]
pub struct ObjectionInput {
    /// The form's own token: sent twice, it is filed once.
    pub submission: String,
    /// Code of the ground.
    pub ground: String,
    /// In the citizen's words.
    pub story: String,
    /// A document's number, or for G19 the other violation's reference.
    pub document: String,
    /// As the browser's date field gives it.
    pub date: String,
    /// Why it comes late.
    pub lateness: String,
    /// Files, kept already.
    pub attachments: Vec<NewAttachment>,
}

impl fmt::Debug for ObjectionInput {
    /// Returns which form only: what a citizen writes never reaches a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ObjectionInput({} files)", self.attachments.len())
    }
}

/// Reads the parts of the form; files are sniffed and kept.
///
/// # Errors
/// When a part is too large, unknown or not a file that is taken.
pub async fn read_form(state: &ServiceState, mut parts: Multipart) -> Result<ObjectionInput, ApiError> {
    let mut input = ObjectionInput::default();
    while let Some(field) = parts.next_field().await? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            if let Some(attachment) = attachment_in(state, field).await? {
                input.attachments.push(attachment);
            }
            if input.attachments.len() > ATTACHMENTS_MAX {
                return Err(ProblemCode::AttachmentRefused.into());
            }
            continue;
        }
        let text = field.text().await?;
        if text.len() > FIELD_BYTES_MAX {
            return Err(ProblemCode::BodyTooLarge.into());
        }
        // Browsers send line breaks as two characters.
        let text = text.replace("\r\n", "\n");
        match name.as_str() {
            "submission" => input.submission = text,
            "ground" => input.ground = text,
            "story" => input.story = text,
            "document" => input.document = text,
            "date" => input.date = text,
            "lateness" => input.lateness = text,
            _ => {
                return Err(
                    ApiError::new(ProblemCode::InvalidInput).with_field(name, "the form has no such field")
                );
            }
        }
    }
    Ok(input)
}

impl ObjectionInput {
    /// The objection that the form describes.
    ///
    /// # Errors
    /// Says in both languages what to correct.
    pub fn parse(
        &self,
        language: Language,
        violation: &ViolationReference,
        plate: &PlateNumber,
    ) -> Result<NewObjection, ApiError> {
        let story = Story::parse(&self.story).map_err(|_| {
            refuse("اكتب ما حدث في 4000 حرف على الأكثر.", "Tell what happened, in 4,000 characters at most.")
        })?;
        let lateness_reason = given(&self.lateness).map(LatenessReason::parse).transpose();
        let lateness_reason = lateness_reason.map_err(|_| {
            refuse("سبب التأخر 4000 حرف على الأكثر.", "The reason for lateness has 4,000 characters at most.")
        })?;
        Ok(NewObjection {
            violations: vec![violation.clone()],
            plate: plate.clone(),
            grounds: vec![self.ground()?],
            story,
            attachments: self.attachments.clone(),
            language,
            party: None,
            contact: None,
            lateness_reason,
        })
    }

    /// The token, if the form has one of ours.
    ///
    /// # Errors
    /// When it was changed.
    pub fn submission_key(&self) -> Result<String, ApiError> {
        let ours =
            self.submission.len() == 32 && self.submission.bytes().all(|byte| byte.is_ascii_hexdigit());
        if ours { Ok(self.submission.clone()) } else { Err(ProblemCode::IdempotencyKeyMissing.into()) }
    }

    /// Of everything that was entered.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        let Self { submission: _, ground, story, document, date, lateness, attachments } = self;
        let mut hasher = blake3::Hasher::new();
        for text in [ground, story, document, date, lateness] {
            hasher.update(&(text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        }
        for attachment in attachments {
            hasher.update(attachment.sha256.as_bytes());
        }
        hasher.finalize().into()
    }

    fn ground(&self) -> Result<Ground, ApiError> {
        let choose = || refuse("اختر سببًا من القائمة.", "Choose a ground from the list.");
        let code: GroundCode = self.ground.parse().map_err(|_| choose())?;
        let mut details = GroundDetails::default();
        if let Some(text) = given(&self.document) {
            if code == GroundCode::DuplicateAct {
                let reference = ViolationReference::parse(text);
                let wrong = "الرقم المرجعي للمخالفة الأخرى غير صحيح.";
                details.other_violation = Some(
                    reference.map_err(|_| refuse(wrong, "The other violation's reference is not right."))?,
                );
            } else {
                let number = DocumentNumber::parse(text);
                let wrong = "رقم المستند 64 حرفًا على الأكثر.";
                details.document = Some(
                    number.map_err(|_| refuse(wrong, "A document's number has 64 characters at most."))?,
                );
            }
        }
        if let Some(text) = given(&self.date) {
            let date = text.parse::<NaiveDate>();
            details.date = Some(date.map_err(|_| refuse("التاريخ غير صحيح.", "The date is not right."))?);
        }
        Ground::from_parts(code, details).map_err(|_| {
            refuse(
                "السبب المختار لا يأخذ رقم مستند أو تاريخًا. احذفهما أو اختر سببًا آخر.",
                "The chosen ground takes no document number or date. Remove them or choose another ground.",
            )
        })
    }
}

fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

fn refuse(arabic: &str, english: &str) -> ApiError {
    ApiError::new(ProblemCode::ObjectionRefused).with_text(BilingualText::new(arabic, english))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(input: &ObjectionInput) -> Result<NewObjection, ApiError> {
        let plate = PlateNumber::parse_key("EG-STN-7126").unwrap();
        input.parse(Language::Arabic, &ViolationReference::generate(), &plate)
    }

    #[test]
    fn a_detail_that_the_ground_does_not_take_is_told_and_not_dropped() {
        let story = "الإشارة معطلة".to_owned();
        let plain = ObjectionInput { ground: "G13".to_owned(), story, ..ObjectionInput::default() };
        assert!(parse(&plain).is_ok());
        let with_number = ObjectionInput { document: "7".to_owned(), ..plain.clone() };
        assert!(parse(&with_number).unwrap_err().detail(Language::Arabic).is_some());
        assert_ne!(plain.fingerprint(), with_number.fingerprint());
    }

    #[test]
    fn the_other_violation_is_read_from_the_same_field() {
        let other = ViolationReference::generate();
        let input = ObjectionInput {
            ground: "G19".to_owned(),
            story: "دفعتها".to_owned(),
            document: other.to_string().to_lowercase(),
            ..ObjectionInput::default()
        };
        let grounds = parse(&input).unwrap().grounds;
        assert_eq!(grounds, [Ground::DuplicateAct { other: Some(other) }]);
    }
}
