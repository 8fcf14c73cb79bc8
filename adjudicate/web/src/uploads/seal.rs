//! Tokens of forms, sealed by the server: to which case and to whom a form belongs can be told from its token after the
//! session in which it was shown has ended, and nobody makes or moves one.
//!
//! A token holds no plate and no name: whose it is stands there as a keyed hash.

use chrono::{DateTime, Utc};
use std::fmt;
use uuid::Uuid;

/// Bytes of the server's key.
pub const KEY_BYTES: usize = 32;
/// Hexadecimal digits of each part of a token: random, instant of issue, owner, seal.
const NONCE_DIGITS: usize = 32;
const ISSUED_DIGITS: usize = 8;
const OWNER_DIGITS: usize = 32;
const SEAL_DIGITS: usize = 32;
/// Digits of a token.
pub const TOKEN_DIGITS: usize = NONCE_DIGITS + ISSUED_DIGITS + OWNER_DIGITS + SEAL_DIGITS;

/// The key under which tokens are sealed.
#[derive(Clone)]
pub struct Seal([u8; KEY_BYTES]);

/// Whose a form is, without saying who that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner(String);

impl fmt::Debug for Seal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Seal(hidden)")
    }
}

impl Owner {
    /// The hash, hexadecimal.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Seal {
    /// The seal of a key.
    #[must_use]
    pub const fn new(key: [u8; KEY_BYTES]) -> Self {
        Self(key)
    }

    /// Whoever is called so: a citizen by the plate, a reviewer by the id.
    #[must_use]
    pub fn owner(&self, name: &str) -> Owner {
        Owner(self.hash("owner", &[name], OWNER_DIGITS))
    }

    /// A new token for a form about `subject`.
    #[must_use]
    pub fn issue(&self, subject: &str, owner: &Owner, now: DateTime<Utc>) -> String {
        let nonce = Uuid::new_v4().as_simple().to_string();
        let issued = u32::try_from(now.timestamp()).unwrap_or(u32::MAX);
        let open = format!("{nonce}{issued:08x}{}", owner.0);
        let seal = self.hash("form", &[subject, &open], SEAL_DIGITS);
        format!("{open}{seal}")
    }

    /// Whose form about `subject` it is, if the token is one of ours and was issued after `oldest`.
    #[must_use]
    pub fn owner_of(&self, subject: &str, token: &str, oldest: DateTime<Utc>) -> Option<Owner> {
        if token.len() != TOKEN_DIGITS || !token.is_ascii() {
            return None;
        }
        let (open, seal) = token.split_at_checked(TOKEN_DIGITS - SEAL_DIGITS)?;
        let expected = self.hash("form", &[subject, open], SEAL_DIGITS);
        // Hashes of both compare in the same time wherever they differ.
        if blake3::hash(expected.as_bytes()) != blake3::hash(seal.as_bytes()) {
            return None;
        }
        let (_, rest) = open.split_at_checked(NONCE_DIGITS)?;
        let (issued, owner) = rest.split_at_checked(ISSUED_DIGITS)?;
        let issued = i64::from(u32::from_str_radix(issued, 16).ok()?);
        (issued >= oldest.timestamp()).then(|| Owner(owner.to_owned()))
    }

    fn hash(&self, purpose: &str, parts: &[&str], digits: usize) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        for part in [purpose].iter().chain(parts) {
            hasher.update(&(part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize().to_hex().chars().take(digits).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_token_tells_its_owner_for_its_own_subject_until_it_is_old() {
        let seal = Seal::new([7; KEY_BYTES]);
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let owner = seal.owner("SA-123-TNJ");
        let token = seal.issue("violation:V-1", &owner, now);
        assert_eq!(token.len(), TOKEN_DIGITS);
        assert!(!token.contains("TNJ"));
        assert_eq!(seal.owner_of("violation:V-1", &token, now), Some(owner));
        assert_eq!(seal.owner_of("violation:V-2", &token, now), None);
        assert_eq!(seal.owner_of("violation:V-1", &token, now + TimeDelta::seconds(1)), None);
        assert_eq!(Seal::new([8; KEY_BYTES]).owner_of("violation:V-1", &token, now), None);
        assert_ne!(seal.owner("SA-123-TNJ"), seal.owner("SA-124-TNJ"));
    }

    #[test]
    fn a_token_with_any_digit_changed_is_none_of_ours() {
        let seal = Seal::new([7; KEY_BYTES]);
        let token = seal.issue("s", &seal.owner("o"), DateTime::UNIX_EPOCH);
        for at in 0..TOKEN_DIGITS {
            let mut other = token.clone();
            let digit = if other.as_bytes()[at] == b'0' { "1" } else { "0" };
            other.replace_range(at..=at, digit);
            assert_eq!(seal.owner_of("s", &other, DateTime::UNIX_EPOCH), None, "{at}");
        }
        for other in ["", "x", &token[1..], &format!("{token}0"), &"\u{0660}".repeat(TOKEN_DIGITS / 2)] {
            assert_eq!(seal.owner_of("s", other, DateTime::UNIX_EPOCH), None);
        }
    }
}
