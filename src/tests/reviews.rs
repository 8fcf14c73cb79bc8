//! The queue and the decisions of named humans, on the real database.

use crate::cases::{Cases, Held, PLATE, REVIEW, cases, reviewer};
use adjudicate::decision::DecisionError;
use adjudicate::decision::decide::{Verdicts, decide};
use adjudicate::foundation::audit::Actor;
use adjudicate::foundation::chain;
use adjudicate::foundation::outbox::OutboxTopic;
use adjudicate::objection::file::file_objection;
use adjudicate::objection::new::FiledObjection;
use adjudicate::review::queue::{self, QueueFilter};
use adjudicate::review::{Assignment, ReviewConfig, ReviewError};
use adjudicate::stream::report;
use adjudicate::testing::objections::objection;
use chrono::TimeDelta;
use schemas::clock::Clock;
use schemas::decision::{CheckVerdict, DecisionInputError, Verdict};
use schemas::evidence::Sha256Digest;
use schemas::ids::LeaseId;
use schemas::money::{Currency, Money};
use schemas::objection::GroundCode;
use schemas::review::{LeaseError, ReviewTaskKind, ReviewTaskState};
use std::collections::BTreeMap;
use std::collections::BTreeSet;

const DISMISS: Verdicts = Verdicts::ManualCheck(CheckVerdict::Dismiss);

/// An objection over `violations` new violations that waits for a human.
async fn queued(cases: &Cases, violations: i64) -> FiledObjection {
    let mut references = Vec::new();
    for number in 1..=violations {
        references.push(cases.violation(number, 300).await);
    }
    let filed = cases.file(&references, &[GroundCode::PlateMisread]).await;
    cases.triage().await;
    filed
}

async fn expire(cases: &Cases) {
    cases.database.execute("update review_task set lease_until = now() - interval '1 second'").await.unwrap();
}

#[tokio::test]
async fn of_two_reviewers_who_claim_at_once_one_wins() {
    let cases = cases().await;
    queued(&cases, 1).await;
    let (one, two) = (reviewer("r-1"), reviewer("r-2"));
    let pool = &cases.database.connections;
    let (first, second) = tokio::join!(
        queue::claim_next(pool, &one, None, REVIEW),
        queue::claim_next(pool, &two, None, REVIEW)
    );
    let winners = [first.unwrap(), second.unwrap()].into_iter().flatten().count();
    assert_eq!(winners, 1);
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn of_two_decisions_on_one_task_one_wins_and_both_attempts_are_on_record() {
    let cases = cases().await;
    let filed = queued(&cases, 1).await;
    let held = cases.claim(&reviewer("r-1")).await;
    cases.open_frames(&held).await;
    let verdicts = cases.verdicts(&filed, Verdict::Uphold).await;
    let (first, second) = tokio::join!(cases.decide(&held, verdicts.clone()), cases.decide(&held, verdicts));
    assert_ne!(first.is_ok(), second.is_ok());
    let lost = first.err().or(second.err()).unwrap();
    assert!(matches!(lost, DecisionError::Task(ReviewError::Lease(LeaseError::Done))), "{lost}");
    let actions =
        "select count(*) from audit_event where action in ('review.decide', 'review.decide_refused')";
    assert_eq!(cases.count(actions).await, 2);
    assert_eq!(cases.count("select count(*) from decision").await, 1);
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn a_decision_without_every_frame_opened_is_refused() {
    let cases = cases().await;
    let filed = queued(&cases, 2).await;
    let held = cases.claim(&reviewer("r-1")).await;
    let verdicts = cases.verdicts(&filed, Verdict::Uphold).await;
    let unseen = cases.decide(&held, verdicts.clone()).await.unwrap_err();
    assert!(matches!(&unseen, DecisionError::FramesUnseen(frames) if frames.0.len() == 4), "{unseen}");
    let pool = &cases.database.connections;
    let (required, _) = queue::frame_progress(pool, held.task, None).await.unwrap();
    for frame in required.iter().skip(1) {
        queue::record_frame_view(pool, held.task, &held.reviewer, held.lease, *frame).await.unwrap();
    }
    let unseen = cases.decide(&held, verdicts.clone()).await.unwrap_err();
    assert!(matches!(&unseen, DecisionError::FramesUnseen(frames) if frames.0.len() == 1), "{unseen}");
    cases.open_frames(&held).await;
    cases.decide(&held, verdicts).await.unwrap();
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn an_expired_lease_can_neither_decide_nor_look_nor_be_renewed() {
    let cases = cases().await;
    let filed = queued(&cases, 1).await;
    let held = cases.claim(&reviewer("r-1")).await;
    cases.open_frames(&held).await;
    expire(&cases).await;
    let verdicts = cases.verdicts(&filed, Verdict::Cancel).await;
    let refused = cases.decide(&held, verdicts).await.unwrap_err();
    assert!(matches!(refused, DecisionError::Task(ReviewError::Lease(LeaseError::NotHeld))), "{refused}");
    let pool = &cases.database.connections;
    let renewed = queue::renew(pool, held.task, &held.reviewer, held.lease, REVIEW).await;
    assert!(matches!(renewed, Err(ReviewError::Lease(LeaseError::NotHeld))));
    let frame = Sha256Digest::of(b"event-1 first");
    let looked = queue::record_frame_view(pool, held.task, &held.reviewer, held.lease, frame).await;
    assert!(matches!(looked, Err(ReviewError::Lease(LeaseError::NotHeld))));
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn what_was_opened_under_an_earlier_lease_does_not_count() {
    let cases = cases().await;
    let filed = queued(&cases, 1).await;
    let first = cases.claim(&reviewer("r-1")).await;
    cases.open_frames(&first).await;
    expire(&cases).await;
    let second = cases.claim(&reviewer("r-2")).await;
    assert_eq!(second.task, first.task);
    let verdicts = cases.verdicts(&filed, Verdict::Uphold).await;
    let refused = cases.decide(&first, verdicts.clone()).await.unwrap_err();
    assert!(
        matches!(refused, DecisionError::Task(ReviewError::Lease(LeaseError::HeldElsewhere))),
        "{refused}"
    );
    let unseen = cases.decide(&second, verdicts).await.unwrap_err();
    assert!(matches!(unseen, DecisionError::FramesUnseen(_)), "{unseen}");
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn another_reviewer_cannot_use_a_lease_that_is_not_theirs() {
    let cases = cases().await;
    let filed = queued(&cases, 1).await;
    let held = cases.claim(&reviewer("r-1")).await;
    cases.open_frames(&held).await;
    let stranger = Held { reviewer: reviewer("r-2"), ..held.clone() };
    let verdicts = cases.verdicts(&filed, Verdict::Uphold).await;
    let refused = cases.decide(&stranger, verdicts).await.unwrap_err();
    assert!(
        matches!(refused, DecisionError::Task(ReviewError::Lease(LeaseError::HeldElsewhere))),
        "{refused}"
    );
    let claimed = queue::claim(&cases.database.connections, held.task, &reviewer("r-2"), REVIEW).await;
    assert!(matches!(claimed, Err(ReviewError::HeldByOther(_))));
    let again = queue::claim(&cases.database.connections, held.task, &reviewer("r-1"), REVIEW).await.unwrap();
    assert_eq!(Held::of(again, &held.reviewer).lease, held.lease);
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn a_decision_answers_each_violation_and_tells_the_outside() {
    let cases = cases().await;
    let filed = queued(&cases, 3).await;
    let held = cases.claim(&reviewer("r-1")).await;
    cases.open_frames(&held).await;
    let to = Money::new(150.into(), Currency::SaudiRiyal).unwrap();
    let wanted = [Verdict::Uphold, Verdict::Cancel, Verdict::Reduce { to }];
    let violations = cases.view(&filed).await.violations;
    let verdicts: BTreeMap<_, _> = violations.iter().map(|one| one.violation).zip(wanted).collect();
    cases.decide(&held, verdicts).await.unwrap();
    let view = cases.view(&filed).await;
    assert_eq!(view.state.label(), "decided");
    let answers: Vec<&str> =
        view.violations.iter().filter_map(|one| one.closing).map(|(answer, _)| answer.label()).collect();
    assert_eq!(answers, ["upheld", "cancelled", "reduced"]);
    assert!(view.violations.iter().all(|one| one.human.as_ref().unwrap().reviewer == reviewer("r-1")));
    for (violation, (status, amount)) in
        violations.iter().zip([("issued", "300"), ("cancelled", "0"), ("reduced", "150")])
    {
        let stands = cases.status(&violation.reference).await;
        assert_eq!(stands, (status.to_owned(), amount.to_owned()));
    }
    // One for the machine's handing over, one for each kind of verdict.
    assert_eq!(report::messages(&cases.database.connections, OutboxTopic::Decisions).await.unwrap(), 4);
    chain::verify(&cases.database.connections, filed.id.uuid()).await.unwrap();
    assert!(
        queue::list(&cases.database.connections, QueueFilter::default(), None, 10).await.unwrap().is_empty()
    );
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn a_stale_version_or_an_incomplete_verdict_changes_nothing() {
    let cases = cases().await;
    let filed = queued(&cases, 2).await;
    let held = cases.claim(&reviewer("r-1")).await;
    cases.open_frames(&held).await;
    let verdicts = cases.verdicts(&filed, Verdict::Uphold).await;
    let stale = Held { version: held.version - 1, ..held.clone() };
    let refused = cases.decide(&stale, verdicts.clone()).await.unwrap_err();
    assert!(matches!(refused, DecisionError::Stale { .. }), "{refused}");
    let half: BTreeMap<_, _> = verdicts.into_iter().take(1).collect();
    let refused = cases.decide(&held, half).await.unwrap_err();
    assert!(matches!(refused, DecisionError::Input(DecisionInputError::Missing(_))), "{refused}");
    assert_eq!(cases.count("select count(*) from decision").await, 0);
    assert_eq!(cases.stands(&filed).await.0, "in_review");
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn the_same_objection_after_a_decision_is_refused_on_form() {
    let cases = cases().await;
    let filed = queued(&cases, 1).await;
    let held = cases.claim(&reviewer("r-1")).await;
    cases.open_frames(&held).await;
    let verdicts = cases.verdicts(&filed, Verdict::Uphold).await;
    cases.decide(&held, verdicts).await.unwrap();
    let reference = cases.view(&filed).await.violations.remove(0).reference;
    let again = cases.file(std::slice::from_ref(&reference), &[GroundCode::PlateMisread]).await;
    let new_ground = objection(&[reference], PLATE, &[GroundCode::WasElsewhere]).unwrap();
    cases.triage().await;
    let other = file_objection(&cases.database.connections, Actor::Citizen, &new_ground, cases.clock.now())
        .await
        .unwrap();
    cases.triage().await;
    assert_eq!(cases.stands(&again).await, ("answered", "refused_on_form"));
    assert_eq!(cases.stands(&other).await, ("in_review", "sent_to_review"));
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn the_oldest_objection_comes_first_and_before_any_manual_check() {
    let cases = cases().await;
    cases.manual_check().await;
    let first = queued(&cases, 1).await;
    let reference = cases.violation(9, 300).await;
    cases.clock.advance(std::time::Duration::from_secs(60));
    let second = cases.file(&[reference], &[GroundCode::Other]).await;
    cases.triage().await;
    let list = queue::list(&cases.database.connections, QueueFilter::default(), None, 10).await.unwrap();
    let references: Vec<Option<String>> = list.iter().map(|entry| entry.reference.clone()).collect();
    assert_eq!(references, [Some(first.reference.to_string()), Some(second.reference.to_string()), None]);
    assert_eq!(list[2].reasons, ["low_confidence"]);
    let behind = queue::list(&cases.database.connections, QueueFilter::default(), Some(list[0].task.id), 1)
        .await
        .unwrap();
    assert_eq!(behind[0].task.id, list[1].task.id);
    let depth = queue::depth(&cases.database.connections).await.unwrap();
    assert_eq!(
        depth.iter().map(|one| (one.kind, one.tasks)).collect::<Vec<_>>(),
        [(ReviewTaskKind::Objection, 2), (ReviewTaskKind::ManualCheck, 1)]
    );
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn a_claim_of_one_kind_passes_over_the_other_and_takes_a_lease_that_ran_out_first() {
    let cases = cases().await;
    cases.manual_check().await;
    queued(&cases, 1).await;
    let pool = &cases.database.connections;
    let claim = async |name: &str, kind| {
        let claimed = queue::claim_next(pool, &reviewer(name), Some(kind), REVIEW).await.unwrap();
        claimed.map(|task| (task.id, task.subject.kind()))
    };
    let check = claim("r-1", ReviewTaskKind::ManualCheck).await.unwrap();
    assert_eq!(check.1, ReviewTaskKind::ManualCheck);
    assert_eq!(claim("r-2", ReviewTaskKind::ManualCheck).await, None);
    expire(&cases).await;
    let objection = claim("r-2", ReviewTaskKind::Objection).await.unwrap();
    assert_eq!(objection.1, ReviewTaskKind::Objection);
    assert_eq!(claim("r-3", ReviewTaskKind::Objection).await, None);
    assert_eq!(claim("r-3", ReviewTaskKind::ManualCheck).await, Some(check));
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn a_released_task_is_open_again_and_a_wrong_lease_releases_nothing() {
    let cases = cases().await;
    queued(&cases, 1).await;
    let held = cases.claim(&reviewer("r-1")).await;
    let pool = &cases.database.connections;
    let wrong = queue::release(pool, held.task, &held.reviewer, LeaseId::generate()).await;
    assert!(matches!(wrong, Err(ReviewError::Lease(LeaseError::HeldElsewhere))));
    queue::release(pool, held.task, &held.reviewer, held.lease).await.unwrap();
    let open = QueueFilter { only_open: true, ..QueueFilter::default() };
    assert_eq!(queue::list(pool, open, None, 10).await.unwrap().len(), 1);
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn a_doubtful_sighting_is_queued_with_its_record_and_dismissed_by_a_named_human() {
    let cases = cases().await;
    cases.manual_check().await;
    let held = cases.claim(&reviewer("r-1")).await;
    let pool = &cases.database.connections;
    let unseen =
        decide(pool, &held.call(), DISMISS, &cases.job.metrics, cases.clock.now()).await.unwrap_err();
    assert!(matches!(unseen, DecisionError::FramesUnseen(_)), "{unseen}");
    let foreign =
        queue::record_frame_view(pool, held.task, &held.reviewer, held.lease, Sha256Digest::of(b"no")).await;
    assert!(matches!(foreign, Err(ReviewError::NoSuchFrame(_))));
    cases.open_frames(&held).await;
    let objected = cases.decide(&held, BTreeMap::new()).await.unwrap_err();
    assert!(matches!(objected, DecisionError::OtherKind(_)), "{objected}");
    decide(pool, &held.call(), DISMISS, &cases.job.metrics, cases.clock.now()).await.unwrap();
    assert_eq!(cases.count("select count(*) from decision_verdict where verdict = 'dismissed'").await, 1);
    assert_eq!(cases.count("select count(*) from review_task where state <> 'done'").await, 0);
    cases.database.remove().await.unwrap();
}

#[tokio::test]
async fn nobody_hoards_cases_not_even_by_claiming_many_at_once() {
    let cases = cases().await;
    cases.manual_checks(8).await;
    let pool = &cases.database.connections;
    let one = reviewer("r-1");
    let claims = (0..8).map(|_| queue::claim_next(pool, &one, None, REVIEW));
    let claims = futures::future::join_all(claims).await;
    let refused = claims.iter().filter(|claim| matches!(claim, Err(ReviewError::TooMany(5)))).count();
    assert_eq!((claims.iter().filter(|claim| claim.is_ok()).count(), refused), (5, 3));
    // Others go on, and whoever gives one back may claim another.
    let other = queue::claim_next(pool, &reviewer("r-2"), None, REVIEW).await.unwrap();
    assert!(other.is_some());
    cases
        .database
        .execute("update review_task set lease_until = now() - interval '1 s' where reviewer_id = 'r-1'")
        .await
        .unwrap();
    assert!(queue::claim_next(pool, &one, None, REVIEW).await.unwrap().is_some());
    cases.database.remove().await.unwrap();
}

/// Moves the beginning of the only hold into the past, and returns the lease that then stands in the row.
async fn held_since(cases: &Cases, held: &Held, seconds_ago: u32) -> LeaseId {
    let moved = format!("update review_task set lease_id = uuidv7(interval '-{seconds_ago} seconds')");
    cases.database.execute(&moved).await.unwrap();
    let task = queue::task(&cases.database.connections, held.task).await.unwrap();
    let ReviewTaskState::Claimed(lease) = task.state else { panic!("the task is not held") };
    lease.id
}

#[tokio::test]
async fn a_hold_ends_at_its_longest_however_often_it_is_renewed() {
    let cases = cases().await;
    queued(&cases, 1).await;
    let held = cases.claim(&reviewer("r-1")).await;
    let pool = &cases.database.connections;
    let before_the_end = REVIEW.hold_seconds_max - 60;
    let lease = held_since(&cases, &held, before_the_end).await;
    for _ in 0..3 {
        let renewed = queue::renew(pool, held.task, &held.reviewer, lease, REVIEW).await.unwrap();
        let left = renewed.until - queue_time(&cases).await;
        assert!(left > TimeDelta::zero() && left <= TimeDelta::seconds(60), "{left}");
    }
    let claimed_again = queue::claim(pool, held.task, &held.reviewer, REVIEW).await.unwrap();
    let ReviewTaskState::Claimed(same) = claimed_again.state else { panic!("the task is not held") };
    assert_eq!(same.id, lease);
    assert!(
        same.until - queue_time(&cases).await <= TimeDelta::seconds(60),
        "a claim prolongs no further either"
    );
    let lease = held_since(&cases, &held, REVIEW.hold_seconds_max + 1).await;
    queue::renew(pool, held.task, &held.reviewer, lease, REVIEW).await.unwrap();
    let late = queue::renew(pool, held.task, &held.reviewer, lease, REVIEW).await;
    assert!(matches!(late, Err(ReviewError::Lease(LeaseError::NotHeld))), "{late:?}");
    assert!(queue::claim(pool, held.task, &reviewer("r-2"), REVIEW).await.is_ok());
    cases.database.remove().await.unwrap();
}

async fn queue_time(cases: &Cases) -> chrono::DateTime<chrono::Utc> {
    let now = cases
        .database
        .text("select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
    now.await.unwrap().parse().unwrap()
}

#[tokio::test]
async fn cases_given_out_at_random_can_neither_be_named_nor_be_drawn_until_the_wanted_one_comes() {
    const TASKS: i64 = 8;
    let random = ReviewConfig { assignment: Assignment::Random, held_cases_max: 3, ..REVIEW };
    let cases = cases().await;
    let pool = &cases.database.connections;
    for number in 1..=TASKS {
        let reference = cases.violation(number, 300).await;
        cases.file(&[reference], &[GroundCode::PlateMisread]).await;
    }
    cases.triage().await;
    let listed = queue::list(pool, QueueFilter::default(), None, 100).await.unwrap();
    let oldest: Vec<_> = listed.iter().map(|entry| entry.task.id).collect();
    let one = reviewer("r-1");
    let named = queue::claim(pool, oldest[0], &one, random).await;
    assert!(matches!(named, Err(ReviewError::Drawn)), "{named:?}");
    let mut drawn = BTreeSet::new();
    for _ in 0..random.held_cases_max {
        let task = queue::claim_next(pool, &one, None, random).await.unwrap().unwrap();
        let ReviewTaskState::Claimed(lease) = task.state else { panic!("the task is not held") };
        assert!(drawn.insert(task.id), "a case that was given back came again");
        queue::release(pool, task.id, &one, lease.id).await.unwrap();
    }
    let more = queue::claim_next(pool, &one, None, random).await;
    assert!(matches!(more, Err(ReviewError::ReturnedTooMany(3))), "{more:?}");
    // Others are given all of them, in no order that follows from their age.
    let mut order = Vec::new();
    for number in 0..TASKS {
        let other = reviewer(&format!("r-{}", 10 + number));
        order.push(queue::claim_next(pool, &other, None, random).await.unwrap().unwrap().id);
    }
    assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), oldest.len());
    assert_ne!(order, oldest, "one in 40,320 by chance");
    assert_eq!(queue::claim_next(pool, &reviewer("r-99"), None, random).await.unwrap(), None);
    cases.database.remove().await.unwrap();
}

#[test]
fn a_hold_shorter_than_its_first_lease_or_a_draw_among_none_is_refused_by_its_key() {
    let told = |keys: &str| {
        let text = format!("[database]\nurl = \"postgres://none/none\"\n[review]\n{keys}");
        rasid::config::Config::from_defaults_and(&text).map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(told("assignment = \"random\""), Ok(()));
    assert!(told("hold_seconds_max = 899").unwrap_err().contains("review.hold_seconds_max"));
    assert!(told("drawn_among_max = 0").unwrap_err().contains("review.drawn_among_max"));
    assert!(told("assignment = \"newest\"").unwrap_err().contains("review.assignment"));
}
