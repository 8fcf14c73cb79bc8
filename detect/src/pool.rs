//! Worker threads, each with its own nets, fed by a bounded channel: callers wait without blocking the executor.

use crate::config::DetectConfig;
use crate::detector::{Detector, LoadError, ReadError};
use crate::metrics::DetectMetrics;
use crate::model_card::Models;
use schemas::clock::Clock;
use schemas::picture::Picture;
use schemas::plate_read::PlateRead;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

type Answer = Result<Vec<PlateRead>, ReadError>;

/// A handle on the workers; cloning is cheap. They end when the last handle is dropped.
#[derive(Debug, Clone)]
pub struct DetectorPool {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Nothing only while the pool is being dropped.
    jobs: Option<mpsc::Sender<Job>>,
    workers: Vec<JoinHandle<()>>,
    metrics: DetectMetrics,
    model_digest: String,
    least_side: u32,
}

#[derive(Debug)]
struct Job {
    picture: Arc<dyn Picture>,
    answer: oneshot::Sender<Answer>,
}

impl DetectorPool {
    /// Loads the models once and starts the workers.
    ///
    /// # Errors
    /// As [`Detector::load`]; no worker is left running then.
    pub fn start(
        config: &DetectConfig,
        metrics: DetectMetrics,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, LoadError> {
        let models = Models::load(config.models_folder.as_deref())?;
        let library = config.onnxruntime_path.as_deref().ok_or(LoadError::NoLibrary)?;
        let model_digest = models.digest.clone();
        let detectors: Vec<Detector> = (0..config.workers)
            .map(|_| {
                let detector = Detector::with_models(models.clone(), library, config.threads_per_net)?;
                Ok(detector.set_up(config))
            })
            .collect::<Result<_, LoadError>>()?;
        metrics.set_limit(config.waiting_frames_max + config.workers);
        let least_side = detectors.first().map_or(0, Detector::least_side);
        let (sender, receiver) = mpsc::channel(config.waiting_frames_max);
        let receiver = Arc::new(Mutex::new(receiver));
        let workers = detectors
            .into_iter()
            .map(|detector| {
                let (receiver, metrics, clock) = (Arc::clone(&receiver), metrics.clone(), Arc::clone(&clock));
                std::thread::spawn(move || work(detector, &receiver, &metrics, clock.as_ref()))
            })
            .collect();
        Ok(Self { inner: Arc::new(Inner { jobs: Some(sender), workers, metrics, model_digest, least_side }) })
    }

    /// SHA-256 over both nets and contracts.
    #[must_use]
    pub fn model_digest(&self) -> &str {
        &self.inner.model_digest
    }

    /// As [`Detector::least_side`].
    #[must_use]
    pub fn least_side(&self) -> u32 {
        self.inner.least_side
    }

    /// Reads a picture on a worker; waits while `waiting_frames_max` frames are ahead.
    ///
    /// # Errors
    /// When a net fails or no worker is left.
    pub async fn read(&self, picture: Arc<dyn Picture>) -> Result<Vec<PlateRead>, ReadError> {
        let (answer, answered) = oneshot::channel();
        let jobs = self.inner.jobs.as_ref().ok_or(ReadError::WorkerGone)?;
        self.inner.metrics.taken_in();
        let waiting = Waiting(&self.inner.metrics);
        jobs.send(Job { picture, answer }).await.map_err(|_| ReadError::WorkerGone)?;
        let result = answered.await.unwrap_or(Err(ReadError::WorkerGone));
        drop(waiting);
        result
    }
}

impl Drop for Inner {
    /// Ends the workers: each finishes the frame it has.
    fn drop(&mut self) {
        self.jobs = None;
        for worker in self.workers.drain(..) {
            if worker.join().is_err() {
                tracing::error!("a reading worker had panicked");
            }
        }
    }
}

/// Counts a frame out again, also when its caller gave up waiting.
struct Waiting<'a>(&'a DetectMetrics);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.given_back();
    }
}

fn work(
    mut detector: Detector,
    jobs: &Mutex<mpsc::Receiver<Job>>,
    metrics: &DetectMetrics,
    clock: &dyn Clock,
) {
    loop {
        // The lock is held while waiting: only one idle worker waits on the channel, the others on the lock.
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(job) = job else { return };
        if job.answer.is_closed() {
            continue;
        }
        let started = clock.monotonic();
        let result = detector.read_plates(job.picture.as_ref());
        match &result {
            Ok(plates) => metrics.read(plates, clock.monotonic().saturating_sub(started)),
            Err(_) => metrics.failed(),
        }
        // A caller that stopped waiting needs no answer.
        drop(job.answer.send(result));
    }
}
