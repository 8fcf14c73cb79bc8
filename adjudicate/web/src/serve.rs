//! Accepts connections and ends them in order: a limit on their number, a time in which a request's head must arrive
//! (which `axum::serve` does not have), and a bounded wait for requests at work at shutdown.

use crate::budget::Peer;
use crate::config::HttpConfig;
use crate::places::{Places, Taken};
use axum::body::Body;
use axum::extract::Request;
use axum::{Extension, Router};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// Wait after a connection could not be accepted, e.g. because there are too many open files.
const ACCEPT_RETRY_MILLISECONDS: u64 = 200;
/// Bytes of a connection that are read ahead: a whole head fits in, and all connections together stay small.
const CONNECTION_BUFFER_BYTES: usize = 65_536;

/// Limits of a port.
#[derive(Debug, Clone, Copy)]
pub struct ServeLimits {
    /// Connections served at the same time.
    pub connections_max: usize,
    /// Of these, such as are kept for staff who signed in.
    pub staff_places: usize,
    /// Time in which a request's head must have arrived.
    pub header_read_timeout: Duration,
    /// Time in which a client must take what it is sent.
    pub write_stall_timeout: Duration,
    /// Longest life of a connection.
    pub connection_lifetime: Duration,
    /// Time that requests at work have left at shutdown.
    pub drain_timeout: Duration,
}

impl ServeLimits {
    /// The limits of the citizens' and reviewers' port.
    #[must_use]
    pub const fn of(config: &HttpConfig) -> Self {
        Self {
            connections_max: config.connections_max,
            staff_places: config.staff_places,
            header_read_timeout: Duration::from_millis(config.header_read_timeout_milliseconds),
            write_stall_timeout: Duration::from_secs(config.write_stall_seconds),
            connection_lifetime: Duration::from_secs(config.connection_seconds_max),
            drain_timeout: Duration::from_millis(config.drain_timeout_milliseconds),
        }
    }

    /// The same for a port on which nobody signs in.
    #[must_use]
    pub const fn without_staff(self) -> Self {
        Self { staff_places: 0, ..self }
    }
}

/// Serves `router` on `listener` until `shutdown`; gives back when the last request was answered or the drain's time
/// is over.
///
/// # Errors
/// Never for one connection's sake.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ServeLimits,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let places = Arc::new(Places::of(limits.connections_max, limits.staff_places));
    serve_within(listener, router, limits, places, shutdown).await
}

/// The same within `places`, which show how many are taken.
///
/// # Errors
/// As [`serve`].
pub async fn serve_within(
    listener: TcpListener,
    router: Router,
    limits: ServeLimits,
    places: Arc<Places>,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let graceful = GracefulShutdown::new();
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let place = tokio::select! {
                    () = shutdown.cancelled() => break,
                    place = places.next(peer.ip()) => place,
                };
                let router = router.clone().layer(Extension(Peer(peer.ip()))).layer(Extension(place.place()));
                let connection = connection(stream, router, limits, graceful.watcher(), place);
                connections.spawn(connection);
            }
            Err(error) => {
                tracing::warn!(error = %error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(ACCEPT_RETRY_MILLISECONDS)).await;
            }
        }
    }
    drop(listener);
    drain(graceful, &connections, limits.drain_timeout).await;
    Ok(())
}

async fn connection(stream: TcpStream, router: Router, limits: ServeLimits, watcher: Watcher, place: Taken) {
    let service = router.map_request(|request: Request<Incoming>| request.map(Body::new));
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_timeout)
        .max_buf_size(CONNECTION_BUFFER_BYTES)
        .serve_connection(TokioIo::new(place.watch(stream)), TowerToHyperService::new(service));
    tokio::select! {
        ended = watcher.watch(served) => {
            if let Err(error) = ended {
                // Clients hang up and send nonsense every day.
                tracing::debug!(error = %error, "a connection ended early");
            }
        }
        () = place.until_it_must_go(limits.write_stall_timeout) => {
            tracing::debug!("a connection was ended: its client took nothing, and the place was needed or its time over");
        }
        () = tokio::time::sleep(limits.connection_lifetime) => {
            tracing::debug!("a connection was ended at the end of its longest life");
        }
    }
    drop(place);
}

async fn drain(graceful: GracefulShutdown, connections: &TaskTracker, drain_timeout: Duration) {
    connections.close();
    let drained = async {
        graceful.shutdown().await;
        connections.wait().await;
    };
    if tokio::time::timeout(drain_timeout, drained).await.is_err() {
        tracing::warn!(
            connections = connections.len(),
            "connections were cut at the end of the drain's time"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places::Place;
    use axum::routing::get;
    use bytes::Bytes;
    use std::net::SocketAddr;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// Bytes that no buffer between the two sides holds.
    const LARGE_BYTES: usize = 64_000_000;
    const PLACES: usize = 8;
    const STAFF_PLACES: usize = 2;

    fn limits() -> ServeLimits {
        ServeLimits {
            connections_max: PLACES,
            staff_places: STAFF_PLACES,
            header_read_timeout: Duration::from_secs(60),
            write_stall_timeout: Duration::from_secs(60),
            connection_lifetime: Duration::from_secs(600),
            drain_timeout: Duration::from_millis(1),
        }
    }

    /// A server with an endless page, one that says that it is there, and one on which staff signs in.
    async fn serving() -> (SocketAddr, CancellationToken) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let page = Bytes::from(vec![b'x'; LARGE_BYTES]);
        let large = get(move || async move { page });
        let sign_in = get(|Extension(place): Extension<Place>| async move {
            place.keep_for_staff();
            "signed in"
        });
        let router = Router::new()
            .route("/large", large)
            .route("/", get(|| async { "here" }))
            .route("/sign-in", sign_in);
        let shutdown = CancellationToken::new();
        tokio::spawn(serve(listener, router, limits(), shutdown.clone()));
        (address, shutdown)
    }

    async fn ask(stream: &mut TcpStream, path: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let mut piece = [0; 512];
        while !answer.windows(4).any(|window| window == b"\r\n\r\n") || answer.ends_with(b"\r\n\r\n") {
            let read = stream.read(&mut piece).await.unwrap();
            assert!(read > 0, "the connection was ended");
            answer.extend_from_slice(&piece[..read]);
        }
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Clients that read the endless page and take nothing of it.
    async fn slow_readers(address: SocketAddr, count: usize) -> Vec<TcpStream> {
        let mut slow = Vec::new();
        for _ in 0..count {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
            let mut head = [0; 16];
            stream.read_exact(&mut head).await.unwrap();
            slow.push(stream);
        }
        slow
    }

    #[tokio::test]
    async fn more_slow_readers_than_there_are_places_leave_an_innocent_client_under_a_second() {
        let (address, shutdown) = serving().await;
        let _slow = slow_readers(address, PLACES + 3).await;
        let innocent = async {
            let mut stream = TcpStream::connect(address).await.unwrap();
            ask(&mut stream, "/").await
        };
        let answer = tokio::time::timeout(Duration::from_secs(1), innocent).await.unwrap();
        assert!(answer.ends_with("here"), "{answer}");
        shutdown.cancel();
    }

    #[tokio::test]
    async fn whoever_signed_in_keeps_the_connection_and_gets_another_one_while_others_hold_all_the_rest() {
        let (address, shutdown) = serving().await;
        let mut signed_in = TcpStream::connect(address).await.unwrap();
        assert!(ask(&mut signed_in, "/sign-in").await.ends_with("signed in"));
        let _slow = slow_readers(address, 3 * PLACES).await;
        let reviewer = async {
            let kept = ask(&mut signed_in, "/").await;
            let mut another = TcpStream::connect(address).await.unwrap();
            let fresh = ask(&mut another, "/sign-in").await;
            let _more = slow_readers(address, PLACES).await;
            (kept, fresh, ask(&mut another, "/").await, ask(&mut signed_in, "/").await)
        };
        let (kept, fresh, again, last) =
            tokio::time::timeout(Duration::from_secs(30), reviewer).await.unwrap();
        assert!(fresh.ends_with("signed in"));
        assert!([kept, again, last].iter().all(|answer| answer.ends_with("here")));
        shutdown.cancel();
    }
}
