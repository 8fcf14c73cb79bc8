//! The fetch with small files and scripts in place of `mvn` and `java`; `tests/services.rs` does it in earnest.

use super::pins::Architecture;
use super::*;
use lzma_rust2::{XzOptions, XzWriter};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc::channel;
use std::thread;
use tempfile::TempDir;
use zip::write::{SimpleFileOptions, ZipWriter};

const POSTGRES_JAR: &str = "embedded-postgres-binaries-test.jar";
const ONNXRUNTIME_JAR: &str = "onnxruntime-test.jar";
const KAFKA_JAR: &str = "kafka-test.jar";

/// Copies the prepared jars where Maven is asked to, and notes each call. While a file `hold` exists it waits.
const MAVEN: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo called >> "$here/calls"
while [ -e "$here/hold" ]; do sleep 0.02; done
for argument; do case $argument in -DoutputDirectory=*) target=${argument#*=};; esac; done
mkdir -p "$target" && cp "$here"/*.jar "$target"
"#;

/// Answers `-version`, and formats as Kafka's storage tool does: into `log.dirs` of the last argument.
const JAVA: &str = r#"#!/bin/sh
if [ "$1" = -version ]; then echo 'openjdk version "17.0.1" 2021-10-19' >&2; exit 0; fi
for last; do :; done
target=$(sed -n 's/^log.dirs=//p' "$last")
mkdir -p "$target" && echo checkpoint > "$target/bootstrap.checkpoint"
"#;

struct Bench {
    programs: TempDir,
    home: TempDir,
    recipe: Recipe,
}

impl Bench {
    fn new() -> Self {
        let programs = tempfile::tempdir().unwrap();
        script(&programs.path().join("mvn"), MAVEN);
        script(&programs.path().join("java"), JAVA);
        let architecture = Architecture::current().unwrap();
        let jars = [
            (POSTGRES_JAR, jar("postgres.txz", &packed_postgres())),
            (ONNXRUNTIME_JAR, jar(architecture.onnxruntime_entry(), b"the library")),
            (KAFKA_JAR, b"classes".to_vec()),
        ];
        let pins = jars.into_iter().map(|(file, bytes)| {
            let path = programs.path().join(file);
            fs::write(&path, bytes).unwrap();
            let (sha256, bytes) = manifest::digest(&path).unwrap();
            Pin { file: file.to_owned(), sha256, bytes }
        });
        let recipe = Recipe { architecture, pom: "<project/>".to_owned(), pins: pins.collect() };
        Self { programs, home: tempfile::tempdir().unwrap(), recipe }
    }

    fn locations(&self) -> Locations {
        let usual = Locations::from_environment();
        let mut search_path = self.programs.path().as_os_str().to_owned();
        search_path.push(":");
        search_path.push(&usual.search_path);
        Locations { home: Some(self.home.path().to_path_buf()), search_path, java_home: None, ..usual }
    }

    fn provide(&self, verify: bool) -> Result<Provisioned, RuntimeError> {
        provide(&self.recipe, &self.locations(), verify, &mut |_| {})
    }

    fn maven_calls(&self) -> usize {
        fs::read_to_string(self.programs.path().join("calls")).map_or(0, |text| text.lines().count())
    }

    fn names_in_cache(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.home.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn script(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn jar(entry: &str, bytes: &[u8]) -> Vec<u8> {
    let mut jar = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    jar.start_file(entry, SimpleFileOptions::default()).unwrap();
    jar.write_all(bytes).unwrap();
    jar.finish().unwrap().into_inner()
}

fn packed_postgres() -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(6);
    header.set_mode(0o700);
    header.set_cksum();
    archive.append_data(&mut header, "bin/initdb", b"initdb".as_slice()).unwrap();
    let mut packer = XzWriter::new(Vec::new(), XzOptions::default()).unwrap();
    packer.write_all(&archive.into_inner().unwrap()).unwrap();
    packer.finish().unwrap()
}

#[test]
fn a_fetch_lays_out_what_it_brought_open_to_every_account_and_happens_once() {
    let bench = Bench::new();
    let provisioned = bench.provide(false).unwrap();
    assert_eq!(fs::read(provisioned.onnxruntime_library()).unwrap(), b"the library");
    let initdb = provisioned.postgres_program("initdb");
    assert_eq!(fs::metadata(&initdb).unwrap().permissions().mode() & 0o777, 0o755);
    assert!(provisioned.bootstrap_checkpoint().exists() && provisioned.log_configuration().exists());
    bench.provide(false).unwrap();
    assert_eq!(bench.maven_calls(), 1);
    assert_eq!(bench.names_in_cache(), ["fetch.lock".to_owned(), bench.recipe.folder_name()]);
}

#[test]
fn a_damaged_file_is_fetched_again() {
    let bench = Bench::new();
    let library = bench.provide(false).unwrap().onnxruntime_library().to_path_buf();
    fs::write(&library, "cut").unwrap();
    bench.provide(false).unwrap();
    assert_eq!(fs::read(&library).unwrap(), b"the library");
    assert_eq!(bench.maven_calls(), 2);
}

#[test]
fn damage_that_keeps_size_and_time_is_found_with_verify() {
    let bench = Bench::new();
    let library = bench.provide(false).unwrap().onnxruntime_library().to_path_buf();
    let time = fs::metadata(&library).unwrap().modified().unwrap();
    fs::write(&library, "THE LIBRARY").unwrap();
    File::options().write(true).open(&library).unwrap().set_modified(time).unwrap();
    bench.provide(false).unwrap();
    assert_eq!(bench.maven_calls(), 1);
    bench.provide(true).unwrap();
    assert_eq!(fs::read(&library).unwrap(), b"the library");
    assert_eq!(bench.maven_calls(), 2);
}

#[test]
fn a_jar_that_the_manifest_vouches_for_but_the_pins_do_not_is_fetched_again() {
    let bench = Bench::new();
    let provisioned = bench.provide(false).unwrap();
    let jar = provisioned.kafka_libraries().join(KAFKA_JAR);
    fs::write(&jar, "other classes").unwrap();
    Manifest::of(provisioned.folder()).unwrap().store(provisioned.folder()).unwrap();
    bench.provide(true).unwrap();
    assert_eq!(fs::read(&jar).unwrap(), b"classes");
}

#[test]
fn a_cache_that_was_copied_is_hashed_once_and_not_fetched() {
    let bench = Bench::new();
    let provisioned = bench.provide(false).unwrap();
    let library = File::options().write(true).open(provisioned.onnxruntime_library()).unwrap();
    library.set_modified(std::time::UNIX_EPOCH).unwrap();
    assert!(!is_unchanged(provisioned.folder()));
    bench.provide(false).unwrap();
    assert!(is_unchanged(provisioned.folder()));
    assert_eq!(bench.maven_calls(), 1);
}

#[test]
fn of_two_fetches_at_once_one_waits_and_uses_what_the_other_brought() {
    let bench = Bench::new();
    let hold = bench.programs.path().join("hold");
    fs::write(&hold, "").unwrap();
    let (waits, is_waiting) = channel();
    thread::scope(|scope| {
        let fetch = || {
            let mut progress = |progress| {
                if progress == FetchProgress::WaitingForOther {
                    waits.send(()).unwrap();
                }
            };
            provide(&bench.recipe, &bench.locations(), false, &mut progress).unwrap();
        };
        scope.spawn(fetch);
        scope.spawn(fetch);
        is_waiting.recv().unwrap();
        fs::remove_file(&hold).unwrap();
    });
    assert_eq!(bench.maven_calls(), 1);
}

#[test]
fn a_file_that_is_not_the_pinned_one_is_refused_and_nothing_is_published() {
    let bench = Bench::new();
    fs::write(bench.programs.path().join(KAFKA_JAR), "CLASSES").unwrap();
    let error = bench.provide(false).unwrap_err();
    assert!(matches!(&error, RuntimeError::Digest { file, .. } if file == KAFKA_JAR), "{error}");
    assert_eq!(bench.names_in_cache(), ["fetch.lock"]);
}

#[test]
fn a_pinned_file_that_does_not_come_is_named() {
    let bench = Bench::new();
    fs::remove_file(bench.programs.path().join(ONNXRUNTIME_JAR)).unwrap();
    let message = bench.provide(false).unwrap_err().to_string();
    assert!(message.contains(ONNXRUNTIME_JAR), "{message}");
}

#[test]
fn without_a_network_the_message_has_the_last_lines_of_maven() {
    let bench = Bench::new();
    script(&bench.programs.path().join("mvn"), "#!/bin/sh\necho '[ERROR] Unknown host'; exit 1\n");
    let message = bench.provide(false).unwrap_err().to_string();
    assert!(message.contains("Unknown host") && message.contains("check the network"), "{message}");
}

#[test]
fn without_maven_or_java_the_message_names_the_debian_package() {
    let bench = Bench::new();
    let empty = tempfile::tempdir().unwrap();
    let nothing = Locations { search_path: empty.path().into(), ..bench.locations() };
    let message = provide(&bench.recipe, &nothing, false, &mut |_| {}).unwrap_err().to_string();
    assert!(message.contains("apt-get install maven"), "{message}");
    fs::copy(bench.programs.path().join("mvn"), empty.path().join("mvn")).unwrap();
    let message = provide(&bench.recipe, &nothing, false, &mut |_| {}).unwrap_err().to_string();
    assert!(message.contains("apt-get install openjdk-17-jre-headless"), "{message}");
}

#[test]
fn what_a_killed_fetch_left_behind_is_swept() {
    let bench = Bench::new();
    fs::create_dir_all(bench.home.path().join("staging-killed/repository")).unwrap();
    bench.provide(false).unwrap();
    assert_eq!(bench.names_in_cache(), ["fetch.lock".to_owned(), bench.recipe.folder_name()]);
}
