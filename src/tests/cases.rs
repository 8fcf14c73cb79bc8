//! A schema with recorded violations, an objection's way through it, and a reviewer's.

use crate::positions::{recorder, run, take};
use crate::services::database;
use adjudicate::decision::DecisionError;
use adjudicate::decision::decide::{DecisionCall, Verdicts, decide};
use adjudicate::desk::objection_view::{self as view, ObjectionView};
use adjudicate::foundation::audit::Actor;
use adjudicate::import::{self, Fact};
use adjudicate::objection::file::file_objection;
use adjudicate::objection::new::FiledObjection;
use adjudicate::review::{Assignment, ReviewConfig, queue};
use adjudicate::stream::settle::{AssessedEvent, Effect, Recorded, Settlement};
use adjudicate::testing::TestDatabase;
use adjudicate::testing::objections::{objection, triage_job};
use adjudicate::testing::sightings::Sighting;
use adjudicate::triage::job::TriageJob;
use chrono::{DateTime, Utc};
use schemas::assessment::{Assessment, ManualCheckReason, ViolationDraft};
use schemas::clock::{Clock, FixedClock};
use schemas::decision::{Reason, Verdict};
use schemas::ids::{DecisionId, LeaseId, ReviewTaskId, ReviewerId, ViolationId};
use schemas::money::Money;
use schemas::objection::GroundCode;
use schemas::reference::ViolationReference;
use schemas::review::{ReviewTask, ReviewTaskState};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Plate of every violation here: speeding at 112 where 80 is allowed.
pub(crate) const PLATE: &str = "SA-123-TNJ";
/// How long a test's reviewer holds a case.
pub(crate) const LEASE_SECONDS: u32 = 600;
/// How cases are held in tests.
pub(crate) const REVIEW: ReviewConfig = ReviewConfig {
    lease_seconds: LEASE_SECONDS,
    hold_seconds_max: 3 * LEASE_SECONDS,
    held_cases_max: 5,
    assignment: Assignment::Oldest,
    drawn_among_max: 10,
    picture_decodes_max: 1,
};

/// A test's database and time.
pub(crate) struct Cases {
    pub(crate) database: TestDatabase,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) job: TriageJob,
}

/// A database with a site, a camera with a certificate in force, and a sign that showed the enforced limit.
pub(crate) async fn cases() -> Cases {
    let database = database().await;
    let clock = Arc::new(FixedClock::at(now_of(&database).await));
    let job = triage_job(&database.connections, clock.clone()).unwrap();
    let cases = Cases { database, clock, job };
    cases
        .import(Fact::Sites, "id,jurisdiction,name_arabic,name_english,limit_kmh\nsite-1,SA,موقع,a site,80\n")
        .await;
    cases.import(Fact::Cameras, "id,sites,kind,instrument\ncam-1,site-1,speed,serial-1\n").await;
    cases.certify("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z").await;
    cases.sign("2026-01-01T00:00:00Z", "80").await;
    cases
}

impl Cases {
    /// Imports facts from CSV text.
    pub(crate) async fn import(&self, fact: Fact, csv: &str) {
        import::import(&self.database.connections, fact, csv.as_bytes()).await.unwrap();
    }

    /// Gives the camera its one certificate.
    pub(crate) async fn certify(&self, from: &str, to: &str) {
        let csv = format!("id,camera,type_approval,valid_from,valid_to\ncert-1,cam-1,type-1,{from},{to}\n");
        self.import(Fact::Certificates, &csv).await;
    }

    /// Returns what the sign has shown since `from`.
    pub(crate) async fn sign(&self, from: &str, limit: &str) {
        self.import(
            Fact::SignStates,
            &format!("site,from,to,condition,limit_kmh\nsite-1,{from},,in_order,{limit}\n"),
        )
        .await;
    }

    /// Records a violation in which `amount` riyals are asked; each `number` is another day.
    pub(crate) async fn violation(&self, number: i64, amount: i64) -> ViolationReference {
        let sighting = Sighting::of(&format!("event-{number}"), PLATE).later_by(number * 86_400);
        self.record(asking(sighting.violation(0).unwrap(), amount)).await;
        let query = format!(
            "select reference from violation join case_origin_record on case_id = id where event_id = 'event-{number}'"
        );
        self.database.text(&query).await.unwrap().parse().unwrap()
    }

    /// Records a doubtful sighting.
    pub(crate) async fn manual_check(&self) {
        self.manual_checks(1).await;
    }

    /// Doubtful sightings, an hour apart; the first is that of [`Cases::manual_check`].
    pub(crate) async fn manual_checks(&self, count: u8) {
        self.doubtful(&Sighting::of("doubtful", PLATE)).await;
        for number in 1..count {
            let event = format!("doubtful-{number}");
            self.doubtful(&Sighting::of(&event, PLATE).later_by(i64::from(number) * 3_600)).await;
        }
    }

    async fn doubtful(&self, sighting: &Sighting) {
        self.record(sighting.manual_check(0, ManualCheckReason::LowConfidence).unwrap()).await;
    }

    async fn record(&self, mut settlement: Settlement) {
        let taken = take(&self.database, 0).await;
        settlement.offset = taken.next_offset;
        let recorded = recorder(&self.database).record_run(&run(0, taken, vec![settlement])).await.unwrap();
        assert!(matches!(recorded, Recorded::Now(_)));
    }

    /// Files an objection.
    pub(crate) async fn file(
        &self,
        violations: &[ViolationReference],
        grounds: &[GroundCode],
    ) -> FiledObjection {
        let new = objection(violations, PLATE, grounds).unwrap();
        file_objection(&self.database.connections, Actor::Citizen, &new, self.clock.now()).await.unwrap()
    }

    /// Lets triage work until it finds nothing that nobody else holds.
    pub(crate) async fn triage_beside_others(&self) {
        use adjudicate::foundation::jobs::{Job, Progress};
        while self.job.run_once().await.unwrap() == Progress::Worked {}
    }

    /// Lets triage, alone, look at everything.
    pub(crate) async fn triage(&self) {
        self.triage_beside_others().await;
        let left = "select string_agg(concat_ws(' ', triage_error, triage_after - now()), '; ') \
                    from objection where state = 'filed'";
        let left = self.database.text(&format!("select coalesce(({left}), 'nothing')")).await.unwrap();
        assert_eq!(left, "nothing", "was not looked at");
    }

    pub(crate) async fn view(&self, filed: &FiledObjection) -> ObjectionView {
        view::load(&self.database.connections, filed.id).await.unwrap().unwrap()
    }

    /// State and overall result of an objection, as labels.
    pub(crate) async fn stands(&self, filed: &FiledObjection) -> (&'static str, &'static str) {
        let view = self.view(filed).await;
        (view.state.label(), view.overall_result.map_or("none", schemas::triage::MachineAnswerKind::label))
    }

    pub(crate) async fn status(&self, reference: &ViolationReference) -> (String, String) {
        let of = |column: &str| {
            format!(
                "select {column}::text from violation_status join violation_reference using (violation_id) where reference = '{reference}'"
            )
        };
        let amount = of("trim_scale(amount_due)");
        (self.database.text(&of("status")).await.unwrap(), self.database.text(&amount).await.unwrap())
    }

    /// Claims the only task.
    pub(crate) async fn claim(&self, reviewer: &ReviewerId) -> Held {
        let task =
            queue::claim_next(&self.database.connections, reviewer, None, REVIEW).await.unwrap().unwrap();
        Held::of(task, reviewer)
    }

    /// Opens every frame of a task under its lease.
    pub(crate) async fn open_frames(&self, held: &Held) {
        let pool = &self.database.connections;
        let (required, _) = queue::frame_progress(pool, held.task, Some(held.lease)).await.unwrap();
        for frame in required {
            queue::record_frame_view(pool, held.task, &held.reviewer, held.lease, frame).await.unwrap();
        }
    }

    /// Decides as `held` says.
    pub(crate) async fn decide(
        &self,
        held: &Held,
        verdicts: BTreeMap<ViolationId, Verdict>,
    ) -> Result<DecisionId, DecisionError> {
        let call = held.call();
        decide(
            &self.database.connections,
            &call,
            Verdicts::Objection(verdicts),
            &self.job.metrics,
            self.clock.now(),
        )
        .await
    }

    /// The same verdict on everything that waits for one.
    pub(crate) async fn verdicts(
        &self,
        filed: &FiledObjection,
        verdict: Verdict,
    ) -> BTreeMap<ViolationId, Verdict> {
        let open = self.view(filed).await.violations.into_iter().filter(|one| one.closing.is_none());
        open.map(|one| (one.violation, verdict)).collect()
    }

    pub(crate) async fn count(&self, query: &str) -> i64 {
        self.database.number(query).await.unwrap()
    }
}

/// A task under a lease.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) task: ReviewTaskId,
    pub(crate) lease: LeaseId,
    pub(crate) version: i64,
    pub(crate) reviewer: ReviewerId,
}

impl Held {
    pub(crate) fn of(task: ReviewTask, reviewer: &ReviewerId) -> Self {
        let ReviewTaskState::Claimed(lease) = task.state else { panic!("the task is not claimed") };
        Self { task: task.id, lease: lease.id, version: task.version, reviewer: reviewer.clone() }
    }

    pub(crate) fn call(&self) -> DecisionCall<'_> {
        let reason = Reason::new(
            Some("اللقطتان تُظهران ما جاء في الإشعار"),
            Some("the frames show what the notice says"),
        )
        .unwrap();
        DecisionCall {
            task: self.task,
            reviewer: &self.reviewer,
            lease: self.lease,
            version: self.version,
            reason,
        }
    }
}

pub(crate) fn reviewer(name: &str) -> ReviewerId {
    ReviewerId::parse(name).unwrap()
}

/// The database's time: rows are recorded by it, and objections must not come before them.
async fn now_of(database: &TestDatabase) -> DateTime<Utc> {
    let text = database
        .text("select to_char(now() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
        .await
        .unwrap();
    text.parse().unwrap()
}

fn asking(settlement: Settlement, riyals: i64) -> Settlement {
    let Effect::Assessed(assessed) = settlement.effect else { panic!("not assessed") };
    let event = Arc::unwrap_or_clone(assessed);
    let Assessment::Violation(draft) = event.assessment.clone() else { panic!("no violation") };
    let money = |amount: i64| Money::new(amount.into(), draft.amount.currency()).unwrap();
    let draft =
        ViolationDraft { amount: money(riyals), amount_min: money(1), amount_max: money(2_000), ..*draft };
    let assessed = AssessedEvent { assessment: Assessment::Violation(Box::new(draft)), ..event };
    Settlement { offset: settlement.offset, effect: Effect::Assessed(Arc::new(assessed)) }
}
