//! Columns of rows, read into the types that they were written from.

use rust_decimal::Decimal;
use schemas::money::{Money, MoneyError};
use std::error::Error;

/// Why a pair of columns is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyColumnsError {
    /// One of the two stands alone.
    #[error("an amount and its currency are stored both or not at all")]
    Half,
    /// It is none of ours.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// A value that does not read, as the driver says it.
pub(crate) fn decode(error: impl Into<Box<dyn Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}

/// The money in two columns; `numeric(19, 4)` shows zeros that were never written.
///
/// # Errors
/// When it is none of ours.
pub(crate) fn money(amount: Decimal, currency: &str) -> Result<Money, MoneyError> {
    Money::new(amount.normalize(), currency.parse()?)
}

/// The money in two columns that may both be empty.
///
/// # Errors
/// When one stands alone, or it is none of ours.
pub(crate) fn optional_money(
    amount: Option<Decimal>,
    currency: Option<&str>,
) -> Result<Option<Money>, MoneyColumnsError> {
    match (amount, currency) {
        (None, None) => Ok(None),
        (Some(amount), Some(currency)) => Ok(Some(money(amount, currency)?)),
        (Some(_), None) | (None, Some(_)) => Err(MoneyColumnsError::Half),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::money::Currency;

    #[test]
    fn what_was_stored_is_read_or_refused_and_never_dropped() {
        let stored = Decimal::new(1_500_000, 4);
        let read = optional_money(Some(stored), Some("SAR")).unwrap().unwrap();
        assert_eq!(read.to_string(), "150 SAR");
        assert_eq!(read.currency(), Currency::SaudiRiyal);
        assert_eq!(optional_money(None, None), Ok(None));
        assert_eq!(optional_money(Some(stored), None), Err(MoneyColumnsError::Half));
        assert!(optional_money(Some(stored), Some("ISK")).is_err());
    }
}
