//! Imports of registers: all or nothing, the same again changes nothing, and what was imported is what is due.

use crate::services::database;
use adjudicate::facts::holidays;
use adjudicate::facts::tariffs::{self, TariffsError};
use adjudicate::import::{Fact, ImportError, import};
use adjudicate::registry::store;
use adjudicate::testing::TestDatabase;
use rasid::sending::keys::CameraKeys;
use rules::policy::Policies;
use rules::policy::tariff::{Charge, Lookup};
use rules::registry::{CertificateValidity, SignAtCapture};
use schemas::country::CountryTexts;
use schemas::ids::{CameraId, KeyId, SiteId};
use schemas::jurisdiction::Jurisdiction;
use schemas::offence::OffenceKind;
use schemas::reference::ViolationReference;
use std::fs;
use std::path::Path;
use std::process::Command;

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
        // RFC 8032, 7.1, test 1.
        let key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
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
    let refused =
        import(&database.connections, Fact::CameraKeys, file("cam-2", "").as_bytes()).await.unwrap_err();
    assert!(
        refused.to_string().contains("registered already has another camera or other bytes"),
        "{refused}"
    );
    database.remove().await.unwrap();
}

#[tokio::test]
async fn the_keys_that_are_made_for_sending_are_imported_as_they_are_written() {
    let database = database().await;
    let scratch = tempfile::tempdir().unwrap();
    let private = scratch.path().join("keys.toml");
    let mut make = Command::new(env!("CARGO_BIN_EXE_rasid"));
    make.arg("send").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/demo"));
    assert!(make.arg("--make-keys").arg(&private).output().unwrap().status.success());
    let keys = CameraKeys::load(&private).unwrap();
    let cameras: String = keys.iter().map(|(camera, _)| format!("{camera},site-1,speed,serial\n")).collect();
    put(&database, Fact::Sites, SITES).await;
    put(&database, Fact::Cameras, &format!("id,sites,kind,instrument\n{cameras}")).await;
    let public = fs::read_to_string(scratch.path().join("keys.csv")).unwrap();
    assert_eq!(put(&database, Fact::CameraKeys, &public).await, keys.iter().count());
    let registered = store::load_keys(&database.connections).await.unwrap();
    for (camera, sender) in keys.iter() {
        let key = registered.key(sender.key()).unwrap();
        assert_eq!((&key.camera, key.public_key), (camera, sender.public_key()));
    }
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_file_that_contradicts_itself_is_refused_with_both_lines_and_changes_nothing() {
    let database = database().await;
    let violation = ViolationReference::generate();
    let payments = format!(
        "receipt,violation,amount,currency,paid_at,channel\n\
         r-1,{violation},100,SAR,2026-10-01T00:00:00Z,card\n\
         r-1,{violation},200,SAR,2026-10-02T00:00:00Z,card\n"
    );
    let refused = import(&database.connections, Fact::Payments, payments.as_bytes()).await.unwrap_err();
    let ImportError::BadRows { bad, .. } = refused else { panic!("not refused for its rows") };
    assert!(bad[0].to_string().starts_with("line 3: receipt: the same as in line 2"), "{}", bad[0]);
    assert_eq!(database.number("select count(*) from payment").await.unwrap(), 0);
    let unclosed = SITES.replace(",First site,", ",\"First site,");
    let refused = import(&database.connections, Fact::Sites, unclosed.as_bytes()).await.unwrap_err();
    let ImportError::BadRows { bad, .. } = refused else { panic!("not refused for its rows") };
    assert!(bad[0].to_string().starts_with("line 2: name_english: the quote at character"), "{}", bad[0]);
    assert_eq!(database.number("select count(*) from site").await.unwrap(), 0);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_camera_in_two_countries_is_refused_before_the_registers_are_unusable() {
    let database = database().await;
    put(&database, Fact::Sites, &SITES.replace("site-2,SA", "site-2,EG")).await;
    let refused = import(&database.connections, Fact::Cameras, CAMERAS.as_bytes()).await.unwrap_err();
    assert!(matches!(refused, ImportError::Unusable { fact: Fact::Cameras, .. }), "{refused}");
    assert_eq!(database.number("select count(*) from camera").await.unwrap(), 0);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_stretch_that_ends_makes_room_for_the_next_however_the_file_is_sorted() {
    let database = database().await;
    let header = "plate,holder,from,to\n";
    put(&database, Fact::Ownership, &format!("{header}eg-nga-136,p-1,1987-01-01T00:00:00Z,\n")).await;
    let sold = format!(
        "{header}EG-NGA-136,p-2,2026-09-01T00:00:00Z,\nEG-NGA-136,p-1,1987-01-01T00:00:00Z,2026-09-01T00:00:00Z\n"
    );
    assert_eq!(put(&database, Fact::Ownership, &sold).await, 2);
    let holders = "select string_agg(holder, ' ' order by valid_from) from ownership_interval where plate_key = 'EG-NGA-136'";
    assert_eq!(database.text(holders).await.unwrap(), "p-1 p-2");
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

const HOLIDAYS: &str = "jurisdiction,date,name_arabic,name_english,source\n\
                        SA,2027-03-09,عيد الفطر,Eid al-Fitr,official gazette 5140\n\
                        EG,2027-03-09,عيد الفطر,Eid al-Fitr,cabinet decision 12\n";

#[tokio::test]
async fn an_announced_day_of_rest_counts_in_its_country_is_versioned_and_never_taken_back() {
    let database = database().await;
    for _ in 0..2 {
        assert_eq!(put(&database, Fact::Holidays, HOLIDAYS).await, 2);
    }
    let days = |country| {
        let from = "2027-03-08T22:00:00Z".parse().unwrap();
        holidays::rest_days_since(&database.connections, country, from)
    };
    let of_both = [days(Jurisdiction::SaudiArabia).await.unwrap(), days(Jurisdiction::Egypt).await.unwrap()];
    assert!(of_both.iter().all(|days| days.len() == 1), "{of_both:?}");
    let renamed = HOLIDAYS.replacen("official gazette 5140", "official gazette 5141", 1);
    put(&database, Fact::Holidays, &renamed).await;
    let versions = "select count(*) from register_version where register = 'holiday'";
    assert_eq!(database.number(versions).await.unwrap(), 1);
    assert!(database.execute("delete from holiday").await.is_err());
    let wrong = HOLIDAYS.replacen("2027-03-09", "2027-3-9", 1);
    let refused = import(&database.connections, Fact::Holidays, wrong.as_bytes()).await.unwrap_err();
    let ImportError::BadRows { bad, .. } = refused else { panic!("not refused for its rows") };
    assert_eq!(bad[0].to_string(), "line 2: date: must be a day as 2027-03-09, not '2027-3-9'");
    database.remove().await.unwrap();
}

/// The Saudi fines with the red light at `amount` from `first` on, ended the day before for the old row.
fn fines_from(first: &str, last: &str, amount: &str) -> String {
    let built = CountryTexts::compiled_in(Jurisdiction::SaudiArabia).tariffs;
    let start = built.find("[[row]]\nid = \"SA-RED-LIGHT\"").unwrap();
    let row = &built[start..start + built[start..].find("\n\n").unwrap()];
    let from = "effective_from = \"2021-01-01\"";
    let old = row.replace(from, &format!("{from}\neffective_to = \"{last}\""));
    let new = row
        .replace("SA-RED-LIGHT", "SA-RED-LIGHT-LATER")
        .replace(from, &format!("effective_from = \"{first}\""))
        .replace("min = \"3000\"", &format!("min = \"{amount}\""));
    built.replace(row, &format!("{old}\n\n{new}"))
}

#[tokio::test]
async fn fines_are_imported_for_days_to_come_and_never_raise_what_is_past() {
    let database = database().await;
    let (pool, built) = (&database.connections, Policies::compiled_in().unwrap());
    let now = "2026-11-29T22:00:00Z".parse().unwrap();
    let import = async |text: &str| tariffs::import_tariffs(pool, &built, text, "gazette 12", now).await;
    // 22:00 in UTC is 30 November in Riyadh: that day has begun.
    let today = fines_from("2026-11-30", "2026-11-29", "4000");
    let refused = import(&today).await.unwrap_err();
    assert!(matches!(refused, TariffsError::Retroactive(_)), "{refused}");
    let later = fines_from("2026-12-01", "2026-11-30", "4000");
    let done = import(&later).await.unwrap();
    assert!(!done.is_known && done.jurisdiction == Jurisdiction::SaudiArabia);
    assert!(import(&later).await.unwrap().is_known);
    let overlapping = fines_from("2026-12-01", "2026-12-05", "4000");
    assert!(matches!(import(&overlapping).await.unwrap_err(), TariffsError::Policy(_)));
    assert!(matches!(import("min = 3").await.unwrap_err(), TariffsError::NoCountry));
    let (policies, texts) = tariffs::load(pool, &built).await.unwrap();
    assert_eq!((texts.len(), texts[0].body.as_str()), (1, later.as_str()));
    let due = |policies: &Policies, instant: &str| {
        let found = policies
            .of(Jurisdiction::SaudiArabia)
            .tariffs()
            .find(Charge::flat(OffenceKind::RedLight), instant.parse().unwrap());
        let Lookup::Priced(row) = found else { panic!("{found:?}") };
        row.price().due.to_string()
    };
    assert_eq!(due(&policies, "2026-11-30T20:59:59Z"), "3000 SAR");
    assert_eq!(due(&policies, "2026-11-30T21:00:00Z"), "4000 SAR");
    assert_eq!(due(&built, "2026-11-30T21:00:00Z"), "3000 SAR");
    assert!(database.execute("delete from tariff_text").await.is_err());
    let audited = "select count(*) from audit_event where action = 'facts.import' and entity_id = 'tariffs'";
    assert_eq!(database.number(audited).await.unwrap(), 1);
    database.remove().await.unwrap();
}
