//! What the rules looked at, beside the event itself.

use super::reading::ReadingRecord;
use super::unreadable::UnreadableRecord;
use super::value::value;
use crate::assess::AssessmentInput;
use crate::plate::frames::FrameReading;
use crate::registry::{
    CalibrationCertificate, CameraKind, CaptureContext, CertificateValidity, SignAtCapture, SignCondition,
    Site, SiteOfEvent, StateAtCapture,
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemas::camera_event::SpeedKmh;
use schemas::evidence::Sha256Digest;
use schemas::ids::{CameraId, CertificateId, SiteId};
use schemas::jurisdiction::Jurisdiction;
use schemas::text::BilingualText;
use serde::{Deserialize, Serialize};

/// First field of every record; a change of form gives another. Version 3 can be read back.
pub const RECORD_FORM: &str = "rasid.assessment.v3";

/// Hashes of what the rules do not see whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provenance {
    /// Of the event's bytes as they were signed.
    pub event_sha256: Sha256Digest,
    /// Of the reader's models and their contract.
    pub model_sha256: Sha256Digest,
}

/// What a record says of itself, for whoever fetches what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordHead {
    /// Whose law was applied.
    pub jurisdiction: Jurisdiction,
    /// Of the event's bytes as they were signed.
    pub event_sha256: Sha256Digest,
    /// Of the rules that were applied.
    pub rule_table_sha256: Sha256Digest,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InputRecord {
    form: String,
    jurisdiction: String,
    event_sha256: String,
    model_sha256: String,
    rule_table_sha256: String,
    pub(super) received_at: DateTime<Utc>,
    readings: Vec<ReadingRecord>,
    registry: RegistryRecord,
}

/// What the registry answered for the instant of capture; no answer where that instant is unknown.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RegistryRecord {
    /// `None` if the event's site is not one of its camera's.
    site: Option<SiteRecord>,
    /// Records of before it was kept lack it.
    #[serde(default)]
    camera_kind: Option<String>,
    at_capture: Option<AtCaptureRecord>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteRecord {
    id: String,
    jurisdiction: String,
    name_arabic: String,
    name_english: String,
    limit_kmh: Option<Decimal>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AtCaptureRecord {
    certificate: CertificateRecord,
    distance_certificate: Option<CertificateRecord>,
    sign: Option<SignRecord>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "validity", rename_all = "snake_case", deny_unknown_fields)]
enum CertificateRecord {
    InForce {
        id: String,
        camera: String,
        type_approval: String,
        valid_from: DateTime<Utc>,
        valid_to: DateTime<Utc>,
    },
    NotInForce,
    Missing,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignRecord {
    condition: String,
    limit_kmh: Option<Decimal>,
    since: DateTime<Utc>,
}

/// The form alone, to say of another form which it is.
#[derive(Debug, Deserialize)]
struct FormOnly {
    form: String,
}

impl InputRecord {
    pub(super) fn of(input: &AssessmentInput<'_>, provenance: &Provenance) -> Self {
        let AssessmentInput { event: _, readings, context, policies, received_at } = *input;
        let Provenance { event_sha256, model_sha256 } = provenance;
        Self {
            form: RECORD_FORM.to_owned(),
            jurisdiction: context.jurisdiction.code().to_owned(),
            event_sha256: event_sha256.to_string(),
            model_sha256: model_sha256.to_string(),
            rule_table_sha256: policies.of(context.jurisdiction).rule_table_sha256().to_string(),
            received_at,
            readings: readings.iter().map(ReadingRecord::from).collect(),
            registry: RegistryRecord::from(context),
        }
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, UnreadableRecord> {
        let FormOnly { form } = serde_json::from_slice(bytes)?;
        if form != RECORD_FORM {
            return Err(UnreadableRecord::OtherForm(form));
        }
        Ok(serde_json::from_slice(bytes)?)
    }

    pub(super) fn head(&self) -> Result<RecordHead, UnreadableRecord> {
        Ok(RecordHead {
            jurisdiction: value("a country", self.jurisdiction.parse())?,
            event_sha256: value("a digest", self.event_sha256.parse())?,
            rule_table_sha256: value("a digest", self.rule_table_sha256.parse())?,
        })
    }

    pub(super) fn readings(&self) -> Result<Vec<FrameReading>, UnreadableRecord> {
        self.readings.iter().map(FrameReading::try_from).collect()
    }

    pub(super) fn context(&self) -> Result<CaptureContext, UnreadableRecord> {
        let RegistryRecord { site, camera_kind, at_capture } = &self.registry;
        let kind = |label: &String| value("a kind of camera", CameraKind::from_label(label).ok_or(label));
        Ok(CaptureContext {
            jurisdiction: value("a country", self.jurisdiction.parse())?,
            site: match site {
                Some(site) => SiteOfEvent::OfCamera(Site::try_from(site)?),
                None => SiteOfEvent::NotOfCamera,
            },
            camera_kind: camera_kind.as_ref().map(kind).transpose()?,
            at_capture: at_capture.as_ref().map(StateAtCapture::try_from).transpose()?,
        })
    }
}

impl From<&CaptureContext> for RegistryRecord {
    fn from(context: &CaptureContext) -> Self {
        let CaptureContext { jurisdiction: _, site, camera_kind, at_capture } = context;
        Self {
            site: match site {
                SiteOfEvent::OfCamera(site) => Some(SiteRecord::from(site)),
                SiteOfEvent::NotOfCamera => None,
            },
            camera_kind: camera_kind.map(|kind| kind.label().to_owned()),
            at_capture: at_capture.as_ref().map(AtCaptureRecord::from),
        }
    }
}

impl From<&Site> for SiteRecord {
    fn from(site: &Site) -> Self {
        let Site { id, jurisdiction, name: BilingualText { arabic, english }, limit } = site;
        Self {
            id: id.as_str().to_owned(),
            jurisdiction: jurisdiction.code().to_owned(),
            name_arabic: arabic.clone(),
            name_english: english.clone(),
            limit_kmh: limit.map(SpeedKmh::value),
        }
    }
}

impl TryFrom<&SiteRecord> for Site {
    type Error = UnreadableRecord;

    fn try_from(record: &SiteRecord) -> Result<Self, UnreadableRecord> {
        let SiteRecord { id, jurisdiction, name_arabic, name_english, limit_kmh } = record;
        Ok(Self {
            id: value("a site", SiteId::parse(id.as_str()))?,
            jurisdiction: value("a country", jurisdiction.parse())?,
            name: BilingualText::new(name_arabic.clone(), name_english.clone()),
            limit: speed(*limit_kmh)?,
        })
    }
}

impl From<&StateAtCapture> for AtCaptureRecord {
    fn from(at_capture: &StateAtCapture) -> Self {
        let StateAtCapture { certificate, distance_certificate, sign } = at_capture;
        Self {
            certificate: CertificateRecord::from(certificate),
            distance_certificate: distance_certificate.as_ref().map(CertificateRecord::from),
            sign: match sign {
                SignAtCapture::Known { condition, since } => Some(SignRecord {
                    condition: condition.label().to_owned(),
                    limit_kmh: condition.limit().map(SpeedKmh::value),
                    since: *since,
                }),
                SignAtCapture::Unknown => None,
            },
        }
    }
}

impl TryFrom<&AtCaptureRecord> for StateAtCapture {
    type Error = UnreadableRecord;

    fn try_from(record: &AtCaptureRecord) -> Result<Self, UnreadableRecord> {
        let AtCaptureRecord { certificate, distance_certificate, sign } = record;
        Ok(Self {
            certificate: CertificateValidity::try_from(certificate)?,
            distance_certificate: distance_certificate
                .as_ref()
                .map(CertificateValidity::try_from)
                .transpose()?,
            sign: match sign {
                Some(SignRecord { condition, limit_kmh, since }) => SignAtCapture::Known {
                    condition: SignCondition::from_parts(condition, speed(*limit_kmh)?)
                        .ok_or(UnreadableRecord::Value("a sign"))?,
                    since: *since,
                },
                None => SignAtCapture::Unknown,
            },
        })
    }
}

impl From<&CertificateValidity> for CertificateRecord {
    fn from(validity: &CertificateValidity) -> Self {
        match validity {
            CertificateValidity::InForce(certificate) => {
                let CalibrationCertificate { id, camera, type_approval, valid_from, valid_to } = certificate;
                Self::InForce {
                    id: id.as_str().to_owned(),
                    camera: camera.as_str().to_owned(),
                    type_approval: type_approval.clone(),
                    valid_from: *valid_from,
                    valid_to: *valid_to,
                }
            }
            CertificateValidity::NotInForce => Self::NotInForce,
            CertificateValidity::Missing => Self::Missing,
        }
    }
}

impl TryFrom<&CertificateRecord> for CertificateValidity {
    type Error = UnreadableRecord;

    fn try_from(record: &CertificateRecord) -> Result<Self, UnreadableRecord> {
        Ok(match record {
            CertificateRecord::InForce { id, camera, type_approval, valid_from, valid_to } => {
                Self::InForce(CalibrationCertificate {
                    id: value("a certificate", CertificateId::parse(id.as_str()))?,
                    camera: value("a camera", CameraId::parse(camera.as_str()))?,
                    type_approval: type_approval.clone(),
                    valid_from: *valid_from,
                    valid_to: *valid_to,
                })
            }
            CertificateRecord::NotInForce => Self::NotInForce,
            CertificateRecord::Missing => Self::Missing,
        })
    }
}

fn speed(limit_kmh: Option<Decimal>) -> Result<Option<SpeedKmh>, UnreadableRecord> {
    limit_kmh.map(|limit| value("a speed", SpeedKmh::new(limit))).transpose()
}
