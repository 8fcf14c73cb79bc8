//! What a citizen says against one or several violations.

pub mod attachment;
pub mod closing;
pub mod ground_table;
pub mod stated_date;

use crate::checked_text::checked_text;
use crate::ids::{ObjectionId, ViolationId};
use crate::jurisdiction::Jurisdiction;
use crate::reference::{ObjectionReference, ReferenceError, ViolationReference};
use crate::text::Language;
use crate::text::free::{FreeTextFault, Lines, free_text};
use crate::text::token::is_token;
use attachment::Attachment;
use chrono::{DateTime, Utc};
use stated_date::StatedDate;
use thiserror::Error;

/// Violations of one objection.
pub const VIOLATIONS_MAX: usize = 20;
/// Grounds of one objection.
pub const GROUNDS_MAX: usize = 5;
/// Characters of the story, and of a reason for lateness.
pub const STORY_CHARACTERS_MAX: usize = 4_000;
/// Characters of a document's number, of a party's or a contact's reference.
pub const SHORT_TEXT_CHARACTERS_MAX: usize = 64;

/// Why a part of an objection is refused before anything is stored.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ObjectionInputError {
    /// Not a code of the list.
    #[error("ground must be one of G01 to G25, got '{0}'")]
    UnknownGround(String),
    /// Too short, too long, or with characters that are not kept.
    #[error("{what} {fault}")]
    Text {
        /// Which text.
        what: &'static str,
        /// What is wrong with it.
        fault: FreeTextFault,
    },
    /// Not a pseudonym.
    #[error(
        "{what} must be a pseudonym of at most {SHORT_TEXT_CHARACTERS_MAX} ASCII letters, digits, '-' and '_', with a letter; never a name, a telephone, a national number or an address"
    )]
    Token {
        /// Which text.
        what: &'static str,
    },
    /// A ground came with a detail that it does not have.
    #[error("ground {ground} takes no {detail}")]
    Detail {
        /// The ground.
        ground: GroundCode,
        /// What was too much.
        detail: &'static str,
    },
    /// The other violation's reference does not read.
    #[error("the other violation of ground G19 cannot be read")]
    OtherViolation(#[source] ReferenceError),
}

crate::closed_list! {
    /// The closed list of grounds, as coded in the domain handbook 3.2.
    pub enum GroundCode (code, from_code) {
        /// The plate was misread.
        PlateMisread = "G01",
        /// The plate was cloned or stolen.
        PlateCloned = "G02",
        /// The vehicle was stolen.
        VehicleStolen = "G03",
        /// The vehicle was sold or transferred before.
        Sold = "G04",
        /// The vehicle was scrapped or exported before.
        ScrappedOrExported = "G05",
        /// Hired, leased or a company's: another person drove.
        HiredOut = "G06",
        /// The vehicle was elsewhere.
        WasElsewhere = "G07",
        /// An emergency, authorised or escort vehicle.
        EmergencyVehicle = "G08",
        /// A medical emergency or necessity.
        MedicalEmergency = "G09",
        /// An officer or a traffic diversion was obeyed.
        ObeyedOfficer = "G10",
        /// The sign was missing, wrong or hidden.
        SignMissing = "G11",
        /// The limit was wrong, or a variable sign was late.
        LimitWrong = "G12",
        /// The traffic light was faulty, or amber too short.
        SignalFault = "G13",
        /// The instrument was not certified, or its certificate out of date.
        InstrumentNotCertified = "G14",
        /// The camera's clock is doubtful.
        ClockDoubtful = "G15",
        /// The speed is wrong.
        SpeedWrong = "G16",
        /// Another vehicle in the frame was meant.
        WrongVehicle = "G17",
        /// The belt was worn, or no telephone held.
        OccupantActUntrue = "G18",
        /// The same act was punished before.
        DuplicateAct = "G19",
        /// Already paid, or the amount is wrong.
        PaidOrAmountWrong = "G20",
        /// The notice came late or never.
        NoticeLate = "G21",
        /// A fault of procedure: wrong text, missing picture.
        ProcedureError = "G22",
        /// Hardship: instalments or more time are asked for.
        Hardship = "G23",
        /// The person is another: an error of identity.
        NotMe = "G24",
        /// Anything else.
        Other = "G25",
    }
    impl Display;
    impl FromStr<ObjectionInputError> = ObjectionInputError::UnknownGround;
}

/// Keeps a text in somebody's own words.
fn own_words(
    text: &str,
    what: &'static str,
    lines: Lines,
    max: usize,
) -> Result<String, ObjectionInputError> {
    free_text(text, lines, 1, max).map_err(|fault| ObjectionInputError::Text { what, fault })
}

/// Keeps a pseudonym, trimmed.
fn pseudonym(text: &str, what: &'static str) -> Result<String, ObjectionInputError> {
    let trimmed = text.trim();
    if is_token(trimmed, SHORT_TEXT_CHARACTERS_MAX) {
        Ok(trimmed.to_owned())
    } else {
        Err(ObjectionInputError::Token { what })
    }
}

checked_text! {
    hidden, own_words(&str) -> ObjectionInputError;

    /// What happened, in the citizen's own words.
    Story("the story", Lines::Several, STORY_CHARACTERS_MAX);
    /// Why an objection comes late.
    LatenessReason("the reason for lateness", Lines::Several, STORY_CHARACTERS_MAX);
    /// The number printed on a document: a report, a contract, a receipt.
    DocumentNumber("a document's number", Lines::One, SHORT_TEXT_CHARACTERS_MAX);
}

checked_text! {
    hidden, pseudonym(&str) -> ObjectionInputError;

    /// The vehicle register's pseudonym of a person or company. Never a name or a national number.
    PartyReference("the party's reference");
    /// Where the contact details are kept. Never a telephone number or an address itself.
    ContactReference("the contact's reference");
}

/// Why the citizen objects, with what only that ground can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ground {
    /// G01
    PlateMisread,
    /// G02
    PlateCloned {
        /// Number of the police report.
        report: Option<DocumentNumber>,
        /// When it was reported.
        reported_on: Option<StatedDate>,
    },
    /// G03
    VehicleStolen {
        /// Number of the police report.
        report: Option<DocumentNumber>,
        /// When it was reported.
        reported_on: Option<StatedDate>,
    },
    /// G04
    Sold {
        /// Number of the transfer.
        transfer: Option<DocumentNumber>,
        /// When it was sold.
        sold_on: Option<StatedDate>,
    },
    /// G05
    ScrappedOrExported {
        /// Number of the certificate.
        certificate: Option<DocumentNumber>,
        /// When the vehicle left the road.
        left_on: Option<StatedDate>,
    },
    /// G06
    HiredOut {
        /// Number of the contract.
        contract: Option<DocumentNumber>,
    },
    /// G07
    WasElsewhere,
    /// G08
    EmergencyVehicle {
        /// Number in the duty log.
        duty: Option<DocumentNumber>,
    },
    /// G09
    MedicalEmergency,
    /// G10
    ObeyedOfficer {
        /// The officer's service number.
        officer: Option<DocumentNumber>,
    },
    /// G11
    SignMissing,
    /// G12
    LimitWrong,
    /// G13
    SignalFault,
    /// G14
    InstrumentNotCertified,
    /// G15
    ClockDoubtful,
    /// G16
    SpeedWrong,
    /// G17
    WrongVehicle,
    /// G18
    OccupantActUntrue,
    /// G19
    DuplicateAct {
        /// The violation that punished the act before.
        other: Option<ViolationReference>,
    },
    /// G20
    PaidOrAmountWrong {
        /// Number of the receipt.
        receipt: Option<DocumentNumber>,
    },
    /// G21
    NoticeLate,
    /// G22
    ProcedureError,
    /// G23
    Hardship,
    /// G24
    NotMe,
    /// G25
    Other,
}

/// The details of a ground as they come from a form or a row, before it is known which ground takes which.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroundDetails {
    /// A document's number.
    pub document: Option<DocumentNumber>,
    /// A date that the ground speaks of.
    pub date: Option<StatedDate>,
    /// Another violation.
    pub other_violation: Option<ViolationReference>,
}

impl Ground {
    /// Puts a code and its details together.
    ///
    /// # Errors
    /// When a detail was given that the ground does not have: it is not dropped in silence.
    pub fn from_parts(code: GroundCode, details: GroundDetails) -> Result<Self, ObjectionInputError> {
        let GroundDetails { mut document, mut date, other_violation: mut other } = details;
        let ground = match code {
            GroundCode::PlateMisread => Self::PlateMisread,
            GroundCode::PlateCloned => {
                Self::PlateCloned { report: document.take(), reported_on: date.take() }
            }
            GroundCode::VehicleStolen => {
                Self::VehicleStolen { report: document.take(), reported_on: date.take() }
            }
            GroundCode::Sold => Self::Sold { transfer: document.take(), sold_on: date.take() },
            GroundCode::ScrappedOrExported => {
                Self::ScrappedOrExported { certificate: document.take(), left_on: date.take() }
            }
            GroundCode::HiredOut => Self::HiredOut { contract: document.take() },
            GroundCode::WasElsewhere => Self::WasElsewhere,
            GroundCode::EmergencyVehicle => Self::EmergencyVehicle { duty: document.take() },
            GroundCode::MedicalEmergency => Self::MedicalEmergency,
            GroundCode::ObeyedOfficer => Self::ObeyedOfficer { officer: document.take() },
            GroundCode::SignMissing => Self::SignMissing,
            GroundCode::LimitWrong => Self::LimitWrong,
            GroundCode::SignalFault => Self::SignalFault,
            GroundCode::InstrumentNotCertified => Self::InstrumentNotCertified,
            GroundCode::ClockDoubtful => Self::ClockDoubtful,
            GroundCode::SpeedWrong => Self::SpeedWrong,
            GroundCode::WrongVehicle => Self::WrongVehicle,
            GroundCode::OccupantActUntrue => Self::OccupantActUntrue,
            GroundCode::DuplicateAct => Self::DuplicateAct { other: other.take() },
            GroundCode::PaidOrAmountWrong => Self::PaidOrAmountWrong { receipt: document.take() },
            GroundCode::NoticeLate => Self::NoticeLate,
            GroundCode::ProcedureError => Self::ProcedureError,
            GroundCode::Hardship => Self::Hardship,
            GroundCode::NotMe => Self::NotMe,
            GroundCode::Other => Self::Other,
        };
        let left =
            [document.map(|_| "document number"), date.map(|_| "date"), other.map(|_| "other violation")];
        match left.into_iter().flatten().next() {
            Some(detail) => Err(ObjectionInputError::Detail { ground: code, detail }),
            None => Ok(ground),
        }
    }

    /// Its code.
    #[must_use]
    pub const fn code(&self) -> GroundCode {
        match self {
            Self::PlateMisread => GroundCode::PlateMisread,
            Self::PlateCloned { .. } => GroundCode::PlateCloned,
            Self::VehicleStolen { .. } => GroundCode::VehicleStolen,
            Self::Sold { .. } => GroundCode::Sold,
            Self::ScrappedOrExported { .. } => GroundCode::ScrappedOrExported,
            Self::HiredOut { .. } => GroundCode::HiredOut,
            Self::WasElsewhere => GroundCode::WasElsewhere,
            Self::EmergencyVehicle { .. } => GroundCode::EmergencyVehicle,
            Self::MedicalEmergency => GroundCode::MedicalEmergency,
            Self::ObeyedOfficer { .. } => GroundCode::ObeyedOfficer,
            Self::SignMissing => GroundCode::SignMissing,
            Self::LimitWrong => GroundCode::LimitWrong,
            Self::SignalFault => GroundCode::SignalFault,
            Self::InstrumentNotCertified => GroundCode::InstrumentNotCertified,
            Self::ClockDoubtful => GroundCode::ClockDoubtful,
            Self::SpeedWrong => GroundCode::SpeedWrong,
            Self::WrongVehicle => GroundCode::WrongVehicle,
            Self::OccupantActUntrue => GroundCode::OccupantActUntrue,
            Self::DuplicateAct { .. } => GroundCode::DuplicateAct,
            Self::PaidOrAmountWrong { .. } => GroundCode::PaidOrAmountWrong,
            Self::NoticeLate => GroundCode::NoticeLate,
            Self::ProcedureError => GroundCode::ProcedureError,
            Self::Hardship => GroundCode::Hardship,
            Self::NotMe => GroundCode::NotMe,
            Self::Other => GroundCode::Other,
        }
    }

    /// What only this ground has, for a row; [`Ground::from_parts`] puts it together again.
    #[must_use]
    pub fn details(&self) -> GroundDetails {
        let (document, date) = match self {
            Self::PlateCloned { report, reported_on } | Self::VehicleStolen { report, reported_on } => {
                (report, *reported_on)
            }
            Self::Sold { transfer, sold_on } => (transfer, *sold_on),
            Self::ScrappedOrExported { certificate, left_on } => (certificate, *left_on),
            Self::HiredOut { contract } => (contract, None),
            Self::EmergencyVehicle { duty } => (duty, None),
            Self::ObeyedOfficer { officer } => (officer, None),
            Self::PaidOrAmountWrong { receipt } => (receipt, None),
            Self::DuplicateAct { other } => {
                return GroundDetails { other_violation: other.clone(), ..GroundDetails::default() };
            }
            Self::PlateMisread
            | Self::WasElsewhere
            | Self::MedicalEmergency
            | Self::SignMissing
            | Self::LimitWrong
            | Self::SignalFault
            | Self::InstrumentNotCertified
            | Self::ClockDoubtful
            | Self::SpeedWrong
            | Self::WrongVehicle
            | Self::OccupantActUntrue
            | Self::NoticeLate
            | Self::ProcedureError
            | Self::Hardship
            | Self::NotMe
            | Self::Other => return GroundDetails::default(),
        };
        GroundDetails { document: document.clone(), date, other_violation: None }
    }
}

crate::closed_list! {
    /// What can be wrong with an objection's form. Says nothing on who is right.
    pub enum FormDefect (code, from_code) {
        /// Out of time.
        Late = "F01",
        /// Decided already, on the same ground, without new evidence.
        AlreadyDecided = "F02",
        /// The person is no party and has no authority.
        NotAParty = "F03",
        /// Paid already, where the country's rule closes the way then.
        AlreadyPaid = "F04",
        /// Another objection to the violation is live: this one waits.
        AnotherLive = "F05",
        /// A document is missing: it is due for.
        DocumentMissing = "F06",
    }
    impl Display;
}

/// An objection as it was filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// Its id.
    pub id: ObjectionId,
    /// What the citizen calls it.
    pub reference: ObjectionReference,
    /// Whose law applies; all its violations are of this country.
    pub jurisdiction: Jurisdiction,
    /// The violations it speaks of, at least one, in the order given.
    pub violations: Vec<ViolationId>,
    /// Why, at least one; the first is the main ground.
    pub grounds: Vec<Ground>,
    /// One story for all of them.
    pub story: Story,
    /// What was added.
    pub attachments: Vec<Attachment>,
    /// Language of the answer.
    pub language: Language,
    /// Who objects, where known.
    pub party: Option<PartyReference>,
    /// Where to send notices, where known.
    pub contact: Option<ContactReference>,
    /// Why it comes late, where the citizen says so.
    pub lateness_reason: Option<LatenessReason>,
    /// When it was filed.
    pub filed_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests;
