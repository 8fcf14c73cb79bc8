//! What is asked before anything is judged.

pub(crate) mod certificates;
pub(crate) mod database;
pub(crate) mod folders;
pub(crate) mod kafka;
pub(crate) mod machine;

use crate::config::Config;
use crate::doctor::told::Told;
use crate::salvage::Salvaged;
use certificates::FileFacts;
use database::DatabaseFacts;
use folders::{DiskRoom, FolderFacts};
use kafka::KafkaFacts;
use machine::ReaderFacts;
use schemas::clock::Clock;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What to examine, and by what measures.
#[derive(Debug, Clone)]
pub struct Examination {
    /// The configuration file.
    pub file: PathBuf,
    /// How many processes share broker and database.
    pub processes: Processes,
    /// This machine's time.
    pub clock: Arc<dyn Clock>,
    /// How to ask for the room on the disk of a folder.
    pub room: fn(&Path) -> io::Result<DiskRoom>,
    /// How to ask how many files a process may have open; `None` if there is no limit.
    pub open_files_max: fn() -> Option<u64>,
}

/// Processes of the whole installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Processes {
    /// `rasid run`; the members of the consumer group if nothing is said.
    pub run: Option<u32>,
    /// `rasid serve`; one if nothing is said.
    pub serve: Option<u32>,
}

impl Examination {
    /// Of a file, with this machine's own measures.
    #[must_use]
    pub fn of(file: PathBuf, clock: Arc<dyn Clock>) -> Self {
        let processes = Processes::default();
        Self { file, processes, clock, room: folders::disk_room, open_files_max: machine::open_files_max }
    }
}

/// Everything that was asked.
#[derive(Debug)]
pub(crate) struct Facts {
    /// This machine's time at the end of the questions.
    pub now: chrono::DateTime<chrono::Utc>,
    /// The broker.
    pub kafka: Told<KafkaFacts>,
    /// Why the broker serves us or not; other words than those of what hangs on it.
    pub kafka_answer: Result<(), ingest::condition::Unanswered>,
    /// The database.
    pub database: DatabaseFacts,
    /// Folders.
    pub folders: Vec<FolderFacts>,
    /// Certificates and keys in files.
    pub files: Vec<FileFacts>,
    /// The plate reader.
    pub reader: ReaderFacts,
    /// Files that a process may have open.
    pub open_files_max: Option<u64>,
}

/// Asks everything, broker and database at the same time.
pub(crate) async fn gather(examination: &Examination, salvaged: &Salvaged, config: &Config) -> Facts {
    let clock = &examination.clock;
    let (kafka, mut database, folders, files, reader) = tokio::join!(
        async {
            if salvaged.is_put_aside("kafka") || salvaged.is_put_aside("kafka.brokers") {
                return Err(ingest::condition::Unanswered::Settings(
                    "kafka.brokers cannot be used".to_owned(),
                ));
            }
            kafka::gather(&config.kafka, clock.as_ref()).await
        },
        async {
            if salvaged.is_put_aside("database.url") {
                return DatabaseFacts::none("database.url cannot be used");
            }
            database::gather(config, clock.as_ref()).await
        },
        folders::gather(config, examination.room),
        certificates::gather(config),
        machine::reader(config),
    );
    let (kafka_answer, kafka) = match kafka {
        Ok(kafka) => (Ok(()), Ok(kafka)),
        Err(unanswered) => {
            let why = match &unanswered {
                ingest::condition::Unanswered::Away(_) => "the broker is away",
                ingest::condition::Unanswered::Refused(_) => "the broker refuses",
                ingest::condition::Unanswered::Settings(_) => "[kafka] cannot be used",
            };
            (Err(unanswered), Err(why.to_owned()))
        }
    };
    if let (Ok(kafka), Ok(positions)) = (&kafka, &mut database.positions) {
        kafka.look_back(positions).await;
    }
    Facts {
        now: clock.now(),
        kafka,
        kafka_answer,
        database,
        folders,
        files,
        reader,
        open_files_max: (examination.open_files_max)(),
    }
}
