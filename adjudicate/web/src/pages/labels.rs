//! What the members of closed lists are called on pages, in both languages. A new member does not compile until it has
//! a name here. Grounds, points of form and documents are named by country data (`schemas::ground_table`).

use rules::flow::objection::{ObjectionEvent, ObjectionState};
use schemas::camera_event::FrameRole;
use schemas::ids::ApiKeyId;
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
}

/// A deed in the audit, by its name there; one without a sentence is shown by that name.
#[must_use]
pub fn action(language: Language, name: &str) -> String {
    let known = ACTIONS.iter().find(|(action, _, _)| *action == name);
    let text = known.map(|(_, english, arabic)| match language {
        Language::English => *english,
        Language::Arabic => *arabic,
    });
    text.unwrap_or(name).to_owned()
}

/// Who acted, by the name in the audit: reviewers by their id, the others by what they are.
#[must_use]
pub fn actor(language: Language, name: &str) -> String {
    let (english, arabic) = match name.split_once(':') {
        Some(("reviewer", id)) => return id.to_owned(),
        Some(("job", _)) => ("the machine", "النظام"),
        _ if name == "stream" => ("the machine", "النظام"),
        _ if name == "citizen" => ("the citizen", "صاحب الشأن"),
        _ if name.starts_with(ApiKeyId::PREFIX) => ("a citizens' portal", "بوابة المواطنين"),
        _ => return name.to_owned(),
    };
    match language {
        Language::English => english.to_owned(),
        Language::Arabic => arabic.to_owned(),
    }
}

/// Deeds that stand in a case's history.
const ACTIONS: [(&str, &str, &str); 14] = [
    ("violation.record", "Violation recorded", "سُجّلت المخالفة"),
    ("manual_check.record", "Set aside for a manual check", "أُحيلت إلى فحص يدوي"),
    ("objection.file", "Objection filed", "قُدّم الاعتراض"),
    ("objection.triage", "Looked at by the machine", "نظر فيه النظام"),
    ("objection.ask_for_human", "A person was asked for", "طُلب نظر شخص"),
    ("objection.add_document", "A document was added", "أُضيف مستند"),
    ("objection.document_overdue", "The document did not come in time", "لم يصل المستند في موعده"),
    ("objection.other_ended", "The other objection ended", "انتهى الاعتراض الآخر"),
    ("review.claim", "Claimed", "استُلمت القضية"),
    ("review.release", "Given back", "أُعيدت إلى القائمة"),
    ("review.view_frame", "Picture opened", "فُتحت صورة"),
    ("review.decide", "Decided", "صدر القرار"),
    ("review.decide_refused", "An attempt to decide was refused", "رُفضت محاولة إصدار قرار"),
    ("review.dismiss", "Manual check dismissed", "صُرف النظر عن الفحص اليدوي"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reviewer_is_shown_by_name_and_a_key_by_what_it_is() {
        assert_eq!(actor(Language::English, "reviewer:r-7"), "r-7");
        assert_eq!(actor(Language::English, "job:triage"), "the machine");
        assert_eq!(actor(Language::English, &ApiKeyId::generate().to_string()), "a citizens' portal");
    }

    #[test]
    fn a_deed_without_a_sentence_is_shown_by_its_name() {
        assert_eq!(action(Language::Arabic, "review.claim"), "استُلمت القضية");
        assert_eq!(action(Language::Arabic, "new.deed"), "new.deed");
    }
}
