//! Brokers that encrypt and want an account: what goes through, and what is said when they do not take us.

use super::secured::{ENCRYPTED, EXPIRED, MUTUAL, PASSWORD, Secured, WITH_ACCOUNT, config, kafka, text};
use crate::streams::{PATIENCE, Positions, TestConsumer};
use bytes::Bytes;
use ingest::config::KafkaConfig;
use ingest::connection::reach::reach;
use ingest::producer::RecordProducer;
use ingest::record::OutgoingRecord;
use ingest::topics;
use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

/// Wait for a broker that answers at once, or never.
const LIMIT: Duration = Duration::from_secs(10);
/// Wait between two looks at what cannot call back.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);
/// A broker that is started again, and a report that the client makes once in 30 s.
const LONG_PATIENCE: Duration = Duration::from_secs(120);

async fn secured() -> Arc<Secured> {
    Arc::new(tokio::task::spawn_blocking(|| Secured::start(true)).await.unwrap())
}

/// Makes the topics, sends a record and receives it.
async fn go_through(brokers: &str, keys: &str) {
    let config = config(brokers, keys);
    topics::create_missing(&config.kafka).await.unwrap();
    assert_eq!(topics::check(&config.kafka).await.unwrap(), []);
    let producer = RecordProducer::new(&config.kafka).unwrap();
    let record = OutgoingRecord { key: None, value: Bytes::from_static(b"value"), headers: Vec::new() };
    producer.send(&config.kafka.events_topic, &record).await.unwrap();
    let topic = config.kafka.events_topic.clone();
    let mut consumer =
        TestConsumer::start(&config.kafka, &config.ingest, &topic, "one", Positions::with([])).await;
    assert_eq!(consumer.offsets(1).await, [(0, 0)], "{keys}");
    consumer.close().await;
}

async fn refusal(kafka: KafkaConfig) -> String {
    reach(&kafka, LIMIT).await.unwrap_err().to_string()
}

#[tokio::test]
async fn topics_records_and_groups_go_through_every_way_of_protecting_a_connection() {
    let secured = secured().await;
    go_through(&secured.brokers(ENCRYPTED), &secured.encrypted()).await;
    go_through(&secured.brokers(MUTUAL), &secured.mutual()).await;
    for mechanism in ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] {
        go_through(&secured.brokers(WITH_ACCOUNT), &secured.with_account(mechanism, PASSWORD)).await;
    }
}

#[tokio::test]
async fn a_broker_that_does_not_take_us_is_told_at_the_start_with_what_to_do() {
    let secured = secured().await;
    let other = super::certificates::Authority::create(&secured.folder.path().join("other"));
    let (encrypted, account) = (secured.brokers(ENCRYPTED), secured.brokers(WITH_ACCOUNT));
    let plain = secured.services.kafka_brokers().replace("127.0.0.1", "localhost");
    let by_number = encrypted.replace("localhost", "127.0.0.1");
    let strangers = format!("security_protocol = \"ssl\"\nca_file = {:?}\n", other.file());
    let wrong = secured.with_account("SCRAM-SHA-512", "wrong");
    for (brokers, keys, told) in [
        (account.as_str(), wrong.as_str(), &["authentication", "kafka.sasl_password"][..]),
        (&account, &secured.with_account("PLAIN", "wrong"), &["authentication", "kafka.sasl_password"]),
        (&encrypted, &strangers, &["encryption", "is signed by no authority of", "into kafka.ca_file"]),
        (&by_number, &secured.encrypted(), &["encryption", "is made for localhost;", "in kafka.brokers"]),
        (&secured.brokers(EXPIRED), &secured.encrypted(), &["encryption", "expired on 2026-02-01; renew it"]),
        (&secured.brokers(MUTUAL), &secured.encrypted(), &["encryption", "kafka.certificate_file"]),
        (&encrypted, "", &["encrypts; set kafka.security_protocol to ssl or sasl_ssl"]),
        (&plain, &secured.encrypted(), &["does not encrypt; name its encrypted port"]),
        (
            &account,
            &secured.encrypted(),
            &["authentication", "set kafka.security_protocol to sasl_ssl, kafka.sasl_mechanism"],
        ),
        ("127.0.0.1:9", "", &["no broker at '127.0.0.1:9' answered within", "Connection refused"]),
    ] {
        let said = refusal(kafka(brokers, keys)).await;
        println!("{said}");
        for part in told {
            assert!(said.contains(part), "{part} is not said: {said}");
        }
    }
    // The programs say the same and end.
    let file = secured.folder.path().join("rasid.toml");
    fs::write(&file, text(&account, &wrong)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rasid"));
    command.args(["topics", "create", "--config"]).arg(&file);
    let ended = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot be used (authentication)") && !said.contains("wrong\n"), "{said}");
}

#[tokio::test]
async fn a_certificate_that_expires_makes_the_process_not_ready_until_it_is_renewed() {
    let secured = secured().await;
    let config = config(&secured.brokers(ENCRYPTED), &secured.encrypted());
    topics::create_missing(&config.kafka).await.unwrap();
    let topic = config.kafka.events_topic.clone();
    let mut consumer =
        TestConsumer::start(&config.kafka, &config.ingest, &topic, "one", Positions::with([])).await;
    consumer.assigned(1).await;
    restart_with(&secured, "expired").await;
    let problems = told(&consumer, |problems| problems.contains("expired on")).await;
    assert!(problems.contains("kafka: encryption: the certificate of localhost:"), "{problems}");
    assert!(problems.contains("renew it on the broker"), "{problems}");
    restart_with(&secured, "renewed").await;
    told(&consumer, str::is_empty).await;
    consumer.close().await;
}

/// Gives Kafka another certificate and starts it again.
async fn restart_with(secured: &Arc<Secured>, which: &'static str) {
    let secured = Arc::clone(secured);
    let restart = move || {
        secured.services.stop_kafka().unwrap();
        let made = match which {
            "expired" => secured.authority.expired(which),
            _ => secured.authority.certificate(which),
        };
        fs::copy(made.certificate, &secured.server.certificate).unwrap();
        fs::copy(made.key, &secured.server.key).unwrap();
        secured.services.start_kafka().unwrap();
    };
    tokio::task::spawn_blocking(restart).await.unwrap();
}

/// Waits until what stands in the way of the consumer is as expected.
async fn told(consumer: &TestConsumer, is_so: impl Fn(&str) -> bool) -> String {
    let looking = async {
        loop {
            let problems = consumer.problems().join("\n");
            if is_so(&problems) {
                return problems;
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    };
    let seen = tokio::time::timeout(LONG_PATIENCE.max(PATIENCE), looking).await;
    seen.unwrap_or_else(|_| panic!("it is still said: {:?}", consumer.problems()))
}
