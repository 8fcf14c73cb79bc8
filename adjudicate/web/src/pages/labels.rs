//! What the members of closed lists are called on pages, in both languages. A new member does not compile until it has
//! a name here. Grounds, points of form and documents are named by country data (`schemas::ground_table`).

use adjudicate::foundation::audit::{AuditAction, StoredActor};
use rules::flow::objection::{ObjectionEvent, ObjectionState};
use schemas::camera_event::FrameRole;
use schemas::plate_read::ReadFlag;
use schemas::text::Language;
use schemas::triage::{FeatureName, Finding, MachineAnswerKind};

macro_rules! labels {
    ($($(#[$doc:meta])* $function:ident($enum:ident) { $($variant:ident: $english:literal, $arabic:literal;)* })*) => {$(
        $(#[$doc])*
        #[must_use]
        pub const fn $function(language: Language, value: $enum) -> &'static str {
            match (value, language) {
                $(($enum::$variant, Language::English) => $english,
                ($enum::$variant, Language::Arabic) => $arabic,)*
            }
        }
    )*};
}

labels! {
    /// What a check found.
    finding(Finding) {
        InFavour: "in the citizen's favour", "في صالح المعترض";
        NotSupported: "not supported by the facts on file", "لا تؤيده الوقائع المسجلة";
        FactMissing: "fact not on file", "الواقعة غير مسجلة";
        Defect: "defect", "عيب شكلي";
        InOrder: "in order", "سليم";
    }

    /// What the machine answered.
    machine_answer(MachineAnswerKind) {
        Cancelled: "Cancelled", "أُلغيت";
        Reduced: "Reduced", "خُفِّضت";
        ClosedAsPaid: "Closed as paid", "أُغلقت للسداد";
        RefusedOnForm: "Refused on form", "رُفض شكلًا";
        DocumentAsked: "A document is needed", "يلزم مستند";
        Waiting: "Waits for another objection", "في انتظار اعتراض آخر";
        SentToReview: "Sent to a person", "أُحيل إلى مراجع";
    }

    /// What a picture shows.
    frame_role(FrameRole) {
        First: "First look", "النظرة الأولى";
        Second: "Second look", "النظرة الثانية";
        StopLine: "At the stop line", "عند خط الوقوف";
        Junction: "Inside the junction", "داخل التقاطع";
        Entry: "Entry", "الدخول";
        Exit: "Exit", "الخروج";
        Context: "Surroundings", "المحيط";
    }

    /// What speaks against a read.
    read_flag(ReadFlag) {
        LowConfidence: "not read surely enough", "ثقة غير كافية";
        RowsDisagree: "the two rows differ", "السطران مختلفان";
        TamperSuspect: "a letter may have been painted over", "اشتباه في تغيير حرف";
        OutOfGrammar: "not of the country's form", "لا تطابق شكل لوحات البلد";
        SpecialSeries: "distinguished series", "فئة مميزة";
        Foreign: "foreign plate", "لوحة أجنبية";
        Occluded: "partly hidden", "محجوبة جزئيًا";
        SeveralPlates: "more than one plate", "أكثر من لوحة";
        ClassMismatch: "colour contradicts the class", "اللون لا يوافق الفئة";
    }

    /// Something that the machine looked at.
    feature(FeatureName) {
        ActCode: "Act", "المخالفة";
        CapturedAt: "Captured at", "وقت الالتقاط";
        RecordedAt: "Recorded at", "وقت التسجيل";
        AmountDue: "Amount due", "المبلغ المطلوب";
        CancelledBefore: "Cancelled before", "أُلغيت من قبل";
        GroundsClaimed: "Grounds claimed", "الأسباب المذكورة";
        DocumentsGiven: "Documents given", "المستندات المقدمة";
        FiledAt: "Filed at", "وقت التقديم";
        HumanAsked: "A person was asked for", "طُلب نظر شخص";
        DocumentAskedBefore: "A document was asked for before", "سبق طلب مستند";
        LatenessReasonGiven: "Reason for lateness given", "ذُكر سبب التأخر";
        ObjectionDeadline: "Last day for an objection", "آخر يوم للاعتراض";
        PartyGiven: "Party named", "ذُكرت الصفة";
        PartyKnown: "Party known to the register", "الصفة ثابتة بالسجل";
        CertificatesOnFile: "Certificates on file", "شهادات المعايرة المسجلة";
        CertificateInForce: "Certificate in force at capture", "شهادة سارية وقت الالتقاط";
        ClockOffsetMilliseconds: "Clock offset (ms)", "فرق الساعة (م.ث)";
        ClockToleranceMilliseconds: "Clock tolerance (ms)", "سماح الساعة (م.ث)";
        SignStateKnown: "State of the sign on file", "حالة اللوحة الإرشادية مسجلة";
        SignInOrder: "Sign in order", "اللوحة الإرشادية سليمة";
        LimitEnforced: "Limit enforced (km/h)", "الحد المطبَّق (كم/س)";
        LimitShown: "Limit shown (km/h)", "الحد المعروض (كم/س)";
        LimitShownBefore: "Limit shown shortly before (km/h)", "الحد المعروض قبلها بقليل (كم/س)";
        SignalLogged: "Log of the light on file", "سجل الإشارة متاح";
        SignalFault: "Controller faulty", "عطل في وحدة التحكم";
        SignalPhase: "Light by the log", "حالة الإشارة في السجل";
        AmberMilliseconds: "Amber by the log (ms)", "مدة الأصفر في السجل (م.ث)";
        AmberMinimumMilliseconds: "Least amber (ms)", "أقل مدة للأصفر (م.ث)";
        EarlierSameActs: "Earlier violations of the same act", "مخالفات سابقة للفعل نفسه";
        HolderKnown: "Holder known to the register", "الحائز معروف بالسجل";
        ChargedPartyHeldVehicle: "Charged party held the vehicle", "المطالَب كان حائز المركبة";
        AmountByTariff: "Amount by the tariff run again", "المبلغ بإعادة تطبيق التعريفة";
        AmountPaid: "Amount paid", "المبلغ المسدد";
        ServedAt: "Notice served at", "وقت إعلان الإشعار";
        SameDecidedBefore: "Same decided before", "سبق الفصل في الأمر نفسه";
        OtherObjectionsLive: "Other open objections", "اعتراضات أخرى قائمة";
    }

    /// Where an objection is.
    objection_state(ObjectionState) {
        Filed: "Being looked at", "قيد النظر";
        Waiting: "Waits for another objection", "في انتظار اعتراض آخر";
        AwaitingDocument: "A document is needed", "يلزم مستند";
        InReview: "With a person", "لدى مراجع";
        Answered: "Answered", "صدر الرد";
        Decided: "Decided by a person", "صدر قرار مراجع";
    }

    /// What happened to an objection.
    objection_event(ObjectionEvent) {
        MachineAnswered: "Answered by the rules", "صدر رد آلي وفق القواعد";
        DocumentAsked: "A document was asked for", "طُلب مستند";
        PutBehindOther: "Put behind another objection to the same violation", "وُضع بعد اعتراض آخر على المخالفة نفسها";
        SentToReview: "Sent to a person", "أُحيل إلى مراجع";
        OtherEnded: "The other objection ended", "انتهى الاعتراض الآخر";
        DocumentAdded: "A document was added", "أُضيف مستند";
        DocumentOverdue: "The document did not come in time", "لم يصل المستند في موعده";
        HumanAsked: "A person was asked for", "طُلب نظر شخص";
        HumanDecided: "Decided by a person", "صدر قرار مراجع";
    }

    /// What was done to a case.
    action(AuditAction) {
        ViolationRecord: "Violation recorded", "سُجّلت المخالفة";
        ManualCheckRecord: "Set aside for a manual check", "أُحيلت إلى فحص يدوي";
        ObjectionFile: "Objection filed", "قُدّم الاعتراض";
        ObjectionAskForHuman: "A person was asked for", "طُلب نظر شخص";
        ObjectionAddDocument: "A document was added", "أُضيف مستند";
        ObjectionDocumentOverdue: "The document did not come in time", "لم يصل المستند في موعده";
        ObjectionOtherEnded: "The other objection ended", "انتهى الاعتراض الآخر";
        ObjectionMove: "Moved to another stage", "انتقل إلى مرحلة أخرى";
        ObjectionTriage: "Looked at by the machine", "نظر فيه النظام";
        ReviewClaim: "Claimed", "استُلمت القضية";
        ReviewRelease: "Given back", "أُعيدت إلى القائمة";
        ReviewViewFrame: "Picture opened", "فُتحت صورة";
        ReviewDecide: "Decided", "صدر القرار";
        ReviewDismiss: "Manual check dismissed", "صُرف النظر عن الفحص اليدوي";
        ReviewDecideRefused: "An attempt to decide was refused", "رُفضت محاولة إصدار قرار";
        KeyIssue: "A key was issued", "أُصدر مفتاح دخول";
        KeyRotate: "A key was replaced", "استُبدل مفتاح دخول";
        KeyRevoke: "A key was ended", "أُلغي مفتاح دخول";
        PositionSkip: "A partition was moved on by hand", "نُقل موضع القراءة يدويًا";
        FactsImport: "Facts were imported", "استُوردت بيانات";
    }
}

/// Who acted: reviewers by their id, the others by what they are.
#[must_use]
pub fn actor(language: Language, actor: &StoredActor) -> String {
    let (english, arabic) = match actor {
        StoredActor::Reviewer(id) => return id.to_string(),
        StoredActor::Machine(_) => ("the machine", "النظام"),
        StoredActor::Citizen => ("the citizen", "صاحب الشأن"),
        StoredActor::Subject(_) => ("a citizens' portal", "بوابة المواطنين"),
        StoredActor::Operator => ("the operator", "مشغّل النظام"),
    };
    match language {
        Language::English => english.to_owned(),
        Language::Arabic => arabic.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use adjudicate::foundation::audit::Actor;
    use schemas::ids::SubjectId;

    #[test]
    fn a_reviewer_is_shown_by_name_and_everybody_else_by_what_they_are() {
        let shown = |by: Actor| {
            actor(Language::English, &StoredActor::parse(&by.to_string()).expect("an actor of ours"))
        };
        assert_eq!(shown(Actor::Reviewer("r-7".parse().unwrap())), "r-7");
        assert_eq!(shown(Actor::Job("triage")), "the machine");
        assert_eq!(shown(Actor::Stream), "the machine");
        assert_eq!(shown(Actor::Subject(SubjectId::generate())), "a citizens' portal");
        assert_eq!(shown(Actor::Citizen), "the citizen");
        assert_eq!(shown(Actor::Operator), "the operator");
        assert_eq!(StoredActor::parse("somebody"), None);
    }
}
