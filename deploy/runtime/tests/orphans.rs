//! A process that is killed with -9 takes its services with it, and the next start sweeps its folder.
//!
//! Without the usual test harness, because this program is both sides: started with `hold` it runs the services
//! and waits to be killed.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by a panic; clippy looks only for #[test]"
)]

use runtime::{Locations, Pids, Runtime, ServiceOptions, Services};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, thread, time::Duration};

const NAME: &str = "services_die_with_a_process_killed_by_9_and_its_folder_is_swept";
/// How long the children may take to be gone.
const GONE_LIMIT_SECONDS: u64 = 10;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [word, folder] if word == "hold" => hold(folder),
        // What a test runner asks before it runs anything.
        [word, rest @ ..] if word == "--list" => {
            if !rest.iter().any(|argument| argument == "--ignored") {
                println!("{NAME}: test");
            }
        }
        [filter, ..] if !filter.starts_with('-') && !NAME.contains(filter.as_str()) => {}
        _ => {
            kill_the_holder();
            println!("test {NAME} ... ok");
        }
    }
}

fn options() -> ServiceOptions {
    ServiceOptions { durable: false, ..ServiceOptions::default() }
}

fn locations(temporary: &str) -> Locations {
    Locations { temporary: temporary.into(), ..Locations::from_environment() }
}

/// Runs the services, tells their ids and folder, and waits for ever.
fn hold(temporary: &str) {
    let provisioned = Runtime::fetch(&locations(temporary), false, &mut |_| {}).unwrap();
    let services = Services::start(&provisioned, options()).unwrap();
    let Pids { kafka, postgres } = services.pids();
    println!("{} {} {}", kafka.unwrap(), postgres.unwrap(), services.data().display());
    loop {
        thread::park();
    }
}

fn kill_the_holder() {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    let temporary = tempfile::Builder::new().permissions(mode).tempdir().unwrap();
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .arg("hold")
        .arg(temporary.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let mut words = line.trim().splitn(3, ' ');
    let pids: Vec<u32> = words.by_ref().take(2).map(|word| word.parse().unwrap()).collect();
    let data = PathBuf::from(words.next().unwrap());
    let backends = children_of(pids[1]);
    assert!(!backends.is_empty() && pids.iter().all(|pid| is_alive(*pid)));

    holder.kill().unwrap();
    holder.wait().unwrap();
    for pid in pids.iter().chain(&backends) {
        assert!(is_gone_soon(*pid), "process {pid} outlives the process that started it");
    }
    assert!(data.exists(), "nobody was left to remove the folder");
    let locations = locations(temporary.path().to_str().unwrap());
    let provisioned = Runtime::fetch(&locations, false, &mut |_| {}).unwrap();
    let next = ServiceOptions { kafka: false, postgres: false, ..options() };
    let _services = Services::start(&provisioned, next).unwrap();
    assert!(!data.exists(), "the folder of the killed run is not swept");
}

fn is_gone_soon(pid: u32) -> bool {
    const INTERVAL: Duration = Duration::from_millis(20);
    let looks = Duration::from_secs(GONE_LIMIT_SECONDS).as_millis() / INTERVAL.as_millis();
    (0..looks).any(|_| {
        let is_gone = !is_alive(pid);
        if !is_gone {
            thread::sleep(INTERVAL);
        }
        is_gone
    })
}

/// State letter and parent.
fn stat(pid: u32) -> Option<(String, u32)> {
    let text = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    let mut fields = text.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}

/// A dead process that nobody has reaped yet is not alive.
fn is_alive(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| state != "Z")
}

fn children_of(parent: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| stat(*pid).is_some_and(|(_, owner)| owner == parent))
        .collect()
}
