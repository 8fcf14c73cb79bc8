//! What the facts support, ground by ground.

use schemas::money::Money;
use schemas::triage::{Finding, Reduction};

/// What the facts support. There is no variant against the citizen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Support {
    /// Nothing is to be asked any more.
    Cancel { reissue: bool },
    /// Less is to be asked.
    Reduce(Reduction),
    /// Everything is paid.
    Paid(Money),
    /// The facts on file do not carry it; a human may see more.
    Not,
    /// The fact is not on file.
    FactMissing,
}

impl Support {
    pub(super) const fn finding(self) -> Finding {
        match self {
            Self::Cancel { .. } | Self::Reduce(_) | Self::Paid(_) => Finding::InFavour,
            Self::Not => Finding::NotSupported,
            Self::FactMissing => Finding::FactMissing,
        }
    }
}
