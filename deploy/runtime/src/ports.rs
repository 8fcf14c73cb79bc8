//! Free TCP ports on loopback.

use crate::error::RuntimeError;
use std::net::{Ipv4Addr, TcpListener};
use uuid::Uuid;

/// Ports below the range from which Linux takes the ports of outgoing connections (32768 and above), so that
/// a service that is killed finds its port free when it comes back.
const FIRST: u16 = 15_000;
const LAST: u16 = 32_000;
/// How many ports are tried before giving up.
const ATTEMPTS: usize = 200;

/// A port of loopback on which nothing listens at this moment. Somebody may take it before it is used: the
/// caller tries again with another one.
pub(crate) fn free() -> Result<u16, RuntimeError> {
    (0..ATTEMPTS)
        .map(|_| random_port())
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .ok_or(RuntimeError::NoFreePort { from: FIRST, to: LAST })
}

fn random_port() -> u16 {
    let [high, low, ..] = *Uuid::new_v4().as_bytes();
    FIRST + u16::from_be_bytes([high, low]) % (LAST - FIRST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_can_be_bound() {
        let port = free().unwrap();
        assert!((FIRST..LAST).contains(&port));
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    }
}
