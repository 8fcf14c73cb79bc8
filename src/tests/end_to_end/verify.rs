//! What must hold at the end, read from Kafka, PostgreSQL and the evidence store, never from what a process remembers.

use super::events::Ending;
use super::world::{SentEvent, World};
use crate::streams::{Positions, TestConsumer};
use adjudicate::foundation::outbox::OutboxTopic;
use adjudicate::stream::position::OutcomeCounts;
use adjudicate::stream::record_report::{self, RecordEnding};
use adjudicate::stream::report::{self, ActReport};
use adjudicate::stream::settle::EventIdentity;
use ingest::dead_letter::DeadLetter;
use ingest::evidence::EvidenceStore;
use ingest::metrics::IngestMetrics;
use ingest::record::RawRecord;
use prometheus::Registry;
use rasid::replay::{Repetition, Replay};
use schemas::evidence::Sha256Digest;
use schemas::outcome::Outcome;
use schemas::wire::cloud_event::ID_HEADER;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

/// What was found; repetitions are allowed, and are told because they show that crashes hit where they can cause them.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) events: usize,
    pub(super) lost: i64,
    pub(super) doubled: i64,
    pub(super) counts: OutcomeCounts,
    pub(super) dead_letters_written_again: usize,
    pub(super) messages_sent_again: usize,
    pub(super) pictures: usize,
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, lost, doubled, counts, pictures, .. } = self;
        let (letters, messages) = (self.dead_letters_written_again, self.messages_sent_again);
        write!(
            formatter,
            "{events} events, {lost} lost, {doubled} doubled; {counts:?}; {pictures} pictures of rows are whole; \
             written again: {letters} dead letters, {messages} messages"
        )
    }
}

/// Compares everything with what was published; panics at the first thing that differs.
pub(super) async fn verify(world: &World) -> Found {
    let (lost, counts) = positions(world).await;
    assert_eq!(lost, 0, "lost");
    assert_eq!(counts, expected_counts(&world.sent));
    let doubled = effects(world, &counts).await;
    assert_eq!(doubled, 0, "doubled");
    endings(world).await;
    let messages_sent_again = published_violations(world).await;
    let dead_letters_written_again = dead_letters(world).await;
    let pictures = evidence(world).await;
    replay(world).await;
    let events = world.sent.len();
    Found { events, lost, doubled, counts, dead_letters_written_again, messages_sent_again, pictures }
}

/// Every case comes out again from what is stored, byte for byte.
async fn replay(world: &World) {
    let metrics = IngestMetrics::register(&Registry::new()).unwrap();
    let evidence = EvidenceStore::open(&world.config.evidence, metrics).unwrap();
    let mut others = Vec::new();
    let mut replay = Replay::new(&world.database.connections, &evidence).await.unwrap();
    let totals = replay.all(|repeated| match &repeated.ended {
        Repetition::Identical { .. } => {}
        Repetition::Different { .. } | Repetition::NotRepeatable { .. } => others.push(repeated.clone()),
    });
    let totals = totals.await.unwrap();
    assert_eq!(others, [], "repeated otherwise");
    assert!(totals.identical > 0);
}

/// Log ends against counters and positions.
async fn positions(world: &World) -> (i64, OutcomeCounts) {
    let topic = &world.config.kafka.events_topic;
    let published = world.probe.offsets(topic).await.unwrap();
    assert_eq!(
        published,
        i64::try_from(world.sent.len()).unwrap(),
        "what the broker holds was all sent by us"
    );
    let mut ends: BTreeMap<i32, i64> = BTreeMap::new();
    for SentEvent { event, offset } in &world.sent {
        let end = ends.entry(event.partition).or_default();
        *end = (*end).max(offset + 1);
    }
    let partitions = report::partitions(&world.database.connections, &world.cluster, topic).await.unwrap();
    let stored: BTreeMap<i32, i64> =
        partitions.iter().map(|row| (row.partition.partition, row.next_offset)).collect();
    assert_eq!(stored, ends, "positions stand at the ends of the logs");
    let skipped: i64 = partitions.iter().map(|row| row.skipped).sum();
    let of = |outcome| partitions.iter().map(|row| row.counts.of(outcome)).sum();
    let counts = OutcomeCounts {
        violation: of(Outcome::Violation),
        manual_check: of(Outcome::ManualCheck),
        no_offence: of(Outcome::NoOffence),
        duplicate: of(Outcome::Duplicate),
        dead_letter: of(Outcome::DeadLetter),
    };
    assert_eq!(skipped, 0, "no offset is without a record");
    (published - counts.total() - skipped, counts)
}

fn expected_counts(sent: &[SentEvent]) -> OutcomeCounts {
    let mut counts = OutcomeCounts::default();
    let mut pairs = BTreeSet::new();
    for SentEvent { event, .. } in sent {
        counts.add(match event.ending {
            Ending::Certain(outcome) => outcome,
            Ending::OneOfPair { act } if pairs.insert(act) => Outcome::Violation,
            Ending::OneOfPair { .. } | Ending::Resent => Outcome::Duplicate,
            Ending::DeadLetter(_) => Outcome::DeadLetter,
        });
    }
    counts
}

/// What each act led to: one case and, for a violation, one message. Gives what was doubled.
async fn effects(world: &World, counts: &OutcomeCounts) -> i64 {
    let pool = &world.database.connections;
    let mut acts: Vec<Vec<EventIdentity>> = Vec::new();
    let mut expected = Vec::new();
    let mut pairs: BTreeMap<usize, usize> = BTreeMap::new();
    let violation = ActReport { violations: 1, manual_checks: 0, messages: 1 };
    for SentEvent { event, .. } in &world.sent {
        let report = match event.ending {
            Ending::Certain(Outcome::Violation) => violation,
            Ending::Certain(Outcome::ManualCheck) => ActReport { manual_checks: 1, ..ActReport::default() },
            Ending::Certain(Outcome::NoOffence | Outcome::Duplicate | Outcome::DeadLetter) => {
                ActReport::default()
            }
            Ending::OneOfPair { act } => {
                if let Some(place) = pairs.insert(act, acts.len()) {
                    acts[place].push(event.identity.clone());
                    pairs.insert(act, place);
                    continue;
                }
                violation
            }
            // What bears another event's id is asked for with that event; what cannot be used has none.
            Ending::Resent | Ending::DeadLetter(_) => continue,
        };
        acts.push(vec![event.identity.clone()]);
        expected.push(report);
    }
    let found = report::acts(pool, &acts).await.unwrap();
    let doubled = found.iter().map(ActReport::doubled).sum();
    for ((act, found), expected) in acts.iter().zip(&found).zip(&expected) {
        assert_eq!(found, expected, "{act:?}");
    }
    assert_eq!(report::violations(pool).await.unwrap(), counts.violation);
    assert_eq!(report::manual_checks(pool).await.unwrap(), counts.manual_check);
    let dead_letters = report::dead_letters(pool).await.unwrap();
    assert_eq!(dead_letters.iter().map(|(_, count)| count).sum::<i64>(), counts.dead_letter);
    doubled
}

/// How each record ended by its own rows.
async fn endings(world: &World) {
    let topic = &world.config.kafka.events_topic;
    let records = record_report::records(&world.database.connections, &world.cluster, topic).await.unwrap();
    let mut endings = HashMap::new();
    for record in records {
        let before = endings.insert((record.partition, record.offset), record.ending);
        assert!(before.is_none(), "{}/{} ended twice", record.partition, record.offset);
    }
    for SentEvent { event, offset } in &world.sent {
        let ending = endings.remove(&(event.partition, *offset));
        let fits = match (event.ending, &ending) {
            (Ending::Certain(Outcome::Violation), Some(RecordEnding::Violation { .. }))
            | (Ending::Certain(Outcome::ManualCheck), Some(RecordEnding::ManualCheck { .. }))
            | (Ending::Certain(Outcome::NoOffence), Some(RecordEnding::WithoutCase { .. }))
            | (
                Ending::OneOfPair { .. },
                Some(RecordEnding::Violation { .. } | RecordEnding::WithoutCase { .. }),
            )
            | (Ending::Resent, None) => true,
            (Ending::DeadLetter(reason), Some(RecordEnding::DeadLetter { reason: found })) => {
                reason.label() == found
            }
            (Ending::Certain(_) | Ending::OneOfPair { .. } | Ending::Resent | Ending::DeadLetter(_), _) => {
                false
            }
        };
        assert!(fits, "{:?} at {}/{offset} ended as {ending:?}", event.identity, event.partition);
    }
    assert!(endings.is_empty(), "rows of records that nobody sent: {endings:?}");
}

/// The violations topic holds each message of the outbox, by its id; gives how many came more than once.
async fn published_violations(world: &World) -> usize {
    let records = all_records(world, &world.config.kafka.violations_topic).await;
    let id = |record: &RawRecord| {
        let value = record.header_values().find(|(name, _)| *name == ID_HEADER).unwrap().1;
        String::from_utf8(value.to_vec()).unwrap()
    };
    let ids: BTreeSet<String> = records.iter().map(id).collect();
    let query =
        "select coalesce(string_agg(effect_id::text, ' '), '') from outbox where topic = 'violations'";
    let rows = world.database.text(query).await.unwrap();
    let rows: BTreeSet<String> = rows.split_whitespace().map(str::to_owned).collect();
    assert_eq!(ids, rows, "messages on the topic and rows of the outbox");
    let pool = &world.database.connections;
    assert_eq!(report::unsent(pool).await.unwrap(), 0);
    let messages = report::messages(pool, OutboxTopic::Violations).await.unwrap();
    assert_eq!(messages, report::violations(pool).await.unwrap());
    records.len() - ids.len()
}

/// The dead-letter topic holds each unusable record as it was, by its place; gives how many came more than once.
async fn dead_letters(world: &World) -> usize {
    let records = all_records(world, &world.config.kafka.dead_letter_topic).await;
    let mut letters = BTreeMap::new();
    for record in &records {
        let (letter, original) = DeadLetter::parse(record).unwrap();
        assert_eq!(&*letter.source.topic, world.config.kafka.events_topic);
        letters.insert((letter.source.partition, letter.offset), (letter.reason, original));
    }
    let distinct = letters.len();
    for SentEvent { event, offset } in &world.sent {
        let Ending::DeadLetter(reason) = event.ending else { continue };
        let found = letters.remove(&(event.partition, *offset));
        assert_eq!(found, Some((reason, event.record.clone())), "{}/{offset}", event.partition);
    }
    assert!(letters.is_empty(), "letters of records that can be used: {:?}", letters.keys());
    records.len() - distinct
}

/// Every picture that a row names is there and is what it is named; gives how many.
async fn evidence(world: &World) -> usize {
    let query = "select coalesce(string_agg(distinct encode(sha256, 'hex'), ' '), '') from evidence_file";
    let named = world.database.text(query).await.unwrap();
    let mut pictures = 0;
    for digest in named.split_whitespace() {
        let path = world.config.evidence.directory.join(format!(
            "evidence/sha256/{}/{}/{digest}",
            &digest[..2],
            &digest[2..4]
        ));
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(Sha256Digest::of(&bytes).to_string(), digest);
        pictures += 1;
    }
    pictures
}

/// Everything on a topic.
async fn all_records(world: &World, topic: &str) -> Vec<RawRecord> {
    let mut kafka = world.config.kafka.clone();
    kafka.group = format!("reader-of-{topic}");
    let count = usize::try_from(world.probe.offsets(topic).await.unwrap()).unwrap();
    let positions = Positions::with([]);
    let mut ingest = world.config.ingest.clone();
    (ingest.partition_records_max, ingest.process_records_max) = (count + 1, count + 1);
    let mut reader = TestConsumer::start(&kafka, &ingest, topic, "reader", positions).await;
    reader.offsets(count).await;
    let records = std::mem::take(&mut reader.held).into_iter().map(|one| one.into_parts().0);
    let records = records.collect();
    reader.close().await;
    records
}
