//! The evidence manifest: canonical JSON that names every file of a case with its digest.
//!
//! Whoever holds the files, the manifest and a signature over its digest can check offline that no byte was changed.

use crate::foundation::chain::CaseKind;
use chrono::{DateTime, SecondsFormat, Utc};
use rules::canonical::{CanonicalError, canonical_bytes};
use schemas::evidence::{EvidenceFile, Sha256Digest};
use schemas::seal::{Seal, SealedForm, ServerKey};
use serde::Serialize;
use uuid::Uuid;

/// Name of the manifest's form, in its first member.
pub const MANIFEST_FORM: &str = SealedForm::EvidenceManifest.label();

/// What a manifest is made of.
#[derive(Debug, Clone, Copy)]
pub struct ManifestParts<'a> {
    /// The case.
    pub case_id: Uuid,
    /// What it is about.
    pub kind: CaseKind,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Who made the event's id.
    pub event_source: &'a str,
    /// The event's id.
    pub event_id: &'a str,
    /// Over the event's bytes as signed.
    pub event_sha256: Sha256Digest,
    /// The camera.
    pub camera_id: &'a str,
    /// The place.
    pub site_id: &'a str,
    /// The vendor's own text of the capture time.
    pub captured_at_raw: &'a str,
    /// Over the models that read the plate.
    pub model_sha256: Sha256Digest,
    /// The pictures, in the order of the event.
    pub files: &'a [EvidenceFile],
}

/// Canonical bytes and their digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// What is stored and exported.
    pub document: Vec<u8>,
    /// What rows and signatures name.
    pub sha256: Sha256Digest,
    /// The server's signature, where it has a key.
    pub seal: Option<Seal>,
}

#[derive(Serialize)]
struct Document<'a> {
    form: &'static str,
    case: Uuid,
    kind: &'static str,
    recorded_at: String,
    event: Event<'a>,
    model_sha256: String,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct Event<'a> {
    source: &'a str,
    id: &'a str,
    sha256: String,
    camera: &'a str,
    site: &'a str,
    captured_at: &'a str,
}

#[derive(Serialize)]
struct File<'a> {
    role: &'static str,
    sha256: String,
    media_type: &'a str,
    size_bytes: u64,
    width: u32,
    height: u32,
}

impl Manifest {
    /// Makes the manifest.
    ///
    /// # Errors
    /// Never for these parts; the canonical writer's error is handed on rather than hidden.
    pub fn of(parts: &ManifestParts<'_>) -> Result<Self, CanonicalError> {
        let ManifestParts {
            case_id,
            kind,
            recorded_at,
            event_source,
            event_id,
            event_sha256,
            camera_id,
            site_id,
            captured_at_raw,
            model_sha256,
            files,
        } = *parts;
        let document = canonical_bytes(&Document {
            form: MANIFEST_FORM,
            case: case_id,
            kind: kind.label(),
            recorded_at: recorded_at.to_rfc3339_opts(SecondsFormat::Micros, true),
            event: Event {
                source: event_source,
                id: event_id,
                sha256: event_sha256.to_string(),
                camera: camera_id,
                site: site_id,
                captured_at: captured_at_raw,
            },
            model_sha256: model_sha256.to_string(),
            files: files.iter().map(File::from).collect(),
        })?;
        Ok(Self { sha256: Sha256Digest::of(&document), document, seal: None })
    }

    /// The same, signed.
    #[must_use]
    pub fn sealed(self, key: &ServerKey) -> Self {
        Self { seal: Some(key.seal(SealedForm::EvidenceManifest, self.sha256)), ..self }
    }
}

impl<'a> From<&'a EvidenceFile> for File<'a> {
    fn from(file: &'a EvidenceFile) -> Self {
        let EvidenceFile { role, sha256, media_type, size_bytes, size_pixels: (width, height) } = file;
        Self {
            role: role.label(),
            sha256: sha256.to_string(),
            media_type,
            size_bytes: *size_bytes,
            width: *width,
            height: *height,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::camera_event::FrameRole;

    #[test]
    fn a_manifest_names_every_file_and_its_bytes_are_fixed() {
        let files = [EvidenceFile {
            role: FrameRole::First,
            sha256: Sha256Digest::of(b"picture"),
            media_type: "image/jpeg".to_owned(),
            size_bytes: 7,
            size_pixels: (640, 480),
        }];
        let manifest = Manifest::of(&ManifestParts {
            case_id: Uuid::nil(),
            kind: CaseKind::Violation,
            recorded_at: DateTime::UNIX_EPOCH,
            event_source: "cam",
            event_id: "1",
            event_sha256: Sha256Digest::of(b"event"),
            camera_id: "cam-1",
            site_id: "site-1",
            captured_at_raw: "1970-01-01T02:00:00+02:00",
            model_sha256: Sha256Digest::of(b"model"),
            files: &files,
        })
        .unwrap();
        let read: serde_json::Value = serde_json::from_slice(&manifest.document).unwrap();
        assert_eq!(read["files"][0]["sha256"], Sha256Digest::of(b"picture").to_string());
        assert_eq!(read["event"]["captured_at"], "1970-01-01T02:00:00+02:00");
        // Made by another program from the same parts: the form never changes under its name.
        assert_eq!(
            manifest.sha256.to_string(),
            "3f6663d1bfb03b19761935554dbad0462d4cafc296caad9a64a9a251bbfad391"
        );
    }
}
