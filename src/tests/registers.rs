//! Imports of registers: all or nothing, the same again changes nothing, and what was imported is what is due.

use crate::services::database;
use adjudicate::import::{Fact, ImportError, import};
use adjudicate::registry::store;
use adjudicate::testing::TestDatabase;
use rules::registry::{CertificateValidity, SignAtCapture};
use schemas::ids::{CameraId, KeyId, SiteId};

const SITES: &str = "id,jurisdiction,name_arabic,name_english,limit_kmh\n\
                     site-1,SA,موقع أول,First site,80\n\
                     site-2,SA,موقع ثان,Second site,\n";
const CAMERAS: &str = "id,sites,kind,instrument\ncam-1,site-1;site-2,speed,123\n";
const CERTIFICATES: &str = "id,camera,type_approval,valid_from,valid_to\n\
                            cert-1,cam-1,R91-7,2026-01-01T00:00:00Z,2027-01-01T00:00:00Z\n";

async fn put(database: &TestDatabase, fact: Fact, file: &str) -> usize {
    import(&database.connections, fact, file.as_bytes()).await.unwrap().rows
}

async fn put_cameras(database: &TestDatabase) {
    put(database, Fact::Sites, SITES).await;
    put(database, Fact::Cameras, CAMERAS).await;
}

#[tokio::test]
async fn what_was_imported_twice_is_there_once_and_answers_for_the_instant_of_capture() {
    let database = database().await;
    for _ in 0..2 {
        assert_eq!(put(&database, Fact::Sites, SITES).await, 2);
        assert_eq!(put(&database, Fact::Cameras, CAMERAS).await, 1);
        assert_eq!(put(&database, Fact::Certificates, CERTIFICATES).await, 1);
    }
    let registry = store::load(&database.connections).await.unwrap();
    let camera = CameraId::parse("cam-1").unwrap();
    assert_eq!(registry.camera(&camera).unwrap().sites.len(), 2);
    assert_eq!(registry.site(&SiteId::parse("site-1").unwrap()).unwrap().name.arabic, "موقع أول");
    let status = |when: &str| registry.certificate_at(&camera, when.parse().unwrap());
    assert!(matches!(status("2026-06-01T00:00:00Z"), CertificateValidity::InForce(_)));
    assert_eq!(status("2027-01-01T00:00:00Z"), CertificateValidity::NotInForce);
    assert_eq!(
        database.number("select count(*) from audit_event where action = 'facts.import'").await.unwrap(),
        6
    );
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_file_with_one_bad_row_changes_nothing() {
    let database = database().await;
    let file = format!("{SITES}site-3,FR,موقع,Third site,\n");
    let refused = import(&database.connections, Fact::Sites, file.as_bytes()).await.unwrap_err();
    let ImportError::BadRows { bad, .. } = refused else { panic!("not refused for its rows") };
    assert_eq!(bad[0].to_string(), "line 4: jurisdiction: jurisdiction must be 'EG' or 'SA', got 'FR'");
    assert_eq!(database.number("select count(*) from site").await.unwrap(), 0);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_camera_of_a_site_that_is_not_registered_is_refused() {
    let database = database().await;
    let refused = import(&database.connections, Fact::Cameras, CAMERAS.as_bytes()).await.unwrap_err();
    let told = refused.to_string();
    assert!(told.contains("not registered, import that first (Key (site_id)=(site-1) is not"), "{told}");
    assert_eq!(database.number("select count(*) from camera").await.unwrap(), 0);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_sign_changes_by_ending_one_state_and_beginning_the_next() {
    let database = database().await;
    put_cameras(&database).await;
    let header = "site,from,to,condition,limit_kmh\n";
    put(&database, Fact::SignStates, &format!("{header}site-1,2026-01-01T00:00:00Z,,in_order,80\n")).await;
    let change = format!(
        "{header}site-1,2026-02-01T00:00:00Z,,hidden,\n\
         site-1,2026-01-01T00:00:00Z,2026-02-01T00:00:00Z,in_order,80\n"
    );
    put(&database, Fact::SignStates, &change).await;
    let registry = store::load(&database.connections).await.unwrap();
    let at = |when: &str| registry.sign_at(&SiteId::parse("site-1").unwrap(), when.parse().unwrap());
    let label = |status| match status {
        SignAtCapture::Known { condition, .. } => condition.label(),
        SignAtCapture::Unknown => "unknown",
    };
    assert_eq!(label(at("2026-01-15T00:00:00Z")), "in_order");
    assert_eq!(label(at("2026-02-15T00:00:00Z")), "hidden");
    let overlap = format!("{header}site-1,2026-01-10T00:00:00Z,2026-01-11T00:00:00Z,out,\n");
    let refused = import(&database.connections, Fact::SignStates, overlap.as_bytes()).await.unwrap_err();
    assert!(refused.to_string().contains("sign_state_one_at_a_time"), "{refused}");
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_revoked_key_stays_revoked_and_never_changes_its_camera() {
    let database = database().await;
    put_cameras(&database).await;
    put(&database, Fact::Cameras, "id,sites,kind,instrument\ncam-2,site-1,speed,124\n").await;
    let file = |camera: &str, revoked: &str| {
        let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        format!(
            "id,camera,public_key,valid_from,valid_until,revoked_at\nkey-1,{camera},{key},2026-01-01T00:00:00Z,,{revoked}\n"
        )
    };
    put(&database, Fact::CameraKeys, &file("cam-1", "2026-05-01T00:00:00Z")).await;
    put(&database, Fact::CameraKeys, &file("cam-1", "")).await;
    let keys = store::load_keys(&database.connections).await.unwrap();
    let key = keys.key(&KeyId::parse("key-1").unwrap()).unwrap();
    assert!(key.is_valid_at("2026-04-30T00:00:00Z".parse().unwrap()));
    assert!(!key.is_valid_at("2026-05-01T00:00:00Z".parse().unwrap()));
    assert!(keys.knows_camera(&CameraId::parse("cam-2").unwrap()));
    assert!(import(&database.connections, Fact::CameraKeys, file("cam-2", "").as_bytes()).await.is_err());
    database.remove().await.unwrap();
}

#[tokio::test]
async fn an_import_keeps_the_version_that_counted_before_and_the_same_again_is_none() {
    let database = database().await;
    put_cameras(&database).await;
    put(&database, Fact::Certificates, CERTIFICATES).await;
    put(&database, Fact::Certificates, CERTIFICATES).await;
    assert_eq!(database.number("select count(*) from register_version").await.unwrap(), 0);
    let shorter = CERTIFICATES.replace("2027-01-01", "2026-07-01");
    put(&database, Fact::Certificates, &shorter).await;
    let before =
        "select row_before->>'valid_to' from register_version where register = 'calibration_certificate'";
    assert!(database.text(before).await.unwrap().starts_with("2027-01-01"));
    let refused = database.execute("delete from register_version").await;
    assert!(refused.is_err(), "an earlier version is never removed");
    database.remove().await.unwrap();
}
