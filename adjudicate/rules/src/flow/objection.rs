//! The life of an objection: where it is, and every move there is.
//!
//! ```text
//! filed ──▶ waiting ──▶ filed            another objection to the same violation ended
//! filed ──▶ awaiting_document ──▶ filed  the document came, the time for it ran out, or a human was asked for
//! filed ──▶ answered ──▶ filed           the machine closed it; a human was asked for
//! filed ──▶ in_review ──▶ decided        a named human decides
//! ```

use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Where an objection is. Why it is there is in other columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectionState {
    /// With the machine.
    Filed,
    /// Behind another objection to the same violation.
    Waiting,
    /// With the citizen, for a document.
    AwaitingDocument,
    /// With the reviewers.
    InReview,
    /// Answered by the machine in everything.
    Answered,
    /// Decided by a human. The end.
    Decided,
}

/// What can happen to an objection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectionEvent {
    /// The machine answered everything.
    MachineAnswered,
    /// The machine asked for a document.
    DocumentAsked,
    /// The machine put it behind another objection.
    PutBehindOther,
    /// The machine handed it to the reviewers.
    SentToReview,
    /// The other objection ended.
    OtherEnded,
    /// The citizen added a document.
    DocumentAdded,
    /// The document did not come in time.
    DocumentOverdue,
    /// The citizen asked for a human.
    HumanAsked,
    /// A human decided.
    HumanDecided,
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
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Filed, Self::Waiting, Self::AwaitingDocument, Self::InReview, Self::Answered, Self::Decided];

    /// Name in rows, metrics and JSON.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Filed => "filed",
            Self::Waiting => "waiting",
            Self::AwaitingDocument => "awaiting_document",
            Self::InReview => "in_review",
            Self::Answered => "answered",
            Self::Decided => "decided",
        }
    }

    /// Whether somebody still owes the citizen an answer, or the citizen a document.
    #[must_use]
    pub const fn is_live(self) -> bool {
        match self {
            Self::Filed | Self::Waiting | Self::AwaitingDocument | Self::InReview => true,
            Self::Answered | Self::Decided => false,
        }
    }
}

impl ObjectionEvent {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::MachineAnswered,
        Self::DocumentAsked,
        Self::PutBehindOther,
        Self::SentToReview,
        Self::OtherEnded,
        Self::DocumentAdded,
        Self::DocumentOverdue,
        Self::HumanAsked,
        Self::HumanDecided,
    ];

    /// Name in rows.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::MachineAnswered => "machine_answered",
            Self::DocumentAsked => "document_asked",
            Self::PutBehindOther => "put_behind_other",
            Self::SentToReview => "sent_to_review",
            Self::OtherEnded => "other_ended",
            Self::DocumentAdded => "document_added",
            Self::DocumentOverdue => "document_overdue",
            Self::HumanAsked => "human_asked",
            Self::HumanDecided => "human_decided",
        }
    }
}

impl fmt::Display for ObjectionState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.label())
    }
}

impl fmt::Display for ObjectionEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.label())
    }
}

/// The text is no state of an objection.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{0}' is no state of an objection")]
pub struct UnknownState(pub String);

impl FromStr for ObjectionState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        Self::ALL
            .into_iter()
            .find(|state| state.label() == text)
            .ok_or_else(|| UnknownState(text.chars().take(40).collect()))
    }
}

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
