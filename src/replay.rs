//! Repeats what was decided by rules from what is stored, and compares bytes: every assessment, every answer of the
//! machine. Reads PostgreSQL and the evidence store, writes nothing.

use adjudicate::case::assessment::{self, StoredAssessment};
use adjudicate::case::rule_table;
use adjudicate::facts::tariffs;
use adjudicate::foundation::db::Database;
use adjudicate::triage::store::{self as answers, StoredTriage};
use anyhow::Context;
use ingest::evidence::EvidenceStore;
use rules::policy::{Policies, Policy};
use rules::replay::triage::{RepeatTriageError, repeat_triage};
use rules::replay::{self, RepeatError, UnreadableRecord};
use schemas::evidence::Sha256Digest;
use schemas::ids::TriageId;
use schemas::jurisdiction::Jurisdiction;
use schemas::wire::camera_event_v1;
use serde::Serialize;
use std::collections::HashMap;
use std::fmt;
use uuid::Uuid;

/// Cases and answers that are read at once.
const PAGE_ROWS: u32 = 500;

/// How a repetition ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repetition {
    /// The same bytes came out.
    Identical {
        /// How many.
        bytes: u64,
    },
    /// Other bytes came out, or the stored ones are not what they should be.
    Different {
        /// What.
        what: String,
    },
    /// Another version of the rules or of this program made it, and its rules are not at hand.
    NotRepeatable {
        /// Why.
        why: String,
    },
}

/// One repetition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// What was repeated, e.g. `violation 0190…`.
    pub what: String,
    /// How it ended.
    pub ended: Repetition,
}

/// Counts of repetitions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ReplayTotals {
    /// Assessments and answers that were looked at.
    pub repeated: u64,
    /// The same bytes came out.
    pub identical: u64,
    /// Other bytes came out.
    pub different: u64,
    /// Made by rules that are not at hand.
    pub not_repeatable: u64,
    /// Bytes that were compared and the same.
    pub bytes: u64,
}

/// Repeats decisions from stored data.
pub struct Replay<'r> {
    database: &'r Database,
    evidence: &'r EvidenceStore,
    compiled_in: Policies,
    /// With the fines that were imported since.
    in_force: Policies,
    /// Rules by digest; `None` if they cannot be had.
    loaded: HashMap<Sha256Digest, Option<Policies>>,
}

impl fmt::Debug for Replay<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Replay")
    }
}

impl ReplayTotals {
    /// Counts one more.
    pub fn count(&mut self, repeated: &Repeated) {
        self.repeated += 1;
        match &repeated.ended {
            Repetition::Identical { bytes } => {
                self.identical += 1;
                self.bytes += bytes;
            }
            Repetition::Different { .. } => self.different += 1,
            Repetition::NotRepeatable { .. } => self.not_repeatable += 1,
        }
    }
}

impl<'r> Replay<'r> {
    /// Reads from `database` and `evidence`.
    ///
    /// # Errors
    /// When the rules of this program or the imported fines do not load.
    pub async fn new(database: &'r Database, evidence: &'r EvidenceStore) -> anyhow::Result<Self> {
        let compiled_in = Policies::compiled_in()?;
        let (in_force, _) = tariffs::load(database, &compiled_in).await?;
        Ok(Self { database, evidence, compiled_in, in_force, loaded: HashMap::new() })
    }

    /// Repeats everything, telling of each repetition.
    ///
    /// # Errors
    /// When the database or the evidence store does not answer.
    pub async fn all(&mut self, mut tell: impl FnMut(&Repeated)) -> anyhow::Result<ReplayTotals> {
        let mut totals = ReplayTotals::default();
        let mut last: Option<Uuid> = None;
        loop {
            let cases = assessment::cases_after(self.database, last, PAGE_ROWS).await?;
            let Some(end) = cases.last().copied() else { break };
            for case in cases {
                let repeated = self.assessment(case).await?;
                totals.count(&repeated);
                tell(&repeated);
            }
            last = Some(end);
        }
        self.answers(None, &mut totals, &mut tell).await?;
        Ok(totals)
    }

    /// Repeats one case: its assessment where it has one, and the machine's answers on it.
    ///
    /// # Errors
    /// As [`Replay::all`].
    pub async fn case(
        &mut self,
        case: Uuid,
        mut tell: impl FnMut(&Repeated),
    ) -> anyhow::Result<ReplayTotals> {
        let mut totals = ReplayTotals::default();
        if assessment::find(self.database, case).await?.is_some() {
            let repeated = self.assessment(case).await?;
            totals.count(&repeated);
            tell(&repeated);
        }
        self.answers(Some(case), &mut totals, &mut tell).await?;
        Ok(totals)
    }

    async fn answers(
        &self,
        case: Option<Uuid>,
        totals: &mut ReplayTotals,
        tell: &mut impl FnMut(&Repeated),
    ) -> anyhow::Result<()> {
        let mut last: Option<TriageId> = None;
        loop {
            let page = answers::stored(self.database, case, last, PAGE_ROWS).await?;
            let Some(end) = page.last().map(|stored| stored.triage) else { return Ok(()) };
            for StoredTriage { triage, input, answers } in page {
                let repeated = match repeat_triage(&input, &self.in_force) {
                    Err(RepeatTriageError::OtherRules { .. }) => repeat_triage(&input, &self.compiled_in),
                    repeated => repeated,
                };
                let ended = compare(&answers, repeated.map_err(of_triage));
                let repeated = Repeated { what: format!("answers {triage}"), ended };
                totals.count(&repeated);
                tell(&repeated);
            }
            last = Some(end);
        }
    }

    async fn assessment(&mut self, case: Uuid) -> anyhow::Result<Repeated> {
        let Some(stored) = assessment::find(self.database, case).await? else {
            let ended = Repetition::Different { what: "no stored assessment".to_owned() };
            return Ok(Repeated { what: format!("case {case}"), ended });
        };
        let what = format!("{} {case}", stored.kind);
        Ok(Repeated { what, ended: self.repeat(&stored).await? })
    }

    async fn repeat(&mut self, stored: &StoredAssessment) -> anyhow::Result<Repetition> {
        if stored.input_sha256 != Some(Sha256Digest::of(&stored.input)) {
            let what = "the stored input is not the one whose digest the case holds".to_owned();
            return Ok(Repetition::Different { what });
        }
        let head = match replay::head(&stored.input) {
            Ok(head) => head,
            Err(error) => return Ok(of_record(&error)),
        };
        if head.event_sha256 != stored.event_sha256 {
            let what =
                format!("the record names event {}, the case {}", head.event_sha256, stored.event_sha256);
            return Ok(Repetition::Different { what });
        }
        // The store checks the bytes against their digest.
        let value =
            self.evidence.get(stored.event_sha256).await.context("the signed event cannot be read")?;
        let event = match camera_event_v1::parse(value) {
            Ok(event) => event,
            Err(error) => return Ok(Repetition::Different { what: format!("the signed event: {error}") }),
        };
        let Some(policies) = self.policies(head.jurisdiction, head.rule_table_sha256).await? else {
            let why = format!("the rules {} are not at hand", head.rule_table_sha256);
            return Ok(Repetition::NotRepeatable { why });
        };
        let found = replay::repeat(&stored.input, &event, policies).map_err(of_assessment);
        Ok(compare(&stored.finding, found))
    }

    /// The rules of that digest: this program's own, or the texts that were kept when the case was judged.
    async fn policies(
        &mut self,
        jurisdiction: Jurisdiction,
        sha256: Sha256Digest,
    ) -> anyhow::Result<Option<&Policies>> {
        if self.compiled_in.of(jurisdiction).rule_table_sha256() == sha256 {
            return Ok(Some(&self.compiled_in));
        }
        if !self.loaded.contains_key(&sha256) {
            let stored = rule_table::find(self.database, sha256).await?;
            let policy = stored.and_then(|stored| Policy::load(stored.jurisdiction, &stored.sources()).ok());
            let policies = policy.map(|policy| self.compiled_in.clone().with(policy));
            self.loaded.insert(sha256, policies);
        }
        Ok(self.loaded.get(&sha256).and_then(Option::as_ref))
    }
}

fn compare(stored: &[u8], found: Result<Vec<u8>, Repetition>) -> Repetition {
    match found {
        Ok(found) if found == stored => {
            Repetition::Identical { bytes: u64::try_from(stored.len()).unwrap_or(u64::MAX) }
        }
        Ok(found) => {
            let at = found.iter().zip(stored).take_while(|(one, other)| one == other).count();
            let text = |bytes: &[u8]| {
                String::from_utf8_lossy(&bytes[at.saturating_sub(20).min(bytes.len())..])
                    .chars()
                    .take(80)
                    .collect::<String>()
            };
            let what = format!("from byte {at} on: stored '{}', now '{}'", text(stored), text(&found));
            Repetition::Different { what }
        }
        Err(ended) => ended,
    }
}

fn of_assessment(error: RepeatError) -> Repetition {
    match error {
        RepeatError::Unreadable(error) => of_record(&error),
        RepeatError::OtherRules { .. } => Repetition::NotRepeatable { why: error.to_string() },
        RepeatError::Canonical(error) => Repetition::Different { what: error.to_string() },
    }
}

fn of_triage(error: RepeatTriageError) -> Repetition {
    match error {
        RepeatTriageError::Unreadable(error) => of_record(&error),
        RepeatTriageError::OtherRules { .. } => Repetition::NotRepeatable { why: error.to_string() },
        RepeatTriageError::Canonical(error) => Repetition::Different { what: error.to_string() },
    }
}

fn of_record(error: &UnreadableRecord) -> Repetition {
    match error {
        UnreadableRecord::OtherForm(_) => Repetition::NotRepeatable { why: error.to_string() },
        UnreadableRecord::Json(_) | UnreadableRecord::Value(_) => {
            Repetition::Different { what: error.to_string() }
        }
    }
}
