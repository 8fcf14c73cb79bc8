//! The answer that closes a violation within an objection, and who may give it.

crate::closed_list! {
    /// The answer that closed a violation within an objection, a machine's or a human's.
    pub enum ClosingAnswer {
        /// Nothing is due any more.
        Cancelled = "cancelled",
        /// Less is due.
        Reduced = "reduced",
        /// Paid already, nothing more is due.
        ClosedAsPaid = "closed_as_paid",
        /// Refused for its form.
        RefusedOnForm = "refused_on_form",
        /// Refused on the merits, which only a human may.
        Upheld = "upheld",
    }
    impl Display;
}

crate::closed_list! {
    /// Who gave the answer that closed a violation.
    pub enum AnsweredBy {
        /// Triage.
        Machine = "machine",
        /// A reviewer.
        Human = "human",
    }
    impl Display;
}
