//! `registry.toml`: the places, cameras, certificates and signs of a demo folder.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use rules::registry::{
    CalibrationCertificate, Camera, CameraKind, RegistryRows, SignCondition, SignState, Site,
};
use rust_decimal::Decimal;
use schemas::camera_event::SpeedKmh;
use schemas::ids::{CameraId, CertificateId, EventSource, SiteId};
use schemas::text::BilingualText;
use serde::Deserialize;
use std::path::Path;

/// Name of the file in its folder.
pub const REGISTER_FILE: &str = "registry.toml";

/// The file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    site: Vec<SiteLine>,
    camera: Vec<CameraLine>,
    #[serde(default)]
    sign_state: Vec<SignLine>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteLine {
    id: String,
    jurisdiction: String,
    name_arabic: String,
    name_english: String,
    limit_kmh: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CameraLine {
    id: String,
    sites: Vec<String>,
    kind: String,
    source: String,
    instrument: String,
    certificate: CertificateLine,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CertificateLine {
    id: String,
    type_approval: String,
    valid_from_days: i64,
    valid_to_days: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignLine {
    site: String,
    from: toml::value::Datetime,
    to: Option<toml::value::Datetime>,
    condition: String,
    limit_kmh: Option<u32>,
}

impl Register {
    /// Reads the file of `folder`.
    ///
    /// # Errors
    /// When it is missing or broken.
    pub fn load(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(REGISTER_FILE);
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        Self::parse(&text).with_context(|| format!("{} cannot be used", path.display()))
    }

    /// Reads the text of such a file.
    ///
    /// # Errors
    /// When it is broken.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        Ok(toml::from_str(text)?)
    }

    /// The cameras' ids.
    ///
    /// # Errors
    /// When one is no id.
    pub fn cameras(&self) -> anyhow::Result<Vec<CameraId>> {
        Ok(self.camera.iter().map(|camera| CameraId::parse(&*camera.id)).collect::<Result<_, _>>()?)
    }

    /// Who makes the ids of a camera's events.
    #[must_use]
    pub fn source_of(&self, camera: &CameraId) -> Option<EventSource> {
        let line = self.camera.iter().find(|line| line.id == camera.as_str())?;
        EventSource::parse(&*line.source).ok()
    }

    /// The rows, with days counted from `now`.
    ///
    /// # Errors
    /// When a value breaks its rule.
    pub fn rows(&self, now: DateTime<Utc>) -> anyhow::Result<RegistryRows> {
        Ok(RegistryRows {
            sites: self.site.iter().map(site).collect::<Result<_, _>>()?,
            cameras: self.camera.iter().map(camera).collect::<Result<_, _>>()?,
            certificates: self.camera.iter().map(|line| certificate(line, now)).collect::<Result<_, _>>()?,
            sign_states: self.sign_state.iter().map(sign_state).collect::<Result<_, _>>()?,
        })
    }
}

fn site(line: &SiteLine) -> anyhow::Result<Site> {
    Ok(Site {
        id: SiteId::parse(&*line.id)?,
        jurisdiction: line.jurisdiction.parse()?,
        name: BilingualText { arabic: line.name_arabic.clone(), english: line.name_english.clone() },
        limit: speed(line.limit_kmh)?,
    })
}

fn camera(line: &CameraLine) -> anyhow::Result<Camera> {
    Ok(Camera {
        id: CameraId::parse(&*line.id)?,
        sites: line.sites.iter().map(|site| SiteId::parse(&**site)).collect::<Result<_, _>>()?,
        kind: CameraKind::from_label(&line.kind)
            .with_context(|| format!("camera '{}': '{}' is no kind of camera", line.id, line.kind))?,
        instrument: line.instrument.clone(),
    })
}

fn certificate(line: &CameraLine, now: DateTime<Utc>) -> anyhow::Result<CalibrationCertificate> {
    let CertificateLine { id, type_approval, valid_from_days, valid_to_days } = &line.certificate;
    Ok(CalibrationCertificate {
        id: CertificateId::parse(&**id)?,
        camera: CameraId::parse(&*line.id)?,
        type_approval: type_approval.clone(),
        valid_from: now + TimeDelta::days(*valid_from_days),
        valid_to: now + TimeDelta::days(*valid_to_days),
    })
}

fn sign_state(line: &SignLine) -> anyhow::Result<SignState> {
    let limit = speed(line.limit_kmh)?;
    Ok(SignState {
        site: SiteId::parse(&*line.site)?,
        from: instant(line.from)?,
        to: line.to.map(instant).transpose()?,
        condition: SignCondition::from_parts(&line.condition, limit)
            .with_context(|| format!("site '{}': '{}' is no state of a sign", line.site, line.condition))?,
    })
}

/// TOML has instants of its own kind.
fn instant(written: toml::value::Datetime) -> anyhow::Result<DateTime<Utc>> {
    written.to_string().parse().with_context(|| format!("'{written}' is no instant with a zone"))
}

fn speed(kmh: Option<u32>) -> anyhow::Result<Option<SpeedKmh>> {
    Ok(kmh.map(|kmh| SpeedKmh::new(Decimal::from(kmh))).transpose()?)
}
