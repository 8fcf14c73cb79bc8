//! What the rules found about the act itself, before anything is asked about plate, instrument or sign.

use crate::explain;
use crate::policy::Policy;
use crate::policy::tariff::{ActiveRow, Lookup};
use schemas::assessment::{CalculationStep, ManualCheckReason};
use std::collections::BTreeSet;

/// The finding with the steps that led to it.
#[derive(Debug)]
pub(crate) struct ActFinding<'p> {
    pub(crate) steps: Vec<CalculationStep>,
    pub(crate) verdict: ActVerdict<'p>,
}

/// Whether there can be an offence.
#[derive(Debug)]
pub(crate) enum ActVerdict<'p> {
    /// No rule was broken, whoever it was.
    NoOffence,
    /// One was, or may have been.
    Possible {
        /// The row that sets the amount, or why there is none.
        price: Result<&'p ActiveRow, ManualCheckReason>,
        /// What is doubtful about the act itself.
        doubts: BTreeSet<ManualCheckReason>,
    },
}

/// The row behind a lookup, explained; a tolerated band has no price, and nobody asks for one.
pub(crate) fn price_of<'p>(
    policy: &Policy,
    lookup: Lookup<'p>,
    steps: &mut Vec<CalculationStep>,
) -> Result<&'p ActiveRow, ManualCheckReason> {
    match lookup {
        Lookup::Priced(row) => {
            steps.push(explain::tariff_row(policy, row));
            steps.push(explain::asked(policy, row));
            Ok(row)
        }
        Lookup::DraftOnly(row) => {
            steps.push(explain::tariff_draft(row));
            Err(ManualCheckReason::TariffDraft)
        }
        Lookup::Tolerated(_) | Lookup::Missing => {
            steps.push(explain::tariff_missing());
            Err(ManualCheckReason::TariffMissing)
        }
    }
}
