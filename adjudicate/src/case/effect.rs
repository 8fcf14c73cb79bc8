//! What happens to a violation after it was issued: the only writer of `violation_effect`, from which its status derives.

use crate::foundation::chain::ChainDomain;
use chrono::{DateTime, Utc};
use schemas::ids::{DecisionId, TriageId, ViolationId};
use schemas::money::Money;
use sqlx::PgConnection;
use uuid::Uuid;

/// Form of the link in a violation's own chain.
pub(crate) const EFFECT_DOMAIN: ChainDomain = ChainDomain::new("rasid.violation-effect.v1");

/// What changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing is due any more.
    Cancelled {
        /// A notice to who held the vehicle is due.
        reissue: bool,
    },
    /// Less is due.
    Reduced {
        /// What is due from now on.
        to: Money,
    },
    /// It was paid.
    ClosedAsPaid {
        /// What was paid.
        paid: Money,
    },
    /// An earlier effect no longer counts.
    Withdrawn {
        /// Its number.
        effect: EffectOrdinal,
    },
}

/// Place of an effect in the order of everything that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EffectOrdinal(pub i64);

/// What decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectSource {
    /// The machine, within an objection.
    Triage(TriageId),
    /// A person.
    Decision(DecisionId),
    /// A recall of everything that a faulty rule, sign, camera or model touched.
    Recall(Uuid),
}

/// One effect to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewEffect {
    /// The violation.
    pub violation: ViolationId,
    /// What changes.
    pub effect: Effect,
    /// What decided.
    pub source: EffectSource,
    /// When.
    pub decided_at: DateTime<Utc>,
}

impl Effect {
    /// Name in rows, chains and messages.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Cancelled { .. } => "cancelled",
            Self::Reduced { .. } => "reduced",
            Self::ClosedAsPaid { .. } => "closed_as_paid",
            Self::Withdrawn { .. } => "withdrawn",
        }
    }

    /// What is due from now on, or what was paid.
    #[must_use]
    pub const fn amount(&self) -> Option<Money> {
        match self {
            Self::Reduced { to: amount } | Self::ClosedAsPaid { paid: amount } => Some(*amount),
            Self::Cancelled { .. } | Self::Withdrawn { .. } => None,
        }
    }

    const fn reissue(&self) -> bool {
        match self {
            Self::Cancelled { reissue } => *reissue,
            Self::Reduced { .. } | Self::ClosedAsPaid { .. } | Self::Withdrawn { .. } => false,
        }
    }

    const fn withdraws(&self) -> Option<i64> {
        match self {
            Self::Withdrawn { effect } => Some(effect.0),
            Self::Cancelled { .. } | Self::Reduced { .. } | Self::ClosedAsPaid { .. } => None,
        }
    }
}

impl EffectSource {
    const fn parts(&self) -> (&'static str, Uuid, &'static str) {
        match self {
            Self::Triage(id) => ("triage", id.uuid(), "machine"),
            Self::Decision(id) => ("decision", id.uuid(), "human"),
            Self::Recall(id) => ("recall", *id, "human"),
        }
    }
}

/// Writes effects in the caller's transaction, in the order given.
///
/// # Errors
/// When there is no such violation, or the database fails.
pub(crate) async fn write(
    transaction: &mut PgConnection,
    effects: &[NewEffect],
) -> Result<Vec<EffectOrdinal>, sqlx::Error> {
    let mut written = Vec::with_capacity(effects.len());
    for NewEffect { violation, effect, source, decided_at } in effects {
        let (source, source_id, made_by) = source.parts();
        let amount = effect.amount();
        let ordinal = sqlx::query_scalar!(
            "insert into violation_effect
                 (case_id, effect, source, source_id, made_by, amount, currency, reissue, withdraws, decided_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning ordinal",
            violation.uuid(),
            effect.label(),
            source,
            source_id,
            made_by,
            amount.map(Money::amount),
            amount.map(|amount| amount.currency().code()),
            effect.reissue(),
            effect.withdraws(),
            decided_at,
        )
        .fetch_one(&mut *transaction)
        .await?;
        written.push(EffectOrdinal(ordinal));
    }
    Ok(written)
}
