//! Remembers what a client says of its connections while it is asked something.

use super::lines::log_client_line;
use crate::trouble::BrokerTrouble;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How the client marks the lines about connections that failed.
const FAILED_CONNECTION: &str = "FAIL";

/// What was heard. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct ClientWatch(Arc<Mutex<Heard>>);

#[derive(Debug, Clone, Default)]
pub(super) struct Heard {
    /// What lasts, and how the client put it.
    pub(super) lasting: Option<(BrokerTrouble, String)>,
    /// What was said last, whatever it was.
    pub(super) last: Option<String>,
}

impl ClientWatch {
    pub(super) fn heard(&self) -> Heard {
        self.locked().clone()
    }

    fn locked(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for ClientWatch {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        // What fails is told by the answer; in the log it would stand twice.
        let level =
            if (level as i32) < (RDKafkaLogLevel::Info as i32) { RDKafkaLogLevel::Info } else { level };
        log_client_line(level, facility, message);
        // A connection that is cut is no error to the client, which tries again; why, stands only in its log.
        if facility == FAILED_CONNECTION {
            let said = message.split_once("]: ").map_or(message, |(_, said)| said);
            self.locked().last = Some(without_state(said).to_owned());
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let Some(code) = error.rdkafka_error_code() else { return };
        let said = without_state(reason).to_owned();
        let mut heard = self.locked();
        if let Some(trouble) = BrokerTrouble::of_report(code, reason) {
            heard.lasting = Some((trouble, said.clone()));
        }
        // That all are down says less than why the last one is.
        if code != RDKafkaErrorCode::AllBrokersDown || heard.last.is_none() {
            heard.last = Some(said);
        }
    }
}

impl ConsumerContext for ClientWatch {}

/// The client's report without where in its own course of states it was.
pub(crate) fn without_state(reason: &str) -> &str {
    reason.split(" (after ").next().unwrap_or(reason)
}
