//! Canonical JSON: the bytes that hashes and signatures are made over.
//!
//! Keys sorted by their bytes, no blanks, strings as `serde_json` escapes them, whole numbers only. Floating point is
//! refused: two libraries print it differently. What needs a fraction is a text.

use schemas::evidence::Sha256Digest;
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

/// Why a value has no canonical form.
#[derive(Debug, Error)]
pub enum CanonicalError {
    /// A number that is not whole.
    #[error("canonical JSON holds whole numbers only, got {0}")]
    NotWhole(serde_json::Number),
    /// The value cannot be written as JSON at all.
    #[error("the value is not JSON")]
    Json(#[from] serde_json::Error),
}

/// The canonical bytes of `value`.
///
/// # Errors
/// When it holds a number that is not whole, or is not JSON.
pub fn canonical_bytes(value: &impl Serialize) -> Result<Vec<u8>, CanonicalError> {
    let mut bytes = Vec::new();
    write(&serde_json::to_value(value)?, &mut bytes)?;
    Ok(bytes)
}

/// SHA-256 over the canonical bytes of a JSON value.
///
/// # Errors
/// As [`canonical_bytes`].
pub fn canonical_digest(value: &Value) -> Result<Sha256Digest, CanonicalError> {
    let mut bytes = Vec::new();
    write(value, &mut bytes)?;
    Ok(Sha256Digest::of(&bytes))
}

fn write(value: &Value, bytes: &mut Vec<u8>) -> Result<(), CanonicalError> {
    match value {
        Value::Number(number) if number.is_f64() => return Err(CanonicalError::NotWhole(number.clone())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            serde_json::to_writer(bytes, value)?;
        }
        Value::Array(items) => {
            bytes.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    bytes.push(b',');
                }
                write(item, bytes)?;
            }
            bytes.push(b']');
        }
        Value::Object(members) => {
            // Sorted here, since the map keeps another order when any crate switches `preserve_order` on.
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(key, _)| key.as_bytes());
            bytes.push(b'{');
            for (index, (key, member)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    bytes.push(b',');
                }
                serde_json::to_writer(&mut *bytes, key)?;
                bytes.push(b':');
                write(member, bytes)?;
            }
            bytes.push(b'}');
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_and_no_blank_is_left() {
        let value = json!({"b": [1, {"z": null, "a": "x y"}], "a": true});
        assert_eq!(canonical_bytes(&value).unwrap(), br#"{"a":true,"b":[1,{"a":"x y","z":null}]}"#);
    }

    #[test]
    fn floating_point_is_refused() {
        assert!(matches!(canonical_bytes(&json!({"a": 0.5})), Err(CanonicalError::NotWhole(_))));
    }

    proptest! {
        #[test]
        fn what_was_written_reads_back_to_the_same_bytes(keys in prop::collection::vec("\\PC{0,6}", 0..6), number: i64) {
            let value: Value = keys.iter().map(|key| (key.clone(), json!([key, number]))).collect::<serde_json::Map<_, _>>().into();
            let bytes = canonical_bytes(&value).unwrap();
            let read: Value = serde_json::from_slice(&bytes).unwrap();
            prop_assert_eq!(canonical_bytes(&read).unwrap(), bytes);
        }
    }
}
