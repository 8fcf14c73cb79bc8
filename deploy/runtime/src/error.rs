//! What can go wrong while providing or running the local services, said so that a newcomer can act on it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why the local services could not be provided or run. Each message says what, where and what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// A program that must be on the machine beforehand is not there.
    #[error("{program} was not found in {searched}; install it, on Debian: apt-get install {package}")]
    ProgramMissing {
        /// The program's name.
        program: &'static str,
        /// The folders that were looked through.
        searched: String,
        /// The Debian package that has it.
        package: &'static str,
    },
    /// The Java found is older than the one Kafka needs.
    #[error(
        "{path} is Java {found}, and Kafka needs Java 17 or later; on Debian: apt-get install openjdk-17-jre-headless"
    )]
    JavaTooOld {
        /// The `java` that was asked.
        path: PathBuf,
        /// Its version as it says it.
        found: String,
    },
    /// No binaries are pinned for this processor.
    #[error(
        "no binaries are pinned for the architecture {found}; Rasid's local services run on Linux x86-64 and arm64"
    )]
    UnsupportedArchitecture {
        /// The architecture as Rust names it.
        found: String,
    },
    /// Neither `RASID_HOME` nor a home folder is known.
    #[error("no cache folder: set RASID_HOME to a folder you can write to, or set HOME")]
    NoCacheFolder,
    /// `runtime.lock` does not have the form it should have: a fault of this build.
    #[error(
        "runtime.lock line {line} is not 'architecture sha256 bytes file'; restore the file and build again"
    )]
    LockFile {
        /// Line number, from 1.
        line: usize,
    },
    /// The cache folder belongs to somebody else, who could have laid other programs there.
    #[error(
        "{} belongs to user {owner}, not to {user} who runs this, and programs are started from it; point RASID_HOME at a folder of your own",
        path.display()
    )]
    ForeignCache {
        /// The folder.
        path: PathBuf,
        /// User id of its owner.
        owner: u32,
        /// Our user id.
        user: u32,
    },
    /// Others could lay other programs in the cache folder.
    #[error(
        "others may write in {}, and programs are started from it; look at what lies there, then `chmod go-w {}`, or point RASID_HOME at a folder of your own",
        path.display(), path.display()
    )]
    OpenCache {
        /// The folder.
        path: PathBuf,
    },
    /// A library that building needs is not there.
    #[error("pkg-config does not find {library}; install it, on Debian: apt-get install {package}")]
    LibraryMissing {
        /// The library's name.
        library: &'static str,
        /// The Debian package that has it.
        package: &'static str,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {action} {}; {}", path.display(), remedy(source))]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Too little room on the disk.
    #[error(
        "{} has {free_mebibytes} MiB free and {needed_mebibytes} MiB are needed; make room, or point {variable} at another disk",
        path.display()
    )]
    DiskSpace {
        /// The folder asked about.
        path: PathBuf,
        /// What is needed, in MiB.
        needed_mebibytes: u64,
        /// What is free, in MiB.
        free_mebibytes: u64,
        /// The setting that moves this folder.
        variable: &'static str,
    },
    /// Maven ended without bringing the files.
    #[error(
        "mvn could not fetch the files ({exit}); check the network, or the proxy and mirror in ~/.m2/settings.xml, then run `rasid runtime fetch` again; mvn's last lines:\n{last_lines}"
    )]
    Fetch {
        /// How Maven ended.
        exit: String,
        /// The end of its output.
        last_lines: LastLines,
    },
    /// Maven brought no byte for a long time.
    #[error(
        "mvn brought nothing for {seconds} s and was stopped; check the network, then run `rasid runtime fetch` again; mvn's last lines:\n{last_lines}"
    )]
    FetchStalled {
        /// How long nothing came.
        seconds: u64,
        /// The end of its output.
        last_lines: LastLines,
    },
    /// A pinned file is not among those Maven brought.
    #[error(
        "mvn did not bring {file}, which runtime.lock pins; pom.xml and runtime.lock must be changed together"
    )]
    NotBrought {
        /// The file's name.
        file: String,
    },
    /// A file is not the one that was pinned.
    #[error(
        "{file} has SHA-256 {found}, and runtime.lock pins {expected}; it is not used: a proxy or mirror may have changed it, run `rasid runtime fetch` again"
    )]
    Digest {
        /// The file's name.
        file: String,
        /// Pinned digest, hex.
        expected: String,
        /// Digest of what came, hex.
        found: String,
    },
    /// A verified archive could not be opened.
    #[error("cannot unpack {archive}; run `rasid runtime fetch` again")]
    Unpack {
        /// The archive's name.
        archive: String,
        /// Why.
        source: io::Error,
    },
    /// A child process could not be started at all.
    #[error("cannot start {program}")]
    Spawn {
        /// The program.
        program: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// A child process ended although it should run, or ended in failure.
    #[error("{service} ended ({exit}) {while_doing}; {advice}; last lines of {}:\n{last_lines}", log.display())]
    ChildEnded {
        /// Kafka, PostgreSQL, or a tool of theirs.
        service: &'static str,
        /// Exit code or signal.
        exit: String,
        /// What it was doing.
        while_doing: &'static str,
        /// What to do about it.
        advice: &'static str,
        /// Where its whole output is.
        log: PathBuf,
        /// The end of its output.
        last_lines: LastLines,
    },
    /// A child process runs and does not become ready.
    #[error(
        "{service} was not ready after {seconds} s; the machine may be overloaded; last lines of {}:\n{last_lines}",
        log.display()
    )]
    NotReady {
        /// Kafka or PostgreSQL.
        service: &'static str,
        /// The limit that was waited.
        seconds: u64,
        /// Where its whole output is.
        log: PathBuf,
        /// The end of its output.
        last_lines: LastLines,
    },
    /// No free port was found on loopback.
    #[error("no free TCP port on 127.0.0.1 between {from} and {to}; close other servers and try again")]
    NoFreePort {
        /// First port tried.
        from: u16,
        /// Last port tried.
        to: u16,
    },
    /// A folder's name holds a character that means something else to Java or Kafka.
    #[error(
        "{} cannot be used: Kafka and Java cannot handle '{character}' in its name; point {variable} at another folder",
        path.display()
    )]
    UnsuitableName {
        /// The folder.
        path: PathBuf,
        /// The character, or the replacement character for bytes that are no text.
        character: char,
        /// The setting that moves it.
        variable: &'static str,
    },
    /// The data folder belongs to a running process.
    #[error("{} is in use by {owner}; stop it, or choose another folder with --data", path.display())]
    DataInUse {
        /// The data folder.
        path: PathBuf,
        /// Process id and command line of the owner.
        owner: String,
    },
    /// A folder that should be ours is a link or belongs to somebody else.
    #[error("{} is not a folder of this user; remove it, or point TMPDIR at another folder", path.display())]
    ForeignFolder {
        /// The folder.
        path: PathBuf,
    },
    /// PostgreSQL refuses to run as root, and the account it runs under cannot enter a folder.
    #[error(
        "{} is closed to the account nobody, under which PostgreSQL runs when started by root; point {variable} at a folder open to all, or run as an ordinary user",
        path.display()
    )]
    ClosedFolder {
        /// The folder on the way that is closed.
        path: PathBuf,
        /// The setting that moves it.
        variable: &'static str,
    },
    /// Root cannot run PostgreSQL without an unprivileged account.
    #[error(
        "/etc/passwd has no account named nobody, and PostgreSQL refuses to run as root; add one, or run as an ordinary user"
    )]
    NoUnprivilegedAccount,
    /// A process that was asked to stop did not.
    #[error("process {pid} did not stop within {seconds} s; stop it with: kill -9 {pid}")]
    DidNotStop {
        /// The process.
        pid: u32,
        /// How long it was given.
        seconds: u64,
    },
}

impl RuntimeError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_path_buf(), source }
    }
}

/// The end of a child's output, indented for a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastLines(pub Vec<String>);

impl fmt::Display for LastLines {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return formatter.write_str("  (it wrote nothing)");
        }
        for (index, line) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(formatter, "{separator}  {line}")?;
        }
        Ok(())
    }
}

fn remedy(source: &io::Error) -> &'static str {
    if source.kind() == io::ErrorKind::StorageFull {
        "make room on that disk"
    } else if source.kind() == io::ErrorKind::PermissionDenied {
        "point RASID_HOME, TMPDIR or --data at a folder you can write to"
    } else if source.kind() == io::ErrorKind::ReadOnlyFilesystem {
        "that file system is read-only: point RASID_HOME, TMPDIR or --data elsewhere"
    } else if matches!(source.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory) {
        "a file is where a folder should be: choose another folder, or move the file"
    } else {
        "check that folder"
    }
}
