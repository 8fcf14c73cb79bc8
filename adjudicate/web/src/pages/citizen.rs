//! A citizen's way in: a violation by its reference and its plate, its pictures and the calculation.

use super::evidence::{EvidenceView, Gallery, status};
use super::page::{CitizenPage, Page, PublicPage, html};
use super::wording::Wording;
use crate::api::objections::objection_of_plate;
use crate::api::violations::{citizen_copy, early_payment, violation_of_plate};
use crate::error::{ApiError, ProblemCode};
use crate::extract::{FormBody, PathPart};
use crate::session::cookie::CITIZEN_COOKIE;
use crate::state::ServiceState;
use crate::uploads::draft::{Draft, FormKind};
use adjudicate::access::session::open_citizen_session;
use adjudicate::case::read::ViolationStatus;
use askama::Template;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateNumber;
use schemas::text::BilingualText;
use serde::Deserialize;

/// What the form sends: a reference and a plate as a person writes it.
#[derive(Debug, Clone, Deserialize)]
pub struct FindForm {
    reference: String,
    country: String,
    letters: String,
    digits: String,
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    Violation,
    Objection,
}

#[derive(Template)]
#[template(path = "find.html")]
struct FindPage {
    page: Page,
    title: &'static str,
    action: String,
    reference_hint: &'static str,
    kept: bool,
    refusal: Option<String>,
    input: FindForm,
}

#[derive(Template)]
#[template(path = "violation.html")]
struct ViolationPage {
    page: Page,
    reference: String,
    status: &'static str,
    status_class: &'static str,
    item: EvidenceView,
    may_object: bool,
}

/// The form for a violation.
///
/// # Errors
/// As [`html`].
pub async fn find_violation_form(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    PublicPage { page, .. }: PublicPage,
) -> Result<Response, ApiError> {
    empty_page(&state, &headers, page, Wanted::Violation).await
}

/// The form for an objection.
///
/// # Errors
/// As [`html`].
pub async fn find_objection_form(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    PublicPage { page, .. }: PublicPage,
) -> Result<Response, ApiError> {
    empty_page(&state, &headers, page, Wanted::Objection).await
}

/// The form, with the reference of what was typed when the session ended, if anything was.
async fn empty_page(
    state: &ServiceState,
    headers: &HeaderMap,
    page: Page,
    wanted: Wanted,
) -> Result<Response, ApiError> {
    let mut input = FindForm::empty();
    let draft = Draft::in_cookie(headers, wanted.form(), &state.config);
    let kept = match draft {
        Some(draft) if draft.is_kept(state).await? => {
            draft.id().clone_into(&mut input.reference);
            true
        }
        Some(_) | None => false,
    };
    find_page(page, wanted, input, kept, None)
}

/// Opens a session for whoever knows a violation's reference and its plate.
///
/// # Errors
/// When the database does not answer.
pub async fn find_violation(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    PublicPage { page, .. }: PublicPage,
    FormBody(form): FormBody<FindForm>,
) -> Result<Response, ApiError> {
    let found = match form.plate() {
        Ok(plate) => violation_of_plate(&state, &form.reference, &plate.key())
            .await
            .map(|(_, issued)| (plate, issued.reference.to_string())),
        Err(refusal) => Err(refusal),
    };
    enter(&state, (page, &headers), Wanted::Violation, form, found).await
}

/// Opens a session for whoever knows an objection's reference and the plate.
///
/// # Errors
/// When the database does not answer.
pub async fn find_objection(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    PublicPage { page, .. }: PublicPage,
    FormBody(form): FormBody<FindForm>,
) -> Result<Response, ApiError> {
    let found = match form.plate() {
        Ok(plate) => objection_of_plate(&state, &form.reference, &plate)
            .await
            .map(|view| (plate, view.reference.to_string())),
        Err(refusal) => Err(refusal),
    };
    enter(&state, (page, &headers), Wanted::Objection, form, found).await
}

/// The page of a violation.
///
/// # Errors
/// When it is not of the session's plate or the database does not answer.
pub async fn violation(
    State(state): State<ServiceState>,
    CitizenPage { page, plate_key, .. }: CitizenPage,
    PathPart((_, reference)): PathPart<(String, String)>,
) -> Result<Response, ApiError> {
    let (evidence, issued) = violation_of_plate(&state, &reference, &plate_key).await?;
    let page = page.of_country(evidence.jurisdiction);
    let wording = Wording { language: page.language, t: page.t, policies: &state.policies };
    let gallery = Gallery::Citizen(page.address(&format!("/violations/{}", issued.reference)));
    let (status, status_class) = status(page.language, issued.status);
    let mut item = EvidenceView::of(wording, &evidence, &gallery);
    let early = early_payment(&state, &evidence, &issued).await?;
    item.early_payment = early.map(|early| {
        let words = early.in_words(state.policies.of(evidence.jurisdiction));
        words.in_language(page.language).to_owned()
    });
    let shown = ViolationPage {
        reference: issued.reference.to_string(),
        status,
        status_class,
        item,
        may_object: issued.status != ViolationStatus::Cancelled,
        page: page.at("find"),
    };
    html(StatusCode::OK, &shown)
}

/// A citizen's copy of a picture.
///
/// # Errors
/// When the violation is not of the session's plate or no copy can be shown.
pub async fn violation_frame(
    State(state): State<ServiceState>,
    CitizenPage { plate_key, .. }: CitizenPage,
    PathPart((_, reference, position)): PathPart<(String, String, i16)>,
) -> Result<Response, ApiError> {
    let (evidence, _) = violation_of_plate(&state, &reference, &plate_key).await?;
    citizen_copy(&state, &evidence, position).await
}

impl Wanted {
    /// The form that may have been sent after the session had ended.
    const fn form(self) -> FormKind {
        match self {
            Self::Violation => FormKind::Objection,
            Self::Objection => FormKind::Document,
        }
    }

    /// Where a citizen goes on: at the form that was being typed when the session ended, else at what was looked for.
    async fn address(
        self,
        state: &ServiceState,
        headers: &HeaderMap,
        plate: &PlateNumber,
        reference: &str,
    ) -> Result<String, ApiError> {
        let draft = Draft::in_cookie(headers, FormKind::Objection, &state.config);
        let draft = draft.filter(|draft| draft.id() == reference);
        let is_typed = match draft {
            Some(draft) => draft.typed_by(state, &plate.key()).await?.is_some(),
            None => false,
        };
        Ok(match (self, is_typed) {
            (Self::Violation, true) => format!("/violations/{reference}/objection"),
            (Self::Violation, false) => format!("/violations/{reference}"),
            (Self::Objection, _) => format!("/objections/{reference}"),
        })
    }
}

impl FindForm {
    fn empty() -> Self {
        let nothing = String::new;
        Self {
            reference: nothing(),
            country: Jurisdiction::Egypt.code().to_owned(),
            letters: nothing(),
            digits: nothing(),
        }
    }

    /// The plate, as a person writes it.
    fn plate(&self) -> Result<PlateNumber, ApiError> {
        let refuse = || ApiError::new(ProblemCode::ViolationNotFound);
        let country: Jurisdiction = self.country.parse().map_err(|_| refuse())?;
        let plate = PlateNumber::parse_typed(country, &self.letters, &self.digits);
        plate.map_err(|error| {
            let arabic = "لا تطابق الحروف والأرقام المدخلة شكل لوحات الدولة المختارة.";
            refuse().with_text(BilingualText::new(arabic, error.to_string()))
        })
    }
}

async fn enter(
    state: &ServiceState,
    (page, headers): (Page, &HeaderMap),
    wanted: Wanted,
    form: FindForm,
    found: Result<(PlateNumber, String), ApiError>,
) -> Result<Response, ApiError> {
    match found {
        Ok((plate, reference)) => {
            let address = wanted.address(state, headers, &plate, &reference).await?;
            let limits = state.config.session_limits();
            let token = open_citizen_session(&state.database, &plate.key(), limits).await?;
            let cookie = CITIZEN_COOKIE.set(&token, &state.config);
            Ok(([(SET_COOKIE, cookie)], Redirect::to(&page.address(&address))).into_response())
        }
        Err(refusal) if refusal.code().status().is_client_error() => {
            let mut reason = refusal.code().title(page.language).to_owned();
            if let Some(detail) = refusal.detail(page.language) {
                reason = format!("{reason} ({detail})");
            }
            find_page(page, wanted, form, false, Some(reason))
        }
        Err(failure) => Err(failure),
    }
}

fn find_page(
    page: Page,
    wanted: Wanted,
    input: FindForm,
    kept: bool,
    refusal: Option<String>,
) -> Result<Response, ApiError> {
    let (title, name, action, reference_hint) = match wanted {
        Wanted::Violation => (page.t.find_title, "find", page.address("/violations"), page.t.reference_hint),
        Wanted::Objection => {
            (page.t.follow_title, "follow", page.address("/objections"), page.t.objection_reference_hint)
        }
    };
    let status = if refusal.is_some() { StatusCode::NOT_FOUND } else { StatusCode::OK };
    html(status, &FindPage { page: page.at(name), title, action, reference_hint, kept, refusal, input })
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::text::Language;

    fn plate(country: &str, letters: &str, digits: &str) -> Option<String> {
        let form = FindForm {
            reference: String::new(),
            country: country.to_owned(),
            letters: letters.to_owned(),
            digits: digits.to_owned(),
        };
        form.plate().ok().map(|plate| plate.key())
    }

    #[test]
    fn what_is_wrong_with_a_plate_is_told_in_both_languages() {
        let form = FindForm {
            reference: String::new(),
            country: "EG".to_owned(),
            letters: "ز".to_owned(),
            digits: "1".to_owned(),
        };
        let refusal = form.plate().unwrap_err();
        assert!(refusal.detail(Language::Arabic).is_some_and(|detail| detail.contains("الدولة المختارة")));
        assert!(refusal.detail(Language::English).is_some());
    }

    #[test]
    fn a_plate_is_read_in_either_script_and_with_either_digits() {
        assert_eq!(plate("EG", "س ط ن", "٧١٢٦").as_deref(), Some("EG-STN-7126"));
        assert_eq!(plate("SA", "TNJ", "0123").as_deref(), Some("SA-123-TNJ"));
        assert_eq!(plate("SA", "ح ن ط", "٠١٢٣").as_deref(), Some("SA-123-TNJ"));
        assert_eq!(plate("EG", "ن-ج-ا", "١٣٦").as_deref(), plate("EG", "nga", "136").as_deref());
        assert_eq!(plate("XX", "س", "1"), None);
    }
}
