//! Values of a stored record, read back under the rules of their types.

use super::unreadable::UnreadableRecord;

pub(super) fn value<T, E>(what: &'static str, parsed: Result<T, E>) -> Result<T, UnreadableRecord> {
    parsed.map_err(|_| UnreadableRecord::Value(what))
}
