//! What a broker or a batch can have against us that does not pass by itself.

use rdkafka::error::RDKafkaErrorCode;

schemas::closed_list! {
    /// Errors of the Kafka client that last until a person does something. A closed list.
    pub enum BrokerTrouble {
        /// A batch is compressed in a way that this program cannot read, or its compressed bytes are broken.
        Compression = "compression",
        /// A batch is broken.
        BrokenBatch = "broken_batch",
        /// The account may not read the topic or join the group.
        NotAuthorised = "not_authorised",
        /// The broker does not take the account's credentials.
        Authentication = "authentication",
        /// The encrypted connection cannot be made.
        Encryption = "encryption",
        /// The topic or partition is gone.
        TopicGone = "topic_gone",
        /// The broker is of a version that does not serve this client.
        Version = "version",
    }
}

/// Codes of the client that last, and what they mean.
const LASTING: [(RDKafkaErrorCode, BrokerTrouble); 21] = [
    (RDKafkaErrorCode::NotImplemented, BrokerTrouble::Compression),
    (RDKafkaErrorCode::BadCompression, BrokerTrouble::Compression),
    (RDKafkaErrorCode::UnsupportedCompressionType, BrokerTrouble::Compression),
    (RDKafkaErrorCode::UnsupportedFeature, BrokerTrouble::Compression),
    (RDKafkaErrorCode::BadMessage, BrokerTrouble::BrokenBatch),
    (RDKafkaErrorCode::InvalidMessage, BrokerTrouble::BrokenBatch),
    (RDKafkaErrorCode::InvalidMessageSize, BrokerTrouble::BrokenBatch),
    (RDKafkaErrorCode::MessageSizeTooLarge, BrokerTrouble::BrokenBatch),
    (RDKafkaErrorCode::InvalidRecord, BrokerTrouble::BrokenBatch),
    (RDKafkaErrorCode::TopicAuthorizationFailed, BrokerTrouble::NotAuthorised),
    (RDKafkaErrorCode::GroupAuthorizationFailed, BrokerTrouble::NotAuthorised),
    (RDKafkaErrorCode::ClusterAuthorizationFailed, BrokerTrouble::NotAuthorised),
    (RDKafkaErrorCode::Authentication, BrokerTrouble::Authentication),
    (RDKafkaErrorCode::SaslAuthenticationFailed, BrokerTrouble::Authentication),
    (RDKafkaErrorCode::UnsupportedSASLMechanism, BrokerTrouble::Authentication),
    (RDKafkaErrorCode::SSL, BrokerTrouble::Encryption),
    (RDKafkaErrorCode::UnknownTopic, BrokerTrouble::TopicGone),
    (RDKafkaErrorCode::UnknownPartition, BrokerTrouble::TopicGone),
    (RDKafkaErrorCode::UnknownTopicOrPartition, BrokerTrouble::TopicGone),
    (RDKafkaErrorCode::InvalidTopic, BrokerTrouble::TopicGone),
    (RDKafkaErrorCode::UnsupportedVersion, BrokerTrouble::Version),
];

/// How errors of OpenSSL are marked in the client's reports.
const OPENSSL_LIBRARY: &str = "SSL routines";

impl BrokerTrouble {
    /// Returns what `code` means, `None` if it passes by itself: the client tries again until brokers are back.
    #[must_use]
    pub fn of(code: RDKafkaErrorCode) -> Option<Self> {
        LASTING.iter().find(|(lasting, _)| *lasting == code).map(|(_, trouble)| *trouble)
    }

    /// Returns what a report of the client means, `None` if it passes by itself. A broker that refuses our certificate
    /// does so after the handshake, which the client takes for a connection that was cut: only the report tells.
    #[must_use]
    pub fn of_report(code: RDKafkaErrorCode, reason: &str) -> Option<Self> {
        let by_alert = || reason.contains(OPENSSL_LIBRARY).then_some(Self::Encryption);
        Self::of(code).or_else(by_alert)
    }

    /// Whether it is told by how connections fare, and over once they stand.
    #[must_use]
    pub const fn is_of_connection(self) -> bool {
        match self {
            Self::Authentication | Self::Encryption => true,
            Self::Compression | Self::BrokenBatch | Self::NotAuthorised | Self::TopicGone | Self::Version => {
                false
            }
        }
    }

    /// Returns what is to be done.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Compression => {
                "a batch is compressed in a way that this program cannot read, or its compressed bytes are broken; let \
                 producers use none, gzip, snappy, lz4 or zstd, find the partition that stands still by `rasid position \
                 show`, then pass the batch by `rasid position skip`"
            }
            Self::BrokenBatch => {
                "a batch of the log is broken; look at the broker's disk, find the partition that stands still by `rasid \
                 position show`, then pass the batch by `rasid position skip`"
            }
            Self::NotAuthorised => {
                "the account may not read the topic or join the group; allow it Read on kafka.events_topic and on the \
                 group kafka.group"
            }
            Self::Authentication => {
                "the broker refuses the account; check kafka.sasl_username, kafka.sasl_password or the file that holds \
                 it, and kafka.sasl_mechanism, and that the account exists on the broker"
            }
            Self::Encryption => {
                "the encrypted connection fails; check that kafka.ca_file holds the authority that signed the broker's \
                 certificate, that the certificate bears the name in kafka.brokers and has not expired, and that the \
                 broker trusts kafka.certificate_file where it asks for one"
            }
            Self::TopicGone => {
                "the topic or one of its partitions is gone; make it by `rasid topics create`, or correct \
                 kafka.events_topic"
            }
            Self::Version => "the broker does not serve this client; Kafka 2.1 or later is needed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lasts_is_told_apart_from_what_passes() {
        assert_eq!(BrokerTrouble::of(RDKafkaErrorCode::NotImplemented), Some(BrokerTrouble::Compression));
        assert_eq!(BrokerTrouble::of(RDKafkaErrorCode::BadMessage), Some(BrokerTrouble::BrokenBatch));
        assert_eq!(
            BrokerTrouble::of(RDKafkaErrorCode::TopicAuthorizationFailed),
            Some(BrokerTrouble::NotAuthorised)
        );
        let alert = "Receive failed: error:0A00045C:SSL routines::tlsv13 alert certificate required";
        let report = |reason| BrokerTrouble::of_report(RDKafkaErrorCode::BrokerTransportFailure, reason);
        assert_eq!(report(alert), Some(BrokerTrouble::Encryption));
        assert_eq!(report("Connection refused"), None);
        assert_eq!(BrokerTrouble::of(RDKafkaErrorCode::AllBrokersDown), None);
        assert_eq!(BrokerTrouble::of(RDKafkaErrorCode::BrokerTransportFailure), None);
        assert!(BrokerTrouble::ALL.into_iter().all(|trouble| trouble.advice().len() > 20));
    }
}
