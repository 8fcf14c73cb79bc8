//! The one thread that starts every child process, and the handle to a child.
//!
//! A child must not outlive this process, even when that is killed with -9. `setpriv --pdeathsig KILL` asks the
//! kernel for that, and the kernel sends the signal when the *thread* that started the child ends. So all
//! children, Maven included, are started by one thread that lives as long as the process.

use crate::error::{LastLines, RuntimeError};
use crate::locations::Account;
use crate::wait;
use rustix::process::{Pid, Signal};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

/// How many lines of a child's output a message shows.
const LAST_LINES: usize = 15;
/// How long a killed child and its own children may take to be gone.
const KILL_LIMIT: Duration = Duration::from_secs(10);

/// What to start and how.
#[derive(Debug, Clone)]
pub(crate) struct ChildSpec {
    /// What messages call it.
    pub(crate) service: &'static str,
    /// The path of `setpriv`.
    pub(crate) setpriv: PathBuf,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: Environment,
    /// Another account to run under.
    pub(crate) account: Option<Account>,
    pub(crate) folder: PathBuf,
    /// Receives its standard output and error, appended.
    pub(crate) log: PathBuf,
}

/// The environment a child sees.
#[derive(Debug, Clone)]
pub(crate) enum Environment {
    /// Ours: Maven needs the user's proxy and mirror settings.
    Inherited,
    /// Only what makes its behaviour the same everywhere: a `PGDATA` or `KAFKA_OPTS` of the user's must not
    /// reach a service.
    Fixed,
}

/// A running or ended child. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Child {
    service: &'static str,
    inner: std::process::Child,
    log: PathBuf,
    /// Length of the log when this child began.
    log_start: u64,
}

impl Child {
    /// Starts a child in a process group of its own, so that Ctrl-C in a terminal reaches only us and we end
    /// the services in our own order.
    pub(crate) fn start(spec: &ChildSpec) -> Result<Self, RuntimeError> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&spec.log)
            .map_err(RuntimeError::io("open the log", &spec.log))?;
        let log_start = log.metadata().map_err(RuntimeError::io("look at", &spec.log))?.len();
        let command = command(spec, log).map_err(RuntimeError::io("open the log", &spec.log))?;
        let inner = spawn_on_the_thread(command)
            .map_err(|source| RuntimeError::Spawn { program: spec.program.display().to_string(), source })?;
        Ok(Self { service: spec.service, inner, log: spec.log.clone(), log_start })
    }

    pub(crate) fn id(&self) -> u32 {
        self.inner.id()
    }

    /// How it ended, or `None` while it runs.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>, RuntimeError> {
        let program = self.service;
        self.inner.try_wait().map_err(|source| RuntimeError::Spawn { program: program.to_owned(), source })
    }

    /// Waits for its end, at most `limit`.
    pub(crate) fn wait(&mut self, limit: Duration) -> Result<Option<ExitStatus>, RuntimeError> {
        wait::until(limit, || self.ended())
    }

    /// Sends a signal; a child that has ended already is left in peace.
    pub(crate) fn signal(&mut self, signal: Signal) {
        if let (Ok(None), Some(pid)) = (self.ended(), process_id(self.id())) {
            // It may end between the look and the signal, but it is ours to reap: its id is not another's.
            let _ = rustix::process::kill_process(pid, signal);
        }
    }

    /// Kills it with -9, and returns when it and its own children are gone.
    pub(crate) fn kill(&mut self) -> Result<(), RuntimeError> {
        let descendants = children_of(self.id());
        self.signal(Signal::KILL);
        let is_gone = self.wait(KILL_LIMIT)?.is_some();
        let left = wait::until::<(), RuntimeError>(KILL_LIMIT, || {
            Ok((!descendants.iter().any(|pid| is_alive(*pid))).then_some(()))
        })?;
        if is_gone && left.is_some() {
            return Ok(());
        }
        Err(RuntimeError::DidNotStop { pid: self.id(), seconds: KILL_LIMIT.as_secs() })
    }

    /// Asks it to stop with `signal`, and kills it when it takes longer than `limit`.
    pub(crate) fn stop(&mut self, signal: Signal, limit: Duration) -> Result<(), RuntimeError> {
        self.signal(signal);
        if self.wait(limit)?.is_none() {
            tracing::warn!(service = self.service, limit_seconds = limit.as_secs(), "had to be killed");
            self.kill()?;
        }
        Ok(())
    }

    /// Everything it has written.
    pub(crate) fn output(&self) -> String {
        let mut bytes = Vec::new();
        let read = File::open(&self.log).and_then(|mut log| {
            log.seek(SeekFrom::Start(self.log_start))?;
            log.read_to_end(&mut bytes)
        });
        if let Err(error) = read {
            tracing::warn!(log = %self.log.display(), %error, "the log cannot be read");
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The end of what it has written.
    pub(crate) fn last_lines(&self) -> LastLines {
        let mut lines = VecDeque::new();
        for line in self.output().lines().map(without_colours).filter(|line| says_something(line)) {
            if lines.len() == LAST_LINES {
                lines.pop_front();
            }
            lines.push_back(line);
        }
        LastLines(lines.into())
    }

    /// The error that tells of its end.
    pub(crate) fn ended_error(&self, status: ExitStatus, while_doing: &'static str) -> RuntimeError {
        let last_lines = self.last_lines();
        RuntimeError::ChildEnded {
            service: self.service,
            exit: describe(status),
            while_doing,
            advice: advice(status, &last_lines),
            log: self.log.clone(),
            last_lines,
        }
    }

    /// The error that tells that it did not become ready in time.
    pub(crate) fn not_ready_error(&self, limit: Duration) -> RuntimeError {
        RuntimeError::NotReady {
            service: self.service,
            seconds: limit.as_secs(),
            log: self.log.clone(),
            last_lines: self.last_lines(),
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            tracing::warn!(service = self.service, %error, "a child process is left behind");
        }
    }
}

/// Runs a program to its end; a failure or `limit` passed is an error with its last lines.
pub(crate) fn run(
    spec: &ChildSpec,
    while_doing: &'static str,
    limit: Duration,
) -> Result<String, RuntimeError> {
    let mut child = Child::start(spec)?;
    match child.wait(limit)? {
        Some(status) if status.success() => Ok(child.output()),
        Some(status) => Err(child.ended_error(status, while_doing)),
        None => Err(child.not_ready_error(limit)),
    }
}

/// How a process ended, in words.
pub(crate) fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}

/// Whether a process exists and is not merely waiting to be reaped.
pub(crate) fn is_alive(pid: u32) -> bool {
    process_state(pid).is_some_and(|(state, _)| state != 'Z' && state != 'X')
}

/// Kills with -9 whatever still runs with `folder` on its command line: what a killed run left behind.
pub(crate) fn kill_users_of(folder: &Path) {
    let needle = folder.as_os_str().as_encoded_bytes();
    for pid in process_ids().filter(|pid| *pid != std::process::id()) {
        let is_user = fs::read(format!("/proc/{pid}/cmdline"))
            .is_ok_and(|line| line.windows(needle.len()).any(|window| window == needle));
        if let (true, Some(process)) = (is_user, process_id(pid)) {
            let _ = rustix::process::kill_process(process, Signal::KILL);
        }
    }
}

/// A process id in the form the system calls want.
pub(crate) fn process_id(pid: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(pid).ok()?)
}

fn children_of(parent: u32) -> Vec<u32> {
    process_ids().filter(|pid| process_state(*pid).is_some_and(|(_, owner)| owner == parent)).collect()
}

fn process_ids() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// State letter and parent of a process.
fn process_state(pid: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in parentheses and may itself hold spaces and parentheses.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

fn advice(status: ExitStatus, last_lines: &LastLines) -> &'static str {
    let has = |needle: &str| last_lines.0.iter().any(|line| line.contains(needle));
    if has("UnsupportedClassVersionError") {
        "Kafka needs Java 17 or later: apt-get install openjdk-17-jre-headless"
    } else if has(ADDRESS_IN_USE) {
        "another process took its port: try again"
    } else if has("No space left on device") {
        "make room on the disk, or choose another folder with --data"
    } else if has("OutOfMemoryError") || has("insufficient memory") || has("Cannot allocate memory") {
        "free some memory: Kafka and PostgreSQL need about 1 GiB"
    } else if status.signal() == Some(Signal::KILL.as_raw()) {
        "somebody killed it, or the system did for want of memory: see dmesg"
    } else {
        "its last lines name the cause"
    }
}

/// Maven colours even what goes to a file: `ESC [ ... m`.
fn without_colours(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}

/// Whether a line is more than an empty one, or Maven's standing advice to call it again in another way.
fn says_something(line: &str) -> bool {
    const ADVICE: [&str; 4] =
        ["[Help ", "To see the full stack trace", "Re-run Maven", "For more information about the errors"];
    let text = line.trim().trim_start_matches("[ERROR]").trim();
    !text.is_empty() && !ADVICE.iter().any(|advice| text.starts_with(advice))
}

/// What Kafka and PostgreSQL say when their port is taken.
pub(crate) const ADDRESS_IN_USE: &str = "Address already in use";

fn command(spec: &ChildSpec, log: File) -> io::Result<Command> {
    let mut command = Command::new(&spec.setpriv);
    if let Some(Account { user, group }) = spec.account {
        command.args(["--reuid", &user.to_string(), "--regid", &group.to_string(), "--clear-groups"]);
    }
    command.args(["--pdeathsig", "KILL", "--"]).arg(&spec.program).args(&spec.arguments);
    match spec.environment {
        Environment::Inherited => {}
        Environment::Fixed => {
            command.env_clear().envs([("PATH", "/usr/bin:/bin"), ("LC_ALL", "C.UTF-8"), ("TZ", "UTC")]);
        }
    }
    command
        .current_dir(&spec.folder)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    Ok(command)
}

struct Order {
    command: Command,
    reply: Sender<io::Result<std::process::Child>>,
}

static SPAWNER: OnceLock<Option<Sender<Order>>> = OnceLock::new();

fn spawn_on_the_thread(command: Command) -> io::Result<std::process::Child> {
    let gone = || io::Error::other("the thread that starts child processes could not be made");
    let orders = SPAWNER.get_or_init(start_spawner).as_ref().ok_or_else(gone)?;
    let (reply, answer) = channel();
    orders.send(Order { command, reply }).map_err(|_| gone())?;
    answer.recv().map_err(|_| gone())?
}

fn start_spawner() -> Option<Sender<Order>> {
    let (orders, receiver) = channel::<Order>();
    thread::Builder::new()
        .name("children".to_owned())
        .spawn(move || {
            // The sender is static: this loop, and with it the thread, ends with the process.
            for Order { mut command, reply } in receiver {
                let _ = reply.send(command.spawn());
            }
        })
        .ok()?;
    Some(orders)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locations::{Locations, Program};

    fn shell(folder: &Path, script: &str) -> ChildSpec {
        ChildSpec {
            service: "shell",
            setpriv: Locations::from_environment().find(Program::Setpriv).unwrap(),
            program: "/bin/sh".into(),
            arguments: vec!["-c".into(), script.into()],
            environment: Environment::Fixed,
            account: None,
            folder: folder.to_path_buf(),
            log: folder.join("shell.log"),
        }
    }

    #[test]
    fn a_child_that_fails_shows_its_last_lines_and_its_exit_code() {
        let folder = tempfile::tempdir().unwrap();
        let spec =
            shell(folder.path(), "for i in $(seq 40); do echo line $i; done; echo the cause >&2; exit 3");
        let message = run(&spec, "while testing", Duration::from_secs(10)).unwrap_err().to_string();
        assert!(message.contains("exit code 3") && message.contains("the cause"), "{message}");
        assert!(message.contains("line 40") && !message.contains("line 20"), "{message}");
    }

    #[test]
    fn a_later_child_does_not_show_the_lines_of_an_earlier_one() {
        let folder = tempfile::tempdir().unwrap();
        run(&shell(folder.path(), "echo earlier"), "while testing", Duration::from_secs(10)).unwrap();
        let output =
            run(&shell(folder.path(), "echo later"), "while testing", Duration::from_secs(10)).unwrap();
        assert_eq!(output, "later\n");
    }

    #[test]
    fn colours_and_standing_advice_do_not_crowd_out_the_cause() {
        assert_eq!(without_colours("\u{1b}[0m\u{1b}[1;31m[ERROR]\u{1b}[m no route"), "[ERROR] no route");
        assert!(says_something("[ERROR] no route: Unknown host -> [Help 1]"));
        for line in ["", "  ", "[ERROR] ", "[ERROR] Re-run Maven using the -X switch"] {
            assert!(!says_something(line), "{line}");
        }
    }

    #[test]
    fn dropping_a_child_kills_it() {
        let folder = tempfile::tempdir().unwrap();
        let child = Child::start(&shell(folder.path(), "exec sleep 600")).unwrap();
        let pid = child.id();
        assert!(is_alive(pid));
        drop(child);
        assert!(!is_alive(pid));
    }

    #[test]
    fn a_child_outlives_the_thread_that_asked_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let spec = shell(folder.path(), "sleep 0.3; echo still here");
        let mut child = thread::spawn(move || Child::start(&spec).unwrap()).join().unwrap();
        assert!(child.wait(Duration::from_secs(10)).unwrap().unwrap().success());
        assert_eq!(child.output(), "still here\n");
    }

    #[test]
    fn a_child_does_not_see_the_environment_of_the_user() {
        let folder = tempfile::tempdir().unwrap();
        let output = run(&shell(folder.path(), "env"), "while testing", Duration::from_secs(10)).unwrap();
        assert!(!output.contains("HOME=") && !output.contains("CARGO"), "{output}");
    }
}
