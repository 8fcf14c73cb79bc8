//! Why a person must look, as a sentence for reviewers and citizens.

use schemas::assessment::ManualCheckReason;
use schemas::text::BilingualText;

macro_rules! sentences {
    ($($name:ident: $arabic:literal, $english:literal;)*) => {
        /// The sentence for `reason`.
        #[must_use]
        pub fn reason_text(reason: ManualCheckReason) -> BilingualText {
            match reason {
                $(ManualCheckReason::$name => BilingualText::new($arabic, $english),)*
            }
        }
    };
}

sentences! {
    NoPlate: "لم يُعثر على لوحة في أيٍّ من الصور.", "No plate was found in any picture.";
    ModelFailure: "تعذّرت القراءة الآلية لإحدى الصور.", "The machine could not read one of the pictures.";
    OutOfGrammar: "لا تطابق القراءة شكل لوحات الدولة.", "What was read does not have the form of the country's plates.";
    LowConfidence: "درجة الثقة في قراءة اللوحة أقل من الحد الأدنى المطلوب.", "The plate was not read surely enough.";
    TooFewFrames: "تظهر اللوحة في أقل من صورتين.", "Fewer than two pictures show the plate.";
    FramesDisagree: "تُظهر الصور لوحات مختلفة.", "The pictures show different plates.";
    RowsDisagree: "لا يتطابق السطر العربي مع السطر اللاتيني في اللوحة.", "The Arabic and the Latin row of the plate differ.";
    TamperSuspect: "يُحتمل أن أحد حروف اللوحة غُيّر بالطلاء أو بنقطة.", "A letter of the plate may have been changed by paint or a dot.";
    SpecialSeries: "اللوحة من فئة مميزة.", "The plate is of a distinguished series.";
    OfficialPlate: "يُحتمل أن تكون اللوحة لوحة شرطة أو لوحة دبلوماسية.", "The plate may be one of the police or of diplomats.";
    ForeignPlate: "اللوحة من دولة لا يشملها النظام.", "The plate is of a country that is not served.";
    Occluded: "جزء من اللوحة محجوب.", "Part of the plate is hidden.";
    SeveralPlates: "يظهر في الصورة أكثر من لوحة، ولا يُعرف أيها المقصود.", "More than one plate could be meant.";
    ClassMismatch: "لا يطابق لون اللوحة فئة المركبة.", "The colour of the plate does not fit the class of the vehicle.";
    CertificateMissing: "لا توجد شهادة معايرة مسجّلة للجهاز.", "No calibration certificate is on file for the instrument.";
    CertificateExpired: "لم تكن شهادة معايرة الجهاز سارية وقت الالتقاط.", "The instrument's calibration certificate was not in force at the time of capture.";
    ClockOffset: "انحراف ساعة الكاميرا أكبر من المسموح به.", "The camera's clock was off by more than is allowed.";
    ClockUnknown: "لا يُعرف مدى انحراف ساعة الكاميرا.", "It is not known how far the camera's clock was off.";
    TimeZoneUnknown: "المنطقة الزمنية لوقت الالتقاط غير معلومة.", "The time zone of the time of capture is not known.";
    CaptureTimeImplausible: "وقت الالتقاط في المستقبل أو أقدم من المدة المقبولة.", "The time of capture lies in the future or too far in the past.";
    SignStateUnknown: "حالة لافتة السرعة وقت الالتقاط غير مسجّلة.", "The state of the speed sign at the time of capture is not on file.";
    SignOut: "كانت لافتة السرعة معطّلة أو محجوبة.", "The speed sign was out of order or hidden.";
    SignLimitDiffers: "أظهرت لافتة السرعة حدًا غير الحد المسجّل في الكاميرا، أو تغيّرت قبل الالتقاط مباشرة.", "The speed sign showed another limit than the camera had, or had just changed.";
    SignalUncertain: "لا يمكن الجزم بأن الإشارة كانت حمراء.", "It is not certain that the light was red.";
    ActNotUnderstood: "رمز المخالفة أو وحدة القياس أو القيمة غير معروفة.", "The code, unit or number of the act is not known.";
    SiteMismatch: "الكاميرا غير مسجّلة لهذا الموقع.", "The camera is not registered for that site.";
    CameraKindUnfit: "الكاميرا غير مسجّلة لرصد هذا النوع من المخالفات.", "The camera is not registered for this kind of act.";
    ReplayedHistory: "أعادت الكاميرا إرسال الواقعة من ذاكرتها.", "The event was played back from the camera's memory.";
    TariffDraft: "بند الغرامة مسودة غير معتمدة.", "The row of fines is a draft.";
    TariffMissing: "لا يوجد بند غرامة لهذا الفعل.", "No row of fines covers the act.";
    JurisdictionDiffers: "اللوحة من دولة غير دولة الموقع.", "The plate is of another country than the site.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_reason_has_its_own_sentence_in_both_languages() {
        let texts: Vec<_> = ManualCheckReason::ALL.into_iter().map(reason_text).collect();
        let arabic: BTreeSet<_> = texts.iter().map(|text| &text.arabic).collect();
        let english: BTreeSet<_> = texts.iter().map(|text| &text.english).collect();
        assert_eq!((arabic.len(), english.len()), (texts.len(), texts.len()));
        assert!(texts.iter().all(|text| text.arabic.ends_with('.') && text.english.ends_with('.')));
    }
}
