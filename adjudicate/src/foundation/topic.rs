//! What messages to the outside are about.

schemas::closed_list! {
    /// What a message is about. Root maps it to the name of a Kafka topic.
    pub enum OutboxTopic {
        /// A violation was issued.
        Violations = "violations",
        /// An objection was answered.
        Decisions = "decisions",
    }
    impl Display;
}
