//! Bytes to domain, every rule checked.

use super::rules::{CameraEventError, MEDIA_TYPES, TEXT_CHARACTERS_MAX};
use crate::act::{Section, SentAct, Signal, SignalPhase};
use crate::camera::event::{
    CameraClock, CameraEvent, CapturedAt, FRAMES_MAX, FrameContent, FrameReference, FrameRole,
    INLINE_FRAME_BYTES_MAX, OccupantFlags, Origin, Vehicle, VendorPlateRead, ZoneBasis,
};
use crate::evidence::Sha256Digest;
use crate::ids::{CameraId, CertificateId, EventId, EventSource, IdError, SiteId};
use crate::offence::Act;
use crate::picture::frame::PixelBox;
use crate::wire::camera_v1 as proto;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use prost::Message;

/// Full confidence in the scales of vendors that are known.
const CONFIDENCE_SCALES: [f64; 3] = [1.0, 100.0, 255.0];

/// Reads an event. Inline frames are slices of `bytes`, not copies.
///
/// # Errors
/// When the bytes are no such message or a field breaks its rule.
pub fn parse(bytes: Bytes) -> Result<CameraEvent, CameraEventError> {
    let proto::CameraEvent {
        event_id,
        source,
        camera_id,
        site_id,
        lane,
        vendor_sequence,
        captured_at,
        clock,
        received_at,
        origin,
        act,
        signal,
        section,
        vendor_plate,
        vehicle,
        occupants,
        frames,
        adapter_version,
    } = proto::CameraEvent::decode(bytes)?;
    Ok(CameraEvent {
        id: id("event_id", EventId::parse(event_id))?,
        source: id("source", EventSource::parse(source))?,
        camera: id("camera_id", CameraId::parse(camera_id))?,
        site: id("site_id", SiteId::parse(site_id))?,
        lane: (lane != 0).then_some(lane),
        vendor_sequence,
        captured_at: parse_captured_at(captured_at.ok_or(missing("captured_at"))?)?,
        clock: clock.map(parse_clock).transpose()?,
        received_at: received_at.map(|at| instant("received_at", &at)).transpose()?,
        origin: parse_origin(origin)?,
        act: parse_act(act.ok_or(missing("act"))?, signal, section)?,
        vendor_plate: vendor_plate.map(parse_vendor_plate).transpose()?,
        vehicle: vehicle.map(parse_vehicle).transpose()?,
        occupants: occupants.map(parse_occupants).transpose()?.unwrap_or_default(),
        frames: parse_frames(frames)?,
        adapter_version: text("adapter_version", adapter_version)?,
    })
}

const fn missing(field: &'static str) -> CameraEventError {
    CameraEventError::Missing { field }
}

const fn rule(field: &'static str, rule: &'static str) -> CameraEventError {
    CameraEventError::Rule { field, rule }
}

fn id<T>(field: &'static str, parsed: Result<T, IdError>) -> Result<T, CameraEventError> {
    parsed.map_err(|source| CameraEventError::Id { field, source })
}

/// A free text: bounded, and without control characters, which neither a log line nor a database text may hold.
fn text(field: &'static str, text: String) -> Result<String, CameraEventError> {
    if text.chars().count() > TEXT_CHARACTERS_MAX {
        return Err(rule(field, "is longer than 256 characters"));
    }
    if text.chars().any(char::is_control) {
        return Err(rule(field, "holds a control character"));
    }
    Ok(text)
}

fn instant(field: &'static str, at: &prost_types::Timestamp) -> Result<DateTime<Utc>, CameraEventError> {
    let nanoseconds = u32::try_from(at.nanos).ok().filter(|nanoseconds| *nanoseconds < 1_000_000_000);
    nanoseconds
        .and_then(|nanoseconds| DateTime::from_timestamp(at.seconds, nanoseconds))
        .ok_or(rule(field, "is not an instant"))
}

fn parse_captured_at(captured: proto::CapturedAt) -> Result<CapturedAt, CameraEventError> {
    let proto::CapturedAt { instant: at, raw, zone_basis } = captured;
    let raw = text("captured_at.raw", raw)?;
    let basis = match proto::ZoneBasis::try_from(zone_basis) {
        Ok(proto::ZoneBasis::Explicit) => ZoneBasis::Explicit,
        Ok(proto::ZoneBasis::Configured) => ZoneBasis::Configured,
        // A basis that a later sender may have invented says nothing to this reader.
        Ok(proto::ZoneBasis::Unknown) | Err(_) if raw.is_empty() => {
            return Err(rule("captured_at", "has neither a known zone nor the vendor's text"));
        }
        Ok(proto::ZoneBasis::Unknown) | Err(_) => return Ok(CapturedAt::ZoneUnknown { raw }),
    };
    let at = at.ok_or(missing("captured_at.instant"))?;
    Ok(CapturedAt::Known { instant: instant("captured_at.instant", &at)?, raw, basis })
}

fn parse_clock(clock: proto::Clock) -> Result<CameraClock, CameraEventError> {
    let proto::Clock { offset_milliseconds, synchronised_at, source } = clock;
    Ok(CameraClock {
        offset_milliseconds,
        synchronised_at: synchronised_at.map(|at| instant("clock.synchronised_at", &at)).transpose()?,
        source: text("clock.source", source)?,
    })
}

fn parse_origin(origin: i32) -> Result<Origin, CameraEventError> {
    match proto::Origin::try_from(origin) {
        Ok(proto::Origin::Live) => Ok(Origin::Live),
        Ok(proto::Origin::Replay) => Ok(Origin::Replay),
        Ok(proto::Origin::Unspecified) | Err(_) => {
            Err(rule("origin", "must be ORIGIN_LIVE or ORIGIN_REPLAY"))
        }
    }
}

fn parse_act(
    act: proto::Act,
    signal: Option<proto::Signal>,
    section: Option<proto::Section>,
) -> Result<Act, CameraEventError> {
    let proto::Act { code, measured, unit, method, limit, limit_source } = act;
    let code = text("act.code", code)?;
    if code.is_empty() {
        return Err(missing("act.code"));
    }
    Ok(Act::read(SentAct {
        code,
        measured,
        unit,
        method: text("act.method", method)?,
        limit,
        limit_source: text("act.limit_source", limit_source)?,
        signal: signal.map(parse_signal),
        section: section.map(parse_section).transpose()?,
    }))
}

fn parse_signal(signal: proto::Signal) -> Signal {
    let proto::Signal { phase, red_milliseconds, amber_milliseconds } = signal;
    let phase = match proto::SignalPhase::try_from(phase) {
        Ok(proto::SignalPhase::Green) => SignalPhase::Green,
        Ok(proto::SignalPhase::Amber) => SignalPhase::Amber,
        Ok(proto::SignalPhase::Red) => SignalPhase::Red,
        Ok(proto::SignalPhase::Unknown) | Err(_) => SignalPhase::Unknown,
    };
    Signal { phase, red_milliseconds, amber_milliseconds }
}

fn parse_section(section: proto::Section) -> Result<Section, CameraEventError> {
    let proto::Section { entry_event_id, exit_event_id, distance_certificate } = section;
    Ok(Section {
        entry: id("section.entry_event_id", EventId::parse(entry_event_id))?,
        exit: id("section.exit_event_id", EventId::parse(exit_event_id))?,
        distance_certificate: id("section.distance_certificate", CertificateId::parse(distance_certificate))?,
    })
}

fn parse_vendor_plate(read: proto::VendorPlateRead) -> Result<VendorPlateRead, CameraEventError> {
    let proto::VendorPlateRead { text: plate, confidence, confidence_scale, country } = read;
    let known_scale = CONFIDENCE_SCALES.into_iter().find(|scale| *scale == confidence_scale);
    let in_scale = |scale: f64| (0.0..=scale).contains(&confidence).then_some(confidence / scale);
    Ok(VendorPlateRead {
        text: text("vendor_plate.text", plate)?,
        confidence: known_scale.and_then(in_scale),
        country: text("vendor_plate.country", country)?,
    })
}

fn parse_vehicle(vehicle: proto::Vehicle) -> Result<Vehicle, CameraEventError> {
    let proto::Vehicle { class, colour, make, r#box: position } = vehicle;
    Ok(Vehicle {
        class: text("vehicle.class", class)?,
        colour: text("vehicle.colour", colour)?,
        make: text("vehicle.make", make)?,
        position: position.map(|position| pixel_box("vehicle.box", &position)).transpose()?,
    })
}

fn pixel_box(field: &'static str, given: &proto::Box) -> Result<PixelBox, CameraEventError> {
    let proto::Box { x, y, width, height } = *given;
    let ends = x.checked_add(width).and(y.checked_add(height));
    if width == 0 || height == 0 || ends.is_none() {
        return Err(rule(field, "is not a rectangle of at least one pixel"));
    }
    Ok(PixelBox { x, y, width, height })
}

fn parse_occupants(occupants: proto::OccupantFlags) -> Result<OccupantFlags, CameraEventError> {
    let proto::OccupantFlags { seat_belt_missing_score, handheld_phone_score } = occupants;
    let score = |field, score: Option<f64>| match score {
        Some(score) if !(0.0..=1.0).contains(&score) => Err(rule(field, "must be from 0 to 1")),
        Some(_) | None => Ok(score),
    };
    Ok(OccupantFlags {
        seat_belt_missing: score("occupants.seat_belt_missing_score", seat_belt_missing_score)?,
        handheld_phone: score("occupants.handheld_phone_score", handheld_phone_score)?,
    })
}

fn parse_frames(frames: Vec<proto::Frame>) -> Result<Vec<FrameReference>, CameraEventError> {
    if frames.is_empty() || frames.len() > FRAMES_MAX {
        return Err(rule("frames", "must be 1 to 16"));
    }
    let inline: usize = frames.iter().map(|frame| frame.inline.len()).sum();
    if inline > INLINE_FRAME_BYTES_MAX {
        return Err(rule("frames", "have more than 900000 bytes inline; send larger ones as a claim check"));
    }
    frames.into_iter().map(parse_frame).collect()
}

fn parse_frame(frame: proto::Frame) -> Result<FrameReference, CameraEventError> {
    let proto::Frame { role, sha256, media_type, width, height, taken_at, r#box: vehicle, size, inline } =
        frame;
    let known_type = MEDIA_TYPES.contains(&media_type.as_str());
    if !known_type {
        return Err(rule("frames.media_type", "must be image/jpeg or image/png"));
    }
    if (width == 0) != (height == 0) {
        return Err(rule("frames.width", "and height must both be stated or both be 0"));
    }
    if size == 0 {
        return Err(rule("frames.size", "must be the number of bytes, got 0"));
    }
    Ok(FrameReference {
        role: parse_role(role)?,
        sha256: Sha256Digest::from_bytes(&sha256).map_err(|_| rule("frames.sha256", "must be 32 bytes"))?,
        media_type,
        stated_size: (width != 0).then_some((width, height)),
        taken_at: taken_at.map(|at| instant("frames.taken_at", &at)).transpose()?,
        vehicle: vehicle.map(|vehicle| pixel_box("frames.box", &vehicle)).transpose()?,
        size_bytes: size,
        content: if inline.is_empty() { FrameContent::ClaimCheck } else { FrameContent::Inline(inline) },
    })
}

fn parse_role(role: i32) -> Result<FrameRole, CameraEventError> {
    match proto::FrameRole::try_from(role) {
        Ok(proto::FrameRole::First) => Ok(FrameRole::First),
        Ok(proto::FrameRole::Second) => Ok(FrameRole::Second),
        Ok(proto::FrameRole::StopLine) => Ok(FrameRole::StopLine),
        Ok(proto::FrameRole::Junction) => Ok(FrameRole::Junction),
        Ok(proto::FrameRole::Entry) => Ok(FrameRole::Entry),
        Ok(proto::FrameRole::Exit) => Ok(FrameRole::Exit),
        Ok(proto::FrameRole::Context) => Ok(FrameRole::Context),
        Ok(proto::FrameRole::Unspecified) | Err(_) => {
            Err(rule("frames.role", "is not one of the known roles"))
        }
    }
}
