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
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// Wait after a connection could not be accepted, e.g. because there are too many open files.
const ACCEPT_RETRY_MILLISECONDS: u64 = 200;

/// Limits of a port.
#[derive(Debug, Clone, Copy)]
pub struct ServeLimits {
    /// Connections served at the same time.
    pub connections_max: usize,
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
            header_read_timeout: Duration::from_millis(config.header_read_timeout_milliseconds),
            write_stall_timeout: Duration::from_secs(config.write_stall_seconds),
            connection_lifetime: Duration::from_secs(config.connection_seconds_max),
            drain_timeout: Duration::from_millis(config.drain_timeout_milliseconds),
        }
    }
}

/// Serves `router` on `listener` until `shutdown`; gives back when the last request was answered or the drain's time
/// is over.
///
/// # Errors
/// Never for one connection's sake; only when there is no slot left for connections because the limit is 0.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ServeLimits,
    shutdown: CancellationToken,
) -> io::Result<()> {
    serve_within(listener, router, limits, Arc::new(Semaphore::new(limits.connections_max)), shutdown).await
}

/// The same within `slots`, one for each connection, which show how many are free.
///
/// # Errors
/// As [`serve`].
pub async fn serve_within(
    listener: TcpListener,
    router: Router,
    limits: ServeLimits,
    slots: Arc<Semaphore>,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let graceful = GracefulShutdown::new();
    let connections = TaskTracker::new();
    let places = Arc::new(Places::default());
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Some(slot) = next_slot(&slots, &places, &shutdown).await else { break };
                let place = (slot, places.take(peer.ip()));
                let router = router.clone().layer(Extension(Peer(peer.ip())));
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

/// A slot for whoever has come: a free one, or that of the client that has come on least.
async fn next_slot(
    slots: &Arc<Semaphore>,
    places: &Places,
    shutdown: &CancellationToken,
) -> Option<OwnedSemaphorePermit> {
    if slots.available_permits() == 0 {
        places.make_room();
    }
    tokio::select! {
        () = shutdown.cancelled() => None,
        slot = slots.clone().acquire_owned() => slot.ok(),
    }
}

async fn connection(
    stream: TcpStream,
    router: Router,
    limits: ServeLimits,
    watcher: Watcher,
    (slot, place): (OwnedSemaphorePermit, Taken),
) {
    let service = router.map_request(|request: Request<Incoming>| request.map(Body::new));
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_timeout)
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
    drop(slot);
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
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// Bytes that no buffer between the two sides holds.
    const LARGE_BYTES: usize = 64_000_000;
    const PLACES: usize = 8;

    fn limits() -> ServeLimits {
        ServeLimits {
            connections_max: PLACES,
            header_read_timeout: Duration::from_secs(60),
            write_stall_timeout: Duration::from_secs(60),
            connection_lifetime: Duration::from_secs(600),
            drain_timeout: Duration::from_millis(1),
        }
    }

    #[tokio::test]
    async fn more_slow_readers_than_there_are_places_leave_an_innocent_client_under_a_second() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let large = get(|| async { vec![b'x'; LARGE_BYTES] });
        let router = Router::new().route("/large", large).route("/", get(|| async { "here" }));
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn(serve(listener, router, limits(), shutdown.clone()));
        let mut slow = Vec::new();
        for _ in 0..PLACES + 3 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
            let mut head = [0; 16];
            stream.read_exact(&mut head).await.unwrap();
            slow.push(stream);
        }
        let innocent = async {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            answer
        };
        let answer = tokio::time::timeout(Duration::from_secs(1), innocent).await.unwrap();
        assert!(answer.ends_with("here"), "{answer}");
        shutdown.cancel();
        serving.await.unwrap().unwrap();
    }
}
