//! Named places where a test may kill the process, to prove that nothing is lost or doubled by a crash there.
//!
//! Without the feature `testing` a kill point is nothing at all. With it, the process dies by SIGKILL at the n-th
//! pass of the one point that `set_kill_point` named: no destructor runs, no buffer is flushed.

/// Passes the kill point `name`.
#[cfg(not(feature = "testing"))]
#[inline(always)]
pub const fn kill_point(_name: &str) {}

#[cfg(feature = "testing")]
pub use armed::{kill_point, set_kill_point};

#[cfg(feature = "testing")]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static ARMED: OnceLock<ArmedPoint> = OnceLock::new();

    struct ArmedPoint {
        name: String,
        passes_left: AtomicU64,
    }

    /// Makes the process die at pass number `nth` (from 1) of the kill point `name`. Returns false, and changes
    /// nothing, when a point was set before: there is one for each process.
    pub fn set_kill_point(name: &str, nth: u64) -> bool {
        ARMED.set(ArmedPoint { name: name.to_owned(), passes_left: AtomicU64::new(nth.max(1)) }).is_ok()
    }

    /// Passes the kill point `name`.
    pub fn kill_point(name: &str) {
        let Some(armed) = ARMED.get() else { return };
        if armed.name == name && armed.passes_left.fetch_sub(1, Ordering::AcqRel) == 1 {
            die();
        }
    }

    fn die() -> ! {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        std::process::abort()
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::{kill_point, set_kill_point};

    #[test]
    fn only_the_named_point_counts_and_it_is_set_once() {
        assert!(set_kill_point("a_point_of_this_test", 1_000));
        assert!(!set_kill_point("another", 1));
        kill_point("another");
        kill_point("a_point_of_this_test");
    }
}
