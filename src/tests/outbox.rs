//! Messages to the outside: in order for each key, again after a failure, never two at once of one key.

use crate::services::database;
use adjudicate::foundation::jobs::{Job, run_jobs};
use adjudicate::foundation::metrics::{JobMetrics, OutboxMetrics, PublishResult};
use adjudicate::foundation::outbox::{
    Outbox, OutboxMessage, OutboxPublisher, OutboxTopic, PublishError, Turn,
};
use adjudicate::stream::report;
use adjudicate::testing::{TestDatabase, outbox_config, transactions};
use async_trait::async_trait;
use prometheus::Registry;
use schemas::clock::SystemClock;
use schemas::ids::EffectId;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Takes messages down in the order of their acknowledgement; refuses some; counts what is under way by key.
struct Outside {
    taken: Mutex<Vec<(String, EffectId)>>,
    refusals_left: Mutex<HashMap<String, u32>>,
    under_way: Mutex<HashSet<String>>,
    gate: Semaphore,
}

impl Outside {
    fn open() -> Arc<Self> {
        Self::with_permits(Semaphore::MAX_PERMITS)
    }

    fn with_permits(permits: usize) -> Arc<Self> {
        Arc::new(Self {
            taken: Mutex::default(),
            refusals_left: Mutex::default(),
            under_way: Mutex::default(),
            gate: Semaphore::new(permits),
        })
    }

    fn refuse(&self, key: &str, times: u32) {
        self.refusals_left.lock().unwrap().insert(key.to_owned(), times);
    }

    fn of_key(&self, key: &str) -> Vec<EffectId> {
        self.taken.lock().unwrap().iter().filter(|(of, _)| of == key).map(|(_, effect)| *effect).collect()
    }
}

#[async_trait]
impl OutboxPublisher for Outside {
    async fn publish(&self, message: &OutboxMessage) -> Result<(), PublishError> {
        assert!(
            self.under_way.lock().unwrap().insert(message.key.clone()),
            "two messages of one key at once"
        );
        let permit = self.gate.acquire().await.unwrap();
        drop(permit);
        self.under_way.lock().unwrap().remove(&message.key);
        if let Some(left) = self.refusals_left.lock().unwrap().get_mut(&message.key).filter(|left| **left > 0)
        {
            *left -= 1;
            return Err(PublishError("not now".to_owned()));
        }
        self.taken.lock().unwrap().push((message.key.clone(), message.effect));
        Ok(())
    }
}

fn outbox_over(database: &TestDatabase, outside: &Arc<Outside>) -> (Arc<Outbox>, OutboxMetrics) {
    let metrics = OutboxMetrics::register(&Registry::new()).unwrap();
    let outbox = Outbox::new(database.connections.clone(), outside.clone(), outbox_config(), metrics.clone());
    (Arc::new(outbox), metrics)
}

async fn enqueue(database: &TestDatabase, keys: &[&str]) -> Vec<EffectId> {
    let message = |key: &&str| OutboxMessage {
        effect: EffectId::generate(),
        topic: OutboxTopic::Decisions,
        key: (*key).to_owned(),
        subject: Uuid::nil(),
        headers: vec![("ce_type".to_owned(), "test".to_owned())],
        payload: b"payload".to_vec(),
    };
    let messages: Vec<OutboxMessage> = keys.iter().map(message).collect();
    transactions::enqueue(&database.connections, &messages).await.unwrap();
    messages.into_iter().map(|message| message.effect).collect()
}

#[tokio::test]
async fn a_turn_takes_one_message_of_each_key_and_the_next_turn_the_one_after_it() {
    let database = database().await;
    let outside = Outside::open();
    let (outbox, _) = outbox_over(&database, &outside);
    let effects = enqueue(&database, &["a", "a", "b", "a"]).await;
    assert_eq!(outbox.run_once().await.unwrap(), Turn { sent: 2, failed: 0 });
    assert_eq!((outside.of_key("a"), outside.of_key("b")), (vec![effects[0]], vec![effects[2]]));
    assert_eq!(outbox.run_once().await.unwrap(), Turn { sent: 1, failed: 0 });
    assert_eq!(outbox.run_once().await.unwrap(), Turn { sent: 1, failed: 0 });
    assert_eq!(outbox.run_once().await.unwrap(), Turn::default());
    assert_eq!(outside.of_key("a"), [effects[0], effects[1], effects[3]]);
    assert_eq!(report::unsent(&database.connections).await.unwrap(), 0);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_message_that_is_refused_holds_back_its_key_and_no_other() {
    let database = database().await;
    let outside = Outside::open();
    outside.refuse("a", 3);
    let (outbox, metrics) = outbox_over(&database, &outside);
    let effects = enqueue(&database, &["a", "b", "a"]).await;
    assert_eq!(outbox.run_once().await.unwrap(), Turn { sent: 1, failed: 1 });
    assert_eq!(outside.of_key("b"), [effects[1]]);
    let shutdown = CancellationToken::new();
    let jobs: Vec<Arc<dyn Job>> = vec![outbox];
    let job_metrics = JobMetrics::register(&Registry::new(), Arc::new(SystemClock::new())).unwrap();
    let running = tokio::spawn(run_jobs(jobs, job_metrics, shutdown.clone()));
    while report::unsent(&database.connections).await.unwrap() > 0 {
        tokio::task::yield_now().await;
    }
    shutdown.cancel();
    running.await.unwrap();
    assert_eq!(outside.of_key("a"), [effects[0], effects[2]]);
    assert_eq!(metrics.messages(OutboxTopic::Decisions, PublishResult::Failed), 3);
    let attempts = format!("select attempts::bigint from outbox where effect_id = '{}'", effects[0].uuid());
    assert_eq!(database.number(&attempts).await.unwrap(), 4);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn two_processes_share_the_work_and_never_send_one_message_twice() {
    let database = database().await;
    let outside = Outside::open();
    let keys: Vec<String> = (0..150).map(|number| format!("key-{}", number % 50)).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let effects: HashSet<EffectId> = enqueue(&database, &keys).await.into_iter().collect();
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let (outbox, _) = outbox_over(&database, &outside);
            let pool = database.connections.clone();
            tokio::spawn(async move {
                while report::unsent(&pool).await.unwrap() > 0 {
                    outbox.run_once().await.unwrap();
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let taken = outside.taken.lock().unwrap().clone();
    assert_eq!(taken.len(), 150);
    assert_eq!(taken.iter().map(|(_, effect)| *effect).collect::<HashSet<_>>(), effects);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn what_was_published_but_not_marked_is_published_again_under_the_same_id() {
    let database = database().await;
    let closed = Outside::with_permits(0);
    let effects = enqueue(&database, &["a"]).await;
    let (dying, _) = outbox_over(&database, &closed);
    let turn = tokio::spawn(async move { dying.run_once().await });
    while closed.under_way.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    // While one process publishes it, another passes it over.
    let open = Outside::open();
    let (other, _) = outbox_over(&database, &open);
    assert_eq!(other.run_once().await.unwrap(), Turn::default());
    // The process dies between the publisher's answer and the mark: its lock goes with it.
    turn.abort();
    assert!(turn.await.unwrap_err().is_cancelled());
    while other.run_once().await.unwrap() == Turn::default() {
        tokio::task::yield_now().await;
    }
    assert_eq!(open.of_key("a"), effects);
    database.remove().await.unwrap();
}
