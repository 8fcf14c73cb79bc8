//! What the pictures of an event show.

/// What a frame shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FrameRole {
    /// First look at the vehicle.
    First,
    /// Second look, a known time later.
    Second,
    /// At the stop line, the light showing.
    StopLine,
    /// Inside the junction.
    Junction,
    /// Entry of a section.
    Entry,
    /// Exit of a section.
    Exit,
    /// The surroundings.
    Context,
}

impl FrameRole {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::First, Self::Second, Self::StopLine, Self::Junction, Self::Entry, Self::Exit, Self::Context];

    /// Name in manifests, rows and JSON.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Second => "second",
            Self::StopLine => "stop_line",
            Self::Junction => "junction",
            Self::Entry => "entry",
            Self::Exit => "exit",
            Self::Context => "context",
        }
    }
}
