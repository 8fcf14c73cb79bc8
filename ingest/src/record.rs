//! Records as Kafka carries them, without Kafka's own types.

use crate::consumer::in_flight::Credit;
use bytes::Bytes;
use chrono::{DateTime, Utc};

/// A record's header. Names may repeat; Kafka allows a header without a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordHeader {
    /// Name.
    pub name: String,
    /// Value.
    pub value: Option<Bytes>,
}

impl RecordHeader {
    /// A header with a text.
    #[must_use]
    pub fn text(name: &str, value: impl Into<String>) -> Self {
        Self { name: name.to_owned(), value: Some(Bytes::from(value.into())) }
    }
}

/// A record as it was received. Its memory counts against the limits of the consumer until it is dropped.
#[derive(Debug)]
pub struct RawRecord {
    /// Key, if it has one.
    pub key: Option<Bytes>,
    /// Value; empty when Kafka has none.
    pub value: Bytes,
    /// Headers in their order.
    pub headers: Vec<RecordHeader>,
    /// When the broker appended it to the log: the time of receipt, by which the age of a capture and the validity of keys
    /// are judged.
    pub received_at: DateTime<Utc>,
    /// What it holds of the consumer's limits.
    pub credit: Credit,
}

impl RawRecord {
    /// Names and values of the headers that have a value.
    pub fn header_values(&self) -> impl Iterator<Item = (&str, &[u8])> + Clone {
        self.headers.iter().filter_map(|header| Some((header.name.as_str(), header.value.as_deref()?)))
    }

    /// Text of the first header of that name; `None` if there is none or it is not UTF-8.
    #[must_use]
    pub fn header_text(&self, name: &str) -> Option<String> {
        let value = self.header_values().find(|(found, _)| *found == name)?.1;
        std::str::from_utf8(value).ok().map(str::to_owned)
    }

    /// Bytes of key, value and headers.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let headers: usize = self
            .headers
            .iter()
            .map(|header| header.name.len() + header.value.as_ref().map_or(0, Bytes::len))
            .sum();
        self.key.as_ref().map_or(0, Bytes::len) + self.value.len() + headers
    }
}

/// A record to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingRecord {
    /// Key; records of one key stay in order.
    pub key: Option<Bytes>,
    /// Value.
    pub value: Bytes,
    /// Headers in their order.
    pub headers: Vec<RecordHeader>,
}
