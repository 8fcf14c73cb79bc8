//! CloudEvents 1.0 in Kafka's binary mode: attributes as record headers, to and from plain name and value pairs.
//!
//! Source: CloudEvents 1.0.2, "Kafka Protocol Binding", section 3.2. The attributes repeat what stands inside the
//! signed bytes, for routers that do not parse them; Rasid believes the bytes and only compares.

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use thiserror::Error;

/// Header of the event's id.
pub const ID_HEADER: &str = "ce_id";
/// Header of who made the id.
pub const SOURCE_HEADER: &str = "ce_source";
/// Header of the message type with its version.
pub const TYPE_HEADER: &str = "ce_type";
/// Header of the version of CloudEvents.
pub const SPEC_VERSION_HEADER: &str = "ce_specversion";
/// Header of when the occurrence happened, RFC 3339; optional.
pub const TIME_HEADER: &str = "ce_time";
/// Header of the media type of the value.
pub const CONTENT_TYPE_HEADER: &str = "content-type";
/// The only version of CloudEvents understood.
pub const SPEC_VERSION: &str = "1.0";

/// The attributes of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudEvent {
    /// `ce_id`.
    pub id: String,
    /// `ce_source`.
    pub source: String,
    /// `ce_type`.
    pub event_type: String,
    /// `ce_specversion`.
    pub spec_version: String,
    /// `ce_time`, if it was sent.
    pub time: Option<EventTime>,
    /// `content-type`.
    pub content_type: String,
}

/// An instant with the resolution in which it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventTime {
    instant: DateTime<Utc>,
    fraction_digits: u16,
}

/// Why headers are no CloudEvents attributes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CloudEventError {
    /// A required header is not there.
    #[error("header '{0}' is missing")]
    Missing(&'static str),
    /// A header stands there twice, so that two readers may believe different things.
    #[error("header '{0}' stands there more than once")]
    Repeated(&'static str),
    /// A header's value is not UTF-8.
    #[error("header '{0}' is not UTF-8")]
    NotText(&'static str),
    /// `ce_time` is not an RFC 3339 time.
    #[error("header 'ce_time' is not an RFC 3339 time")]
    Time,
}

impl EventTime {
    /// The instant in full resolution.
    #[must_use]
    pub const fn exactly(instant: DateTime<Utc>) -> Self {
        Self { instant, fraction_digits: 9 }
    }

    /// Whether `other`, cut to the resolution that was written, is this time.
    #[must_use]
    pub fn is(&self, other: DateTime<Utc>) -> bool {
        self.instant == other.trunc_subsecs(self.fraction_digits)
    }

    fn parse(text: &str) -> Result<Self, CloudEventError> {
        let instant = DateTime::parse_from_rfc3339(text).map_err(|_| CloudEventError::Time)?;
        let fraction = text.split_once('.').map_or("", |(_, rest)| rest);
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        let fraction_digits = u16::try_from(digits.min(9)).map_err(|_| CloudEventError::Time)?;
        Ok(Self { instant: instant.to_utc(), fraction_digits })
    }
}

impl CloudEvent {
    /// Reads the attributes out of a record's headers; other headers are left alone.
    ///
    /// # Errors
    /// When one is missing, repeated or unreadable.
    pub fn from_headers<'a>(
        headers: impl Iterator<Item = (&'a str, &'a [u8])> + Clone,
    ) -> Result<Self, CloudEventError> {
        let required = |name| single(headers.clone(), name)?.ok_or(CloudEventError::Missing(name));
        Ok(Self {
            id: required(ID_HEADER)?.to_owned(),
            source: required(SOURCE_HEADER)?.to_owned(),
            event_type: required(TYPE_HEADER)?.to_owned(),
            spec_version: required(SPEC_VERSION_HEADER)?.to_owned(),
            time: single(headers.clone(), TIME_HEADER)?.map(EventTime::parse).transpose()?,
            content_type: required(CONTENT_TYPE_HEADER)?.to_owned(),
        })
    }

    /// The headers of a record to be sent.
    #[must_use]
    pub fn into_headers(self) -> Vec<(&'static str, String)> {
        let Self { id, source, event_type, spec_version, time, content_type } = self;
        let mut headers = vec![
            (ID_HEADER, id),
            (SOURCE_HEADER, source),
            (TYPE_HEADER, event_type),
            (SPEC_VERSION_HEADER, spec_version),
            (CONTENT_TYPE_HEADER, content_type),
        ];
        if let Some(time) = time {
            headers.push((TIME_HEADER, time.instant.to_rfc3339_opts(SecondsFormat::Nanos, true)));
        }
        headers
    }
}

fn single<'a>(
    headers: impl Iterator<Item = (&'a str, &'a [u8])>,
    name: &'static str,
) -> Result<Option<&'a str>, CloudEventError> {
    let mut found = headers.filter(|(header, _)| *header == name).map(|(_, value)| value);
    let first = found.next();
    if found.next().is_some() {
        return Err(CloudEventError::Repeated(name));
    }
    first.map(|value| std::str::from_utf8(value).map_err(|_| CloudEventError::NotText(name))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes() -> CloudEvent {
        CloudEvent {
            id: "e1".into(),
            source: "//network/a".into(),
            event_type: super::super::CAMERA_EVENT_TYPE.into(),
            spec_version: SPEC_VERSION.into(),
            time: DateTime::from_timestamp(1_800_000_000, 123_456_789).map(EventTime::exactly),
            content_type: super::super::CONTENT_TYPE.into(),
        }
    }

    fn read(headers: &[(&str, String)]) -> Result<CloudEvent, CloudEventError> {
        CloudEvent::from_headers(headers.iter().map(|(name, value)| (*name, value.as_bytes())))
    }

    #[test]
    fn attributes_read_back_from_their_own_headers() {
        assert_eq!(read(&attributes().into_headers()), Ok(attributes()));
    }

    #[test]
    fn a_missing_or_repeated_header_is_refused_by_name() {
        let mut headers = attributes().into_headers();
        headers.push((ID_HEADER, "e2".into()));
        assert_eq!(read(&headers), Err(CloudEventError::Repeated(ID_HEADER)));
        headers.retain(|(name, _)| *name != ID_HEADER);
        assert_eq!(read(&headers), Err(CloudEventError::Missing(ID_HEADER)));
    }

    #[test]
    fn a_time_is_compared_in_the_resolution_it_was_written_in() {
        let Some(exact) = DateTime::from_timestamp(1_800_000_000, 123_456_789) else { panic!("instant") };
        for text in
            ["2027-01-15T08:00:00Z", "2027-01-15T10:00:00.123+02:00", "2027-01-15T08:00:00.123456789Z"]
        {
            assert_eq!(EventTime::parse(text).map(|time| time.is(exact)), Ok(true), "{text}");
        }
        for text in ["2027-01-15T08:00:01Z", "2027-01-15T08:00:00.124Z", "2027-01-15T08:00:00.000Z"] {
            assert_eq!(EventTime::parse(text).map(|time| time.is(exact)), Ok(false), "{text}");
        }
        assert_eq!(EventTime::parse("yesterday"), Err(CloudEventError::Time));
    }
}
