//! Facts as CSV rows, and their tables. Imported again, a row replaces the one of its key.

use crate::foundation::csv::{CellError, Cells, FactRow, Key, Stretch};
use chrono::{DateTime, Utc};
use rules::facts::LoggedPhase;
use rust_decimal::prelude::ToPrimitive;
use schemas::ids::SiteId;
use schemas::money::{Currency, Money};
use schemas::objection::{DocumentNumber, PartyReference};
use schemas::plate::PlateNumber;
use schemas::reference::ViolationReference;
use sqlx::PgConnection;

/// One stretch of ownership, by the vehicle register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnershipRow {
    /// The vehicle.
    pub plate: PlateNumber,
    /// The register's pseudonym of who held it.
    pub holder: PartyReference,
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after; `None` while it lasts.
    pub to: Option<DateTime<Utc>>,
}

/// One stretch of one phase of a junction's light.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalLogRow {
    /// The junction.
    pub site: SiteId,
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after.
    pub to: DateTime<Utc>,
    /// Which light.
    pub phase: LoggedPhase,
    /// Length of the amber before a red, milliseconds.
    pub amber_milliseconds: Option<u16>,
    /// Whether the controller reported a fault.
    pub controller_fault: bool,
}

/// One payment, by the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRow {
    /// Number of the receipt.
    pub receipt: DocumentNumber,
    /// For which violation.
    pub violation: ViolationReference,
    /// How much.
    pub amount: Money,
    /// When.
    pub paid_at: DateTime<Utc>,
    /// card, cash, wallet and so on.
    pub channel: String,
}

/// One notice that was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRow {
    /// Of which violation.
    pub violation: ViolationReference,
    /// The register's pseudonym of the addressee.
    pub holder: PartyReference,
    /// sms, post and so on.
    pub channel: String,
    /// When.
    pub served_at: DateTime<Utc>,
}

/// A time in which objections could not be filed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutageRow {
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after.
    pub to: DateTime<Utc>,
}

/// First year in which a vehicle that is still on the road can have changed hands.
const OWNERSHIP_YEAR_FIRST: i32 = 1950;
/// Characters of the name of a channel.
const CHANNEL_CHARACTERS_MAX: usize = 64;

impl FactRow for OwnershipRow {
    const COLUMNS: &'static [&'static str] = &["plate", "holder", "from", "to"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        let row = Self {
            plate: plate(cells)?,
            holder: holder(cells)?,
            from: cells.instant_since("from", OWNERSHIP_YEAR_FIRST)?,
            to: cells.instant_optional_since("to", OWNERSHIP_YEAR_FIRST)?,
        };
        if row.to.is_some_and(|to| to <= row.from) {
            return Err(CellError::new("to", "must be after from"));
        }
        Ok(row)
    }

    fn keys(&self) -> Vec<Key> {
        vec![Key { columns: "plate, from", value: format!("{} {}", self.plate.key(), self.from) }]
    }

    fn stretch(&self) -> Option<Stretch> {
        Some(Stretch { of: self.plate.key(), from: self.from, to: self.to })
    }
}

impl FactRow for SignalLogRow {
    const COLUMNS: &'static [&'static str] =
        &["site", "from", "to", "phase", "amber_milliseconds", "controller_fault"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        let phase = LoggedPhase::from_label(cells.required("phase")?)
            .ok_or_else(|| CellError::new("phase", "must be green, amber, red or dark"))?;
        let (from, to) = closed(cells)?;
        Ok(Self {
            site: cells.parsed("site")?,
            from,
            to,
            phase,
            amber_milliseconds: amber(cells)?,
            controller_fault: cells.boolean("controller_fault")?,
        })
    }

    fn keys(&self) -> Vec<Key> {
        vec![Key { columns: "site, from", value: format!("{} {}", self.site, self.from) }]
    }

    fn stretch(&self) -> Option<Stretch> {
        Some(Stretch { of: self.site.to_string(), from: self.from, to: Some(self.to) })
    }
}

impl FactRow for PaymentRow {
    const COLUMNS: &'static [&'static str] =
        &["receipt", "violation", "amount", "currency", "paid_at", "channel"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        let currency: Currency = cells.parsed("currency")?;
        let amount = cells.number("amount", currency.decimals())?;
        let amount = Money::new(amount, currency).map_err(|error| CellError::new("amount", error))?;
        if amount.amount().is_zero() {
            return Err(CellError::new("amount", "must be above 0"));
        }
        let receipt = DocumentNumber::parse(cells.required("receipt")?);
        Ok(Self {
            receipt: receipt.map_err(|error| CellError::new("receipt", error))?,
            violation: violation(cells)?,
            amount,
            paid_at: cells.instant("paid_at")?,
            channel: cells.text("channel", CHANNEL_CHARACTERS_MAX)?,
        })
    }

    fn keys(&self) -> Vec<Key> {
        vec![Key { columns: "receipt", value: self.receipt.as_str().to_owned() }]
    }
}

impl FactRow for NoticeRow {
    const COLUMNS: &'static [&'static str] = &["violation", "holder", "channel", "served_at"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        Ok(Self {
            violation: violation(cells)?,
            holder: holder(cells)?,
            channel: cells.text("channel", CHANNEL_CHARACTERS_MAX)?,
            served_at: cells.instant("served_at")?,
        })
    }

    fn keys(&self) -> Vec<Key> {
        vec![Key { columns: "violation, served_at", value: format!("{} {}", self.violation, self.served_at) }]
    }
}

impl FactRow for OutageRow {
    const COLUMNS: &'static [&'static str] = &["from", "to"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        let (from, to) = closed(cells)?;
        Ok(Self { from, to })
    }

    fn keys(&self) -> Vec<Key> {
        vec![Key { columns: "from", value: self.from.to_string() }]
    }

    fn stretch(&self) -> Option<Stretch> {
        Some(Stretch { of: String::new(), from: self.from, to: Some(self.to) })
    }
}

/// Stores stretches of ownership. An open stretch is ended by importing it again with its end.
///
/// # Errors
/// When the database fails, or two stretches of a vehicle overlap.
pub(crate) async fn put_ownership(
    transaction: &mut PgConnection,
    rows: &[OwnershipRow],
) -> Result<(), sqlx::Error> {
    let rows = in_order_of_time(rows, |row| row.from);
    sqlx::query!(
        "insert into ownership_interval (plate_key, holder, valid_from, valid_until)
         select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])
         on conflict (plate_key, valid_from) do update
         set holder = excluded.holder, valid_until = excluded.valid_until, updated_at = now()",
        &rows.iter().map(|row| row.plate.key()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.holder.as_str()).collect::<Vec<_>>() as _,
        &rows.iter().map(|row| row.from).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.to).collect::<Vec<_>>() as _,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Stores stretches of the log of lights.
///
/// # Errors
/// When the database fails, or two stretches of a junction overlap.
pub(crate) async fn put_signal_log(
    transaction: &mut PgConnection,
    rows: &[SignalLogRow],
) -> Result<(), sqlx::Error> {
    let rows = in_order_of_time(rows, |row| row.from);
    sqlx::query!(
        "insert into signal_log (site_id, phase_from, phase_until, phase, amber_milliseconds, controller_fault)
         select * from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::integer[], $6::boolean[])
         on conflict (site_id, phase_from) do update
         set phase_until = excluded.phase_until, phase = excluded.phase,
             amber_milliseconds = excluded.amber_milliseconds, controller_fault = excluded.controller_fault,
             updated_at = now()",
        &rows.iter().map(|row| row.site.as_str()).collect::<Vec<_>>() as _,
        &rows.iter().map(|row| row.from).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.to).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.phase.label()).collect::<Vec<_>>() as _,
        &rows.iter().map(|row| row.amber_milliseconds.map(i32::from)).collect::<Vec<_>>() as _,
        &rows.iter().map(|row| row.controller_fault).collect::<Vec<_>>(),
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Stores payments.
///
/// # Errors
/// When the database fails.
pub(crate) async fn put_payments(
    transaction: &mut PgConnection,
    rows: &[PaymentRow],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payment (receipt, violation_reference, amount, currency, paid_at, channel)
         select * from unnest($1::text[], $2::text[], $3::numeric[], $4::text[], $5::timestamptz[], $6::text[])
         on conflict (receipt) do update
         set violation_reference = excluded.violation_reference, amount = excluded.amount,
             currency = excluded.currency, paid_at = excluded.paid_at, channel = excluded.channel, updated_at = now()",
        &rows.iter().map(|row| row.receipt.as_str()).collect::<Vec<_>>() as _,
        &rows.iter().map(|row| row.violation.as_str()).collect::<Vec<_>>() as _,
        &rows.iter().map(|row| row.amount.amount()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.amount.currency().code()).collect::<Vec<_>>() as _,
        &rows.iter().map(|row| row.paid_at).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.channel.as_str()).collect::<Vec<_>>() as _,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Stores delivered notices.
///
/// # Errors
/// When the database fails.
pub(crate) async fn put_notices(
    transaction: &mut PgConnection,
    rows: &[NoticeRow],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into notice_service (violation_reference, holder, channel, served_at)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
         on conflict (violation_reference, served_at) do update
         set holder = excluded.holder, channel = excluded.channel, updated_at = now()",
        &rows.iter().map(|row| row.violation.as_str()).collect::<Vec<_>>() as _,
        &rows.iter().map(|row| row.holder.as_str()).collect::<Vec<_>>() as _,
        &rows.iter().map(|row| row.channel.as_str()).collect::<Vec<_>>() as _,
        &rows.iter().map(|row| row.served_at).collect::<Vec<_>>(),
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Stores outages.
///
/// # Errors
/// When the database fails.
pub(crate) async fn put_outages(
    transaction: &mut PgConnection,
    rows: &[OutageRow],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into service_outage (outage_from, outage_until)
         select * from unnest($1::timestamptz[], $2::timestamptz[])
         on conflict (outage_from) do update set outage_until = excluded.outage_until, updated_at = now()",
        &rows.iter().map(|row| row.from).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.to).collect::<Vec<_>>(),
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// So that a stretch which ends now makes room for the one that follows it, however the file is sorted.
fn in_order_of_time<R>(rows: &[R], from: impl Fn(&R) -> DateTime<Utc>) -> Vec<&R> {
    let mut sorted: Vec<&R> = rows.iter().collect();
    sorted.sort_by_key(|row| from(row));
    sorted
}

/// Letters in either case and whatever else [`PlateNumber`] folds of what people paste. The cell's content is not
/// repeated: a register's file may hold anything.
fn plate(cells: &Cells<'_>) -> Result<PlateNumber, CellError> {
    PlateNumber::parse_key(&cells.as_pasted("plate")?.to_ascii_uppercase())
        .map_err(|_| CellError::new("plate", "must be a plate's key, as EG-STN-7126 or SA-123-TNJ"))
}

fn violation(cells: &Cells<'_>) -> Result<ViolationReference, CellError> {
    ViolationReference::parse(cells.as_pasted("violation")?)
        .map_err(|error| CellError::new("violation", error))
}

fn holder(cells: &Cells<'_>) -> Result<PartyReference, CellError> {
    PartyReference::parse(cells.required("holder")?).map_err(|error| CellError::new("holder", error))
}

fn amber(cells: &Cells<'_>) -> Result<Option<u16>, CellError> {
    const COLUMN: &str = "amber_milliseconds";
    let too_long = || CellError::new(COLUMN, format!("must be at most {} milliseconds", u16::MAX));
    let number = cells.number_optional(COLUMN, 0)?;
    number.map(|number| number.to_u16().ok_or_else(too_long)).transpose()
}

/// A stretch that has ended.
fn closed(cells: &Cells<'_>) -> Result<(DateTime<Utc>, DateTime<Utc>), CellError> {
    let (from, to) = (cells.instant("from")?, cells.instant("to")?);
    if to <= from { Err(CellError::new("to", "must be after from")) } else { Ok((from, to)) }
}

#[cfg(test)]
mod tests;
