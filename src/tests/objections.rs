//! Objections from filing to the machine's answer, on the real database.

use crate::cases::{Cases, PLATE, cases};
use adjudicate::desk::objection_view as view;
use adjudicate::foundation::audit::Actor;
use adjudicate::foundation::chain;
use adjudicate::foundation::outbox::OutboxTopic;
use adjudicate::import::Fact;
use adjudicate::objection::ObjectionError;
use adjudicate::objection::file::{FilingError, file_objection};
use adjudicate::objection::new::NewAttachment;
use adjudicate::objection::steps::{add_attachment, ask_for_human};
use adjudicate::objection::totals;
use adjudicate::stream::report;
use adjudicate::testing::objections::objection;
use schemas::attachment::AttachmentMediaType;
use schemas::clock::Clock;
use schemas::evidence::Sha256Digest;
use schemas::objection::closing::{AnsweredBy, ClosingAnswer};
use schemas::objection::{FormDefect, GroundCode};
use schemas::plate::PlateNumber;
use schemas::reference::ViolationReference;
use std::time::Duration;

const OTHER: [GroundCode; 1] = [GroundCode::Other];

fn paper(content: &[u8]) -> NewAttachment {
    NewAttachment { sha256: Sha256Digest::of(content), media_type: AttachmentMediaType::Pdf, size_bytes: 9 }
}

async fn refused(cases: &Cases, violations: &[ViolationReference], plate: &str) -> FilingError {
    let new = objection(violations, plate, &OTHER).unwrap();
    file_objection(&cases.database.connections, Actor::Citizen, &new, cases.clock.now()).await.unwrap_err()
}

#[tokio::test]
async fn a_wrong_reference_and_a_wrong_plate_are_refused_alike_and_in_both_languages() {
    let cases = cases().await;
    let reference = cases.violation(1, 300).await;
    let wrong_plate = refused(&cases, std::slice::from_ref(&reference), "SA-124-TNJ").await;
    let unknown = refused(&cases, &[ViolationReference::generate()], PLATE).await;
    for error in [wrong_plate, unknown] {
        assert!(matches!(error, FilingError::UnknownViolation(_)), "{error}");
        let text = error.citizen_text().unwrap();
        assert!(!text.arabic.is_empty() && !text.english.is_empty());
    }
    let twice = refused(&cases, &[reference.clone(), reference], PLATE).await;
    assert!(matches!(twice, FilingError::ViolationRepeated(_)), "{twice}");
    assert_eq!(cases.count("select count(*) from objection").await, 0);
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn an_expired_certificate_cancels_whatever_was_claimed_and_everything_is_written_at_once() {
    let cases = cases().await;
    let reference = cases.violation(1, 300).await;
    cases.certify("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z").await;
    let filed = cases.file(std::slice::from_ref(&reference), &OTHER).await;
    cases.triage().await;
    assert_eq!(cases.stands(&filed).await, ("answered", "cancelled"));
    assert_eq!(cases.status(&reference).await, ("cancelled".to_owned(), "0".to_owned()));
    let view =
        view::find(&cases.database.connections, &filed.reference, &PlateNumber::parse_key(PLATE).unwrap())
            .await
            .unwrap()
            .unwrap();
    let machine = view.violations[0].machine.as_ref().unwrap();
    assert_eq!(machine.ground, Some(GroundCode::InstrumentNotCertified));
    assert!(
        machine
            .features
            .iter()
            .any(|feature| feature.name == "certificate_in_force" && feature.value == "false")
    );
    assert_eq!(report::messages(&cases.database.connections, OutboxTopic::Decisions).await.unwrap(), 1);
    assert_eq!(cases.count("select count(*) from audit_event where action = 'objection.triage'").await, 1);
    assert_eq!(chain::verify(&cases.database.connections, filed.id.uuid()).await.unwrap().len(), 2);
    assert_eq!(
        chain::verify(&cases.database.connections, view.violations[0].violation.uuid()).await.unwrap().len(),
        2
    );
    let gone = refused(&cases, &[reference], PLATE).await;
    assert!(matches!(gone, FilingError::AlreadyCancelled(_)), "{gone}");
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn an_amount_above_the_tariff_is_reduced_and_one_below_it_goes_to_a_human() {
    let cases = cases().await;
    let (high, low) = (cases.violation(1, 500).await, cases.violation(2, 150).await);
    let high_filed = cases.file(std::slice::from_ref(&high), &[GroundCode::PaidOrAmountWrong]).await;
    let low_filed = cases.file(std::slice::from_ref(&low), &[GroundCode::PaidOrAmountWrong]).await;
    cases.triage().await;
    assert_eq!(cases.stands(&high_filed).await, ("answered", "reduced"));
    assert_eq!(cases.status(&high).await, ("reduced".to_owned(), "300".to_owned()));
    assert_eq!(cases.stands(&low_filed).await, ("in_review", "sent_to_review"));
    assert_eq!(cases.status(&low).await, ("issued".to_owned(), "150".to_owned()));
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn a_reduction_found_beside_another_claim_takes_effect_while_a_human_looks() {
    let cases = cases().await;
    let reference = cases.violation(1, 500).await;
    let filed = cases.file(std::slice::from_ref(&reference), &[GroundCode::PlateMisread]).await;
    cases.triage().await;
    assert_eq!(cases.stands(&filed).await, ("in_review", "sent_to_review"));
    assert_eq!(cases.status(&reference).await, ("reduced".to_owned(), "300".to_owned()));
    // The outside hears of both.
    assert_eq!(report::messages(&cases.database.connections, OutboxTopic::Decisions).await.unwrap(), 2);
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn one_objection_over_two_violations_is_answered_for_each() {
    let cases = cases().await;
    let (sound, other) = (cases.violation(1, 300).await, cases.violation(40, 300).await);
    // The sign showed more from the second violation's day on.
    let change = "site,from,to,condition,limit_kmh\n\
        site-1,2026-01-01T00:00:00Z,2026-10-20T00:00:00Z,in_order,80\n\
        site-1,2026-10-20T00:00:00Z,,in_order,100\n";
    cases.import(Fact::SignStates, change).await;
    let filed = cases.file(&[sound.clone(), other.clone()], &OTHER).await;
    cases.triage().await;
    assert_eq!(cases.stands(&filed).await, ("in_review", "sent_to_review"));
    let answers: Vec<_> = cases.view(&filed).await.violations.into_iter().map(|one| one.closing).collect();
    assert_eq!(answers, [None, Some((ClosingAnswer::Cancelled, AnsweredBy::Machine))]);
    assert_eq!(cases.status(&sound).await.0, "issued");
    assert_eq!(cases.status(&other).await.0, "cancelled");
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn a_late_objection_is_refused_on_form_and_one_step_leads_to_a_human() {
    let cases = cases().await;
    let reference = cases.violation(1, 300).await;
    let never_told = cases.violation(2, 300).await;
    let served = format!("violation,holder,channel,served_at\n{reference},owner,sms,2026-09-22T00:00:00Z\n");
    cases.import(Fact::Notices, &served).await;
    cases.clock.advance(Duration::from_secs(60 * 86_400));
    let filed = cases.file(std::slice::from_ref(&reference), &OTHER).await;
    let untold = cases.file(&[never_told], &OTHER).await;
    cases.triage().await;
    assert_eq!(
        cases.stands(&untold).await,
        ("in_review", "sent_to_review"),
        "who was never told is never late"
    );
    assert_eq!(cases.stands(&filed).await, ("answered", "refused_on_form"));
    let machine = cases.view(&filed).await.violations.remove(0).machine.unwrap();
    assert_eq!(machine.defect, Some(FormDefect::Late));
    ask_for_human(&cases.database.connections, Actor::Citizen, filed.id, None, cases.clock.now())
        .await
        .unwrap();
    cases.triage().await;
    assert_eq!(cases.stands(&filed).await, ("in_review", "sent_to_review"));
    let again =
        ask_for_human(&cases.database.connections, Actor::Citizen, filed.id, None, cases.clock.now()).await;
    assert!(matches!(again, Err(ObjectionError::Illegal(_))));
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn a_cancelled_objection_leaves_a_human_nothing_to_look_at() {
    let cases = cases().await;
    let reference = cases.violation(1, 300).await;
    cases.certify("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z").await;
    let filed = cases.file(&[reference], &OTHER).await;
    cases.triage().await;
    let asked =
        ask_for_human(&cases.database.connections, Actor::Citizen, filed.id, None, cases.clock.now()).await;
    assert!(matches!(asked, Err(ObjectionError::NothingLeft)));
    assert_eq!(cases.stands(&filed).await, ("answered", "cancelled"));
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn a_document_is_asked_for_with_the_clock_held_and_then_a_human_decides() {
    let cases = cases().await;
    let reference = cases.violation(1, 300).await;
    let filed = cases.file(&[reference], &[GroundCode::MedicalEmergency]).await;
    cases.triage().await;
    assert_eq!(cases.stands(&filed).await, ("awaiting_document", "document_requested"));
    assert!(cases.view(&filed).await.document_due_on.is_some());
    cases.clock.advance(Duration::from_secs(3_600));
    for _ in 0..2 {
        add_attachment(
            &cases.database.connections,
            Actor::Citizen,
            filed.id,
            &paper(b"paper"),
            cases.clock.now(),
        )
        .await
        .unwrap();
    }
    assert_eq!(cases.count("select clock_held_seconds from objection").await, 3_600);
    cases.triage().await;
    assert_eq!(cases.stands(&filed).await, ("in_review", "sent_to_review"));
    assert_eq!(cases.view(&filed).await.attachments.len(), 1);
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn a_document_that_does_not_come_leads_to_a_human_and_to_no_refusal() {
    let cases = cases().await;
    let reference = cases.violation(1, 300).await;
    let filed = cases.file(&[reference], &[GroundCode::MedicalEmergency]).await;
    cases.triage().await;
    cases.clock.advance(Duration::from_secs(30 * 86_400));
    cases.triage().await;
    assert_eq!(cases.stands(&filed).await, ("in_review", "sent_to_review"));
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn a_second_objection_waits_for_the_first_and_is_looked_at_when_that_ends() {
    let cases = cases().await;
    let reference = cases.violation(1, 300).await;
    let first = cases.file(std::slice::from_ref(&reference), &[GroundCode::MedicalEmergency]).await;
    let second = cases.file(std::slice::from_ref(&reference), &OTHER).await;
    cases.triage().await;
    assert_eq!(cases.stands(&second).await, ("waiting", "waiting"));
    cases.certify("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z").await;
    add_attachment(
        &cases.database.connections,
        Actor::Citizen,
        first.id,
        &paper(b"paper"),
        cases.clock.now(),
    )
    .await
    .unwrap();
    cases.triage().await;
    assert_eq!(cases.stands(&first).await, ("answered", "cancelled"));
    assert_eq!(cases.stands(&second).await, ("answered", "refused_on_form"));
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn a_vehicle_sold_before_is_cancelled_for_the_seller_and_due_to_the_buyer() {
    let cases = cases().await;
    let reference = cases.violation(1, 300).await;
    let register = "plate,holder,from,to\n\
        SA-123-TNJ,seller,2020-01-01T00:00:00Z,2026-09-01T00:00:00Z\n\
        SA-123-TNJ,buyer,2026-09-01T00:00:00Z,\n";
    cases.import(Fact::Ownership, register).await;
    let served = format!("violation,holder,channel,served_at\n{reference},seller,sms,2026-09-22T00:00:00Z\n");
    cases.import(Fact::Notices, &served).await;
    let filed = cases.file(std::slice::from_ref(&reference), &[GroundCode::Sold]).await;
    cases.triage().await;
    assert_eq!(cases.stands(&filed).await, ("answered", "cancelled"));
    let due = format!(
        "select count(*) from violation_status join violation_reference using (violation_id) where reference = '{reference}' and reissue_due"
    );
    assert_eq!(cases.count(&due).await, 1);
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn a_paid_fine_goes_to_a_person_where_payment_or_amount_is_contested_and_is_refused_on_form_otherwise()
{
    let cases = cases().await;
    let (claimed, other) = (cases.violation(1, 300).await, cases.violation(2, 300).await);
    let ledger = format!(
        "receipt,violation,amount,currency,paid_at,channel\n\
         r-1,{claimed},300,SAR,2026-10-01T00:00:00Z,card\nr-2,{other},300,SAR,2026-10-01T00:00:00Z,card\n"
    );
    cases.import(Fact::Payments, &ledger).await;
    let claimed = cases.file(&[claimed], &[GroundCode::PaidOrAmountWrong]).await;
    let other = cases.file(&[other], &OTHER).await;
    cases.triage().await;
    assert_eq!(cases.stands(&claimed).await, ("in_review", "sent_to_review"));
    assert_eq!(cases.stands(&other).await, ("answered", "refused_on_form"));
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn many_jobs_at_once_answer_each_objection_once() {
    let cases = cases().await;
    for number in 1..=8 {
        let reference = cases.violation(number, 300).await;
        cases.file(&[reference], &OTHER).await;
    }
    let triage = || cases.triage_beside_others();
    tokio::join!(triage(), triage(), triage());
    assert_eq!(cases.count("select count(*) from triage").await, 8);
    assert_eq!(cases.count("select count(*) from review_task").await, 8);
    let totals = totals::count(&cases.database.connections).await.unwrap();
    assert_eq!((totals.to_human, totals.filed(), totals.unanswered), (8, 8, 0));
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn an_objection_that_cannot_be_looked_at_is_put_off_and_stops_no_other() {
    let cases = cases().await;
    let (broken, sound) = (cases.violation(1, 300).await, cases.violation(2, 300).await);
    let change = format!("update violation set sighting = '[]' where reference = '{broken}'");
    let change = format!("begin; set local session_replication_role = replica; {change}; commit");
    cases.database.execute(&change).await.unwrap();
    let broken = cases.file(&[broken], &OTHER).await;
    let sound = cases.file(&[sound], &OTHER).await;
    for _ in 0..2 {
        cases.job.answer_one().await.unwrap();
    }
    assert_eq!(cases.stands(&broken).await, ("filed", "none"));
    assert_eq!(cases.stands(&sound).await, ("in_review", "sent_to_review"));
    assert_eq!(
        cases
            .count(
                "select count(*) from objection where triage_error like '%sighting%' and triage_attempts = 1"
            )
            .await,
        1
    );
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn the_database_itself_refuses_a_machines_refusal_on_the_merits_and_any_change_of_an_answer() {
    let cases = cases().await;
    let reference = cases.violation(1, 300).await;
    cases.file(&[reference], &OTHER).await;
    cases.triage().await;
    let upheld = "update objection_violation set answer = 'upheld', answered_by = 'machine'";
    assert!(cases.database.execute(upheld).await.is_err());
    for table in ["triage", "triage_answer", "objection_event", "objection_ground"] {
        assert!(cases.database.execute(&format!("delete from {table}")).await.is_err(), "{table}");
    }
    cases.database.remove().await.unwrap();
}
