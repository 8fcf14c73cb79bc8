//! Who holds the places for connections, and who must go when all are taken: a client that reads or sends nothing keeps
//! its place only until another one needs it, and some places are never taken from staff who signed in.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Bytes that count as progress; a client that trickles single ones makes none.
const PROGRESS_BYTES: u64 = 1_024;
const ASSETS_PREFIX: &str = "/assets/";

/// How many places there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlaceLimits {
    /// In all.
    pub(crate) all: usize,
    /// Of these, such as are taken by staff alone.
    pub(crate) staff: usize,
}

/// All places of a port.
#[derive(Debug)]
pub struct Places {
    limits: PlaceLimits,
    held: Mutex<Held>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct Held {
    next_number: u64,
    places: HashMap<u64, Holder>,
}

#[derive(Debug)]
struct Holder {
    peer: IpAddr,
    progress: Arc<Progress>,
    leave: CancellationToken,
    is_staff: bool,
    /// Whether the request at work, or the last one, was one of the staff.
    serves_staff: bool,
}

/// A taken place, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Taken {
    places: Arc<Places>,
    number: u64,
    progress: Arc<Progress>,
    leave: CancellationToken,
}

/// The place of a request's connection, found in the request's extensions.
#[derive(Debug, Clone)]
pub struct Place {
    places: Weak<Places>,
    number: u64,
}

impl Place {
    /// Somebody of the staff proved on this connection who it is: others no longer take its place.
    pub fn keep_for_staff(&self) {
        let Some(places) = self.places.upgrade() else { return };
        if let Some(holder) = places.held().places.get_mut(&self.number) {
            (holder.is_staff, holder.serves_staff) = (true, true);
        }
        places.freed.notify_one();
    }

    /// A request begins, and it is not known whose.
    fn begin_request(&self) {
        self.with_holder(|holder| holder.serves_staff = false);
    }

    /// A request was answered: a place on which others ask now is kept for nobody. A proxy sends requests of many people
    /// over one connection.
    fn end_request(&self) {
        self.with_holder(|holder| holder.is_staff = holder.serves_staff);
    }

    fn with_holder(&self, change: impl FnOnce(&mut Holder)) {
        let Some(places) = self.places.upgrade() else { return };
        if let Some(holder) = places.held().places.get_mut(&self.number) {
            change(holder);
        }
    }
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

/// The layer: follows whose requests come over a connection. Style sheet and script, which a browser fetches without saying
/// for whom, change nothing.
pub(crate) async fn follow(request: Request, next: Next) -> Response {
    let is_asset = request.uri().path().starts_with(ASSETS_PREFIX);
    let place = request.extensions().get::<Place>().filter(|_| !is_asset).cloned();
    if let Some(place) = &place {
        place.begin_request();
    }
    let response = next.run(request).await;
    if let Some(place) = &place {
        place.end_request();
    }
    response
}

impl Places {
    /// So many places, of them so many that staff alone takes, all free.
    #[must_use]
    pub fn of(all: usize, staff: usize) -> Self {
        Self::new(PlaceLimits { all, staff })
    }

    /// How much of the places is taken, 0 to 1.
    #[must_use]
    pub fn used_ratio(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
        let used = self.held().places.len() as f64 / self.limits.all.max(1) as f64;
        used
    }

    /// As many places, all free.
    pub(crate) fn new(limits: PlaceLimits) -> Self {
        Self { limits, held: Mutex::default(), freed: Notify::new() }
    }

    /// A place for a client at `peer`: a free one, or that of a client that had to leave.
    pub(crate) async fn next(self: &Arc<Self>, peer: IpAddr) -> Taken {
        loop {
            let freed = self.freed.notified();
            if let Some(taken) = self.take(peer) {
                return taken;
            }
            self.make_room();
            freed.await;
        }
    }

    /// A free place for a client at `peer`; nobody is known as staff before the first request.
    fn take(self: &Arc<Self>, peer: IpAddr) -> Option<Taken> {
        let mut held = self.held();
        let others = held.places.values().filter(|holder| !holder.is_staff).count();
        if held.places.len() >= self.limits.all || others >= self.limits.all.saturating_sub(self.limits.staff)
        {
            return None;
        }
        let (progress, leave) = (Arc::new(Progress::new()), CancellationToken::new());
        let number = held.next_number;
        held.next_number += 1;
        let holder = Holder {
            peer,
            progress: Arc::clone(&progress),
            leave: leave.clone(),
            is_staff: false,
            serves_staff: false,
        };
        held.places.insert(number, holder);
        Some(Taken { places: Arc::clone(self), number, progress, leave })
    }

    /// Asks one client to leave: of the peer with most places, the one that has come on least recently; one of the staff
    /// only where nobody else is left. Nobody while another one is still on the way out.
    fn make_room(&self) {
        let held = self.held();
        if held.places.values().any(|holder| holder.leave.is_cancelled()) {
            return;
        }
        let mut counts: HashMap<IpAddr, usize> = HashMap::new();
        held.places.values().for_each(|holder| *counts.entry(holder.peer).or_default() += 1);
        let last = held.places.values().min_by_key(|holder| {
            let others = counts.get(&holder.peer).copied().unwrap_or_default();
            (holder.is_staff, std::cmp::Reverse(others), holder.progress.moved())
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
    /// The place, for requests on its connection.
    pub(crate) fn place(&self) -> Place {
        Place { places: Arc::downgrade(&self.places), number: self.number }
    }

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
        self.places.freed.notify_one();
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

    fn places(all: usize, staff: usize) -> Arc<Places> {
        Arc::new(Places::new(PlaceLimits { all, staff }))
    }

    fn peer(last: u8) -> IpAddr {
        Ipv4Addr::new(10, 0, 0, last).into()
    }

    #[tokio::test(start_paused = true)]
    async fn who_holds_most_places_and_has_not_come_on_goes_first() {
        let places = places(8, 0);
        let other = places.take(peer(1)).unwrap();
        let (first, second) = (places.take(peer(2)).unwrap(), places.take(peer(2)).unwrap());
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
    async fn others_never_take_the_places_of_staff_and_staff_may_have_them_all() {
        let places = places(3, 2);
        let reviewer = places.take(peer(1)).unwrap();
        assert!(places.take(peer(2)).is_none(), "one place is for others, and it is not known whose this is");
        reviewer.place().keep_for_staff();
        let other = places.take(peer(2)).unwrap();
        places.make_room();
        assert!(other.leave.is_cancelled() && !reviewer.leave.is_cancelled());
        drop(other);
        tokio::time::advance(Duration::from_secs(1)).await;
        let second = places.next(peer(1)).await;
        second.place().keep_for_staff();
        let third = places.next(peer(1)).await;
        third.place().keep_for_staff();
        assert!(places.take(peer(1)).is_none());
        // Only staff is left: then the one that has come on least makes room for whoever comes.
        places.make_room();
        assert!(reviewer.leave.is_cancelled() && !third.leave.is_cancelled());
    }

    #[tokio::test]
    async fn a_place_over_which_others_ask_is_no_longer_kept() {
        let places = places(3, 2);
        let proxy = places.take(peer(1)).unwrap();
        let is_kept = || places.held().places[&proxy.number].is_staff;
        for (serves_staff, kept) in [(true, true), (true, true), (false, false), (true, true)] {
            proxy.place().begin_request();
            if serves_staff {
                proxy.place().keep_for_staff();
            }
            proxy.place().end_request();
            assert_eq!(is_kept(), kept);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_waits_too_long_ends_the_connection_and_single_bytes_are_no_progress() {
        let taken = places(1, 0).take(peer(1)).unwrap();
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
