//! Why a reviewer's decision was refused, in both languages: reviewers work in either.

use adjudicate::decision::DecisionError;
use adjudicate::objection::ObjectionError;
use rules::policy::numbers::arabic_number;
use rust_decimal::Decimal;
use schemas::attachment::ATTACHMENTS_MAX;
use schemas::decision::{DecisionInputError, REASON_CHARACTERS_MAX, REASON_CHARACTERS_MIN};
use schemas::ids::ViolationId;
use schemas::money::MoneyError;
use schemas::review::FramesUnseen;
use schemas::text::{BilingualText, Language, arabic_digits, isolated};

/// What is wrong with the verdicts or reasons.
#[must_use]
pub fn input_text(error: &DecisionInputError) -> BilingualText {
    let arabic = match error {
        DecisionInputError::Reason => format!(
            "اكتب أسباب القرار بالعربية أو بالإنجليزية، من {} أحرف إلى {} حرف.",
            grouped(REASON_CHARACTERS_MIN),
            grouped(REASON_CHARACTERS_MAX)
        ),
        DecisionInputError::ReasonText(_) => {
            "لا تُقبل في الأسباب رموز التحكم ولا الرموز التي تعكس اتجاه النص.".to_owned()
        }
        DecisionInputError::Missing(violation) => {
            format!("لم يُختر قرار للمخالفة {}.", isolated(violation))
        }
        DecisionInputError::NotPending(violation) => {
            format!("لا تنتظر المخالفة {} قرارًا في هذه الحالة.", isolated(violation))
        }
        DecisionInputError::NoReduction { violation, amount_due, to } => format!(
            "لا يُخفّض مبلغ المخالفة {} إلا إلى مبلغ أكبر من صفر وأقل من {}، والمبلغ المدخل {}.",
            isolated(violation),
            arabic_number(amount_due.amount()),
            arabic_number(to.amount())
        ),
        DecisionInputError::NoEvidence(violation) => {
            format!(
                "لا توجد صور للمخالفة {}، فلا يمكن تأييدها أو تخفيضها، بل إلغاؤها فقط.",
                isolated(violation)
            )
        }
        DecisionInputError::AlreadyCancelled(violation) => {
            format!("سبق إلغاء المخالفة {}، فلا يمكن تأييدها أو تخفيضها.", isolated(violation))
        }
        DecisionInputError::ReasonLanguage(Language::Arabic) => {
            "قُدّم الاعتراض أو التظلّم بالعربية: اكتب الأسباب بالعربية، وبالإنجليزية أيضًا إن شئت.".to_owned()
        }
        DecisionInputError::ReasonLanguage(Language::English) => {
            "قُدّم الاعتراض أو التظلّم بالإنجليزية: اكتب الأسباب بالإنجليزية، وبالعربية أيضًا إن شئت.".to_owned()
        }
    };
    BilingualText::new(arabic, error.to_string())
}

/// That a violation was given no verdict.
#[must_use]
pub fn no_verdict(violation: ViolationId) -> BilingualText {
    input_text(&DecisionInputError::Missing(violation))
}

/// That a reduction was given no amount.
#[must_use]
pub fn no_amount() -> BilingualText {
    BilingualText::new("أدخل المبلغ بعد التخفيض.", "a reduction needs an amount")
}

/// What is wrong with an amount.
#[must_use]
pub fn amount_text(error: &MoneyError) -> BilingualText {
    let arabic = match error {
        MoneyError::Negative(_) => "لا يجوز أن يكون المبلغ سالبًا.".to_owned(),
        MoneyError::TooFine(_, _, decimals) => {
            format!("لا يُقبل بعد الفاصلة العشرية أكثر من {} من الأرقام.", arabic_digits(decimals))
        }
        MoneyError::UnknownCurrency(_) => "العملة غير معروفة.".to_owned(),
    };
    BilingualText::new(arabic, error.to_string())
}

/// How many pictures are still to be opened.
#[must_use]
pub fn unseen_text(error: &FramesUnseen) -> BilingualText {
    let FramesUnseen(frames) = error;
    BilingualText::new(
        format!(
            "عدد الصور التي لم تُفتح بعد: {}. افتح كل الصور ثم أصدر القرار.",
            arabic_digits(&frames.len())
        ),
        error.to_string(),
    )
}

/// That the case is another than the one that was read; `None` for every other error.
#[must_use]
pub fn task_text(error: &DecisionError) -> Option<BilingualText> {
    let arabic = match error {
        DecisionError::Stale { task: _, read, now } => format!(
            "الإصدار الحالي للحالة هو {}، وقد قرأتَ الإصدار {}. اقرأها من جديد.",
            arabic_digits(now),
            arabic_digits(read)
        ),
        DecisionError::OtherKind(_) => "هذه الحالة من نوع آخر، ولا يصلح لها هذا القرار.".to_owned(),
        DecisionError::Task(_)
        | DecisionError::FramesUnseen(_)
        | DecisionError::Input(_)
        | DecisionError::Objection(_)
        | DecisionError::Chain(_)
        | DecisionError::Canonical(_)
        | DecisionError::Database(_) => return None,
    };
    Some(BilingualText::new(arabic, error.to_string()))
}

/// Why an objection cannot take a step; `None` where the fault is ours or there is no more to say.
#[must_use]
pub fn step_text(error: &ObjectionError) -> Option<BilingualText> {
    let arabic = match error {
        ObjectionError::NothingLeft => "أُلغيت كل المخالفات التي شملها الطلب، فلم يبقَ ما يُراجع.".to_owned(),
        ObjectionError::Moved(_) => "تغيّر الطلب في هذه الأثناء. افتحه من جديد.".to_owned(),
        ObjectionError::TooManyAttachments => {
            format!("يمكن إرفاق {} ملفات على الأكثر.", arabic_digits(&ATTACHMENTS_MAX))
        }
        ObjectionError::NotFound(_)
        | ObjectionError::Illegal(_)
        | ObjectionError::Unreadable { .. }
        | ObjectionError::Chain(_)
        | ObjectionError::Canonical(_)
        | ObjectionError::Database(_) => return None,
    };
    Some(BilingualText::new(arabic, error.to_string()))
}

fn grouped(number: usize) -> String {
    arabic_number(Decimal::from(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ApiError;
    use schemas::evidence::Sha256Digest;
    use schemas::ids::ReviewTaskId;
    use schemas::money::{Currency, Money};
    use schemas::text::Language;

    #[test]
    fn a_reviewer_reads_in_arabic_why_a_decision_was_refused() {
        let money = |amount: u32| Money::new(amount.into(), Currency::SaudiRiyal).unwrap();
        let violation = ViolationId::generate();
        let no_reduction =
            DecisionInputError::NoReduction { violation, amount_due: money(300), to: money(400) };
        let task = ReviewTaskId::generate();
        let refusals = [
            DecisionError::Input(DecisionInputError::Reason),
            DecisionError::Input(no_reduction),
            DecisionError::Input(DecisionInputError::NoEvidence(violation)),
            DecisionError::FramesUnseen(FramesUnseen([Sha256Digest::of(b"a")].into())),
            DecisionError::Stale { task, read: 1, now: 2 },
            DecisionError::OtherKind(task),
        ];
        for refused in refusals {
            let shown = format!("{refused:?}");
            let error = ApiError::from(refused);
            let arabic = error.detail(Language::Arabic).unwrap_or_default();
            assert!(arabic.chars().any(|letter| ('\u{0621}'..='\u{064A}').contains(&letter)), "{shown}");
            assert!(error.detail(Language::English).is_some_and(|detail| !detail.is_empty()), "{shown}");
        }
        let sums = input_text(&DecisionInputError::NoReduction {
            violation,
            amount_due: money(300),
            to: money(400),
        });
        assert!(sums.arabic.contains("أقل من ٣٠٠، والمبلغ المدخل ٤٠٠"), "{}", sums.arabic);
    }
}
