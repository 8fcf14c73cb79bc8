//! The fines of one country: which row covers an act, and what it asks.
//!
//! Only an [`ActiveRow`] has a price. A draft or withdrawn row is another type without one, so that no code can turn
//! it into an amount:
//!
//! ```compile_fail,E0599
//! fn issue(row: &rules::policy::tariff::DraftRow) {
//!     let _ = row.price();
//! }
//! ```

use crate::policy::sources::arabic_names;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use schemas::jurisdiction::Jurisdiction;
use schemas::money::Money;
use schemas::offence::OffenceKind;
use schemas::text::{BilingualText, arabic_digits};

/// One end of a band, in km/h above the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BandEdge {
    /// Where it is.
    pub kmh: Decimal,
    /// Whether the edge itself belongs to the band.
    pub inclusive: bool,
}

/// A range of speeds above the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExcessBand {
    /// Lower end.
    pub over: BandEdge,
    /// Upper end; `None` when there is none.
    pub up_to: Option<BandEdge>,
}

impl ExcessBand {
    /// Whether `excess` km/h above the limit lie in it.
    #[must_use]
    pub fn contains(&self, excess: Decimal) -> bool {
        let above = excess > self.over.kmh || (self.over.inclusive && excess == self.over.kmh);
        let below = |edge: BandEdge| excess < edge.kmh || (edge.inclusive && excess == edge.kmh);
        above && self.up_to.is_none_or(below)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.up_to.is_some_and(|upper| {
            upper.kmh < self.over.kmh
                || (upper.kmh == self.over.kmh && !(upper.inclusive && self.over.inclusive))
        })
    }

    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let begins_before_end = |one: &Self, two: &Self| {
            two.up_to.is_none_or(|end| {
                one.over.kmh < end.kmh || (one.over.kmh == end.kmh && one.over.inclusive && end.inclusive)
            })
        };
        begins_before_end(self, other) && begins_before_end(other, self)
    }

    /// Whether `next` begins exactly where this band ends.
    pub(crate) fn adjoins(&self, next: &Self) -> bool {
        self.up_to.is_some_and(|end| end.kmh == next.over.kmh && end.inclusive != next.over.inclusive)
    }
}

/// The speed limits that a row is for, in km/h, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LimitRange {
    /// Lowest limit; nothing means any.
    pub from: Option<u32>,
    /// Highest limit; nothing means any.
    pub up_to: Option<u32>,
}

impl LimitRange {
    fn contains(self, limit: Decimal) -> bool {
        self.from.is_none_or(|from| limit >= Decimal::from(from))
            && self.up_to.is_none_or(|up_to| limit <= Decimal::from(up_to))
    }

    pub(crate) fn overlaps(self, other: Self) -> bool {
        let (lowest, highest) = (self.from.max(other.from), [self.up_to, other.up_to]);
        highest.into_iter().flatten().all(|up_to| lowest.is_none_or(|from| from <= up_to))
    }
}

/// The local civil days on which a row holds, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    /// First day.
    pub from: NaiveDate,
    /// Last day; `None` while no end is known.
    pub to: Option<NaiveDate>,
}

impl Period {
    /// Whether the row holds on `day`.
    #[must_use]
    pub fn contains(self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }

    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.to.is_none_or(|to| other.from <= to) && other.to.is_none_or(|to| self.from <= to)
    }
}

/// What a row is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// An act whose fine depends on the speed above the limit.
    Excess {
        /// The act.
        act: OffenceKind,
        /// Limits.
        limits: LimitRange,
        /// Speeds above them.
        band: ExcessBand,
    },
    /// An act with one fine.
    Flat {
        /// The act.
        act: OffenceKind,
    },
}

/// One sighting, as a tariff sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charge {
    /// So many km/h above such a limit, after the deduction.
    Excess {
        /// The act.
        act: OffenceKind,
        /// The limit, km/h.
        limit: Decimal,
        /// Above it, km/h.
        excess: Decimal,
    },
    /// An act without a measured speed.
    Flat {
        /// The act.
        act: OffenceKind,
    },
}

impl Charge {
    /// An offence of `kind` at so many km/h above a limit.
    #[must_use]
    pub const fn excess(kind: OffenceKind, limit: Decimal, excess: Decimal) -> Self {
        Self::Excess { act: kind.filed_as(), limit, excess }
    }

    /// An offence of `kind` that has one fine.
    #[must_use]
    pub const fn flat(kind: OffenceKind) -> Self {
        Self::Flat { act: kind.filed_as() }
    }
}

impl Scope {
    /// The act.
    #[must_use]
    pub const fn act(&self) -> OffenceKind {
        match self {
            Self::Excess { act, .. } | Self::Flat { act } => *act,
        }
    }

    pub(crate) fn covers(&self, charge: Charge) -> bool {
        match (self, charge) {
            (Self::Excess { act, limits, band }, Charge::Excess { act: charged, limit, excess }) => {
                *act == charged && limits.contains(limit) && band.contains(excess)
            }
            (Self::Flat { act }, Charge::Flat { act: charged }) => *act == charged,
            (Self::Excess { .. }, Charge::Flat { .. }) | (Self::Flat { .. }, Charge::Excess { .. }) => false,
        }
    }

    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let alike = match (self, other) {
            (Self::Excess { limits, band, .. }, Self::Excess { limits: others, band: other, .. }) => {
                limits.overlaps(*others) && band.overlaps(other)
            }
            (Self::Flat { .. }, Self::Flat { .. }) => true,
            (Self::Excess { .. }, Self::Flat { .. }) | (Self::Flat { .. }, Self::Excess { .. }) => false,
        };
        alike && self.act() == other.act()
    }
}

/// Where a row comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalSource {
    /// The law and its article or table.
    pub text: BilingualText,
    /// Where that was found, keys of `schemas/jurisdictions/sources.toml`.
    pub keys: Vec<String>,
    /// When the row was last compared with them.
    pub retrieved: NaiveDate,
}

impl LegalSource {
    /// Returns what stands under a step of the calculation: `Traffic Law, table 1 [key; key], compared 2026-10-31`.
    #[must_use]
    pub fn in_words(&self) -> BilingualText {
        let BilingualText { arabic, english } = &self.text;
        BilingualText::new(
            format!("{arabic} ({})، وروجع في {}", arabic_names(&self.keys), arabic_digits(&self.retrieved)),
            format!("{english} [{}], compared {}", self.keys.join("; "), self.retrieved),
        )
    }
}

/// Why a row may be used from its first day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectiveBasis {
    /// A law says so.
    Law,
    /// A dated source shows the amounts in force on that day.
    Attested,
}

/// Why a sum between least and most is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueBasis {
    /// It is the least.
    Minimum,
    /// It is what the authority asks in practice.
    Practice,
}

/// Doubling for those who do it again. Recorded, not applied yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatRule {
    /// How long an earlier act counts, months.
    pub window_months: u32,
    /// What the amount is multiplied by.
    pub multiplier: Decimal,
    /// Keys of `schemas/jurisdictions/sources.toml`.
    pub sources: Vec<String>,
}

/// What a violation costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// What is due.
    pub due: Money,
    /// Why that sum.
    pub basis: DueBasis,
    /// Least the law allows.
    pub min: Money,
    /// Most the law allows.
    pub max: Money,
}

/// A row that may issue: its amount, day and source are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveRow {
    pub(crate) id: String,
    pub(crate) scope: Scope,
    pub(crate) period: Period,
    pub(crate) effective_basis: EffectiveBasis,
    pub(crate) price: Price,
    pub(crate) source: LegalSource,
    pub(crate) repeat: Option<RepeatRule>,
}

impl ActiveRow {
    /// Name of the row.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it is for.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// When it holds.
    #[must_use]
    pub const fn period(&self) -> Period {
        self.period
    }

    /// Why it holds from its first day on.
    #[must_use]
    pub const fn effective_basis(&self) -> EffectiveBasis {
        self.effective_basis
    }

    /// What it asks.
    #[must_use]
    pub const fn price(&self) -> Price {
        self.price
    }

    /// Where it comes from.
    #[must_use]
    pub const fn source(&self) -> &LegalSource {
        &self.source
    }

    /// Doubling on repeat, recorded only.
    #[must_use]
    pub const fn repeat(&self) -> Option<&RepeatRule> {
        self.repeat.as_ref()
    }
}

/// A row that must not issue: proposed, or with something unknown. It has no price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftRow {
    /// Name of the row.
    pub id: String,
    /// What it would be for.
    pub scope: Scope,
    /// When it would hold; `None` when that is unknown.
    pub period: Option<Period>,
    /// The fields that it lacks; none when the file itself calls it a draft.
    pub missing: Vec<&'static str>,
}

/// A row that was never to be law, or is no longer. It has no price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawnRow {
    /// Name of the row.
    pub id: String,
    /// What it was for.
    pub scope: Scope,
    /// The day of the withdrawal.
    pub withdrawn_on: NaiveDate,
}

/// A range of speeds above the limit for which the table sets no fine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToleratedBand {
    /// Name of the row.
    pub id: String,
    /// Limits.
    pub limits: LimitRange,
    /// Speeds above them.
    pub band: ExcessBand,
    /// When it holds.
    pub period: Period,
    /// Keys of `schemas/jurisdictions/sources.toml`.
    pub sources: Vec<String>,
}

impl ToleratedBand {
    pub(crate) const fn scope(&self) -> Scope {
        Scope::Excess { act: OffenceKind::Speed, limits: self.limits, band: self.band }
    }
}

/// A reduction for early payment. Granted when a fine is paid, never when it is issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscountRule {
    /// Name of the rule.
    pub id: String,
    /// Share that is taken off, per cent.
    pub percent: Decimal,
    /// Of what.
    pub base: DiscountBase,
    /// First local day of acts that get it; nothing means any.
    pub committed_from: Option<NaiveDate>,
    /// Whether it is granted at all.
    pub enabled: bool,
    /// Keys of `schemas/jurisdictions/sources.toml`.
    pub sources: Vec<String>,
}

/// What a reduction is reckoned from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscountBase {
    /// The least the law allows.
    Minimum,
    /// The most the law allows.
    Maximum,
    /// What was due.
    Due,
}

/// What the table says of one sighting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup<'t> {
    /// A fine.
    Priced(&'t ActiveRow),
    /// No fine.
    Tolerated(&'t ToleratedBand),
    /// Only a draft covers it.
    DraftOnly(&'t DraftRow),
    /// Nothing covers it.
    Missing,
}

/// All rows of one country, checked: no two active rows cover the same, and bands leave no gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TariffTable {
    pub(crate) jurisdiction: Jurisdiction,
    pub(crate) active: Vec<ActiveRow>,
    pub(crate) drafts: Vec<DraftRow>,
    pub(crate) withdrawn: Vec<WithdrawnRow>,
    pub(crate) tolerated: Vec<ToleratedBand>,
    pub(crate) discounts: Vec<DiscountRule>,
}

impl TariffTable {
    /// What the table says of `charge`, done at `instant`: the local civil day of the country counts.
    #[must_use]
    pub fn find(&self, charge: Charge, instant: DateTime<Utc>) -> Lookup<'_> {
        let day = instant.with_timezone(&self.jurisdiction.time_zone()).date_naive();
        let active = self.active.iter().find(|row| row.scope.covers(charge) && row.period.contains(day));
        let tolerated =
            || self.tolerated.iter().find(|band| band.scope().covers(charge) && band.period.contains(day));
        let draft = || {
            let holds = |row: &&DraftRow| row.period.is_none_or(|period| period.contains(day));
            self.drafts.iter().filter(holds).find(|row| row.scope.covers(charge))
        };
        active
            .map(Lookup::Priced)
            .or_else(|| tolerated().map(Lookup::Tolerated))
            .or_else(|| draft().map(Lookup::DraftOnly))
            .unwrap_or(Lookup::Missing)
    }

    /// Rows that may issue.
    #[must_use]
    pub fn active(&self) -> &[ActiveRow] {
        &self.active
    }

    /// Rows that must not.
    #[must_use]
    pub fn drafts(&self) -> &[DraftRow] {
        &self.drafts
    }

    /// Rows that never will.
    #[must_use]
    pub fn withdrawn(&self) -> &[WithdrawnRow] {
        &self.withdrawn
    }

    /// Speeds above a limit that cost nothing.
    #[must_use]
    pub fn tolerated(&self) -> &[ToleratedBand] {
        &self.tolerated
    }

    /// Reductions for early payment.
    #[must_use]
    pub fn discounts(&self) -> &[DiscountRule] {
        &self.discounts
    }
}
