//! Whether everything is still what was recorded, by public keys, the database as it stands, and the copies of checkpoints.

use super::copies::CopyFolder;
use adjudicate::case::verify::{self, CaseFault, CheckpointWalk};
use adjudicate::foundation::db::Database;
use anyhow::Context;
use schemas::error_chain::ErrorChain;
use schemas::seal::keys::ServerKeys;
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Cases that are read at once.
const PAGE_ROWS: u32 = 500;

/// What is looked at.
#[derive(Debug)]
pub struct Verification<'v> {
    /// As it stands now.
    pub database: &'v Database,
    /// What is trusted.
    pub keys: &'v ServerKeys,
    /// What the database's owner cannot rewrite.
    pub copies: &'v CopyFolder,
    /// Whether manifests that nobody signed are no fault: those from before there was a key.
    pub allows_unsigned: bool,
}

/// Counts of what was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct VerifyTotals {
    /// Cases.
    pub cases: u64,
    /// Cases whose manifest nobody signed.
    pub unsigned: u64,
    /// Cases with links that are in no checkpoint yet.
    pub unsealed: u64,
    /// Checkpoints.
    pub checkpoints: u64,
    /// Copies of checkpoints.
    pub copies: u64,
    /// What is not as it was recorded.
    pub faults: u64,
}

impl Verification<'_> {
    /// Checks every case and every checkpoint, telling of each fault.
    ///
    /// # Errors
    /// When the database does not answer or a copy cannot be read.
    pub async fn all(&self, mut tell: impl FnMut(&str)) -> anyhow::Result<VerifyTotals> {
        let mut totals = VerifyTotals::default();
        let mut last: Option<Uuid> = None;
        loop {
            let cases = verify::cases_after(self.database, last, PAGE_ROWS).await?;
            let Some(end) = cases.last().copied() else { break };
            for case in cases {
                self.one(case, &mut totals, &mut tell).await?;
            }
            last = Some(end);
        }
        for case in verify::vanished(self.database).await? {
            fault(&mut totals, &mut tell, &format!("case {case}: was sealed in a checkpoint and is gone"));
        }
        self.checkpoints(None, &mut totals, &mut tell).await?;
        Ok(totals)
    }

    /// Checks one case and the checkpoints that its head stands in.
    ///
    /// # Errors
    /// As [`Verification::all`]; also when there is no such case.
    pub async fn case(&self, case: Uuid, mut tell: impl FnMut(&str)) -> anyhow::Result<VerifyTotals> {
        let mut totals = VerifyTotals::default();
        let numbers = self.one(case, &mut totals, &mut tell).await?;
        self.checkpoints(Some(&numbers), &mut totals, &mut tell).await?;
        Ok(totals)
    }

    async fn one(
        &self,
        case: Uuid,
        totals: &mut VerifyTotals,
        tell: &mut impl FnMut(&str),
    ) -> anyhow::Result<BTreeSet<i64>> {
        let verdict = verify::case(self.database, self.keys, case).await?;
        totals.cases += 1;
        totals.unsealed += u64::from(verdict.unsealed_links > 0);
        for found in &verdict.faults {
            let is_unsigned = matches!(found, CaseFault::Unsigned);
            totals.unsigned += u64::from(is_unsigned);
            if !(is_unsigned && self.allows_unsigned) {
                fault(totals, tell, &format!("{} {case}: {}", verdict.kind, ErrorChain(found)));
            }
        }
        Ok(verdict.checkpoints.into_iter().collect())
    }

    /// Checks all checkpoints, or those of these numbers; the others are followed for their order alone.
    async fn checkpoints(
        &self,
        only: Option<&BTreeSet<i64>>,
        totals: &mut VerifyTotals,
        tell: &mut impl FnMut(&str),
    ) -> anyhow::Result<()> {
        let copied: BTreeSet<i64> = self
            .copies
            .numbers()
            .context("the copies of checkpoints cannot be looked at")?
            .into_iter()
            .collect();
        let mut walk = CheckpointWalk::default();
        while let Some((checkpoint, found)) = walk.next(self.database, self.keys).await? {
            let number = checkpoint.number;
            if only.is_some_and(|only| !only.contains(&number)) {
                continue;
            }
            totals.checkpoints += 1;
            if let Some(found) = found {
                fault(totals, tell, &format!("checkpoint {number}: {found}"));
            }
            let copy =
                self.copies.read(number).with_context(|| format!("the copy of checkpoint {number}"))?;
            totals.copies += u64::from(copy.is_some());
            if copy.is_some_and(|copy| Some(copy) != checkpoint.copy().ok()) {
                fault(
                    totals,
                    tell,
                    &format!("checkpoint {number}: is not the one that was copied when it was made"),
                );
            }
        }
        for number in copied.into_iter().filter(|number| only.is_none() && *number > walk.number()) {
            fault(totals, tell, &format!("checkpoint {number}: was copied and is gone from the database"));
        }
        Ok(())
    }
}

fn fault(totals: &mut VerifyTotals, tell: &mut impl FnMut(&str), text: &str) {
    totals.faults += 1;
    tell(text);
}
