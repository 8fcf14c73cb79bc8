//! What is wrong with a form, field by field, in both languages.

use adjudicate::desk::objection_parts::{ObjectionPart, RefusedPart};
use schemas::text::{BilingualText, Language, arabic_digits};
use std::collections::BTreeMap;

/// Where on the form something is to be corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FormField {
    /// No field in particular.
    Form,
    /// The main ground.
    Ground,
    /// What happened.
    Story,
    /// A document's number, or the other violation's reference.
    Document,
    /// The date.
    Date,
    /// The reason for lateness.
    Lateness,
    /// The files.
    File,
}

/// What is wrong, at most one thing for each field.
#[derive(Debug, Clone, Default)]
pub struct Problems(BTreeMap<FormField, BilingualText>);

/// The same for a template, in the language of its page.
#[derive(Debug, Clone, Default)]
pub struct FieldProblems {
    /// Of no field in particular.
    pub form: Option<String>,
    /// Of the main ground.
    pub ground: Option<String>,
    /// Of what happened.
    pub story: Option<String>,
    /// Of the document's number.
    pub document: Option<String>,
    /// Of the date.
    pub date: Option<String>,
    /// Of the reason for lateness.
    pub lateness: Option<String>,
    /// Of the files.
    pub file: Option<String>,
}

impl Problems {
    /// Adds what is wrong with a field, unless something is known already.
    pub fn add(&mut self, field: FormField, text: BilingualText) {
        self.0.entry(field).or_insert(text);
    }

    /// Returns both; of two for one field, the first.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        other.0.into_iter().for_each(|(field, text)| self.add(field, text));
        self
    }

    /// Adds parts that cannot be used.
    pub fn add_parts(&mut self, refused: &[RefusedPart]) {
        for RefusedPart { part, problem: _ } in refused {
            let (field, text) = correction(*part);
            self.add(field, text);
        }
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something is wrong with a field.
    #[must_use]
    pub fn has(&self, field: FormField) -> bool {
        self.0.contains_key(&field)
    }

    /// Returns it in a page's language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> FieldProblems {
        let of = |field| self.0.get(&field).map(|text| text.in_language(language).to_owned());
        FieldProblems {
            form: of(FormField::Form),
            ground: of(FormField::Ground),
            story: of(FormField::Story),
            document: of(FormField::Document),
            date: of(FormField::Date),
            lateness: of(FormField::Lateness),
            file: of(FormField::File),
        }
    }
}

/// There is no room for a file.
#[must_use]
pub fn file_not_kept() -> BilingualText {
    BilingualText::new(
        "تعذّر حفظ الملف الآن. اختره من جديد بعد دقائق، أو أرسل الطلب دونه وأضفه لاحقًا.",
        "The file cannot be kept just now. Choose it again in a few minutes, or send without it and add it later.",
    )
}

/// The form's own token is not ours: it came from elsewhere or was cut.
#[must_use]
pub fn not_our_form() -> BilingualText {
    BilingualText::new(
        "لم يصل النموذج كاملًا. راجعه ثم أرسله من جديد.",
        "The form did not arrive whole. Look it through and send it again.",
    )
}

/// All files together are too large.
#[must_use]
pub fn files_too_large(bytes_max: usize) -> BilingualText {
    let megabytes = bytes_max / 1_000_000;
    BilingualText::new(
        format!(
            "حجم الملفات معًا أكبر من {} ميغابايت. أرسل نسخًا أصغر أو ملفات أقل.",
            arabic_digits(&megabytes)
        ),
        format!(
            "All files together have more than {megabytes} megabytes. Send smaller copies or fewer files."
        ),
    )
}

fn correction(part: ObjectionPart) -> (FormField, BilingualText) {
    let (field, arabic, english) = match part {
        ObjectionPart::Story => (
            FormField::Story,
            "اكتب ما حدث في ٤٬٠٠٠ حرف على الأكثر، بلا رموز تحكم ولا رموز تعكس اتجاه النص.",
            "Tell what happened in 4,000 characters at most, without control characters and marks that turn the direction.",
        ),
        ObjectionPart::LatenessReason => (
            FormField::Lateness,
            "اكتب سبب التأخر في ٤٬٠٠٠ حرف على الأكثر، بلا رموز تحكم ولا رموز تعكس اتجاه النص.",
            "Give the reason in 4,000 characters at most, without control characters and marks that turn the direction.",
        ),
        ObjectionPart::GroundCode(_) | ObjectionPart::Grounds => {
            (FormField::Ground, "اختر سببًا من القائمة.", "Choose a ground from the list.")
        }
        ObjectionPart::Ground(_) => (
            FormField::Ground,
            "لا يقبل السبب المختار رقم مستند أو تاريخًا. احذفهما أو اختر سببًا آخر.",
            "The chosen ground takes no document number or date. Remove them or choose another ground.",
        ),
        ObjectionPart::OtherViolation(_) => (
            FormField::Document,
            "الرقم المرجعي للمخالفة الأخرى غير صحيح.",
            "The other violation's reference is not right.",
        ),
        ObjectionPart::DocumentNumber(_) => (
            FormField::Document,
            "اكتب رقم المستند في ٦٤ حرفًا على الأكثر، في سطر واحد.",
            "A document's number has 64 characters at most, on one line.",
        ),
        ObjectionPart::Date(_) => (
            FormField::Date,
            "اكتب التاريخ على صورة \u{2066}2026-01-31\u{2069}، من عام ٢٠٠٠ وبما لا يتجاوز سنة من اليوم.",
            "Write the date like 2026-01-31, from the year 2000 and at most one year ahead.",
        ),
        // The form has no field for these: address and page name them.
        ObjectionPart::Violations
        | ObjectionPart::Violation(_)
        | ObjectionPart::Plate
        | ObjectionPart::Language
        | ObjectionPart::Party
        | ObjectionPart::Contact => {
            let text = not_our_form();
            return (FormField::Form, text);
        }
    };
    (field, BilingualText::new(arabic, english))
}
