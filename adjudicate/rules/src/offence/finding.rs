//! What the rules found about an act itself, before anything is due about plate, instrument or sign.

use crate::explain;
use crate::policy::Policy;
use crate::policy::tariff::{ActiveRow, Charge, Lookup};
use chrono::{DateTime, Utc};
use schemas::assessment::{CalculationStep, ManualCheckReason};
use std::collections::BTreeSet;

/// The finding with the steps that led to it.
#[derive(Debug)]
pub(super) struct Finding<'p> {
    pub(super) steps: Vec<CalculationStep>,
    pub(super) verdict: Verdict<'p>,
}

/// Whether there can be an offence.
#[derive(Debug)]
pub(super) enum Verdict<'p> {
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

impl<'p> Finding<'p> {
    /// Returns the finding that no rule was broken.
    pub(super) const fn no_offence(steps: Vec<CalculationStep>) -> Self {
        Self { steps, verdict: Verdict::NoOffence }
    }

    /// Returns the finding on an act that the tariff prices as `charge`, unless it tolerates it.
    ///
    /// Without the instant of capture no row can be chosen.
    pub(super) fn priced(
        policy: &'p Policy,
        charge: Charge,
        captured_at: Option<DateTime<Utc>>,
        mut steps: Vec<CalculationStep>,
        doubts: BTreeSet<ManualCheckReason>,
    ) -> Self {
        let price = match captured_at.map(|instant| policy.tariffs().find(charge, instant)) {
            Some(Lookup::Tolerated(band)) => {
                steps.push(explain::tolerated(band));
                return Self::no_offence(steps);
            }
            Some(Lookup::Priced(row)) => {
                steps.push(explain::tariff_row(policy, row));
                steps.push(explain::due(policy, row));
                Ok(row)
            }
            Some(Lookup::DraftOnly(row)) => {
                steps.push(explain::tariff_draft(row));
                Err(ManualCheckReason::TariffDraft)
            }
            Some(Lookup::Missing) => {
                steps.push(explain::tariff_missing());
                Err(ManualCheckReason::TariffMissing)
            }
            None => Err(ManualCheckReason::TimeZoneUnknown),
        };
        Self { steps, verdict: Verdict::Possible { price, doubts } }
    }
}
