//! The sentences of triage, Arabic and English.

use super::support::Support;
use crate::facts::{LoggedPhase, SignalFact};
use crate::policy::words::Words;
use chrono::NaiveDate;
use schemas::ground_table::GroundTable;
use schemas::money::Money;
use schemas::objection::FormDefect;
use schemas::text::BilingualText;
use schemas::triage::{DocumentKind, Finding, Reduction};

pub(super) fn certificate(support: Support) -> BilingualText {
    by_finding(
        support,
        (
            "لم تكن لجهاز الرصد شهادة معايرة سارية لحظة الالتقاط.",
            "No certificate of the instrument was in force at the instant of capture.",
        ),
        (
            "كانت شهادة معايرة الجهاز سارية لحظة الالتقاط.",
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
        ("ساعة الكاميرا خارج الحد المسموح", "The camera's clock was off by more than the tolerance"),
        ("ساعة الكاميرا ضمن الحد المسموح", "The camera's clock was within the tolerance"),
        ("لم تسجل الكاميرا انحراف ساعتها.", "The camera did not record the offset of its clock."),
    );
    match support.finding() {
        Finding::FactMissing => text,
        Finding::InFavour | Finding::NotSupported | Finding::Defect | Finding::InOrder => BilingualText::new(
            format!("{}: {offset} مللي ثانية، والحد {tolerance_milliseconds}.", text.arabic),
            format!("{}: {offset} ms against {tolerance_milliseconds} ms.", text.english),
        ),
    }
}

pub(super) fn sign_out(support: Support) -> BilingualText {
    by_finding(
        support,
        (
            "كانت اللافتة معطلة أو محجوبة لحظة الالتقاط أو قبلها مباشرة.",
            "The sign was out or hidden at the instant of capture or just before.",
        ),
        ("كانت اللافتة ظاهرة بحسب السجل.", "By its log the sign could be seen."),
        ("لا يوجد سجل للافتة لحظة الالتقاط.", "No state of the sign is on file for the instant of capture."),
    )
}

pub(super) fn sign_limit(support: Support) -> BilingualText {
    by_finding(
        support,
        (
            "أظهرت اللافتة حدًّا أعلى من الحد المطبق، أو تغيّرت قبل الالتقاط مباشرة.",
            "The sign showed a higher limit than was enforced, or had just changed from one.",
        ),
        ("أظهرت اللافتة الحد نفسه الذي طُبّق.", "The sign did not show a higher limit than was enforced."),
        ("لا يوجد سجل للافتة لحظة الالتقاط.", "No state of the sign is on file for the instant of capture."),
    )
}

pub(super) fn signal(
    support: Support,
    fact: Option<SignalFact>,
    shortest_milliseconds: u32,
) -> BilingualText {
    let fault = fact.is_some_and(|fact| fact.controller_fault);
    let phase = fact.map(|fact| fact.phase);
    let favour = match (fault, phase) {
        (true, _) => (
            "سجّلت وحدة التحكم بالإشارة عطلًا لحظة الالتقاط.".to_owned(),
            "The controller of the light logged a fault at the instant of capture.".to_owned(),
        ),
        (false, Some(LoggedPhase::Red) | None) => (
            format!("كان الضوء الأصفر أقصر من {shortest_milliseconds} مللي ثانية."),
            format!("Amber was shorter than {shortest_milliseconds} ms."),
        ),
        (false, Some(LoggedPhase::Green | LoggedPhase::Amber | LoggedPhase::Dark)) => {
            ("لم تكن الإشارة حمراء بحسب سجلها.".to_owned(), "By its log the light was not red.".to_owned())
        }
    };
    by_finding(
        support,
        (&favour.0, &favour.1),
        ("كانت الإشارة حمراء بعد أصفر كامل بحسب سجلها.", "By its log the light was red after a full amber."),
        (
            "لا يوجد سجل كامل للإشارة لحظة الالتقاط.",
            "The log of the light does not cover the instant of capture in full.",
        ),
    )
}

pub(super) fn same_act(support: Support) -> BilingualText {
    by_finding(
        support,
        (
            "سُجّلت قبلها مخالفة للفعل نفسه في المكان نفسه.",
            "The same act at the same place was registered before.",
        ),
        ("لا توجد مخالفة أخرى للفعل نفسه.", "No other violation was registered for the same act."),
        ("لا يُعرف إن كانت هناك مخالفة أخرى.", "It is not known whether there is another violation."),
    )
}

pub(super) fn amount(support: Support, asked: Money, words: &Words) -> BilingualText {
    let asked = words.amount(asked);
    match support {
        Support::Cancel { .. } => {
            BilingualText::new("بإعادة الحساب لا توجد مخالفة.", "Calculated again, there is no offence.")
        }
        Support::Reduce(Reduction { to, .. }) => {
            let to = words.amount(to);
            BilingualText::new(
                format!("بإعادة الحساب المبلغ الصحيح {}، والمطلوب كان {}.", to.arabic, asked.arabic),
                format!("Calculated again, the amount is {}; {} was asked.", to.english, asked.english),
            )
        }
        Support::Paid(paid) => {
            let paid = words.amount(paid);
            BilingualText::new(
                format!("يظهر في سجل السداد {}.", paid.arabic),
                format!("The ledger shows {} paid.", paid.english),
            )
        }
        Support::Not => BilingualText::new(
            format!("بإعادة الحساب يبقى المبلغ {}، ولا سداد كامل في السجل.", asked.arabic),
            format!(
                "Calculated again, the amount stays {}; the ledger shows no full payment.",
                asked.english
            ),
        ),
        Support::FactMissing => BilingualText::new(
            "تعذّرت إعادة حساب المبلغ آليًّا.",
            "The amount cannot be calculated again by machine.",
        ),
    }
}

pub(super) fn ownership(support: Support) -> BilingualText {
    by_finding(
        support,
        (
            "كانت المركبة باسم شخص آخر لحظة الالتقاط بحسب سجل الملكية.",
            "By the register another person held the vehicle at the instant of capture.",
        ),
        (
            "كانت المركبة باسم المخالَف لحظة الالتقاط بحسب سجل الملكية.",
            "By the register the person charged held the vehicle at the instant of capture.",
        ),
        (
            "لا يكفي سجل الملكية لمعرفة المالك لحظة الالتقاط.",
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
            format!("{} ({deadline}).", entry.title.arabic),
            format!("{} ({deadline}).", entry.title.english),
        ),
        Finding::Defect => {
            BilingualText::new(format!("{}.", entry.title.arabic), format!("{}.", entry.title.english))
        }
        Finding::FactMissing => BilingualText::new(
            format!("يراجعه إنسان: {}.", entry.title.arabic),
            format!("For a person to weigh: {}.", entry.title.english),
        ),
        Finding::InFavour | Finding::NotSupported | Finding::InOrder => {
            BilingualText::new("مستوفٍ.", "In order.")
        }
    }
}

pub(super) fn cancelled(why: &BilingualText, reissue: bool) -> BilingualText {
    let text =
        join(why, "أُلغيت المخالفة ولا يُطلب منك شيء.", "The violation is cancelled; nothing is asked of you.");
    if reissue {
        join(
            &text,
            "يُرسل إشعار جديد إلى من كانت المركبة باسمه.",
            "A new notice goes to whoever held the vehicle.",
        )
    } else {
        text
    }
}

pub(super) fn cancelled_before() -> BilingualText {
    BilingualText::new(
        "أُلغيت هذه المخالفة من قبل ولا يُطلب منك شيء.",
        "This violation was cancelled before; nothing is asked of you.",
    )
}

pub(super) fn reduced(why: &BilingualText) -> BilingualText {
    join(why, "خُفّض المبلغ آليًّا.", "The amount was reduced.")
}

pub(super) fn closed_as_paid(why: &BilingualText) -> BilingualText {
    join(why, "أُقفلت المخالفة ولا يُطلب منك شيء.", "The violation is closed; nothing is asked of you.")
}

pub(super) fn refused(defect: FormDefect, why: &BilingualText, table: &GroundTable) -> BilingualText {
    let remedy = &table.form(defect).remedy;
    let text = join(
        why,
        "لهذا لم يُنظر في الاعتراض من حيث الموضوع.",
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

pub(super) fn sent_to_review(reduction: Option<&BilingualText>) -> BilingualText {
    let text = BilingualText::new(
        "يراجع الاعتراض إنسان ويرى كل الصور قبل أن يقرر.",
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
