//! The objection form's fields: read from a browser, checked, shown again when refused.

use super::problems::{FormField, Problems, file_not_kept, files_too_large, not_our_form};
use crate::api::files_in::{CheckedFile, FileBytes, FileRefused, file_in, file_missing};
use crate::error::{ApiError, ProblemCode};
use crate::staging::{FormFolder, StagingError};
use crate::state::ServiceState;
use crate::uploads::draft::{FormSubject, Typed, folder};
use crate::uploads::seal::Owner;
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

/// Most of a field that is read, bytes: far above what any field may have, so that a text that is too long is shown again.
const FIELD_BYTES_MAX: usize = 100_000;
/// What stands between the digests of files in a draft.
const DIGEST_SEPARATOR: &str = " ";

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

/// The form that is read, and for whom if anybody is signed in.
#[derive(Debug, Clone, Copy)]
pub struct FormOf<'f> {
    /// Which form.
    pub subject: &'f FormSubject,
    /// Who is signed in: the plate's key. Without anybody, a token of ours tells whose the form is.
    pub signed_in: Option<&'f str>,
}

/// A form that was read to its end.
#[derive(Debug)]
pub struct ReadForm {
    /// What was entered.
    pub input: ObjectionInput,
    /// What is wrong with it.
    pub problems: Problems,
    /// Where its files wait.
    pub folder: FormFolder,
}

/// Reads the parts of the form, to the end even where something is wrong: files that are taken are staged, and what was
/// entered can be shown again.
///
/// # Errors
/// When the parts cannot be read, one is unknown, nobody is signed in and the form is none of ours, or the server is at
/// fault.
pub async fn read_form(
    state: &ServiceState,
    form: FormOf<'_>,
    mut parts: Multipart,
) -> Result<ReadForm, ApiError> {
    let mut reader = Reader::new(state, form).await?;
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
    subject: &'s FormSubject,
    /// Whose form it is: of whoever is signed in, or by its token.
    owner: Option<Owner>,
    signed_in: Option<&'s str>,
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
    async fn new(state: &'s ServiceState, form: FormOf<'s>) -> Result<Self, ApiError> {
        let FormOf { subject, signed_in } = form;
        let seal = state.uploads.seal().await?;
        Ok(Self {
            state,
            subject,
            owner: signed_in.map(|name| seal.owner(name)),
            signed_in,
            input: ObjectionInput::default(),
            problems: Problems::default(),
            kept: BTreeSet::new(),
            had_lost_file: false,
            goes_without_file: false,
            file_bytes: 0,
        })
    }

    async fn part(&mut self, field: Field<'_>) -> Result<(), FileRefused> {
        let name = field.name().unwrap_or_default().to_owned();
        // The form names it first, since files are staged under it.
        if name == "submission" {
            let text = text_of(field).await?;
            return self.submission(text).await.map_err(FileRefused::Request);
        }
        if self.owner.is_none() {
            return Err(FileRefused::Request(ProblemCode::Unauthenticated.into()));
        }
        if name == "file" {
            return self.file(field).await;
        }
        let text = text_of(field).await?;
        match name.as_str() {
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

    /// Takes the form's token if it is ours, for this case and for whoever is signed in.
    async fn submission(&mut self, text: String) -> Result<(), ApiError> {
        let owner = self.subject.owner_of(self.state, &text).await?;
        match (owner, &self.owner) {
            (Some(owner), Some(signed_in)) if owner != *signed_in => {}
            (Some(owner), _) if self.input.submission.is_empty() => {
                self.owner = Some(owner);
                self.input.submission = text;
            }
            (Some(_) | None, _) => {}
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
            Err(FileRefused::NotKept(error)) => {
                self.not_kept(&error);
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
            self.stage(file).await.map_err(FileRefused::Request)?;
        }
        Ok(())
    }

    async fn stage(&mut self, file: CheckedFile) -> Result<(), ApiError> {
        let CheckedFile { attachment, bytes } = file;
        let FileBytes::Sent(bytes) = bytes else { return Ok(()) };
        let (digest, folder) = (attachment.sha256, self.folder().await?);
        match self.state.uploads.put(&folder, attachment, bytes).await {
            Ok(()) => {
                self.kept.insert(digest);
            }
            Err(error) => self.not_kept(&error),
        }
        Ok(())
    }

    fn not_kept(&mut self, error: &StagingError) {
        tracing::warn!(cause = %ErrorChain(error), "an upload cannot be kept");
        self.lose_file(file_not_kept());
    }

    /// Where the form's files wait; a form without a token of ours gets one.
    async fn folder(&mut self) -> Result<FormFolder, ApiError> {
        let owner = self.owner.clone().ok_or(ProblemCode::Unauthenticated)?;
        if self.input.submission.is_empty() {
            let signed_in = self.signed_in.ok_or(ProblemCode::Unauthenticated)?;
            self.problems.add(FormField::Form, not_our_form());
            self.input.submission = self.subject.token_for(self.state, signed_in).await?;
        }
        Ok(folder(self.state, &owner, &self.input.submission))
    }

    async fn finish(mut self) -> Result<ReadForm, ApiError> {
        let folder = self.folder().await?;
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
        Ok(ReadForm { input: self.input, problems: self.problems, folder })
    }
}

/// A field's text; the end of one that is far too long is thrown away, and its rule refuses the rest.
pub(crate) async fn text_of(mut field: Field<'_>) -> Result<String, MultipartError> {
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

    /// The same as a draft that outlives the session.
    #[must_use]
    pub fn typed(&self) -> Typed {
        let Self { submission: _, ground, story, document, date, lateness, files, lacks_file } = self;
        let kept: Vec<String> = files.iter().map(|file| file.sha256.to_string()).collect();
        let lacks = if *lacks_file { "1" } else { "" };
        let fields = [
            ("ground", ground.clone()),
            ("story", story.clone()),
            ("document", document.clone()),
            ("date", date.clone()),
            ("lateness", lateness.clone()),
            ("kept", kept.join(DIGEST_SEPARATOR)),
            ("lacks_file", lacks.to_owned()),
        ];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// What a draft holds, with those of its files that are still there.
    #[must_use]
    pub fn of_draft(submission: String, typed: &Typed, staged: Vec<NewAttachment>) -> Self {
        let field = |name: &str| typed.get(name).cloned().unwrap_or_default();
        let kept = field("kept");
        let kept: BTreeSet<&str> = kept.split(DIGEST_SEPARATOR).filter(|digest| !digest.is_empty()).collect();
        let files: Vec<NewAttachment> =
            staged.into_iter().filter(|file| kept.contains(file.sha256.to_string().as_str())).collect();
        Self {
            submission,
            ground: field("ground"),
            story: field("story"),
            document: field("document"),
            date: field("date"),
            lateness: field("lateness"),
            lacks_file: !field("lacks_file").is_empty() || files.len() < kept.len(),
            files,
        }
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
    fn a_draft_holds_everything_that_was_typed() {
        let file = |filling: &[u8]| NewAttachment {
            sha256: Sha256Digest::of(filling),
            media_type: schemas::attachment::AttachmentMediaType::Pdf,
            size_bytes: 1,
        };
        let input = ObjectionInput {
            submission: "token".to_owned(),
            ground: "G04".to_owned(),
            story: "بعتها\r\nقبل ذلك".to_owned(),
            document: "7".to_owned(),
            date: "-5000-01-01".to_owned(),
            lateness: "سافرت".to_owned(),
            files: vec![file(b"a"), file(b"b")],
            lacks_file: false,
        };
        let again = ObjectionInput::of_draft(
            "token".to_owned(),
            &input.typed(),
            vec![file(b"a"), file(b"b"), file(b"c")],
        );
        assert_eq!((again.typed(), &again.files), (input.typed(), &input.files));
        assert!(!again.lacks_file);
        let without = ObjectionInput::of_draft("token".to_owned(), &input.typed(), vec![file(b"a")]);
        assert!(without.lacks_file && without.files.len() == 1, "a file that is gone is told");
    }
}
