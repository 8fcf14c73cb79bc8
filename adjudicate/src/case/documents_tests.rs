use super::*;
use schemas::act::SentAct;
use schemas::offence::Act;
use schemas::wire::camera_event_v1;

const BEFORE_CLASSES: &str = r##"{"jurisdiction":"EG","raw":"س1","key":"EG-S-1","letters":"س","digits":"1","confidence":"0.990000","box":[1,2,3,4],"flags":[],"characters":[]}"##;

#[test]
fn a_read_stored_before_classes_were_measured_keeps_its_bytes() {
    let document: PlateReadDocument = serde_json::from_str(BEFORE_CLASSES).unwrap();
    assert_eq!(document.class, None);
    assert_eq!(serde_json::to_string(&document).unwrap(), BEFORE_CLASSES);
}

#[test]
fn a_class_is_stored_with_its_alternatives_and_its_colour() {
    let confidence = |value| Confidence::new(value).unwrap();
    let reading = ClassReading {
        class: VehicleClass::Taxi,
        confidence: confidence(0.75),
        alternatives: vec![(VehicleClass::Temporary, confidence(0.125))],
        colour: schemas::plate_read::MeasuredColour { red: 246, green: 200, blue: 9 },
    };
    let text = serde_json::to_string(&ClassDocument::from(&reading)).unwrap();
    let expected = r##"{"class":"taxi","confidence":"0.750000","alternatives":[["temporary","0.125000"]],"colour":"#f6c809"}"##;
    assert_eq!(text, expected);
    assert_eq!(serde_json::from_str::<ClassDocument>(expected).unwrap(), ClassDocument::from(&reading));
}

/// What is stored of the recorded event of version 1, with another act and little else.
fn stored(change: impl FnOnce(&mut SentAct)) -> String {
    let text = include_str!("../../../schemas/tests/fixtures/camera_event_v1.hex");
    let bytes = hex::decode(text.split_whitespace().collect::<String>()).unwrap();
    let mut event = camera_event_v1::parse(bytes.into()).unwrap();
    (event.clock, event.vendor_plate, event.vehicle) = (None, None, None);
    let mut sent = event.act.send();
    change(&mut sent);
    event.act = Act::read(sent);
    serde_json::to_string(&SightingDocument::from(&event)).unwrap()
}

#[test]
fn acts_of_every_kind_are_stored_in_the_form_in_which_they_always_were() {
    const SPEED: &str =
        r#"{"measured_kmh":"87.5","limit_kmh":"60","method":"radar","limit_source":"fixed_sign"}"#;
    const LIGHT: &str = r#"{"phase":"red","red_milliseconds":900,"amber_milliseconds":3000}"#;
    const SECTION: &str =
        r#"{"entry_event_id":"entry-1","exit_event_id":"exit-1","distance_certificate":"D-2026-7"}"#;
    const NONE: &str = "null";
    let text = |speed: &str, problem: &str, signal: &str, section: &str| {
        format!(
            r#"{{"zone_basis":"explicit","captured_at":"2027-01-15T08:00:00.123456789Z","origin":"live","clock":null,"speed":{speed},"act_problem":{problem},"signal":{signal},"section":{section},"vendor_plate":null,"vehicle":null,"vendor_sequence":981,"adapter_version":"adapter 1.2"}}"#
        )
    };
    assert_eq!(stored(|_| {}), text(SPEED, NONE, LIGHT, SECTION));
    let at_one_place = stored(|sent| (sent.section, sent.signal) = (None, None));
    assert_eq!(at_one_place, text(SPEED, NONE, NONE, NONE));
    let on_red = stored(|sent| (sent.code, sent.section) = ("red_light".into(), None));
    assert_eq!(on_red, text(NONE, NONE, LIGHT, NONE));
    let unknown = stored(|sent| sent.code = "tailgating".into());
    let problem = r#""tailgating: the code of the act is not known""#;
    assert_eq!(unknown, text(NONE, problem, LIGHT, SECTION));
}
