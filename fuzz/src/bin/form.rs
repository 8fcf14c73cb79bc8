//! Any bytes as the body of a citizen's form: read to its end or refused, never a panic, and what was entered becomes an
//! objection or problems.
//!
//! `.ci/fuzz form 600` builds it and lets it run so many seconds.
#![no_main]

use adjudicate::foundation::db::{PoolPurpose, connect_later};
use adjudicate::foundation::evidence::{EvidenceFileError, EvidenceFiles};
use adjudicate::foundation::service_metrics::ServiceMetrics;
use async_trait::async_trait;
use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header;
use bytes::Bytes;
use chrono::NaiveDate;
use ingest::config::DocumentsConfig;
use ingest::documents::DocumentStore;
use libfuzzer_sys::fuzz_target;
use prometheus::Registry;
use rasid::config::Config;
use rasid::files::StoredDocuments;
use rasid::service::UploadedPictures;
use rules::policy::Policies;
use schemas::clock::{Clock, SystemClock};
use schemas::evidence::Sha256Digest;
use schemas::plate::PlateNumber;
use schemas::reference::ViolationReference;
use schemas::text::Language;
use std::sync::{Arc, OnceLock};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use web::budget::Budgets;
use web::metrics::HttpMetrics;
use web::pages::objecting::form::{FormOf, ReadForm, read_form};
use web::uploads::draft::{FormKind, FormSubject};
use web::uploads::memory::UploadMemory;
use web::{PictureSlots, ServiceState};

const PLATE: &str = "SA-123-TNJ";
/// Nobody answers there; reading a form asks nobody. Little is staged, so that the quota is met too.
const OVERRIDES: &str = "[database]\nurl = \"postgres://nobody@127.0.0.1:1/none\"\n[http]\nuploads_bytes_max = 100000\n\
                         upload_bytes_max = 50000\n";
const BOUNDARY: &str = "b";
/// Reading a form keeps no document.
const DOCUMENT_BYTES_MAX: u64 = 1_000_000;

#[derive(Debug)]
struct NoFiles;

#[async_trait]
impl EvidenceFiles for NoFiles {
    async fn read(&self, digest: Sha256Digest) -> Result<Bytes, EvidenceFileError> {
        Err(EvidenceFileError::Missing(digest))
    }
}

struct Desk {
    runtime: Runtime,
    state: ServiceState,
    plate: PlateNumber,
    violation: ViolationReference,
    subject: FormSubject,
    _staging: TempDir,
}

fn desk() -> &'static Desk {
    static DESK: OnceLock<Desk> = OnceLock::new();
    DESK.get_or_init(|| {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let _inside = runtime.enter();
        let config = Config::from_defaults_and(OVERRIDES).expect("a configuration");
        let staging = tempfile::tempdir().expect("a folder");
        let registry = Registry::new();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let documents = DocumentsConfig { directory: None, bytes_max: DOCUMENT_BYTES_MAX };
        let documents = DocumentStore::open(&documents, staging.path(), &registry).expect("a store");
        let metrics = HttpMetrics::register(&registry).expect("metrics");
        let upload_memory = UploadMemory::new(config.http.upload_memory_bytes_max, metrics.upload_memory());
        let state = ServiceState {
            database: connect_later(&config.database, PoolPurpose::Http).expect("a pool"),
            uploads: config.http.uploads(staging.path(), clock.clone()),
            clock,
            evidence: Arc::new(NoFiles),
            documents: Arc::new(StoredDocuments(documents)),
            whole_pictures: Arc::new(UploadedPictures::of(&config.http)),
            budgets: Arc::new(Budgets::of(&config.http, metrics.clone())),
            metrics,
            policies: Arc::new(Policies::compiled_in().expect("policies")),
            review: config.review,
            service_metrics: ServiceMetrics::register(&registry).expect("metrics"),
            picture_slots: PictureSlots::new(1, 1),
            upload_memory,
            config: Arc::new(config.http),
        };
        Desk {
            state,
            plate: PlateNumber::parse_key(PLATE).expect("a plate"),
            violation: ViolationReference::generate(),
            subject: FormSubject::new(FormKind::Objection, "V-1"),
            runtime,
            _staging: staging,
        }
    })
}

async fn read(desk: &Desk, body: Vec<u8>) {
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let request = Request::post("/").header(header::CONTENT_TYPE, content_type).body(Body::from(body));
    let parts =
        Multipart::from_request(request.expect("a request"), &()).await.expect("a form of several parts");
    let form = FormOf { subject: &desk.subject, signed_in: Some(PLATE) };
    let Ok(ReadForm { input, .. }) = read_form(&desk.state, form, parts).await else { return };
    let today = NaiveDate::from_ymd_opt(2026, 11, 29).expect("a day");
    let _ = input.parse(Language::Arabic, &desk.violation, &desk.plate, today);
}

fuzz_target!(|bytes: &[u8]| {
    let desk = desk();
    // Whole as it is sent, and within a first field that is sound.
    let framed = [
        b"--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n",
        bytes,
        b"\r\n--b--\r\n",
    ];
    for body in [bytes.to_vec(), framed.concat()] {
        desk.runtime.block_on(read(desk, body));
    }
});
