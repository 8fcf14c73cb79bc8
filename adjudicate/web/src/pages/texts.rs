//! Every sentence of the pages, in both languages side by side. A text that lacks a language does not compile.

use schemas::text::Language;

macro_rules! texts {
    ($($name:ident = $english:literal, $arabic:literal;)*) => {
        /// The sentences of the pages in one language.
        #[derive(Debug)]
        pub struct Texts {
            $(#[doc = $english] pub $name: &'static str,)*
        }

        const ENGLISH: Texts = Texts { $($name: $english,)* };
        const ARABIC: Texts = Texts { $($name: $arabic,)* };
    };
}

impl Texts {
    /// The sentences in `language`.
    #[must_use]
    pub const fn of(language: Language) -> &'static Self {
        match language {
            Language::Arabic => &ARABIC,
            Language::English => &ENGLISH,
        }
    }
}

texts! {
    // Frame of every page
    product = "Rasid", "راصد";
    filed = "Filed", "قُدّم الاعتراض";
    product_line = "Traffic enforcement that answers", "ضبط مروري يُجيب";
    skip_to_content = "Skip to the content", "انتقل إلى المحتوى";
    main_navigation = "Main", "القائمة الرئيسية";
    other_language = "العربية", "English";
    sign_in = "Reviewer sign-in", "دخول المراجعين";
    sign_out = "Sign out", "خروج";
    signed_in_as = "Signed in as", "الحساب";
    notice = "Notice", "تنبيه";
    footer = "Rasid shows how each answer was reached. No refusal on the merits is made without a named person.",
        "يعرض راصد كيف صدرت كل إجابة. لا يُرفض اعتراض في موضوعه إلا بقرار شخص معروف الاسم.";

    // Start
    start_title = "Traffic violations and objections", "المخالفات المرورية والاعتراضات";
    start_citizen = "I received a violation", "وصلتني مخالفة";
    start_citizen_text = "See the pictures, how the amount was calculated, object, and follow your objection.",
        "اطّلع على الصور وطريقة حساب المبلغ، وقدّم اعتراضًا وتابعه.";
    start_citizen_do = "Find a violation", "ابحث عن مخالفة";
    start_follow_do = "Follow an objection", "تابع اعتراضًا";
    start_reviewer = "I review cases", "أراجع القضايا";
    start_reviewer_text = "Claim cases from the queue, look at the evidence, decide and give reasons.",
        "استلم القضايا من قائمة الانتظار، وافحص الأدلة، وأصدر قرارًا مسبّبًا.";

    // Sign in
    key_label = "API key", "مفتاح الدخول";
    key_hint = "It begins with rasid_ and is yours alone.", "يبدأ بـ rasid_ وهو لك وحدك.";
    sign_in_do = "Sign in", "دخول";
    sign_in_needed = "Sign in to see the queue.", "سجّل الدخول لعرض قائمة الانتظار.";
    sign_in_refused = "This key cannot be used here.", "لا يمكن استخدام هذا المفتاح هنا.";

    // Queue
    queue = "Queue", "قائمة الانتظار";
    queue_title = "Cases waiting for a person", "قضايا في انتظار مراجع";
    queue_empty = "No case is waiting.", "لا توجد قضايا في الانتظار.";
    queue_waiting = "waiting", "في الانتظار";
    claim_next = "Claim the next case", "استلم القضية التالية";
    claim = "Claim", "استلام";
    open_case = "Open", "فتح";
    column_kind = "Kind", "النوع";
    column_subject = "Ground or reason", "السبب";
    column_plate = "Plate", "اللوحة";
    column_age = "Waiting for", "مدة الانتظار";
    column_state = "State", "الحالة";
    column_do = "Action", "إجراء";
    kind_objection = "Objection", "اعتراض";
    kind_manual_check = "Manual check", "فحص يدوي";
    state_open = "Open", "متاحة";
    state_mine = "Yours", "لديك";
    state_claimed = "With another reviewer", "لدى مراجع آخر";
    state_done = "Decided", "صدر القرار";
    next_page = "Next page", "الصفحة التالية";
    first_page = "First page", "الصفحة الأولى";
    plate_unread = "not read", "لم تُقرأ";

    // Case
    case_title = "Case", "القضية";
    back_to_queue = "Back to the queue", "العودة إلى القائمة";
    lease_until = "Held by you until", "لديك حتى";
    renew = "Keep it longer", "تمديد المهلة";
    release = "Give it back", "إعادتها إلى القائمة";
    not_claimed = "Claim the case to see its pictures and to decide.", "استلم القضية لعرض صورها وإصدار القرار.";
    held_by_other = "Another reviewer holds this case. Its pictures are not shown.",
        "القضية لدى مراجع آخر، ولا تُعرض صورها.";
    case_done = "This case is decided.", "صدر القرار في هذه القضية.";
    evidence = "Evidence", "الأدلة";
    pictures = "Pictures", "الصور";
    picture = "Picture", "صورة";
    picture_locked = "Shown to the reviewer who holds the case", "تُعرض للمراجع الذي استلم القضية";
    seen = "opened", "فُتحت";
    not_seen = "not opened yet", "لم تُفتح بعد";
    zoom_in = "Zoom in", "تكبير";
    zoom_out = "Zoom out", "تصغير";
    zoom_reset = "Whole picture", "الصورة كاملة";
    zoom_help = "Focus a picture, then + and − zoom, 0 shows all of it, the arrows move.",
        "انتقل إلى الصورة ثم + و − للتكبير والتصغير، و0 لعرضها كاملة، والأسهم للتحريك.";
    plate_section = "The plate as it was read", "اللوحة كما قُرئت";
    plate_crop = "The plate, cut from the picture", "اللوحة مقتطعة من الصورة";
    whole_read = "Whole plate", "اللوحة كاملة";
    confidence = "Confidence", "درجة الثقة";
    runner_up = "else", "أو";
    no_runner_up = "no other reading", "لا قراءة أخرى";
    row_arabic = "Arabic row", "السطر العربي";
    row_latin = "Latin row", "السطر اللاتيني";
    read_flags = "What speaks against it", "ما يدعو إلى الشك";
    nothing_read = "No plate was read in this picture.", "لم تُقرأ لوحة في هذه الصورة.";
    calculation = "Calculation, step by step", "الحساب خطوة بخطوة";
    source = "Source", "المصدر";
    rule_tables = "Rule tables", "جداول القواعد";
    amount_due = "Amount due", "المبلغ المطلوب";
    amount_range = "The law allows", "الحد القانوني";
    amount_from_to = "to", "إلى";
    amount_if_confirmed = "Would be asked if confirmed", "المبلغ إن تأكدت المخالفة";
    why_manual = "Why nothing was issued", "لماذا لم تصدر مخالفة";
    suggestion = "What the machine found", "ما وجده النظام";
    suggestion_note = "Advice only. The decision is yours, with your name on it.",
        "رأي استشاري فقط. القرار قرارك وباسمك.";
    no_suggestion = "The machine has not looked at this objection yet.", "لم ينظر النظام في هذا الاعتراض بعد.";
    checks = "Checks", "الفحوص";
    features = "What it looked at", "ما نظر فيه";
    claimed = "claimed by the citizen", "ذكره المعترض";
    citizen_says = "What the citizen says", "أقوال المعترض";
    grounds = "Grounds", "الأسباب";
    story = "Story", "الواقعة";
    attachments = "Documents", "المستندات";
    no_attachments = "No documents were added.", "لم تُرفق مستندات.";
    lateness_reason = "Reason for lateness", "سبب التأخر";
    document_number = "Document number", "رقم المستند";
    stated_date = "Date stated", "التاريخ المذكور";
    other_violation = "Other violation", "المخالفة الأخرى";
    timeline = "History of the case", "سجل القضية";
    fact_act = "Act", "المخالفة";
    fact_when = "When", "الوقت";
    fact_where = "Where", "المكان";
    fact_camera = "Camera", "الكاميرا";
    fact_reference = "Reference", "الرقم المرجعي";
    fact_speed = "Measured / limit", "السرعة المقيسة / الحد";
    fact_signal = "Red for", "مدة الأحمر";
    fact_clock = "Clock offset", "فرق الساعة";
    fact_status = "Status", "الموقف الحالي";
    fact_filed = "Filed", "تاريخ التقديم";
    fact_vehicle = "Vehicle", "المركبة";
    kmh = "km/h", "كم/س";
    seconds = "s", "ث";
    milliseconds = "ms", "م.ث";
    unknown = "unknown", "غير معروف";
    yes = "yes", "نعم";
    no = "no", "لا";
    none = "none", "لا يوجد";

    // Decision
    decide_title = "Your decision", "قرارك";
    decide_for = "Violation", "مخالفة";
    uphold = "Uphold: what is asked stays", "تأييد: يبقى المبلغ كما هو";
    cancel = "Cancel: nothing is asked", "إلغاء: لا يُطلب شيء";
    reduce = "Reduce the amount", "تخفيض المبلغ";
    reduce_to = "Reduce to", "التخفيض إلى";
    already_answered = "Already answered", "سبق الرد عليها";
    dismiss = "Dismiss: nothing is issued", "صرف النظر: لا تصدر مخالفة";
    dismiss_note = "Confirming one, so that it is issued, comes with a later version.",
        "تأكيدها لإصدار مخالفة يأتي في إصدار لاحق.";
    reason_arabic = "Reason in Arabic", "الأسباب بالعربية";
    reason_english = "Reason in English", "الأسباب بالإنجليزية";
    reason_hint = "At least one language, 10 characters or more. It stays in the case; after an objection the citizen reads it.",
        "بلغة واحدة على الأقل، عشرة أحرف فأكثر. تُحفظ في القضية ويقرؤها المعترض.";
    decide_do = "Decide", "إصدار القرار";
    keys_hint = "Keys:", "المفاتيح:";
    decided = "Your decision was recorded.", "سُجّل قرارك.";
    released = "The case is back in the queue.", "أُعيدت القضية إلى القائمة.";
    renewed = "Your time with the case was extended.", "مُدّدت مهلتك مع القضية.";

    // Citizen
    find_title = "Find a violation", "البحث عن مخالفة";
    find_intro = "Both are needed: the reference on the notice, and the plate.",
        "يلزم الاثنان: الرقم المرجعي في الإشعار، واللوحة.";
    reference_label = "Reference", "الرقم المرجعي";
    reference_hint = "It begins with V- and has 17 letters and digits after it.",
        "يبدأ بـ V- ويليه 17 حرفًا ورقمًا.";
    objection_reference_hint = "It begins with B- and has 17 letters and digits after it.",
        "يبدأ بـ B- ويليه 17 حرفًا ورقمًا.";
    country_label = "Country of the plate", "بلد اللوحة";
    country_eg = "Egypt", "مصر";
    country_sa = "Saudi Arabia", "السعودية";
    letters_label = "Letters", "الحروف";
    letters_hint = "Arabic letters from the right; on Saudi plates also Latin ones from the left.",
        "الحروف العربية من اليمين، وفي اللوحات السعودية يجوز إدخال اللاتينية من اليسار.";
    digits_label = "Digits", "الأرقام";
    find_do = "Show", "عرض";
    violation_title = "Violation", "مخالفة";
    citizen_pictures_note = "Each picture is cut to the part of the vehicle around its plate, so that no people and no other plates are shown.",
        "اقتُصرت كل صورة على جزء المركبة المحيط بلوحتها حتى لا يظهر أشخاص ولا لوحات أخرى.";
    why_title = "How the amount was reached", "كيف حُسب المبلغ";
    object_do = "Object to this violation", "اعترض على هذه المخالفة";
    object_title = "Objection", "اعتراض";
    object_intro = "Tell us why. The machine checks every favourable ground by itself, whatever you choose.",
        "أخبرنا بالسبب. يفحص النظام من تلقاء نفسه كل سبب في صالحك أيًا كان اختيارك.";
    ground_label = "Main ground", "السبب الرئيسي";
    story_label = "What happened", "ماذا حدث";
    document_label = "Number of a document, if you have one", "رقم مستند إن وُجد";
    date_label = "Date, if the ground has one", "التاريخ إن كان للسبب تاريخ";
    lateness_label = "Reason for lateness, if you are late", "سبب التأخر إن كنت متأخرًا";
    file_label = "Documents or photographs", "مستندات أو صور";
    file_hint = "JPEG, PNG or PDF, 10 megabytes each at most.", "JPEG أو PNG أو PDF، 10 ميغابايت لكل ملف على الأكثر.";
    file_kept = "Already here and sent along:", "ملفات محفوظة تُرسل مع الاعتراض:";
    file_without = "Send without the file that was not kept", "الإرسال بدون الملف الذي لم يُحفظ";
    object_submit = "Send the objection", "إرسال الاعتراض";
    objection_title = "Your objection", "اعتراضك";
    objection_received = "We have your objection. Keep this reference:", "وصلنا اعتراضك. احتفظ بهذا الرقم:";
    follow_title = "Follow an objection", "متابعة اعتراض";
    follow_do = "Follow", "متابعة";
    answer_title = "Answer", "الرد";
    no_answer_yet = "No answer yet.", "لم يصدر رد بعد.";
    answered_by_machine = "Answered by the rules, without a person", "صدر الرد آليًا وفق القواعد";
    answered_by_human = "Decided by a person", "قرار شخص";
    ask_human_title = "Would you rather have a person look?", "هل تفضّل أن ينظر شخص في اعتراضك؟";
    ask_human_text = "One step is enough, at any answer of the machine.", "خطوة واحدة تكفي، أيًا كان رد النظام.";
    ask_human_do = "Ask for a person", "اطلب نظر شخص";
    human_asked = "A person will look at your objection.", "سينظر شخص في اعتراضك.";
    document_title = "A document is needed", "يلزم مستند";
    document_text = "The time limits stand still until then. Any one of these is enough:",
        "تتوقف المهل إلى ذلك الحين. يكفي أي مستند من هذه:";
    document_due = "Last day", "آخر يوم";
    document_do = "Send the document", "إرسال المستند";
    document_received = "We have your document.", "وصلنا المستند.";
    form_incomplete = "Please check what is marked.", "راجع الحقول المشار إليها من فضلك.";

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
        assert_eq!(Texts::of(Language::English).other_language, "العربية");
        assert_eq!(Texts::of(Language::Arabic).other_language, "English");
    }
}
