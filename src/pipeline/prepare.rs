//! Record to effect: decode, pictures, plates, rules, evidence. Whatever goes wrong with the data becomes a verdict;
//! whatever goes wrong with a peer is waited for.

use crate::snapshot::Snapshots;
use adjudicate::stream::settle::{AssessedEvent, EventIdentity};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use detect::DetectorPool;
use ingest::dead_letter::DeadLetterStage;
use ingest::decode::{DecodeError, blamed_camera, decode};
use ingest::evidence::{ClaimCheckPatience, EvidenceStore};
use ingest::frame::{FrameError, FrameLimits, check_digest, decode_picture};
use ingest::record::RawRecord;
use rules::assess::AssessmentInput;
use rules::offence::{Judgement, judge};
use rules::plate::frames::FrameReading;
use rules::registry::CaptureContext;
use rules::replay::Provenance;
use schemas::assessment::Assessment;
use schemas::camera_event::{CameraEvent, FrameContent, FrameReference};
use schemas::delivery::Delivery;
use schemas::error_chain::ErrorChain;
use schemas::evidence::{EvidenceFile, Sha256Digest};
use schemas::ids::CameraId;
use schemas::kill_point::kill_point;
use schemas::outcome::{DeadLetterReason, Outcome};
use schemas::picture::Picture;
use schemas::wire::signature::SIGNATURE_HEADER;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Wait before the evidence store is tried again.
const EVIDENCE_RETRY_WAIT: Duration = Duration::from_secs(1);

/// Outcomes of a run by offset, ascending.
pub(crate) type Outcomes = Vec<(i64, Outcome)>;

/// A record with what it comes to.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) delivery: Delivery<RawRecord>,
    pub(crate) verdict: Verdict,
}

/// What a record comes to.
#[derive(Debug)]
pub(crate) enum Verdict {
    DeadLetter(Box<PendingDeadLetter>),
    Assessed(Arc<AssessedEvent>),
}

/// A dead letter, until and after its acknowledgement.
#[derive(Debug)]
pub(crate) struct PendingDeadLetter {
    pub(crate) reason: DeadLetterReason,
    pub(crate) stage: DeadLetterStage,
    pub(crate) detail: String,
    pub(crate) identity: Option<EventIdentity>,
    /// The registered camera that it counts for.
    pub(crate) camera: Option<CameraId>,
    pub(crate) is_acknowledged: bool,
}

impl Verdict {
    pub(crate) fn dead_letter(
        reason: DeadLetterReason,
        stage: DeadLetterStage,
        detail: String,
        (identity, camera): (Option<EventIdentity>, Option<CameraId>),
    ) -> Self {
        Self::DeadLetter(Box::new(PendingDeadLetter {
            reason,
            stage,
            detail,
            identity,
            camera,
            is_acknowledged: false,
        }))
    }
}

/// What the stages need.
#[derive(Debug)]
pub struct StagesParts {
    /// Registry, keys and rules, refreshed on a timer.
    pub snapshots: Arc<Snapshots>,
    /// The plate reader.
    pub detectors: DetectorPool,
    /// Pictures.
    pub evidence: Arc<EvidenceStore>,
    /// Limits of a picture.
    pub frame_limits: FrameLimits,
    /// Largest value of a record, bytes.
    pub record_bytes_max: usize,
    /// Patience with a picture that is not in the store yet.
    pub claim_check_patience: ClaimCheckPatience,
    /// Over the models of `detectors`.
    pub model_sha256: Sha256Digest,
}

/// The stages from a record to its effect.
pub struct Stages(StagesParts);

impl fmt::Debug for Stages {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Stages")
    }
}

/// A picture with its original bytes.
struct SentPicture {
    bytes: Bytes,
    picture: Arc<dyn Picture>,
}

/// Which event it was, for a dead letter.
pub(crate) fn identity(event: &CameraEvent) -> EventIdentity {
    EventIdentity { source: event.source.clone(), id: event.id.clone() }
}

impl Stages {
    /// Wires the stages.
    #[must_use]
    pub const fn new(parts: StagesParts) -> Self {
        Self(parts)
    }

    /// Takes a record through all stages.
    pub(crate) async fn prepare(&self, delivery: Delivery<RawRecord>) -> Prepared {
        let verdict = self.judge(delivery.payload()).await;
        Prepared { delivery, verdict }
    }

    async fn judge(&self, record: &RawRecord) -> Verdict {
        let event = match self.decode(record).await {
            Ok(event) => Arc::new(event),
            Err(error) => {
                let camera = blamed_camera(record, &error, &self.0.snapshots.keys());
                return Verdict::dead_letter(
                    error.reason(),
                    DeadLetterStage::Decode,
                    error.to_string(),
                    (None, camera),
                );
            }
        };
        kill_point("after_decode");
        let registry = self.0.snapshots.registry();
        let Ok(context) = registry.context_of(&event) else {
            let detail = format!("camera '{}' is not registered", event.camera);
            return Verdict::dead_letter(
                DeadLetterReason::UnknownCamera,
                DeadLetterStage::Decode,
                detail,
                (Some(identity(&event)), None),
            );
        };
        match self.assess(record, &event, &context, record.received_at).await {
            Ok(assessed) => Verdict::Assessed(Arc::new(assessed)),
            Err((reason, detail)) => {
                let of = (Some(identity(&event)), Some(event.camera.clone()));
                Verdict::dead_letter(reason, DeadLetterStage::Frames, detail, of)
            }
        }
    }

    /// Applies the rules, with the plates where the act may be an offence, and keeps what the case will rest on.
    async fn assess(
        &self,
        record: &RawRecord,
        event: &Arc<CameraEvent>,
        context: &CaptureContext,
        received_at: DateTime<Utc>,
    ) -> Result<AssessedEvent, (DeadLetterReason, String)> {
        let policies = self.0.snapshots.policies();
        let policies = &*policies;
        let (mut readings, mut evidence) = (Vec::new(), Vec::new());
        // Who broke no rule is not looked at: neither plate nor picture.
        let assessment = match judge(policies.of(context.jurisdiction), event) {
            Judgement::NoOffence(calculation) => Assessment::NoOffence { calculation },
            Judgement::Possible(possible) => {
                let pictures = self.pictures(event).await?;
                readings = self.read(&pictures).await;
                kill_point("after_read");
                self.keep_bytes(&record.value).await;
                evidence = self.keep(event, &pictures).await;
                possible.conclude(&readings, context, received_at)
            }
        };
        let input = AssessmentInput { event, readings: &readings, context, policies, received_at };
        let provenance =
            Provenance { event_sha256: Sha256Digest::of(&record.value), model_sha256: self.0.model_sha256 };
        let replay = rules::replay::record(&input, &provenance, &assessment)
            .map_err(|error| (DeadLetterReason::EffectRefused, error.to_string()))?;
        Ok(AssessedEvent {
            event: Arc::clone(event),
            value_sha256: provenance.event_sha256,
            value_bytes: u64::try_from(record.value.len()).unwrap_or(u64::MAX),
            signature: record.header_text(SIGNATURE_HEADER).unwrap_or_default(),
            assessment,
            record: replay,
            evidence,
            model_sha256: provenance.model_sha256,
            received_at,
        })
    }

    /// An unknown key or camera may have been registered a moment ago: the registry is read once more before the
    /// record is given up.
    async fn decode(&self, record: &RawRecord) -> Result<CameraEvent, DecodeError> {
        let with_keys =
            || decode(record, &self.0.snapshots.keys(), record.received_at, self.0.record_bytes_max);
        match with_keys() {
            Err(DecodeError::UnknownKey(key)) => {
                self.0.snapshots.refresh_for(key.as_str()).await;
                with_keys()
            }
            Err(DecodeError::UnknownCamera(camera)) => {
                self.0.snapshots.refresh_for(camera.as_str()).await;
                with_keys()
            }
            decoded => decoded,
        }
    }

    async fn pictures(&self, event: &CameraEvent) -> Result<Vec<SentPicture>, (DeadLetterReason, String)> {
        let mut pictures = Vec::with_capacity(event.frames.len());
        for (number, reference) in event.frames.iter().enumerate() {
            let name = |(reason, detail)| (reason, format!("frame {}: {detail}", number + 1));
            let bytes = self.bytes_of(reference).await.map_err(name)?;
            pictures.push(self.decode_picture(bytes, reference).await.map_err(name)?);
        }
        Ok(pictures)
    }

    async fn bytes_of(&self, reference: &FrameReference) -> Result<Bytes, (DeadLetterReason, String)> {
        match &reference.content {
            FrameContent::Inline(bytes) => Ok(bytes.clone()),
            FrameContent::ClaimCheck => self.claimed(reference).await,
        }
    }

    /// The camera's picture may still be on its way into the store; the store itself may be away.
    async fn claimed(&self, reference: &FrameReference) -> Result<Bytes, (DeadLetterReason, String)> {
        loop {
            let error = match self.0.evidence.fetch_claim_check(reference, self.0.claim_check_patience).await
            {
                Ok(bytes) => return Ok(bytes),
                Err(error) => error,
            };
            if let Some(reason) = error.reason() {
                return Err((reason, error.to_string()));
            }
            tracing::warn!("the evidence store cannot be read, trying again: {}", ErrorChain(&error));
            tokio::time::sleep(EVIDENCE_RETRY_WAIT).await;
        }
    }

    async fn decode_picture(
        &self,
        bytes: Bytes,
        reference: &FrameReference,
    ) -> Result<SentPicture, (DeadLetterReason, String)> {
        let (limits, reference) = (self.0.frame_limits, reference.clone());
        let least_side = self.0.detectors.least_side();
        let decoding = tokio::task::spawn_blocking(move || {
            check_digest(&reference, &bytes)?;
            let picture = decode_picture(&bytes, &reference.media_type, &limits, least_side)?;
            Ok(SentPicture { bytes, picture })
        });
        match decoding.await {
            Ok(decoded) => {
                decoded.map_err(|error: FrameError| (error.reason(), ErrorChain(&error).to_string()))
            }
            // A decoder that panics on one picture must not take the partition down with it.
            Err(_panicked) => {
                Err((DeadLetterReason::BadImage, "the decoder gave up on the picture".to_owned()))
            }
        }
    }

    async fn read(&self, pictures: &[SentPicture]) -> Vec<FrameReading> {
        let reads = pictures.iter().map(|sent| self.0.detectors.read(Arc::clone(&sent.picture)));
        let results = futures::future::join_all(reads).await;
        let readings = results.into_iter().map(|result| match result {
            Ok(plates) => FrameReading::Read(plates),
            Err(error) => {
                tracing::error!("a picture could not be read: {}", ErrorChain(&error));
                FrameReading::ModelFailure
            }
        });
        readings.collect()
    }

    /// Keeps bytes durably; waits while the store is full or away, since nothing may be named before.
    async fn keep_bytes(&self, bytes: &Bytes) {
        while let Err(error) = self.0.evidence.put(bytes.clone()).await {
            tracing::error!("evidence cannot be kept, trying again: {}", ErrorChain(&error));
            tokio::time::sleep(EVIDENCE_RETRY_WAIT).await;
        }
    }

    /// Keeps every picture.
    async fn keep(&self, event: &CameraEvent, pictures: &[SentPicture]) -> Vec<EvidenceFile> {
        let mut files = Vec::with_capacity(pictures.len());
        for (reference, sent) in event.frames.iter().zip(pictures) {
            self.keep_bytes(&sent.bytes).await;
            files.push(EvidenceFile {
                role: reference.role,
                sha256: reference.sha256,
                media_type: reference.media_type.clone(),
                size_bytes: reference.size_bytes,
                size_pixels: (sent.picture.width(), sent.picture.height()),
            });
        }
        files
    }
}
