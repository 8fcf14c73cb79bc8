//! Faults of the configuration alone, of folders, disks, certificates, models and libraries.

use super::{Installation, only_faults, roomy, the};
use rasid::doctor::{Check, DiskRoom, Verdict, examine};
use schemas::clock::FixedClock;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// Made with `openssl req -x509`; holds from 2026-11-29 to 2028-01-01.
const CERTIFICATE: &str = "src/tests/doctor/until-2028.pem";

fn open(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn every_key_that_is_unknown_or_out_of_range_is_told_and_the_rest_is_checked() {
    let mut installation = Installation::clean().await;
    installation.set("kafka", "broker", "x");
    installation.set("kafka", "session_timeout_milliseconds", 1);
    installation.set("http", "page_items_max", 0);
    let report = installation.report().await;
    let told: Vec<String> =
        only_faults(&report, Check::ConfigKeys).into_iter().map(|fault| fault.found).collect();
    for key in
        ["unknown key kafka.broker", "kafka.session_timeout_milliseconds must be", "http.page_items_default"]
    {
        assert!(told.iter().any(|one| one.contains(key)), "{key}: {told:#?}");
    }
    the(&report, Check::TopicsAppendTime, Verdict::Good);
    installation.remove().await;
}

#[tokio::test]
async fn a_file_that_is_no_configuration_leaves_nothing_to_check_and_says_so_of_each() {
    let installation = Installation::clean().await;
    let examination = installation.examination();
    fs::write(&examination.file, "[kafka\n").unwrap();
    let report = examine(&examination).await;
    only_faults(&report, Check::ConfigKeys);
    for check in [Check::KafkaReachable, Check::DatabaseSchema, Check::EvidenceFolder, Check::AccessPeople] {
        assert_eq!(the(&report, check, Verdict::NotChecked).found, "the configuration cannot be read");
    }
    installation.remove().await;
}

#[tokio::test]
async fn ports_that_are_open_to_all_are_faults() {
    let mut installation = Installation::clean().await;
    installation.set("http", "listen", "[::]:8080");
    installation.only_faults(Check::HttpExposed).await;
    installation.set("http", "behind_https", true);
    installation.only_faults(Check::TrustedProxies).await;
    installation.set("http", "trusted_proxies", vec!["10.0.0.1"]);
    assert_eq!(installation.report().await.count(Verdict::Fault), 0);
    installation.set("admin", "listen", "0.0.0.0:9090");
    installation.set("admin", "stream_listen", "0.0.0.0:9091");
    assert_eq!(installation.only_faults(Check::AdminExposed).await.len(), 2);
    installation.remove().await;
}

#[tokio::test]
async fn a_broker_on_another_machine_without_encryption_is_a_warning() {
    let mut installation = Installation::clean().await;
    // An address of the documentation's own network (RFC 5737): nobody answers there.
    installation.set("kafka", "brokers", "192.0.2.1:9092");
    let report = installation.report().await;
    assert!(the(&report, Check::KafkaPlaintext, Verdict::Warning).found.contains("192.0.2.1:9092"));
    only_faults(&report, Check::KafkaReachable);
    installation.remove().await;
}

#[tokio::test]
async fn an_evidence_folder_that_cannot_be_written_is_a_fault() {
    let mut installation = Installation::clean().await;
    let file = installation.folder.path().join("a-file");
    fs::write(&file, "").unwrap();
    installation.set("evidence", "directory", file.join("evidence").to_str().unwrap());
    installation.set("http", "uploads_directory", "/proc/uploads");
    let report = installation.report().await;
    assert!(the(&report, Check::EvidenceFolder, Verdict::Fault).found.contains("is a file"));
    the(&report, Check::UploadsFolder, Verdict::Fault);
    let closed = installation.folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    open(&closed, 0o500);
    installation.set("evidence", "directory", closed.to_str().unwrap());
    installation.set("http", "uploads_directory", installation.folder.path().join("up").to_str().unwrap());
    installation.only_faults(Check::EvidenceFolder).await;
    installation.remove().await;
}

#[tokio::test]
async fn folders_that_others_may_look_into_are_faults() {
    let mut installation = Installation::clean().await;
    open(&installation.folder.path().join("evidence"), 0o755);
    let faults = installation.only_faults(Check::EvidenceFolder).await;
    assert!(faults[0].found.contains("every user of this machine may look in (mode 0755"), "{faults:?}");
    open(&installation.folder.path().join("evidence"), 0o700);
    let uploads = installation.folder.path().join("up");
    fs::create_dir(&uploads).unwrap();
    open(&uploads, 0o703);
    installation.set("http", "uploads_directory", uploads.to_str().unwrap());
    installation.only_faults(Check::UploadsFolder).await;
    installation.remove().await;
}

#[tokio::test]
async fn a_disk_that_is_nearly_full_is_a_fault() {
    let installation = Installation::clean().await;
    let mut examination = installation.examination();
    examination.room = |_| Ok(DiskRoom { free_bytes: 1 << 20, ..roomy() });
    let faults = only_faults(&examine(&examination).await, Check::DiskRoom);
    assert!(faults[0].found.contains("nearly full: 1 MiB"), "{faults:?}");
    installation.remove().await;
}

#[tokio::test]
async fn too_few_open_files_are_a_fault() {
    let installation = Installation::clean().await;
    let mut examination = installation.examination();
    examination.open_files_max = || Some(256);
    let faults = only_faults(&examine(&examination).await, Check::OpenFiles);
    assert!(faults[0].remedy.as_ref().unwrap().contains("LimitNOFILE="), "{faults:?}");
    installation.remove().await;
}

#[tokio::test]
async fn models_that_are_missing_or_not_those_of_their_lock_are_a_fault() {
    let mut installation = Installation::clean().await;
    let folder = installation.folder.path().join("models");
    installation.set("detect", "models_folder", folder.to_str().unwrap());
    installation.only_faults(Check::ReaderModels).await;
    fs::create_dir(&folder).unwrap();
    let released = Path::new(env!("CARGO_MANIFEST_DIR")).join("detect/models");
    for file in ["models.lock", "locate.onnx", "locate.yaml", "read.onnx", "read.yaml"] {
        fs::copy(released.join(file), folder.join(file)).unwrap();
    }
    assert_eq!(installation.report().await.count(Verdict::Fault), 0);
    let net = folder.join("read.onnx");
    let mut bytes = fs::read(&net).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&net, bytes).unwrap();
    let faults = installation.only_faults(Check::ReaderModels).await;
    assert!(faults[0].found.contains("read.onnx"), "{faults:?}");
    installation.remove().await;
}

#[tokio::test]
async fn a_library_that_is_missing_another_or_too_old_is_a_fault() {
    let mut installation = Installation::clean().await;
    installation.set("detect", "onnxruntime_path", "/no/such/libonnxruntime.so");
    installation.only_faults(Check::ReaderLibrary).await;
    let source = installation.folder.path().join("old.c");
    let text = "static const char *version(void) { return \"1.17.3\"; }\n\
                static const void *api(unsigned v) { (void)v; return 0; }\n\
                static const struct { const void *(*api)(unsigned); const char *(*version)(void); } base = {api, version};\n\
                const void *OrtGetApiBase(void) { return &base; }\n";
    fs::write(&source, text).unwrap();
    let library = installation.folder.path().join("libonnxruntime.so");
    let built =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status().unwrap();
    assert!(built.success());
    installation.set("detect", "onnxruntime_path", library.to_str().unwrap());
    let faults = installation.only_faults(Check::ReaderLibrary).await;
    assert!(faults[0].found.contains("is ONNX Runtime 1.17, too old"), "{faults:?}");
    installation.set("detect", "onnxruntime_path", source.to_str().unwrap());
    installation.only_faults(Check::ReaderLibrary).await;
    installation.remove().await;
}

#[tokio::test]
async fn a_certificate_in_a_file_is_told_before_its_end_and_a_fault_after_it() {
    let mut installation = Installation::clean().await;
    let certificate = Path::new(env!("CARGO_MANIFEST_DIR")).join(CERTIFICATE);
    installation.set("kafka", "security_protocol", "ssl");
    installation.set("kafka", "ca_file", certificate.to_str().unwrap());
    for (day, verdict) in
        [("2027-06-01", Verdict::Good), ("2027-12-20", Verdict::Warning), ("2028-01-02", Verdict::Fault)]
    {
        let mut examination = installation.examination();
        examination.clock = Arc::new(FixedClock::at(format!("{day}T00:00:00Z").parse().unwrap()));
        let report = examine(&examination).await;
        let finding = the(&report, Check::Certificates, verdict);
        assert!(finding.found.contains("CN=kafka.test"), "{finding:?}");
    }
    installation.remove().await;
}
