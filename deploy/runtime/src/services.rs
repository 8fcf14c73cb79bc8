//! Kafka and PostgreSQL as one thing: started together, stopped together, killed one by one in fault tests.

use crate::daemon::{Daemon, Ports, Service};
use crate::error::RuntimeError;
use crate::fetch::archive;
use crate::fetch::provisioned::Provisioned;
use crate::instance::{self, Instance, OwnerLock};
use crate::kafka::{ClassArchive, Kafka};
use crate::locations::{self, Account, create_folder};
use crate::ports;
use crate::postgres::{Keeping, Password, Postgres};
use crate::secure::{BrokerAccount, SecureListener, Secured, ServerCertificate};
use crate::state::{self, Announcement};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// Room that a new pair of services takes before any data of the user's (measured: 70 MiB).
const DATA_MEBIBYTES: u64 = 300;

/// What to start, and where its data goes.
#[derive(Debug, Clone)]
pub struct ServiceOptions {
    /// A folder that keeps the data between runs; without one it is temporary and gone at the end.
    pub data: Option<PathBuf>,
    /// Start Kafka at once.
    pub kafka: bool,
    /// Start PostgreSQL at once.
    pub postgres: bool,
    /// Whether PostgreSQL waits for the disk at each commit. Off, a loss of power may cost data and a killed
    /// process does not: for tests.
    pub durable: bool,
    /// Whether [`state::announced`] tells other processes of these services.
    pub announce: bool,
    /// Encrypted listeners of Kafka beside the plain one.
    pub secure_listeners: Vec<SecureListener>,
    /// The account of those of them that need one; made with a new data folder.
    pub broker_account: Option<BrokerAccount>,
    /// With it PostgreSQL encrypts connections for who asks for that.
    pub postgres_certificate: Option<ServerCertificate>,
}

impl Default for ServiceOptions {
    fn default() -> Self {
        Self {
            data: None,
            kafka: true,
            postgres: true,
            durable: true,
            announce: false,
            secure_listeners: Vec::new(),
            broker_account: None,
            postgres_certificate: None,
        }
    }
}

/// The process ids of the services that run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pids {
    /// The broker.
    pub kafka: Option<u32>,
    /// PostgreSQL's first process, the parent of its others.
    pub postgres: Option<u32>,
}

/// Running services. Dropping them kills them and removes temporary data; [`Services::stop`] ends them cleanly.
/// The methods take `&self`, so that a test can share them between threads.
#[derive(Debug)]
pub struct Services {
    // The order of the fields is the order of the end: processes, then the claim on the data, then the folder.
    kafka: Mutex<Daemon<Kafka>>,
    postgres: Mutex<Daemon<Postgres>>,
    data: PathBuf,
    keeping: Keeping,
    _claim: Option<OwnerLock>,
    instance: Instance,
}

impl Services {
    /// Starts the services on free loopback ports, both at the same time, and returns when they accept
    /// connections. What killed runs of this user left behind is swept first.
    ///
    /// # Errors
    /// When the data folder is in use, closed or full, when Java or setpriv is missing, or when a service does
    /// not become ready; the message has the service's last log lines.
    pub fn start(provisioned: &Provisioned, options: ServiceOptions) -> Result<Self, RuntimeError> {
        let ServiceOptions { data, kafka, postgres, durable, announce, .. } = options;
        let secured = Secured {
            listeners: options
                .secure_listeners
                .into_iter()
                .map(|listener| Ok((ports::free()?, listener)))
                .collect::<Result<_, RuntimeError>>()?,
            account: options.broker_account,
        };
        let instance = Instance::create(provisioned.locations())?;
        let (data, claim, keeping) = match data {
            None => (instance.folder().join("data"), None, Keeping::Removed),
            Some(folder) => {
                let claim = instance::claim_data(&folder)?;
                let folder = fs::canonicalize(&folder).map_err(RuntimeError::io("find", &folder))?;
                (folder, Some(claim), Keeping::Kept)
            }
        };
        locations::require_suitable_name(&data, keeping.setting())?;
        create_folder(&data, 0o755)?;
        locations::require_space(&data, DATA_MEBIBYTES, keeping.setting())?;
        let postgres_settings = Postgres {
            certificate: options.postgres_certificate,
            ..postgres_settings(provisioned, &data, durable, keeping)?
        };
        let kafka_settings = Kafka { secured, ..kafka_settings(provisioned, &data, &instance) };
        let services = Self {
            kafka: Mutex::new(Daemon::new(kafka_settings, Ports::choose()?)),
            postgres: Mutex::new(Daemon::new(postgres_settings, Ports::choose()?)),
            data,
            keeping,
            _claim: claim,
            instance,
        };
        services.start_both(kafka, postgres)?;
        if announce {
            state::announce(&services.announcement(), services.instance.folder())?;
        }
        Ok(services)
    }

    /// Where Kafka is, as clients want it: `127.0.0.1:PORT`. Nothing listens there before Kafka is started.
    #[must_use]
    pub fn kafka_brokers(&self) -> String {
        let mut kafka = lock(&self.kafka);
        kafka.fix_ports();
        format!("127.0.0.1:{}", kafka.port())
    }

    /// Where the encrypted listener of Kafka with this number is, by the name that it advertises: `localhost:PORT`.
    #[must_use]
    pub fn secure_brokers(&self, number: usize) -> Option<String> {
        let kafka = lock(&self.kafka);
        let (port, _) = kafka.service().secured.listeners.get(number)?;
        Some(format!("localhost:{port}"))
    }

    /// Where PostgreSQL is, with user and password: `postgres://USER:PASSWORD@127.0.0.1:PORT/DATABASE`.
    /// The user owns everything. Nothing listens there before PostgreSQL is started.
    #[must_use]
    pub fn database_url(&self) -> String {
        let mut postgres = lock(&self.postgres);
        postgres.fix_ports();
        postgres.service().url(postgres.port())
    }

    /// What is announced of them.
    #[must_use]
    pub fn announcement(&self) -> Announcement {
        Announcement {
            pid: std::process::id(),
            kafka_brokers: self.kafka_brokers(),
            database_url: self.database_url(),
            data: self.data.clone(),
        }
    }

    /// The folder that holds the data and the logs (`kafka.log`, `postgres.log`).
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The processes as they are now: a restart changes them.
    #[must_use]
    pub fn pids(&self) -> Pids {
        Pids { kafka: lock(&self.kafka).pid(), postgres: lock(&self.postgres).pid() }
    }

    /// Fails when a service that was started has ended by itself, with its last log lines.
    ///
    /// # Errors
    /// See above.
    pub fn check(&self) -> Result<(), RuntimeError> {
        lock(&self.kafka).check()?;
        lock(&self.postgres).check()
    }

    /// Kills Kafka with -9 and returns when it is gone. Its data stays.
    ///
    /// # Errors
    /// When the process does not go away.
    pub fn kill_kafka(&self) -> Result<(), RuntimeError> {
        lock(&self.kafka).kill()
    }

    /// Stops Kafka cleanly. Its data stays.
    ///
    /// # Errors
    /// When the process does not go away.
    pub fn stop_kafka(&self) -> Result<(), RuntimeError> {
        lock(&self.kafka).stop()
    }

    /// Starts Kafka, on the same port and data as before if it ran before, and returns when it accepts
    /// connections.
    ///
    /// # Errors
    /// As [`Services::start`].
    pub fn start_kafka(&self) -> Result<(), RuntimeError> {
        lock(&self.kafka).start()
    }

    /// Kills PostgreSQL with -9 and returns when it and its own children are gone. Its data stays.
    ///
    /// # Errors
    /// When a process does not go away.
    pub fn kill_postgres(&self) -> Result<(), RuntimeError> {
        lock(&self.postgres).kill()
    }

    /// Stops PostgreSQL cleanly; clients are cut off. Its data stays.
    ///
    /// # Errors
    /// When the process does not go away.
    pub fn stop_postgres(&self) -> Result<(), RuntimeError> {
        lock(&self.postgres).stop()
    }

    /// Starts PostgreSQL, on the same port and data as before if it ran before, and returns when it accepts
    /// connections.
    ///
    /// # Errors
    /// As [`Services::start`].
    pub fn start_postgres(&self) -> Result<(), RuntimeError> {
        lock(&self.postgres).start()
    }

    /// Ends the services: cleanly where the data is kept, at once where it is temporary and removed.
    ///
    /// # Errors
    /// When a process does not go away.
    pub fn stop(self) -> Result<(), RuntimeError> {
        match self.keeping {
            Keeping::Removed => both(|| self.kill_kafka(), || self.kill_postgres()),
            Keeping::Kept => both(|| self.stop_kafka(), || self.stop_postgres()),
        }
    }

    fn start_both(&self, kafka: bool, postgres: bool) -> Result<(), RuntimeError> {
        let start_if = |wanted: bool, start: &dyn Fn() -> Result<(), RuntimeError>| {
            if wanted { start() } else { Ok(()) }
        };
        both(|| start_if(kafka, &|| self.start_kafka()), || start_if(postgres, &|| self.start_postgres()))
    }
}

fn postgres_settings(
    provisioned: &Provisioned,
    data: &Path,
    is_durable: bool,
    keeping: Keeping,
) -> Result<Postgres, RuntimeError> {
    let folder = data.join("postgres");
    Ok(Postgres {
        provisioned: provisioned.clone(),
        password: Password::of(&folder)?,
        folder,
        log: data.join("postgres.log"),
        is_durable,
        account: Account::for_postgres()?,
        keeping,
        certificate: None,
    })
}

fn kafka_settings(provisioned: &Provisioned, data: &Path, instance: &Instance) -> Kafka {
    // Without Java there is no archive to name; the start then says that Java is missing.
    let class_archive = archive::path(provisioned).unwrap_or_default();
    Kafka {
        provisioned: provisioned.clone(),
        data: data.join("kafka"),
        scratch: instance.folder().join("kafka"),
        log: data.join("kafka.log"),
        class_archive: ClassArchive::Use(class_archive),
        secured: Secured::default(),
    }
}

/// A test that panicked while it held the lock has not harmed the process behind it.
fn lock<S: Service>(daemon: &Mutex<Daemon<S>>) -> MutexGuard<'_, Daemon<S>> {
    daemon.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs both at the same time; the first error counts.
fn both(
    first: impl FnOnce() -> Result<(), RuntimeError> + Send,
    second: impl FnOnce() -> Result<(), RuntimeError> + Send,
) -> Result<(), RuntimeError> {
    thread::scope(|scope| {
        let second = scope.spawn(second);
        let first = first();
        let second = second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        first.and(second)
    })
}
