//! Manifest to records: signed events, with the planted faults in them.

use super::keys::CameraKeys;
use super::manifest::{ActLine, Fault, FrameLine};
use anyhow::{Context, bail};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use ingest::record::{OutgoingRecord, RecordHeader};
use schemas::camera_event::{
    CameraClock, CameraEvent, CapturedAt, FrameContent, FrameReference, INLINE_FRAME_BYTES_MAX,
    OccupantFlags, Origin, ZoneBasis,
};
use schemas::evidence::Sha256Digest;
use schemas::ids::{CameraId, EventId, EventSource, SiteId};
use schemas::wire::signature::SIGNATURE_HEADER;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Source of events whose camera names none.
const DEFAULT_SOURCE: &str = "rasid-send";
const ADAPTER_VERSION: &str = concat!("rasid-send ", env!("CARGO_PKG_VERSION"));

/// One record to be published.
#[derive(Debug, Clone)]
pub struct PlannedRecord {
    /// Name of its act.
    pub name: String,
    /// Source and id of its event, as signed.
    pub identity: (EventSource, EventId),
    /// When the act was captured.
    pub captured_at: DateTime<Utc>,
    /// What to publish.
    pub record: OutgoingRecord,
}

/// Where the pictures of acts are.
#[derive(Debug)]
pub enum Pictures {
    /// Files of this folder.
    Folder(PathBuf),
    /// By the name that the act gives them.
    InMemory(HashMap<String, Bytes>),
}

impl Pictures {
    fn read(&self, file: &str) -> anyhow::Result<Bytes> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(file);
                let bytes =
                    std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
                Ok(Bytes::from(bytes))
            }
            Self::InMemory(pictures) => {
                pictures.get(file).cloned().with_context(|| format!("there is no picture '{file}'"))
            }
        }
    }
}

/// Turns acts into records, in their order.
#[derive(Debug)]
pub struct Planner<'a> {
    /// Where the pictures are.
    pub pictures: &'a Pictures,
    /// What to sign with.
    pub keys: &'a CameraKeys,
    /// Source of each camera's ids.
    pub sources: HashMap<CameraId, EventSource>,
    /// The instant that offsets count from.
    pub now: DateTime<Utc>,
}

impl Planner<'_> {
    /// Plans all acts.
    ///
    /// # Errors
    /// When a camera has no key, a picture cannot be read, or the pictures of an act are too large to be sent inline.
    pub fn plan(&self, acts: &[ActLine]) -> anyhow::Result<Vec<PlannedRecord>> {
        let mut planned: Vec<PlannedRecord> = Vec::with_capacity(acts.len());
        for act in acts {
            let one = self.plan_one(act, &planned).with_context(|| format!("act '{}'", act.name))?;
            planned.push(one);
        }
        Ok(planned)
    }

    fn plan_one(&self, act: &ActLine, before: &[PlannedRecord]) -> anyhow::Result<PlannedRecord> {
        let find =
            |of: &str| before.iter().find(|one| one.name == of).with_context(|| format!("no act '{of}'"));
        if let Some(Fault::Resent { of }) = &act.fault {
            return Ok(PlannedRecord { name: act.name.clone(), ..find(of)?.clone() });
        }
        let mut event = self.event(act)?;
        if let Some(Fault::IdReused { of }) = &act.fault {
            (event.source, event.id) = find(of)?.identity.clone();
        }
        let sender =
            self.keys.of(&event.camera).with_context(|| format!("camera '{}' has no key", event.camera))?;
        let mut record = sender.record(&event);
        match &act.fault {
            Some(Fault::BadSignature) => corrupt_signature(&mut record),
            Some(Fault::HeaderMismatch) => change_header(&mut record),
            Some(_) | None => {}
        }
        let captured_at = self.captured_at(act);
        Ok(PlannedRecord { name: act.name.clone(), identity: (event.source, event.id), captured_at, record })
    }

    fn captured_at(&self, act: &ActLine) -> DateTime<Utc> {
        self.now - TimeDelta::seconds(act.captured_offset_seconds)
    }

    fn event(&self, act: &ActLine) -> anyhow::Result<CameraEvent> {
        let camera = CameraId::parse(&*act.camera)?;
        let source =
            self.sources.get(&camera).cloned().map_or_else(|| EventSource::parse(DEFAULT_SOURCE), Ok)?;
        let captured_at = self.captured_at(act);
        let id = act.event_id.clone().unwrap_or_else(|| Uuid::now_v7().to_string());
        Ok(CameraEvent {
            id: EventId::parse(id)?,
            source,
            camera,
            site: SiteId::parse(&*act.site)?,
            lane: (act.lane > 0).then_some(act.lane),
            vendor_sequence: None,
            captured_at: CapturedAt::Known {
                instant: captured_at,
                raw: captured_at.to_rfc3339_opts(SecondsFormat::Nanos, true),
                basis: ZoneBasis::Explicit,
            },
            clock: Some(CameraClock {
                offset_milliseconds: act.clock_offset_ms,
                synchronised_at: Some(captured_at),
                source: "ntp".to_owned(),
            }),
            received_at: None,
            origin: Origin::Live,
            act: act.act.act()?,
            vendor_plate: None,
            vehicle: None,
            occupants: OccupantFlags::default(),
            frames: self.frames(act, captured_at)?,
            adapter_version: ADAPTER_VERSION.to_owned(),
        })
    }

    fn frames(&self, act: &ActLine, captured_at: DateTime<Utc>) -> anyhow::Result<Vec<FrameReference>> {
        let frames: Vec<FrameReference> =
            act.frames.iter().map(|frame| self.frame(frame, captured_at)).collect::<Result<_, _>>()?;
        let bytes: u64 = frames.iter().map(|frame| frame.size_bytes).sum();
        if bytes > INLINE_FRAME_BYTES_MAX as u64 {
            bail!(
                "its pictures have {bytes} bytes together, at most {INLINE_FRAME_BYTES_MAX} can be sent: make them smaller"
            );
        }
        Ok(frames)
    }

    fn frame(&self, line: &FrameLine, captured_at: DateTime<Utc>) -> anyhow::Result<FrameReference> {
        let bytes = self.pictures.read(&line.file)?;
        let media_type = match Path::new(&line.file).extension().and_then(|extension| extension.to_str()) {
            Some("jpg" | "jpeg" | "JPG" | "JPEG") => "image/jpeg",
            Some("png" | "PNG") => "image/png",
            _ => bail!("the picture '{}' is neither .jpg nor .png", line.file),
        };
        Ok(FrameReference {
            role: line.role()?,
            sha256: Sha256Digest::of(&bytes),
            media_type: media_type.to_owned(),
            stated_size: None,
            taken_at: Some(captured_at + TimeDelta::milliseconds(line.offset_ms)),
            vehicle: None,
            size_bytes: bytes.len() as u64,
            content: FrameContent::Inline(bytes),
        })
    }
}

/// Swaps the first two characters of the signature's text that differ, so that its form stays right.
fn corrupt_signature(record: &mut OutgoingRecord) {
    let header = record.headers.iter_mut().find(|header| header.name == SIGNATURE_HEADER);
    let Some(value) = header.and_then(|header| header.value.as_mut()) else { return };
    let mut text = value.to_vec();
    let start = text.iter().rposition(|byte| *byte == b';').map_or(0, |place| place + 1);
    if let Some(place) = (start..text.len() - 1).find(|place| text[*place] != text[*place + 1]) {
        text.swap(place, place + 1);
    }
    *value = Bytes::from(text);
}

fn change_header(record: &mut OutgoingRecord) {
    for header in &mut record.headers {
        if header.name == "ce_id" {
            *header = RecordHeader::text("ce_id", Uuid::now_v7().to_string());
        }
    }
}
