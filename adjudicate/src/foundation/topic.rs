//! What messages to the outside are about.

use std::fmt;

/// What a message is about. Root maps it to the name of a Kafka topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutboxTopic {
    /// A violation was issued.
    Violations,
    /// An objection was answered.
    Decisions,
}

impl OutboxTopic {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Violations, Self::Decisions];

    /// Name in rows and metrics.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Violations => "violations",
            Self::Decisions => "decisions",
        }
    }

    /// The topic of that name.
    #[must_use]
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.label() == label)
    }
}

impl fmt::Display for OutboxTopic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.label())
    }
}
