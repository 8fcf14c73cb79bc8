//! Finding and reading a plate against the nets that fast-alpr ships, on one thread, frames already decoded: the same
//! ONNX Runtime with the same options, every frame by both in turn. The figures are processor time of that thread, so
//! that others at work on the machine disturb them little; on a quiet machine it is the time on the wall.

mod frames;
mod peers;

use anyhow::ensure;
use benches::figures::{median, print_line};
use benches::{arguments, cpu, machine};
use detect::{DetectConfig, Detector};
use frames::PlateFrame;
use peers::Peers;
use schemas::jurisdiction::Jurisdiction;
use std::hint::black_box;
use std::path::Path;

const ROUNDS: u32 = 15;
/// What is measured of each side.
const PARTS: [&str; 3] = ["locate", "read", "both"];

/// Milliseconds of each part for one frame, or the mean over several.
#[derive(Clone, Copy, Default)]
struct Times {
    peers: [f64; PARTS.len()],
    ours: [f64; PARTS.len()],
}

struct Bench {
    peers: Peers,
    detector: Detector,
    frames: Vec<PlateFrame>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let [rounds] = arguments::counts(std::env::args().skip(1), ["ROUNDS"], [ROUNDS])?;
    let provisioned = machine::provision().await?;
    let mut bench = Bench::start(provisioned.onnxruntime_library())?;
    bench.print_contestants()?;
    bench.round()?; // buffers and caches
    let measured: Vec<Vec<Times>> = (0..rounds).map(|_| bench.round()).collect::<Result<_, _>>()?;
    print_line(
        "milliseconds of processor time a frame, median of the rounds' means | peers | ours | peers / ours",
    )?;
    for jurisdiction in [Some(Jurisdiction::Egypt), Some(Jurisdiction::SaudiArabia), None] {
        bench.print_rows(&measured, jurisdiction)?;
    }
    bench.print_allocations()
}

impl Bench {
    fn start(library: &Path) -> anyhow::Result<Self> {
        let mut detector = Detector::load(&DetectConfig::single(library.to_path_buf()))?;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/demo/frames");
        let frames = frames::load(&folder, &mut detector)?;
        Ok(Self { peers: Peers::build(library)?, detector, frames })
    }

    fn print_contestants(&self) -> anyhow::Result<()> {
        let of = |country| self.frames.iter().filter(|frame| frame.plate.jurisdiction == country).count();
        print_line(&format!(
            "{} frames of {}x{} with one plate each: {} Egyptian (one row), {} Saudi (two rows); one thread",
            self.frames.len(),
            frames::SIZE.0,
            frames::SIZE.1,
            of(Jurisdiction::Egypt),
            of(Jurisdiction::SaudiArabia),
        ))?;
        for (name, tally) in
            [("YOLOv9-tiny at 384 px", self.peers.locator_tally), ("CCT-XS", self.peers.reader_tally)]
        {
            let (parameters, gigaflops) = (tally.parameters, tally.gigaflops());
            print_line(&format!("peer {name}: {parameters} parameters, {gigaflops:.2} GFLOPs"))?;
        }
        Ok(())
    }

    /// Every frame once by both sides, one straight after the other.
    fn round(&mut self) -> anyhow::Result<Vec<Times>> {
        let (peers, detector) = (&mut self.peers, &mut self.detector);
        let mut all = Vec::with_capacity(self.frames.len());
        for PlateFrame { frame, plate } in &self.frames {
            let mut times = Times::default();
            times.peers[0] = timed(|| peers.locate(frame))?;
            times.ours[0] = timed(|| Ok(detector.locate_plates(frame)?))?;
            times.peers[1] = timed(|| peers.read(frame, plate.edges))?;
            times.ours[1] = timed(|| Ok(detector.read_plate(frame, plate)?))?;
            times.peers[2] = timed(|| {
                peers.locate(frame)?;
                peers.read(frame, plate.edges)
            })?;
            times.ours[2] = timed(|| Ok(detector.read_plates(frame)?))?;
            all.push(times);
        }
        Ok(all)
    }

    /// The parts over the frames of one country, or of all.
    fn print_rows(&self, measured: &[Vec<Times>], country: Option<Jurisdiction>) -> anyhow::Result<()> {
        let counts: Vec<bool> = self
            .frames
            .iter()
            .map(|frame| country.is_none_or(|country| frame.plate.jurisdiction == country))
            .collect();
        ensure!(counts.contains(&true), "no frame shows a plate of this country");
        let means: Vec<Times> = measured.iter().map(|round| mean(round, &counts)).collect();
        let name = country.map_or("all", |country| match country {
            Jurisdiction::Egypt => "Egyptian",
            Jurisdiction::SaudiArabia => "Saudi",
        });
        for (number, part) in PARTS.iter().enumerate() {
            let over = |figure: &dyn Fn(&Times) -> f64| median(&means.iter().map(figure).collect::<Vec<_>>());
            print_line(&format!(
                "{name}, {part} | {:.2} | {:.2} | {:.2}",
                over(&|times| times.peers[number]),
                over(&|times| times.ours[number]),
                over(&|times| times.peers[number] / times.ours[number]),
            ))?;
        }
        Ok(())
    }

    /// Requests for memory by Rust code for a frame, when all buffers have grown; ONNX Runtime's own are not seen.
    fn print_allocations(&mut self) -> anyhow::Result<()> {
        let mut counts: [Vec<f64>; PARTS.len()] = Default::default();
        for PlateFrame { frame, plate } in &self.frames {
            let detector = &mut self.detector;
            let counted = [
                allocations(|| detector.locate_plates(frame).map(drop).map_err(anyhow::Error::from))?,
                allocations(|| detector.read_plate(frame, plate).map(drop).map_err(anyhow::Error::from))?,
                allocations(|| detector.read_plates(frame).map(drop).map_err(anyhow::Error::from))?,
            ];
            for (part, count) in counts.iter_mut().zip(counted) {
                part.push(f64::from(u32::try_from(count)?));
            }
        }
        for (part, counts) in PARTS.iter().zip(&counts) {
            print_line(&format!("our allocations a frame, {part}: median {:.0}", median(counts)))?;
        }
        Ok(())
    }
}

/// How often `work` asks for memory.
fn allocations(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<u64> {
    let mut result = Ok(());
    let counted = allocation_counter::measure(|| result = work());
    result.map(|()| counted.count_total)
}

/// Milliseconds of processor time that `work` takes; what it gives is looked at, so that it cannot be left out.
fn timed<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<f64> {
    let begun = cpu::own_thread()?;
    let result = work()?;
    let taken = cpu::own_thread()? - begun;
    black_box(result);
    Ok(taken.as_secs_f64() * 1e3)
}

/// The mean over the frames that count.
fn mean(round: &[Times], counts: &[bool]) -> Times {
    let chosen: Vec<&Times> =
        round.iter().zip(counts).filter(|(_, counts)| **counts).map(|(times, _)| times).collect();
    let over = |figure: &dyn Fn(&Times) -> f64| {
        chosen.iter().map(|times| figure(times)).sum::<f64>() / chosen.len().max(1) as f64
    };
    Times {
        peers: std::array::from_fn(|part| over(&|times| times.peers[part])),
        ours: std::array::from_fn(|part| over(&|times| times.ours[part])),
    }
}
