//! Who holds the places for connections, and who must go when all are taken: a client that reads or sends nothing keeps
//! its place only until another one needs it.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Bytes that count as progress; a client that trickles single ones makes none.
const PROGRESS_BYTES: u64 = 1_024;

/// All places of a port.
#[derive(Debug, Default)]
pub(crate) struct Places {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    next_number: u64,
    places: HashMap<u64, Place>,
}

#[derive(Debug)]
struct Place {
    peer: IpAddr,
    progress: Arc<Progress>,
    leave: CancellationToken,
}

/// A taken place, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Taken {
    places: Arc<Places>,
    number: u64,
    progress: Arc<Progress>,
    leave: CancellationToken,
}

/// How a connection comes on.
#[derive(Debug)]
pub(crate) struct Progress {
    began: Instant,
    /// Milliseconds after `began` of the last progress.
    moved_at: AtomicU64,
    /// Bytes since then.
    bytes: AtomicU64,
    /// Milliseconds after `began` since which a write waits for the client, plus 1; 0 if none does.
    write_waits_since: AtomicU64,
}

/// A stream whose progress is noted.
#[derive(Debug)]
pub(crate) struct Watched<S> {
    stream: S,
    progress: Arc<Progress>,
}

impl Places {
    /// Takes a place for a client at `peer`.
    pub(crate) fn take(self: &Arc<Self>, peer: IpAddr) -> Taken {
        let (progress, leave) = (Arc::new(Progress::new()), CancellationToken::new());
        let mut held = self.held();
        let number = held.next_number;
        held.next_number += 1;
        let place = Place { peer, progress: Arc::clone(&progress), leave: leave.clone() };
        held.places.insert(number, place);
        Taken { places: Arc::clone(self), number, progress, leave }
    }

    /// Asks one client to leave: of the peer with most places, the one that has come on least recently.
    pub(crate) fn make_room(&self) {
        let held = self.held();
        let mut counts: HashMap<IpAddr, usize> = HashMap::new();
        let staying = || held.places.values().filter(|place| !place.leave.is_cancelled());
        staying().for_each(|place| *counts.entry(place.peer).or_default() += 1);
        let last = staying().min_by_key(|place| {
            let others = counts.get(&place.peer).copied().unwrap_or_default();
            (std::cmp::Reverse(others), place.progress.moved())
        });
        if let Some(last) = last {
            last.leave.cancel();
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// Waits until the place is needed by another one, or the client has let a write wait for `stall`.
    pub(crate) async fn until_it_must_go(&self, stall: Duration) {
        let stalled = async {
            loop {
                let waits = self.progress.write_waits();
                if waits >= stall {
                    return;
                }
                tokio::time::sleep(stall.saturating_sub(waits)).await;
            }
        };
        tokio::select! {
            () = self.leave.cancelled() => {}
            () = stalled => {}
        }
    }

    /// A stream that notes here how it comes on.
    pub(crate) fn watch<S>(&self, stream: S) -> Watched<S> {
        Watched { stream, progress: Arc::clone(&self.progress) }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.places.held().places.remove(&self.number);
    }
}

impl Progress {
    fn new() -> Self {
        let zero = || AtomicU64::new(0);
        Self { began: Instant::now(), moved_at: zero(), bytes: zero(), write_waits_since: zero() }
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn moved(&self) -> Instant {
        self.began + Duration::from_millis(self.moved_at.load(Ordering::Relaxed))
    }

    fn add(&self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        if self.bytes.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) >= PROGRESS_BYTES {
            self.bytes.store(0, Ordering::Relaxed);
            self.moved_at.store(self.elapsed(), Ordering::Relaxed);
        }
    }

    fn note_write(&self, is_waiting: bool) {
        if !is_waiting {
            self.write_waits_since.store(0, Ordering::Relaxed);
        } else if self.write_waits_since.load(Ordering::Relaxed) == 0 {
            self.write_waits_since.store(self.elapsed() + 1, Ordering::Relaxed);
        }
    }

    fn write_waits(&self) -> Duration {
        match self.write_waits_since.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            since => Duration::from_millis(self.elapsed().saturating_sub(since - 1)),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.progress.add(buffer.filled().len() - before);
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(&polled);
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.note(&polled);
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S> Watched<S> {
    fn note(&self, polled: &Poll<io::Result<usize>>) {
        self.progress.note_write(polled.is_pending());
        if let Poll::Ready(Ok(written)) = polled {
            self.progress.add(*written);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn peer(last: u8) -> IpAddr {
        Ipv4Addr::new(10, 0, 0, last).into()
    }

    #[tokio::test(start_paused = true)]
    async fn who_holds_most_places_and_has_not_come_on_goes_first() {
        let places = Arc::new(Places::default());
        let other = places.take(peer(1));
        let (first, second) = (places.take(peer(2)), places.take(peer(2)));
        tokio::time::advance(Duration::from_secs(5)).await;
        first.progress.add(2_000);
        places.make_room();
        assert!(second.leave.is_cancelled() && !first.leave.is_cancelled() && !other.leave.is_cancelled());
        drop(second);
        // Now both hold one: the one that came on less recently.
        places.make_room();
        assert!(other.leave.is_cancelled() && !first.leave.is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_waits_too_long_ends_the_connection_and_single_bytes_are_no_progress() {
        let places = Arc::new(Places::default());
        let taken = places.take(peer(1));
        let (near, _far) = tokio::io::duplex(4);
        let mut watched = taken.watch(near);
        let began = Instant::now();
        let writing = tokio::io::AsyncWriteExt::write_all(&mut watched, b"longer than four");
        let stalled = taken.until_it_must_go(Duration::from_secs(3));
        tokio::select! {
            _ = writing => panic!("nobody reads"),
            () = stalled => {}
        }
        assert!(began.elapsed() >= Duration::from_secs(3), "{:?}", began.elapsed());
        assert_eq!(taken.progress.moved(), taken.progress.began);
    }
}
