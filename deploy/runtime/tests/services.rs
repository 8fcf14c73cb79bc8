//! Real Kafka and PostgreSQL, started, reached, killed and started again.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test fail by a panic; clippy looks only for #[test]"
)]

use runtime::{Locations, Pids, Provisioned, Runtime, RuntimeError, ServiceOptions, Services, state};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

fn provisioned() -> Provisioned {
    Runtime::fetch(&Locations::from_environment(), false, &mut |_| {}).unwrap()
}

/// Provisioned files of the shared cache, with runs listed in a folder of this test's own.
fn provisioned_with_runs_in(temporary: &Path) -> Provisioned {
    let locations = Locations { temporary: temporary.to_path_buf(), ..Locations::from_environment() };
    Runtime::fetch(&locations, false, &mut |_| {}).unwrap()
}

/// A temporary folder that PostgreSQL's account can enter when the tests run as root.
fn open_folder() -> tempfile::TempDir {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    tempfile::Builder::new().permissions(mode).tempdir().unwrap()
}

fn options_for_tests() -> ServiceOptions {
    ServiceOptions { durable: false, ..ServiceOptions::default() }
}

fn is_alive(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// Sends `ApiVersions` (key 18, version 0, correlation id 7) and reads the answer's error code and first count.
fn kafka_answers(address: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let request = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0xFF, 0xFF];
    stream.write_all(&request).unwrap();
    let mut answer = [0; 14];
    stream.read_exact(&mut answer).unwrap();
    let [_, _, _, _, correlation @ .., e1, e2, c1, c2, c3, c4] = answer;
    correlation == [0, 0, 0, 7] && [e1, e2] == [0, 0] && u32::from_be_bytes([c1, c2, c3, c4]) > 20
}

/// Sends a start-up message and expects to be asked for a password by SCRAM (authentication kind 10).
fn postgres_asks_for_scram(url: &str) -> bool {
    let address = url.split('@').nth(1).unwrap().split('/').next().unwrap();
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let parameters = b"user\0rasid\0database\0postgres\0\0";
    let mut message = u32::try_from(8 + parameters.len()).unwrap().to_be_bytes().to_vec();
    message.extend(196_608_u32.to_be_bytes());
    message.extend(parameters);
    stream.write_all(&message).unwrap();
    let mut answer = [0; 9];
    stream.read_exact(&mut answer).unwrap();
    answer[0] == b'R' && answer[5..] == [0, 0, 0, 10]
}

#[test]
fn both_services_answer_survive_kill_9_on_the_same_port_and_leave_nothing() {
    let services = Services::start(&provisioned(), options_for_tests()).unwrap();
    let (brokers, url) = (services.kafka_brokers(), services.database_url());
    assert!(kafka_answers(&brokers) && postgres_asks_for_scram(&url));
    let before = services.pids();

    services.kill_kafka().unwrap();
    assert!(!kafka_answers(&brokers));
    services.start_kafka().unwrap();
    assert!(kafka_answers(&brokers));

    services.kill_postgres().unwrap();
    assert!(!postgres_asks_for_scram(&url));
    services.start_postgres().unwrap();
    assert!(postgres_asks_for_scram(&url));

    services.stop_postgres().unwrap();
    services.start_postgres().unwrap();
    services.check().unwrap();
    let after = services.pids();
    assert!(before.kafka != after.kafka && before.postgres != after.postgres);
    assert_eq!((services.kafka_brokers(), services.database_url()), (brokers, url));
    let folder = services.data().to_path_buf();
    services.stop().unwrap();
    assert!(!folder.exists());
    assert!([after.kafka, after.postgres].into_iter().flatten().all(|pid| !is_alive(pid)));
}

#[test]
fn a_data_folder_is_kept_and_refused_to_a_second_user_by_name() {
    let folder = open_folder();
    let data = folder.path().join("data");
    let options = ServiceOptions { data: Some(data.clone()), ..options_for_tests() };
    let services = Services::start(&provisioned(), options.clone()).unwrap();
    let password = fs::read_to_string(data.join("postgres/password")).unwrap();
    let cluster = fs::read_to_string(data.join("kafka/meta.properties")).unwrap();

    let refused = Services::start(&provisioned(), options.clone()).unwrap_err();
    assert!(matches!(refused, RuntimeError::DataInUse { .. }), "{refused}");
    assert!(refused.to_string().contains(&format!("process {}", std::process::id())), "{refused}");

    services.stop().unwrap();
    let again = Services::start(&provisioned(), options).unwrap();
    assert!(kafka_answers(&again.kafka_brokers()));
    assert!(again.database_url().contains(&password));
    assert_eq!(fs::read_to_string(data.join("kafka/meta.properties")).unwrap(), cluster);
    drop(again);
    assert!(data.join("postgres/cluster").exists());
}

#[test]
fn only_announced_services_are_shown_to_other_processes_and_only_while_they_run() {
    let runs = open_folder();
    let provisioned = provisioned_with_runs_in(runs.path());
    let locations = Locations { temporary: runs.path().to_path_buf(), ..Locations::from_environment() };
    let postgres_alone = ServiceOptions { kafka: false, ..options_for_tests() };
    let quiet = Services::start(&provisioned, postgres_alone.clone()).unwrap();
    assert!(matches!(quiet.pids(), Pids { kafka: None, postgres: Some(_) }));
    assert!(state::announced(&locations).unwrap().is_empty());

    let loud = Services::start(&provisioned, ServiceOptions { announce: true, ..postgres_alone }).unwrap();
    let announced = state::announced(&locations).unwrap();
    assert_eq!(announced, [loud.announcement()]);
    drop(loud);
    assert!(state::announced(&locations).unwrap().is_empty());
}
