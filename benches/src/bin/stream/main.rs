//! The whole stream half against the bare loop 'decode, locate, read', on the demo's pictures: events of two frames, as
//! many reading threads in both, broker and database on the same cores.
//!
//! The topic is filled before the clock starts. It runs from the first record received to the last one settled, so
//! that start-up is left out and the filling and emptying of the pipeline are not. Every event is an act of its own
//! and every picture has a digest of its own, so each is written as a new violation with new evidence.

mod acts;
mod bare;
mod whole;

use adjudicate::foundation::db::{self, Database, PoolPurpose};
use bare::{BareRound, EventPictures};
use benches::figures::{median, print_line};
use benches::{arguments, machine};
use rasid::config::Config;
use rasid::demo::publish::Program;
use rasid::sending::manifest::ActLine;
use rasid::sending::records::Pictures;
use runtime::Services;
use schemas::clock::{Clock, SystemClock};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use whole::WholeRound;

const ROUNDS: u32 = 3;
/// How often each act is repeated in a round.
const REPETITIONS: u32 = 20;

/// The same number of events both ways.
struct Round {
    events: f64,
    bare: BareRound,
    whole: WholeRound,
}

/// What all rounds share.
struct Bench {
    services: Services,
    library: PathBuf,
    clock: Arc<dyn Clock>,
    pool: Database,
    program: Program,
    acts: Vec<ActLine>,
    demo: PathBuf,
}

impl Round {
    fn bare_rate(&self) -> f64 {
        self.events / self.bare.duration.as_secs_f64()
    }

    fn whole_rate(&self) -> f64 {
        self.events / self.whole.duration.as_secs_f64()
    }

    fn ratio(&self) -> f64 {
        self.whole_rate() / self.bare_rate()
    }

    #[expect(clippy::cast_precision_loss, reason = "a bench takes minutes, far from 2^53 ms")]
    fn per_event(&self, milliseconds: u64) -> f64 {
        milliseconds as f64 / self.events
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let [rounds, repetitions] =
        arguments::counts(std::env::args().skip(1), ["ROUNDS", "REPETITIONS"], [ROUNDS, REPETITIONS])?;
    let bench = Bench::start().await?;
    let mut measured = Vec::new();
    for number in 0..rounds {
        let round = bench.measure(number, number * repetitions..(number + 1) * repetitions).await?;
        print_line(&format!("round {}: {}", number + 1, describe(&[&round])))?;
        measured.push(round);
    }
    print_line(&format!("median of {rounds} rounds: {}", describe(&measured.iter().collect::<Vec<_>>())))?;
    bench.pool.close().await;
    machine::stop(bench.services).await
}

impl Bench {
    async fn start() -> anyhow::Result<Self> {
        let provisioned = machine::provision().await?;
        let library = provisioned.onnxruntime_library().to_path_buf();
        let services = machine::start(provisioned, true).await?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/demo");
        let program = Program::load(&demo, clock.now())?;
        let config = configuration(&services, 0, &std::env::temp_dir(), &library)?;
        let pool = db::connect(&config.database, PoolPurpose::Jobs).await?;
        db::migrate(&pool, &config.database.grantees()).await?;
        program.register(&pool).await?;
        let acts = acts::violations(&program.acts)?;
        Ok(Self { services, library, clock, pool, program, acts, demo })
    }

    async fn measure(&self, number: u32, repetitions: Range<u32>) -> anyhow::Result<Round> {
        let scratch = tempfile::tempdir()?;
        let pictures = scratch.path().join("sent");
        fs::create_dir(&pictures)?;
        let lines = acts::repeated(&self.acts, &self.demo, &pictures, repetitions)?;
        let config = configuration(&self.services, number, &scratch.path().join("kept"), &self.library)?;
        let bare = self.measure_bare(&config, lines.len())?;
        let records = self.program.plan(&Pictures::Folder(pictures), &lines)?;
        let whole = whole::measure(&config, &self.services, &self.pool, records, &self.clock).await?;
        Ok(Round { events: f64::from(u32::try_from(lines.len())?), bare, whole })
    }

    fn measure_bare(&self, config: &Config, events: usize) -> anyhow::Result<BareRound> {
        let read =
            |act: &ActLine| act.frames.iter().map(|frame| fs::read(self.demo.join(&frame.file))).collect();
        let pictures: Vec<EventPictures> = self.acts.iter().map(read).collect::<Result<_, _>>()?;
        let limits = (&config.ingest).into();
        tokio::task::block_in_place(|| {
            bare::measure(&pictures, events, &config.detect, &limits, self.clock.as_ref())
        })
    }
}

/// Both rates and their ratio, and CPU time for each event; the median of several rounds.
fn describe(rounds: &[&Round]) -> String {
    let of = |figure: &dyn Fn(&Round) -> f64| {
        median(&rounds.iter().map(|round| figure(round)).collect::<Vec<_>>())
    };
    format!(
        "{} events, bare loop {:.2}/s, stream half {:.2}/s, ratio {:.3}; CPU ms an event: \
         bare loop {:.1}, run {:.1}, broker {:.1}, PostgreSQL {:.1}",
        of(&|round| round.events),
        of(&Round::bare_rate),
        of(&Round::whole_rate),
        of(&Round::ratio),
        of(&|round| round.per_event(round.bare.cpu_milliseconds)),
        of(&|round| round.per_event(round.whole.cpu_milliseconds.run)),
        of(&|round| round.per_event(round.whole.cpu_milliseconds.broker)),
        of(&|round| round.per_event(round.whole.cpu_milliseconds.postgres)),
    )
}

/// The defaults, with a topic and a group of this round.
fn configuration(services: &Services, round: u32, evidence: &Path, library: &Path) -> anyhow::Result<Config> {
    Config::from_defaults_and(&format!(
        "[kafka]\nbrokers = {:?}\ninstance = \"bench\"\ngroup = \"bench-{round}\"\nevents_topic = \"bench-{round}\"\n\
         [database]\nurl = {:?}\n[evidence]\ndirectory = {:?}\n[detect]\nonnxruntime_path = {:?}\n",
        services.kafka_brokers(),
        services.database_url(),
        evidence.to_string_lossy(),
        library.to_string_lossy(),
    ))
}
