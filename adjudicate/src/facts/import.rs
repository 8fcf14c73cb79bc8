//! Facts as CSV rows, and their tables. Imported again, a row replaces the one of its key.

use crate::foundation::csv::{CellError, Cells, FactRow};
use chrono::{DateTime, Utc};
use rules::facts::LoggedPhase;
use rust_decimal::Decimal;
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

impl FactRow for OwnershipRow {
    const COLUMNS: &'static [&'static str] = &["plate", "holder", "from", "to"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        let from = cells.instant("from")?;
        let to = cells.instant_optional("to")?;
        if to.is_some_and(|to| to <= from) {
            return Err(problem("to", "must be after from"));
        }
        Ok(Self { plate: plate(cells)?, holder: holder(cells)?, from, to })
    }
}

impl FactRow for SignalLogRow {
    const COLUMNS: &'static [&'static str] =
        &["site", "from", "to", "phase", "amber_milliseconds", "controller_fault"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        let phase = LoggedPhase::from_label(cells.required("phase")?)
            .ok_or_else(|| problem("phase", "must be green, amber, red or dark"))?;
        let row = Self {
            site: cells.parsed("site")?,
            from: cells.instant("from")?,
            to: cells.instant("to")?,
            phase,
            amber_milliseconds: cells.parsed_optional("amber_milliseconds")?,
            controller_fault: cells.parsed("controller_fault")?,
        };
        if row.to <= row.from {
            return Err(problem("to", "must be after from"));
        }
        Ok(row)
    }
}

impl FactRow for PaymentRow {
    const COLUMNS: &'static [&'static str] =
        &["receipt", "violation", "amount", "currency", "paid_at", "channel"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        let currency: Currency = cells.parsed("currency")?;
        let amount: Decimal = cells.parsed("amount")?;
        let amount = Money::new(amount, currency).map_err(|error| problem("amount", error))?;
        if amount.amount().is_zero() {
            return Err(problem("amount", "must be above 0"));
        }
        let receipt = DocumentNumber::parse(cells.required("receipt")?);
        Ok(Self {
            receipt: receipt.map_err(|error| problem("receipt", error))?,
            violation: cells.parsed("violation")?,
            amount,
            paid_at: cells.instant("paid_at")?,
            channel: cells.required("channel")?.to_owned(),
        })
    }
}

impl FactRow for NoticeRow {
    const COLUMNS: &'static [&'static str] = &["violation", "holder", "channel", "served_at"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        Ok(Self {
            violation: cells.parsed("violation")?,
            holder: holder(cells)?,
            channel: cells.required("channel")?.to_owned(),
            served_at: cells.instant("served_at")?,
        })
    }
}

impl FactRow for OutageRow {
    const COLUMNS: &'static [&'static str] = &["from", "to"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        let row = Self { from: cells.instant("from")?, to: cells.instant("to")? };
        if row.to <= row.from {
            return Err(problem("to", "must be after from"));
        }
        Ok(row)
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

/// The cell's content is not repeated: a register's file may hold anything.
fn plate(cells: &Cells<'_>) -> Result<PlateNumber, CellError> {
    PlateNumber::parse_key(cells.required("plate")?)
        .map_err(|_| problem("plate", "must be a plate's key, as EG-STN-7126 or SA-123-TNJ"))
}

fn holder(cells: &Cells<'_>) -> Result<PartyReference, CellError> {
    PartyReference::parse(cells.required("holder")?).map_err(|error| problem("holder", error))
}

fn problem(column: &'static str, problem: impl ToString) -> CellError {
    CellError { column, problem: problem.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::csv::read_rows;

    #[test]
    fn a_good_row_of_each_fact_is_read() {
        let ownership = "plate,holder,from,to\nSA-123-TNJ,p-1,2026-01-01T00:00:00+03:00,\n";
        let rows = read_rows::<OwnershipRow>(ownership.as_bytes()).unwrap();
        assert_eq!((rows.good.len(), rows.bad.len()), (1, 0));
        let log = "site,from,to,phase,amber_milliseconds,controller_fault\n\
                   j-1,2026-01-01T00:00:00Z,2026-01-01T00:00:30Z,red,3000,false\n";
        assert_eq!(read_rows::<SignalLogRow>(log.as_bytes()).unwrap().good.len(), 1);
        let outage = "from,to\n2026-01-01T00:00:00Z,2026-01-02T00:00:00Z\n";
        assert_eq!(read_rows::<OutageRow>(outage.as_bytes()).unwrap().good.len(), 1);
    }

    #[test]
    fn a_plate_that_is_none_is_reported_by_line_without_being_repeated() {
        let text = "plate,holder,from,to\nSA-999-QQQ,p-1,2026-01-01T00:00:00Z,\n";
        let rows = read_rows::<OwnershipRow>(text.as_bytes()).unwrap();
        assert_eq!(rows.bad[0].line, 2);
        assert!(!rows.bad[0].problem.contains("QQQ"), "{}", rows.bad[0].problem);
    }

    #[test]
    fn a_payment_of_nothing_or_with_a_wrong_reference_is_refused() {
        let violation = ViolationReference::generate();
        let row = |reference: &str, amount: &str| {
            format!(
                "receipt,violation,amount,currency,paid_at,channel\nr-1,{reference},{amount},SAR,2026-01-01T00:00:00Z,card\n"
            )
        };
        let bad = |text: String| read_rows::<PaymentRow>(text.as_bytes()).unwrap().bad.len();
        assert_eq!(bad(row(violation.as_str(), "150.00")), 0);
        assert_eq!(bad(row(violation.as_str(), "0")), 1);
        assert_eq!(bad(row("V-1", "150")), 1);
    }
}
