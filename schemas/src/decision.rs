//! What a named human decides.
//!
//! A [`HumanDecision`] is made of the proof that its reviewer opened every frame under a live lease; there is no
//! other way to one, and none from a machine's answer.

use crate::checked_text::checked_text;
use crate::ids::{DecisionId, ManualCheckId, ObjectionId, ReviewerId, ViolationId};
use crate::money::Money;
use crate::objection::closing::ClosingAnswer;
use crate::review::EvidenceOpened;
use crate::text::Language;
use crate::text::free::{FreeTextFault, Lines, free_text};
use std::collections::BTreeMap;
use std::fmt;
use thiserror::Error;

/// Characters of a reason in one language.
pub const REASON_CHARACTERS_MAX: usize = 4_000;
/// A reason shorter than this says nothing that a citizen could answer.
pub const REASON_CHARACTERS_MIN: usize = 10;

/// Why no decision can be made of what the reviewer sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecisionInputError {
    /// No reason in either language, or one too short or too long.
    #[error(
        "a decision needs its reason in Arabic or English, {REASON_CHARACTERS_MIN} to {REASON_CHARACTERS_MAX} characters"
    )]
    Reason,
    /// A reason with characters that are not kept.
    #[error("the reason {0}")]
    ReasonText(FreeTextFault),
    /// A violation that waits for an answer got none.
    #[error("violation {0} of the case got no verdict")]
    Missing(ViolationId),
    /// A verdict on a violation that does not wait for one in this case.
    #[error("violation {0} does not wait for a verdict in this case")]
    NotPending(ViolationId),
    /// A reduction to what is due already, or more, or in another currency, or to nothing.
    #[error(
        "violation {violation} can be reduced only to more than nothing and less than {amount_due}, got {to}"
    )]
    NoReduction {
        /// The violation.
        violation: ViolationId,
        /// What is due.
        amount_due: Money,
        /// What it should be reduced to.
        to: Money,
    },
    /// Nothing can be upheld without evidence.
    #[error("violation {0} has no frames: it cannot be upheld or reduced, only cancelled")]
    NoEvidence(ViolationId),
    /// It was cancelled, perhaps while the case lay before the reviewer.
    #[error("violation {0} is cancelled already: it cannot be upheld or reduced, only cancelled")]
    AlreadyCancelled(ViolationId),
    /// The citizen would not be told why in the language of the objection.
    #[error("the objection is in {}: give the reason in that language, in the other as well if you like", name(*.0))]
    ReasonLanguage(Language),
}

/// A human's verdict on one violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The objection is refused on the merits: what is due stays.
    Uphold,
    /// Nothing is due any more.
    Cancel,
    /// Less is due.
    Reduce {
        /// What is due from now on.
        to: Money,
    },
}

impl Verdict {
    /// Name in rows, metrics, JSON and on the wire.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Uphold => "upheld",
            Self::Cancel => "cancelled",
            Self::Reduce { .. } => "reduced",
        }
    }
}

impl Verdict {
    /// The verdict of that name; `to` belongs to a reduction and to nothing else.
    #[must_use]
    pub fn from_parts(label: &str, to: Option<Money>) -> Option<Self> {
        let verdict = match to {
            None => [Self::Uphold, Self::Cancel].into_iter().find(|verdict| verdict.label() == label)?,
            Some(to) => Self::Reduce { to },
        };
        (verdict.label() == label).then_some(verdict)
    }

    /// What is due from now on, if less is.
    #[must_use]
    pub const fn reduced_to(self) -> Option<Money> {
        match self {
            Self::Uphold | Self::Cancel => None,
            Self::Reduce { to } => Some(to),
        }
    }

    /// The answer that it closes a violation with.
    #[must_use]
    pub const fn closing(self) -> ClosingAnswer {
        match self {
            Self::Uphold => ClosingAnswer::Upheld,
            Self::Cancel => ClosingAnswer::Cancelled,
            Self::Reduce { .. } => ClosingAnswer::Reduced,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.label())
    }
}

/// Keeps a text in the reviewer's own words if enough of it can be seen.
fn reason_text(text: &str) -> Result<String, DecisionInputError> {
    let kept = free_text(text, Lines::Several, REASON_CHARACTERS_MIN, REASON_CHARACTERS_MAX);
    kept.map_err(|fault| match fault {
        FreeTextFault::TooShort { .. } | FreeTextFault::TooLong { .. } => DecisionInputError::Reason,
        FreeTextFault::Control(_) | FreeTextFault::Override(_) => DecisionInputError::ReasonText(fault),
    })
}

checked_text! {
    hidden, reason_text(&str) -> DecisionInputError;

    /// A reviewer's reason in one language.
    ReasonText();
}

/// The reviewer's reasons, in at least one language.
#[derive(Clone, PartialEq, Eq)]
pub struct Reason {
    arabic: Option<ReasonText>,
    english: Option<ReasonText>,
}

impl Reason {
    /// Takes the texts; a blank one counts as none.
    ///
    /// # Errors
    /// When neither is left, or one is too short or too long.
    pub fn new(arabic: Option<&str>, english: Option<&str>) -> Result<Self, DecisionInputError> {
        let given = |text: Option<&str>| {
            text.filter(|text| !text.trim().is_empty()).map(ReasonText::parse).transpose()
        };
        let (arabic, english) = (given(arabic)?, given(english)?);
        if arabic.is_some() || english.is_some() {
            Ok(Self { arabic, english })
        } else {
            Err(DecisionInputError::Reason)
        }
    }

    /// The text in `language`, if the reviewer wrote one.
    #[must_use]
    pub fn in_language(&self, language: Language) -> Option<&str> {
        match language {
            Language::Arabic => self.arabic.as_ref().map(ReasonText::as_str),
            Language::English => self.english.as_ref().map(ReasonText::as_str),
        }
    }
}

impl fmt::Debug for Reason {
    /// Returns which languages only: the text may speak of a person.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Reason(ar: {}, en: {})", self.arabic.is_some(), self.english.is_some())
    }
}

/// A violation that waits for a human's verdict within an objection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingViolation {
    /// The violation.
    pub violation: ViolationId,
    /// What is due at present.
    pub amount_due: Money,
    /// Frames that are stored of it.
    pub frames: usize,
    /// Whether nothing is due any more, by whatever decided it.
    pub cancelled: bool,
}

/// A human's verdict on a sighting that was too doubtful for the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckVerdict {
    /// Nothing is issued.
    Dismiss,
}

impl CheckVerdict {
    /// Name in rows, JSON and chains.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Dismiss => "dismissed",
        }
    }
}

/// What was decided about which case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// On an objection.
    Objection {
        /// Which one.
        objection: ObjectionId,
        /// On each violation that waited for one.
        verdicts: BTreeMap<ViolationId, Verdict>,
    },
    /// On a doubtful sighting.
    ManualCheck {
        /// Which one.
        check: ManualCheckId,
        /// On it.
        verdict: CheckVerdict,
    },
}

/// A named human's decision on a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HumanDecision {
    id: DecisionId,
    judgement: Judgement,
    reason: Reason,
    evidence: EvidenceOpened,
}

impl HumanDecision {
    /// Makes a decision on an objection of the proof that its reviewer opened the evidence.
    ///
    /// # Errors
    /// When not exactly the pending violations have a verdict, when a reduction is none, or when something without
    /// frames would be upheld.
    pub fn on_objection(
        (objection, language): (ObjectionId, Language),
        pending: &[PendingViolation],
        verdicts: BTreeMap<ViolationId, Verdict>,
        reason: Reason,
        evidence: EvidenceOpened,
    ) -> Result<Self, DecisionInputError> {
        if reason.in_language(language).is_none() {
            return Err(DecisionInputError::ReasonLanguage(language));
        }
        for one in pending {
            let verdict = verdicts.get(&one.violation).ok_or(DecisionInputError::Missing(one.violation))?;
            check_verdict(one, *verdict)?;
        }
        let is_pending = |violation: &&ViolationId| pending.iter().any(|one| one.violation == **violation);
        if let Some(other) = verdicts.keys().find(|violation| !is_pending(violation)) {
            return Err(DecisionInputError::NotPending(*other));
        }
        let judgement = Judgement::Objection { objection, verdicts };
        Ok(Self { id: DecisionId::generate(), judgement, reason, evidence })
    }

    /// Makes a decision on a doubtful sighting of the proof that its reviewer opened the evidence.
    #[must_use]
    pub fn on_manual_check(
        check: ManualCheckId,
        verdict: CheckVerdict,
        reason: Reason,
        evidence: EvidenceOpened,
    ) -> Self {
        let judgement = Judgement::ManualCheck { check, verdict };
        Self { id: DecisionId::generate(), judgement, reason, evidence }
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> DecisionId {
        self.id
    }

    /// What was decided about which case.
    #[must_use]
    pub const fn judgement(&self) -> &Judgement {
        &self.judgement
    }

    /// Why.
    #[must_use]
    pub const fn reason(&self) -> &Reason {
        &self.reason
    }

    /// The proof it was made of.
    #[must_use]
    pub const fn evidence(&self) -> &EvidenceOpened {
        &self.evidence
    }

    /// Whose decision it is.
    #[must_use]
    pub const fn reviewer(&self) -> &ReviewerId {
        self.evidence.lease().reviewer()
    }
}

const fn name(language: Language) -> &'static str {
    match language {
        Language::Arabic => "Arabic",
        Language::English => "English",
    }
}

fn check_verdict(pending: &PendingViolation, verdict: Verdict) -> Result<(), DecisionInputError> {
    let PendingViolation { violation, amount_due, frames, cancelled } = *pending;
    match verdict {
        Verdict::Cancel => Ok(()),
        Verdict::Uphold | Verdict::Reduce { .. } if cancelled => {
            Err(DecisionInputError::AlreadyCancelled(violation))
        }
        Verdict::Uphold | Verdict::Reduce { .. } if frames == 0 => {
            Err(DecisionInputError::NoEvidence(violation))
        }
        Verdict::Uphold => Ok(()),
        Verdict::Reduce { to } => {
            let less = to.currency() == amount_due.currency() && to.amount() < amount_due.amount();
            if less && !to.amount().is_zero() {
                Ok(())
            } else {
                Err(DecisionInputError::NoReduction { violation, amount_due, to })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Sha256Digest;
    use crate::ids::{LeaseId, ReviewTaskId};
    use crate::money::Currency;
    use crate::review::{Lease, LiveLease, ReviewSubject, ReviewTask, ReviewTaskState};
    use chrono::{DateTime, TimeDelta};
    use std::collections::BTreeSet;

    fn riyals(amount: i64) -> Money {
        Money::new(amount.into(), Currency::SaudiRiyal).unwrap()
    }

    fn opened(objection: ObjectionId) -> EvidenceOpened {
        let lease = Lease {
            id: LeaseId::generate(),
            reviewer: ReviewerId::parse("r-1").unwrap(),
            until: DateTime::UNIX_EPOCH + TimeDelta::minutes(1),
        };
        let (id, reviewer) = (lease.id, lease.reviewer.clone());
        let task = ReviewTask {
            id: ReviewTaskId::generate(),
            subject: ReviewSubject::Objection(objection),
            priority: 0,
            queued_at: DateTime::UNIX_EPOCH,
            state: ReviewTaskState::Claimed(lease),
            version: 0,
        };
        let live = LiveLease::check(&task, &reviewer, id, DateTime::UNIX_EPOCH).unwrap();
        let frames = BTreeSet::from([Sha256Digest::of(b"frame")]);
        EvidenceOpened::prove(live, frames.clone(), &frames).unwrap()
    }

    fn decide(
        pending: &[PendingViolation],
        verdicts: &[(ViolationId, Verdict)],
    ) -> Result<(), DecisionInputError> {
        let objection = ObjectionId::generate();
        let reason = Reason::new(None, Some("the frames show the vehicle")).unwrap();
        let verdicts = verdicts.iter().copied().collect();
        let of = (objection, Language::English);
        HumanDecision::on_objection(of, pending, verdicts, reason, opened(objection)).map(|_| ())
    }

    #[test]
    fn every_pending_violation_needs_a_verdict_and_no_other_may_have_one() {
        let violation = ViolationId::generate();
        let pending = [PendingViolation { violation, amount_due: riyals(300), frames: 2, cancelled: false }];
        assert_eq!(decide(&pending, &[(violation, Verdict::Uphold)]), Ok(()));
        assert_eq!(decide(&pending, &[]), Err(DecisionInputError::Missing(violation)));
        let other = ViolationId::generate();
        let both = [(violation, Verdict::Cancel), (other, Verdict::Cancel)];
        assert_eq!(decide(&pending, &both), Err(DecisionInputError::NotPending(other)));
    }

    #[test]
    fn a_reduction_must_reduce() {
        let violation = ViolationId::generate();
        let pending = [PendingViolation { violation, amount_due: riyals(300), frames: 2, cancelled: false }];
        let to = |amount| decide(&pending, &[(violation, Verdict::Reduce { to: riyals(amount) })]);
        assert_eq!(to(150), Ok(()));
        assert!(to(300).is_err() && to(500).is_err() && to(0).is_err());
    }

    #[test]
    fn nothing_is_upheld_without_frames() {
        let violation = ViolationId::generate();
        let pending = [PendingViolation { violation, amount_due: riyals(300), frames: 0, cancelled: false }];
        assert!(decide(&pending, &[(violation, Verdict::Uphold)]).is_err());
        assert_eq!(decide(&pending, &[(violation, Verdict::Cancel)]), Ok(()));
    }

    #[test]
    fn what_is_cancelled_already_is_neither_upheld_nor_reduced() {
        let violation = ViolationId::generate();
        let pending = [PendingViolation { violation, amount_due: riyals(0), frames: 2, cancelled: true }];
        let refused = Err(DecisionInputError::AlreadyCancelled(violation));
        assert_eq!(decide(&pending, &[(violation, Verdict::Uphold)]), refused);
        assert_eq!(decide(&pending, &[(violation, Verdict::Cancel)]), Ok(()));
    }

    #[test]
    fn the_citizen_is_told_why_in_the_language_of_the_objection() {
        let (violation, objection) = (ViolationId::generate(), ObjectionId::generate());
        let pending = [PendingViolation { violation, amount_due: riyals(300), frames: 2, cancelled: false }];
        let in_arabic = |reason: Reason| {
            let verdicts = BTreeMap::from([(violation, Verdict::Cancel)]);
            let of = (objection, Language::Arabic);
            HumanDecision::on_objection(of, &pending, verdicts, reason, opened(objection)).map(|_| ())
        };
        let english = Reason::new(None, Some("the frames show the vehicle")).unwrap();
        assert_eq!(in_arabic(english), Err(DecisionInputError::ReasonLanguage(Language::Arabic)));
        let both = Reason::new(Some("اللوحة واضحة في الصورتين"), Some("the plate is clear")).unwrap();
        assert_eq!(in_arabic(both), Ok(()));
    }

    #[test]
    fn a_decision_without_a_reason_that_says_something_is_refused() {
        assert!(Reason::new(None, Some("   ")).is_err());
        assert!(Reason::new(Some("لا"), None).is_err());
        assert!(Reason::new(None, Some(&"\u{200B}".repeat(20))).is_err());
        assert!(Reason::new(None, Some(&format!("no{}.", " ".repeat(20)))).is_err());
        for hidden in ["the plate is \0 clear", "the plate is \u{202E}clear"] {
            assert!(
                matches!(Reason::new(None, Some(hidden)), Err(DecisionInputError::ReasonText(_))),
                "{hidden:?}"
            );
        }
        assert!(Reason::new(Some("اللوحة واضحة في الصورتين"), None).is_ok());
    }
}
