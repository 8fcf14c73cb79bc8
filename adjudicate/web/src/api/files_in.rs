//! Files that citizens send, by form or by program: read under a limit, judged by their bytes, decoded where they are
//! pictures.

use super::pictures::{PictureFault, check_picture};
use crate::error::{ApiError, ProblemCode};
use crate::state::ServiceState;
use adjudicate::objection::new::NewAttachment;
use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError};
use schemas::attachment::{ATTACHMENT_BYTES_MAX, AttachmentFault, AttachmentMediaType};
use schemas::evidence::Sha256Digest;

/// A file that was looked at and may be kept.
#[derive(Debug, Clone)]
pub struct CheckedFile {
    /// What is known of it.
    pub attachment: NewAttachment,
    /// Its bytes.
    pub bytes: Bytes,
}

/// Why no file comes of a part.
#[derive(Debug)]
pub enum FileRefused {
    /// The file is not taken.
    Fault(AttachmentFault),
    /// The request cannot be read, or the server is at fault.
    Request(ApiError),
}

impl From<MultipartError> for FileRefused {
    fn from(error: MultipartError) -> Self {
        Self::Request(error.into())
    }
}

impl From<FileRefused> for ApiError {
    fn from(refused: FileRefused) -> Self {
        match refused {
            FileRefused::Request(error) => error,
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
    let bytes = read_to_end(field).await?.ok_or(FileRefused::Fault(AttachmentFault::TooLarge))?;
    if bytes.is_empty() && !was_chosen {
        return Ok(None);
    }
    // What the client calls it, by name or media type, is not believed.
    let media_type = AttachmentMediaType::of(&bytes).map_err(FileRefused::Fault)?;
    match media_type {
        AttachmentMediaType::Jpeg | AttachmentMediaType::Png => {
            check_picture(state, bytes.clone(), media_type.label()).await.map_err(|fault| match fault {
                PictureFault::Damaged => FileRefused::Fault(AttachmentFault::Damaged),
                PictureFault::TooManyPixels => FileRefused::Fault(AttachmentFault::TooManyPixels),
                PictureFault::Server(error) => FileRefused::Request(error),
            })?;
        }
        AttachmentMediaType::Pdf => {}
    }
    let attachment =
        NewAttachment { sha256: Sha256Digest::of(&bytes), media_type, size_bytes: bytes.len() as u64 };
    Ok(Some(CheckedFile { attachment, bytes }))
}

/// The whole part, or nothing if it is too large: the rest is read and thrown away, since a browser shows no answer to
/// what it could not send to its end.
async fn read_to_end(mut field: Field<'_>) -> Result<Option<Bytes>, MultipartError> {
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(chunk) = field.chunk().await? {
        length += chunk.len() as u64;
        if length <= ATTACHMENT_BYTES_MAX {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
    }
    Ok((length <= ATTACHMENT_BYTES_MAX).then(|| bytes.into()))
}
