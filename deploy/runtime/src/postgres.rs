//! PostgreSQL: one server on loopback TCP, with a random password; under `nobody` when we are root.

use crate::children::{ChildSpec, Environment};
use crate::daemon::{self, Ports, Service};
use crate::error::RuntimeError;
use crate::fetch::provisioned::Provisioned;
use crate::locations::{Account, Program, create_folder};
use crate::secure::ServerCertificate;
use rustix::process::Signal;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, chown};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// The owner of everything in the cluster.
const USER: &str = "rasid";
const DATABASE: &str = "postgres";
/// Connections the server takes: several processes with pools, and tests side by side.
const MAX_CONNECTIONS: u32 = 200;

/// One server's settings.
#[derive(Debug, Clone)]
pub(crate) struct Postgres {
    pub(crate) provisioned: Provisioned,
    /// Holds the cluster and the password; belongs to the account the server runs under.
    pub(crate) folder: PathBuf,
    pub(crate) log: PathBuf,
    /// Whether a commit survives the loss of power. A killed process loses nothing either way.
    pub(crate) is_durable: bool,
    pub(crate) account: Option<Account>,
    pub(crate) password: Password,
    pub(crate) keeping: Keeping,
    /// Connections are encrypted by it for who asks for that.
    pub(crate) certificate: Option<ServerCertificate>,
}

/// What becomes of the data folder at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    Removed,
    Kept,
}

impl Keeping {
    /// The setting that moves the data folder, for messages.
    pub(crate) fn setting(self) -> &'static str {
        match self {
            Self::Removed => "TMPDIR",
            Self::Kept => "--data",
        }
    }
}

/// The password of a cluster.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Password(String);

impl std::fmt::Debug for Password {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Password(..)")
    }
}

impl Password {
    /// The password that a data folder was made with, or a new random one.
    pub(crate) fn of(folder: &Path) -> Result<Self, RuntimeError> {
        let path = folder.join(PASSWORD_FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Self(text.trim().to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self(format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())))
            }
            Err(source) => Err(RuntimeError::io("read", &path)(source)),
        }
    }
}

const PASSWORD_FILE: &str = "password";
const CERTIFICATE_FILE: &str = "server.pem";
const KEY_FILE: &str = "server.key";

impl Postgres {
    /// The address for clients.
    pub(crate) fn url(&self, port: u16) -> String {
        format!("postgres://{USER}:{}@127.0.0.1:{port}/{DATABASE}", self.password.0)
    }

    fn cluster(&self) -> PathBuf {
        self.folder.join("cluster")
    }

    fn make_folder(&self) -> Result<(), RuntimeError> {
        create_folder(&self.folder, 0o700)?;
        self.give_away(&self.folder)?;
        self.write_private(PASSWORD_FILE, self.password.0.as_bytes())
    }

    /// The server wants its key for itself alone, and looks who owns it.
    fn install_certificate(&self) -> Result<(), RuntimeError> {
        let Some(ServerCertificate { certificate, key }) = &self.certificate else { return Ok(()) };
        for (name, source) in [(CERTIFICATE_FILE, certificate), (KEY_FILE, key)] {
            let bytes = fs::read(source).map_err(RuntimeError::io("read", source))?;
            self.write_private(name, &bytes)?;
        }
        Ok(())
    }

    fn write_private(&self, name: &str, bytes: &[u8]) -> Result<(), RuntimeError> {
        let path = self.folder.join(name);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(RuntimeError::io("open", &path))?;
        file.write_all(bytes).map_err(RuntimeError::io("write", &path))?;
        self.give_away(&path)
    }

    fn give_away(&self, path: &Path) -> Result<(), RuntimeError> {
        match self.account {
            Some(Account { user, group }) => {
                chown(path, Some(user), Some(group)).map_err(RuntimeError::io("give away", path))
            }
            None => Ok(()),
        }
    }

    /// `initdb` into a folder that becomes the cluster by a rename, so that one killed midway is not taken for
    /// a cluster.
    fn initialise(&self) -> Result<(), RuntimeError> {
        let unfinished = self.folder.join("unfinished");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(RuntimeError::io("remove", &unfinished))?;
        }
        let mut arguments: Vec<OsString> = vec![
            format!("--username={USER}").into(),
            "--auth=scram-sha-256".into(),
            "--encoding=UTF8".into(),
            // The server's own locale, the same on every machine: sorted by code point, letters of all scripts.
            "--locale=C".into(),
            "--locale-provider=builtin".into(),
            "--builtin-locale=C.UTF-8".into(),
            "--pwfile".into(),
            self.folder.join(PASSWORD_FILE).into(),
            "--pgdata".into(),
            unfinished.clone().into(),
        ];
        if self.keeping == Keeping::Removed {
            // Two thousand waits for the disk, for files that are removed at the end.
            arguments.push("--no-sync".into());
        }
        daemon::run_tool(
            &self.spec("PostgreSQL's initdb", "initdb", arguments)?,
            "while it made a new cluster",
        )?;
        fs::rename(&unfinished, self.cluster()).map_err(RuntimeError::io("publish", &unfinished))
    }

    fn spec(
        &self,
        service: &'static str,
        program: &str,
        arguments: Vec<OsString>,
    ) -> Result<ChildSpec, RuntimeError> {
        Ok(ChildSpec {
            service,
            setpriv: self.provisioned.locations().find(Program::Setpriv)?,
            program: self.provisioned.postgres_program(program),
            arguments,
            environment: Environment::Fixed,
            account: self.account,
            folder: self.folder.clone(),
            log: self.log.clone(),
        })
    }
}

impl Service for Postgres {
    const NAME: &'static str = "PostgreSQL";
    const READY: &'static str = "database system is ready to accept connections";
    /// Fast shutdown: clients are cut off, transactions rolled back, the log is flushed.
    const STOP_SIGNAL: Signal = Signal::INT;

    fn prepare(&self) -> Result<(), RuntimeError> {
        if let Some(account) = self.account {
            account.must_reach(&self.provisioned.postgres_program("postgres"), "RASID_HOME")?;
            if let Some(parent) = self.folder.parent() {
                account.must_reach(parent, self.keeping.setting())?;
            }
        }
        if !self.cluster().exists() {
            self.make_folder()?;
            self.initialise()?;
        }
        self.install_certificate()
    }

    fn command(&self, ports: Ports) -> Result<ChildSpec, RuntimeError> {
        let switch = if self.is_durable { "on" } else { "off" };
        let mut arguments: Vec<OsString> = vec!["-D".into(), self.cluster().into()];
        for setting in [
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={}", ports.clients),
            "unix_socket_directories=".to_owned(),
            format!("max_connections={MAX_CONNECTIONS}"),
            format!("fsync={switch}"),
            // Off, a killed server would lose what it had confirmed, and not only at a loss of power.
            "synchronous_commit=on".to_owned(),
            format!("full_page_writes={switch}"),
            "timezone=UTC".to_owned(),
            format!("ssl={}", if self.certificate.is_some() { "on" } else { "off" }),
            format!("ssl_cert_file={}", self.folder.join(CERTIFICATE_FILE).display()),
            format!("ssl_key_file={}", self.folder.join(KEY_FILE).display()),
        ] {
            arguments.extend(["-c".into(), setting.into()]);
        }
        self.spec(Self::NAME, "postgres", arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_password_is_random_and_an_old_one_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        assert_ne!(Password::of(folder.path()).unwrap(), Password::of(folder.path()).unwrap());
        fs::write(folder.path().join(PASSWORD_FILE), "kept\n").unwrap();
        assert_eq!(Password::of(folder.path()).unwrap(), Password("kept".to_owned()));
    }

    #[test]
    fn the_password_does_not_show_in_debug_output() {
        assert_eq!(format!("{:?}", Password("secret".to_owned())), "Password(..)");
    }
}
