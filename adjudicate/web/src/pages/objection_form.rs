//! The objection form's fields: read from a browser, checked, shown again when refused.

use crate::api::objections_in::attachment_in;
use crate::error::{ApiError, ProblemCode};
use crate::state::ServiceState;
use adjudicate::desk::objection_parts::{GroundParts, ObjectionPart, ObjectionParts};
use adjudicate::objection::new::{NewAttachment, NewObjection};
use axum::extract::Multipart;
use schemas::attachment::ATTACHMENTS_MAX;
use schemas::objection::{GroundCode, STORY_CHARACTERS_MAX};
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
        let parts = ObjectionParts {
            violations: vec![violation.to_string()],
            plate: plate.key(),
            grounds: vec![self.ground()],
            story: self.story.clone(),
            language: language.code().to_owned(),
            party: None,
            contact: None,
            lateness_reason: given(&self.lateness),
            attachments: self.attachments.clone(),
        };
        parts.parse().map_err(|refused| {
            let error = ApiError::new(ProblemCode::ObjectionRefused);
            match refused.first() {
                Some(first) => error.with_text(correction(first.part)),
                None => error,
            }
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

    /// One field takes what the ground rests on: a document's number, or for G19 the other violation's reference.
    fn ground(&self) -> GroundParts {
        let document = given(&self.document);
        let is_duplicate = self.ground == GroundCode::DuplicateAct.code();
        let (other_violation, document_number) =
            if is_duplicate { (document, None) } else { (None, document) };
        GroundParts { code: self.ground.clone(), document_number, date: given(&self.date), other_violation }
    }
}

fn given(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// What to correct in the form.
fn correction(part: ObjectionPart) -> BilingualText {
    let (arabic, english) = match part {
        ObjectionPart::Story => {
            ("اكتب ما حدث في ٤٬٠٠٠ حرف على الأكثر.", "Tell what happened, in 4,000 characters at most.")
        }
        ObjectionPart::LatenessReason => (
            "اكتب سبب التأخر في ٤٬٠٠٠ حرف على الأكثر.",
            "The reason for lateness has 4,000 characters at most.",
        ),
        ObjectionPart::GroundCode(_) => ("اختر سببًا من القائمة.", "Choose a ground from the list."),
        ObjectionPart::OtherViolation(_) => {
            ("الرقم المرجعي للمخالفة الأخرى غير صحيح.", "The other violation's reference is not right.")
        }
        ObjectionPart::DocumentNumber(_) => {
            ("اكتب رقم المستند في ٦٤ حرفًا على الأكثر.", "A document's number has 64 characters at most.")
        }
        ObjectionPart::Date(_) => ("التاريخ غير صحيح.", "The date is not right."),
        ObjectionPart::Ground(_) => (
            "لا يقبل السبب المختار رقم مستند أو تاريخًا. احذفهما أو اختر سببًا آخر.",
            "The chosen ground takes no document number or date. Remove them or choose another ground.",
        ),
        // The form has no field for these: the address names them.
        ObjectionPart::Violation(_)
        | ObjectionPart::Plate
        | ObjectionPart::Language
        | ObjectionPart::Party
        | ObjectionPart::Contact => (
            ProblemCode::ObjectionRefused.title(Language::Arabic),
            ProblemCode::ObjectionRefused.title(Language::English),
        ),
    };
    BilingualText::new(arabic, english)
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::objection::Ground;

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
