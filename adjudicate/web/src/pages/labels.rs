//! What the members of closed lists are called on pages, in both languages. A new member does not compile until it has
//! a name here. Grounds, points of form and documents are named by country data (`schemas::ground_table`).

use super::texts::{Dialect, egyptian};
use adjudicate::foundation::audit::{AuditAction, StoredActor};
use rules::facts::LoggedPhase;
use rules::flow::objection::{ObjectionEvent, ObjectionState};
use schemas::camera_event::FrameRole;
use schemas::plate_read::ReadFlag;
use schemas::text::Language;
use schemas::triage::{FeatureName, Finding, MachineAnswerKind};

macro_rules! labels {
    ($($(#[$doc:meta])* $function:ident($enum:ident) { $($variant:ident: $english:literal, $arabic:literal $(, $egyptian:literal)?;)* })*) => {$(
        $(#[$doc])*
        #[must_use]
        pub const fn $function(dialect: Dialect, value: $enum) -> &'static str {
            match (value, dialect) {
                $(($enum::$variant, Dialect::English) => $english,
                ($enum::$variant, Dialect::Arabic) => $arabic,
                ($enum::$variant, Dialect::EgyptianArabic) => egyptian!($arabic $(, $egyptian)?),)*
            }
        }
    )*};
}

labels! {
    /// What a check found.
    finding(Finding) {
        InFavour: "in the citizen's favour", "لصالح المعترض", "لصالح المتظلّم";
        NotSupported: "not supported by the facts on file", "لا تؤيده البيانات المسجّلة";
        FactMissing: "fact not on file", "لا توجد بيانات مسجّلة";
        Defect: "defect", "عيب شكلي";
        InOrder: "in order", "مستوفٍ";
    }

    /// What the machine answered.
    machine_answer(MachineAnswerKind) {
        Cancelled: "Cancelled", "أُلغيت";
        Reduced: "Reduced", "خُفِّضت";
        ClosedAsPaid: "Closed as paid", "أُغلقت لسبق السداد";
        RefusedOnForm: "Refused on form", "لم يُقبل شكلًا";
        DocumentAsked: "A document is needed", "يلزم مستند";
        Waiting: "Waits for another objection", "في انتظار اعتراض آخر", "في انتظار تظلّم آخر";
        SentToReview: "Sent to a person", "أُحيل إلى مراجع";
    }

    /// What a picture shows.
    frame_role(FrameRole) {
        First: "First picture", "اللقطة الأولى";
        Second: "Second picture", "اللقطة الثانية";
        StopLine: "At the stop line", "عند خط الوقوف";
        Junction: "Inside the junction", "داخل التقاطع";
        Entry: "Start of the section", "بداية المقطع";
        Exit: "End of the section", "نهاية المقطع";
        Context: "Surroundings", "صورة عامة للموقع";
    }

    /// What speaks against a read.
    read_flag(ReadFlag) {
        LowConfidence: "not read surely enough", "درجة الثقة غير كافية";
        RowsDisagree: "the two rows differ", "السطران مختلفان";
        TamperSuspect: "a letter may have been painted over", "اشتباه في تغيير أحد الحروف";
        OutOfGrammar: "not of the country's form", "لا تطابق شكل لوحات الدولة";
        SpecialSeries: "distinguished series", "فئة مميزة";
        Foreign: "foreign plate", "لوحة أجنبية";
        Occluded: "partly hidden", "محجوبة جزئيًا";
        SeveralPlates: "more than one plate", "أكثر من لوحة";
        ClassMismatch: "colour contradicts the class", "لا يطابق اللون فئة المركبة";
    }

    /// Something that the machine looked at.
    feature(FeatureName) {
        ActCode: "Act", "المخالفة";
        CapturedAt: "Captured at", "وقت الالتقاط";
        RecordedAt: "Recorded at", "وقت التسجيل";
        AmountDue: "Amount due", "المبلغ المطلوب";
        CancelledBefore: "Cancelled before", "سبق إلغاؤها";
        GroundsClaimed: "Grounds claimed", "الأسباب المذكورة";
        DocumentsGiven: "Documents given", "المستندات المقدمة";
        FiledAt: "Filed at", "وقت التقديم";
        HumanAsked: "A person was asked for", "طُلبت مراجعة بشرية";
        DocumentAskedBefore: "A document was asked for before", "سبق طلب مستند";
        LatenessReasonGiven: "Reason for lateness given", "ذُكر سبب التأخر";
        ObjectionDeadline: "Last day for an objection", "آخر يوم لتقديم الاعتراض", "آخر يوم لتقديم التظلّم";
        PartyGiven: "Party named", "ذُكر مقدم الطلب";
        PartyKnown: "Party known to the register", "صفة مقدم الطلب ثابتة في السجل";
        CertificatesOnFile: "Certificates on file", "شهادات المعايرة المسجّلة";
        CertificateInForce: "Certificate in force at capture", "شهادة المعايرة سارية وقت الالتقاط";
        ClockOffsetMilliseconds: "Clock offset (ms)", "انحراف ساعة الكاميرا (مللي ثانية)";
        ClockToleranceMilliseconds: "Clock tolerance (ms)", "الفرق المسموح به للساعة (مللي ثانية)";
        SignStateKnown: "State of the sign on file", "حالة اللافتة مسجّلة";
        SignInOrder: "Sign in order", "اللافتة سليمة";
        LimitEnforced: "Limit enforced (km/h)", "الحد المطبّق (كم/س)";
        LimitShown: "Limit shown (km/h)", "الحد الظاهر على اللافتة (كم/س)";
        LimitShownBefore: "Limit shown shortly before (km/h)", "الحد الظاهر قبل ذلك بقليل (كم/س)";
        SignalLogged: "Log of the light on file", "سجل الإشارة متاح";
        SignalFault: "Controller faulty", "عطل في وحدة التحكم بالإشارة";
        SignalPhase: "Light by the log", "حالة الإشارة في السجل";
        AmberMilliseconds: "Amber by the log (ms)", "مدة الضوء الأصفر في السجل (مللي ثانية)";
        AmberMinimumMilliseconds: "Least amber (ms)", "الحد الأدنى لمدة الضوء الأصفر (مللي ثانية)";
        EarlierSameActs: "Earlier violations of the same act", "مخالفات سابقة عن الفعل نفسه";
        HolderKnown: "Holder known to the register", "مالك المركبة معروف في السجل";
        ChargedPartyHeldVehicle: "Charged party held the vehicle", "كانت المركبة باسم من سُجّلت عليه المخالفة";
        AmountByTariff: "Amount by the tariff run again", "المبلغ بعد إعادة الحساب";
        AmountPaid: "Amount paid", "المبلغ المسدد";
        ServedAt: "Notice served at", "وقت تبليغ الإشعار";
        SameDecidedBefore: "Same decided before", "سبق البت في السبب نفسه";
        OtherObjectionsLive: "Other open objections", "اعتراضات أخرى قائمة", "تظلّمات أخرى قائمة";
    }

    /// What a light showed.
    logged_phase(LoggedPhase) {
        Green: "green", "خضراء";
        Amber: "amber", "صفراء";
        Red: "red", "حمراء";
        Dark: "dark", "منطفئة";
    }

    /// Where an objection is.
    objection_state(ObjectionState) {
        Filed: "Being looked at", "قيد النظر";
        Waiting: "Waits for another objection", "في انتظار اعتراض آخر", "في انتظار تظلّم آخر";
        AwaitingDocument: "A document is needed", "يلزم مستند";
        InReview: "With a person", "لدى مراجع";
        Answered: "Answered", "صدر الرد";
        Decided: "Decided by a person", "صدر قرار مراجع";
    }

    /// What happened to an objection.
    objection_event(ObjectionEvent) {
        MachineAnswered: "Answered by the rules", "صدر رد آلي وفق القواعد";
        DocumentAsked: "A document was asked for", "طُلب مستند";
        PutBehindOther: "Put behind another objection to the same violation", "يُنظر فيه بعد اعتراض آخر على المخالفة نفسها", "يُنظر فيه بعد تظلّم آخر من المخالفة نفسها";
        SentToReview: "Sent to a person", "أُحيل إلى مراجع";
        OtherEnded: "The other objection ended", "انتهى الاعتراض الآخر", "انتهى التظلّم الآخر";
        DocumentAdded: "A document was added", "أُضيف مستند";
        DocumentOverdue: "The document did not come in time", "لم يصل المستند في موعده";
        HumanAsked: "A person was asked for", "طُلبت مراجعة بشرية";
        HumanDecided: "Decided by a person", "صدر قرار مراجع";
    }

    /// What was done to a case.
    action(AuditAction) {
        ViolationRecord: "Violation recorded", "سُجّلت المخالفة";
        ManualCheckRecord: "Set aside for a manual check", "أُحيلت إلى مراجعة بشرية";
        ObjectionFile: "Objection filed", "قُدّم الاعتراض", "قُدّم التظلّم";
        ObjectionAskForHuman: "A person was asked for", "طُلبت مراجعة بشرية";
        ObjectionAddDocument: "A document was added", "أُضيف مستند";
        ObjectionDocumentOverdue: "The document did not come in time", "لم يصل المستند في موعده";
        ObjectionOtherEnded: "The other objection ended", "انتهى الاعتراض الآخر", "انتهى التظلّم الآخر";
        ObjectionMove: "Moved to another stage", "انتقل إلى مرحلة أخرى";
        ObjectionTriage: "Looked at by the machine", "فحصه النظام";
        ReviewClaim: "Claimed", "استُلمت الحالة";
        ReviewRelease: "Given back", "أُعيدت إلى القائمة";
        ReviewViewFrame: "Picture opened", "فُتحت صورة";
        ReviewDecide: "Decided", "صدر القرار";
        ReviewDismiss: "Manual check dismissed", "صُرف النظر عن المخالفة";
        ReviewDecideRefused: "An attempt to decide was refused", "رُفضت محاولة لإصدار قرار";
        KeyIssue: "A key was issued", "أُصدر مفتاح دخول";
        KeyRotate: "A key was replaced", "استُبدل مفتاح دخول";
        KeyRevoke: "A key was ended", "أُلغي مفتاح دخول";
        PositionSkip: "A partition was moved on by hand", "نُقل موضع القراءة يدويًا";
        DeadLetterResend: "A record that was refused was sent again", "أُعيد إرسال سجل سبق رفضه";
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
