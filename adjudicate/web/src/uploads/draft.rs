//! Forms that were sent after their session had ended: what was typed and uploaded waits, sealed to its case and its owner,
//! until the same person signs in again for the same case.
//!
//! The browser keeps only which form it was, in a cookie. Whose it is stands in the form's token; a form that our server
//! did not show to somebody signed in is not kept, so that nobody fills the disk.

use super::seal::Owner;
use crate::config::HttpConfig;
use crate::error::{ApiError, ProblemCode};
use crate::session::cookie::{DRAFT_COOKIE, value_in};
use crate::staging::FormFolder;
use crate::state::ServiceState;
use adjudicate::objection::new::NewAttachment;
use axum::http::{HeaderMap, HeaderValue};
use schemas::ids::ReviewerId;
use std::collections::BTreeMap;

/// What stands between the parts of the cookie.
const SEPARATOR: char = '~';

schemas::closed_list! {
    /// The forms whose content outlives a session.
    pub enum FormKind {
        /// A citizen objects to a violation.
        Objection = "objection",
        /// A citizen adds a document to an objection.
        Document = "document",
        /// A reviewer decides a case.
        Decision = "decision",
    }
}

/// What was typed, field by field.
pub type Typed = BTreeMap<String, String>;

/// Which form, of which case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormSubject {
    kind: FormKind,
    id: String,
}

/// A form with its token.
#[derive(Debug, Clone)]
pub struct Draft {
    subject: FormSubject,
    token: String,
}

/// Who a reviewer is to the seal.
#[must_use]
pub fn reviewer_name(reviewer: &ReviewerId) -> String {
    format!("reviewer:{reviewer}")
}

impl FormSubject {
    /// The form of that kind of that case.
    #[must_use]
    pub fn new(kind: FormKind, id: impl ToString) -> Self {
        Self { kind, id: id.to_string() }
    }

    fn text(&self) -> String {
        format!("{}{SEPARATOR}{}", self.kind.label(), self.id)
    }

    /// A token for a form that is shown to `owner`: a citizen by the plate's key, a reviewer by [`reviewer_name`].
    ///
    /// # Errors
    /// When the folder of uploads cannot be used.
    pub async fn token_for(&self, state: &ServiceState, owner: &str) -> Result<String, ApiError> {
        let seal = state.uploads.seal().await?;
        Ok(seal.issue(&self.text(), &seal.owner(owner), state.clock.now()))
    }

    /// Whose form it is, by its token.
    ///
    /// # Errors
    /// When the folder of uploads cannot be used.
    pub async fn owner_of(&self, state: &ServiceState, token: &str) -> Result<Option<Owner>, ApiError> {
        let seal = state.uploads.seal().await?;
        Ok(seal.owner_of(&self.text(), token, state.uploads.oldest()))
    }
}

impl Draft {
    /// The form of that token.
    #[must_use]
    pub const fn new(subject: FormSubject, token: String) -> Self {
        Self { subject, token }
    }

    /// The form of that kind that the browser remembers.
    #[must_use]
    pub fn in_cookie(headers: &HeaderMap, kind: FormKind, config: &HttpConfig) -> Option<Self> {
        let mut parts = value_in(headers, &DRAFT_COOKIE, config)?.split(SEPARATOR);
        let (label, id, token) = (parts.next()?, parts.next()?, parts.next()?);
        let is_of_kind = label == kind.label() && parts.next().is_none();
        is_of_kind.then(|| Self::new(FormSubject::new(kind, id), token.to_owned()))
    }

    /// Of which case the form is.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.subject.id
    }

    /// The form's token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Whether the form is about that.
    #[must_use]
    pub fn is_about(&self, subject: &FormSubject) -> bool {
        self.subject == *subject
    }

    /// Keeps what was typed, and returns the cookie by which the browser remembers it. `None` if the token is not one that
    /// was shown to somebody signed in.
    ///
    /// # Errors
    /// When there is no room or the folder of uploads cannot be used.
    pub async fn keep(&self, state: &ServiceState, typed: &Typed) -> Result<Option<HeaderValue>, ApiError> {
        let Some(owner) = self.subject.owner_of(state, &self.token).await? else { return Ok(None) };
        let typed = serde_json::to_vec(typed)
            .map_err(|error| ApiError::new(ProblemCode::Internal).caused_by(error))?;
        state.uploads.put_typed(&folder(state, &owner, &self.token), typed).await?;
        let value = format!("{}{SEPARATOR}{}", self.subject.text(), self.token);
        let seconds = u64::from(state.config.uploads_keep_minutes) * 60;
        Ok(Some(DRAFT_COOKIE.set_value(&value, seconds, &state.config)))
    }

    /// What was typed into it, if the form is `owner`'s.
    ///
    /// # Errors
    /// When the folder of uploads cannot be read.
    pub async fn typed_by(&self, state: &ServiceState, owner: &str) -> Result<Option<Typed>, ApiError> {
        let expected = state.uploads.seal().await?.owner(owner);
        match self.subject.owner_of(state, &self.token).await? {
            Some(owner) if owner == expected => self.typed(state, &owner).await,
            Some(_) | None => Ok(None),
        }
    }

    /// Whether anything is kept of it, whoever asks.
    ///
    /// # Errors
    /// When the folder of uploads cannot be read.
    pub async fn is_kept(&self, state: &ServiceState) -> Result<bool, ApiError> {
        match self.subject.owner_of(state, &self.token).await? {
            Some(owner) => Ok(self.typed(state, &owner).await?.is_some()),
            None => Ok(false),
        }
    }

    /// Forgets what was typed and uploaded.
    ///
    /// # Errors
    /// When the folder of uploads cannot be changed.
    pub async fn forget(&self, state: &ServiceState) -> Result<(), ApiError> {
        match self.subject.owner_of(state, &self.token).await? {
            Some(owner) => Ok(state.uploads.remove(&folder(state, &owner, &self.token)).await?),
            None => Ok(()),
        }
    }

    /// The files that wait with it, whoever asks: only for who was found to be its owner.
    ///
    /// # Errors
    /// When the folder of uploads cannot be read.
    pub async fn files(&self, state: &ServiceState) -> Result<Vec<NewAttachment>, ApiError> {
        match self.subject.owner_of(state, &self.token).await? {
            Some(owner) => Ok(state.uploads.list(&folder(state, &owner, &self.token)).await?),
            None => Ok(Vec::new()),
        }
    }

    async fn typed(&self, state: &ServiceState, owner: &Owner) -> Result<Option<Typed>, ApiError> {
        let typed = state.uploads.typed(&folder(state, owner, &self.token)).await?;
        Ok(typed.and_then(|typed| serde_json::from_slice(&typed).ok()))
    }
}

/// Where the files of a form wait.
#[must_use]
pub fn folder(state: &ServiceState, owner: &Owner, token: &str) -> FormFolder {
    state.uploads.folder(owner.as_str(), token)
}
