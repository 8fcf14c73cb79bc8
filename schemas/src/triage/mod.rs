//! What the machine may say on an objection, and what it looked at.
//!
//! There is no variant for a refusal on the merits, and nothing here converts into a
//! [`HumanDecision`](crate::decision::HumanDecision): such a refusal cannot be written down as a machine's answer.

use crate::ids::ViolationId;
use crate::money::Money;
use crate::objection::closing::ClosingAnswer;
use crate::objection::{FormDefect, GroundCode};
use crate::text::BilingualText;
use chrono::{DateTime, NaiveDate, Utc};
use std::fmt;

/// The machine's answer on one violation of an objection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MachineAnswer {
    /// In the citizen's favour: nothing is due any more.
    Cancel {
        /// The ground that the facts support, whatever the citizen wrote.
        ground: GroundCode,
        /// Whether a notice to another party is due: the owner at the time, with a new clock.
        reissue: bool,
    },
    /// In the citizen's favour: less is due, and the citizen claimed nothing else.
    Reduce(Reduction),
    /// In the citizen's favour: the ledger shows it paid, nothing more is due, and nobody has to look at the amount.
    ClosePaid {
        /// What was paid in all.
        paid: Money,
    },
    /// Refused for its form alone, with a one-step way to a human.
    RefuseOnForm {
        /// What is wrong with the form.
        defect: RefusableDefect,
    },
    /// No answer yet: documents are asked for and the clock is held.
    AskForDocument {
        /// Any one of them is enough to go on.
        documents: Vec<DocumentKind>,
    },
    /// No answer yet: another objection to the same violation is live.
    WaitForOther,
    /// A human decides; what the machine found is a suggestion.
    SendToReview {
        /// What is due less at once, whatever the human decides on the rest.
        meanwhile: Option<Reduction>,
    },
}

/// A reduction that the facts support.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reduction {
    /// The ground that the facts support.
    pub ground: GroundCode,
    /// What is due from now on, below what was asked.
    pub to: Money,
}

impl MachineAnswer {
    /// Name in rows, metrics and JSON.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        self.kind().label()
    }

    /// Which answer, without its data.
    #[must_use]
    pub const fn kind(&self) -> MachineAnswerKind {
        match self {
            Self::Cancel { .. } => MachineAnswerKind::Cancelled,
            Self::Reduce(_) => MachineAnswerKind::Reduced,
            Self::ClosePaid { .. } => MachineAnswerKind::ClosedAsPaid,
            Self::RefuseOnForm { .. } => MachineAnswerKind::RefusedOnForm,
            Self::AskForDocument { .. } => MachineAnswerKind::DocumentAsked,
            Self::WaitForOther => MachineAnswerKind::Waiting,
            Self::SendToReview { .. } => MachineAnswerKind::SentToReview,
        }
    }
}

crate::closed_list! {
    /// The kinds of answer that a machine has.
    pub enum MachineAnswerKind {
        /// Nothing is due any more.
        Cancelled = "cancelled",
        /// Less is due.
        Reduced = "reduced",
        /// Paid already, nothing more is due.
        ClosedAsPaid = "closed_as_paid",
        /// Refused for its form.
        RefusedOnForm = "refused_on_form",
        /// A document is due for.
        DocumentAsked = "document_requested",
        /// Behind another objection.
        Waiting = "waiting",
        /// With a human.
        SentToReview = "sent_to_review",
    }
    impl Display;
}

impl MachineAnswerKind {
    /// The answer that it closes a violation with: the machine is done with it, and it may be opened again only by
    /// asking for a human. `None` while something is awaited.
    #[must_use]
    pub const fn closing(self) -> Option<ClosingAnswer> {
        match self {
            Self::Cancelled => Some(ClosingAnswer::Cancelled),
            Self::Reduced => Some(ClosingAnswer::Reduced),
            Self::ClosedAsPaid => Some(ClosingAnswer::ClosedAsPaid),
            Self::RefusedOnForm => Some(ClosingAnswer::RefusedOnForm),
            Self::DocumentAsked | Self::Waiting | Self::SentToReview => None,
        }
    }
}

/// The closed list of form defects on which a machine may refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefusableDefect {
    /// F01
    Late,
    /// F02
    AlreadyDecided,
    /// F03
    NotAParty,
    /// F04
    AlreadyPaid,
}

impl RefusableDefect {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Late, Self::AlreadyDecided, Self::NotAParty, Self::AlreadyPaid];

    /// The defect in the list of all.
    #[must_use]
    pub const fn defect(self) -> FormDefect {
        match self {
            Self::Late => FormDefect::Late,
            Self::AlreadyDecided => FormDefect::AlreadyDecided,
            Self::NotAParty => FormDefect::NotAParty,
            Self::AlreadyPaid => FormDefect::AlreadyPaid,
        }
    }
}

crate::closed_list! {
    /// A kind of document that a citizen can be asked for.
    pub enum DocumentKind {
        /// Police report of a theft or a cloned plate.
        PoliceReport = "police_report",
        /// Contract of sale, or the transfer's number.
        SaleContract = "sale_contract",
        /// Certificate that the vehicle was scrapped or exported.
        DeregistrationCertificate = "deregistration_certificate",
        /// Contract of hire or lease, or the company's record.
        HireContract = "hire_contract",
        /// Receipt or track that shows another place.
        LocationProof = "location_proof",
        /// Duty log of an emergency or authorised vehicle.
        DutyLog = "duty_log",
        /// Paper of a hospital or doctor.
        MedicalPaper = "medical_paper",
        /// The officer's number or a statement.
        OfficerStatement = "officer_statement",
        /// Photograph of the sign or its place.
        SignPhotograph = "sign_photograph",
        /// Receipt of a payment.
        PaymentReceipt = "payment_receipt",
        /// Proof of income.
        IncomePaper = "income_paper",
        /// Identity paper.
        IdentityPaper = "identity_paper",
    }
    impl Display;
}

crate::closed_list! {
    /// What triage may look at. A closed list: nationality, residence status, name, religion, sex, language and
    /// district are not in it, and nothing else can be stored as a feature.
    pub enum FeatureName {
        /// Code of the act.
        ActCode = "act_code",
        /// Instant of capture.
        CapturedAt = "captured_at",
        /// Instant of registration.
        RecordedAt = "recorded_at",
        /// What is due at present.
        AmountDue = "amount_due",
        /// Whether the violation was cancelled before.
        CancelledBefore = "cancelled_before",
        /// Grounds that the citizen claims.
        GroundsClaimed = "grounds_claimed",
        /// Documents that came with the objection, attached or by number.
        DocumentsGiven = "documents_given",
        /// Instant of filing.
        FiledAt = "filed_at",
        /// Whether the citizen asked for a human.
        HumanAsked = "human_asked",
        /// Whether a document was asked for before.
        DocumentAskedBefore = "document_asked_before",
        /// Whether a reason for lateness was given.
        LatenessReasonGiven = "lateness_reason_given",
        /// Last civil day for an objection, if there is one.
        ObjectionDeadline = "objection_deadline",
        /// Whether the person is named by the register's pseudonym.
        PartyGiven = "party_given",
        /// Whether the person is a party by register or notice.
        PartyKnown = "party_known",
        /// Certificates on file for the instrument.
        CertificatesOnFile = "certificates_on_file",
        /// Whether one of them was in force at capture.
        CertificateInForce = "certificate_in_force",
        /// Camera clock minus reference at capture, milliseconds.
        ClockOffsetMilliseconds = "clock_offset_milliseconds",
        /// The tolerance for that act, milliseconds.
        ClockToleranceMilliseconds = "clock_tolerance_milliseconds",
        /// Whether a state of the sign is on file for the capture.
        SignStateKnown = "sign_state_known",
        /// Whether the sign was in order.
        SignInOrder = "sign_in_order",
        /// The limit that the camera enforced, hundredths of km/h.
        LimitEnforced = "limit_enforced_hundredths_kmh",
        /// The limit that the sign showed, hundredths of km/h.
        LimitShown = "limit_shown_hundredths_kmh",
        /// The limit that the sign showed until its last change, hundredths of km/h.
        LimitShownBefore = "limit_shown_before_hundredths_kmh",
        /// Whether the log of the light covers the capture.
        SignalLogged = "signal_logged",
        /// Whether the controller was faulty.
        SignalFault = "signal_fault",
        /// The light by the log.
        SignalPhase = "signal_phase",
        /// Length of amber by the log, milliseconds.
        AmberMilliseconds = "amber_milliseconds",
        /// Least length of amber, milliseconds.
        AmberMinimumMilliseconds = "amber_minimum_milliseconds",
        /// Earlier violations of the same act of the same vehicle at the same site.
        EarlierSameActs = "earlier_same_acts",
        /// Whether the register knows the holder at capture.
        HolderKnown = "holder_known",
        /// Whether the party charged held the vehicle at capture.
        ChargedPartyHeldVehicle = "charged_party_held_vehicle",
        /// What the tariff gives when it is run again.
        AmountByTariff = "amount_by_tariff",
        /// What was paid.
        AmountPaid = "amount_paid",
        /// Instant of the first service of the notice.
        ServedAt = "served_at",
        /// Decisions on this violation, on the same grounds and without new evidence.
        SameDecidedBefore = "same_decided_before",
        /// Earlier objections to this violation that are still open.
        OtherObjectionsLive = "other_objections_live",
    }
    impl Display;
}

/// What a feature was at the time of the suggestion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeatureValue {
    /// The fact is missing.
    Unknown,
    /// There is nothing of the kind (no deadline, no earlier limit).
    None,
    /// Yes or no.
    Flag(bool),
    /// A count, a length in milliseconds, a speed in hundredths of km/h.
    Number(i64),
    /// An instant.
    Instant(DateTime<Utc>),
    /// A civil day.
    Day(NaiveDate),
    /// An amount.
    Amount(Money),
    /// Codes of closed lists.
    Codes(Vec<&'static str>),
}

impl fmt::Display for FeatureValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => formatter.write_str("unknown"),
            Self::None => formatter.write_str("none"),
            Self::Flag(value) => write!(formatter, "{value}"),
            Self::Number(value) => write!(formatter, "{value}"),
            Self::Instant(value) => {
                formatter.write_str(&value.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
            }
            Self::Day(value) => write!(formatter, "{value}"),
            Self::Amount(value) => write!(formatter, "{value}"),
            Self::Codes(values) => formatter.write_str(&values.join(" ")),
        }
    }
}

/// One thing that triage looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feature {
    /// Which.
    pub name: FeatureName,
    /// What it was.
    pub value: FeatureValue,
}

/// What was checked: a ground, or a point of form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckSubject {
    /// A ground.
    Ground(GroundCode),
    /// A point of form.
    Form(FormDefect),
}

impl CheckSubject {
    /// G01 to G25 or F01 to F06.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ground(ground) => ground.code(),
            Self::Form(defect) => defect.code(),
        }
    }
}

crate::closed_list! {
    /// What a check found.
    pub enum Finding {
        /// A ground: the facts support it.
        InFavour = "in_favour",
        /// A ground: the facts on file do not carry it. Not a refusal: a human decides.
        NotSupported = "not_supported",
        /// The fact is not on file.
        FactMissing = "fact_missing",
        /// A point of form: the defect is there.
        Defect = "defect",
        /// A point of form: in order.
        InOrder = "in_order",
    }
}

/// One check with what it found: what a suggestion rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuggestionBasis {
    /// What was checked.
    pub subject: CheckSubject,
    /// Whether the citizen claimed it; favourable grounds are looked for whatever was claimed.
    pub claimed: bool,
    /// What was found.
    pub finding: Finding,
    /// The same in words.
    pub text: BilingualText,
}

/// The machine's answer on one violation with all that it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViolationSuggestion {
    /// The violation.
    pub violation: ViolationId,
    /// The answer.
    pub answer: MachineAnswer,
    /// Why, for the citizen.
    pub explanation: BilingualText,
    /// Every check that was made, in a fixed order.
    pub basis: Vec<SuggestionBasis>,
    /// Everything that was looked at.
    pub features: Vec<Feature>,
}

/// The machine's answers on all violations of an objection. Not a decision, and nothing makes one of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriageSuggestion {
    /// One for each violation that was asked about, in their order.
    pub violations: Vec<ViolationSuggestion>,
    /// SHA-256 over the rules and country data that were used, hexadecimal.
    pub rule_table_sha256: String,
}

impl TriageSuggestion {
    /// The one answer that an objection over several violations counts as; see [`overall_result`].
    #[must_use]
    pub fn overall_result(&self) -> Option<MachineAnswerKind> {
        overall_result(self.violations.iter().map(|one| one.answer.kind()))
    }
}

/// The one answer that several count as: the one that leaves most to do before the case can be closed. While one
/// violation waits for another objection or for a document, a human is not asked about the others.
pub fn overall_result(answers: impl Iterator<Item = MachineAnswerKind>) -> Option<MachineAnswerKind> {
    let left_to_do = |kind: &MachineAnswerKind| match kind {
        MachineAnswerKind::Cancelled => 0,
        MachineAnswerKind::ClosedAsPaid => 1,
        MachineAnswerKind::Reduced => 2,
        MachineAnswerKind::RefusedOnForm => 3,
        MachineAnswerKind::SentToReview => 4,
        MachineAnswerKind::DocumentAsked => 5,
        MachineAnswerKind::Waiting => 6,
    };
    answers.max_by_key(left_to_do)
}

#[cfg(test)]
mod tests;
