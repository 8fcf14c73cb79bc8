//! `rasid runtime`: the local Kafka and PostgreSQL of the demo, the tests and the benches, on their own.

use anyhow::Context;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use runtime::state::{self, Announcement};
use runtime::{FetchProgress, Locations, Provisioned, Runtime, RuntimeError, ServiceOptions, Services};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Time between two looks whether a service has ended by itself.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// The arguments of `rasid runtime`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  rasid runtime up --data ~/rasid-data")]
pub(crate) struct RuntimeArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Fetches Kafka, PostgreSQL and ONNX Runtime into the cache, unless they are there.
    #[command(after_help = "Example:\n  rasid runtime fetch --verify")]
    Fetch {
        /// Compare every file in the cache by its SHA-256, not only by size and time.
        #[arg(long)]
        verify: bool,
    },
    /// Runs Kafka and PostgreSQL in the foreground until Ctrl-C or `rasid runtime down`.
    #[command(after_help = "Example:\n  rasid runtime up --data ~/rasid-data --json")]
    Up {
        /// Keep the data in this folder; without it the data is temporary.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Print the addresses as one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Stops every `rasid runtime up` of this user.
    #[command(after_help = "Example:\n  rasid runtime down")]
    Down,
    /// Shows what runs, with its addresses.
    #[command(after_help = "Example:\n  rasid runtime status --json")]
    Status {
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
    },
}

/// Runs `rasid runtime`.
pub(crate) async fn run(arguments: RuntimeArguments) -> anyhow::Result<()> {
    let locations = Locations::from_environment();
    match arguments.action {
        Action::Fetch { verify } => {
            let provisioned = blocking(move || fetch(&locations, verify)).await?;
            print(&format!("ready in {}", provisioned.folder().display()))
        }
        Action::Up { data, json } => up(locations, data, json).await,
        Action::Down => {
            let stopped = blocking(move || state::stop_announced(&locations)).await?;
            if stopped.is_empty() {
                return print("nothing was running");
            }
            stopped.iter().try_for_each(|Announcement { pid, .. }| print(&format!("stopped process {pid}")))
        }
        Action::Status { json } => {
            let announced = blocking(move || state::announced(&locations)).await?;
            if announced.is_empty() && !json {
                return print("nothing is running; `rasid runtime up` starts Kafka and PostgreSQL");
            }
            announced.iter().try_for_each(|announcement| show(announcement, json))
        }
    }
}

/// Fetches with a progress bar on a terminal and plain lines elsewhere, both on stderr. Blocks.
///
/// # Errors
/// As [`Runtime::fetch`].
pub(crate) fn fetch(locations: &Locations, verify: bool) -> Result<Provisioned, RuntimeError> {
    let mut display = ProgressDisplay::default();
    let result = Runtime::fetch(locations, verify, &mut |progress| display.show(progress));
    display.finish();
    result
}

async fn up(locations: Locations, data: Option<PathBuf>, json: bool) -> anyhow::Result<()> {
    // Before the start, so that a signal during it ends in an orderly stop too.
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let services = Arc::new(
        blocking(move || {
            let provisioned = fetch(&locations, false)?;
            Services::start(
                &provisioned,
                ServiceOptions { data, announce: true, ..ServiceOptions::default() },
            )
        })
        .await?,
    );
    show(&services.announcement(), json)?;
    eprintln!("running; Ctrl-C or `rasid runtime down` stops");
    let mut interval = tokio::time::interval(CHECK_INTERVAL);
    let outcome = loop {
        tokio::select! {
            _ = interrupt.recv() => break Ok(()),
            _ = terminate.recv() => break Ok(()),
            _ = interval.tick() => {
                let watched = Arc::clone(&services);
                if let Err(error) = blocking(move || watched.check()).await {
                    break Err(error);
                }
            }
        }
    };
    // No other holder is left: each look above was awaited.
    if let Some(services) = Arc::into_inner(services) {
        blocking(move || services.stop()).await?;
    }
    outcome
}

/// Runs blocking work of the crate `runtime` off the executor.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RuntimeError> + Send + 'static,
) -> anyhow::Result<T> {
    Ok(tokio::task::spawn_blocking(work).await.context("the work panicked")??)
}

fn show(announcement: &Announcement, json: bool) -> anyhow::Result<()> {
    if json {
        return print(&serde_json::to_string(announcement)?);
    }
    let Announcement { pid, kafka_brokers, database_url, data } = announcement;
    print(&format!("process     {pid}"))?;
    print(&format!("kafka       {kafka_brokers}"))?;
    print(&format!("postgresql  {database_url}"))?;
    print(&format!("data        {}", data.display()))
}

fn print(line: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{line}").context("cannot write to stdout")
}

/// Shows a fetch that takes long; one that finds everything in the cache shows nothing.
#[derive(Default)]
struct ProgressDisplay {
    bar: Option<ProgressBar>,
    last_line: String,
}

impl ProgressDisplay {
    fn show(&mut self, progress: FetchProgress) {
        let (message, done, total) = match progress {
            FetchProgress::WaitingForOther => ("waiting for another process that is fetching", 0, 0),
            FetchProgress::Downloading { bytes, total_bytes } => {
                ("fetching Kafka, PostgreSQL and ONNX Runtime", bytes, total_bytes)
            }
            FetchProgress::Verifying { files, total_files } => {
                ("verifying", u64_of(files), u64_of(total_files))
            }
            FetchProgress::Unpacking => ("unpacking", 0, 0),
            FetchProgress::PreparingKafka => ("preparing Kafka for quick starts", 0, 0),
        };
        if !std::io::stderr().is_terminal() {
            if self.last_line != message {
                message.clone_into(&mut self.last_line);
                eprintln!("{message}");
            }
            return;
        }
        let bar = self.bar.get_or_insert_with(|| ProgressBar::new(0).with_style(style()));
        bar.set_message(message);
        bar.set_length(total.max(1));
        bar.set_position(done);
    }

    fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg} {bar:30} {percent}%")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn u64_of(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
