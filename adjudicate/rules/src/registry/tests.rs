//! Tests of `registry`.

use super::*;
use rust_decimal::Decimal;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn limit(kmh: u32) -> SpeedKmh {
    SpeedKmh::new(Decimal::from(kmh)).unwrap()
}

fn site(id: &str, jurisdiction: Jurisdiction) -> Site {
    let name = BilingualText::new("موقع", "a site");
    Site { id: SiteId::parse(id).unwrap(), jurisdiction, name, limit: None }
}

fn camera(sites: &[&str]) -> Camera {
    let sites = sites.iter().map(|id| SiteId::parse(*id).unwrap()).collect();
    let id = CameraId::parse("camera-1").unwrap();
    Camera { id, sites, kind: CameraKind::Speed, instrument: "serial-1".into() }
}

fn state(from: &str, to: Option<&str>, condition: SignCondition) -> SignState {
    SignState { site: SiteId::parse("a").unwrap(), from: at(from), to: to.map(at), condition }
}

#[test]
fn a_camera_must_have_registered_sites_of_one_country() {
    let sites = vec![site("a", Jurisdiction::Egypt), site("b", Jurisdiction::SaudiArabia)];
    let with = |of_camera: &[&str]| {
        let rows =
            RegistryRows { sites: sites.clone(), cameras: vec![camera(of_camera)], ..Default::default() };
        Registry::new(rows).err()
    };
    assert_eq!(with(&["a"]), None);
    assert!(matches!(with(&[]), Some(RegistryError::CameraWithoutSite(_))));
    assert!(matches!(with(&["a", "c"]), Some(RegistryError::UnknownSite { .. })));
    assert!(matches!(with(&["a", "b"]), Some(RegistryError::CameraOfTwoCountries(_))));
}

#[test]
fn a_certificate_holds_from_its_first_instant_until_just_before_its_end() {
    let certificate = CalibrationCertificate {
        id: CertificateId::parse("cert-1").unwrap(),
        camera: CameraId::parse("camera-1").unwrap(),
        type_approval: "type-1".into(),
        valid_from: at("2026-01-01T00:00:00Z"),
        valid_to: at("2027-01-01T00:00:00Z"),
    };
    let rows = RegistryRows { certificates: vec![certificate.clone()], ..Default::default() };
    let registry = Registry::new(rows).unwrap();
    let asked = |when| registry.certificate_at(&certificate.camera, at(when));
    assert_eq!(asked("2025-12-31T23:59:59.999Z"), CertificateValidity::NotInForce);
    assert_eq!(asked("2026-01-01T00:00:00Z"), CertificateValidity::InForce(certificate.clone()));
    assert_eq!(asked("2027-01-01T00:00:00Z"), CertificateValidity::NotInForce);
    let other = CameraId::parse("camera-2").unwrap();
    assert_eq!(registry.certificate_at(&other, at("2026-01-01T00:00:00Z")), CertificateValidity::Missing);
}

#[test]
fn a_sign_is_unchanged_since_the_first_of_adjoining_equal_states() {
    let shown = SignCondition::InOrder { limit: limit(80) };
    let sign_states = vec![
        state("2026-01-03T00:00:00Z", None, shown),
        state("2026-01-01T00:00:00Z", Some("2026-01-02T00:00:00Z"), SignCondition::Out),
        state("2026-01-02T00:00:00Z", Some("2026-01-03T00:00:00Z"), shown),
    ];
    let registry = Registry::new(RegistryRows { sign_states, ..Default::default() }).unwrap();
    let asked = |when| registry.sign_at(&SiteId::parse("a").unwrap(), at(when));
    let since = at("2026-01-02T00:00:00Z");
    assert_eq!(asked("2026-01-04T00:00:00Z"), SignAtCapture::Known { condition: shown, since });
    let since = at("2026-01-01T00:00:00Z");
    let out = SignAtCapture::Known { condition: SignCondition::Out, since };
    assert_eq!(asked("2026-01-01T12:00:00Z"), out);
    assert_eq!(asked("2025-12-31T00:00:00Z"), SignAtCapture::Unknown);
}

#[test]
fn two_states_of_one_sign_at_one_time_are_refused() {
    let sign_states = vec![
        state("2026-01-01T00:00:00Z", Some("2026-01-02T00:00:01Z"), SignCondition::Out),
        state("2026-01-02T00:00:00Z", None, SignCondition::Hidden),
    ];
    let refused = Registry::new(RegistryRows { sign_states, ..Default::default() }).err();
    assert!(matches!(refused, Some(RegistryError::SignStatesOverlap { .. })));
}

#[test]
fn a_sign_in_order_needs_a_limit_and_no_other_sign_shows_one() {
    let shown = SignCondition::from_parts("in_order", Some(limit(60)));
    assert_eq!(shown.and_then(SignCondition::limit), Some(limit(60)));
    assert_eq!(SignCondition::from_parts("in_order", None), None);
    assert_eq!(SignCondition::from_parts("out", Some(limit(60))).and_then(SignCondition::limit), None);
}
