//! `rasid doctor` against real services: an installation without faults, and in each test one that is planted.

mod broker;
mod command;
mod database;
mod machine;
mod registers;

use crate::broker::TestStream;
use crate::services;
use adjudicate::access::Identity;
use adjudicate::access::store::{NewApiKey, issue_key};
use adjudicate::import::{Fact, import};
use adjudicate::registry::store as registry_store;
use adjudicate::testing::TestDatabase;
use ingest::testing::TestCamera;
use rasid::doctor::{Check, DiskRoom, Examination, Finding, Report, Verdict, examine};
use rules::registry::RegistryRows;
use schemas::clock::SystemClock;
use schemas::ids::ReviewerId;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

const CAMERA: &str = "SA-RUH-101";
const SITES: &str = "id,jurisdiction,name_arabic,name_english,limit_kmh\nsa-riyadh-1,SA,الرياض,Riyadh,80\n";
const CAMERAS: &str = "id,sites,kind,instrument\nSA-RUH-101,sa-riyadh-1,speed,1\n";
const CERTIFICATES: &str = "id,camera,type_approval,valid_from,valid_to\n\
                            c-1,SA-RUH-101,R91,2026-01-01T00:00:00Z,2099-01-01T00:00:00Z\n";
const SIGNS: &str = "site,from,to,condition,limit_kmh\nsa-riyadh-1,2026-01-01T00:00:00Z,,in_order,80\n";

/// A disk with room for everything, so that the machine of the tests does not matter.
const fn roomy() -> DiskRoom {
    DiskRoom { total_bytes: 1 << 40, free_bytes: 1 << 39, total_files: 1_000_000, free_files: 900_000 }
}

/// What an operator has set up, with its configuration as keys that a test may change.
struct Installation {
    database: TestDatabase,
    stream: TestStream,
    camera: TestCamera,
    folder: TempDir,
    keys: toml::Table,
}

impl Installation {
    /// One without faults.
    async fn clean() -> Self {
        let this = Self::bare(services::database().await).await;
        this.database.execute("select ensure_month_partitions(3)").await.unwrap();
        for (fact, file) in [
            (Fact::Sites, SITES),
            (Fact::Cameras, CAMERAS),
            (Fact::Certificates, CERTIFICATES),
            (Fact::SignStates, SIGNS),
        ] {
            import(&this.database.connections, fact, file.as_bytes()).await.unwrap();
        }
        let key = this.camera.registered_key();
        registry_store::register(&this.database.connections, &RegistryRows::default(), &[key]).await.unwrap();
        this.issue(Identity::Reviewer(ReviewerId::parse("reviewer-1").unwrap()), 90, false).await;
        this
    }

    /// Topics and a database, and nothing in it.
    async fn bare(database: TestDatabase) -> Self {
        let library =
            tokio::task::spawn_blocking(|| runtime::onnxruntime_for_tests().unwrap()).await.unwrap();
        let stream = TestStream::create().await;
        let folder = tempfile::tempdir().unwrap();
        let kafka = &stream.kafka;
        let evidence = folder.path().join("evidence");
        fs::create_dir(&evidence).unwrap();
        fs::set_permissions(&evidence, fs::Permissions::from_mode(0o700)).unwrap();
        let text = format!(
            "[database]\nurl = {:?}\n[kafka]\nbrokers = {:?}\ngroup = {:?}\ninstance = {:?}\nevents_topic = {:?}\n\
             dead_letter_topic = {:?}\nviolations_topic = {:?}\ndecisions_topic = {:?}\ncreated_partitions = 2\n\
             [evidence]\ndirectory = {evidence:?}\n[detect]\nonnxruntime_path = {library:?}\n[http]\n[admin]\n[ingest]\n",
            database.config.url.expose(),
            kafka.brokers,
            kafka.group,
            kafka.instance,
            kafka.events_topic,
            kafka.dead_letter_topic,
            kafka.violations_topic,
            kafka.decisions_topic,
        );
        let camera = TestCamera::new(CAMERA, "sa-riyadh-1", 7).unwrap();
        Self { database, stream, camera, folder, keys: text.parse().unwrap() }
    }

    async fn issue(&self, identity: Identity, days: u32, loopback_only: bool) {
        let new = NewApiKey { label: "day shift".to_owned(), identity, days: Some(days), loopback_only };
        issue_key(&self.database.connections, &new).await.unwrap();
    }

    fn set(&mut self, section: &str, key: &str, value: impl Into<toml::Value>) {
        self.keys[section].as_table_mut().unwrap().insert(key.to_owned(), value.into());
    }

    /// Writes the configuration, for the service alone.
    fn file(&self) -> PathBuf {
        let file = self.folder.path().join("rasid.toml");
        fs::write(&file, self.keys.to_string()).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        file
    }

    fn examination(&self) -> Examination {
        let clock = Arc::new(SystemClock::new());
        Examination { room: |_| Ok(roomy()), ..Examination::of(self.file(), clock) }
    }

    async fn report(&self) -> Report {
        examine(&self.examination()).await
    }

    /// The one kind of fault that is there, of which there may be several.
    async fn only_faults(&self, check: Check) -> Vec<Finding> {
        only_faults(&self.report().await, check)
    }

    async fn execute(&self, statement: &str) {
        self.database.execute(statement).await.unwrap();
    }

    async fn remove(self) {
        self.database.remove().await.unwrap();
    }
}

fn of(report: &Report, verdict: Verdict) -> Vec<&Finding> {
    report.findings.iter().filter(|finding| finding.verdict == verdict).collect()
}

fn only_faults(report: &Report, check: Check) -> Vec<Finding> {
    let faults = of(report, Verdict::Fault);
    assert!(!faults.is_empty() && faults.iter().all(|fault| fault.check == check), "{check}: {faults:#?}");
    assert!(faults.iter().all(|fault| fault.remedy.is_some()), "{faults:#?}");
    faults.into_iter().cloned().collect()
}

/// The one finding of a check, which stands so.
fn the(report: &Report, check: Check, verdict: Verdict) -> &Finding {
    let found: Vec<&Finding> = report.findings.iter().filter(|finding| finding.check == check).collect();
    assert!(found.len() == 1 && found[0].verdict == verdict, "{check} is not {verdict}: {found:#?}");
    found[0]
}

#[tokio::test]
async fn an_installation_as_it_should_be_has_no_fault_no_warning_and_nothing_unchecked() {
    let installation = Installation::clean().await;
    let report = installation.report().await;
    for verdict in [Verdict::Fault, Verdict::Warning, Verdict::NotChecked] {
        assert_eq!(of(&report, verdict), [] as [&Finding; 0]);
    }
    for check in Check::ALL {
        assert!(report.findings.iter().any(|finding| finding.check == check), "{check} is not told");
    }
    installation.remove().await;
}

#[tokio::test]
async fn an_unused_group_and_the_doctors_own_questions_leave_nothing_behind() {
    let installation = Installation::clean().await;
    let (first, second) = (installation.report().await, installation.report().await);
    assert_eq!(first.count(Verdict::Good), second.count(Verdict::Good));
    let written = "select count(*) from stream_position";
    assert_eq!(installation.database.number(written).await.unwrap(), 0);
    installation.remove().await;
}
