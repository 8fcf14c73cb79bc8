//! Domain to bytes, for senders.

use crate::act::{Section, SentAct, Signal, SignalPhase};
use crate::camera::event::{
    CameraClock, CameraEvent, CapturedAt, FrameContent, FrameReference, FrameRole, OccupantFlags, Origin,
    Vehicle, VendorPlateRead, ZoneBasis,
};
use crate::picture::frame::PixelBox;
use crate::wire::{camera_v1 as proto, timestamp};
use bytes::Bytes;
use prost::Message;

/// The bytes of an event, as a sender signs and publishes them.
///
/// An event that was read from bytes of this version reads the same again, save that of an act that was not
/// understood only the code is left. Signed bytes are never made again from what was read.
#[must_use]
pub fn encode(event: &CameraEvent) -> Vec<u8> {
    let CameraEvent {
        id,
        source,
        camera,
        site,
        lane,
        vendor_sequence,
        captured_at,
        clock,
        received_at,
        origin,
        act,
        vendor_plate,
        vehicle,
        occupants,
        frames,
        adapter_version,
    } = event;
    let SentAct { code, measured, unit, method, limit, limit_source, signal, section } = act.send();
    proto::CameraEvent {
        event_id: id.to_string(),
        source: source.to_string(),
        camera_id: camera.to_string(),
        site_id: site.to_string(),
        lane: lane.unwrap_or(0),
        vendor_sequence: *vendor_sequence,
        captured_at: Some(encode_captured_at(captured_at)),
        clock: clock.as_ref().map(encode_clock),
        received_at: received_at.map(timestamp),
        origin: encode_origin(*origin),
        act: Some(proto::Act { code, measured, unit, method, limit, limit_source }),
        signal: signal.as_ref().map(encode_signal),
        section: section.as_ref().map(encode_section),
        vendor_plate: vendor_plate.as_ref().map(encode_vendor_plate),
        vehicle: vehicle.as_ref().map(encode_vehicle),
        occupants: encode_occupants(occupants),
        frames: frames.iter().map(encode_frame).collect(),
        adapter_version: adapter_version.clone(),
    }
    .encode_to_vec()
}

fn encode_captured_at(captured: &CapturedAt) -> proto::CapturedAt {
    match captured {
        CapturedAt::Known { instant, raw, basis } => {
            let basis = match basis {
                ZoneBasis::Explicit => proto::ZoneBasis::Explicit,
                ZoneBasis::Configured => proto::ZoneBasis::Configured,
            };
            proto::CapturedAt {
                instant: Some(timestamp(*instant)),
                raw: raw.clone(),
                zone_basis: basis.into(),
            }
        }
        CapturedAt::ZoneUnknown { raw } => proto::CapturedAt {
            instant: None,
            raw: raw.clone(),
            zone_basis: proto::ZoneBasis::Unknown.into(),
        },
    }
}

fn encode_clock(clock: &CameraClock) -> proto::Clock {
    let CameraClock { offset_milliseconds, synchronised_at, source } = clock;
    proto::Clock {
        offset_milliseconds: *offset_milliseconds,
        synchronised_at: synchronised_at.map(timestamp),
        source: source.clone(),
    }
}

fn encode_origin(origin: Origin) -> i32 {
    match origin {
        Origin::Live => proto::Origin::Live.into(),
        Origin::Replay => proto::Origin::Replay.into(),
    }
}

fn encode_signal(signal: &Signal) -> proto::Signal {
    let Signal { phase, red_milliseconds, amber_milliseconds } = signal;
    let phase = match phase {
        SignalPhase::Unknown => proto::SignalPhase::Unknown,
        SignalPhase::Green => proto::SignalPhase::Green,
        SignalPhase::Amber => proto::SignalPhase::Amber,
        SignalPhase::Red => proto::SignalPhase::Red,
    };
    proto::Signal {
        phase: phase.into(),
        red_milliseconds: *red_milliseconds,
        amber_milliseconds: *amber_milliseconds,
    }
}

fn encode_section(section: &Section) -> proto::Section {
    let Section { entry, exit, distance_certificate } = section;
    proto::Section {
        entry_event_id: entry.to_string(),
        exit_event_id: exit.to_string(),
        distance_certificate: distance_certificate.to_string(),
    }
}

fn encode_vendor_plate(read: &VendorPlateRead) -> proto::VendorPlateRead {
    let VendorPlateRead { text, confidence, country } = read;
    proto::VendorPlateRead {
        text: text.clone(),
        confidence: confidence.unwrap_or(0.0),
        confidence_scale: if confidence.is_some() { 1.0 } else { 0.0 },
        country: country.clone(),
    }
}

fn encode_vehicle(vehicle: &Vehicle) -> proto::Vehicle {
    let Vehicle { class, colour, make, position } = vehicle;
    proto::Vehicle {
        class: class.clone(),
        colour: colour.clone(),
        make: make.clone(),
        r#box: position.as_ref().map(encode_box),
    }
}

const fn encode_box(position: &PixelBox) -> proto::Box {
    let PixelBox { x, y, width, height } = *position;
    proto::Box { x, y, width, height }
}

fn encode_occupants(occupants: &OccupantFlags) -> Option<proto::OccupantFlags> {
    let OccupantFlags { seat_belt_missing, handheld_phone } = *occupants;
    (seat_belt_missing.is_some() || handheld_phone.is_some()).then_some(proto::OccupantFlags {
        seat_belt_missing_score: seat_belt_missing,
        handheld_phone_score: handheld_phone,
    })
}

fn encode_frame(frame: &FrameReference) -> proto::Frame {
    let FrameReference { role, sha256, media_type, stated_size, taken_at, vehicle, size_bytes, content } =
        frame;
    let (width, height) = stated_size.unwrap_or((0, 0));
    proto::Frame {
        role: encode_role(*role),
        sha256: Bytes::copy_from_slice(sha256.as_bytes()),
        media_type: media_type.clone(),
        width,
        height,
        taken_at: taken_at.map(timestamp),
        r#box: vehicle.as_ref().map(encode_box),
        size: *size_bytes,
        inline: match content {
            FrameContent::Inline(bytes) => bytes.clone(),
            FrameContent::ClaimCheck => Bytes::new(),
        },
    }
}

fn encode_role(role: FrameRole) -> i32 {
    match role {
        FrameRole::First => proto::FrameRole::First,
        FrameRole::Second => proto::FrameRole::Second,
        FrameRole::StopLine => proto::FrameRole::StopLine,
        FrameRole::Junction => proto::FrameRole::Junction,
        FrameRole::Entry => proto::FrameRole::Entry,
        FrameRole::Exit => proto::FrameRole::Exit,
        FrameRole::Context => proto::FrameRole::Context,
    }
    .into()
}
