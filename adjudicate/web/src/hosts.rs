//! By which names this server may be asked: a request under another name gets no page, no redirect and no cookie.

use axum::extract::Request;
use axum::http::header;
use axum::http::uri::Authority;
use serde::Deserialize;
use std::str::FromStr;
use thiserror::Error;

/// A name under which citizens reach the server: a host, with a port where only that one is meant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicHost {
    host: String,
    port: Option<u16>,
}

/// The text is no name of a host.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "http.public_hosts: '{0}' is no host; write it like rasid.example or rasid.example:8443, without a scheme"
)]
pub struct PublicHostError(String);

impl FromStr for PublicHost {
    type Err = PublicHostError;

    fn from_str(text: &str) -> Result<Self, PublicHostError> {
        let refuse = || PublicHostError(text.to_owned());
        let authority: Authority = text.parse().map_err(|_| refuse())?;
        let (host, port) = (authority.host(), authority.port_u16());
        let whole = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        if host.is_empty() || host.contains('*') || whole != text {
            return Err(refuse());
        }
        Ok(Self { host: folded(host), port })
    }
}

impl TryFrom<String> for PublicHost {
    type Error = PublicHostError;

    fn try_from(text: String) -> Result<Self, PublicHostError> {
        text.parse()
    }
}

impl PublicHost {
    fn fits(&self, asked: &Self) -> bool {
        self.host == asked.host && self.port.is_none_or(|port| asked.port == Some(port))
    }
}

/// Whether a request was made under one of the names; under any if there are none.
#[must_use]
pub fn takes(names: &[PublicHost], request: &Request) -> bool {
    names.is_empty() || asked(request).is_some_and(|asked| names.iter().any(|name| name.fits(&asked)))
}

/// Under which one name the request was made; `None` if under none or several.
fn asked(request: &Request) -> Option<PublicHost> {
    let mut named = request.headers().get_all(header::HOST).into_iter();
    let host = named.next()?.to_str().ok()?.parse().ok()?;
    let of_target = request.uri().authority().map(|authority| authority.as_str().parse::<PublicHost>());
    match (named.next(), of_target) {
        (None, None) => Some(host),
        // A whole address in the first line counts, and must not contradict the header.
        (None, Some(Ok(target))) if target == host => Some(host),
        (None, Some(_)) | (Some(_), _) => None,
    }
}

fn folded(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn fits(names: &[&str], host: &str) -> bool {
        let names: Vec<PublicHost> = names.iter().map(|name| name.parse().unwrap()).collect();
        let request = Request::get("/ar").header(header::HOST, host).body(Body::empty()).unwrap();
        takes(&names, &request)
    }

    #[test]
    fn a_name_fits_in_either_case_and_with_the_port_that_is_set() {
        for host in ["rasid.example", "RASID.Example", "rasid.example.", "rasid.example:8443"] {
            assert!(fits(&["other.example", "rasid.example"], host), "{host}");
        }
        assert!(fits(&["rasid.example:8443"], "rasid.example:8443"));
        for host in
            ["rasid.example", "rasid.example:80", "evil.example", "", "rasid.example.evil.example", "a@b"]
        {
            assert!(!fits(&["rasid.example:8443"], host), "{host}");
        }
        assert!(fits(&["[::1]"], "[::1]:8080") && !fits(&["[::1]"], "127.0.0.1"));
    }

    #[test]
    fn two_names_or_none_fit_nothing() {
        let twice = Request::get("/ar").header(header::HOST, "a.example").header(header::HOST, "b.example");
        assert_eq!(asked(&twice.body(Body::empty()).unwrap()), None);
        assert_eq!(asked(&Request::get("/ar").body(Body::empty()).unwrap()), None);
        let other = Request::get("http://b.example/ar").header(header::HOST, "a.example");
        assert_eq!(asked(&other.body(Body::empty()).unwrap()), None);
    }

    #[test]
    fn a_scheme_or_a_pattern_is_no_host() {
        for text in
            ["https://rasid.example", "*.rasid.example", "", "a b", "user@rasid.example", "rasid.example:x"]
        {
            assert!(text.parse::<PublicHost>().is_err(), "{text}");
        }
    }
}
