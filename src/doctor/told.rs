//! A fact that may not be known.

/// A fact, or why it is not known.
pub(crate) type Told<T> = Result<T, String>;
