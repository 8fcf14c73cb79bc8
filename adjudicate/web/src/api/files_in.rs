//! Files that citizens send, by form or by program: written to the disk as they come, read within the limits of size and
//! memory, judged by their bytes, decoded where they are pictures.

use super::pictures::{PictureFault, check_picture};
use crate::error::{ApiError, ProblemCode};
use crate::staging::{FormFolder, StagingError};
use crate::state::ServiceState;
use crate::uploads::spool::{InMemory, SpoolError, Spooled};
use adjudicate::objection::new::NewAttachment;
use axum::extract::multipart::{Field, MultipartError};
use schemas::attachment::{ATTACHMENT_BYTES_MAX, AttachmentFault, AttachmentMediaType};
use schemas::error_chain::ErrorChain;
use schemas::evidence::Sha256Digest;
use schemas::text::BilingualText;

/// A file that was looked at and may be kept.
#[derive(Debug, Clone)]
pub struct CheckedFile {
    /// What is known of it.
    pub attachment: NewAttachment,
    /// Its bytes, on the disk until somebody needs them.
    pub bytes: FileBytes,
}

/// Where the bytes of a file are.
#[derive(Debug, Clone)]
pub enum FileBytes {
    /// They came with this request.
    Sent(Spooled),
    /// They came with an earlier one, and wait in the folder of their form.
    Staged(FormFolder),
}

impl CheckedFile {
    /// Reads it into memory, when there is room.
    ///
    /// # Errors
    /// When it is gone, or the disk fails.
    pub async fn read(&self, state: &ServiceState) -> Result<InMemory, ApiError> {
        match &self.bytes {
            FileBytes::Sent(spooled) => spooled.read(&state.upload_memory).await,
            FileBytes::Staged(folder) => {
                let held = state.upload_memory.room_for(self.attachment.size_bytes).await?;
                let bytes = state.uploads.read(folder, &self.attachment).await.map_err(|error| {
                    tracing::warn!(cause = %ErrorChain(&error), "an upload is gone before its form is filed");
                    ApiError::new(ProblemCode::AttachmentRefused).with_text(file_missing())
                })?;
                Ok(InMemory::new(bytes, held))
            }
        }
    }
}

/// A file that the form had is not there any more.
#[must_use]
pub fn file_missing() -> BilingualText {
    BilingualText::new(
        "الملف الذي اخترته لم يُحفظ. اختره من جديد، أو اختر الإرسال دونه.",
        "The file that you chose was not kept. Choose it again, or choose to send without it.",
    )
}

/// Why no file comes of a part.
#[derive(Debug)]
pub enum FileRefused {
    /// The file is not taken.
    Fault(AttachmentFault),
    /// There is no room for it.
    NotKept(StagingError),
    /// The request cannot be read, or the server is at fault.
    Request(ApiError),
}

impl From<MultipartError> for FileRefused {
    fn from(error: MultipartError) -> Self {
        Self::Request(error.into())
    }
}

impl From<StagingError> for FileRefused {
    fn from(error: StagingError) -> Self {
        Self::NotKept(error)
    }
}

impl From<SpoolError> for FileRefused {
    fn from(error: SpoolError) -> Self {
        Self::NotKept(error.into())
    }
}

impl From<SpoolError> for ApiError {
    fn from(error: SpoolError) -> Self {
        StagingError::from(error).into()
    }
}

impl From<StagingError> for ApiError {
    fn from(error: StagingError) -> Self {
        Self::new(ProblemCode::Unavailable).caused_by(error)
    }
}

impl From<FileRefused> for ApiError {
    fn from(refused: FileRefused) -> Self {
        match refused {
            FileRefused::Request(error) => error,
            FileRefused::NotKept(error) => error.into(),
            FileRefused::Fault(fault) => {
                let code = match fault {
                    AttachmentFault::TooLarge => ProblemCode::BodyTooLarge,
                    AttachmentFault::Empty
                    | AttachmentFault::Heic
                    | AttachmentFault::PdfHead
                    | AttachmentFault::PdfEnd
                    | AttachmentFault::Damaged
                    | AttachmentFault::TooManyPixels
                    | AttachmentFault::Unknown => ProblemCode::AttachmentRefused,
                };
                Self::new(code).with_text(fault.citizen_text()).with_field("file", fault.to_string())
            }
        }
    }
}

/// Reads a part to its end and looks at the file in it; nothing is kept. Returns nothing for an empty part without a
/// name, which a browser sends when no file was chosen.
///
/// # Errors
/// When the file is too large, of a kind that is not taken or not whole, or the request cannot be read.
pub async fn file_in(state: &ServiceState, field: Field<'_>) -> Result<Option<CheckedFile>, FileRefused> {
    let was_chosen = field.file_name().is_some_and(|name| !name.is_empty());
    let spooled = read_to_end(state, field).await?.ok_or(FileRefused::Fault(AttachmentFault::TooLarge))?;
    if spooled.length() == 0 && !was_chosen {
        return Ok(None);
    }
    let attachment = looked_at(state, &spooled).await?;
    Ok(Some(CheckedFile { attachment, bytes: FileBytes::Sent(spooled) }))
}

/// What a file is. What the client calls it, by name or media type, is not believed.
async fn looked_at(state: &ServiceState, spooled: &Spooled) -> Result<NewAttachment, FileRefused> {
    let file = spooled.read(&state.upload_memory).await.map_err(FileRefused::Request)?;
    let judged = file.bytes.clone();
    let judging = tokio::task::spawn_blocking(move || {
        let media_type = AttachmentMediaType::of(&judged)?;
        Ok((media_type, Sha256Digest::of(&judged)))
    });
    let judged = judging.await.map_err(|error| ApiError::new(ProblemCode::Internal).caused_by(error));
    let (media_type, sha256) = judged.map_err(FileRefused::Request)?.map_err(FileRefused::Fault)?;
    match media_type {
        AttachmentMediaType::Jpeg | AttachmentMediaType::Png => {
            check_picture(state, file.bytes.clone(), media_type.label()).await.map_err(
                |fault| match fault {
                    PictureFault::Damaged => FileRefused::Fault(AttachmentFault::Damaged),
                    PictureFault::TooManyPixels => FileRefused::Fault(AttachmentFault::TooManyPixels),
                    PictureFault::Server(error) => FileRefused::Request(error),
                },
            )?;
        }
        AttachmentMediaType::Pdf => {}
    }
    Ok(NewAttachment { sha256, media_type, size_bytes: spooled.length() })
}

/// The whole part, or nothing if it is too large: the rest is read and thrown away, since a browser shows no answer to
/// what it could not send to its end.
async fn read_to_end(state: &ServiceState, mut field: Field<'_>) -> Result<Option<Spooled>, FileRefused> {
    let mut spool = Some(state.uploads.spool().await?);
    while let Some(chunk) = field.chunk().await? {
        spool = match spool {
            Some(mut open) if open.length() + chunk.len() as u64 <= ATTACHMENT_BYTES_MAX => {
                open.push(&chunk).await?;
                Some(open)
            }
            Some(_) | None => None,
        };
    }
    match spool {
        Some(spool) => Ok(Some(spool.finish().await?)),
        None => Ok(None),
    }
}
