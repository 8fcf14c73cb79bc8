//! The one table of refusals: code, status and title in both languages; and the one envelope, problem+json (RFC 9457).
//!
//! Everything that is refused, by a handler or by the machinery before it, becomes an [`ApiError`]. Addresses for
//! programs answer with JSON; pages show the same problem as HTML (`web::problem`), which finds it in the response's
//! extensions.

use crate::request_id;
use adjudicate::foundation::evidence::EvidenceFileError;
use adjudicate::foundation::store_error::{Fault, StoreError};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemas::error_chain::ErrorChain;
use schemas::text::{BilingualText, Language};
use serde::Serialize;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// The media type of RFC 9457.
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";
/// Where each code is explained; the address is the stable `type` of the problem.
pub const PROBLEM_TYPE_PREFIX: &str = "/problems/";
/// What a client waits before it tries again when the server is at fault, seconds.
const RETRY_AFTER_SECONDS: &str = "3";

macro_rules! problems {
    ($($name:ident = $status:ident, $code:literal, $english:literal, $arabic:literal;)*) => {
        /// Why a request was refused. A closed list; a code keeps its meaning for ever.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProblemCode {
            $(#[doc = concat!("`", $code, "`")] $name,)*
        }

        impl ProblemCode {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// HTTP status.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self {
                    $(Self::$name => StatusCode::$status,)*
                }
            }

            /// Name in JSON, addresses and logs.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// What happened and what to do, one or two sentences.
            #[must_use]
            pub const fn title(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$name, Language::English) => $english,
                    (Self::$name, Language::Arabic) => $arabic,)*
                }
            }
        }
    };
}

problems! {
    InvalidRequest = BAD_REQUEST, "invalid_request",
        "The request cannot be understood.",
        "تعذّر فهم الطلب.";
    InvalidInput = UNPROCESSABLE_ENTITY, "invalid_input",
        "Some of what was entered cannot be used.",
        "بعض ما أُدخل غير صالح.";
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type",
        "The body must be of the documented media type.",
        "نوع محتوى الطلب غير مقبول.";
    BodyTooLarge = PAYLOAD_TOO_LARGE, "body_too_large",
        "What was sent is larger than allowed.",
        "حجم ما أُرسل أكبر من الحد المسموح به.";
    Unauthenticated = UNAUTHORIZED, "unauthenticated",
        "A valid API key is needed; sign in again.",
        "يلزم مفتاح دخول صالح. سجّل الدخول من جديد.";
    KeyLoopbackOnly = UNAUTHORIZED, "key_loopback_only",
        "This is a demonstration key; it is refused on an address other than loopback.",
        "هذا مفتاح تجريبي لا يُقبل إلا على عنوان الجهاز نفسه.";
    Forbidden = FORBIDDEN, "forbidden",
        "This key's role may not do that.",
        "لا تسمح صلاحية هذا المفتاح بذلك.";
    CrossSite = FORBIDDEN, "cross_site",
        "The form was sent from another site and was refused.",
        "أُرسل النموذج من موقع آخر فرُفض.";
    RouteNotFound = NOT_FOUND, "route_not_found",
        "There is nothing at this address.",
        "لا يوجد شيء في هذا العنوان.";
    ViolationNotFound = NOT_FOUND, "violation_not_found",
        "No violation fits this reference and plate together. Check both.",
        "لا توجد مخالفة تطابق هذا الرقم المرجعي وهذه اللوحة معًا. تحقق من كليهما.";
    ObjectionNotFound = NOT_FOUND, "objection_not_found",
        "No objection fits this reference and plate together. Check both.",
        "لا يوجد اعتراض أو تظلّم يطابق هذا الرقم المرجعي وهذه اللوحة معًا. تحقق من كليهما.";
    TaskNotFound = NOT_FOUND, "task_not_found",
        "There is no such case in the queue.",
        "لا توجد حالة بهذا الرقم في قائمة الانتظار.";
    FrameNotFound = NOT_FOUND, "frame_not_found",
        "The case has no such picture.",
        "لا توجد هذه الصورة في الحالة.";
    TooManyRequests = TOO_MANY_REQUESTS, "too_many_requests",
        "Too many requests were made in a short time. Wait a little, then try again.",
        "وردت طلبات كثيرة في وقت قصير. انتظر قليلًا ثم أعد المحاولة.";
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method_not_allowed",
        "This address does not take that method.",
        "لا يقبل هذا العنوان طريقة الطلب هذه.";
    IdempotencyKeyMissing = BAD_REQUEST, "idempotency_key_missing",
        "The header Idempotency-Key is needed, 1 to 128 visible ASCII characters.",
        "تلزم ترويسة \u{2066}Idempotency-Key\u{2069} من حرف واحد إلى ١٢٨ حرفًا لاتينيًا مرئيًا.";
    IdempotencyKeyInFlight = CONFLICT, "idempotency_key_in_flight",
        "The first call with this Idempotency-Key is still at work; try again shortly.",
        "ما زال الطلب الأول بالمفتاح نفسه قيد التنفيذ. أعد المحاولة بعد قليل.";
    IdempotencyKeyReused = UNPROCESSABLE_ENTITY, "idempotency_key_reused",
        "This Idempotency-Key was used for another request.",
        "استُخدمت قيمة \u{2066}Idempotency-Key\u{2069} هذه لطلب آخر.";
    PreconditionMissing = PRECONDITION_REQUIRED, "precondition_missing",
        "The header If-Match with the case's ETag is needed.",
        "تلزم ترويسة \u{2066}If-Match\u{2069} بقيمة \u{2066}ETag\u{2069} الخاصة بالحالة.";
    PreconditionStale = PRECONDITION_FAILED, "precondition_stale",
        "The case has changed since it was read. Read it again, then decide.",
        "تغيّرت الحالة منذ قراءتها. اقرأها من جديد ثم أصدر القرار.";
    TaskClaimed = CONFLICT, "task_claimed",
        "Another reviewer holds this case.",
        "الحالة لدى مراجع آخر.";
    TooManyCases = CONFLICT, "too_many_cases",
        "You hold as many cases as one may. Decide or give back one of them first.",
        "لديك أقصى عدد مسموح به من الحالات. أصدر القرار في إحداها أو أعدها أولًا.";
    TaskNotOpen = CONFLICT, "task_not_open",
        "This case is no longer waiting for a decision.",
        "لم تعد هذه الحالة في انتظار قرار.";
    LeaseNotHeld = CONFLICT, "lease_not_held",
        "You do not hold this case, or your time with it ran out. Claim it again.",
        "هذه الحالة ليست لديك أو انتهت مهلتك فيها. استلمها من جديد.";
    QueueEmpty = NOT_FOUND, "queue_empty",
        "No case is waiting.",
        "لا توجد حالات في الانتظار.";
    FramesNotViewed = CONFLICT, "frames_not_viewed",
        "Every picture of the case must be opened before it can be decided.",
        "يجب فتح كل صور الحالة قبل إصدار القرار.";
    DecisionRefused = UNPROCESSABLE_ENTITY, "decision_refused",
        "The decision is incomplete or not allowed.",
        "القرار ناقص أو غير جائز.";
    ObjectionRefused = UNPROCESSABLE_ENTITY, "objection_refused",
        "The objection cannot be taken as it stands.",
        "لا يمكن قبول الطلب بصورته الحالية.";
    StepNotPossible = CONFLICT, "step_not_possible",
        "The objection is at a stage at which this is not possible.",
        "لا تسمح المرحلة التي بلغها الطلب بذلك.";
    AttachmentRefused = UNPROCESSABLE_ENTITY, "attachment_refused",
        "The document must be one whole JPEG, PNG or PDF within the limits.",
        "يجب أن يكون المستند ملفًا واحدًا سليمًا من نوع \u{2066}JPEG\u{2069} أو \u{2066}PNG\u{2069} أو \u{2066}PDF\u{2069} وضمن الحد المسموح به.";
    TimedOut = SERVICE_UNAVAILABLE, "timed_out",
        "The server took too long. Try again shortly.",
        "استغرق الخادم وقتًا أطول من اللازم. أعد المحاولة بعد قليل.";
    Unavailable = SERVICE_UNAVAILABLE, "unavailable",
        "The database or the evidence store does not answer. Try again shortly.",
        "لا تستجيب قاعدة البيانات أو مخزن الأدلة. أعد المحاولة بعد قليل.";
    DocumentsFull = INSUFFICIENT_STORAGE, "documents_full",
        "There is no room for further documents at present. Nothing was taken; try again later. The operators were told.",
        "لا تتسع مساحة الحفظ لمستندات أخرى حاليًا، ولم يُقبل ما أُرسل. أعد المحاولة لاحقًا. أُبلغ المشغّلون.";
    EvidenceDamaged = INTERNAL_SERVER_ERROR, "evidence_damaged",
        "A sealed file of this case is missing or does not fit its digest. The operators were told; nothing may be decided.",
        "أحد الملفات المختومة في هذه الحالة مفقود أو لا يطابق بصمته. أُبلغ المشغّلون، ولا يجوز إصدار قرار.";
    Internal = INTERNAL_SERVER_ERROR, "internal",
        "Something went wrong on the server. The request id helps to find out what.",
        "حدث خطأ في الخادم. يساعد رقم الطلب في معرفة السبب.";
}

/// One part of the input that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct InvalidField {
    /// JSON pointer into the body, or the name of the header, parameter or form field.
    #[schema(example = "/violations/0/reference")]
    pub pointer: String,
    /// What is wrong with it and what it should be.
    pub detail: String,
}

/// The body of every refusal (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Stable address of the problem's explanation.
    #[serde(rename = "type")]
    #[schema(example = "/problems/violation_not_found")]
    pub kind: String,
    /// Stable name of the problem, for programs.
    #[schema(example = "violation_not_found")]
    pub code: &'static str,
    /// HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// What happened, English.
    pub title: &'static str,
    /// What happened, Arabic.
    pub title_ar: &'static str,
    /// What exactly, where there is more to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What exactly, Arabic, where it is for a citizen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail_ar: Option<String>,
    /// Parts of the input that cannot be used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<InvalidField>,
    /// Which request this was, as in the header `x-request-id` and in the logs.
    pub request_id: String,
}

/// A refusal on its way out.
#[derive(Debug)]
pub struct ApiError {
    code: ProblemCode,
    detail: Option<String>,
    detail_arabic: Option<String>,
    fields: Vec<InvalidField>,
    /// When to come again, where that is known.
    retry_after: Option<Duration>,
    /// For the log only; never shown.
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What pages need of a refusal, found in the response's extensions.
#[derive(Debug, Clone)]
pub struct ProblemReport {
    /// Which one.
    pub code: ProblemCode,
    /// What exactly, English.
    pub detail: Option<String>,
    /// What exactly, Arabic, where it is for a citizen.
    pub detail_arabic: Option<String>,
    /// Which request.
    pub request_id: String,
}

impl ApiError {
    /// A refusal that its title says all about.
    #[must_use]
    pub const fn new(code: ProblemCode) -> Self {
        Self { code, detail: None, detail_arabic: None, fields: Vec::new(), retry_after: None, source: None }
    }

    /// The same with what exactly.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The same with what exactly, in both languages.
    #[must_use]
    pub fn with_text(mut self, text: BilingualText) -> Self {
        let BilingualText { arabic, english } = text;
        self.detail = Some(english);
        self.detail_arabic = Some(arabic);
        self
    }

    /// The same with what exactly, in both languages, where there is more to say.
    #[must_use]
    pub fn with_any_text(self, text: Option<BilingualText>) -> Self {
        match text {
            Some(text) => self.with_text(text),
            None => self,
        }
    }

    /// The same with a part of the input that cannot be used.
    #[must_use]
    pub fn with_field(mut self, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        self.fields.push(InvalidField { pointer: pointer.into(), detail: detail.into() });
        self
    }

    /// The same with the time to wait before the next try.
    #[must_use]
    pub const fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The same with its cause, which is logged and not shown.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Which refusal.
    #[must_use]
    pub const fn code(&self) -> ProblemCode {
        self.code
    }

    /// What exactly, where there is more to say in that language.
    #[must_use]
    pub fn detail(&self, language: Language) -> Option<&str> {
        match language {
            Language::Arabic => self.detail_arabic.as_deref(),
            Language::English => self.detail.as_deref(),
        }
    }

    /// Parts of the input that cannot be used.
    #[must_use]
    pub fn fields(&self) -> &[InvalidField] {
        &self.fields
    }
}

impl From<ProblemCode> for ApiError {
    fn from(code: ProblemCode) -> Self {
        Self::new(code)
    }
}

/// A database that is away, or a transaction that lost a race, is told from a query that is wrong: it can be tried
/// again.
impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let code = match error.fault() {
            Fault::Unavailable | Fault::Conflict => ProblemCode::Unavailable,
            Fault::Data | Fault::Defect => ProblemCode::Internal,
        };
        Self::new(code).caused_by(error)
    }
}

impl From<EvidenceFileError> for ApiError {
    fn from(error: EvidenceFileError) -> Self {
        let code = match &error {
            EvidenceFileError::Missing(_) | EvidenceFileError::Damaged(_) => ProblemCode::EvidenceDamaged,
            EvidenceFileError::Full(_) => ProblemCode::DocumentsFull,
            EvidenceFileError::Unavailable(_) => ProblemCode::Unavailable,
        };
        Self::new(code).caused_by(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let request_id = request_id::current();
        let Self { code, detail, detail_arabic, fields, retry_after, source } = self;
        if code.status().is_server_error() {
            let cause = source.as_deref().map_or_else(String::new, |error| ErrorChain(error).to_string());
            tracing::error!(
                request.id = request_id,
                problem.code = code.label(),
                cause,
                "request {request_id} failed"
            );
        }
        let problem = Problem {
            kind: format!("{PROBLEM_TYPE_PREFIX}{}", code.label()),
            code: code.label(),
            status: code.status().as_u16(),
            title: code.title(Language::English),
            title_ar: code.title(Language::Arabic),
            detail: detail.clone(),
            detail_ar: detail_arabic.clone(),
            errors: fields,
            request_id: request_id.clone(),
        };
        let mut response = (code.status(), Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if code.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(wait) = retry_after {
            // Whole seconds, never too early.
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
        } else if code.status() == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
        }
        response.extensions_mut().insert(Arc::new(ProblemReport { code, detail, detail_arabic, request_id }));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_problem_has_its_own_code_and_a_refusing_status_and_both_titles() {
        let labels: BTreeSet<_> = ProblemCode::ALL.iter().map(|code| code.label()).collect();
        assert_eq!(labels.len(), ProblemCode::ALL.len());
        for code in ProblemCode::ALL {
            assert!(code.status().is_client_error() || code.status().is_server_error(), "{code:?}");
            assert!(code.title(Language::Arabic).chars().any(|letter| letter > '\u{0600}'), "{code:?}");
            assert!(code.title(Language::English).is_ascii(), "{code:?}");
        }
    }

    #[test]
    fn a_cause_is_not_shown_to_the_caller() {
        let error = ApiError::new(ProblemCode::Unavailable).caused_by("the password is wrong");
        assert_eq!(error.detail(Language::English), None);
        let response = error.into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let report = response.extensions().get::<Arc<ProblemReport>>().unwrap();
        assert_eq!(report.detail, None);
    }
}
