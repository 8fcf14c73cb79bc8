//! Faults of registers, of cameras' keys and certificates, and of people's keys.

use super::{CAMERA, Installation, only_faults, the};
use crate::services;
use adjudicate::access::Identity;
use ingest::producer::RecordProducer;
use rasid::doctor::{Check, Report, Verdict};
use schemas::clock::{Clock, SystemClock};

async fn warned(installation: &Installation, check: Check) -> String {
    let report: Report = installation.report().await;
    assert_eq!(report.count(Verdict::Fault), 0, "{:#?}", report.findings);
    the(&report, check, Verdict::Warning).found.clone()
}

/// The camera signs and sends an event.
async fn send(installation: &Installation) {
    let event = installation.camera.event("e-1", SystemClock::new().now(), Vec::new()).unwrap();
    let record = installation.camera.sender.record(&event);
    let kafka = &installation.stream.kafka;
    RecordProducer::new(kafka).unwrap().send(&kafka.events_topic, &record).await.unwrap();
}

#[tokio::test]
async fn each_register_that_is_empty_is_named_with_its_import() {
    let installation = Installation::bare(services::database().await).await;
    installation.execute("select ensure_month_partitions(3)").await;
    let report = installation.report().await;
    let empty: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.check == Check::RegistersFilled && finding.verdict == Verdict::Fault)
        .map(|finding| finding.place.as_str())
        .collect();
    assert_eq!(empty, ["site", "camera", "camera_key", "calibration_certificate", "sign_state"]);
    the(&report, Check::AccessPeople, Verdict::Fault);
    installation.remove().await;
}

#[tokio::test]
async fn a_camera_without_a_key_that_holds_is_a_fault_and_one_whose_key_ends_soon_a_warning() {
    let installation = Installation::clean().await;
    installation.execute("update camera_key set valid_until = now() + interval '13 days'").await;
    assert!(warned(&installation, Check::CameraKeyEnds).await.contains(CAMERA));
    installation.execute("update camera_key set valid_until = now() - interval '1 second'").await;
    let faults = installation.only_faults(Check::CameraKeys).await;
    assert!(faults[0].found.contains(CAMERA), "{faults:?}");
    installation.execute("delete from camera_key").await;
    let report = installation.report().await;
    the(&report, Check::RegistersFilled, Verdict::Fault);
    the(&report, Check::CameraKeys, Verdict::Fault);
    installation.remove().await;
}

#[tokio::test]
async fn a_revoked_key_by_which_a_camera_goes_on_signing_is_a_fault() {
    let installation = Installation::clean().await;
    send(&installation).await;
    assert_eq!(installation.report().await.count(Verdict::Warning), 0);
    // Another key holds, so that the revoked one alone is to blame.
    let other = "insert into camera_key (id, camera_id, public_key, valid_from)
                 select 'other-key', camera_id, public_key, valid_from from camera_key";
    installation.execute(other).await;
    installation.execute("update camera_key set revoked_at = now() where id <> 'other-key'").await;
    assert!(warned(&installation, Check::CameraKeysInUse).await.contains("revoked since"));
    send(&installation).await;
    let faults = installation.only_faults(Check::CameraKeysInUse).await;
    assert_eq!(faults[0].place, CAMERA);
    assert!(faults[0].found.contains("which is revoked: its events are refused"), "{faults:?}");
    installation.remove().await;
}

#[tokio::test]
async fn events_that_were_refused_for_their_key_within_the_hour_are_a_fault() {
    let installation = Installation::clean().await;
    let dead = "insert into dead_letter (cluster_id, topic, partition, record_offset, recorded_at, reason, event_source)
                values ('c', 't', 0, 0, now(), 'key_not_valid', '//vendor/SA-RUH-101')";
    installation.execute(dead).await;
    let faults = installation.only_faults(Check::CameraKeysInUse).await;
    assert_eq!(faults[0].place, "//vendor/SA-RUH-101");
    installation.remove().await;
}

#[tokio::test]
async fn a_key_that_nobody_registered_is_told() {
    let installation = Installation::clean().await;
    installation.execute("update camera_key set id = 'another-name'").await;
    send(&installation).await;
    assert!(warned(&installation, Check::CameraKeysInUse).await.contains("is not registered"));
    installation.remove().await;
}

#[tokio::test]
async fn a_certificate_that_is_past_is_a_fault_and_one_that_ends_soon_a_warning() {
    let installation = Installation::clean().await;
    installation.execute("update calibration_certificate set valid_to = now() + interval '29 days'").await;
    assert!(warned(&installation, Check::CameraCertificates).await.contains(CAMERA));
    installation.execute("update calibration_certificate set valid_to = now() - interval '1 second'").await;
    let faults = installation.only_faults(Check::CameraCertificates).await;
    assert!(faults[0].found.contains(CAMERA), "{faults:?}");
    installation.remove().await;
}

#[tokio::test]
async fn a_site_whose_sign_is_not_known_now_is_told() {
    let installation = Installation::clean().await;
    installation.execute("update sign_state set valid_to = now() - interval '1 day'").await;
    assert!(warned(&installation, Check::CameraSigns).await.contains("sa-riyadh-1"));
    installation.remove().await;
}

#[tokio::test]
async fn an_installation_in_which_nobody_can_sign_in_is_a_fault() {
    let installation = Installation::clean().await;
    installation.execute("update api_key set revoked_at = now()").await;
    installation.issue(Identity::Citizen, 90, false).await;
    installation.issue(Identity::Auditor, 90, false).await;
    let faults = installation.only_faults(Check::AccessPeople).await;
    assert!(faults[0].remedy.as_ref().unwrap().contains("rasid keys issue --role reviewer"), "{faults:?}");
    installation.issue(Identity::Administrator, 90, false).await;
    assert!(warned(&installation, Check::AccessPeople).await.contains("nobody can decide"));
    installation.remove().await;
}

#[tokio::test]
async fn a_persons_last_key_that_ends_soon_or_has_ended_is_told() {
    let installation = Installation::clean().await;
    installation.execute("update api_key set expires_at = now() + interval '13 days'").await;
    assert!(warned(&installation, Check::AccessKeyEnds).await.contains("reviewer-1 ends on"));
    installation.execute("update api_key set expires_at = now() - interval '1 day'").await;
    let report = installation.report().await;
    only_faults(&report, Check::AccessPeople);
    assert!(the(&report, Check::AccessKeyEnds, Verdict::Warning).found.contains("reviewer-1 ended on"));
    installation.remove().await;
}

#[tokio::test]
async fn a_key_of_a_demo_that_still_opens_is_a_fault() {
    let installation = Installation::clean().await;
    installation.issue(Identity::Administrator, 90, true).await;
    let faults = installation.only_faults(Check::AccessDemoKeys).await;
    assert!(faults[0].remedy.as_ref().unwrap().contains("rasid keys revoke"), "{faults:?}");
    installation.remove().await;
}
