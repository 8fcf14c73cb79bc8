//! How often a caller may ask: a budget for each peer, for each plate and for each reference, so that nobody tries keys,
//! plates or references out, and one client leaves room for others.

use crate::config::HttpConfig;
use crate::error::{ApiError, ProblemCode};
use crate::metrics::{BudgetKind, HttpMetrics};
use axum::http::HeaderMap;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::fmt;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// After so many questions, budgets that are full again are forgotten.
const SWEEP_INTERVAL: u64 = 4_096;
const MINUTE: Duration = Duration::from_secs(60);
/// Header in which a proxy names whom it speaks for, the nearest last.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// Headers by which a proxy says that it speaks for somebody else.
const SPEAKS_FOR_OTHERS: [&str; 4] = [FORWARDED_FOR, "forwarded", "x-real-ip", "via"];

/// The address from which a connection came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// All budgets.
pub struct Budgets {
    peers: Budget<IpAddr>,
    plates: Budget<String>,
    references: Budget<String>,
    metrics: HttpMetrics,
}

struct Budget<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    asked: AtomicU64,
}

impl fmt::Debug for Budgets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Budgets")
    }
}

impl Budgets {
    /// Full budgets of the configured sizes; refusals are counted in `metrics`.
    #[must_use]
    pub fn of(config: &HttpConfig, metrics: HttpMetrics) -> Self {
        Self {
            peers: Budget::of(config.peer_requests_per_minute),
            plates: Budget::of(config.plate_requests_per_minute),
            references: Budget::of(config.reference_requests_per_minute),
            metrics,
        }
    }

    /// Takes one request of a caller.
    ///
    /// # Errors
    /// When its budget is used up.
    pub fn ask_peer(&self, caller: IpAddr) -> Result<(), ApiError> {
        self.counted(BudgetKind::Peer, self.peers.take(&caller))
    }

    /// Takes one question about a plate.
    ///
    /// # Errors
    /// When its budget is used up.
    pub fn ask_plate(&self, plate_key: &str) -> Result<(), ApiError> {
        self.counted(BudgetKind::Plate, self.plates.take(&plate_key.to_owned()))
    }

    /// Takes one question about a violation or objection, by what was given as its reference.
    ///
    /// # Errors
    /// When its budget is used up.
    pub fn ask_reference(&self, reference: &str) -> Result<(), ApiError> {
        self.counted(BudgetKind::Reference, self.references.take(&reference.to_owned()))
    }

    fn counted(&self, kind: BudgetKind, taken: Result<(), ApiError>) -> Result<(), ApiError> {
        taken.inspect_err(|_| self.metrics.refused(kind))
    }
}

impl<K: Hash + Eq + Clone> Budget<K> {
    fn of(per_minute: NonZeroU32) -> Self {
        let quota = Quota::per_minute(per_minute);
        Self { limiter: RateLimiter::keyed(quota), asked: AtomicU64::new(0) }
    }

    fn take(&self, key: &K) -> Result<(), ApiError> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP_INTERVAL == SWEEP_INTERVAL - 1 {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(key).map_err(|early| {
            let wait = early.wait_time_from(DefaultClock::default().now()).min(MINUTE);
            ApiError::new(ProblemCode::TooManyRequests).with_retry_after(wait)
        })
    }
}

/// Who asks: the peer, or whom a proxy that is trusted speaks for.
pub(crate) fn caller(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    if !trusted.contains(&peer) {
        return peer;
    }
    let named = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
    let chain: Vec<IpAddr> =
        named.flat_map(|value| value.split(',')).filter_map(|one| one.trim().parse().ok()).collect();
    chain.into_iter().rev().find(|address| !trusted.contains(address)).unwrap_or(peer)
}

/// Whether a request comes from this machine itself and for nobody elsewhere. Nothing is believed of a request whose peer
/// is not known.
pub(crate) fn is_from_here(peer: Option<Peer>, headers: &HeaderMap, trusted: &[IpAddr]) -> bool {
    let Some(Peer(peer)) = peer else { return false };
    let speaks_for_others = SPEAKS_FOR_OTHERS.iter().any(|name| headers.contains_key(*name));
    let is_known = !speaks_for_others || (trusted.contains(&peer) && headers.contains_key(FORWARDED_FOR));
    is_known
        && [peer, caller(peer, headers, trusted)].iter().all(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use axum::response::IntoResponse;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_budget_that_is_used_up_says_when_to_come_again_and_others_keep_theirs() {
        let budget: Budget<&str> = Budget::of(NonZeroU32::new(3).unwrap());
        (0..3).for_each(|_| budget.take(&"a").unwrap());
        let refused = budget.take(&"a").unwrap_err();
        assert_eq!(refused.code(), ProblemCode::TooManyRequests);
        let response = refused.into_response();
        let seconds: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
        budget.take(&"b").unwrap();
    }

    #[test]
    fn a_request_is_from_here_by_its_peer_and_by_whom_a_proxy_speaks_for() {
        let here = address("127.0.0.1");
        let headers = |name: &'static str, value: &'static str| {
            HeaderMap::from_iter([(
                axum::http::HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )])
        };
        let is = |peer: &str, headers: &HeaderMap, trusted: &[IpAddr]| {
            is_from_here(Some(Peer(address(peer))), headers, trusted)
        };
        for peer in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert!(is(peer, &HeaderMap::new(), &[]), "{peer}");
        }
        assert!(!is("203.0.113.9", &HeaderMap::new(), &[]));
        assert!(!is_from_here(None, &HeaderMap::new(), &[]));
        for name in SPEAKS_FOR_OTHERS {
            assert!(!is("127.0.0.1", &headers(name, "127.0.0.1"), &[]), "{name}");
        }
        assert!(is("127.0.0.1", &headers(FORWARDED_FOR, "127.0.0.1"), &[here]));
        assert!(!is("127.0.0.1", &headers(FORWARDED_FOR, "203.0.113.9"), &[here]));
        assert!(!is("127.0.0.1", &headers("forwarded", "for=127.0.0.1"), &[here]));
        assert!(!is("203.0.113.9", &headers(FORWARDED_FOR, "127.0.0.1"), &[address("203.0.113.9")]));
    }

    #[test]
    fn only_a_trusted_proxy_speaks_for_others() {
        let (proxy, client) = (address("10.0.0.1"), address("203.0.113.9"));
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED_FOR, HeaderValue::from_static("198.51.100.7, 203.0.113.9, 10.0.0.1"));
        assert_eq!(caller(proxy, &headers, &[proxy]), client);
        assert_eq!(caller(proxy, &headers, &[]), proxy);
        assert_eq!(caller(client, &headers, &[proxy]), client);
        assert_eq!(caller(proxy, &HeaderMap::new(), &[proxy]), proxy);
    }
}
