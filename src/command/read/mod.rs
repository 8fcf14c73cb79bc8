//! `rasid read`: the plates in pictures, one JSON object a line; or, with labels, how well they were read.

mod compare;
mod draw;
mod inputs;
mod marking;
mod progress;
mod reading;
mod report;
mod score;

use super::synth::JurisdictionArgument;
use anyhow::Context;
use compare::{LabelledSet, compare};
use detect::config::Jurisdictions;
use detect::{DetectConfig, DetectMetrics, DetectorPool};
use futures::StreamExt;
use inputs::Inputs;
use marking::{Marking, jobs_of};
use progress::Progress;
use reading::{Done, read_all};
use report::{PictureFailure, PictureReport};
use schemas::clock::SystemClock;
use schemas::jurisdiction::Jurisdiction;
use std::path::PathBuf;
use std::sync::Arc;

/// Arguments of `rasid read`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rasid read street.jpg pictures/ 'night/*.jpg'
  rasid read --recursive pictures/ --jurisdiction EG --draw marked/
  rasid read --labels pictures/

What was read goes to stdout, progress and errors to stderr. The exit code is 0, 1 when something could not be read \
(the rest was), 2 for a wrong command line.")]
pub(crate) struct ReadArguments {
    /// Pictures (JPEG or PNG), folders of them, or patterns in quotes ('night/*.jpg'); each picture is read once.
    #[arg(value_name = "IMAGE", required_unless_present = "labels")]
    images: Vec<PathBuf>,
    /// Searches the folders inside folders too.
    #[arg(long, short)]
    recursive: bool,
    /// Compares with a labels.jsonl (the file or its folder) instead; its pictures lie beside it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["images", "recursive"])]
    labels: Option<PathBuf>,
    /// With --labels: the result as one JSON object instead of text.
    #[arg(long, requires = "labels")]
    json: bool,
    /// Writes each picture with its plates marked and spelled out into this folder; made if it is missing.
    #[arg(long, value_name = "DIR")]
    draw: Option<PathBuf>,
    /// Whose plates are read; none is taken for one of another country.
    #[arg(long, value_enum, default_value_t = JurisdictionArgument::Both)]
    jurisdiction: JurisdictionArgument,
    /// Folder with other models; those compiled in otherwise.
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// The ONNX Runtime library; the provisioned one otherwise.
    #[arg(long, value_name = "FILE")]
    onnxruntime: Option<PathBuf>,
}

/// Reads pictures and prints what they say.
///
/// # Errors
/// When the models cannot be used, the labels cannot be read, or one of the pictures could not be read.
pub(crate) async fn run(arguments: ReadArguments) -> anyhow::Result<()> {
    if let Some(labels) = &arguments.labels {
        let set = LabelledSet::load(labels)?;
        let marking = Marking::of(arguments.draw.as_deref(), &set.paths)?;
        let (pool, config) = start_pool(&arguments).await?;
        return compare(&pool, config, set, marking, arguments.json).await;
    }
    let Inputs { pictures, problems } = inputs::expand(&arguments.images, arguments.recursive);
    let marking = Marking::of(arguments.draw.as_deref(), &pictures)?;
    for problem in &problems {
        eprintln!("rasid: {}", schemas::error_chain::ErrorChain(problem));
    }
    if !pictures.is_empty() {
        let (pool, _) = start_pool(&arguments).await?;
        print_reads(&pool, pictures, marking).await?;
    }
    anyhow::ensure!(problems.is_empty(), "{} of the arguments gave no pictures", problems.len());
    Ok(())
}

async fn start_pool(arguments: &ReadArguments) -> anyhow::Result<(DetectorPool, DetectConfig)> {
    let given = arguments.onnxruntime.clone();
    let models_folder = arguments.models.clone();
    let jurisdictions = match arguments.jurisdiction {
        JurisdictionArgument::Egypt => Jurisdictions::only(Jurisdiction::Egypt),
        JurisdictionArgument::SaudiArabia => Jurisdictions::only(Jurisdiction::SaudiArabia),
        JurisdictionArgument::Both => Jurisdictions::default(),
    };
    let start = move || {
        let onnxruntime = match given {
            Some(path) => path,
            None => runtime::onnxruntime_for_tests().context(
                "ONNX Runtime is not there; run 'rasid runtime fetch' or name one with --onnxruntime",
            )?,
        };
        let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let config = DetectConfig {
            models_folder,
            workers,
            waiting_frames_max: workers,
            jurisdictions,
            ..DetectConfig::single(onnxruntime)
        };
        let metrics = DetectMetrics::register(&prometheus::Registry::new())?;
        let pool = DetectorPool::start(&config, metrics, Arc::new(SystemClock::new()))?;
        Ok((pool, config))
    };
    tokio::task::spawn_blocking(start).await?
}

async fn print_reads(
    pool: &DetectorPool,
    pictures: Vec<PathBuf>,
    marking: Option<Marking>,
) -> anyhow::Result<()> {
    let mut progress = Progress::start(pictures.len(), Arc::new(SystemClock::new()));
    let (mut unreadable, mut unmarked) = (0_usize, 0_usize);
    let (jobs, annotator) = jobs_of(pictures, marking);
    let mut results = read_all(pool, jobs, annotator);
    while let Some(Done { path, plates, marked }) = results.next().await {
        let line = match plates {
            Ok(plates) => serde_json::to_string(&PictureReport::new(&path, &plates))?,
            Err(error) => {
                unreadable += 1;
                progress.complain(&format!("{}: {error:#}", path.display()));
                serde_json::to_string(&PictureFailure::new(&path, &error))?
            }
        };
        if let Err(error) = marked {
            unmarked += 1;
            progress.complain(&format!("{}: {error:#}", path.display()));
        }
        progress.print(&line).context("cannot write to stdout")?;
        progress.advance();
    }
    progress.finish();
    anyhow::ensure!(unreadable == 0, "{unreadable} of the pictures could not be read; their lines say why");
    anyhow::ensure!(unmarked == 0, "{unmarked} of the pictures could not be drawn");
    Ok(())
}
