//! The commands themselves: exit codes, JSON, what stands on which output.

use super::Installation;
use serde_json::Value;
use std::process::{Command, Output};

fn rasid(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rasid")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn the_command_ends_with_0_without_a_fault_and_with_1_with_one_in_both_forms() {
    let mut installation = Installation::clean().await;
    let file = installation.file();
    let file = file.to_str().unwrap();
    let good = rasid(&["doctor", "--config", file]);
    assert_eq!(good.status.code(), Some(0), "{}{}", text(&good.stdout), text(&good.stderr));
    assert!(text(&good.stdout).contains("good         kafka.reachable"), "{}", text(&good.stdout));
    installation.set("http", "listen", "0.0.0.0:8080");
    installation.file();
    let bad = rasid(&["doctor", "--config", file, "--json"]);
    assert_eq!(bad.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&bad.stdout).unwrap();
    assert_eq!(report["fault"], 1, "{report}");
    let findings = report["findings"].as_array().unwrap();
    let fault = findings.iter().find(|finding| finding["verdict"] == "fault").unwrap();
    assert_eq!((&fault["check"], &fault["place"]), (&"http.exposed".into(), &"http.listen".into()));
    assert!(text(&bad.stderr).contains("1 fault"), "{}", text(&bad.stderr));
    installation.remove().await;
}

#[tokio::test]
async fn check_config_and_serve_warn_of_ports_that_are_open_to_all() {
    let mut installation = Installation::clean().await;
    installation.set("http", "listen", "0.0.0.0:1");
    installation.set("admin", "listen", "[::]:1");
    let file = installation.file();
    let checked = rasid(&["check-config", "--config", file.to_str().unwrap()]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stderr));
    let told = text(&checked.stderr);
    for warning in ["warning: http.listen = 0.0.0.0:1 is open", "warning: admin.listen = [::]:1 is open"] {
        assert!(told.contains(warning), "{told}");
    }
    // So that it ends by itself.
    installation.set("database", "url", "postgres://rasid:word@127.0.0.1:1/rasid");
    let served = rasid(&["serve", "--config", installation.file().to_str().unwrap()]);
    let told = text(&served.stderr);
    assert!(told.contains("http.listen = 0.0.0.0:1 is open") && told.contains("cannot be reached"), "{told}");
    installation.remove().await;
}

#[tokio::test]
async fn a_home_that_others_may_write_ends_every_command_that_would_start_programs_from_it() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_rasid"))
        .args(["demo", "--once"])
        .env("RASID_HOME", home.path())
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(1));
    assert!(text(&run.stderr).contains("others may write in"), "{}", text(&run.stderr));
}

#[test]
fn without_a_configuration_it_says_what_building_needs_too() {
    let machine = rasid(&["doctor"]);
    let told = text(&machine.stdout);
    for subject in ["java", "to build, cc", "to build, pkg-config", "to build, libssl-dev"] {
        assert!(told.contains(subject), "{told}");
    }
}
