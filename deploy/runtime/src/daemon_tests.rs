//! The two services in the cases that a run seldom meets.

use super::*;
use crate::fetch::provision::Runtime;
use crate::fetch::provisioned::Provisioned;
use crate::kafka::{ClassArchive, Kafka};
use crate::locations::{Account, Locations};
use crate::postgres::{Keeping, Password, Postgres};
use crate::secure::Secured;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use tempfile::TempDir;

fn provisioned() -> Provisioned {
    Runtime::fetch(&Locations::from_environment(), false, &mut |_| {}).unwrap()
}

/// A temporary folder that PostgreSQL's account can enter when the tests run as root.
fn open_folder() -> TempDir {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    tempfile::Builder::new().permissions(mode).tempdir().unwrap()
}

fn kafka(folder: &Path) -> Kafka {
    let provisioned = provisioned();
    Kafka {
        class_archive: ClassArchive::Use(crate::fetch::archive::path(&provisioned).unwrap()),
        provisioned,
        data: folder.join("data"),
        scratch: folder.join("scratch"),
        log: folder.join("kafka.log"),
        secured: Secured::default(),
    }
}

fn postgres(folder: &Path) -> Postgres {
    let folder = folder.join("postgres");
    Postgres {
        provisioned: provisioned(),
        password: Password::of(&folder).unwrap(),
        log: folder.with_extension("log"),
        folder,
        is_durable: false,
        account: Account::for_postgres().unwrap(),
        keeping: Keeping::Removed,
        certificate: None,
    }
}

/// A listener on a port that looked free to the service a moment ago.
fn taken_port() -> (TcpListener, Ports) {
    let ports = Ports::choose().unwrap();
    (TcpListener::bind((Ipv4Addr::LOCALHOST, ports.clients)).unwrap(), ports)
}

#[test]
fn kafka_takes_another_port_when_its_own_was_taken_in_between() {
    let folder = open_folder();
    let (_listener, ports) = taken_port();
    let mut daemon = Daemon::new(kafka(folder.path()), ports);
    daemon.start().unwrap();
    assert_ne!(daemon.port(), ports.clients);
}

#[test]
fn postgres_takes_another_port_when_its_own_was_taken_in_between() {
    let folder = open_folder();
    let (_listener, ports) = taken_port();
    let mut daemon = Daemon::new(postgres(folder.path()), ports);
    daemon.start().unwrap();
    assert_ne!(daemon.port(), ports.clients);
}

#[test]
fn a_port_that_clients_know_is_not_changed_and_the_message_says_that_it_is_taken() {
    let folder = open_folder();
    let (_listener, ports) = taken_port();
    let mut daemon = Daemon::new(postgres(folder.path()), ports);
    daemon.fix_ports();
    let message = daemon.start().unwrap_err().to_string();
    assert!(
        message.contains(ADDRESS_IN_USE) && message.contains("another process took its port"),
        "{message}"
    );
    assert_eq!(daemon.port(), ports.clients);
}

#[test]
fn a_broker_that_dies_on_start_shows_the_cause() {
    let folder = open_folder();
    fs::create_dir(folder.path().join("data")).unwrap();
    fs::write(folder.path().join("data/meta.properties"), "version=1\nnode.id=77\ncluster.id=x\n").unwrap();
    let mut daemon = Daemon::new(kafka(folder.path()), Ports::choose().unwrap());
    let message = daemon.start().unwrap_err().to_string();
    assert!(message.contains("Kafka ended (exit code 1)") && message.contains("77"), "{message}");
    assert_eq!(daemon.pid(), None);
}

#[test]
fn a_service_that_ends_by_itself_is_noticed_and_can_be_started_again() {
    let folder = open_folder();
    let mut daemon = Daemon::new(postgres(folder.path()), Ports::choose().unwrap());
    daemon.start().unwrap();
    daemon.check().unwrap();
    let pid = children::process_id(daemon.pid().unwrap()).unwrap();
    rustix::process::kill_process(pid, Signal::KILL).unwrap();
    let noticed = wait::until::<_, RuntimeError>(STOP_LIMIT, || Ok(daemon.check().err())).unwrap().unwrap();
    assert!(noticed.to_string().contains("signal 9"), "{noticed}");
    // Its workers hold the shared memory until they notice that their parent is gone, and until then PostgreSQL refuses.
    wait::until::<_, RuntimeError>(STOP_LIMIT, || Ok(daemon.start().ok())).unwrap().unwrap();
    daemon.check().unwrap();
}
