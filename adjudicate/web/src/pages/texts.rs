//! Every sentence of the pages, in both languages side by side. A text that lacks a language does not compile. Where
//! Egypt's Arabic has another word than Saudi Arabia's, a third text stands beside them; pages of no one country have the
//! common Arabic.

use schemas::jurisdiction::Jurisdiction;
use schemas::text::Language;

/// In whose words a page speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// English.
    English,
    /// Arabic as in Saudi Arabia, and on pages of no one country.
    Arabic,
    /// Arabic as in Egypt.
    EgyptianArabic,
}

impl Dialect {
    /// The words of `language` in `country`; `None` for pages of no one country.
    #[must_use]
    pub const fn of(language: Language, country: Option<Jurisdiction>) -> Self {
        match (language, country) {
            (Language::English, _) => Self::English,
            (Language::Arabic, Some(Jurisdiction::Egypt)) => Self::EgyptianArabic,
            (Language::Arabic, Some(Jurisdiction::SaudiArabia) | None) => Self::Arabic,
        }
    }
}

/// The last of one or two texts: Egypt's own, or the common one.
macro_rules! egyptian {
    ($arabic:literal) => {
        $arabic
    };
    ($arabic:literal, $egyptian:literal) => {
        $egyptian
    };
}
pub(super) use egyptian;

macro_rules! texts {
    ($($name:ident = $english:literal, $arabic:literal $(, $egyptian:literal)?;)*) => {
        /// The sentences of the pages in one language.
        #[derive(Debug)]
        pub struct Texts {
            /// In whose words they are.
            pub dialect: Dialect,
            $(#[doc = $english] pub $name: &'static str,)*
        }

        const ENGLISH: Texts = Texts { dialect: Dialect::English, $($name: $english,)* };
        const ARABIC: Texts = Texts { dialect: Dialect::Arabic, $($name: $arabic,)* };
        const EGYPTIAN: Texts =
            Texts { dialect: Dialect::EgyptianArabic, $($name: egyptian!($arabic $(, $egyptian)?),)* };

        #[cfg(test)]
        const ALL: &[(&str, [&str; 3])] = &[$((stringify!($name), [ENGLISH.$name, ARABIC.$name, EGYPTIAN.$name]),)*];
    };
}

impl Texts {
    /// The sentences in `dialect`.
    #[must_use]
    pub const fn of(dialect: Dialect) -> &'static Self {
        match dialect {
            Dialect::English => &ENGLISH,
            Dialect::Arabic => &ARABIC,
            Dialect::EgyptianArabic => &EGYPTIAN,
        }
    }
}

texts! {
    // Frame of every page
    product = "Rasid", "راصد";
    filed = "Filed", "قُدّم الاعتراض", "قُدّم التظلّم";
    product_line = "Traffic enforcement that gives its reasons", "ضبط مروري يبيّن أسبابه";
    skip_to_content = "Skip to the content", "انتقل إلى المحتوى";
    main_navigation = "Main", "القائمة الرئيسية";
    other_language = "العربية", "English";
    sign_in = "Reviewer sign-in", "تسجيل دخول المراجعين";
    sign_out = "Sign out", "تسجيل الخروج";
    end_visit = "Close my case on this device", "إنهاء الاطلاع على هذا الجهاز";
    signed_in_as = "Signed in as", "الحساب";
    notice = "Notice", "تنبيه";
    footer = "Rasid shows how each answer was reached. No refusal on the merits is made without a named person.",
        "يبيّن راصد كيف صدر كل رد، ولا يُرفض اعتراض أو تظلّم في موضوعه إلا بقرار مراجع معروف بالاسم.";

    // Start
    start_title = "Traffic violations and objections", "المخالفات المرورية والاعتراضات والتظلّمات";
    start_citizen = "I received a violation", "سُجّلت عليّ مخالفة";
    start_citizen_text = "See the pictures, how the amount was calculated, object, and follow your objection.",
        "اطّلع على الصور وطريقة حساب المبلغ، وقدّم اعتراضًا أو تظلّمًا وتابعه.";
    start_citizen_do = "Find a violation", "ابحث عن مخالفة";
    start_follow_do = "Follow an objection", "تابع اعتراضًا أو تظلّمًا";
    start_reviewer = "I review cases", "أراجع الحالات";
    start_reviewer_text = "Claim cases from the queue, look at the evidence, decide and give reasons.",
        "استلم الحالات من قائمة الانتظار، وافحص الأدلة، وأصدر قرارًا مسبّبًا.";

    // Sign in
    key_label = "API key", "مفتاح الدخول";
    key_hint = "It begins with rasid_ and is yours alone.", "يبدأ بالرمز \u{2066}rasid_\u{2069}، وهو خاص بك وحدك.";
    sign_in_do = "Sign in", "تسجيل الدخول";
    sign_in_needed = "Sign in to see the queue.", "سجّل الدخول لعرض قائمة الانتظار.";
    sign_in_refused = "This key cannot be used here.", "لا يمكن استخدام هذا المفتاح هنا.";

    // Queue
    queue = "Queue", "قائمة الانتظار";
    queue_title = "Cases waiting for a person", "حالات في انتظار المراجعة";
    queue_empty = "No case is waiting.", "لا توجد حالات في الانتظار.";
    claim_next = "Claim the next case", "استلم الحالة التالية";
    claim = "Claim", "استلام";
    open_case = "Open", "فتح";
    column_kind = "Kind", "النوع";
    column_subject = "Ground or reason", "السبب";
    column_plate = "Plate", "اللوحة";
    column_age = "Waiting for", "مدة الانتظار";
    column_state = "State", "الوضع";
    column_do = "Action", "الإجراء";
    kind_objection = "Objection", "اعتراض", "تظلّم";
    kind_manual_check = "Manual check", "مراجعة بشرية";
    state_open = "Open", "متاحة";
    state_mine = "Yours", "لديك";
    state_claimed = "With another reviewer", "لدى مراجع آخر";
    state_done = "Decided", "صدر القرار";
    next_page = "Next page", "الصفحة التالية";
    plate_unread = "not read", "لم تُقرأ";

    // Case
    case_title = "Case", "الحالة";
    back_to_queue = "Back to the queue", "العودة إلى القائمة";
    lease_until = "Held by you until", "محجوزة لك حتى";
    renew = "Keep it longer", "تمديد المهلة";
    release = "Give it back", "إعادتها إلى القائمة";
    not_claimed = "Claim the case to see its pictures and to decide.", "استلم الحالة لعرض صورها وإصدار القرار.";
    held_by_other = "Another reviewer holds this case. Its pictures are not shown.",
        "الحالة لدى مراجع آخر، فلا تُعرض صورها.";
    case_done = "This case is decided.", "صدر القرار في هذه الحالة.";
    pictures = "Pictures", "الصور";
    picture = "Picture", "صورة";
    picture_locked = "Shown to the reviewer who holds the case", "تُعرض للمراجع الذي استلم الحالة";
    seen = "opened", "فُتحت";
    not_seen = "not opened yet", "لم تُفتح بعد";
    zoom_in = "Zoom in", "تكبير";
    zoom_out = "Zoom out", "تصغير";
    zoom_reset = "Whole picture", "الصورة كاملة";
    zoom_help = "Focus a picture, then + and − zoom, 0 shows all of it, the arrows move.",
        "انتقل إلى الصورة، ثم استخدم + و− للتكبير والتصغير، ومفتاح الصفر لعرضها كاملة، والأسهم للتحريك.";
    plate_section = "The plate as it was read", "اللوحة كما قُرئت";
    plate_crop = "The plate, cut from the picture", "اللوحة مقتطعة من الصورة";
    whole_read = "Whole plate", "اللوحة كاملة";
    confidence = "Confidence", "درجة الثقة";
    runner_up = "else", "أو";
    no_runner_up = "no other reading", "لا توجد قراءة أخرى";
    row_arabic = "Arabic row", "السطر العربي";
    row_latin = "Latin row", "السطر اللاتيني";
    nothing_read = "No plate was read in this picture.", "لم تُقرأ لوحة في هذه الصورة.";
    calculation = "Calculation, step by step", "الحساب خطوة بخطوة";
    source = "Source", "المصدر";
    rule_tables = "Rule tables", "جداول القواعد";
    amount_due = "Amount due", "المبلغ المطلوب";
    amount_range = "By law:", "المقرر:";
    amount_if_confirmed = "Would be asked if confirmed", "المبلغ إذا ثبتت المخالفة";
    why_manual = "Why nothing was issued", "سبب عدم إصدار مخالفة";
    suggestion = "What the machine found", "نتيجة الفحص الآلي";
    suggestion_note = "Advice only. The decision is yours, with your name on it.",
        "للاسترشاد فقط؛ القرار لك ويصدر باسمك.";
    checks = "Checks", "الفحوص";
    features = "What it looked at", "البيانات التي فُحصت";
    left_to_person = "left to a person", "يُترك للمراجع";
    claimed = "claimed by the citizen", "ذكره المعترض", "ذكره المتظلّم";
    citizen_says = "What the citizen says", "أقوال المعترض", "أقوال المتظلّم";
    grounds = "Grounds", "الأسباب";
    story = "Story", "ما حدث";
    attachments = "Documents", "المستندات";
    no_attachments = "No documents were added.", "لم تُرفق مستندات.";
    document_number = "Document number", "رقم المستند";
    stated_date = "Date stated", "التاريخ المذكور";
    other_violation = "Other violation", "المخالفة الأخرى";
    timeline = "History of the case", "سجل الحالة";
    fact_act = "Act", "المخالفة";
    fact_when = "When", "الوقت";
    fact_where = "Where", "المكان";
    fact_camera = "Camera", "الكاميرا";
    fact_reference = "Reference", "الرقم المرجعي";
    fact_speed = "Measured / limit", "السرعة المقيسة / الحد الأقصى";
    fact_signal = "Red for", "منذ بدء الضوء الأحمر";
    fact_clock = "Clock offset", "انحراف ساعة الكاميرا";
    fact_status = "Status", "الوضع الحالي";
    fact_filed = "Filed", "تاريخ التقديم";
    fact_vehicle = "Vehicle", "المركبة";
    kmh = "km/h", "كم/س";
    seconds = "s", "ث";
    milliseconds = "ms", "مللي ثانية";
    kilobytes = "kB", "كيلوبايت";
    unknown = "unknown", "غير معروف";
    yes = "yes", "نعم";
    no = "no", "لا";
    none = "none", "لا يوجد";

    // Decision
    decide_title = "Your decision", "قرارك";
    decide_for = "Violation", "المخالفة";
    uphold = "Uphold: what is asked stays", "تأييد المخالفة: يبقى المبلغ كما هو";
    cancel = "Cancel: nothing is asked", "إلغاء المخالفة: لا يُطلب أي مبلغ";
    reduce = "Reduce the amount", "تخفيض المبلغ";
    reduce_to = "Reduce to", "التخفيض إلى";
    dismiss = "Dismiss: nothing is issued", "صرف النظر: لا تصدر مخالفة";
    dismiss_note = "This version cannot confirm a violation, only dismiss it.",
        "لا يتيح هذا الإصدار تأكيد المخالفة، بل صرف النظر فقط.";
    reason_arabic = "Reason in Arabic", "الأسباب بالعربية";
    reason_english = "Reason in English", "الأسباب بالإنجليزية";
    reason_hint = "In the language of the objection, 10 characters or more, in the other as well if you like. It stays in the case; after an objection the citizen reads it.",
        "بلغة مقدّم الطلب، عشرة أحرف فأكثر، وباللغة الأخرى أيضًا إن شئت. تُحفظ الأسباب في الحالة، ويطّلع عليها المعترض.",
        "بلغة مقدّم الطلب، عشرة أحرف فأكثر، وباللغة الأخرى أيضًا إن شئت. تُحفظ الأسباب في الحالة، ويطّلع عليها المتظلّم.";
    decide_do = "Decide", "إصدار القرار";
    renewed_last = "This is the longest that a case may be kept: then it goes back to the queue.",
        "هذه أقصى مدة للاحتفاظ بالحالة، ثم تعود إلى قائمة الانتظار.";
    decision_kept = "You no longer hold this case, so nothing was decided. What you typed is kept and is shown again when you claim the case.",
        "لم تعد هذه الحالة لديك، فلم يصدر قرار. حُفظ ما كتبته، ويظهر من جديد عند استلام الحالة.";
    draft_decision = "Your session had ended before you sent this. What you typed is shown again: look it through, then decide.",
        "انتهت جلستك قبل الإرسال. أُعيد عرض ما كتبته: راجعه ثم أصدر القرار.";
    draft_staff = "Your session had ended. What you typed is kept: sign in and it is shown again.",
        "انتهت جلستك. حُفظ ما كتبته: سجّل الدخول ليظهر من جديد.";
    document_copy = "Show", "عرض";
    document_original = "Download the original", "تنزيل الأصل";
    decided = "Your decision was recorded.", "سُجّل قرارك.";
    released = "The case is back in the queue.", "أُعيدت الحالة إلى القائمة.";
    renewed = "Your time with the case was extended.", "مُدّدت مهلتك لهذه الحالة.";

    // Citizen
    find_title = "Find a violation", "البحث عن مخالفة";
    find_intro = "Enter the reference and the plate together.", "أدخل الرقم المرجعي واللوحة معًا.";
    reference_label = "Reference", "الرقم المرجعي";
    reference_hint = "It begins with V- and has 17 letters and digits after it.",
        "يبدأ بالرمز \u{2066}V-\u{2069}، وتليه ١٧ خانة من حروف وأرقام.";
    objection_reference_hint = "It begins with B- and has 17 letters and digits after it.",
        "يبدأ بالرمز \u{2066}B-\u{2069}، وتليه ١٧ خانة من حروف وأرقام.";
    country_label = "Country of the plate", "دولة اللوحة";
    country_eg = "Egypt", "مصر";
    country_sa = "Saudi Arabia", "السعودية";
    letters_label = "Letters", "الحروف";
    letters_hint = "Arabic letters from the right; on Saudi plates also Latin ones from the left.",
        "الحروف العربية من اليمين، ويجوز في اللوحات السعودية إدخال الحروف اللاتينية من اليسار.";
    digits_label = "Digits", "الأرقام";
    find_do = "Show", "عرض";
    violation_title = "Violation", "مخالفة";
    citizen_pictures_note = "Each picture is cut to the part of the vehicle around its plate, so that no people and no other plates are shown.",
        "تقتصر كل صورة على جزء المركبة المحيط بلوحتها، فلا يظهر فيها أشخاص ولا لوحات أخرى.";
    object_do = "Object to this violation", "قدّم اعتراضًا على هذه المخالفة", "قدّم تظلّمًا من هذه المخالفة";
    object_title = "Objection", "اعتراض", "تظلّم";
    object_intro = "Tell us why. The machine checks every favourable ground by itself, whatever you choose.",
        "أخبرنا بالسبب. يفحص النظام تلقائيًا كل سبب قد يكون لصالحك، أيًا كان اختيارك.";
    object_last_day = "Last day to object, counted from registration; who is told later has longer",
        "آخر يوم لتقديم الاعتراض محسوبًا من تسجيل المخالفة، وتطول المهلة لمن بُلّغ بعد ذلك",
        "آخر يوم لتقديم التظلّم محسوبًا من تسجيل المخالفة، وتطول المهلة لمن بُلّغ بعد ذلك";
    object_no_last_day = "No time limit is known for sure, and no objection is refused by the machine as late.",
        "لا توجد مهلة مؤكدة، ولا يرفض النظام اعتراضًا بسبب التأخر.",
        "لا توجد مهلة مؤكدة، ولا يرفض النظام تظلّمًا بسبب التأخر.";
    object_person = "Whatever the answer is, you may ask for a person to look.",
        "أيًا كان الرد، يمكنك طلب مراجعة بشرية.";
    ground_label = "Main ground", "السبب الرئيسي";
    ground_checked = "The machine looks at this by itself.", "يفحصه النظام تلقائيًا.";
    ground_documents = "Of help:", "يفيد في إثباته:";
    ground_documents_needed = "Needed, one of:", "يلزم أحد المستندات:";
    story_label = "What happened", "ماذا حدث؟";
    document_label = "Number of a document, if you have one", "رقم المستند إن وُجد";
    date_label = "Date, if the ground has one", "التاريخ إن كان للسبب تاريخ";
    lateness_label = "Reason for lateness, if you are late", "سبب التأخر إن قُدّم الاعتراض بعد المهلة",
        "سبب التأخر إن قُدّم التظلّم بعد المهلة";
    file_label = "Documents or photographs", "مستندات أو صور";
    file_hint = "JPEG, PNG or PDF, 10 megabytes each at most.", "الأنواع المقبولة: \u{2066}JPEG\u{2069} أو \u{2066}PNG\u{2069} أو \u{2066}PDF\u{2069}، حتى ١٠ ميغابايت لكل ملف.";
    file_kept = "Already here and sent along:", "ملفات محفوظة تُرسل مع الطلب:";
    file_without = "Send without the file that was not kept", "الإرسال دون الملف الذي لم يُحفظ";
    object_submit = "Send the objection", "إرسال الاعتراض", "إرسال التظلّم";
    objection_title = "Your objection", "اعتراضك", "تظلّمك";
    objection_received = "We have your objection. Keep this reference:", "وصلنا اعتراضك. احتفظ بهذا الرقم المرجعي:",
        "وصلنا تظلّمك. احتفظ بهذا الرقم المرجعي:";
    follow_title = "Follow an objection", "متابعة اعتراض أو تظلّم";
    no_answer_yet = "No answer yet.", "لم يصدر رد بعد.";
    answered_by_machine = "Answered by the rules, without a person", "صدر الرد آليًا وفق القواعد";
    answered_by_human = "Decided by a person", "قرار مراجع";
    ask_human_title = "Would you rather have a person look?", "هل تفضّل مراجعة بشرية لاعتراضك؟",
        "هل تفضّل مراجعة بشرية لتظلّمك؟";
    ask_human_text = "One step is enough, at any answer of the machine.", "تكفي خطوة واحدة، أيًا كان رد النظام.";
    ask_human_do = "Ask for a person", "اطلب مراجعة بشرية";
    human_asked = "A person will look at your objection.", "يراجع اعتراضك مراجع مختص.", "يراجع تظلّمك مراجع مختص.";
    document_title = "A document is needed", "يلزم مستند";
    document_text = "Your objection waits for it until the last day below; then a person looks. Any one of these is enough:",
        "ينتظر اعتراضك المستند حتى آخر يوم مبيّن أدناه، ثم يراجعه مراجع مختص. يكفي أي مستند مما يلي:",
        "ينتظر تظلّمك المستند حتى آخر يوم مبيّن أدناه، ثم يراجعه مراجع مختص. يكفي أي مستند مما يلي:";
    document_due = "Last day", "آخر يوم";
    document_do = "Send the document", "إرسال المستند";
    document_received = "We have your document.", "وصلنا المستند.";
    draft_kept = "Your visit had ended before this was sent. What you typed and chose is kept: enter the reference and the plate again and it is shown again.",
        "انتهت مدة الاطلاع قبل الإرسال. حُفظ ما كتبته وما اخترته من ملفات: أدخل الرقم المرجعي واللوحة من جديد ليظهر.";
    draft_shown = "Nothing was lost when your visit ended: here is what you typed and chose. Look it through and send it.",
        "لم يُفقد شيء بانتهاء مدة الاطلاع: هذا ما كتبته وما اخترته من ملفات. راجعه ثم أرسله.";
    form_incomplete = "Please check what is marked.", "يُرجى مراجعة ما يلي.";

    // Problems
    problem_title = "That did not work", "تعذّر إتمام الطلب";
    problem_request_id = "Request id", "رقم الطلب";
    problem_code = "Problem", "المشكلة";
    problem_back = "Back to the start", "العودة إلى البداية";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_switch_is_named_in_the_language_that_it_leads_to() {
        assert_eq!(Texts::of(Dialect::English).other_language, "العربية");
        assert_eq!(Texts::of(Dialect::Arabic).other_language, "English");
        assert_eq!(Texts::of(Dialect::EgyptianArabic).other_language, "English");
    }

    #[test]
    fn egyptian_pages_say_their_own_word_for_an_objection_and_saudi_ones_theirs() {
        let common = ["footer", "start_title", "start_citizen_text", "start_follow_do", "follow_title"];
        for (name, [_, arabic, egyptian]) in ALL.iter().filter(|(name, _)| !common.contains(name)) {
            assert!(!arabic.contains("تظل"), "{name}: {arabic}");
            assert!(!egyptian.contains("عتر"), "{name}: {egyptian}");
        }
    }

    #[test]
    fn each_country_and_each_language_has_its_dialect() {
        let dialect = |language, country| Dialect::of(language, country);
        assert_eq!(dialect(Language::Arabic, Some(Jurisdiction::Egypt)), Dialect::EgyptianArabic);
        assert_eq!(dialect(Language::Arabic, Some(Jurisdiction::SaudiArabia)), Dialect::Arabic);
        assert_eq!(dialect(Language::Arabic, None), Dialect::Arabic);
        assert_eq!(dialect(Language::English, Some(Jurisdiction::Egypt)), Dialect::English);
    }
}
