//! What happened just before, told once on the next page. The cookie that says it is sealed by the session and for one
//! page: nobody else can make a page say that something was decided.

use super::cookie::{SAID_COOKIE, value_in};
use crate::config::HttpConfig;
use adjudicate::access::session::SessionToken;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};

/// Purpose of the seal.
const PURPOSE: &str = "rasid 2026-11-29 what was said on the next page";
/// How long the next page may take to be asked for, seconds.
const SAID_SECONDS: u64 = 60;

schemas::closed_list! {
    /// What happened.
    pub enum Said {
        /// The reviewer's decision was recorded.
        Decided = "decided",
        /// A case was given back.
        Released = "released",
        /// No case was waiting.
        QueueEmpty = "queue_empty",
        /// The hold was prolonged.
        Renewed = "renewed",
        /// The hold lasts to its longest end and cannot be prolonged further.
        RenewedLast = "renewed_last",
        /// What was typed is kept, since the case is not held any more.
        DecisionKept = "decision_kept",
        /// The objection was filed.
        Filed = "filed",
        /// A person was asked for.
        HumanAsked = "human_asked",
        /// A document was added.
        DocumentAdded = "document_added",
    }
}

impl Said {
    /// Leads to the next page, which says it.
    pub fn on_the_way_to(
        self,
        address: &str,
        subject: &str,
        session: &SessionToken,
        config: &HttpConfig,
    ) -> Response {
        let cookie = self.cookie(subject, session, config);
        ([(SET_COOKIE, cookie)], Redirect::to(address)).into_response()
    }

    /// The cookie for the page about `subject`, in that session.
    #[must_use]
    pub fn cookie(self, subject: &str, session: &SessionToken, config: &HttpConfig) -> HeaderValue {
        let value = format!("{}.{}", self.label(), seal(self, subject, session));
        SAID_COOKIE.set_value(&value, SAID_SECONDS, config)
    }

    /// What the page about `subject` has to say in that session; nothing that was not sealed for it.
    #[must_use]
    pub fn of(
        headers: &HeaderMap,
        subject: &str,
        session: &SessionToken,
        config: &HttpConfig,
    ) -> Option<Self> {
        let (label, given) = value_in(headers, &SAID_COOKIE, config)?.split_once('.')?;
        let said = Self::from_label(label)?;
        let sealed = blake3::hash(seal(said, subject, session).as_bytes()) == blake3::hash(given.as_bytes());
        sealed.then_some(said)
    }

    /// Takes the cookie away once a page has said it.
    pub fn forget(said: Option<Self>, response: &mut Response, config: &HttpConfig) {
        if said.is_some() {
            response.headers_mut().append(SET_COOKIE, SAID_COOKIE.clear(config));
        }
    }
}

fn seal(said: Said, subject: &str, session: &SessionToken) -> String {
    session.seal(PURPOSE, &format!("{} {subject}", said.label()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::config;
    use axum::http::header::COOKIE;

    fn session(filling: char) -> SessionToken {
        filling.to_string().repeat(64).parse().unwrap()
    }

    fn headers(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(cookie).unwrap())])
    }

    #[test]
    fn what_was_said_is_read_on_its_page_in_its_session_alone() {
        let config = config();
        let set = Said::Decided.cookie("queue", &session('a'), &config);
        let set = set.to_str().unwrap();
        assert!(
            set.contains("Max-Age=60") && set.contains("HttpOnly") && set.contains("SameSite=Strict"),
            "{set}"
        );
        let sent = headers(set.split(';').next().unwrap());
        assert_eq!(Said::of(&sent, "queue", &session('a'), &config), Some(Said::Decided));
        assert_eq!(Said::of(&sent, "B-1", &session('a'), &config), None);
        assert_eq!(Said::of(&sent, "queue", &session('b'), &config), None);
    }

    #[test]
    fn a_planted_cookie_says_nothing() {
        let config = config();
        let seal = Said::Decided.cookie("queue", &session('a'), &config);
        let seal = seal.to_str().unwrap().split(['.', ';']).nth(1).unwrap().to_owned();
        for value in
            ["decided", "decided.", "decided.x", &format!("released.{seal}"), &format!("x.{seal}"), ""]
        {
            let planted = headers(&format!("__Host-rasid-said={value}"));
            assert_eq!(Said::of(&planted, "queue", &session('a'), &config), None, "{value}");
        }
    }
}
