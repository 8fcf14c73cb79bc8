//! Values that must not reach a log.

use serde::de::{Deserializer, Error, Unexpected, Visitor};
use serde::{Deserialize, de};
use std::fmt;

/// A value that must not reach a log: an address with a password, a key.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the secret.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The secret itself; for the one place that uses it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_empty() { "(not set)" } else { "(secret)" })
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Asked for a text, some formats would themselves say what else they got.
        deserializer.deserialize_any(SecretVisitor)
    }
}

/// Takes texts alone, and repeats nothing of what else it gets: a password of digits in an environment variable is read
/// as a number, whose leading zeros are lost by then.
struct SecretVisitor;

impl SecretVisitor {
    fn refuse<E: de::Error>(what: &'static str) -> Result<Secret, E> {
        Err(E::invalid_type(Unexpected::Other(what), &Self))
    }
}

impl Visitor<'_> for SecretVisitor {
    type Value = Secret;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text; put it between double quotes, in the environment too (VARIABLE='\"…\"')")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Secret, E> {
        Ok(Secret::new(text))
    }

    fn visit_bool<E: Error>(self, _value: bool) -> Result<Secret, E> {
        Self::refuse("true or false")
    }

    fn visit_i64<E: Error>(self, _value: i64) -> Result<Secret, E> {
        Self::refuse("a number")
    }

    fn visit_u64<E: Error>(self, _value: u64) -> Result<Secret, E> {
        Self::refuse("a number")
    }

    fn visit_f64<E: Error>(self, _value: f64) -> Result<Secret, E> {
        Self::refuse("a number")
    }

    fn visit_char<E: Error>(self, value: char) -> Result<Secret, E> {
        Ok(Secret::new(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_shown_nowhere_not_even_by_the_error_that_refuses_it() {
        let secret: Secret = serde_json::from_str("\"hidden-word\"").unwrap();
        assert_eq!(secret.expose(), "hidden-word");
        assert_eq!(format!("{secret:?} {secret}"), "(secret) (secret)");
        for refused in ["71423", "-71423", "71423.5", "true", "[71423]", "{\"71423\":1}"] {
            let error = serde_json::from_str::<Secret>(refused).unwrap_err().to_string();
            assert!(!error.contains("71423") && error.contains("between double quotes"), "{error}");
        }
    }
}
