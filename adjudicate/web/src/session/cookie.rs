//! The cookies of both kinds of session, and of what is remembered between two pages.

use crate::config::HttpConfig;
use adjudicate::access::session::SessionToken;
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

/// The cookie of whoever signed in.
pub const STAFF_COOKIE: SessionCookie =
    SessionCookie { plain: "rasid-session", host: "__Host-rasid-session" };
/// The cookie of a citizen who gave a reference and its plate.
pub const CITIZEN_COOKIE: SessionCookie = SessionCookie { plain: "rasid-case", host: "__Host-rasid-case" };
/// What happened just before, for the next page alone.
pub(crate) const SAID_COOKIE: SessionCookie =
    SessionCookie { plain: "rasid-said", host: "__Host-rasid-said" };
/// Which form was sent after its session had ended.
pub(crate) const DRAFT_COOKIE: SessionCookie =
    SessionCookie { plain: "rasid-draft", host: "__Host-rasid-draft" };

/// Names of a cookie: behind https the browser itself refuses one that another host planted.
#[derive(Debug)]
pub struct SessionCookie {
    plain: &'static str,
    host: &'static str,
}

impl SessionCookie {
    const fn name(&self, config: &HttpConfig) -> &'static str {
        if config.behind_https { self.host } else { self.plain }
    }

    /// The header that gives the browser its token.
    #[must_use]
    pub fn set(&self, token: &SessionToken, config: &HttpConfig) -> HeaderValue {
        let seconds = config.session_limits().absolute.as_secs();
        self.header(&token.reveal(), seconds, config)
    }

    /// The header that takes it away again.
    #[must_use]
    pub fn clear(&self, config: &HttpConfig) -> HeaderValue {
        self.header("", 0, config)
    }

    /// The header that gives the browser a value of ASCII letters, digits and `-_.~/` for so many seconds.
    pub(crate) fn set_value(&self, value: &str, seconds: u64, config: &HttpConfig) -> HeaderValue {
        self.header(value, seconds, config)
    }

    fn header(&self, value: &str, seconds: u64, config: &HttpConfig) -> HeaderValue {
        let name = self.name(config);
        let secure = if config.behind_https { "; Secure" } else { "" };
        let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
        // The text is ASCII without control characters.
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
    }
}

/// The token in a request's cookie, if there is a well-formed one.
#[must_use]
pub fn token_in(headers: &HeaderMap, cookie: &SessionCookie, config: &HttpConfig) -> Option<SessionToken> {
    value_in(headers, cookie, config)?.parse().ok()
}

/// The value of a request's cookie.
pub(crate) fn value_in<'h>(
    headers: &'h HeaderMap,
    cookie: &SessionCookie,
    config: &HttpConfig,
) -> Option<&'h str> {
    let name = cookie.name(config);
    let texts = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(given, _)| *given == name).map(|(_, value)| value)
}
