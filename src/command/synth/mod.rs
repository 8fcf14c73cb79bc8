//! `rasid synth`: pictures of plates and road scenes with ground truth, from a seed.

mod demo;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget};
use schemas::jurisdiction::Jurisdiction;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use synth::camera::degrade::{Quality, compress};
use synth::camera::weather::Weather;
use synth::drawing::fonts::Fonts;
use synth::plate::layout::Mount;
use synth::scene::condition::{ConditionKind, ConditionMix};
use synth::scene::label::PictureLabel;
use synth::scene::sample::{Kind, SampleRequest, make_sample};

/// Pictures made before their labels are written out.
const CHUNK_PICTURES: u64 = 512;

/// Arguments of `rasid synth`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  rasid synth --out plates --count 1000 --seed 7 --kind plate --jurisdiction both\n  rasid synth --out hard --count 2000 --condition challenge   # nothing in it may be issued automatically"
)]
pub(crate) struct SynthArguments {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    samples: SampleArguments,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Makes the pictures of `rasid demo` again, from the photographs and from drawings.
    Demo(demo::DemoArguments),
}

#[derive(Debug, clap::Args)]
struct SampleArguments {
    /// Folder for the pictures and labels.jsonl; made if it is missing.
    #[arg(long, value_name = "DIR", default_value = "plates")]
    out: PathBuf,
    /// How many pictures.
    #[arg(long, default_value_t = 100)]
    count: u64,
    /// Seed: the same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A plate with a margin, or a whole road scene.
    #[arg(long, value_enum, default_value_t = KindArgument::Plate)]
    kind: KindArgument,
    /// Whose plates; `both` takes turns.
    #[arg(long, value_enum, default_value_t = JurisdictionArgument::Both)]
    jurisdiction: JurisdictionArgument,
    /// Only clear pictures, or everything from clear to hardly readable.
    #[arg(long, value_enum, default_value_t = QualityArgument::Mixed)]
    quality: QualityArgument,
    /// Honest plates, or those of which none may be issued automatically; `challenge` is an equal mixture of all
    /// but `regular`.
    #[arg(long, value_enum, default_value_t = ConditionArgument::Regular)]
    condition: ConditionArgument,
    /// A dry day, rain, night with lamps, or any by chance.
    #[arg(long, value_enum, default_value_t = WeatherArgument::Dry)]
    weather: WeatherArgument,
    /// What the plates are made for; sizes and arrangement of motorcycles' plates are assumptions without a source.
    #[arg(long, value_enum, default_value_t = VehicleArgument::Car)]
    vehicle: VehicleArgument,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum VehicleArgument {
    Car,
    Motorcycle,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum WeatherArgument {
    Dry,
    Rain,
    Night,
    Any,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum KindArgument {
    Plate,
    Scene,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum JurisdictionArgument {
    #[value(name = "EG", alias = "eg")]
    Egypt,
    #[value(name = "SA", alias = "sa")]
    SaudiArabia,
    #[value(name = "both")]
    Both,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum QualityArgument {
    Clear,
    Mixed,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ConditionArgument {
    /// As issued, and a person can read it.
    Regular,
    /// Painted dots and strokes, hidden dots, painted zeros, tape over strokes, rows that disagree.
    Tampered,
    /// Tape, stickers, mud, leaves, tow balls, other vehicles or the border of the picture over characters.
    Occluded,
    /// Plates of other countries.
    Foreign,
    /// Stickers, signs, telephone numbers, dealers' plates.
    Fake,
    /// Too blurred, too small, too bright or too dark for a person.
    Unreadable,
    /// Equal parts of all but regular.
    Challenge,
}

impl ConditionArgument {
    const fn mix(self) -> ConditionMix {
        match self {
            Self::Regular => ConditionMix::Only(ConditionKind::Regular),
            Self::Tampered => ConditionMix::Only(ConditionKind::Tampered),
            Self::Occluded => ConditionMix::Only(ConditionKind::Occluded),
            Self::Foreign => ConditionMix::Only(ConditionKind::Foreign),
            Self::Fake => ConditionMix::Only(ConditionKind::Fake),
            Self::Unreadable => ConditionMix::Only(ConditionKind::Unreadable),
            Self::Challenge => ConditionMix::Challenge,
        }
    }
}

/// Makes the pictures; the last line of stderr says how many and where.
pub(crate) async fn run(arguments: SynthArguments) -> anyhow::Result<()> {
    let SynthArguments { action, samples } = arguments;
    let work = move || match action {
        Some(Action::Demo(arguments)) => demo::make(&arguments),
        None => make(&samples),
    };
    tokio::task::spawn_blocking(work).await.context("the drawing task died")?
}

fn make(arguments: &SampleArguments) -> anyhow::Result<()> {
    let SampleArguments { out, count, seed, kind, jurisdiction, quality, condition, weather, vehicle } =
        arguments;
    std::fs::create_dir_all(out).with_context(|| format!("cannot make the folder {}", out.display()))?;
    let fonts = Fonts::load()?;
    let request = SampleRequest {
        seed: *seed,
        kind: match kind {
            KindArgument::Plate => Kind::Plate,
            KindArgument::Scene => Kind::Scene,
        },
        jurisdiction: match jurisdiction {
            JurisdictionArgument::Egypt => Some(Jurisdiction::Egypt),
            JurisdictionArgument::SaudiArabia => Some(Jurisdiction::SaudiArabia),
            JurisdictionArgument::Both => None,
        },
        quality: match quality {
            QualityArgument::Clear => Quality::Clear,
            QualityArgument::Mixed => Quality::Mixed,
        },
        condition: condition.mix(),
        weather: match weather {
            WeatherArgument::Dry => Some(Weather::Dry),
            WeatherArgument::Rain => Some(Weather::Rain),
            WeatherArgument::Night => Some(Weather::Night),
            WeatherArgument::Any => None,
        },
        mount: match vehicle {
            VehicleArgument::Car => Mount::Car,
            VehicleArgument::Motorcycle => Mount::Motorcycle,
        },
    };
    let path = out.join("labels.jsonl");
    let mut labels =
        BufWriter::new(File::create(&path).with_context(|| format!("cannot write {}", path.display()))?);
    let progress = ProgressBar::with_draw_target(Some(*count), ProgressDrawTarget::stderr());
    let mut first = 0;
    while first < *count {
        let last = (first + CHUNK_PICTURES).min(*count);
        for line in make_range(&fonts, &request, first..last, out, &progress)? {
            writeln!(labels, "{line}").with_context(|| format!("cannot write {}", path.display()))?;
        }
        first = last;
    }
    labels.flush().with_context(|| format!("cannot write {}", path.display()))?;
    progress.finish_and_clear();
    eprintln!("{count} pictures and labels.jsonl are in {}", out.display());
    Ok(())
}

/// Makes some samples on all cores; the lines come back in the order of their numbers.
fn make_range(
    fonts: &Fonts,
    request: &SampleRequest,
    range: std::ops::Range<u64>,
    out: &Path,
    progress: &ProgressBar,
) -> anyhow::Result<Vec<String>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicU64::new(range.start);
    let work = || -> anyhow::Result<Vec<(u64, String)>> {
        let mut lines = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= range.end {
                return Ok(lines);
            }
            lines.push((number, make_one(fonts, request, number, out)?));
            progress.inc(1);
        }
    };
    let mut lines = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut all = Vec::new();
        for worker in workers {
            all.extend(worker.join().map_err(|_| anyhow::anyhow!("a drawing thread panicked"))??);
        }
        anyhow::Ok(all)
    })?;
    lines.sort_unstable_by_key(|(number, _)| *number);
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

fn make_one(fonts: &Fonts, request: &SampleRequest, number: u64, out: &Path) -> anyhow::Result<String> {
    let sample = make_sample(fonts, request, number)?;
    let name = format!("{number:06}.jpg");
    let path = out.join(&name);
    std::fs::write(&path, compress(&sample.picture, sample.jpeg_quality)?)
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(serde_json::to_string(&PictureLabel::of(&sample, name))?)
}
