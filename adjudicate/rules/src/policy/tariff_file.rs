//! `tariffs.toml` to a checked [`TariffTable`].
//!
//! A row that calls itself active but lacks an amount, a day or a source loads as a draft. Two active rows that cover
//! the same, or a gap between bands, are refused.

use crate::policy::country_file::{CountryFile, NamesItsCountry, PolicyError};
use crate::policy::tariff::{
    ActiveRow, BandEdge, DiscountBase, DiscountRule, DraftRow, DueBasis, EffectiveBasis, ExcessBand,
    LegalSource, LimitRange, Period, Price, RepeatRule, Scope, TariffTable, ToleratedBand, WithdrawnRow,
};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemas::money::Money;
use schemas::offence::{Observation, OffenceKind};
use schemas::text::BilingualText;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Reads and checks the table.
///
/// # Errors
/// When the file is not as it should be.
pub(crate) fn load(file: CountryFile<'_>) -> Result<TariffTable, PolicyError> {
    let TariffFile { jurisdiction: _, tolerated, row, discount } = file.parse()?;
    let mut table = TariffTable {
        jurisdiction: file.jurisdiction,
        active: Vec::new(),
        drafts: Vec::new(),
        withdrawn: Vec::new(),
        tolerated: tolerated.into_iter().map(|raw| tolerated_band(file, raw)).collect::<Result<_, _>>()?,
        discounts: discount.into_iter().map(|raw| discount_rule(file, raw)).collect::<Result<_, _>>()?,
    };
    for raw in row {
        match raw.status {
            StatusFile::Active => match active_row(file, raw)? {
                Loaded::Active(row) => table.active.push(*row),
                Loaded::Draft(row) => table.drafts.push(row),
            },
            StatusFile::Draft => table.drafts.push(draft_row(file, raw, Vec::new())?),
            StatusFile::Withdrawn => table.withdrawn.push(withdrawn_row(file, raw)?),
        }
    }
    check_ids(file, &table)?;
    check_overlaps(file, &table)?;
    check_gaps(file, &table)?;
    Ok(table)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TariffFile {
    jurisdiction: String,
    #[serde(default)]
    tolerated: Vec<ToleratedFile>,
    #[serde(default)]
    row: Vec<RowFile>,
    #[serde(default)]
    discount: Vec<DiscountFile>,
}

impl NamesItsCountry for TariffFile {
    fn jurisdiction(&self) -> &str {
        &self.jurisdiction
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StatusFile {
    Active,
    Draft,
    Withdrawn,
}

/// The code of an act that has rows of its own.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct ActFile(OffenceKind);

impl TryFrom<String> for ActFile {
    type Error = String;

    fn try_from(code: String) -> Result<Self, Self::Error> {
        let kind = OffenceKind::from_code(&code).filter(|kind| kind.filed_as() == *kind);
        kind.map(Self).ok_or_else(|| format!("unknown act `{code}`"))
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EffectiveBasisFile {
    Law,
    Attested,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "base", rename_all = "snake_case", deny_unknown_fields)]
enum DueFile {
    Minimum {},
    Practice {
        #[serde(with = "rust_decimal::serde::str")]
        amount: Decimal,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RowFile {
    id: String,
    act: ActFile,
    status: StatusFile,
    limit_from_kmh: Option<u32>,
    limit_up_to_kmh: Option<u32>,
    #[serde(default, with = "rust_decimal::serde::str_option")]
    over_kmh: Option<Decimal>,
    over_inclusive: Option<bool>,
    #[serde(default, with = "rust_decimal::serde::str_option")]
    up_to_kmh: Option<Decimal>,
    up_to_inclusive: Option<bool>,
    #[serde(default, with = "rust_decimal::serde::str_option")]
    min: Option<Decimal>,
    #[serde(default, with = "rust_decimal::serde::str_option")]
    max: Option<Decimal>,
    due: Option<DueFile>,
    currency: Option<String>,
    effective_from: Option<NaiveDate>,
    effective_to: Option<NaiveDate>,
    effective_basis: Option<EffectiveBasisFile>,
    withdrawn_on: Option<NaiveDate>,
    legal_source: String,
    legal_source_ar: String,
    #[serde(default)]
    sources: Vec<String>,
    retrieved: Option<NaiveDate>,
    repeat: Option<RepeatFile>,
    #[serde(rename = "note")]
    _note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RepeatFile {
    window_months: u32,
    #[serde(with = "rust_decimal::serde::str")]
    multiplier: Decimal,
    sources: Vec<String>,
    applied: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ToleratedFile {
    id: String,
    limit_from_kmh: Option<u32>,
    limit_up_to_kmh: Option<u32>,
    #[serde(with = "rust_decimal::serde::str")]
    over_kmh: Decimal,
    over_inclusive: bool,
    #[serde(with = "rust_decimal::serde::str")]
    up_to_kmh: Decimal,
    up_to_inclusive: bool,
    effective_from: NaiveDate,
    effective_to: Option<NaiveDate>,
    sources: Vec<String>,
    #[serde(rename = "retrieved")]
    _retrieved: NaiveDate,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DiscountBaseFile {
    Minimum,
    Maximum,
    Due,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DiscountFile {
    id: String,
    #[serde(with = "rust_decimal::serde::str")]
    percent: Decimal,
    base: DiscountBaseFile,
    committed_from: Option<NaiveDate>,
    enabled: bool,
    sources: Vec<String>,
    #[serde(rename = "retrieved")]
    _retrieved: NaiveDate,
    #[serde(rename = "note")]
    _note: Option<String>,
}

enum Loaded {
    Active(Box<ActiveRow>),
    Draft(DraftRow),
}

/// An active row when everything that issuing needs is there, else a draft that says what is missing.
fn active_row(file: CountryFile<'_>, raw: RowFile) -> Result<Loaded, PolicyError> {
    let missing = missing_fields(&raw);
    let (Some(from), Some(basis), Some(retrieved), Some(min), Some(max), Some(due)) =
        (raw.effective_from, raw.effective_basis, raw.retrieved, raw.min, raw.max, raw.due.as_ref())
    else {
        return draft_row(file, raw, missing).map(Loaded::Draft);
    };
    if !missing.is_empty() {
        return draft_row(file, raw, missing).map(Loaded::Draft);
    }
    if raw.withdrawn_on.is_some() {
        return Err(file.refuse(&raw.id, "withdrawn_on stands only in a row whose status is \"withdrawn\""));
    }
    let effective_basis = match basis {
        EffectiveBasisFile::Law => EffectiveBasis::Law,
        EffectiveBasisFile::Attested => EffectiveBasis::Attested,
    };
    Ok(Loaded::Active(Box::new(ActiveRow {
        scope: scope(file, &raw)?,
        period: period(file, &raw.id, from, raw.effective_to)?,
        effective_basis,
        price: price(file, &raw, (min, max), due)?,
        repeat: raw.repeat.map(|repeat| repeat_rule(file, &raw.id, repeat)).transpose()?,
        source: LegalSource {
            text: BilingualText::new(raw.legal_source_ar, raw.legal_source),
            keys: raw.sources,
            retrieved,
        },
        id: raw.id,
    })))
}

fn missing_fields(raw: &RowFile) -> Vec<&'static str> {
    let present = [
        ("min", raw.min.is_some()),
        ("max", raw.max.is_some()),
        ("due", raw.due.is_some()),
        ("currency", raw.currency.is_some()),
        ("effective_from", raw.effective_from.is_some()),
        ("effective_basis", raw.effective_basis.is_some()),
        ("sources", raw.sources.iter().any(|key| !key.trim().is_empty())),
        ("retrieved", raw.retrieved.is_some()),
    ];
    present.into_iter().filter(|(_, there)| !there).map(|(name, _)| name).collect()
}

fn draft_row(
    file: CountryFile<'_>,
    raw: RowFile,
    missing: Vec<&'static str>,
) -> Result<DraftRow, PolicyError> {
    let period = raw.effective_from.map(|from| period(file, &raw.id, from, raw.effective_to)).transpose()?;
    Ok(DraftRow { scope: scope(file, &raw)?, period, missing, id: raw.id })
}

fn withdrawn_row(file: CountryFile<'_>, raw: RowFile) -> Result<WithdrawnRow, PolicyError> {
    let withdrawn_on =
        raw.withdrawn_on.ok_or_else(|| file.refuse(&raw.id, "a withdrawn row needs withdrawn_on"))?;
    Ok(WithdrawnRow { scope: scope(file, &raw)?, withdrawn_on, id: raw.id })
}

fn scope(file: CountryFile<'_>, raw: &RowFile) -> Result<Scope, PolicyError> {
    let ActFile(act) = raw.act;
    if act.is_judged_by(Observation::Speed) {
        return excess_scope(file, raw, act);
    }
    let limits = raw.limit_from_kmh.is_some() || raw.limit_up_to_kmh.is_some();
    let edges = raw.over_kmh.is_some() || raw.up_to_kmh.is_some();
    if limits || edges || raw.over_inclusive.is_some() || raw.up_to_inclusive.is_some() {
        return Err(file.refuse(&raw.id, "limits and bands stand only in a row of an act with a speed"));
    }
    Ok(Scope::Flat { act })
}

fn excess_scope(file: CountryFile<'_>, raw: &RowFile, act: OffenceKind) -> Result<Scope, PolicyError> {
    let (Some(kmh), Some(inclusive)) = (raw.over_kmh, raw.over_inclusive) else {
        return Err(file.refuse(&raw.id, "a speed row needs over_kmh and over_inclusive"));
    };
    let up_to = match (raw.up_to_kmh, raw.up_to_inclusive) {
        (Some(kmh), Some(inclusive)) => Some(BandEdge { kmh, inclusive }),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            return Err(file.refuse(&raw.id, "up_to_kmh and up_to_inclusive stand together or not at all"));
        }
    };
    let band = ExcessBand { over: BandEdge { kmh, inclusive }, up_to };
    check_band(file, &raw.id, &band)?;
    let limits = LimitRange { from: raw.limit_from_kmh, up_to: raw.limit_up_to_kmh };
    Ok(Scope::Excess { act, limits, band })
}

fn check_band(file: CountryFile<'_>, id: &str, band: &ExcessBand) -> Result<(), PolicyError> {
    if band.is_empty() { Err(file.refuse(id, "no speed lies in the band: check its edges")) } else { Ok(()) }
}

fn period(
    file: CountryFile<'_>,
    id: &str,
    from: NaiveDate,
    to: Option<NaiveDate>,
) -> Result<Period, PolicyError> {
    if to.is_some_and(|to| to < from) {
        return Err(file.refuse(id, "effective_to lies before effective_from"));
    }
    Ok(Period { from, to })
}

fn price(
    file: CountryFile<'_>,
    raw: &RowFile,
    (min, max): (Decimal, Decimal),
    due: &DueFile,
) -> Result<Price, PolicyError> {
    let currency = file.jurisdiction.currency();
    if raw.currency.as_deref() != Some(currency.code()) {
        return Err(file.refuse(&raw.id, format!("currency must be \"{currency}\"")));
    }
    let (basis, sum) = match due {
        DueFile::Minimum {} => (DueBasis::Minimum, min),
        DueFile::Practice { amount } => (DueBasis::Practice, *amount),
    };
    if !(Decimal::ZERO < min && min <= sum && sum <= max) {
        return Err(file.refuse(&raw.id, "needs 0 < min <= due <= max"));
    }
    let money =
        |amount| Money::new(amount, currency).map_err(|error| file.refuse(&raw.id, error.to_string()));
    Ok(Price { due: money(sum)?, basis, min: money(min)?, max: money(max)? })
}

fn repeat_rule(file: CountryFile<'_>, id: &str, raw: RepeatFile) -> Result<RepeatRule, PolicyError> {
    let RepeatFile { window_months, multiplier, sources, applied } = raw;
    if applied {
        return Err(file.refuse(id, "repeat.applied must be false: counting repeats is not built yet"));
    }
    file.check_basis(id, &sources, None)?;
    Ok(RepeatRule { window_months, multiplier, sources })
}

fn tolerated_band(file: CountryFile<'_>, raw: ToleratedFile) -> Result<ToleratedBand, PolicyError> {
    file.check_basis(&raw.id, &raw.sources, None)?;
    let band = ExcessBand {
        over: BandEdge { kmh: raw.over_kmh, inclusive: raw.over_inclusive },
        up_to: Some(BandEdge { kmh: raw.up_to_kmh, inclusive: raw.up_to_inclusive }),
    };
    check_band(file, &raw.id, &band)?;
    Ok(ToleratedBand {
        limits: LimitRange { from: raw.limit_from_kmh, up_to: raw.limit_up_to_kmh },
        band,
        period: period(file, &raw.id, raw.effective_from, raw.effective_to)?,
        sources: raw.sources,
        id: raw.id,
    })
}

fn discount_rule(file: CountryFile<'_>, raw: DiscountFile) -> Result<DiscountRule, PolicyError> {
    let DiscountFile { id, percent, base, committed_from, enabled, sources, _retrieved, _note } = raw;
    file.check_basis(&id, &sources, None)?;
    if percent <= Decimal::ZERO || percent > Decimal::ONE_HUNDRED {
        return Err(file.refuse(&id, "percent must be above 0 and at most 100"));
    }
    let base = match base {
        DiscountBaseFile::Minimum => DiscountBase::Minimum,
        DiscountBaseFile::Maximum => DiscountBase::Maximum,
        DiscountBaseFile::Due => DiscountBase::Due,
    };
    Ok(DiscountRule { id, percent, base, committed_from, enabled, sources })
}

fn check_ids(file: CountryFile<'_>, table: &TariffTable) -> Result<(), PolicyError> {
    let mut seen = BTreeSet::new();
    let active = table.active.iter().map(|row| &row.id);
    let idle = table.drafts.iter().map(|row| &row.id).chain(table.withdrawn.iter().map(|row| &row.id));
    let rest = table.tolerated.iter().map(|row| &row.id).chain(table.discounts.iter().map(|rule| &rule.id));
    match active.chain(idle).chain(rest).find(|id| !seen.insert(id.as_str())) {
        Some(twice) => Err(file.refuse(twice, "the id stands twice: every row needs its own")),
        None => Ok(()),
    }
}

/// What decides about a sighting: active rows and tolerated bands.
fn deciding(table: &TariffTable) -> Vec<(&str, Scope, Period)> {
    let active = table.active.iter().map(|row| (row.id.as_str(), row.scope, row.period));
    let tolerated = table.tolerated.iter().map(|row| (row.id.as_str(), row.scope(), row.period));
    active.chain(tolerated).collect()
}

fn check_overlaps(file: CountryFile<'_>, table: &TariffTable) -> Result<(), PolicyError> {
    let rows = deciding(table);
    for (index, (id, scope, period)) in rows.iter().enumerate() {
        let both = |other: &&(&str, Scope, Period)| scope.overlaps(&other.1) && period.overlaps(other.2);
        if let Some((other, _, _)) = rows[index + 1..].iter().find(both) {
            return Err(file.refuse(id, format!("covers the same as {other} on some day")));
        }
    }
    Ok(())
}

/// For each act, range of limits and period the bands must begin above 0, adjoin each other, and have no upper end.
fn check_gaps(file: CountryFile<'_>, table: &TariffTable) -> Result<(), PolicyError> {
    type Group = (OffenceKind, LimitRange, Period);
    let mut groups: BTreeMap<Group, Vec<(&str, ExcessBand)>> = BTreeMap::new();
    for (id, scope, period) in deciding(table) {
        match scope {
            Scope::Excess { act, limits, band } => {
                groups.entry((act, limits, period)).or_default().push((id, band));
            }
            Scope::Flat { .. } => {}
        }
    }
    for bands in groups.values_mut() {
        bands.sort_by_key(|(_, band)| (band.over.kmh, !band.over.inclusive));
        check_chain(file, bands)?;
    }
    Ok(())
}

fn check_chain(file: CountryFile<'_>, bands: &[(&str, ExcessBand)]) -> Result<(), PolicyError> {
    if let Some((id, first)) = bands.first()
        && (!first.over.kmh.is_zero() || first.over.inclusive)
    {
        return Err(file.refuse(id, "is the lowest band of its limits and days, so it must begin above 0"));
    }
    if let Some(pair) = bands.windows(2).find(|pair| !pair[0].1.adjoins(&pair[1].1)) {
        let problem = format!("does not begin exactly where {} ends", pair[0].0);
        return Err(file.refuse(pair[1].0, problem));
    }
    match bands.last() {
        Some((id, last)) if last.up_to.is_some() => {
            Err(file.refuse(id, "is the highest band of its limits and days, so it must have no upper end"))
        }
        Some(_) | None => Ok(()),
    }
}
