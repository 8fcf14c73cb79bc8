//! The sentences of triage, Arabic and English.

use super::support::Support;
use crate::facts::{LoggedPhase, SignalFact};
use crate::policy::numbers::{arabic_number, english_number};
use crate::policy::words::Words;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemas::ground_table::GroundTable;
use schemas::money::Money;
use schemas::objection::FormDefect;
use schemas::text::{BilingualText, arabic_digits, isolated};
use schemas::triage::{DocumentKind, Finding, Reduction};

pub(super) fn certificate(support: Support) -> BilingualText {
    by_finding(
        support,
        (
            "لم تكن لجهاز الرصد شهادة معايرة سارية وقت الالتقاط.",
            "No certificate of the instrument was in force at the instant of capture.",
        ),
        (
            "كانت شهادة معايرة الجهاز سارية وقت الالتقاط.",
            "The instrument's certificate was in force at the instant of capture.",
        ),
        ("لا توجد شهادة معايرة مسجلة لهذا الجهاز.", "No certificate of this instrument is on file."),
    )
}

pub(super) fn clock(
    support: Support,
    offset_milliseconds: Option<i64>,
    tolerance_milliseconds: i64,
) -> BilingualText {
    let offset = offset_milliseconds.unwrap_or_default();
    let text = by_finding(
        support,
        (
            "تجاوز انحراف ساعة الكاميرا الحد المسموح به",
            "The camera's clock was off by more than the tolerance",
        ),
        ("كان انحراف ساعة الكاميرا ضمن الحد المسموح به", "The camera's clock was within the tolerance"),
        ("لم تسجّل الكاميرا انحراف ساعتها.", "The camera did not record the offset of its clock."),
    );
    match support.finding() {
        Finding::FactMissing => text,
        Finding::InFavour | Finding::NotSupported | Finding::Defect | Finding::InOrder => BilingualText::new(
            format!(
                "{}: {} مللي ثانية، والحد الأقصى {} مللي ثانية.",
                text.arabic,
                isolated(&arabic_number(offset.into())),
                arabic_number(tolerance_milliseconds.into())
            ),
            format!(
                "{}: {} ms against {} ms.",
                text.english,
                english_number(offset.into()),
                english_number(tolerance_milliseconds.into())
            ),
        ),
    }
}

pub(super) fn sign_out(support: Support) -> BilingualText {
    by_finding(
        support,
        (
            "كانت اللافتة معطلة أو محجوبة وقت الالتقاط أو قبله مباشرة.",
            "The sign was out or hidden at the instant of capture or just before.",
        ),
        ("كانت اللافتة ظاهرة بحسب سجلها.", "By its log the sign could be seen."),
        (
            "لا توجد بيانات مسجّلة عن حالة اللافتة وقت الالتقاط.",
            "No state of the sign is on file for the instant of capture.",
        ),
    )
}

pub(super) fn sign_limit(support: Support) -> BilingualText {
    by_finding(
        support,
        (
            "أظهرت اللافتة حدًا أعلى من الحد المطبّق، أو تغيّرت عنه قبل الالتقاط مباشرة.",
            "The sign showed a higher limit than was enforced, or had just changed from one.",
        ),
        (
            "لم تُظهر اللافتة حدًا أعلى من الحد المطبّق.",
            "The sign did not show a higher limit than was enforced.",
        ),
        (
            "لا توجد بيانات مسجّلة عن حالة اللافتة وقت الالتقاط.",
            "No state of the sign is on file for the instant of capture.",
        ),
    )
}

pub(super) fn signal(
    support: Support,
    fact: Option<SignalFact>,
    shortest_milliseconds: u32,
) -> BilingualText {
    let shortest = Decimal::from(shortest_milliseconds);
    let fault = fact.is_some_and(|fact| fact.controller_fault);
    let phase = fact.map(|fact| fact.phase);
    let favour = match (fault, phase) {
        (true, _) => (
            "سجّلت وحدة التحكم بالإشارة عطلًا وقت الالتقاط.".to_owned(),
            "The controller of the light logged a fault at the instant of capture.".to_owned(),
        ),
        (false, Some(LoggedPhase::Red) | None) => (
            format!("كانت مدة الضوء الأصفر أقل من {} مللي ثانية.", arabic_number(shortest)),
            format!("Amber was shorter than {} ms.", english_number(shortest)),
        ),
        (false, Some(LoggedPhase::Green | LoggedPhase::Amber | LoggedPhase::Dark)) => {
            ("لم تكن الإشارة حمراء بحسب سجلها.".to_owned(), "By its log the light was not red.".to_owned())
        }
    };
    by_finding(
        support,
        (&favour.0, &favour.1),
        (
            "كانت الإشارة حمراء بعد ضوء أصفر كامل المدة، بحسب سجلها.",
            "By its log the light was red after a full amber.",
        ),
        (
            "لا يوجد سجل كامل للإشارة وقت الالتقاط.",
            "The log of the light does not cover the instant of capture in full.",
        ),
    )
}

pub(super) fn same_act(support: Support) -> BilingualText {
    by_finding(
        support,
        (
            "سُجّلت من قبل مخالفة عن الفعل نفسه في المكان نفسه.",
            "The same act at the same place was registered before.",
        ),
        ("لا توجد مخالفة أخرى مسجّلة عن الفعل نفسه.", "No other violation was registered for the same act."),
        ("لا يبيّن السجل هل توجد مخالفة أخرى.", "It is not known whether there is another violation."),
    )
}

pub(super) fn amount(support: Support, asked: Money, words: &Words) -> BilingualText {
    let asked = words.amount(asked);
    match support {
        Support::Cancel { .. } => BilingualText::new(
            "تبيّن بعد إعادة الحساب أنه لا توجد مخالفة.",
            "Calculated again, there is no offence.",
        ),
        Support::Reduce(Reduction { to, .. }) => {
            let to = words.amount(to);
            BilingualText::new(
                format!("المبلغ الصحيح بعد إعادة الحساب {}، وكان المطلوب {}.", to.arabic, asked.arabic),
                format!("Calculated again, the amount is {}; {} was asked.", to.english, asked.english),
            )
        }
        Support::Not | Support::Paid(_) => BilingualText::new(
            format!("لم يتغيّر المبلغ {} بعد إعادة الحساب.", asked.arabic),
            format!("Calculated again, the amount stays {}.", asked.english),
        ),
        Support::FactMissing => BilingualText::new(
            "تعذّرت إعادة حساب المبلغ آليًا.",
            "The amount cannot be calculated again by machine.",
        ),
    }
}

pub(super) fn payment(support: Support, words: &Words) -> BilingualText {
    match support {
        Support::Paid(paid) => {
            let paid = words.amount(paid);
            BilingualText::new(
                format!("المبلغ المسدد بحسب سجل السداد {}.", paid.arabic),
                format!("The ledger shows {} paid.", paid.english),
            )
        }
        Support::Cancel { .. } | Support::Reduce(_) | Support::Not | Support::FactMissing => {
            BilingualText::new("لا يُظهر سجل السداد سدادًا كاملًا.", "The ledger shows no full payment.")
        }
    }
}

pub(super) fn ownership(support: Support) -> BilingualText {
    by_finding(
        support,
        (
            "كانت المركبة باسم شخص آخر وقت الالتقاط بحسب سجل الملكية.",
            "By the register another person held the vehicle at the instant of capture.",
        ),
        (
            "كانت المركبة باسم من سُجّلت عليه المخالفة وقت الالتقاط بحسب سجل الملكية.",
            "By the register the person charged held the vehicle at the instant of capture.",
        ),
        (
            "لا يكفي سجل الملكية لمعرفة من كانت المركبة باسمه وقت الالتقاط.",
            "The register does not say enough about who held the vehicle at the instant of capture.",
        ),
    )
}

pub(super) fn form(
    defect: FormDefect,
    finding: Finding,
    table: &GroundTable,
    deadline: NaiveDate,
) -> BilingualText {
    let entry = table.form(defect);
    let late = defect == FormDefect::Late;
    match finding {
        Finding::Defect if late => BilingualText::new(
            format!("{}، وكان آخر يوم {}.", entry.title.arabic, isolated(&arabic_digits(&deadline))),
            format!("{}; the last day was {deadline}.", entry.title.english),
        ),
        Finding::Defect => {
            BilingualText::new(format!("{}.", entry.title.arabic), format!("{}.", entry.title.english))
        }
        Finding::FactMissing => entry.unclear.clone(),
        Finding::InFavour | Finding::NotSupported | Finding::InOrder => {
            BilingualText::new(format!("{}.", entry.in_order.arabic), format!("{}.", entry.in_order.english))
        }
    }
}

pub(super) fn cancelled(why: &BilingualText, reissue: bool) -> BilingualText {
    let text =
        join(why, "أُلغيت المخالفة، ولا يُطلب منك شيء.", "The violation is cancelled; nothing is asked of you.");
    if reissue {
        join(
            &text,
            "وسُجّل استحقاق إشعار جديد لمن كانت المركبة باسمه وقت الالتقاط.",
            "It is recorded that a new notice is due to whoever held the vehicle.",
        )
    } else {
        text
    }
}

pub(super) fn cancelled_before() -> BilingualText {
    BilingualText::new(
        "سبق إلغاء هذه المخالفة، ولا يُطلب منك شيء.",
        "This violation was cancelled before; nothing is asked of you.",
    )
}

pub(super) fn reduced(why: &BilingualText) -> BilingualText {
    join(why, "خُفّض المبلغ آليًا.", "The amount was reduced.")
}

pub(super) fn closed_as_paid(why: &BilingualText) -> BilingualText {
    join(
        why,
        "أُغلقت المخالفة لسبق السداد، ولا يُطلب منك شيء.",
        "The violation is closed as paid; nothing more is asked of you.",
    )
}

/// Said where the other half of the ground, the amount, is not looked at any more.
pub(super) fn amount_decided_before() -> BilingualText {
    BilingualText::new("سبق أن بتّ مراجع في المبلغ.", "A person decided on the amount before.")
}

pub(super) fn joined(first: &BilingualText, second: &BilingualText) -> BilingualText {
    join(first, &second.arabic, &second.english)
}

pub(super) fn refused(
    defect: FormDefect,
    why: &BilingualText,
    table: &GroundTable,
    words: &Words,
) -> BilingualText {
    let remedy = &table.form(defect).remedy;
    let text = join(
        why,
        &format!("لذلك لم يُنظر في موضوع {}.", words.the_objection()),
        "For this reason the objection was not looked at on its merits.",
    );
    join(&text, &remedy.arabic, &remedy.english)
}

pub(super) fn asked_for(documents: &[DocumentKind], table: &GroundTable) -> BilingualText {
    let names = |pick: fn(&BilingualText) -> &str, or: &str| {
        documents.iter().map(|kind| pick(table.document(*kind))).collect::<Vec<_>>().join(or)
    };
    let remedy = &table.form(FormDefect::DocumentMissing).remedy;
    BilingualText::new(
        format!("نحتاج إلى: {}. {}", names(|text| &text.arabic, " أو "), remedy.arabic),
        format!("We need: {}. {}", names(|text| &text.english, " or "), remedy.english),
    )
}

pub(super) fn waiting(table: &GroundTable) -> BilingualText {
    let entry = table.form(FormDefect::AnotherLive);
    BilingualText::new(
        format!("{}. {}", entry.title.arabic, entry.remedy.arabic),
        format!("{}. {}", entry.title.english, entry.remedy.english),
    )
}

/// Said of a ground that was claimed and that no fact on file speaks about.
pub(super) fn for_a_person_alone() -> BilingualText {
    BilingualText::new("لا يقرر في هذا السبب إلا مراجع.", "Only a person decides on this.")
}

pub(super) fn sent_to_review(reduction: Option<&BilingualText>, words: &Words) -> BilingualText {
    let text = BilingualText::new(
        format!("يراجع {} مراجع مختص، ويطّلع على كل الصور قبل أن يقرر.", words.the_objection()),
        "A person looks at the objection and opens every picture before deciding.",
    );
    match reduction {
        Some(why) => {
            let reduced = reduced(why);
            join(&reduced, &text.arabic, &text.english)
        }
        None => text,
    }
}

fn by_finding(
    support: Support,
    favour: (&str, &str),
    not: (&str, &str),
    missing: (&str, &str),
) -> BilingualText {
    let (arabic, english) = match support {
        Support::Cancel { .. } | Support::Reduce(_) | Support::Paid(_) => favour,
        Support::Not => not,
        Support::FactMissing => missing,
    };
    BilingualText::new(arabic, english)
}

fn join(first: &BilingualText, arabic: &str, english: &str) -> BilingualText {
    BilingualText::new(format!("{} {arabic}", first.arabic), format!("{} {english}", first.english))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arabic_tests::assert_reads_well;
    use crate::policy::Policies;
    use schemas::jurisdiction::Jurisdiction;

    const CANCEL: Support = Support::Cancel { reissue: true };

    #[test]
    fn sentences_on_clock_amber_and_deadline_have_one_kind_of_digits() {
        let red =
            SignalFact { phase: LoggedPhase::Red, amber_milliseconds: Some(1_500), controller_fault: false };
        let late = |country| {
            let day = "2026-05-03".parse().unwrap();
            form(FormDefect::Late, Finding::Defect, GroundTable::of(country), day)
        };
        let texts = [
            clock(CANCEL, Some(-12_000), 10_000),
            clock(Support::Not, Some(120), 10_000),
            clock(Support::FactMissing, None, 10_000),
            signal(CANCEL, Some(red), 3_000),
        ];
        assert!(texts[0].arabic.contains("١٠٬٠٠٠ مللي ثانية"), "{}", texts[0].arabic);
        assert!(texts[3].arabic.contains("٣٬٠٠٠ مللي ثانية"), "{}", texts[3].arabic);
        let late = Jurisdiction::ALL.map(late);
        assert!(late[0].arabic.starts_with("قُدّم التظلّم بعد انتهاء المهلة"), "{}", late[0].arabic);
        assert!(late[1].arabic.contains("٢٠٢٦-٠٥-٠٣"), "{}", late[1].arabic);
        assert_reads_well(texts.into_iter().chain(late));
    }

    #[test]
    fn no_answer_promises_what_nothing_does() {
        let policies = Policies::compiled_in().unwrap();
        for country in Jurisdiction::ALL {
            let (table, words) = (GroundTable::of(country), policies.of(country).words());
            let why = ownership(CANCEL);
            let answers = [
                cancelled(&why, true),
                refused(FormDefect::AlreadyPaid, &why, table, words),
                asked_for(&[DocumentKind::SaleContract], table),
                waiting(table),
                sent_to_review(Some(&why), words),
            ];
            for promise in ["يُرسل", "الاسترداد", "متوقفة"] {
                assert!(!answers.iter().any(|text| text.arabic.contains(promise)), "{country}: {promise}");
            }
            for promise in ["notice goes", "Ask for a refund", "stands still"] {
                assert!(!answers.iter().any(|text| text.english.contains(promise)), "{country}: {promise}");
            }
            assert_reads_well(answers);
        }
    }
}
