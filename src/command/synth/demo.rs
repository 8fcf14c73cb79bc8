//! `rasid synth demo`: the pictures of the demo, from chosen photographs and from drawings.
//!
//! `pictures.toml` holds the choice: the photographs with their digests and the boxes to cover, the scenes with what
//! their plates say. The same choice and photographs give the same bytes, so the pictures can be made again at will.

use anyhow::{Context, bail, ensure};
use schemas::evidence::Sha256Digest;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateNumber;
use schemas::vehicle_class::VehicleClass;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use synth::camera::degrade::{Degradation, Quality, compress, degrade};
use synth::camera::derive::{Derivation, FRAME_QUALITY, cover, decode, derive};
use synth::drawing::fonts::Fonts;
use synth::plate::layout::Layout;
use synth::plate::specification::{Alteration, PlateSpecification};
use synth::random::Dice;
use synth::scene::condition::Condition;
use synth::scene::road::{Traffic, draw_scene};

/// The first bytes of a truncated picture, in percent: the header and some rows remain.
const TRUNCATED_PERCENT: usize = 60;

/// Arguments of `rasid synth demo`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: rasid synth demo --photos saudi/dev --out deploy/demo")]
pub(super) struct DemoArguments {
    /// Folder with the photographs that pictures.toml names.
    #[arg(long, value_name = "DIR")]
    photos: PathBuf,
    /// Folder with pictures.toml; the frames go to its folder `frames`.
    #[arg(long, value_name = "DIR", default_value = "deploy/demo")]
    out: PathBuf,
}

/// `pictures.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    photograph: Vec<Photograph>,
    scene: Vec<Scene>,
}

/// A real vehicle.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Photograph {
    /// Frames are called `NAME-1.jpg`, `NAME-2.jpg` and so on.
    name: String,
    source: String,
    /// Of the photograph's file, hexadecimal.
    sha256: String,
    /// The Latin row as printed, left to right.
    letters: String,
    digits: String,
    /// Left, top, width and height in pixels.
    plate_box: [f32; 4],
    /// Boxes with other plates, faces or reflections of people.
    #[serde(default)]
    cover: Vec<[u32; 4]>,
    frames: Vec<FrameKind>,
}

/// A drawn vehicle.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scene {
    name: String,
    seed: u64,
    layout: Layout,
    class: VehicleClass,
    /// Egypt: Arabic reading order; Saudi Arabia: the Latin row as printed.
    letters: String,
    digits: String,
    alteration: Option<Alteration>,
    frames: Vec<FrameKind>,
}

/// What a frame is, against the first picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FrameKind {
    Original,
    Nearer,
    MuchNearer,
    Nearest,
    Blurred,
    NearerBlurred,
    Truncated,
}

/// Makes every frame; says on stderr how many there are.
pub(super) fn make(arguments: &DemoArguments) -> anyhow::Result<()> {
    let DemoArguments { photos, out } = arguments;
    let choice = load(out)?;
    let folder = out.join("frames");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let fonts = Fonts::load()?;
    let mut count = 0;
    for photograph in &choice.photograph {
        let first = first_of_photograph(photograph, photos)?;
        count += write_frames(&folder, &photograph.name, &first, photograph.plate_box, &photograph.frames)?;
    }
    for scene in &choice.scene {
        let (first, plate_box) = first_of_scene(scene, &fonts)?;
        count += write_frames(&folder, &scene.name, &first, plate_box, &scene.frames)?;
    }
    eprintln!("{count} frames are in {}", folder.display());
    Ok(())
}

fn load(out: &Path) -> anyhow::Result<Choice> {
    let path = out.join("pictures.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is no choice of pictures", path.display()))
}

/// The bytes of a photograph: as they were, or with its boxes covered.
fn first_of_photograph(photograph: &Photograph, photos: &Path) -> anyhow::Result<Vec<u8>> {
    let Photograph { source, sha256, letters, digits, cover: covers, .. } = photograph;
    PlateNumber::parse_saudi_latin(letters, digits).with_context(|| format!("the plate of {source}"))?;
    let path = photos.join(source);
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let found = Sha256Digest::of(&bytes).to_string();
    ensure!(
        found == *sha256,
        "{} is another picture: its SHA-256 is {found}, not {}",
        path.display(),
        sha256
    );
    if covers.is_empty() {
        return Ok(bytes);
    }
    let mut picture = decode(&bytes).with_context(|| format!("cannot decode {}", path.display()))?;
    for area in covers {
        cover(&mut picture, *area);
    }
    Ok(compress(&picture, FRAME_QUALITY)?)
}

/// The bytes of a drawn scene and the box of its plate.
fn first_of_scene(scene: &Scene, fonts: &Fonts) -> anyhow::Result<(Vec<u8>, [f32; 4])> {
    let Scene { name, seed, layout, class, letters, digits, alteration, frames: _ } = scene;
    let number = match layout.jurisdiction() {
        Jurisdiction::Egypt => PlateNumber::parse(Jurisdiction::Egypt, letters, digits),
        Jurisdiction::SaudiArabia => PlateNumber::parse_saudi_latin(letters, digits),
    };
    let number = number.with_context(|| format!("the plate of scene {name}"))?;
    let mut plate = PlateSpecification::new(*layout, *class, number)?;
    if let Some(alteration) = alteration {
        plate =
            plate.with_alteration(*alteration).with_context(|| format!("the alteration of scene {name}"))?;
    }
    let mut dice = Dice::new(*seed, 0);
    let drawn = draw_scene(fonts, Condition::Regular(plate), Quality::Clear, Traffic::Alone, &mut dice)?;
    let Some(area) = drawn.plates.first().map(|plate| plate.area) else { bail!("scene {name} has no plate") };
    let degradation = Degradation::random(Quality::Clear, area.width(), &mut dice.main);
    let picture = degrade(drawn.picture, &degradation, &mut dice.main);
    Ok((compress(&picture, FRAME_QUALITY)?, [area.left, area.top, area.width(), area.height()]))
}

fn write_frames(
    folder: &Path,
    name: &str,
    first: &[u8],
    plate_box: [f32; 4],
    frames: &[FrameKind],
) -> anyhow::Result<usize> {
    for (place, kind) in (1..).zip(frames) {
        let path = folder.join(format!("{name}-{place}.jpg"));
        std::fs::write(&path, frame(first, plate_box, *kind)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(frames.len())
}

fn frame(first: &[u8], plate_box: [f32; 4], kind: FrameKind) -> anyhow::Result<Vec<u8>> {
    let derivation = match kind {
        FrameKind::Original => return Ok(first.to_vec()),
        FrameKind::Truncated => return Ok(first[..first.len() * TRUNCATED_PERCENT / 100].to_vec()),
        FrameKind::Nearer => Derivation::Nearer,
        FrameKind::MuchNearer => Derivation::MuchNearer,
        FrameKind::Nearest => Derivation::Nearest,
        FrameKind::Blurred => Derivation::Blurred,
        FrameKind::NearerBlurred => Derivation::NearerBlurred,
    };
    Ok(compress(&derive(&decode(first)?, plate_box, derivation), FRAME_QUALITY)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::assessment::ManualCheckReason;
    use schemas::outcome::{DeadLetterReason, Outcome};
    use serde_json::Value;
    use std::collections::{BTreeMap, BTreeSet};

    /// All pictures together; the repository is no picture store.
    const ALL_FRAMES_BYTES_MAX: u64 = 6_000_000;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/demo")
    }

    fn lines(name: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(folder().join(name)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn text<'v>(value: &'v Value, field: &str) -> &'v str {
        value[field].as_str().unwrap_or_else(|| panic!("{field} in {value}"))
    }

    #[test]
    fn the_committed_frames_are_those_of_the_choice() {
        let choice = load(&folder()).unwrap();
        let fonts = Fonts::load().unwrap();
        let mut made = BTreeMap::new();
        for scene in &choice.scene {
            let (first, plate_box) = first_of_scene(scene, &fonts).unwrap();
            made.insert(scene.name.clone(), (first, plate_box, scene.frames.clone()));
        }
        for photograph in &choice.photograph {
            assert_eq!(photograph.frames[0], FrameKind::Original, "{}", photograph.name);
            let first = std::fs::read(folder().join(format!("frames/{}-1.jpg", photograph.name))).unwrap();
            if photograph.cover.is_empty() {
                assert_eq!(Sha256Digest::of(&first).to_string(), photograph.sha256, "{}", photograph.name);
            }
            made.insert(photograph.name.clone(), (first, photograph.plate_box, photograph.frames.clone()));
        }
        let mut expected = BTreeSet::new();
        for (name, (first, plate_box, kinds)) in made {
            for (place, kind) in (1..).zip(kinds) {
                let file = format!("{name}-{place}.jpg");
                let committed = std::fs::read(folder().join("frames").join(&file)).unwrap();
                assert!(
                    committed == frame(&first, plate_box, kind).unwrap(),
                    "{file} differs, run `rasid synth demo`"
                );
                expected.insert(file);
            }
        }
        let entries = std::fs::read_dir(folder().join("frames")).unwrap().map(Result::unwrap);
        let (there, sizes): (BTreeSet<String>, Vec<u64>) = entries
            .map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().len()))
            .unzip();
        assert_eq!(there, expected);
        assert!(sizes.iter().sum::<u64>() < ALL_FRAMES_BYTES_MAX);
    }

    #[test]
    fn every_act_of_the_manifest_has_its_frames_its_camera_and_an_outcome_that_exists() {
        let registry: Value =
            toml::from_str(&std::fs::read_to_string(folder().join("registry.toml")).unwrap()).unwrap();
        let ids = |kind: &str| -> BTreeSet<String> {
            registry[kind].as_array().unwrap().iter().map(|row| text(row, "id").to_owned()).collect()
        };
        let (cameras, sites) = (ids("camera"), ids("site"));
        let acts = lines("manifest.jsonl");
        let names: BTreeSet<&str> = acts.iter().map(|act| text(act, "name")).collect();
        assert_eq!(names.len(), acts.len(), "names are unique");
        for act in &acts {
            let name = text(act, "name");
            let unknown = act["fault"]["kind"] == "unknown_camera";
            assert_eq!(cameras.contains(text(act, "camera")), !unknown, "{name}");
            assert!(sites.contains(text(act, "site")), "{name}");
            if let Some(of) = act["fault"]["of"].as_str() {
                assert!(names.contains(of) && of != name, "{name} names {of}");
            }
            for frame in act["frames"].as_array().unwrap() {
                assert!(folder().join(text(frame, "file")).is_file(), "{name}: {frame}");
            }
            let outcome = text(&act["expected"], "outcome");
            assert!(Outcome::ALL.iter().any(|known| known.label() == outcome), "{name}: {outcome}");
            for reason in act["expected"]["reasons"].as_array().unwrap() {
                let known = match outcome {
                    "dead_letter" => DeadLetterReason::ALL.iter().any(|known| reason == known.label()),
                    "manual_check" => ManualCheckReason::ALL.iter().any(|known| reason == known.label()),
                    _ => false,
                };
                assert!(known, "{name}: {reason}");
            }
        }
    }

    #[test]
    fn the_manifest_tells_the_truth_of_the_choice_about_every_plate() {
        let choice = load(&folder()).unwrap();
        let photographs = choice.photograph.iter().map(|p| (p.name.as_str(), ("SA", &p.letters, &p.digits)));
        let scenes = choice
            .scene
            .iter()
            .map(|s| (s.name.as_str(), (s.layout.jurisdiction().code(), &s.letters, &s.digits)));
        let truth: BTreeMap<&str, (&str, &String, &String)> = photographs.chain(scenes).collect();
        for act in lines("manifest.jsonl") {
            let file = text(&act["frames"][0], "file").trim_start_matches("frames/").to_owned();
            let picture = &file[..file.rfind('-').unwrap()];
            let plate = &act["plate"];
            let told = (text(plate, "jurisdiction"), text(plate, "letters"), text(plate, "digits"));
            let (jurisdiction, letters, digits) = truth[picture];
            assert_eq!(told, (jurisdiction, letters.as_str(), digits.as_str()), "{}", text(&act, "name"));
        }
    }

    #[test]
    fn objections_speak_of_acts_that_become_violations() {
        let acts = lines("manifest.jsonl");
        let violations: BTreeSet<&str> = acts
            .iter()
            .filter(|act| act["expected"]["outcome"] == "violation")
            .map(|act| text(act, "name"))
            .collect();
        let answers = [
            "cancelled_by_machine",
            "reduced_by_machine",
            "refused_on_form",
            "awaiting_document",
            "to_human",
        ];
        for objection in lines("objections.jsonl") {
            for act in objection["acts"].as_array().unwrap() {
                assert!(violations.contains(act.as_str().unwrap()), "{objection}");
            }
            assert!(answers.contains(&text(&objection, "expected")), "{objection}");
        }
    }
}
