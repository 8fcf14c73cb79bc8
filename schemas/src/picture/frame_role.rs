//! What the pictures of an event show.

crate::closed_list! {
    /// What a frame shows.
    pub enum FrameRole {
        /// First look at the vehicle.
        First = "first",
        /// Second look, a known time later.
        Second = "second",
        /// At the stop line, the light showing.
        StopLine = "stop_line",
        /// Inside the junction.
        Junction = "junction",
        /// Entry of a section.
        Entry = "entry",
        /// Exit of a section.
        Exit = "exit",
        /// The surroundings.
        Context = "context",
    }
}
