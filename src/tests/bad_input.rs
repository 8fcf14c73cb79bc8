//! What a new user may get wrong: each ends at once, with a message that says what, where and what to do.

use super::services;
use std::ffi::OsStr;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

const FAILED: i32 = 1;
const USAGE: i32 = 2;

fn rasid(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rasid"));
    command.args(arguments);
    command
}

/// Runs to the end, and gives what stands on stderr after the exit code was as expected.
fn refused(command: &mut Command, code: i32) -> String {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert!(!told.contains("panicked") && !told.contains("stack backtrace"), "{told}");
    told
}

fn path(of: &Path) -> &str {
    of.to_str().unwrap()
}

#[test]
fn a_folder_without_pictures_or_with_a_broken_list_is_told_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let place = path(folder.path());
    let send = || refused(&mut rasid(&["send", place, "--keys", "keys.toml"]), FAILED);
    let photos = || refused(&mut rasid(&["demo", "--once", "--photos", place]), FAILED);
    assert!(send().contains("has no manifest.jsonl: give a folder of pictures with one"));
    assert!(photos().contains("has no labels.jsonl: write one beside the pictures"));
    fs::write(folder.path().join("manifest.jsonl"), "\n{\"name\":").unwrap();
    fs::write(folder.path().join("labels.jsonl"), "{\"image\": \"a.jpg\"}").unwrap();
    assert!(send().contains("manifest.jsonl cannot be used: line 2, column 8: EOF while parsing a value"));
    assert!(photos().contains("line 1, column 18: missing field `plates`"));
    let gone = folder.path().join("gone");
    for arguments in [
        &["send", path(&gone), "--keys", "k"][..],
        &["demo", "--acts", path(&gone)],
        &["demo", "--photos", path(&gone)],
    ] {
        assert!(refused(&mut rasid(arguments), FAILED).contains("does not exist"));
    }
}

#[test]
fn a_missing_java_or_mvn_is_named_with_its_package() {
    let folder = tempfile::tempdir().unwrap();
    let with_path = |programs: &Path| {
        let mut command = rasid(&["demo", "--once"]);
        command.env("PATH", programs).env_remove("JAVA_HOME").env("RASID_HOME", folder.path().join("home"));
        refused(&mut command, FAILED)
    };
    assert!(with_path(folder.path()).contains("mvn was not found in PATH"));
    let mvn = folder.path().join("mvn");
    fs::write(&mvn, "").unwrap();
    fs::set_permissions(&mvn, fs::Permissions::from_mode(0o755)).unwrap();
    let told = with_path(folder.path());
    assert!(told.contains("java was not found in PATH"), "{told}");
    assert!(told.contains("apt-get install openjdk-17-jre-headless"), "{told}");
}

#[test]
fn a_database_that_is_away_or_refuses_is_told_apart() {
    // It also brings the ONNX Runtime that `rasid run` asks for first.
    let url = services::shared().database_url();
    let with_url = |arguments: &[&str], url: &str| {
        let scratch = tempfile::tempdir().unwrap();
        let mut command = rasid(arguments);
        command.env("RASID_DATABASE__URL", url).env("RASID_EVIDENCE__DIRECTORY", scratch.path());
        refused(&mut command, FAILED)
    };
    for command in ["migrate", "serve", "run"] {
        let told = with_url(&[command], "postgres://u:secret@127.0.0.1:1/x");
        assert!(told.contains("PostgreSQL at 127.0.0.1:1/x cannot be reached; check database.url"), "{told}");
        assert!(told.contains("Connection refused") && !told.contains("secret"), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    let wrong = format!("postgres://rasid:secret@{}", url.rsplit_once('@').unwrap().1);
    let told = with_url(&["migrate"], &wrong);
    assert!(told.contains("refuses; check user, password and database name"), "{told}");
    assert!(told.contains("password authentication failed") && !told.contains("secret"), "{told}");
    assert!(with_url(&["migrate"], "mysql://u:secret@h/x").contains("not of the form postgres://"));
}

#[test]
fn an_unknown_key_is_named_wherever_it_stands() {
    let variable = |name: &str| refused(rasid(&["check-config"]).env(name, "x"), FAILED);
    let told = variable("RASID_KAFKA__BROKER");
    assert!(told.contains("unknown key kafka.broker in the environment (RASID_KAFKA__BROKER)"), "{told}");
    assert!(variable("RASID_DATABASE_URL").contains("write RASID_DATABASE__URL, with two underscores"));
}

#[test]
fn a_database_without_tables_is_sent_to_migrate() {
    let scratch = tempfile::tempdir().unwrap();
    let csv = scratch.path().join("sites.csv");
    fs::write(&csv, "id\n").unwrap();
    for arguments in [&["serve"][..], &["run"], &["import", "sites", path(&csv)]] {
        let mut command = rasid(arguments);
        command.env("RASID_DATABASE__URL", services::shared().database_url());
        command.env("RASID_EVIDENCE__DIRECTORY", scratch.path());
        let told = refused(&mut command, FAILED);
        assert!(told.contains("has no tables of this version; run `rasid migrate`"), "{told}");
    }
}

#[test]
fn a_topic_that_does_not_exist_is_named_before_anything_is_sent() {
    let scratch = tempfile::tempdir().unwrap();
    let keys = scratch.path().join("keys.toml");
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/demo");
    assert!(rasid(&["send", path(&demo), "--make-keys", path(&keys)]).output().unwrap().status.success());
    let mut command = rasid(&["send", path(&demo), "--keys", path(&keys)]);
    command.env("RASID_KAFKA__BROKERS", services::shared().kafka_brokers());
    command.env("RASID_KAFKA__EVENTS_TOPIC", "a-topic-of-nobody");
    let told = refused(&mut command, FAILED);
    assert!(told.contains("topic 'a-topic-of-nobody' does not exist on"), "{told}");
}

#[tokio::test]
async fn a_taken_port_is_named_with_its_key() {
    let database = services::database().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = rasid(&["serve"]);
    command.env("RASID_DATABASE__URL", database.config.url.expose());
    command.env("RASID_KAFKA__BROKERS", services::shared().kafka_brokers());
    command.env("RASID_EVIDENCE__DIRECTORY", scratch.path()).env("RASID_HTTP__LISTEN", &address);
    let told = refused(&mut command, FAILED);
    assert!(told.contains(&format!("{address} cannot be listened on; set http.listen")), "{told}");
}

#[test]
fn reading_what_is_no_picture_fails_and_reading_nothing_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let zero = folder.path().join("zero.jpg");
    fs::write(&zero, "").unwrap();
    let output = rasid(&["read", path(&zero)]).output().unwrap();
    assert_eq!(output.status.code(), Some(FAILED));
    assert!(String::from_utf8_lossy(&output.stdout).contains("neither a JPEG nor a PNG picture"));
    assert!(refused(&mut rasid(&["read"]), USAGE).contains("Usage: rasid read"));
}

#[test]
fn what_cannot_be_read_is_named_and_the_other_pictures_are_read_in_their_order() {
    let frames = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/demo/frames");
    let folder = tempfile::tempdir().unwrap();
    let within = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::copy(frames.join("sa-01-1.jpg"), within("car.jpg")).unwrap();
    let (gone, pattern, car) = (within("gone.jpg"), within("*.png"), within("c*.jpg"));
    let output = rasid(&["read", &gone, &pattern, &car, path(folder.path())]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(FAILED), "{told}");
    assert!(told.contains(&format!("no picture (jpg, jpeg, png) is matched by '{pattern}'")), "{told}");
    assert!(told.contains(&format!("{gone}: cannot read the file")), "{told}");
    let lines: Vec<serde_json::Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2, "the folder and the pattern name one picture");
    assert!(lines[0]["path"] == gone && lines[0]["error"].is_string(), "{}", lines[0]);
    assert!(lines[1]["path"] == within("car.jpg") && lines[1]["plates"][0]["jurisdiction"] == "SA");
}

#[test]
fn a_marked_copy_never_takes_the_place_of_its_picture() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("car.jpg");
    fs::write(&picture, "as it was").unwrap();
    let told = refused(&mut rasid(&["read", path(&picture), "--draw", path(folder.path())]), FAILED);
    assert!(told.contains("car.jpg would be overwritten by its marked copy; name another folder"), "{told}");
    assert_eq!(fs::read_to_string(&picture).unwrap(), "as it was");
    assert!(refused(&mut rasid(&["read", "--jurisdiction", "AE", "x.jpg"]), USAGE).contains("EG, SA, both"));
}

#[test]
fn reading_a_picture_leaves_no_file_of_onnx_runtimes_telemetry_behind() {
    services::shared();
    let temporary = tempfile::tempdir().unwrap();
    let picture = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/demo/frames/sa-01-1.jpg");
    let mut command = rasid(&["read", path(&picture)]);
    command.env_remove("ORT_DISABLE_TELEMETRY").env("TMPDIR", temporary.path());
    assert!(command.output().unwrap().status.success());
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[test]
fn a_rows_file_that_is_missing_is_named_before_anything_else() {
    let told = refused(rasid(&["import", "sites", "gone.csv"]).env("PATH", OsStr::new("")), FAILED);
    assert!(told.contains("gone.csv cannot be read"), "{told}");
}
