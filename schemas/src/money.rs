//! Amounts of money. Never a float.

use rust_decimal::Decimal;
use std::fmt;
use thiserror::Error;

crate::closed_list! {
    /// A currency that fines are asked in, by its code of ISO 4217.
    pub enum Currency (code, from_code) {
        /// EGP, two decimals.
        EgyptianPound = "EGP",
        /// SAR, two decimals.
        SaudiRiyal = "SAR",
    }
    impl Display;
    impl FromStr<MoneyError> = MoneyError::UnknownCurrency;
}

/// Why an amount is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Less than nothing.
    #[error("an amount must not be negative, got {0}")]
    Negative(Decimal),
    /// More decimals than the currency has.
    #[error("{1} has {2} decimals, got {0}")]
    TooFine(Decimal, Currency, u32),
    /// Not a currency Rasid knows.
    #[error("currency must be 'EGP' or 'SAR', got '{0}'")]
    UnknownCurrency(String),
}

impl Currency {
    /// Decimals of the smallest coin.
    #[must_use]
    pub const fn decimals(self) -> u32 {
        match self {
            Self::EgyptianPound | Self::SaudiRiyal => 2,
        }
    }
}

/// A non-negative amount in one currency, no finer than its smallest coin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

impl Money {
    /// Takes an amount.
    ///
    /// # Errors
    /// When it is negative or finer than the smallest coin; rounding is a rule's business, not this type's.
    pub fn new(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(MoneyError::Negative(amount));
        }
        if amount.normalize().scale() > currency.decimals() {
            return Err(MoneyError::TooFine(amount, currency, currency.decimals()));
        }
        Ok(Self { amount: amount.abs(), currency })
    }

    /// The amount, in whole units and decimals.
    #[must_use]
    pub const fn amount(self) -> Decimal {
        self.amount
    }

    /// Its currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.amount, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negative_or_too_fine_amount_is_refused() {
        assert!(Money::new(Decimal::new(-1, 0), Currency::SaudiRiyal).is_err());
        assert!(Money::new(Decimal::new(1, 3), Currency::EgyptianPound).is_err());
        assert!(Money::new(Decimal::new(15000, 3), Currency::EgyptianPound).is_ok());
    }
}
