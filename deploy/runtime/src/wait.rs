//! Waiting for a condition with a limit.

use std::thread;
use std::time::Duration;

/// Time between two looks at a condition.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Looks at a condition until it gives a value, fails, or the limit has passed (`None`). The limit counts the
/// pauses, not a clock: on a stopped or overloaded machine a child is not blamed for time that nobody had.
pub(crate) fn until<T, E>(
    limit: Duration,
    mut condition: impl FnMut() -> Result<Option<T>, E>,
) -> Result<Option<T>, E> {
    let mut left = limit;
    loop {
        if let Some(value) = condition()? {
            return Ok(Some(value));
        }
        if left.is_zero() {
            return Ok(None);
        }
        thread::sleep(POLL_INTERVAL);
        left = left.saturating_sub(POLL_INTERVAL);
    }
}
