//! The bare loop: decode, locate, read, on as many threads as the stream half has for reading, and nothing else.

use anyhow::{anyhow, ensure};
use benches::cpu;
use detect::{DetectConfig, Detector};
use ingest::frame::{FrameLimits, decode_frame};
use schemas::clock::Clock;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// The encoded pictures of one event.
pub(crate) type EventPictures = Vec<Vec<u8>>;

/// What the loop took.
pub(crate) struct BareRound {
    pub(crate) duration: Duration,
    pub(crate) cpu_milliseconds: u64,
}

/// Reads `count` events, taking `pictures` again from the start where there are fewer.
pub(crate) fn measure(
    pictures: &[EventPictures],
    count: usize,
    config: &DetectConfig,
    limits: &FrameLimits,
    clock: &dyn Clock,
) -> anyhow::Result<BareRound> {
    let next = AtomicUsize::new(0);
    let ready = Barrier::new(config.workers + 1);
    let mut detectors: Vec<Detector> =
        (0..config.workers).map(|_| Detector::load(config)).collect::<Result<_, _>>()?;
    thread::scope(|scope| {
        let work = |detector: &mut Detector| {
            ready.wait();
            let mut plates = 0;
            while let Some(event) = taken(&next, count).map(|number| &pictures[number % pictures.len()]) {
                for bytes in event {
                    let frame = decode_frame(bytes, "image/jpeg", limits)?;
                    plates += detector.read_plates(&frame)?.len();
                }
            }
            anyhow::Ok(plates)
        };
        let workers: Vec<_> =
            detectors.iter_mut().map(|detector| scope.spawn(move || work(detector))).collect();
        let used = cpu::own_milliseconds(std::process::id());
        ready.wait();
        let begun = clock.monotonic();
        let mut plates = 0;
        for worker in workers {
            plates += worker.join().map_err(|_| anyhow!("a reading thread panicked"))??;
        }
        let duration = clock.monotonic() - begun;
        ensure!(plates >= count, "{plates} plates were read on {count} events: these are other pictures");
        let cpu_milliseconds = cpu::own_milliseconds(std::process::id())? - used?;
        Ok(BareRound { duration, cpu_milliseconds })
    })
}

fn taken(next: &AtomicUsize, count: usize) -> Option<usize> {
    Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < count)
}
