//! The life of an objection: where it is, and every move there is.
//!
//! ```text
//! filed ──▶ waiting ──▶ filed            another objection to the same violation ended
//! filed ──▶ awaiting_document ──▶ filed  the document came, the time for it ran out, or a human was asked for
//! filed ──▶ answered ──▶ filed           the machine closed it; a human was asked for
//! filed ──▶ in_review ──▶ decided        a named human decides
//! ```

use thiserror::Error;

schemas::closed_list! {
    /// Where an objection is. Why it is there is in other columns.
    pub enum ObjectionState {
        /// With the machine.
        Filed = "filed",
        /// Behind another objection to the same violation.
        Waiting = "waiting",
        /// With the citizen, for a document.
        AwaitingDocument = "awaiting_document",
        /// With the reviewers.
        InReview = "in_review",
        /// Answered by the machine in everything.
        Answered = "answered",
        /// Decided by a human. The end.
        Decided = "decided",
    }
    impl Display;
    impl FromStr<UnknownState> = UnknownState;
}

schemas::closed_list! {
    /// What can happen to an objection.
    pub enum ObjectionEvent {
        /// The machine answered everything.
        MachineAnswered = "machine_answered",
        /// The machine asked for a document.
        DocumentAsked = "document_asked",
        /// The machine put it behind another objection.
        PutBehindOther = "put_behind_other",
        /// The machine handed it to the reviewers.
        SentToReview = "sent_to_review",
        /// The other objection ended.
        OtherEnded = "other_ended",
        /// The citizen added a document.
        DocumentAdded = "document_added",
        /// The document did not come in time.
        DocumentOverdue = "document_overdue",
        /// The citizen asked for a human.
        HumanAsked = "human_asked",
        /// A human decided.
        HumanDecided = "human_decided",
    }
    impl Display;
}

/// A move that there is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an objection that is {state} takes no {event}")]
pub struct IllegalTransition {
    /// Where it is.
    pub state: ObjectionState,
    /// What should have happened.
    pub event: ObjectionEvent,
}

/// Where `event` leads from `state`. The only place that knows.
///
/// # Errors
/// When there is no such move.
pub fn next(state: ObjectionState, event: ObjectionEvent) -> Result<ObjectionState, IllegalTransition> {
    use ObjectionEvent as E;
    use ObjectionState as S;
    match (state, event) {
        (S::Filed, E::MachineAnswered) => Ok(S::Answered),
        (S::Filed, E::DocumentAsked) => Ok(S::AwaitingDocument),
        (S::Filed, E::PutBehindOther) => Ok(S::Waiting),
        (S::Filed, E::SentToReview) => Ok(S::InReview),
        (S::Filed, E::DocumentAdded | E::HumanAsked) => Ok(S::Filed),
        (S::Waiting, E::OtherEnded | E::HumanAsked) => Ok(S::Filed),
        (S::Waiting, E::DocumentAdded) => Ok(S::Waiting),
        (S::AwaitingDocument, E::DocumentAdded | E::DocumentOverdue | E::HumanAsked) => Ok(S::Filed),
        (S::InReview, E::DocumentAdded) => Ok(S::InReview),
        (S::InReview, E::HumanDecided) => Ok(S::Decided),
        (S::Answered, E::HumanAsked) => Ok(S::Filed),
        (
            S::Filed | S::Waiting | S::AwaitingDocument | S::InReview | S::Answered | S::Decided,
            E::MachineAnswered
            | E::DocumentAsked
            | E::PutBehindOther
            | E::SentToReview
            | E::OtherEnded
            | E::DocumentAdded
            | E::DocumentOverdue
            | E::HumanAsked
            | E::HumanDecided,
        ) => Err(IllegalTransition { state, event }),
    }
}

impl ObjectionState {
    /// Whether somebody still owes the citizen an answer, or the citizen a document.
    #[must_use]
    pub const fn is_live(self) -> bool {
        match self {
            Self::Filed | Self::Waiting | Self::AwaitingDocument | Self::InReview => true,
            Self::Answered | Self::Decided => false,
        }
    }
}

/// The text is no state of an objection.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{0}' is no state of an objection")]
pub struct UnknownState(pub String);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_moves_a_decided_objection() {
        for event in ObjectionEvent::ALL {
            assert!(next(ObjectionState::Decided, event).is_err(), "{event}");
        }
    }

    #[test]
    fn a_citizen_can_ask_for_a_human_wherever_the_machine_or_the_citizen_has_the_case() {
        for state in ObjectionState::ALL {
            let asked = next(state, ObjectionEvent::HumanAsked);
            let expected = !matches!(state, ObjectionState::InReview | ObjectionState::Decided);
            assert_eq!(asked.is_ok(), expected, "{state}");
        }
    }

    proptest! {
        #[test]
        fn only_a_human_ends_an_objection_for_good(events in prop::collection::vec(prop::sample::select(&ObjectionEvent::ALL[..]), 0..60)) {
            let mut state = ObjectionState::Filed;
            let mut last = None;
            for event in events {
                if let Ok(moved) = next(state, event) {
                    (state, last) = (moved, Some(event));
                }
                // From every state but the last a human can still be reached.
                let to_human = [ObjectionEvent::HumanAsked, ObjectionEvent::SentToReview, ObjectionEvent::HumanDecided];
                prop_assert!(state == ObjectionState::Decided || to_human.into_iter().any(|event| next(state, event).is_ok()));
            }
            prop_assert_eq!(state == ObjectionState::Decided, last == Some(ObjectionEvent::HumanDecided));
        }
    }
}
