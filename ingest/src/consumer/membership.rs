//! Whose doing a fencing is: that of another process with our instance name, or of our own session's end.
//!
//! The broker fences a static member when a request bears its instance name with another member id than the one it
//! knows. That is so when another process joined under the name. It is also so when the broker stayed away for longer
//! than the session: librdkafka then forgets its member id, and sends what it kept for the broker's return, a copy of
//! offsets for instance, with an empty one. Either way the client is of no use any more. But the end of a session is
//! told by a revoke of a lost assignment *before* the fencing, while a twin's fencing comes out of nothing: a fenced
//! client makes no such callback.

use std::time::Duration;

/// What is known of this process's place in the group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Membership {
    /// No session has ended, or so long ago that nothing of it can still be on its way.
    #[default]
    Whole,
    /// The session has ended; the client joins again by itself.
    Lost,
    /// It has joined again.
    JoinedAgain {
        /// Monotonic time of the first assignment after it.
        at: Duration,
    },
}

/// Who caused a fencing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fencing {
    /// What our own ended session had left behind; a new client goes on.
    OwnSession,
    /// Another process with our instance name; it would only be thrown out in turn.
    Twin,
}

impl Membership {
    /// The group took the assignment away because the session had ended.
    pub(super) fn lose(&mut self) {
        *self = Self::Lost;
    }

    /// The group gave an assignment.
    pub(super) fn join(&mut self, now: Duration) {
        if *self == Self::Lost {
            *self = Self::JoinedAgain { at: now };
        }
    }

    /// Who caused a fencing that is reported `now`. What an ended session left is refused within another `session`
    /// after the return: requests do not live longer.
    pub(super) fn fenced(self, now: Duration, session: Duration) -> Fencing {
        match self {
            Self::Whole => Fencing::Twin,
            Self::Lost => Fencing::OwnSession,
            Self::JoinedAgain { at } if now <= at + session => Fencing::OwnSession,
            Self::JoinedAgain { .. } => Fencing::Twin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: Duration = Duration::from_secs(10);

    fn second(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    #[test]
    fn without_an_ended_session_only_a_twin_can_have_fenced_us() {
        let mut membership = Membership::default();
        assert_eq!(membership.fenced(second(5), SESSION), Fencing::Twin);
        membership.join(second(6));
        assert_eq!(membership.fenced(second(7), SESSION), Fencing::Twin);
    }

    #[test]
    fn what_an_ended_session_left_behind_fences_us_until_a_session_after_the_return() {
        let mut membership = Membership::default();
        membership.join(second(1));
        membership.lose();
        assert_eq!(membership.fenced(second(90), SESSION), Fencing::OwnSession);
        membership.join(second(100));
        membership.join(second(109));
        assert_eq!(membership.fenced(second(110), SESSION), Fencing::OwnSession);
        assert_eq!(membership.fenced(second(111), SESSION), Fencing::Twin);
    }
}
