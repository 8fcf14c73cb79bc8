//! What can be set about the two ports; every key and its default stands in `deploy/config.default.toml`.

use crate::hosts::PublicHost;
use crate::staging::Staging;
use adjudicate::access::session::SessionLimits;
use chrono::TimeDelta;
use schemas::attachment::ATTACHMENT_BYTES_MAX;
use schemas::clock::Clock;
use schemas::text::Language;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// The port of citizens and reviewers: section `[http]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Whether browsers reach this port over https, directly or through a proxy: cookies are then `__Host-` ones.
    pub behind_https: bool,
    /// Names under which the port is asked; none for any.
    pub public_hosts: Vec<PublicHost>,
    /// Connections served at the same time; more wait to be accepted.
    pub connections_max: usize,
    /// Of these, such as are kept for staff who signed in.
    pub staff_places: usize,
    /// Time in which a request's head must have arrived.
    pub header_read_timeout_milliseconds: u64,
    /// Time in which a request must be answered, its body included.
    pub request_timeout_milliseconds: u64,
    /// Time that requests at work have left at shutdown.
    pub drain_timeout_milliseconds: u64,
    /// Time in which a client must take what it is sent, seconds.
    pub write_stall_seconds: u64,
    /// Longest life of a connection, seconds.
    pub connection_seconds_max: u64,
    /// Largest body of a request without files.
    pub body_bytes_max: usize,
    /// Largest body of a request with files, all of them together.
    pub upload_bytes_max: usize,
    /// Most bytes of uploaded files in memory at the same time; more wait on the disk.
    pub upload_memory_bytes_max: u32,
    /// Folder of files whose form is not filed yet; `uploads` in the folder of the evidence store if none is set.
    #[serde(default)]
    pub uploads_directory: Option<PathBuf>,
    /// Most bytes of all files whose form is not filed yet.
    pub uploads_bytes_max: u64,
    /// How long such a file is kept.
    pub uploads_keep_minutes: u32,
    /// Items of one page of a list when the caller names no number.
    pub page_items_default: u32,
    /// Most items of one page of a list.
    pub page_items_max: u32,
    /// A browser's session ends after so long without a request.
    pub session_idle_minutes: u64,
    /// A browser's session ends after so long in any case.
    pub session_absolute_minutes: u64,
    /// How long the first answer to an Idempotency-Key is kept.
    pub idempotency_keep_hours: u32,
    /// How long a call with an Idempotency-Key may be at work before a repeated one takes over.
    pub idempotency_lease_seconds: u32,
    /// Most pixels of a stored picture that is decoded for a page; more is refused.
    pub picture_pixels_max: u64,
    /// Pictures decoded at the same time for citizens; reviewers have places of their own.
    pub picture_decodes_max: usize,
    /// Requests of one peer in a minute.
    pub peer_requests_per_minute: NonZeroU32,
    /// Questions about one plate in a minute, over all callers.
    pub plate_requests_per_minute: NonZeroU32,
    /// Questions about one reference in a minute, over all callers.
    pub reference_requests_per_minute: NonZeroU32,
    /// Proxies whose word on whom they speak for counts.
    pub trusted_proxies: Vec<IpAddr>,
    /// Notice at the top of every page, Arabic; empty for none.
    pub notice_arabic: String,
    /// Notice at the top of every page, English; empty for none.
    pub notice_english: String,
}

/// The port of operators: section `[admin]`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminConfig {
    /// Where `rasid serve` listens for metrics and health.
    pub listen: SocketAddr,
    /// Where `rasid run` does.
    pub stream_listen: SocketAddr,
    /// Time in which the database must answer for the process to be ready.
    pub readiness_timeout_milliseconds: u64,
}

/// A value that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HttpConfigError {
    /// A number that must not be 0 is.
    #[error("{0} must be at least 1")]
    Zero(&'static str),
    /// The default of a page is above its limit.
    #[error("http.page_items_default must not be above http.page_items_max")]
    Page,
    /// A session would end absolutely before it ends idly.
    #[error("http.session_idle_minutes must not be above http.session_absolute_minutes")]
    Session,
    /// A notice in one language only.
    #[error("http.notice_arabic and http.notice_english must both be set or both be empty")]
    Notice,
    /// Nothing would be left for citizens.
    #[error("http.staff_places must be below http.connections_max")]
    StaffPlaces,
    /// No file would ever fit.
    #[error("http.upload_memory_bytes_max must be at least {ATTACHMENT_BYTES_MAX}, the bytes of one file")]
    UploadMemory,
    /// A call would be taken over while it may still be at work.
    #[error("http.idempotency_lease_seconds must be longer than http.request_timeout_milliseconds")]
    IdempotencyLease,
}

impl HttpConfig {
    /// Checks the rules between the values.
    ///
    /// # Errors
    /// Names the key and its rule.
    pub fn validate(&self) -> Result<(), HttpConfigError> {
        let counts = [
            ("http.connections_max", self.connections_max as u64),
            ("http.header_read_timeout_milliseconds", self.header_read_timeout_milliseconds),
            ("http.request_timeout_milliseconds", self.request_timeout_milliseconds),
            ("http.body_bytes_max", self.body_bytes_max as u64),
            ("http.upload_bytes_max", self.upload_bytes_max as u64),
            ("http.uploads_bytes_max", self.uploads_bytes_max),
            ("http.uploads_keep_minutes", u64::from(self.uploads_keep_minutes)),
            ("http.page_items_default", u64::from(self.page_items_default)),
            ("http.session_idle_minutes", self.session_idle_minutes),
            ("http.idempotency_keep_hours", u64::from(self.idempotency_keep_hours)),
            ("http.picture_pixels_max", self.picture_pixels_max),
            ("http.write_stall_seconds", self.write_stall_seconds),
            ("http.connection_seconds_max", self.connection_seconds_max),
            ("http.picture_decodes_max", self.picture_decodes_max as u64),
        ];
        if let Some((key, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return Err(HttpConfigError::Zero(key));
        }
        if self.staff_places >= self.connections_max {
            return Err(HttpConfigError::StaffPlaces);
        }
        if u64::from(self.upload_memory_bytes_max) < ATTACHMENT_BYTES_MAX {
            return Err(HttpConfigError::UploadMemory);
        }
        if self.page_items_default > self.page_items_max {
            return Err(HttpConfigError::Page);
        }
        if self.session_idle_minutes > self.session_absolute_minutes {
            return Err(HttpConfigError::Session);
        }
        if self.notice_arabic.is_empty() != self.notice_english.is_empty() {
            return Err(HttpConfigError::Notice);
        }
        if u64::from(self.idempotency_lease_seconds) * 1_000 <= self.request_timeout_milliseconds {
            return Err(HttpConfigError::IdempotencyLease);
        }
        Ok(())
    }

    /// The store of files whose form is not filed yet, in `evidence` unless a folder is set.
    #[must_use]
    pub fn uploads(&self, evidence: &Path, clock: Arc<dyn Clock>) -> Staging {
        let directory = self.uploads_directory.clone().unwrap_or_else(|| evidence.join("uploads"));
        let keep = TimeDelta::minutes(i64::from(self.uploads_keep_minutes));
        Staging::new(directory, self.uploads_bytes_max, keep, clock)
    }

    /// Whether browsers reach this port while any name is taken for it.
    #[must_use]
    pub fn takes_any_host(&self) -> bool {
        self.public_hosts.is_empty() && (self.behind_https || !self.listen.ip().is_loopback())
    }

    /// How long browsers stay signed in.
    #[must_use]
    pub const fn session_limits(&self) -> SessionLimits {
        SessionLimits {
            idle: Duration::from_secs(self.session_idle_minutes * 60),
            absolute: Duration::from_secs(self.session_absolute_minutes * 60),
        }
    }

    /// The notice in one language, if there is one.
    #[must_use]
    pub fn notice_in(&self, language: Language) -> Option<&str> {
        let text = match language {
            Language::Arabic => &self.notice_arabic,
            Language::English => &self.notice_english,
        };
        (!text.is_empty()).then_some(text.as_str())
    }
}
