//! Ports that more machines reach than should: found by `check-config`, `serve` and `doctor` alike.

use schemas::closed_list;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use web::config::{AdminConfig, HttpConfig};

/// A port that others reach although they should not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exposure {
    /// The key that says where to listen.
    pub key: ListenKey,
    /// Its value.
    pub address: SocketAddr,
}

closed_list! {
    /// Keys that say where to listen.
    pub enum ListenKey {
        /// Citizens and reviewers.
        Http = "http.listen",
        /// Operators of `rasid serve`.
        Admin = "admin.listen",
        /// Operators of `rasid run`.
        Stream = "admin.stream_listen",
    }
}

/// Which machines reach an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// This one.
    Loopback,
    /// Those of a private network.
    Private,
    /// Whoever reaches any address of this machine, or the address is one of the open net.
    All,
}

impl Reach {
    /// Which machines reach an address that is listened on.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        // An IPv4 address written as one of IPv6 is the same address.
        match address.to_canonical() {
            one if one.is_loopback() => Self::Loopback,
            IpAddr::V4(one) if one.is_private() || one.is_link_local() => Self::Private,
            IpAddr::V6(one) if one.is_unique_local() || one.is_unicast_link_local() => Self::Private,
            IpAddr::V4(_) | IpAddr::V6(_) => Self::All,
        }
    }
}

impl Exposure {
    /// Returns what to do about it.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self.key {
            ListenKey::Http => {
                "put a proxy that speaks https in front, set http.behind_https = true and http.trusted_proxies, and \
                 listen where only the proxy reaches it"
            }
            ListenKey::Admin | ListenKey::Stream => {
                "listen on 127.0.0.1, or on an address of the operators' network"
            }
        }
    }
}

impl fmt::Display for Exposure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, address } = self;
        let who = match Reach::of(address.ip()) {
            Reach::All => "whoever reaches this machine",
            Reach::Private | Reach::Loopback => "other machines of the network",
        };
        match key {
            ListenKey::Http => write!(
                formatter,
                "{key} = {address} is open to {who}, and http.behind_https is false: keys and cases would travel in \
                 the open",
                key = key.label()
            ),
            ListenKey::Admin | ListenKey::Stream => write!(
                formatter,
                "{key} = {address} is open to {who}: metrics and health are for operators alone",
                key = key.label()
            ),
        }
    }
}

/// Returns the ports that others reach although they should not: the citizens' one without https from any other machine,
/// the operators' ones from all machines.
#[must_use]
pub fn exposures(http: &HttpConfig, admin: &AdminConfig) -> Vec<Exposure> {
    let is_http_open = !http.behind_https && Reach::of(http.listen.ip()) != Reach::Loopback;
    let http = is_http_open.then_some(Exposure { key: ListenKey::Http, address: http.listen });
    let operators = [(ListenKey::Admin, admin.listen), (ListenKey::Stream, admin.stream_listen)];
    let open = operators.into_iter().filter(|(_, address)| Reach::of(address.ip()) == Reach::All);
    http.into_iter().chain(open.map(|(key, address)| Exposure { key, address })).collect()
}

/// Writes those of the given ports to the log.
pub(crate) fn warn_of(keys: &[ListenKey], http: &HttpConfig, admin: &AdminConfig) {
    for exposure in exposures(http, admin).into_iter().filter(|one| keys.contains(&one.key)) {
        tracing::warn!("{exposure}; {}", exposure.remedy());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn found(lines: &str) -> Vec<(ListenKey, String)> {
        let text = format!("[database]\nurl = \"postgres://unused/unused\"\n{lines}");
        let config = Config::from_defaults_and(&text).unwrap();
        let found = exposures(&config.http, &config.admin);
        found.into_iter().map(|one| (one.key, one.to_string())).collect()
    }

    #[test]
    fn the_citizens_port_without_https_is_for_this_machine_alone_in_whatever_way_its_address_is_written() {
        assert_eq!(found(""), []);
        for listen in
            ["0.0.0.0:80", "[::]:80", "[::ffff:0.0.0.0]:80", "192.168.1.4:80", "41.32.0.1:80", "[fd00::1]:80"]
        {
            let told = found(&format!("[http]\nlisten = \"{listen}\"\n"));
            assert!(told.len() == 1 && told[0].0 == ListenKey::Http, "{listen}: {told:?}");
            assert!(told[0].1.contains("http.behind_https is false"), "{told:?}");
            assert_eq!(found(&format!("[http]\nlisten = \"{listen}\"\nbehind_https = true\n")), []);
        }
        for listen in ["127.0.0.1:80", "[::1]:80", "127.3.4.5:80", "[::ffff:127.0.0.1]:80"] {
            assert_eq!(found(&format!("[http]\nlisten = \"{listen}\"\n")), [], "{listen}");
        }
    }

    #[test]
    fn the_operators_ports_may_be_on_their_own_network_and_not_on_all_addresses() {
        assert_eq!(found("[admin]\nlisten = \"10.0.0.4:9090\"\n"), []);
        let both = found("[admin]\nlisten = \"0.0.0.0:9090\"\nstream_listen = \"[::]:9091\"\n");
        assert_eq!(both.iter().map(|one| one.0).collect::<Vec<_>>(), [ListenKey::Admin, ListenKey::Stream]);
        assert!(both[0].1.contains("admin.listen = 0.0.0.0:9090 is open to whoever reaches"), "{both:?}");
    }
}
