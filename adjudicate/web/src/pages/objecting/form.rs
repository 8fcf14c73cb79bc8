//! The objection form's fields: read from a browser, checked, shown again when refused.

use super::problems::{FormField, Problems, file_missing, file_not_kept, files_too_large, not_our_form};
use crate::api::files_in::{CheckedFile, FileRefused, file_in};
use crate::error::{ApiError, ProblemCode};
use crate::staging::FormFolder;
use crate::state::ServiceState;
use adjudicate::desk::objection_parts::{GroundParts, ObjectionParts};
use adjudicate::objection::file::FilingError;
use adjudicate::objection::new::{NewAttachment, NewObjection};
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use chrono::NaiveDate;
use schemas::attachment::ATTACHMENTS_MAX;
use schemas::error_chain::ErrorChain;
use schemas::evidence::Sha256Digest;
use schemas::objection::GroundCode;
use schemas::plate::PlateNumber;
use schemas::reference::ViolationReference;
use schemas::text::{BilingualText, Language};
use std::collections::BTreeSet;
use std::fmt;
use uuid::Uuid;

/// Most of a field that is read, bytes: far above what any field may have, so that a text that is too long is shown again.
const FIELD_BYTES_MAX: usize = 100_000;
/// Length of the form's token, hexadecimal digits.
const SUBMISSION_CHARACTERS: usize = 32;

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
    /// Files that are staged and go with the objection.
    pub files: Vec<NewAttachment>,
    /// Whether a file was chosen that is not among them.
    pub lacks_file: bool,
}

impl fmt::Debug for ObjectionInput {
    /// Returns which form only: what a citizen writes never reaches a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ObjectionInput({} files)", self.files.len())
    }
}

/// Returns a token for a new form.
#[must_use]
pub fn new_submission() -> String {
    Uuid::new_v4().as_simple().to_string()
}

/// Reads the parts of the form, to the end even where something is wrong: files that are taken are staged, and what was
/// entered can be shown again.
///
/// # Errors
/// When the parts cannot be read, one is unknown, or the server is at fault.
pub async fn read_form(
    state: &ServiceState,
    plate_key: &str,
    mut parts: Multipart,
) -> Result<(ObjectionInput, Problems), ApiError> {
    let mut reader = Reader::new(state, plate_key);
    loop {
        let read = match parts.next_field().await {
            Ok(Some(field)) => reader.part(field).await,
            Ok(None) => break,
            Err(error) => Err(FileRefused::from(error)),
        };
        match read {
            Ok(()) => {}
            // More than is read at all: what came before it is shown again.
            Err(FileRefused::Request(error)) if error.code() == ProblemCode::BodyTooLarge => {
                reader.lose_file(files_too_large(state.config.upload_bytes_max));
                break;
            }
            Err(refused) => return Err(refused.into()),
        }
    }
    reader.finish().await
}

struct Reader<'s> {
    state: &'s ServiceState,
    plate_key: &'s str,
    input: ObjectionInput,
    problems: Problems,
    /// Digests of files that were staged before and shall go with the objection.
    kept: BTreeSet<Sha256Digest>,
    had_lost_file: bool,
    goes_without_file: bool,
    /// Bytes of files that were sent this time and are of a kind that is taken.
    file_bytes: u64,
}

impl<'s> Reader<'s> {
    fn new(state: &'s ServiceState, plate_key: &'s str) -> Self {
        Self {
            state,
            plate_key,
            input: ObjectionInput::default(),
            problems: Problems::default(),
            kept: BTreeSet::new(),
            had_lost_file: false,
            goes_without_file: false,
            file_bytes: 0,
        }
    }

    async fn part(&mut self, field: Field<'_>) -> Result<(), FileRefused> {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            return self.file(field).await;
        }
        let text = text_of(field).await?;
        match name.as_str() {
            // The form names it first, since files are staged under it.
            "submission" if self.input.submission.is_empty() && is_submission(&text) => {
                self.input.submission = text;
            }
            "submission" => {}
            "ground" => self.input.ground = text,
            "story" => self.input.story = text,
            "document" => self.input.document = text,
            "date" => self.input.date = text,
            "lateness" => self.input.lateness = text,
            "kept" => self.keep(&text),
            "lacks_file" => self.had_lost_file = true,
            "without_file" => self.goes_without_file = true,
            _ => {
                let unknown = ApiError::new(ProblemCode::InvalidInput);
                return Err(FileRefused::Request(unknown.with_field(name, "the form has no such field")));
            }
        }
        Ok(())
    }

    fn keep(&mut self, text: &str) {
        match text.parse::<Sha256Digest>() {
            Ok(digest) if self.kept.len() < ATTACHMENTS_MAX => {
                self.kept.insert(digest);
            }
            Ok(_) | Err(_) => self.lose_file(file_missing()),
        }
    }

    /// A file of the form will not go with the objection: that is said, and not done in silence.
    fn lose_file(&mut self, text: BilingualText) {
        self.input.lacks_file = true;
        self.problems.add(FormField::File, text);
    }

    async fn file(&mut self, field: Field<'_>) -> Result<(), FileRefused> {
        let file = match file_in(self.state, field).await {
            Ok(Some(file)) => file,
            Ok(None) => return Ok(()),
            Err(FileRefused::Fault(fault)) => {
                self.lose_file(fault.citizen_text());
                return Ok(());
            }
            Err(refused @ FileRefused::Request(_)) => return Err(refused),
        };
        self.file_bytes += file.attachment.size_bytes;
        if self.file_bytes > self.state.config.upload_bytes_max as u64 {
            self.lose_file(files_too_large(self.state.config.upload_bytes_max));
        } else if self.kept.len() >= ATTACHMENTS_MAX && !self.kept.contains(&file.attachment.sha256) {
            if let Some(text) = FilingError::Attachments.citizen_text() {
                self.lose_file(text);
            }
        } else {
            self.stage(file).await;
        }
        Ok(())
    }

    async fn stage(&mut self, file: CheckedFile) {
        let digest = file.attachment.sha256;
        match self.state.uploads.put(&self.folder(), file.attachment, file.bytes).await {
            Ok(()) => {
                self.kept.insert(digest);
            }
            Err(error) => {
                tracing::warn!(cause = %ErrorChain(&error), "an upload cannot be kept");
                self.lose_file(file_not_kept());
            }
        }
    }

    fn folder(&mut self) -> FormFolder {
        if self.input.submission.is_empty() {
            self.problems.add(FormField::Form, not_our_form());
            self.input.submission = new_submission();
        }
        folder(self.state, self.plate_key, &self.input.submission)
    }

    async fn finish(mut self) -> Result<(ObjectionInput, Problems), ApiError> {
        let folder = self.folder();
        if !self.kept.is_empty() {
            let staged = self.state.uploads.list(&folder).await;
            let staged = staged.map_err(|error| ApiError::new(ProblemCode::Unavailable).caused_by(error))?;
            self.input.files = staged.into_iter().filter(|file| self.kept.contains(&file.sha256)).collect();
            if self.input.files.len() < self.kept.len() {
                self.lose_file(file_missing());
            }
        }
        if self.had_lost_file && !self.goes_without_file && self.file_bytes == 0 {
            self.lose_file(file_missing());
        }
        Ok((self.input, self.problems))
    }
}

/// Returns where the files of a form wait.
#[must_use]
pub fn folder(state: &ServiceState, plate_key: &str, submission: &str) -> FormFolder {
    state.uploads.folder(plate_key, submission)
}

fn is_submission(text: &str) -> bool {
    text.len() == SUBMISSION_CHARACTERS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A field's text; the end of one that is far too long is thrown away, and its rule refuses the rest.
async fn text_of(mut field: Field<'_>) -> Result<String, MultipartError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await? {
        let room = FIELD_BYTES_MAX.saturating_sub(bytes.len());
        bytes.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

impl ObjectionInput {
    /// The objection that the form describes.
    ///
    /// # Errors
    /// Says in both languages what to correct, field by field.
    pub fn parse(
        &self,
        language: Language,
        violation: &ViolationReference,
        plate: &PlateNumber,
        today: NaiveDate,
    ) -> Result<NewObjection, Problems> {
        let parts = ObjectionParts {
            violations: vec![violation.to_string()],
            plate: plate.key(),
            grounds: vec![self.ground()],
            story: self.story.clone(),
            language: language.code().to_owned(),
            party: None,
            contact: None,
            lateness_reason: given(&self.lateness),
            attachments: self.files.clone(),
        };
        parts.parse(today).map_err(|refused| {
            let mut problems = Problems::default();
            problems.add_parts(&refused);
            problems
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::objection::Ground;

    fn parse(input: &ObjectionInput) -> Result<NewObjection, Problems> {
        let plate = PlateNumber::parse_key("EG-STN-7126").unwrap();
        let today = NaiveDate::from_ymd_opt(2026, 11, 29).unwrap();
        input.parse(Language::Arabic, &ViolationReference::generate(), &plate, today)
    }

    #[test]
    fn a_detail_that_the_ground_does_not_take_is_told_and_not_dropped() {
        let story = "الإشارة معطلة".to_owned();
        let plain = ObjectionInput { ground: "G13".to_owned(), story, ..ObjectionInput::default() };
        assert!(parse(&plain).is_ok());
        let with_number = ObjectionInput { document: "7".to_owned(), ..plain };
        assert!(parse(&with_number).unwrap_err().has(FormField::Ground));
    }

    #[test]
    fn everything_wrong_stands_at_its_field_in_both_languages() {
        let wrong = ObjectionInput {
            ground: "G04".to_owned(),
            story: "\u{200B}".to_owned(),
            document: "7".repeat(65),
            date: "-5000-01-01".to_owned(),
            lateness: "a\0b".to_owned(),
            ..ObjectionInput::default()
        };
        let problems = parse(&wrong).unwrap_err();
        for language in Language::ALL {
            let shown = problems.in_language(language);
            for problem in [shown.story, shown.document, shown.date, shown.lateness] {
                assert!(problem.is_some_and(|text| !text.is_empty()), "{language}");
            }
            assert!(shown.form.is_none() && shown.ground.is_none() && shown.file.is_none());
        }
    }

    #[test]
    fn the_other_violation_is_read_from_the_same_field() {
        let other = ViolationReference::generate();
        let input = ObjectionInput {
            ground: "G19".to_owned(),
            story: "دفعتها".to_owned(),
            document: format!("\u{2066}{}\u{2069}", other.to_string().to_lowercase()),
            ..ObjectionInput::default()
        };
        let grounds = parse(&input).unwrap().grounds;
        assert_eq!(grounds, [Ground::DuplicateAct { other: Some(other) }]);
    }

    #[test]
    fn a_token_is_ours_or_none() {
        assert!(is_submission(&new_submission()));
        for other in ["", "x", &"g".repeat(SUBMISSION_CHARACTERS), &"a".repeat(SUBMISSION_CHARACTERS + 1)] {
            assert!(!is_submission(other));
        }
    }
}
