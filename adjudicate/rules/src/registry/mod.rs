//! What stands at the roadside: sites, cameras, calibration certificates and what the signs showed, and when.
//!
//! [`Registry`] is a snapshot in memory, checked once when it is made. It does no I/O: `store` reads its rows.
//! Every question is due for the instant of capture, never for now (domain handbook 4, requirement 5).

use chrono::{DateTime, Utc};
use schemas::camera_event::{CameraEvent, SpeedKmh};
use schemas::ids::{CameraId, CertificateId, SiteId};
use schemas::jurisdiction::Jurisdiction;
use schemas::text::BilingualText;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

pub use schemas::offence::CameraKind;

/// A place that is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its name in events.
    pub id: SiteId,
    /// Whose law applies there.
    pub jurisdiction: Jurisdiction,
    /// For people.
    pub name: BilingualText,
    /// The limit as planned, for people; what counts at capture is the [`SignState`].
    pub limit: Option<SpeedKmh>,
}

/// A camera and where it may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Camera {
    /// Its name in events.
    pub id: CameraId,
    /// Where it is registered, at least one site; several for a mobile camera, all of one country.
    pub sites: BTreeSet<SiteId>,
    /// What it records.
    pub kind: CameraKind,
    /// Serial number of the measuring instrument in it.
    pub instrument: String,
}

/// A verification of a measuring instrument, or of the distance of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalibrationCertificate {
    /// Its number.
    pub id: CertificateId,
    /// The camera whose instrument was verified; for a distance, the camera at the exit.
    pub camera: CameraId,
    /// Number of the instrument's type approval.
    pub type_approval: String,
    /// First instant at which it holds.
    pub valid_from: DateTime<Utc>,
    /// First instant at which it holds no more.
    pub valid_to: DateTime<Utc>,
}

impl CalibrationCertificate {
    /// Whether it holds at `instant`.
    #[must_use]
    pub fn in_force_at(&self, instant: DateTime<Utc>) -> bool {
        self.valid_from <= instant && instant < self.valid_to
    }
}

/// What a speed sign showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignCondition {
    /// It could be seen and showed a limit.
    InOrder {
        /// The limit.
        limit: SpeedKmh,
    },
    /// Dark, fallen or wrong.
    Out,
    /// Covered: by a tree, by roadworks.
    Hidden,
}

impl SignCondition {
    /// Name in rows and imports.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::InOrder { .. } => "in_order",
            Self::Out => "out",
            Self::Hidden => "hidden",
        }
    }

    /// The limit that it showed.
    #[must_use]
    pub const fn limit(self) -> Option<SpeedKmh> {
        match self {
            Self::InOrder { limit } => Some(limit),
            Self::Out | Self::Hidden => None,
        }
    }

    /// The condition that a row holds. A sign in order shows a limit; what one out of order was to show is left out.
    #[must_use]
    pub fn from_parts(label: &str, limit: Option<SpeedKmh>) -> Option<Self> {
        match (label, limit) {
            ("in_order", Some(limit)) => Some(Self::InOrder { limit }),
            ("out", _) => Some(Self::Out),
            ("hidden", _) => Some(Self::Hidden),
            _ => None,
        }
    }
}

/// A interval in which a site's sign did not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignState {
    /// The site.
    pub site: SiteId,
    /// First instant of it.
    pub from: DateTime<Utc>,
    /// First instant after it; `None` while it lasts.
    pub to: Option<DateTime<Utc>>,
    /// What the sign showed.
    pub condition: SignCondition,
}

impl SignState {
    fn covers(&self, instant: DateTime<Utc>) -> bool {
        self.from <= instant && self.to.is_none_or(|to| instant < to)
    }
}

/// Everything that a snapshot is made of, in any order.
#[derive(Debug, Clone, Default)]
pub struct RegistryRows {
    /// All sites.
    pub sites: Vec<Site>,
    /// All cameras.
    pub cameras: Vec<Camera>,
    /// All certificates, past ones too.
    pub certificates: Vec<CalibrationCertificate>,
    /// All sign states of the time that can still be asked about.
    pub sign_states: Vec<SignState>,
}

/// Why rows are no registry.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RegistryError {
    /// A camera without any site.
    #[error("camera '{0}' is registered at no site: give it at least one")]
    CameraWithoutSite(CameraId),
    /// A camera at a site that is not there.
    #[error("camera '{camera}' is registered at site '{site}', which is not registered")]
    UnknownSite {
        /// The camera.
        camera: CameraId,
        /// The missing site.
        site: SiteId,
    },
    /// A camera whose sites lie in two countries.
    #[error("the sites of camera '{0}' lie in more than one country: register one camera for each")]
    CameraOfTwoCountries(CameraId),
    /// Two states of one sign at one time.
    #[error("the sign of site '{site}' has two states at {at}: end the first before the second begins")]
    SignStatesOverlap {
        /// The site.
        site: SiteId,
        /// Where the second begins.
        at: DateTime<Utc>,
    },
}

/// The camera of an event is in no snapshot, so no country's law can be named: the event is a dead letter.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("camera '{0}' is not registered")]
pub struct UnregisteredCamera(pub CameraId);

/// What the registry knows of the place and instant of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureContext {
    /// Whose law applies.
    pub jurisdiction: Jurisdiction,
    /// The event's site, seen from its camera.
    pub site: SiteOfEvent,
    /// What the camera is built to record; `None` in records of before that was kept.
    pub camera_kind: Option<CameraKind>,
    /// What held at the instant of capture; `None` when that instant is unknown.
    pub at_capture: Option<StateAtCapture>,
}

/// Whether the event's site is one of its camera's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SiteOfEvent {
    /// It is.
    OfCamera(Site),
    /// It is another, or none that is registered.
    NotOfCamera,
}

/// What held at the instant of capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateAtCapture {
    /// Of the instrument.
    pub certificate: CertificateValidity,
    /// Of the distance, for section control.
    pub distance_certificate: Option<CertificateValidity>,
    /// Of the speed sign.
    pub sign: SignAtCapture,
}

/// How a certificate stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateValidity {
    /// It held.
    InForce(CalibrationCertificate),
    /// There is one, but it held earlier or later.
    NotInForce,
    /// There is none.
    Missing,
}

/// How a sign stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignAtCapture {
    /// Its state is on file.
    Known {
        /// What it showed.
        condition: SignCondition,
        /// Since when it showed exactly that; the record's beginning counts as a change.
        since: DateTime<Utc>,
    },
    /// No state is on file.
    Unknown,
}

/// A checked snapshot.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    sites: BTreeMap<SiteId, Site>,
    cameras: BTreeMap<CameraId, Camera>,
    certificates: BTreeMap<CameraId, Vec<CalibrationCertificate>>,
    sign_states: BTreeMap<SiteId, Vec<SignState>>,
}

impl Registry {
    /// Makes a snapshot.
    ///
    /// # Errors
    /// When a camera has no site, an unknown one or sites of two countries, or two states of a sign overlap.
    pub fn new(rows: RegistryRows) -> Result<Self, RegistryError> {
        let RegistryRows { sites, cameras, certificates, sign_states } = rows;
        let mut registry = Self {
            sites: sites.into_iter().map(|site| (site.id.clone(), site)).collect(),
            cameras: cameras.into_iter().map(|camera| (camera.id.clone(), camera)).collect(),
            ..Self::default()
        };
        for certificate in certificates {
            registry.certificates.entry(certificate.camera.clone()).or_default().push(certificate);
        }
        for of_camera in registry.certificates.values_mut() {
            of_camera.sort_by(|one, other| (one.valid_from, &one.id).cmp(&(other.valid_from, &other.id)));
        }
        for state in sign_states {
            registry.sign_states.entry(state.site.clone()).or_default().push(state);
        }
        for of_site in registry.sign_states.values_mut() {
            of_site.sort_by_key(|state| state.from);
            check_states_apart(of_site)?;
        }
        registry.cameras.values().try_for_each(|camera| registry.jurisdiction_of(camera).map(drop))?;
        Ok(registry)
    }

    /// The site of that name.
    #[must_use]
    pub fn site(&self, id: &SiteId) -> Option<&Site> {
        self.sites.get(id)
    }

    /// All sites, by id.
    pub fn sites(&self) -> impl Iterator<Item = &Site> {
        self.sites.values()
    }

    /// The camera of that name.
    #[must_use]
    pub fn camera(&self, id: &CameraId) -> Option<&Camera> {
        self.cameras.get(id)
    }

    /// All cameras, by id.
    pub fn cameras(&self) -> impl Iterator<Item = &Camera> {
        self.cameras.values()
    }

    /// How the camera's instrument was certified at `instant`.
    #[must_use]
    pub fn certificate_at(&self, camera: &CameraId, instant: DateTime<Utc>) -> CertificateValidity {
        let of_camera = self.certificates.get(camera).map(Vec::as_slice).unwrap_or_default();
        standing(of_camera.iter(), instant)
    }

    /// How the certificate of that number stood at `instant`.
    #[must_use]
    pub fn certificate_named(&self, id: &CertificateId, instant: DateTime<Utc>) -> CertificateValidity {
        standing(self.certificates.values().flatten().filter(|certificate| certificate.id == *id), instant)
    }

    /// What the site's sign showed at `instant`, and since when.
    #[must_use]
    pub fn sign_at(&self, site: &SiteId, instant: DateTime<Utc>) -> SignAtCapture {
        let states = self.sign_states.get(site).map(Vec::as_slice).unwrap_or_default();
        // Sorted and apart, so only the last that has begun can cover the instant.
        let begun = states.partition_point(|state| state.from <= instant);
        let Some(position) = begun.checked_sub(1).filter(|position| states[*position].covers(instant)) else {
            return SignAtCapture::Unknown;
        };
        let condition = states[position].condition;
        let unchanged =
            |pair: &&[SignState]| pair[0].to == Some(pair[1].from) && pair[0].condition == condition;
        let before = states[..=position].windows(2).rev().take_while(unchanged).last();
        let since = before.map_or(states[position].from, |pair| pair[0].from);
        SignAtCapture::Known { condition, since }
    }

    /// What is known of the place and instant of `event`.
    ///
    /// # Errors
    /// When its camera is not registered.
    pub fn context_of(&self, event: &CameraEvent) -> Result<CaptureContext, UnregisteredCamera> {
        let unregistered = || UnregisteredCamera(event.camera.clone());
        let camera = self.camera(&event.camera).ok_or_else(unregistered)?;
        let jurisdiction = self.jurisdiction_of(camera).map_err(|_| unregistered())?;
        let site = match self.site(&event.site) {
            Some(site) if camera.sites.contains(&site.id) => SiteOfEvent::OfCamera(site.clone()),
            Some(_) | None => SiteOfEvent::NotOfCamera,
        };
        let at_capture = event.captured_at.instant().map(|instant| StateAtCapture {
            certificate: self.certificate_at(&event.camera, instant),
            distance_certificate: event
                .act
                .section()
                .map(|section| self.certificate_named(&section.distance_certificate, instant)),
            sign: self.sign_at(&event.site, instant),
        });
        Ok(CaptureContext { jurisdiction, site, camera_kind: Some(camera.kind), at_capture })
    }

    fn jurisdiction_of(&self, camera: &Camera) -> Result<Jurisdiction, RegistryError> {
        let mut found = None;
        for id in &camera.sites {
            let site = self
                .sites
                .get(id)
                .ok_or_else(|| RegistryError::UnknownSite { camera: camera.id.clone(), site: id.clone() })?;
            if found.is_some_and(|before| before != site.jurisdiction) {
                return Err(RegistryError::CameraOfTwoCountries(camera.id.clone()));
            }
            found = Some(site.jurisdiction);
        }
        found.ok_or_else(|| RegistryError::CameraWithoutSite(camera.id.clone()))
    }
}

fn check_states_apart(sorted: &[SignState]) -> Result<(), RegistryError> {
    let overlap = sorted.windows(2).find(|pair| pair[0].to.is_none_or(|to| to > pair[1].from));
    overlap.map_or(Ok(()), |pair| {
        Err(RegistryError::SignStatesOverlap { site: pair[1].site.clone(), at: pair[1].from })
    })
}

fn standing<'c>(
    certificates: impl Iterator<Item = &'c CalibrationCertificate>,
    instant: DateTime<Utc>,
) -> CertificateValidity {
    let mut standing = CertificateValidity::Missing;
    for certificate in certificates {
        if certificate.in_force_at(instant) {
            return CertificateValidity::InForce(certificate.clone());
        }
        standing = CertificateValidity::NotInForce;
    }
    standing
}

#[cfg(test)]
mod tests;
